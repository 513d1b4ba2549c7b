//! Counts and times of requests, for Prometheus.
//!
//! Operators read all of them. Everybody else reads what is counted outside the ledger: who could watch the operations and
//! the transactions would learn at which moment somebody tells, and that a hazard was put on record without an inspector.

use std::sync::atomic::AtomicU64;
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use crate::store::Timing;
use crate::values::Instant;

/// Upper bounds of the histogram in seconds; the targets of the service lie between 5 and 100 ms.
const BUCKETS: [f64; 10] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 2.5, 10.0];

/// What is told of a counter of requests.
const REQUESTS: &str = "Requests by method, route and status";

/// What a request is counted under. The route is the pattern, never the path, so that the labels stay few.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct RequestLabels {
    method: String,
    route: String,
    status: u16,
}

/// What the time of a request is told under: the class of the status, `2xx` to `5xx`, because a histogram is a dozen
/// series for each of its label sets.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct TimeLabels {
    method: String,
    route: String,
    class: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct TransactionLabels {
    name: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct MessageLabels {
    outcome: &'static str,
}

/// The numbers of this process.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    requests: Family<RequestLabels, Counter>,
    seconds: Family<TimeLabels, Histogram>,
    messages: Family<MessageLabels, Counter>,
    messages_waiting: Gauge<f64, AtomicU64>,
    registry_outside: Registry,
    requests_outside: Family<RequestLabels, Counter>,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("hazards");
        let requests = Family::<RequestLabels, Counter>::default();
        let seconds = Family::<TimeLabels, Histogram>::new_with_constructor(|| Histogram::new(BUCKETS));
        registry.register("http_requests", REQUESTS, requests.clone());
        registry.register(
            "http_request_seconds",
            "Time to the first byte of the answer, by method, route and class of status",
            seconds.clone(),
        );
        let messages = Family::<MessageLabels, Counter>::default();
        let messages_waiting = Gauge::<f64, AtomicU64>::default();
        registry.register(
            "webhook_messages",
            "Attempts to send a message to a subscriber, by what became of it",
            messages.clone(),
        );
        registry.register(
            "webhook_waiting_seconds",
            "Age of the message to a subscriber that waits longest",
            messages_waiting.clone(),
        );
        let mut registry_outside = Registry::with_prefix("hazards");
        let requests_outside = Family::<RequestLabels, Counter>::default();
        registry_outside.register("http_requests", REQUESTS, requests_outside.clone());
        Self {
            registry,
            requests,
            seconds,
            messages,
            messages_waiting,
            registry_outside,
            requests_outside,
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
        if is_outside(route) {
            self.requests_outside.get_or_create(&labels).inc();
        }
        let labels = TimeLabels {
            method: labels.method,
            route: labels.route,
            class: class_of(status),
        };
        self.seconds.get_or_create(&labels).observe(took.as_secs_f64());
    }

    /// Counts an attempt to send a message to a subscriber.
    pub fn count_message(&self, outcome: &'static str) {
        self.messages.get_or_create(&MessageLabels { outcome }).inc();
    }

    /// Keeps since when the message waits that waits longest; nothing waits when there is none.
    pub fn set_messages_waiting(&self, since: Option<Instant>, now: Instant) {
        let waiting = since.map_or(Duration::ZERO, |since| {
            Duration::from_micros(u64::try_from(now.micros() - since.micros()).unwrap_or(0))
        });
        self.messages_waiting.set(waiting.as_secs_f64());
    }

    /// What everybody may read: how often pages outside the ledger were asked for.
    ///
    /// # Errors
    /// When a number cannot be written.
    pub fn text_outside(&self) -> Result<String, std::fmt::Error> {
        let mut text = String::new();
        encode(&mut text, &self.registry_outside)?;
        Ok(text)
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
        let busy = Family::<TransactionLabels, Gauge<f64, AtomicU64>>::default();
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

/// A request that no operation answers may have been meant for the ledger.
fn is_outside(route: &str) -> bool {
    route.starts_with('/') && !route.starts_with("/v1/")
}

fn class_of(status: u16) -> &'static str {
    match status / 100 {
        1 => "1xx",
        2 => "2xx",
        3 => "3xx",
        4 => "4xx",
        _ => "5xx",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_and_transactions_are_told_in_one_text() {
        let metrics = Metrics::default();
        metrics.count("GET", "/v1/hazards/{id}", 200, Duration::from_millis(3));
        metrics.count("GET", "/v1/hazards/{id}", 404, Duration::from_millis(3));
        metrics.count_message("delivered");
        let now = Instant::from_micros(2_500_000).unwrap();
        metrics.set_messages_waiting(Instant::from_micros(0), now);
        let timing = Timing {
            count: 2,
            failed: 1,
            busy: Duration::from_millis(1500),
        };
        let text = metrics.text(&[("get_hazard", timing)]).unwrap();
        for expected in [
            "hazards_http_requests_total{method=\"GET\",route=\"/v1/hazards/{id}\",status=\"404\"} 1",
            "hazards_http_request_seconds_count{method=\"GET\",route=\"/v1/hazards/{id}\",class=\"2xx\"} 1",
            "hazards_webhook_messages_total{outcome=\"delivered\"} 1",
            "hazards_webhook_waiting_seconds 2.5",
            "hazards_transactions{name=\"get_hazard\"} 2",
            "hazards_transactions_failed{name=\"get_hazard\"} 1",
            "hazards_transaction_busy_seconds{name=\"get_hazard\"} 1.5",
        ] {
            assert!(text.contains(expected), "{expected} in\n{text}");
        }
        assert_eq!(text.matches("# EOF").count(), 1);
        assert!(text.ends_with("# EOF\n"));
    }

    #[test]
    fn what_everybody_reads_tells_nothing_of_the_ledger() {
        let metrics = Metrics::default();
        for route in ["/v1/tips", "/v1/hazards", "unmatched", "/readyz"] {
            metrics.count("POST", route, 201, Duration::from_millis(3));
        }
        let text = metrics.text_outside().unwrap();
        assert!(text.contains("hazards_http_requests_total{method=\"POST\",route=\"/readyz\",status=\"201\"} 1"));
        for hidden in ["/v1", "unmatched", "seconds", "transactions"] {
            assert!(!text.contains(hidden), "{hidden} in\n{text}");
        }
        assert!(text.ends_with("# EOF\n"));
    }
}
