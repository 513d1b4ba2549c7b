-- Reference data: who is in charge, what a major hazard is, and which units there are.

CREATE TABLE authorities (
    -- immutable
    id         BLOB NOT NULL PRIMARY KEY, -- the stream of its events
    code       TEXT NOT NULL CONSTRAINT authorities_code_key UNIQUE,
    created_at INTEGER NOT NULL,
    -- mutable
    name       TEXT NOT NULL,
    level      TEXT NOT NULL CHECK (level IN ('street', 'district', 'municipal', 'provincial', 'national')),
    parent     TEXT, -- code of the authority above
    areas      TEXT NOT NULL, -- JSON array of area prefixes
    industries TEXT NOT NULL, -- JSON array of industry prefixes; empty means all
    version    INTEGER NOT NULL CHECK (version >= 1),
    updated_at INTEGER NOT NULL
) STRICT;

CREATE TABLE standards (
    -- immutable: a change of the wording is a new standard
    id              BLOB NOT NULL PRIMARY KEY, -- the stream of its events
    code            TEXT NOT NULL CONSTRAINT standards_code_key UNIQUE,
    title           TEXT NOT NULL,
    document_number TEXT NOT NULL,
    issued_by       TEXT NOT NULL,
    effective_on    TEXT NOT NULL, -- first day on which its clauses can be cited
    replaces        TEXT, -- code or document number of what it replaced
    industries      TEXT NOT NULL, -- JSON array of industry prefixes
    created_at      INTEGER NOT NULL,
    -- mutable: set when a later standard replaces this one
    repealed_on     TEXT, -- first day on which its clauses can no longer be cited
    version         INTEGER NOT NULL CHECK (version >= 1),
    CHECK (repealed_on IS NULL OR repealed_on >= effective_on)
) STRICT;

CREATE TABLE criteria (
    -- immutable
    code       TEXT NOT NULL PRIMARY KEY, -- standard and article, MEM10-2023/13.1
    standard   TEXT NOT NULL REFERENCES standards (code),
    position   INTEGER NOT NULL, -- place in the standard, from 0
    article    TEXT NOT NULL,
    text       TEXT NOT NULL,
    paraphrase INTEGER NOT NULL -- true where the text is ours and not the wording of the standard
) STRICT;
CREATE UNIQUE INDEX criteria_by_standard ON criteria (standard, position);

CREATE TABLE enterprises (
    -- immutable
    id               BLOB NOT NULL PRIMARY KEY,
    uscc             TEXT NOT NULL CONSTRAINT enterprises_uscc_key UNIQUE CHECK (length(uscc) = 18),
    created_at       INTEGER NOT NULL,
    -- mutable
    name             TEXT NOT NULL,
    industry         TEXT NOT NULL,
    area             TEXT NOT NULL,
    address          TEXT NOT NULL,
    principal_name   TEXT NOT NULL, -- personal data, like the next three
    principal_phone  TEXT NOT NULL,
    controller_name  TEXT,
    controller_phone TEXT,
    committee        TEXT, -- code of the committee in charge
    latitude         REAL CHECK (latitude BETWEEN -90 AND 90),
    longitude        REAL CHECK (longitude BETWEEN -180 AND 180),
    version          INTEGER NOT NULL CHECK (version >= 1),
    updated_at       INTEGER NOT NULL,
    CHECK ((latitude IS NULL) = (longitude IS NULL)),
    CHECK ((controller_name IS NULL) = (controller_phone IS NULL))
) STRICT;
CREATE INDEX enterprises_by_area ON enterprises (area, id);
CREATE INDEX enterprises_by_industry ON enterprises (industry, id);
CREATE INDEX enterprises_by_name ON enterprises (name, id);

CREATE TABLE attachments (
    -- immutable
    id               BLOB NOT NULL PRIMARY KEY,
    sha256           BLOB NOT NULL CHECK (length(sha256) = 32), -- name of the bytes in the object store
    size             INTEGER NOT NULL CHECK (size >= 0),
    media_type       TEXT NOT NULL,
    filename         TEXT,
    uploaded_by      TEXT NOT NULL, -- subject of the token
    created_at       INTEGER NOT NULL
) STRICT;
CREATE INDEX attachments_by_sha256 ON attachments (sha256);
