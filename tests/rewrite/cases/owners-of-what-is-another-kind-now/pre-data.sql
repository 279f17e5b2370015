CREATE SCHEMA app;

-- DSQL107: enum to a domain with CHECK (line 3)
CREATE DOMAIN app.mood AS text
    CONSTRAINT mood_check CHECK (VALUE IN ('sad', 'glad'));

CREATE DOMAIN app.amount AS integer CHECK (VALUE > 0);

CREATE TABLE app.sales (
    id bigint PRIMARY KEY,
    amount app.amount,
    mood app.mood
);

-- DSQL505: a view: it shows what its query finds at each reading (line 13)
CREATE VIEW app.totals AS
 SELECT sum(sales.amount) AS total
   FROM app.sales;

-- DSQL505: a view: it shows what its query finds at each reading (line 18)
CREATE VIEW app.moods AS
 SELECT DISTINCT sales.mood
   FROM app.sales;
