-- Indexes for the lists of the ledger. A list is asked for by unit, by status or by neither, in any of four orders: each
-- of these is a walk of one index. Every other filter has an index that begins with it, for what is too rare to be met
-- on such a walk.

DROP INDEX hazards_by_enterprise; -- a unit is looked for by its code

CREATE INDEX hazards_by_status_updated_at ON hazards (status, updated_at, id);
CREATE INDEX hazards_by_status_due_on ON hazards (status, next_due_on, id);
CREATE INDEX hazards_by_status_number ON hazards (status, number);
CREATE INDEX hazards_by_uscc_updated_at ON hazards (uscc, updated_at, id);
CREATE INDEX hazards_by_uscc_due_on ON hazards (uscc, next_due_on, id);
CREATE INDEX hazards_by_uscc_number ON hazards (uscc, number);

CREATE INDEX hazards_by_area ON hazards (area);
CREATE INDEX hazards_by_industry ON hazards (industry);
CREATE INDEX hazards_by_authority ON hazards (supervision_authority);
CREATE INDEX hazards_by_level ON hazards (supervision_level);
CREATE INDEX hazards_by_kind ON hazards (supervision_kind);
CREATE INDEX hazards_by_escalation ON hazards (escalation);
CREATE INDEX hazards_by_production ON hazards (production);
CREATE INDEX hazards_by_source ON hazards (source);
