-- Evidence that is declared before its bytes are here, bytes on their way, and what becomes of evidence that nothing cites.

ALTER TABLE attachments ADD COLUMN declared_at timestamptz; -- immutable; null where the bytes came without a declaration
ALTER TABLE attachments ADD COLUMN state text COLLATE "C" NOT NULL DEFAULT 'verified'
    CHECK (state IN ('declared', 'partial', 'stored', 'verified')); -- mutable
ALTER TABLE attachments ADD COLUMN version bigint NOT NULL DEFAULT 1 CHECK (version >= 1); -- mutable; how many events it has
ALTER TABLE attachments ADD COLUMN captured_at timestamptz; -- mutable; when the camera says that it took the photograph
ALTER TABLE attachments ADD COLUMN latitude double precision CHECK (latitude BETWEEN -90 AND 90); -- mutable; where, as the camera says
ALTER TABLE attachments ADD COLUMN longitude double precision CHECK (longitude BETWEEN -180 AND 180); -- mutable
ALTER TABLE attachments ADD COLUMN collect_at timestamptz; -- mutable; when somebody looks whether anything cites it, null once something does
UPDATE attachments SET collect_at = created_at + interval '30 days';
CREATE INDEX attachments_by_digest ON attachments (sha256, uploaded_by);
CREATE INDEX attachments_to_collect ON attachments (collect_at, id) WHERE collect_at IS NOT NULL;
CREATE INDEX hazard_attachments_by_hazard ON hazard_attachments (hazard_id);

CREATE TABLE inspection_attachments (
    -- immutable
    attachment_id uuid NOT NULL REFERENCES attachments (id),
    inspection_id uuid NOT NULL,
    PRIMARY KEY (attachment_id, inspection_id)
);

CREATE TABLE uploads (
    -- immutable
    id            uuid NOT NULL PRIMARY KEY,
    owner         text COLLATE "C" NOT NULL, -- subject of the token
    actor         text COLLATE "C" NOT NULL, -- JSON: who, as the token said when it began
    length        bigint NOT NULL CHECK (length >= 1), -- in bytes
    media_type    text COLLATE "C" NOT NULL, -- as the sender says
    filename      text COLLATE "C",
    sha256        bytea CHECK (length(sha256) = 32), -- as the sender says
    metadata      text COLLATE "C" NOT NULL, -- all that the sender said, in the form of the protocol
    created_at    timestamptz NOT NULL,
    -- mutable
    received      bigint NOT NULL, -- bytes that are durable, from the first on
    state         text COLLATE "C" NOT NULL CHECK (state IN ('open', 'whole', 'done', 'refused')),
    attachment_id uuid, -- what came of it
    refusal       text COLLATE "C", -- code of the problem that ended it
    expires_at    timestamptz NOT NULL,
    CONSTRAINT uploads_hold_no_more_than_announced CHECK (received BETWEEN 0 AND length),
    CONSTRAINT uploads_end_in_evidence CHECK ((state = 'done') = (attachment_id IS NOT NULL)),
    CONSTRAINT uploads_are_refused_for_a_reason CHECK ((state = 'refused') = (refusal IS NOT NULL))
);
CREATE INDEX uploads_by_owner ON uploads (owner, id);
CREATE INDEX uploads_by_expiry ON uploads (expires_at, id);
CREATE INDEX uploads_whole ON uploads (expires_at, id) WHERE state = 'whole';

CREATE TABLE upload_parts (
    -- immutable
    upload_id uuid NOT NULL REFERENCES uploads (id),
    start     bigint NOT NULL, -- place of its first byte
    size      bigint NOT NULL CHECK (size >= 1), -- in bytes
    object    text COLLATE "C" NOT NULL, -- its name in the object store, below that of the upload
    PRIMARY KEY (upload_id, start)
);

CREATE TABLE loose_bytes (
    -- immutable
    sha256   bytea NOT NULL PRIMARY KEY CHECK (length(sha256) = 32), -- bytes that may be held by no row
    -- mutable
    moved_at timestamptz, -- when they were laid aside; null before
    due_at   timestamptz NOT NULL -- when somebody looks at them
);
CREATE INDEX loose_bytes_by_due ON loose_bytes (due_at);
