//! What inspectors bring: a list of points to check, and inspections that were done by it.

use reqwest::Method;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::app::App;
use super::caller::Caller;
use super::client::Request;
use super::fixtures::{CRITERION, Unit};
use super::hexadecimal;

impl App {
    /// Publishes a list of three points and returns its code.
    pub async fn checklist(&self) -> String {
        let code = format!("L-{}", self.next());
        let body = json!({
            "code": code,
            "title": "有限空间执法检查重点事项清单",
            "kind": "enforcement",
            "items": [
                {"code": "1", "criterion": CRITERION, "text": "是否逐一辨识"},
                {"code": "2", "text": "呼吸器是否完好"},
                {"code": "3", "text": "是否有人监护"},
            ],
        });
        let published = self
            .post("/v1/checklists")
            .as_(&Caller::committee())
            .json(&body)
            .send()
            .await;
        published.expect_status(201).done();
        code
    }

    /// An id of the phone's own.
    pub fn phone_id(&self) -> String {
        self.clock().ordered_id().to_string()
    }

    /// An inspection of a unit on this day by the first version of a list, which found one point in order and another not.
    pub fn inspection_body(&self, unit: &Unit, checklist: &str) -> Value {
        json!({
            "enterprise": unit.id,
            "checklist": {"code": checklist, "version": 1},
            "inspectors": [
                {"name": "赵一", "certificate_number": "370303001"},
                {"name": "钱二", "certificate_number": null},
            ],
            "started_at": format!("{}T07:10:00+08:00", self.day(0)),
            "finished_at": format!("{}T08:30:00.250+08:00", self.day(0)),
            "location": {"latitude": 36.812_345_678_901_23, "longitude": 118.05},
            "findings": [
                {"item": "1", "result": "pass", "note": "台账齐全。", "attachments": [], "hazard": null},
                {"item": "3", "result": "fail", "note": null, "attachments": [], "hazard": null},
            ],
            "evidence": [],
            "note": "企业负责人陪同检查。",
        })
    }

    /// A hazard of a unit as an inspection reports it, under an id of the phone's own.
    pub fn found_hazard(&self, unit: &Unit) -> Value {
        let mut report = self.report_body(unit);
        report["id"] = json!(self.phone_id());
        report
    }

    /// What announces these bytes as a photograph, under an id of the phone's own.
    pub fn declaration(&self, bytes: &[u8]) -> Value {
        json!({
            "id": self.phone_id(),
            "sha256": hexadecimal(&Sha256::digest(bytes)),
            "size": bytes.len(),
            "media_type": "image/png",
            "filename": "现场.png",
        })
    }

    /// The usual inspector sends an inspection.
    pub fn send_inspection(&self, id: &str, body: &Value) -> Request {
        self.request(Method::PUT, format!("/v1/inspections/{id}"))
            .as_(&Caller::inspector())
            .json(body)
    }
}
