-- Penalties as statistics count them; the hazard's own document has the whole of each. Written in the transaction of the
-- hazard's row.

CREATE TABLE hazard_penalties (
    -- immutable
    hazard_id  uuid NOT NULL REFERENCES hazards (id),
    place      bigint NOT NULL, -- among the penalties of the hazard, from 0
    kind       text COLLATE "C" NOT NULL,
    decided_on date NOT NULL,
    unit_fen   bigint, -- what the unit pays
    person     boolean NOT NULL, -- whether a person is punished
    person_fen bigint, -- what the person pays
    PRIMARY KEY (hazard_id, place),
    CONSTRAINT hazard_penalties_amount_of_somebody CHECK (person_fen IS NULL OR person)
);
CREATE INDEX hazard_penalties_by_day ON hazard_penalties (decided_on, hazard_id);

-- A ledger of millions takes longer than a statement of a request may.
SET LOCAL statement_timeout = 0;
-- Amounts stand in documents as yuan with two places.
INSERT INTO hazard_penalties
    SELECT h.id, p.place - 1, p.value ->> 'kind', (p.value ->> 'decided_on')::date,
           replace(p.value ->> 'unit_amount_cny', '.', '')::bigint,
           p.value ->> 'person' IS NOT NULL,
           replace(p.value ->> 'person_amount_cny', '.', '')::bigint
    FROM hazards h, jsonb_array_elements(h.document::jsonb -> 'penalties') WITH ORDINALITY AS p (value, place);
RESET statement_timeout;
