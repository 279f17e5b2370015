CREATE TABLE staff (
    id integer NOT NULL,
    raw text,
    level integer
);

CREATE FUNCTION spread() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE staff SET level = length(raw);
END $$;

-- From hexadecimal digits
UPDATE staff SET raw = decode(raw, 'hex')::text;

SELECT 'Spreading the levels';
SELECT spread();
DROP FUNCTION spread();
ALTER TABLE staff DROP COLUMN raw;

----------
-- KEYS --
----------

-- Numbers are given by hand.
ALTER TABLE staff ADD CONSTRAINT staff_pkey PRIMARY KEY (id);
CLUSTER staff USING staff_pkey;
ANALYZE staff;
