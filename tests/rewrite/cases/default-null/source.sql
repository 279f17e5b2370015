CREATE TABLE notes (
    id bigint PRIMARY KEY,
    title character varying(80) DEFAULT NULL::character varying,
    body text DEFAULT NULL,
    price numeric(8, 2) DEFAULT NULL,
    origin cidr DEFAULT NULL
);
