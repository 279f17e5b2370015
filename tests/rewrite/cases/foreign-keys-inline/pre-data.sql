CREATE TABLE public.authors (
    id integer NOT NULL,
    name text,
    CONSTRAINT authors_pkey PRIMARY KEY (id)  -- DSQL201: from ALTER TABLE, line 37
);

--
-- Name: books; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.books (
    id integer NOT NULL,
    author integer NOT NULL,
    title text,
    CONSTRAINT books_pkey PRIMARY KEY (id),  -- DSQL201: from ALTER TABLE, line 40
    CONSTRAINT books_author_fkey FOREIGN KEY (author) REFERENCES public.authors(id) ON DELETE RESTRICT  -- DSQL204: from ALTER TABLE, line 43
);

CREATE TABLE public.shelves (id int PRIMARY KEY);

-- written with its keys
CREATE TABLE public.loans (
    shelf int REFERENCES public.shelves ON DELETE CASCADE, -- which
    by_whom int,
    FOREIGN KEY (by_whom) REFERENCES public.shelves DEFERRABLE
);
