//! The books of a test: whatever it wrote, each row must be the fold of its events, each history a chain without gaps,
//! and each event must have exactly one entry in the outbox, but for those of tips, which have none.
//!
//! Read once, on a connection of its own, when the service has stopped; judged without the database, so that the tests
//! below can damage a copy.

use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;
use major_hazards::hazards::{Entry, fold, recount};
use major_hazards::journal::{self, Event, Subject, SubjectKind};
use major_hazards::law::deadlines;
use major_hazards::law::policy::Policy;
use major_hazards::store::schema::{
    events, hazard_campaigns, hazard_criteria, hazards, inspections, outbox, self_check_versions, self_checks, tips,
};
use major_hazards::store::{Connection, StoreError};
use major_hazards::tips::{Entry as TipEntry, fold as fold_tip};
use major_hazards::values::{
    Day, EnterpriseId, HazardId, InspectionId, Instant, Quarter, SelfCheckId, TipId, Vocabulary as _,
};
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

/// Every column of a hazard's row, in the order of the table.
#[derive(Debug, Clone, Queryable, Serialize)]
struct Row {
    id: HazardId,
    number: String,
    source: String,
    enterprise_id: EnterpriseId,
    uscc: String,
    reported_at: Instant,
    reported_by: String,
    recurrence_of: Option<HazardId>,
    version: i64,
    status: String,
    found_on: Day,
    found_level: Option<String>,
    industry: String,
    area: String,
    supervision_kind: Option<String>,
    supervision_level: Option<String>,
    supervision_authority: Option<String>,
    production: String,
    escalation: String,
    next_due_on: Day,
    reviewed_by: Option<String>,
    signed_off_by: Option<String>,
    merged_into: Option<HazardId>,
    updated_at: Instant,
    closed_at: Option<Instant>,
    document: String,
    /// Depends on the hour of whoever looked last, and not on the events alone.
    #[serde(skip)]
    _remind_on: Day,
}

/// All that is on record.
#[derive(Debug, Clone)]
pub struct Books {
    rows: Vec<Row>,
    criteria: BTreeSet<(Uuid, String)>,
    campaigns: BTreeSet<(Uuid, String)>,
    histories: BTreeMap<Uuid, Vec<Event>>,
    /// Versions of self-checks in the form of their events.
    checks: BTreeMap<(Uuid, i64), Value>,
    /// The version in force of each self-check.
    checks_in_force: BTreeMap<Uuid, i64>,
    /// What the row of each inspection has in common with its event.
    inspections: BTreeMap<Uuid, Value>,
    /// Thing, version and type, one for each entry.
    outbox: Vec<(Uuid, i64, String)>,
    /// What stands in the open of each tip, as its row has it.
    tips: BTreeMap<Uuid, Value>,
    /// Hazards of which something else is counted than their documents say.
    miscounted: Vec<HazardId>,
}

impl Books {
    /// Reads them.
    pub fn read(connection: &mut Connection) -> Result<Self, StoreError> {
        let subjects: Vec<(String, HazardId)> = events::table
            .select((events::subject_kind, events::subject_id))
            .distinct()
            .load(connection)?;
        let mut histories = BTreeMap::new();
        for (kind, id) in subjects {
            let kind = SubjectKind::from_code(&kind).ok_or_else(|| StoreError::Corrupt(format!("subject `{kind}`")))?;
            let id = id.uuid();
            histories.insert(id, journal::history(connection, Subject { kind, id })?);
        }
        let criteria: Vec<(HazardId, String)> = hazard_criteria::table
            .select((hazard_criteria::hazard_id, hazard_criteria::criterion))
            .load(connection)?;
        let campaigns: Vec<(HazardId, String)> = hazard_campaigns::table
            .select((hazard_campaigns::hazard_id, hazard_campaigns::campaign))
            .load(connection)?;
        let entries: Vec<(HazardId, i64, String)> = outbox::table
            .select((outbox::subject_id, outbox::version, outbox::event_type))
            .load(connection)?;
        let in_force: Vec<(SelfCheckId, i64)> = self_checks::table
            .select((self_checks::id, self_checks::version))
            .load(connection)?;
        Ok(Self {
            checks: checks(connection)?,
            inspections: received(connection)?,
            tips: open_tips(connection)?,
            checks_in_force: in_force.into_iter().map(|(id, version)| (id.uuid(), version)).collect(),
            rows: hazards::table.load(connection)?,
            criteria: criteria.into_iter().map(|(id, code)| (id.uuid(), code)).collect(),
            campaigns: campaigns.into_iter().map(|(id, code)| (id.uuid(), code)).collect(),
            histories,
            miscounted: recount(connection)?.wrong,
            outbox: entries
                .into_iter()
                .map(|(id, version, kind)| (id.uuid(), version, kind))
                .collect(),
        })
    }

    /// Everything that does not add up, a line each.
    pub fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        for (id, history) in &self.histories {
            if let Err(version) = journal::verify(history) {
                faults.push(format!("{id}: the chain breaks at event {version}"));
            }
            let steps = history.iter().zip(history.iter().skip(1));
            for (before, after) in steps.filter(|(before, after)| before.to != after.from) {
                faults.push(format!(
                    "{id}: event {} does not begin where {} ended",
                    after.version, before.version
                ));
            }
        }
        self.judge_outbox(&mut faults);
        faults.extend(
            self.miscounted
                .iter()
                .map(|id| format!("{id}: its measures are not what its document says")),
        );
        self.judge_checks(&mut faults);
        self.judge_inspections(&mut faults);
        self.judge_tips(&mut faults);
        let policy = Policy::embedded().expect("the embedded policy is right");
        let on_ledger: BTreeSet<Uuid> = self.rows.iter().map(|row| row.id.uuid()).collect();
        for row in &self.rows {
            self.judge_row(row, &policy, &mut faults);
        }
        for (id, history) in &self.histories {
            let of_hazard = history.iter().any(|event| event.subject.kind == SubjectKind::Hazard);
            if of_hazard && !on_ledger.contains(id) {
                faults.push(format!("{id}: has events and no row"));
            }
        }
        faults
    }

    fn judge_outbox(&self, faults: &mut Vec<String>) {
        let mut entries: BTreeMap<(Uuid, i64), usize> = BTreeMap::new();
        for (id, version, _) in &self.outbox {
            *entries.entry((*id, *version)).or_default() += 1;
        }
        for (id, history) in &self.histories {
            for event in history {
                let found = entries.remove(&(*id, event.version)).unwrap_or_default();
                // What happens to a tip is told to nobody.
                let expected = usize::from(event.subject.kind != SubjectKind::Tip);
                if found != expected {
                    faults.push(format!("{id}: event {} has {found} outbox entries", event.version));
                }
            }
        }
        for (id, version) in entries.keys() {
            faults.push(format!("{id}: outbox entry {version} has no event"));
        }
    }

    fn judge_checks(&self, faults: &mut Vec<String>) {
        let of_checks = |history: &&[Event]| {
            history
                .first()
                .is_some_and(|event| event.subject.kind == SubjectKind::SelfCheck)
        };
        let mut kept = self.checks.clone();
        for history in self.histories.values().map(Vec::as_slice).filter(of_checks) {
            for event in history {
                let id = event.subject.id;
                if kept.remove(&(id, event.version)).as_ref() != Some(&event.payload) {
                    faults.push(format!("{id}: version {} is not what its event says", event.version));
                }
                if event.version == i64::try_from(history.len()).unwrap_or_default()
                    && self.checks_in_force.get(&id) != Some(&event.version)
                {
                    faults.push(format!("{id}: version {} is not in force", event.version));
                }
            }
        }
        for (id, version) in kept.keys() {
            faults.push(format!("{id}: version {version} has no event"));
        }
    }

    /// An inspection has one event, which says what its row says.
    fn judge_inspections(&self, faults: &mut Vec<String>) {
        let mut kept = self.inspections.clone();
        for event in self.histories.values().flatten() {
            if event.subject.kind != SubjectKind::Inspection {
                continue;
            }
            let id = event.subject.id;
            if kept.remove(&id).as_ref() != Some(&event.payload) {
                faults.push(format!("{id}: the inspection is not what its event says"));
            }
        }
        for id in kept.keys() {
            faults.push(format!("{id}: the inspection has no event"));
        }
    }

    fn judge_tips(&self, faults: &mut Vec<String>) {
        let mut kept = self.tips.clone();
        for (id, history) in &self.histories {
            if history
                .first()
                .is_none_or(|event| event.subject.kind != SubjectKind::Tip)
            {
                continue;
            }
            let folded = match fold_tip(history.iter().map(TipEntry::from)) {
                Ok(folded) => folded.map(|tip| {
                    in_the_open(
                        tip.version,
                        &json!(tip.status),
                        &json!(tip.record),
                        &json!(tip.standing),
                    )
                }),
                Err(error) => return faults.push(format!("{id}: {error}")),
            };
            if kept.remove(id) != folded {
                faults.push(format!("{id}: the row of the tip is not what its events say"));
            }
        }
        for id in kept.keys() {
            faults.push(format!("{id}: a tip has no events"));
        }
    }

    fn judge_row(&self, row: &Row, policy: &Policy, faults: &mut Vec<String>) {
        let id = row.id.uuid();
        let history = self.histories.get(&id).map(Vec::as_slice).unwrap_or_default();
        let folded = match fold(history.iter().map(Entry::from)) {
            Ok(Some(folded)) => folded,
            Ok(None) => return faults.push(format!("{id}: has a row and no events")),
            Err(error) => return faults.push(format!("{id}: {error}")),
        };
        if usize::try_from(row.version) != Ok(history.len()) {
            faults.push(format!("{id}: version {} with {} events", row.version, history.len()));
        }
        let due = deadlines::next_due_on(&folded.clocks, policy.calendar()).unwrap_or(Day::NEVER);
        let folded = json!(folded);
        let mut actual = json!(row);
        let mut expected = columns(&folded, due);
        actual["document"] = serde_json::from_str(&row.document).unwrap_or(Value::Null);
        expected["document"] = folded.clone();
        for (column, expected) in expected.as_object().into_iter().flatten() {
            if actual[column] != *expected {
                faults.push(format!(
                    "{id}: `{column}` is {}, its events say {expected}",
                    actual[column]
                ));
            }
        }
        for (member, tags) in [("criteria", &self.criteria), ("campaigns", &self.campaigns)] {
            let kept: BTreeSet<&str> = tags
                .iter()
                .filter(|tag| tag.0 == id)
                .map(|tag| tag.1.as_str())
                .collect();
            let told = folded[member]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .collect();
            if kept != told {
                faults.push(format!("{id}: `{member}` are {kept:?}, its events say {told:?}"));
            }
        }
    }
}

fn in_the_open(version: i64, status: &Value, record: &Value, standing: &Value) -> Value {
    json!({"version": version, "status": status, "record": record, "standing": standing})
}

/// What stands in the open of every tip.
fn open_tips(connection: &mut Connection) -> Result<BTreeMap<Uuid, Value>, StoreError> {
    type Open = (
        TipId,
        i64,
        String,
        String,
        Option<String>,
        Day,
        bool,
        bool,
        bool,
        String,
    );
    let rows: Vec<Open> = tips::table
        .select((
            tips::id,
            tips::version,
            tips::status,
            tips::area,
            tips::campaign,
            tips::received_on,
            tips::anonymous,
            tips::wants_feedback,
            tips::wants_reward,
            tips::standing,
        ))
        .load(connection)?;
    let told = rows.into_iter().map(
        |(id, version, status, area, campaign, received_on, anonymous, wants_feedback, wants_reward, standing)| {
            let mut record = json!({
                "area": area,
                "received_on": received_on,
                "anonymous": anonymous,
                "wants_feedback": wants_feedback,
                "wants_reward": wants_reward,
            });
            if let Some(campaign) = campaign {
                record["campaign"] = json!(campaign);
            }
            let standing = serde_json::from_str(&standing).unwrap_or(Value::Null);
            (id.uuid(), in_the_open(version, &json!(status), &record, &standing))
        },
    );
    Ok(told.collect())
}

/// What the event of each inspection has to say: its row, without the names of files.
fn received(connection: &mut Connection) -> Result<BTreeMap<Uuid, Value>, StoreError> {
    let rows: Vec<(InspectionId, String, String, String, String)> = inspections::table
        .select((
            inspections::id,
            inspections::uscc,
            inspections::area,
            inspections::industry,
            inspections::document,
        ))
        .load(connection)?;
    let told = rows.into_iter().map(|(id, uscc, area, industry, document)| {
        let mut body: Value = serde_json::from_str(&document).unwrap_or_default();
        for declared in body["evidence"].as_array_mut().into_iter().flatten() {
            declared["filename"] = Value::Null;
        }
        (
            id.uuid(),
            json!({"uscc": uscc, "area": area, "industry": industry, "body": body}),
        )
    });
    Ok(told.collect())
}

/// Every version of every self-check.
fn checks(connection: &mut Connection) -> Result<BTreeMap<(Uuid, i64), Value>, StoreError> {
    type Version = (SelfCheckId, EnterpriseId, Quarter, Instant, i64, Instant, Day, String);
    let versions: Vec<Version> = self_check_versions::table
        .inner_join(self_checks::table.on(self_checks::id.eq(self_check_versions::self_check_id)))
        .select((
            self_checks::id,
            self_checks::enterprise_id,
            self_checks::quarter,
            self_checks::filed_at,
            self_check_versions::version,
            self_check_versions::filed_at,
            self_check_versions::performed_on,
            self_check_versions::document,
        ))
        .load(connection)?;
    let told = versions.into_iter().map(
        |(id, enterprise, quarter, filed_at, version, updated_at, performed_on, document)| {
            let mut told: Value = serde_json::from_str(&document).unwrap_or_else(|_| json!({}));
            for (member, value) in [
                ("id", json!(id)),
                ("enterprise", json!(enterprise)),
                ("quarter", json!(quarter)),
                ("filed_at", json!(filed_at)),
                ("version", json!(version)),
                ("updated_at", json!(updated_at)),
                ("performed_on", json!(performed_on)),
            ] {
                told[member] = value;
            }
            ((id.uuid(), version), told)
        },
    );
    Ok(told.collect())
}

/// What the columns must hold besides the document.
fn columns(folded: &Value, due: Day) -> Value {
    let order = &folded["supervision"];
    let passed = folded["review"]["passed"] == true;
    let mut columns = json!({
        "supervision_kind": order["kind"],
        "supervision_level": order["level"],
        "supervision_authority": if order.is_null() { &folded["transferred_to"] } else { &order["authority"] },
        "escalation": folded["escalation"],
        "next_due_on": due,
        "reviewed_by": if passed { folded["review"]["recorded_by"].clone() } else { Value::Null },
        "signed_off_by": folded["sign_off"]["signed_by"],
    });
    for same in [
        "id",
        "number",
        "source",
        "enterprise_id",
        "uscc",
        "reported_at",
        "reported_by",
        "recurrence_of",
        "version",
        "status",
        "found_on",
        "found_level",
        "industry",
        "area",
        "production",
        "merged_into",
        "updated_at",
        "closed_at",
    ] {
        columns[same] = folded[same].clone();
    }
    columns
}

mod checked {
    use major_hazards::law::lifecycle::State;
    use major_hazards::law::tips::lifecycle::TipAction;
    use reqwest::Method;
    use serde_json::json;

    use super::Books;
    use crate::support::app::App;
    use crate::support::fixtures::CRITERION;
    use crate::support::on_both;
    use crate::support::tips::anonymous_tip;

    /// Damages a copy of whole books and returns the faults, which were none before.
    fn damaged(whole: &Books, damage: impl FnOnce(&mut Books)) -> String {
        assert_eq!(whole.faults(), Vec::<String>::new());
        let mut copy = whole.clone();
        damage(&mut copy);
        copy.faults().join("\n")
    }

    on_both! {
        async fn every_kind_of_damage_to_the_books_is_named(app: App) {
            app.hazard_in(State::Closed).await;
            let whole = app.read_store(Books::read).unwrap();
            let id = whole.rows[0].id.uuid();
            let named = |faults: String, fault: &str| assert!(faults.contains(fault), "`{fault}` is not in: {faults}");
            named(damaged(&whole, |books| books.rows[0].area = "370304".to_owned()), "`area` is");
            named(damaged(&whole, |books| books.rows[0].reviewed_by = None), "`reviewed_by` is");
            named(damaged(&whole, |books| books.rows[0].document = "{}".to_owned()), "`document` is");
            named(damaged(&whole, |books| books.rows[0].version += 1), "version 9 with 8 events");
            named(damaged(&whole, |books| books.criteria.clear()), "`criteria` are");
            named(damaged(&whole, |books| books.rows.clear()), "has events and no row");
            let without_third = damaged(&whole, |books| books.outbox.retain(|entry| (entry.0, entry.1) != (id, 3)));
            named(without_third, "event 3 has 0 outbox");
            named(damaged(&whole, |books| books.outbox.push((id, 4, String::new()))), "event 4 has 2 outbox");
            named(damaged(&whole, |books| books.outbox.push((id, 99, String::new()))), "outbox entry 99 has no event");
            let history = |books: &mut Books, damage: fn(&mut Vec<super::Event>)| {
                damage(books.histories.get_mut(&id).unwrap());
            };
            named(damaged(&whole, |books| history(books, |events| drop(events.remove(3)))), "the chain breaks at event 5");
            let retitled = damaged(&whole, |books| {
                history(books, |events| events[0].payload["body"]["title"] = "另".into());
            });
            named(retitled, "the chain breaks at event 1");
            let cut_off = damaged(&whole, |books| history(books, |events| events[2].from = None));
            named(cut_off, "event 3 does not begin where 2 ended");
        }

        async fn every_kind_of_damage_to_a_tip_is_named(app: App) {
            let told = app.tell(&anonymous_tip()).await;
            app.walk_tip(&told, &[(TipAction::Accept, json!({}))]).await;
            let whole = app.read_store(Books::read).unwrap();
            let id = *whole.tips.keys().next().unwrap();
            let named = |faults: String, fault: &str| assert!(faults.contains(fault), "`{fault}` is not in: {faults}");
            let moved = damaged(&whole, |books| books.tips.get_mut(&id).unwrap()["status"] = "closed".into());
            named(moved, "the row of the tip is not what its events say");
            let hurried = damaged(&whole, |books| books.tips.get_mut(&id).unwrap()["standing"]["clocks"] = json!([]));
            named(hurried, "the row of the tip is not what its events say");
            named(damaged(&whole, |books| drop(books.histories.remove(&id))), "a tip has no events");
            let told_outside = damaged(&whole, |books| books.outbox.push((id, 2, "tip.accepted".to_owned())));
            named(told_outside, "event 2 has 1 outbox entries");
        }

        async fn every_kind_of_damage_to_a_self_check_is_named(app: App) {
            let unit = app.enterprise().await;
            let body = json!({
                "performed_on": app.day(0),
                "performed_by": {"name": "王某", "position": "主要负责人"},
                "summary": "已自查。",
                "results": [{"criterion": CRITERION, "result": "clear"}],
            });
            let path = format!("/v1/enterprises/{}/self-checks/2026Q4", unit.id);
            let put = app.request(Method::PUT, path).as_(&unit.officer()).json(&body);
            put.send().await.expect_status(201).done();
            let whole = app.read_store(Books::read).unwrap();
            let (id, version) = *whole.checks.keys().next().unwrap();
            let named = |faults: String, fault: &str| assert!(faults.contains(fault), "`{fault}` is not in: {faults}");
            let reworded = damaged(&whole, |books| books.checks.get_mut(&(id, version)).unwrap()["summary"] = "另".into());
            named(reworded, "version 1 is not what its event says");
            named(damaged(&whole, |books| books.checks.clear()), "version 1 is not what its event says");
            named(damaged(&whole, |books| books.checks_in_force.clear()), "version 1 is not in force");
            named(damaged(&whole, |books| drop(books.checks.insert((id, 2), json!({})))), "version 2 has no event");
        }
    }
}
