DROP TABLE replies;
DROP TABLE outbox;
DROP TABLE events;
