//! Callers: one for each role, with the token that the service would get from an identity provider.

use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use major_hazards::values::Clock;
use serde_json::{Map, Value, json};

/// Secret of the tests' tokens.
pub const SECRET: &str = "a secret that only the tests know, 32 bytes or more";
/// Issuer of the tests' tokens.
pub const ISSUER: &str = "https://identity.test";
/// Whom the tests' tokens are for.
pub const AUDIENCE: &str = "major-hazards-test";
/// Where callers act unless a test says otherwise.
pub const DISTRICT: &str = "370303";

/// How long a token is good for, in seconds.
const LIFETIME: i64 = 3600;

/// Somebody who calls, as the claims of a token.
#[derive(Debug, Clone)]
pub struct Caller {
    claims: Map<String, Value>,
}

impl Caller {
    /// The officer of a unit.
    pub fn enterprise(uscc: &str) -> Self {
        Self::of("enterprise").claim("uscc", json!(uscc)).without("areas")
    }

    /// An inspector of the street.
    pub fn inspector() -> Self {
        Self::of("inspector").level("street")
    }

    /// A committee of the street.
    pub fn committee() -> Self {
        Self::of("committee").level("street")
    }

    /// A regulator of the district.
    pub fn regulator() -> Self {
        Self::of("regulator").level("district")
    }

    /// The office of the district.
    pub fn office() -> Self {
        Self::of("office").level("district")
    }

    /// A tip officer of the district.
    pub fn tip_officer() -> Self {
        Self::of("tip_officer").level("district")
    }

    /// An auditor of the district.
    pub fn auditor() -> Self {
        Self::of("auditor").level("district")
    }

    /// Another system.
    pub fn system() -> Self {
        Self::of("system")
    }

    /// An operator.
    pub fn admin() -> Self {
        Self::of("admin").areas(&["*"])
    }

    /// One of each role; the unit is the one with that code.
    pub fn of_every_role(uscc: &str) -> Vec<Self> {
        vec![
            Self::enterprise(uscc),
            Self::inspector(),
            Self::committee(),
            Self::regulator(),
            Self::office(),
            Self::tip_officer(),
            Self::auditor(),
            Self::system(),
            Self::admin(),
        ]
    }

    /// Somebody with one role in the district.
    pub fn of(role: &str) -> Self {
        let mut claims = Map::new();
        claims.insert("sub".to_owned(), json!(format!("{role}-1")));
        claims.insert("name".to_owned(), json!(format!("{role} One")));
        claims.insert("roles".to_owned(), json!([role]));
        claims.insert(
            "organization".to_owned(),
            json!(format!("zhangdian-{}", role.replace('_', "-"))),
        );
        claims.insert("areas".to_owned(), json!([DISTRICT]));
        Self { claims }
    }

    /// With that `sub`.
    #[must_use]
    pub fn subject(self, subject: &str) -> Self {
        self.claim("sub", json!(subject))
    }

    /// With that rank.
    #[must_use]
    pub fn level(self, level: &str) -> Self {
        self.claim("level", json!(level))
    }

    /// With those areas.
    #[must_use]
    pub fn areas(self, areas: &[&str]) -> Self {
        self.claim("areas", json!(areas))
    }

    /// Limited to those industries.
    #[must_use]
    pub fn industries(self, industries: &[&str]) -> Self {
        self.claim("industries", json!(industries))
    }

    /// With a claim as it is, right or wrong.
    #[must_use]
    pub fn claim(mut self, name: &str, value: Value) -> Self {
        self.claims.insert(name.to_owned(), value);
        self
    }

    /// Without a claim.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.claims.remove(name);
        self
    }

    /// True for those who may know of no tip, wherever it is.
    pub fn reads_no_tips(&self) -> bool {
        let roles = self.claims["roles"].as_array().expect("`roles` is a list");
        !roles.iter().any(|role| role == "tip_officer" || role == "auditor")
    }

    /// True for those who may read inspections where their scope lets them: neither a unit nor an operator.
    pub fn reads_inspections(&self) -> bool {
        let roles = self.claims["roles"].as_array().expect("`roles` is a list");
        !roles.iter().any(|role| role == "enterprise" || role == "admin")
    }

    /// The `sub` of the caller.
    pub fn sub(&self) -> &str {
        self.claims["sub"].as_str().expect("`sub` is a text")
    }

    /// A token that is good now and for an hour.
    pub fn token(&self, clock: &Clock) -> String {
        let now = clock.now().seconds();
        let mut claims = Map::new();
        for (name, value) in [
            ("iss", json!(ISSUER)),
            ("aud", json!(AUDIENCE)),
            ("iat", json!(now)),
            ("exp", json!(now + LIFETIME)),
        ] {
            claims.insert(name.to_owned(), value);
        }
        claims.extend(self.claims.clone());
        let key = EncodingKey::from_secret(SECRET.as_bytes());
        encode(&Header::new(Algorithm::HS256), &claims, &key).expect("claims are signed")
    }
}
