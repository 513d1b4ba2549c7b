//! What came of a run.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

/// What the answers of the counted seconds were.
#[derive(Debug, Default)]
pub struct Tally {
    reads: Kind,
    actions: Kind,
    /// Every request, those before the counted seconds too.
    sent: u64,
}

#[derive(Debug, Default)]
struct Kind {
    /// Microseconds of each answer that was a success.
    took: Vec<u64>,
    refused: BTreeMap<u16, u64>,
}

/// The figures of a run, as they are printed.
#[derive(Debug, Serialize)]
pub struct Figures {
    actions: KindFigures,
    reads: KindFigures,
    /// Every request, those before the counted seconds too: what the CPU time of the service is divided by.
    sent: u64,
    idle: usize,
    idle_kept: usize,
}

#[derive(Debug, Serialize)]
struct KindFigures {
    accepted: usize,
    per_second: f64,
    p50_ms: f64,
    p99_ms: f64,
    /// How many answers of each status were no success.
    refused: BTreeMap<u16, u64>,
}

impl Tally {
    pub fn sent(&mut self) {
        self.sent += 1;
    }

    pub fn count(&mut self, reading: bool, status: u16, took: Duration) {
        let kind = if reading { &mut self.reads } else { &mut self.actions };
        if (200..300).contains(&status) {
            kind.took.push(u64::try_from(took.as_micros()).unwrap_or(u64::MAX));
        } else {
            *kind.refused.entry(status).or_default() += 1;
        }
    }

    /// `idle` is how many idle connections there were and how many still lived at the end.
    pub fn figures(self, seconds: f64, idle: (usize, usize)) -> Figures {
        Figures {
            actions: self.actions.figures(seconds),
            reads: self.reads.figures(seconds),
            sent: self.sent,
            idle: idle.0,
            idle_kept: idle.1,
        }
    }
}

impl Kind {
    fn figures(mut self, seconds: f64) -> KindFigures {
        self.took.sort_unstable();
        let count = self.took.len();
        KindFigures {
            accepted: count,
            per_second: u32::try_from(count).map_or(f64::INFINITY, f64::from) / seconds,
            p50_ms: quantile(&self.took, 50),
            p99_ms: quantile(&self.took, 99),
            refused: self.refused,
        }
    }
}

/// Milliseconds within which so many of a hundred answers came.
fn quantile(sorted: &[u64], percent: usize) -> f64 {
    let place = (sorted.len() * percent).div_ceil(100).saturating_sub(1);
    let micros = sorted.get(place).copied().unwrap_or(0);
    u32::try_from(micros).map_or(f64::INFINITY, f64::from) / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantile_is_the_time_within_which_so_many_answers_came() {
        let sorted: Vec<u64> = (1..=100).map(|place| place * 1000).collect();
        assert!((quantile(&sorted, 50) - 50.0).abs() < 1e-9);
        assert!((quantile(&sorted, 99) - 99.0).abs() < 1e-9);
        assert!((quantile(&[7000], 99) - 7.0).abs() < 1e-9);
        assert!(quantile(&[], 50).abs() < 1e-9);
    }
}
