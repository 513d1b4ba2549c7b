//! A subscription and its messages on the wire.

use serde::Serialize;
use serde_json::{Value, json};
use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};
use utoipa::openapi::{RefOr, Schema, SchemaFormat};
use utoipa::{PartialSchema, ToSchema};

use super::address::{self, WebhookUrl};
use super::model::{Delivery, DeliveryFault, DeliveryState, Standstill, Subscription, SubscriptionState};
use super::signature::SigningSecret;
use super::types::EventType;
use crate::values::{DeliveryId, Instant, SubscriptionId, Title};

/// A subscription (订阅).
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!(sample()))]
pub struct SubscriptionView {
    /// Its id.
    pub id: SubscriptionId,
    /// Subject of its owner's token.
    #[schema(example = "sms-gateway")]
    pub owner: String,
    /// Where messages go.
    pub url: WebhookUrl,
    /// Which events are told.
    pub types: Vec<EventType>,
    /// What it is for.
    pub description: Option<Title>,
    /// Whether it is served.
    pub state: SubscriptionState,
    /// Why not; `null` while it is.
    pub state_reason: Option<Standstill>,
    /// Since when no message was taken; `null` while messages are taken.
    pub failing_since: Option<Instant>,
    /// Until when the secret before signs as well.
    pub previous_secret_until: Option<Instant>,
    /// The secret that signs, `whsec_` and base64. Shown once: when it is made.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")]
    pub secret: Option<String>,
    /// How many events it has; the entity tag.
    #[schema(minimum = 1)]
    pub version: i64,
    /// When it was made.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
}

/// A message to a subscription, and what became of it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = SubscriptionDelivery, example = json!(sample_delivery()))]
pub struct SubscriptionDeliveryView {
    /// Its id: the `webhook-id` of each attempt.
    pub id: DeliveryId,
    /// Type of the event.
    #[serde(rename = "type")]
    #[schema(example = "hazard.closed")]
    pub event_type: String,
    /// Id of the thing that the event is about.
    #[schema(format = "uuid", example = "01900000-0000-7000-8000-000000000001")]
    pub subject: String,
    /// The event of the thing.
    #[schema(minimum = 1)]
    pub version: i64,
    /// When the event happened.
    pub at: Instant,
    /// What became of the message.
    pub state: DeliveryState,
    /// How often it was sent since it was last asked for.
    #[schema(minimum = 0)]
    pub attempts: i64,
    /// When it is sent next, at the earliest; `null` when it is not.
    pub next_at: Option<Instant>,
    /// HTTP status of the last answer.
    #[schema(example = 204)]
    pub status: Option<i64>,
    /// What was wrong with the last attempt.
    pub fault: Option<DeliveryFault>,
    /// When the message was made.
    pub created_at: Instant,
    /// When it was delivered or given up.
    pub settled_at: Option<Instant>,
}

impl From<Subscription> for SubscriptionView {
    fn from(subscription: Subscription) -> Self {
        Self {
            id: subscription.id,
            owner: subscription.owner.subject,
            url: subscription.url,
            types: subscription.types,
            description: subscription.description,
            state: subscription.state,
            state_reason: subscription.standstill,
            failing_since: subscription.failing_since,
            previous_secret_until: subscription.previous_secret.map(|(_, until)| until),
            secret: None,
            version: subscription.version,
            created_at: subscription.created_at,
            updated_at: subscription.updated_at,
        }
    }
}

impl SubscriptionView {
    /// With its secret, for whoever had it made a moment ago.
    pub fn with_secret(subscription: Subscription) -> Self {
        let secret = SigningSecret::text(&subscription.secret);
        Self {
            secret: Some(secret),
            ..subscription.into()
        }
    }
}

impl From<Delivery> for SubscriptionDeliveryView {
    fn from(delivery: Delivery) -> Self {
        Self {
            id: delivery.id,
            event_type: delivery.event_type,
            subject: delivery.subject.id.to_string(),
            version: delivery.version,
            at: delivery.at,
            state: delivery.state,
            attempts: delivery.attempts,
            next_at: (delivery.state == DeliveryState::Pending).then_some(delivery.next_at),
            status: delivery.status,
            fault: delivery.fault,
            created_at: delivery.created_at,
            settled_at: delivery.settled_at,
        }
    }
}

impl PartialSchema for WebhookUrl {
    fn schema() -> RefOr<Schema> {
        let described = ObjectBuilder::new()
            .schema_type(SchemaType::Type(Type::String))
            .format(Some(SchemaFormat::Custom("uri".to_owned())))
            .max_length(Some(address::LONGEST))
            .description(Some("`http` or `https`, without user, password and fragment"))
            .examples(["https://sms.example/hooks/hazards"]);
        RefOr::T(Schema::Object(described.build()))
    }
}

impl ToSchema for WebhookUrl {}

impl PartialSchema for EventType {
    fn schema() -> RefOr<Schema> {
        let described = ObjectBuilder::new()
            .schema_type(SchemaType::Type(Type::String))
            .pattern(Some(r"^[a-z_]+\.([a-z_]+|\*)$"))
            .max_length(Some(64))
            .description(Some(
                "A type of event, `hazard.closed`, or all of one kind of thing, `hazard.*`",
            ))
            .examples(["hazard.*"]);
        RefOr::T(Schema::Object(described.build()))
    }
}

impl ToSchema for EventType {}

/// What is sent, for the document.
pub fn sample_body() -> Value {
    json!({
        "url": "https://sms.example/hooks/hazards",
        "types": ["hazard.closed", "notice.created"],
        "description": "短信网关",
    })
}

/// What is answered.
pub fn sample() -> Value {
    json!({
        "id": "01900000-0000-7000-8000-000000000007",
        "owner": "sms-gateway",
        "url": "https://sms.example/hooks/hazards",
        "types": ["hazard.closed", "notice.created"],
        "description": "短信网关",
        "state": "active",
        "state_reason": null,
        "failing_since": null,
        "previous_secret_until": null,
        "version": 1,
        "created_at": "2026-11-02T01:30:00.000000Z",
        "updated_at": "2026-11-02T01:30:00.000000Z",
    })
}

/// A message, as the list shows it.
pub fn sample_delivery() -> Value {
    json!({
        "id": "01900000-0000-7000-8000-000000000008",
        "type": "hazard.closed",
        "subject": "01900000-0000-7000-8000-000000000001",
        "version": 9,
        "at": "2026-11-02T03:04:05.000000Z",
        "state": "delivered",
        "attempts": 1,
        "next_at": null,
        "status": 204,
        "fault": null,
        "created_at": "2026-11-02T03:04:05.200000Z",
        "settled_at": "2026-11-02T03:04:05.300000Z",
    })
}
