-- The transparency log: one append-only tree of hashes over every event of the ledger, and the days of public tips.

CREATE TABLE log_head (
    -- immutable
    id       bigint NOT NULL PRIMARY KEY, -- one row
    origin   text COLLATE "C" NOT NULL, -- name of the log and of the keys that sign for it
    -- mutable, and only forward
    size     bigint NOT NULL CHECK (size >= 0), -- how many entries there are
    position bigint NOT NULL, -- how far of the outbox is in the log
    tips_on  date, -- the last day that tips were put into the log
    CONSTRAINT log_head_is_one CHECK (id = 1)
);

CREATE TABLE log_entries (
    -- immutable, all of it: the triggers below refuse every change, as they do of the tables behind it
    place      bigint NOT NULL PRIMARY KEY CHECK (place >= 0), -- index of the leaf, from 0 without gaps
    entry      bytea NOT NULL CHECK (length(entry) = 32), -- hash of an event, or what stands for a day of tips
    subject_id uuid, -- the hazard; null for a day of tips
    version    bigint, -- the event of the hazard
    CONSTRAINT log_entries_are_of_events CHECK ((subject_id IS NULL) = (version IS NULL)),
    UNIQUE (subject_id, version)
);
CREATE INDEX log_entries_by_entry ON log_entries (entry);

CREATE TABLE log_tiles (
    level bigint NOT NULL CHECK (level >= 1), -- of tiles of 256: a hash stands for 256 to this power of leaves
    place bigint NOT NULL, -- index on its level, from 0 without gaps
    hash  bytea NOT NULL CHECK (length(hash) = 32), -- root of those leaves, all of which are there
    PRIMARY KEY (level, place)
);

CREATE TABLE log_checkpoints (
    size      bigint NOT NULL PRIMARY KEY, -- how many entries it speaks of
    root      bytea NOT NULL CHECK (length(root) = 32),
    note      text COLLATE "C" NOT NULL, -- as it is published, with its signatures
    signed_at timestamptz NOT NULL
);

CREATE TABLE log_tip_days (
    place  bigint NOT NULL PRIMARY KEY, -- of its entry
    day    date NOT NULL UNIQUE, -- on which it was put into the log
    events bigint NOT NULL, -- how many it stands for; often none
    root   bytea NOT NULL CHECK (length(root) = 32), -- of the tree of their hashes, in the order of the hashes
    salt   bytea NOT NULL CHECK (length(salt) = 32) -- random, so that nobody learns whether there are any
);

CREATE TABLE log_tip_events (
    subject_id uuid NOT NULL, -- the tip
    version    bigint NOT NULL,
    place      bigint NOT NULL, -- of the entry of the day
    PRIMARY KEY (subject_id, version)
);
CREATE INDEX log_tip_events_by_place ON log_tip_events (place);

-- A ledger of millions takes longer than a statement of a request may.
SET LOCAL statement_timeout = 0;
-- Whoever puts a day of tips into the log looks for them by this.
CREATE INDEX events_of_tips ON events (subject_id, version) WHERE subject_kind = 'tip';
RESET statement_timeout;

CREATE FUNCTION refuse_change_of_log() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the log is append-only';
END
$$;

CREATE TRIGGER log_entries_refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON log_entries
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_log();
CREATE TRIGGER log_tiles_refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON log_tiles
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_log();
CREATE TRIGGER log_checkpoints_refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON log_checkpoints
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_log();
CREATE TRIGGER log_tip_days_refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON log_tip_days
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_log();
CREATE TRIGGER log_tip_events_refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON log_tip_events
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_log();
