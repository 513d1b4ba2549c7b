//! What callers send about lists of points to check.

use std::collections::BTreeSet;

use deserr::{Deserr, ValuePointerRef};
use utoipa::ToSchema;

use super::model::{ChecklistCode, ChecklistKind, Contents, Item, ItemCode};
use crate::standards::CriterionCode;
use crate::values::{Distinct, Fault, FaultCode, Faults, IndustryPrefix, LongText, Title};

/// Items of one list; an inspector has a day.
const MOST_ITEMS: usize = 500;

/// A list of points to check, whole.
#[derive(Debug, Clone, PartialEq, Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields, validate = sound -> Faults)]
pub struct ChecklistBody {
    /// What people call it; under a code on record this becomes the next version.
    pub code: ChecklistCode,
    /// Its title.
    pub title: Title,
    /// Whose list it is; it never changes.
    pub kind: ChecklistKind,
    /// Prefixes of the industries that it is for; absent or empty means all.
    #[deserr(default)]
    #[schema(required = false, value_type = Vec<IndustryPrefix>, max_items = 200)]
    pub industries: Distinct<IndustryPrefix, 200>,
    /// What to check, in order, no code twice.
    #[schema(min_items = 1, max_items = 500)]
    pub items: Vec<ItemBody>,
}

/// A point to check.
#[derive(Debug, Clone, PartialEq, Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields)]
pub struct ItemBody {
    /// What it is called within its list.
    pub code: ItemCode,
    /// The clause that it comes from, on record, in force or not yet.
    #[deserr(default)]
    pub criterion: Option<CriterionCode>,
    /// What to check.
    pub text: LongText,
}

impl ChecklistBody {
    /// What the version says.
    pub fn contents(&self) -> Contents {
        let item = |body: &ItemBody| Item {
            code: body.code.clone(),
            criterion: body.criterion.clone(),
            text: body.text.clone(),
        };
        Contents {
            title: self.title.clone(),
            industries: self.industries.to_vec(),
            items: self.items.iter().map(item).collect(),
        }
    }
}

fn sound(body: ChecklistBody, _: ValuePointerRef<'_>) -> Result<ChecklistBody, Faults> {
    let mut faults = Faults::default();
    if body.items.is_empty() {
        faults.push(Fault::new("/items", FaultCode::TooFew).hinting("1"));
    }
    if body.items.len() > MOST_ITEMS {
        faults.push(Fault::new("/items", FaultCode::TooMany).hinting(MOST_ITEMS.to_string()));
    }
    let mut codes = BTreeSet::new();
    for (index, item) in body.items.iter().enumerate() {
        if !codes.insert(&item.code) {
            faults.add(format!("/items/{index}/code"), FaultCode::Duplicate);
        }
    }
    faults.none_or(body)
}
