CREATE TABLE notes (
    id bigint PRIMARY KEY,
    title character varying(80) DEFAULT NULL::character varying,
    body text DEFAULT NULL,
    price numeric(8, 2) DEFAULT NULL,
    origin text DEFAULT NULL,  -- DSQL101: was cidr
    CONSTRAINT notes_origin_check CHECK (origin ~ '^(\d{1,3}(\.\d{1,3}){3}|[0-9a-f:.]*:[0-9a-f:.]*)/\d{1,3}$')  -- DSQL101: what the type of origin said
);
