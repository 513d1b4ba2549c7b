-- The transparency log: one append-only tree of hashes over every event of the ledger, and the days of public tips.

CREATE TABLE log_head (
    -- immutable
    id       INTEGER NOT NULL PRIMARY KEY, -- one row
    origin   TEXT NOT NULL, -- name of the log and of the keys that sign for it
    -- mutable, and only forward
    size     INTEGER NOT NULL CHECK (size >= 0), -- how many entries there are
    position INTEGER NOT NULL, -- how far of the outbox is in the log
    tips_on  TEXT, -- the last day that tips were put into the log
    CONSTRAINT log_head_is_one CHECK (id = 1)
) STRICT;

CREATE TABLE log_entries (
    -- immutable, all of it: the triggers below refuse every change, as they do of the tables behind it
    place      INTEGER NOT NULL PRIMARY KEY CHECK (place >= 0), -- index of the leaf, from 0 without gaps
    entry      BLOB NOT NULL CHECK (length(entry) = 32), -- hash of an event, or what stands for a day of tips
    subject_id BLOB, -- the hazard; null for a day of tips
    version    INTEGER, -- the event of the hazard
    CONSTRAINT log_entries_are_of_events CHECK ((subject_id IS NULL) = (version IS NULL)),
    UNIQUE (subject_id, version)
) STRICT;
CREATE INDEX log_entries_by_entry ON log_entries (entry);

CREATE TABLE log_tiles (
    level INTEGER NOT NULL CHECK (level >= 1), -- of tiles of 256: a hash stands for 256 to this power of leaves
    place INTEGER NOT NULL, -- index on its level, from 0 without gaps
    hash  BLOB NOT NULL CHECK (length(hash) = 32), -- root of those leaves, all of which are there
    PRIMARY KEY (level, place)
) STRICT;

CREATE TABLE log_checkpoints (
    size      INTEGER NOT NULL PRIMARY KEY, -- how many entries it speaks of
    root      BLOB NOT NULL CHECK (length(root) = 32),
    note      TEXT NOT NULL, -- as it is published, with its signatures
    signed_at INTEGER NOT NULL
) STRICT;

CREATE TABLE log_tip_days (
    place  INTEGER NOT NULL PRIMARY KEY, -- of its entry
    day    TEXT NOT NULL UNIQUE, -- on which it was put into the log
    events INTEGER NOT NULL, -- how many it stands for; often none
    root   BLOB NOT NULL CHECK (length(root) = 32), -- of the tree of their hashes, in the order of the hashes
    salt   BLOB NOT NULL CHECK (length(salt) = 32) -- random, so that nobody learns whether there are any
) STRICT;

CREATE TABLE log_tip_events (
    subject_id BLOB NOT NULL, -- the tip
    version    INTEGER NOT NULL,
    place      INTEGER NOT NULL, -- of the entry of the day
    PRIMARY KEY (subject_id, version)
) STRICT;
CREATE INDEX log_tip_events_by_place ON log_tip_events (place);

-- Whoever puts a day of tips into the log looks for them by this.
CREATE INDEX events_of_tips ON events (subject_id, version) WHERE subject_kind = 'tip';

CREATE TRIGGER log_entries_refuse_update BEFORE UPDATE ON log_entries
BEGIN
    SELECT RAISE(ABORT, 'the log is append-only');
END;

CREATE TRIGGER log_entries_refuse_delete BEFORE DELETE ON log_entries
BEGIN
    SELECT RAISE(ABORT, 'the log is append-only');
END;

CREATE TRIGGER log_tiles_refuse_update BEFORE UPDATE ON log_tiles
BEGIN
    SELECT RAISE(ABORT, 'the log is append-only');
END;

CREATE TRIGGER log_tiles_refuse_delete BEFORE DELETE ON log_tiles
BEGIN
    SELECT RAISE(ABORT, 'the log is append-only');
END;

CREATE TRIGGER log_checkpoints_refuse_update BEFORE UPDATE ON log_checkpoints
BEGIN
    SELECT RAISE(ABORT, 'the log is append-only');
END;

CREATE TRIGGER log_checkpoints_refuse_delete BEFORE DELETE ON log_checkpoints
BEGIN
    SELECT RAISE(ABORT, 'the log is append-only');
END;

CREATE TRIGGER log_tip_days_refuse_update BEFORE UPDATE ON log_tip_days
BEGIN
    SELECT RAISE(ABORT, 'the log is append-only');
END;

CREATE TRIGGER log_tip_days_refuse_delete BEFORE DELETE ON log_tip_days
BEGIN
    SELECT RAISE(ABORT, 'the log is append-only');
END;

CREATE TRIGGER log_tip_events_refuse_update BEFORE UPDATE ON log_tip_events
BEGIN
    SELECT RAISE(ABORT, 'the log is append-only');
END;

CREATE TRIGGER log_tip_events_refuse_delete BEFORE DELETE ON log_tip_events
BEGIN
    SELECT RAISE(ABORT, 'the log is append-only');
END;
