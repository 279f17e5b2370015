CREATE TABLE regions (
    country char(2),
    code varchar(5),
    parent_code varchar(5),
    PRIMARY KEY (country, code),
    FOREIGN KEY (country, parent_code) REFERENCES regions (country, code) MATCH FULL
);

CREATE TABLE towns (
    id int PRIMARY KEY,
    twin int REFERENCES towns,
    country char(2),
    region varchar(5),
    mayor int REFERENCES people (id),
    FOREIGN KEY (country, region) REFERENCES regions ON DELETE SET NULL (region)
);
