DROP TABLE service_keys;
DROP TABLE replies;
DROP TABLE outbox;
DROP TABLE events;
DROP FUNCTION refuse_change();
