"""The bundle's own README: what is in it and how to use it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dsql_migrate.rewrite.plan import Plan
from dsql_migrate.rewrite.quoting import one_line


def readme(plan: Plan, ledger: dict[str, Any]) -> str:
    """Markdown. Names from the input are kept to one line and out of markup."""
    source, totals = ledger["source"], ledger["totals"]
    name = one_line(Path(str(source["path"])).name).replace("`", "'")
    lines = [
        "# A bundle for Aurora DSQL",
        "",
        f"Made from `{name}` ({source['statements']} statements, {source['rows']} rows) "
        f"for DSQL as of {plan.target.as_of}.",
        "",
        *_ways_in(source),
        "| | |",
        "|---|---|",
        "| `pre-data.sql` | schemas, domains, sequences, tables with their keys and checks, functions, views |",
        "| `data.sql` | the rows, in transactions that DSQL takes |",
        "| `post-data.sql` | foreign keys and indexes, each waited for |",
        "| `quarantine.sql` | what DSQL has no place for, as comments |",
        "| `ledger.json` | every object of the source and what became of it |",
        "| `decisions.yaml` | what was decided where there was a choice |",
        "| `app/`, `audit/` | code and queries for foreign keys that the application keeps (where there are any) |",
        "| `verification.json`, `report.html` | the proof and the report, after `dsql-migrate migrate` or `verify` |",
        "",
        "| kept | rewritten | application | dropped | unknown |",
        "|---|---|---|---|---|",
        "| " + " | ".join(str(totals[k]) for k in ("kept", "rewritten", "application", "dropped", "unknown")) + " |",
        "",
        "Apply it, with a journal, retries and waiting for jobs:",
        "",
        "    dsql-migrate apply . --dsn 'host=… dbname=postgres user=admin sslmode=require'",
        "",
        "or with psql, file by file:",
        "",
        '    for f in pre-data.sql data.sql post-data.sql; do psql -v ON_ERROR_STOP=1 -f "$f" || break; done',
        "",
    ]
    return "\n".join(lines)


def _ways_in(source: dict[str, Any]) -> list[str]:
    """What a reader has to know of an input that was no dump of PostgreSQL."""
    if source.get("dialect") == "mysql":
        return [
            "It is a dump of MySQL, translated to PostgreSQL first. What verification compares is the translation: "
            "no MySQL has loaded the dump. Lines are those of the dump.",
            "",
        ]
    if "tool" in source:
        return [f"{source['files']:,} migrations of {source['tool']}, replayed to the schema that they leave.", ""]
    return []
