CREATE TABLE members (
    id bigint PRIMARY KEY,
    email varchar(200) UNIQUE,
    club int NOT NULL,
    joined date,
    left_on date
);
-- What Django makes beside every unique text.
CREATE INDEX members_email_like ON members (email varchar_pattern_ops);
CREATE INDEX members_club ON members (club);
CREATE INDEX members_club_joined ON members (club, joined DESC);
CREATE INDEX members_club_joined_too ON members (club, joined);
CREATE INDEX members_id ON members (id);
CREATE UNIQUE INDEX members_club_email ON members (club, email);
CREATE UNIQUE INDEX members_club_email_again ON members (club, email);
-- None of these is covered: a predicate, a column more, the order of NULLs.
CREATE INDEX members_present ON members (club) WHERE left_on IS NULL;
CREATE INDEX members_club_id ON members (club, id);
CREATE INDEX members_left ON members (club NULLS FIRST);
CREATE INDEX members_wide ON members (club) INCLUDE (left_on);
