//! The row of each operation: what it is to a stranger.

use std::collections::BTreeMap;

use major_hazards::law::lifecycle::Action;
use major_hazards::law::tips::lifecycle::TipAction;
use major_hazards::tips;
use major_hazards::values::Vocabulary as _;

use crate::support::openapi::Operation;

/// What an operation is to somebody of another area, another industry or another unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stranger {
    /// Open to everyone, token or not.
    Open,
    /// Public knowledge that any caller with a token reads.
    Known,
    /// About one thing: the answer is that of a thing which does not exist.
    Thing(Thing),
    /// A list that leaves out what the caller may not know of.
    List,
    /// A list of how units stand in a quarter, which some roles may not read at all and which leaves out the others' units.
    Standings,
    /// The ledger as a file, which leaves out what the caller may not know of.
    File,
    /// Who took the ledger along, which auditors alone may know; `hazards/exports/` asks for those of other areas.
    Exports,
    /// A count in which what the caller may not know of does not count.
    Count,
    /// A write that a stranger's roles do not allow at all.
    Office,
    /// A write of those who judge hazards, wherever they are.
    Committee,
    /// Inspections, which some roles may not read at all; of those of others a reader finds nothing.
    Inspections,
    /// Puts an inspection on record; a stranger may not do so there.
    Inspection,
    /// Puts a thing on record; a stranger may not do so there.
    Report,
    /// Makes something that is the caller's own until somebody cites it.
    Own,
    /// Uploads, which are their sender's and end when they are ended; `attachments/uploads.rs` asks for those of others.
    Sent,
    /// Subscriptions, which are their owner's; `subscriptions/keeping.rs` asks for those of others.
    Owned,
    /// What a phone keeps, which units may not have and which leaves out what lies elsewhere.
    Phone,
    /// Calls of other operations; to a stranger each is what it is alone, which `batch/` asks.
    Calls,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Thing {
    Hazard,
    Enterprise,
    SelfCheck,
    Attachment,
    Notice,
    Tip,
    TipPhoto,
    Upload,
}

/// Every operation of the document but the actions.
const STRANGERS: &[(&str, Stranger)] = &[
    ("get_health", Stranger::Open),
    ("get_readiness", Stranger::Open),
    ("get_metrics", Stranger::Open),
    ("get_openapi", Stranger::Open),
    ("list_problems", Stranger::Open),
    ("get_problem", Stranger::Open),
    ("get_lifecycle", Stranger::Open),
    ("list_dictionaries", Stranger::Open),
    ("get_dictionary", Stranger::Open),
    ("list_authorities", Stranger::Known),
    ("get_authority", Stranger::Known),
    ("register_authority", Stranger::Office),
    ("change_authority", Stranger::Office),
    ("list_standards", Stranger::Known),
    ("get_standard", Stranger::Known),
    ("publish_standard", Stranger::Office),
    ("list_criteria", Stranger::Known),
    ("get_criterion", Stranger::Known),
    ("list_checklists", Stranger::Known),
    ("get_checklist", Stranger::Known),
    ("publish_checklist", Stranger::Committee),
    ("list_enterprises", Stranger::List),
    ("get_enterprise", Stranger::Thing(Thing::Enterprise)),
    ("register_enterprise", Stranger::Office),
    ("change_enterprise", Stranger::Office),
    ("import_enterprises", Stranger::Office),
    ("list_notices", Stranger::List),
    ("get_notice", Stranger::Thing(Thing::Notice)),
    ("acknowledge_notice", Stranger::Thing(Thing::Notice)),
    ("get_sync", Stranger::Phone),
    ("send_batch", Stranger::Calls),
    ("get_log_checkpoint", Stranger::Open),
    ("get_log_tile", Stranger::Open),
    ("list_log_entries", Stranger::Open),
    ("get_log_proof", Stranger::Open),
    ("list_log_keys", Stranger::Open),
    ("list_subscriptions", Stranger::Owned),
    ("register_subscription", Stranger::Owned),
    ("get_subscription", Stranger::Owned),
    ("change_subscription", Stranger::Owned),
    ("remove_subscription", Stranger::Owned),
    ("test_subscription", Stranger::Owned),
    ("list_deliveries", Stranger::Owned),
    ("redeliver_message", Stranger::Owned),
    ("list_self_checks", Stranger::Standings),
    ("file_self_check", Stranger::Thing(Thing::SelfCheck)),
    ("get_self_check", Stranger::Thing(Thing::SelfCheck)),
    ("list_self_check_versions", Stranger::Thing(Thing::SelfCheck)),
    ("list_inspections", Stranger::Inspections),
    ("file_inspection", Stranger::Inspection),
    ("get_inspection", Stranger::Inspections),
    ("store_attachment", Stranger::Own),
    ("get_attachment", Stranger::Thing(Thing::Attachment)),
    ("get_thumbnail", Stranger::Thing(Thing::Attachment)),
    ("get_upload_options", Stranger::Known),
    ("begin_upload", Stranger::Own),
    ("get_upload", Stranger::Thing(Thing::Upload)),
    ("continue_upload", Stranger::Sent),
    ("remove_upload", Stranger::Sent),
    ("report_hazard", Stranger::Report),
    ("list_hazards", Stranger::List),
    ("export_hazards", Stranger::File),
    ("list_exports", Stranger::Exports),
    ("get_hazard", Stranger::Thing(Thing::Hazard)),
    ("amend_hazard", Stranger::Thing(Thing::Hazard)),
    ("list_hazard_events", Stranger::Thing(Thing::Hazard)),
    ("get_hazard_clocks", Stranger::Thing(Thing::Hazard)),
    ("get_accountability_proposals", Stranger::Thing(Thing::Hazard)),
    ("get_hazard_statistics", Stranger::Count),
    ("get_trend", Stranger::Count),
    ("get_zeroing", Stranger::Count),
    ("list_slow_hazards", Stranger::List),
    ("get_forecast", Stranger::Count),
    ("list_measures", Stranger::Known),
    ("tell_tip", Stranger::Open),
    ("store_tip_photo", Stranger::Open),
    ("get_tip_status", Stranger::Open),
    ("send_tipster_message", Stranger::Open),
    ("list_tips", Stranger::List),
    ("get_tip", Stranger::Thing(Thing::Tip)),
    ("list_tip_events", Stranger::Thing(Thing::Tip)),
    ("get_tip_photo", Stranger::Thing(Thing::TipPhoto)),
    ("send_officer_message", Stranger::Thing(Thing::Tip)),
    ("reveal_reporter", Stranger::Thing(Thing::Tip)),
];

/// Every row: those of the table, and one for each action, which is an operation of its own.
pub fn rows() -> BTreeMap<String, Stranger> {
    let actions = Action::ALL.iter().filter(|action| **action != Action::Report);
    let mut rows: BTreeMap<_, _> = actions
        .map(|action| (format!("{action}_hazard"), Stranger::Thing(Thing::Hazard)))
        .collect();
    let on_tips = TipAction::ALL.iter().filter(|action| tips::schema(**action).is_some());
    rows.extend(on_tips.map(|action| (format!("{action}_tip"), Stranger::Thing(Thing::Tip))));
    for (id, stranger) in STRANGERS {
        assert_eq!(rows.insert((*id).to_owned(), *stranger), None, "`{id}` is listed twice");
    }
    rows
}

pub fn stranger_to(operation: &Operation) -> Option<Stranger> {
    rows().get(&operation.id).copied()
}
