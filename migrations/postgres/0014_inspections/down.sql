DROP INDEX attachments_outstanding;
DROP INDEX inspection_attachments_by_inspection;
DROP TABLE inspections;
DROP FUNCTION refuse_change_of_inspection();
DROP TABLE checklist_versions;
DROP TABLE checklists;
