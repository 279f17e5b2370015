"""The PostgreSQL behind the engine: found, started as an ordinary user, ended, and nothing left of it."""
