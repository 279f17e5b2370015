CREATE TABLE readings (
    sensor int NOT NULL,
    taken timestamptz NOT NULL,
    value real,
    PRIMARY KEY (sensor, taken)
) PARTITION BY LIST (sensor);

CREATE TABLE readings_1 PARTITION OF readings FOR VALUES IN (1);
CREATE TABLE readings_rest PARTITION OF readings DEFAULT PARTITION BY HASH (taken);
CREATE TABLE readings_rest_0 PARTITION OF readings_rest FOR VALUES WITH (MODULUS 1, REMAINDER 0);
CREATE INDEX ON readings (taken);

INSERT INTO readings VALUES (1, '2026-01-01', 0.5);
INSERT INTO readings_rest_0 VALUES (2, '2026-01-01', 1.5);
