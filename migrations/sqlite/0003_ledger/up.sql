-- The ledger. `document` is the fold of a hazard's events; the other columns repeat what is filtered, sorted or checked.

CREATE TABLE number_series (
    county  TEXT NOT NULL,
    year    INTEGER NOT NULL,
    -- mutable
    last    INTEGER NOT NULL CHECK (last >= 1),
    PRIMARY KEY (county, year)
) STRICT;

CREATE TABLE hazards (
    -- immutable
    id                    BLOB NOT NULL PRIMARY KEY,
    number                TEXT NOT NULL CONSTRAINT hazards_number_key UNIQUE,
    source                TEXT NOT NULL CHECK (source IN ('self_report', 'inspection', 'public_tip')),
    enterprise_id         BLOB NOT NULL REFERENCES enterprises (id),
    uscc                  TEXT NOT NULL, -- of the unit
    reported_at           INTEGER NOT NULL,
    reported_by           TEXT NOT NULL, -- subject of the token; never shown to the unit
    recurrence_of         BLOB REFERENCES hazards (id),
    -- mutable, by events only
    version               INTEGER NOT NULL CHECK (version >= 1),
    status                TEXT NOT NULL CHECK (status IN ('reported', 'confirmed', 'supervised', 'plan_review', 'rectifying',
                              'awaiting_review', 'awaiting_sign_off', 'closed', 'dismissed', 'merged')),
    found_on              TEXT NOT NULL,
    found_level           TEXT CHECK (found_level IN ('street', 'district', 'municipal', 'provincial', 'national')),
    industry              TEXT NOT NULL,
    area                  TEXT NOT NULL,
    supervision_kind      TEXT CHECK (supervision_kind IN ('ordinary', 'listed')),
    supervision_level     TEXT CHECK (supervision_level IN ('street', 'district', 'municipal', 'provincial', 'national')),
    supervision_authority TEXT, -- organization of the caller who ordered
    production            TEXT NOT NULL CHECK (production IN ('running', 'partially_suspended', 'suspended')),
    escalation            TEXT NOT NULL CHECK (escalation IN ('none', 'letter', 'circular', 'interview', 'exposure')),
    next_due_on           TEXT NOT NULL, -- end of the clock that ends first; 9999-12-31 when none runs
    reviewed_by           TEXT, -- who recorded the review that passed
    signed_off_by         TEXT,
    merged_into           BLOB REFERENCES hazards (id),
    updated_at            INTEGER NOT NULL,
    closed_at             INTEGER,
    document              TEXT NOT NULL, -- JSON, the whole hazard

    -- What must always hold, as far as a row can show it.
    CONSTRAINT hazards_closed_has_its_day CHECK ((status = 'closed') = (closed_at IS NOT NULL)),
    CONSTRAINT hazards_closed_by_another CHECK (status <> 'closed' OR (reviewed_by IS NOT NULL AND signed_off_by IS NOT NULL
        AND signed_off_by <> reviewed_by AND signed_off_by <> reported_by)),
    CONSTRAINT hazards_merged_somewhere CHECK ((status = 'merged') = (merged_into IS NOT NULL) AND merged_into <> id),
    CONSTRAINT hazards_judged_once_confirmed CHECK (status IN ('reported', 'dismissed', 'merged') OR found_level IS NOT NULL),
    CONSTRAINT hazards_order_is_whole CHECK ((supervision_kind IS NULL) = (supervision_level IS NULL)),
    CONSTRAINT hazards_ordered_once_supervised CHECK ((status IN ('supervised', 'plan_review', 'rectifying', 'awaiting_review',
        'awaiting_sign_off', 'closed')) = (supervision_kind IS NOT NULL)),
    CONSTRAINT hazards_municipal_find_is_listed CHECK (supervision_kind IS NULL OR supervision_kind = 'listed'
        OR found_level IN ('street', 'district')),
    CONSTRAINT hazards_open_has_a_clock CHECK ((status IN ('closed', 'dismissed', 'merged')) = (next_due_on = '9999-12-31')),
    CONSTRAINT hazards_closed_runs CHECK (status <> 'closed' OR production = 'running')
) STRICT;
CREATE INDEX hazards_by_reported_at ON hazards (reported_at, id);
CREATE INDEX hazards_by_updated_at ON hazards (updated_at, id);
CREATE INDEX hazards_by_due_on ON hazards (next_due_on, id);
CREATE INDEX hazards_by_status ON hazards (status, reported_at, id);
CREATE INDEX hazards_by_uscc ON hazards (uscc, reported_at, id);
CREATE INDEX hazards_by_enterprise ON hazards (enterprise_id, reported_at, id);
CREATE INDEX hazards_by_closed_at ON hazards (closed_at, id);
CREATE INDEX hazards_by_merged_into ON hazards (merged_into);

CREATE TABLE hazard_criteria (
    criterion TEXT NOT NULL,
    hazard_id BLOB NOT NULL REFERENCES hazards (id),
    PRIMARY KEY (criterion, hazard_id)
) STRICT;
CREATE INDEX hazard_criteria_by_hazard ON hazard_criteria (hazard_id);

CREATE TABLE hazard_campaigns (
    campaign  TEXT NOT NULL,
    hazard_id BLOB NOT NULL REFERENCES hazards (id),
    PRIMARY KEY (campaign, hazard_id)
) STRICT;
CREATE INDEX hazard_campaigns_by_hazard ON hazard_campaigns (hazard_id);

CREATE TABLE hazard_attachments (
    -- immutable
    attachment_id BLOB NOT NULL REFERENCES attachments (id),
    hazard_id     BLOB NOT NULL REFERENCES hazards (id),
    stage         TEXT NOT NULL CHECK (stage IN ('report', 'completion', 'evaluation', 'review')),
    PRIMARY KEY (attachment_id, hazard_id, stage)
) STRICT;

-- Words and pairs of Chinese characters of title, description, address and unit, each for `MATCH`.
CREATE VIRTUAL TABLE hazard_search USING fts5 (hazard_id UNINDEXED, tokens, tokenize = 'unicode61');
