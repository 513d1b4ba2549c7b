-- Who is told of events by webhook, and what became of each message.

CREATE TABLE subscriptions (
    -- immutable
    id                    uuid NOT NULL PRIMARY KEY, -- the stream of its events
    owner                 text COLLATE "C" NOT NULL, -- subject of the token
    created_at            timestamptz NOT NULL,
    -- mutable
    rights                text COLLATE "C" NOT NULL, -- JSON: what the owner's token said last
    url                   text COLLATE "C" NOT NULL, -- may hold a key of the receiver: never logged
    types                 text COLLATE "C" NOT NULL, -- JSON array: hazard.closed, hazard.*
    description           text COLLATE "C",
    state                 text COLLATE "C" NOT NULL CHECK (state IN ('active', 'paused', 'disabled')),
    standstill            text COLLATE "C" CHECK (standstill IN ('requested', 'failing', 'gone')), -- why it is not active
    secret                bytea NOT NULL CHECK (length(secret) = 32), -- signs; shown once
    previous_secret       bytea CHECK (length(previous_secret) = 32), -- signs as well until it expires
    previous_secret_until timestamptz,
    position              bigint NOT NULL, -- of the outbox, up to which messages were made
    late                  text COLLATE "C" NOT NULL, -- JSON array: positions below it that were not decided at the beginning
    failing_since         timestamptz, -- first failure after the last success
    version               bigint NOT NULL CHECK (version >= 1),
    updated_at            timestamptz NOT NULL,
    CONSTRAINT subscriptions_stand_still_for_a_reason CHECK ((state = 'active') = (standstill IS NULL)),
    CONSTRAINT subscriptions_previous_secret_expires CHECK ((previous_secret IS NULL) = (previous_secret_until IS NULL))
);
CREATE INDEX subscriptions_by_owner ON subscriptions (owner, id);

CREATE TABLE deliveries (
    -- immutable
    id              uuid NOT NULL PRIMARY KEY, -- `webhook-id`: the same however often it is sent
    subscription_id uuid NOT NULL REFERENCES subscriptions (id),
    position        bigint, -- of the outbox; null for a ping
    subject_kind    text COLLATE "C" NOT NULL,
    subject_id      uuid NOT NULL,
    version         bigint NOT NULL, -- of the subject's event
    event_type      text COLLATE "C" NOT NULL,
    at              timestamptz NOT NULL, -- of the event
    created_at      timestamptz NOT NULL,
    -- mutable
    state           text COLLATE "C" NOT NULL CHECK (state IN ('pending', 'delivered', 'failed')),
    attempts        bigint NOT NULL CHECK (attempts >= 0), -- since it was asked for
    next_at         timestamptz NOT NULL, -- not before then; while it is on its way, when it counts as lost
    status          bigint, -- of the last answer
    fault           text COLLATE "C", -- of the last attempt
    settled_at      timestamptz, -- when it was delivered or given up
    CONSTRAINT deliveries_once UNIQUE (subscription_id, position)
);
CREATE INDEX deliveries_by_subscription ON deliveries (subscription_id, id);
CREATE INDEX deliveries_by_age ON deliveries (created_at, id);
CREATE INDEX deliveries_due ON deliveries (subscription_id, next_at, id) WHERE state = 'pending';
CREATE INDEX deliveries_in_order ON deliveries (subscription_id, subject_id, position) WHERE state = 'pending';
CREATE INDEX deliveries_waiting ON deliveries (created_at) WHERE state = 'pending';

CREATE TABLE notice_deliveries (
    -- immutable
    delivery_id uuid NOT NULL PRIMARY KEY, -- the message by which a gateway took it
    notice_id   uuid NOT NULL REFERENCES notices (id),
    at          timestamptz NOT NULL
);
CREATE INDEX notice_deliveries_by_notice ON notice_deliveries (notice_id, at);
