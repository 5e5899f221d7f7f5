//! Polynomials: multiplied out, evaluated, factored, divided, put into one another, expanded by the binomial theorem.

use super::spread;
use crate::synth::draw::Draw;
use crate::synth::english::{bracketed, signed, sum};
use crate::synth::evaluate::{at, same_polynomial, value};
use crate::synth::poly::{Poly, power};
use crate::synth::rational::Rational;
use crate::synth::template::{Given, Page, Template, small};

pub(super) const TEMPLATES: &[Template] = &[
    Template { id: "polynomials.expand", phrasings: EXPAND, make: expand, check: check_expansion },
    Template { id: "polynomials.expand_cubic", phrasings: EXPAND, make: expand_cubic, check: check_expansion },
    Template {
        id: "polynomials.evaluate",
        phrasings: &[
            "Let f(x) = {f}. What is f({x})?",
            "Given f(x) = {f}, calculate f({x}).",
            "Find the value of the polynomial {f} at x = {x}.",
            "Work out f({x}) for f(x) = {f}.",
            "Use Horner's scheme to evaluate f(x) = {f} at x = {x}.",
        ],
        make: evaluate,
        check: |given| given.answer_is(value(given.text("f")?, &[('x', given.number("x")?)])?),
    },
    Template {
        id: "polynomials.factor",
        phrasings: &[
            "Factor {f}.",
            "Factor {f} completely over the integers.",
            "Write {f} as a product of linear factors.",
            "Find the factorization of {f}.",
            "Decompose the polynomial {f} into factors of degree one.",
        ],
        make: factor,
        check: |given| Some(same_polynomial(given.text("f")?, given.answer, 2)? && !given.answer.contains("x^2 ")),
    },
    Template {
        id: "polynomials.divide",
        phrasings: &[
            "Divide {f} by {g}. Give the quotient and the remainder.",
            "What are the quotient and the remainder when {f} is divided by {g}?",
            "Use synthetic division to divide {f} by {g}.",
            "Find q(x) and r such that {f} = ({g}) * q(x) + r.",
            "Carry out the polynomial division of {f} by {g}.",
        ],
        make: divide,
        check: |given| {
            let (quotient, remainder) = given.answer.strip_prefix("quotient ")?.split_once(", remainder ")?;
            let remainder = Rational::parse(remainder)?;
            for x in -2..=2 {
                let product = at(given.text("g")?, x)?.times(at(quotient, x)?)?;
                if product.plus(remainder)? != at(given.text("f")?, x)? {
                    return Some(false);
                }
            }
            Some(true)
        },
    },
    Template {
        id: "polynomials.collect",
        phrasings: &[
            "Simplify {expression}.",
            "Collect like terms in {expression}.",
            "Remove the brackets and simplify {expression}.",
            "Write {expression} as a single polynomial.",
            "Combine {expression} into one polynomial in x.",
        ],
        make: collect,
        check: check_expansion,
    },
    Template {
        id: "polynomials.compose",
        phrasings: &[
            "Let f(x) = {f} and g(x) = {g}. Find f(g(x)).",
            "Given f(x) = {f} and g(x) = {g}, expand f(g(x)).",
            "If f(x) = {f} and g(x) = {g}, what is the composition f(g(x)) as a polynomial?",
            "Put g(x) = {g} into f(x) = {f} and multiply out.",
            "Write f(g(x)) as a polynomial, where f(x) = {f} and g(x) = {g}.",
        ],
        make: compose,
        check: |given| {
            for x in -2..=2 {
                let inner = at(given.text("g")?, x)?;
                if value(given.text("f")?, &[('x', inner)])? != at(given.answer, x)? {
                    return Some(false);
                }
            }
            Some(true)
        },
    },
    Template {
        id: "polynomials.binomial_coefficient",
        phrasings: &[
            "What is the coefficient of {power} in the expansion of {binomial}?",
            "Find the coefficient of {power} in {binomial}.",
            "If {binomial} is multiplied out, which coefficient does {power} get?",
            "Use the binomial theorem to find the coefficient of {power} in {binomial}.",
            "Determine the number in front of {power} when {binomial} is expanded.",
        ],
        make: binomial_coefficient,
        check: |given| {
            // Multiplied out one factor at a time.
            let (inner, n) = given.text("binomial")?.strip_prefix('(')?.split_once(")^")?;
            let b = small(at(inner, 0)?)?;
            let a = small(at(inner, 1)?)?.checked_sub(b)?;
            let n: usize = n.parse().ok().filter(|n| *n <= 60)?;
            let wanted: usize =
                given.text("power")?.strip_prefix('x').map(|p| p.strip_prefix('^').unwrap_or("1"))?.parse().ok()?;
            let (a, b) = (i128::from(a), i128::from(b));
            let mut row = vec![0_i128; n + 1];
            row[0] = 1;
            for _ in 0..n {
                for at in (0..=n).rev() {
                    let below = if at > 0 { row[at - 1] } else { 0 };
                    row[at] = row[at].checked_mul(b)?.checked_add(below.checked_mul(a)?)?;
                }
            }
            given.answer_is(Rational::from_integer(*row.get(wanted)?))
        },
    },
];

const EXPAND: &[&str] = &[
    "Expand {expression}.",
    "Multiply out {expression}.",
    "Expand and simplify {expression}.",
    "Write {expression} without brackets.",
    "Find the product {expression} as a polynomial in x.",
];

/// Question and answer agree at more points than a cubic has room for.
fn check_expansion(given: &Given<'_>) -> Option<bool> {
    Some(same_polynomial(given.text("expression")?, given.answer, 4)? && !given.answer.contains('('))
}

/// `(3x - 2)`.
fn linear(a: i64, b: i64) -> String {
    format!("({})", sum(&[(a, "x"), (b, "")]))
}

fn expand(draw: &mut Draw, page: &mut Page) -> Option<()> {
    let a = draw.level([(1, 3), (4, 9), (10, 25)]);
    let c = draw.range(1, draw.by_level([3, 9, 15]));
    let bound = draw.by_level([9, 12, 20]);
    let (b, d) = (draw.nonzero(bound), draw.nonzero(bound));
    page.slot("expression", format_args!("{}{}", linear(a, b), linear(c, d)));
    page.step(format_args!(
        "Multiply each term by each: {}{} = {}.",
        linear(a, b),
        linear(c, d),
        sum(&[(a * c, "x^2"), (a * d, "x"), (b * c, "x"), (b * d, "")])
    ));
    page.step(format_args!(
        "The terms in x are {} = {}.",
        sum(&[(a * d, "x"), (b * c, "x")]),
        sum(&[(a * d + b * c, "x")])
    ));
    page.answer(Poly::of(&[a * c, a * d + b * c, b * d]));
    Some(())
}

fn expand_cubic(draw: &mut Draw, page: &mut Page) -> Option<()> {
    let a = draw.level([(1, 2), (3, 6), (7, 15)]);
    let bound = draw.by_level([6, 9, 12]);
    let b = draw.nonzero(bound);
    let q = Poly::of(&[draw.range(1, draw.by_level([2, 5, 9])), draw.nonzero(bound), draw.nonzero(bound)]);
    page.slot("expression", format_args!("{}({q})", linear(a, b)));
    let (first, second) = (q.times(&Poly::of(&[a, 0])), q.scaled(b));
    page.step(format_args!("{} * ({q}) = {first}", sum(&[(a, "x")])));
    page.step(format_args!("{} * ({q}) = {second}", b));
    page.step(format_args!("Add the two lines, power by power."));
    page.answer(first.plus(&second));
    Some(())
}

fn evaluate(draw: &mut Draw, page: &mut Page) -> Option<()> {
    let bound = draw.by_level([5, 9, 15]);
    let x = draw.level([(1, 3), (4, 6), (7, 12)]) * if draw.coin() { -1 } else { 1 };
    let mut coefficients = vec![draw.nonzero(bound)];
    for _ in 0..draw.by_level([2, 3, 4]) {
        coefficients.push(draw.range(-bound, bound));
    }
    let f = Poly::of(&coefficients);
    page.slot("f", &f);
    page.slot("x", x);
    let mut total = 0;
    for (at, c) in coefficients.iter().enumerate() {
        if at == 0 {
            page.step(format_args!(
                "Horner: begin with {c}, then multiply by {x} and add the next coefficient each time."
            ));
        } else {
            page.step(format_args!("{} * {}{} = {}", bracketed(total), bracketed(x), signed(*c), total * x + c));
        }
        total = total * x + c;
    }
    page.answer(total);
    Some(())
}

fn factor(draw: &mut Draw, page: &mut Page) -> Option<()> {
    let k = draw.level([(1, 2), (3, 5), (6, 12)]);
    // Two nonzero numbers, their order aside: 0 is jumped over.
    let bound = draw.by_level([12, 20, 30]);
    let (r, s) = draw.ascending(-bound, bound - 1);
    let (r, s) = (if r < 0 { r } else { r + 1 }, if s < 0 { s } else { s + 1 });
    let f = Poly::of(&[1, r + s, r * s]);
    page.slot("f", f.scaled(k));
    if k > 1 {
        page.step(format_args!("Take out the common factor: {} = {k}({f}).", f.scaled(k)));
    }
    page.step(format_args!("Look for two numbers with product {} and sum {}.", r * s, r + s));
    page.step(format_args!("{} * {} = {} and {}{} = {}", r, bracketed(s), r * s, r, signed(s), r + s));
    let factors = if r == s { format!("(x{})^2", signed(r)) } else { format!("(x{})(x{})", signed(r), signed(s)) };
    page.answer(if k > 1 { format!("{k}{factors}") } else { factors });
    Some(())
}

fn divide(draw: &mut Draw, page: &mut Page) -> Option<()> {
    let r = draw.level([(1, 3), (4, 6), (7, 12)]) * if draw.coin() { -1 } else { 1 };
    let bound = draw.by_level([6, 9, 12]);
    let mut coefficients = vec![draw.nonzero(bound.min(6))];
    for _ in 0..draw.by_level([2, 3, 3]) {
        coefficients.push(draw.range(-bound, bound));
    }
    page.slot("f", Poly::of(&coefficients));
    page.slot("g", format_args!("x{}", signed(-r)));
    page.step(format_args!("Synthetic division with {r}: bring down {}.", coefficients[0]));
    let (mut row, mut carry) = (Vec::new(), 0);
    for (at, c) in coefficients.iter().enumerate() {
        if at > 0 {
            page.step(format_args!("{c}{} * {} = {}", signed(r), bracketed(carry), c + r * carry));
        }
        carry = c + r * carry;
        row.push(carry);
    }
    let remainder = row.pop()?;
    page.step(format_args!("The last number is the remainder, the others are the coefficients of the quotient."));
    page.answer(format_args!("quotient {}, remainder {remainder}", Poly::of(&row)));
    Some(())
}

fn collect(draw: &mut Draw, page: &mut Page) -> Option<()> {
    let k = draw.level([(2, 3), (4, 6), (7, 12)]);
    let bound = draw.by_level([6, 9, 15]);
    let p = Poly::of(&[draw.nonzero(bound), draw.nonzero(bound), draw.nonzero(bound)]);
    let q = Poly::of(&[draw.range(1, bound), draw.nonzero(bound), draw.nonzero(bound)]);
    page.slot("expression", format_args!("{p} - {k}({q})"));
    let taken = q.scaled(-k);
    page.step(format_args!("-{k}({q}) = {taken}"));
    for n in (0..=2).rev() {
        let (a, b) = (p.coefficient(n), taken.coefficient(n));
        let symbol = power(n);
        page.step(format_args!("{} = {}", sum(&[(a, symbol), (b, symbol)]), sum(&[(a + b, symbol)])));
    }
    page.answer(p.plus(&taken));
    Some(())
}

fn compose(draw: &mut Draw, page: &mut Page) -> Option<()> {
    let a = draw.level([(1, 2), (3, 5), (6, 9)]);
    let bound = draw.by_level([6, 9, 12]);
    let f = Poly::of(&[a, draw.nonzero(bound), draw.range(-bound, bound)]);
    let (c, d) = (draw.range(1, draw.by_level([3, 5, 9])), draw.nonzero(draw.by_level([5, 8, 9])));
    let g = Poly::of(&[c, d]);
    page.slot("f", &f);
    page.slot("g", &g);
    let square = g.times(&g);
    let (first, second) = (square.scaled(a), g.scaled(f.coefficient(1)));
    page.step(format_args!("({g})^2 = {square}"));
    if a > 1 {
        page.step(format_args!("{a}({square}) = {first}"));
    }
    page.step(format_args!("{} * ({g}) = {second}", f.coefficient(1)));
    if f.coefficient(0) != 0 {
        page.step(format_args!("Add these and the constant {}.", f.coefficient(0)));
    } else {
        page.step(format_args!("Add these."));
    }
    page.answer(first.plus(&second).plus(&Poly::of(&[f.coefficient(0)])));
    Some(())
}

/// `n` over `k`, multiplied and divided in turn.
pub(super) fn choose(n: i64, k: i64) -> i64 {
    (1..=k).fold(1, |value, i| value * (n - k + i) / i)
}

fn binomial_coefficient(draw: &mut Draw, page: &mut Page) -> Option<()> {
    let (low, high) = draw.by_level([(3, 4), (5, 6), (7, 9)]);
    let weights: Vec<u64> = (low..=high).map(|n| n as u64).collect();
    let (row, at) = draw.row(&weights);
    let (n, k) = (low + row as i64, 1 + at as i64);
    let (a, b) = (draw.range(1, draw.by_level([5, 6, 6])), draw.nonzero(draw.by_level([9, 9, 8])));
    page.slot("binomial", format_args!("{}^{n}", linear(a, b)));
    page.slot("power", power(usize::try_from(k).ok()?));
    let (ways, left, right) = (choose(n, k), a.pow(k as u32), b.pow((n - k) as u32));
    let (above, below): (Vec<i64>, Vec<i64>) =
        ((0..k.min(n - k)).map(|i| n - i).collect(), (1..=k.min(n - k)).collect());
    page.step(format_args!(
        "The term with {} is C({n}, {k}) * {} * {}.",
        power(k as usize),
        powered(a, k, "x"),
        powered(b, n - k, "")
    ));
    if !below.is_empty() {
        page.step(format_args!("C({n}, {k}) is ({}) / ({}) = {ways}.", spread(&above, " * "), spread(&below, " * ")));
    } else {
        page.step(format_args!("C({n}, {k}) is 1."));
    }
    page.step(format_args!("{ways} * {left} * {} = {}", bracketed(right), ways * left * right));
    page.answer(ways * left * right);
    Some(())
}

/// `(3x)^2`, `(-2)^5`.
fn powered(base: i64, exponent: i64, symbol: &str) -> String {
    format!("({})^{exponent}", sum(&[(base, symbol)]))
}
