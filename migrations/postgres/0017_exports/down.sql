DROP TABLE hazard_exports;
