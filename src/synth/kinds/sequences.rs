//! Sequences and series: arithmetic, geometric, quadratic, recursive; a term, a sum, the next number.

use crate::synth::draw::Draw;
use crate::synth::english::{bracketed, commas, ordinal, signed, sum};
use crate::synth::evaluate::value;
use crate::synth::rational::Rational;
use crate::synth::template::{Given, Page, Template, numbers};

pub(super) const TEMPLATES: &[Template] = &[
    Template {
        id: "sequences.arithmetic_term",
        phrasings: &[
            "What is the {n} term of the arithmetic sequence {terms}, ...?",
            "Find the {n} term of {terms}, ..., where each term differs from the one before by the same amount.",
            "The arithmetic sequence {terms}, ... goes on. Give its {n} term.",
            "An arithmetic sequence begins with {terms}, ... and so on. Calculate the {n} term.",
            "If the pattern {terms}, ... keeps its constant difference, what is the {n} term?",
        ],
        make: arithmetic_term,
        check: |given| {
            let terms = numbers(given.text("terms")?);
            let step = terms.get(1)?.minus(*terms.first()?)?;
            let steps = numbers(given.text("n")?).first()?.integer().filter(|n| (1..=10_000).contains(n))? - 1;
            let last = (0..steps).try_fold(*terms.first()?, |term, _| term.plus(step))?;
            given.answer_is(last)
        },
    },
    Template {
        id: "sequences.arithmetic_sum",
        phrasings: &[
            "Find the sum of the first {n} terms of the arithmetic sequence {terms}, ....",
            "Add up the first {n} terms of {terms}, ..., an arithmetic sequence.",
            "What is the sum of the first {n} terms of the arithmetic series that begins {terms}, ...?",
            "The arithmetic sequence {terms}, ... is summed over its first {n} terms. What is the result?",
            "Calculate the total of the first {n} terms in the arithmetic sequence {terms}, ....",
        ],
        make: arithmetic_sum,
        check: |given| check_sum(given, |terms| Some((terms.get(1)?.minus(*terms.first()?)?, false))),
    },
    Template {
        id: "sequences.geometric_term",
        phrasings: &[
            "What is the {n} term of the geometric sequence {terms}, ...?",
            "Find the {n} term of {terms}, ..., where each term is the same multiple of the one before.",
            "The geometric sequence {terms}, ... goes on. Give its {n} term.",
            "A geometric sequence begins with {terms}, ... and so on. Calculate the {n} term.",
            "If the pattern {terms}, ... keeps its constant ratio, what is the {n} term?",
        ],
        make: geometric_term,
        check: |given| {
            let terms = numbers(given.text("terms")?);
            let ratio = terms.get(1)?.over(*terms.first()?)?;
            let steps = numbers(given.text("n")?).first()?.integer().filter(|n| (1..=10_000).contains(n))? - 1;
            let last = (0..steps).try_fold(*terms.first()?, |term, _| term.times(ratio))?;
            given.answer_is(last)
        },
    },
    Template {
        id: "sequences.geometric_sum",
        phrasings: &[
            "Find the sum of the first {n} terms of the geometric sequence {terms}, ....",
            "Add up the first {n} terms of {terms}, ..., a geometric sequence.",
            "What is the sum of the first {n} terms of the geometric series that begins {terms}, ...?",
            "The geometric sequence {terms}, ... is summed over its first {n} terms. What is the result?",
            "Calculate the total of the first {n} terms in the geometric sequence {terms}, ....",
        ],
        make: geometric_sum,
        check: |given| check_sum(given, |terms| Some((terms.get(1)?.over(*terms.first()?)?, true))),
    },
    Template {
        id: "sequences.next_quadratic",
        phrasings: &[
            "What number comes next: {terms}, ...?",
            "The second differences of {terms}, ... are constant. Find the next term.",
            "Continue the quadratic sequence {terms}, ... by one term.",
            "Find the next number in the sequence {terms}, ....",
            "Which number follows in {terms}, ...?",
        ],
        make: next_quadratic,
        check: |given| {
            // The parabola through the first three terms, by Lagrange, at the place of the next; all the others lie on it.
            let terms = numbers(given.text("terms")?);
            let [a, b, c] = [*terms.first()?, *terms.get(1)?, *terms.get(2)?];
            let through = |x: i64| {
                let part = |y: Rational, p: i64, q: i64, below: i64| {
                    y.times(Rational::new(((x - p) * (x - q)).into(), below.into())?)
                };
                part(a, 1, 2, 2)?.plus(part(b, 0, 2, -1)?)?.plus(part(c, 0, 1, 2)?)
            };
            for (x, term) in (0..).zip(&terms) {
                if through(x)? != *term {
                    return Some(false);
                }
            }
            given.answer_is(through(terms.len() as i64)?)
        },
    },
    Template {
        id: "sequences.formula",
        phrasings: &[
            "Find a formula for the n-th term of the arithmetic sequence {terms}, ....",
            "The sequence {terms}, ... is arithmetic. Write its n-th term in terms of n, counting from n = 1.",
            "Which expression in n gives the terms of {terms}, ... for n = 1, 2, 3, and so on?",
            "Give the n-th term of {terms}, ..., a sequence with a constant difference.",
            "Express the general term of the arithmetic sequence {terms}, ... with n starting at 1.",
        ],
        make: formula,
        check: |given| {
            let terms = numbers(given.text("terms")?);
            for (n, term) in (1..).zip(&terms) {
                if value(given.answer, &[('n', Rational::from(n))])? != *term {
                    return Some(false);
                }
            }
            Some(terms.len() > 2 && !given.answer.contains('^'))
        },
    },
    Template {
        id: "sequences.recursion",
        phrasings: &[
            "A sequence begins with a_1 = {first}, and a_(n+1) = {rule}. What is a_{n}?",
            "Let a_1 = {first} and a_(n+1) = {rule}. Find a_{n}.",
            "The sequence a is defined by a_1 = {first}, with a_(n+1) = {rule} from then on. Calculate a_{n}.",
            "Starting from a_1 = {first}, each term follows from the one before by a_(n+1) = {rule}. Give a_{n}.",
            "Given a_1 = {first} together with the recursion a_(n+1) = {rule}, work out a_{n}.",
        ],
        make: recursion,
        check: |given| {
            let rule = given.text("rule")?.replace("a_n", "a");
            let mut term = given.number("first")?;
            for _ in 1..given.counted("n", 10_000)? {
                term = value(&rule, &[('a', term)])?;
            }
            given.answer_is(term)
        },
    },
];

/// The terms made one by one and added up.
fn check_sum(given: &Given<'_>, step: fn(&[Rational]) -> Option<(Rational, bool)>) -> Option<bool> {
    let terms = numbers(given.text("terms")?);
    let (step, geometric) = step(&terms)?;
    let (mut term, mut total) = (*terms.first()?, Rational::ZERO);
    for _ in 0..given.counted("n", 10_000)? {
        total = total.plus(term)?;
        term = if geometric { term.times(step)? } else { term.plus(step)? };
    }
    given.answer_is(total)
}

/// First term and difference, and the first four terms.
fn arithmetic(draw: &mut Draw, page: &mut Page) -> (i64, i64) {
    let d = draw.level([(2, 9), (10, 30), (31, 120)]) * if draw.coin() { -1 } else { 1 };
    let a = draw.range(-draw.by_level([20, 60, 200]), draw.by_level([20, 60, 200]));
    page.slot("terms", commas(&[a, a + d, a + 2 * d, a + 3 * d]));
    (a, d)
}

fn arithmetic_term(draw: &mut Draw, page: &mut Page) -> Option<()> {
    let (a, d) = arithmetic(draw, page);
    let n = draw.range(8, draw.by_level([30, 80, 200]));
    page.slot("n", ordinal(n));
    page.step(format_args!("The common difference is {} - {} = {d}.", a + d, bracketed(a)));
    page.step(format_args!("From the first to the {} term there are {n} - 1 = {} steps.", ordinal(n), n - 1));
    page.step(format_args!("{a} + {} * {} = {}", n - 1, bracketed(d), a + (n - 1) * d));
    page.answer(a + (n - 1) * d);
    Some(())
}

fn arithmetic_sum(draw: &mut Draw, page: &mut Page) -> Option<()> {
    let (a, d) = arithmetic(draw, page);
    let n = draw.range(8, draw.by_level([30, 80, 200]));
    page.slot("n", n);
    let last = a + (n - 1) * d;
    page.step(format_args!("The last term is {a} + {} * {} = {last}.", n - 1, bracketed(d)));
    page.step(format_args!(
        "The mean of the first and the last term is ({a}{}) / 2 = {}.",
        signed(last),
        Rational::new((a + last).into(), 2)?.plain()
    ));
    page.step(format_args!("There are {n} terms: {n} * ({a}{}) / 2 = {}.", signed(last), n * (a + last) / 2));
    page.answer(n * (a + last) / 2);
    Some(())
}

/// First term and ratio, and the first three terms.
fn geometric(draw: &mut Draw, page: &mut Page) -> (i64, i64) {
    let a = draw.level([(1, 9), (10, 40), (41, 200)]) * if draw.coin() { -1 } else { 1 };
    let r = draw.pick(&[2, 3, 4, 5, -2, -3, -4, 6]).unwrap_or(2);
    page.slot("terms", commas(&[a, a * r, a * r * r]));
    (a, r)
}

fn geometric_term(draw: &mut Draw, page: &mut Page) -> Option<()> {
    let (a, r) = geometric(draw, page);
    let n = draw.range(5, draw.by_level([8, 10, 12]));
    page.slot("n", ordinal(n));
    page.step(format_args!("The common ratio is {} / {} = {r}.", a * r, bracketed(a)));
    let factor = r.pow(n as u32 - 1);
    page.step(format_args!(
        "The {} term is {a} * {}^{} = {a} * {} = {}.",
        ordinal(n),
        bracketed(r),
        n - 1,
        bracketed(factor),
        a * factor
    ));
    page.answer(a * factor);
    Some(())
}

fn geometric_sum(draw: &mut Draw, page: &mut Page) -> Option<()> {
    let (a, r) = geometric(draw, page);
    let n = draw.range(5, draw.by_level([8, 10, 12]));
    page.slot("n", n);
    page.step(format_args!("The common ratio is {} / {} = {r}.", a * r, bracketed(a)));
    let power = r.pow(n as u32);
    page.step(format_args!("The sum is a(r^n - 1)/(r - 1) with a = {a}, r = {r} and n = {n}."));
    page.step(format_args!("{}^{n} = {power}", bracketed(r)));
    let total = a * ((power - 1) / (r - 1));
    page.step(format_args!("{a} * ({power} - 1) / ({r} - 1) = {total}"));
    page.answer(total);
    Some(())
}

fn next_quadratic(draw: &mut Draw, page: &mut Page) -> Option<()> {
    let a = draw.level([(1, 2), (3, 6), (7, 15)]) * if draw.coin() { -1 } else { 1 };
    let bound = draw.by_level([12, 30, 60]);
    let (b, c) = (draw.range(-bound, bound), draw.range(-bound, bound));
    let term = |n: i64| a * n * n + b * n + c;
    let terms: Vec<i64> = (1..=5).map(term).collect();
    page.slot("terms", commas(&terms));
    let differences: Vec<i64> = terms.windows(2).map(|pair| pair[1] - pair[0]).collect();
    page.step(format_args!("The differences are {}.", commas(&differences)));
    page.step(format_args!(
        "They change by {} each time, so the next difference is {}{} = {}.",
        2 * a,
        differences[3],
        signed(2 * a),
        differences[3] + 2 * a
    ));
    page.step(format_args!("The next term is {}{} = {}.", terms[4], signed(differences[3] + 2 * a), term(6)));
    page.answer(term(6));
    Some(())
}

fn formula(draw: &mut Draw, page: &mut Page) -> Option<()> {
    let (a, d) = arithmetic(draw, page);
    page.step(format_args!("The difference between neighbours is {} - {} = {d}.", a + d, bracketed(a)));
    page.step(format_args!("The n-th term is {a} + (n - 1) * {}.", bracketed(d)));
    page.step(format_args!("The constant part is {a} - {} = {}.", bracketed(d), a - d));
    page.answer(sum(&[(d, "n"), (a - d, "")]));
    Some(())
}

fn recursion(draw: &mut Draw, page: &mut Page) -> Option<()> {
    let p = draw.level([(2, 3), (4, 6), (7, 12)]) * if draw.coin() { -1 } else { 1 };
    let q = draw.nonzero(draw.by_level([9, 20, 50]));
    let first = draw.range(-9, 9);
    let n = draw.range(4, draw.by_level([6, 6, 7]));
    page.slot("first", first);
    page.slot("rule", sum(&[(p, "a_n"), (q, "")]));
    page.slot("n", n);
    let mut term = first;
    for at in 2..=n {
        let next = p * term + q;
        page.step(format_args!("a_{at}: {p} * {}{} = {next}", bracketed(term), signed(q)));
        term = next;
    }
    page.answer(term);
    Some(())
}
