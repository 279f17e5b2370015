CREATE TEMPORARY TABLE staging (
    line serial PRIMARY KEY,
    name text NOT NULL
) ON COMMIT PRESERVE ROWS;
INSERT INTO staging (name) VALUES ('one'), ('two');
COMMENT ON TABLE staging IS 'lines as they came';
