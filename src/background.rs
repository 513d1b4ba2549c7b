//! Work that goes on beside the requests. Each task may be killed at any moment and is safe when several nodes run it.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::attachments;
use crate::hazards;
use crate::store::{StoreError, replies};
use crate::web::app::App;

/// How often kept replies and abandoned uploads are swept.
const SWEEP_EVERY: Duration = Duration::from_secs(3600);
/// How often somebody looks whether units have to be reminded. A day begins for all of them at once, at midnight.
const REMIND_EVERY: Duration = Duration::from_secs(5);
/// How often somebody looks for hazards whose days were computed under another policy.
const FOLLOW_EVERY: Duration = Duration::from_secs(5);
/// How often the key set's file is looked at: a key that was taken away must not be believed for long.
const KEYS_EVERY: Duration = Duration::from_secs(1);

/// Starts every task; they end with the service.
pub fn start(app: &App, jwks: Option<PathBuf>) {
    let sweeping = app.clone();
    actix_web::rt::spawn(async move {
        loop {
            tokio::time::sleep(SWEEP_EVERY).await;
            let now = sweeping.clock.now();
            let swept = sweeping
                .store
                .write("sweep_replies", move |connection| replies::sweep(connection, now))
                .await;
            if let Err(error) = swept {
                log::warn!("sweeping kept replies failed: {error}");
            }
            match attachments::sweep(sweeping.objects.as_ref(), now).await {
                Ok(0) => {}
                Ok(count) => log::info!("{count} abandoned uploads removed"),
                Err(error) => log::warn!("sweeping abandoned uploads failed: {error}"),
            }
        }
    });
    let reminding = app.clone();
    actix_web::rt::spawn(async move {
        loop {
            tokio::time::sleep(REMIND_EVERY).await;
            if let Err(error) = remind(&reminding).await {
                log::warn!("reminding units failed: {error}");
            }
        }
    });
    let following = app.clone();
    actix_web::rt::spawn(async move {
        loop {
            if let Err(error) = follow_policy(&following).await {
                log::warn!("following the policy failed: {error}");
            }
            tokio::time::sleep(FOLLOW_EVERY).await;
        }
    });
    if let Some(path) = jwks {
        let reading = app.clone();
        actix_web::rt::spawn(async move {
            let mut seen = changed_at(&path);
            loop {
                tokio::time::sleep(KEYS_EVERY).await;
                let changed = changed_at(&path);
                if changed != seen {
                    seen = changed;
                    reload(&reading, &path);
                }
            }
        });
    }
}

async fn remind(app: &App) -> Result<(), StoreError> {
    loop {
        let seed = app
            .clock
            .random_bytes()
            .map_err(|error| StoreError::Unavailable(error.to_string()))?;
        let (policy, now) = (Arc::clone(&app.policy), app.clock.now());
        let looked_at = app
            .store
            .write("remind", move |connection| {
                hazards::remind(connection, &policy, now, seed)
            })
            .await?;
        if looked_at == 0 {
            return Ok(());
        }
    }
}

async fn follow_policy(app: &App) -> Result<(), StoreError> {
    loop {
        let seed = app
            .clock
            .random_bytes()
            .map_err(|error| StoreError::Unavailable(error.to_string()))?;
        let (policy, now) = (Arc::clone(&app.policy), app.clock.now());
        let followed = app
            .store
            .write("follow_policy", move |connection| {
                hazards::follow_policy(connection, &policy, now, seed)
            })
            .await?;
        if followed == 0 {
            return Ok(());
        }
    }
}

fn changed_at(path: &std::path::Path) -> Option<SystemTime> {
    std::fs::metadata(path).and_then(|file| file.modified()).ok()
}

fn reload(app: &App, path: &std::path::Path) {
    let read = std::fs::read_to_string(path)
        .map_err(|error| error.to_string())
        .and_then(|text| app.tokens.reload(&text).map_err(|error| error.to_string()));
    match read {
        Ok(()) => log::info!("the key set was read again"),
        Err(error) => log::warn!("the key set stays as it was (HAZARDS_JWT_JWKS): {error}"),
    }
}
