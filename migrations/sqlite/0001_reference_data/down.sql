DROP TABLE attachments;
DROP TABLE enterprises;
DROP TABLE criteria;
DROP TABLE standards;
DROP TABLE authorities;
