DROP INDEX enterprises_by_area;
CREATE INDEX enterprises_by_area ON enterprises (area, id);
DROP TABLE self_check_versions;
DROP TABLE self_checks;
DROP FUNCTION refuse_change_of_version();
