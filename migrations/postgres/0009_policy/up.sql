-- Which policy the days of a row were computed under, so that a policy that changes is followed.

CREATE TABLE policies (
    -- immutable
    mark      bigint NOT NULL PRIMARY KEY, -- digest of what days are computed from
    reckoning text COLLATE "C" NOT NULL, -- JSON: calendar and reminders
    -- mutable
    version   text COLLATE "C" NOT NULL, -- what its file calls it
    adopted   bigint NOT NULL -- the highest is the one in force
);

-- A ledger of millions takes longer than a statement of a request may.
SET LOCAL statement_timeout = 0;
-- Nothing where no clock runs; 0 is a policy that nobody has kept.
ALTER TABLE hazard_measures ADD COLUMN reckoned_by bigint;
UPDATE hazard_measures SET reckoned_by = 0 WHERE next_due_on < '9999-12-31';
CREATE INDEX hazard_measures_by_policy ON hazard_measures (reckoned_by, hazard_id) WHERE reckoned_by IS NOT NULL;
RESET statement_timeout;
