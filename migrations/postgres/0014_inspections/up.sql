-- Lists of points to check, of which every version is kept, and the inspections that are done by them.

CREATE TABLE checklists (
    -- immutable
    id         uuid NOT NULL PRIMARY KEY, -- the stream of its events
    code       text COLLATE "C" NOT NULL, -- what people call it
    kind       text COLLATE "C" NOT NULL, -- whose list it is, of the inspectors or of the units
    created_at timestamptz NOT NULL, -- when its first version was published
    -- mutable
    industries text COLLATE "C" NOT NULL, -- JSON array of prefixes, of the version in force; empty means all
    version    bigint NOT NULL CHECK (version >= 1), -- the one in force

    CONSTRAINT checklists_code_key UNIQUE (code)
);

CREATE TABLE checklist_versions (
    -- immutable, all of it: the triggers below refuse every change
    checklist_id uuid NOT NULL REFERENCES checklists (id),
    version      bigint NOT NULL CHECK (version >= 1), -- counts from 1 without gaps
    published_at timestamptz NOT NULL,
    document     text COLLATE "C" NOT NULL, -- JSON: title, industries and items
    PRIMARY KEY (checklist_id, version)
);

CREATE TRIGGER checklist_versions_refuse_update BEFORE UPDATE ON checklist_versions
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_version();

CREATE TRIGGER checklist_versions_refuse_delete BEFORE DELETE ON checklist_versions
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_version();

CREATE TRIGGER checklist_versions_refuse_truncate BEFORE TRUNCATE ON checklist_versions
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_version();

CREATE TABLE inspections (
    -- immutable, all of it: the triggers below refuse every change
    id                uuid NOT NULL PRIMARY KEY, -- the phone's own; the stream of its event
    enterprise_id     uuid NOT NULL REFERENCES enterprises (id),
    uscc              text COLLATE "C" NOT NULL, -- of the unit when it came, as area and industry are
    area              text COLLATE "C" NOT NULL,
    industry          text COLLATE "C" NOT NULL,
    checklist_id      uuid NOT NULL REFERENCES checklists (id),
    checklist_version bigint NOT NULL,
    sent_by           text COLLATE "C" NOT NULL, -- subject of the token
    received_at       timestamptz NOT NULL,
    started_at        timestamptz NOT NULL, -- by the phone's clock; its offset is in the document
    finished_at       timestamptz NOT NULL, -- by the phone's clock
    summary           text COLLATE "C" NOT NULL, -- JSON: what a list shows; names persons
    document          text COLLATE "C" NOT NULL -- JSON: what was sent, whole; names persons
);
-- Walked by moment; an inspection of another area or industry is passed over without being read.
CREATE INDEX inspections_by_receipt ON inspections (received_at, id, area, industry);
CREATE INDEX inspections_by_enterprise ON inspections (enterprise_id, received_at, id);
CREATE INDEX inspections_by_sender ON inspections (sent_by, received_at, id);

-- Which evidence an inspection waits for.
CREATE INDEX inspection_attachments_by_inspection ON inspection_attachments (inspection_id, attachment_id);
CREATE INDEX attachments_outstanding ON attachments (id) WHERE state <> 'verified';

CREATE FUNCTION refuse_change_of_inspection() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'inspections are never changed';
END
$$;

CREATE TRIGGER inspections_refuse_update BEFORE UPDATE ON inspections
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_inspection();

CREATE TRIGGER inspections_refuse_delete BEFORE DELETE ON inspections
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_inspection();

CREATE TRIGGER inspections_refuse_truncate BEFORE TRUNCATE ON inspections
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_inspection();
