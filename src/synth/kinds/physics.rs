//! Physics: laws of the form "one quantity is the product of two" solved for any of the three, motion, energy, circuits, heat, collisions.

use crate::synth::draw::Draw;
use crate::synth::rational::Rational;
use crate::synth::template::{Given, Page, Template, leading_number, numbers};

pub(super) const TEMPLATES: &[Template] = &[
    Template {
        id: "physics.product_law",
        phrasings: &[
            "Given that {first} and {second}, find {wanted}.",
            "{law} If {first} and {second}, what is {wanted}?",
            "In an experiment, {first} and {second}. Calculate {wanted}.",
            "Suppose that {first} and {second}. What is {wanted}?",
            "Work out {wanted} when {first} and {second}.",
        ],
        make: product_law,
        check: check_product_law,
    },
    Template {
        id: "physics.accelerated_motion",
        phrasings: &[
            "A car moves at {u} m/s and then accelerates at {a} m/s^2 for {t} s. What is its final speed, and how far does it go in that time?",
            "Starting at {u} m/s, a probe accelerates uniformly at {a} m/s^2 during {t} s. Find the final speed and the distance.",
            "A body has an initial speed of {u} m/s and a constant acceleration of {a} m/s^2. What are its speed and its distance \
             after {t} s?",
            "A racing car passes a post at {u} m/s and speeds up at {a} m/s^2. Calculate its speed and the way it has gone {t} s later.",
            "With an acceleration of {a} m/s^2 from an initial {u} m/s, what speed and what distance are reached in {t} s?",
        ],
        make: accelerated_motion,
        check: |given| {
            // The mean speed times the time, and v^2 - u^2 = 2 a s.
            let (u, a, t) = (given.number("u")?, given.number("a")?, given.number("t")?);
            let (speed, distance) = given.answer.split_once(", ")?;
            let (v, s) = (leading_number(speed)?, leading_number(distance)?);
            let two = Rational::from(2);
            let mean = u.plus(v)?.times(t)?.over(two)? == s;
            Some(mean && v.times(v)?.minus(u.times(u)?)? == two.times(a)?.times(s)?)
        },
    },
    Template {
        id: "physics.kinetic_energy",
        phrasings: &[
            "What is the kinetic energy of a body of {m} kg that moves at {v} m/s?",
            "A mass of {m} kg travels at {v} m/s. Find its kinetic energy.",
            "Calculate the kinetic energy of {m} kg at a speed of {v} m/s.",
            "How much work brings a mass of {m} kg from rest to {v} m/s?",
            "A vehicle with a mass of {m} kg has a speed of {v} m/s. How much kinetic energy does it have?",
        ],
        make: kinetic_energy,
        check: |given| {
            // Momentum squared over twice the mass.
            let (m, v) = (given.number("m")?, given.number("v")?);
            let p = m.times(v)?;
            given.answer_is(p.times(p)?.over(m.times(Rational::from(2))?)?)
        },
    },
    Template {
        id: "physics.potential_energy",
        phrasings: &[
            "A stone of {m} kg is lifted by {h} m. How much potential energy does it gain? Take g = 9.8 m/s^2.",
            "With g = 9.8 m/s^2, find the potential energy of {m} kg at a height of {h} m.",
            "How much work is needed to raise {m} kg by {h} m, if g = 9.8 m/s^2?",
            "A crane lifts a load of {m} kg to a height of {h} m. Taking g as 9.8 m/s^2, calculate the energy it needs.",
            "A body of {m} kg falls {h} m without friction. How much kinetic energy does it have then? Use g = 9.8 m/s^2.",
        ],
        make: potential_energy,
        check: |given| {
            // Back to the height.
            let g = Rational::parse("9.8")?;
            Some(given.answer_number()?.over(given.number("m")?)?.over(g)? == given.number("h")?)
        },
    },
    Template {
        id: "physics.resistors",
        phrasings: &[
            "Resistors of {a} ohms and {b} ohms are in parallel, and {c} ohms are in series with them. What is the total resistance?",
            "Find the total resistance of {a} ohms parallel to {b} ohms, followed by {c} ohms in series.",
            "Two parallel resistors of {a} ohms and {b} ohms are connected in series with a third of {c} ohms. Calculate the resistance of \
             the whole.",
            "A resistor of {c} ohms is in series with a pair of {a} ohms and {b} ohms in parallel. How large is the total resistance?",
            "What single resistor replaces {a} ohms and {b} ohms in parallel, together with {c} ohms in series?",
        ],
        make: resistors,
        check: |given| {
            // At one volt over the pair, the currents add; the series resistor carries them both.
            let of = |slot| given.number(slot);
            let current = Rational::ONE.over(of("a")?)?.plus(Rational::ONE.over(of("b")?)?)?;
            let volts = Rational::ONE.plus(current.times(of("c")?)?)?;
            given.answer_is(volts.over(current)?)
        },
    },
    Template {
        id: "physics.heat",
        phrasings: &[
            "How much heat warms {m} kg of {material} from {low} to {high} degrees Celsius? Its specific heat is {c} J/(kg K).",
            "{m} kg of {material} are heated from {low} to {high} degrees Celsius. The specific heat is {c} J/(kg K). Find the heat \
             that is needed.",
            "The specific heat of {material} is {c} J/(kg K). How many joules does it take to bring {m} kg from {low} to {high} degrees \
             Celsius?",
            "Calculate the energy that {m} kg of {material} take up between {low} and {high} degrees Celsius, at a specific heat of {c} \
             J/(kg K).",
            "With a specific heat of {c} J/(kg K), what energy do {m} kg of {material} give off when they cool from {high} to {low} \
             degrees Celsius?",
        ],
        make: heat,
        check: |given| {
            // Degree by degree, and exact.
            let per_degree = given.number("m")?.times(given.number("c")?)?;
            let mut heat = Rational::ZERO;
            for _ in given.integer("low")?..given.integer("high")? {
                heat = heat.plus(per_degree)?;
            }
            given.answer_is(heat)
        },
    },
    Template {
        id: "physics.collision",
        phrasings: &[
            "A cart of {m} kg at {u} m/s runs into a cart of {n} kg {second}, and they stick together. What is their common velocity?",
            "A body of {m} kg with a velocity of {u} m/s hits a body of {n} kg {second}. They stay together. Find their velocity.",
            "In a perfectly inelastic collision, {m} kg at {u} m/s meet {n} kg {second}. Calculate the velocity afterwards.",
            "A wagon of {m} kg rolls at {u} m/s and couples with a wagon of {n} kg {second}. How fast do both move on?",
            "Two lumps of clay, one of {m} kg at {u} m/s and one of {n} kg {second}, collide and stick. What is the velocity of the whole?",
        ],
        make: collision,
        check: |given| {
            // In the frame of the answer, the momenta cancel.
            let v = given.answer_number()?;
            let second = given.text("second")?;
            let u = given.number("u")?;
            let w = match numbers(second).first() {
                Some(&w) if second.contains("towards") => w.negated(),
                Some(&w) => w,
                None => Rational::ZERO,
            };
            let rest = given.number("m")?.times(u.minus(v)?)?.plus(given.number("n")?.times(w.minus(v)?)?)?;
            Some(rest == Rational::ZERO)
        },
    },
    Template {
        id: "physics.half_life",
        phrasings: &[
            "A sample of {mass} mg has a half-life of {half} hours. How much is left after {time} hours?",
            "The half-life of a nuclide is {half} hours. What remains of {mass} mg in {time} hours?",
            "Of {mass} mg of a substance half decays every {half} hours. Find the mass after {time} hours.",
            "A radioactive sample weighs {mass} mg. With a half-life of {half} hours, what mass has not decayed after {time} hours?",
            "A drug is broken down with a half-life of {half} hours. A dose of {mass} mg is taken. Calculate the amount after {time} hours.",
        ],
        make: half_life,
        check: |given| {
            let (mut left, mut time) = (given.number("mass")?, given.integer("time")?);
            while time > 0 {
                (left, time) = (left.over(Rational::from(2))?, time - given.counted("half", 1_000_000)?);
            }
            Some(time == 0 && given.answer_number()? == left)
        },
    },
];

/// A quantity: its name with the article, its symbol, its unit.
type Quantity = (&'static str, &'static str, &'static str);

/// A law: how it is said, the product, and its two factors.
struct Law {
    said: &'static str,
    product: Quantity,
    factors: [Quantity; 2],
}

const fn law(said: &'static str, product: Quantity, first: Quantity, second: Quantity) -> Law {
    Law { said, product, factors: [first, second] }
}

const LAWS: [Law; 12] = [
    law(
        "Force is mass times acceleration.",
        ("the force", "F", "N"),
        ("the mass", "m", "kg"),
        ("the acceleration", "a", "m/s^2"),
    ),
    law(
        "Momentum is mass times velocity.",
        ("the momentum", "p", "kg m/s"),
        ("the mass", "m", "kg"),
        ("the velocity", "v", "m/s"),
    ),
    law("Distance is speed times time.", ("the distance", "d", "m"), ("the speed", "v", "m/s"), ("the time", "t", "s")),
    law(
        "Voltage is current times resistance.",
        ("the voltage", "V", "V"),
        ("the current", "I", "A"),
        ("the resistance", "R", "ohm"),
    ),
    law(
        "Power is voltage times current.",
        ("the power", "P", "W"),
        ("the voltage", "V", "V"),
        ("the current", "I", "A"),
    ),
    law("Charge is current times time.", ("the charge", "Q", "C"), ("the current", "I", "A"), ("the time", "t", "s")),
    law("Work is force times distance.", ("the work", "W", "J"), ("the force", "F", "N"), ("the distance", "d", "m")),
    law("Energy is power times time.", ("the energy", "E", "J"), ("the power", "P", "W"), ("the time", "t", "s")),
    law(
        "Mass is density times volume.",
        ("the mass", "m", "kg"),
        ("the density", "D", "kg/m^3"),
        ("the volume", "V", "m^3"),
    ),
    law(
        "Force is pressure times area.",
        ("the force", "F", "N"),
        ("the pressure", "p", "Pa"),
        ("the area", "A", "m^2"),
    ),
    law(
        "Wave speed is wavelength times frequency.",
        ("the wave speed", "c", "m/s"),
        ("the wavelength", "L", "m"),
        ("the frequency", "f", "Hz"),
    ),
    law(
        "Spring force is stiffness times extension.",
        ("the spring force", "F", "N"),
        ("the stiffness", "k", "N/m"),
        ("the extension", "x", "m"),
    ),
];

fn product_law(draw: &mut Draw, page: &mut Page) -> Option<()> {
    let law = LAWS.get(draw.range(0, LAWS.len() as i64 - 1) as usize)?;
    let wanted = draw.range(0, 2);
    let a = draw.level([(2, 30), (31, 200), (201, 2000)]);
    let b = Rational::new(draw.range(2, draw.by_level([40, 200, 900])).into(), draw.by_level([1, 2, 4]))?;
    let a = Rational::from(a);
    let [first, second] = law.factors;
    let says = |(name, _, unit): Quantity, value: Rational| format!("{name} is {} {unit}", value.plain());
    page.slot("law", law.said);
    let (target, answer) = if wanted == 0 {
        page.slot("first", says(first, a));
        page.slot("second", says(second, b));
        let answer = a.times(b)?;
        page.step(format_args!("{} = {} * {}", law.product.1, first.1, second.1));
        page.step(format_args!("{} * {} = {}", a.plain(), b.plain(), answer.plain()));
        (law.product, answer)
    } else {
        let (known, target) = if wanted == 1 { (first, second) } else { (second, first) };
        page.slot("first", says(law.product, a));
        page.slot("second", says(known, b));
        let answer = a.over(b)?;
        page.step(format_args!(
            "{} = {} * {}, so {} = {} / {}",
            law.product.1, first.1, second.1, target.1, law.product.1, known.1
        ));
        page.step(format_args!("{} / {} = {}", a.plain(), b.plain(), answer.plain()));
        (target, answer)
    };
    page.slot("wanted", target.0);
    page.answer(format_args!("{} {}", answer.plain(), target.2));
    Some(())
}

/// The three quantities put into the law as it stands, found by their names; and the unit of the one that was asked for.
fn check_product_law(given: &Given<'_>) -> Option<bool> {
    let (mut product, mut factors) = (None, Vec::new());
    let known = [given.text("first")?.split_once(" is ")?, given.text("second")?.split_once(" is ")?];
    let names = [known[0].0, known[1].0, given.text("wanted")?];
    let values = [known[0].1, known[1].1, given.answer];
    let product_name = *names.iter().find(|name| {
        LAWS.iter().any(|law| {
            law.product.0 == **name && names.iter().filter(|n| law.factors.iter().any(|f| f.0 == **n)).count() == 2
        })
    })?;
    for (name, value) in names.iter().zip(values) {
        let value = leading_number(value)?;
        if *name == product_name { product = Some(value) } else { factors.push(value) }
    }
    let quantities = || LAWS.iter().flat_map(|law| [law.product, law.factors[0], law.factors[1]]);
    let unit = quantities().find(|quantity| quantity.0 == names[2])?.2;
    let has_unit = given.answer.split_once(' ').is_some_and(|(_, of)| of == unit);
    Some(has_unit && factors.first()?.times(*factors.get(1)?)? == product?)
}

fn accelerated_motion(draw: &mut Draw, page: &mut Page) -> Option<()> {
    let u = draw.level([(1, 9), (10, 25), (26, 80)]);
    let a = Rational::new(draw.range(1, 30).into(), 4)?;
    let t = draw.range(2, draw.by_level([10, 20, 40]));
    page.slot("u", u);
    page.slot("a", a.plain());
    page.slot("t", t);
    let (speed, time, two) = (Rational::from(u), Rational::from(t), Rational::from(2));
    let gained = a.times(time)?;
    let v = speed.plus(gained)?;
    page.step(format_args!("v = u + a*t: {u} + {} * {t} = {}", a.plain(), v.plain()));
    let distance = speed.times(time)?.plus(gained.times(time)?.over(two)?)?;
    page.step(format_args!("s = u*t + a*t^2/2: {u} * {t} + {} * {t}^2 / 2 = {}", a.plain(), distance.plain()));
    page.answer(format_args!("{} m/s, {} m", v.plain(), distance.plain()));
    Some(())
}

fn kinetic_energy(draw: &mut Draw, page: &mut Page) -> Option<()> {
    let m = draw.level([(1, 30), (31, 200), (201, 2500)]);
    let v = Rational::new(draw.range(1, draw.by_level([60, 120, 240])).into(), 4)?;
    page.slot("m", m);
    page.slot("v", v.plain());
    let square = v.times(v)?;
    let energy = square.times(Rational::new(m.into(), 2)?)?;
    page.step(format_args!("The kinetic energy is m*v^2/2."));
    page.step(format_args!("{}^2 = {}", v.plain(), square.plain()));
    page.step(format_args!("{m} * {} / 2 = {}", square.plain(), energy.plain()));
    page.answer(format_args!("{} J", energy.plain()));
    Some(())
}

fn potential_energy(draw: &mut Draw, page: &mut Page) -> Option<()> {
    let m = draw.level([(1, 30), (31, 200), (201, 2500)]);
    let h = Rational::new(draw.range(1, draw.by_level([60, 120, 240])).into(), 4)?;
    page.slot("m", m);
    page.slot("h", h.plain());
    let weight = Rational::parse("9.8")?.times(Rational::from(m))?;
    let energy = weight.times(h)?;
    page.step(format_args!("The weight is m*g: {m} * 9.8 = {}, in newtons.", weight.plain()));
    page.step(format_args!(
        "The energy is weight times height: {} * {} = {}.",
        weight.plain(),
        h.plain(),
        energy.plain()
    ));
    page.answer(format_args!("{} J", energy.plain()));
    Some(())
}

fn resistors(draw: &mut Draw, page: &mut Page) -> Option<()> {
    let (low, high) = draw.by_level([(2, 12), (13, 40), (41, 120)]);
    let (a, b) = draw.ascending(low, high);
    let c = draw.range(2, draw.by_level([12, 40, 90]));
    page.slot("a", a);
    page.slot("b", b);
    page.slot("c", c);
    let pair = Rational::new((a * b).into(), (a + b).into())?;
    page.step(format_args!("The parallel pair has {a} * {b} / ({a} + {b}) = {} ohms.", pair.plain()));
    let total = pair.plus(Rational::from(c))?;
    page.step(format_args!("In series the resistances add: {} + {c} = {}.", pair.plain(), total.plain()));
    page.answer(format_args!("{} ohms", total.plain()));
    Some(())
}

/// Specific heats in J/(kg K), rounded as school tables give them.
const MATERIALS: [(&str, i64); 6] =
    [("water", 4180), ("aluminium", 900), ("copper", 385), ("iron", 450), ("glass", 840), ("ethanol", 2440)];

fn heat(draw: &mut Draw, page: &mut Page) -> Option<()> {
    let (material, c) = draw.pick(&MATERIALS)?;
    let m = Rational::new(draw.level([(4, 39), (40, 199), (200, 999)]).into(), 2)?;
    let (low, rise) = (draw.range(5, 30), draw.range(2, 40));
    page.slot("m", m.plain());
    page.slot("material", material);
    page.slot("low", low);
    page.slot("high", low + rise);
    page.slot("c", c);
    page.step(format_args!("The temperature changes by {} - {low} = {rise} K.", low + rise));
    let energy = m.times(Rational::from(c * rise))?;
    page.step(format_args!("Q = m*c*dT: {} * {c} * {rise} = {}", m.plain(), energy.plain()));
    page.answer(format_args!("{} J", energy.plain()));
    Some(())
}

fn collision(draw: &mut Draw, page: &mut Page) -> Option<()> {
    let m = draw.level([(2, 9), (10, 30), (31, 90)]);
    let n = draw.range(2, draw.by_level([9, 30, 90]));
    let u = draw.range(1, draw.by_level([9, 15, 25]));
    let w = draw.range(-9, 0);
    page.slot("m", m);
    page.slot("n", n);
    page.slot("u", u);
    page.slot("second", if w == 0 { "at rest".to_owned() } else { format!("that moves towards it at {} m/s", -w) });
    let (first, second) = (m * u, n * w);
    page.step(format_args!("The momentum before is {m} * {u} + {n} * ({w}) = {}.", first + second));
    page.step(format_args!("The mass afterwards is {m} + {n} = {} kg.", m + n));
    let v = Rational::new((first + second).into(), (m + n).into())?;
    page.step(format_args!("Momentum is conserved: the velocity is {} / {} = {}.", first + second, m + n, v.plain()));
    page.answer(format_args!("{} m/s", v.plain()));
    Some(())
}

fn half_life(draw: &mut Draw, page: &mut Page) -> Option<()> {
    let mass = draw.level([(10, 99), (100, 499), (500, 2000)]);
    let (half, periods) = (draw.range(2, 24), draw.range(2, 8));
    page.slot("mass", mass);
    page.slot("half", half);
    page.slot("time", half * periods);
    page.step(format_args!("{} hours are {} / {half} = {periods} half-lives.", half * periods, half * periods));
    let left = Rational::new(mass.into(), 1 << periods)?;
    page.step(format_args!("Half remains each time: {mass} / 2^{periods} = {}.", left.plain()));
    page.answer(format_args!("{} mg", left.plain()));
    Some(())
}
