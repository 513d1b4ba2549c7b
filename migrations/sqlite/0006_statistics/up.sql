-- What statistics count. A row of the ledger holds a whole document, and to count from it is to read all of it; here a
-- hazard is as narrow as a count needs. Written in the transaction of the row.

CREATE TABLE hazard_measures (
    -- immutable
    hazard_id      BLOB NOT NULL PRIMARY KEY REFERENCES hazards (id),
    uscc           TEXT NOT NULL, -- of the unit
    area           TEXT NOT NULL,
    industry       TEXT NOT NULL,
    source         TEXT NOT NULL,
    recurs         INTEGER NOT NULL, -- names an earlier hazard of the unit that came back
    reported_at    INTEGER NOT NULL, -- this and every moment here: microseconds since 1970
    -- mutable, with the row of the ledger
    status         TEXT NOT NULL,
    escalation     TEXT NOT NULL,
    listed         INTEGER NOT NULL,
    next_due_on    TEXT NOT NULL,
    campaigns      TEXT NOT NULL, -- codes in the order of the contract, separated by commas
    level          TEXT, -- rank of the supervising authority
    committee      TEXT, -- code of the authority that ordered
    -- The first time that it was open, from its confirmation.
    confirmed_at   INTEGER,
    ended_at       INTEGER,
    closed_on_time INTEGER, -- nothing where it did not end by a sign-off
    CONSTRAINT hazard_measures_ends_after_it_began CHECK (ended_at IS NULL OR confirmed_at IS NOT NULL),
    CONSTRAINT hazard_measures_closed_is_ended CHECK (closed_on_time IS NULL OR ended_at IS NOT NULL)
) STRICT;

-- Every later time that a hazard was open. Few hazards are opened again, so the first time stands above and is counted
-- without a join.
CREATE TABLE hazard_reopenings (
    -- immutable
    hazard_id      BLOB NOT NULL REFERENCES hazards (id),
    version        INTEGER NOT NULL, -- of the event that opened it
    opened_at      INTEGER NOT NULL,
    -- mutable, with the row of the ledger
    ended_at       INTEGER,
    closed_on_time INTEGER,
    PRIMARY KEY (hazard_id, version),
    CONSTRAINT hazard_reopenings_end_by_a_sign_off CHECK ((ended_at IS NULL) = (closed_on_time IS NULL))
) STRICT;

-- The periods of being open, from the events: each begins with a confirmation or a reopening and ends with the event
-- before the next beginning that leads out of it. `due_on` is the day that the order last set before the end.
CREATE TEMP TABLE openings AS
    SELECT subject_id, version, action, at,
           lead(version) OVER (PARTITION BY subject_id ORDER BY version) AS next_version
    FROM events WHERE subject_kind = 'hazard' AND action IN ('confirm', 'reopen');
CREATE TEMP TABLE periods AS
    SELECT o.subject_id, o.version, o.action, o.at AS opened_at, e.at AS ended_at,
           CASE WHEN e.action = 'sign_off' THEN date(e.at / 1000000 + 28800, 'unixepoch') <= (
               SELECT json_extract(d.payload, '$.body.due_on') FROM events d
               WHERE d.subject_id = o.subject_id AND d.version < e.version
                 AND d.action IN ('order', 'reopen', 'decide_extension', 'review', 'reject_sign_off')
                 AND json_extract(d.payload, '$.body.due_on') IS NOT NULL
                 AND coalesce(json_extract(d.payload, '$.body.approved'), 1) = 1
                 AND coalesce(json_extract(d.payload, '$.body.passed'), 0) = 0
               ORDER BY d.version DESC LIMIT 1) END AS closed_on_time
    FROM openings o LEFT JOIN events e
      ON e.subject_id = o.subject_id AND e.version > o.version AND e.version < coalesce(o.next_version, 9223372036854775807)
     AND e.action IN ('sign_off', 'dismiss', 'merge');
CREATE UNIQUE INDEX temp.periods_by_version ON periods (subject_id, version);

INSERT INTO hazard_measures
    SELECT h.id, h.uscc, h.area, h.industry, h.source, h.recurrence_of IS NOT NULL, h.reported_at, h.status, h.escalation,
           coalesce(h.supervision_kind = 'listed', 0), h.next_due_on,
           coalesce((SELECT group_concat(campaign) FROM (
               SELECT c.campaign FROM hazard_campaigns c WHERE c.hazard_id = h.id
               ORDER BY instr('hot_work,confined_space,work_at_height,outsourced_construction', c.campaign))), ''),
           h.supervision_level, h.supervision_authority, p.opened_at, p.ended_at, p.closed_on_time
    FROM hazards h LEFT JOIN periods p ON p.subject_id = h.id AND p.action = 'confirm';
INSERT INTO hazard_reopenings
    SELECT subject_id, version, opened_at, ended_at, closed_on_time FROM periods WHERE action = 'reopen';
DROP TABLE temp.periods;
DROP TABLE temp.openings;
