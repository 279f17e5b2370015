CREATE TABLE places (
    name text primary key
  , kind inet
    -- the end
);
CREATE TABLE visits (
    id      serial          -- surrogate
  , who     integer[]       -- everybody
  , place   text
            references places (name)   -- where
  , at      timestamp with time zone
            not null
            default now()
  , primary key (id)
  , foreign key (place) references places (name)
);
