CREATE TABLE places (name text PRIMARY KEY);

CREATE TABLE visits (id int PRIMARY KEY, place text REFERENCES places,
    CONSTRAINT visits_place_fkey1 FOREIGN KEY (place) REFERENCES places (name));
