DROP INDEX hazards_by_remind_on;
ALTER TABLE hazards DROP COLUMN remind_on;
DROP TABLE notices;
