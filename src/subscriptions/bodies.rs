//! What callers send about subscriptions.

use deserr::{Deserr, ValuePointerRef};
use utoipa::ToSchema;

use super::address::WebhookUrl;
use super::model::SubscriptionState;
use super::types::EventType;
use crate::values::{Distinct, Fault, FaultCode, Faults, Patch, Title};

/// Types of one subscription.
pub type TypeList = Distinct<EventType, 50>;

/// A subscription to be made.
#[derive(Debug, Clone, PartialEq, Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields, validate = sound -> Faults)]
pub struct SubscriptionBody {
    /// Where messages go: `http` or `https`, without user, password and fragment, and not into this network unless the
    /// operator opened the range.
    pub url: WebhookUrl,
    /// Types of events: one, `hazard.closed`, or all of a kind, `hazard.*`.
    #[schema(value_type = Vec<EventType>, min_items = 1, max_items = 50)]
    pub types: TypeList,
    /// What it is for.
    #[deserr(default)]
    pub description: Option<Title>,
}

/// A change of a subscription (JSON Merge Patch): a member that is absent stays as it is.
#[derive(Debug, Clone, PartialEq, Default, Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields = refuse_member, validate = sound_patch -> Faults)]
pub struct SubscriptionPatch {
    /// Where messages go.
    #[deserr(default)]
    #[schema(value_type = WebhookUrl, required = false)]
    pub url: Patch<WebhookUrl>,
    /// Types of events.
    #[deserr(default)]
    #[schema(value_type = Vec<EventType>, required = false, min_items = 1, max_items = 50)]
    pub types: Patch<TypeList>,
    /// What it is for.
    #[deserr(default)]
    #[schema(value_type = Option<Title>, required = false)]
    pub description: Patch<Title>,
    /// `paused` or `active`. What waits is sent when it is active again.
    #[deserr(default)]
    #[schema(value_type = SubscriptionState, required = false)]
    pub state: Patch<SubscriptionState>,
    /// With `true` it gets a new secret, which the answer shows once. For 24 hours the one before signs as well.
    #[deserr(default)]
    #[schema(required = false)]
    pub rotate_secret: bool,
}

fn sound(body: SubscriptionBody, _: ValuePointerRef<'_>) -> Result<SubscriptionBody, Faults> {
    let mut faults = Faults::default();
    some_type(&body.types, &mut faults);
    faults.none_or(body)
}

fn sound_patch(patch: SubscriptionPatch, _: ValuePointerRef<'_>) -> Result<SubscriptionPatch, Faults> {
    let mut faults = Faults::default();
    if patch.url == Patch::Null {
        faults.add("/url", FaultCode::Missing);
    }
    match &patch.types {
        Patch::Absent => {}
        Patch::Null => faults.add("/types", FaultCode::Missing),
        Patch::Value(types) => some_type(types, &mut faults),
    }
    match patch.state {
        Patch::Absent | Patch::Value(SubscriptionState::Active | SubscriptionState::Paused) => {}
        Patch::Null => faults.add("/state", FaultCode::Missing),
        Patch::Value(SubscriptionState::Disabled) => {
            faults.push(Fault::new("/state", FaultCode::UnknownValue).hinting("active, paused"));
        }
    }
    faults.none_or(patch)
}

fn some_type(types: &TypeList, faults: &mut Faults) {
    if types.is_empty() {
        faults.push(Fault::new("/types", FaultCode::TooFew).hinting("1"));
    }
}

/// Members of the answer that cannot be changed are told apart from those that do not exist.
fn refuse_member(key: &str, _: &[&str], at: ValuePointerRef<'_>) -> Faults {
    let code = match key {
        "id"
        | "owner"
        | "secret"
        | "state_reason"
        | "failing_since"
        | "previous_secret_until"
        | "version"
        | "created_at"
        | "updated_at" => FaultCode::ReadOnly,
        _ => FaultCode::UnknownField,
    };
    Fault::new(
        crate::values::fault::joined(&crate::values::fault::pointer(at), key),
        code,
    )
    .into()
}
