"""refresh/: a script for each materialized view that is a table now."""

from __future__ import annotations

from pathlib import Path

from dsql_migrate.rewrite.objects.refreshing import refresh_script
from dsql_migrate.rewrite.objects.stored_views import in_order, key_columns, refresh_files, refresh_of
from dsql_migrate.rewrite.plan import Plan, dotted
from dsql_migrate.rewrite.quoting import one_line


def write_refreshes(plan: Plan, folder: Path) -> None:
    """Write ``refresh/<name>.sql`` for each; nothing where there is none."""
    if not plan.stored:
        return
    (folder / "refresh").mkdir(exist_ok=True)
    files = refresh_files(plan)
    for stored in in_order(plan):
        name, file = one_line(dotted(plan.place(stored.view.key))), files[stored.view.key]
        keys = key_columns(plan, stored.view)[0]
        told = f"Rows are told apart by {one_line(', '.join(keys))}." if keys else (
            "No unique index tells its rows apart: a row that changed leaves and comes back as another."
        )
        head = (
            f"Brings {name} up to date with {one_line(dotted(stored.query))}, in place of REFRESH MATERIALIZED VIEW.",
            f"psql -v ON_ERROR_STOP=1 -f refresh/{file}    (autocommit; one run at a time)",
            "Each transaction holds as many rows as DSQL takes: readers may see some of them before the others.",
            told,
        )
        path = folder / "refresh" / file
        path.write_text(refresh_script(refresh_of(plan, stored), head, plan.target), encoding="utf-8",
                        errors="surrogateescape")  # fmt: skip
