-- What was served on a unit's principal and actual controller, and who has taken note of it.

CREATE TABLE notices (
    -- immutable
    id                   uuid NOT NULL PRIMARY KEY, -- the stream of its events
    number               text COLLATE "C" NOT NULL CONSTRAINT notices_number_key UNIQUE,
    hazard_id            uuid NOT NULL REFERENCES hazards (id),
    hazard_number        text COLLATE "C" NOT NULL,
    enterprise_id        uuid NOT NULL REFERENCES enterprises (id),
    uscc                 text COLLATE "C" NOT NULL, -- of the unit
    area                 text COLLATE "C" NOT NULL,
    industry             text COLLATE "C" NOT NULL,
    kind                 text COLLATE "C" NOT NULL,
    cause                text COLLATE "C" NOT NULL, -- what of the hazard it was served for: no two for one cause
    recipient            text COLLATE "C" NOT NULL CHECK (recipient IN ('principal', 'controller')),
    content              text COLLATE "C" NOT NULL,
    created_at           timestamptz NOT NULL,
    -- mutable: personal data is put right, and the notice taken note of
    recipient_name       text COLLATE "C" NOT NULL,
    recipient_phone      text COLLATE "C",
    version              bigint NOT NULL CHECK (version >= 1),
    acknowledged_at      timestamptz,
    acknowledged_by      text COLLATE "C", -- subject of the token
    acknowledged_by_name text COLLATE "C",
    CONSTRAINT notices_served_once UNIQUE (hazard_id, cause, recipient),
    CONSTRAINT notices_acknowledged_by_somebody CHECK ((acknowledged_at IS NULL) = (acknowledged_by IS NULL)
        AND (acknowledged_at IS NULL) = (acknowledged_by_name IS NULL))
);
CREATE INDEX notices_by_created_at ON notices (created_at, id, area, industry);
CREATE INDEX notices_by_uscc ON notices (uscc, created_at, id);
CREATE INDEX notices_by_hazard ON notices (hazard_id, created_at, id);
-- What nobody has taken note of is looked for most, and becomes rare.
CREATE INDEX notices_open ON notices (created_at, id) WHERE acknowledged_at IS NULL;

-- The day on which the next reminder of a running clock of the unit is served; 9999-12-31 when none is.
ALTER TABLE hazards ADD COLUMN remind_on date NOT NULL DEFAULT '9999-12-31';
CREATE INDEX hazards_by_remind_on ON hazards (remind_on, id) WHERE remind_on < '9999-12-31';
