//! The yardstick for writes: the service's own action, each in a transaction of its own.
//!
//! Token, body, law, fold, journal and answer are the service's; what is left out is that writes which wait are
//! committed together. Settings are those of the service.

use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};

use actix_web::middleware::{Compress, from_fn};
use actix_web::web::{self, Data, Path};
use actix_web::{App as ActixApp, HttpResponse, HttpServer};
use clap::Parser;
use major_hazards::config::{Config, Settings};
use major_hazards::hazards::{self, ActionBody, HazardView, Reference, Request, Viewing, Writing};
use major_hazards::law::lifecycle::Action;
use major_hazards::law::refusal::Refusal;
use major_hazards::server;
use major_hazards::store::{Connection, Failure, Reply, StoreError};
use major_hazards::values::{Clock, HazardId, Language, Vocabulary};
use major_hazards::web::app::App;
use major_hazards::web::body::{Body, Object};
use major_hazards::web::caller::Authenticated;
use major_hazards::web::conditions::IfMatch;
use major_hazards::web::idempotency::respond;
use major_hazards::web::problems::Problem;
use major_hazards::web::{answers, limits, request_id};

/// Serves actions on hazards, one transaction each
#[derive(Debug, Parser)]
struct Options {
    #[command(flatten)]
    settings: Settings,
}

type Alone = Arc<Mutex<Connection>>;

#[actix_web::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let clock = Clock::system();
    let config =
        Config::read(&Options::parse().settings, &clock).map_err(|faults| format!("the settings: {faults:?}"))?;
    let app = Data::new(server::prepare(&config, clock).await?);
    let alone = Data::new(Alone::new(Mutex::new(config.database.connect()?)));
    HttpServer::new(move || {
        ActixApp::new()
            .app_data(app.clone())
            .app_data(alone.clone())
            .wrap(from_fn(limits::middleware))
            .wrap(Compress::default())
            .wrap(from_fn(answers::middleware))
            .wrap(from_fn(request_id::middleware))
            .route("/v1/hazards/{id}", web::get().to(read))
            .route("/v1/hazards/{id}/actions/{action}", web::post().to(act))
    })
    .workers(std::thread::available_parallelism().map_or(2, std::num::NonZero::get))
    .bind(config.bind)?
    .run()
    .await?;
    Ok(())
}

async fn act(
    app: Data<App>,
    alone: Data<Alone>,
    Authenticated(caller): Authenticated,
    path: Path<(String, String)>,
    IfMatch(expected_version): IfMatch,
    body: Body<Object>,
) -> Result<HttpResponse, Problem> {
    let (id, action) = path.into_inner();
    let action = Action::from_code(&action).ok_or(Refusal::NotFound)?;
    let request = Request {
        reference: reference(&id)?,
        expected_version,
        action,
        body: ActionBody::read(action, body.value.0)?,
    };
    let writing = Writing {
        caller,
        now: app.clock.now(),
        policy: Arc::clone(&app.policy),
        salt: app
            .clock
            .random_bytes()
            .map_err(|error| StoreError::Unavailable(error.to_string()))?,
    };
    let alone = Arc::clone(&alone);
    let reply = web::block(move || {
        let mut connection = alone.lock().unwrap_or_else(PoisonError::into_inner);
        transaction(&mut connection, &writing, &request)
    })
    .await
    .map_err(|error| StoreError::Unavailable(error.to_string()))??;
    Ok(respond(reply))
}

fn transaction(connection: &mut Connection, writing: &Writing, request: &Request) -> Result<Reply, Failure> {
    connection.begin_write().map_err(StoreError::from)?;
    let done = hazards::act(connection, writing, request).and_then(|found| {
        let version = found.hazard.version;
        let viewing = Viewing {
            caller: &writing.caller,
            now: writing.now,
            policy: &writing.policy,
            language: Language::Chinese,
            with_actions: false,
        };
        Ok(Reply::json(200, &HazardView::of(found, viewing))?.tagged(version))
    });
    match done {
        Ok(reply) => {
            connection.commit().map_err(StoreError::from)?;
            Ok(reply)
        }
        Err(failure) => {
            connection.roll_back().map_err(StoreError::from)?;
            Err(failure)
        }
    }
}

/// The version to begin with.
async fn read(
    alone: Data<Alone>,
    Authenticated(caller): Authenticated,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let reference = reference(&id)?;
    let mut connection = alone.lock().unwrap_or_else(PoisonError::into_inner);
    let found = hazards::visible(&mut connection, &caller, reference)?;
    let tag = format!("\"{}\"", found.hazard.version);
    Ok(HttpResponse::Ok().insert_header(("etag", tag)).finish())
}

fn reference(id: &str) -> Result<Reference, Refusal> {
    id.parse::<HazardId>().map(Reference::Id).map_err(|_| Refusal::NotFound)
}
