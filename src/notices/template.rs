//! The texts of notices, from the files in `templates/`, one for each kind.
//!
//! A template names only what [`Words`] holds; a name that it does not hold is an error and never an empty place.

use std::sync::OnceLock;

use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior};
use serde::Serialize;

use super::model::Recipient;
use crate::law::lifecycle::NoticeKind;
use crate::values::{Day, Vocabulary};

/// What a text may speak of.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Words {
    /// Number of the notice.
    pub number: String,
    /// The day on which it is served.
    pub on: String,
    /// Name of the unit.
    pub unit: String,
    /// 主要负责人 or 实际控制人.
    pub recipient: String,
    /// Their name.
    pub name: String,
    /// Number of the hazard.
    pub hazard: String,
    /// The hazard in a line.
    pub title: String,
    /// What the kind of notice adds.
    pub facts: serde_json::Map<String, serde_json::Value>,
}

/// A template that cannot be filled in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("notice template `{kind}`: {reason}")]
pub struct TemplateFault {
    /// Its kind.
    pub kind: NoticeKind,
    /// What is wrong.
    pub reason: String,
}

fn source(kind: NoticeKind) -> &'static str {
    match kind {
        NoticeKind::Order => include_str!("templates/order.txt"),
        NoticeKind::OrderUpgraded => include_str!("templates/order_upgraded.txt"),
        NoticeKind::PlanReturned => include_str!("templates/plan_returned.txt"),
        NoticeKind::ExtensionDecided => include_str!("templates/extension_decided.txt"),
        NoticeKind::ProductionSuspended => include_str!("templates/production_suspended.txt"),
        NoticeKind::ProductionResumed => include_str!("templates/production_resumed.txt"),
        NoticeKind::ReviewFailed => include_str!("templates/review_failed.txt"),
        NoticeKind::SignOffRejected => include_str!("templates/sign_off_rejected.txt"),
        NoticeKind::Closed => include_str!("templates/closed.txt"),
        NoticeKind::Reopened => include_str!("templates/reopened.txt"),
        NoticeKind::Escalation => include_str!("templates/escalation.txt"),
        NoticeKind::DeadlineNear => include_str!("templates/deadline_near.txt"),
        NoticeKind::DeadlinePassed => include_str!("templates/deadline_passed.txt"),
    }
}

fn environment() -> &'static Result<Environment<'static>, TemplateFault> {
    static TEMPLATES: OnceLock<Result<Environment<'static>, TemplateFault>> = OnceLock::new();
    TEMPLATES.get_or_init(|| {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        for kind in NoticeKind::ALL {
            environment
                .add_template(kind.code(), source(*kind))
                .map_err(|error| fault(*kind, &error))?;
        }
        Ok(environment)
    })
}

/// The text of a notice.
///
/// # Errors
/// When the template names what is not there.
pub fn render(kind: NoticeKind, words: &Words) -> Result<String, TemplateFault> {
    let environment = environment().as_ref().map_err(Clone::clone)?;
    environment
        .get_template(kind.code())
        .and_then(|template| template.render(Serde(words)))
        .map_err(|error| fault(kind, &error))
}

fn fault(kind: NoticeKind, error: &minijinja::Error) -> TemplateFault {
    TemplateFault {
        kind,
        reason: error.to_string(),
    }
}

/// Fills every template in with `facts` of its kind, as the service would.
///
/// # Errors
/// The first that cannot be filled in.
pub fn check_templates(
    facts: impl Fn(NoticeKind) -> serde_json::Map<String, serde_json::Value>,
    today: Day,
) -> Result<(), TemplateFault> {
    for kind in NoticeKind::ALL {
        for recipient in Recipient::ALL {
            let words = Words {
                on: today.to_string(),
                recipient: recipient.label().zh.to_owned(),
                facts: facts(*kind),
                ..Words::default()
            };
            render(*kind, &words)?;
        }
    }
    Ok(())
}
