-- Lists of points to check, of which every version is kept.

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
