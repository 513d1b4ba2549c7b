//! `token`: somebody to be, for trying out and for the first accounts of a service with an HS256 secret.

use std::collections::BTreeSet;
use std::str::FromStr;

use clap::Args;

use super::Ending;
use crate::config::Settings;
use crate::law::scope::{Areas, Caller, Level, Role};
use crate::values::{AreaPrefix, Clock, FaultCode, IndustryPrefix, Name, Uscc};
use crate::web::tokens::Tokens;

/// What the token says.
#[derive(Debug, Args)]
pub struct Options {
    /// A role; repeat it for several (`enterprise` stands alone)
    #[arg(long, required = true, value_parser = read::<Role>)]
    role: Vec<Role>,
    /// Who: `sub`; `dev-<role>` when absent
    #[arg(long, value_parser = read::<Name>)]
    subject: Option<Name>,
    /// What the person is called; the subject when absent
    #[arg(long, value_parser = read::<Name>)]
    name: Option<Name>,
    /// Rank of the authority: street, district, municipal, provincial or national
    #[arg(long, value_parser = read::<Level>)]
    level: Option<Level>,
    /// Code of the authority, for example `keyuan-office`
    #[arg(long, value_parser = read::<Name>)]
    organization: Option<Name>,
    /// Area prefixes, separated by commas; `*` for all
    #[arg(long, value_delimiter = ',', default_value = "370303")]
    areas: Vec<String>,
    /// Industry prefixes that the caller is limited to, separated by commas
    #[arg(long, value_delimiter = ',', value_parser = read::<IndustryPrefix>)]
    industries: Vec<IndustryPrefix>,
    /// The caller's own unit, for `enterprise`
    #[arg(long, value_parser = read::<Uscc>, required_if_eq("role", "enterprise"))]
    uscc: Option<Uscc>,
    /// For how many hours it is valid
    #[arg(long, default_value_t = 12, value_parser = clap::value_parser!(i64).range(1..=24 * 366))]
    hours: i64,
}

impl Options {
    /// The token.
    pub(super) fn mint(&self, settings: &Settings, clock: &Clock) -> Result<String, Ending> {
        let roles: BTreeSet<Role> = self.role.iter().copied().collect();
        if roles.contains(&Role::Enterprise) && roles.len() > 1 {
            return Err(Ending::Failed(
                "`enterprise` cannot be held with another role".to_owned(),
            ));
        }
        let first = self.role.first().map(ToString::to_string).unwrap_or_default();
        let subject = self
            .subject
            .as_ref()
            .map_or_else(|| format!("dev-{first}"), ToString::to_string);
        let caller = Caller {
            name: self.name.as_ref().map_or_else(|| subject.clone(), ToString::to_string),
            subject,
            roles,
            level: self.level,
            organization: self.organization.as_ref().map(ToString::to_string),
            areas: self.areas()?,
            industries: self.industries.clone(),
            unit: self.uscc.clone(),
        };
        let tokens = Tokens::new(settings.tokens(clock)?).map_err(super::failed)?;
        let nothing =
            || Ending::Failed("tokens are signed elsewhere; set HAZARDS_JWT_SECRET to sign them here".to_owned());
        tokens
            .mint(&caller, clock.now(), self.hours.saturating_mul(3600))
            .map_err(super::failed)?
            .ok_or_else(nothing)
    }

    fn areas(&self) -> Result<Areas, Ending> {
        if self.areas.iter().any(|area| area == "*") {
            return Ok(Areas::All);
        }
        let prefixes: Result<Vec<AreaPrefix>, String> = self.areas.iter().map(|area| read(area)).collect();
        prefixes
            .map(Areas::Within)
            .map_err(|reason| Ending::Failed(format!("--areas: {reason}")))
    }
}

fn read<T: FromStr<Err = FaultCode>>(text: &str) -> Result<T, String> {
    text.parse()
        .map_err(|fault: FaultCode| format!("`{text}`: {}", fault.label().en))
}
