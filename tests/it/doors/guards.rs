//! Each guard of the law, broken over HTTP.

use major_hazards::law::lifecycle::{Action, State};
use serde_json::{Value, json};

use super::problems::Lab;
use crate::support::caller::Caller;
use crate::support::fixtures::{CRITERION, FOREIGN_AREA, Hazard, usual_caller, way_to};

const NOTHING: &str = "01900000-0000-7000-8000-00000000dead";

/// Breaks every guard that a request can break.
pub(super) async fn provoke(lab: &Lab) {
    report(lab).await;
    judgment(lab).await;
    merging(lab).await;
    order(lab).await;
    plan(lab).await;
    extensions(lab).await;
    production(lab).await;
    completion(lab).await;
    review(lab).await;
    sign_off(lab).await;
    pressing(lab).await;
    transfer(lab).await;
}

impl Lab {
    /// The usual body with some members otherwise, sent by the usual person.
    async fn broken(&self, code: &str, hazard: &Hazard, action: Action, changes: Value) {
        let caller = usual_caller(&hazard.unit, action);
        self.broken_by(code, hazard, action, &caller, changes).await;
    }

    async fn broken_by(&self, code: &str, hazard: &Hazard, action: Action, caller: &Caller, changes: Value) {
        let body = merged(self.app.usual_body(hazard, action).await, changes);
        let path = format!("{}/actions/{action}", hazard.path());
        self.refused(code, || {
            self.app.post(&path).as_(caller).if_match(hazard.version).json(&body)
        })
        .await;
    }
}

/// A body with some members otherwise; `null` takes one away.
fn merged(mut body: Value, changes: Value) -> Value {
    let members = body.as_object_mut().expect("an object");
    for (name, value) in changes.as_object().expect("changes") {
        if value.is_null() {
            members.remove(name);
        } else {
            members.insert(name.clone(), value.clone());
        }
    }
    body
}

async fn report(lab: &Lab) {
    let app = &lab.app;
    let unit = app.enterprise().await;
    for (code, changes) in [
        ("source_not_for_role", json!({"source": "self_report"})),
        ("outside_scope", json!({"area": FOREIGN_AREA})),
        ("enterprise_unknown", json!({"enterprise": NOTHING})),
        ("recurrence_unknown", json!({"recurrence_of": NOTHING})),
        ("found_in_future", json!({"found_on": app.day(1)})),
        ("criterion_unknown", json!({"criteria": ["MEM10-2023/99"]})),
        (
            "criterion_not_in_force",
            json!({"criteria": [CRITERION], "found_on": "2020-01-01"}),
        ),
        ("attachment_unknown", json!({"attachments": [NOTHING]})),
    ] {
        let body = merged(app.report_body(&unit), changes);
        lab.refused(code, || app.post("/v1/hazards").as_(&Caller::inspector()).json(&body))
            .await;
    }
}

async fn judgment(lab: &Lab) {
    let hazard = lab.app.hazard().await;
    lab.broken("criteria_required", &hazard, Action::Confirm, json!({"criteria": []}))
        .await;
}

async fn merging(lab: &Lab) {
    let app = &lab.app;
    let hazard = app.hazard().await;
    let strange = app.hazard().await;
    let over = app.hazard_of_in(&hazard.unit, State::Dismissed).await;
    for (code, into) in [
        ("merge_target_unknown", NOTHING),
        ("merge_into_itself", hazard.id.as_str()),
        ("merge_target_not_open", over.id.as_str()),
        ("merge_target_of_another_unit", strange.id.as_str()),
    ] {
        lab.broken(code, &hazard, Action::Merge, json!({"into": into})).await;
    }
    let other = app.hazard_of(&hazard.unit).await;
    app.act(&other, Action::Merge, &Caller::committee(), &json!({"into": hazard.id}))
        .await
        .expect_status(200)
        .done();
    lab.broken("merge_would_chain", &hazard, Action::Merge, json!({})).await;
}

async fn order(lab: &Lab) {
    let app = &lab.app;
    let hazard = app.hazard_in(State::Confirmed).await;
    for (code, changes) in [
        ("committee_orders_ordinary_only", json!({"kind": "listed"})),
        ("order_level_above_caller", json!({"level": "district"})),
        ("plan_due_in_past", json!({"plan_due_on": app.day(-1)})),
        ("due_in_past", json!({"due_on": app.day(-1)})),
        ("plan_due_after_due", json!({"plan_due_on": app.day(50)})),
    ] {
        lab.broken(code, &hazard, Action::Order, changes).await;
    }
    let grave = app.hazard().await;
    let confirm = merged(
        app.usual_body(&grave, Action::Confirm).await,
        json!({"found_level": "municipal"}),
    );
    app.act(&grave, Action::Confirm, &Caller::committee(), &confirm)
        .await
        .expect_status(200)
        .done();
    let grave = Hazard { version: 2, ..grave };
    lab.broken("municipal_find_must_be_listed", &grave, Action::Order, json!({}))
        .await;
    let mut ordered = app.hazard_in(State::Confirmed).await;
    let high = merged(
        app.usual_body(&ordered, Action::Order).await,
        json!({"level": "district"}),
    );
    app.act(&ordered, Action::Order, &Caller::regulator(), &high)
        .await
        .expect_status(200)
        .done();
    ordered.version += 1;
    lab.broken(
        "order_level_lowered",
        &ordered,
        Action::UpgradeOrder,
        json!({"level": "street"}),
    )
    .await;
}

async fn plan(lab: &Lab) {
    let app = &lab.app;
    let supervised = app.hazard_in(State::Supervised).await;
    lab.broken(
        "plan_after_order",
        &supervised,
        Action::SubmitPlan,
        json!({"due_on": app.day(41)}),
    )
    .await;
    let handed_in = app.hazard_in(State::PlanReview).await;
    lab.broken(
        "plan_due_after_order",
        &handed_in,
        Action::ReturnPlan,
        json!({"plan_due_on": app.day(41)}),
    )
    .await;
}

async fn extensions(lab: &Lab) {
    let app = &lab.app;
    let mut hazard = app.hazard_in(State::Rectifying).await;
    lab.broken(
        "due_not_later",
        &hazard,
        Action::RequestExtension,
        json!({"due_on": app.day(40)}),
    )
    .await;
    lab.broken("no_extension_pending", &hazard, Action::DecideExtension, json!({}))
        .await;
    app.advance(&mut hazard, Action::RequestExtension).await;
    lab.broken("extension_pending", &hazard, Action::RequestExtension, json!({}))
        .await;
    lab.broken(
        "approval_needs_date",
        &hazard,
        Action::DecideExtension,
        json!({"due_on": null}),
    )
    .await;
    let mut upgraded = app.hazard_in(State::Rectifying).await;
    app.advance(&mut upgraded, Action::UpgradeOrder).await;
    app.advance(&mut upgraded, Action::RequestExtension).await;
    lab.broken("level_below_order", &upgraded, Action::DecideExtension, json!({}))
        .await;
    lab.broken_by(
        "order_already_listed",
        &upgraded,
        Action::UpgradeOrder,
        &Caller::regulator(),
        json!({}),
    )
    .await;
    let unit = hazard.unit.officer();
    app.act(
        &hazard,
        Action::DecideExtension,
        &Caller::committee(),
        &json!({"approved": true, "due_on": app.day(50), "comment": "同意。"}),
    )
    .await
    .expect_status(200)
    .done();
    hazard.version += 1;
    let again = merged(
        app.usual_body(&hazard, Action::RequestExtension).await,
        json!({"due_on": app.day(70)}),
    );
    app.act(&hazard, Action::RequestExtension, &unit, &again)
        .await
        .expect_status(200)
        .done();
    hazard.version += 1;
    app.advance(&mut hazard, Action::DecideExtension).await;
    let third = json!({"due_on": app.day(90)});
    lab.broken("extensions_exhausted", &hazard, Action::RequestExtension, third)
        .await;
    let late = app.hazard_in(State::Rectifying).await;
    let now = app.clock().now();
    app.pass_days(41);
    lab.broken("deadline_passed", &late, Action::RequestExtension, json!({}))
        .await;
    app.clock().set(now);
}

async fn production(lab: &Lab) {
    let app = &lab.app;
    let mut hazard = app.hazard_in(State::Rectifying).await;
    lab.broken("production_not_suspended", &hazard, Action::ResumeProduction, json!({}))
        .await;
    app.advance(&mut hazard, Action::SuspendProduction).await;
    lab.broken("already_suspended", &hazard, Action::SuspendProduction, json!({}))
        .await;
    lab.broken("evaluation_required", &hazard, Action::SubmitCompletion, json!({}))
        .await;
    let evaluation =
        json!({"by": "own_experts", "organization": "厂内专家组", "conclusion": "已治理。", "attachment": NOTHING});
    lab.broken(
        "evaluation_attachment_unknown",
        &hazard,
        Action::SubmitCompletion,
        json!({"evaluation": evaluation}),
    )
    .await;
}

async fn completion(lab: &Lab) {
    let app = &lab.app;
    let hazard = app.hazard_in(State::Rectifying).await;
    for (code, changes) in [
        ("evidence_required", json!({"attachments": []})),
        (
            "attachment_outstanding",
            json!({"attachments": [app.empty_slot(&hazard.unit.officer())]}),
        ),
        ("completed_in_future", json!({"completed_on": app.day(1)})),
        ("completed_before_found", json!({"completed_on": app.day(-1)})),
    ] {
        lab.broken(code, &hazard, Action::SubmitCompletion, changes).await;
    }
}

async fn review(lab: &Lab) {
    let app = &lab.app;
    let hazard = app.hazard_in(State::AwaitingReview).await;
    let one = json!({"name": "赵一", "certificate_number": "370303001"});
    let same = json!({"name": "赵一", "certificate_number": "370303002"});
    for (code, changes) in [
        ("two_reviewers_required", json!({"reviewers": [one]})),
        ("reviewers_not_different", json!({"reviewers": [one, same]})),
        ("reviewed_in_future", json!({"reviewed_on": app.day(1)})),
        ("reviewed_before_completion", json!({"reviewed_on": app.day(-1)})),
        ("failed_review_needs_date", json!({"passed": false})),
    ] {
        lab.broken(code, &hazard, Action::Review, changes).await;
    }
}

async fn sign_off(lab: &Lab) {
    let hazard = lab.app.hazard_in(State::AwaitingSignOff).await;
    let regulator = || Caller::regulator();
    for (code, signer) in [
        ("signer_reported", regulator().subject("inspector-1")),
        ("signer_reviewed", regulator().subject("inspector-2")),
        ("signer_is_reviewer", regulator().claim("name", json!("赵一"))),
    ] {
        lab.broken_by(code, &hazard, Action::SignOff, &signer, json!({})).await;
    }
    let app = &lab.app;
    let unit = app.enterprise().await;
    let evidence = json!({"attachments": [app.empty_slot(&Caller::inspector())]});
    let report = merged(app.report_body(&unit), evidence);
    let mut waiting = app.report(&Caller::inspector(), &unit, &report).await;
    for action in way_to(State::AwaitingSignOff) {
        app.advance(&mut waiting, *action).await;
    }
    lab.broken("evidence_outstanding", &waiting, Action::SignOff, json!({}))
        .await;
}

async fn pressing(lab: &Lab) {
    let app = &lab.app;
    let mut hazard = app.hazard_in(State::Supervised).await;
    lab.broken("neither_late_nor_stalled", &hazard, Action::Escalate, json!({}))
        .await;
    for (code, changes) in [
        ("decided_in_future", json!({"decided_on": app.day(1)})),
        ("decided_before_found", json!({"decided_on": app.day(-1)})),
        (
            "fine_needs_amount",
            json!({"unit_amount_cny": null, "person_amount_cny": null}),
        ),
        ("personal_amount_needs_person", json!({"person": null})),
    ] {
        lab.broken(code, &hazard, Action::Penalize, changes).await;
    }
    app.advance(&mut hazard, Action::OpenAccountability).await;
    lab.broken(
        "accountability_already_open",
        &hazard,
        Action::OpenAccountability,
        json!({}),
    )
    .await;
    let mut late = app.late_hazard_in(State::Supervised).await;
    lab.broken(
        "skipped_rung_needs_reason",
        &late,
        Action::Escalate,
        json!({"kind": "circular"}),
    )
    .await;
    app.advance(&mut late, Action::Escalate).await;
    lab.broken("rung_not_higher", &late, Action::Escalate, json!({})).await;
}

async fn transfer(lab: &Lab) {
    let app = &lab.app;
    let mut hazard = app.hazard_in(State::Supervised).await;
    let office = Caller::office().areas(&["*"]);
    for (code, area) in [
        ("authority_below_order", "370303"),
        ("authority_not_competent", "370304"),
    ] {
        let authority = json!({"code": code, "name": "社区", "level": "street", "areas": [area]});
        app.post("/v1/authorities")
            .as_(&office)
            .json(&authority)
            .send()
            .await
            .expect_status(201)
            .done();
    }
    for unfit in ["authority_unknown", "authority_not_competent"] {
        lab.broken(unfit, &hazard, Action::Transfer, json!({"authority": unfit}))
            .await;
    }
    let usual = app.usual_body(&hazard, Action::Transfer).await;
    app.act(&hazard, Action::Transfer, &Caller::regulator(), &usual)
        .await
        .expect_status(200)
        .done();
    hazard.version += 1;
    lab.broken("authority_unchanged", &hazard, Action::Transfer, usual)
        .await;
    app.advance(&mut hazard, Action::UpgradeOrder).await;
    let below = json!({"authority": "authority_below_order"});
    lab.broken("authority_below_order", &hazard, Action::Transfer, below)
        .await;
}
