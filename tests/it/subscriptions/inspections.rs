//! That an inspection came is told to whoever may read it, without the names and words in it.

use serde_json::json;

use super::receiver::Receiver;
use super::until;
use crate::support::app::App;
use crate::support::caller::Caller;
use crate::support::fixtures::FOREIGN_AREA;
use crate::support::on_both;

on_both! {
    async fn an_inspection_is_told_where_the_unit_lies(app: App) {
        let (near, far) = (Receiver::start(), Receiver::start());
        app.listen(&near, &["inspection.received"]).await;
        let elsewhere = Caller::system().subject("elsewhere").areas(&[FOREIGN_AREA]);
        let other = app.subscribe(&elsewhere, &far.url(), &["inspection.*"]).await;
        let (unit, list, id) = (app.enterprise().await, app.checklist().await, app.phone_id());
        let mut body = app.inspection_body(&unit, &list);
        let hazard = app.found_hazard(&unit);
        body["findings"][1]["hazard"] = hazard.clone();
        body["evidence"] = json!([app.declaration(b"later")]);
        app.send_inspection(&id, &body).send().await.expect_status(201).done();
        until("it is told", || near.messages().len() == 1).await;
        let message = near.messages().remove(0);
        assert_eq!((message.event["type"].as_str(), message.subject()), (Some("inspection.received"), id.as_str()));
        let told = &message.event["data"]["inspection"];
        assert_eq!((&told["id"], &told["enterprise"]["uscc"]), (&json!(id), &json!(unit.uscc)));
        assert_eq!((&told["hazards"], &told["complete"]), (&json!([hazard["id"]]), &json!(false)));
        assert_eq!(told["started_at"], body["started_at"]);
        for kept in ["赵一", "370303001", "台账齐全", "现场.png"] {
            assert!(!message.event.to_string().contains(kept), "{kept} is told");
        }
        assert!(other.deliveries(&app).await.is_empty());
    }
}
