-- DSQL204: added behind the load, then validated (line 2)
ALTER TABLE ONLY public.books
    ADD CONSTRAINT books_author_fkey FOREIGN KEY (author) REFERENCES public.authors (id) NOT VALID;

ALTER TABLE ASYNC public.books VALIDATE CONSTRAINT books_author_fkey \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'foreign key books_author_fkey of public.books does not hold for every row: see sys.jobs'::boolean;
\endif
