//! Tokens: JSON Web Tokens of an identity provider, or of this service's own secret.
//!
//! A key decides its algorithm, never the token: a token whose header names another algorithm than its key is refused,
//! which is what defeats `alg: none` and the confusion of a public key with a secret. Verified tokens are remembered by
//! their digest until they expire or the keys change, because a signature costs a hundred times what the look-up does.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{PoisonError, RwLock};

use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, JwkSet, KeyAlgorithm, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, decode_header, encode};
use quick_cache::sync::Cache;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::law::scope::{Areas, Caller, Level, Role};
use crate::values::{AreaPrefix, IndustryPrefix, Instant, Secret, Uscc, Vocabulary};

/// No identity provider's token comes near it.
const LONGEST_TOKEN: usize = 8 * 1024;
/// How far the provider's clock may be off, in seconds.
const LEEWAY: i64 = 60;
/// How many verified tokens are remembered.
const REMEMBERED: usize = 10_000;
/// Longest subject, name or organization, in characters.
const LONGEST_CLAIM: usize = 200;
/// Most areas or industries of one caller.
const MOST_PREFIXES: usize = 200;

/// Where tokens come from.
#[derive(Debug, Clone, Default)]
pub struct TokenSettings {
    /// Secret of HS256, 32 bytes or more.
    pub secret: Option<Secret<Vec<u8>>>,
    /// A JSON Web Key Set.
    pub jwks: Option<String>,
    /// What `iss` must be.
    pub issuer: Option<String>,
    /// What `aud` must name.
    pub audience: Option<String>,
}

/// Why a token was refused. For the operator; a caller only learns that it was.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenFault {
    /// Longer than any token.
    #[error("the token is too long")]
    TooLong,
    /// Not a token, or a claim that cannot be read.
    #[error("the token cannot be read")]
    Malformed,
    /// No key of that id and algorithm.
    #[error("no key fits the token")]
    NoKey,
    /// The signature does not fit.
    #[error("the signature does not fit")]
    Signature,
    /// Expired or not valid yet.
    #[error("the token is expired or not valid yet")]
    Time,
    /// From another issuer or for another audience.
    #[error("the token is from another issuer or for another audience")]
    Party,
    /// No role, or roles that exclude each other.
    #[error("the token holds no usable role")]
    Roles,
}

/// Why a key set cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeySetError {
    /// Not a key set.
    #[error("it is not a JSON Web Key Set")]
    Malformed(#[source] serde_json::Error),
    /// No key that could verify a token.
    #[error("it holds no key for EdDSA, ES256 or RS256")]
    Empty,
}

struct Key {
    id: Option<String>,
    algorithm: Algorithm,
    verifier: DecodingKey,
}

#[derive(Clone)]
struct Remembered {
    caller: Caller,
    not_before: i64,
    expires: i64,
    /// Of the keys that it was verified with.
    generation: u64,
}

/// Verifies tokens.
pub struct Tokens {
    secret: Option<Secret<Vec<u8>>>,
    issuer: Option<String>,
    audience: Option<String>,
    keys: RwLock<Vec<Key>>,
    /// Counts the key sets; changes only while `keys` is locked for writing.
    generation: AtomicU64,
    verified: Cache<[u8; 32], Remembered>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

#[derive(Debug, Deserialize)]
struct Claims {
    sub: String,
    #[serde(default)]
    name: Option<String>,
    exp: i64,
    #[serde(default)]
    nbf: Option<i64>,
    #[serde(default)]
    iss: Option<String>,
    #[serde(default)]
    aud: Option<Audience>,
    roles: Vec<String>,
    #[serde(default)]
    level: Option<Level>,
    #[serde(default)]
    organization: Option<String>,
    #[serde(default)]
    areas: Vec<String>,
    #[serde(default)]
    industries: Vec<IndustryPrefix>,
    #[serde(default)]
    uscc: Option<Uscc>,
}

#[derive(Debug, Serialize)]
struct Minted<'a> {
    sub: &'a str,
    name: &'a str,
    iat: i64,
    exp: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    iss: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    aud: Option<&'a str>,
    roles: Vec<Role>,
    #[serde(skip_serializing_if = "Option::is_none")]
    level: Option<Level>,
    #[serde(skip_serializing_if = "Option::is_none")]
    organization: Option<&'a str>,
    areas: Vec<String>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    industries: &'a [IndustryPrefix],
    #[serde(skip_serializing_if = "Option::is_none")]
    uscc: Option<&'a Uscc>,
}

impl Tokens {
    /// A verifier.
    ///
    /// # Errors
    /// When the key set cannot be used.
    pub fn new(settings: TokenSettings) -> Result<Self, KeySetError> {
        let keys = settings.jwks.as_deref().map(read_keys).transpose()?;
        Ok(Self {
            secret: settings.secret,
            issuer: settings.issuer,
            audience: settings.audience,
            keys: RwLock::new(keys.unwrap_or_default()),
            generation: AtomicU64::new(0),
            verified: Cache::new(REMEMBERED),
        })
    }

    /// Takes another key set in place of the present one. Every remembered token is forgotten.
    ///
    /// # Errors
    /// When the key set cannot be used; the present one then stays.
    pub fn reload(&self, jwks: &str) -> Result<(), KeySetError> {
        let keys = read_keys(jwks)?;
        let mut present = self.keys.write().unwrap_or_else(PoisonError::into_inner);
        *present = keys;
        // A token that is being verified with the old keys right now is remembered after the clearing; its generation
        // is what keeps it from being believed.
        self.generation.fetch_add(1, Ordering::AcqRel);
        drop(present);
        self.verified.clear();
        Ok(())
    }

    /// The caller that a token speaks for.
    ///
    /// # Errors
    /// Why it was refused.
    pub fn verify(&self, token: &str, now: Instant) -> Result<Caller, TokenFault> {
        if token.len() > LONGEST_TOKEN {
            return Err(TokenFault::TooLong);
        }
        let digest: [u8; 32] = Sha256::digest(token.as_bytes()).into();
        if let Some(remembered) = self.verified.get(&digest)
            && remembered.generation == self.generation.load(Ordering::Acquire)
        {
            return in_time(&remembered, now).map(|()| remembered.caller.clone());
        }
        let (claims, generation) = self.verified_claims(token)?;
        self.check_parties(&claims)?;
        let remembered = Remembered {
            not_before: claims.nbf.unwrap_or(i64::MIN),
            expires: claims.exp,
            generation,
            caller: caller(claims)?,
        };
        in_time(&remembered, now)?;
        self.verified.insert(digest, remembered.clone());
        Ok(remembered.caller)
    }

    /// A token for `caller` that is valid for `seconds`; nothing where no secret is configured.
    ///
    /// # Errors
    /// When it cannot be signed.
    pub fn mint(
        &self,
        caller: &Caller,
        now: Instant,
        seconds: i64,
    ) -> Result<Option<String>, jsonwebtoken::errors::Error> {
        let Some(secret) = &self.secret else {
            return Ok(None);
        };
        let minted = Minted {
            sub: &caller.subject,
            name: &caller.name,
            iat: now.seconds(),
            exp: now.seconds().saturating_add(seconds),
            iss: self.issuer.as_deref(),
            aud: self.audience.as_deref(),
            roles: caller.roles.iter().copied().collect(),
            level: caller.level,
            organization: caller.organization.as_deref(),
            areas: match &caller.areas {
                Areas::All => vec!["*".to_owned()],
                Areas::Within(prefixes) => prefixes.iter().map(ToString::to_string).collect(),
            },
            industries: &caller.industries,
            uscc: caller.unit.as_ref(),
        };
        encode(
            &Header::new(Algorithm::HS256),
            &minted,
            &EncodingKey::from_secret(secret.reveal()),
        )
        .map(Some)
    }

    /// The claims of a token whose signature fits, and the generation of the keys that say so.
    fn verified_claims(&self, token: &str) -> Result<(Claims, u64), TokenFault> {
        let header = decode_header(token).map_err(|_| TokenFault::Malformed)?;
        let kind = header.typ.as_deref().map(str::to_ascii_lowercase);
        if !matches!(kind.as_deref(), None | Some("jwt" | "at+jwt")) {
            return Err(TokenFault::Malformed);
        }
        // RFC 7515 section 4.1.11: who does not understand a critical extension refuses, and none is understood here.
        if header.crit.is_some() {
            return Err(TokenFault::Malformed);
        }
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        let generation = self.generation.load(Ordering::Acquire);
        if header.alg == Algorithm::HS256 {
            drop(keys);
            let secret = self.secret.as_ref().ok_or(TokenFault::NoKey)?;
            let claims = check(token, &DecodingKey::from_secret(secret.reveal()), Algorithm::HS256)?;
            return Ok((claims, generation));
        }
        let fitting: Vec<&Key> = keys
            .iter()
            .filter(|key| key.algorithm == header.alg)
            .filter(|key| header.kid.is_none() || key.id == header.kid)
            .collect();
        match fitting.as_slice() {
            [key] => check(token, &key.verifier, key.algorithm).map(|claims| (claims, generation)),
            _ => Err(TokenFault::NoKey),
        }
    }

    fn check_parties(&self, claims: &Claims) -> Result<(), TokenFault> {
        let issuer_fits = self.issuer.is_none() || self.issuer == claims.iss;
        let audience_fits = match (&self.audience, &claims.aud) {
            (None, _) => true,
            (Some(wanted), Some(Audience::One(given))) => wanted == given,
            (Some(wanted), Some(Audience::Many(given))) => given.contains(wanted),
            (Some(_), None) => false,
        };
        if issuer_fits && audience_fits {
            Ok(())
        } else {
            Err(TokenFault::Party)
        }
    }
}

/// Only the signature: time, issuer and audience are checked here by the service's own clock.
fn check(token: &str, key: &DecodingKey, algorithm: Algorithm) -> Result<Claims, TokenFault> {
    let mut validation = Validation::new(algorithm);
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation.validate_aud = false;
    validation.set_required_spec_claims::<&str>(&[]);
    match decode::<Claims>(token, key, &validation) {
        Ok(decoded) => Ok(decoded.claims),
        Err(error) => Err(match error.kind() {
            jsonwebtoken::errors::ErrorKind::Json(_) => TokenFault::Malformed,
            _ => TokenFault::Signature,
        }),
    }
}

fn in_time(remembered: &Remembered, now: Instant) -> Result<(), TokenFault> {
    let now = now.seconds();
    let begun = now >= remembered.not_before.saturating_sub(LEEWAY);
    let over = now >= remembered.expires.saturating_add(LEEWAY);
    if begun && !over { Ok(()) } else { Err(TokenFault::Time) }
}

fn caller(claims: Claims) -> Result<Caller, TokenFault> {
    let roles: BTreeSet<Role> = claims.roles.iter().filter_map(|role| Role::from_code(role)).collect();
    // A unit's token that also claims an office would see what a unit must not.
    if roles.is_empty() || (roles.contains(&Role::Enterprise) && roles.len() > 1) {
        return Err(TokenFault::Roles);
    }
    let sane = |text: &str| {
        !text.trim().is_empty() && text.chars().count() <= LONGEST_CLAIM && !text.chars().any(char::is_control)
    };
    let name = claims.name.unwrap_or_else(|| claims.sub.clone());
    if !sane(&claims.sub) || !sane(&name) || claims.organization.as_deref().is_some_and(|code| !sane(code)) {
        return Err(TokenFault::Malformed);
    }
    if claims.areas.len() > MOST_PREFIXES || claims.industries.len() > MOST_PREFIXES {
        return Err(TokenFault::Malformed);
    }
    let areas = if claims.areas.iter().any(|area| area == "*") {
        Areas::All
    } else {
        let prefixes: Result<Vec<AreaPrefix>, _> = claims.areas.iter().map(|area| area.parse()).collect();
        Areas::Within(prefixes.map_err(|_| TokenFault::Malformed)?)
    };
    Ok(Caller {
        subject: claims.sub,
        name,
        roles,
        level: claims.level,
        organization: claims.organization,
        areas,
        industries: claims.industries,
        unit: claims.uscc,
    })
}

/// Keys that can verify a token. A key for another use or of another kind is passed over, as RFC 7517 asks.
fn read_keys(jwks: &str) -> Result<Vec<Key>, KeySetError> {
    let set: JwkSet = serde_json::from_str(jwks).map_err(KeySetError::Malformed)?;
    let keys: Vec<Key> = set.keys.iter().filter_map(usable).collect();
    if keys.is_empty() {
        Err(KeySetError::Empty)
    } else {
        Ok(keys)
    }
}

fn usable(jwk: &Jwk) -> Option<Key> {
    let algorithm = match &jwk.algorithm {
        AlgorithmParameters::RSA(_) => Algorithm::RS256,
        AlgorithmParameters::EllipticCurve(parameters) if parameters.curve == EllipticCurve::P256 => Algorithm::ES256,
        AlgorithmParameters::OctetKeyPair(parameters) if parameters.curve == EllipticCurve::Ed25519 => Algorithm::EdDSA,
        _ => return None,
    };
    let named = match jwk.common.key_algorithm {
        None => Some(algorithm),
        Some(KeyAlgorithm::RS256) => Some(Algorithm::RS256),
        Some(KeyAlgorithm::ES256) => Some(Algorithm::ES256),
        Some(KeyAlgorithm::EdDSA) => Some(Algorithm::EdDSA),
        Some(_) => None,
    };
    let signs = !matches!(
        jwk.common.public_key_use,
        Some(PublicKeyUse::Encryption | PublicKeyUse::Other(_))
    );
    if named != Some(algorithm) || !signs {
        return None;
    }
    Some(Key {
        id: jwk.common.key_id.clone(),
        algorithm,
        verifier: DecodingKey::from_jwk(jwk).ok()?,
    })
}
