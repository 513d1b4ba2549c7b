//! A few hundred hazards with histories drawn by chance, made through the API while the clock is moved: over month and
//! year ends, and to the last microsecond before and the first after midnight in Shanghai.

use major_hazards::law::lifecycle::{Action, PenaltyKind, State};
use major_hazards::values::{Instant, Vocabulary as _};
use serde_json::{Value, json};

use crate::support::app::App;
use crate::support::caller::Caller;
use crate::support::fixtures::{Hazard, Unit, usual_caller};
use crate::support::seed::Random;

pub const AREAS: &[&str] = &["370303009001", "370303009002", "370303010", "370304001001", "370304"];
pub const INDUSTRIES: &[&str] = &["C26", "C261", "F52", "G5990"];
pub const CAMPAIGNS: &[&str] = &[
    "hot_work",
    "confined_space",
    "work_at_height",
    "outsourced_construction",
];
const LEVELS: &[&str] = &["street", "district", "municipal"];
/// When the first hazard is found: the end of a year is near.
const BEGIN: &str = "2023-12-20T01:00:00Z";
/// Steps of anybody after each report.
const STEPS: usize = 12;
const HOUR: i64 = 3_600_000_000;
const DAY: i64 = 24 * HOUR;

/// What was made.
pub struct World {
    pub units: Vec<Unit>,
    pub random: Random,
    hazards: Vec<Living>,
}

struct Living {
    hazard: Hazard,
    state: State,
}

impl World {
    /// Makes `count` hazards and leads each some way.
    pub async fn make(app: &App, random: Random, count: usize) -> Self {
        app.clock().set(BEGIN.parse().expect("a moment"));
        let mut world = Self {
            units: Vec::new(),
            random,
            hazards: Vec::new(),
        };
        for place in 0..15 {
            let (area, industry) = (AREAS[place % AREAS.len()], INDUSTRIES[place % INDUSTRIES.len()]);
            world.units.push(app.enterprise_in(area, industry).await);
        }
        for _ in 0..count {
            world.report(app).await;
            for _ in 0..STEPS {
                world.pass_time(app);
                world.step(app).await;
            }
        }
        world
    }

    /// Mostly hours; now and then to the edge of a day in Shanghai.
    fn pass_time(&mut self, app: &App) {
        let now = app.clock().now().micros();
        let midnight = (now + 8 * HOUR) / DAY * DAY + DAY - 8 * HOUR;
        let next = match self.random.number(12) {
            0 => midnight - 1,
            1 => midnight,
            2..=4 => now,
            hours => now + hours * 2 * HOUR,
        };
        app.clock().set(Instant::from_micros(next.max(now)).expect("a moment"));
    }

    fn campaigns(&mut self) -> Vec<&'static str> {
        let mut chosen = Vec::new();
        for campaign in CAMPAIGNS {
            if self.random.one_in(3) {
                chosen.push(*campaign);
            }
        }
        chosen
    }

    async fn report(&mut self, app: &App) {
        let unit = self.units[self.random.index(self.units.len())].clone();
        let mut body = app.report_body(&unit);
        body["area"] = json!(self.random.pick(AREAS));
        if self.random.one_in(3) {
            body["industry"] = json!(self.random.pick(INDUSTRIES));
        }
        body["campaigns"] = json!(self.campaigns());
        let earlier = self.hazards.iter().find(|living| living.hazard.unit.id == unit.id);
        if let Some(earlier) = earlier.map(|living| living.hazard.id.clone())
            && self.random.one_in(4)
        {
            body["recurrence_of"] = json!(earlier);
        }
        let (source, caller) = match self.random.number(10) {
            0..=3 => ("inspection", Caller::inspector()),
            4..=6 => ("self_report", unit.officer()),
            _ => ("public_tip", Caller::tip_officer()),
        };
        body["source"] = json!(source);
        let caller = if source == "self_report" {
            caller
        } else {
            caller.areas(&["*"])
        };
        let hazard = app.report(&caller, &unit, &body).await;
        self.hazards.push(Living {
            hazard,
            state: State::Reported,
        });
    }

    /// Leads a hazard on by an action that is usual where it stands. What the law refuses is not done.
    async fn step(&mut self, app: &App) {
        // The newest move most.
        let oldest = self.hazards.len().saturating_sub(25);
        let among = if self.random.one_in(5) { 0 } else { oldest };
        let place = among + self.random.index(self.hazards.len() - among);
        let (state, hazard) = {
            let living = &self.hazards[place];
            (living.state, living.hazard.clone())
        };
        if state == State::Reported && self.random.one_in(8) {
            return self.amend(app, place, &hazard).await;
        }
        let Some(action) = self.action(state) else { return };
        let mut body = match action {
            Action::Merge => json!({ "into": self.another(app, &hazard.unit).await }),
            _ => app.usual_body(&hazard, action).await,
        };
        self.vary(app, action, &mut body);
        let listed = body["kind"] == "listed";
        let caller = match action {
            Action::Order if listed => Caller::regulator(),
            _ => usual_caller(&hazard.unit, action),
        };
        let caller = if caller.sub().starts_with("officer") {
            caller
        } else {
            caller.areas(&["*"]).level("national")
        };
        let answer = app.act(&hazard, action, &caller, &body).await;
        if answer.status == 200 {
            let living = &mut self.hazards[place];
            living.hazard.version += 1;
            let status = answer.json()["status"].as_str().map(str::to_owned);
            living.state = status.and_then(|code| State::from_code(&code)).expect("a status");
        } else {
            assert!(
                matches!(answer.status, 409 | 422),
                "{}: {}",
                answer.asked,
                answer.text()
            );
        }
    }

    /// Another hazard of a unit, which nobody leads on.
    async fn another(&mut self, app: &App, unit: &Unit) -> String {
        let inspector = Caller::inspector().areas(&["*"]);
        app.report(&inspector, unit, &app.report_body(unit)).await.id
    }

    fn action(&mut self, state: State) -> Option<Action> {
        let chance = self.random.number(10);
        Some(match (state, chance) {
            (State::Reported, 0) => Action::Merge,
            (State::Reported | State::Confirmed, 1) => Action::Dismiss,
            (State::Reported, _) => Action::Confirm,
            (State::Confirmed, _) => Action::Order,
            (State::Supervised | State::PlanReview, 0) => Action::UpgradeOrder,
            (State::Supervised | State::Rectifying, 1) => Action::RequestExtension,
            (State::Supervised | State::Rectifying, 2) => Action::DecideExtension,
            (State::Supervised, _) => Action::SubmitPlan,
            (State::PlanReview, 1) => Action::ReturnPlan,
            (State::PlanReview, _) => Action::ApprovePlan,
            (State::Rectifying, 3) | (State::Closed, 7 | 8) => Action::Penalize,
            (State::Rectifying, _) => Action::SubmitCompletion,
            (State::AwaitingReview, _) => Action::Review,
            (State::AwaitingSignOff, 0) => Action::RejectSignOff,
            (State::AwaitingSignOff, _) => Action::SignOff,
            (State::Closed, 0..=5) => Action::Reopen,
            (State::Closed, 6) => Action::Remark,
            (State::Closed | State::Dismissed | State::Merged, _) => return None,
        })
    }

    fn vary(&mut self, app: &App, action: Action, body: &mut Value) {
        match action {
            Action::Confirm => {
                body["found_level"] = json!(self.random.pick(LEVELS));
                if self.random.one_in(2) {
                    body["campaigns"] = json!(self.campaigns());
                } else if let Some(body) = body.as_object_mut() {
                    body.remove("campaigns");
                }
            }
            Action::Order => {
                if self.random.one_in(2) {
                    body["kind"] = json!("listed");
                }
                body["level"] = json!(self.random.pick(LEVELS));
                body["plan_due_on"] = json!(app.day(1));
                body["due_on"] = json!(app.day(1 + self.random.number(9)));
            }
            Action::SubmitPlan => body["due_on"] = json!(app.day(0)),
            Action::ReturnPlan => body["plan_due_on"] = json!(app.day(0)),
            Action::UpgradeOrder => body["level"] = json!("municipal"),
            Action::RequestExtension | Action::DecideExtension => {
                body["due_on"] = json!(app.day(12));
                if action == Action::DecideExtension && self.random.one_in(3) {
                    body["approved"] = json!(false);
                }
            }
            Action::SubmitCompletion => {
                body["evaluation"] = json!({
                    "by": "own_experts",
                    "organization": "本单位专家组",
                    "conclusion": "整改到位。",
                    "attachment": body["attachments"][0],
                });
            }
            Action::Review if self.random.one_in(5) => {
                body["passed"] = json!(false);
                body["due_on"] = json!(app.day(self.random.number(4)));
            }
            Action::RejectSignOff => body["due_on"] = json!(app.day(self.random.number(4))),
            Action::Penalize => {
                body["kind"] = json!(self.random.pick(PenaltyKind::CODES));
                body["decided_on"] = json!(app.day(-self.random.number(3)));
                body["unit_amount_cny"] =
                    json!(format!("{}.{:02}", self.random.number(90_000), self.random.number(100)));
                if let Some(body) = body.as_object_mut().filter(|_| self.random.one_in(3)) {
                    body.remove("person");
                    body.remove("person_amount_cny");
                }
            }
            Action::Reopen => {
                body["plan_due_on"] = json!(app.day(1));
                body["due_on"] = json!(app.day(1 + self.random.number(6)));
            }
            _ => {}
        }
    }

    async fn amend(&mut self, app: &App, place: usize, hazard: &Hazard) {
        let body = json!({ "campaigns": self.campaigns() });
        let request = app.patch(hazard.path()).as_(&Caller::committee().areas(&["*"]));
        request
            .if_match(hazard.version)
            .json(&body)
            .send()
            .await
            .expect_status(200)
            .done();
        self.hazards[place].hazard.version += 1;
    }
}
