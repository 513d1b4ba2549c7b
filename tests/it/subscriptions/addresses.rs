//! Whoever subscribes has this service call an address from inside its network; these are the ways in that lead nowhere.

use serde_json::json;

use super::receiver::Receiver;
use super::until;
use crate::support::app::App;
use crate::support::caller::Caller;
use crate::support::on_both;

/// Hosts that are a number of this machine, of this network, of a cloud's own service, or of nobody, in whatever notation.
/// The service of the tests opens 127.0.0.1 and nothing else.
const CLOSED: &[&str] = &[
    "127.0.0.2",
    "127.255.255.254",
    "127.2",
    "127.0.2",
    "0x7f.0.0.2",
    "0x7f000002",
    "0177.0.0.2",
    "017700000002",
    "2130706434",
    "%31%32%37.0.0.2",
    "１２７.0.0.2",
    "127。0。0。2",
    "0.0.0.0",
    "0",
    "0.0.0.1",
    "0.255.255.255",
    "10.0.0.1",
    "10.255.255.255",
    "167772161",
    "0xa.1",
    "100.64.0.1",
    "100.100.100.200",
    "100.127.255.255",
    "168.63.129.16",
    "169.254.0.1",
    "169.254.169.254",
    "0xa9fea9fe",
    "2852039166",
    "0251.0376.0251.0376",
    "169.254.43518",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.1",
    "192.0.0.192",
    "192.0.2.1",
    "192.31.196.1",
    "192.52.193.1",
    "192.88.99.1",
    "192.168.0.1",
    "192.168.255.255",
    "192.175.48.1",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.7",
    "203.0.113.9",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "[::]",
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[::2]",
    "[::127.0.0.1]",
    "[::ffff:127.0.0.2]",
    "[::ffff:7f00:2]",
    "[::ffff:10.0.0.1]",
    "[::ffff:169.254.169.254]",
    "[64:ff9b::10.0.0.1]",
    "[64:ff9b:1::1]",
    "[100::1]",
    "[2001::1]",
    "[2001:2::1]",
    "[2001:20::1]",
    "[2001:db8::1]",
    "[2002:7f00:1::1]",
    "[2002:a00:1::]",
    "[2620:4f:8000::1]",
    "[3fff::1]",
    "[5f00::1]",
    "[fc00::1]",
    "[fd00:ec2::254]",
    "[fe80::1]",
    "[febf::1]",
    "[fec0::1]",
    "[ff02::1]",
    "[ff0e::1]",
];

on_both! {
    async fn no_number_of_the_inside_can_be_subscribed(app: App) {
        assert!(CLOSED.len() >= 60);
        let owner = Caller::system();
        for host in CLOSED {
            for url in [format!("http://{host}/"), format!("https://{host}:8443/latest/meta-data")] {
                let body = json!({"url": url, "types": ["hazard.*"]});
                let answer = app.post("/v1/subscriptions").as_(&owner).json(&body).send().await;
                assert_eq!(answer.status, 400, "{url}: {}", answer.text());
                answer.faults(&[("/url", "not_allowed")]);
            }
        }
        assert_eq!(app.get("/v1/subscriptions").as_(&owner).send().await.items().len(), 0);
    }

    /// Names are judged by the addresses that they lead to when they are called, and numbers again each time: what was right
    /// when somebody subscribed is no way in later.
    async fn what_leads_inside_is_not_called_whatever_it_was_before(app: App) {
        let receiver = Receiver::start();
        let by_number = app.listen(&receiver, &["hazard.reported"]).await;
        let by_name = receiver.url().replace("127.0.0.1", "localhost");
        let by_name = app.subscribe(&Caller::system(), &by_name, &["hazard.reported"]).await;
        app.hazard().await;
        until("both are called while the range is open", || receiver.messages().len() == 2).await;
        for mine in [&by_number, &by_name] {
            mine.deliveries_when(&app, "it is taken", |found| found[0]["state"] == "delivered").await;
        }
        app.stop().await;
        let closed = app.node_reaching(&["10.0.0.0/8"]).await;
        closed.hazard().await;
        for mine in [&by_number, &by_name] {
            mine.deliveries_when(&closed, "it is not called", |found| {
                found.iter().any(|one| one["fault"] == "forbidden_address" && one["status"].is_null())
            }).await;
        }
        assert_eq!(receiver.messages().len(), 2);
        closed.stop().await;
    }
}
