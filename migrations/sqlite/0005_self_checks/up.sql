-- Quarterly self-checks: one of each unit and quarter, of which every version is kept.

CREATE TABLE self_checks (
    -- immutable
    id            BLOB NOT NULL PRIMARY KEY, -- the stream of its events
    enterprise_id BLOB NOT NULL REFERENCES enterprises (id),
    quarter       TEXT NOT NULL, -- 2024Q3
    filed_at      INTEGER NOT NULL, -- when the first version came; what is late stays late
    -- mutable
    version       INTEGER NOT NULL CHECK (version >= 1), -- the one in force

    CONSTRAINT self_checks_once_a_quarter UNIQUE (enterprise_id, quarter),
    CONSTRAINT self_checks_quarter_is_one CHECK (length(quarter) = 6 AND substr(quarter, 5, 1) = 'Q'
        AND substr(quarter, 6, 1) IN ('1', '2', '3', '4'))
) STRICT;
CREATE INDEX self_checks_by_quarter ON self_checks (quarter, filed_at, enterprise_id);

CREATE TABLE self_check_versions (
    -- immutable, all of it: the triggers below refuse every change
    self_check_id BLOB NOT NULL REFERENCES self_checks (id),
    version       INTEGER NOT NULL CHECK (version >= 1), -- counts from 1 without gaps
    filed_at      INTEGER NOT NULL,
    performed_on  TEXT NOT NULL,
    document      TEXT NOT NULL, -- JSON: by whom, what was found; names a person
    PRIMARY KEY (self_check_id, version)
) STRICT;

CREATE TRIGGER self_check_versions_refuse_update BEFORE UPDATE ON self_check_versions
BEGIN
    SELECT RAISE(ABORT, 'versions are append-only');
END;

CREATE TRIGGER self_check_versions_refuse_delete BEFORE DELETE ON self_check_versions
BEGIN
    SELECT RAISE(ABORT, 'versions are append-only');
END;

-- Units are walked by area; one of another industry, or registered after the quarter, is passed over without being read.
DROP INDEX enterprises_by_area;
CREATE INDEX enterprises_by_area ON enterprises (area, id, industry, created_at);
