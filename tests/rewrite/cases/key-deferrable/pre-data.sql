CREATE TABLE tracks (
    album integer,
    position integer,
    title text NOT NULL UNIQUE,
    PRIMARY KEY (album, position)
);
