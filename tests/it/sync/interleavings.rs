//! Phones step at their own pace while everybody writes; in the end each keeps what a phone that begins then is handed.
//!
//! `HAZARDS_TEST_SYNC=2000 cargo test --test it sync::interleavings` writes as often; `HAZARDS_TEST_SEED` draws other
//! writes.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::{join, join_all};
use major_hazards::law::lifecycle::{Action, State};
use serde_json::{Value, json};

use super::phone::Phone;
use crate::doors::scope::world::law_caller;
use crate::support::app::App;
use crate::support::caller::Caller;
use crate::support::fixtures::{CRITERION, Hazard, Unit, text, way_to};
use crate::support::on_both;
use crate::support::seed::{Random, number_from};

const WRITES: u32 = 120;
const AREAS: [&str; 4] = ["370303009001", "370303010001", "370304001001", "370402001001"];
const INDUSTRIES: [&str; 3] = ["C26", "C2614", "F52"];

/// Phones, by the areas and industries of their owners.
fn owners() -> Vec<Caller> {
    vec![
        Caller::inspector(),
        Caller::inspector().areas(&["370303009"]),
        Caller::inspector().areas(&["3704", "370303010001"]),
        Caller::regulator().industries(&["C26"]),
        Caller::committee().areas(&["37"]).industries(&["F", "C2614"]),
        Caller::auditor().areas(&["*"]),
        Caller::inspector().areas(&[]),
    ]
}

/// What was written, as far as the scope of a phone depends on it.
#[derive(Default)]
struct Written {
    units: Vec<(Unit, i64)>,
    /// Where a unit ever lay.
    places: BTreeMap<String, BTreeSet<(String, String)>>,
    /// Where a hazard lies.
    hazards: BTreeMap<String, (String, String)>,
    open: Vec<(Hazard, usize)>,
    closed: Vec<Hazard>,
}

struct Writer {
    app: App,
    random: Random,
    written: Written,
}

impl Writer {
    fn office() -> Caller {
        Caller::office().areas(&["*"])
    }

    async fn write(&mut self) {
        match self.random.below(12) {
            0 => self.register().await,
            1 | 2 => self.move_unit().await,
            3..=5 => self.report().await,
            6..=8 => self.advance().await,
            9 => self.dismiss().await,
            10 => self.reopen().await,
            _ => self.refer().await,
        }
    }

    async fn register(&mut self) {
        let (area, industry) = (self.random.pick(&AREAS), self.random.pick(&INDUSTRIES));
        let unit = self.app.enterprise_in(area, industry).await;
        let written = &mut self.written;
        let place = (area.to_owned(), industry.to_owned());
        written.places.entry(unit.id.clone()).or_default().insert(place);
        written.units.push((unit, 1));
    }

    /// Some of a unit changes: where it lies, what it does, or nothing that matters here.
    async fn move_unit(&mut self) {
        let at = self.random.index(self.written.units.len());
        let (unit, version) = self.written.units[at].clone();
        let mut change = json!({"name": format!("改名{}有限公司", self.app.next())});
        if self.random.one_in(2) {
            change["area"] = json!(self.random.pick(&AREAS));
        }
        if self.random.one_in(3) {
            change["industry"] = json!(self.random.pick(&INDUSTRIES));
        }
        let path = format!("/v1/enterprises/{}", unit.id);
        let request = self
            .app
            .patch(path)
            .as_(&Self::office())
            .if_match(version)
            .json(&change);
        let changed = request.send().await.expect_status(200).json();
        let written = &mut self.written;
        let place = (text(&changed["area"]), text(&changed["industry"]));
        written.places.entry(unit.id).or_default().insert(place);
        written.units[at].1 = version + 1;
    }

    async fn report(&mut self) {
        let at = self.random.index(self.written.units.len());
        let unit = self.written.units[at].0.clone();
        let (area, industry) = (self.random.pick(&AREAS), self.random.pick(&INDUSTRIES));
        let mut body = self.app.report_body(&unit);
        body["area"] = json!(area);
        body["industry"] = json!(industry);
        body["criteria"] = json!([CRITERION]);
        let hazard = self.app.report(&Caller::inspector().areas(&["*"]), &unit, &body).await;
        let written = &mut self.written;
        let place = (area.to_owned(), industry.to_owned());
        written.hazards.insert(hazard.id.clone(), place);
        written.open.push((hazard, 0));
    }

    /// An open hazard goes one step of the usual way.
    async fn advance(&mut self) {
        let open = self.written.open.len();
        if open == 0 {
            return;
        }
        let (mut hazard, done) = self.written.open.swap_remove(self.random.index(open));
        let action = way_to(State::Closed)[done];
        let body = self.app.usual_body(&hazard, action).await;
        self.act(&mut hazard, action, &body).await;
        if action == Action::SignOff {
            self.written.closed.push(hazard);
        } else {
            self.written.open.push((hazard, done + 1));
        }
    }

    async fn act(&self, hazard: &mut Hazard, action: Action, body: &Value) {
        let usual = crate::support::fixtures::usual_caller(&hazard.unit, action);
        let caller = if usual.sub().starts_with("officer") {
            usual
        } else {
            usual.areas(&["*"])
        };
        self.app
            .act(hazard, action, &caller, body)
            .await
            .expect_status(200)
            .done();
        hazard.version += 1;
    }

    async fn dismiss(&mut self) {
        let reported = self.written.open.iter().position(|(_, done)| *done == 0);
        if let Some(at) = reported {
            let (mut hazard, _) = self.written.open.swap_remove(at);
            let body = self.app.usual_body(&hazard, Action::Dismiss).await;
            self.act(&mut hazard, Action::Dismiss, &body).await;
        }
    }

    async fn reopen(&mut self) {
        let closed = self.written.closed.pop();
        if let Some(mut hazard) = closed {
            let body = self.app.usual_body(&hazard, Action::Reopen).await;
            self.act(&mut hazard, Action::Reopen, &body).await;
            self.written.open.push((hazard, 2));
        }
    }

    /// Reference data, and what no phone keeps.
    async fn refer(&mut self) {
        if self.random.one_in(3) {
            self.app.photograph(&Caller::inspector()).await;
            return;
        }
        if self.random.one_in(2) {
            self.app.authority().await;
            return;
        }
        if self.random.one_in(2) {
            self.app.checklist().await;
            return;
        }
        let standard = json!({
            "code": format!("S-{}", self.app.next()),
            "title": "示例判定标准",
            "document_number": "示例〔2026〕1号",
            "issued_by": "示例安委会",
            "effective_on": "2026-07-01",
            "industries": ["C"],
            "criteria": [{"code": "1", "article": "第一条", "text": "示例条款。"}],
        });
        let request = self.app.post("/v1/standards").as_(&Self::office()).json(&standard);
        request.send().await.expect_status(201).done();
    }
}

/// Steps as long as somebody writes, with pages of any size; begins again now and then.
async fn carry(app: &App, owner: Caller, mut random: Random, written: &Cell<bool>) -> Phone {
    let mut phone = Phone::of(&owner);
    while !written.get() {
        let limit = if random.one_in(4) { 200 } else { random.index(6) + 1 };
        phone.step(app, limit).await;
        if random.one_in(40) {
            phone.forget();
        }
    }
    phone
}

on_both! {
    async fn every_phone_ends_with_what_there_is(app: App) {
        let count = number_from("HAZARDS_TEST_SYNC", WRITES);
        let mut random = Random::of_this_run();
        let mut writer = Writer { app: app.clone(), random: random.fork(), written: Written::default() };
        for _ in 0..8 {
            writer.register().await;
            writer.report().await;
        }
        let written = Cell::new(false);
        let carried = join_all(owners().into_iter().map(|owner| carry(&app, owner, random.fork(), &written)));
        let writing = async {
            for _ in 0..count {
                writer.write().await;
            }
            written.set(true);
        };
        let ((), phones) = join(writing, carried).await;
        for mut phone in phones {
            phone.catch_up(&app, 7).await;
            let mut fresh = Phone::of(&phone.caller);
            fresh.catch_up(&app, 500).await;
            assert_eq!(phone.kept, fresh.kept, "as {:?}", phone.caller);
            tells_of_nothing_else(&app, &phone, &writer.written);
            tells_of_nothing_else(&app, &fresh, &writer.written);
        }
    }
}

/// Fails when a phone keeps an open hazard that it should not, or lacks one, or was ever told of a thing that was never in
/// its scope.
fn tells_of_nothing_else(app: &App, phone: &Phone, on_record: &Written) {
    let scope = law_caller(app, &phone.caller).ledger_scope().expect("an official");
    let unit = "91350100M000100Y43".parse().expect("a code");
    let covers = |(area, industry): &(String, String)| {
        scope.covers(
            &area.parse().expect("an area"),
            &industry.parse().expect("an industry"),
            &unit,
        )
    };
    let once: BTreeSet<String> = on_record
        .places
        .iter()
        .filter(|(_, places)| places.iter().any(covers))
        .map(|(id, _)| id.clone())
        .collect();
    assert!(phone.ids_told("enterprise").is_subset(&once), "as {:?}", phone.caller);
    let in_scope: BTreeSet<String> = on_record
        .hazards
        .iter()
        .filter(|(_, place)| covers(place))
        .map(|(id, _)| id.clone())
        .collect();
    assert!(phone.ids_told("hazard").is_subset(&in_scope), "as {:?}", phone.caller);
    let open: BTreeSet<String> = on_record.open.iter().map(|(hazard, _)| hazard.id.clone()).collect();
    let expected: BTreeSet<String> = in_scope.intersection(&open).cloned().collect();
    assert_eq!(phone.ids("hazard"), expected, "as {:?}", phone.caller);
}
