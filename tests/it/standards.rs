//! Judgment standards and their clauses: what may be cited on which day.

use serde_json::{Value, json};

use crate::support::app::App;
use crate::support::caller::Caller;
use crate::support::client::{Answer, Request};
use crate::support::on_both;

fn body(code: &str) -> Value {
    json!({
        "code": code,
        "title": "示例判定标准",
        "document_number": "示例〔2026〕1号",
        "issued_by": "示例安委会",
        "effective_on": "2026-07-01",
        "industries": ["C"],
        "criteria": [
            {"code": "1", "article": "第一条", "text": "示例条款一。"},
            {"code": format!("{code}/2.1"), "article": "第二条第一项", "text": "示例条款二。"},
        ],
    })
}

fn publish(app: &App, body: &Value) -> Request {
    app.post("/v1/standards").as_(&Caller::office()).json(body)
}

async fn read(app: &App, path: &str) -> Answer {
    app.get(path).as_(&Caller::inspector()).send().await.expect_status(200)
}

async fn codes(app: &App, path: &str) -> Vec<String> {
    let page = read(app, path).await;
    page.items()
        .iter()
        .map(|item| item["code"].as_str().expect("a code").to_owned())
        .collect()
}

on_both! {
    async fn of_the_nation_come_with_the_program(app: App) {
        let standards = codes(&app, "/v1/standards?limit=200").await;
        for code in ["MEM10-2023", "AQ121-2017-CHEM", "MEM4-2020", "GB35181-2017", "MOHURD-2024", "GAS-2023"] {
            assert!(standards.iter().any(|known| known == code), "{code} is missing: {standards:?}");
        }
        let standard = read(&app, "/v1/standards/MEM10-2023").await.json();
        assert_eq!(standard["document_number"], "应急管理部令第10号");
        assert_eq!(standard["effective_on"], "2023-05-15");
        let clauses = standard["criteria"].as_array().expect("clauses");
        assert_eq!(clauses[0]["code"], "MEM10-2023/3.1");
        assert!(clauses.iter().all(|clause| clause["paraphrase"] == true), "no wording is claimed that is not at hand");
        let replaced = read(&app, "/v1/standards/MOHURD-2022").await.json();
        assert_eq!(replaced["repealed_on"], "2024-12-01");
    }

    async fn come_once_however_often_the_program_starts(app: App) {
        let before = read(&app, "/v1/standards?limit=200").await;
        let node = app.another_node().await;
        let after = read(&node, "/v1/standards?limit=200").await;
        assert_eq!(before.json(), after.json());
        node.stop().await;
    }

    async fn are_published_with_their_clauses(app: App) {
        let created = publish(&app, &body("ZIBO-2026")).send().await.expect_status(201);
        assert_eq!(created.header("location"), Some("/v1/standards/ZIBO-2026"));
        assert_eq!(created.etag(), 1);
        let view = created.json();
        let clauses: Vec<_> = view["criteria"].as_array().expect("clauses").iter().map(|clause| clause["code"].clone()).collect();
        assert_eq!(clauses, [json!("ZIBO-2026/1"), json!("ZIBO-2026/2.1")], "a bare place is put behind the standard");
        assert_eq!(view["criteria"][0]["paraphrase"], false);
        assert_eq!(read(&app, "/v1/standards/ZIBO-2026").await.json(), view);
        let known = app.get("/v1/standards/ZIBO-2026").as_(&Caller::auditor()).header("if-none-match", "\"1\"");
        known.send().await.expect_status(304).done();
        for missing in ["/v1/standards/NOTHING", "/v1/criteria/ZIBO-2026/9", "/v1/criteria/NOTHING", "/v1/criteria/a/b/c"] {
            app.get(missing).as_(&Caller::office()).send().await.expect_status(404).problem("not_found");
        }
    }

    async fn are_published_by_the_office_and_the_operator(app: App) {
        for (number, caller) in Caller::of_every_role("91350100M000100Y43").iter().enumerate() {
            let answer = app.post("/v1/standards").as_(caller).json(&body(&format!("S-{number}"))).send().await;
            if caller.sub() == "office-1" || caller.sub() == "admin-1" {
                answer.expect_status(201).done();
            } else {
                answer.expect_status(403).problem("role_not_allowed");
            }
        }
    }

    async fn are_answered_again_under_the_same_key(app: App) {
        let first = publish(&app, &body("K-1")).key("k").send().await.expect_status(201);
        let again = publish(&app, &body("K-1")).key("k").send().await.expect_status(201);
        assert_eq!((again.header("idempotent-replayed"), &again.body), (Some("true"), &first.body));
        publish(&app, &body("K-2")).key("k").send().await.expect_status(422).problem("idempotency_key_reused");
        app.get("/v1/standards/K-2").as_(&Caller::office()).send().await.expect_status(404).done();
    }

    async fn say_everything_that_is_wrong_with_them(app: App) {
        let mut wrong = body("ZIBO-2026");
        wrong["effective_on"] = json!("2026-02-30");
        wrong["industries"] = json!(["X"]);
        wrong["criteria"][1]["text"] = json!("");
        wrong["criteria"][1]["note"] = json!("");
        publish(&app, &wrong).send().await.expect_status(400).faults(&[
            ("/effective_on", "bad_format"),
            ("/industries/0", "bad_format"),
            ("/criteria/1/text", "blank"),
            ("/criteria/1/note", "unknown_field"),
        ]);
        let mut contradicting = body("ZIBO-2026");
        contradicting["repealed_on"] = json!("2026-06-30");
        contradicting["replaces"] = json!("ZIBO-2026");
        contradicting["industries"] = json!([]);
        contradicting["criteria"] = json!([
            {"code": "1", "article": "一", "text": "甲"},
            {"code": "ZIBO-2026/1", "article": "一", "text": "乙"},
            {"code": "MEM10-2023/4.1", "article": "一", "text": "丙"},
            {"code": "第一条", "article": "一", "text": "丁"},
        ]);
        publish(&app, &contradicting).send().await.expect_status(400).faults(&[
            ("/repealed_on", "contradiction"),
            ("/replaces", "contradiction"),
            ("/industries", "too_few"),
            ("/criteria/1/code", "duplicate"),
            ("/criteria/2/code", "contradiction"),
            ("/criteria/3/code", "bad_format"),
        ]);
        app.get("/v1/standards/ZIBO-2026").as_(&Caller::office()).send().await.expect_status(404).done();
    }

    async fn end_when_they_are_replaced(app: App) {
        publish(&app, &body("OLD")).send().await.expect_status(201).done();
        let mut newer = body("NEW");
        newer["replaces"] = json!("OLD");
        newer["effective_on"] = json!("2026-06-30");
        publish(&app, &newer).send().await.expect_status(400).faults(&[("/effective_on", "contradiction")]);
        newer["effective_on"] = json!("2026-09-01");
        publish(&app, &newer).send().await.expect_status(201).done();
        let old = read(&app, "/v1/standards/OLD").await;
        assert_eq!(old.etag(), 2);
        assert_eq!(old.json()["repealed_on"], "2026-09-01");
        let on = async |day: &str| codes(&app, &format!("/v1/criteria?standard=OLD,NEW&in_force_on={day}")).await;
        assert!(on("2026-06-30").await.is_empty());
        assert_eq!(on("2026-07-01").await, ["OLD/1", "OLD/2.1"]);
        assert_eq!(on("2026-08-31").await, ["OLD/1", "OLD/2.1"]);
        assert_eq!(on("2026-09-01").await, ["NEW/1", "NEW/2.1"]);
        assert_eq!(codes(&app, "/v1/standards?in_force_on=2026-08-31&q=示例").await, ["OLD"]);
        // Who replaces what was repealed before leaves its day as it is.
        let mut third = body("THIRD");
        third["replaces"] = json!("OLD");
        third["effective_on"] = json!("2026-10-01");
        publish(&app, &third).send().await.expect_status(201).done();
        assert_eq!(read(&app, "/v1/standards/OLD").await.json()["repealed_on"], "2026-09-01");
    }

    async fn on_record_are_completed_and_never_changed(app: App) {
        let shipped = read(&app, "/v1/standards/MEM10-2023").await.json();
        let mut import = json!({});
        for member in ["code", "title", "document_number", "issued_by", "effective_on", "replaces", "industries"] {
            import[member] = shipped[member].clone();
        }
        import["criteria"] = json!([
            {"code": "13.1", "article": "第十三条第一项", "text": "办公室导入的原文。"},
            {"code": "4.1", "article": "第四条第一项", "text": "办公室导入的冶金条款原文。"},
        ]);
        let completed = publish(&app, &import).send().await.expect_status(200);
        assert_eq!(completed.etag(), shipped["version"].as_i64().expect("a version") + 1);
        let worded = read(&app, "/v1/criteria/MEM10-2023/13.1").await.json();
        assert_eq!((&worded["text"], &worded["paraphrase"]), (&json!("办公室导入的原文。"), &json!(false)));
        let clauses = completed.json()["criteria"].as_array().expect("clauses").clone();
        assert_eq!(clauses.len(), shipped["criteria"].as_array().expect("clauses").len() + 1);
        assert_eq!(clauses.last().expect("a clause")["code"], "MEM10-2023/4.1");
        publish(&app, &import).send().await.expect_status(409).problem("already_exists");
        import["criteria"][0]["text"] = json!("改写原文。");
        publish(&app, &import).send().await.expect_status(409).problem("already_exists");
        import["criteria"] = json!([{"code": "4.2", "article": "第四条第二项", "text": "另一条。"}]);
        import["title"] = json!("改名");
        publish(&app, &import).send().await.expect_status(409).problem("already_exists");
        assert_eq!(read(&app, "/v1/criteria/MEM10-2023/13.1").await.json()["text"], "办公室导入的原文。");
        // The program's next start leaves the office's wording alone.
        let node = app.another_node().await;
        assert_eq!(read(&node, "/v1/criteria/MEM10-2023/13.1").await.json()["text"], "办公室导入的原文。");
        node.stop().await;
    }

    async fn clauses_are_read_with_the_slash_as_it_is_or_encoded(app: App) {
        for path in ["/v1/criteria/MEM10-2023/13.1", "/v1/criteria/MEM10-2023%2F13.1", "/v1/criteria/MEM10-2023%2f13.1"] {
            let clause = read(&app, path).await;
            assert_eq!(clause.json()["code"], "MEM10-2023/13.1", "{path}");
            let known = app.get(path).as_(&Caller::system()).header("if-none-match", format!("\"{}\"", clause.etag()));
            known.send().await.expect_status(304).done();
        }
    }

    async fn clauses_are_found_by_industry_standard_and_words(app: App) {
        publish(&app, &body("ZIBO-2026")).send().await.expect_status(201).done();
        let of_pumps = codes(&app, "/v1/criteria?industry=C3441&limit=200").await;
        assert!(of_pumps.contains(&"MEM10-2023/13.1".to_owned()) && of_pumps.contains(&"ZIBO-2026/1".to_owned()));
        assert!(codes(&app, "/v1/criteria?industry=K70&standard=ZIBO-2026").await.is_empty());
        assert_eq!(codes(&app, "/v1/criteria?q=条款二").await, ["ZIBO-2026/2.1"]);
        assert_eq!(codes(&app, "/v1/criteria?q=先通风").await, ["MEM10-2023/13.2"]);
        assert!(codes(&app, "/v1/criteria?q=%25").await.is_empty(), "a wildcard means itself");
        let coal = codes(&app, "/v1/standards?industry=B06&limit=200").await;
        assert!(coal.contains(&"MEM4-2020".to_owned()) && !coal.contains(&"GAS-2023".to_owned()), "{coal:?}");
        let asked = app.get("/v1/criteria?in_force_on=yesterday&standard=a/b&colour=red").as_(&Caller::office()).send().await;
        asked.expect_status(400).faults(&[("?in_force_on", "bad_format"), ("?standard", "bad_format"), ("?colour", "unknown_field")]);
    }

    async fn clauses_are_walked_in_the_order_of_their_standard(app: App) {
        let whole = codes(&app, "/v1/criteria?limit=200").await;
        let mut seen = Vec::new();
        let mut path = "/v1/criteria?limit=3".to_owned();
        loop {
            let page = read(&app, &path).await;
            seen.extend(page.items().iter().map(|item| item["code"].as_str().expect("a code").to_owned()));
            let earlier = body(&format!("A-{}", seen.len()));
            publish(&app, &earlier).send().await.expect_status(201).done();
            match page.json()["next_cursor"].as_str() {
                Some(cursor) => path = format!("/v1/criteria?limit=3&cursor={cursor}"),
                None => break,
            }
        }
        assert_eq!(seen, whole, "none lost, none twice");
        let articles: Vec<_> = seen.iter().filter_map(|code| code.strip_prefix("MEM10-2023/")).collect();
        assert_eq!(articles[..4], ["3.1", "3.2", "3.3", "4"], "10 comes after 9, not after 1");
    }
}
