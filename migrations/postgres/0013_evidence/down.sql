DROP TABLE loose_bytes;
DROP TABLE upload_parts;
DROP TABLE uploads;
DROP TABLE inspection_attachments;
DROP INDEX hazard_attachments_by_hazard;
DROP INDEX attachments_to_collect;
DROP INDEX attachments_by_digest;
-- What was declared and never came has no place where evidence is its bytes.
DELETE FROM hazard_attachments WHERE attachment_id IN (SELECT id FROM attachments WHERE state <> 'verified');
DELETE FROM attachments WHERE state <> 'verified';
ALTER TABLE attachments DROP COLUMN collect_at;
ALTER TABLE attachments DROP COLUMN longitude;
ALTER TABLE attachments DROP COLUMN latitude;
ALTER TABLE attachments DROP COLUMN captured_at;
ALTER TABLE attachments DROP COLUMN version;
ALTER TABLE attachments DROP COLUMN state;
ALTER TABLE attachments DROP COLUMN declared_at;
