CREATE TABLE one (id int PRIMARY KEY, span_lower integer, span_upper integer, span_bounds text NOT NULL, /* DSQL101: was int4range */ note text,
    CONSTRAINT one_span_check CHECK (CASE coalesce(span_bounds, 'empty') WHEN 'empty' THEN span_lower IS NULL AND span_upper IS NULL ELSE span_bounds IN ('[)', '[]', '(]', '()') AND span_lower <= span_upper END)  -- DSQL101: what the type of span said
);

CREATE TABLE two
  ( id int PRIMARY KEY
  , span_lower integer  -- DSQL101: was int4range
  , span_upper integer
  , span_bounds text  -- the author's
  , note text,
    CONSTRAINT two_span_check CHECK (CASE coalesce(span_bounds, 'empty') WHEN 'empty' THEN span_lower IS NULL AND span_upper IS NULL ELSE span_bounds IN ('[)', '[]', '(]', '()') AND span_lower <= span_upper END)  -- DSQL101: what the type of span said
  );

CREATE TABLE three (
    span_lower integer,  -- DSQL101: was int4range
    span_upper integer,
    span_bounds text CHECK (id > 0),
    id int PRIMARY KEY,
    CONSTRAINT three_span_check CHECK (CASE coalesce(span_bounds, 'empty') WHEN 'empty' THEN span_lower IS NULL AND span_upper IS NULL ELSE span_bounds IN ('[)', '[]', '(]', '()') AND span_lower <= span_upper END)  -- DSQL101: what the type of span said
);

-- LIKE written out: what it copied may have changed since (line 11)
CREATE TABLE four (id int NOT NULL,
    span_lower integer,
    span_upper integer,
    span_bounds text NOT NULL /* DSQL101: was int4range */,
    note text,
    later_lower date,
    later_upper date,
    later_bounds text,  -- DSQL101: was daterange
    CONSTRAINT four_span_check CHECK (CASE coalesce(span_bounds, 'empty') WHEN 'empty' THEN span_lower IS NULL AND span_upper IS NULL ELSE span_bounds IN ('[)', '[]', '(]', '()') AND span_lower <= span_upper END),  -- DSQL101: what the type of span said
    CONSTRAINT four_later_check CHECK (CASE coalesce(later_bounds, 'empty') WHEN 'empty' THEN later_lower IS NULL AND later_upper IS NULL ELSE later_bounds IN ('[)', '[]', '(]', '()') AND later_lower <= later_upper END)  -- DSQL101: what the type of later said
);

CREATE TABLE five (id int PRIMARY KEY,
    a_column_whose_name_is_nearly_as_long_as_a_name_can_be_in_lower bigint,  -- DSQL101: was int8range
    a_column_whose_name_is_nearly_as_long_as_a_name_can_be_in_upper bigint,
    a_column_whose_name_is_nearly_as_long_as_a_name_can_be_i_bounds text,
    CONSTRAINT five_a_column_whose_name_is_nearly_as_long_as_a_name_can__check CHECK (CASE coalesce(a_column_whose_name_is_nearly_as_long_as_a_name_can_be_i_bounds, 'empty') WHEN 'empty' THEN a_column_whose_name_is_nearly_as_long_as_a_name_can_be_in_lower IS NULL AND a_column_whose_name_is_nearly_as_long_as_a_name_can_be_in_upper IS NULL ELSE a_column_whose_name_is_nearly_as_long_as_a_name_can_be_i_bounds IN ('[)', '[]', '(]', '()') AND a_column_whose_name_is_nearly_as_long_as_a_name_can_be_in_lower <= a_column_whose_name_is_nearly_as_long_as_a_name_can_be_in_upper END)  -- DSQL101: what the type of a_column_whose_name_is_nearly_as_long_as_a_name_can_be_in_postg said
);
