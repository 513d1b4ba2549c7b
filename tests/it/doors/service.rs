//! A service that is set up otherwise than the usual one of the tests.

use std::sync::Arc;

use major_hazards::config::Config;
use major_hazards::law::policy::Policy;
use major_hazards::server::{self, Running};
use major_hazards::store::{DatabaseUrl, ObjectsUrl};
use major_hazards::values::{Clock, Secret};
use major_hazards::web::limits::Limits;
use major_hazards::web::tokens::TokenSettings;
use tempfile::TempDir;

use crate::support::app::NOW;
use crate::support::caller::{AUDIENCE, ISSUER, SECRET};

/// A running service with a folder of its own for objects.
pub(super) struct Service {
    running: Running,
    pub(super) objects: TempDir,
    pub(super) clock: Clock,
}

impl Service {
    /// Starts one whose settings are changed first.
    pub(super) async fn start(database: &DatabaseUrl, change: impl FnOnce(&mut Config)) -> Self {
        let objects = TempDir::new().expect("a folder for objects");
        let clock = Clock::standing_at(NOW.parse().expect("a moment"));
        let mut config = Config {
            bind: "127.0.0.1:0".parse().expect("an address"),
            database: database.clone(),
            objects: ObjectsUrl::Folder(objects.path().to_path_buf()),
            tokens: TokenSettings {
                secret: Some(Secret::new(SECRET.as_bytes().to_vec())),
                jwks: None,
                issuer: Some(ISSUER.to_owned()),
                audience: Some(AUDIENCE.to_owned()),
            },
            jwks: None,
            development: false,
            policy: Arc::new(Policy::embedded().expect("the embedded policy is right")),
            tip_keys: objects.path().join("tip-keys"),
            log_key: objects.path().join("log-key"),
            trusted_proxies: Vec::new(),
            limits: Limits::default(),
            webhook_ranges: Vec::new(),
        };
        change(&mut config);
        let running = server::start(config, clock.clone()).await.expect("the service starts");
        Self {
            running,
            objects,
            clock,
        }
    }

    /// Where it listens.
    pub(super) fn address(&self) -> String {
        self.running.address().to_string()
    }

    /// Stops it.
    pub(super) async fn stop(self) {
        self.running.stop().await;
    }
}
