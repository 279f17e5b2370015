"""node-pg-migrate: calls of a program as SQL."""
