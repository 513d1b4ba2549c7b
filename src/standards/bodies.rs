//! What callers send about standards.

use deserr::Deserr;
use utoipa::ToSchema;

use super::model::{Criterion, CriterionCode, NewStandard, StandardCode};
use crate::values::{Day, Distinct, Fault, FaultCode, Faults, IndustryPrefix, LongText, Name, Title};

/// Clauses of one import.
const MOST_CRITERIA: usize = 1000;

/// A judgment standard with clauses.
#[derive(Debug, Clone, PartialEq, Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields)]
pub struct StandardBody {
    /// What it is cited as; it never changes.
    pub code: StandardCode,
    /// Its title.
    pub title: Title,
    /// The number of the document.
    pub document_number: Title,
    /// Who issued it.
    pub issued_by: Title,
    /// The first day on which its clauses can be cited.
    pub effective_on: Day,
    /// The first day on which they no longer can; absent while it is in force.
    #[deserr(default)]
    pub repealed_on: Option<Day>,
    /// Code or document number of what it replaces. A standard on record under that code is repealed on the day this one
    /// takes effect, unless it was repealed already.
    #[deserr(default)]
    pub replaces: Option<Title>,
    /// Prefixes of the industries it applies to; one or more.
    #[schema(value_type = Vec<IndustryPrefix>, min_items = 1, max_items = 200)]
    pub industries: Distinct<IndustryPrefix, 200>,
    /// Its clauses in order; may be empty and follow later.
    #[schema(max_items = 1000)]
    pub criteria: Vec<CriterionBody>,
}

/// A clause.
#[derive(Debug, Clone, PartialEq, Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields)]
pub struct CriterionBody {
    /// Its place in the standard, alone (`13.1`) or behind the standard's code (`MEM10-2023/13.1`); on record it always
    /// is the latter.
    #[schema(value_type = String, example = "13.1")]
    pub code: Title,
    /// Its article, as people speak of it.
    pub article: Name,
    /// The wording.
    pub text: LongText,
}

impl StandardBody {
    /// The standard it describes.
    ///
    /// # Errors
    /// Every contradiction between its members.
    pub fn resolve(&self) -> Result<NewStandard, Faults> {
        let mut faults = Faults::default();
        if self.industries.is_empty() {
            faults.push(Fault::new("/industries", FaultCode::TooFew).hinting("1"));
        }
        if self.criteria.len() > MOST_CRITERIA {
            faults.push(Fault::new("/criteria", FaultCode::TooMany).hinting(MOST_CRITERIA.to_string()));
        }
        if self.repealed_on.is_some_and(|repealed| repealed < self.effective_on) {
            faults.push(Fault::new("/repealed_on", FaultCode::Contradiction).hinting("effective_on"));
        }
        if self
            .replaces
            .as_ref()
            .is_some_and(|replaces| replaces.as_str() == self.code.as_str())
        {
            faults.push(Fault::new("/replaces", FaultCode::Contradiction).hinting("code"));
        }
        let mut criteria: Vec<Criterion> = Vec::with_capacity(self.criteria.len());
        let mut seen = std::collections::BTreeSet::new();
        for (index, body) in self.criteria.iter().enumerate() {
            let at = format!("/criteria/{index}/code");
            match CriterionCode::of(&self.code, body.code.as_str()) {
                Err(code) => faults.push(Fault::new(at, code).hinting(format!("{}/…", self.code))),
                Ok(code) if !seen.insert(code.clone()) => faults.add(at, FaultCode::Duplicate),
                Ok(code) => criteria.push(Criterion {
                    code,
                    article: body.article.clone(),
                    text: body.text.clone(),
                    paraphrase: false,
                }),
            }
        }
        faults.none_or(NewStandard {
            code: self.code.clone(),
            title: self.title.clone(),
            document_number: self.document_number.clone(),
            issued_by: self.issued_by.clone(),
            effective_on: self.effective_on,
            repealed_on: self.repealed_on,
            replaces: self.replaces.clone(),
            industries: self.industries.to_vec(),
            criteria,
        })
    }
}
