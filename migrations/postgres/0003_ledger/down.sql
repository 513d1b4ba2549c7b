DROP TABLE hazard_search;
DROP TABLE hazard_attachments;
DROP TABLE hazard_campaigns;
DROP TABLE hazard_criteria;
DROP TABLE hazards;
DROP TABLE number_series;
