//! What the rules say of an inspection, beyond its shape.

use std::collections::BTreeSet;

use super::bodies::InspectionBody;
use crate::attachments;
use crate::checklists::Checklist;
use crate::law::guards::Guard;
use crate::law::refusal::BrokenRule;
use crate::law::scope::Caller;
use crate::store::{Connection, StoreError};

/// What the body says of the list against the version that it names.
pub fn of_checklist(body: &InspectionBody, checklist: Option<&Checklist>) -> Vec<BrokenRule> {
    let Some(checklist) = checklist else {
        return vec![BrokenRule::new("checklist_unknown", "/checklist")];
    };
    let items: BTreeSet<_> = checklist.contents.items.iter().map(|item| &item.code).collect();
    let findings = body.findings.iter().enumerate();
    findings
        .filter(|(_, finding)| !items.contains(&finding.item))
        .map(|(index, _)| BrokenRule::new("item_unknown", format!("/findings/{index}/item")))
        .collect()
}

/// Evidence of findings that the caller may not know of; what the body announces is on record by now.
///
/// # Errors
/// The failures of the store.
pub fn of_evidence(
    connection: &mut Connection,
    caller: &Caller,
    body: &InspectionBody,
) -> Result<Vec<BrokenRule>, StoreError> {
    // Each piece is looked up once, however many findings cite it.
    let ids = body.attachments();
    let standing = attachments::standing(connection, caller, &ids)?;
    let found = ids.iter().zip(standing);
    let unknown: BTreeSet<_> = found.filter(|(_, state)| state.is_none()).map(|(id, _)| id).collect();
    let mut broken = Vec::new();
    for (index, finding) in body.findings.iter().enumerate() {
        let places = finding.attachments.iter().enumerate();
        broken.extend(places.filter(|(_, id)| unknown.contains(id)).map(|(place, _)| {
            let pointer = format!("/findings/{index}/attachments/{place}");
            BrokenRule::new(Guard::EvidenceKnown.code(), pointer)
        }));
    }
    Ok(broken)
}
