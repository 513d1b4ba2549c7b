//! What the strangers find: a thing of each kind, and people who have nothing to do with it.

use major_hazards::law::lifecycle::State;
use reqwest::Method;
use serde_json::json;

use super::{QUARTER, Thing};
use crate::support::app::App;
use crate::support::caller::Caller;
use crate::support::fixtures::{CRITERION, FOREIGN_AREA, Hazard};

/// One hazard of one unit with one photograph, and people who have nothing to do with it.
pub(super) struct Scene {
    pub(super) hazard: Hazard,
    pub(super) photograph: String,
    pub(super) notice: String,
    pub(super) inspection: String,
    pub(super) other_unit: Caller,
    pub(super) tip: String,
    pub(super) tip_photo: String,
    pub(super) upload: String,
}

impl Scene {
    pub(super) async fn set(app: &App) -> Self {
        let hazard = app.hazard_in(State::Confirmed).await;
        let photograph = app.photograph(&hazard.unit.officer()).await;
        let ordered = app.hazard_of_in(&hazard.unit, State::Supervised).await;
        let notices = app
            .get(format!("/v1/notices?hazard={}", ordered.id))
            .as_(&hazard.unit.officer())
            .send()
            .await
            .expect_status(200);
        let notice = notices.items()[0]["id"].as_str().expect("an id").to_owned();
        let path = format!("/v1/enterprises/{}/self-checks/{QUARTER}", hazard.unit.id);
        let body = json!({
            "performed_on": app.day(0),
            "performed_by": {"name": "王某", "position": "主要负责人"},
            "summary": "未发现重大事故隐患。",
            "results": [{"criterion": CRITERION, "result": "clear"}],
        });
        let officer = hazard.unit.officer();
        let filed = app.request(Method::PUT, path).as_(&officer).json(&body).send().await;
        filed.expect_status(201).done();
        let (list, inspection) = (app.checklist().await, app.phone_id());
        let body = app.inspection_body(&hazard.unit, &list);
        app.send_inspection(&inspection, &body)
            .send()
            .await
            .expect_status(201)
            .done();
        let other_unit = app.enterprise().await.officer();
        let (tip, tip_photo) = app.tip_with_photo().await;
        let upload = app.upload_of(&hazard.unit.officer()).await;
        Self {
            hazard,
            photograph,
            notice,
            inspection,
            other_unit,
            tip,
            tip_photo,
            upload,
        }
    }

    /// How the thing can be asked for.
    pub(super) fn names(&self, thing: Thing) -> Vec<String> {
        match thing {
            Thing::Hazard => vec![self.hazard.id.clone(), self.hazard.number.clone()],
            Thing::Enterprise | Thing::SelfCheck => vec![self.hazard.unit.id.clone()],
            Thing::Attachment => vec![self.photograph.clone()],
            Thing::Notice => vec![self.notice.clone()],
            Thing::Tip => vec![self.tip.clone()],
            Thing::Upload => vec![self.upload.clone()],
            Thing::TipPhoto => vec![format!("{}/{}", self.tip, self.tip_photo)],
        }
    }

    pub(super) fn strangers(&self, thing: Thing) -> Vec<Caller> {
        let mut strangers = vec![
            self.other_unit.clone(),
            Caller::enterprise("91350100M000100Y43").subject("a unit that is not on record"),
        ];
        for role in [
            "inspector",
            "committee",
            "regulator",
            "office",
            "tip_officer",
            "auditor",
            "system",
        ] {
            let caller = || Caller::of(role).level("national");
            strangers.push(
                caller()
                    .subject(&format!("{role} of another district"))
                    .areas(&[FOREIGN_AREA]),
            );
            strangers.push(
                caller()
                    .subject(&format!("{role} of another street"))
                    .areas(&["370303010"]),
            );
            strangers.push(caller().subject(&format!("{role} of no area")).areas(&[]));
            strangers.push(
                caller()
                    .subject(&format!("{role} of another trade"))
                    .industries(&["F52", "C27"]),
            );
        }
        if matches!(thing, Thing::Tip | Thing::TipPhoto) {
            // A tip has no trade.
            strangers.retain(|caller| !caller.sub().ends_with("of another trade") || caller.reads_no_tips());
            strangers.extend([Caller::inspector(), Caller::regulator(), Caller::admin()]);
        }
        if matches!(thing, Thing::Attachment | Thing::Upload) {
            strangers.push(Caller::inspector());
        }
        strangers
    }

    pub(super) fn insider(&self, thing: Thing) -> Caller {
        match thing {
            Thing::Hazard | Thing::Enterprise | Thing::SelfCheck => Caller::committee(),
            Thing::Notice | Thing::Attachment | Thing::Upload => self.hazard.unit.officer(),
            Thing::Tip | Thing::TipPhoto => Caller::tip_officer(),
        }
    }
}
