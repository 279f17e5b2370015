CREATE TABLE readings (
    sensor int NOT NULL,
    taken timestamptz NOT NULL,
    value real,
    PRIMARY KEY (sensor, taken)
);
