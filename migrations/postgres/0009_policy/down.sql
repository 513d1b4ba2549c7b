DROP INDEX hazard_measures_by_policy;
ALTER TABLE hazard_measures DROP COLUMN reckoned_by;
DROP TABLE policies;
