"""Django: operations and models' state as the SQL its PostgreSQL backend sends."""
