DROP TABLE tip_photos;
DROP TABLE tip_words;
DROP TABLE tips;
