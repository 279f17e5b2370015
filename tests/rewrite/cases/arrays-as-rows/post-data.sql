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
ALTER TABLE ONLY public.post_moods
    ADD CONSTRAINT post_moods_id_fkey FOREIGN KEY (id) REFERENCES public.post (id) ON DELETE CASCADE NOT VALID;

-- dsql-migrate: phase 1, lane 2
ALTER TABLE ASYNC public.post_moods VALIDATE CONSTRAINT post_moods_id_fkey \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'foreign key post_moods_id_fkey of public.post_moods does not hold for every row: see sys.jobs'::boolean;
\endif

-- dsql-migrate: phase 1, lane 3
ALTER TABLE ONLY public.post_prices
    ADD CONSTRAINT post_prices_id_fkey FOREIGN KEY (id) REFERENCES public.post (id) ON DELETE CASCADE NOT VALID;

-- dsql-migrate: phase 1, lane 3
ALTER TABLE ASYNC public.post_prices VALIDATE CONSTRAINT post_prices_id_fkey \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'foreign key post_prices_id_fkey of public.post_prices does not hold for every row: see sys.jobs'::boolean;
\endif

-- dsql-migrate: phase 1, lane 4
ALTER TABLE ONLY public.place_position
    ADD CONSTRAINT "place_position_Land_digest_fkey" FOREIGN KEY ("Land", digest) REFERENCES public.place ("Land", digest) ON DELETE CASCADE NOT VALID;

-- dsql-migrate: phase 1, lane 4
ALTER TABLE ASYNC public.place_position VALIDATE CONSTRAINT "place_position_Land_digest_fkey" \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'foreign key place_position_Land_digest_fkey of public.place_position does not hold for every row: see sys.jobs'::boolean;
\endif

-- dsql-migrate: phase 1, lane 5
ALTER TABLE ONLY public.place_at
    ADD CONSTRAINT "place_at_Land_digest_fkey" FOREIGN KEY ("Land", digest) REFERENCES public.place ("Land", digest) ON DELETE CASCADE NOT VALID;

-- dsql-migrate: phase 1, lane 5
ALTER TABLE ASYNC public.place_at VALIDATE CONSTRAINT "place_at_Land_digest_fkey" \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'foreign key place_at_Land_digest_fkey of public.place_at does not hold for every row: see sys.jobs'::boolean;
\endif
