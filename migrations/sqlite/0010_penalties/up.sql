-- Penalties as statistics count them; the hazard's own document has the whole of each. Written in the transaction of the
-- hazard's row.

CREATE TABLE hazard_penalties (
    -- immutable
    hazard_id  BLOB NOT NULL REFERENCES hazards (id),
    place      INTEGER NOT NULL, -- among the penalties of the hazard, from 0
    kind       TEXT NOT NULL,
    decided_on TEXT NOT NULL,
    unit_fen   INTEGER, -- what the unit pays
    person     INTEGER NOT NULL, -- whether a person is punished
    person_fen INTEGER, -- what the person pays
    PRIMARY KEY (hazard_id, place),
    CONSTRAINT hazard_penalties_amount_of_somebody CHECK (person_fen IS NULL OR person = 1)
) STRICT;
CREATE INDEX hazard_penalties_by_day ON hazard_penalties (decided_on, hazard_id);

-- Amounts stand in documents as yuan with two places.
INSERT INTO hazard_penalties
    SELECT h.id, p.key, json_extract(p.value, '$.kind'), json_extract(p.value, '$.decided_on'),
           CAST(replace(json_extract(p.value, '$.unit_amount_cny'), '.', '') AS INTEGER),
           json_extract(p.value, '$.person') IS NOT NULL,
           CAST(replace(json_extract(p.value, '$.person_amount_cny'), '.', '') AS INTEGER)
    FROM hazards h, json_each(h.document, '$.penalties') p;
