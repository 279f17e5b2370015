CREATE TABLE public.films (
    id bigint PRIMARY KEY,
    title text NOT NULL,
    year integer,
    tags jsonb
);

CREATE INDEX films_title ON public.films USING btree (title);

-- newest first
CREATE INDEX films_year ON public.films USING btree (year DESC NULLS LAST, title ASC);

CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS films_title_year ON films (title, year) INCLUDE (tags) WITH (fillfactor=70) TABLESPACE fast;

CREATE INDEX ON films (year);

CREATE INDEX films_title_pattern ON films (title text_pattern_ops);

CREATE INDEX films_title_c ON films (title COLLATE "C" varchar_pattern_ops DESC);

CREATE INDEX films_tags ON films USING gin (tags);
CREATE INDEX films_tags_path ON films USING gin (tags jsonb_path_ops);
CREATE INDEX films_hash ON films USING hash (year);
CREATE INDEX films_brin ON films USING brin (year);
CREATE INDEX films_trgm ON films USING gist (title gist_trgm_ops);

CREATE INDEX films_lower ON films (lower(title), (year + 1));

CREATE INDEX films_old ON films (year) WHERE year < 1950;
