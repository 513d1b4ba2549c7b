-- Evidence that is declared before its bytes are here, bytes on their way, and what becomes of evidence that nothing cites.

ALTER TABLE attachments ADD COLUMN declared_at INTEGER; -- immutable; null where the bytes came without a declaration
ALTER TABLE attachments ADD COLUMN state TEXT NOT NULL DEFAULT 'verified'
    CHECK (state IN ('declared', 'partial', 'stored', 'verified')); -- mutable
ALTER TABLE attachments ADD COLUMN version INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1); -- mutable; how many events it has
ALTER TABLE attachments ADD COLUMN captured_at INTEGER; -- mutable; when the camera says that it took the photograph
ALTER TABLE attachments ADD COLUMN latitude REAL CHECK (latitude BETWEEN -90 AND 90); -- mutable; where, as the camera says
ALTER TABLE attachments ADD COLUMN longitude REAL CHECK (longitude BETWEEN -180 AND 180); -- mutable
ALTER TABLE attachments ADD COLUMN collect_at INTEGER; -- mutable; when somebody looks whether anything cites it, null once something does
UPDATE attachments SET collect_at = created_at + 2592000000000;
CREATE INDEX attachments_by_digest ON attachments (sha256, uploaded_by);
CREATE INDEX attachments_to_collect ON attachments (collect_at, id) WHERE collect_at IS NOT NULL;
CREATE INDEX hazard_attachments_by_hazard ON hazard_attachments (hazard_id);

CREATE TABLE inspection_attachments (
    -- immutable
    attachment_id BLOB NOT NULL REFERENCES attachments (id),
    inspection_id BLOB NOT NULL,
    PRIMARY KEY (attachment_id, inspection_id)
) STRICT;

CREATE TABLE uploads (
    -- immutable
    id            BLOB NOT NULL PRIMARY KEY,
    owner         TEXT NOT NULL, -- subject of the token
    actor         TEXT NOT NULL, -- JSON: who, as the token said when it began
    length        INTEGER NOT NULL CHECK (length >= 1), -- in bytes
    media_type    TEXT NOT NULL, -- as the sender says
    filename      TEXT,
    sha256        BLOB CHECK (length(sha256) = 32), -- as the sender says
    metadata      TEXT NOT NULL, -- all that the sender said, in the form of the protocol
    created_at    INTEGER NOT NULL,
    -- mutable
    received      INTEGER NOT NULL, -- bytes that are durable, from the first on
    state         TEXT NOT NULL CHECK (state IN ('open', 'whole', 'done', 'refused')),
    attachment_id BLOB, -- what came of it
    refusal       TEXT, -- code of the problem that ended it
    expires_at    INTEGER NOT NULL,
    CONSTRAINT uploads_hold_no_more_than_announced CHECK (received BETWEEN 0 AND length),
    CONSTRAINT uploads_end_in_evidence CHECK ((state = 'done') = (attachment_id IS NOT NULL)),
    CONSTRAINT uploads_are_refused_for_a_reason CHECK ((state = 'refused') = (refusal IS NOT NULL))
) STRICT;
CREATE INDEX uploads_by_owner ON uploads (owner, id);
CREATE INDEX uploads_by_expiry ON uploads (expires_at, id);
CREATE INDEX uploads_whole ON uploads (expires_at, id) WHERE state = 'whole';

CREATE TABLE upload_parts (
    -- immutable
    upload_id BLOB NOT NULL REFERENCES uploads (id),
    start     INTEGER NOT NULL, -- place of its first byte
    size      INTEGER NOT NULL CHECK (size >= 1), -- in bytes
    object    TEXT NOT NULL, -- its name in the object store, below that of the upload
    PRIMARY KEY (upload_id, start)
) STRICT;

CREATE TABLE loose_bytes (
    -- immutable
    sha256   BLOB NOT NULL PRIMARY KEY CHECK (length(sha256) = 32), -- bytes that may be held by no row
    -- mutable
    moved_at INTEGER, -- when they were laid aside; null before
    due_at   INTEGER NOT NULL -- when somebody looks at them
) STRICT;
CREATE INDEX loose_bytes_by_due ON loose_bytes (due_at);
