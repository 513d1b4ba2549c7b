DROP TABLE hazard_penalties;
