//! No table points at a tip: what an answer that tells sources apart may show, and what it must.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::questions::{Counted, Question, sizes};
use crate::support::app::App;
use crate::support::caller::Caller;
use crate::support::on_both;

/// The least number of tips that is shown.
const LEAST: i64 = 5;

/// Looks at an answer as somebody would who wants to know where a report came from. It is not told how the service
/// decides; it knows what must not be learned.
pub fn judge(
    question: &Question,
    counted: &Counted,
    groups: &[Value],
    hidden: &BTreeSet<String>,
    context: &str,
) -> Vec<&'static str> {
    if !question.splits() {
        assert!(hidden.is_empty(), "{hidden:?} are hidden in {context}");
        return Vec::new();
    }
    let few = |size: &i64| (1..LEAST).contains(size);
    let is_tip = |source: &str| source == "public_tip";
    let mut seen = Vec::new();
    let mut subtracted = [0; 7];
    let mut tips_shown = [0; 7];
    let mut any_small = false;
    for (key, by_source) in &counted.groups {
        let (tips, all) = (sizes(by_source, is_tip), sizes(by_source, |_| true));
        let small = tips.iter().any(few) || all.iter().max().is_some_and(few);
        any_small |= small;
        if all == [0; 7] || question.by.is_empty() {
            continue;
        }
        if hidden.contains(key) {
            seen.push("hidden");
        } else {
            assert!(
                !small,
                "{key} is shown with the sizes {all:?}, of these from tips {tips:?}: {context}"
            );
        }
        let sum = if hidden.contains(key) {
            &mut subtracted
        } else {
            &mut tips_shown
        };
        for (sum, tips) in sum.iter_mut().zip(tips) {
            *sum += tips;
        }
    }
    // A hazard of two campaigns stands in two groups; there the sums say nothing about the whole.
    if !question.by.contains(&"campaign") {
        for (subtracted, shown) in subtracted.iter().zip(tips_shown) {
            assert!(
                !few(subtracted) || shown == 0,
                "{subtracted} tips are the whole less the rest: {context}"
            );
        }
    }
    assert!(
        any_small || hidden.is_empty(),
        "{hidden:?} are hidden for nothing: {context}"
    );
    for group in groups.iter().filter(|group| group["suppressed"] == true) {
        for (member, value) in group.as_object().expect("a group") {
            let told = member == "suppressed" || question.by.contains(&member.as_str());
            assert!(
                told || value.is_null(),
                "`{member}` of a hidden group is {value}: {context}"
            );
        }
    }
    if question.by.contains(&"source") {
        let open = |group: &Value| -> Vec<Value> {
            let open = question.by.iter().filter(|by| **by != "source");
            open.map(|by| group[*by].clone()).collect()
        };
        for group in groups {
            let alike: Vec<&Value> = groups.iter().filter(|other| open(other) == open(group)).collect();
            let same = alike.iter().all(|other| other["suppressed"] == group["suppressed"]);
            assert!(same, "sources of one group are hidden apart: {context}");
        }
    }
    seen
}

on_both! {
    async fn a_unit_cannot_ask_for_sources(app: App) {
        let unit = app.enterprise().await;
        let hazard = app.hazard_of(&unit).await;
        for query in ["group_by=source", "source=public_tip", "group_by=area,source", "source=inspection,self_report"] {
            let path = format!("/v1/statistics/hazards?{query}");
            let answer = app.get(path).as_(&unit.officer()).send().await.expect_status(400);
            let problem = answer.problem("invalid_input");
            assert_eq!(problem["errors"][0]["code"], "not_allowed", "{query}: {problem}");
        }
        for path in ["trend", "zeroing"] {
            for caller in [unit.officer(), Caller::office()] {
                let path = format!("/v1/statistics/{path}?source=public_tip");
                app.get(path).as_(&caller).send().await.expect_status(400).any_problem();
            }
        }
        drop(hazard);
    }

    /// The same history once from an inspection and once from a tip: a unit's statistics are the same bytes.
    async fn a_unit_counts_a_tip_as_it_counts_an_inspection(app: App) {
        let mut answers = Vec::new();
        for (source, caller) in [("inspection", Caller::inspector()), ("public_tip", Caller::tip_officer())] {
            let unit = app.enterprise().await;
            let mut body = app.report_body(&unit);
            body["source"] = json!(source);
            let mut hazard = app.report(&caller, &unit, &body).await;
            app.advance(&mut hazard, major_hazards::law::lifecycle::Action::Confirm).await;
            let mut told = Vec::new();
            for path in ["hazards?group_by=area,month", "hazards?group_by=status", "trend", "zeroing"] {
                let path = format!("/v1/statistics/{path}");
                told.push(app.get(path).as_(&unit.officer()).send().await.expect_status(200).text());
            }
            answers.push(told);
        }
        assert!(answers[0][0].contains(r#""self_found_share":null"#), "{}", answers[0][0]);
        assert_eq!(answers[0], answers[1]);
    }

    async fn four_tips_are_hidden_and_the_fifth_shows_them(app: App) {
        let unit = app.enterprise().await;
        let office = Caller::office();
        for _ in 0..6 {
            app.hazard_of(&unit).await;
        }
        let ask = async |query: &str| {
            let path = format!("/v1/statistics/hazards?{query}");
            app.get(path).as_(&office).send().await.expect_status(200).json()
        };
        let by_source = ask("group_by=source").await;
        assert_eq!(by_source["groups"][0]["found"], 6, "no tips: {by_source}");
        for tips in 1..=5 {
            let mut body = app.report_body(&unit);
            body["source"] = json!("public_tip");
            app.report(&Caller::tip_officer(), &unit, &body).await;
            for query in ["group_by=source", "group_by=area,source", "source=public_tip", "source=inspection"] {
                let answer = ask(query).await;
                let mut cells: Vec<&Value> = answer["groups"].as_array().into_iter().flatten().collect();
                if query.starts_with("source") {
                    cells.push(&answer["total"]);
                } else {
                    assert_eq!(answer["total"]["found"], 6 + tips, "the whole is no secret: {answer}");
                }
                for cell in cells {
                    assert_eq!(cell["suppressed"], tips < 5, "{tips} tips, {query}: {answer}");
                    assert_eq!(cell["found"].is_null(), tips < 5, "{tips} tips, {query}: {answer}");
                }
            }
        }
    }
}
