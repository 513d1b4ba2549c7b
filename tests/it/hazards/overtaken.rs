//! Somebody acts on a version that is not the present one, and is told what a read would tell.

use major_hazards::law::lifecycle::{Action, State};
use serde_json::{Value, json};

use crate::support::app::App;
use crate::support::caller::Caller;
use crate::support::client::Answer;
use crate::support::fixtures::Hazard;
use crate::support::on_both;

/// The events that a history shows after a version.
async fn history(app: &App, hazard: &Hazard, caller: &Caller, after: i64) -> Vec<Value> {
    let path = format!("{}/events?limit=200", hazard.path());
    let mut events = app.get(path).as_(caller).send().await.expect_status(200).items();
    events.retain(|event| event["version"].as_i64() > Some(after));
    events
}

/// Fails unless the refusal tells what the two reads tell, and no more.
async fn tells_what_a_read_tells(app: &App, refused: &Answer, hazard: &Hazard, caller: &Caller, seen: i64) {
    let problem = refused.problem("stale_version");
    let read = app
        .get(hazard.path())
        .as_(caller)
        .send()
        .await
        .expect_status(200)
        .json();
    assert_eq!(problem["current"], read, "as {}", caller.sub());
    assert_eq!(problem["current_version"], read["version"]);
    assert_eq!(
        problem["since"],
        json!(history(app, hazard, caller, seen).await),
        "as {}",
        caller.sub()
    );
    assert_eq!(problem["history"], Value::Null);
}

on_both! {
    async fn an_action_on_an_old_version_is_told_what_happened_since(app: App) {
        let hazard = app.hazard_in(State::Rectifying).await;
        let remark = json!({"text": "只给内部看。"});
        app.act(&hazard, Action::Remark, &Caller::committee(), &remark).await.expect_status(200).done();
        let completion = app.usual_body(&hazard, Action::SubmitCompletion).await;
        let review = app.usual_body(&hazard, Action::Review).await;
        for (action, caller, body) in [
            (Action::SubmitCompletion, hazard.unit.officer(), &completion),
            (Action::Review, Caller::inspector().subject("inspector-2"), &review),
            (Action::Remark, Caller::committee(), &remark),
        ] {
            for (seen, query) in [(1, ""), (3, ""), (5, ""), (3, "?dry_run=true")] {
                let path = format!("{}/actions/{action}{query}", hazard.path());
                let refused = app.post(path).as_(&caller).if_match(seen).json(body).send().await.expect_status(412);
                tells_what_a_read_tells(&app, &refused, &hazard, &caller, seen).await;
            }
        }
        let unit = app.post(format!("{}/actions/submit_completion", hazard.path()));
        let told = unit.as_(&hazard.unit.officer()).if_match(5).json(&completion).send().await.expect_status(412);
        assert_eq!(told.json()["since"], json!([]), "a remark is none of the unit's business");
        assert_eq!(told.json()["current"]["source"], Value::Null);
    }

    async fn a_description_that_somebody_else_put_right_first_is_told_too(app: App) {
        let hazard = app.hazard().await;
        let committee = Caller::committee();
        let put_right = |title: &str| app.patch(hazard.path()).as_(&committee).if_match(1).key(title).json(&json!({"title": title}));
        put_right("先到").send().await.expect_status(400).done();
        put_right("first").send().await.expect_status(200).done();
        let refused = put_right("second").send().await.expect_status(412);
        tells_what_a_read_tells(&app, &refused, &hazard, &committee, 1).await;
        let again = put_right("second").send().await.expect_status(412);
        assert_eq!(again.header("idempotent-replayed"), Some("true"));
        assert_eq!(again.body, refused.body, "what was told is told again");
    }

    async fn a_version_that_never_was_has_nothing_behind_it(app: App) {
        let hazard = app.hazard_in(State::Confirmed).await;
        let body = app.usual_body(&hazard, Action::Order).await;
        let path = format!("{}/actions/order", hazard.path());
        let refused = app.post(path).as_(&Caller::committee()).if_match(77).json(&body).send().await.expect_status(412);
        tells_what_a_read_tells(&app, &refused, &hazard, &Caller::committee(), 77).await;
        assert_eq!(refused.json()["since"], json!([]));
    }

    async fn of_much_the_newest_is_told_and_where_the_rest_is(app: App) {
        let mut hazard = app.hazard().await;
        let committee = Caller::committee();
        for number in 0..24 {
            let remark = json!({"text": format!("第{number}次电话提醒。")});
            app.act(&hazard, Action::Remark, &committee, &remark).await.expect_status(200).done();
            hazard.version += 1;
        }
        let tried = |seen: i64| {
            let path = format!("{}/actions/remark", hazard.path());
            app.post(path).as_(&committee).if_match(seen).json(&json!({"text": "再提醒。"})).send()
        };
        let much = tried(4).await.expect_status(412).json();
        assert_eq!(much["since"], json!(history(&app, &hazard, &committee, 5).await));
        assert_eq!(much["history"], json!(format!("{}/events", hazard.path())));
        let all = tried(5).await.expect_status(412).json();
        assert_eq!(all["since"].as_array().map(Vec::len), Some(20));
        assert_eq!(all["history"], Value::Null);
    }

    async fn of_many_at_once_each_that_comes_too_late_is_told_of_the_first(app: App) {
        let hazard = app.hazard().await;
        let path = format!("{}/actions/remark", hazard.path());
        let calls = (0..12).map(|number| {
            let text = json!({"text": format!("第{number}人")});
            app.post(&path).as_(&Caller::committee()).if_match(1).key(&format!("k{number}")).json(&text).send()
        });
        let answers = futures_util::future::join_all(calls).await;
        let (done, late): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 200);
        assert_eq!((done.len(), late.len()), (1, 11));
        let events = history(&app, &hazard, &Caller::committee(), 1).await;
        for refused in late {
            let problem = refused.problem("stale_version");
            assert_eq!(problem["since"], json!(events));
            assert_eq!(problem["current"], done[0].json());
        }
    }

    async fn who_may_not_know_of_the_hazard_or_not_act_is_told_nothing_of_it(app: App) {
        let hazard = app.hazard_in(State::Confirmed).await;
        let body = app.usual_body(&hazard, Action::Order).await;
        let path = format!("{}/actions/order", hazard.path());
        for (caller, status) in [
            (Caller::committee().areas(&["370304"]), 404),
            (Caller::auditor(), 403),
            (Caller::enterprise("91350100M000100Y43"), 404),
        ] {
            let refused = app.post(&path).as_(&caller).if_match(1).json(&body).send().await.expect_status(status);
            let problem = refused.any_problem();
            assert_eq!((&problem["current"], &problem["since"]), (&Value::Null, &Value::Null));
        }
    }
}
