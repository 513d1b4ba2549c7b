//! What everybody does about a hazard, drawn by chance: mostly what is owed, now and then something else, and now and
//! then nothing for weeks.

use major_hazards::law::lifecycle::{Action, PenaltyKind, State};
use major_hazards::values::Vocabulary as _;
use serde_json::{Value, json};

use crate::statistics::world::CAMPAIGNS;
use crate::support::app::App;
use crate::support::caller::Caller;
use crate::support::client::Answer;
use crate::support::days::{date, day, midnight, number};
use crate::support::fixtures::{Hazard, usual_caller};
use crate::support::seed::Random;

const LEVELS: &[&str] = &["street", "district", "municipal"];
const HOUR: i64 = 3_600_000_000;
/// When things happen on a day: at its first moment, when work begins, in the afternoon, at its last moment.
pub const HOURS: [i64; 4] = [0, 9 * HOUR, 14 * HOUR + HOUR / 2, 24 * HOUR - 1];
/// When nothing happens any more.
pub const NEVER: i64 = i64::MAX;

/// A hazard, as far as those who deal with it remember it.
pub struct Living {
    pub hazard: Hazard,
    pub state: State,
    /// When somebody does something about it next.
    pub next: i64,
    pub random: Random,
    found_at_city: bool,
    suspended: bool,
    asked_to_extend: bool,
    due_on: i64,
}

/// What those who act have at hand.
#[derive(Clone, Copy)]
pub struct AtHand<'a> {
    pub app: &'a App,
    /// Another open hazard of the unit.
    pub other: Option<&'a str>,
    pub authorities: &'a [String],
}

enum Step {
    Amend,
    Act(Action),
}

impl Living {
    pub fn new(hazard: Hazard, random: Random, now: i64) -> Self {
        let mut living = Self {
            hazard,
            state: State::Reported,
            next: now,
            random,
            found_at_city: false,
            suspended: false,
            asked_to_extend: false,
            due_on: 0,
        };
        living.rest(now);
        living
    }

    /// Somebody does something. What the law refuses is not done; the name of what was done, and the answer.
    pub async fn live(&mut self, at_hand: AtHand<'_>) -> (&'static str, Answer) {
        let now = at_hand.app.clock().now().micros();
        let (name, answer) = match self.draw(at_hand.other.is_some()) {
            Step::Amend => ("amend", self.amend(at_hand.app).await),
            Step::Act(action) => (action.code(), self.act(action, at_hand).await),
        };
        if answer.status == 200 {
            self.follow(&answer.json());
        } else {
            assert!(
                matches!(answer.status, 409 | 422),
                "{}: {}",
                answer.asked,
                answer.text()
            );
        }
        self.rest(now);
        (name, answer)
    }

    /// Remembers how it stands after an action.
    pub fn follow(&mut self, hazard: &Value) {
        self.hazard.version = hazard["version"].as_i64().expect("a version");
        self.state = State::from_code(hazard["status"].as_str().expect("a status")).expect("a known status");
        self.found_at_city = hazard["found_level"] == "municipal";
        self.suspended = hazard["production"] != "running";
        if let Some(due_on) = hazard["supervision"]["due_on"].as_str() {
            self.due_on = number(due_on);
        }
    }

    /// When somebody comes back to it: mostly within days, sometimes at another hour of the same day, sometimes late.
    fn rest(&mut self, now: i64) {
        let days = match (self.state, self.random.below(12)) {
            (State::Dismissed | State::Merged, _) => return self.next = NEVER,
            (State::Closed, chance) if chance > 2 => return self.next = NEVER,
            (State::Closed, _) => 5 + self.random.number(80),
            (_, 0 | 1) => 0,
            (_, 2) => 12 + self.random.number(60),
            _ => 1 + self.random.number(8),
        };
        let hour = HOURS[self.random.index(HOURS.len())];
        self.next = (midnight(day(now) + days) + hour).max(now + 1);
    }

    fn draw(&mut self, has_other: bool) -> Step {
        use State::{AwaitingReview, AwaitingSignOff, Confirmed, PlanReview, Rectifying, Reported, Supervised};
        let extension = if self.asked_to_extend {
            Action::DecideExtension
        } else {
            Action::RequestExtension
        };
        let production = if self.suspended {
            Action::ResumeProduction
        } else {
            Action::SuspendProduction
        };
        let under_order = matches!(self.state, Supervised | PlanReview | Rectifying);
        if under_order && self.asked_to_extend && self.random.one_in(2) {
            return Step::Act(Action::DecideExtension);
        }
        Step::Act(match (self.state, self.random.below(20)) {
            (Reported, 0) => return Step::Amend,
            (Reported, 1) | (Confirmed, 0) if has_other => Action::Merge,
            (Reported, 2) | (Confirmed, 1) => Action::Dismiss,
            (Reported | PlanReview | AwaitingReview | AwaitingSignOff, 3)
            | (Confirmed | Supervised, 2)
            | (Rectifying, 8) => Action::Transfer,
            (Reported, 4) | (Supervised, 8) => Action::Remark,
            (Reported, _) => Action::Confirm,
            (Supervised | PlanReview | Rectifying, 0) => Action::UpgradeOrder,
            (Confirmed | Supervised | PlanReview | AwaitingReview, 4) | (Rectifying, 5) => production,
            (Confirmed | Supervised | Rectifying | AwaitingSignOff, 6) | (State::Closed, 14..=16) => Action::Penalize,
            (Supervised | Rectifying, 7) => Action::OpenAccountability,
            (Confirmed, _) => Action::Order,
            (Supervised, 9..=11) | (PlanReview, 1) | (Rectifying, 1..=4) => extension,
            (Supervised, _) => Action::SubmitPlan,
            (PlanReview, 15..) => Action::ReturnPlan,
            (PlanReview, _) => Action::ApprovePlan,
            (Rectifying, _) => Action::SubmitCompletion,
            (AwaitingReview, _) => Action::Review,
            (AwaitingSignOff, 15..) => Action::RejectSignOff,
            (AwaitingSignOff, _) => Action::SignOff,
            (State::Closed, 0..=13) => Action::Reopen,
            (State::Closed | State::Dismissed | State::Merged, _) => Action::Remark,
        })
    }

    async fn act(&mut self, action: Action, at_hand: AtHand<'_>) -> Answer {
        let app = at_hand.app;
        let mut body = match (action, at_hand.other) {
            (Action::Merge, Some(other)) => json!({ "into": other }),
            (Action::Transfer, _) => {
                let authority = &at_hand.authorities[self.random.index(at_hand.authorities.len())];
                json!({"authority": authority, "reason": "行业主管部门调整。"})
            }
            _ => app.usual_body(&self.hazard, action).await,
        };
        self.vary(app, action, &mut body);
        let usual = if body["kind"] == "listed" {
            Caller::regulator()
        } else {
            usual_caller(&self.hazard.unit, action)
        };
        let by_unit = matches!(
            action,
            Action::SubmitPlan | Action::RequestExtension | Action::SubmitCompletion
        );
        let caller = if by_unit {
            usual
        } else {
            usual.areas(&["*"]).level("national")
        };
        let answer = app.act(&self.hazard, action, &caller, &body).await;
        if answer.status == 200 {
            self.asked_to_extend = match action {
                Action::RequestExtension => true,
                Action::DecideExtension | Action::SubmitCompletion => false,
                _ => self.asked_to_extend,
            };
        }
        answer
    }

    async fn amend(&mut self, app: &App) -> Answer {
        let campaign = self.random.pick(CAMPAIGNS);
        let request = app.patch(self.hazard.path()).as_(&Caller::committee().areas(&["*"]));
        let request = request
            .if_match(self.hazard.version)
            .json(&json!({ "campaigns": [campaign] }));
        request.send().await
    }

    fn vary(&mut self, app: &App, action: Action, body: &mut Value) {
        let random = &mut self.random;
        let within = |random: &mut Random, least: i64, most: u64| json!(app.day(least + random.number(most)));
        match action {
            Action::Confirm => {
                body["found_level"] = json!(random.pick(LEVELS));
                body["campaigns"] = json!([random.pick(CAMPAIGNS)]);
            }
            Action::Order => {
                body["plan_due_on"] = within(random, 2, 12);
                body["due_on"] = within(random, 14, 60);
                if self.found_at_city || random.one_in(4) {
                    body["kind"] = json!("listed");
                }
                body["level"] = json!(random.pick(LEVELS));
            }
            Action::UpgradeOrder => body["level"] = json!("municipal"),
            Action::SubmitPlan => body["due_on"] = json!(date(self.due_on)),
            Action::ReturnPlan => {
                let latest = self.due_on.min(day(app.clock().now().micros()) + 6);
                body["plan_due_on"] = json!(date(latest).max(app.day(0)));
            }
            // Sometimes to a day so near that some reminders would lie before the decision.
            Action::RequestExtension => body["due_on"] = json!(date(self.due_on + 1 + random.number(25))),
            Action::DecideExtension => {
                let today = day(app.clock().now().micros());
                body["due_on"] = json!(date(self.due_on.max(today) + 1 + random.number(25)));
                body["approved"] = json!(!random.one_in(4));
            }
            Action::SuspendProduction if random.one_in(2) => body["scope"] = json!("full"),
            Action::SubmitCompletion => {
                body["evaluation"] = json!({
                    "by": "own_experts",
                    "organization": "本单位专家组",
                    "conclusion": "整改到位。",
                    "attachment": body["attachments"][0],
                });
            }
            Action::Review if random.one_in(4) => {
                body["passed"] = json!(false);
                body["due_on"] = within(random, 1, 25);
            }
            Action::RejectSignOff => body["due_on"] = within(random, 0, 25),
            Action::Reopen => {
                body["plan_due_on"] = within(random, 1, 9);
                body["due_on"] = within(random, 10, 40);
            }
            Action::Penalize => {
                body["kind"] = json!(random.pick(PenaltyKind::CODES));
                body["unit_amount_cny"] = json!(format!("{}.{:02}", random.below(90_000), random.below(100)));
            }
            _ => {}
        }
    }
}
