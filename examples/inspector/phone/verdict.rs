//! What an answer means for the entry that it answers.

use std::time::Duration;

use serde_json::Value;

use super::service::{Answer, Unheard};

/// What is to be done with the entry.
#[derive(Debug)]
pub enum Verdict {
    /// The service has it.
    Taken,
    /// It is refused and will be whenever it is sent: a person has to look at the answer.
    Refused(Value),
    /// Nobody knows, or the service is not able to: it is sent again as it is.
    Again(String, Option<Duration>),
    /// The inspector has to sign in again.
    SignIn,
}

impl Verdict {
    pub fn of(answer: &Result<Answer, Unheard>) -> Self {
        match answer {
            Ok(answer) => Self::on(answer.status, &answer.body, answer.retry_after()),
            Err(Unheard(reason)) => Self::Again(reason.clone(), None),
        }
    }

    /// The verdict on an answer, alone or within a batch.
    pub fn on(status: u16, body: &Value, retry_after: Option<Duration>) -> Self {
        match status {
            200..300 => Self::Taken,
            401 => Self::SignIn,
            // The first of two is still being worked on.
            409 if body["code"] == "idempotency_key_in_use" => Self::Again("in use".to_owned(), retry_after),
            408 | 425 | 429 | 500.. => Self::Again(format!("status {status}"), retry_after),
            _ => Self::Refused(body.clone()),
        }
    }
}
