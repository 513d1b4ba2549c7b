//! Counts and times of requests, for Prometheus.

use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use crate::store::Timing;

/// Upper bounds of the histogram in seconds; the targets of the service lie between 5 and 100 ms.
const BUCKETS: [f64; 10] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 2.5, 10.0];

/// What a request is counted under. The route is the pattern, never the path, so that the labels stay few.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct RequestLabels {
    method: String,
    route: String,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct TransactionLabels {
    name: &'static str,
}

/// The numbers of this process.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    requests: Family<RequestLabels, Counter>,
    seconds: Histogram,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("hazards");
        let requests = Family::<RequestLabels, Counter>::default();
        let seconds = Histogram::new(BUCKETS);
        registry.register(
            "http_requests",
            "Requests by method, route and status",
            requests.clone(),
        );
        registry.register(
            "http_request_seconds",
            "Time to the first byte of the answer",
            seconds.clone(),
        );
        Self {
            registry,
            requests,
            seconds,
        }
    }
}

impl Metrics {
    /// Counts a request.
    pub fn count(&self, method: &str, route: &str, status: u16, took: Duration) {
        let labels = RequestLabels {
            method: method.to_owned(),
            route: route.to_owned(),
            status,
        };
        self.requests.get_or_create(&labels).inc();
        self.seconds.observe(took.as_secs_f64());
    }

    /// The text that Prometheus reads, with the transactions of the store.
    ///
    /// # Errors
    /// When a number cannot be written.
    pub fn text(&self, transactions: &[(&'static str, Timing)]) -> Result<String, std::fmt::Error> {
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        // The store keeps its own counts; they are read here, in a registry of the moment.
        let mut registry = Registry::with_prefix("hazards");
        let count = Family::<TransactionLabels, Gauge>::default();
        let failed = Family::<TransactionLabels, Gauge>::default();
        let busy = Family::<TransactionLabels, Gauge<f64, std::sync::atomic::AtomicU64>>::default();
        registry.register("transactions", "Transactions by name", count.clone());
        registry.register(
            "transactions_failed",
            "Transactions that ended with an error, refusals included",
            failed.clone(),
        );
        registry.register("transaction_busy_seconds", "Time on the database by name", busy.clone());
        for (name, timing) in transactions {
            let labels = TransactionLabels { name };
            count
                .get_or_create(&labels)
                .set(i64::try_from(timing.count).unwrap_or(i64::MAX));
            failed
                .get_or_create(&labels)
                .set(i64::try_from(timing.failed).unwrap_or(i64::MAX));
            busy.get_or_create(&labels).set(timing.busy.as_secs_f64());
        }
        let end = text.trim_end().trim_end_matches("# EOF").len();
        text.truncate(end);
        encode(&mut text, &registry)?;
        Ok(text)
    }
}
