-- tablefunc is played by functions that raise an error when they are called
CREATE FUNCTION crosstab(text) RETURNS SETOF record LANGUAGE plpgsql STABLE STRICT AS
  $$ BEGIN RAISE EXCEPTION 'crosstab is not available in the replay' USING ERRCODE = '0A000'; END $$;
CREATE FUNCTION crosstab(text, text) RETURNS SETOF record LANGUAGE plpgsql STABLE STRICT AS
  $$ BEGIN RAISE EXCEPTION 'crosstab is not available in the replay' USING ERRCODE = '0A000'; END $$;
CREATE FUNCTION normal_rand(integer, double precision, double precision) RETURNS SETOF double precision LANGUAGE plpgsql
  VOLATILE STRICT AS $$ BEGIN RAISE EXCEPTION 'normal_rand is not available in the replay' USING ERRCODE = '0A000'; END $$;
