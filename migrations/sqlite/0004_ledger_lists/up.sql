-- Indexes for the lists of the ledger. A list is asked for by unit, by status or by neither, in any of four orders: each
-- of these is a walk of one index. Every other filter has an index that begins with it, for what is too rare to be met
-- on such a walk.

DROP INDEX hazards_by_enterprise; -- a unit is looked for by its code

-- Area and industry stand at the end of what is walked most, so that a row that lies elsewhere is passed over without
-- being read.
DROP INDEX hazards_by_reported_at;
DROP INDEX hazards_by_updated_at;
DROP INDEX hazards_by_due_on;
DROP INDEX hazards_by_status;
CREATE INDEX hazards_by_reported_at ON hazards (reported_at, id, area, industry);
CREATE INDEX hazards_by_updated_at ON hazards (updated_at, id, area, industry);
CREATE INDEX hazards_by_due_on ON hazards (next_due_on, id, area, industry);
CREATE INDEX hazards_by_status ON hazards (status, reported_at, id, area, industry);
CREATE INDEX hazards_by_status_updated_at ON hazards (status, updated_at, id, area, industry);
CREATE INDEX hazards_by_status_due_on ON hazards (status, next_due_on, id, area, industry);
CREATE INDEX hazards_by_status_number ON hazards (status, number, id, area, industry);
CREATE INDEX hazards_by_uscc_updated_at ON hazards (uscc, updated_at, id);
CREATE INDEX hazards_by_uscc_due_on ON hazards (uscc, next_due_on, id);
CREATE INDEX hazards_by_uscc_number ON hazards (uscc, number);

CREATE INDEX hazards_by_area ON hazards (area);
CREATE INDEX hazards_by_industry ON hazards (industry);
CREATE INDEX hazards_by_authority ON hazards (supervision_authority);
-- Of these only what is rare; the rest is met on every walk.
CREATE INDEX hazards_of_tips ON hazards (source) WHERE source = 'public_tip';
CREATE INDEX hazards_listed ON hazards (supervision_kind) WHERE supervision_kind = 'listed';
CREATE INDEX hazards_of_high_level ON hazards (supervision_level) WHERE supervision_level IN ('municipal', 'provincial', 'national');
CREATE INDEX hazards_escalated ON hazards (escalation) WHERE escalation <> 'none';
CREATE INDEX hazards_suspended ON hazards (production) WHERE production <> 'running';
