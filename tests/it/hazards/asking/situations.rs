//! Hazards in every state, and in each state with every kind of history that leads there.

use futures_util::future::join_all;
use major_hazards::law::lifecycle::{Action, State, TABLE};
use major_hazards::values::Vocabulary as _;
use serde_json::{Value, json};

use super::bodies::merged;
use super::world::{LONG_AGO, World};
use crate::support::caller::Caller;
use crate::support::fixtures::way_to;
use crate::support::seed::Random;

/// A hazard, and how it came to stand where it does.
#[derive(Debug, Clone)]
pub(in crate::hazards) struct Situation {
    pub(in crate::hazards) name: String,
    pub(in crate::hazards) id: String,
}

impl Situation {
    /// Whether nothing happened on the way that does not happen to every hazard.
    pub(in crate::hazards) fn is_usual(&self) -> bool {
        self.name.ends_with(USUAL)
    }
}

/// What is otherwise than on the usual way.
struct Story {
    name: &'static str,
    /// What the report says otherwise.
    report: Value,
    /// Behind which action of the way something happens.
    after: Action,
    /// What happens there; it ends in the state in which it began.
    detour: Vec<(Action, Value)>,
    /// What that action says otherwise.
    changes: Value,
}

impl Story {
    fn new(name: &'static str, after: Action, detour: &[Action]) -> Self {
        Self {
            name,
            report: json!({}),
            after,
            detour: detour.iter().map(|action| (*action, json!({}))).collect(),
            changes: json!({}),
        }
    }

    fn reported(name: &'static str, report: Value) -> Self {
        let story = Self::new(name, Action::Report, &[]);
        Self { report, ..story }
    }

    fn said(name: &'static str, action: Action, changes: Value) -> Self {
        let story = Self::new(name, action, &[]);
        Self { changes, ..story }
    }

    /// A detour whose first step says something otherwise.
    fn beginning(mut self, changes: Value) -> Self {
        self.detour[0].1 = changes;
        self
    }

    /// The steps to a state; nothing when this cannot happen on the way there.
    fn way(&self, state: State) -> Option<Vec<(Action, Value)>> {
        let way = way_to(state);
        let happens = self.after == Action::Report || way.contains(&self.after);
        let found_long_ago = self.report["found_on"] == LONG_AGO;
        let absorbing = self.name == ABSORBING;
        // What waits for its evidence is not signed off.
        if self.name == AWAITED && way.contains(&Action::SignOff) {
            return None;
        }
        // An old find has no clause in force to confirm it by; what took another in cannot be merged itself.
        if !happens || (found_long_ago && way.contains(&Action::Confirm)) || (absorbing && way.contains(&Action::Merge))
        {
            return None;
        }
        let mut steps = Vec::new();
        if self.after == Action::Report {
            steps.extend(self.detour.clone());
        }
        for action in way {
            let here = *action == self.after;
            steps.push((*action, if here { self.changes.clone() } else { json!({}) }));
            if here {
                steps.extend(self.detour.clone());
            }
        }
        Some(steps)
    }
}

/// An inspector reports and has not brought the evidence yet.
fn awaited(world: &World) -> Story {
    let evidence = world.slot_of(Caller::inspector().sub());
    Story::reported(AWAITED, json!({"attachments": [evidence]}))
}

fn stories(world: &World) -> Vec<Story> {
    use Action::{
        ApprovePlan, Confirm, DecideExtension, OpenAccountability, Order, Penalize, RejectSignOff, Remark, Reopen,
        Report, RequestExtension, ResumeProduction, ReturnPlan, Review, SignOff, SubmitCompletion, SubmitPlan,
        SuspendProduction, Transfer, UpgradeOrder,
    };
    let failed = json!({"passed": false, "due_on": world.today().plus_days(30)});
    let again = [SubmitPlan, ApprovePlan, SubmitCompletion, Review, SignOff, Reopen];
    vec![
        Story::new(USUAL, Report, &[]),
        Story::reported("found long ago", json!({"found_on": LONG_AGO})),
        Story::reported("self-reported", json!({"source": "self_report"})),
        awaited(world),
        Story::new(ABSORBING, Report, &[]),
        Story::new("remarked on", Report, &[Remark]),
        Story::new("handed over", Report, &[Transfer]),
        Story::said("found by the city", Confirm, json!({"found_level": "municipal"})),
        Story::new("suspended in part", Confirm, &[SuspendProduction]).beginning(json!({"scope": "partial"})),
        Story::new("suspended", Confirm, &[SuspendProduction]).beginning(json!({"scope": "full"})),
        Story::new("running again", Confirm, &[SuspendProduction, ResumeProduction]),
        Story::new("inquired into", Confirm, &[OpenAccountability]),
        Story::new("punished", Confirm, &[Penalize]),
        Story::said("ordered by the district", Order, json!({"level": "district"})),
        Story::new("upgraded", Order, &[UpgradeOrder]).beginning(json!({"level": "municipal"})),
        Story::new("ordered and handed over", Order, &[Transfer]),
        Story::new("more time wanted", Order, &[RequestExtension]),
        Story::new("more time given", Order, &[RequestExtension, DecideExtension]),
        Story::new("no more time", Order, &[RequestExtension, DecideExtension].repeat(2)),
        Story::new("reopened", Order, &again),
        Story::new("plan returned", SubmitPlan, &[ReturnPlan, SubmitPlan]),
        Story::new("review failed", SubmitCompletion, &[Review, SubmitCompletion]).beginning(failed),
        Story::new("sign-off rejected", Review, &[RejectSignOff, SubmitCompletion, Review]),
    ]
}

const USUAL: &str = "as usual";
const ABSORBING: &str = "another merged into it";
const AWAITED: &str = "reported before its evidence came";

/// Puts a hazard on record for each state and each story that reaches it.
pub(in crate::hazards) async fn situations(world: &World) -> Vec<Situation> {
    let stories = stories(world);
    let all = stories
        .iter()
        .flat_map(|story| State::ALL.iter().map(move |state| (story, *state)));
    let told = join_all(all.map(|(story, state)| tell(world, story, state))).await;
    told.into_iter().flatten().collect()
}

/// Puts a hazard on record for each state, in the usual way, and one that waits for its evidence.
pub(in crate::hazards) async fn usual_situations(world: &World) -> Vec<Situation> {
    let usual = Story::new(USUAL, Action::Report, &[]);
    let awaited = awaited(world);
    let states = State::ALL.iter().map(|state| (&usual, *state));
    let all = states.chain([(&awaited, State::AwaitingSignOff)]);
    let told = join_all(all.map(|(story, state)| tell(world, story, state))).await;
    told.into_iter().flatten().collect()
}

/// Puts a hazard on record in a state, with a story that chance chooses.
pub(in crate::hazards) async fn any_situation(world: &World, state: State, random: &mut Random) -> Situation {
    let stories = stories(world);
    loop {
        let story = &stories[random.index(stories.len())];
        if let Some(situation) = tell(world, story, state).await {
            return situation;
        }
    }
}

/// Nothing when the story does not reach the state.
async fn tell(world: &World, story: &Story, state: State) -> Option<Situation> {
    let way = story.way(state)?;
    let self_reported = story.report["source"] == "self_report";
    let reporter = if self_reported {
        world.unit.officer()
    } else {
        Caller::inspector()
    };
    let body = merged(world.app.report_body(&world.unit), &story.report);
    let hazard = world.app.report(&reporter, &world.unit, &body).await;
    if story.name == ABSORBING {
        world.merge_another_into(&hazard).await;
    }
    for (action, changes) in way {
        world.advance(&hazard.id, action, &changes).await;
    }
    Some(Situation {
        name: format!("{state}, {}", story.name),
        id: hazard.id,
    })
}

/// Presses some of those that are late: every second by one rung, every fourth up to the last.
pub(in crate::hazards) async fn press(world: &World, situations: &mut [Situation]) {
    for (index, situation) in situations.iter_mut().enumerate() {
        let state = world.look(&situation.id).await.state();
        let pressed = TABLE
            .iter()
            .any(|row| row.action == Action::Escalate && row.from.contains(&state));
        let rung = match index % 4 {
            1 => json!({"kind": "letter"}),
            3 => json!({"kind": "exposure", "skip_reason": "多次催办无果。"}),
            _ => continue,
        };
        if pressed {
            world.advance(&situation.id, Action::Escalate, &rung).await;
            situation.name.push_str(", pressed");
        }
    }
}
