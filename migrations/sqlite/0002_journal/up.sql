-- The journal: every change of anything is an event here, in a chain of hashes for each thing.

CREATE TABLE events (
    -- immutable, all of it: the triggers below refuse every change
    subject_id    BLOB NOT NULL, -- the thing that changed
    version       INTEGER NOT NULL CHECK (version >= 1), -- counts the events of the thing, from 1 without gaps
    subject_kind  TEXT NOT NULL, -- hazard, enterprise, authority, standard, attachment
    action        TEXT NOT NULL,
    from_status   TEXT,
    to_status     TEXT,
    at            INTEGER NOT NULL,
    actor         TEXT NOT NULL, -- canonical JSON: who did it, as the token said
    payload       TEXT NOT NULL, -- canonical JSON (RFC 8785)
    salt          BLOB NOT NULL CHECK (length(salt) = 16), -- random, so that a hash cannot be guessed open
    previous_hash BLOB CHECK (length(previous_hash) = 32), -- of the event before; null for the first
    hash          BLOB NOT NULL CHECK (length(hash) = 32),
    PRIMARY KEY (subject_id, version),
    CHECK ((version = 1) = (previous_hash IS NULL))
) STRICT;

CREATE TRIGGER events_refuse_update BEFORE UPDATE ON events
BEGIN
    SELECT RAISE(ABORT, 'events are append-only');
END;

CREATE TRIGGER events_refuse_delete BEFORE DELETE ON events
BEGIN
    SELECT RAISE(ABORT, 'events are append-only');
END;

CREATE TABLE outbox (
    -- immutable
    position     INTEGER PRIMARY KEY AUTOINCREMENT,
    subject_kind TEXT NOT NULL,
    subject_id   BLOB NOT NULL,
    version      INTEGER NOT NULL,
    event_type   TEXT NOT NULL, -- hazard.closed
    at           INTEGER NOT NULL
) STRICT;

CREATE TABLE replies (
    -- immutable until it is swept
    caller       TEXT NOT NULL,
    operation    TEXT NOT NULL, -- method and path
    key          TEXT NOT NULL, -- as the caller sent it
    digest       BLOB NOT NULL CHECK (length(digest) = 32), -- of the request that it answers
    status       INTEGER NOT NULL,
    headers      TEXT NOT NULL, -- JSON array of name and value
    body         BLOB NOT NULL,
    at           INTEGER NOT NULL,
    PRIMARY KEY (caller, operation, key)
) STRICT;
CREATE INDEX replies_by_age ON replies (at);

CREATE TABLE service_keys (
    -- immutable
    name  TEXT NOT NULL PRIMARY KEY, -- what the key is for; every node of one service uses the same
    value BLOB NOT NULL CHECK (length(value) = 32)
) STRICT;
