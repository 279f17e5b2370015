CREATE UNLOGGED TABLE cache (
    key text PRIMARY KEY,
    value jsonb
);
CREATE TABLE visit (
    id bigint PRIMARY KEY,
    page text
);
CREATE VIEW cached AS SELECT key FROM cache;

COPY cache (key, value) FROM stdin;
a	{}
\.
