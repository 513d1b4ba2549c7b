//! Whoever guesses learns nothing: no guess opens a tip, nobody else waits for it, and neither the answer nor its time says
//! whether a receipt exists.
//!
//! Times are compared by the two-sample test of Kolmogorov and Smirnov, 200 wrong passphrases for receipts that exist
//! against 200 for receipts that do not, asked in turns so that a busy machine slows both alike. One comparison finds a
//! difference at p < 0.01, which is a distance of 0.163 between the two distributions. Chance alone does so once in a
//! hundred times, so a difference counts when three comparisons in a row find it: chance then fails the test once in a
//! million runs, while a true distance of 0.3 is found with a probability of 0.99 and one of 0.25 with 0.88. For times that
//! scatter normally 0.3 is three quarters of their standard deviation; that a hash is not computed at all is 1.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::public;
use crate::support::app::App;
use crate::support::on_both;
use crate::support::tips::{Told, anonymous_tip};

/// Times of each kind in one comparison.
const TIMES: usize = 200;
/// Comparisons that must find a difference before it counts.
const COMPARISONS: usize = 3;
const ONE_IN_A_HUNDRED: f64 = 0.01;

/// A passphrase of the right form that nobody holds.
fn passphrase(number: usize) -> String {
    const ALPHABET: &[u8; 22] = b"ACDEFHJKMNPRTUVWXY3479";
    let letters = (0..20).map(|place| ALPHABET[(number * (place * place + 7) + place * 5 + number / 22) % 22]);
    String::from_utf8(letters.collect()).unwrap()
}

async fn ask(app: &App, receipt: &str, passphrase: &str) -> (u16, Value) {
    let pair = json!({"receipt": receipt, "passphrase": passphrase});
    let answer = public(app, "/v1/tips/status", &pair).send().await;
    let mut problem = answer.json();
    if let Some(members) = problem.as_object_mut() {
        members.remove("request_id");
    }
    (answer.status, problem)
}

/// Receipts of the right form that were never given out: the last digit of each checks the others.
async fn unknown(app: &App, number: usize) -> Vec<String> {
    let mut receipts = Vec::new();
    for beginning in 0..number {
        for last in 0..10 {
            let receipt = format!("{:015}{last}", 314_159_265_358_979 + beginning * 7);
            if ask(app, &receipt, &passphrase(beginning)).await.0 == 403 {
                receipts.push(receipt);
                break;
            }
        }
    }
    assert_eq!(receipts.len(), number, "one digit in ten checks the others");
    receipts
}

async fn told(app: &App, number: usize) -> Vec<Told> {
    let mut tips = Vec::new();
    for _ in 0..number {
        tips.push(app.tell(&anonymous_tip()).await);
    }
    tips
}

on_both! {
    async fn no_guess_opens_a_tip_and_nobody_waits_for_who_guesses(app: App) {
        let tips = told(&app, 3).await;
        let none = unknown(&app, 3).await;
        let (refused, expected) = ask(&app, &none[0], &passphrase(1)).await;
        assert_eq!(refused, 403);
        for number in 0..60 {
            let tip = &tips[number % 3];
            // Right in one half, or right for another tip.
            for (receipt, passphrase) in [
                (&tip.receipt, &passphrase(number)),
                (&none[number % 3], &tip.passphrase),
                (&tip.receipt, &tips[(number + 1) % 3].passphrase),
            ] {
                let (status, problem) = ask(&app, receipt, passphrase).await;
                assert_eq!((status, &problem), (403, &expected), "guess {number}");
            }
            let (status, shown) = ask(&app, &tip.receipt, &tip.passphrase).await;
            assert_eq!((status, &shown["status"]), (200, &json!("received")), "after {number} guesses");
        }
    }

    async fn one_address_is_stopped_and_the_tipster_of_the_receipt_is_not(app: App) {
        let tip = &told(&app, 1).await[0];
        let guess = json!({"receipt": tip.receipt, "passphrase": passphrase(5)});
        let from = |address: &str, pair: &Value| {
            app.post("/v1/tips/status").header("x-forwarded-for", address).json(pair).send()
        };
        let mut stopped = 0;
        for number in 0..40 {
            // A network of IPv6 is one address, whatever stands behind.
            let answer = from(&format!("2001:db8:7:7:{number:x}::1"), &guess).await;
            stopped += usize::from(answer.status == 429);
            assert!(matches!(answer.status, 403 | 429), "{}", answer.text());
        }
        assert_eq!(stopped, 30, "ten guesses an hour");
        from("2001:db8:7:8::1", &tip.pair()).await.expect_status(200).done();
        from("198.51.100.77", &tip.pair()).await.expect_status(200).done();
    }

    async fn the_time_of_an_answer_does_not_tell_a_receipt_that_exists(app: App) {
        let existing: Vec<String> = told(&app, 5).await.into_iter().map(|tip| tip.receipt).collect();
        let missing = unknown(&app, 5).await;
        let mut found = Vec::new();
        for comparison in 0..COMPARISONS {
            let (with, without) = times(&app, &existing, &missing, comparison).await;
            let (distance, chance) = compare(&with, &without);
            if chance >= ONE_IN_A_HUNDRED {
                return;
            }
            found.push(format!("distance {distance:.3}, p = {chance:.5}, medians {:?} and {:?}", median(&with), median(&without)));
        }
        panic!("the times of the two kinds differ: {found:?}");
    }
}

/// Times of wrong passphrases for receipts that exist and for receipts that do not, one after the other, now the one kind
/// first and now the other.
async fn times(
    app: &App,
    existing: &[String],
    missing: &[String],
    comparison: usize,
) -> (Vec<Duration>, Vec<Duration>) {
    let (mut with, mut without) = (Vec::new(), Vec::new());
    for number in 0..TIMES {
        let wrong = passphrase(comparison * TIMES + number);
        for turn in 0..2 {
            let exists = (number + turn).is_multiple_of(2);
            let (receipts, times) = if exists {
                (existing, &mut with)
            } else {
                (missing, &mut without)
            };
            let begun = Instant::now();
            let (status, _) = ask(app, &receipts[number % receipts.len()], &wrong).await;
            times.push(begun.elapsed());
            assert_eq!(status, 403);
        }
    }
    (with, without)
}

fn median(times: &[Duration]) -> Duration {
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    sorted[sorted.len() / 2]
}

/// The distance of two samples, and how often chance makes one as large of two samples of one distribution.
fn compare(one: &[Duration], other: &[Duration]) -> (f64, f64) {
    let below = |times: &[Duration], bound: Duration| {
        let count = times.iter().filter(|time| **time <= bound).count();
        f64::from(u32::try_from(count).unwrap()) / f64::from(u32::try_from(times.len()).unwrap())
    };
    let distance = one
        .iter()
        .chain(other)
        .map(|bound| (below(one, *bound) - below(other, *bound)).abs())
        .fold(0.0, f64::max);
    let sizes = [one, other].map(|times| f64::from(u32::try_from(times.len()).unwrap()));
    let root = (sizes[0] * sizes[1] / (sizes[0] + sizes[1])).sqrt();
    let scaled = (root + 0.12 + 0.11 / root) * distance;
    if scaled < 0.3 {
        return (distance, 1.0);
    }
    let term = |k: i32| 2.0 * (-1.0_f64).powi(k - 1) * (-2.0 * f64::from(k * k) * scaled * scaled).exp();
    (distance, (1..=100).map(term).sum::<f64>().clamp(0.0, 1.0))
}

#[test]
fn times_that_differ_by_their_own_scatter_are_told_apart_and_times_alike_are_not() {
    let scattered = |from: u64| -> Vec<Duration> {
        (0..TIMES)
            .map(|number| Duration::from_micros(from + u64::try_from(number * 7919 % 1000).unwrap()))
            .collect()
    };
    let (_, alike) = compare(&scattered(20_000), &scattered(20_003));
    assert!(alike > 0.5, "{alike}");
    let (distance, apart) = compare(&scattered(20_000), &scattered(20_300));
    assert!(distance > 0.25 && apart < ONE_IN_A_HUNDRED, "{distance} {apart}");
    // A distance of 0.163 is where the comparison begins to find a difference.
    let (distance, at_the_bound) = compare(&scattered(20_000), &scattered(20_165));
    assert!(
        (0.15..0.18).contains(&distance) && (0.003..0.03).contains(&at_the_bound),
        "{distance} {at_the_bound}"
    );
}
