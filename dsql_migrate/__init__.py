"""dsql-migrate: from PostgreSQL to Amazon Aurora DSQL. Lint, rewrite, apply, verify, report."""

from __future__ import annotations

__version__ = "0.1.0"
