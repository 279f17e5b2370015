-- DSQL204: added behind the load, then validated (line 1)
-- dsql-migrate: phase 1, lane 1
ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_boss_fkey FOREIGN KEY (boss) REFERENCES public.users (id) NOT VALID;

-- dsql-migrate: phase 1, lane 1
ALTER TABLE ASYNC public.users VALIDATE CONSTRAINT users_boss_fkey \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'foreign key users_boss_fkey of public.users does not hold for every row: see sys.jobs'::boolean;
\endif

-- DSQL204: added behind the load, then validated (line 2)
-- dsql-migrate: phase 1, lane 2
ALTER TABLE ONLY public.accounts
    ADD CONSTRAINT accounts_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users (id) NOT VALID;

-- dsql-migrate: phase 1, lane 2
ALTER TABLE ASYNC public.accounts VALIDATE CONSTRAINT accounts_user_id_fkey \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'foreign key accounts_user_id_fkey of public.accounts does not hold for every row: see sys.jobs'::boolean;
\endif

-- DSQL204: added behind the load, then validated (line 14)
-- dsql-migrate: phase 1, lane 3
ALTER TABLE ONLY public.members
    ADD CONSTRAINT members_team_fkey FOREIGN KEY (team) REFERENCES public.teams (id) ON DELETE CASCADE NOT VALID;

-- dsql-migrate: phase 1, lane 3
ALTER TABLE ASYNC public.members VALIDATE CONSTRAINT members_team_fkey \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'foreign key members_team_fkey of public.members does not hold for every row: see sys.jobs'::boolean;
\endif

-- DSQL204: added behind the load, then validated (line 15)
-- dsql-migrate: phase 1, lane 3
ALTER TABLE members ADD CONSTRAINT members_of_users FOREIGN KEY (member) REFERENCES users (id) NOT VALID;

-- dsql-migrate: phase 1, lane 3
ALTER TABLE ASYNC public.members VALIDATE CONSTRAINT members_of_users \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'foreign key members_of_users of public.members does not hold for every row: see sys.jobs'::boolean;
\endif
