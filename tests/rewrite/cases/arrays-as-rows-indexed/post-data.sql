-- dsql-migrate: phase 1, lane 1
ALTER TABLE ONLY public.post_tags
    ADD CONSTRAINT post_tags_id_fkey FOREIGN KEY (id) REFERENCES public.post (id) ON DELETE CASCADE NOT VALID;

-- dsql-migrate: phase 1, lane 1
ALTER TABLE ASYNC public.post_tags VALIDATE CONSTRAINT post_tags_id_fkey \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'foreign key post_tags_id_fkey of public.post_tags does not hold for every row: see sys.jobs'::boolean;
\endif

-- dsql-migrate: phase 1, lane 2
ALTER TABLE ONLY public.post_digests_1
    ADD CONSTRAINT post_digests_1_id_fkey FOREIGN KEY (id) REFERENCES public.post (id) ON DELETE CASCADE NOT VALID;

-- dsql-migrate: phase 1, lane 2
ALTER TABLE ASYNC public.post_digests_1 VALIDATE CONSTRAINT post_digests_1_id_fkey \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'foreign key post_digests_1_id_fkey of public.post_digests_1 does not hold for every row: see sys.jobs'::boolean;
\endif

-- what a search by tag asks for
-- DSQL303: gin over tags, whose elements are rows of public.post_tags: public.post_tags_value_idx on value there; tags @> of one element is EXISTS (SELECT FROM public.post_tags e WHERE e.id = post.id AND e.value = …), && is EXISTS (SELECT FROM public.post_tags e WHERE e.id = post.id AND e.value IN (…)); no view or function of the schema shows a query for it (line 14)
CREATE INDEX ASYNC post_tags_value_idx ON public.post_tags (value) \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'index public.post_tags_value_idx was not built: see sys.jobs'::boolean;
\endif
