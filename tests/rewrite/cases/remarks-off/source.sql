CREATE TYPE mood AS ENUM ('low', 'high');

-- Who comes here.
CREATE UNLOGGED TABLE people (
    id serial PRIMARY KEY,
    mood mood,
    tags text[] DEFAULT '{}',
    boss int REFERENCES people
);

COPY people (id, mood, tags, boss) FROM stdin;
1	low	{a,b}	\N
\.

CREATE INDEX people_mood ON people (mood DESC);
