CREATE TABLE one (id int PRIMARY KEY, span int4range NOT NULL, note text);
CREATE TABLE two
  ( id int PRIMARY KEY
  , span int4range  -- the author's
  , note text
  );
CREATE TABLE three (
    span int4range CHECK (id > 0),
    id int PRIMARY KEY
);
CREATE TABLE four (LIKE one);
ALTER TABLE four ADD COLUMN later daterange;
CREATE TABLE five (id int PRIMARY KEY,
    a_column_whose_name_is_nearly_as_long_as_a_name_can_be_in_postgres int8range);
