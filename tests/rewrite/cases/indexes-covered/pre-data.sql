CREATE TABLE members (
    id bigint PRIMARY KEY,
    email varchar(200) UNIQUE,
    club int NOT NULL,
    joined date,
    left_on date
);
