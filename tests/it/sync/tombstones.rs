//! What is not to be had any more is taken away, from those who could have had it and from nobody else.

use major_hazards::law::lifecycle::{Action, State};
use serde_json::{Value, json};

use super::phone::Phone;
use crate::support::app::App;
use crate::support::caller::Caller;
use crate::support::fixtures::{AREA, FOREIGN_AREA, INDUSTRY, Unit};
use crate::support::on_both;

fn deleted(kind: &str, id: &str) -> Value {
    json!({"kind": kind, "id": id, "change": "delete"})
}

async fn change(app: &App, unit: &Unit, version: i64, members: &Value) {
    let office = Caller::office().areas(&["*"]);
    let path = format!("/v1/enterprises/{}", unit.id);
    let request = app.patch(path).as_(&office).if_match(version).json(members);
    request.send().await.expect_status(200).done();
}

/// Phones of two districts and of a third that has to do with neither, all up to date.
async fn phones(app: &App) -> [Phone; 3] {
    let mut phones = ["370303", "370304", "110101"].map(|area| Phone::of(&Caller::inspector().areas(&[area])));
    for phone in &mut phones {
        phone.catch_up(app, 500).await;
    }
    phones
}

async fn told(app: &App, phone: &mut Phone) -> Vec<Value> {
    phone.catch_up(app, 500).await
}

on_both! {
    async fn a_hazard_goes_when_it_ends_and_comes_back_when_it_is_opened_again(app: App) {
        let mut closing = app.hazard_in(State::AwaitingSignOff).await;
        let mut dismissed = app.hazard().await;
        let mut merged = app.hazard().await;
        let [mut near, mut far, _] = phones(&app).await;
        app.advance(&mut closing, Action::SignOff).await;
        app.advance(&mut dismissed, Action::Dismiss).await;
        app.advance(&mut merged, Action::Merge).await;
        let items = told(&app, &mut near).await;
        for gone in [&closing, &dismissed, &merged] {
            assert!(items.contains(&deleted("hazard", &gone.id)), "{items:?}");
        }
        assert_eq!(items.len(), 4, "the one that it was merged into is new");
        assert_eq!(told(&app, &mut far).await, Vec::<Value>::new());
        app.advance(&mut closing, Action::Reopen).await;
        let items = told(&app, &mut near).await;
        assert_eq!((items.len(), &items[0]["change"]), (1, &json!("upsert")));
        assert_eq!(items[0]["hazard"]["status"], "supervised");
    }

    async fn several_changes_of_one_hazard_are_one(app: App) {
        let mut hazard = app.hazard().await;
        let [mut near, ..] = phones(&app).await;
        app.advance(&mut hazard, Action::Confirm).await;
        app.advance(&mut hazard, Action::Order).await;
        let items = told(&app, &mut near).await;
        assert_eq!(items.len(), 1);
        assert_eq!((&items[0]["version"], &items[0]["hazard"]["status"]), (&json!(3), &json!("supervised")));
        app.advance(&mut hazard, Action::SubmitPlan).await;
        app.advance(&mut hazard, Action::ApprovePlan).await;
        app.advance(&mut hazard, Action::SubmitCompletion).await;
        app.advance(&mut hazard, Action::Review).await;
        app.advance(&mut hazard, Action::SignOff).await;
        assert_eq!(told(&app, &mut near).await, [deleted("hazard", &hazard.id)]);
    }

    async fn a_unit_that_moves_is_taken_from_where_it_was_and_from_nobody_else(app: App) {
        let unit = app.enterprise().await;
        let [mut near, mut far, mut third] = phones(&app).await;
        change(&app, &unit, 1, &json!({"area": FOREIGN_AREA})).await;
        assert_eq!(told(&app, &mut near).await, [deleted("enterprise", &unit.id)]);
        let items = told(&app, &mut far).await;
        assert_eq!((items.len(), &items[0]["enterprise"]["area"]), (1, &json!(FOREIGN_AREA)));
        assert_eq!(told(&app, &mut third).await, Vec::<Value>::new(), "it never lay there");
        // What happens to it there is none of the first's business.
        change(&app, &unit, 2, &json!({"name": "改名示例有限公司"})).await;
        assert_eq!(told(&app, &mut near).await.len(), 0);
        change(&app, &unit, 3, &json!({"area": AREA})).await;
        change(&app, &unit, 4, &json!({"industry": "F52"})).await;
        assert_eq!(told(&app, &mut near).await[0]["version"], 5);
        assert_eq!(told(&app, &mut far).await, [deleted("enterprise", &unit.id)]);
        assert_eq!(told(&app, &mut third).await, Vec::<Value>::new());
    }

    async fn a_unit_that_passed_through_between_two_calls_leaves_nothing(app: App) {
        let unit = app.enterprise_in(FOREIGN_AREA, INDUSTRY).await;
        let [mut near, _, mut third] = phones(&app).await;
        change(&app, &unit, 1, &json!({"area": AREA})).await;
        change(&app, &unit, 2, &json!({"area": FOREIGN_AREA})).await;
        // It could have been handed out meanwhile, so it is taken away; elsewhere it is not named.
        assert_eq!(told(&app, &mut near).await, [deleted("enterprise", &unit.id)]);
        assert_eq!(told(&app, &mut third).await, Vec::<Value>::new());
    }

    async fn a_trade_limits_as_an_area_does(app: App) {
        let unit = app.enterprise().await;
        let hazard = app.hazard_of(&unit).await;
        let mut phone = Phone::of(&Caller::inspector().industries(&["F52"]));
        phone.catch_up(&app, 500).await;
        assert!(phone.ids_told("enterprise").is_empty() && phone.ids_told("hazard").is_empty());
        change(&app, &unit, 1, &json!({"industry": "F52"})).await;
        phone.catch_up(&app, 500).await;
        assert_eq!(phone.ids("enterprise"), [unit.id.clone()].into());
        change(&app, &unit, 2, &json!({"industry": "C26"})).await;
        phone.catch_up(&app, 500).await;
        assert!(phone.ids("enterprise").is_empty());
        // A hazard is of the trade under which it was reported.
        assert!(!phone.ids_told("hazard").contains(&hazard.id));
    }
}
