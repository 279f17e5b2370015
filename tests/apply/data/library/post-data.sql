CREATE INDEX ASYNC book_title ON lending.book (title) \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'index lending.book_title was not built: see sys.jobs'::boolean;
\endif

ALTER TABLE ONLY lending.book ADD CONSTRAINT book_author_fkey FOREIGN KEY (author_id) REFERENCES lending.author(id) NOT VALID;
ALTER TABLE ASYNC lending.book VALIDATE CONSTRAINT book_author_fkey \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'constraint book_author_fkey of lending.book does not hold: see sys.jobs'::boolean;
\endif
