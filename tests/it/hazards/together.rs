//! Actions that arrive at the same time and are written together.

use diesel::connection::SimpleConnection as _;
use futures_util::future::{join, join_all, join3};
use major_hazards::law::lifecycle::{Action, State};
use serde_json::json;

use crate::support::app::App;
use crate::support::caller::Caller;
use crate::support::client::Answer;
use crate::support::fixtures::Hazard;
use crate::support::on_both;

async fn version(app: &App, hazard: &Hazard) -> i64 {
    app.get(hazard.path()).as_(&Caller::auditor()).send().await.etag()
}

async fn remark(app: &App, hazard: &Hazard, text: &str) -> Answer {
    app.act(hazard, Action::Remark, &Caller::regulator(), &json!({ "text": text }))
        .await
}

fn accepted(answers: &[Answer]) -> usize {
    answers.iter().filter(|answer| answer.status == 200).count()
}

on_both! {
    async fn many_on_different_hazards_are_all_accepted(app: App) {
        let unit = app.enterprise().await;
        let hazards = join_all((0..40).map(|_| app.hazard_of(&unit))).await;
        let answers = join_all(hazards.iter().map(|hazard| remark(&app, hazard, "同时"))).await;
        assert_eq!(accepted(&answers), 40);
        for (hazard, answer) in hazards.iter().zip(&answers) {
            assert_eq!(answer.json()["id"], json!(hazard.id), "each is answered with its own");
            assert_eq!(version(&app, hazard).await, 2);
        }
    }

    async fn of_many_on_one_version_one_is_accepted(app: App) {
        let hazard = app.hazard().await;
        let answers = join_all((0..30).map(|_| remark(&app, &hazard, "同时"))).await;
        assert_eq!(accepted(&answers), 1);
        for answer in answers.iter().filter(|answer| answer.status != 200) {
            assert_eq!(answer.status, 412);
            assert_eq!(answer.problem("stale_version")["current_version"], 2);
        }
        assert_eq!(version(&app, &hazard).await, 2);
    }

    async fn a_refusal_in_their_midst_keeps_nobody_from_anything(app: App) {
        let unit = app.enterprise().await;
        let hazards = join_all((0..20).map(|_| app.hazard_of(&unit))).await;
        let fresh = app.hazard_of(&unit).await;
        let unknown = Hazard { id: "01900000-0000-7000-8000-000000000000".to_owned(), ..hazards[0].clone() };
        let stale = Hazard { version: 9, ..hazards[1].clone() };
        let good = join_all(hazards.iter().map(|hazard| remark(&app, hazard, "同时")));
        let unjudged = async {
            let body = app.usual_body(&fresh, Action::SignOff).await;
            app.act(&fresh, Action::SignOff, &Caller::regulator(), &body).await
        };
        let bad = join3(remark(&app, &unknown, "无此隐患"), remark(&app, &stale, "旧版本"), unjudged);
        let (good, bad) = join(good, bad).await;
        assert_eq!(accepted(&good), 20);
        assert_eq!((bad.0.status, bad.1.status, bad.2.status), (404, 412, 409));
    }

    async fn by_number_and_by_id_are_the_same_hazard(app: App) {
        let hazard = app.hazard().await;
        let by_number = format!("/v1/hazards/{}/actions/remark", hazard.number);
        let by_id = format!("/v1/hazards/{}/actions/remark", hazard.id);
        let call = |path: &str| {
            app.post(path).as_(&Caller::regulator()).if_match(1).json(&json!({ "text": "同时" })).send()
        };
        let answers = join_all([call(&by_number), call(&by_id), call(&by_number)]).await;
        assert_eq!(accepted(&answers), 1);
        assert_eq!(version(&app, &hazard).await, 2);
    }

    async fn two_nodes_agree_on_who_was_first(app: App) {
        let other = app.another_node().await;
        let hazard = app.hazard_in(State::Rectifying).await;
        let calls = (0..24).map(|turn| remark(if turn % 2 == 0 { &app } else { &other }, &hazard, "同时"));
        let answers = join_all(calls).await;
        other.stop().await;
        // Two processes on one SQLite file wait for each other; whoever waited too long is told to come again.
        assert!(answers.iter().all(|answer| [200, 412, 503].contains(&answer.status)));
        assert_eq!(accepted(&answers), 1);
        assert_eq!(version(&app, &hazard).await, hazard.version + 1);
    }

    async fn a_hazard_that_another_transaction_holds_keeps_no_other_waiting(app: App) {
        let unit = app.enterprise().await;
        let held = app.hazard_of(&unit).await;
        let free = join_all((0..10).map(|_| app.hazard_of(&unit))).await;
        let mut holder = app.connect();
        if holder.is_postgres() {
            let sql = format!("BEGIN; SELECT 1 FROM hazards WHERE id = '{}' FOR UPDATE", held.id);
            holder.batch_execute(&sql).expect("the row is held");
        }
        let release = async {
            let answers = join_all(free.iter().map(|hazard| remark(&app, hazard, "同时"))).await;
            if holder.is_postgres() {
                assert_eq!(version(&app, &held).await, 1, "it waits for whoever holds the row");
                holder.batch_execute("ROLLBACK").expect("the row is let go");
            }
            answers
        };
        let (waited, answers) = join(remark(&app, &held, "等待"), release).await;
        assert_eq!(accepted(&answers), 10);
        assert_eq!(waited.status, 200);
    }
}
