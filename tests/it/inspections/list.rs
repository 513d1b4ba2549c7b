//! The list: filters, order and pages.

use serde_json::json;

use crate::support::app::App;
use crate::support::caller::Caller;
use crate::support::fixtures::{AREA, photograph, text};
use crate::support::on_both;

async fn ids(app: &App, query: &str) -> Vec<String> {
    let city = Caller::auditor().areas(&["*"]);
    let page = app
        .get(format!("/v1/inspections{query}"))
        .as_(&city)
        .send()
        .await
        .expect_status(200);
    page.items().iter().map(|item| text(&item["id"])).collect()
}

on_both! {
    async fn inspections_are_found_by_every_filter(app: App) {
        let list = app.checklist().await;
        let one = app.enterprise().await;
        let other = app.enterprise_in("370304001001", "F52").await;
        let wide = Caller::inspector().areas(&["*"]);
        let colleague = Caller::inspector().subject("inspector-2").areas(&["*"]);
        let mut sent = Vec::new();
        for (unit, caller) in [(&one, &wide), (&other, &wide), (&one, &colleague)] {
            let id = app.phone_id();
            let mut body = app.inspection_body(unit, &list);
            if sent.len() == 1 {
                body["evidence"] = json!([app.declaration(&photograph(7))]);
            }
            app.send_inspection(&id, &body).as_(caller).send().await.expect_status(201).done();
            sent.push(id);
            app.pass_days(1);
        }
        let of = |places: &[usize]| places.iter().map(|place| sent[*place].clone()).collect::<Vec<_>>();
        for (query, places) in [
            (String::new(), vec![2, 1, 0]),
            ("?sort=received_at".to_owned(), vec![0, 1, 2]),
            (format!("?enterprise={}", one.id), vec![2, 0]),
            (format!("?enterprise={},{}", one.id, other.id), vec![2, 1, 0]),
            ("?area=370304".to_owned(), vec![1]),
            (format!("?area={AREA}&industry=C"), vec![2, 0]),
            ("?industry=F5,C26&sort=received_at".to_owned(), vec![0, 1, 2]),
            ("?inspector=inspector-2".to_owned(), vec![2]),
            ("?inspector=inspector-1,nobody".to_owned(), vec![1, 0]),
            ("?complete=true".to_owned(), vec![2, 0]),
            ("?complete=false".to_owned(), vec![1]),
            ("?received_from=2026-11-10".to_owned(), vec![2, 1]),
            ("?received_to=2026-11-10&received_from=2026-11-10".to_owned(), vec![1]),
        ] {
            assert_eq!(ids(&app, &query).await, of(&places), "{query}");
        }
        let row = app.get("/v1/inspections?complete=false").as_(&Caller::auditor().areas(&["*"])).send().await.items().remove(0);
        assert_eq!((&row["passed"], &row["failed"], &row["hazards"], &row["complete"]), (&json!(1), &json!(1), &json!(0), &json!(false)));
        assert_eq!((&row["checklist"]["code"], &row["enterprise"]["uscc"]), (&json!(list), &json!(other.uscc)));
        assert!(row.get("findings").is_none(), "a row is short");
        let asked = app.get("/v1/inspections?complete=maybe&sort=name&q=x&received_from=soon").as_(&Caller::office()).send().await;
        asked.expect_status(400).faults(&[
            ("?complete", "unknown_value"),
            ("?sort", "unknown_value"),
            ("?q", "unknown_field"),
            ("?received_from", "bad_format"),
        ]);
    }

    async fn pages_lose_and_double_nothing_while_others_send(app: App) {
        let (unit, list) = (app.enterprise().await, app.checklist().await);
        let mut sent = Vec::new();
        for _ in 0..7 {
            // Several came at the same moment.
            let id = app.phone_id();
            app.send_inspection(&id, &app.inspection_body(&unit, &list)).send().await.expect_status(201).done();
            sent.push(id);
        }
        sent.sort();
        for sort in ["received_at", "-received_at"] {
            let mut seen = Vec::new();
            let query = format!("?sort={sort}&limit=2&received_to=2026-11-09");
            let mut cursor = String::new();
            loop {
                let page = app.get(format!("/v1/inspections{query}{cursor}")).as_(&Caller::office()).send().await;
                let page = page.expect_status(200).json();
                seen.extend(page["items"].as_array().expect("items").iter().map(|item| text(&item["id"])));
                match page["next_cursor"].as_str() {
                    Some(next) => cursor = format!("&cursor={next}"),
                    None => break,
                }
            }
            if sort.starts_with('-') {
                seen.reverse();
            }
            assert_eq!(seen, sent, "{sort}");
        }
        let page = app.get("/v1/inspections?limit=2").as_(&Caller::office()).send().await.expect_status(200).json();
        let cursor = text(&page["next_cursor"]);
        let elsewhere = app.get(format!("/v1/inspections?limit=2&complete=true&cursor={cursor}")).as_(&Caller::office()).send().await;
        elsewhere.expect_status(400).problem("bad_cursor");
    }
}
