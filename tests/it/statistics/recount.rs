//! The statistics counted again from the raw events, one hazard after the other, by code that shares nothing with the
//! service but the rows of its journal. Only what is overdue today is asked of the ledger itself.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::support::days::{date, day};
use crate::support::journal::RawEvent;

/// A hazard as its events tell it.
#[derive(Debug, Default, Clone)]
pub struct Told {
    pub number: String,
    pub unit: String,
    pub uscc: String,
    pub area: String,
    pub industry: String,
    pub source: String,
    pub status: String,
    pub campaigns: BTreeSet<String>,
    pub level: Option<String>,
    pub committee: Option<String>,
    pub listed: bool,
    pub recurs: bool,
    pub overdue: bool,
    /// The rung that was climbed last.
    pub rung: Option<String>,
    pub reported: i64,
    /// Since when it was open, until when, and whether a sign-off ended it in time.
    pub open: Vec<(i64, Option<i64>, Option<bool>)>,
    pub penalties: Vec<Penalty>,
    due: String,
}

/// A penalty as its event tells it, amounts in fen.
#[derive(Debug, Clone)]
pub struct Penalty {
    kind: String,
    decided_on: String,
    unit: i128,
    person: Option<i128>,
}

/// Every hazard, from all events. `overdue` are the ids of those that the ledger calls so.
pub fn tell(events: &[RawEvent], overdue: &BTreeSet<String>) -> Vec<Told> {
    let mut told: BTreeMap<&str, Told> = BTreeMap::new();
    for event in events {
        let hazard = told.entry(&event.subject).or_default();
        hazard.overdue = overdue.contains(&event.subject);
        hazard.happen(event);
    }
    // Ids of one moment sort by chance.
    let mut told: Vec<Told> = told.into_values().collect();
    told.sort_by(|one, other| (one.reported, &one.number).cmp(&(other.reported, &other.number)));
    told
}

impl Told {
    fn happen(&mut self, event: &RawEvent) {
        let RawEvent { at, actor, payload, .. } = event;
        let (at, body) = (*at, &payload["body"]);
        self.status.clone_from(&event.to);
        if let Some(campaigns) = body["campaigns"].as_array() {
            self.campaigns = campaigns.iter().map(text).collect();
        }
        match event.action.as_str() {
            "report" => {
                self.reported = at;
                self.number = text(&payload["record"]["number"]);
                self.unit = text(&body["enterprise"]);
                self.uscc = text(&payload["record"]["uscc"]);
                self.industry = text(&payload["record"]["industry"]);
                self.area = text(&body["area"]);
                self.source = text(&body["source"]);
                self.recurs = body["recurrence_of"].is_string();
            }
            "confirm" => self.open.push((at, None, None)),
            "order" | "upgrade_order" => {
                self.listed |= event.action == "upgrade_order" || body["kind"] == "listed";
                self.level = body["level"].as_str().map(str::to_owned);
                self.committee = actor["organization"].as_str().map(str::to_owned);
                if event.action == "order" {
                    self.due = text(&body["due_on"]);
                }
            }
            "transfer" => self.committee = Some(text(&body["authority"])),
            "escalate" => self.rung = Some(text(&body["kind"])),
            "decide_extension" if body["approved"] == true => self.due = text(&body["due_on"]),
            "review" if body["passed"] == false => self.due = text(&body["due_on"]),
            "reject_sign_off" => self.due = text(&body["due_on"]),
            "reopen" => {
                self.due = text(&body["due_on"]);
                self.open.push((at, None, None));
            }
            "penalize" => self.penalties.push(Penalty {
                kind: text(&body["kind"]),
                decided_on: text(&body["decided_on"]),
                unit: fen(&body["unit_amount_cny"]),
                person: body["person"].is_string().then(|| fen(&body["person_amount_cny"])),
            }),
            "sign_off" | "dismiss" | "merge" => {
                let on_time = date(day(at)) <= self.due;
                if let Some(last) = self.open.last_mut() {
                    *last = (last.0, Some(at), (event.action == "sign_off").then_some(on_time));
                }
            }
            _ => {}
        }
    }
}

/// What was counted of some hazards.
#[derive(Debug, Default, Clone)]
pub struct Tally {
    found: i64,
    to_confirm: Vec<i64>,
    reopened: i64,
    to_close: Vec<i64>,
    on_time: i64,
    open: i64,
    overdue: i64,
    listed: i64,
    /// Of the open ones, those on a rung.
    rungs: BTreeMap<String, i64>,
    repeated: i64,
    self_found: i64,
    penalties: BTreeMap<String, i64>,
    persons: i64,
    unit_fen: i128,
    person_fen: i128,
}

impl Tally {
    pub fn count(&mut self, hazard: &Told, from: i64, until: i64) {
        let inside = |moment: i64| from <= moment && moment <= until;
        self.found += i64::from(inside(hazard.reported));
        self.overdue += i64::from(hazard.overdue && hazard.reported <= until);
        let on_day = |penalty: &&Penalty| (date(day(from))..=date(day(until))).contains(&penalty.decided_on);
        for penalty in hazard.penalties.iter().filter(on_day) {
            *self.penalties.entry(penalty.kind.clone()).or_default() += 1;
            self.persons += i64::from(penalty.person.is_some());
            self.unit_fen += penalty.unit;
            self.person_fen += penalty.person.unwrap_or_default();
        }
        for (place, (opened, ended, on_time)) in hazard.open.iter().enumerate() {
            if inside(*opened) {
                if place == 0 {
                    self.to_confirm.push(day(*opened) - day(hazard.reported));
                    self.repeated += i64::from(hazard.recurs);
                    self.self_found += i64::from(hazard.source == "self_report");
                } else {
                    self.reopened += 1;
                }
            }
            let ended = ended.unwrap_or(i64::MAX);
            if *opened <= until && until < ended {
                self.open += 1;
                self.listed += i64::from(hazard.listed);
                if let Some(rung) = &hazard.rung {
                    *self.rungs.entry(rung.clone()).or_default() += 1;
                }
            }
            if let Some(on_time) = on_time
                && inside(ended)
            {
                self.to_close.push(day(ended) - day(*opened));
                self.on_time += i64::from(*on_time);
            }
        }
    }

    /// Found, confirmed, reopened, closed, open, overdue, punished.
    pub fn sizes(&self) -> [i64; 7] {
        [
            self.found,
            length(&self.to_confirm),
            self.reopened,
            length(&self.to_close),
            self.open,
            self.overdue,
            self.penalties.values().sum(),
        ]
    }

    /// As the service must show it.
    pub fn shown(&self, sees_sources: bool) -> Value {
        let (confirmed, closed) = (length(&self.to_confirm), length(&self.to_close));
        let share = share(self.self_found, confirmed);
        let rung = |rung: &str| self.rungs.get(rung).copied().unwrap_or_default();
        json!({
            "suppressed": false,
            "found": self.found,
            "confirmed": confirmed,
            "new": confirmed + self.reopened,
            "reopened": self.reopened,
            "closed": closed,
            "open": self.open,
            "closing_rate": self::share(closed, closed + self.open),
            "on_time_closing_rate": self::share(self.on_time, closed),
            "median_days_to_confirm": middle(&self.to_confirm),
            "p90_days_to_confirm": ninth_tenth(&self.to_confirm),
            "median_days_to_close": middle(&self.to_close),
            "p90_days_to_close": ninth_tenth(&self.to_close),
            "overdue": self.overdue,
            "listed": self.listed,
            "escalation": {
                "none": self.open - self.rungs.values().sum::<i64>(),
                "letter": rung("letter"),
                "circular": rung("circular"),
                "interview": rung("interview"),
                "exposure": rung("exposure"),
            },
            "repeated": self.repeated,
            "self_found_share": if sees_sources { share } else { Value::Null },
            "penalties": self.punished(),
        })
    }

    fn punished(&self) -> Value {
        let of = |kind: &str| self.penalties.get(kind).copied().unwrap_or_default();
        json!({
            "total": self.penalties.values().sum::<i64>(),
            "warning": of("warning"),
            "fine": of("fine"),
            "suspension": of("suspension"),
            "closure": of("closure"),
            "joint_discipline": of("joint_discipline"),
            "dishonesty_listing": of("dishonesty_listing"),
            "criminal_referral": of("criminal_referral"),
            "persons": self.persons,
            "unit_amount_cny": yuan(self.unit_fen),
            "person_amount_cny": yuan(self.person_fen),
        })
    }
}

fn text(value: &Value) -> String {
    value
        .as_str()
        .unwrap_or_else(|| panic!("{value} is no text"))
        .to_owned()
}

/// Fen of an amount with two places; none where none is named.
fn fen(amount: &Value) -> i128 {
    let digits = amount.as_str().map(|amount| amount.replace('.', ""));
    digits.map_or(0, |digits| digits.parse().expect("an amount"))
}

fn yuan(fen: i128) -> String {
    let digits = format!("{fen:03}");
    let (whole, places) = digits.split_at(digits.len() - 2);
    format!("{whole}.{places}")
}

fn length(of: &[i64]) -> i64 {
    i64::try_from(of.len()).expect("few hazards")
}

/// Four places, the half upwards, in whole numbers.
fn share(part: i64, whole: i64) -> Value {
    if whole == 0 {
        return Value::Null;
    }
    let (whole_part, rest) = (part * 10_000 / whole, part * 10_000 % whole);
    let rounded = whole_part + i64::from(2 * rest >= whole);
    json!(format!("{}.{:04}", rounded / 10_000, rounded % 10_000))
}

fn middle(days: &[i64]) -> Value {
    let mut sorted = days.to_vec();
    sorted.sort_unstable();
    match sorted.len() {
        0 => Value::Null,
        odd if odd % 2 == 1 => json!(whole(sorted[odd / 2])),
        even => json!(whole(sorted[even / 2 - 1] + sorted[even / 2]) / 2.0),
    }
}

fn ninth_tenth(days: &[i64]) -> Value {
    let mut sorted = days.to_vec();
    sorted.sort_unstable();
    // The least place that leaves no more than a tenth behind it.
    let place = (0..sorted.len()).find(|place| (sorted.len() - place - 1) * 10 <= sorted.len());
    place.map_or(Value::Null, |place| json!(sorted[place]))
}

fn whole(number: i64) -> f64 {
    f64::from(i32::try_from(number).expect("a small number"))
}

mod checked {
    use serde_json::json;

    use super::{middle, ninth_tenth, share};

    #[test]
    fn the_recount_knows_its_sums() {
        assert_eq!(share(2, 3), json!("0.6667"));
        assert_eq!(share(1, 8), json!("0.1250"));
        assert_eq!(middle(&[9, 1, 2, 4]), json!(3.0));
        assert_eq!(ninth_tenth(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]), json!(9));
    }
}
