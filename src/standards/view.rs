//! Standards and clauses on the wire.

use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::model::{Criterion, CriterionCode, Standard, StandardCode};
use super::store::Clause;
use crate::values::{Day, IndustryPrefix, Instant, LongText, Name, Title};

/// A judgment standard, without its clauses.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!(sample_summary()))]
pub struct StandardSummaryView {
    /// What it is cited as.
    pub code: StandardCode,
    /// Its title.
    pub title: Title,
    /// The number of the document.
    pub document_number: Title,
    /// Who issued it.
    pub issued_by: Title,
    /// The first day on which its clauses can be cited.
    pub effective_on: Day,
    /// The first day on which they no longer can.
    pub repealed_on: Option<Day>,
    /// Code or document number of what it replaced.
    pub replaces: Option<Title>,
    /// Prefixes of the industries it applies to.
    pub industries: Vec<IndustryPrefix>,
    /// How many events it has; the entity tag.
    #[schema(minimum = 1)]
    pub version: i64,
    /// When it was put on record.
    pub created_at: Instant,
}

/// A judgment standard with its clauses in order.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!(sample()))]
pub struct StandardView {
    /// What it is cited as.
    pub code: StandardCode,
    /// Its title.
    pub title: Title,
    /// The number of the document.
    pub document_number: Title,
    /// Who issued it.
    pub issued_by: Title,
    /// The first day on which its clauses can be cited.
    pub effective_on: Day,
    /// The first day on which they no longer can.
    pub repealed_on: Option<Day>,
    /// Code or document number of what it replaced.
    pub replaces: Option<Title>,
    /// Prefixes of the industries it applies to.
    pub industries: Vec<IndustryPrefix>,
    /// Its clauses in order.
    pub criteria: Vec<ClauseView>,
    /// How many events it has; the entity tag.
    #[schema(minimum = 1)]
    pub version: i64,
    /// When it was put on record.
    pub created_at: Instant,
}

/// A clause within its standard.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ClauseView {
    /// What it is cited as.
    pub code: CriterionCode,
    /// Its article, as people speak of it.
    pub article: Name,
    /// What it says.
    pub text: LongText,
    /// True where the text is ours and not the wording of the standard.
    pub paraphrase: bool,
}

/// A clause of a judgment standard, with what decides whether it may be cited.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!(sample_criterion()))]
pub struct CriterionView {
    /// What it is cited as.
    pub code: CriterionCode,
    /// The standard it belongs to.
    pub standard: StandardCode,
    /// Its article, as people speak of it.
    pub article: Name,
    /// What it says.
    pub text: LongText,
    /// True where the text is ours and not the wording of the standard.
    pub paraphrase: bool,
    /// The first day on which it can be cited.
    pub effective_on: Day,
    /// The first day on which it no longer can.
    pub repealed_on: Option<Day>,
    /// Prefixes of the industries it applies to.
    pub industries: Vec<IndustryPrefix>,
}

impl From<Standard> for StandardSummaryView {
    fn from(standard: Standard) -> Self {
        Self {
            code: standard.code,
            title: standard.title,
            document_number: standard.document_number,
            issued_by: standard.issued_by,
            effective_on: standard.effective_on,
            repealed_on: standard.repealed_on,
            replaces: standard.replaces,
            industries: standard.industries,
            version: standard.version,
            created_at: standard.created_at,
        }
    }
}

impl StandardView {
    /// The standard with its clauses.
    pub fn of(standard: Standard, criteria: Vec<Criterion>) -> Self {
        Self {
            code: standard.code,
            title: standard.title,
            document_number: standard.document_number,
            issued_by: standard.issued_by,
            effective_on: standard.effective_on,
            repealed_on: standard.repealed_on,
            replaces: standard.replaces,
            industries: standard.industries,
            criteria: criteria
                .into_iter()
                .map(|criterion| ClauseView {
                    code: criterion.code,
                    article: criterion.article,
                    text: criterion.text,
                    paraphrase: criterion.paraphrase,
                })
                .collect(),
            version: standard.version,
            created_at: standard.created_at,
        }
    }
}

impl From<Clause> for CriterionView {
    fn from(clause: Clause) -> Self {
        Self {
            code: clause.criterion.code,
            standard: clause.standard.code,
            article: clause.criterion.article,
            text: clause.criterion.text,
            paraphrase: clause.criterion.paraphrase,
            effective_on: clause.standard.effective_on,
            repealed_on: clause.standard.repealed_on,
            industries: clause.standard.industries,
        }
    }
}

/// What callers send, for the document; a test sends it too.
pub fn sample_body() -> Value {
    json!({
        "code": "ZIBO-2026",
        "title": "淄博市工业企业重大事故隐患判定补充规定",
        "document_number": "淄安办〔2026〕8号",
        "issued_by": "淄博市安全生产委员会办公室",
        "effective_on": "2026-07-01",
        "industries": ["C"],
        "criteria": [
            {"code": "1", "article": "第一条", "text": "示例条款：有限空间入口未上锁。"},
            {"code": "2", "article": "第二条", "text": "示例条款：外包作业未签订安全管理协议。"},
        ],
    })
}

/// One standard as it is answered.
pub fn sample() -> Value {
    let mut sample = sample_summary();
    if let Some(members) = sample.as_object_mut() {
        let clause = json!({
            "code": "MEM10-2023/13.1",
            "article": "13.1",
            "text": "没有对本单位的有限空间进行辨识、建立管理台账，并且没有设置明显的安全警示标志",
            "paraphrase": true,
        });
        members.insert("criteria".to_owned(), json!([clause]));
    }
    sample
}

/// One row of the list of standards.
pub fn sample_summary() -> Value {
    json!({
        "code": "MEM10-2023",
        "title": "工贸企业重大事故隐患判定标准",
        "document_number": "应急管理部令第10号",
        "issued_by": "应急管理部",
        "effective_on": "2023-05-15",
        "repealed_on": null,
        "replaces": "安监总管四〔2017〕129号",
        "industries": ["C31", "C33", "C34"],
        "version": 1,
        "created_at": "2026-11-02T01:30:00.000000Z",
    })
}

/// One clause as it is answered.
pub fn sample_criterion() -> Value {
    json!({
        "code": "MEM10-2023/13.1",
        "standard": "MEM10-2023",
        "article": "13.1",
        "text": "没有对本单位的有限空间进行辨识、建立管理台账，并且没有设置明显的安全警示标志",
        "paraphrase": true,
        "effective_on": "2023-05-15",
        "repealed_on": null,
        "industries": ["C31", "C33", "C34"],
    })
}
