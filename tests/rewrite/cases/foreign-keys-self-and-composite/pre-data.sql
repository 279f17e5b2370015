-- DSQL204: foreign key regions_country_parent_code_fkey: added behind the load, then validated (line 1)
CREATE TABLE regions (
    country char(2),
    code varchar(5),
    parent_code varchar(5),
    PRIMARY KEY (country, code)
);

-- DSQL204: foreign key towns_twin_fkey: added behind the load, then validated (line 9)
-- DSQL203: foreign key towns_mayor_fkey: public.people is not in the bundle (line 9)
-- DSQL204: foreign key towns_country_region_fkey: added behind the load, then validated (line 9)
CREATE TABLE towns (
    id int PRIMARY KEY,
    twin int,
    country char(2),
    region varchar(5),
    mayor int
);
