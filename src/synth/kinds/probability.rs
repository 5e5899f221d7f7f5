//! Chance: urns, dice, coins, cards, committees, expected gains, and what a positive test means. Checked by counting cases.

use super::polynomials::choose;
use super::spread;
use crate::synth::draw::Draw;
use crate::synth::english::{article, count, list};
use crate::synth::rational::Rational;
use crate::synth::template::{Given, Page, Template, leading_number, numbers};

pub(super) const TEMPLATES: &[Template] = &[
    Template {
        id: "probability.urn",
        phrasings: &[
            "A bag holds {balls}. {drawn} at random without replacement. What is the probability that exactly {hits}?",
            "There are {balls} in a bag. {drawn} without replacement. Find the probability that exactly {hits}.",
            "From a bag with {balls}, {drawn} blindly and not put back. How likely is it that exactly {hits}?",
            "An urn contains {balls}. {drawn} without putting any back. Calculate the probability that exactly {hits}.",
            "A box is filled with {balls}. {drawn} one after another without replacement. What is the chance that exactly \
             {hits}?",
        ],
        make: urn,
        check: check_urn,
    },
    Template {
        id: "probability.urn_replaced",
        phrasings: &[
            "A bag holds {balls}. A ball is drawn and put back {times}. What is the probability that every ball drawn is {colour}?",
            "There are {balls} in a bag. A ball is drawn {times}, and put back each time. How likely are all of them {colour}?",
            "A ball is drawn {times} in a row from a bag of {balls}, and returned to it each time. Find the probability that all are \
             {colour}.",
            "An urn contains {balls}. With replacement, a ball is taken out {times}. Calculate the probability of only {colour} balls.",
            "From {balls}, one is drawn {times} with replacement. What is the chance that each of them is {colour}?",
        ],
        make: urn_replaced,
        check: |given| {
            let (balls, colour) = (given.text("balls")?, given.text("colour")?);
            let total: i128 = numbers(balls).iter().try_fold(0_i128, |sum, n| sum.checked_add(n.integer()?))?;
            let of_colour =
                balls.split(", ").flat_map(|part| part.split(" and ")).find(|part| part.contains(colour))?;
            let good = leading_number(of_colour)?.integer()?;
            let (mut cases, mut favourable) = (1_i128, 1_i128);
            for _ in 0..times(given.text("times")?)? {
                (cases, favourable) = (cases.checked_mul(total)?, favourable.checked_mul(good)?);
            }
            given.answer_is(Rational::new(favourable, cases)?)
        },
    },
    Template {
        id: "probability.dice",
        phrasings: &[
            "What is the probability that the sum is {event} when {dice} are rolled?",
            "Find the probability that the total is {event} if you roll {dice}.",
            "You throw {dice}. How likely is a total that is {event}?",
            "When {dice} are rolled, what is the chance that the sum of the faces is {event}?",
            "Suppose that {dice} are rolled at once. Calculate the probability of a sum that is {event}.",
        ],
        make: dice,
        check: check_dice,
    },
    Template {
        id: "probability.coins",
        phrasings: &[
            "A biased coin shows heads with probability {p}. It is tossed {times}. What is the probability of exactly {hits}?",
            "A coin has probability {p} of heads. Find the probability that it shows exactly {hits} if it is tossed {times}.",
            "A coin lands on heads with probability {p}. If it is tossed {times}, how likely is it to show exactly {hits}?",
            "Each toss of a coin gives heads with probability {p}. What is the chance of exactly {hits} when it is tossed {times}?",
            "Somebody tosses a coin {times}, and each toss is heads with probability {p}. Calculate the probability of exactly {hits}.",
        ],
        make: coins,
        check: |given| {
            // The distribution of the number of heads, toss by toss.
            let p = given.number("p")?;
            let q = Rational::ONE.minus(p)?;
            let mut chances = vec![Rational::ONE];
            for _ in 0..times(given.text("times")?)? {
                let mut next = vec![Rational::ZERO; chances.len() + 1];
                for (heads, chance) in chances.iter().enumerate() {
                    next[heads] = next[heads].plus(chance.times(q)?)?;
                    next[heads + 1] = next[heads + 1].plus(chance.times(p)?)?;
                }
                chances = next;
            }
            given.answer_is(*chances.get(usize::try_from(given.integer("hits")?).ok()?)?)
        },
    },
    Template {
        id: "probability.at_least_one",
        phrasings: &[
            "A machine part fails with probability {p}, independently of the others. What is the probability that at least one of {n} \
             fails?",
            "Each of {n} fails with probability {p}, independently. How likely is at least one failure?",
            "Find the probability that out of {n}, each failing independently with probability {p}, one or more fail.",
            "{n} work independently, and each breaks down with probability {p}. Calculate the probability of at least one breakdown.",
            "With {n} that each fail with probability {p} on their own, what is the chance that not all of them keep working?",
        ],
        make: at_least_one,
        check: |given| {
            // Added up over which part is the first to fail.
            let p = given.number("p")?;
            let (mut working, mut failed) = (Rational::ONE, Rational::ZERO);
            for _ in 0..given.integer("n")? {
                failed = failed.plus(working.times(p)?)?;
                working = working.minus(working.times(p)?)?;
            }
            given.answer_is(failed)
        },
    },
    Template {
        id: "probability.positive_test",
        phrasings: &[
            "A disease affects {ill} in 1000 people. A test detects {found} % of the ill and wrongly reports {wrong} % of the healthy. What \
             is the probability that a person who tests positive is ill?",
            "Of 1000 people, {ill} carry a virus. A test finds {found} % of the carriers, but is also positive for {wrong} % of the others. \
             How likely is it that somebody with a positive test carries the virus?",
            "A factory knows that {ill} in 1000 parts are faulty. An inspection rejects {found} % of the faulty parts and {wrong} % of the \
             good ones. What is the probability that a rejected part is faulty?",
            "Among 1000 messages {ill} are spam. A filter stops {found} % of the spam and {wrong} % of the other messages. Find the \
             probability that a message it stops is spam.",
            "Use Bayes' theorem: {ill} in 1000 have a condition, a test is positive for {found} % of them and for {wrong} % of the rest. \
             What is the probability of the condition, given a positive test?",
        ],
        make: positive_test,
        check: |given| {
            // Counted among a hundred thousand.
            let of = |name| given.integer(name);
            let (affected, found, wrong) = (of("ill")?, of("found")?, of("wrong")?);
            let (mut ill, mut positive) = (0, 0);
            for thousandth in 0..1000 {
                let is_ill = thousandth < affected;
                let caught = if is_ill { found } else { wrong };
                positive += caught;
                ill += if is_ill { caught } else { 0 };
            }
            given.answer_is(Rational::new(ill.into(), positive.into())?)
        },
    },
    Template {
        id: "probability.committee",
        phrasings: &[
            "A club has {women} and {men}. In how many ways can a committee of {w} and {m} be chosen?",
            "From {women} and {men}, a group of {w} and {m} is to be formed. How many choices are there?",
            "How many different teams of {w} and {m} can be picked from {women} and {men}?",
            "There are {women} and {men} in a choir. {w} and {m} are selected to travel. Find the number of possible selections.",
            "A delegation of {w} and {m} is drawn from {women} and {men}. Count the possible delegations.",
        ],
        make: committee,
        check: |given| {
            // Pascal's triangle, by addition only.
            let ways = |of: &str, taken: &str| {
                let n = usize::try_from(given.counted(of, 60)?).ok()?;
                let k = usize::try_from(given.integer(taken)?).ok()?;
                let mut row = vec![0_i128; n + 1];
                row[0] = 1;
                for _ in 0..n {
                    for at in (1..=n).rev() {
                        row[at] += row[at - 1];
                    }
                }
                row.get(k).copied()
            };
            given.answer_is(Rational::from_integer(ways("women", "w")?.checked_mul(ways("men", "m")?)?))
        },
    },
    Template {
        id: "probability.expected_gain",
        phrasings: &[
            "A lottery has {tickets}. {prizes}. A ticket costs ${price}. What is the expected gain of a buyer, in dollars?",
            "{tickets} are sold at ${price} apiece. {prizes}. How much does a buyer gain on average, in dollars?",
            "Find the expected gain in dollars of one ticket that costs ${price}, if there are {tickets} and the prizes are as follows. \
             {prizes}.",
            "In a raffle with {tickets} at ${price} each, the prizes are these. {prizes}. Calculate the expected gain per ticket in dollars.",
            "For ${price} one may draw one of {tickets}. {prizes}. What gain in dollars is to be expected?",
        ],
        make: expected_gain,
        check: |given| {
            // What all tickets together win, less what all cost, shared evenly.
            let found = numbers(given.text("prizes")?);
            let [a, first, b, second] = <[Rational; 4]>::try_from(found).ok()?;
            let tickets = given.number("tickets")?;
            let won = a.times(first)?.plus(b.times(second)?)?;
            let gain = won.minus(tickets.times(given.number("price")?)?)?;
            Some(given.answer_number()?.times(tickets)? == gain)
        },
    },
];

const COLOURS: [(&str, &str); 4] = [("red", "blue"), ("white", "black"), ("green", "yellow"), ("orange", "purple")];

fn times(text: &str) -> Option<i64> {
    match text {
        "once" | "Once" => Some(1),
        "twice" | "Twice" => Some(2),
        _ => crate::synth::template::small(leading_number(text)?).filter(|n| (0..=40).contains(n)),
    }
}

fn how_often(n: i64) -> String {
    match n {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        _ => format!("{n} times"),
    }
}

/// Adds the last line of a fraction: what it is in lowest terms.
fn lowest(n: i64, d: i64, page: &mut Page) -> Option<()> {
    let answer = Rational::new(n.into(), d.into())?;
    if answer.denominator() != i128::from(d) {
        page.step(format_args!("In lowest terms, {n}/{d} = {answer}."));
    }
    page.answer(answer);
    Some(())
}

fn urn(draw: &mut Draw, page: &mut Page) -> Option<()> {
    let (first, second) = draw.flavour(&COLOURS);
    let a = draw.level([(4, 9), (10, 15), (16, 30)]);
    let b = draw.range(4, draw.by_level([10, 15, 30]));
    // Of n drawn, from 0 to n have the first colour; there are enough of both.
    let weights: Vec<u64> = (2..=draw.by_level([3, 4, 4])).map(|n| n + 1).collect();
    let (row, hits) = draw.row(&weights);
    let (n, k) = (2 + row as i64, hits as i64);
    page.slot("balls", format_args!("{a} {first} balls and {b} {second} balls"));
    page.slot("drawn", format_args!("{n} balls are drawn"));
    page.slot("hits", format_args!("{k} of them {} {first}", if k == 1 { "is" } else { "are" }));
    let (good, rest, all) = (choose(a, k), choose(b, n - k), choose(a + b, n));
    page.step(format_args!(
        "There are {a} + {b} = {} balls, and C({}, {n}) = {all} ways to draw {n} of them.",
        a + b,
        a + b
    ));
    page.step(format_args!(
        "{k} {first} out of {a} can be had in C({a}, {k}) = {good} {}.",
        if good == 1 { "way" } else { "ways" }
    ));
    page.step(format_args!(
        "{} {second} out of {b} can be had in C({b}, {}) = {rest} {}.",
        n - k,
        n - k,
        if rest == 1 { "way" } else { "ways" }
    ));
    page.step(format_args!("The probability is {good} * {rest} / {all} = {}/{all}.", good * rest));
    lowest(good * rest, all, page)
}

/// The chance of each number of hits, ball by ball.
fn check_urn(given: &Given<'_>) -> Option<bool> {
    let balls = numbers(given.text("balls")?);
    let [a, b] = <[Rational; 2]>::try_from(balls).ok()?;
    // So few draws of so few balls that their sequences can be counted.
    let few = |n: Rational| n.integer().filter(|n| (0..=10_000).contains(n));
    let (a, b) = (few(a)?, few(b)?);
    let (n, k) = (given.counted("drawn", 6)?, usize::try_from(given.integer("hits")?).ok()?);
    // How many sequences of draws have so many hits, and how many there are.
    let (mut sequences, mut all) = (vec![1_i128], 1_i128);
    for drawn in 0..n {
        let mut next = vec![0; sequences.len() + 1];
        for (hits, ways) in sequences.iter().enumerate() {
            let taken = hits as i128;
            next[hits] += ways * (b - (i128::from(drawn) - taken)).max(0);
            next[hits + 1] += ways * (a - taken).max(0);
        }
        all *= a + b - i128::from(drawn);
        sequences = next;
    }
    let colour_is_first = given.text("balls")?.split(' ').nth(1)? == given.text("hits")?.rsplit(' ').next()?;
    Some(colour_is_first && given.answer_number()? == Rational::new(*sequences.get(k)?, all)?)
}

fn urn_replaced(draw: &mut Draw, page: &mut Page) -> Option<()> {
    let (first, second) = draw.flavour(&COLOURS);
    let a = draw.level([(2, 9), (10, 20), (21, 60)]);
    let (b, n) = (draw.range(2, draw.by_level([12, 30, 60])), draw.range(2, draw.by_level([3, 4, 5])));
    page.slot("balls", format_args!("{a} {first} balls and {b} {second} balls"));
    page.slot("times", how_often(n));
    page.slot("colour", first);
    let one = Rational::new(a.into(), (a + b).into())?;
    page.step(format_args!(
        "Each draw gives {} {first} ball with probability {a} / ({a} + {b}) = {one}.",
        article_of(first)
    ));
    page.step(format_args!("The draws are independent: ({one})^{n} = {}.", one.pow(n as u32)?));
    page.answer(one.pow(n as u32)?);
    Some(())
}

fn article_of(word: &str) -> &'static str {
    if word.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" }
}

/// Two dice, the one with fewer sides first, by level.
const DICE: [&[(i64, i64)]; 3] = [
    &[(4, 4), (4, 6), (6, 6), (4, 8), (6, 8), (8, 8)],
    &[(4, 10), (6, 10), (8, 10), (10, 10), (4, 12), (6, 12), (8, 12), (10, 12), (12, 12)],
    &[
        (4, 20),
        (6, 20),
        (8, 20),
        (10, 20),
        (12, 20),
        (20, 20),
        (4, 30),
        (6, 30),
        (8, 30),
        (10, 30),
        (12, 30),
        (20, 30),
        (30, 30),
    ],
];

fn dice(draw: &mut Draw, page: &mut Page) -> Option<()> {
    let (first, second) = draw.pick(draw.by_level(DICE))?;
    // The event: exactly, at least or at most a number that is possible for all dice of the level, or a multiple.
    let kind = draw.pick(&["exactly", "at least", "at most", "a multiple of"])?;
    let bound = draw.range(3, draw.by_level([7, 13, 23]));
    let other = if first == second { "another" } else { article(second) };
    page.slot("dice", format_args!("{} {first}-sided die and {other} {second}-sided die", article(first)));
    page.slot("event", format_args!("{kind} {bound}"));
    let good = |sum: i64| match kind {
        "exactly" => sum == bound,
        "at least" => sum >= bound,
        "at most" => sum <= bound,
        _ => sum % bound == 0,
    };
    // How many pairs have each sum: it rises, stays, and falls.
    let ways = |sum: i64| (sum - 1).min(first).min(second).min(first + second + 1 - sum);
    let sums: Vec<i64> = (2..=first + second).filter(|&s| good(s)).collect();
    let counts: Vec<i64> = sums.iter().map(|&sum| ways(sum)).collect();
    let total: i64 = counts.iter().sum();
    page.step(format_args!("There are {first} * {second} = {} equally likely pairs of faces.", first * second));
    match (sums.first(), sums.last()) {
        (Some(low), Some(high)) if sums.len() > 8 => {
            page.step(format_args!(
                "The sums that count run from {low} to {high}; their numbers of pairs add up to {total}."
            ));
        }
        (Some(_), _) => {
            let (what, verb) = if sums.len() == 1 { ("sum", "is") } else { ("sums", "are") };
            page.step(format_args!(
                "The {what} that count{} {verb} {}.",
                if sums.len() == 1 { "s" } else { "" },
                list(&sums)
            ));
            page.step(format_args!(
                "The number of pairs is {}.",
                if counts.len() > 1 { format!("{} = {total}", spread(&counts, " + ")) } else { total.to_string() }
            ));
        }
        _ => page.step(format_args!("No sum is {kind} {bound}.")),
    }
    page.step(format_args!("The probability is {total}/{}.", first * second));
    lowest(total, first * second, page)
}

/// All pairs of faces, one by one.
fn check_dice(given: &Given<'_>) -> Option<bool> {
    let dice = numbers(given.text("dice")?);
    let sides = |at: usize| dice.get(at)?.integer().filter(|n| (1..=100).contains(n));
    let (first, second) = (sides(0)?, sides(1)?);
    let event = given.text("event")?;
    let bound = numbers(event).first()?.integer().filter(|n| *n > 0)?;
    let good = |sum: i128| match event.split(' ').next()? {
        "exactly" => Some(sum == bound),
        "at" => Some(if event.contains("least") { sum >= bound } else { sum <= bound }),
        "a" => Some(sum % bound == 0),
        _ => None,
    };
    let mut favourable = 0;
    for a in 1..=first {
        for b in 1..=second {
            favourable += i128::from(good(a + b)?);
        }
    }
    given.answer_is(Rational::new(favourable, first * second)?)
}

fn coins(draw: &mut Draw, page: &mut Page) -> Option<()> {
    let (a, b) = super::arithmetic::reduced(draw, 2, 9);
    let (low, high) = draw.by_level([(3_i64, 4), (5, 6), (7, 9)]);
    let weights: Vec<u64> = (low..=high).map(|n| n as u64 + 1).collect();
    let (row, at) = draw.row(&weights);
    let (n, k) = (low + row as i64, at as i64);
    page.slot("p", format_args!("{a}/{b}"));
    page.slot("times", how_often(n));
    page.slot("hits", count(k, "head", "heads"));
    page.step(format_args!("Tails have probability 1 - {a}/{b} = {}/{b}.", b - a));
    page.step(format_args!("There are C({n}, {k}) = {} orders with {}.", choose(n, k), count(k, "head", "heads")));
    let p = Rational::new(choose(n, k).into(), 1)?
        .times(Rational::new(a.into(), b.into())?.pow(k as u32)?)?
        .times(Rational::new((b - a).into(), b.into())?.pow((n - k) as u32)?)?;
    page.step(format_args!("{} * ({a}/{b})^{k} * ({}/{b})^{} = {p}", choose(n, k), b - a, n - k));
    page.answer(p);
    Some(())
}

fn at_least_one(draw: &mut Draw, page: &mut Page) -> Option<()> {
    let percent = draw.range(1, 50);
    let n = draw.level([(2, 3), (4, 5), (6, 7)]);
    let p = Rational::new(percent.into(), 100)?;
    page.slot("p", p);
    page.slot("n", format_args!("{n} parts"));
    let works = Rational::ONE.minus(p)?;
    page.step(format_args!("One part keeps working with probability 1 - {p} = {works}."));
    let all = works.pow(n as u32)?;
    page.step(format_args!("All {n} keep working with probability ({works})^{n} = {all}."));
    let answer = Rational::ONE.minus(all)?;
    page.step(format_args!("At least one fails with probability 1 - {all} = {answer}."));
    page.answer(answer);
    Some(())
}

fn positive_test(draw: &mut Draw, page: &mut Page) -> Option<()> {
    let ill = draw.level([(2, 9), (10, 40), (41, 200)]);
    let (found, wrong) = (draw.range(70, 99), draw.range(1, draw.by_level([10, 20, 30])));
    page.slot("ill", ill);
    page.slot("found", found);
    page.slot("wrong", wrong);
    page.step(format_args!(
        "Imagine 100000 cases: {ill} * 100 = {} of one kind and 100000 - {} = {} of the other.",
        ill * 100,
        ill * 100,
        100_000 - ill * 100
    ));
    let (right, alarm) = (ill * found, (1000 - ill) * wrong);
    page.step(format_args!("Of the first, {found} % are noticed: {} * {found} / 100 = {right}.", ill * 100));
    page.step(format_args!(
        "Of the others, {wrong} % are noticed by mistake: {} * {wrong} / 100 = {alarm}.",
        100_000 - ill * 100
    ));
    page.step(format_args!(
        "Of {right} + {alarm} = {} noticed cases {right} are of the first kind: {right}/{}.",
        right + alarm,
        right + alarm
    ));
    lowest(right, right + alarm, page)
}

fn committee(draw: &mut Draw, page: &mut Page) -> Option<()> {
    let women = draw.level([(5, 8), (9, 14), (15, 24)]);
    let men = draw.range(5, draw.by_level([9, 14, 24]));
    let (w, m) = (draw.range(1, draw.by_level([4, 5, 5])), draw.range(1, draw.by_level([4, 5, 5])));
    page.slot("women", format_args!("{women} women"));
    page.slot("men", format_args!("{men} men"));
    page.slot("w", count(w, "woman", "women"));
    page.slot("m", count(m, "man", "men"));
    let (a, b) = (choose(women, w), choose(men, m));
    for (n, k, who, ways) in [(women, w, "women", a), (men, m, "men", b)] {
        let (above, below): (Vec<i64>, Vec<i64>) = ((0..k).map(|i| n - i).collect(), (1..=k).collect());
        page.step(format_args!(
            "The {who}: C({n}, {k}) is ({}) / ({}) = {ways}.",
            spread(&above, " * "),
            spread(&below, " * ")
        ));
    }
    page.step(format_args!("Every choice goes with every other: {a} * {b} = {}.", a * b));
    page.answer(a * b);
    Some(())
}

fn expected_gain(draw: &mut Draw, page: &mut Page) -> Option<()> {
    let tickets = 100 * draw.level([(1, 4), (5, 10), (11, 30)]);
    let (a, first) = (draw.range(1, 3), 50 * draw.range(1, 12));
    let (b, second) = (draw.range(4, 12), draw.range(3, 20));
    let price = draw.range(1, 5);
    page.slot("tickets", format_args!("{tickets} tickets"));
    let wins = |n: i64| if n == 1 { "ticket wins" } else { "tickets win" };
    page.slot("prizes", format_args!("{a} {} ${first} and {b} {} ${second}", wins(a), wins(b)));
    page.slot("price", price);
    let won = a * first + b * second;
    page.step(format_args!("All prizes together are worth {a} * {first} + {b} * {second} = {won} dollars."));
    let mean = Rational::new(won.into(), tickets.into())?;
    page.step(format_args!("A ticket wins {won} / {tickets} = {} dollars on average.", mean.plain()));
    let gain = mean.minus(Rational::from(price))?;
    page.step(format_args!("It costs {price}, so the gain is {} - {price} = {} dollars.", mean.plain(), gain.plain()));
    page.answer(gain.plain());
    Some(())
}
