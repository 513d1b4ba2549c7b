DROP INDEX attachments_outstanding;
DROP INDEX inspection_attachments_by_inspection;
DROP TABLE inspections;
DROP TABLE checklist_versions;
DROP TABLE checklists;
