//! Units: conversions by the exact definitions of metric, imperial and US units; temperatures; mixed lengths; spans of time; areas.

use crate::synth::draw::Draw;
use crate::synth::english::{count, signed};
use crate::synth::rational::Rational;
use crate::synth::template::{Given, Page, Template, numbers, small};

pub(super) const TEMPLATES: &[Template] = &[
    Template {
        id: "units.convert",
        phrasings: &[
            "Convert {amount} to {unit}.",
            "How many {unit} are there in {amount}?",
            "Express {amount} in {unit}.",
            "Write {amount} in {unit}. Give the exact value.",
            "What is {amount} in {unit}?",
            "Change {amount} into {unit}, without rounding.",
        ],
        make: convert,
        check: check_conversion,
    },
    Template {
        id: "units.temperature",
        phrasings: &[
            "Convert {amount} to {unit}.",
            "What is {amount} in {unit}?",
            "A thermometer shows {amount}. What is that in {unit}?",
            "Express a temperature of {amount} in {unit}.",
            "At {amount} a sample melts. Give this temperature in {unit}.",
        ],
        make: temperature,
        check: check_temperature,
    },
    Template {
        id: "units.speed",
        phrasings: &[
            "Convert a speed of {amount} to {unit}.",
            "A train moves at {amount}. What is its speed in {unit}?",
            "How fast is {amount} in {unit}?",
            "Express {amount} in {unit}.",
            "The wind blows at {amount}. How much is that in {unit}?",
        ],
        make: speed,
        check: |given| {
            // Back again: how far one gets in an hour, in metres.
            let metres = |unit: &str| match unit {
                "kilometres per hour" | "km/h" => Some(Rational::from(1000)),
                "metres per second" | "m/s" => Some(Rational::from(3600)),
                "miles per hour" | "mph" => Rational::parse("1609.344"),
                "knots" => Some(Rational::from(1852)),
                "feet per second" | "ft/s" => Rational::parse("0.3048")?.times(Rational::from(3600)),
                _ => None,
            };
            let (amount, from) = given.text("amount")?.split_once(' ')?;
            let (answer, to) = given.answer.split_once(' ')?;
            let back = Rational::parse(answer)?.times(metres(to)?)?;
            Some(Rational::parse(amount)?.times(metres(from)?)? == back && metres(given.text("unit")?)? == metres(to)?)
        },
    },
    Template {
        id: "units.feet_and_inches",
        phrasings: &[
            "Add {a} and {b}. Give the result in feet and inches.",
            "What is {a} plus {b} in feet and inches?",
            "Two boards are {a} and {b} long. How long are they together, in feet and inches?",
            "A shelf of {a} stands beside a shelf of {b}. What is their total length in feet and inches?",
            "Work out the sum of {a} and {b}, with fewer than 12 inches in the result.",
        ],
        make: feet_and_inches,
        check: |given| {
            let inches = |text: &str| {
                let found = numbers(text);
                found.first()?.times(Rational::from(12))?.plus(*found.get(1)?)
            };
            let sum = inches(given.text("a")?)?.plus(inches(given.text("b")?)?)?;
            Some(inches(given.answer)? == sum && *numbers(given.answer).get(1)? < Rational::from(12))
        },
    },
    Template {
        id: "units.duration",
        phrasings: &[
            "How long is it from {from} to {to} on the same day?",
            "A film starts at {from} and ends at {to}. How long is it?",
            "A train leaves at {from} and arrives at {to} on the same day. How long does the journey take?",
            "Find the time between {from} and {to} in hours and minutes.",
            "Somebody works from {from} to {to} without a break. For how long is that?",
        ],
        make: duration,
        check: |given| {
            let minutes = |text: &str| {
                let (h, m) = text.split_once(':')?;
                Some(i64::from(h.parse::<i32>().ok()?) * 60 + i64::from(m.parse::<i32>().ok()?))
            };
            let (mut hours, mut rest) = (0, 0);
            for part in given.answer.split(" and ") {
                let n = small(*numbers(part).first()?).filter(|n| n.abs() <= 1_000)?;
                if part.contains("hour") { hours = n } else { rest = n }
            }
            // Forward again from the beginning.
            Some(minutes(given.text("from")?)? + hours * 60 + rest == minutes(given.text("to")?)? && rest < 60)
        },
    },
    Template {
        id: "units.area",
        phrasings: &[
            "A rectangle is {a} long and {b} wide. What is its area in {unit}?",
            "Find the area in {unit} of a rectangle with sides {a} and {b}.",
            "A strip measures {a} by {b}. How many {unit} is that?",
            "The sides of a rectangular plate are {a} and {b}. Calculate its area in {unit}.",
            "What area in {unit} does a sheet of {a} by {b} cover?",
        ],
        make: area,
        check: |given| {
            // Everything in millimetres.
            let millimetres = |unit: &str| match unit {
                "mm" => Some(1),
                "cm" => Some(10),
                "m" => Some(1000),
                "km" => Some(1_000_000),
                _ => None,
            };
            let side = |slot| {
                let (n, unit) = given.text(slot)?.split_once(' ')?;
                Rational::parse(n)?.times(Rational::from(millimetres(unit)?))
            };
            let unit = given.text("unit")?.strip_prefix("square ")?;
            let unit = ["millimetres", "centimetres", "metres", "kilometres"].iter().position(|name| *name == unit)?;
            let unit = Rational::from(*[1, 10, 1000, 1_000_000].get(unit)?);
            Some(given.answer_number()?.times(unit)?.times(unit)? == side("a")?.times(side("b")?)?)
        },
    },
];

/// A unit: its name for one and for many, and its size in the base unit of its quantity.
type Unit = (&'static str, &'static str, &'static str);

/// The units of each quantity, each with its exact size as a decimal. The inch, the foot and their kin, the pound and its kin are those of the
/// international agreement of 1959; the US gallon is 231 cubic inches, the imperial gallon 4.54609 L (UK Units of Measurement
/// Regulations 1995); the thermochemical calorie is 4.184 J (ISO 80000-5); the standard atmosphere 101325 Pa (10th CGPM); the litre a cubic
/// decimetre (12th CGPM); binary multiples by IEC 80000-13.
const QUANTITIES: [&[Unit]; 8] = [
    &[
        ("millimetre", "millimetres", "0.001"),
        ("centimetre", "centimetres", "0.01"),
        ("metre", "metres", "1"),
        ("kilometre", "kilometres", "1000"),
        ("inch", "inches", "0.0254"),
        ("foot", "feet", "0.3048"),
        ("yard", "yards", "0.9144"),
        ("mile", "miles", "1609.344"),
        ("nautical mile", "nautical miles", "1852"),
    ],
    &[
        ("milligram", "milligrams", "0.000001"),
        ("gram", "grams", "0.001"),
        ("kilogram", "kilograms", "1"),
        ("tonne", "tonnes", "1000"),
        ("ounce", "ounces", "0.028349523125"),
        ("pound", "pounds", "0.45359237"),
        ("stone", "stones", "6.35029318"),
    ],
    &[
        ("millilitre", "millilitres", "0.001"),
        ("litre", "litres", "1"),
        ("cubic centimetre", "cubic centimetres", "0.001"),
        ("cubic metre", "cubic metres", "1000"),
        ("US gallon", "US gallons", "3.785411784"),
        ("US pint", "US pints", "0.473176473"),
        ("imperial gallon", "imperial gallons", "4.54609"),
    ],
    &[
        ("second", "seconds", "1"),
        ("minute", "minutes", "60"),
        ("hour", "hours", "3600"),
        ("day", "days", "86400"),
        ("week", "weeks", "604800"),
    ],
    &[
        ("square metre", "square metres", "1"),
        ("square kilometre", "square kilometres", "1000000"),
        ("hectare", "hectares", "10000"),
        ("square foot", "square feet", "0.09290304"),
        ("acre", "acres", "4046.8564224"),
        ("square inch", "square inches", "0.00064516"),
    ],
    &[
        ("joule", "joules", "1"),
        ("kilojoule", "kilojoules", "1000"),
        ("calorie", "calories", "4.184"),
        ("kilocalorie", "kilocalories", "4184"),
        ("watt-hour", "watt-hours", "3600"),
        ("kilowatt-hour", "kilowatt-hours", "3600000"),
    ],
    &[
        ("pascal", "pascals", "1"),
        ("kilopascal", "kilopascals", "1000"),
        ("bar", "bars", "100000"),
        ("millibar", "millibars", "100"),
        ("atmosphere", "atmospheres", "101325"),
    ],
    &[
        ("byte", "bytes", "1"),
        ("kilobyte", "kilobytes", "1000"),
        ("kibibyte", "kibibytes", "1024"),
        ("megabyte", "megabytes", "1000000"),
        ("mebibyte", "mebibytes", "1048576"),
        ("gigabyte", "gigabytes", "1000000000"),
    ],
];

fn convert(draw: &mut Draw, page: &mut Page) -> Option<()> {
    // Every ordered pair of different units of one quantity.
    let weights: Vec<u64> = QUANTITIES.iter().map(|units| (units.len() * (units.len() - 1)) as u64).collect();
    let (quantity, at) = draw.row(&weights);
    let units = QUANTITIES.get(quantity)?;
    let (from, to) = (at as usize / (units.len() - 1), at as usize % (units.len() - 1));
    let to = if to >= from { to + 1 } else { to };
    let (&(one, many, size), &(_, unit, into)) = (units.get(from)?, units.get(to)?);
    let halves = 2 * draw.level([(1, 20), (21, 250), (251, 2500)]) + draw.range(0, 1);
    let amount = Rational::new(halves.into(), 2)?;
    let (size, into) = (Rational::parse(size)?, Rational::parse(into)?);
    let name = if amount == Rational::ONE { one } else { many };
    page.slot("amount", format_args!("{} {name}", amount.decimal()?));
    page.slot("unit", unit);
    let factor = size.over(into)?;
    let answer = amount.times(factor)?;
    let inverse = into.over(size)?;
    if factor.decimal().is_some_and(|text| text.len() < 16) {
        page.step(format_args!("1 {one} is {} {unit}.", factor.plain()));
        page.step(format_args!("{} * {} = {}", amount.plain(), factor.plain(), answer.plain()));
    } else {
        let (one_unit, _, _) = units.get(to)?;
        page.step(format_args!("1 {one_unit} is {} {many}.", inverse.plain()));
        page.step(format_args!("{} / ({}) = {}", amount.plain(), inverse.plain(), answer.plain()));
    }
    page.answer(format_args!("{} {}", answer.plain(), if answer == Rational::ONE { units.get(to)?.0 } else { unit }));
    Some(())
}

/// What a unit is, in other words than the table's: a number of a smaller unit, down to one that has no smaller.
fn chain(unit: &str) -> Option<(&'static str, &'static str)> {
    Some(match unit.strip_suffix('s').unwrap_or(unit) {
        "centimetre" => ("10", "millimetre"),
        "metre" => ("100", "centimetre"),
        "kilometre" => ("1000", "metre"),
        "inche" | "inch" => ("25.4", "millimetre"),
        "foot" | "feet" => ("12", "inch"),
        "yard" => ("3", "foot"),
        "mile" => ("1760", "yard"),
        "nautical mile" => ("1852", "metre"),
        "gram" => ("1000", "milligram"),
        "kilogram" => ("1000", "gram"),
        "tonne" => ("1000", "kilogram"),
        "pound" => ("453.59237", "gram"),
        "ounce" => ("0.0625", "pound"),
        "stone" => ("14", "pound"),
        "cubic centimetre" => ("1", "millilitre"),
        "litre" => ("1000", "cubic centimetre"),
        "cubic metre" => ("1000", "litre"),
        // 231 cubic inches of 2.54 cm.
        "US gallon" => ("3785.411784", "cubic centimetre"),
        "US pint" => ("0.125", "US gallon"),
        "imperial gallon" => ("4546.09", "millilitre"),
        "minute" => ("60", "second"),
        "hour" => ("60", "minute"),
        "day" => ("24", "hour"),
        "week" => ("7", "day"),
        // From square inches up to acres, and through the square metre.
        "square foot" | "square feet" => ("144", "square inch"),
        "acre" => ("43560", "square foot"),
        "square inche" | "square inch" => ("0.00064516", "square metre"),
        "hectare" => ("10000", "square metre"),
        "square kilometre" => ("100", "hectare"),
        "kilojoule" => ("1000", "joule"),
        "calorie" => ("4.184", "joule"),
        "kilocalorie" => ("1000", "calorie"),
        "watt-hour" => ("3.6", "kilojoule"),
        "kilowatt-hour" => ("1000", "watt-hour"),
        "kilopascal" => ("1000", "pascal"),
        "millibar" => ("0.1", "kilopascal"),
        "bar" => ("1000", "millibar"),
        "atmosphere" => ("1.01325", "bar"),
        "kilobyte" => ("1000", "byte"),
        "kibibyte" => ("1024", "byte"),
        "megabyte" => ("1000", "kilobyte"),
        "mebibyte" => ("1024", "kibibyte"),
        "gigabyte" => ("1000", "megabyte"),
        _ => return None,
    })
}

/// A unit in the smallest of its chain, and that one's name.
fn smallest(unit: &str) -> Option<(Rational, &str)> {
    let (mut size, mut unit) = (Rational::ONE, unit.strip_suffix('s').unwrap_or(unit));
    for _ in 0..8 {
        match chain(unit) {
            Some((factor, smaller)) => (size, unit) = (size.times(Rational::parse(factor)?)?, smaller),
            None => return Some((size, unit)),
        }
    }
    None
}

/// Question and answer, both taken apart into the smallest unit, are the same amount.
fn check_conversion(given: &Given<'_>) -> Option<bool> {
    let measured = |text: &str| {
        let (n, unit) = text.split_once(' ')?;
        let (size, of) = smallest(unit)?;
        Some((Rational::parse(n)?.times(size)?, of.to_owned()))
    };
    let (asked, answered) = (measured(given.text("amount")?)?, measured(given.answer)?);
    Some(asked == answered && smallest(given.text("unit")?)? == smallest(given.answer.split_once(' ')?.1)?)
}

fn temperature(draw: &mut Draw, page: &mut Page) -> Option<()> {
    const SCALES: [&str; 3] = ["degrees Celsius", "degrees Fahrenheit", "kelvins"];
    let (from, to) = draw.pick(&[(0, 1), (1, 0), (0, 2), (2, 0), (1, 2), (2, 1)])?;
    let tenths = draw.level([(11, 99), (100, 999), (1000, 9999)]);
    let amount = Rational::new(tenths.into(), 10)?;
    page.slot("amount", format_args!("{} {}", amount.decimal()?, SCALES.get(from)?));
    page.slot("unit", SCALES.get(to)?);
    let mut value = amount;
    let zero = Rational::new(27_315, 100)?;
    if from == 1 {
        let celsius = value.minus(Rational::from(32))?.times(Rational::new(5, 9)?)?;
        page.step(format_args!("({} - 32) * 5 / 9 = {}, in degrees Celsius.", value.plain(), celsius.plain()));
        value = celsius;
    } else if from == 2 {
        let celsius = value.minus(zero)?;
        page.step(format_args!("{} - 273.15 = {}, in degrees Celsius.", value.plain(), celsius.plain()));
        value = celsius;
    }
    let shown = |value: Rational| {
        let text = value.plain();
        if value < Rational::ZERO || text.contains('/') { format!("({text})") } else { text }
    };
    if to == 1 {
        let fahrenheit = value.times(Rational::new(9, 5)?)?.plus(Rational::from(32))?;
        page.step(format_args!("{} * 9 / 5 + 32 = {}", shown(value), fahrenheit.plain()));
        value = fahrenheit;
    } else if to == 2 {
        let kelvin = value.plus(zero)?;
        page.step(format_args!("{} + 273.15 = {}", shown(value), kelvin.plain()));
        value = kelvin;
    }
    page.answer(format_args!("{} {}", value.plain(), SCALES.get(to)?));
    Some(())
}

/// All three scales are straight lines through two fixed points: ice melts at 0, 32, 273.15, water boils at 100, 212, 373.15. The part
/// of the way from one to the other is the same on every scale.
fn check_temperature(given: &Given<'_>) -> Option<bool> {
    let part = |text: &str| {
        let (n, scale) = text.split_once(' ')?;
        let (ice, steam) = match scale {
            "degrees Celsius" => (Rational::ZERO, Rational::from(100)),
            "degrees Fahrenheit" => (Rational::from(32), Rational::from(212)),
            "kelvins" => (Rational::parse("273.15")?, Rational::parse("373.15")?),
            _ => return None,
        };
        Rational::parse(n)?.minus(ice)?.over(steam.minus(ice)?)
    };
    Some(part(given.text("amount")?)? == part(given.answer)? && given.answer.ends_with(given.text("unit")?))
}

/// Units of speed, with their size in metres per second.
const SPEEDS: [(&str, i128, i128); 5] = [
    ("metres per second", 1, 1),
    ("kilometres per hour", 5, 18),
    ("miles per hour", 1397, 3125),
    ("knots", 463, 900),
    ("feet per second", 381, 1250),
];

fn speed(draw: &mut Draw, page: &mut Page) -> Option<()> {
    let at = draw.range(0, 19) as usize;
    let (from, to) = (at / 4, at % 4);
    let to = if to >= from { to + 1 } else { to };
    let tenths = draw.level([(20, 99), (100, 999), (1000, 5999)]);
    let (&(one, a, b), &(unit, c, d)) = (SPEEDS.get(from)?, SPEEDS.get(to)?);
    let (amount, size, into) = (Rational::new(tenths.into(), 10)?, Rational::new(a, b)?, Rational::new(c, d)?);
    page.slot("amount", format_args!("{} {one}", amount.decimal()?));
    page.slot("unit", unit);
    let metres = amount.times(size)?;
    if from != 0 {
        page.step(format_args!("In metres per second: {} * {size} = {metres}.", amount.plain()));
    }
    let answer = metres.over(into)?;
    if to != 0 {
        page.step(format_args!(
            "The unit asked for is {into} metres per second: ({}) / ({into}) = {}.",
            metres,
            answer.plain()
        ));
    }
    page.answer(format_args!("{} {unit}", answer.plain()));
    Some(())
}

fn feet_and_inches(draw: &mut Draw, page: &mut Page) -> Option<()> {
    let a = draw.level([(2, 9), (10, 25), (26, 90)]);
    let c = draw.range(2, draw.by_level([12, 25, 90]));
    let (b, d) = (draw.range(1, 11), draw.range(1, 11));
    let length =
        |feet: i64, inches: i64| format!("{} {}", count(feet, "foot", "feet"), count(inches, "inch", "inches"));
    page.slot("a", length(a, b));
    page.slot("b", length(c, d));
    let inches = b + d;
    page.step(format_args!("The inches: {b} + {d} = {inches}."));
    if inches >= 12 {
        page.step(format_args!("That is 1 foot and {inches} - 12 = {} more.", count(inches - 12, "inch", "inches")));
        page.step(format_args!("The feet: {a} + {c} + 1 = {}.", a + c + 1));
    } else {
        page.step(format_args!("The feet: {a} + {c} = {}.", a + c));
    }
    page.answer(length(a + c + inches / 12, inches % 12));
    Some(())
}

fn duration(draw: &mut Draw, page: &mut Page) -> Option<()> {
    let (start, rest) = (draw.range(0, 14 * 60), draw.level([(1, 90), (91, 300), (301, 599)]));
    let end = start + rest;
    let clock = |minutes: i64| format!("{:02}:{:02}", minutes / 60, minutes % 60);
    page.slot("from", clock(start));
    page.slot("to", clock(end));
    let (hours, minutes) = (end / 60 - start / 60, end % 60 - start % 60);
    page.step(format_args!(
        "The hours: {} - {} = {hours}. The minutes: {} - {} = {minutes}.",
        end / 60,
        start / 60,
        end % 60,
        start % 60
    ));
    if minutes < 0 {
        page.step(format_args!(
            "One of the hours is 60 minutes: {} hours and 60{} = {} minutes.",
            hours - 1,
            signed(minutes),
            minutes + 60
        ));
    }
    let parts = [(rest / 60, "hour", "hours"), (rest % 60, "minute", "minutes")];
    let shown: Vec<String> =
        parts.iter().filter(|(n, _, _)| *n > 0).map(|(n, one, many)| count(*n, one, many)).collect();
    page.answer(shown.join(" and "));
    Some(())
}

fn area(draw: &mut Draw, page: &mut Page) -> Option<()> {
    const LENGTHS: [(&str, &str, i64); 4] =
        [("mm", "millimetres", 1), ("cm", "centimetres", 10), ("m", "metres", 1000), ("km", "kilometres", 1_000_000)];
    // The two sides in neighbouring units, the area in either.
    let (first, second) = draw.pick(&[(1, 0), (2, 1), (2, 0), (3, 2), (1, 2), (0, 1), (2, 3)])?;
    let a = draw.level([(2, 20), (21, 99), (100, 999)]);
    let b = draw.range(2, draw.by_level([20, 99, 999]));
    let in_first = draw.coin();
    let ((x, x_name, x_size), (y, y_name, y_size)) = (*LENGTHS.get(first)?, *LENGTHS.get(second)?);
    page.slot("a", format_args!("{a} {x}"));
    page.slot("b", format_args!("{b} {y}"));
    let (name, size, moved, by, was) =
        if in_first { (x_name, x_size, b, y_size, y) } else { (y_name, y_size, a, x_size, x) };
    page.slot("unit", format_args!("square {name}"));
    let changed = Rational::new((moved * by).into(), size.into())?;
    page.step(format_args!("Bring both sides to {name}: {moved} {was} is {} {name}.", changed.plain()));
    let other = if in_first { a } else { b };
    let answer = changed.times(Rational::from(other))?;
    page.step(format_args!("{other} * {} = {}", changed.plain(), answer.plain()));
    page.answer(format_args!("{} square {name}", answer.plain()));
    Some(())
}
