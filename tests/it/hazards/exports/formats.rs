//! What stands in each kind of file: what stands on the list, and no text that a spreadsheet would take for a formula.

use calamine::Data;
use major_hazards::law::lifecycle::{Action, State};
use serde_json::{Value, json};

use super::table::COLUMNS;
use super::{csv_rows, export, json_lines, listed, sheet_rows};
use crate::support::app::App;
use crate::support::caller::Caller;
use crate::support::on_both;
use crate::support::seed::Random;

/// Texts that programs for tables, or the formats themselves, might make something else of.
const HOSTILE: &[&str] = &[
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-2+3",
    "@SUM(1+1)",
    "＝1+1",
    "'=1",
    "逗号,引号\",分号;",
    "<b>&amp;]]></b>",
    "_x0041_ 与 _x000D_",
    "\u{feff}标记",
    "https://example.org/?a=1&b=2",
];

/// A line of an export as a row of the list has it.
fn of_list(row: &Value) -> Value {
    let value = |name: &str, pointer: &str| {
        let value = row.pointer(pointer).cloned().unwrap_or_default();
        match (name, value) {
            ("penalties", Value::Array(penalties)) => json!(penalties.len()),
            (_, value) => value,
        }
    };
    let members = COLUMNS
        .iter()
        .map(|(name, pointer)| ((*name).to_owned(), value(name, pointer)));
    Value::Object(members.collect())
}

/// Where the names of persons stand that every hazard of the tests has.
const PERSONS: &[&str] = &[
    "/plan/responsible_person",
    "/review/reviewers/0/name",
    "/review/reviewers/0/certificate_number",
    "/review/recorded_by",
    "/sign_off/signed_by",
    "/sign_off/signed_by_name",
];

on_both! {
    async fn a_file_is_the_list(app: App) {
        let closed = app.hazard_in(State::Closed).await;
        for state in [State::Reported, State::Confirmed, State::Dismissed, State::Supervised, State::AwaitingReview] {
            app.hazard_in(state).await;
        }
        let mut late = app.hazard_of_in(&closed.unit, State::Rectifying).await;
        app.advance(&mut late, Action::Penalize).await;
        app.pass_days(200);
        let mut random = Random::of_this_run();
        let filters = [
            "", "status=closed", "status=rectifying,supervised", "source=inspection", "area=370303009", "industry=C2",
            "kind=ordinary", "overdue=true", "campaign=confined_space", "production=running", "q=%E6%9C%89%E9%99%90",
            "reported_from=2026-01-01",
        ];
        let sorts = ["reported_at", "-reported_at", "number", "-number", "due_on", "-updated_at"];
        for caller in [Caller::auditor(), Caller::committee().industries(&["C"]), closed.unit.officer(), Caller::auditor().areas(&["370304"])] {
            for filter in filters.iter().filter(|filter| caller.sub() == Caller::auditor().sub() || !filter.starts_with("source")) {
                let sort = random.pick(&sorts);
                let query = format!("sort={sort}&{filter}");
                let expected: Vec<Value> = listed(&app, &caller, &query).await.iter().map(of_list).collect();
                let lines = json_lines(&export(&app, &caller, &format!("format=jsonl&{query}")).await);
                assert_eq!(lines, expected, "{query} as {}", caller.sub());
                let numbers: Vec<&str> = lines.iter().map(|line| line["number"].as_str().unwrap()).collect();
                let rows = csv_rows(&export(&app, &caller, &query).await.body);
                assert_eq!(rows.iter().map(|row| row["编号"].as_str()).collect::<Vec<_>>(), numbers, "{query}");
                let rows = sheet_rows(&export(&app, &caller, &format!("format=xlsx&{query}")).await.body);
                assert_eq!(rows.iter().map(|row| row["编号"].to_string()).collect::<Vec<_>>(), numbers, "{query}");
            }
        }
    }

    async fn people_read_words_and_programs_read_codes(app: App) {
        let closed = app.hazard_in(State::Closed).await;
        let auditor = Caller::auditor();
        let line = json_lines(&export(&app, &auditor, "format=jsonl").await).remove(0);
        assert_eq!((&line["status"], &line["source"], &line["overdue"]), (&json!("closed"), &json!("inspection"), &json!(false)));
        let csv = export(&app, &auditor, "format=csv").await;
        assert_eq!(csv.header("content-type"), Some("text/csv; charset=utf-8"));
        assert_eq!(csv.header("cache-control"), Some("no-store"));
        assert_eq!(csv.header("content-disposition"), Some(format!("attachment; filename=\"hazards-{}.csv\"", app.day(0)).as_str()));
        let row = csv_rows(&csv.body).remove(0);
        assert_eq!((row["状态"].as_str(), row["来源"].as_str(), row["是否逾期"].as_str()), ("已销号", "监督检查", "否"));
        assert_eq!(row["上报时间"], "2026-11-09 09:00:00", "as a clock in Shanghai shows it");
        assert_eq!((row["编号"].as_str(), row["发现日期"].as_str()), (closed.number.as_str(), app.day(0).as_str()));
        let english = app.get("/v1/hazards/export").as_(&auditor).header("accept-language", "en").send().await;
        assert_eq!(csv_rows(&english.expect_status(200).body)[0]["overdue"], "no");
        let marked = export(&app, &auditor, "format=csv&bom=true").await;
        assert_eq!(marked.body.strip_prefix("\u{feff}".as_bytes()), Some(csv.body.as_slice()));
    }

    async fn a_sheet_knows_types(app: App) {
        app.hazard_in(State::Closed).await;
        let book = export(&app, &Caller::auditor(), "format=xlsx").await;
        assert_eq!(book.header("content-type"), Some("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"));
        let row = sheet_rows(&book.body).remove(0);
        let serial = |heading: &str| match &row[heading] {
            Data::DateTime(moment) => moment.as_f64(),
            other => panic!("{heading} is {other:?}"),
        };
        assert!((serial("发现日期") - 46_335.0).abs() < 1e-6);
        assert!((serial("上报时间") - 46_335.375).abs() < 1e-6, "nine o'clock");
        assert!(matches!(row["计划资金（元）"], Data::Float(yuan) if yuan > 0.0), "{:?}", row["计划资金（元）"]);
        assert!(matches!(row["版本"], Data::Float(_) | Data::Int(_)));
        assert!(matches!(row["统一社会信用代码"], Data::String(_)));
        assert_eq!(row["并入的隐患"], Data::Empty);
    }

    async fn a_text_is_a_text_whatever_it_begins_with(app: App) {
        let unit = app.enterprise().await;
        for (number, text) in HOSTILE.iter().enumerate() {
            let mut body = app.report_body(&unit);
            body["title"] = json!(text);
            body["address"] = json!(text);
            body["description"] = json!(format!("{text}\r\n第二行\t{number}\n"));
            app.report(&Caller::inspector(), &unit, &body).await;
        }
        let query = "sort=number";
        let lines = json_lines(&export(&app, &Caller::auditor(), &format!("format=jsonl&{query}")).await);
        let csv = csv_rows(&export(&app, &Caller::auditor(), query).await.body);
        let sheet = sheet_rows(&export(&app, &Caller::auditor(), &format!("format=xlsx&{query}")).await.body);
        assert_eq!((lines.len(), csv.len(), sheet.len()), (HOSTILE.len(), HOSTILE.len(), HOSTILE.len()));
        for (place, text) in HOSTILE.iter().enumerate() {
            assert_eq!(lines[place]["title"], *text);
            for (heading, name) in [("隐患名称", "title"), ("地址", "address"), ("隐患描述", "description")] {
                let written = lines[place][name].as_str().unwrap();
                assert_eq!(sheet[place][heading], Data::String(written.to_owned()), "{heading}");
                let field = csv[place][heading].as_str();
                assert!(!field.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠', '\t', '\r']), "{field}");
                assert_eq!(field.strip_prefix('\'').unwrap_or(field), written);
            }
        }
    }

    async fn no_person_is_carried_away(app: App) {
        let closed = app.hazard_in(State::Closed).await;
        let known = app.get(closed.path()).as_(&Caller::auditor()).send().await.json();
        for query in ["format=csv", "format=jsonl"] {
            let file = export(&app, &Caller::auditor(), query).await.text();
            for pointer in PERSONS {
                let person = known.pointer(pointer).and_then(Value::as_str).unwrap_or_else(|| panic!("{pointer}"));
                assert!(!file.contains(person), "{query} holds {pointer}: {person}");
            }
            assert!(!file.contains("1380000000"), "{query} holds a telephone number");
        }
    }

    async fn what_cannot_be_asked_of_the_list_cannot_be_taken_along(app: App) {
        let unit = app.enterprise().await;
        for query in ["format=pdf", "limit=1", "cursor=x", "as_of=2026-11-09T00:00:00Z", "status=flying", "sort=colour", "bom=maybe", "colour=red"] {
            app.get(format!("/v1/hazards/export?{query}")).as_(&Caller::auditor()).send().await.expect_status(400).any_problem();
        }
        app.get("/v1/hazards/export?source=public_tip").as_(&unit.officer()).send().await.expect_status(400).faults(&[("?source", "not_allowed")]);
        app.get("/v1/hazards/export").as_(&Caller::admin()).send().await.expect_status(403).problem("role_not_allowed");
        let events = app.read_store(|connection| crate::support::journal::events_of(connection, "hazard_export")).unwrap();
        assert!(events.is_empty(), "what was refused did not begin");
    }
}
