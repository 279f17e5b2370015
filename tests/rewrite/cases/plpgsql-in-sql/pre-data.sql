-- DSQL107: enum to a domain with CHECK (line 2)
CREATE DOMAIN public.mood AS text
    CONSTRAINT mood_check CHECK (VALUE IN ('sad', 'ok'));

CREATE TABLE rental (rental_id int primary key, inventory_id int not null, customer_id int, return_date date, tags jsonb /* DSQL102: was text[] */);

-- DSQL502: in SQL now, with the same meaning (line 4)
CREATE FUNCTION grade(a int, b text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN a > 1 THEN 'x'::text WHEN a IS NULL THEN (b || 'n')::text ELSE b::text END
$$;

-- DSQL502: in SQL now, with the same meaning (line 11)
CREATE FUNCTION wins(a int) RETURNS numeric LANGUAGE sql STRICT AS $$
  SELECT (v_3 + w)::numeric
  FROM (SELECT (a * 2)::numeric AS v) AS set_v
    CROSS JOIN LATERAL (SELECT (v + 1)::bigint AS w) AS set_w
    CROSS JOIN LATERAL (SELECT (v * w)::numeric AS v_2) AS set_v_2
    CROSS JOIN LATERAL (SELECT (CASE WHEN w > 3 THEN 0::numeric ELSE (v_2 + 1)::numeric END)::numeric AS v_3) AS set_v_3
$$;

-- DSQL502: in SQL now, with the same meaning (line 18)
CREATE FUNCTION held_by(p_inventory_id int) RETURNS int LANGUAGE sql STABLE AS $$
  SELECT v_customer_id::integer
  FROM (SELECT ((SELECT customer_id FROM rental WHERE return_date IS NULL AND inventory_id = p_inventory_id LIMIT 1))::integer AS v_customer_id) AS set_v_customer_id
$$;

-- DSQL502: in SQL now, with the same meaning (line 24)
CREATE FUNCTION in_stock(p_inventory_id int) RETURNS boolean LANGUAGE sql AS $$
  SELECT CASE WHEN v_rentals = 0 THEN TRUE ELSE (SELECT CASE WHEN v_out > 0 THEN FALSE ELSE TRUE END
  FROM (SELECT ((SELECT COUNT(rental_id) FROM rental WHERE inventory_id = p_inventory_id AND return_date IS NULL))::INTEGER AS v_out) AS set_v_out) END
  FROM (SELECT ((SELECT count(*) FROM rental WHERE inventory_id = p_inventory_id))::INTEGER AS v_rentals) AS set_v_rentals
$$;

-- DSQL502: in SQL now, with the same meaning; tags is jsonb now (line 32)
CREATE FUNCTION tagged(t text) RETURNS TABLE(id int) LANGUAGE sql STABLE AS $$
  SELECT r.rental_id FROM rental r WHERE t = ANY (CASE WHEN r.tags IS NOT NULL THEN ARRAY(SELECT e.v FROM jsonb_array_elements_text(r.tags) WITH ORDINALITY AS e(v, n) ORDER BY e.n) END)
$$;

-- DSQL502: in SQL now, with the same meaning (line 36)
CREATE FUNCTION moody(m mood) RETURNS text LANGUAGE sql AS '
  SELECT CASE WHEN m IN (''sad'') THEN (''it''''s sad'')::text ELSE m::text END
';

-- DSQL502: in SQL now, with the same meaning (line 37)
CREATE FUNCTION sloppy(x text) RETURNS int LANGUAGE sql AS $$
  SELECT x::integer
$$;

-- DSQL502: in SQL now, with the same meaning (line 38)
CREATE FUNCTION twice(x int, OUT y bigint) LANGUAGE sql AS $$
  SELECT y_2::bigint
  FROM (SELECT x::bigint AS y) AS set_y
    CROSS JOIN LATERAL (SELECT (y * 2)::bigint AS y_2) AS set_y_2
$$;

-- DSQL502: in SQL now, with the same meaning (line 39)
CREATE FUNCTION now_or(x timestamptz) RETURNS timestamptz LANGUAGE sql AS $$
  SELECT CASE WHEN x IS NULL THEN (clock_timestamp())::timestamp with time zone ELSE x::timestamp with time zone END
$$;

-- DSQL502: in SQL now, with the same meaning (line 41)
CREATE FUNCTION cuts(x text) RETURNS text LANGUAGE sql AS $$
  SELECT (length(c))::text
  FROM (SELECT x::name AS c) AS set_c
$$;

-- DSQL502: in SQL now, with the same meaning (line 42)
CREATE FUNCTION lazy(x int) RETURNS int LANGUAGE sql AS $$
  SELECT CASE WHEN x = 0 THEN 1::integer ELSE v::integer END
  FROM (SELECT (10 / x)::int AS v) AS set_v
$$;

CREATE VIEW stocked AS SELECT rental_id, in_stock(inventory_id) FROM rental;
