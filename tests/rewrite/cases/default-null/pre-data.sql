CREATE TABLE notes (
    id bigint PRIMARY KEY,
    title character varying(80) DEFAULT NULL::character varying,
    body text DEFAULT NULL,
    price numeric(8, 2) DEFAULT NULL,
    origin text DEFAULT NULL,  -- DSQL101: was cidr
    CONSTRAINT notes_origin_check CHECK (origin ~ '^(?!:[^:]|.*[^:]:(/|$)|.*:::|.*::.*::|[^:]*/(3[3-9]|[4-9]\d|1\d\d))((::(ffff:)?)?((25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(\.(?=\d)|(?=/|$))){4}|(([0-9a-f]{1,4}:){7}|(?=.*::)([0-9a-f]{0,4}:){2,7})[0-9a-f]{0,4})/([1-9]?\d|1[01]\d|12[0-8])$')  -- DSQL101: what the type of origin said
);
