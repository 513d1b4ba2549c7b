-- Lists of points to check, of which every version is kept.

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
