//! Whatever a unit can read is the same whether its hazard came from a tip or from an inspection, and whether somebody told
//! of it or nobody did.
//!
//! The same story is played twice, in two services that are new and whose clocks stand alike. Everything that the unit's
//! officer, the officer of another unit and somebody without a token can read is compared at every stage: status, headers,
//! size and body, but for ids, hashes and signatures, which are drawn, and cursors, which are sealed.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use major_hazards::law::lifecycle::{Action, State};
use major_hazards::law::tips::lifecycle::TipAction;
use major_hazards::transparency::new_key;
use major_hazards::values::Clock;
use serde_json::{Value, json};

use super::canaries::photographs::{send, with_words};
use super::public;
use super::reach::{Known, Reach};
use crate::hazards::exports::sheet_rows;
use crate::support::app::{App, NOW};
use crate::support::caller::Caller;
use crate::support::client::Answer;
use crate::support::database::{Database, Engine};
use crate::support::fixtures::{Hazard, Unit, photograph, text, usual_caller, way_to};
use crate::support::not_run;
use crate::support::tips::{Told, anonymous_tip, another_officer};

/// Where a hazard comes from, or what comes to one that stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Story {
    /// An inspector reports it.
    Inspection,
    /// An inspector's phone files an inspection with it, whose photograph comes later.
    FiledInspection,
    /// Somebody tells of it; an officer verifies, and reports it.
    Tip,
    /// An inspector reports it, and somebody tells of the same.
    InspectionThenTip,
}

/// What everybody sees who must not know, stage by stage.
type Seen = Vec<(&'static str, BTreeMap<String, String>)>;

/// The people and things of a story.
struct World {
    app: App,
    unit: Unit,
    other: Unit,
    known: Known,
    seen: Seen,
    /// The list by which inspectors inspect, which everybody may read.
    list: String,
    /// A photograph that a phone has announced and not brought yet.
    announced: Option<Vec<u8>>,
}

/// A story that was played.
struct Played {
    seen: Seen,
    /// What an auditor reads of tips and of the hazard, which tells the stories apart.
    audited: String,
}

impl World {
    async fn new(database: Database) -> Self {
        // The logs of both have one name and one key.
        static KEY: OnceLock<String> = OnceLock::new();
        let key = KEY.get_or_init(|| new_key("log", &Clock::system()).expect("a key"));
        std::fs::write(database.folder().join("log-key"), key).expect("the key is written");
        let app = App::start(database).await;
        let (unit, other) = (app.enterprise().await, app.enterprise().await);
        let standing = app.hazard_of(&unit).await;
        let known = Known {
            hazards: vec![standing.id, standing.number],
            units: vec![unit.id.clone(), other.id.clone()],
            codes: vec![unit.uscc.clone()],
            words: vec!["有限空间".to_owned(), "清淤".to_owned()],
            ..Known::default()
        };
        Self {
            list: app.checklist().await,
            app,
            unit,
            other,
            known,
            seen: Vec::new(),
            announced: None,
        }
    }

    async fn day(&self, days: i64) {
        self.app.write_log().await;
        let begin: major_hazards::values::Instant = NOW.parse().unwrap();
        self.app.clock().set(begin.plus_seconds(days * 86_400));
        self.app.write_log().await;
    }

    /// Looks at everything.
    async fn look(&mut self, stage: &'static str) {
        self.app.write_log().await;
        let reach = Reach::of(&self.app, &self.known).await;
        let callers = [Some(self.unit.officer()), Some(self.other.officer()), None];
        let names = self.names();
        let mut seen = BTreeMap::new();
        for (who, caller) in ["officer", "neighbour", "stranger"].into_iter().zip(callers) {
            for answer in reach.read(&self.app, caller.as_ref()).await {
                let asked = without_ids(&answer.asked, &names);
                seen.insert(format!("{who} {asked}"), told(&answer, &names));
            }
        }
        seen.extend(self.tried(&names).await);
        self.seen.push((stage, seen));
    }

    /// What is the same in both stories, by the id that was drawn for it in this one.
    fn names(&self) -> BTreeMap<String, String> {
        let things = self.known.hazards.iter().chain(&self.known.units);
        let named = things
            .enumerate()
            .map(|(place, id)| (id.clone(), format!("(thing {place})")));
        named.collect()
    }

    /// What the officer of the unit is told of each action on the last hazard, without performing it.
    async fn tried(&self, names: &BTreeMap<String, String>) -> BTreeMap<String, String> {
        let mut tried = BTreeMap::new();
        let Some(hazard) = self.known.hazards.last() else {
            return tried;
        };
        for action in [
            "submit_plan",
            "request_extension",
            "submit_completion",
            "confirm",
            "remark",
        ] {
            let path = format!("/v1/hazards/{hazard}/actions/{action}?dry_run=true");
            let request = self.app.post(path).as_(&self.unit.officer()).if_match(1);
            let answer = request.json(&json!({"text": "试"})).send().await;
            tried.insert(format!("tries {action}"), told(&answer, names));
        }
        tried
    }

    async fn audited(&self, hazard: &Hazard) -> String {
        let tips = self.app.get("/v1/tips").as_(&Caller::auditor()).send().await;
        let ledger = self.app.get(hazard.path()).as_(&Caller::auditor()).send().await;
        format!(
            "{} tips, {}",
            tips.expect_status(200).items().len(),
            ledger.json()["source"]
        )
    }

    /// The report, by an inspector or by the officer who verified the tip, with a photograph of either.
    async fn report(&self, source: &str, caller: &Caller) -> Value {
        let mut report = self.app.report_body(&self.unit);
        report["source"] = json!(source);
        report["found_on"] = json!(self.app.day(0));
        report["attachments"] = json!([self.app.photograph(caller).await]);
        report
    }

    async fn put_on_record(&mut self, story: Story, tip: Option<&Told>) -> Hazard {
        let officer = Caller::tip_officer();
        let hazard = if story == Story::Tip {
            let report = self.report("public_tip", &officer).await;
            let conclusion = json!({"substantiated": true, "summary": "现场属实。", "report": report});
            let concluded = self
                .app
                .act_on_tip(tip.unwrap(), TipAction::Conclude, &officer, &conclusion)
                .await;
            let id = text(&concluded.expect_status(200).json()["hazard"]);
            let path = format!("/v1/hazards/{id}");
            let found = self.app.get(path).as_(&officer).send().await.expect_status(200).json();
            Hazard {
                id,
                number: text(&found["number"]),
                version: 1,
                unit: self.unit.clone(),
            }
        } else if story == Story::FiledInspection {
            self.file_inspection().await
        } else {
            let inspector = Caller::inspector();
            let report = self.report("inspection", &inspector).await;
            let hazard = self.app.report(&inspector, &self.unit, &report).await;
            if let Some(tip) = tip {
                let conclusion = json!({"substantiated": true, "summary": "现场属实。", "hazard": hazard.id});
                let concluded = self
                    .app
                    .act_on_tip(tip, TipAction::Conclude, &officer, &conclusion)
                    .await;
                concluded.expect_status(200).done();
            }
            hazard
        };
        self.known.hazards.extend([hazard.id.clone(), hazard.number.clone()]);
        // One that was filed, or one that nobody filed.
        if self.known.inspections.is_empty() {
            self.known.inspections.push(self.app.phone_id());
        }
        hazard
    }

    /// A hazard that comes with an inspection, whose photograph is announced.
    async fn file_inspection(&mut self) -> Hazard {
        let bytes = photograph(self.app.next());
        let (slot, inspection) = (self.app.declaration(&bytes), self.app.phone_id());
        let mut report = self.app.found_hazard(&self.unit);
        report["found_on"] = json!(self.app.day(0));
        report["attachments"] = json!([slot["id"]]);
        let mut body = self.app.inspection_body(&self.unit, &self.list);
        body["findings"][1]["hazard"] = report;
        body["evidence"] = json!([slot]);
        let filed = self.app.send_inspection(&inspection, &body).send().await;
        let found = filed.expect_status(201).json()["findings"][1]["hazard"].clone();
        self.known.inspections.push(inspection);
        self.known.attachments.push(text(&slot["id"]));
        self.announced = Some(bytes);
        Hazard {
            id: text(&found["id"]),
            number: text(&found["number"]),
            version: 1,
            unit: self.unit.clone(),
        }
    }

    /// What was announced is brought.
    async fn bring(&mut self) {
        if let Some(bytes) = self.announced.take() {
            let brought = self.app.post("/v1/attachments").as_(&Caller::inspector());
            brought.body("image/png", bytes).send().await.expect_status(201).done();
        }
    }

    async fn lead_to(&self, hazard: &mut Hazard, state: State, from: usize) {
        for action in &way_to(state)[from..] {
            let mut body = self.app.usual_body(hazard, *action).await;
            if *action == Action::Confirm {
                body["criteria"] = json!([crate::support::fixtures::CRITERION]);
            }
            let caller = usual_caller(&hazard.unit, *action);
            self.app
                .act(hazard, *action, &caller, &body)
                .await
                .expect_status(200)
                .done();
            hazard.version += 1;
        }
    }
}

/// Plays a story to its end.
async fn play(database: Database, story: Story) -> Played {
    let mut world = World::new(database).await;
    let mut tip = None;
    if !matches!(story, Story::Inspection | Story::FiledInspection) {
        let photo = send(&world.app, "image/png", with_words("", &[])).await;
        let mut body = anonymous_tip();
        body["attachments"] = json!([photo]);
        let told = world.app.tell(&body).await;
        world.known.tips.push(told.id.clone());
        world.known.photos.push(photo);
        tip = Some(told);
    }
    world.day(1).await;
    world.look("told").await;
    if let Some(told) = &tip {
        let steps = [
            (TipAction::Accept, json!({})),
            (TipAction::StartVerification, json!({})),
        ];
        world.app.walk_tip(told, &steps).await;
        let message = json!({"receipt": told.receipt, "passphrase": told.passphrase, "text": "又下去了两个人。"});
        let spoken = public(&world.app, "/v1/tips/messages", &message).send().await;
        spoken.expect_status(201).done();
    }
    world.day(3).await;
    let mut hazard = world.put_on_record(story, tip.as_ref()).await;
    world.look("reported").await;
    world.day(4).await;
    world.bring().await;
    world.lead_to(&mut hazard, State::Rectifying, 0).await;
    if let Some(told) = &tip {
        reward(&world, told).await;
    }
    world.look("rectifying").await;
    world.day(6).await;
    world.lead_to(&mut hazard, State::Closed, 4).await;
    world.look("closed").await;
    world.day(500).await;
    world.look("long after").await;
    let audited = world.audited(&hazard).await;
    world.app.stop().await;
    world.app.check_books();
    Played {
        seen: world.seen,
        audited,
    }
}

/// The tip is answered, rewarded, opened and closed while the unit puts its hazard right.
async fn reward(world: &World, told: &Told) {
    let proven = json!({"receipt": told.receipt, "passphrase": told.passphrase});
    let fined = json!({"fine_cny": "123456.78", "basis": "行政处罚决定书"});
    world
        .app
        .walk_tip(told, &[(TipAction::Answer, json!({"feedback": "属实，已责令整改。"}))])
        .await;
    let purpose = json!({"purpose": "发放举报奖励前核对领取人身份"});
    let path = format!("{}/reporter", told.path());
    let opened = world.app.post(path).as_(&another_officer()).json(&purpose).send().await;
    opened.expect_status(200).done();
    world
        .app
        .walk_tip(
            told,
            &[
                (TipAction::ProposeReward, fined),
                (TipAction::ApproveReward, json!({})),
                (TipAction::PayReward, proven),
                (TipAction::Close, json!({})),
            ],
        )
        .await;
}

/// All of an answer but what is drawn or sealed.
fn told(answer: &Answer, names: &BTreeMap<String, String>) -> String {
    let mut headers: Vec<String> = answer
        .headers
        .iter()
        .filter(|(name, _)| !matches!(name.as_str(), "date" | "x-request-id"))
        .map(|(name, value)| format!("{name}: {}", without_cursor(value.to_str().unwrap_or("?"))))
        .collect();
    headers.sort();
    let is_of_log = answer.asked.contains("/v1/log/");
    let drawn = |text: String| if is_of_log { without_drawn(&text) } else { text };
    let is_sheet = answer
        .header("content-type")
        .is_some_and(|kind| kind.ends_with("spreadsheetml.sheet"));
    let body = if is_sheet {
        // What is drawn compresses to other bytes, so a workbook is compared as it is read.
        format!("{:?}", sheet_rows(&answer.body))
    } else if let Ok(mut body) = serde_json::from_slice::<Value>(&answer.body) {
        if let Some(cursor) = body.get_mut("next_cursor") {
            *cursor = json!("(sealed)");
        }
        drawn(body.to_string())
    } else {
        // The lines of the metrics come in no order.
        let text = drawn(answer.text());
        let mut lines: Vec<&str> = text.lines().collect();
        lines.sort_unstable();
        lines.join("\n")
    };
    let size = if is_sheet { body.len() } else { answer.body.len() };
    let told = format!("{} {size} B\n{}\n{body}", answer.status, headers.join("\n"));
    without_ids(&told, names)
}

/// The text with a mark in place of each hash and signature.
fn without_drawn(text: &str) -> String {
    /// Characters of a hash.
    const LENGTH: usize = 43;
    let is_of_one = |character: char| character.is_ascii_alphanumeric() || "+/=_-".contains(character);
    text.split_inclusive(|character| !is_of_one(character))
        .map(|word| {
            let drawn = word.trim_end_matches(|character| !is_of_one(character));
            if drawn.len() < LENGTH {
                word.to_owned()
            } else {
                word.replace(drawn, "(drawn)")
            }
        })
        .collect()
}

fn without_cursor(text: &str) -> String {
    match text.split_once("cursor=") {
        Some((before, sealed)) => format!("{before}({} characters)", sealed.len()),
        None => text.to_owned(),
    }
}

/// The text with each id replaced by the name of what it stands for.
fn without_ids(text: &str, names: &BTreeMap<String, String>) -> String {
    const LENGTH: usize = 36;
    let is_id = |part: &[u8]| {
        part.iter().enumerate().all(|(place, byte)| match place {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
    };
    let mut rest = text;
    let mut replaced = String::new();
    while let Some(at) = rest.as_bytes().windows(LENGTH).position(is_id) {
        let (before, from) = rest.split_at(at);
        let (id, after) = from.split_at(LENGTH);
        let name = names.get(id).map_or("(id)", String::as_str);
        replaced.push_str(before);
        replaced.push_str(name);
        rest = after;
    }
    replaced + rest
}

/// Fails with every difference, if there is one.
fn same(one: &Seen, other: &Seen) {
    let (mut compared, mut differences) = (0, Vec::new());
    for ((stage, one), (_, other)) in one.iter().zip(other) {
        // Whoever asks for a tip must know its id, which the other story does not have.
        for (asked, told) in one {
            if let Some(other) = other.get(asked) {
                compared += 1;
                if told != other {
                    differences.push(format!("{stage}: {asked}:\n{told}\n{other}"));
                }
            }
        }
    }
    assert_eq!(one.len(), other.len());
    assert!(compared > 1000, "only {compared} answers were compared");
    assert!(
        differences.is_empty(),
        "{} answers differ:\n{}",
        differences.len(),
        differences.join("\n\n")
    );
}

fn compared(engine: Engine, test: &str, stories: [Story; 2]) {
    let mut played = Vec::new();
    for story in stories {
        match Database::migrated(engine) {
            Ok(database) => played.push(actix_web::rt::System::new().block_on(play(database, story))),
            Err(reason) => return not_run(test, reason),
        }
    }
    assert_ne!(played[0].audited, played[1].audited, "these are not two stories");
    same(&played[0].seen, &played[1].seen);
}

mod a_unit_cannot_tell_a_tip_from_an_inspection {
    use super::{Engine, Story, compared};

    #[test]
    fn sqlite() {
        compared(Engine::Sqlite, module_path!(), [Story::Tip, Story::Inspection]);
    }

    #[test]
    fn postgres() {
        compared(Engine::Postgres, module_path!(), [Story::Tip, Story::Inspection]);
    }
}

mod a_unit_cannot_tell_a_tip_from_what_a_phone_filed {
    use super::{Engine, Story, compared};

    #[test]
    fn sqlite() {
        compared(Engine::Sqlite, module_path!(), [Story::Tip, Story::FiledInspection]);
    }

    #[test]
    fn postgres() {
        compared(Engine::Postgres, module_path!(), [Story::Tip, Story::FiledInspection]);
    }
}

mod a_unit_cannot_tell_whether_somebody_told_of_what_was_found {
    use super::{Engine, Story, compared};

    #[test]
    fn sqlite() {
        compared(
            Engine::Sqlite,
            module_path!(),
            [Story::InspectionThenTip, Story::Inspection],
        );
    }

    #[test]
    fn postgres() {
        compared(
            Engine::Postgres,
            module_path!(),
            [Story::InspectionThenTip, Story::Inspection],
        );
    }
}
