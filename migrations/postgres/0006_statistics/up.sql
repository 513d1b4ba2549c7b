-- What statistics count. A row of the ledger holds a whole document, and to count from it is to read all of it; here a
-- hazard is as narrow as a count needs. Written in the transaction of the row.

CREATE TABLE hazard_measures (
    -- immutable
    hazard_id      uuid NOT NULL PRIMARY KEY REFERENCES hazards (id),
    uscc           text COLLATE "C" NOT NULL, -- of the unit
    area           text COLLATE "C" NOT NULL,
    industry       text COLLATE "C" NOT NULL,
    source         text COLLATE "C" NOT NULL,
    recurs         boolean NOT NULL, -- names an earlier hazard of the unit that came back
    reported_at    bigint NOT NULL, -- this and every moment here: microseconds since 1970
    -- mutable, with the row of the ledger
    status         text COLLATE "C" NOT NULL,
    escalation     text COLLATE "C" NOT NULL,
    listed         boolean NOT NULL,
    next_due_on    date NOT NULL,
    campaigns      text COLLATE "C" NOT NULL, -- codes in the order of the contract, separated by commas
    level          text COLLATE "C", -- rank of the supervising authority
    committee      text COLLATE "C", -- code of the authority that ordered
    -- The first time that it was open, from its confirmation.
    confirmed_at   bigint,
    ended_at       bigint,
    closed_on_time boolean, -- nothing where it did not end by a sign-off
    CONSTRAINT hazard_measures_ends_after_it_began CHECK (ended_at IS NULL OR confirmed_at IS NOT NULL),
    CONSTRAINT hazard_measures_closed_is_ended CHECK (closed_on_time IS NULL OR ended_at IS NOT NULL)
);

-- Every later time that a hazard was open. Few hazards are opened again, so the first time stands above and is counted
-- without a join.
CREATE TABLE hazard_reopenings (
    -- immutable
    hazard_id      uuid NOT NULL REFERENCES hazards (id),
    version        bigint NOT NULL, -- of the event that opened it
    opened_at      bigint NOT NULL,
    -- mutable, with the row of the ledger
    ended_at       bigint,
    closed_on_time boolean,
    PRIMARY KEY (hazard_id, version),
    CONSTRAINT hazard_reopenings_end_by_a_sign_off CHECK ((ended_at IS NULL) = (closed_on_time IS NULL))
);

-- A ledger of millions takes longer than a statement of a request may.
SET LOCAL statement_timeout = 0;

-- The periods of being open, from the events: each begins with a confirmation or a reopening and ends with the event
-- before the next beginning that leads out of it. `due_on` is the day that the order last set before the end.
CREATE TEMP TABLE openings ON COMMIT DROP AS
    SELECT subject_id, version, action, at,
           lead(version) OVER (PARTITION BY subject_id ORDER BY version) AS next_version
    FROM events WHERE subject_kind = 'hazard' AND action IN ('confirm', 'reopen');
CREATE TEMP TABLE periods ON COMMIT DROP AS
    SELECT o.subject_id, o.version, o.action,
           (extract(epoch FROM o.at) * 1000000)::bigint AS opened_at, (extract(epoch FROM e.at) * 1000000)::bigint AS ended_at,
           CASE WHEN e.action = 'sign_off' THEN to_char(e.at AT TIME ZONE 'UTC' + interval '8 hours', 'YYYY-MM-DD') <= (
               SELECT d.payload::jsonb #>> '{body,due_on}' FROM events d
               WHERE d.subject_id = o.subject_id AND d.version < e.version
                 AND d.action IN ('order', 'reopen', 'decide_extension', 'review', 'reject_sign_off')
                 AND d.payload::jsonb #>> '{body,due_on}' IS NOT NULL
                 AND coalesce(d.payload::jsonb #>> '{body,approved}', 'true') = 'true'
                 AND coalesce(d.payload::jsonb #>> '{body,passed}', 'false') = 'false'
               ORDER BY d.version DESC LIMIT 1) END AS closed_on_time
    FROM openings o LEFT JOIN events e
      ON e.subject_id = o.subject_id AND e.version > o.version AND e.version < coalesce(o.next_version, 9223372036854775807)
     AND e.action IN ('sign_off', 'dismiss', 'merge');

INSERT INTO hazard_measures
    SELECT h.id, h.uscc, h.area, h.industry, h.source, h.recurrence_of IS NOT NULL,
           (extract(epoch FROM h.reported_at) * 1000000)::bigint, h.status, h.escalation,
           coalesce(h.supervision_kind = 'listed', false), h.next_due_on,
           coalesce((SELECT string_agg(c.campaign, ',' ORDER BY
               strpos('hot_work,confined_space,work_at_height,outsourced_construction', c.campaign))
               FROM hazard_campaigns c WHERE c.hazard_id = h.id), ''),
           h.supervision_level, h.supervision_authority, p.opened_at, p.ended_at, p.closed_on_time
    FROM hazards h LEFT JOIN periods p ON p.subject_id = h.id AND p.action = 'confirm';
INSERT INTO hazard_reopenings
    SELECT subject_id, version, opened_at, ended_at, closed_on_time FROM periods WHERE action = 'reopen';
DROP TABLE periods;
DROP TABLE openings;
RESET statement_timeout;
