"""Rails: calls of a migration as the SQL its PostgreSQL adapter sends."""
