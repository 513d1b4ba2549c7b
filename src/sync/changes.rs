//! What changed for a scope, in the order of the outbox; each thing once in a page, and as it stands now.
//!
//! A thing that is not to be had any more is taken away by its id alone, and only from whom it could have been handed to: an
//! id tells a moment, and that of a thing which never lay in the scope of a caller is none of the caller's business. A hazard
//! stays where it was found, so it lay in the scope always or never; a unit can move, and its history says where it was.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use super::view::{ItemView, SyncKind};
use crate::authorities;
use crate::checklists;
use crate::enterprises;
use crate::hazards;
use crate::journal::{self, SubjectKind, Told};
use crate::law::policy::Policy;
use crate::law::scope::Scope;
use crate::standards;
use crate::store::{Connection, StoreError};
use crate::values::{AuthorityId, ChecklistId, EnterpriseId, HazardId, StandardId};

/// Entries of the outbox that are looked at for one page: whoever has few things in scope still comes along, and no page
/// costs more than so many look-ups.
pub const SCANNED: i64 = 2000;

/// A page of changes.
#[derive(Debug)]
pub struct Page {
    /// The changes.
    pub items: Vec<ItemView>,
    /// Up to which position of the outbox they go.
    pub position: i64,
}

/// At most `limit` changes behind the position `after`, up to the position `until`, which must be decided.
///
/// # Errors
/// The failures of the store.
pub fn page(
    connection: &mut Connection,
    scope: &Scope,
    policy: &Policy,
    (after, until): (i64, i64),
    limit: usize,
) -> Result<Page, StoreError> {
    let told = journal::told_after(connection, after, until, SCANNED)?;
    let is_part = i64::try_from(told.len()).is_ok_and(|found| found == SCANNED);
    let scanned = told.last().filter(|_| is_part).map_or(until, |last| last.position);
    let mut seen = BTreeSet::new();
    let firsts: Vec<Told> = told.into_iter().filter(|told| seen.insert(told.subject.id)).collect();
    let mut found = Found::look(connection, scope, &firsts)?;
    let concerned = firsts.iter().filter(|first| found.concerns(first.subject.id));
    let mut concerned: Vec<&Told> = concerned.take(limit.saturating_add(1)).collect();
    // Up to the first that has no room: what comes before it is told whole.
    let cut = if concerned.len() > limit { concerned.pop() } else { None };
    let items = found.told(connection, policy, &concerned)?;
    Ok(Page {
        items,
        position: cut.map_or(scanned, |told| told.position - 1),
    })
}

/// What became of the things of a page, by the ids of their events; nothing of what the caller may not know.
#[derive(Default)]
struct Found {
    items: BTreeMap<Uuid, ItemView>,
    /// Hazards that are told as they stand when the page is made up.
    open: BTreeSet<Uuid>,
}

impl Found {
    fn look(connection: &mut Connection, scope: &Scope, firsts: &[Told]) -> Result<Self, StoreError> {
        let of = |kind: SubjectKind| firsts.iter().filter(move |told| told.subject.kind == kind);
        let ids = |kind: SubjectKind| of(kind).map(|told| told.subject.id);
        let mut found = Self::default();
        let wanted: Vec<AuthorityId> = ids(SubjectKind::Authority).map(AuthorityId::from_uuid).collect();
        for authority in authorities::of_ids(connection, &wanted)? {
            found.items.insert(authority.id.uuid(), ItemView::authority(authority));
        }
        let wanted: Vec<StandardId> = ids(SubjectKind::Standard).map(StandardId::from_uuid).collect();
        for standard in standards::of_ids(connection, &wanted)? {
            let clauses = standards::criteria_of(connection, &standard.code)?;
            found
                .items
                .insert(standard.id.uuid(), ItemView::standard(standard, clauses));
        }
        let wanted: Vec<ChecklistId> = ids(SubjectKind::Checklist).map(ChecklistId::from_uuid).collect();
        for checklist in checklists::of_ids(connection, &wanted)? {
            found.items.insert(checklist.id.uuid(), ItemView::checklist(checklist));
        }
        let units: Vec<&Told> = of(SubjectKind::Enterprise).collect();
        found.look_at_units(connection, scope, &units)?;
        let wanted: Vec<HazardId> = ids(SubjectKind::Hazard).map(HazardId::from_uuid).collect();
        for (id, state) in hazards::standing_within(connection, scope, &wanted)? {
            if state.is_open() {
                found.open.insert(id.uuid());
            } else {
                found.items.insert(id.uuid(), ItemView::deleted(SyncKind::Hazard, id));
            }
        }
        Ok(found)
    }

    fn look_at_units(&mut self, connection: &mut Connection, scope: &Scope, units: &[&Told]) -> Result<(), StoreError> {
        let since: BTreeMap<EnterpriseId, i64> = units
            .iter()
            .map(|told| (EnterpriseId::from_uuid(told.subject.id), told.version))
            .collect();
        let wanted: Vec<EnterpriseId> = since.keys().copied().collect();
        for unit in enterprises::of_ids(connection, &wanted)? {
            let (id, first) = (unit.id, since.get(&unit.id).copied().unwrap_or(1));
            if scope.covers(&unit.area, &unit.industry, &unit.uscc) {
                self.items.insert(id.uuid(), ItemView::enterprise(unit));
            } else if unit.version > 1 && enterprises::was_within(connection, scope, id, first - 1)? {
                self.items
                    .insert(id.uuid(), ItemView::deleted(SyncKind::Enterprise, id));
            }
        }
        Ok(())
    }

    fn concerns(&self, id: Uuid) -> bool {
        self.items.contains_key(&id) || self.open.contains(&id)
    }

    /// The changes, in the order of `told`.
    fn told(
        &mut self,
        connection: &mut Connection,
        policy: &Policy,
        told: &[&Told],
    ) -> Result<Vec<ItemView>, StoreError> {
        let open = told
            .iter()
            .map(|told| told.subject.id)
            .filter(|id| self.open.contains(id));
        let open: Vec<HazardId> = open.map(HazardId::from_uuid).collect();
        for found in hazards::of_ids(connection, &open)? {
            let id = found.hazard.id;
            // It may have ended since it was looked at.
            let item = if found.hazard.status.is_open() {
                ItemView::hazard(found, policy)
            } else {
                ItemView::deleted(SyncKind::Hazard, id)
            };
            self.items.insert(id.uuid(), item);
        }
        Ok(told
            .iter()
            .filter_map(|told| self.items.remove(&told.subject.id))
            .collect())
    }
}
