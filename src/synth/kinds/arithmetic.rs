//! Sums with several steps: order of operations, long multiplication and division, fractions, decimals, powers, percent, sharing.

use super::spread;
use crate::synth::draw::Draw;
use crate::synth::english::{NAMES, THINGS, bracketed, commas, count, list};
use crate::synth::evaluate::value;
use crate::synth::rational::{Rational, gcd};
use crate::synth::template::{Page, Template, numbers, small};

pub(super) const TEMPLATES: &[Template] = &[
    Template {
        id: "arithmetic.order_of_operations",
        phrasings: &[
            "What is {expression}?",
            "Calculate {expression}.",
            "Work out {expression}.",
            "Evaluate the expression {expression}.",
            "Find the value of {expression}.",
            "Simplify {expression} to a single number.",
        ],
        make: order_of_operations,
        check: |given| given.answer_is(value(given.text("expression")?, &[])?),
    },
    Template {
        id: "arithmetic.multiplication",
        phrasings: &[
            "What is {a} times {b}?",
            "Multiply {a} by {b}.",
            "Find the product of {a} and {b}.",
            "Work out {a} multiplied by {b}, showing the partial products.",
            "Calculate the product of {a} and {b} by hand.",
        ],
        make: multiplication,
        check: |given| Some(given.answer_number()?.over(given.number("b")?)? == given.number("a")?),
    },
    Template {
        id: "arithmetic.division",
        phrasings: &[
            "Divide {a} by {b}. Give the quotient and the remainder.",
            "What are the quotient and the remainder when {a} is divided by {b}?",
            "Find the quotient and the remainder of {a} divided by {b}.",
            "Use long division to divide {a} by {b}.",
            "How many times does {b} go into {a}, and what is left over?",
        ],
        make: division,
        check: |given| {
            let (a, b) = (given.integer("a")?, given.integer("b")?);
            let found = numbers(given.answer);
            let (quotient, remainder) = (small(*found.first()?)?, small(*found.get(1)?)?);
            Some(
                quotient.checked_mul(b)?.checked_add(remainder)? == a
                    && (0..b).contains(&remainder)
                    && found.len() == 2,
            )
        },
    },
    Template {
        id: "arithmetic.fractions",
        phrasings: &[
            "Calculate {expression}. Give the answer in lowest terms.",
            "What is {expression} as a fraction in lowest terms?",
            "Work out {expression} and simplify the result.",
            "Evaluate {expression}, leaving no common factor in the result.",
            "Simplify {expression} to a single fraction.",
        ],
        make: fractions,
        check: |given| {
            let answer = given.answer_number()?;
            Some(value(given.text("expression")?, &[])? == answer && answer.to_string() == given.answer)
        },
    },
    Template {
        id: "arithmetic.decimals",
        phrasings: &[
            "Calculate {expression}.",
            "What is {expression}?",
            "Work out {expression} without a calculator.",
            "Find the exact value of {expression}.",
            "Evaluate {expression} as a decimal.",
        ],
        make: decimals,
        check: |given| given.answer_is(value(given.text("expression")?, &[])?),
    },
    Template {
        id: "arithmetic.powers",
        phrasings: &[
            "Evaluate {expression}.",
            "What is the value of {expression}?",
            "Work out {expression}.",
            "Compute {expression} by working out the powers first.",
            "Calculate {expression}.",
        ],
        make: powers,
        check: |given| given.answer_is(value(given.text("expression")?, &[])?),
    },
    Template {
        id: "arithmetic.percent_change",
        phrasings: &[
            "The price of a machine is ${price}. It first {first}, then it {second}. What is the price in the end?",
            "A machine costs ${price}. If the price first {first}, and afterwards it {second}, what does the machine cost then?",
            "Starting from ${price}, a price first {first}, and then it {second}. Find the final price.",
            "A shop sells a machine for ${price}. In spring the price {first}, in autumn it {second}. What is the new price?",
            "The value of a share is ${price}. On one day it {first}, and on the next day it {second}. What is it worth then?",
        ],
        make: percent_change,
        check: |given| {
            let mut price = given.number("price")?;
            for slot in ["first", "second"] {
                let text = given.text(slot)?;
                let hundredth = price.times(numbers(text).first()?.over(Rational::from(100))?)?;
                price = if text.starts_with("falls") { price.minus(hundredth)? } else { price.plus(hundredth)? };
            }
            Some(Rational::parse(given.answer.strip_prefix('$')?)? == price)
        },
    },
    Template {
        id: "arithmetic.boxes",
        phrasings: &[
            "{name} buys {boxes} with {each} in each box, gives {given} away, and sells the rest for ${price} apiece. How much money \
             does {name} take in?",
            "There are {boxes} in {name}'s shop, with {each} in every box. After giving {given} away, {name} sells all that are left \
             at ${price} apiece. What are the takings in dollars?",
            "{name} has {boxes}. Each box holds {each}. Of these, {given} are set aside as a gift, and the others are sold for \
             ${price} apiece. How many dollars does {name} get for them?",
            "A delivery of {boxes} reaches {name}, and {each} come out of each. When {given} have been handed out for free and the \
             remaining ones sold for ${price} apiece, how much has {name} earned?",
            "Out of {boxes}, with {each} per box, {name} loses {given}. How much are the others worth at ${price} apiece?",
        ],
        make: boxes,
        check: |given| {
            let all = given.number("boxes")?.times(given.number("each")?)?;
            let sold = all.minus(given.number("given")?)?;
            Some(Rational::parse(given.answer.strip_prefix('$')?)?.over(given.number("price")?)? == sold)
        },
    },
    Template {
        id: "arithmetic.mean",
        phrasings: &[
            "Find the mean of {values}.",
            "What is the mean of the numbers {values}?",
            "Calculate the average of {values}.",
            "A sensor reads {values}. What is the mean reading?",
            "The scores in a test were {values}. Work out the average score.",
        ],
        make: mean,
        check: |given| {
            let values = numbers(given.text("values")?);
            let answer = given.answer_number()?;
            // Deviations from the mean cancel out.
            let rest = values.iter().try_fold(Rational::ZERO, |rest, v| rest.plus(v.minus(answer)?))?;
            Some(rest == Rational::ZERO && values.len() > 1)
        },
    },
    Template {
        id: "arithmetic.ratio",
        phrasings: &[
            "Share ${total} between {first} and {second} in the ratio {ratio}. How much does each get?",
            "{first} and {second} split ${total} in the ratio {ratio}. What does each of them receive?",
            "A prize of ${total} is divided between {first} and {second} in the ratio {ratio}. Find the two amounts.",
            "{first} and {second} invest in the ratio {ratio} and earn ${total} together. How should the sum be divided?",
            "Divide ${total} into two parts in the ratio {ratio}, the first for {first} and the second for {second}.",
        ],
        make: ratio,
        check: |given| {
            let parts = numbers(given.answer);
            let (a, b) = given.text("ratio")?.split_once(':')?;
            let (a, b) = (Rational::parse(a)?, Rational::parse(b)?);
            let (first, second) = (*parts.first()?, *parts.get(1)?);
            Some(first.plus(second)? == given.number("total")? && first.times(b)? == second.times(a)?)
        },
    },
];

/// A piece of an expression that is worked out step by step.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Token {
    Number(i64),
    Sign(char),
    Open,
    Close,
}

/// Where brackets may stand around some of three, four or five numbers: from the first to the last, counted from 0.
const BRACKETS: [&[Option<(usize, usize)>]; 3] = [
    &[None, Some((0, 1)), Some((1, 2))],
    &[None, Some((0, 1)), Some((1, 2)), Some((2, 3)), Some((0, 2)), Some((1, 3))],
    &[None, Some((0, 1)), Some((1, 2)), Some((2, 3)), Some((3, 4)), Some((0, 2)), Some((1, 3)), Some((2, 4))],
];

fn order_of_operations(draw: &mut Draw, page: &mut Page) -> Option<()> {
    let numbers = draw.by_level([3, 4, 5]);
    let brackets = draw.pick(draw.by_level(BRACKETS))?;
    let mut tokens = Vec::with_capacity(12);
    for at in 0..numbers {
        if at > 0 {
            tokens.push(Token::Sign(draw.pick(&['+', '-', '*'])?));
        }
        if brackets.is_some_and(|(first, _)| first == at) {
            tokens.push(Token::Open);
        }
        tokens.push(Token::Number(match at {
            0 => draw.level([(2, 30), (2, 20), (2, 20)]),
            _ => draw.range(2, draw.by_level([30, 20, 12])),
        }));
        if brackets.is_some_and(|(_, last)| last == at) {
            tokens.push(Token::Close);
        }
    }
    let mut shown = written(&tokens);
    page.slot("expression", &shown);
    while tokens.len() > 1 {
        reduce(&mut tokens);
        let next = written(&tokens);
        page.step(format_args!("{shown} = {next}"));
        shown = next;
    }
    page.answer(shown);
    Some(())
}

/// Works out what comes first: in the brackets if there are any, a product before a sum, the left before the right.
fn reduce(tokens: &mut Vec<Token>) {
    let open = tokens.iter().position(|t| *t == Token::Open);
    let close = tokens.iter().position(|t| *t == Token::Close);
    let (from, to) = (open.map_or(0, |at| at + 1), close.unwrap_or(tokens.len()));
    let inside = || tokens[from..to].iter().enumerate();
    let product = inside().find(|(_, t)| **t == Token::Sign('*'));
    let first = product.or_else(|| inside().find(|(_, t)| matches!(t, Token::Sign(_))));
    if let Some((at, &Token::Sign(sign))) = first {
        let at = from + at;
        if let (Token::Number(a), Token::Number(b)) = (tokens[at - 1], tokens[at + 1]) {
            let result = match sign {
                '+' => a + b,
                '-' => a - b,
                _ => a * b,
            };
            tokens.splice(at - 1..=at + 1, [Token::Number(result)]);
        }
    }
    // Brackets around a single number go with the step that made it one.
    if let Some(open) = tokens.iter().position(|t| *t == Token::Open) {
        if tokens.get(open + 2) == Some(&Token::Close) {
            tokens.remove(open + 2);
            tokens.remove(open);
        }
    }
}

fn written(tokens: &[Token]) -> String {
    let mut text = String::with_capacity(32);
    for (at, token) in tokens.iter().enumerate() {
        let starts = at == 0 || tokens[at - 1] == Token::Open;
        match token {
            Token::Number(n) if starts => text += &n.to_string(),
            Token::Number(n) => text += &bracketed(*n),
            Token::Sign(sign) => text.extend([' ', *sign, ' ']),
            Token::Open => text.push('('),
            Token::Close => text.push(')'),
        }
    }
    text
}

fn multiplication(draw: &mut Draw, page: &mut Page) -> Option<()> {
    let a = draw.level([(12, 99), (100, 999), (1000, 9999)]);
    let b = draw.range(12, draw.by_level([99, 99, 999]));
    page.slot("a", a);
    page.slot("b", b);
    let mut places = Vec::with_capacity(3);
    let mut scale = 1;
    while scale <= b {
        let digit = b / scale % 10;
        if digit != 0 {
            places.insert(0, digit * scale);
        }
        scale *= 10;
    }
    if places.len() > 1 {
        page.step(format_args!("Split {b} into {}.", list(&places)));
    }
    let parts: Vec<i64> = places.iter().map(|place| a * place).collect();
    for (place, part) in places.iter().zip(&parts) {
        page.step(format_args!("{a} * {place} = {part}"));
    }
    if parts.len() > 1 {
        page.step(format_args!("{} = {}", spread(&parts, " + "), a * b));
    }
    page.answer(a * b);
    Some(())
}

fn division(draw: &mut Draw, page: &mut Page) -> Option<()> {
    let a = draw.level([(50, 999), (1000, 9999), (10_000, 999_999)]);
    let b = draw.range(3, draw.by_level([19, 49, 99]));
    page.slot("a", a);
    page.slot("b", b);
    let mut rest = 0;
    let mut begun = false;
    for digit in a.to_string().bytes().map(|digit| i64::from(digit - b'0')) {
        rest = rest * 10 + digit;
        if rest < b && !begun {
            continue;
        }
        let times = rest / b;
        let verb = if begun { format!("Bring down {digit} to get {rest}: ") } else { String::new() };
        page.step(format_args!(
            "{verb}{b} goes into {rest} {}; {times} * {b} = {}, and {rest} - {} = {}.",
            count(times, "time", "times"),
            times * b,
            times * b,
            rest - times * b
        ));
        (rest, begun) = (rest - times * b, true);
    }
    page.step(format_args!("So {a} = {b} * {} + {}.", a / b, a % b));
    page.answer(format!("quotient {}, remainder {}", a / b, a % b));
    Some(())
}

/// A proper fraction in lowest terms with a denominator from `low` to `high`.
pub(super) fn reduced(draw: &mut Draw, low: i64, high: i64) -> (i64, i64) {
    let coprime = |d: i64| (1..d).filter(move |&n| gcd(n.unsigned_abs().into(), d.unsigned_abs().into()) == 1);
    let weights: Vec<u64> = (low..=high).map(|d| coprime(d).count() as u64).collect();
    let (row, at) = draw.row(&weights);
    let d = low + row as i64;
    (coprime(d).nth(at as usize).unwrap_or(1), d)
}

fn fractions(draw: &mut Draw, page: &mut Page) -> Option<()> {
    let (low, high) = draw.by_level([(2, 6), (7, 14), (15, 40)]);
    let (a, b) = reduced(draw, low, high);
    let (c, d) = reduced(draw, 2, draw.by_level([12, 16, 24]));
    let sign = draw.pick(&['+', '-', '*', '/'])?;
    let (n, m) = match sign {
        '+' | '-' => {
            let common = b * d / gcd(b.unsigned_abs().into(), d.unsigned_abs().into()) as i64;
            let (left, right) = (a * (common / b), c * (common / d));
            let above = if sign == '+' { left + right } else { left - right };
            page.slot("expression", format_args!("{a}/{b} {sign} {c}/{d}"));
            page.step(format_args!("The least common denominator of {b} and {d} is {common}."));
            page.step(format_args!("{a}/{b} = {left}/{common} and {c}/{d} = {right}/{common}"));
            page.step(format_args!("{left}/{common} {sign} {right}/{common} = {above}/{common}"));
            (above, common)
        }
        '*' => {
            page.slot("expression", format_args!("{a}/{b} * {c}/{d}"));
            page.step(format_args!("Multiply the numerators and the denominators."));
            page.step(format_args!("{a}/{b} * {c}/{d} = ({a} * {c}) / ({b} * {d}) = {}/{}", a * c, b * d));
            (a * c, b * d)
        }
        _ => {
            page.slot("expression", format_args!("({a}/{b}) / ({c}/{d})"));
            page.step(format_args!("Dividing by {c}/{d} is the same as multiplying by {d}/{c}."));
            page.step(format_args!("{a}/{b} * {d}/{c} = ({a} * {d}) / ({b} * {c}) = {}/{}", a * d, b * c));
            (a * d, b * c)
        }
    };
    let answer = Rational::new(n.into(), m.into())?;
    if answer.to_string() != format!("{n}/{m}") {
        page.step(format_args!("In lowest terms, {n}/{m} = {answer}."));
    }
    page.answer(answer);
    Some(())
}

/// A number of hundredths as a decimal.
fn hundredths(n: i64) -> Option<Rational> {
    Rational::new(n.into(), 100)
}

fn decimals(draw: &mut Draw, page: &mut Page) -> Option<()> {
    let a = hundredths(draw.level([(101, 999), (1000, 9999), (10_000, 99_999)]))?;
    let b = hundredths(draw.range(11, draw.by_level([999, 4999, 9999])))?;
    let c = hundredths(draw.range(11, draw.by_level([499, 999, 999])))?;
    let (first, second) = draw.pick(&[('+', '-'), ('-', '+'), ('+', '+'), ('+', '*'), ('-', '*')])?;
    let apply = |sign: char, x: Rational, y: Rational| match sign {
        '+' => x.plus(y),
        '-' => x.minus(y),
        _ => x.times(y),
    };
    let (x, y, z) = (a.decimal()?, b.decimal()?, c.decimal()?);
    page.slot("expression", format_args!("{x} {first} {y} {second} {z}"));
    let answer = if second == '*' {
        let product = b.times(c)?;
        page.step(format_args!("The product comes first: {y} * {z} = {}.", product.decimal()?));
        let answer = apply(first, a, product)?;
        page.step(format_args!("Then {x} {first} {} = {}.", product.decimal()?, answer.decimal()?));
        answer
    } else {
        let middle = apply(first, a, b)?;
        page.step(format_args!("From left to right: {x} {first} {y} = {}.", middle.decimal()?));
        let answer = apply(second, middle, c)?;
        page.step(format_args!("Then {} {second} {z} = {}.", middle.decimal()?, answer.decimal()?));
        answer
    };
    page.answer(answer.decimal()?);
    Some(())
}

fn powers(draw: &mut Draw, page: &mut Page) -> Option<()> {
    let a = draw.level([(2, 9), (10, 25), (26, 60)]);
    let m = draw.range(2, draw.by_level([4, 4, 3]));
    let b = draw.range(2, draw.by_level([9, 15, 30]));
    let n = draw.range(2, 4);
    let sign = draw.pick(&['+', '-', '*'])?;
    let (left, right) = (a.pow(m as u32), b.pow(n as u32));
    let written = |base: i64, exponent: i64| (0..exponent).map(|_| base.to_string()).collect::<Vec<_>>().join(" * ");
    page.slot("expression", format_args!("{a}^{m} {sign} {b}^{n}"));
    page.step(format_args!("{a}^{m} = {} = {left}", written(a, m)));
    page.step(format_args!("{b}^{n} = {} = {right}", written(b, n)));
    let answer = match sign {
        '+' => left + right,
        '-' => left - right,
        _ => left * right,
    };
    page.step(format_args!("{left} {sign} {right} = {answer}"));
    page.answer(answer);
    Some(())
}

/// An amount of money: whole dollars, or with two places for cents.
pub(super) fn dollars(amount: Rational) -> Option<String> {
    let text = amount.decimal()?;
    let places = text.split_once('.').map_or(0, |(_, part)| part.len());
    Some(if places == 1 { text + "0" } else { text })
}

fn percent_change(draw: &mut Draw, page: &mut Page) -> Option<()> {
    let price = 100 * draw.level([(1, 9), (10, 60), (61, 400)]);
    let (a, b) = (draw.range(2, 60), draw.range(2, 60));
    let (up, then_up) = draw.pick(&[(true, false), (false, true), (true, true), (false, false)])?;
    let says = |up: bool, n: i64| format!("{} by {n} %", if up { "rises" } else { "falls" });
    page.slot("price", price);
    page.slot("first", says(up, a));
    page.slot("second", says(then_up, b));
    let mut amount = Rational::from(price);
    for (up, n) in [(up, a), (then_up, b)] {
        let percent = if up { 100 + n } else { 100 - n };
        let next = amount.times(Rational::new(percent.into(), 100)?)?;
        let (sign, what) = if up { ('+', "rise") } else { ('-', "fall") };
        page.step(format_args!(
            "A {what} of {n} % leaves 100 {sign} {n} = {percent} percent: {} * {percent} / 100 = {}.",
            amount.decimal()?,
            next.decimal()?
        ));
        amount = next;
    }
    page.answer(format!("${}", dollars(amount)?));
    Some(())
}

fn boxes(draw: &mut Draw, page: &mut Page) -> Option<()> {
    let name = draw.flavour(&NAMES);
    let (one, many) = draw.flavour(&THINGS);
    let boxes = draw.level([(3, 9), (10, 25), (26, 80)]);
    let (each, away, price) = (draw.range(6, 36), draw.range(2, 15), draw.range(2, 12));
    page.slot("name", name);
    page.slot("boxes", format_args!("{boxes} boxes of {many}"));
    page.slot("each", count(each, one, many));
    page.slot("given", away);
    page.slot("price", price);
    let all = boxes * each;
    page.step(format_args!("There are {boxes} * {each} = {all} {many} in the boxes."));
    page.step(format_args!("Without the {away}, {all} - {away} = {} are left.", all - away));
    page.step(format_args!(
        "At ${price} apiece they come to {} * {price} = {} dollars.",
        all - away,
        (all - away) * price
    ));
    page.answer(format!("${}", (all - away) * price));
    Some(())
}

fn mean(draw: &mut Draw, page: &mut Page) -> Option<()> {
    let mut values = vec![draw.level([(1, 20), (21, 90), (91, 400)])];
    for _ in 0..draw.by_level([3, 4, 5]) {
        values.push(draw.range(1, draw.by_level([20, 60, 90])));
    }
    let (n, total) = (values.len(), values.iter().sum::<i64>());
    page.slot("values", list(&values));
    page.step(format_args!("The sum is {} = {total}.", spread(&values, " + ")));
    let answer = Rational::new(total.into(), n as i128)?;
    page.step(format_args!("There are {n} numbers, so the mean is {total} / {n} = {}.", answer.plain()));
    page.answer(answer.plain());
    Some(())
}

fn ratio(draw: &mut Draw, page: &mut Page) -> Option<()> {
    let (a, b) = reduced(draw, 2, draw.by_level([9, 15, 30]));
    let part = draw.level([(2, 20), (21, 80), (81, 900)]);
    let swapped = draw.coin();
    let (a, b) = if swapped { (b, a) } else { (a, b) };
    let first = draw.flavour(&NAMES[..12]);
    let second = draw.flavour(&NAMES[12..]);
    let total = part * (a + b);
    page.slot("total", total);
    page.slot("first", first);
    page.slot("second", second);
    page.slot("ratio", format_args!("{a}:{b}"));
    page.step(format_args!("There are {a} + {b} = {} equal parts.", a + b));
    page.step(format_args!("One part is {total} / {} = {part}.", a + b));
    page.step(format_args!("{first} gets {a} * {part} = {} and {second} gets {b} * {part} = {}.", a * part, b * part));
    page.answer(commas(&[format!("${}", a * part), format!("${}", b * part)]));
    Some(())
}
