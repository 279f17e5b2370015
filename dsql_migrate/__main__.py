"""``python -m dsql_migrate``: the command line."""

from __future__ import annotations

from dsql_migrate.cli import main

if __name__ == "__main__":
    main()
