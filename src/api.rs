//! The whole API on one screen, and the OpenAPI document it adds up to.
//!
//! Registering a handler is registering its documentation. To add a room, add its `configure` here and its tag below.

mod assembly;

use std::sync::OnceLock;

use actix_web::{App as ActixApp, Route, guard, web};
use serde_json::Value;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{Components, OpenApi, RefOr, Schema};
use utoipa::{Modify, OpenApi as _, ToSchema};
use utoipa_actix_web::AppExt;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::law::lifecycle::Action;
use crate::law::tips::lifecycle::TipAction;
use crate::values::Vocabulary;
use crate::web::responses::{FaultView, ProblemView, WhoMayView};
use crate::{
    accountability, attachments, authorities, batch, checklists, dictionaries, enterprises, hazards, inspections,
    lifecycle_api, notices, pages, self_checks, standards, statistics, subscriptions, sync, tips, transparency,
};

/// Every operation, in reading order.
pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        // Before the hazards, of which it would be taken for a name.
        .route("/v1/hazards/export", only_get())
        .configure(hazards::configure)
        .configure(accountability::configure)
        .configure(notices::configure)
        // Before the tips, of which they would be taken for names.
        .route("/v1/tips/attachments", only_post())
        .route("/v1/tips/status", only_post())
        .route("/v1/tips/messages", only_post())
        .configure(tips::configure)
        .configure(statistics::configure)
        .configure(subscriptions::configure)
        .configure(batch::configure)
        .configure(sync::configure)
        .configure(transparency::configure)
        .configure(attachments::configure)
        // Before the register, which would take `import` for the name of a unit.
        .route("/v1/enterprises/import", only_post())
        .configure(enterprises::configure)
        .configure(self_checks::configure)
        .configure(inspections::configure)
        .configure(checklists::configure)
        .configure(standards::configure)
        .configure(authorities::configure)
        .configure(lifecycle_api::configure)
        .configure(dictionaries::configure)
        .configure(pages::configure_documented);
}

/// The answer to every other method than POST.
fn only_post() -> Route {
    web::route().guard(guard::Not(guard::Post())).to(pages::nothing_here)
}

/// The answer to every other method than GET.
fn only_get() -> Route {
    web::route().guard(guard::Not(guard::Get())).to(pages::nothing_here)
}

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "major-hazards",
        description = "A ledger of major accident hazards (重大事故隐患): from report through supervision (督办) and \
                       rectification (整改) to the regulator's sign-off (销号).\n\nErrors are problem documents \
                       (RFC 9457) with a stable `code`. Lists are walked by cursor. Writes take an `Idempotency-Key`; \
                       changes of what exists need `If-Match`. Codes of enumerations may grow; a client should expect \
                       ones that it does not know.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
        contact(name = "major-hazards"),
    ),
    servers((url = "/", description = "This service")),
    tags(
        (name = "hazards", description = "The ledger: report, read, act, and look back."),
        (name = "notices", description = "What was served on whom, and who has taken note."),
        (name = "tips", description = "Public tips (群众举报): told without a name, handled by tip officers, never given away."),
        (name = "statistics", description = "Who lags: counts, rates and the way to zero, by area, industry and more."),
        (name = "subscriptions", description = "Who is told of events by webhook, and what became of each message."),
        (name = "batch", description = "Many calls in one request."),
        (name = "sync", description = "What a phone keeps while there is no network."),
        (name = "log", description = "The transparency log: checkpoints, tiles and proofs, for whoever does not take this server's word."),
        (name = "attachments", description = "Evidence."),
        (name = "uploads", description = "Evidence that comes in pieces over a line that breaks (tus 1.0)."),
        (name = "enterprises", description = "The register of units."),
        (name = "self-checks", description = "Quarterly self-checks (季度自查) of the units."),
        (name = "inspections", description = "Inspections (执法检查) from the phones of inspectors, with what they found."),
        (name = "checklists", description = "Lists of points to check (重点事项清单), built from the judgment standards."),
        (name = "standards", description = "Judgment standards (重大事故隐患判定标准) and their clauses."),
        (name = "authorities", description = "Regulators, committees, communities."),
        (name = "lifecycle", description = "The state machine itself."),
        (name = "dictionaries", description = "Code tables."),
        (name = "operation", description = "Health, readiness, metrics, this document."),
    ),
    components(schemas(ProblemView, FaultView, WhoMayView)),
    modifiers(&Security),
)]
struct Document;

struct Security;

impl Modify for Security {
    fn modify(&self, document: &mut OpenApi) {
        let mut scheme = Http::new(HttpAuthScheme::Bearer);
        scheme.bearer_format = Some("JWT".to_owned());
        scheme.description =
            Some("A JSON Web Token with the claims of the contract, read as RFC8725 advises".to_owned());
        document
            .components
            .get_or_insert_with(Components::new)
            .add_security_scheme("token", SecurityScheme::Http(scheme));
        document.security = Some(vec![SecurityRequirement::new("token", Vec::<String>::new())]);
    }
}

/// The OpenAPI 3.1 document.
///
/// # Errors
/// When it cannot be written as JSON.
pub fn document() -> Result<Value, serde_json::Error> {
    let (_, mut document) = ActixApp::new()
        .into_utoipa_app()
        .openapi(Document::openapi())
        .configure(configure)
        .split_for_parts();
    add_bodies(&mut document);
    let mut document = serde_json::to_value(document)?;
    assembly::spell_out_actions(&mut document);
    assembly::return_what_is_taken(&mut document);
    assembly::size_integers(&mut document);
    assembly::open_doors(&mut document);
    assembly::add_keys(&mut document);
    assembly::share_answers(&mut document);
    assembly::drop_unused(&mut document);
    Ok(document)
}

/// The document as it is served. It never changes while the program runs, and takes milliseconds to make.
///
/// # Errors
/// As [`document`].
pub fn published() -> Result<&'static Value, serde_json::Error> {
    static PUBLISHED: OnceLock<Value> = OnceLock::new();
    if let Some(document) = PUBLISHED.get() {
        return Ok(document);
    }
    let made = document()?;
    Ok(PUBLISHED.get_or_init(|| made))
}

/// The document as it is committed: indented, with a line feed at its end.
///
/// # Errors
/// When it cannot be written as JSON.
pub fn openapi_json() -> Result<String, serde_json::Error> {
    serde_json::to_string_pretty(&document()?).map(|text| text + "\n")
}

/// Schemas of the bodies of actions, which no handler names because the path decides which it is.
fn add_bodies(document: &mut OpenApi) {
    let components = document.components.get_or_insert_with(Components::new);
    let mut add = |name: String, schema: RefOr<Schema>| {
        components.schemas.entry(name).or_insert(schema);
    };
    for action in Action::ALL {
        let (name, schema) = hazards::schema(*action);
        add(name.into_owned(), schema);
    }
    for (name, schema) in TipAction::ALL.iter().filter_map(|action| tips::schema(*action)) {
        add(name.into_owned(), schema);
    }
    for (name, schema) in hazards::body_schemas().into_iter().chain(tips::body_schemas()) {
        add(name, schema);
    }
    // Code lists that only parameters of the query name.
    for (name, schema) in [
        named::<hazards::ExportFormat>(),
        named::<hazards::Include>(),
        named::<hazards::Sort>(),
        named::<lifecycle_api::LifecycleFormat>(),
        named::<lifecycle_api::Machine>(),
        named::<statistics::AreaLength>(),
        named::<statistics::Dimension>(),
        named::<statistics::IndustryLength>(),
        named::<ProblemView>(),
    ] {
        add(name, schema);
    }
}

fn named<T: ToSchema>() -> (String, RefOr<Schema>) {
    (T::name().into_owned(), T::schema())
}
