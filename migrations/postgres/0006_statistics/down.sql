DROP TABLE hazard_reopenings;
DROP TABLE hazard_measures;
