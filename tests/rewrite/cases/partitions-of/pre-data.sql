-- DSQL104: not partitioned: DSQL spreads a table itself (line 1)
CREATE TABLE readings (
    sensor int NOT NULL,
    taken timestamptz NOT NULL,
    value real,
    PRIMARY KEY (sensor, taken)
);
