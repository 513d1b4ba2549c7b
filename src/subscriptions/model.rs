//! A subscription and a message to it, as they stand on record.

use super::address::WebhookUrl;
use super::owner::Owner;
use super::signature::SigningSecret;
use super::types::EventType;
use crate::journal::Subject;
use crate::values::vocabulary::vocabulary;
use crate::values::{DeliveryId, Instant, SubscriptionId, Title};

vocabulary! {
    /// Whether a subscription is served.
    pub enum SubscriptionState in "subscription_states" {
        Active = "active", "启用", "events are sent";
        Paused = "paused", "暂停", "events wait until it is active again";
        Disabled = "disabled", "停用", "events wait; the receiver said that it is gone";
    }
}

vocabulary! {
    /// Why a subscription is not served.
    pub enum Standstill in "subscription_standstills" {
        Requested = "requested", "应要求暂停", "somebody asked for it";
        Failing = "failing", "持续投递失败", "no message was taken for five days";
        Gone = "gone", "接收方已停用", "the receiver answered 410";
    }
}

vocabulary! {
    /// What became of a message.
    pub enum DeliveryState in "delivery_states" {
        Pending = "pending", "待投递", "not taken yet; it is sent again";
        Delivered = "delivered", "已投递", "the receiver took it";
        Failed = "failed", "投递失败", "given up; it can be asked for again";
    }
}

vocabulary! {
    /// Why a message was not taken.
    pub enum DeliveryFault in "delivery_faults" {
        ForbiddenAddress = "forbidden_address", "地址不允许访问", "the name leads to an address that may not be called";
        Unreachable = "unreachable", "无法连接", "no connection: the name, the network or the certificate";
        Timeout = "timeout", "超时", "no answer in time";
        Redirect = "redirect", "接收方要求跳转", "the answer leads elsewhere, which is not followed";
        Refused = "refused", "接收方拒绝", "the receiver answered with an error";
    }
}

/// A subscription.
#[derive(Debug, Clone)]
pub struct Subscription {
    /// Its id; the stream of its events.
    pub id: SubscriptionId,
    /// Whose it is, with the rights that decide what is told.
    pub owner: Owner,
    /// When it was made.
    pub created_at: Instant,
    /// Where messages go.
    pub url: WebhookUrl,
    /// Which events are told.
    pub types: Vec<EventType>,
    /// What it is for.
    pub description: Option<Title>,
    /// Whether it is served.
    pub state: SubscriptionState,
    /// Why not, where it is not.
    pub standstill: Option<Standstill>,
    /// Signs its messages.
    pub secret: SigningSecret,
    /// The secret before, which signs as well until that moment.
    pub previous_secret: Option<(SigningSecret, Instant)>,
    /// The place in the outbox up to which messages were made.
    pub position: i64,
    /// Places below that one which were not decided when it began.
    pub late: Vec<i64>,
    /// When it began to fail, if it has not succeeded since.
    pub failing_since: Option<Instant>,
    /// How many events it has.
    pub version: i64,
    /// When somebody last changed it.
    pub updated_at: Instant,
}

impl Subscription {
    /// True when an event of that type is asked for.
    pub fn covers(&self, event_type: &str) -> bool {
        self.types.iter().any(|asked| asked.covers(event_type))
    }

    /// True when that very type is asked for, and not only all of its kind.
    pub fn names(&self, event_type: &str) -> bool {
        self.types.iter().any(|asked| asked.names(event_type))
    }

    /// The secrets that sign at that moment, the newest first.
    pub fn secrets(&self, now: Instant) -> Vec<SigningSecret> {
        let previous = self.previous_secret.iter().filter(|(_, until)| *until > now);
        std::iter::once(self.secret.clone())
            .chain(previous.map(|(secret, _)| secret.clone()))
            .collect()
    }
}

/// A message to a subscription: that something happened to a thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Its id, the same however often it is sent.
    pub id: DeliveryId,
    /// To which subscription.
    pub subscription: SubscriptionId,
    /// The place of the event in the outbox; nothing for a ping.
    pub position: Option<i64>,
    /// The thing.
    pub subject: Subject,
    /// The event of the thing.
    pub version: i64,
    /// The type of the event.
    pub event_type: String,
    /// When the event happened.
    pub at: Instant,
    /// When the message was made.
    pub created_at: Instant,
    /// What became of it.
    pub state: DeliveryState,
    /// How often it was sent since it was last asked for.
    pub attempts: i64,
    /// When it is sent next; while it is on its way, when it counts as lost.
    pub next_at: Instant,
    /// HTTP status of the last answer.
    pub status: Option<i64>,
    /// What was wrong with the last attempt.
    pub fault: Option<DeliveryFault>,
    /// When it was delivered or given up.
    pub settled_at: Option<Instant>,
}
