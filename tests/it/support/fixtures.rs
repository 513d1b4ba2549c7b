//! Things that tests begin with, put on record over HTTP like everything else: units, evidence, and a hazard in any
//! state, walked there action by action by the people who would do it.

use major_hazards::law::lifecycle::{Action, State};
use major_hazards::values::{Instant, Vocabulary as _};
use serde_json::{Value, json};

use super::app::App;
use super::caller::Caller;
use super::client::Answer;

/// A clause of the shipped catalogue that is in force since 2023.
pub const CRITERION: &str = "MEM10-2023/13.1";
/// A community of the district in which every caller of the tests acts.
pub const AREA: &str = "370303009001";
/// A place outside that district.
pub const FOREIGN_AREA: &str = "370304001001";
/// What the units of the tests do.
pub const INDUSTRY: &str = "C26";

/// Longer than the terms that the usual order sets.
const LATE_AFTER_DAYS: i64 = 60;

/// A unit on record.
#[derive(Debug, Clone)]
pub struct Unit {
    /// Its id.
    pub id: String,
    /// Its unified social credit code.
    pub uscc: String,
}

/// A hazard on record, as it stood after the last call that was made through it.
#[derive(Debug, Clone)]
pub struct Hazard {
    /// Its id.
    pub id: String,
    /// Its number.
    pub number: String,
    /// Its version.
    pub version: i64,
    /// Its unit.
    pub unit: Unit,
}

impl Unit {
    /// The unit's own officer.
    pub fn officer(&self) -> Caller {
        Caller::enterprise(&self.uscc).subject(&format!("officer of {}", self.uscc))
    }
}

impl Hazard {
    /// Its path.
    pub fn path(&self) -> String {
        format!("/v1/hazards/{}", self.id)
    }
}

impl App {
    /// A unit of the district.
    pub async fn enterprise(&self) -> Unit {
        self.enterprise_in(AREA, INDUSTRY).await
    }

    /// A unit somewhere, of some industry.
    pub async fn enterprise_in(&self, area: &str, industry: &str) -> Unit {
        let mut body = self.enterprise_body();
        body["area"] = json!(area);
        body["industry"] = json!(industry);
        let office = Caller::office().areas(&["*"]);
        let unit = self
            .post("/v1/enterprises")
            .as_(&office)
            .json(&body)
            .send()
            .await
            .expect_status(201)
            .json();
        Unit {
            id: text(&unit["id"]),
            uscc: text(&unit["uscc"]),
        }
    }

    /// What registers a unit that is not on record.
    pub fn enterprise_body(&self) -> Value {
        let number = self.next();
        json!({
            "uscc": uscc(number),
            "name": format!("张店示例化工{number}号有限公司"),
            "industry": INDUSTRY,
            "area": AREA,
            "address": format!("科苑街道示例路{number}号"),
            "principal": {"name": "张某", "phone": "13800000001"},
            "controller": {"name": "李某", "phone": "13800000002"},
        })
    }

    /// An inspector's report of a hazard in a unit.
    pub fn report_body(&self, unit: &Unit) -> Value {
        json!({
            "source": "inspection",
            "enterprise": unit.id,
            "title": "污水处理站有限空间未辨识",
            "description": "厂区西侧污水处理站的有限空间没有辨识，没有台账和警示标志。",
            "area": AREA,
            "address": "科苑街道示例路1号",
            "found_on": self.day(0),
        })
    }

    /// A hazard that an inspector reported in a unit of its own.
    pub async fn hazard(&self) -> Hazard {
        let unit = self.enterprise().await;
        self.hazard_of(&unit).await
    }

    /// A hazard that an inspector reported in that unit.
    pub async fn hazard_of(&self, unit: &Unit) -> Hazard {
        self.report(&Caller::inspector(), unit, &self.report_body(unit)).await
    }

    /// A hazard that `caller` reports.
    pub async fn report(&self, caller: &Caller, unit: &Unit, body: &Value) -> Hazard {
        let hazard = self
            .post("/v1/hazards")
            .as_(caller)
            .json(body)
            .send()
            .await
            .expect_status(201)
            .json();
        Hazard {
            id: text(&hazard["id"]),
            number: text(&hazard["number"]),
            version: hazard["version"].as_i64().expect("a version"),
            unit: unit.clone(),
        }
    }

    /// A hazard in that state, in a unit of its own.
    pub async fn hazard_in(&self, state: State) -> Hazard {
        let unit = self.enterprise().await;
        self.hazard_of_in(&unit, state).await
    }

    /// A hazard of that unit in that state.
    pub async fn hazard_of_in(&self, unit: &Unit, state: State) -> Hazard {
        let mut hazard = self.hazard_of(unit).await;
        for action in way_to(state) {
            self.advance(&mut hazard, *action).await;
        }
        hazard
    }

    /// A hazard on which the action is allowed to the usual person with the usual body.
    pub async fn hazard_awaiting(&self, action: Action) -> Hazard {
        let (state, before) = match action {
            Action::Report | Action::Confirm | Action::Dismiss | Action::Merge | Action::Transfer | Action::Remark => {
                (State::Reported, None)
            }
            Action::Order => (State::Confirmed, None),
            Action::UpgradeOrder
            | Action::SubmitPlan
            | Action::SuspendProduction
            | Action::Escalate
            | Action::Penalize
            | Action::OpenAccountability => (State::Supervised, None),
            Action::ReturnPlan | Action::ApprovePlan => (State::PlanReview, None),
            Action::RequestExtension | Action::SubmitCompletion => (State::Rectifying, None),
            Action::DecideExtension => (State::Rectifying, Some(Action::RequestExtension)),
            Action::ResumeProduction => (State::Supervised, Some(Action::SuspendProduction)),
            Action::Review => (State::AwaitingReview, None),
            Action::SignOff | Action::RejectSignOff => (State::AwaitingSignOff, None),
            Action::Reopen => (State::Closed, None),
        };
        let mut hazard = if action == Action::Escalate {
            self.late_hazard_in(state).await
        } else {
            self.hazard_in(state).await
        };
        if let Some(before) = before {
            self.advance(&mut hazard, before).await;
        }
        hazard
    }

    /// A hazard in that state whose terms passed long ago.
    pub async fn late_hazard_in(&self, state: State) -> Hazard {
        let past = self.node_days_ago(LATE_AFTER_DAYS).await;
        let hazard = past.hazard_in(state).await;
        past.stop().await;
        hazard
    }

    /// The usual person performs the action with the usual body.
    pub async fn advance(&self, hazard: &mut Hazard, action: Action) {
        let body = self.usual_body(hazard, action).await;
        self.act(hazard, action, &usual_caller(&hazard.unit, action), &body)
            .await
            .expect_status(200)
            .done();
        hazard.version += 1;
    }

    /// Tries an action at the version that `hazard` was last seen in.
    pub async fn act(&self, hazard: &Hazard, action: Action, caller: &Caller, body: &Value) -> Answer {
        let path = format!("{}/actions/{}", hazard.path(), action.code());
        self.post(path)
            .as_(caller)
            .if_match(hazard.version)
            .json(body)
            .send()
            .await
    }

    /// A body with which the action is allowed where the usual way leads.
    pub async fn usual_body(&self, hazard: &Hazard, action: Action) -> Value {
        match action {
            Action::Report => self.report_body(&hazard.unit),
            Action::Confirm => json!({
                "criteria": [CRITERION],
                "found_level": "street",
                "cause": "没有开展有限空间辨识。",
                "harm": "人员进入可能中毒窒息。",
                "difficulty": "不停产即可整改。",
                "interim_measures": "禁止一切有限空间作业。",
                "campaigns": ["confined_space"],
            }),
            Action::Dismiss => json!({"reason": "not_major", "comment": "属一般隐患。"}),
            Action::Merge => {
                let other = Box::pin(self.hazard_of(&hazard.unit)).await;
                json!({"into": other.id})
            }
            Action::Order => json!({
                "kind": "ordinary",
                "level": "street",
                "order_number": "科安督〔2026〕12号",
                "requirements": "辨识全部有限空间，建立台账，设置警示标志。",
                "plan_due_on": self.day(7),
                "due_on": self.day(40),
            }),
            Action::UpgradeOrder => json!({
                "level": "district",
                "order_number": "张安挂〔2026〕3号",
                "reason": "同类隐患重复出现。",
            }),
            Action::SubmitPlan => json!({
                "goals": "有限空间全部辨识、登记、上锁。",
                "measures": "聘请专家辨识，建立台账，培训作业人员。",
                "funding_cny": "120000.00",
                "responsible_person": "王某",
                "responsible_organization": "安全环保部",
                "due_on": self.day(30),
                "safety_measures": "整改期间禁止有限空间作业。",
                "emergency_plan": "配备呼吸器，专人值守。",
            }),
            Action::ReturnPlan => json!({"reason": "应急措施不具体。", "plan_due_on": self.day(10)}),
            Action::ApprovePlan => json!({"comment": "同意。"}),
            Action::RequestExtension => json!({
                "due_on": self.day(60),
                "reason": "检测仪器到货推迟。",
                "interim_measures": "继续禁止有限空间作业。",
            }),
            Action::DecideExtension => json!({"approved": true, "due_on": self.day(55), "comment": "同意延期。"}),
            Action::SuspendProduction => json!({
                "scope": "partial",
                "decision_number": "科应急停〔2026〕2号",
                "reason": "不具备安全作业条件。",
            }),
            Action::ResumeProduction => json!({"reason": "已具备安全条件。", "decision_number": "科应急复〔2026〕2号"}),
            Action::SubmitCompletion => json!({
                "summary": "辨识有限空间9处，全部登记上锁。",
                "completed_on": self.day(0),
                "spent_cny": "98000.00",
                "attachments": [self.photograph(&hazard.unit.officer()).await],
            }),
            Action::Review => json!({
                "passed": true,
                "reviewed_on": self.day(0),
                "reviewers": [
                    {"name": "赵一", "certificate_number": "370303001"},
                    {"name": "钱二", "certificate_number": "370303002"},
                ],
                "findings": "现场核对9处，标志、锁具、台账齐全。",
            }),
            Action::SignOff => json!({"comment": "同意销号。"}),
            Action::RejectSignOff => json!({"reason": "照片与现场不符。", "due_on": self.day(50)}),
            Action::Reopen => json!({
                "reason": "回头看发现两处标志缺失。",
                "plan_due_on": self.day(10),
                "due_on": self.day(45),
            }),
            Action::Escalate => json!({
                "kind": "letter",
                "document_number": "科安函〔2026〕8号",
                "reason": "整改期限已过，没有提交整改完成报告。",
            }),
            Action::Penalize => json!({
                "kind": "fine",
                "decision_number": "张应急罚〔2026〕15号",
                "decided_on": self.day(0),
                "unit_amount_cny": "50000.00",
                "person": "张某",
                "person_amount_cny": "10000.00",
            }),
            Action::OpenAccountability => json!({
                "ground": "refused_rectification",
                "summary": "两次复查未通过，主要负责人没有组织整改。",
            }),
            Action::Transfer => json!({"authority": self.authority().await, "reason": "行业主管部门调整。"}),
            Action::Remark => json!({"text": "已电话提醒。"}),
        }
    }

    /// An authority of the district that reaches every order, and its code.
    pub async fn authority(&self) -> String {
        let code = format!("authority-{}", self.next());
        self.post("/v1/authorities")
            .as_(&Caller::office().areas(&["*"]))
            .json(&json!({"code": code, "name": "区应急管理局", "level": "national", "areas": ["370303"]}))
            .send()
            .await
            .expect_status(201)
            .done();
        code
    }

    /// Stores a small photograph and returns its id.
    pub async fn photograph(&self, caller: &Caller) -> String {
        let bytes = photograph(self.next());
        let stored = self
            .post("/v1/attachments")
            .as_(caller)
            .body("image/png", bytes)
            .send()
            .await;
        text(&stored.expect_status(201).json()["id"])
    }

    /// The day in Shanghai so many days from the clock's now.
    pub fn day(&self, days: i64) -> String {
        self.clock().now().plus_seconds(days * 86_400).day().to_string()
    }

    /// Moves the clock on by so many days.
    pub fn pass_days(&self, days: i64) {
        let later: Instant = self.clock().now().plus_seconds(days * 86_400);
        self.clock().set(later);
    }
}

/// Who performs an action unless a test says otherwise. The reviewer reported nothing and the signer did nothing else.
pub fn usual_caller(unit: &Unit, action: Action) -> Caller {
    match action {
        Action::Report => Caller::inspector(),
        Action::Confirm
        | Action::Dismiss
        | Action::Merge
        | Action::Order
        | Action::ReturnPlan
        | Action::ApprovePlan
        | Action::DecideExtension
        | Action::Escalate
        | Action::Remark => Caller::committee(),
        Action::UpgradeOrder
        | Action::SuspendProduction
        | Action::ResumeProduction
        | Action::SignOff
        | Action::RejectSignOff
        | Action::Penalize
        | Action::OpenAccountability
        | Action::Transfer
        | Action::Reopen => Caller::regulator(),
        Action::SubmitPlan | Action::RequestExtension | Action::SubmitCompletion => unit.officer(),
        Action::Review => Caller::inspector().subject("inspector-2"),
    }
}

/// The actions that lead from a report to that state.
pub fn way_to(state: State) -> &'static [Action] {
    const WAY: &[Action] = &[
        Action::Confirm,
        Action::Order,
        Action::SubmitPlan,
        Action::ApprovePlan,
        Action::SubmitCompletion,
        Action::Review,
        Action::SignOff,
    ];
    match state {
        State::Reported => &[],
        State::Confirmed => &WAY[..1],
        State::Supervised => &WAY[..2],
        State::PlanReview => &WAY[..3],
        State::Rectifying => &WAY[..4],
        State::AwaitingReview => &WAY[..5],
        State::AwaitingSignOff => &WAY[..6],
        State::Closed => WAY,
        State::Dismissed => &[Action::Dismiss],
        State::Merged => &[Action::Merge],
    }
}

/// The `number`th unified social credit code of the tests, with the check character of GB 32100-2015.
pub fn uscc(number: u32) -> String {
    const ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
    let body = format!("91370303MA{number:07}");
    let mut weight = 1;
    let mut sum = 0;
    for byte in body.bytes() {
        sum += weight
            * ALPHABET
                .iter()
                .position(|known| *known == byte)
                .expect("in the alphabet");
        weight = weight * 3 % 31;
    }
    format!("{body}{}", char::from(ALPHABET[(31 - sum % 31) % 31]))
}

/// A picture of one pixel; each number makes other bytes, behind the end where no reader looks.
pub fn photograph(number: u32) -> Vec<u8> {
    const PNG: &[u8] = &[
        0x89, b'P', b'N', b'G', 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13, b'I', b'H', b'D', b'R', 0, 0, 0, 1, 0, 0, 0, 1, 8,
        0, 0, 0, 0, 0x3A, 0x7E, 0x9B, 0x55, 0, 0, 0, 10, b'I', b'D', b'A', b'T', 0x78, 0x9C, 0x63, 0x60, 0, 0, 0, 2, 0,
        1, 0x48, 0xAF, 0xA4, 0x71, 0, 0, 0, 0, b'I', b'E', b'N', b'D', 0xAE, 0x42, 0x60, 0x82,
    ];
    [PNG, number.to_be_bytes().as_slice()].concat()
}

/// A member that is text.
pub fn text(value: &Value) -> String {
    value
        .as_str()
        .unwrap_or_else(|| panic!("`{value}` is not text"))
        .to_owned()
}
