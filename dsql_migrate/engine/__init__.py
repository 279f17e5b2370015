"""The reference engine: an embedded PostgreSQL behind DSQL's statement policy."""
