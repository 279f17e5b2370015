-- DSQL404: CACHE said: DSQL wants it; a sequence is bigint on DSQL (line 1)
CREATE SEQUENCE public.ticket_numbers START WITH 5 INCREMENT BY 5 MAXVALUE 500 CYCLE CACHE 1;

-- DSQL404: CACHE is 1 or at least 65536 on DSQL (line 3)
CREATE SEQUENCE public.countdown INCREMENT BY -1 CACHE 65536;

CREATE SEQUENCE public.batches CACHE 100000;
