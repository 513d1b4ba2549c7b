//! The form of the answers, what is refused, and how time is told.

use major_hazards::law::lifecycle::{Action, State};
use serde_json::{Value, json};

use crate::support::app::App;
use crate::support::caller::Caller;
use crate::support::on_both;

async fn ask(app: &App, path: &str) -> Value {
    let answer = app
        .get(format!("/v1/statistics/{path}"))
        .as_(&Caller::office())
        .send()
        .await;
    answer.expect_status(200).json()
}

on_both! {
    async fn nothing_has_no_rates(app: App) {
        let answer = ask(&app, "hazards?group_by=area,industry&from=2024-01-01&to=2024-12-31").await;
        assert_eq!(answer["period"], json!({"from": "2024-01-01", "to": "2024-12-31"}));
        assert_eq!(answer["group_by"], json!(["area", "industry"]));
        assert_eq!(answer["groups"], json!([]));
        let total = &answer["total"];
        for zero in ["found", "confirmed", "new", "reopened", "closed", "open", "overdue", "listed", "repeated"] {
            assert_eq!(total[zero], 0, "{zero}");
        }
        for null in [
            "closing_rate",
            "on_time_closing_rate",
            "median_days_to_confirm",
            "p90_days_to_confirm",
            "median_days_to_close",
            "p90_days_to_close",
            "self_found_share",
        ] {
            assert!(total.as_object().unwrap().contains_key(null) && total[null].is_null(), "{null}");
        }
        let month = &ask(&app, "trend").await["months"][11];
        assert_eq!((&month["closing_rate"], &month["open"]), (&Value::Null, &json!(0)));
    }

    async fn a_period_ends_at_midnight_in_shanghai(app: App) {
        app.clock().set("2025-12-31T15:59:59.999999Z".parse().unwrap());
        let mut hazard = app.hazard().await;
        app.advance(&mut hazard, Action::Confirm).await;
        app.clock().set("2025-12-31T16:00:00Z".parse().unwrap());
        app.hazard().await;
        for (query, found, open) in [
            ("to=2025-12-31", 1, 1),
            ("from=2026-01-01", 1, 1),
            ("from=2025-12-31&to=2026-01-01", 2, 1),
            ("to=2025-12-30", 0, 0),
            ("as_of=2025-12-31T15:59:59.999998Z", 0, 0),
            ("as_of=2025-12-31T15:59:59.999999Z", 1, 1),
            ("as_of=2025-12-31T23:59:59%2B08:00", 0, 0),
            ("as_of=2026-01-01T00:00:00%2B08:00", 2, 1),
        ] {
            let total = &ask(&app, &format!("hazards?{query}")).await["total"];
            assert_eq!((&total["found"], &total["open"]), (&json!(found), &json!(open)), "{query}");
        }
        let answer = ask(&app, "hazards?group_by=month").await;
        let months: Vec<&Value> = answer["groups"].as_array().unwrap().iter().map(|group| &group["month"]).collect();
        assert_eq!(months, ["2025-12", "2026-01"]);
        let trend = ask(&app, "trend?from=2025-12-01").await;
        let found: Vec<&Value> = trend["months"].as_array().unwrap().iter().map(|month| &month["found"]).collect();
        assert_eq!(found, [1, 1]);
        let zeroing = ask(&app, "zeroing").await;
        assert_eq!(zeroing["years"][1]["new"], 1);
        assert_eq!(zeroing["years"][2]["open_at_start"], 1);
    }

    async fn what_is_overdue_is_read_today(app: App) {
        let unit = app.enterprise().await;
        app.hazard_of_in(&unit, State::Supervised).await;
        assert_eq!(ask(&app, "hazards").await["total"]["overdue"], 0);
        app.pass_days(8);
        assert_eq!(ask(&app, "hazards").await["total"]["overdue"], 1);
        // It was not overdue then; whether it was is not looked back for.
        assert_eq!(ask(&app, "hazards?to=2026-11-09").await["total"]["overdue"], 1);
        assert_eq!(ask(&app, "hazards?to=2026-11-08").await["total"]["overdue"], 0);
    }

    async fn every_fault_of_a_question_is_told(app: App) {
        let office = Caller::office();
        for (query, parameter, code) in [
            ("group_by=area,industry,level", "group_by", "too_many"),
            ("group_by=area,area", "group_by", "duplicate"),
            ("group_by=colour", "group_by", "unknown_value"),
            ("area_length=5", "area_length", "unknown_value"),
            ("industry_length=2", "industry_length", "unknown_value"),
            ("from=2024-02-30", "from", "bad_format"),
            ("from=2024-03-01&to=2024-02-29", "to", "out_of_range"),
            ("from=2026-11-10", "from", "out_of_range"),
            ("as_of=2024-03-01T00:00:00Z&to=2024-02-29", "as_of", "contradiction"),
            ("as_of=2024-03-01", "as_of", "bad_format"),
        ] {
            let answer = app.get(format!("/v1/statistics/hazards?{query}")).as_(&office).send().await;
            let problem = answer.expect_status(400).problem("invalid_input");
            assert_eq!(problem["errors"][0]["parameter"], parameter, "{query}: {problem}");
            assert_eq!(problem["errors"][0]["code"], code, "{query}: {problem}");
        }
        let answer = app.get("/v1/statistics/hazards?q=x").as_(&office).send().await;
        answer.expect_status(400).problem("unknown_field");
        for (language, word) in [("zh-CN", "输入有误"), ("en", "input")] {
            let request = app.get("/v1/statistics/hazards?group_by=colour").as_(&office);
            let answer = request.header("accept-language", language).send().await.expect_status(400);
            let title = answer.json()["title"].as_str().unwrap().to_lowercase();
            assert!(title.contains(word), "{title}");
        }
        for path in ["trend?from=2010-01-01&to=2024-01-01", "trend?from=2024-02-01&to=2024-01-31"] {
            let answer = app.get(format!("/v1/statistics/{path}")).as_(&office).send().await;
            answer.expect_status(400).problem("invalid_input");
        }
    }

    async fn every_measure_of_an_answer_has_its_definition(app: App) {
        let answer = app.get("/v1/statistics/definitions").as_(&Caller::office()).send().await;
        let defined: Vec<String> = answer.expect_status(200).items().iter().map(|item| {
            for member in ["label_zh", "label_en", "formula_zh", "formula_en"] {
                assert!(item[member].as_str().is_some_and(|text| !text.is_empty()), "{item}");
            }
            item["name"].as_str().unwrap().to_owned()
        }).collect();
        let total = ask(&app, "hazards").await["total"].clone();
        let mut shown: Vec<String> = total.as_object().unwrap().keys().cloned().collect();
        shown.retain(|member| member != "suppressed");
        shown.sort_unstable();
        let mut defined = defined;
        defined.sort_unstable();
        assert_eq!(shown, defined);
        let table = app.get("/v1/dictionaries/statistics_measures").send().await.expect_status(200).items();
        assert_eq!(table.len(), shown.len());
    }

    async fn whoever_may_read_nothing_counts_nothing(app: App) {
        for path in ["hazards", "trend", "zeroing"] {
            let answer = app.get(format!("/v1/statistics/{path}")).as_(&Caller::admin()).send().await;
            answer.expect_status(403).any_problem();
        }
    }
}
