CREATE TABLE tracks (
    album integer,
    position integer,
    title text NOT NULL UNIQUE DEFERRABLE INITIALLY DEFERRED,
    PRIMARY KEY (album, position) DEFERRABLE
);
