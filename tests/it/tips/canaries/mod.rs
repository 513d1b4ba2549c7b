//! Forty canaries are put into tips wherever somebody who tells leaves something: words, names, telephone numbers, places,
//! positions in photographs, messages, network addresses. None is found in the database, the log, the objects, the keys,
//! the temporary files or the metrics, nor in anything that any other role can read; and each is found where it belongs.
//!
//! The service is a process of its own that logs at `trace`. What the officers write and what tipsters hold is looked for
//! with them.

pub(super) mod photographs;
mod places;
mod words;

use std::rc::Rc;

use major_hazards::law::tips::lifecycle::TipAction;
use major_hazards::values::Vocabulary as _;
use serde_json::{Value, json};

use self::photographs::{jpeg_with_words, send, with_words};
use self::words::{Canary, Search};
use super::reach::{Known, Reach};
use super::{seen, status};
use crate::crash::process::Process;
use crate::support::app::App;
use crate::support::caller::Caller;
use crate::support::client::{Answer, Request};
use crate::support::database::Database;
use crate::support::fixtures::{AREA, Unit, text};
use crate::support::on_both_databases;
use crate::support::tips::{Told, another_officer};

/// Tipsters, each with eight canaries.
const TIPSTERS: u32 = 5;

/// One who tells, and what only they know.
struct Tipster {
    number: u32,
    told: Told,
    photo: String,
}

/// A word that occurs nowhere else.
fn word(place: &str, number: u32) -> String {
    format!("Zq{number}Kanarie{place}{number}Xj")
}

fn phone(number: u32) -> String {
    format!("1390{number}7351{number}94")
}

fn address(number: u32) -> String {
    format!("203.0.113.{}", 140 + number)
}

/// Degrees, minutes and seconds as three fractions of four bytes each, as a telephone writes them.
fn position(number: u32) -> Vec<u8> {
    let numbers = [36, 1, 48, 1, 3_141_592_653 + number, 87_654_321 + number];
    numbers.iter().flat_map(|number: &u32| number.to_be_bytes()).collect()
}

/// What one tipster leaves.
fn of_tipster(number: u32) -> Vec<Canary> {
    let named = |place: &str| Canary::word(&format!("{place} of tipster {number}"), &word(place, number));
    vec![
        named("Description"),
        named("Address"),
        named("Unit"),
        named("Name"),
        Canary::word(&format!("phone of tipster {number}"), &phone(number)),
        named("Message"),
        named("Owner"),
        Canary::position(&format!("position of tipster {number}"), position(number)),
    ]
}

/// What would lead to a tipster although no tipster wrote it.
fn of_the_way(tipsters: &[Tipster]) -> Vec<Canary> {
    let mut canaries = Vec::new();
    for Tipster { number, told, .. } in tipsters {
        let digits: String = told.receipt.split(' ').collect();
        let letters: String = told.passphrase.split('-').collect();
        for (what, word) in [
            ("receipt", told.receipt.clone()),
            ("digits of the receipt", digits),
            ("passphrase", told.passphrase.clone()),
            ("letters of the passphrase", letters),
            ("network address", address(*number)),
            ("key of the request", word("Key", *number)),
            ("browser", word("Browser", *number)),
        ] {
            canaries.push(Canary::word(&format!("{what} of tipster {number}"), &word));
        }
    }
    canaries
}

/// What officers write to and about tipsters. It stays under the seal of the tip.
fn of_officers() -> Vec<Canary> {
    ["Summary", "Feedback", "Basis", "Reason", "Question"]
        .map(|place| Canary::word(&format!("{place} of an officer"), &word(place, 0)))
        .to_vec()
}

/// A request of one tipster, from their address.
fn from(app: &App, number: u32, path: &str) -> Request {
    app.post(path)
        .header("x-forwarded-for", address(number))
        .header("user-agent", word("Browser", number))
}

async fn tell(app: &App, number: u32) -> Tipster {
    let (owner, place) = (word("Owner", number), position(number));
    let (media_type, bytes) = if number.is_multiple_of(2) {
        ("image/png", with_words(&owner, &place))
    } else {
        ("image/jpeg", jpeg_with_words(&owner, &place))
    };
    let photo = send(app, media_type, bytes).await;
    let body = json!({
        "description": format!("夜班下池清淤，没有通风。{}", word("Description", number)),
        "area": AREA,
        "address": format!("科苑街道{}", word("Address", number)),
        "unit": {"name": word("Unit", number)},
        "anonymous": false,
        "contact": {"name": word("Name", number), "phone": phone(number)},
        "wants_feedback": true,
        "wants_reward": true,
        "attachments": [photo],
    });
    let before = app.tips().await;
    let key = word("Key", number);
    let heard = from(app, number, "/v1/tips").key(&key).json(&body).send().await;
    let heard = heard.expect_status(201).json();
    let id = app.tips().await.into_iter().find(|id| !before.contains(id));
    let told = Told {
        receipt: text(&heard["receipt"]),
        passphrase: text(&heard["passphrase"]),
        id: id.expect("the tip is on record"),
    };
    let mut message = told.pair();
    message["text"] = json!(word("Message", number));
    let spoken = from(app, number, "/v1/tips/messages")
        .key(&key)
        .json(&message)
        .send()
        .await;
    spoken.expect_status(201).done();
    Tipster { number, told, photo }
}

/// An action of the office, sent as a cautious client does: tried first, then under a key.
async fn perform(app: &App, told: &Told, action: TipAction, caller: &Caller, body: &Value) -> Answer {
    let version = seen(app, told, caller).await["version"].as_i64().expect("a version");
    let path = format!("{}/actions/{}", told.path(), action.code());
    for query in ["?dry_run=true", ""] {
        let request = app
            .post(format!("{path}{query}"))
            .as_(caller)
            .if_match(version)
            .json(body);
        let answer = request.key(&format!("{}{query}", app.next())).send().await;
        if query.is_empty() || answer.status != 200 {
            return answer;
        }
    }
    unreachable!("the call itself is the last")
}

/// Everything that an office does with a tip, down to the money.
async fn handle(app: &App, told: &Told, unit: &Unit) -> String {
    let officer = Caller::tip_officer();
    let ask = json!({"text": word("Question", 0)});
    let asked = app
        .post(format!("{}/messages", told.path()))
        .as_(&officer)
        .json(&ask)
        .send()
        .await;
    asked.expect_status(201).done();
    let mut report = app.report_body(unit);
    report["source"] = json!("public_tip");
    let purpose = json!({"purpose": "发放举报奖励前核对领取人身份"});
    let opened = app
        .post(format!("{}/reporter", told.path()))
        .as_(&officer)
        .key("opened")
        .json(&purpose)
        .send()
        .await;
    opened.expect_status(200).done();
    let steps = [
        (TipAction::Accept, json!({})),
        (TipAction::StartVerification, json!({})),
        (TipAction::Extend, json!({"reason": word("Reason", 0)})),
        (
            TipAction::Conclude,
            json!({"substantiated": true, "summary": word("Summary", 0), "report": report}),
        ),
        (TipAction::Answer, json!({"feedback": word("Feedback", 0)})),
        (
            TipAction::ProposeReward,
            json!({"fine_cny": "20000.10", "basis": word("Basis", 0)}),
        ),
        (TipAction::ApproveReward, json!({})),
        (TipAction::PayReward, told.pair()),
        (TipAction::Close, json!({})),
    ];
    for (action, body) in &steps {
        let caller = if *action == TipAction::ApproveReward {
            another_officer()
        } else {
            officer.clone()
        };
        perform(app, told, *action, &caller, body)
            .await
            .expect_status(200)
            .done();
    }
    text(&seen(app, told, &officer).await["hazard"])
}

/// Requests that go wrong in every way, with canaries in every part of them.
async fn blunder(app: &App, tipsters: &[Tipster]) {
    let canaries = || of_tipster(1);
    let words: Vec<String> = canaries()
        .iter()
        .map(|canary| String::from_utf8_lossy(&canary.bytes).into_owned())
        .collect();
    let (one, two) = (&words[0], &words[3]);
    let told = &tipsters[0].told;
    let odd = |path: &str| from(app, 1, path);
    for answer in [
        odd("/v1/tips")
            .body("application/json", format!("{{\"description\": \"{one}\", "))
            .send()
            .await,
        odd("/v1/tips").body("text/plain", one.as_str()).send().await,
        odd("/v1/tips").json(&json!({two.as_str(): one})).send().await,
        odd("/v1/tips")
            .json(&json!({"description": [one], "area": two, "anonymous": one}))
            .send()
            .await,
        odd("/v1/tips")
            .json(&json!({"description": format!("{one}{}", "长".repeat(5000)), "area": AREA, "anonymous": true}))
            .send()
            .await,
        odd("/v1/tips/attachments").body("image/png", one.as_str()).send().await,
        odd("/v1/tips/status")
            .json(&json!({"receipt": told.receipt, "passphrase": one}))
            .send()
            .await,
        odd("/v1/tips/status")
            .json(&json!({"receipt": one, "passphrase": told.passphrase}))
            .send()
            .await,
        odd(&format!("/v1/tips/{one}")).send().await,
        app.get(format!("/v1/tips?status={one}"))
            .as_(&Caller::tip_officer())
            .send()
            .await,
        app.get(format!("/v1/tips/{one}?{two}={one}"))
            .header("authorization", format!("Bearer {two}"))
            .send()
            .await,
    ] {
        assert!(
            (400..500).contains(&answer.status),
            "{}: {}",
            answer.asked,
            answer.text()
        );
    }
}

/// Each canary where it belongs: what the search does not find there it would find nowhere.
async fn shown_where_it_belongs(app: &App, search: &Search, tipster: &Tipster) {
    let Tipster { number, told, photo } = tipster;
    let officer = Caller::tip_officer();
    let account = seen(app, told, &officer).await.to_string();
    let purpose = json!({"purpose": "回访举报人核实现场情况"});
    let opened = app
        .post(format!("{}/reporter", told.path()))
        .as_(&officer)
        .json(&purpose)
        .send()
        .await;
    let shown = format!("{account}{}", opened.expect_status(200).text());
    let found = search.found_in(shown.as_bytes());
    for place in ["Description", "Address", "Unit", "Name", "phone", "Message"] {
        assert!(
            found.contains(format!("{place} of tipster {number}").as_str()),
            "{place}: {found:?}"
        );
    }
    let of_others = |name: &&&str| !name.contains(&format!("of tipster {number}")) && !name.contains("of an officer");
    assert_eq!(found.iter().filter(of_others).count(), 0, "{found:?}");
    let path = format!("{}/attachments/{photo}", told.path());
    let picture = app.get(path).as_(&officer).send().await.expect_status(200);
    assert!(
        search.found_in(&picture.body).is_empty(),
        "a photograph of {number} was not stripped"
    );
    let stood = status(app, told).await.to_string();
    let found = search.found_in(stood.as_bytes());
    assert!(found.contains(format!("Message of tipster {number}").as_str()));
    for place in ["Description", "Address", "Unit", "Name", "phone"] {
        assert!(
            !found.contains(format!("{place} of tipster {number}").as_str()),
            "the status shows {place}"
        );
    }
}

/// Nobody but a tip officer is told anything, whatever they ask for.
async fn hidden_from_everybody_else(app: &App, search: &Search, known: &Known, unit: &Unit) {
    let reach = Reach::of(app, known).await;
    let mut callers: Vec<Option<Caller>> = Caller::of_every_role(&unit.uscc)
        .into_iter()
        .filter(|caller| caller.sub() != Caller::tip_officer().sub())
        .map(Some)
        .collect();
    callers.push(None);
    callers.push(Some(Caller::tip_officer().areas(&["370304"])));
    for caller in &callers {
        for answer in reach.read(app, caller.as_ref()).await {
            let mut told: Vec<u8> = answer.body.clone();
            for (name, value) in &answer.headers {
                told.extend([name.as_str().as_bytes(), value.as_bytes()].concat());
            }
            let found = search.found_in(&told);
            assert!(found.is_empty(), "{} tells {found:?}", answer.asked);
        }
    }
    // A search that knows the word must not be told that it is on record.
    for number in 1..=TIPSTERS {
        let path = format!("/v1/hazards?q={}", word("Description", number));
        let answer = app.get(path).as_(&Caller::auditor()).send().await.expect_status(200);
        assert_eq!(answer.items(), Vec::<Value>::new());
    }
}

/// What everybody plants who is nobody's secret, so that the search shows that it looks where it says.
struct Control {
    search: Search,
    words: [&'static str; 3],
}

impl Control {
    const WORDS: [&'static str; 3] = ["ControlInTheDatabaseQx", "ControlInAnObjectQx", "ControlInTheLogQx"];

    async fn plant(app: &App, unit: &Unit) -> Self {
        let [database, object, log] = Self::WORDS;
        let mut report = app.report_body(unit);
        report["description"] = json!(database);
        app.report(&Caller::inspector(), unit, &report).await;
        let evidence = with_words(object, &[]);
        let stored = app
            .post("/v1/attachments")
            .as_(&Caller::inspector())
            .body("image/png", evidence)
            .send()
            .await;
        stored.expect_status(201).done();
        app.get("/v1/hazards")
            .as_(&Caller::auditor())
            .header("x-request-id", log)
            .send()
            .await
            .expect_status(200)
            .done();
        let canaries = Self::WORDS.map(|word| Canary::word(word, word));
        Self {
            search: Search::of(&canaries),
            words: Self::WORDS,
        }
    }
}

async fn play(process: &Process, database: &Rc<Database>) {
    let app = process.app();
    let (unit, mut tipsters) = (app.enterprise().await, Vec::new());
    for number in 1..=TIPSTERS {
        tipsters.push(tell(&app, number).await);
    }
    let hazard = handle(&app, &tipsters[0].told, &unit).await;
    for tipster in &tipsters[1..3] {
        let declined = json!({"reason": "already_known"});
        app.act_on_tip(&tipster.told, TipAction::Decline, &Caller::tip_officer(), &declined)
            .await
            .expect_status(200)
            .done();
    }
    blunder(&app, &tipsters).await;
    let control = Control::plant(&app, &unit).await;

    let mut canaries: Vec<Canary> = (1..=TIPSTERS).flat_map(of_tipster).collect();
    assert_eq!(canaries.len(), 40);
    let officers = of_officers();
    canaries.extend(of_the_way(&tipsters));
    canaries.extend(officers);
    let search = Search::of(&canaries);
    let known = Known {
        hazards: vec![hazard],
        units: vec![unit.id.clone()],
        codes: vec![unit.uscc.clone()],
        tips: tipsters.iter().map(|tipster| tipster.told.id.clone()).collect(),
        photos: tipsters.iter().map(|tipster| tipster.photo.clone()).collect(),
        words: vec!["清淤".to_owned()],
        ..Known::default()
    };
    hidden_from_everybody_else(&app, &search, &known, &unit).await;
    for tipster in &tipsters {
        shown_where_it_belongs(&app, &search, tipster).await;
    }
    let places = places::all(database, &app);
    for (place, bytes) in &places {
        let found = search.found_in(bytes);
        assert!(found.is_empty(), "{place} holds {found:?}");
    }
    for word in control.words {
        let found = places
            .iter()
            .any(|(_, bytes)| control.search.found_in(bytes).contains(word));
        assert!(found, "the search does not look where {word} lies");
    }
}

on_both_databases! {
    fn no_canary_leaves_the_seal_of_its_tip(database: Database) {
        let database = Rc::new(database);
        let temporary = database.folder().join("temporary");
        std::fs::create_dir(&temporary).unwrap();
        let mut process = Process::start_with(&database, |command| {
            command
                .env("RUST_LOG", "trace")
                .env("TMPDIR", &temporary)
                .env("HAZARDS_TRUSTED_PROXIES", "127.0.0.0/8");
        });
        actix_web::rt::System::new().block_on(play(&process, &database));
        process.assert_healthy();
    }
}
