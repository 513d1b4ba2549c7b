//! Whoever owns a phone: records inspections and sends them, photographs before or after, until all of it is sent.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::Duration;

use major_hazards::values::Clock;
use serde_json::{Value, json};

use super::inspector::{Entry, Outcome, Patience, Phone, Sender, Service, Told};
use crate::support::app::App;
use crate::support::caller::Caller;
use crate::support::fixtures::{CRITERION, Unit, photograph};
use crate::support::seed::Random;

/// A program of its own gives up later, and is killed before.
const PATIENCE: Patience = Patience {
    answer: Duration::from_secs(10),
    pause: Duration::from_millis(5),
    longest: Duration::from_millis(200),
    attempts: 6,
    piece: 16 * 1024,
};
/// Bytes of the largest photograph.
const LARGEST: u64 = 60 * 1024;
/// Milliseconds after which a program that sends is killed at the latest.
const LONGEST_LIFE: u64 = 400;

/// Where a phone is used.
#[derive(Clone)]
pub struct Round {
    pub unit: Unit,
    /// Code of a list of points to check.
    pub checklist: String,
    /// The service, over the line.
    pub line: App,
}

/// A phone and what was done with it.
pub struct Owner {
    caller: Caller,
    folder: PathBuf,
    phone: Phone,
    random: Random,
    /// The program, where the phone is one of its own, which is killed now and then.
    program: Option<PathBuf>,
    photographs: u32,
    /// Inspections by their ids, as they were recorded.
    pub recorded: BTreeMap<String, Value>,
    /// Bytes of photographs by their digests.
    pub bytes: BTreeMap<String, Vec<u8>>,
    /// Ids of the inspections that the service said it has.
    pub acknowledged: Vec<String>,
    /// How often the program was killed.
    pub kills: u32,
}

impl Owner {
    /// The owner of the `number`th phone.
    pub fn new(folder: &Path, number: u32, random: Random, program: Option<PathBuf>) -> Self {
        let folder = folder.join(format!("phone-{number}"));
        Self {
            caller: Caller::inspector().subject(&format!("inspector-{number}")),
            phone: Phone::open(&folder).expect("a phone"),
            folder,
            random,
            program,
            photographs: 0,
            recorded: BTreeMap::new(),
            bytes: BTreeMap::new(),
            acknowledged: Vec::new(),
            kills: 0,
        }
    }

    /// Records so many inspections, and sends until nothing is left; tells `acknowledge` of each that the service has.
    pub async fn work(&mut self, round: &Round, inspections: u32, acknowledge: impl Fn()) {
        while let Err(lost) = self.phone.sync(&self.service(round)).await {
            assert!(!lost.to_string().contains("status 4"), "{lost}");
        }
        let mut left = inspections;
        loop {
            let now = left.min(1 + u32::try_from(self.random.below(3)).expect("a small number"));
            for _ in 0..now {
                self.record(round);
            }
            left -= now;
            self.strew(round).await;
            let is_empty = match &self.program {
                Some(program) => self.send_and_kill(&program.clone(), round, &acknowledge).await,
                None => self.send(round, &acknowledge).await,
            };
            if is_empty && left == 0 {
                return;
            }
        }
    }

    fn record(&mut self, round: &Round) {
        let pictures = self.random.below(3);
        let mut draft = json!({
            "unit": round.unit.uscc,
            "checklist": round.checklist,
            "inspectors": [{"name": "赵一", "certificate_number": "370303001"}],
            "findings": [
                {
                    "item": "1",
                    "result": "fail",
                    "note": "污水处理站的有限空间没有辨识。",
                    "photographs": (0..pictures).map(|_| self.photograph()).collect::<Vec<_>>(),
                },
                {"item": "2", "result": "pass"},
            ],
        });
        if self.random.one_in(2) {
            draft["findings"][0]["hazard"] = json!({
                "title": "污水处理站有限空间未辨识",
                "description": "厂区西侧污水处理站的有限空间没有辨识，没有台账和警示标志。",
                "criteria": [CRITERION],
            });
        }
        if let Some(program) = &self.program {
            let file = self.folder.join("draft.json");
            std::fs::write(&file, draft.to_string()).expect("a draft");
            let ended = self
                .command(program, "record")
                .arg(&file)
                .status()
                .expect("the program runs");
            assert!(ended.success(), "{ended}");
        } else {
            let draft = serde_json::from_value(draft).expect("a draft");
            self.phone.record(draft).expect("it is recorded");
        }
        let queue = self.phone.queue().expect("a queue");
        for waiting in queue.waiting().expect("the queue is read") {
            for evidence in waiting.entry.evidence() {
                let bytes = queue.bytes(evidence).expect("the photograph is there");
                self.bytes.insert(evidence.sha256.clone(), bytes);
            }
            if let Entry::Inspection(inspection) = waiting.entry {
                self.recorded.insert(inspection.id.to_string(), json!(inspection.body));
            }
        }
    }

    /// A picture of its own, or now and then the one that was taken last.
    fn photograph(&mut self) -> PathBuf {
        if self.photographs == 0 || !self.random.one_in(5) {
            self.photographs += 1;
            let bytes = self.picture();
            std::fs::write(self.file(self.photographs), bytes).expect("a photograph");
        }
        self.file(self.photographs)
    }

    fn file(&self, number: u32) -> PathBuf {
        self.folder.join(format!("现场{number}.png"))
    }

    /// Bytes that no other picture has, and no two parts of which are alike.
    fn picture(&mut self) -> Vec<u8> {
        let mut bytes = photograph(u32::try_from(self.random.below(1 << 32)).expect("32 bits"));
        for _ in 0..self.random.below(LARGEST) / 8 {
            bytes.extend(self.random.below(u64::MAX).to_be_bytes());
        }
        bytes
    }

    /// Brings bytes that nothing cites, or those of an inspection before it, and does not look whether they came.
    async fn strew(&mut self, round: &Round) {
        let recorded = self.bytes.values().next_back().cloned();
        let bytes = match recorded {
            Some(recorded) if self.random.one_in(2) => recorded,
            _ => self.picture(),
        };
        let sent = round.line.post("/v1/attachments").as_(&self.caller);
        let _ = sent.body("image/png", bytes).try_send().await;
    }

    fn service(&self, round: &Round) -> Service {
        let token = self.caller.token(&Clock::system());
        Service::at(&round.line.url(""), &token, PATIENCE).expect("a service")
    }

    /// Sends what waits; true when nothing waits any more.
    async fn send(&mut self, round: &Round, acknowledge: &impl Fn()) -> bool {
        let sender = Sender::new(self.phone.queue().expect("a queue"), self.service(round));
        let acknowledged = &mut self.acknowledged;
        let tell = |told: Told| match told {
            Told::Taken(entry) => {
                acknowledged.extend(id(&entry));
                acknowledge();
            }
            Told::Parked(entry, answer) => panic!("{entry:?} is refused: {answer}"),
        };
        match sender.drain(tell).await.expect("the phone works") {
            Outcome::Empty => true,
            Outcome::GaveUp(_) => false,
            ended => panic!("{ended:?}"),
        }
    }

    /// Has the program send what waits and kills it at some moment; true when nothing waits any more.
    async fn send_and_kill(&mut self, program: &Path, round: &Round, acknowledge: &impl Fn()) -> bool {
        let waited = self.waiting();
        let mut command = self.command(program, "send");
        let token = self.caller.token(&Clock::system());
        command
            .env("INSPECTOR_SERVER", round.line.url(""))
            .env("INSPECTOR_TOKEN", token);
        let mut sending = command.spawn().expect("the program runs");
        let life = self.random.below(LONGEST_LIFE);
        tokio::time::sleep(Duration::from_millis(life)).await;
        if sending.try_wait().expect("a child is waited for").is_none() {
            sending.kill().expect("it is ours");
            self.kills += 1;
        }
        let ended = sending.wait().expect("a child is waited for");
        assert!(is_fine(ended), "{ended}");
        let left = self.waiting();
        let parked = self
            .phone
            .queue()
            .and_then(|queue| queue.parked())
            .expect("the queue is read");
        assert!(parked.is_empty(), "{parked:?}");
        for taken in waited.iter().filter(|id| !left.contains(id)) {
            self.acknowledged.push(taken.clone());
            acknowledge();
        }
        left.is_empty()
    }

    /// Ids of the inspections that wait.
    fn waiting(&self) -> Vec<String> {
        let waiting = self
            .phone
            .queue()
            .and_then(|queue| queue.waiting())
            .expect("the queue is read");
        waiting.iter().filter_map(|waiting| id(&waiting.entry)).collect()
    }

    fn command(&self, program: &Path, does: &str) -> Command {
        let mut command = Command::new(program);
        command
            .arg("--folder")
            .arg(&self.folder)
            .arg(does)
            .stdout(Stdio::null());
        command
    }
}

fn id(entry: &Entry) -> Option<String> {
    match entry {
        Entry::Inspection(inspection) => Some(inspection.id.to_string()),
        Entry::Action(_) => None,
    }
}

/// It was killed, sent everything, or gave up.
fn is_fine(ended: ExitStatus) -> bool {
    matches!(ended.code(), None | Some(0 | 1))
}
