CREATE TABLE regions (
    country char(2),
    code varchar(5),
    parent_code varchar(5),
    PRIMARY KEY (country, code)
);

CREATE TABLE towns (
    id int PRIMARY KEY,
    twin int,
    country char(2),
    region varchar(5),
    mayor int
);
