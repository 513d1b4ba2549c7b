//! What may be written: every member that a body does not have is refused with its pointer, at every depth, and nothing
//! is written. Among them are the members that an answer shows and that only the service sets.
//!
//! Each operation with a JSON body is tried on a thing for which its body is right; in the end the body alone is
//! accepted, so nothing but the added member was refused.

use std::collections::{BTreeMap, BTreeSet};

use diesel::QueryDsl as _;
use diesel::RunQueryDsl as _;
use major_hazards::law::lifecycle::Action;
use major_hazards::law::tips::lifecycle::TipAction;
use major_hazards::store::StoreError;
use major_hazards::store::schema::{
    attachments, authorities, checklist_versions, enterprises, events, hazards, inspections, self_checks, standards,
    subscriptions, tip_words, tips as tip_rows,
};
use major_hazards::tips;
use major_hazards::values::Vocabulary as _;
use serde_json::{Value, json};

use crate::support::app::App;
use crate::support::caller::Caller;
use crate::support::client::{Answer, Request};
use crate::support::fixtures::{AREA, CRITERION, FOREIGN_AREA, INDUSTRY, Unit, text, usual_caller};
use crate::support::on_both;
use crate::support::openapi::Operation;
use crate::support::tips::{anonymous_tip, named_tip, usual_officer};

/// Members that are the service's own, whatever a view calls them.
const NEVER_WRITTEN: &[&str] = &[
    "version",
    "status",
    "number",
    "reported_by",
    "reported_at",
    "updated_at",
    "closed_at",
    "created_at",
    "uploaded_by",
    "sign_off",
    "clocks",
    "hash",
    "available_actions",
    "no_such_member",
    "__proto__",
    "Title",
    "",
    "a/b~c",
];

/// An operation with a body that it accepts.
struct Target {
    operation: Operation,
    path: String,
    caller: Caller,
    version: Option<i64>,
    body: Value,
}

impl Target {
    fn request(&self, app: &App, body: &Value) -> Request {
        let request = app
            .request(self.operation.method.clone(), &self.path)
            .as_(&self.caller)
            .json(body);
        match self.version {
            Some(version) => request.if_match(version),
            None => request,
        }
    }

    /// Members of the body at a pointer, and members of the answer there.
    fn members_at(&self, pointer: &str) -> (BTreeSet<String>, BTreeSet<String>) {
        let body = &self.operation.says["requestBody"]["content"]["application/json"]["schema"];
        let answered = self
            .operation
            .answer(201)
            .or_else(|| self.operation.answer(200))
            .unwrap_or_else(|| panic!("{}: no answer is described", self.operation.name()));
        let view = &answered["content"]["application/json"]["schema"];
        (
            members(&self.operation, body, pointer),
            members(&self.operation, view, pointer),
        )
    }
}

/// Names of the members that a schema describes at a pointer; none where it describes no object there.
fn members(operation: &Operation, schema: &Value, pointer: &str) -> BTreeSet<String> {
    let mut schemas = alternatives(operation, schema);
    for step in pointer.split('/').skip(1) {
        let below = schemas.iter().flat_map(|schema| {
            let next = if step.parse::<usize>().is_ok() {
                schema.get("items")
            } else {
                schema["properties"].get(step)
            };
            next.map(|next| alternatives(operation, next)).unwrap_or_default()
        });
        schemas = below.collect();
    }
    schemas
        .iter()
        .filter_map(|schema| schema["properties"].as_object())
        .flat_map(|properties| properties.keys().cloned())
        .collect()
}

/// A schema with references followed, or all those of which it may be any.
fn alternatives(operation: &Operation, schema: &Value) -> Vec<Value> {
    let schema = operation.resolved(schema);
    let several = ["oneOf", "anyOf", "allOf"]
        .iter()
        .filter_map(|kind| schema[*kind].as_array())
        .flatten();
    let mut found: Vec<Value> = several.flat_map(|one| alternatives(operation, one)).collect();
    found.push(schema.clone());
    found
}

/// Pointers to every object that a schema allows, with `0` for the entries of a list.
fn objects_of(operation: &Operation, schema: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for schema in alternatives(operation, schema) {
        if schema["type"] == "object" {
            found.insert(String::new());
        }
        if let Some(properties) = schema["properties"].as_object() {
            for (name, member) in properties {
                found.extend(
                    objects_of(operation, member)
                        .into_iter()
                        .map(|rest| format!("/{name}{rest}")),
                );
            }
        }
        if let Some(items) = schema.get("items") {
            found.extend(objects_of(operation, items).into_iter().map(|rest| format!("/0{rest}")));
        }
    }
    found
}

fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// How many rows there are of everything that a write makes.
fn rows(app: &App) -> Vec<i64> {
    app.read_store(|connection| {
        Ok::<_, StoreError>(vec![
            events::table.count().get_result(connection)?,
            hazards::table.count().get_result(connection)?,
            enterprises::table.count().get_result(connection)?,
            authorities::table.count().get_result(connection)?,
            standards::table.count().get_result(connection)?,
            attachments::table.count().get_result(connection)?,
            checklist_versions::table.count().get_result(connection)?,
            inspections::table.count().get_result(connection)?,
            self_checks::table.count().get_result(connection)?,
            subscriptions::table.count().get_result(connection)?,
            tip_rows::table.count().get_result(connection)?,
            tip_words::table.count().get_result(connection)?,
        ])
    })
    .expect("rows are counted")
}

on_both! {
    async fn a_member_that_is_not_of_the_body_is_refused_and_nothing_is_written(app: App) {
        let targets = targets(&app).await;
        // What the service would serve by itself meanwhile is none of the writes that are tried here.
        app.remind();
        for target in &targets {
            let name = target.operation.name();
            let schema = &target.operation.says["requestBody"]["content"]["application/json"]["schema"];
            let objects = objects_of(&target.operation, schema);
            assert!(!objects.is_empty(), "{name}: the body is no object");
            let before = rows(&app);
            for pointer in objects {
                assert!(
                    target.body.pointer(&pointer).is_some_and(Value::is_object),
                    "{name}: the body of the test has nothing at `{pointer}`"
                );
                let (known, shown) = target.members_at(&pointer);
                let mut extra: BTreeMap<String, Value> = NEVER_WRITTEN
                    .iter()
                    .map(|member| ((*member).to_owned(), json!(1)))
                    .collect();
                extra.extend(shown.into_iter().map(|member| (member, json!("x"))));
                extra.retain(|member, _| !known.contains(member));
                // All at once, because every fault is told; and some alone, because one must do.
                let alone: Vec<_> = ["id", "version", "status", "no_such_member"]
                    .iter()
                    .filter_map(|member| extra.get_key_value(*member))
                    .map(|(member, value)| BTreeMap::from([(member.clone(), value.clone())]))
                    .collect();
                for added in alone.into_iter().chain([extra]) {
                    let mut body = target.body.clone();
                    let object = body.pointer_mut(&pointer).and_then(Value::as_object_mut).expect("an object");
                    object.extend(added.clone());
                    let answer = target.request(&app, &body).send().await;
                    refused_at(&answer, &pointer, added.keys());
                }
            }
            assert_eq!(rows(&app), before, "{name}: something was written");
        }
        for target in targets {
            let answer = target.request(&app, &target.body).send().await;
            if target.operation.id == "approve_reveal_tip" {
                // Nobody asks for leave where the policy demands none.
                answer.expect_status(422).problem("no_reveal_asked");
                continue;
            }
            assert!(
                matches!(answer.status, 200 | 201),
                "{}: the body alone is right: {} {}",
                answer.asked,
                answer.status,
                answer.text()
            );
        }
    }
}

/// Fails unless exactly the members that were added are refused, each with its pointer.
fn refused_at<'a>(answer: &Answer, pointer: &str, added: impl Iterator<Item = &'a String>) {
    assert_eq!(answer.status, 400, "{} at `{pointer}`: {}", answer.asked, answer.text());
    let problem = answer.any_problem();
    let errors = problem["errors"].as_array().expect("every fault is told");
    let told: BTreeSet<String> = errors.iter().map(|fault| text(&fault["pointer"])).collect();
    let expected: BTreeSet<String> = added.map(|member| format!("{pointer}/{}", escaped(member))).collect();
    assert_eq!(told, expected, "{} at `{pointer}`", answer.asked);
    for fault in errors {
        assert!(
            fault["code"] == "unknown_field" || fault["code"] == "read_only",
            "{}: {fault}",
            answer.asked
        );
    }
    let all_unknown = errors.iter().all(|fault| fault["code"] == "unknown_field");
    let code = if all_unknown { "unknown_field" } else { "invalid_input" };
    assert_eq!(problem["code"], code, "{}: {problem}", answer.asked);
}

/// Every operation with a JSON body, each on a thing of its own; one without a body here fails.
async fn targets(app: &App) -> Vec<Target> {
    let mut found = Vec::new();
    for operation in app.operations().await.into_iter().filter(Operation::takes_json) {
        let action = operation
            .id
            .strip_suffix("_hazard")
            .and_then(Action::from_code)
            .filter(|action| *action != Action::Report);
        let on_tip = operation.id.strip_suffix("_tip").and_then(TipAction::from_code);
        let on_tip = on_tip.filter(|action| tips::schema(*action).is_some());
        found.push(match (action, on_tip) {
            (Some(action), _) => action_target(app, operation, action).await,
            (None, Some(action)) => tip_target(app, operation, action).await,
            (None, None) => other_target(app, operation).await,
        });
    }
    found
}

async fn action_target(app: &App, operation: Operation, action: Action) -> Target {
    let hazard = app.hazard_awaiting(action).await;
    let mut body = app.usual_body(&hazard, action).await;
    let caller = usual_caller(&hazard.unit, action);
    if action == Action::SubmitCompletion {
        body["evaluation"] = json!({
            "by": "own_experts",
            "organization": "厂内专家组",
            "conclusion": "已治理。",
            "attachment": app.photograph(&caller).await,
        });
    }
    Target {
        path: format!("{}/actions/{action}", hazard.path()),
        version: Some(hazard.version),
        operation,
        caller,
        body,
    }
}

/// A tip at which the action is due, and its body with everything that it may hold.
async fn tip_target(app: &App, operation: Operation, action: TipAction) -> Target {
    let (told, mut body) = app.tip_awaiting(action).await;
    if action == TipAction::Conclude {
        body["report"]["location"] = json!({"latitude": 36.8, "longitude": 118.05});
    }
    Target {
        path: format!("{}/actions/{}", told.path(), action.code()),
        version: Some(app.version_of_tip(&told.id).await),
        caller: usual_officer(action),
        operation,
        body,
    }
}

async fn other_target(app: &App, operation: Operation) -> Target {
    let office = Caller::office().areas(&["*"]);
    let place = json!({"latitude": 36.8, "longitude": 118.05});
    let (path, caller, version, body) = match operation.id.as_str() {
        "report_hazard" => {
            let unit = app.enterprise().await;
            let mut body = app.report_body(&unit);
            body["location"] = place;
            ("/v1/hazards".to_owned(), Caller::inspector(), None, body)
        }
        "amend_hazard" => {
            let hazard = app.hazard().await;
            let body = json!({"title": "更正后的标题", "criteria": [CRITERION], "location": place});
            (hazard.path(), Caller::committee(), Some(hazard.version), body)
        }
        "register_enterprise" => {
            let mut body = app.enterprise_body();
            body["location"] = place;
            ("/v1/enterprises".to_owned(), office, None, body)
        }
        "change_enterprise" => {
            let unit: Unit = app.enterprise_in(AREA, INDUSTRY).await;
            let person = json!({"name": "赵某", "phone": "13800000003"});
            let body = json!({"principal": person, "controller": person, "location": place});
            (format!("/v1/enterprises/{}", unit.id), office, Some(1), body)
        }
        "register_authority" => ("/v1/authorities".to_owned(), office, None, authority("members-office")),
        "change_authority" => {
            let body = authority("members-committee");
            let made = app.post("/v1/authorities").as_(&office).json(&body).send().await;
            made.expect_status(201).done();
            let path = "/v1/authorities/members-committee".to_owned();
            (
                path,
                office,
                Some(1),
                json!({"name": "改名的专业安委会", "areas": [FOREIGN_AREA]}),
            )
        }
        "file_self_check" => {
            let unit = app.enterprise().await;
            let mut report = app.report_body(&unit);
            report["source"] = json!("self_report");
            report["id"] = json!(app.clock().ordered_id().to_string());
            report["location"] = place;
            let body = json!({
                "performed_on": app.day(0),
                "performed_by": {"name": "王某", "position": "主要负责人"},
                "summary": "发现一处，已上报。",
                "results": [{"criterion": CRITERION, "result": "found"}],
                "reports": [report],
            });
            let path = format!("/v1/enterprises/{}/self-checks/2026Q4", unit.id);
            (path, unit.officer(), None, body)
        }
        "publish_standard" => {
            let body = operation.examples("application/json").remove(0);
            ("/v1/standards".to_owned(), office, None, body)
        }
        "publish_checklist" => {
            let body = operation.examples("application/json").remove(0);
            ("/v1/checklists".to_owned(), Caller::committee(), None, body)
        }
        "file_inspection" => of_an_inspection(app, place).await,
        "send_batch" => {
            let body = operation.examples("application/json").remove(0);
            ("/v1/batch".to_owned(), Caller::inspector(), None, body)
        }
        "register_subscription" => {
            let body = operation.examples("application/json").remove(0);
            ("/v1/subscriptions".to_owned(), Caller::system(), None, body)
        }
        "change_subscription" => {
            let body = json!({"url": "https://receiver.example/", "types": ["hazard.*"]});
            let made = app
                .post("/v1/subscriptions")
                .as_(&Caller::system())
                .json(&body)
                .send()
                .await;
            let path = format!("/v1/subscriptions/{}", text(&made.expect_status(201).json()["id"]));
            (path, Caller::system(), Some(1), json!({"description": "改过的说明"}))
        }
        tips => of_a_tip(app, tips).await,
    };
    Target {
        operation,
        path,
        caller,
        version,
        body,
    }
}

/// Path, caller, version and body of an inspection that has something of everything.
async fn of_an_inspection(app: &App, place: Value) -> (String, Caller, Option<i64>, Value) {
    let (unit, list) = (app.enterprise().await, app.checklist().await);
    let mut body = app.inspection_body(&unit, &list);
    let mut hazard = app.found_hazard(&unit);
    hazard["location"] = place;
    body["findings"][0]["result"] = json!("fail");
    body["findings"][0]["hazard"] = hazard;
    body["evidence"] = json!([app.declaration(b"bytes that come later")]);
    let path = format!("/v1/inspections/{}", app.phone_id());
    (path, Caller::inspector(), None, body)
}

/// Path, caller, version and body of an operation on a tip.
async fn of_a_tip(app: &App, operation: &str) -> (String, Caller, Option<i64>, Value) {
    let office = Caller::office().areas(&["*"]);
    match operation {
        "tell_tip" => ("/v1/tips".to_owned(), office, None, named_tip()),
        "get_tip_status" => {
            let told = app.tell(&anonymous_tip()).await;
            ("/v1/tips/status".to_owned(), office, None, told.pair())
        }
        "send_tipster_message" => {
            let mut body = app.tell(&anonymous_tip()).await.pair();
            body["text"] = json!("昨天夜里又下去了两个人。");
            ("/v1/tips/messages".to_owned(), office, None, body)
        }
        "send_officer_message" => {
            let told = app.tell(&anonymous_tip()).await;
            let body = json!({"text": "请问是几号车间？"});
            (format!("{}/messages", told.path()), Caller::tip_officer(), None, body)
        }
        "reveal_reporter" => {
            let told = app.tell(&named_tip()).await;
            let body = json!({"purpose": "发放举报奖励前核对领取人身份"});
            (format!("{}/reporter", told.path()), Caller::tip_officer(), None, body)
        }
        other => panic!("say here with which body `{other}` is right"),
    }
}

fn authority(code: &str) -> Value {
    json!({"code": code, "name": "专业安委会", "level": "street", "areas": ["370303009"], "industries": ["C"]})
}
