-- Who took which part of the ledger along, and when.

CREATE TABLE hazard_exports (
    -- immutable
    id       uuid NOT NULL PRIMARY KEY, -- the stream of its events; in the order of time
    area     text COLLATE "C" NOT NULL, -- what every area that it could reach into begins with; empty for no bound
    begun_at timestamptz NOT NULL, -- before the first byte left
    asked    text COLLATE "C" NOT NULL, -- JSON: by whom, and what was asked for
    -- mutable
    state    text COLLATE "C" NOT NULL CHECK (state IN ('running', 'complete', 'broken_off')),
    rows_out bigint CHECK (rows_out >= 0), -- hazards that went out
    ended_at timestamptz,
    CONSTRAINT hazard_exports_end_with_a_count CHECK ((state = 'running') = (rows_out IS NULL) AND (state = 'running') = (ended_at IS NULL))
);
CREATE INDEX hazard_exports_by_area ON hazard_exports (area, id);
