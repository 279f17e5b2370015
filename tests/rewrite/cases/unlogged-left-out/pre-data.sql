CREATE TABLE visit (
    id bigint PRIMARY KEY,
    page text
);
