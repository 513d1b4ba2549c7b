//! What somebody sees who starts the service on an empty folder: where to look, and a ready call for each role.
//!
//! Only with the development secret, which only serves this machine.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::net::SocketAddr;

use crate::config::Settings;
use crate::law::scope::{Areas, Caller, Level, Role};
use crate::sample;
use crate::store::{DatabaseUrl, StoreError};
use crate::values::{FaultCode, Uscc, Vocabulary};
use crate::web::app::App;

/// How long the tokens are valid: a working day and a bit.
const HOURS: i64 = 12;
/// The county of the sample data.
const COUNTY: &str = "370303";
/// A unit of the sample data, where none is on record yet.
const UNIT: &str = "91370303MAXX00015H";

/// The screen.
///
/// # Errors
/// When a token cannot be signed.
pub(super) async fn text(app: &App, address: SocketAddr, settings: &Settings) -> Result<String, StoreError> {
    let mut text = format!(
        "\nmajor-hazards {version}\n\n\
         docs         http://{address}/docs/\n\
         sample data  major-hazards sample\n\
         store        {store}\n\n\
         A call for each role. The tokens are valid for {HOURS} hours and signed with the development secret in `{secret}`;\n\
         `major-hazards token --help` tells how to make others.\n",
        version = env!("CARGO_PKG_VERSION"),
        store = store(app),
        secret = settings.data_dir.join("jwt-secret").display(),
    );
    let sample_unit = || UNIT.parse::<Uscc>().map_err(|fault| corrupt(fault.code()));
    let unit = sample::a_unit(&app.store).await.map_or_else(sample_unit, Ok)?;
    for role in Role::ALL {
        let caller = caller(*role, &unit).map_err(|fault| corrupt(fault.code()))?;
        let token = app
            .tokens
            .mint(&caller, app.clock.now(), HOURS * 3600)
            .map_err(corrupt)?
            .unwrap_or_default();
        // An operator runs the service and does not read the ledger.
        let path = if *role == Role::Admin {
            "/v1/enterprises"
        } else {
            "/v1/hazards"
        };
        // Writing to a `String` cannot fail.
        let _ = write!(
            text,
            "\n# {role} {label}\ncurl -H 'Authorization: Bearer {token}' 'http://{address}{path}'\n",
            label = role.label().zh,
        );
    }
    Ok(text)
}

/// An address may hold a password; what stands behind the scheme is shown for a file only.
fn store(app: &App) -> String {
    match app.store.url() {
        DatabaseUrl::Sqlite(path) => format!("SQLite, {path}"),
        DatabaseUrl::Postgres(_) => "PostgreSQL".to_owned(),
    }
}

fn corrupt(error: impl std::fmt::Display) -> StoreError {
    StoreError::Corrupt(error.to_string())
}

/// Somebody of that role at the street of the sample data.
fn caller(role: Role, unit: &Uscc) -> Result<Caller, FaultCode> {
    let (level, organization) = match role {
        Role::Inspector | Role::Committee | Role::Office | Role::TipOfficer => {
            (Some(Level::Street), Some("keyuan-office"))
        }
        Role::Regulator | Role::Auditor => (Some(Level::District), Some("zhangdian-emergency")),
        Role::Enterprise | Role::System | Role::Admin => (None, None),
    };
    let (areas, unit) = match role {
        Role::Enterprise => (Areas::Within(Vec::new()), Some(unit.clone())),
        Role::Inspector
        | Role::Committee
        | Role::Regulator
        | Role::Office
        | Role::TipOfficer
        | Role::Auditor
        | Role::System
        | Role::Admin => (Areas::Within(vec![COUNTY.parse()?]), None),
    };
    Ok(Caller {
        subject: format!("dev-{role}"),
        name: format!("演示{}", role.label().zh),
        roles: BTreeSet::from([role]),
        level,
        organization: organization.map(str::to_owned),
        areas,
        industries: Vec::new(),
        unit,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_somebody_of_every_role() {
        for role in Role::ALL {
            let caller = caller(*role, &UNIT.parse().unwrap()).unwrap();
            assert!(caller.has(*role));
            assert_eq!(caller.ledger_scope().is_some(), *role != Role::Admin, "{role}");
        }
    }
}
