//! Tokens: every algorithm of the contract is accepted with its own key, and nothing else is. The keys are the tests'
//! own and sign nothing elsewhere.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::{Jwk, JwkSet};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use major_hazards::law::scope::Role;
use major_hazards::values::{Instant, Secret};
use major_hazards::web::tokens::{TokenFault, TokenSettings, Tokens};
use serde_json::{Value, json};

const ED25519: &[u8] = include_bytes!("keys/ed25519.pem");
const P256: &[u8] = include_bytes!("keys/p256.pem");
const RSA: &[u8] = include_bytes!("keys/rsa2048.pem");
const RSA_PUBLIC: &[u8] = include_bytes!("keys/rsa2048.public.pem");
const SECRET: &[u8] = b"a secret that only the tests know, 32 bytes or more";

fn now() -> Instant {
    "2026-11-09T01:00:00Z".parse().unwrap()
}

fn keys() -> Vec<(&'static str, Algorithm, EncodingKey)> {
    vec![
        ("ed", Algorithm::EdDSA, EncodingKey::from_ed_pem(ED25519).unwrap()),
        ("ec", Algorithm::ES256, EncodingKey::from_ec_pem(P256).unwrap()),
        ("rsa", Algorithm::RS256, EncodingKey::from_rsa_pem(RSA).unwrap()),
    ]
}

fn jwks() -> String {
    let keys = keys()
        .into_iter()
        .map(|(id, algorithm, key)| {
            let mut jwk = Jwk::from_encoding_key(&key, algorithm).unwrap();
            jwk.common.key_id = Some(id.to_owned());
            // Half of the providers leave `alg` out; the kind of the key then decides.
            if id == "rsa" {
                jwk.common.key_algorithm = None;
            }
            jwk
        })
        .collect();
    serde_json::to_string(&JwkSet { keys }).unwrap()
}

fn tokens(secret: bool, keys: bool) -> Tokens {
    Tokens::new(TokenSettings {
        secret: secret.then(|| Secret::new(SECRET.to_vec())),
        jwks: keys.then(jwks),
        issuer: Some("https://identity.test".to_owned()),
        audience: Some("major-hazards".to_owned()),
    })
    .unwrap()
}

fn claims() -> Value {
    json!({
        "sub": "regulator-1",
        "name": "周某",
        "iss": "https://identity.test",
        "aud": ["other", "major-hazards"],
        "exp": now().seconds() + 600,
        "roles": ["regulator"],
        "level": "district",
        "areas": ["370303"],
    })
}

fn header(algorithm: Algorithm, id: Option<&str>) -> Header {
    let mut header = Header::new(algorithm);
    header.kid = id.map(str::to_owned);
    header
}

fn by_secret(claims: &Value) -> String {
    encode(
        &Header::new(Algorithm::HS256),
        claims,
        &EncodingKey::from_secret(SECRET),
    )
    .unwrap()
}

/// A token put together by hand, with any header and signature.
fn forged(header: &Value, claims: &str, signature: &str) -> String {
    let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
    format!("{}.{}.{signature}", part(&header.to_string()), part(claims))
}

#[test]
fn each_algorithm_is_accepted_with_its_own_key() {
    let verifier = tokens(true, true);
    for (id, algorithm, key) in keys() {
        for kid in [Some(id), None] {
            let token = encode(&header(algorithm, kid), &claims(), &key).unwrap();
            let caller = verifier.verify(&token, now()).unwrap();
            assert_eq!(caller.subject, "regulator-1");
            assert!(caller.has(Role::Regulator));
            // The second time it is remembered, and still ends when it ends.
            assert!(verifier.verify(&token, now()).is_ok());
            assert_eq!(verifier.verify(&token, now().plus_seconds(700)), Err(TokenFault::Time));
        }
    }
    assert!(verifier.verify(&by_secret(&claims()), now()).is_ok());
}

/// Tokens that were refused, each counted once.
#[derive(Default)]
struct Refused(BTreeSet<String>);

impl Refused {
    /// Fails unless the token is refused, the second time as well.
    fn refuse(&mut self, verifier: &Tokens, token: &str, why: &str) {
        for _ in 0..2 {
            let verdict = verifier.verify(token, now());
            assert!(verdict.is_err(), "{why}: {token}: {verdict:?}");
        }
        self.0.insert(token.to_owned());
    }
}

#[test]
fn eighty_bad_tokens_are_refused_and_none_is_counted_twice() {
    let mut refused = Refused::default();
    refuse_swapped_keys(&mut refused);
    refuse_wrong_claims(&mut refused);
    refuse_forgeries(&mut refused);
    assert!(refused.0.len() >= 80, "only {} bad tokens", refused.0.len());
}

#[test]
#[should_panic(expected = "in order")]
fn a_good_token_among_the_bad_is_noticed() {
    Refused::default().refuse(&tokens(true, false), &by_secret(&claims()), "in order");
}

#[test]
fn a_key_never_serves_another_algorithm() {
    refuse_swapped_keys(&mut Refused::default());
}

fn refuse_swapped_keys(refused: &mut Refused) {
    let verifier = tokens(true, true);
    for (id, _, key) in keys() {
        for (other, algorithm, _) in keys() {
            if id != other
                && let Ok(token) = encode(&header(algorithm, Some(other)), &claims(), &key)
            {
                refused.refuse(&verifier, &token, &format!("{id} as {other}"));
            }
        }
        let misnamed = encode(
            &header(keys().iter().find(|one| one.0 == id).unwrap().1, Some("unknown")),
            &claims(),
            &key,
        )
        .unwrap();
        refused.refuse(&verifier, &misnamed, "an unknown key");
        assert_eq!(verifier.verify(&misnamed, now()), Err(TokenFault::NoKey));
    }
    // The key of the set names no algorithm, and serves one all the same.
    let rsa = EncodingKey::from_rsa_pem(RSA).unwrap();
    for algorithm in [
        Algorithm::RS384,
        Algorithm::RS512,
        Algorithm::PS256,
        Algorithm::PS384,
        Algorithm::PS512,
    ] {
        for kid in [Some("rsa"), None] {
            let token = encode(&header(algorithm, kid), &claims(), &rsa).unwrap();
            refused.refuse(&verifier, &token, "an algorithm that the key does not serve");
        }
    }
    // A public key used as the secret of HS256: the oldest trick there is.
    for public in [
        jwks().into_bytes(),
        RSA_PUBLIC.to_vec(),
        RSA_PUBLIC.trim_ascii_end().to_vec(),
        RSA.to_vec(),
        P256.to_vec(),
    ] {
        let token = encode(
            &header(Algorithm::HS256, Some("rsa")),
            &claims(),
            &EncodingKey::from_secret(&public),
        )
        .unwrap();
        refused.refuse(&verifier, &token, "a public key as a secret");
        assert_eq!(tokens(false, true).verify(&token, now()), Err(TokenFault::NoKey));
    }
    assert_eq!(
        tokens(false, true).verify(&by_secret(&claims()), now()),
        Err(TokenFault::NoKey)
    );
    for algorithm in [Algorithm::HS384, Algorithm::HS512] {
        let token = encode(&Header::new(algorithm), &claims(), &EncodingKey::from_secret(SECRET)).unwrap();
        refused.refuse(&verifier, &token, &format!("{algorithm:?}"));
    }
}

#[test]
fn claims_that_are_not_in_order_are_refused() {
    refuse_wrong_claims(&mut Refused::default());
}

fn refuse_wrong_claims(refused: &mut Refused) {
    let verifier = tokens(true, false);
    let at = now().seconds();
    let wrong: &[(&str, Value)] = &[
        ("exp", json!(null)),
        ("exp", json!(at - 61)),
        ("exp", json!("tomorrow")),
        ("exp", json!(1.5)),
        ("nbf", json!(at + 120)),
        ("iss", json!("https://elsewhere.test")),
        ("iss", json!(null)),
        ("iss", json!(["https://identity.test"])),
        ("aud", json!("elsewhere")),
        ("aud", json!([])),
        ("aud", json!(null)),
        ("aud", json!({"major-hazards": true})),
        ("sub", json!(null)),
        ("sub", json!("")),
        ("sub", json!(" ")),
        ("sub", json!(7)),
        ("sub", json!("a\u{0}b")),
        ("sub", json!("长".repeat(201))),
        ("name", json!("")),
        ("name", json!("a\nb")),
        ("roles", json!(null)),
        ("roles", json!([])),
        ("roles", json!("regulator")),
        ("roles", json!(["emperor"])),
        ("roles", json!(["enterprise", "regulator"])),
        ("roles", json!([1])),
        ("level", json!("galactic")),
        ("level", json!(3)),
        ("areas", json!("370303")),
        ("areas", json!(["37030"])),
        ("areas", json!(["3703%"])),
        ("areas", json!(vec!["370303"; 201])),
        ("industries", json!(["Z"])),
        ("industries", json!(["C' OR 1=1"])),
        ("organization", json!("")),
        ("uscc", json!("91350100M000100Y44")),
    ];
    for (name, value) in wrong {
        let mut claims = claims();
        claims[*name] = value.clone();
        refused.refuse(&verifier, &by_secret(&claims), &format!("{name} = {value}"));
    }
    for name in ["exp", "iss", "aud", "sub", "roles"] {
        let mut claims = claims();
        claims.as_object_mut().unwrap().remove(name);
        refused.refuse(&verifier, &by_secret(&claims), &format!("without {name}"));
    }
    for leeway in [json!(at - 59), json!(at + 1)] {
        let mut claims = claims();
        claims["exp"] = leeway;
        assert!(verifier.verify(&by_secret(&claims), now()).is_ok());
    }
}

#[test]
fn what_is_put_together_by_hand_is_refused() {
    refuse_forgeries(&mut Refused::default());
}

fn refuse_forgeries(refused: &mut Refused) {
    let verifier = tokens(true, true);
    let good = by_secret(&claims());
    let parts: Vec<&str> = good.split('.').collect();
    let body = claims().to_string();
    let twice = body.replacen('{', "{\"sub\":\"someone\",", 1);
    let roles_twice = body.replacen('{', "{\"roles\":[\"admin\"],", 1);
    let mut wrong = vec![
        String::new(),
        ".".to_owned(),
        "..".to_owned(),
        "...".to_owned(),
        "a.b.c".to_owned(),
        parts[..2].join("."),
        format!("{}.{}.", parts[0], parts[1]),
        format!("{good}.{}", parts[2]),
        format!("{}.{}.{}", parts[1], parts[0], parts[2]),
        format!("{good}="),
        format!(" {good}"),
        good.replace('.', "。"),
        "x".repeat(9000),
        forged(&json!({"alg": "none"}), &body, ""),
        forged(&json!({"alg": "None"}), &body, ""),
        forged(&json!({"alg": "NONE", "typ": "JWT"}), &body, parts[2]),
        forged(&json!({"alg": ""}), &body, parts[2]),
        forged(&json!({"alg": null}), &body, parts[2]),
        forged(&json!({"typ": "JWT"}), &body, parts[2]),
        forged(&json!({"alg": "HS256", "typ": "JWE"}), &body, parts[2]),
        forged(&json!({"alg": "HS256", "typ": "dpop+jwt"}), &body, parts[2]),
        forged(&json!({"alg": "HS256", "crit": ["exp"]}), &body, parts[2]),
        forged(
            &json!({"alg": "HS256", "jwk": {"kty": "oct", "k": "AA"}}),
            &body,
            parts[2],
        ),
        forged(&json!({"alg": "RS256", "kid": "../../etc/passwd"}), &body, parts[2]),
        forged(
            &json!({"alg": "ES256", "kid": "ec"}),
            &body,
            &URL_SAFE_NO_PAD.encode([0; 64]),
        ),
        forged(
            &json!({"alg": "EdDSA", "kid": "ed"}),
            &body,
            &URL_SAFE_NO_PAD.encode([0; 64]),
        ),
        forged(
            &json!({"alg": "RS256", "kid": "rsa"}),
            &body,
            &URL_SAFE_NO_PAD.encode([0; 256]),
        ),
    ];
    for claims in ["", "null", "[]", "{}", "{", "7", "\"text\""] {
        wrong.push(forged(&json!({"alg": "HS256", "typ": "JWT"}), claims, parts[2]));
    }
    // Each part with one character changed.
    for part in 0..3 {
        let mut changed: Vec<String> = parts.iter().map(|part| (*part).to_owned()).collect();
        let first = if changed[part].starts_with('e') { 'f' } else { 'e' };
        changed[part].replace_range(..1, &first.to_string());
        wrong.push(changed.join("."));
    }
    for token in &wrong {
        refused.refuse(&verifier, token, "put together by hand");
    }
    // Signed in order, but with a claim that stands there twice: which of the two would count?
    for claims in [twice, roles_twice] {
        let head = URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256"}"#);
        let message = format!("{head}.{}", URL_SAFE_NO_PAD.encode(claims));
        let signature =
            jsonwebtoken::crypto::sign(message.as_bytes(), &EncodingKey::from_secret(SECRET), Algorithm::HS256)
                .unwrap();
        refused.refuse(
            &verifier,
            &format!("{message}.{signature}"),
            "a claim that stands there twice",
        );
    }
}

#[test]
fn a_key_set_that_changes_forgets_what_the_old_one_signed() {
    let verifier = tokens(false, true);
    let (id, algorithm, key) = keys().remove(0);
    let token = encode(&header(algorithm, Some(id)), &claims(), &key).unwrap();
    assert!(verifier.verify(&token, now()).is_ok());
    let mut rest: JwkSet = serde_json::from_str(&jwks()).unwrap();
    rest.keys.retain(|key| key.common.key_id.as_deref() != Some(id));
    assert!(verifier.reload("{}").is_err(), "what is no key set changes nothing");
    assert!(verifier.verify(&token, now()).is_ok());
    verifier.reload(&serde_json::to_string(&rest).unwrap()).unwrap();
    assert_eq!(verifier.verify(&token, now()), Err(TokenFault::NoKey));
}
