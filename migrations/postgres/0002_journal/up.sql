-- The journal: every change of anything is an event here, in a chain of hashes for each thing.

CREATE TABLE events (
    -- immutable, all of it: the triggers below refuse every change
    subject_id    uuid NOT NULL, -- the thing that changed
    version       bigint NOT NULL CHECK (version >= 1), -- counts the events of the thing, from 1 without gaps
    subject_kind  text COLLATE "C" NOT NULL, -- hazard, enterprise, authority, standard, attachment
    action        text COLLATE "C" NOT NULL,
    from_status   text COLLATE "C",
    to_status     text COLLATE "C",
    at            timestamptz NOT NULL,
    actor         text COLLATE "C" NOT NULL, -- canonical JSON: who did it, as the token said
    payload       text COLLATE "C" NOT NULL, -- canonical JSON (RFC 8785)
    salt          bytea NOT NULL CHECK (length(salt) = 16), -- random, so that a hash cannot be guessed open
    previous_hash bytea CHECK (length(previous_hash) = 32), -- of the event before; null for the first
    hash          bytea NOT NULL CHECK (length(hash) = 32),
    PRIMARY KEY (subject_id, version),
    CHECK ((version = 1) = (previous_hash IS NULL))
);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'events are append-only';
END
$$;

CREATE TRIGGER events_refuse_update BEFORE UPDATE ON events
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER events_refuse_delete BEFORE DELETE ON events
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER events_refuse_truncate BEFORE TRUNCATE ON events
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TABLE outbox (
    -- immutable
    position     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    subject_kind text COLLATE "C" NOT NULL,
    subject_id   uuid NOT NULL,
    version      bigint NOT NULL,
    event_type   text COLLATE "C" NOT NULL, -- hazard.closed
    at           timestamptz NOT NULL
);

CREATE TABLE replies (
    -- immutable until it is swept
    caller       text COLLATE "C" NOT NULL,
    operation    text COLLATE "C" NOT NULL, -- method and path
    key          text COLLATE "C" NOT NULL, -- as the caller sent it
    digest       bytea NOT NULL CHECK (length(digest) = 32), -- of the request that it answers
    status       bigint NOT NULL,
    headers      text COLLATE "C" NOT NULL, -- JSON array of name and value
    body         bytea NOT NULL,
    at           timestamptz NOT NULL,
    PRIMARY KEY (caller, operation, key)
);
CREATE INDEX replies_by_age ON replies (at);

CREATE TABLE service_keys (
    -- immutable
    name  text COLLATE "C" NOT NULL PRIMARY KEY, -- what the key is for; every node of one service uses the same
    value bytea NOT NULL CHECK (length(value) = 32)
);
