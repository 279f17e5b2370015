"""dsql-migrate: from PostgreSQL to Amazon Aurora DSQL. The public API is in ``dsql_migrate.api``."""

from __future__ import annotations

__version__ = "0.1.0"
