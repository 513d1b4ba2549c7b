//! Tokens that must be refused although their signature is in order, and what is remembered of those that were not.
//!
//! `specimens.json` holds tokens that were signed with keys of each kind. What is wrong with claims and with mere text is
//! tried from outside. To add a token, add a line to the list of its kind.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};

use super::*;

const SECRET: &[u8] = b"a secret of the tests, 32 bytes or more";
/// When the specimens were signed, and when they expire.
const SIGNED: i64 = 1_767_225_600;
const EXPIRES: i64 = SIGNED + 3600;

#[derive(Deserialize)]
struct Specimens {
    first_keys: Value,
    next_keys: Value,
    rsa_pem: String,
    ed_pem: String,
    ec_pem: String,
    good: BTreeMap<String, String>,
    next: String,
    bad: BTreeMap<String, String>,
}

fn specimens() -> Specimens {
    serde_json::from_str(include_str!("specimens.json")).unwrap()
}

fn at(seconds: i64) -> Instant {
    Instant::from_micros(seconds * 1_000_000).unwrap()
}

fn now() -> Instant {
    at(SIGNED + 1800)
}

fn verifier(secret: Option<&[u8]>) -> Tokens {
    Tokens::new(TokenSettings {
        secret: secret.map(|secret| Secret::new(secret.to_vec())),
        jwks: Some(specimens().first_keys.to_string()),
        issuer: Some("idp".to_owned()),
        audience: Some("hazards".to_owned()),
    })
    .unwrap()
}

/// A token of these texts with an HMAC that fits them.
fn signed(secret: &[u8], header: &str, claims: &str) -> String {
    let message = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).unwrap();
    mac.update(message.as_bytes());
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
}

const HS256: &str = r#"{"alg":"HS256","typ":"JWT"}"#;

fn usual() -> Value {
    json!({
        "sub": "u1", "name": "Li", "iss": "idp", "aud": "hazards", "exp": EXPIRES,
        "roles": ["inspector"], "level": "street", "areas": ["370303"],
    })
}

/// The usual claims with some of them otherwise; `null` takes one away.
fn but(changes: Value) -> String {
    let mut claims = usual();
    for (name, value) in changes.as_object().unwrap() {
        if value.is_null() {
            claims.as_object_mut().unwrap().remove(name);
        } else {
            claims[name] = value.clone();
        }
    }
    claims.to_string()
}

fn refused(tokens: &Tokens, name: &str, token: &str) {
    // The second time would be answered from memory.
    for _ in 0..2 {
        assert!(tokens.verify(token, now()).is_err(), "{name} was accepted: {token}");
    }
}

#[test]
fn tokens_of_every_kind_of_key_are_accepted() {
    let tokens = verifier(Some(SECRET));
    for (name, token) in specimens().good {
        for _ in 0..2 {
            let caller = tokens
                .verify(&token, now())
                .unwrap_or_else(|fault| panic!("{name}: {fault}"));
            assert_eq!((caller.subject.as_str(), caller.level), ("u1", Some(Level::Street)));
        }
    }
    for (header, claims) in [
        (HS256, usual().to_string()),
        (r#"{"alg":"HS256"}"#, usual().to_string()),
        (r#"{"alg":"HS256","typ":"at+JWT"}"#, usual().to_string()),
        (HS256, but(json!({"aud": ["other", "hazards"]}))),
        (HS256, but(json!({"nbf": SIGNED, "iat": SIGNED, "jti": "x"}))),
        (HS256, but(json!({"roles": ["inspector", "a role of another system"]}))),
    ] {
        assert!(
            tokens.verify(&signed(SECRET, header, &claims), now()).is_ok(),
            "{header} {claims}"
        );
    }
}

#[test]
fn what_is_read_is_what_the_token_says() {
    let tokens = verifier(Some(SECRET));
    let read = |changes: Value| tokens.verify(&signed(SECRET, HS256, &but(changes)), now());
    let none = read(json!({"areas": null})).unwrap();
    assert_eq!(none.areas, Areas::Within(Vec::new()));
    assert_eq!(read(json!({"areas": ["*"]})).unwrap().areas, Areas::All);
    assert_eq!(read(json!({"name": null})).unwrap().name, "u1");
    let unit = read(json!({"roles": ["enterprise"], "uscc": "91350100M000100Y43"})).unwrap();
    assert_eq!(unit.unit.unwrap().as_str(), "91350100M000100Y43");
}

#[test]
fn a_minted_token_speaks_for_whom_it_was_minted() {
    let tokens = verifier(Some(SECRET));
    let claims = but(json!({"roles": ["regulator", "auditor"], "organization": "office", "industries": ["C26"]}));
    let caller = tokens.verify(&signed(SECRET, HS256, &claims), now()).unwrap();
    let minted = tokens.mint(&caller, now(), 60).unwrap().unwrap();
    assert_eq!(tokens.verify(&minted, now()), Ok(caller.clone()));
    assert_eq!(verifier(None).mint(&caller, now(), 60), Ok(None));
}

#[test]
fn signatures_that_do_not_fit_their_key_are_refused() {
    for secret in [None, Some(SECRET)] {
        let tokens = verifier(secret);
        let specimens = specimens();
        assert!(specimens.bad.len() >= 20);
        for (name, token) in &specimens.bad {
            refused(&tokens, name, token);
        }
        refused(&tokens, "a key of another set", &specimens.next);
        for (name, token) in &specimens.good {
            let (message, signature) = token.rsplit_once('.').unwrap();
            let (header, claims) = message.split_once('.').unwrap();
            let raised = URL_SAFE_NO_PAD.encode(but(json!({"roles": ["regulator"]})));
            let flipped = if signature.starts_with('A') { "B" } else { "A" };
            for (how, token) in [
                ("other claims", format!("{header}.{raised}.{signature}")),
                ("no signature", format!("{header}.{claims}.")),
                ("two parts", message.to_owned()),
                ("four parts", format!("{token}.{signature}")),
                (
                    "a turned signature",
                    format!("{header}.{claims}.{flipped}{}", &signature[1..]),
                ),
                (
                    "half a signature",
                    format!("{header}.{claims}.{}", &signature[..signature.len() / 2]),
                ),
                ("padding", format!("{token}=")),
                ("a space", format!(" {token}")),
                ("no claims", format!("{header}..{signature}")),
                ("no header", format!(".{claims}.{signature}")),
            ] {
                refused(&tokens, &format!("{name} with {how}"), &token);
            }
        }
    }
}

#[test]
fn no_algorithm_is_taken_from_the_token() {
    let specimens = specimens();
    let claims = usual().to_string();
    let keys = specimens.first_keys["keys"].as_array().unwrap();
    let mut secrets: Vec<Vec<u8>> = vec![Vec::new(), b"secret".to_vec(), b"null".to_vec(), vec![0; 32]];
    for public in [&specimens.rsa_pem, &specimens.ed_pem, &specimens.ec_pem] {
        secrets.push(public.clone().into_bytes());
        secrets.push(public.trim_end().as_bytes().to_vec());
    }
    secrets.push(specimens.first_keys.to_string().into_bytes());
    for key in keys {
        secrets.push(key.to_string().into_bytes());
        for member in ["n", "x", "y"] {
            if let Some(text) = key[member].as_str() {
                secrets.push(text.as_bytes().to_vec());
                secrets.push(URL_SAFE_NO_PAD.decode(text).unwrap());
            }
        }
    }
    for tokens in [verifier(None), verifier(Some(SECRET))] {
        for secret in &secrets {
            for kid in ["", r#","kid":"rsa-1""#, r#","kid":"ed-1""#, r#","kid":"ec-1""#] {
                let header = format!(r#"{{"alg":"HS256","typ":"JWT"{kid}}}"#);
                refused(&tokens, "a public key as the secret", &signed(secret, &header, &claims));
            }
        }
        for algorithm in [
            r#""none""#,
            r#""None""#,
            r#""NONE""#,
            r#""nOnE""#,
            r#""""#,
            "null",
            "0",
            r#"["HS256"]"#,
            r#""hs256""#,
            r#""HS384""#,
            r#""HS512""#,
            r#""RS256""#,
            r#""ES256""#,
            r#""EdDSA""#,
            r#""ES256K""#,
            r#""HS256 ""#,
        ] {
            let header = format!(r#"{{"alg":{algorithm},"typ":"JWT"}}"#);
            let token = signed(SECRET, &header, &claims);
            refused(&tokens, algorithm, &token);
            refused(&tokens, algorithm, &token[..=token.rfind('.').unwrap()]);
        }
    }
    let secretless = verifier(None);
    refused(
        &secretless,
        "a secret nobody configured",
        &signed(SECRET, HS256, &claims),
    );
    // A symmetric key in a set of public keys is no secret.
    let next = Tokens::new(TokenSettings {
        jwks: Some(specimens.next_keys.to_string()),
        ..TokenSettings::default()
    })
    .unwrap();
    let symmetric = b"a symmetric key that has no business in a set";
    for header in [HS256, r#"{"alg":"HS256","kid":"oct-1"}"#] {
        refused(&next, "a symmetric key of the set", &signed(symmetric, header, &claims));
    }
    refused(&next, "a key for encryption", &specimens.good["RS256"]);
    refused(
        &next,
        "a curve that is not taken",
        &specimens.bad["ES384 of a P-384 key"],
    );
    assert!(next.verify(&specimens.next, now()).is_ok());
}

#[test]
fn headers_that_ask_for_more_than_a_signature_are_refused() {
    let tokens = verifier(Some(SECRET));
    let claims = usual().to_string();
    for header in [
        r#"{"alg":"HS256","typ":"JWE"}"#,
        r#"{"alg":"HS256","typ":"dpop+jwt"}"#,
        r#"{"alg":"HS256","typ":"logout+jwt"}"#,
        r#"{"alg":"HS256","typ":""}"#,
        r#"{"alg":"HS256","typ":1}"#,
        r#"{"alg":"HS256","crit":["exp"]}"#,
        r#"{"alg":"HS256","crit":[]}"#,
        r#"{"alg":"HS256","crit":["b64"],"b64":false}"#,
        r#"{"alg":"HS256","alg":"HS256"}"#,
        r#"{"alg":"none","alg":"HS256"}"#,
        r#"{"typ":"JWT"}"#,
        r#"["HS256"]"#,
        "{}",
        "null",
        "",
        "{",
    ] {
        refused(&tokens, header, &signed(SECRET, header, &claims));
    }
}

#[test]
fn a_claim_that_is_given_twice_is_refused() {
    let tokens = verifier(Some(SECRET));
    let usual = usual().to_string();
    for again in [
        r#""sub":"u2""#,
        r#""roles":["regulator"]"#,
        r#""areas":["*"]"#,
        r#""exp":9999999999"#,
        r#""iss":"idp""#,
        r#""aud":"hazards""#,
        r#""level":"national""#,
        r#""\u0073ub":"u2""#,
    ] {
        let twice = usual.replacen('{', &format!("{{{again},"), 1);
        refused(&tokens, again, &signed(SECRET, HS256, &twice));
    }
}

#[test]
fn time_is_read_from_the_clock_of_the_service_with_a_minute_of_leeway() {
    let tokens = verifier(Some(SECRET));
    let token = signed(SECRET, HS256, &but(json!({"nbf": SIGNED})));
    // Each moment twice, because the second is answered from memory.
    for _ in 0..2 {
        for (moment, fits) in [
            (SIGNED - LEEWAY - 1, false),
            (SIGNED - LEEWAY, true),
            (EXPIRES, true),
            (EXPIRES + LEEWAY - 1, true),
            (EXPIRES + LEEWAY, false),
            (EXPIRES + 1_000_000, false),
        ] {
            assert_eq!(tokens.verify(&token, at(moment)).is_ok(), fits, "{moment}");
        }
    }
    for changes in [
        json!({"exp": null}),
        json!({"exp": "9999999999"}),
        json!({"exp": 0}),
        json!({"exp": -1}),
        json!({"exp": true}),
        json!({"exp": [EXPIRES]}),
        json!({"exp": SIGNED}),
        json!({"nbf": EXPIRES}),
        json!({"nbf": "now"}),
        json!({"nbf": i64::MAX}),
        json!({"exp": u64::MAX}),
    ] {
        refused(
            &tokens,
            &changes.to_string(),
            &signed(SECRET, HS256, &but(changes.clone())),
        );
    }
}

#[test]
fn after_a_rotation_only_the_new_keys_count() {
    let specimens = specimens();
    let tokens = verifier(Some(SECRET));
    let old = &specimens.good["EdDSA"];
    let own = signed(SECRET, HS256, &usual().to_string());
    assert!(tokens.verify(old, now()).is_ok());
    assert!(tokens.verify(&own, now()).is_ok());
    for wrong in ["", "{}", r#"{"keys":[]}"#, r#"{"keys":[{"kty":"oct","k":"AAAA"}]}"#] {
        assert!(tokens.reload(wrong).is_err(), "{wrong}");
        assert!(tokens.verify(old, now()).is_ok(), "the present keys stay");
    }
    tokens.reload(&specimens.next_keys.to_string()).unwrap();
    refused(&tokens, "a key that was taken away", old);
    assert!(tokens.verify(&specimens.next, now()).is_ok());
    assert!(tokens.verify(&own, now()).is_ok());
}

#[test]
fn a_token_that_was_remembered_with_the_old_keys_is_not_believed_after_a_rotation() {
    let specimens = specimens();
    let tokens = verifier(None);
    let old = &specimens.good["EdDSA"];
    let digest: [u8; 32] = Sha256::digest(old.as_bytes()).into();
    tokens.verify(old, now()).unwrap();
    let late = tokens.verified.get(&digest).unwrap();
    tokens.reload(&specimens.next_keys.to_string()).unwrap();
    // As by a request that began before the rotation and ends after it.
    tokens.verified.insert(digest, late);
    refused(&tokens, "a token of the old keys", old);
}
