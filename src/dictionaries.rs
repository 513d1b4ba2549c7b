//! Code tables, read from where the codes are declared.

use std::collections::BTreeMap;

use actix_web::web::Path;
use actix_web::{HttpRequest, HttpResponse, get};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::attachments::{SlotState, UploadState};
use crate::batch::{CallMethod, NotRun};
use crate::checklists::ChecklistKind;
use crate::hazards::{Campaign, ExportFormat, ExportState};
use crate::inspections::FindingResult;
use crate::journal::SubjectKind;
use crate::law::accountability::AccountabilityReason;
use crate::law::deadlines::ClockState;
use crate::law::lifecycle::{
    AccountabilityGround, Action, ClockKind, DismissalReason, Escalation, EscalationKind, EvaluatedBy, NoticeKind,
    OrderKind, PenaltyKind, Production, Source, State, SuspensionScope,
};
use crate::law::refusal::Refusal;
use crate::law::scope::{Level, Role};
use crate::law::tips::lifecycle::{DeclineReason, TipAction, TipClock, TipState};
use crate::law::tips::reward::RewardState;
use crate::lifecycle_api::cacheable;
use crate::notices::Recipient;
use crate::self_checks::{CheckResult, CheckState};
use crate::statistics::{Dimension, Measure};
use crate::store::StoreError;
use crate::subscriptions::{DeliveryFault, DeliveryState, Standstill, SubscriptionState};
use crate::sync::{Change, SyncKind};
use crate::tips::{AccountState, Author};
use crate::values::{FaultCode, Vocabulary};
use crate::web::problems::{self, Problem};
use crate::web::responses::PublicProblems;

const INDUSTRIES: &str = include_str!("reference/industries.json");
const AREAS: &str = include_str!("reference/areas.json");

/// The operations of this file.
pub fn configure(config: &mut ServiceConfig<'_>) {
    config.service(list_dictionaries).service(get_dictionary);
}

/// A code and what people call it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CodeView {
    /// The code.
    #[schema(example = "rectifying")]
    pub code: String,
    /// 中文.
    #[schema(example = "整改中")]
    pub label_zh: String,
    /// English.
    #[schema(example = "plan approved, work under way")]
    pub label_en: String,
    /// True for a code that was made up for the sample data.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sample: bool,
}

/// A code table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct DictionaryView {
    /// Its name.
    #[schema(example = "statuses")]
    pub name: String,
    /// Its codes, in the order of the contract.
    pub items: Vec<CodeView>,
}

/// Every code table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct DictionariesView {
    /// The tables by name.
    pub items: Vec<DictionaryView>,
}

/// List the code tables
///
/// Every code of the contract with its label in Chinese and English.
#[utoipa::path(
    operation_id = "list_dictionaries",
    tag = "dictionaries",
    security(()),
    responses(
        (status = 200, description = "The tables.", body = DictionariesView, headers(("ETag" = String, description = "Digest of the answer"))),
        (status = 304, description = "They are still what `If-None-Match` names."),
        PublicProblems,
    ),
)]
#[get("/v1/dictionaries")]
pub async fn list_dictionaries(request: HttpRequest) -> Result<HttpResponse, Problem> {
    let items = tables()?
        .into_iter()
        .map(|(name, items)| DictionaryView {
            name: name.to_owned(),
            items,
        })
        .collect();
    json(&request, &DictionariesView { items })
}

/// Read a code table
///
/// The codes of one table with their labels.
#[utoipa::path(
    operation_id = "get_dictionary",
    tag = "dictionaries",
    security(()),
    params(("name" = String, Path, description = "Name of the table", example = "statuses")),
    responses(
        (status = 200, description = "The table.", body = DictionaryView, headers(("ETag" = String, description = "Digest of the answer"))),
        (status = 304, description = "It is still what `If-None-Match` names."),
        PublicProblems,
    ),
)]
#[get("/v1/dictionaries/{name}")]
pub async fn get_dictionary(request: HttpRequest, name: Path<String>) -> Result<HttpResponse, Problem> {
    let items = tables()?.remove(name.as_str()).ok_or(Refusal::NotFound)?;
    let view = DictionaryView {
        name: name.into_inner(),
        items,
    };
    json(&request, &view)
}

fn json(request: &HttpRequest, view: &impl Serialize) -> Result<HttpResponse, Problem> {
    let body = serde_json::to_vec(view).map_err(|error| StoreError::Corrupt(error.to_string()))?;
    Ok(cacheable(request, "application/json", body))
}

fn tables() -> Result<BTreeMap<&'static str, Vec<CodeView>>, StoreError> {
    let mut tables = BTreeMap::new();
    let mut add = |(name, codes): (&'static str, Vec<CodeView>)| tables.insert(name, codes);
    add(of::<State>());
    add(of::<Action>());
    add(of::<Role>());
    add(of::<Level>());
    add(of::<ClockKind>());
    add(of::<ClockState>());
    add(of::<Source>());
    add(of::<OrderKind>());
    add(of::<Production>());
    add(of::<SuspensionScope>());
    add(of::<DismissalReason>());
    add(of::<EvaluatedBy>());
    add(of::<Campaign>());
    add(of::<ExportFormat>());
    add(of::<ExportState>());
    add(of::<SlotState>());
    add(of::<UploadState>());
    add(of::<Escalation>());
    add(of::<EscalationKind>());
    add(of::<PenaltyKind>());
    add(of::<AccountabilityGround>());
    add(of::<AccountabilityReason>());
    add(of::<NoticeKind>());
    add(of::<TipState>());
    add(of::<TipAction>());
    add(of::<TipClock>());
    add(of::<DeclineReason>());
    add(of::<RewardState>());
    add(of::<Recipient>());
    add(of::<SubjectKind>());
    add(of::<Author>());
    add(of::<AccountState>());
    add(of::<CheckResult>());
    add(of::<CheckState>());
    add(of::<ChecklistKind>());
    add(of::<FindingResult>());
    add(of::<SubscriptionState>());
    add(of::<Standstill>());
    add(of::<DeliveryState>());
    add(of::<DeliveryFault>());
    add(of::<CallMethod>());
    add(of::<NotRun>());
    add(of::<SyncKind>());
    add(of::<Change>());
    add(of::<Measure>());
    add(of::<Dimension>());
    let problems = problems::all().map(|entry| code(entry.code, entry.title.zh, entry.title.en));
    add(("problems", problems.collect()));
    let faults = FaultCode::ALL.iter().map(|fault| {
        let label = fault.label();
        code(fault.code(), label.zh, label.en)
    });
    add(("faults", faults.collect()));
    add(("industries", shipped(INDUSTRIES)?));
    add(("areas", shipped(AREAS)?));
    Ok(tables)
}

fn of<V: Vocabulary>() -> (&'static str, Vec<CodeView>) {
    let codes = V::ALL.iter().map(|value| {
        let label = value.label();
        code(value.code(), label.zh, label.en)
    });
    (V::NAME, codes.collect())
}

fn code(code: &str, zh: &str, en: &str) -> CodeView {
    CodeView {
        code: code.to_owned(),
        label_zh: zh.to_owned(),
        label_en: en.to_owned(),
        sample: false,
    }
}

fn shipped(text: &str) -> Result<Vec<CodeView>, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::Corrupt(error.to_string()))
}
