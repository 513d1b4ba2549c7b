//! How each read operation is asked, and with which values. What is new has no row and fails.

use super::NOTHING;
use super::world::{Canary, World};
use crate::support::fixtures::CRITERION;

/// How a read operation is asked, and what decides what it shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    /// The same for everyone; these are the values of its path.
    Public(&'static [&'static str]),
    /// A list of hazards.
    Hazards,
    /// The ledger as a file.
    File,
    /// Who took the ledger along: for auditors alone, and without a word of any hazard.
    Exports,
    /// A list of units.
    Units,
    /// About one hazard.
    Hazard,
    /// What speaks for an inquiry into one hazard; most roles may not read it.
    Proposals,
    /// Where the events of a hazard are in the transparency log.
    Proofs,
    /// About one unit.
    Unit,
    /// How units stand in a quarter.
    Standings,
    /// What one unit filed for a quarter.
    SelfCheck,
    /// Inspections: for officials where the unit lies.
    Inspections,
    /// Evidence.
    Attachment,
    /// A small picture of evidence; `attachments/thumbnails.rs` asks who sees it.
    Thumbnail,
    /// Bytes on their way, which are their sender's.
    Upload,
    /// A list of notices, or one of them.
    Notices,
    /// Counts of hazards, which `statistics/` recounts; here they show no word of any.
    Counts,
    /// A list of the hazards that are behind.
    Slow,
    /// What a phone keeps: units and open hazards.
    Phone,
    /// Subscriptions, which are their owner's and show no word of any hazard; what they tell of hazards is not read here.
    Subscriptions,
    /// Tips: for officers and auditors of their area.
    Tips,
}

/// THE TABLE of read operations; one that has no row fails.
pub(super) fn reading(operation: &str) -> Reading {
    match operation {
        "get_health" | "get_readiness" | "get_metrics" | "get_openapi" | "list_problems" | "get_lifecycle"
        | "list_dictionaries" | "list_authorities" | "list_standards" | "list_criteria" | "list_checklists"
        | "list_measures" | "get_log_checkpoint" | "list_log_entries" | "list_log_keys" => Reading::Public(&[""]),
        "get_log_tile" => Reading::Public(&["0/000.p/1", "entries/000.p/1"]),
        "get_log_proof" => Reading::Proofs,
        "get_problem" => Reading::Public(&["not_found"]),
        "get_dictionary" => Reading::Public(&["statuses"]),
        "get_authority" => Reading::Public(&["zhangdian-office"]),
        "get_standard" => Reading::Public(&["MEM10-2023"]),
        "get_checklist" => Reading::Public(&["ZD-1"]),
        "get_criterion" => Reading::Public(&["MEM10-2023%2F13.1", "MEM10-2023/13.1"]),
        "list_hazards" => Reading::Hazards,
        "export_hazards" => Reading::File,
        "list_exports" => Reading::Exports,
        "list_enterprises" => Reading::Units,
        "get_hazard" | "list_hazard_events" | "get_hazard_clocks" => Reading::Hazard,
        "get_accountability_proposals" => Reading::Proposals,
        "get_enterprise" => Reading::Unit,
        "list_self_checks" => Reading::Standings,
        "get_self_check" | "list_self_check_versions" => Reading::SelfCheck,
        "list_inspections" | "get_inspection" => Reading::Inspections,
        "get_attachment" => Reading::Attachment,
        "get_thumbnail" => Reading::Thumbnail,
        "get_upload" => Reading::Upload,
        "list_notices" | "get_notice" => Reading::Notices,
        "get_hazard_statistics" | "get_trend" | "get_zeroing" | "get_forecast" => Reading::Counts,
        "list_slow_hazards" => Reading::Slow,
        "get_sync" => Reading::Phone,
        "list_subscriptions" | "get_subscription" | "list_deliveries" => Reading::Subscriptions,
        "list_tips" | "get_tip" | "list_tip_events" | "get_tip_photo" => Reading::Tips,
        other => panic!("say in `reading` how `{other}` is read and what it shows"),
    }
}

/// Values to try of a parameter of a list; a parameter that has none fails.
pub(super) fn values(parameter: &str, world: &World) -> Vec<String> {
    let fixed: &[&str] = match parameter {
        "status" => &["reported", "confirmed,supervised", "dismissed", "closed"],
        "source" => &["public_tip", "self_report"],
        "area" => &["370303009", "3704", "370303009001,110101"],
        "state" => &["filed", "missing", "late", "filed,late"],
        "quarter" => &["2026Q3", "2027Q1"],
        "industry" => &["C", "C26", "F52"],
        "campaign" => &["confined_space"],
        "criterion" => &[CRITERION],
        "kind" => &["ordinary"],
        "level" => &["street"],
        "authority" => &["zhangdian-committee"],
        "escalation" => &["none", "letter"],
        "production" => &["running"],
        "overdue" | "called_for" | "complete" => &["true", "false"],
        "due_before" | "due_after" => &["2026-11-20"],
        "inspector" => &["inspector-1", "nobody"],
        "received_from" | "received_to" | "reported_from" | "reported_to" | "closed_from" | "closed_to" => {
            &["2026-11-09"]
        }
        "updated_after" | "as_of" => &["2026-11-09T00:40:00Z"],
        "committee" => &["nobody"],
        "lag" => &["late", "stalled"],
        // Every walk has these.
        "sort" | "limit" | "cursor" | "format" | "bom" => &[],
        "enterprise" => return vec![world.units[3].id.clone(), NOTHING.to_owned()],
        "uscc" => return vec![world.units[5].uscc.to_string()],
        "q" => {
            return vec![
                Canary::Hazard.word(17),
                Canary::Hazard.word(1040),
                Canary::Unit.word(9),
                "隐患".to_owned(),
            ];
        }
        other => panic!("say in `values` what to try of `{other}`"),
    };
    fixed.iter().map(|value| (*value).to_owned()).collect()
}
