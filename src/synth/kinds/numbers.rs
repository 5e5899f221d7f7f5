//! Whole numbers: common divisors and multiples, primes, bases, remainders, congruences, divisors.

use super::spread;
use crate::synth::draw::Draw;
use crate::synth::english::{commas, count, sum};
use crate::synth::evaluate::value;
use crate::synth::rational::gcd;
use crate::synth::template::{Page, Template, numbers, small};

pub(super) const TEMPLATES: &[Template] = &[
    Template {
        id: "numbers.gcd",
        phrasings: &[
            "What is the greatest common divisor of {a} and {b}?",
            "Find the greatest common divisor of {a} and {b} with the Euclidean algorithm.",
            "Calculate gcd({a}, {b}).",
            "What is the largest number that divides both {a} and {b}?",
            "Two ropes of {a} cm and {b} cm are to be cut into pieces of one length, as long as possible, with nothing left over. How \
             long is each piece in centimetres?",
        ],
        make: greatest_divisor,
        check: |given| {
            let (a, b) = (given.integer("a")?, given.integer("b")?);
            Some(a > 0 && b > 0 && given.answer_integer()? == binary_gcd(a, b))
        },
    },
    Template {
        id: "numbers.lcm",
        phrasings: &[
            "What is the least common multiple of {a} and {b}?",
            "Find the least common multiple of {a} and {b}.",
            "Calculate lcm({a}, {b}).",
            "What is the smallest positive number that is divisible by both {a} and {b}?",
            "One light flashes every {a} seconds and another every {b} seconds. They have just flashed together. After how many \
             seconds will they do so again?",
        ],
        make: least_multiple,
        check: |given| {
            let (a, b, m) = (given.integer("a")?, given.integer("b")?, given.answer_integer()?);
            Some((1..=b).map(|k| a * k).find(|multiple| multiple % b == 0)? == m)
        },
    },
    Template {
        id: "numbers.factorise",
        phrasings: &[
            "Write {n} as a product of prime numbers.",
            "Find the prime factorization of {n}.",
            "What are the prime factors of {n}? Give the product.",
            "Factor {n} into primes.",
            "Break {n} down into its prime factors.",
        ],
        make: factorise,
        check: |given| {
            let primes = given.answer.split(" * ").map(|factor| factor.split('^').next()?.parse::<u64>().ok());
            let all_prime = primes.map(|p| p.map(is_prime)).try_fold(true, |all, p| Some(all && p?))?;
            Some(all_prime && value(given.answer, &[])? == given.number("n")?)
        },
    },
    Template {
        id: "numbers.prime",
        phrasings: &[
            "Is {n} a prime number?",
            "Determine whether {n} is prime.",
            "Is {n} prime or composite?",
            "Does {n} have a divisor other than 1 and itself?",
            "Decide whether {n} is a prime or a composite number.",
        ],
        make: prime_or_not,
        check: |given| {
            let n = u64::try_from(given.integer("n")?).ok()?;
            let found = numbers(given.answer);
            match given.answer.contains("is composite") {
                true => {
                    let (a, b) = (found.get(2)?.integer()?, found.get(3)?.integer()?);
                    Some(
                        a > 1
                            && b > 1
                            && a.checked_mul(b)? == i128::from(n)
                            && found.first()?.integer()? == i128::from(n),
                    )
                }
                false => Some(given.answer == format!("{n} is prime") && is_prime(n)),
            }
        },
    },
    Template {
        id: "numbers.to_base",
        phrasings: &[
            "Write {n} in base {base}.",
            "What is the decimal number {n} in base {base}?",
            "Convert {n} from decimal to base {base}.",
            "Express {n} with the digits of base {base}.",
            "Find the base {base} representation of the decimal number {n}.",
        ],
        make: to_base,
        check: |given| {
            let base = u32::try_from(given.counted("base", 36)?).ok().filter(|base| *base > 1)?;
            Some(i64::from_str_radix(given.answer, base).ok()? == given.integer("n")?)
        },
    },
    Template {
        id: "numbers.from_base",
        phrasings: &[
            "What is the base {base} number {digits} in decimal?",
            "Convert {digits} from base {base} to decimal.",
            "Write the base {base} number {digits} as a decimal number.",
            "The number {digits} is written in base {base}. What is its value in base ten?",
            "Find the decimal value of the base {base} number {digits}.",
        ],
        make: from_base,
        check: |given| {
            let base = u32::try_from(given.counted("base", 36)?).ok().filter(|base| *base > 1)?;
            Some(i64::from_str_radix(given.text("digits")?, base).ok()? == given.answer_integer()?)
        },
    },
    Template {
        id: "numbers.power_remainder",
        phrasings: &[
            "What is the remainder when {a}^{e} is divided by {m}?",
            "Calculate {a}^{e} mod {m}.",
            "Find the remainder of {a}^{e} on division by {m}.",
            "Work out {a}^{e} modulo {m} by repeated squaring.",
            "{a}^{e} is divided by {m}. What remains?",
        ],
        make: power_remainder,
        check: |given| {
            let (a, e, m) = (given.integer("a")?, given.integer("e")?, given.counted("m", 1_000_000)?);
            Some((0..e).fold(1, |power, _| power * a % m) == given.answer_integer()?)
        },
    },
    Template {
        id: "numbers.congruence",
        phrasings: &[
            "Solve {a}x = {b} (mod {m}) for 0 <= x < {m}.",
            "Find all x from 0 to {last} with {a}x = {b} (mod {m}).",
            "For which x, 0 <= x < {m}, is {a}x - {b} divisible by {m}?",
            "Which remainders x modulo {m} satisfy {a}x = {b} (mod {m})?",
            "Find the solutions of the congruence {a}x = {b} (mod {m}) among the numbers from 0 to {last}.",
        ],
        make: congruence,
        check: |given| {
            let (a, b, m) = (given.integer("a")?, given.integer("b")?, given.counted("m", 1_000_000)?);
            let all: Vec<i64> = (0..m).filter(|x| (a * x - b) % m == 0).collect();
            let claimed: Option<Vec<i64>> = numbers(given.answer).into_iter().map(small).collect();
            Some(claimed? == all && (all.is_empty() == (given.answer == "no solution")))
        },
    },
    Template {
        id: "numbers.divisors",
        phrasings: &[
            "How many positive divisors does {n} have?",
            "Find the number of positive divisors of {n}.",
            "Count the positive integers that divide {n}.",
            "In how many ways can {n} be written as a product of two positive integers, if their order matters?",
            "{n} tiles are laid in a full rectangle of rows and columns. How many numbers of rows are possible?",
        ],
        make: divisors,
        check: |given| {
            let n = given.integer("n")?;
            let pairs = (1..).take_while(|d| d * d <= n).filter(|d| n % d == 0);
            let all: i64 = pairs.map(|d| if d * d == n { 1 } else { 2 }).sum();
            Some(all == given.answer_integer()?)
        },
    },
    Template {
        id: "numbers.two_remainders",
        phrasings: &[
            "Find the smallest positive number that leaves remainder {r} on division by {m} and remainder {s} on division by {n}.",
            "A number leaves remainder {r} when it is divided by {m}, and remainder {s} when it is divided by {n}. What is the smallest \
             such positive number?",
            "Eggs are counted in rows of {m}, and {r} remain. In rows of {n}, {s} remain. What is the least possible number of eggs?",
            "Solve x = {r} (mod {m}) and x = {s} (mod {n}) for the smallest positive x.",
            "Which is the least positive x with x mod {m} = {r} and x mod {n} = {s}?",
        ],
        make: two_remainders,
        check: |given| {
            let of = |name| given.counted(name, 1_000);
            let (m, n, r, s) = (of("m")?, of("n")?, of("r")?, of("s")?);
            Some((1..=m * n).find(|x| x % m == r && x % n == s)? == given.answer_integer()?)
        },
    },
];

/// The greatest common divisor of two positive numbers by halving and subtracting (Stein 1967): another route than Euclid's.
fn binary_gcd(a: i64, b: i64) -> i64 {
    let twos = (a | b).trailing_zeros();
    let (mut a, mut b) = (a >> a.trailing_zeros(), b >> b.trailing_zeros());
    while a != b {
        if a < b {
            (a, b) = (b, a);
        }
        a -= b;
        a >>= a.trailing_zeros();
    }
    a << twos
}

/// The Euclidean algorithm, line by line. Returns the greatest common divisor.
fn euclid(a: i64, b: i64, page: &mut Page) -> i64 {
    let (mut a, mut b) = (a.max(b), a.min(b));
    while b != 0 {
        page.step(format_args!("{a} = {} * {b} + {}", a / b, a % b));
        (a, b) = (b, a % b);
    }
    a
}

fn greatest_divisor(draw: &mut Draw, page: &mut Page) -> Option<()> {
    let a = draw.level([(12, 99), (100, 999), (1000, 9999)]);
    let b = draw.range(11, draw.by_level([99, 999, 9999]));
    page.slot("a", a);
    page.slot("b", b);
    let d = euclid(a, b, page);
    page.step(format_args!("The last divisor, {d}, leaves no remainder: it is the greatest common divisor."));
    page.answer(d);
    Some(())
}

fn least_multiple(draw: &mut Draw, page: &mut Page) -> Option<()> {
    let a = draw.level([(4, 30), (31, 120), (121, 600)]);
    let b = draw.range(4, draw.by_level([40, 120, 400]));
    page.slot("a", a);
    page.slot("b", b);
    page.step(format_args!("First find the greatest common divisor."));
    let d = euclid(a, b, page);
    page.step(format_args!("The greatest common divisor is {d}."));
    page.step(format_args!("The least common multiple is {a} * {b} / {d} = {}.", a * b / d));
    page.answer(a * b / d);
    Some(())
}

/// Prime factors and their powers, the smallest first, by trial division.
fn prime_powers(n: i64) -> Vec<(i64, u32)> {
    let (mut n, mut found, mut p) = (n, Vec::new(), 2);
    while p * p <= n {
        let mut power = 0;
        while n % p == 0 {
            (n, power) = (n / p, power + 1);
        }
        if power > 0 {
            found.push((p, power));
        }
        p += if p == 2 { 1 } else { 2 };
    }
    if n > 1 {
        found.push((n, 1));
    }
    found
}

fn product_of_primes(n: i64) -> String {
    let factor = |&(p, power): &(i64, u32)| if power == 1 { p.to_string() } else { format!("{p}^{power}") };
    prime_powers(n).iter().map(factor).collect::<Vec<_>>().join(" * ")
}

fn division_by_primes(n: i64, page: &mut Page) {
    let mut rest = n;
    let powers = prime_powers(n);
    for (p, power) in &powers {
        for _ in 0..*power {
            if rest == *p {
                break;
            }
            page.step(format_args!("{rest} / {p} = {}", rest / p));
            rest /= p;
        }
    }
    match powers.as_slice() {
        [(p, 1)] => {
            page.step(format_args!("No prime up to the square root of {p} divides {p}, so {p} is prime itself."))
        }
        _ => page.step(format_args!("{rest} is prime, so {n} = {}.", product_of_primes(n))),
    }
}

fn factorise(draw: &mut Draw, page: &mut Page) -> Option<()> {
    let n = draw.level([(12, 999), (1000, 9999), (10_000, 199_999)]);
    page.slot("n", n);
    division_by_primes(n, page);
    page.answer(product_of_primes(n));
    Some(())
}

/// Primality by the Miller-Rabin test with bases that decide all numbers below 3,474,749,660,383 (Jaeschke 1993): another route
/// than trial division.
fn is_prime(n: u64) -> bool {
    const BASES: [u64; 6] = [2, 3, 5, 7, 11, 13];
    if n < 2 {
        return false;
    }
    if let Some(base) = BASES.into_iter().find(|base| n % base == 0) {
        return n == base;
    }
    let times = |a: u64, b: u64| (u128::from(a) * u128::from(b) % u128::from(n)) as u64;
    let twos = (n - 1).trailing_zeros();
    let odd = (n - 1) >> twos;
    BASES.into_iter().all(|base| {
        let (mut power, mut square, mut e) = (1, base, odd);
        while e > 0 {
            if e % 2 == 1 {
                power = times(power, square);
            }
            (square, e) = (times(square, square), e / 2);
        }
        if power == 1 || power == n - 1 {
            return true;
        }
        (1..twos).any(|_| {
            power = times(power, power);
            power == n - 1
        })
    })
}

fn prime_or_not(draw: &mut Draw, page: &mut Page) -> Option<()> {
    // Not divisible by 2, 3 or 5, which anyone sees: the eight remainders modulo 30 that remain.
    let wheel = draw.level([(2, 30), (31, 300), (301, 3300)]);
    let n = 30 * wheel + draw.pick(&[1, 7, 11, 13, 17, 19, 23, 29])?;
    page.slot("n", n);
    page.step(format_args!("Even numbers, and those divisible by 3 or 5, are out: {n} is none of them."));
    let root = (2..).find(|r| r * r > n)? - 1;
    let tried: Vec<i64> = (7..=root).filter(|p| (2..).take_while(|d| d * d <= *p).all(|d| p % d != 0)).collect();
    let divisor = tried.iter().copied().find(|p| n % p == 0);
    page.step(format_args!(
        "It is enough to try the primes up to {root}, since {root}^2 = {} and {}^2 = {} is too large.",
        root * root,
        root + 1,
        (root + 1) * (root + 1)
    ));
    match divisor {
        Some(p) => {
            page.step(format_args!("{p} divides it: {n} = {p} * {}.", n / p));
            page.answer(format_args!("{n} is composite, {n} = {p} * {}", n / p));
        }
        None => {
            for chunk in tried.chunks(6).take(2) {
                let rests: Vec<String> = chunk.iter().map(|p| format!("{n} mod {p} is {}", n % p)).collect();
                page.step(format_args!("{}.", commas(&rests)));
            }
            if tried.len() > 12 {
                page.step(format_args!("In the same way none of the other primes up to {root} divides {n}."));
            }
            page.answer(format_args!("{n} is prime"));
        }
    }
    Some(())
}

fn digits_in(n: i64, base: i64) -> Vec<i64> {
    let (mut n, mut digits) = (n, Vec::new());
    while n > 0 {
        digits.push(n % base);
        n /= base;
    }
    digits.reverse();
    digits
}

fn digit(value: i64) -> char {
    u32::try_from(value).ok().and_then(|value| char::from_digit(value, 16)).unwrap_or('?').to_ascii_uppercase()
}

const BASES: [i64; 11] = [2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 16];

fn to_base(draw: &mut Draw, page: &mut Page) -> Option<()> {
    let n = draw.level([(10, 99), (100, 999), (1000, 65_535)]);
    let base = draw.pick(&BASES)?;
    page.slot("n", n);
    page.slot("base", base);
    let mut rest = n;
    while rest > 0 {
        let (next, remainder) = (rest / base, rest % base);
        let name = if remainder > 9 { format!(", written {}", digit(remainder)) } else { String::new() };
        page.step(format_args!("{rest} = {base} * {next} + {remainder}{name}"));
        rest = next;
    }
    page.step(format_args!("The remainders, read from the last to the first, are the digits."));
    page.answer(digits_in(n, base).into_iter().map(digit).collect::<String>());
    Some(())
}

fn from_base(draw: &mut Draw, page: &mut Page) -> Option<()> {
    let n = draw.level([(10, 99), (100, 999), (1000, 65_535)]);
    let base = draw.pick(&BASES)?;
    let digits = digits_in(n, base);
    let shown: String = digits.iter().copied().map(digit).collect();
    page.slot("digits", &shown);
    page.slot("base", base);
    if let Some(high) = digits.iter().max().filter(|&&d| d > 9) {
        page.step(format_args!("The digit {} stands for {high}.", digit(*high)));
    }
    let places = (0..digits.len() as u32).rev();
    let parts: Vec<(String, i64)> =
        digits.iter().zip(places).map(|(d, place)| (format!("{d} * {base}^{place}"), d * base.pow(place))).collect();
    let terms: Vec<&String> = parts.iter().map(|(text, _)| text).collect();
    let values: Vec<i64> = parts.iter().map(|(_, value)| *value).collect();
    page.step(format_args!("{} = {}", spread(&terms, " + "), spread(&values, " + ")));
    page.step(format_args!("{} = {n}", spread(&values, " + ")));
    page.answer(n);
    Some(())
}

fn power_remainder(draw: &mut Draw, page: &mut Page) -> Option<()> {
    let a = draw.range(2, draw.by_level([12, 30, 99]));
    let e = draw.level([(3, 12), (13, 60), (61, 400)]);
    let m = draw.range(5, draw.by_level([30, 99, 250]));
    page.slot("a", a);
    page.slot("e", e);
    page.slot("m", m);
    let (mut square, mut power, mut exponent, mut rest) = (a % m, 1, 1, e);
    page.step(format_args!("{a}^1 leaves remainder {square}."));
    let mut factors = Vec::new();
    loop {
        if rest % 2 == 1 {
            factors.push(square);
            power = power * square % m;
        }
        rest /= 2;
        if rest == 0 {
            break;
        }
        let next = square * square % m;
        page.step(format_args!(
            "{a}^{} leaves the remainder of {square} * {square} = {}, which is {next}.",
            2 * exponent,
            square * square
        ));
        (square, exponent) = (next, 2 * exponent);
    }
    let binary: Vec<i64> = (0..10).map(|bit| 1 << bit).filter(|bit| e & bit != 0).collect();
    page.step(format_args!("The exponent is {} = {e}.", spread(&binary, " + ")));
    let mut running = factors.first().copied()?;
    for factor in &factors[1..] {
        let product = running * factor;
        page.step(format_args!("{running} * {factor} = {product}, which leaves {}.", product % m));
        running = product % m;
    }
    page.step(format_args!("So the remainder is {power}."));
    page.answer(power);
    Some(())
}

fn congruence(draw: &mut Draw, page: &mut Page) -> Option<()> {
    let (low, high) = draw.by_level([(5, 20), (21, 50), (51, 120)]);
    // For each modulus the coefficients below it, and for each of these the right-hand sides.
    let weights: Vec<u64> = (low..=high).map(|m| ((m - 2) * (m - 1)) as u64).collect();
    let (row, at) = draw.row(&weights);
    let m = low + row as i64;
    let (a, b) = (2 + at as i64 / (m - 1), 1 + at as i64 % (m - 1));
    page.slot("a", a);
    page.slot("b", b);
    page.slot("m", m);
    page.slot("last", m - 1);
    let d = gcd(a.unsigned_abs().into(), m.unsigned_abs().into()) as i64;
    page.step(format_args!("The greatest common divisor of {a} and {m} is {d}."));
    if b % d != 0 {
        page.step(format_args!("{d} divides {a} and {m} but not {b}, so no multiple of {a} leaves remainder {b}."));
        page.answer("no solution");
        return Some(());
    }
    let (p, q, n) = (a / d, b / d, m / d);
    if d > 1 {
        page.step(format_args!("Dividing everything by {d} leaves {} = {q} (mod {n}).", sum(&[(p, "x")])));
    }
    let inverse = (0..n).find(|x| p * x % n == 1)?;
    if p > 1 {
        page.step(format_args!(
            "{p} * {inverse} = {}, which leaves remainder 1 modulo {n}: the inverse of {p} is {inverse}.",
            p * inverse
        ));
    }
    let first = q * inverse % n;
    page.step(format_args!(
        "So x leaves the remainder of {inverse} * {q} = {} modulo {n}, which is {first}.",
        inverse * q
    ));
    let all: Vec<i64> = (0..d).map(|k| first + k * n).collect();
    if d > 1 {
        page.step(format_args!("Modulo {m} there are {d} such numbers, {n} apart."));
    }
    page.answer(format_args!("x = {}", commas(&all)));
    Some(())
}

fn divisors(draw: &mut Draw, page: &mut Page) -> Option<()> {
    let n = draw.level([(12, 999), (1000, 9999), (10_000, 99_999)]);
    page.slot("n", n);
    let powers = prime_powers(n);
    page.step(format_args!("{n} = {}", product_of_primes(n)));
    let choices: Vec<i64> = powers.iter().map(|(_, power)| i64::from(*power) + 1).collect();
    let total: i64 = choices.iter().product();
    for (p, power) in &powers {
        page.step(format_args!(
            "A divisor has {p} to a power from 0 to {power}: {}.",
            count(i64::from(*power) + 1, "choice", "choices")
        ));
    }
    if choices.len() > 1 {
        page.step(format_args!("Together: {} = {total}.", spread(&choices, " * ")));
    }
    page.answer(total);
    Some(())
}

/// Pairs of moduli without a common divisor, by level.
const MODULI: [&[(i64, i64)]; 3] = [
    &[(3, 5), (4, 5), (5, 6), (5, 7), (6, 7), (7, 8), (5, 8), (7, 9), (8, 9), (9, 10)],
    &[(9, 11), (10, 11), (11, 12), (11, 13), (12, 13), (13, 14), (13, 15), (14, 15), (11, 16), (15, 16)],
    &[(16, 17), (17, 19), (19, 20), (21, 23), (23, 25), (24, 25), (27, 29), (29, 31), (31, 32), (37, 41)],
];

fn two_remainders(draw: &mut Draw, page: &mut Page) -> Option<()> {
    let moduli = draw.by_level(MODULI);
    // No remainder is 0, so that each is one.
    let weights: Vec<u64> = moduli.iter().map(|(m, n)| ((m - 1) * (n - 1)) as u64).collect();
    let (row, at) = draw.row(&weights);
    let &(m, n) = moduli.get(row)?;
    let (r, s) = (1 + at as i64 % (m - 1), 1 + at as i64 / (m - 1));
    for (name, value) in [("m", m), ("n", n), ("r", r), ("s", s)] {
        page.slot(name, value);
    }
    let steps = (0..m).find(|k| (s + k * n) % m == r)?;
    let answer = s + steps * n;
    page.step(format_args!(
        "The numbers that leave {s} on division by {n} are {s}, {}, {}, and so on: {s} + {n}k.",
        s + n,
        s + 2 * n
    ));
    let (step, start) = (n % m, s % m);
    page.step(format_args!("Modulo {m}, {n} is {step} and {s} is {start}, so {start} + {step}k must leave {r}."));
    page.step(format_args!(
        "The smallest such k is {steps}: {start} + {step} * {steps} = {}, and that leaves {r}.",
        start + step * steps
    ));
    page.step(format_args!(
        "The number is {s} + {n} * {steps} = {answer}. Solutions are {m} * {n} = {} apart, so none is smaller.",
        m * n
    ));
    page.answer(answer);
    Some(())
}
