CREATE TABLE rental (rental_id int primary key, inventory_id int not null, customer_id int, return_date date, tags text[]);
CREATE TYPE mood AS ENUM ('sad','ok');
INSERT INTO rental VALUES (1,1,5,NULL,'{a,b}'),(2,2,6,'2024-01-01','{}'),(3,2,7,NULL,NULL);
CREATE FUNCTION grade(a int, b text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  IF a > 1 THEN RETURN 'x';
  ELSIF a IS NULL THEN RETURN b || 'n';
  END IF;
  RETURN b;
END $$;
CREATE FUNCTION wins(a int) RETURNS numeric LANGUAGE plpgsql STRICT AS $$
DECLARE v numeric := a * 2; w bigint;
BEGIN
  w := v + 1; v := v * w;
  IF w > 3 THEN v := 0; ELSE v := v + 1; END IF;
  RETURN v + w;
END; $$;
CREATE FUNCTION held_by(p_inventory_id int) RETURNS int LANGUAGE plpgsql STABLE AS $$
DECLARE v_customer_id rental.customer_id%TYPE;
BEGIN
  SELECT customer_id INTO v_customer_id FROM rental WHERE return_date IS NULL AND inventory_id = p_inventory_id;
  RETURN v_customer_id;
END $$;
CREATE FUNCTION in_stock(p_inventory_id int) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE v_rentals INTEGER; v_out INTEGER;
BEGIN
  SELECT count(*) INTO v_rentals FROM rental WHERE inventory_id = p_inventory_id;
  IF v_rentals = 0 THEN RETURN TRUE; END IF;
  SELECT COUNT(rental_id) INTO v_out FROM rental WHERE inventory_id = p_inventory_id AND return_date IS NULL;
  IF v_out > 0 THEN RETURN FALSE; ELSE RETURN TRUE; END IF;
END $$;
CREATE FUNCTION tagged(t text) RETURNS TABLE(id int) LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN QUERY SELECT r.rental_id FROM rental r WHERE t = ANY (r.tags);
END $$;
CREATE FUNCTION moody(m mood) RETURNS text LANGUAGE plpgsql AS 'BEGIN CASE m WHEN ''sad'' THEN RETURN ''it''''s sad''; ELSE RETURN m; END CASE; END';
CREATE FUNCTION sloppy(x text) RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN x; END $$;
CREATE FUNCTION twice(x int, OUT y bigint) LANGUAGE plpgsql AS $$ BEGIN y := x; y := y * 2; END $$;
CREATE FUNCTION now_or(x timestamptz) RETURNS timestamptz LANGUAGE plpgsql AS $$ BEGIN IF x IS NULL THEN RETURN clock_timestamp(); END IF; RETURN x; END $$;
CREATE FUNCTION shout(x int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN RAISE NOTICE 'x'; RETURN x; END $$;
CREATE FUNCTION cuts(x text) RETURNS text LANGUAGE plpgsql AS $$ DECLARE c name; BEGIN c := x; RETURN length(c); END $$;
CREATE FUNCTION lazy(x int) RETURNS int LANGUAGE plpgsql AS $$ DECLARE v int; BEGIN v := 10 / x; IF x = 0 THEN RETURN 1; END IF; RETURN v; END $$;
CREATE VIEW stocked AS SELECT rental_id, in_stock(inventory_id) FROM rental;
