--
-- PostgreSQL database dump
--

\restrict k

-- Dumped from database version 16.14
-- Dumped by pg_dump version 18.4

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET transaction_timeout = 0;
SET client_encoding = 'LATIN1';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

--
-- Name: label(integer); Type: FUNCTION; Schema: public; Owner: postgres
--

CREATE FUNCTION public.label(n integer) RETURNS text
    LANGUAGE sql
    BEGIN ATOMIC
 SELECT
         CASE
             WHEN (n > 0) THEN
             CASE n
                 WHEN 1 THEN 'one;'::text
                 ELSE 'many'::text
             END
             ELSE 'none'::text
         END AS "end";
 SELECT
         CASE
             WHEN (n > 0) THEN 'x'::text
             ELSE NULL::text
         END AS "case";
END;


ALTER FUNCTION public.label(n integer) OWNER TO postgres;

--
-- Name: tidy(); Type: PROCEDURE; Schema: public; Owner: postgres
--

CREATE PROCEDURE public.tidy()
    LANGUAGE plpgsql
    AS $_$
BEGIN
  DELETE FROM log; -- $$ ; '
END $_$;


ALTER PROCEDURE public.tidy() OWNER TO postgres;

SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: log; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.log (
    note text
);


ALTER TABLE public.log OWNER TO postgres;

--
-- Name: TABLE log; Type: COMMENT; Schema: public; Owner: postgres
--

COMMENT ON TABLE public.log IS 'Ends with a backslash \';


--
-- Name: we"ird; name; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public."we""ird; name" (
    id integer NOT NULL,
    "a;b" text,
    "from" bytea
);


ALTER TABLE public."we""ird; name" OWNER TO postgres;

--
-- Data for Name: log; Type: TABLE DATA; Schema: public; Owner: postgres
--

COPY public.log (note) FROM stdin;
\.


--
-- Data for Name: we"ird; name; Type: TABLE DATA; Schema: public; Owner: postgres
--

COPY public."we""ird; name" (id, "a;b", "from") FROM stdin;
1	it's; -- no comment	\\x00ff5c
2	back\\slash\ttab\nline	\N
3	\\.	\\x
4	/* $$ " grüße	\\x2e
\.


--
-- Name: we"ird; name we"ird; name_pkey; Type: CONSTRAINT; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public."we""ird; name"
    ADD CONSTRAINT "we""ird; name_pkey" PRIMARY KEY (id);


--
-- Name: we"ird; name twice; Type: RULE; Schema: public; Owner: postgres
--

CREATE RULE twice AS
    ON INSERT TO public."we""ird; name" DO ( INSERT INTO public.log (note)
  VALUES ('(;'::text);
 INSERT INTO public.log (note)
  VALUES (new."a;b");
);


--
-- PostgreSQL database dump complete
--

\unrestrict k

