--
-- Name: books; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.books (
    id integer NOT NULL,
    author integer NOT NULL,
    title text
);

CREATE TABLE public.authors (
    id integer NOT NULL,
    name text
);

CREATE TABLE public.shelves (id int PRIMARY KEY);

-- written with its keys
CREATE TABLE public.loans (
    shelf int REFERENCES public.shelves ON DELETE CASCADE, -- which
    by_whom int,
    FOREIGN KEY (by_whom) REFERENCES public.shelves DEFERRABLE
);

COPY public.loans (shelf, by_whom) FROM stdin;
\.

-- the children first, as pg_dump sorts them
COPY public.books (id, author, title) FROM stdin;
1	7	Emma
\.

COPY public.authors (id, name) FROM stdin;
7	Austen
\.

ALTER TABLE ONLY public.authors
    ADD CONSTRAINT authors_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.books
    ADD CONSTRAINT books_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.books
    ADD CONSTRAINT books_author_fkey FOREIGN KEY (author) REFERENCES public.authors(id) ON DELETE RESTRICT;
