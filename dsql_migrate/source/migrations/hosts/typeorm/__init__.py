"""TypeORM: calls of a query runner as SQL."""
