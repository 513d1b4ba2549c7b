//! One order: the calls are sent one by one as chance has them, doubled, in batches, and past crashes of the service.

use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;
use std::time::Duration;

use futures_util::future::join;
use major_hazards::values::Clock;
use serde_json::{Value, json};

use super::calls::{Call, Meets, PHONES, World, name, pair};
use super::state::State;
use crate::crash::process::Process;
use crate::support::app::App;
use crate::support::client::Answer;
use crate::support::database::Database;
use crate::support::seed::Random;

/// Chances against it, one in so many: a batch, a call that is sent twice, one that is sent again much later, a crash.
const BATCHES: u64 = 12;
const TWICE: u64 = 20;
const LATER: u64 = 20;
const CRASHES: u64 = 150;
/// Calls of a batch.
const LARGEST_BATCH: u64 = 8;
/// Microseconds between a call and a crash.
const LONGEST: u64 = 6_000;

/// What was done.
#[derive(Debug, Default, Clone, Copy)]
pub struct Played {
    calls: u32,
    repeats: u32,
    refused: u32,
    batches: u32,
    crashes: u32,
}

impl Played {
    /// Counts another order in.
    pub fn add(&mut self, other: &Self) {
        self.calls += other.calls;
        self.repeats += other.repeats;
        self.refused += other.refused;
        self.batches += other.batches;
        self.crashes += other.crashes;
    }
}

/// The service, in this process or, where it is to be killed, in one of its own.
enum Node {
    Inside(App),
    Outside(Process),
}

struct Order<'a> {
    world: &'a World,
    database: Rc<Database>,
    node: Node,
    random: Random,
    left: Vec<VecDeque<Call>>,
    /// Calls that will be sent again, with the answer that they had.
    sent: Vec<(Call, Answer)>,
    /// Of each contested hazard, who was taken.
    taken: BTreeMap<usize, Vec<usize>>,
    played: Played,
}

/// Sends everything in an order that is drawn, and reads what there is then.
pub async fn play(database: &Rc<Database>, world: &World, random: Random, crashes: bool) -> (Played, State) {
    let node = if crashes {
        Node::Outside(Process::start(database))
    } else {
        Node::Inside(App::over(Rc::clone(database), Clock::system()).await)
    };
    let mut order = Order {
        world,
        database: Rc::clone(database),
        node,
        random,
        left: world
            .calls
            .iter()
            .map(|calls| calls.iter().cloned().collect())
            .collect(),
        sent: Vec::new(),
        taken: BTreeMap::new(),
        played: Played::default(),
    };
    order.send_all().await;
    for place in 0..world.contested.len() {
        let taken = order.taken.get(&place).map_or(0, Vec::len);
        assert_eq!(taken, 1, "reviews of contested hazard {place} that were taken");
    }
    let app = order.app();
    let state = State::read(&app, world).await;
    app.stop().await;
    (order.played, state)
}

impl Order<'_> {
    async fn send_all(&mut self) {
        while let Some(phone) = self.next_phone() {
            if self.random.one_in(BATCHES) && self.send_batch(phone).await {
                continue;
            }
            if self.random.one_in(LATER) {
                self.repeat().await;
            }
            let call = self.left[phone].pop_front().expect("it has a call");
            if matches!(self.node, Node::Outside(_)) && self.random.one_in(CRASHES) {
                self.crash_at(&call).await;
            }
            let answer = call.request(&self.app()).send().await;
            if self.random.one_in(TWICE) {
                self.same(&call, &answer).await;
            }
            self.hear(call, answer);
        }
        for _ in 0..PHONES {
            self.repeat().await;
        }
    }

    fn app(&self) -> App {
        match &self.node {
            Node::Inside(app) => app.clone(),
            Node::Outside(process) => process.app(),
        }
    }

    /// One of those that have something to send.
    fn next_phone(&mut self) -> Option<usize> {
        let phones: Vec<usize> = (0..PHONES).filter(|phone| !self.left[*phone].is_empty()).collect();
        (!phones.is_empty()).then(|| phones[self.random.index(phones.len())])
    }

    /// The service is killed while it works on a call, and another is started. The phone never hears of it.
    async fn crash_at(&mut self, call: &Call) {
        let Node::Outside(process) = &mut self.node else {
            return;
        };
        let request = call.request(&process.app());
        let moment = Duration::from_micros(self.random.below(LONGEST));
        let kill = async {
            tokio::time::sleep(moment).await;
            process.kill();
        };
        // It may have been answered; the phone is deaf.
        let _ = join(request.try_send(), kill).await;
        *process = Process::start(&self.database);
        self.played.crashes += 1;
    }

    /// Sends what comes next of a phone together; false when it cannot go in a batch.
    async fn send_batch(&mut self, phone: usize) -> bool {
        let most = usize::try_from(2 + self.random.below(LARGEST_BATCH - 1)).expect("a small number");
        let fitting = self.left[phone].iter().map_while(Call::in_batch).take(most);
        let calls: Vec<Value> = fitting.collect();
        let Some(caller) = self.left[phone].front().map(Call::caller).filter(|_| !calls.is_empty()) else {
            return false;
        };
        let count = calls.len();
        let sent = self.app().post("/v1/batch").as_(&caller).json(&json!({"calls": calls}));
        let answers = sent.send().await.expect_status(200).json();
        let answers = answers["answers"].as_array().expect("answers").clone();
        assert_eq!(answers.len(), count);
        let calls: Vec<Call> = self.left[phone].drain(..count).collect();
        self.played.batches += 1;
        // What is to be said again comes before what was to be said next, in its order.
        for (call, answer) in calls.into_iter().zip(answers).rev() {
            self.hear(call, alone(&answer));
        }
        true
    }

    /// Sends a call again that was sent before.
    async fn repeat(&mut self) {
        if !self.sent.is_empty() {
            let place = self.random.index(self.sent.len());
            let (call, answer) = self.sent[place].clone();
            self.same(&call, &answer).await;
        }
    }

    /// Sends a call again, which is answered as it was.
    async fn same(&mut self, call: &Call, answer: &Answer) {
        let again = call.request(&self.app()).send().await;
        self.played.repeats += 1;
        if call.key.is_some() {
            assert_eq!((again.status, again.json()), (answer.status, answer.json()), "{call:?}");
        } else {
            // It is known by its own id.
            assert_eq!(again.status, 200, "{call:?}: {}", again.text());
        }
    }

    /// What the phone does with an answer.
    fn hear(&mut self, call: Call, answer: Answer) {
        self.played.calls += 1;
        match (answer.status, call.meets) {
            (200 | 201, Meets::Another(place)) => self.taken.entry(place).or_default().push(call.phone),
            (200 | 201, _) => {}
            (412, Meets::Everybody) => {
                let current = missed(&call, &answer.json());
                self.left[call.phone].push_front(call.again_on(current));
                self.played.refused += 1;
            }
            (412, Meets::Another(place)) => {
                self.told_of_the_other(&call, place, &answer.json());
                self.played.refused += 1;
            }
            (status, _) => panic!("{call:?}: {status} {}", answer.text()),
        }
        self.sent.push((call, answer));
    }

    /// The review that was not taken is refused with the one that was.
    fn told_of_the_other(&self, call: &Call, place: usize, problem: &Value) {
        let version = self.world.contested[place].version + 1;
        assert_eq!(missed(call, problem), version, "{problem}");
        let other = pair(place)
            .into_iter()
            .find(|phone| *phone != call.phone)
            .expect("a pair");
        assert_eq!(problem["since"][0]["action"], "review", "{problem}");
        assert_eq!(problem["since"][0]["actor"]["subject"], name(other), "{problem}");
        assert_eq!(problem["current"]["status"], "awaiting_sign_off", "{problem}");
    }
}

/// The present version, of which a refusal tells everything since the version of the call.
fn missed(call: &Call, problem: &Value) -> i64 {
    assert_eq!(problem["code"], "stale_version", "{problem}");
    let current = problem["current_version"].as_i64().expect("a version");
    assert_eq!(problem["current"]["version"], current, "{problem}");
    let told: Vec<i64> = problem["since"]
        .as_array()
        .expect("what happened since")
        .iter()
        .map(|event| event["version"].as_i64().expect("a version"))
        .collect();
    let seen = call.version.expect("it carries a version");
    let all: Vec<i64> = (seen + 1..=current).collect();
    // The newest are told where there are many.
    assert!(!told.is_empty() && all.ends_with(&told), "{told:?} of {all:?}");
    current
}

/// An answer within a batch as it would be alone.
fn alone(answer: &Value) -> Answer {
    Answer {
        status: u16::try_from(answer["status"].as_u64().expect("it was made")).expect("a status"),
        headers: reqwest::header::HeaderMap::new(),
        body: answer["body"].to_string().into_bytes(),
        asked: "a call of a batch".to_owned(),
    }
}
