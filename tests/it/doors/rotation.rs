//! Keys that change while callers call: the key set's file is replaced several times, old and new keys overlap, then the
//! old ones leave.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use jsonwebtoken::jwk::{Jwk, JwkSet};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::json;
use tempfile::TempDir;

use super::service::Service;
use super::wire;
use crate::support::app::NOW;
use crate::support::caller::{AUDIENCE, ISSUER};
use crate::support::database::Database;
use crate::support::on_both_databases;

/// Only a service that never reads its key set again reaches it.
const SOON: Duration = Duration::from_secs(20);

#[derive(Clone, Copy)]
struct Key {
    id: &'static str,
    algorithm: Algorithm,
}

const OLD: Key = Key {
    id: "old",
    algorithm: Algorithm::EdDSA,
};
const NEW: Key = Key {
    id: "new",
    algorithm: Algorithm::ES256,
};

impl Key {
    fn signer(self) -> EncodingKey {
        match self.algorithm {
            Algorithm::EdDSA => EncodingKey::from_ed_pem(include_bytes!("../keys/ed25519.pem")),
            _ => EncodingKey::from_ec_pem(include_bytes!("../keys/p256.pem")),
        }
        .expect("a key")
    }

    /// Tokens differ by their number, so that none is only remembered.
    fn token(self, number: usize) -> String {
        let now: major_hazards::values::Instant = NOW.parse().expect("a moment");
        let claims = json!({
            "sub": format!("auditor-{number}"), "iss": ISSUER, "aud": AUDIENCE, "exp": now.seconds() + 3600,
            "roles": ["auditor"], "areas": ["370303"],
        });
        let mut header = Header::new(self.algorithm);
        header.kid = Some(self.id.to_owned());
        encode(&header, &claims, &self.signer()).expect("claims are signed")
    }
}

/// Puts a key set in place of the present one, at once and whole.
fn publish(file: &Path, keys: &[Key]) {
    let keys = keys
        .iter()
        .map(|key| {
            let mut jwk = Jwk::from_encoding_key(&key.signer(), key.algorithm).expect("a public key");
            jwk.common.key_id = Some(key.id.to_owned());
            jwk
        })
        .collect();
    let fresh = file.with_extension("fresh");
    std::fs::write(&fresh, serde_json::to_string(&JwkSet { keys }).expect("a key set")).expect("the folder is ours");
    std::fs::rename(fresh, file).expect("the folder is ours");
}

fn status(address: &str, token: &str) -> u16 {
    let authorization = format!("Bearer {token}");
    let request = wire::request("GET /v1/criteria?limit=1", &[("Authorization", &authorization)], b"");
    wire::exchange(wire::PATIENCE, address, &request)
        .expect("an answer")
        .status
}

/// Waits until tokens of a key are answered so.
fn await_status(address: &str, key: Key, wanted: u16) {
    let begun = Instant::now();
    for number in 1_000_000.. {
        if status(address, &key.token(number)) == wanted {
            return;
        }
        assert!(
            begun.elapsed() < SOON,
            "tokens of `{}` are never answered {wanted}",
            key.id
        );
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Calls until told to stop, always with a key that should be believed, and counts the answers.
fn keep_calling(address: &str, key: Key, over: &AtomicBool, calls: &AtomicUsize) {
    let steady = key.token(0);
    while !over.load(Ordering::SeqCst) {
        let number = calls.fetch_add(1, Ordering::SeqCst) + 1;
        for token in [&steady, &key.token(number)] {
            assert_eq!(status(address, token), 200, "a good token of `{}` was refused", key.id);
        }
    }
}

on_both_databases! {
    fn no_good_token_is_refused_while_keys_change_and_a_removed_key_is_soon_forgotten(database: Database) {
        let folder = TempDir::new().expect("a folder");
        let file = folder.path().join("keys.json");
        publish(&file, &[OLD]);
        let url = database.parsed_url();
        actix_web::rt::System::new().block_on(async {
            let jwks = std::fs::read_to_string(&file).expect("the key set");
            let service = Service::start(&url, |config| {
                config.tokens.secret = None;
                config.tokens.jwks = Some(jwks);
                config.jwks = Some(file.clone());
            })
            .await;
            let address = service.address();
            let rotating = tokio::task::spawn_blocking(move || rotate(&address, &file));
            rotating.await.expect("the rotation goes through");
            service.stop().await;
        });
    }
}

/// Tells a thread to stop, even where the test fails before it says so.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

fn rotate(address: &str, file: &Path) {
    let (old_over, new_over) = (AtomicBool::new(false), AtomicBool::new(false));
    let (old_calls, new_calls) = (AtomicUsize::new(0), AtomicUsize::new(0));
    assert_eq!(status(address, &NEW.token(0)), 401, "a key that nobody published");
    std::thread::scope(|threads| {
        let (old, new) = (Over(&old_over), Over(&new_over));
        let calling_old = threads.spawn(|| keep_calling(address, OLD, &old_over, &old_calls));
        publish(file, &[OLD, NEW]);
        await_status(address, NEW, 200);
        let calling_new = threads.spawn(|| keep_calling(address, NEW, &new_over, &new_calls));
        // In another order, and something that is no key set at all: the keys stay as they were.
        publish(file, &[NEW, OLD]);
        std::thread::sleep(Duration::from_millis(1200));
        std::fs::write(file, "{\"keys\": [").expect("the folder is ours");
        std::thread::sleep(Duration::from_millis(1200));
        publish(file, &[OLD, NEW]);
        drop(old);
        calling_old.join().expect("every call with the old key was answered");
        let remembered = OLD.token(0);
        assert_eq!(status(address, &remembered), 200, "the old key is still there");
        publish(file, &[NEW]);
        await_status(address, OLD, 401);
        assert_eq!(status(address, &remembered), 401, "a remembered token of a removed key");
        drop(new);
        calling_new.join().expect("every call with the new key was answered");
    });
    for (key, calls) in [(OLD, old_calls), (NEW, new_calls)] {
        assert!(
            calls.into_inner() > 10,
            "too few calls with `{}` to prove anything",
            key.id
        );
    }
}
