//! Calculus of polynomials and their products, powers and quotients: derivatives, tangents, extrema, integrals, limits.

use crate::synth::draw::Draw;
use crate::synth::english::{bracketed, signed, sum};
use crate::synth::evaluate::{at, slope, value};
use crate::synth::poly::{Poly, power};
use crate::synth::rational::Rational;
use crate::synth::template::{Given, Page, Template};

pub(super) const TEMPLATES: &[Template] = &[
    Template {
        id: "calculus.derivative",
        phrasings: DIFFERENTIATE,
        make: derivative,
        check: |given| check_derivative(given, 9),
    },
    Template {
        id: "calculus.product_rule",
        phrasings: DIFFERENTIATE,
        make: product_rule,
        check: |given| check_derivative(given, 9),
    },
    Template {
        id: "calculus.chain_rule",
        phrasings: DIFFERENTIATE,
        make: chain_rule,
        check: |given| check_derivative(given, 15),
    },
    Template {
        id: "calculus.quotient_rule",
        phrasings: DIFFERENTIATE,
        make: quotient_rule,
        check: |given| check_derivative(given, 7),
    },
    Template {
        id: "calculus.tangent",
        phrasings: &[
            "Find the tangent to y = {f} at x = {x}.",
            "What is the equation of the tangent line to the curve y = {f} at the point with x = {x}?",
            "Write the tangent of f(x) = {f} at x = {x} in the form y = mx + c.",
            "Determine the line that touches the graph of f(x) = {f} at x = {x}.",
            "A line touches y = {f} where x = {x}. Give its equation.",
        ],
        make: tangent,
        check: |given| {
            let x = given.number("x")?;
            let (curve, line) = (slope(given.text("f")?, x)?, slope(given.answer.strip_prefix("y = ")?, x)?);
            Some(curve == line)
        },
    },
    Template {
        id: "calculus.extrema",
        phrasings: &[
            "Find the local maximum and minimum of f(x) = {f}.",
            "At which x does f(x) = {f} have its local maximum and its local minimum?",
            "Determine the positions of the local extrema of f(x) = {f}.",
            "Where does the graph of y = {f} have a local maximum, and where a local minimum?",
            "Classify the critical points of f(x) = {f}.",
        ],
        make: extrema,
        check: check_extrema,
    },
    Template {
        id: "calculus.definite_integral",
        phrasings: &[
            "Calculate the integral of {f} from x = {a} to x = {b}.",
            "What is the definite integral of f(x) = {f} from x = {a} to x = {b}?",
            "Evaluate the integral of {f} with respect to x, from x = {a} to x = {b}.",
            "Integrate f(x) = {f} from x = {a} to x = {b}.",
            "Find the signed area between the graph of y = {f} and the x-axis from x = {a} to x = {b}.",
        ],
        make: definite_integral,
        check: check_integral,
    },
    Template {
        id: "calculus.antiderivative",
        phrasings: &[
            "Find the antiderivative F of f(x) = {f} with F(0) = {c}.",
            "Which function F has the derivative {f} and the value F(0) = {c}?",
            "Solve F'(x) = {f} with F(0) = {c}.",
            "Determine F(x), given F'(x) = {f} and F(0) = {c}.",
            "The rate of change of a quantity F is {f}, and F(0) = {c}. Find F(x).",
        ],
        make: antiderivative,
        check: |given| {
            let answer = given.answer.strip_prefix("F(x) = ")?;
            for x in -3..=3 {
                if slope(answer, Rational::from(x))?.slope != at(given.text("f")?, x)? {
                    return Some(false);
                }
            }
            Some(at(answer, 0)? == given.number("c")?)
        },
    },
    Template {
        id: "calculus.limit",
        phrasings: &[
            "Find the limit of {f} as x approaches {x}.",
            "What does {f} tend to as x tends to {x}?",
            "Evaluate the limit of {f} for x going to {x}.",
            "Calculate the limit of the quotient {f} at x = {x}.",
            "Both parts of {f} vanish at x = {x}. Find the limit of the quotient there.",
        ],
        make: limit,
        check: |given| {
            // L'Hopital: the slopes of the two parts, where both vanish.
            let (above, below) = given.text("f")?.split_once(") / (")?;
            let x = given.number("x")?;
            let (above, below) = (slope(above.strip_prefix('(')?, x)?, slope(below.strip_suffix(')')?, x)?);
            let vanish = above.value == Rational::ZERO && below.value == Rational::ZERO;
            Some(vanish && given.answer_number()? == above.slope.over(below.slope)?)
        },
    },
];

const DIFFERENTIATE: &[&str] = &[
    "Differentiate f(x) = {f}.",
    "Find the derivative of f(x) = {f}.",
    "What is f'(x) for f(x) = {f}?",
    "Let f(x) = {f}. Find f'(x).",
    "Calculate the derivative of y = {f} with respect to x.",
    "Find dy/dx if y = {f}.",
];

/// The answer against the slope of the question by dual numbers, at as many points as stated: more than the two polynomials could
/// agree at by chance. Poles are left out.
fn check_derivative(given: &Given<'_>, points: usize) -> Option<bool> {
    let f = given.text("f")?;
    let mut seen = 0;
    for x in [0, 1, -1, 2, -2, 3, -3, 4, -4, 5, -5, 6, -6, 7, -7, 8, -8] {
        let x = Rational::from(x);
        match (slope(f, x), value(given.answer, &[('x', x)])) {
            (Some(dual), Some(claimed)) if dual.slope == claimed => seen += 1,
            (None, _) => {}
            _ => return Some(false),
        }
        if seen == points {
            return Some(true);
        }
    }
    None
}

/// A polynomial of a degree, whose coefficients are drawn; the first is not 0.
fn polynomial(draw: &mut Draw, degree: usize, bound: i64) -> Poly {
    let mut coefficients = vec![draw.nonzero(bound)];
    for _ in 0..degree {
        coefficients.push(draw.range(-bound, bound));
    }
    Poly::of(&coefficients)
}

/// `c x^n`.
fn monomial(c: i64, n: usize) -> Poly {
    let mut coefficients = vec![c];
    coefficients.resize(n + 1, 0);
    Poly::of(&coefficients)
}

fn term(c: i64, n: usize) -> String {
    sum(&[(c, power(n))])
}

fn derivative(draw: &mut Draw, page: &mut Page) -> Option<()> {
    let (low, high) = draw.by_level([(3, 4), (5, 6), (7, 9)]);
    let weights: Vec<u64> = (low..=high).map(|n| n - 2).collect();
    let (row, at) = draw.row(&weights);
    let (n, m) = (low as usize + row, 2 + at as usize);
    let (a, b) = (draw.nonzero(9), draw.nonzero(9));
    let f = monomial(a, n).plus(&monomial(b, m)).plus(&Poly::of(&[draw.range(-9, 9), draw.range(-9, 9)]));
    page.slot("f", &f);
    page.step(format_args!("Differentiate term by term: the derivative of c*x^n is c*n*x^(n - 1)."));
    for (c, n) in f.terms() {
        match n {
            0 => page.step(format_args!("The constant {c} has the derivative 0.")),
            _ => page.step(format_args!("{} has the derivative {}.", term(c, n), term(c * n as i64, n - 1))),
        }
    }
    page.answer(f.derivative());
    Some(())
}

fn product_rule(draw: &mut Draw, page: &mut Page) -> Option<()> {
    let m = draw.level([(1, 2), (3, 4), (5, 6)]) as usize;
    let n = draw.range(1, 3) as usize;
    let bound = draw.by_level([6, 6, 9]);
    let u = monomial(draw.nonzero(bound), m).plus(&Poly::of(&[draw.nonzero(bound)]));
    let v = monomial(draw.nonzero(bound), n).plus(&Poly::of(&[draw.nonzero(bound)]));
    let (du, dv) = (u.derivative(), v.derivative());
    page.slot("f", format_args!("({u})({v})"));
    page.step(format_args!("By the product rule, (uv)' = u'v + uv' with u = {u} and v = {v}."));
    page.step(format_args!("u' = {du} and v' = {dv}."));
    let (first, second) = (du.times(&v), u.times(&dv));
    page.step(format_args!("u'v is {}({v}) = {first}", factor(&du)));
    page.step(format_args!("uv' is ({u}) * {} = {second}", factor(&dv)));
    page.step(format_args!("Together: {first} + {} = {}.", bracketed_poly(&second), first.plus(&second)));
    page.answer(first.plus(&second));
    Some(())
}

/// A monomial before a bracket: nothing for 1, and in brackets of its own if it is negative.
fn factor(p: &Poly) -> String {
    let text = p.to_string();
    if text.starts_with('-') { format!("({text})") } else { text }
}

fn bracketed_poly(p: &Poly) -> String {
    let text = p.to_string();
    if text.starts_with('-') { format!("({text})") } else { text }
}

fn chain_rule(draw: &mut Draw, page: &mut Page) -> Option<()> {
    let n = draw.level([(2, 2), (3, 3), (4, 5)]);
    let m = draw.range(1, 3) as usize;
    let (a, b) = (draw.nonzero(12), draw.nonzero(20));
    let inner = monomial(a, m).plus(&Poly::of(&[b]));
    page.slot("f", format_args!("({inner})^{n}"));
    let dinner = inner.derivative();
    page.step(format_args!("The outer function is u^{n} with u = {inner}."));
    let outer = if n == 2 { "2u".to_owned() } else { format!("{n}u^{}", n - 1) };
    page.step(format_args!("By the chain rule the derivative is {outer} * u', and u' = {dinner}."));
    let front = dinner.scaled(n);
    page.step(format_args!("{n} * {} = {front}", bracketed_poly(&dinner)));
    page.answer(if n == 2 { format!("{front}({inner})") } else { format!("{front}({inner})^{}", n - 1) });
    Some(())
}

fn quotient_rule(draw: &mut Draw, page: &mut Page) -> Option<()> {
    let c = draw.level([(1, 2), (3, 5), (6, 12)]);
    let bound = draw.by_level([9, 9, 12]);
    let (a, b, d) = (draw.nonzero(bound), draw.nonzero(bound), draw.nonzero(bound));
    let (u, v) = (Poly::of(&[a, b]), Poly::of(&[c, d]));
    page.slot("f", format_args!("({u}) / ({v})"));
    page.step(format_args!("By the quotient rule, (u/v)' = (u'v - uv') / v^2 with u = {u} and v = {v}."));
    page.step(format_args!("u' = {a} and v' = {c}."));
    let (first, second) = (v.scaled(a), u.scaled(c));
    let above = a * d - b * c;
    let times = |factor: i64, p: &Poly| match factor {
        1 => format!("({p})"),
        -1 => format!("-({p})"),
        _ => format!("{factor}({p})"),
    };
    let (left, right) = (times(a, &v), times(c, &u));
    page.step(format_args!("The numerator is {left} - {right} = {first} - ({second}) = {above}."));
    page.answer(if above == 0 { "0".to_owned() } else { format!("{above} / ({v})^2") });
    Some(())
}

fn tangent(draw: &mut Draw, page: &mut Page) -> Option<()> {
    let x = draw.level([(1, 2), (3, 5), (6, 9)]) * if draw.coin() { -1 } else { 1 };
    let f = polynomial(draw, draw.by_level([2, 3, 3]), draw.by_level([6, 6, 9]));
    let df = f.derivative();
    page.slot("f", &f);
    page.slot("x", x);
    let (m, y) = (df.at(x), f.at(x));
    let c = y - m * x;
    page.step(format_args!("f({x}) = {y}"));
    page.step(format_args!("f'(x) = {df}, so the slope is f'({x}) = {m}."));
    page.step(format_args!("The tangent passes through ({x}, {y}): y = {m}(x{}){}.", signed(-x), signed(y)));
    page.step(format_args!("The constant is {y} - {} * {} = {c}.", bracketed(m), bracketed(x)));
    page.answer(format_args!("y = {}", sum(&[(m, "x"), (c, "")])));
    Some(())
}

fn extrema(draw: &mut Draw, page: &mut Page) -> Option<()> {
    let k = draw.level([(1, 1), (2, 3), (4, 8)]) * if draw.coin() { -1 } else { 1 };
    let (r, s) = draw.rising(-draw.by_level([8, 12, 20]), draw.by_level([8, 12, 20]));
    let c = draw.range(-draw.by_level([9, 30, 60]), draw.by_level([9, 30, 60]));
    let f = Poly::of(&[2 * k, -3 * k * (r + s), 6 * k * r * s, c]);
    let df = f.derivative();
    page.slot("f", &f);
    page.step(format_args!("f'(x) = {df} = {}{}{}", 6 * k, root_factor(r), root_factor(s)));
    page.step(format_args!("It vanishes at x = {r} and at x = {s}."));
    let second = df.derivative();
    page.step(format_args!("f''(x) = {second}, so f''({r}) = {} and f''({s}) = {}.", second.at(r), second.at(s)));
    let (maximum, minimum) = if k > 0 { (r, s) } else { (s, r) };
    page.step(format_args!(
        "The second derivative is negative at the maximum, x = {maximum}, and positive at the minimum, x = {minimum}."
    ));
    page.answer(format_args!("maximum at x = {maximum}, minimum at x = {minimum}"));
    Some(())
}

fn root_factor(r: i64) -> String {
    if r == 0 { "x".to_owned() } else { format!("(x{})", signed(-r)) }
}

/// A cubic with a slope of 0 at two places is higher at its maximum than at its minimum.
fn check_extrema(given: &Given<'_>) -> Option<bool> {
    let f = given.text("f")?;
    let (maximum, minimum) = given.answer.strip_prefix("maximum at x = ")?.split_once(", minimum at x = ")?;
    let (high, low) = (slope(f, Rational::parse(maximum)?)?, slope(f, Rational::parse(minimum)?)?);
    Some(high.slope == Rational::ZERO && low.slope == Rational::ZERO && high.value > low.value)
}

/// The antiderivative's terms: coefficient and power.
fn integrated(f: &Poly) -> Option<Vec<(Rational, usize)>> {
    f.terms().map(|(c, n)| Some((Rational::new(c.into(), n as i128 + 1)?, n + 1))).collect()
}

/// `(2/3)x^3 - x^2 + 4`.
fn written(terms: &[(Rational, usize)], constant: i64) -> String {
    let mut text = String::new();
    let constant = (Rational::from(constant), 0);
    for &(c, n) in terms.iter().chain([&constant]).filter(|(c, _)| *c != Rational::ZERO) {
        let negative = c < Rational::ZERO;
        text.push_str(match (text.is_empty(), negative) {
            (true, true) => "-",
            (true, false) => "",
            (false, true) => " - ",
            (false, false) => " + ",
        });
        let size = if negative { c.negated() } else { c };
        match (size.integer(), n) {
            (Some(1), 1..) => {}
            (Some(whole), _) => text += &whole.to_string(),
            (None, _) => text += &format!("({size})"),
        }
        text.push_str(power(n));
    }
    if text.is_empty() { "0".to_owned() } else { text }
}

fn evaluated(terms: &[(Rational, usize)], x: i64) -> Option<Rational> {
    terms.iter().try_fold(Rational::ZERO, |total, &(c, n)| total.plus(c.times(Rational::from(x).pow(n as u32)?)?))
}

fn definite_integral(draw: &mut Draw, page: &mut Page) -> Option<()> {
    let (a, b) = draw.rising(-draw.by_level([3, 4, 6]), draw.by_level([3, 4, 6]));
    let f = polynomial(draw, draw.by_level([2, 3, 4]), draw.by_level([6, 6, 6]));
    page.slot("f", &f);
    page.slot("a", a);
    page.slot("b", b);
    let terms = integrated(&f)?;
    page.step(format_args!("An antiderivative is F(x) = {}.", written(&terms, 0)));
    let (above, below) = (evaluated(&terms, b)?, evaluated(&terms, a)?);
    let answer = above.minus(below)?;
    page.step(format_args!("F({b}) = {above} and F({a}) = {below}."));
    let below = if below < Rational::ZERO { format!("({below})") } else { below.to_string() };
    page.step(format_args!("F({b}) - F({a}) = {above} - {below} = {answer}"));
    page.answer(answer);
    Some(())
}

/// The integral by the closed Newton-Cotes rule of seven points, exact up to the seventh degree (Abramowitz and Stegun, 25.4.18).
fn check_integral(given: &Given<'_>) -> Option<bool> {
    const WEIGHTS: [i64; 7] = [41, 216, 27, 272, 27, 216, 41];
    let (f, a, b) = (given.text("f")?, given.number("a")?, given.number("b")?);
    let step = b.minus(a)?.over(Rational::from(6))?;
    let (mut total, mut x) = (Rational::ZERO, a);
    for weight in WEIGHTS {
        total = total.plus(value(f, &[('x', x)])?.times(Rational::from(weight))?)?;
        x = x.plus(step)?;
    }
    given.answer_is(total.times(step)?.over(Rational::from(140))?)
}

fn antiderivative(draw: &mut Draw, page: &mut Page) -> Option<()> {
    let f = polynomial(draw, draw.by_level([2, 3, 4]), draw.by_level([9, 7, 6]));
    let c = draw.range(-9, 9);
    page.slot("f", &f);
    page.slot("c", c);
    page.step(format_args!("Integrate term by term: x^n becomes x^(n + 1) divided by n + 1."));
    let terms = integrated(&f)?;
    for ((c, n), (integral, m)) in f.terms().zip(&terms) {
        page.step(format_args!("{} becomes {}.", term(c, n), written(&[(*integral, *m)], 0)));
    }
    page.step(format_args!("The constant of integration is F(0) = {c}."));
    page.answer(format_args!("F(x) = {}", written(&terms, c)));
    Some(())
}

fn limit(draw: &mut Draw, page: &mut Page) -> Option<()> {
    let k = draw.level([(1, 2), (3, 6), (7, 15)]);
    let m = draw.range(1, draw.by_level([3, 6, 9]));
    let r = draw.range(-draw.by_level([6, 9, 15]), draw.by_level([6, 9, 15]));
    let (p, q) = (draw.nonzero(9), draw.nonzero(9));
    let (s, t) = (r + p, r + q);
    let (above, below) = (Poly::of(&[k, -k * (r + s), k * r * s]), Poly::of(&[m, -m * (r + t), m * r * t]));
    page.slot("f", format_args!("({above}) / ({below})"));
    page.slot("x", r);
    page.step(format_args!("At x = {r} both parts are 0, so both have the factor {}.", root_factor(r)));
    let scale = |n: i64| if n == 1 { String::new() } else { n.to_string() };
    page.step(format_args!("{above} = {}{}{}", scale(k), root_factor(r), root_factor(s)));
    page.step(format_args!("{below} = {}{}{}", scale(m), root_factor(r), root_factor(t)));
    let answer = Rational::new((k * (r - s)).into(), (m * (r - t)).into())?;
    page.step(format_args!(
        "Cancel it and put x = {r} into the rest: ({k} * {}) / ({m} * {}) = {answer}.",
        bracketed(r - s),
        bracketed(r - t)
    ));
    page.answer(answer);
    Some(())
}
