//! Receivers that refuse, lead elsewhere, hang or never end: none of them harms the service or other subscribers.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::Subscribed;
use super::receiver::{Reaction, Receiver};
use super::until;
use crate::support::app::App;
use crate::support::caller::Caller;
use crate::support::on_both;

async fn settled(app: &App, mine: &Subscribed, fault: &str) -> Value {
    mine.deliveries_when(app, fault, |found| {
        found.first().is_some_and(|one| one["fault"] == fault)
    })
    .await
    .remove(0)
}

fn pause_of(app: &App, delivery: &Value) -> i64 {
    let next: major_hazards::values::Instant = delivery["next_at"].as_str().expect("it waits").parse().unwrap();
    next.seconds() - app.clock().now().seconds()
}

on_both! {
    async fn a_redirect_is_a_failure_and_is_not_followed(app: App) {
        let elsewhere = Receiver::start();
        for status in [301, 302, 303, 307, 308] {
            let location: &'static str = format!("location: {}\r\n", elsewhere.url()).leak();
            let receiver = Receiver::that(move |_| Reaction::Answer(status, location));
            let mine = app.listen(&receiver, &["hazard.reported"]).await;
            app.hazard().await;
            let sent = settled(&app, &mine, "redirect").await;
            assert_eq!((&sent["state"], &sent["status"]), (&json!("pending"), &json!(status)));
        }
        assert_eq!(elsewhere.types(), Vec::<String>::new());
    }

    async fn a_receiver_that_is_gone_is_called_no_more(app: App) {
        let receiver = Receiver::that(|_| Reaction::Answer(410, ""));
        let other = Receiver::start();
        let mine = app.listen(&receiver, &["hazard.reported"]).await;
        app.listen(&other, &["hazard.reported"]).await;
        app.hazard().await;
        settled(&app, &mine, "refused").await;
        let now = mine.now(&app).await;
        assert_eq!((&now["state"], &now["state_reason"]), (&json!("disabled"), &json!("gone")));
        app.hazard().await;
        app.pass_days(1);
        until("the other receiver hears both", || other.messages().len() == 2).await;
        assert_eq!(receiver.messages().len(), 1);
        receiver.react(|_| Reaction::Answer(200, ""));
        let patch = json!({"state": "active"});
        let version = now["version"].as_i64().unwrap();
        app.patch(mine.path()).as_(&mine.owner).if_match(version).json(&patch).send().await.expect_status(200).done();
        until("both are sent when it is back", || receiver.messages().len() == 3).await;
    }

    async fn a_receiver_may_ask_for_time_but_not_for_ever(app: App) {
        for (status, header, expected) in [
            (429, "retry-after: 600\r\n", 600..=600),
            (503, "retry-after: 90\r\n", 90..=90),
            (503, "retry-after: Mon, 09 Nov 2026 01:02:00 GMT\r\n", 120..=120),
            (429, "retry-after: 999999999\r\n", 86_400..=86_400),
            (429, "retry-after: soon\r\n", 4..=6),
            (500, "retry-after: 600\r\n", 4..=6),
        ] {
            let receiver = Receiver::that(move |_| Reaction::Answer(status, header));
            let mine = app.listen(&receiver, &["hazard.reported"]).await;
            app.hazard().await;
            let sent = settled(&app, &mine, "refused").await;
            let pause = pause_of(&app, &sent);
            assert!(expected.contains(&pause), "{status} {header}: {pause}");
            let removed = app.request(reqwest::Method::DELETE, mine.path()).as_(&mine.owner).send().await;
            removed.expect_status(204).done();
        }
    }

    async fn receivers_that_hang_or_never_end_keep_nobody_waiting(app: App) {
        let hanging: Vec<Receiver> = (0..20).map(|_| Receiver::that(|_| Reaction::Hang)).collect();
        for receiver in &hanging {
            app.listen(receiver, &["hazard.*"]).await;
        }
        let endless = Receiver::that(|_| Reaction::Endless);
        let of_endless = app.listen(&endless, &["hazard.reported"]).await;
        let healthy = Receiver::start();
        app.listen(&healthy, &["hazard.*"]).await;
        let unit = app.enterprise().await;
        for round in 1..=10 {
            let begun = Instant::now();
            app.hazard_of(&unit).await;
            let answered = begun.elapsed();
            assert!(answered < Duration::from_secs(2), "a report took {answered:?}");
            until("a healthy receiver is told", || healthy.messages().len() == round).await;
            let told = begun.elapsed();
            assert!(told < Duration::from_secs(2), "it took {told:?}");
        }
        // A body that does not end changes nothing about a status that was 200.
        of_endless.deliveries_when(&app, "an endless answer ends", |found| {
            found.len() == 10 && found.iter().all(|one| one["state"] == "delivered")
        }).await;
        assert!(hanging.iter().all(|receiver| (1..=10).contains(&receiver.messages().len())));
    }

    async fn a_receiver_that_cannot_be_reached_is_told_from_one_that_refuses(app: App) {
        // Nobody listens at the port of a socket that was closed.
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        for (url, fault) in [
            (format!("http://{free}/"), "unreachable"),
            (format!("https://{free}/"), "unreachable"),
        ] {
            let mine = app.subscribe(&Caller::system(), &url, &["hazard.reported"]).await;
            app.hazard().await;
            let sent = settled(&app, &mine, fault).await;
            assert_eq!((&sent["state"], &sent["status"]), (&json!("pending"), &json!(null)));
        }
    }
}
