-- Who is told of events by webhook, and what became of each message.

CREATE TABLE subscriptions (
    -- immutable
    id                    BLOB NOT NULL PRIMARY KEY, -- the stream of its events
    owner                 TEXT NOT NULL, -- subject of the token
    created_at            INTEGER NOT NULL,
    -- mutable
    rights                TEXT NOT NULL, -- JSON: what the owner's token said last
    url                   TEXT NOT NULL, -- may hold a key of the receiver: never logged
    types                 TEXT NOT NULL, -- JSON array: hazard.closed, hazard.*
    description           TEXT,
    state                 TEXT NOT NULL CHECK (state IN ('active', 'paused', 'disabled')),
    standstill            TEXT CHECK (standstill IN ('requested', 'failing', 'gone')), -- why it is not active
    secret                BLOB NOT NULL CHECK (length(secret) = 32), -- signs; shown once
    previous_secret       BLOB CHECK (length(previous_secret) = 32), -- signs as well until it expires
    previous_secret_until INTEGER,
    position              INTEGER NOT NULL, -- of the outbox, up to which messages were made
    late                  TEXT NOT NULL, -- JSON array: positions below it that were not decided at the beginning
    failing_since         INTEGER, -- first failure after the last success
    version               INTEGER NOT NULL CHECK (version >= 1),
    updated_at            INTEGER NOT NULL,
    CONSTRAINT subscriptions_stand_still_for_a_reason CHECK ((state = 'active') = (standstill IS NULL)),
    CONSTRAINT subscriptions_previous_secret_expires CHECK ((previous_secret IS NULL) = (previous_secret_until IS NULL))
) STRICT;
CREATE INDEX subscriptions_by_owner ON subscriptions (owner, id);

CREATE TABLE deliveries (
    -- immutable
    id              BLOB NOT NULL PRIMARY KEY, -- `webhook-id`: the same however often it is sent
    subscription_id BLOB NOT NULL REFERENCES subscriptions (id),
    position        INTEGER, -- of the outbox; null for a ping
    subject_kind    TEXT NOT NULL,
    subject_id      BLOB NOT NULL,
    version         INTEGER NOT NULL, -- of the subject's event
    event_type      TEXT NOT NULL,
    at              INTEGER NOT NULL, -- of the event
    created_at      INTEGER NOT NULL,
    -- mutable
    state           TEXT NOT NULL CHECK (state IN ('pending', 'delivered', 'failed')),
    attempts        INTEGER NOT NULL CHECK (attempts >= 0), -- since it was asked for
    next_at         INTEGER NOT NULL, -- not before then; while it is on its way, when it counts as lost
    status          INTEGER, -- of the last answer
    fault           TEXT, -- of the last attempt
    settled_at      INTEGER, -- when it was delivered or given up
    CONSTRAINT deliveries_once UNIQUE (subscription_id, position)
) STRICT;
CREATE INDEX deliveries_by_subscription ON deliveries (subscription_id, id);
CREATE INDEX deliveries_by_age ON deliveries (created_at, id);
CREATE INDEX deliveries_due ON deliveries (subscription_id, next_at, id) WHERE state = 'pending';
CREATE INDEX deliveries_in_order ON deliveries (subscription_id, subject_id, position) WHERE state = 'pending';
CREATE INDEX deliveries_waiting ON deliveries (created_at) WHERE state = 'pending';

CREATE TABLE notice_deliveries (
    -- immutable
    delivery_id BLOB NOT NULL PRIMARY KEY, -- the message by which a gateway took it
    notice_id   BLOB NOT NULL REFERENCES notices (id),
    at          INTEGER NOT NULL
) STRICT;
CREATE INDEX notice_deliveries_by_notice ON notice_deliveries (notice_id, at);
