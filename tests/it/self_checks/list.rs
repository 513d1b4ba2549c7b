//! Who has filed for a quarter, who filed late, and who is named for not having filed.

use std::collections::BTreeSet;

use major_hazards::values::{Day, Instant};
use serde_json::{Value, json};

use super::{QUARTER, clear_on, file};
use crate::support::app::App;
use crate::support::caller::Caller;
use crate::support::fixtures::{AREA, FOREIGN_AREA, Unit, text};
use crate::support::on_both;

const OTHER_STREET: &str = "370303010001";

/// The units of a list and how they stand, page after page.
async fn walk(app: &App, query: &str, caller: &Caller) -> Vec<(String, String)> {
    let mut rows = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = app
            .get(format!("/v1/self-checks?{query}{cursor}"))
            .as_(caller)
            .send()
            .await;
        let page = page.expect_status(200).json();
        for item in page["items"].as_array().expect("items") {
            rows.push((text(&item["enterprise"]["id"]), text(&item["state"])));
        }
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return rows,
        }
    }
}

async fn names(app: &App, query: &str, caller: &Caller) -> Vec<String> {
    walk(app, query, caller).await.into_iter().map(|(id, _)| id).collect()
}

fn day(text: &str) -> Day {
    text.parse().expect("a day")
}

/// A unit that is registered at that moment.
async fn registered_at(app: &App, moment: Instant) -> Unit {
    app.clock().set(moment);
    app.enterprise().await
}

/// A unit as the list orders it.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Placed {
    area: &'static str,
    id: String,
    industry: &'static str,
    has_filed: bool,
}

fn row(unit: &Unit, state: &str) -> (String, String) {
    (unit.id.clone(), state.to_owned())
}

on_both! {
    async fn a_quarter_ends_at_midnight_in_shanghai(app: App) {
        let office = Caller::office();
        for (quarter, last) in [("2026Q4", "2026-12-31"), ("2027Q1", "2027-03-31"), ("2028Q1", "2028-03-31")] {
            let (end, next) = (day(last).end(), day(last).next().start());
            let begun = registered_at(&app, day(last).start()).await;
            let (in_time, too_late) = (app.enterprise().await, app.enterprise().await);
            let on_the_last_moment = registered_at(&app, end).await;
            let view = file(&app, &in_time, quarter, &clear_on(last)).send().await.expect_status(201).json();
            assert_eq!((&view["state"], &view["filed_at"]), (&json!("filed"), &json!(end.to_string())));
            let afterwards = registered_at(&app, next).await;
            let view = file(&app, &too_late, quarter, &clear_on(last)).send().await.expect_status(201).json();
            assert_eq!(view["state"], "late");
            let expected = BTreeSet::from([
                row(&begun, "missing"),
                row(&in_time, "filed"),
                row(&too_late, "late"),
                row(&on_the_last_moment, "missing"),
            ]);
            // Units of the rounds before are on the list as well.
            let own = |row: &(String, String)| row.0 == afterwards.id || expected.iter().any(|known| known.0 == row.0);
            let rows = walk(&app, &format!("quarter={quarter}"), &office).await;
            assert_eq!(rows.into_iter().filter(own).collect::<BTreeSet<_>>(), expected, "{quarter}");
            for state in ["missing", "filed", "late"] {
                let named = walk(&app, &format!("quarter={quarter}&state={state}"), &office).await;
                let standing_so = expected.iter().filter(|row| row.1 == state).cloned().collect::<BTreeSet<_>>();
                assert_eq!(named.into_iter().filter(own).collect::<BTreeSet<_>>(), standing_so, "{quarter} {state}");
            }
        }
    }

    async fn what_was_filed_in_time_stays_so_and_what_was_late_stays_late(app: App) {
        let (early, late) = (app.enterprise().await, app.enterprise().await);
        file(&app, &early, QUARTER, &clear_on("2026-11-02")).send().await.expect_status(201).done();
        app.clock().set(day("2027-01-01").start());
        file(&app, &late, QUARTER, &clear_on("2026-11-02")).send().await.expect_status(201).done();
        for (unit, state) in [(&early, "filed"), (&late, "late")] {
            let view = file(&app, unit, QUARTER, &clear_on("2026-12-30")).if_match(1).send().await.expect_status(200).json();
            assert_eq!(view["state"], state);
        }
        let rows = app.get(format!("/v1/self-checks?quarter={QUARTER}&state=filed")).as_(&Caller::office()).send().await.items();
        let filed = &rows[0];
        assert_eq!(rows.len(), 1);
        assert_eq!((&filed["version"], &filed["performed_on"]), (&json!(2), &json!("2026-12-30")));
        assert_eq!(filed["filed_at"], "2026-11-09T01:00:00.000000Z");
    }

    async fn a_row_names_the_unit_and_what_it_filed(app: App) {
        let unit = app.enterprise().await;
        let query = format!("/v1/self-checks?quarter={QUARTER}");
        let rows = app.get(&query).as_(&unit.officer()).send().await.expect_status(200).items();
        let enterprise = app.get(format!("/v1/enterprises/{}", unit.id)).as_(&unit.officer()).send().await.json();
        let named: Value = ["id", "uscc", "name", "area", "industry"].iter().map(|member| ((*member).to_owned(), enterprise[*member].clone())).collect();
        assert_eq!(rows, [json!({
            "enterprise": named, "quarter": QUARTER, "state": "missing", "filed_at": null, "performed_on": null, "version": null,
        })]);
        file(&app, &unit, QUARTER, &clear_on("2026-11-02")).send().await.expect_status(201).done();
        let rows = app.get(&query).as_(&unit.officer()).send().await.items();
        assert_eq!((&rows[0]["state"], &rows[0]["version"], &rows[0]["performed_on"]), (&json!("filed"), &json!(1), &json!("2026-11-02")));
    }

    async fn a_unit_that_was_registered_afterwards_is_named_only_for_what_it_filed(app: App) {
        let (silent, frank) = (app.enterprise().await, app.enterprise().await);
        file(&app, &frank, "2026Q3", &clear_on("2026-09-01")).send().await.expect_status(201).done();
        assert_eq!(walk(&app, "quarter=2026Q3", &Caller::office()).await, [row(&frank, "late")]);
        assert!(names(&app, "quarter=2026Q3&state=missing", &Caller::office()).await.is_empty());
        assert_eq!(walk(&app, "quarter=2026Q4&state=missing", &silent.officer()).await, [row(&silent, "missing")]);
        assert!(names(&app, "quarter=2027Q1", &Caller::office()).await.is_empty(), "it has not begun");
        app.clock().set(day("2027-01-01").start());
        assert_eq!(names(&app, "quarter=2027Q1&state=missing", &Caller::office()).await.len(), 2);
    }

    async fn pages_go_through_the_areas_one_after_the_other(app: App) {
        let everywhere = Caller::auditor().areas(&["*"]);
        let mut units = Vec::new();
        for (number, (area, industry)) in [
            (OTHER_STREET, "C34"), (AREA, "C26"), (FOREIGN_AREA, "C26"), (AREA, "F52"), (AREA, "C26"), (OTHER_STREET, "F52"),
            (FOREIGN_AREA, "F52"), (AREA, "C34"),
        ].into_iter().enumerate() {
            let unit = app.enterprise_in(area, industry).await;
            let has_filed = number % 3 == 1;
            if has_filed {
                file(&app, &unit, QUARTER, &clear_on("2026-11-02")).send().await.expect_status(201).done();
            }
            units.push(Placed { area, id: unit.id, industry, has_filed });
        }
        units.sort();
        let those = |fits: &dyn Fn(&Placed) -> bool| -> Vec<String> {
            units.iter().filter(|unit| fits(unit)).map(|unit| unit.id.clone()).collect()
        };
        for limit in [1, 2, 3, 8, 200] {
            let asked = async |query: &str, caller: &Caller| names(&app, &format!("quarter={QUARTER}&limit={limit}{query}"), caller).await;
            assert_eq!(asked("", &everywhere).await, those(&|_| true), "{limit}");
            assert_eq!(asked("", &Caller::office()).await, those(&|unit| unit.area != FOREIGN_AREA));
            assert_eq!(asked("&area=370304,370303009", &everywhere).await, those(&|unit| unit.area != OTHER_STREET));
            assert_eq!(asked("&area=370304,37,370303009&state=missing", &everywhere).await, those(&|unit| !unit.has_filed));
            assert_eq!(asked("&industry=F,C34&state=filed,late", &everywhere).await, those(&|unit| unit.has_filed && unit.industry != "C26"));
            let narrow = Caller::inspector().areas(&["370303010", "370304"]).industries(&["C"]);
            assert_eq!(asked("", &narrow).await, those(&|unit| unit.area != AREA && unit.industry.starts_with('C')));
            assert_eq!(asked("&area=370303", &narrow).await, those(&|unit| unit.area == OTHER_STREET && unit.industry.starts_with('C')));
            assert!(asked("&area=110101", &narrow).await.is_empty());
        }
        let page = app.get(format!("/v1/self-checks?quarter={QUARTER}&limit=1")).as_(&everywhere).send().await;
        let link = page.header("link").expect("a link").to_owned();
        let cursor = text(&page.json()["next_cursor"]);
        assert!(link.contains(&cursor) && link.ends_with("rel=\"next\""));
        let other = app.get(format!("/v1/self-checks?quarter=2026Q3&limit=1&cursor={cursor}")).as_(&everywhere);
        other.send().await.expect_status(400).problem("bad_cursor");
    }

    async fn a_question_that_makes_no_sense_is_told_so(app: App) {
        let office = Caller::office();
        app.get("/v1/self-checks").as_(&office).send().await.expect_status(400).faults(&[("?quarter", "missing")]);
        let query = "quarter=2026Q5&state=absent&area=3&industry=26&limit=0&sort=area";
        app.get(format!("/v1/self-checks?{query}")).as_(&office).send().await.expect_status(400).faults(&[
            ("?quarter", "out_of_range"),
            ("?state", "unknown_value"),
            ("?area", "bad_format"),
            ("?industry", "bad_format"),
            ("?limit", "out_of_range"),
            ("?sort", "unknown_field"),
        ]);
    }
}
