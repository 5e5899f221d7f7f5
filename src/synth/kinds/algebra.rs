//! Equations: linear, with brackets, quadratic, systems of two, inequalities, and word problems that lead to them.

use crate::synth::draw::Draw;
use crate::synth::english::{NAMES, bracketed, count, signed, sum};
use crate::synth::evaluate::{at, holds, slope, value};
use crate::synth::poly::Poly;
use crate::synth::rational::Rational;
use crate::synth::template::{Given, Page, Template, leading_number, numbers};

pub(super) const TEMPLATES: &[Template] = &[
    Template { id: "algebra.linear", phrasings: SOLVE, make: linear, check: check_linear },
    Template { id: "algebra.linear_two_sides", phrasings: SOLVE, make: linear_two_sides, check: check_linear },
    Template { id: "algebra.linear_brackets", phrasings: SOLVE, make: linear_brackets, check: check_linear },
    Template {
        id: "algebra.quadratic",
        phrasings: &[
            "Solve {equation}.",
            "Find all real solutions of {equation}.",
            "Solve the quadratic equation {equation}.",
            "What are the roots of the equation {equation}?",
            "For which values of x does {equation} hold?",
        ],
        make: quadratic,
        check: |given| {
            let left = given.text("equation")?.strip_suffix(" = 0")?;
            let roots: Option<Vec<Rational>> =
                given.answer.split(" or ").map(|root| Rational::parse(root.strip_prefix("x = ")?)).collect();
            // At two different points, or at one with no slope, a parabola has no room for another root.
            match roots?.as_slice() {
                [x] => {
                    let dual = slope(left, *x)?;
                    Some(dual.value == Rational::ZERO && dual.slope == Rational::ZERO)
                }
                [x, y] => {
                    Some(x != y && slope(left, *x)?.value == Rational::ZERO && slope(left, *y)?.value == Rational::ZERO)
                }
                _ => None,
            }
        },
    },
    Template {
        id: "algebra.discriminant",
        phrasings: &[
            "How many real solutions does {equation} have?",
            "Find the number of real roots of {equation}.",
            "Without solving it, say how many real solutions {equation} has.",
            "Use the discriminant to count the real solutions of {equation}.",
            "In how many points does the graph of the left side of {equation} meet the x-axis?",
        ],
        make: discriminant,
        check: |given| {
            // Complete the square from three values: the sign of the vertex against the sign of the leading coefficient.
            let left = given.text("equation")?.strip_suffix(" = 0")?;
            let (minus, zero, plus) = (at(left, -1)?, at(left, 0)?, at(left, 1)?);
            let a = plus.plus(minus)?.over(Rational::from(2))?.minus(zero)?;
            let b = plus.minus(minus)?.over(Rational::from(2))?;
            let vertex = slope(left, b.over(a.times(Rational::from(-2))?)?)?;
            let height = vertex.value.times(a)?;
            let roots = if height > Rational::ZERO {
                0
            } else if height == Rational::ZERO {
                1
            } else {
                2
            };
            Some(vertex.slope == Rational::ZERO && given.answer_integer()? == roots)
        },
    },
    Template {
        id: "algebra.system",
        phrasings: &[
            "Solve the system {first}, {second}.",
            "Find x and y such that {first} and {second}.",
            "Solve the simultaneous equations {first} and {second}.",
            "The lines {first} and {second} meet in one point. Find its coordinates.",
            "Two numbers x and y satisfy {first} as well as {second}. What are they?",
        ],
        make: system,
        check: |given| {
            let found = numbers(given.answer);
            let (x, y) = (*found.first()?, *found.get(1)?);
            let (first, second) = (given.text("first")?, given.text("second")?);
            let both = holds(first, &[('x', x), ('y', y)])? && holds(second, &[('x', x), ('y', y)])?;
            // The left sides at (1, 0) and (0, 1) are their coefficients: the lines are not parallel.
            let left = |equation: &str, x, y| value(equation.split_once('=')?.0, &[('x', x), ('y', y)]);
            let (one, zero) = (Rational::ONE, Rational::ZERO);
            let down = left(first, one, zero)?.times(left(second, zero, one)?)?;
            let up = left(first, zero, one)?.times(left(second, one, zero)?)?;
            Some(both && found.len() == 2 && down != up)
        },
    },
    Template {
        id: "algebra.inequality",
        phrasings: &[
            "Solve the inequality {inequality}.",
            "For which x is {inequality}?",
            "Find all real x with {inequality}.",
            "Determine the solution set of {inequality}.",
            "What values of x satisfy {inequality}?",
        ],
        make: inequality,
        check: check_inequality,
    },
    Template {
        id: "algebra.tickets",
        phrasings: &[
            "Adult tickets cost ${adult} and child tickets cost ${child}. Altogether {tickets} were sold for ${total}. How many adult \
             tickets were sold?",
            "A cinema sold {tickets} for ${total}. An adult pays ${adult} and a child ${child}. How many adults came?",
            "For ${total} a group buys {tickets}, at ${adult} for an adult and ${child} for a child. How many adults are in the group?",
            "A museum takes ${adult} from adults and ${child} from children. On one day {tickets} brought ${total}. Find the number \
             of adults.",
            "The takings of a concert were ${total} from {tickets}. Adults paid ${adult} and children ${child}. How many of the tickets \
             were for adults?",
        ],
        make: tickets,
        check: |given| {
            let of = |name| given.integer(name);
            let (adult, child, all, total) = (of("adult")?, of("child")?, of("tickets")?, of("total")?);
            let mut found = (0..=all).filter(|n| n * adult + (all - n) * child == total);
            Some(found.next()? == given.answer_integer()? && found.next().is_none())
        },
    },
    Template {
        id: "algebra.ages",
        phrasings: &[
            "{old} is {times} times as old as {young}. In {later}, {old} will be {then} times as old as {young}. How old is {young} now?",
            "Today {old} is {times} times as old as {young}; in {later}, {old} will be {then} times as old. How old is {young} today?",
            "{young} is so young that {old} is {times} times as old. In {later} it will be {then} times. Find the age of {young} now.",
            "The age of {old} is {times} times the age of {young}. In {later} it will be {then} times the age of {young}. How old is \
             {young}?",
            "If {old} is {times} times as old as {young} now, and {then} times as old in {later}, what is the present age of {young}?",
        ],
        make: ages,
        check: |given| {
            let of = |name| given.number(name);
            let (young, later) = (given.answer_number()?, of("later")?);
            let old = young.times(of("times")?)?;
            Some(old.plus(later)? == young.plus(later)?.times(of("then")?)?)
        },
    },
];

const SOLVE: &[&str] = &[
    "Solve {equation} for x.",
    "Find x if {equation}.",
    "What value of x satisfies {equation}?",
    "Solve the equation {equation}.",
    "Determine the number x for which {equation}.",
    "Let {equation}. What is x?",
];

/// The claimed number solves the equation and the next one does not: of two straight lines that is all.
fn check_linear(given: &Given<'_>) -> Option<bool> {
    let equation = given.text("equation")?;
    let x = Rational::parse(given.answer.strip_prefix("x = ")?)?;
    Some(holds(equation, &[('x', x)])? && !holds(equation, &[('x', x.plus(Rational::ONE)?)])?)
}

/// `ax + b = c`, solved line by line.
fn solve_line(a: i64, b: i64, c: i64, page: &mut Page) -> Option<Rational> {
    if b != 0 {
        let verb = if b > 0 { "Subtract" } else { "Add" };
        let side = if b > 0 { "from" } else { "to" };
        page.step(format_args!("{verb} {} {side} both sides: {} = {}.", b.abs(), sum(&[(a, "x")]), c - b));
    }
    let x = Rational::new((c - b).into(), a.into())?;
    match a {
        1 => {}
        -1 => page.step(format_args!("Change the signs: x = {x}.")),
        _ if x.denominator() == i128::from(a) => page.step(format_args!("Divide both sides by {a}: x = {x}.")),
        _ => page.step(format_args!("Divide both sides by {a}: x = {} / {} = {x}.", c - b, bracketed(a))),
    }
    Some(x)
}

fn linear(draw: &mut Draw, page: &mut Page) -> Option<()> {
    // All coefficients are free, so that answers are fractions as often as they are by nature.
    let a = draw.level([(2, 9), (10, 25), (26, 99)]) * if draw.coin() { -1 } else { 1 };
    let b = draw.nonzero(draw.by_level([12, 40, 150]));
    let c = draw.range(-draw.by_level([30, 99, 500]), draw.by_level([30, 99, 500]));
    page.slot("equation", format_args!("{} = {c}", sum(&[(a, "x"), (b, "")])));
    let x = solve_line(a, b, c, page)?;
    page.answer(format_args!("x = {x}"));
    Some(())
}

fn linear_two_sides(draw: &mut Draw, page: &mut Page) -> Option<()> {
    let (a, c) = draw.distinct(draw.by_level([6, 12, 30]));
    let x = draw.range(-draw.by_level([9, 20, 40]), draw.by_level([9, 20, 40]));
    let b = draw.level([(1, 9), (10, 40), (41, 150)]) * if draw.coin() { -1 } else { 1 };
    let d = a * x + b - c * x;
    page.slot("equation", format_args!("{} = {}", sum(&[(a, "x"), (b, "")]), sum(&[(c, "x"), (d, "")])));
    let (verb, side) = if c > 0 { ("Subtract", "from") } else { ("Add", "to") };
    page.step(format_args!(
        "{verb} {} {side} both sides: {} = {d}.",
        sum(&[(c.abs(), "x")]),
        sum(&[(a - c, "x"), (b, "")])
    ));
    solve_line(a - c, b, d, page)?;
    page.step(format_args!(
        "Check: {a} * {}{} = {} and {c} * {}{} = {}.",
        bracketed(x),
        signed(b),
        a * x + b,
        bracketed(x),
        signed(d),
        c * x + d
    ));
    page.answer(format_args!("x = {x}"));
    Some(())
}

fn linear_brackets(draw: &mut Draw, page: &mut Page) -> Option<()> {
    let a = draw.level([(2, 9), (10, 20), (21, 60)]);
    let c = draw.range(2, draw.by_level([8, 9, 20]));
    // Different coefficients: the second is moved past the first.
    let c = if c >= a { c + 1 } else { c };
    let (b, d) = (draw.nonzero(9), draw.nonzero(draw.by_level([9, 15, 25])));
    let x = draw.range(-draw.by_level([9, 15, 25]), draw.by_level([9, 15, 25]));
    let e = a * (x + b) - c * (x + d);
    page.slot("equation", format_args!("{a}(x{}) - {c}(x{}) = {e}", signed(b), signed(d)));
    page.step(format_args!("Multiply out: {} = {e}.", sum(&[(a, "x"), (a * b, ""), (-c, "x"), (-c * d, "")])));
    page.step(format_args!("Collect: {} = {e}.", sum(&[(a - c, "x"), (a * b - c * d, "")])));
    solve_line(a - c, a * b - c * d, e, page)?;
    page.answer(format_args!("x = {x}"));
    Some(())
}

/// `(x - r)` as it is written.
fn root_factor(r: i64) -> String {
    if r == 0 { "x".to_owned() } else { format!("(x{})", signed(-r)) }
}

fn quadratic(draw: &mut Draw, page: &mut Page) -> Option<()> {
    let a = draw.level([(1, 2), (3, 6), (7, 15)]);
    let (r, s) = draw.ascending(-draw.by_level([12, 25, 60]), draw.by_level([12, 25, 60]));
    let monic = Poly::of(&[1, -(r + s), r * s]);
    page.slot("equation", format_args!("{} = 0", monic.scaled(a)));
    if a > 1 {
        page.step(format_args!("Divide by {a}: {monic} = 0."));
    }
    match (r, s) {
        (0, 0) => {}
        (0, other) | (other, 0) => {
            page.step(format_args!("x is a common factor: x(x{}) = 0.", signed(-other)));
        }
        _ => {
            page.step(format_args!(
                "Two numbers with sum {} and product {} are {} and {}: {} * {} = {}.",
                -(r + s),
                r * s,
                -r,
                -s,
                -r,
                bracketed(-s),
                r * s
            ));
            page.step(format_args!("So {monic} = {}{}.", root_factor(r), root_factor(s)));
        }
    }
    page.step(format_args!("A product is 0 only if one of its factors is 0."));
    page.answer(if r == s { format!("x = {r}") } else { format!("x = {r} or x = {s}") });
    Some(())
}

fn discriminant(draw: &mut Draw, page: &mut Page) -> Option<()> {
    let a = draw.level([(1, 4), (5, 12), (13, 30)]) * if draw.coin() { -1 } else { 1 };
    let bound = draw.by_level([12, 30, 60]);
    let b = draw.range(-bound, bound);
    // The constant is never 0, or a root is seen at once; a perfect square now and then is left to chance.
    let c = draw.nonzero(bound);
    page.slot("equation", format_args!("{} = 0", Poly::of(&[a, b, c])));
    let d = b * b - 4 * a * c;
    page.step(format_args!("Here a = {a}, b = {b} and c = {c}."));
    page.step(format_args!(
        "The discriminant b^2 - 4ac is {}^2 - 4 * {} * {} = {d}.",
        bracketed(b),
        bracketed(a),
        bracketed(c)
    ));
    let (sign, roots) = match d {
        ..0 => ("negative", 0),
        0 => ("zero", 1),
        _ => ("positive", 2),
    };
    page.step(format_args!(
        "It is {sign}, so there {}.",
        match roots {
            0 => "is no real solution",
            1 => "is exactly one real solution",
            _ => "are two real solutions",
        }
    ));
    page.answer(roots);
    Some(())
}

fn system(draw: &mut Draw, page: &mut Page) -> Option<()> {
    let (x, y) = (draw.range(-draw.by_level([6, 12, 30]), draw.by_level([6, 12, 30])), draw.range(-9, 9));
    let a = draw.level([(1, 4), (5, 9), (10, 25)]);
    let (b, c, d) = (draw.range(1, 9), draw.range(1, 9), draw.range(1, 9));
    // One sign differs, so the determinant -(ad + bc) is not 0.
    let (e, f) = (a * x + b * y, c * x - d * y);
    page.slot("first", format_args!("{} = {e}", sum(&[(a, "x"), (b, "y")])));
    page.slot("second", format_args!("{} = {f}", sum(&[(c, "x"), (-d, "y")])));
    let eliminated = (d * e, b * f, a * d + b * c);
    if d != 1 {
        page.step(format_args!(
            "Multiply the first equation by {d}: {} = {}.",
            sum(&[(a * d, "x"), (b * d, "y")]),
            d * e
        ));
    }
    if b != 1 {
        page.step(format_args!(
            "Multiply the second equation by {b}: {} = {}.",
            sum(&[(b * c, "x"), (-b * d, "y")]),
            b * f
        ));
    }
    page.step(format_args!(
        "Add the two, and y drops out: {} = {}, so x = {x}.",
        sum(&[(eliminated.2, "x")]),
        eliminated.0 + eliminated.1
    ));
    page.step(format_args!(
        "Put this into the first equation: {} = {e} - {} = {}, so y = {y}.",
        sum(&[(b, "y")]),
        bracketed(a * x),
        b * y
    ));
    page.answer(format_args!("x = {x}, y = {y}"));
    Some(())
}

fn inequality(draw: &mut Draw, page: &mut Page) -> Option<()> {
    let a = draw.level([(2, 9), (10, 20), (21, 60)]) * if draw.coin() { -1 } else { 1 };
    let b = draw.nonzero(draw.by_level([20, 60, 150]));
    let c = draw.range(-draw.by_level([40, 120, 400]), draw.by_level([40, 120, 400]));
    let sign = draw.pick(&["<", "<=", ">", ">="])?;
    page.slot("inequality", format_args!("{} {sign} {c}", sum(&[(a, "x"), (b, "")])));
    let (verb, side) = if b > 0 { ("Subtract", "from") } else { ("Add", "to") };
    page.step(format_args!("{verb} {} {side} both sides: {} {sign} {}.", b.abs(), sum(&[(a, "x")]), c - b));
    let turned = match sign {
        "<" => ">",
        "<=" => ">=",
        ">" => "<",
        _ => "<=",
    };
    let bound = Rational::new((c - b).into(), a.into())?;
    let (sign, note) = if a < 0 { (turned, ", which is negative, so the sign turns") } else { (sign, "") };
    page.step(format_args!("Divide by {a}{note}: x {sign} {bound}."));
    page.answer(format_args!("x {sign} {bound}"));
    Some(())
}

/// At the claimed bound the two sides are equal; there and one step to either side the inequality is tried.
fn check_inequality(given: &Given<'_>) -> Option<bool> {
    let (sign, bound) = given.answer.strip_prefix("x ")?.split_once(' ')?;
    let bound = leading_number(bound)?;
    let [left, asked, right] = <[&str; 3]>::try_from(split_at_sign(given.text("inequality")?)?).ok()?;
    let stands = |sign: &str, a: Rational, b: Rational| match sign {
        "<" => a < b,
        "<=" => a <= b,
        ">" => a > b,
        _ => a >= b,
    };
    if value(left, &[('x', bound)])? != value(right, &[('x', bound)])? {
        return Some(false);
    }
    for x in [bound.minus(Rational::ONE)?, bound, bound.plus(Rational::ONE)?] {
        let holds = stands(asked, value(left, &[('x', x)])?, value(right, &[('x', x)])?);
        if holds != stands(sign, x, bound) {
            return Some(false);
        }
    }
    Some(true)
}

fn split_at_sign(inequality: &str) -> Option<Vec<&str>> {
    let start = inequality.find(['<', '>'])?;
    let end = inequality.rfind(['<', '>', '='])? + 1;
    Some(vec![&inequality[..start], &inequality[start..end], &inequality[end..]])
}

fn tickets(draw: &mut Draw, page: &mut Page) -> Option<()> {
    let (child, adult) = draw.rising(3, draw.by_level([12, 20, 30]));
    let adults = draw.level([(2, 20), (21, 80), (81, 300)]);
    let children = draw.range(2, draw.by_level([20, 80, 300]));
    let (all, total) = (adults + children, adults * adult + children * child);
    page.slot("adult", adult);
    page.slot("child", child);
    page.slot("tickets", format_args!("{all} tickets"));
    page.slot("total", total);
    page.step(format_args!(
        "Let x be the number of adults. Then {all} - x are children, and {adult}x + {child}({all} - x) = {total}."
    ));
    page.step(format_args!("If all were children, {all} * {child} = {} dollars would have been paid.", all * child));
    page.step(format_args!(
        "Each adult adds {adult} - {child} = {} to that: {} = {total} - {} = {}.",
        adult - child,
        sum(&[(adult - child, "x")]),
        all * child,
        total - all * child
    ));
    page.step(format_args!("So x = {} / {} = {adults}.", total - all * child, adult - child));
    page.answer(adults);
    Some(())
}

/// How many times as old now, and then, with the years that make a child's age whole: now times a, in y years times b.
fn ages(draw: &mut Draw, page: &mut Page) -> Option<()> {
    // a·n + y = b (n + y), so n (a - b) = y (b - 1): with y = k (a - b), n = k (b - 1).
    let (then, times) = draw.rising(2, 6);
    let k = draw.level([(1, 1), (2, 2), (3, 3)]);
    let (young, later) = (k * (then - 1), k * (times - then));
    let (first, second) = (draw.flavour(&NAMES[..12]), draw.flavour(&NAMES[12..]));
    page.slot("old", first);
    page.slot("young", second);
    page.slot("times", times);
    page.slot("then", then);
    page.slot("later", count(later, "year", "years"));
    page.step(format_args!("Let x be the age of {second}. Then {first} is {times}x years old, and {times}x + {later} = {then}(x + {later})."));
    page.step(format_args!("Multiply out: {times}x + {later} = {then}x + {}.", then * later));
    page.step(format_args!(
        "So {} = {} - {later} = {}.",
        sum(&[(times - then, "x")]),
        then * later,
        then * later - later
    ));
    page.step(format_args!("x = {} / {} = {young}", then * later - later, times - then));
    page.answer(format_args!("{}", count(young, "year", "years")));
    Some(())
}
