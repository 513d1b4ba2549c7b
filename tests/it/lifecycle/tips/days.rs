//! When what an office owes to a reporter ends: in days of Shanghai, working days by the calendar, read and never written.

use major_hazards::law::deadlines::{ClockState, LedgerEntry, clocks, effective, ends};
use major_hazards::law::policy::Policy;
use major_hazards::law::scope::Caller;
use major_hazards::law::tips::decide::{TipPermit, TipQuestion, decide, told};
use major_hazards::law::tips::facts::{TipBodyFacts, TipFacts};
use major_hazards::law::tips::lifecycle::{TipAction, TipClock};
use major_hazards::law::tips::reward::RewardStanding;
use major_hazards::values::Instant;

use super::asked::{officers, untold};

/// A tip whose clocks are kept as a ledger, as the room keeps them.
struct Story {
    tip: TipFacts,
    ledger: Vec<LedgerEntry<TipClock, TipAction>>,
    officers: Vec<Caller>,
    policy: Policy,
}

impl Story {
    fn told(at: &str) -> Self {
        let policy = Policy::embedded().unwrap();
        let mut story = Self {
            tip: untold().pop().unwrap(),
            ledger: Vec::new(),
            officers: officers(),
            policy,
        };
        let permit = told(&story.policy);
        story.follow(&permit, at.parse().unwrap());
        story
    }

    fn follow(&mut self, permit: &TipPermit, at: Instant) {
        let version = i64::try_from(self.ledger.len()).unwrap();
        for step in effective(permit.clock_steps(), &self.ledger) {
            self.ledger.push(LedgerEntry {
                step,
                at,
                action: permit.action(),
                version,
                policy: permit.policy_version().to_owned(),
            });
        }
        self.tip.state = permit.to();
        self.tip.running = ends(&self.ledger, self.policy.calendar())
            .map(|clock| clock.kind)
            .collect();
        self.tip.verification_due_on = self.end(TipClock::Verification);
    }

    fn end(&self, kind: TipClock) -> Option<major_hazards::values::Day> {
        ends(&self.ledger, self.policy.calendar())
            .find(|clock| clock.kind == kind)
            .map(|clock| clock.due_on)
    }

    fn act(&mut self, at: &str, action: TipAction, body: &TipBodyFacts) -> TipPermit {
        let now: Instant = at.parse().unwrap();
        let officer = usize::from(action == TipAction::ApproveReward);
        let permit = decide(&TipQuestion {
            tip: &self.tip,
            caller: &self.officers[officer],
            action,
            body: Some(body),
            now,
            policy: &self.policy,
        })
        .unwrap_or_else(|denial| panic!("{action}: {denial:?}"));
        self.follow(&permit, now);
        permit
    }

    fn due(&self, kind: TipClock) -> String {
        self.end(kind).map_or_else(|| "never".to_owned(), |day| day.to_string())
    }
}

#[test]
fn the_decision_on_acceptance_is_owed_in_seven_working_days() {
    // Monday 28 September 2026; 1 to 7 October are off, Saturday 10 October is worked.
    let story = Story::told("2026-09-28T23:30:00+08:00");
    assert_eq!(story.due(TipClock::Acceptance), "2026-10-13");
    let late = |now: &str| clocks(&story.ledger, story.policy.calendar(), now.parse().unwrap())[0].overdue;
    assert!(!late("2026-10-13T23:59:59+08:00"));
    assert!(late("2026-10-14T00:00:00+08:00"));
}

#[test]
fn a_verification_takes_sixty_days_and_thirty_more_at_most() {
    let none = TipBodyFacts::default();
    let mut story = Story::told("2026-11-09T09:00:00+08:00");
    story.act("2026-11-10T09:00:00+08:00", TipAction::Accept, &none);
    assert_eq!(
        (story.due(TipClock::Acceptance), story.due(TipClock::Verification)),
        ("never".into(), "2027-01-09".into())
    );
    story.act("2026-12-01T09:00:00+08:00", TipAction::StartVerification, &none);
    assert_eq!(
        story.due(TipClock::Verification),
        "2027-01-09",
        "who begins late has no more time"
    );
    story.act("2027-01-09T23:00:00+08:00", TipAction::Extend, &none);
    assert_eq!(story.due(TipClock::Verification), "2027-02-08");
    let reading = clocks(
        &story.ledger,
        story.policy.calendar(),
        "2027-02-09T00:00:00+08:00".parse().unwrap(),
    );
    let verification = reading
        .iter()
        .find(|clock| clock.kind == TipClock::Verification)
        .unwrap();
    assert!(verification.overdue && verification.state == ClockState::Running);
    assert_eq!(verification.extensions.len(), 1);
}

#[test]
fn the_answer_is_owed_ten_working_days_after_the_conclusion_and_after_a_refusal() {
    let none = TipBodyFacts::default();
    let mut declined = Story::told("2026-11-09T09:00:00+08:00");
    declined.act("2026-11-10T09:00:00+08:00", TipAction::Decline, &none);
    assert_eq!(declined.due(TipClock::Feedback), "2026-11-24");

    let mut story = Story::told("2026-11-09T09:00:00+08:00");
    story.act("2026-11-10T09:00:00+08:00", TipAction::Accept, &none);
    story.act("2026-11-10T10:00:00+08:00", TipAction::StartVerification, &none);
    story.act("2026-11-12T10:00:00+08:00", TipAction::Conclude, &none);
    assert_eq!(
        (story.due(TipClock::Verification), story.due(TipClock::Feedback)),
        ("never".into(), "2026-11-26".into())
    );
    story.act("2026-11-13T10:00:00+08:00", TipAction::Answer, &none);
    assert_eq!(
        (story.due(TipClock::Feedback), story.due(TipClock::Closing)),
        ("never".into(), "2027-02-11".into())
    );
    story.act("2026-11-16T10:00:00+08:00", TipAction::Close, &none);
    assert_eq!(ends(&story.ledger, story.policy.calendar()).count(), 0);
}

#[test]
fn a_reward_is_claimed_within_sixty_days_of_the_approval_and_closing_waits_for_it() {
    let none = TipBodyFacts::default();
    let found = TipBodyFacts {
        substantiated: Some(true),
        report: true,
        ..none.clone()
    };
    let mut story = Story::told("2026-11-09T09:00:00+08:00");
    for (at, action, body) in [
        ("2026-11-10T09:00:00+08:00", TipAction::Accept, &none),
        ("2026-11-10T10:00:00+08:00", TipAction::StartVerification, &none),
        ("2026-11-12T10:00:00+08:00", TipAction::Conclude, &found),
        ("2026-11-13T10:00:00+08:00", TipAction::Answer, &none),
    ] {
        story.act(at, action, body);
    }
    story.tip.found_true = true;
    let fined = TipBodyFacts {
        fine: Some("123456.78".parse().unwrap()),
        ..none.clone()
    };
    let proposed = story.act("2027-01-20T10:00:00+08:00", TipAction::ProposeReward, &fined);
    assert_eq!(
        proposed.reward().map(|amount| amount.to_string()).as_deref(),
        Some("18518.52")
    );
    story.tip.reward = RewardStanding::Proposed { by: "first".to_owned() };
    let approved = story.act("2027-01-21T10:00:00+08:00", TipAction::ApproveReward, &none);
    assert_eq!(approved.reward(), None, "the amount is as it was computed");
    assert_eq!(
        (story.due(TipClock::Claim), story.due(TipClock::Closing)),
        ("2027-03-22".into(), "2027-04-21".into())
    );
    let claim_by = story.end(TipClock::Claim).unwrap();
    story.tip.reward = RewardStanding::Approved { claim_by };
    let proven = TipBodyFacts {
        claim_proven: Some(true),
        ..none
    };
    story.act("2027-03-22T23:59:59+08:00", TipAction::PayReward, &proven);
    assert_eq!(
        (story.due(TipClock::Claim), story.due(TipClock::Closing)),
        ("never".into(), "2027-06-20".into())
    );
}
