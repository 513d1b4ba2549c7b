//! Time travel: what was shown at a moment is shown again when somebody asks for it later.

use major_hazards::law::lifecycle::{Action, State};
use major_hazards::values::Instant;
use serde_json::{Value, json};

use crate::support::app::App;
use crate::support::caller::Caller;
use crate::support::fixtures::{Hazard, way_to};
use crate::support::on_both;

/// What narrows a list, in every way in which a hazard changes.
const FILTERS: &[&str] = &[
    "",
    "status=reported",
    "status=confirmed,supervised,rectifying",
    "status=closed",
    "source=inspection",
    "area=370303009",
    "industry=C26",
    "campaign=confined_space",
    "criterion=MEM10-2023/13.1",
    "kind=ordinary",
    "kind=listed",
    "level=street",
    "authority=zhangdian-committee",
    "escalation=none",
    "escalation=letter",
    "production=running",
    "production=suspended,partially_suspended",
    "overdue=true",
    "overdue=false",
    "due_before=2026-11-20",
    "due_after=2026-11-20",
    "reported_from=2026-11-10",
    "reported_to=2026-11-10",
    "closed_from=2026-11-10",
    "closed_to=2026-12-31",
    "updated_after=2026-11-11T00:00:00Z",
    "status=rectifying&kind=ordinary&overdue=false",
];

/// A view as it is told later: nobody can do anything with what was.
fn later(mut view: Value) -> Value {
    view["available_actions"] = json!([]);
    view
}

async fn read(app: &App, caller: &Caller, hazard: &Hazard, as_of: &str) -> Value {
    let path = format!("{}{as_of}", hazard.path());
    app.get(path).as_(caller).send().await.expect_status(200).json()
}

/// Every row of a list, in small pages.
async fn listed(app: &App, query: &str) -> Vec<Value> {
    let (mut rows, mut cursor) = (Vec::new(), String::new());
    loop {
        let path = format!("/v1/hazards?sort=number&limit=2&{query}{cursor}");
        let page = app.get(path).as_(&Caller::auditor()).send().await.expect_status(200);
        rows.extend(page.items().into_iter().map(later));
        match page.json()["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return rows,
        }
    }
}

async fn lists(app: &App) -> Vec<Vec<Value>> {
    let mut lists = Vec::new();
    for filter in FILTERS {
        lists.push(listed(app, filter).await);
    }
    lists
}

fn pass(app: &App, seconds: i64) -> Instant {
    let now = app.clock().now().plus_seconds(seconds);
    app.clock().set(now);
    now
}

on_both! {
    async fn a_hazard_is_shown_as_it_stood(app: App) {
        let mut hazard = app.hazard().await;
        let begun = app.clock().now();
        let callers = [Caller::auditor(), hazard.unit.officer()];
        let mut shown: Vec<(Instant, [Value; 2])> = Vec::new();
        let mut steps: Vec<Action> = way_to(State::Closed).to_vec();
        steps.insert(2, Action::Remark);
        for step in [None].into_iter().chain(steps.into_iter().map(Some)) {
            pass(&app, 7200);
            if let Some(action) = step {
                app.advance(&mut hazard, action).await;
            }
            let now = pass(&app, 60);
            let views = [read(&app, &callers[0], &hazard, "").await, read(&app, &callers[1], &hazard, "").await];
            shown.push((now, views));
        }
        app.pass_days(400);
        for (moment, views) in &shown {
            for (caller, view) in callers.iter().zip(views) {
                let then = read(&app, caller, &hazard, &format!("?as_of={moment}")).await;
                assert_eq!(then, later(view.clone()), "{moment} as {}", caller.sub());
            }
        }
        let path = |moment: Instant| format!("{}?as_of={moment}", hazard.path());
        assert_eq!(read(&app, &callers[0], &hazard, &format!("?as_of={begun}")).await["version"], 1, "the moment itself is included");
        app.get(path(begun.plus_micros(-1))).as_(&callers[0]).send().await.expect_status(404).problem("not_found");
        app.get(path(app.clock().now().plus_micros(1))).as_(&callers[0]).send().await.expect_status(400).faults(&[("?as_of", "out_of_range")]);
        app.get(format!("{}&include=actions", path(begun))).as_(&callers[0]).send().await.expect_status(400).faults(&[("?include", "contradiction")]);
        app.get(path(begun)).as_(&Caller::auditor().areas(&["370304"])).send().await.expect_status(404).problem("not_found");
        app.get(path(begun)).as_(&Caller::admin()).send().await.expect_status(403).problem("role_not_allowed");
    }

    async fn a_list_is_shown_as_it_stood(app: App) {
        let mut hazards: Vec<Hazard> = Vec::new();
        let mut shown: Vec<(Instant, Vec<Vec<Value>>)> = vec![(pass(&app, 60), lists(&app).await)];
        let ways = [way_to(State::Closed), way_to(State::Rectifying), way_to(State::Dismissed), way_to(State::Supervised)];
        for round in 0..7 {
            pass(&app, 1);
            hazards.push(app.hazard().await);
            for (number, hazard) in hazards.iter_mut().enumerate() {
                let done = usize::try_from(hazard.version).unwrap() - 1;
                let way = ways[number % ways.len()];
                if let Some(action) = way.get(done) {
                    app.advance(hazard, *action).await;
                } else if number % ways.len() == 1 && round == 6 {
                    app.advance(hazard, Action::SuspendProduction).await;
                }
                pass(&app, 30);
            }
            shown.push((pass(&app, 86_400), lists(&app).await));
        }
        app.pass_days(100);
        shown.push((app.clock().now(), lists(&app).await));
        app.pass_days(1);
        let late = app.hazard().await;
        app.pass_days(1);
        for (moment, lists) in &shown {
            for (filter, list) in FILTERS.iter().zip(lists) {
                assert_eq!(&listed(&app, &format!("{filter}&as_of={moment}")).await, list, "{filter} at {moment}");
            }
        }
        let now = listed(&app, &format!("as_of={}", app.clock().now())).await;
        assert_eq!(now.last().unwrap()["id"], late.id.as_str());
        for (query, fault) in [
            (format!("as_of={}", app.clock().now().plus_seconds(1)), ("?as_of", "out_of_range")),
            (format!("as_of={}&q=%E9%9A%90%E6%82%A3", shown[0].0), ("?q", "contradiction")),
            (format!("as_of={}&sort=-updated_at", shown[0].0), ("?sort", "contradiction")),
            ("as_of=yesterday".to_owned(), ("?as_of", "bad_format")),
        ] {
            app.get(format!("/v1/hazards?{query}")).as_(&Caller::auditor()).send().await.expect_status(400).faults(&[fault]);
        }
    }
}
