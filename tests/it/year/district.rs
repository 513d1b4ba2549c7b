//! The district through the year: its units, its hazards, and whoever deals with them, while the clock is moved from one
//! moment to the next.

use std::collections::BTreeMap;

use futures_util::StreamExt as _;
use futures_util::stream;
use major_hazards::law::lifecycle::Action;
use major_hazards::law::policy::Policy;
use major_hazards::store::Connection;
use major_hazards::values::Instant;
use serde_json::{Value, json};

use super::checks::{self, Check};
use super::parties::{AtHand, HOURS, Living, NEVER};
use crate::statistics::world::{AREAS, CAMPAIGNS, INDUSTRIES};
use crate::support::app::App;
use crate::support::background::remind_at;
use crate::support::caller::Caller;
use crate::support::days::{day, midnight, number};
use crate::support::fixtures::{Unit, text};
use crate::support::seed::Random;
use crate::support::walk::walk;

/// How many act at once.
const AT_ONCE: usize = 8;

/// A deadline as the service told it after an action.
pub struct Answered {
    pub hazard: String,
    pub version: i64,
    pub next_due_on: Option<String>,
    pub plan_due_on: Option<String>,
    pub due_on: Option<String>,
}

pub struct District {
    pub app: App,
    pub units: Vec<Unit>,
    /// By the id of the unit.
    pub has_controller: BTreeMap<String, bool>,
    pub answered: Vec<Answered>,
    /// When somebody looked whom to remind.
    pub looks: Vec<i64>,
    /// How often which action was accepted.
    pub accepted: BTreeMap<&'static str, usize>,
    pub random: Random,
    authorities: Vec<String>,
    living: Vec<Living>,
    /// When hazards will be reported, the last first.
    to_report: Vec<i64>,
    /// What will be filed, the last first.
    to_file: Vec<Check>,
    policy: Policy,
    connection: Connection,
}

impl District {
    /// Units are registered now; hazards will be reported from the first of two days up to the other.
    pub async fn begin(app: App, mut random: Random, hazards: u32, (first, last): (&str, &str)) -> Self {
        let mut units = Vec::new();
        let mut has_controller = BTreeMap::new();
        for place in 0..usize::try_from(hazards).expect("a number") * 3 / 20 {
            let with = !random.one_in(4);
            let unit = register(&app, place, with).await;
            has_controller.insert(unit.id.clone(), with);
            units.push(unit);
        }
        let (first, last) = (number(first), number(last));
        let days = u64::try_from(last - first).expect("a year");
        let moment = |_| midnight(first + random.number(days)) + HOURS[random.index(HOURS.len())];
        let mut to_report: Vec<i64> = (0..hazards).map(moment).collect();
        to_report.sort_by_key(|at| std::cmp::Reverse(*at));
        let mut authorities = Vec::new();
        for _ in 0..5 {
            authorities.push(authority(&app).await);
        }
        Self {
            connection: app.connect(),
            policy: crate::support::app::embedded(),
            app,
            units,
            has_controller,
            answered: Vec::new(),
            looks: Vec::new(),
            accepted: BTreeMap::new(),
            random,
            authorities,
            living: Vec::new(),
            to_report,
            to_file: Vec::new(),
        }
    }

    /// Units mean to file their self-checks.
    pub fn plan_checks(&mut self) {
        self.to_file = checks::planned(&self.units, &mut self.random);
        self.to_file.reverse();
    }

    /// The next moment comes: units are reminded, and everybody does what is up to them.
    pub async fn pass(&mut self, moment: i64) {
        let now = Instant::from_micros(moment).expect("a moment");
        self.app.clock().set(now);
        remind_at(&mut self.connection, &self.policy, now);
        self.looks.push(moment);
        while self.to_report.pop_if(|at| *at <= moment).is_some() {
            self.report(moment).await;
        }
        self.act(moment).await;
        while let Some(check) = self.to_file.pop_if(|check| check.at <= moment) {
            check.file(&self.app).await;
        }
        let begins_work = moment - midnight(day(moment)) == HOURS[1];
        if begins_work && day(moment) % 3 == 0 {
            self.press().await;
        }
    }

    /// The service is stopped, and started under another policy.
    pub async fn restart(&mut self, policy: &str) {
        let policy = || Policy::parse(policy).expect("a policy of the year");
        self.app.stop().await;
        self.app = self.app.node_under(policy()).await;
        self.policy = policy();
        self.app.follow_policy();
        let versions: BTreeMap<String, i64> = walk(&self.app, "/v1/hazards", &Caller::office().areas(&["*"]))
            .await
            .iter()
            .map(|hazard| (text(&hazard["id"]), hazard["version"].as_i64().expect("a version")))
            .collect();
        for living in &mut self.living {
            living.hazard.version = versions[&living.hazard.id];
        }
    }

    async fn report(&mut self, moment: i64) {
        let (app, random) = (&self.app, &mut self.random);
        let unit = &self.units[random.index(self.units.len())];
        let mut body = app.report_body(unit);
        body["area"] = json!(random.pick(AREAS));
        body["found_on"] = json!(app.day(-random.number(3)));
        if random.one_in(3) {
            body["industry"] = json!(random.pick(INDUSTRIES));
        }
        body["campaigns"] = json!([random.pick(CAMPAIGNS)]);
        let earlier = self.living.iter().find(|living| living.hazard.unit.id == unit.id);
        if let Some(earlier) = earlier.filter(|_| random.one_in(5)) {
            body["recurrence_of"] = json!(earlier.hazard.id);
        }
        let (source, caller) = match random.below(10) {
            0..=3 => ("inspection", Caller::inspector().areas(&["*"])),
            4..=6 => ("self_report", unit.officer()),
            _ => ("public_tip", Caller::tip_officer().areas(&["*"])),
        };
        body["source"] = json!(source);
        let hazard = app.report(&caller, unit, &body).await;
        *self.accepted.entry("report").or_default() += 1;
        let random = self.random.fork();
        self.living.push(Living::new(hazard, random, moment));
    }

    /// Everybody whose moment has come acts, some at once.
    async fn act(&mut self, moment: i64) {
        let (due, resting): (Vec<Living>, Vec<Living>) = std::mem::take(&mut self.living)
            .into_iter()
            .partition(|living| living.next <= moment);
        let other = |living: &Living| {
            let of_unit = resting
                .iter()
                .filter(|other| other.hazard.unit.id == living.hazard.unit.id);
            of_unit
                .filter(|other| other.next < NEVER)
                .map(|other| other.hazard.id.as_str())
                .next()
        };
        let (app, authorities) = (&self.app, self.authorities.as_slice());
        let acts = due.into_iter().map(|mut living| {
            let other = other(&living);
            async move {
                let at_hand = AtHand {
                    app,
                    other,
                    authorities,
                };
                let (name, answer) = living.live(at_hand).await;
                (living, name, answer)
            }
        });
        let acted: Vec<_> = stream::iter(acts).buffer_unordered(AT_ONCE).collect().await;
        let mut all = resting;
        for (living, name, answer) in acted {
            if answer.status == 200 {
                *self.accepted.entry(name).or_default() += 1;
                self.answered.push(Answered::of(&answer.json()));
            }
            all.push(living);
        }
        // Whoever answered first must not be who is met first.
        all.sort_by(|one, other| one.hazard.number.cmp(&other.hazard.number));
        self.living = all;
    }

    /// The office climbs, with some of the slow, to the rung that policy calls for.
    async fn press(&mut self) {
        let office = Caller::office().areas(&["*"]);
        let mut slow = walk(&self.app, "/v1/statistics/slow?called_for=true", &office).await;
        // Those that are equally behind are listed by ids, which are other ones in every run.
        slow.sort_by_key(|row| row["number"].to_string());
        for row in slow {
            if !self.random.one_in(2) {
                continue;
            }
            let hazard = text(&row["id"]);
            let living = self
                .living
                .iter_mut()
                .find(|living| living.hazard.id == hazard)
                .expect("a hazard");
            let mut body = self.app.usual_body(&living.hazard, Action::Escalate).await;
            body["kind"] = row["called_for"]["rung"].clone();
            let answer = self.app.act(&living.hazard, Action::Escalate, &office, &body).await;
            let hazard = answer.expect_status(200).json();
            living.follow(&hazard);
            *self.accepted.entry("escalate").or_default() += 1;
            self.answered.push(Answered::of(&hazard));
        }
    }
}

impl Answered {
    fn of(hazard: &Value) -> Self {
        let day = |value: &Value| value.as_str().map(str::to_owned);
        Self {
            hazard: text(&hazard["id"]),
            version: hazard["version"].as_i64().expect("a version"),
            next_due_on: day(&hazard["next_due_on"]),
            plan_due_on: day(&hazard["supervision"]["plan_due_on"]),
            due_on: day(&hazard["supervision"]["due_on"]),
        }
    }
}

async fn register(app: &App, place: usize, with_controller: bool) -> Unit {
    let mut body = app.enterprise_body();
    body["area"] = json!(AREAS[place % AREAS.len()]);
    body["industry"] = json!(INDUSTRIES[place % INDUSTRIES.len()]);
    if !with_controller {
        body.as_object_mut().expect("an object").remove("controller");
    }
    let office = Caller::office().areas(&["*"]);
    let unit = app.post("/v1/enterprises").as_(&office).json(&body).send().await;
    let unit = unit.expect_status(201).json();
    Unit {
        id: text(&unit["id"]),
        uscc: text(&unit["uscc"]),
    }
}

async fn authority(app: &App) -> String {
    let code = format!("authority-{}", app.next());
    let body = json!({"code": code, "name": "市应急管理局", "level": "national", "areas": ["3703"]});
    let office = Caller::office().areas(&["*"]);
    let answer = app.post("/v1/authorities").as_(&office).json(&body).send().await;
    answer.expect_status(201).done();
    code
}
