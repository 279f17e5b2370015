CREATE TABLE places (name text PRIMARY KEY);
CREATE TABLE visits (id int PRIMARY KEY, place text REFERENCES places,
    FOREIGN KEY (place) REFERENCES places (name));
