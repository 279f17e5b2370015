"""data.sql: the rows of COPY and INSERT on their way to the bundle."""
