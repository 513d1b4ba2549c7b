-- Which policy the days of a row were computed under, so that a policy that changes is followed.

CREATE TABLE policies (
    -- immutable
    mark      INTEGER NOT NULL PRIMARY KEY, -- digest of what days are computed from
    reckoning TEXT NOT NULL, -- JSON: calendar and reminders
    -- mutable
    version   TEXT NOT NULL, -- what its file calls it
    adopted   INTEGER NOT NULL -- the highest is the one in force
) STRICT;

-- Nothing where no clock runs; 0 is a policy that nobody has kept.
ALTER TABLE hazard_measures ADD COLUMN reckoned_by INTEGER;
UPDATE hazard_measures SET reckoned_by = 0 WHERE next_due_on < '9999-12-31';
CREATE INDEX hazard_measures_by_policy ON hazard_measures (reckoned_by, hazard_id) WHERE reckoned_by IS NOT NULL;
