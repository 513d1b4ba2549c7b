-- Lists of points to check, of which every version is kept, and the inspections that are done by them.

CREATE TABLE checklists (
    -- immutable
    id         BLOB NOT NULL PRIMARY KEY, -- the stream of its events
    code       TEXT NOT NULL, -- what people call it
    kind       TEXT NOT NULL, -- whose list it is, of the inspectors or of the units
    created_at INTEGER NOT NULL, -- when its first version was published
    -- mutable
    industries TEXT NOT NULL, -- JSON array of prefixes, of the version in force; empty means all
    version    INTEGER NOT NULL CHECK (version >= 1), -- the one in force

    CONSTRAINT checklists_code_key UNIQUE (code)
) STRICT;

CREATE TABLE checklist_versions (
    -- immutable, all of it: the triggers below refuse every change
    checklist_id BLOB NOT NULL REFERENCES checklists (id),
    version      INTEGER NOT NULL CHECK (version >= 1), -- counts from 1 without gaps
    published_at INTEGER NOT NULL,
    document     TEXT NOT NULL, -- JSON: title, industries and items
    PRIMARY KEY (checklist_id, version)
) STRICT;

CREATE TRIGGER checklist_versions_refuse_update BEFORE UPDATE ON checklist_versions
BEGIN
    SELECT RAISE(ABORT, 'versions are append-only');
END;

CREATE TRIGGER checklist_versions_refuse_delete BEFORE DELETE ON checklist_versions
BEGIN
    SELECT RAISE(ABORT, 'versions are append-only');
END;

CREATE TABLE inspections (
    -- immutable, all of it: the triggers below refuse every change
    id                BLOB NOT NULL PRIMARY KEY, -- the phone's own; the stream of its event
    enterprise_id     BLOB NOT NULL REFERENCES enterprises (id),
    uscc              TEXT NOT NULL, -- of the unit when it came, as area and industry are
    area              TEXT NOT NULL,
    industry          TEXT NOT NULL,
    checklist_id      BLOB NOT NULL REFERENCES checklists (id),
    checklist_version INTEGER NOT NULL,
    sent_by           TEXT NOT NULL, -- subject of the token
    received_at       INTEGER NOT NULL,
    started_at        INTEGER NOT NULL, -- by the phone's clock; its offset is in the document
    finished_at       INTEGER NOT NULL, -- by the phone's clock
    summary           TEXT NOT NULL, -- JSON: what a list shows; names persons
    document          TEXT NOT NULL -- JSON: what was sent, whole; names persons
) STRICT;
-- Walked by moment; an inspection of another area or industry is passed over without being read.
CREATE INDEX inspections_by_receipt ON inspections (received_at, id, area, industry);
CREATE INDEX inspections_by_enterprise ON inspections (enterprise_id, received_at, id);
CREATE INDEX inspections_by_sender ON inspections (sent_by, received_at, id);

-- Which evidence an inspection waits for.
CREATE INDEX inspection_attachments_by_inspection ON inspection_attachments (inspection_id, attachment_id);
CREATE INDEX attachments_outstanding ON attachments (id) WHERE state <> 'verified';

CREATE TRIGGER inspections_refuse_update BEFORE UPDATE ON inspections
BEGIN
    SELECT RAISE(ABORT, 'inspections are never changed');
END;

CREATE TRIGGER inspections_refuse_delete BEFORE DELETE ON inspections
BEGIN
    SELECT RAISE(ABORT, 'inspections are never changed');
END;
