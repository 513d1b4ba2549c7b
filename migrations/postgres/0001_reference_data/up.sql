-- Reference data: who is in charge, what a major hazard is, and which units there are.

CREATE TABLE authorities (
    -- immutable
    id         uuid NOT NULL PRIMARY KEY, -- the stream of its events
    code       text COLLATE "C" NOT NULL CONSTRAINT authorities_code_key UNIQUE,
    created_at timestamptz NOT NULL,
    -- mutable
    name       text COLLATE "C" NOT NULL,
    level      text COLLATE "C" NOT NULL CHECK (level IN ('street', 'district', 'municipal', 'provincial', 'national')),
    parent     text COLLATE "C", -- code of the authority above
    areas      text COLLATE "C" NOT NULL, -- JSON array of area prefixes
    industries text COLLATE "C" NOT NULL, -- JSON array of industry prefixes; empty means all
    version    bigint NOT NULL CHECK (version >= 1),
    updated_at timestamptz NOT NULL
);

CREATE TABLE standards (
    -- immutable: a change of the wording is a new standard
    id              uuid NOT NULL PRIMARY KEY, -- the stream of its events
    code            text COLLATE "C" NOT NULL CONSTRAINT standards_code_key UNIQUE,
    title           text COLLATE "C" NOT NULL,
    document_number text COLLATE "C" NOT NULL,
    issued_by       text COLLATE "C" NOT NULL,
    effective_on    date NOT NULL, -- first day on which its clauses can be cited
    replaces        text COLLATE "C", -- code or document number of what it replaced
    industries      text COLLATE "C" NOT NULL, -- JSON array of industry prefixes
    created_at      timestamptz NOT NULL,
    -- mutable: set when a later standard replaces this one
    repealed_on     date, -- first day on which its clauses can no longer be cited
    version         bigint NOT NULL CHECK (version >= 1),
    CHECK (repealed_on IS NULL OR repealed_on >= effective_on)
);

CREATE TABLE criteria (
    -- immutable
    code       text COLLATE "C" NOT NULL PRIMARY KEY, -- standard and article, MEM10-2023/13.1
    standard   text COLLATE "C" NOT NULL REFERENCES standards (code),
    position   bigint NOT NULL, -- place in the standard, from 0
    article    text COLLATE "C" NOT NULL,
    text       text COLLATE "C" NOT NULL,
    paraphrase boolean NOT NULL -- true where the text is ours and not the wording of the standard
);
CREATE UNIQUE INDEX criteria_by_standard ON criteria (standard, position);

CREATE TABLE enterprises (
    -- immutable
    id               uuid NOT NULL PRIMARY KEY,
    uscc             text COLLATE "C" NOT NULL CONSTRAINT enterprises_uscc_key UNIQUE CHECK (length(uscc) = 18),
    created_at       timestamptz NOT NULL,
    -- mutable
    name             text COLLATE "C" NOT NULL,
    industry         text COLLATE "C" NOT NULL,
    area             text COLLATE "C" NOT NULL,
    address          text COLLATE "C" NOT NULL,
    principal_name   text COLLATE "C" NOT NULL, -- personal data, like the next three
    principal_phone  text COLLATE "C" NOT NULL,
    controller_name  text COLLATE "C",
    controller_phone text COLLATE "C",
    committee        text COLLATE "C", -- code of the committee in charge
    latitude         double precision CHECK (latitude BETWEEN -90 AND 90),
    longitude        double precision CHECK (longitude BETWEEN -180 AND 180),
    version          bigint NOT NULL CHECK (version >= 1),
    updated_at       timestamptz NOT NULL,
    CHECK ((latitude IS NULL) = (longitude IS NULL)),
    CHECK ((controller_name IS NULL) = (controller_phone IS NULL))
);
CREATE INDEX enterprises_by_area ON enterprises (area, id);
CREATE INDEX enterprises_by_industry ON enterprises (industry, id);
CREATE INDEX enterprises_by_name ON enterprises (name, id);

CREATE TABLE attachments (
    -- immutable
    id               uuid NOT NULL PRIMARY KEY,
    sha256           bytea NOT NULL CHECK (length(sha256) = 32), -- name of the bytes in the object store
    size             bigint NOT NULL CHECK (size >= 0),
    media_type       text COLLATE "C" NOT NULL,
    filename         text COLLATE "C",
    uploaded_by      text COLLATE "C" NOT NULL, -- subject of the token
    created_at       timestamptz NOT NULL
);
CREATE INDEX attachments_by_sha256 ON attachments (sha256);
