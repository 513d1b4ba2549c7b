DROP INDEX events_of_tips;
DROP TABLE log_tip_events;
DROP TABLE log_tip_days;
DROP TABLE log_checkpoints;
DROP TABLE log_tiles;
DROP TABLE log_entries;
DROP TABLE log_head;
DROP FUNCTION refuse_change_of_log;
