"""Compares the replayed source with the target. What differs and stands in no ledger entry fails the run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from dsql_migrate.verify import access, accounting, checks, rows, structure
from dsql_migrate.verify.converted_back import compare_back
from dsql_migrate.verify.expect import Expectations
from dsql_migrate.verify.loaded import LoadReport
from dsql_migrate.verify.next_numbers import next_numbers
from dsql_migrate.verify.outcome import Comparison
from dsql_migrate.verify.second import Second

SCHEMA_VERSION = 1


def compare(
    source_dsn: str,
    target_dsn: str,
    ledger: Mapping[str, Any],
    expectations: Expectations,
    load_report: LoadReport,
    again: Callable[[], str] | None = None,
) -> dict[str, Any]:
    """The content of verification.json: ``{schema_version, as_of, engine, ok, checks, tables, unproved}``.

    ``again`` loads the source once more, without the code in it, and gives that database's dsn; it is called where
    rows differ, to tell what the script's clock and its triggers made of them. Both databases are only read.
    ``ledger`` is ledger.json's content. Raises Failure where one cannot be reached, psycopg.Error where its catalogue
    cannot be read.
    """
    source, target = access.reader_of_source(source_dsn), access.reader(target_dsn)
    with source, target:
        comparison = Comparison(
            structure.read(source), structure.read(target, expectations.ignored_schemas), expectations, load_report
        )
        for id, reason in load_report.unproved:
            comparison.leave(id, reason)
        _unloaded(comparison)
        second = Second(again)
        try:
            counted, digests, tables = rows.compare_rows(comparison, source, target, second)
        finally:
            second.close()
        done = [
            accounting.accounted(comparison, ledger["entries"]),
            checks.tables(comparison),
            checks.columns(comparison),
            checks.constraints(comparison),
            checks.indexes(comparison),
            rows.compare_views(comparison, source, target),
            checks.functions(comparison),
            checks.sequences(comparison),
            next_numbers(comparison, target),
            checks.others(comparison),
            counted,
            digests,
            compare_back(comparison, source, target),
            accounting.nothing_extra(comparison),
        ]
        version = target.info.server_version
    found = [check.as_json() for check in done]
    return {
        "schema_version": SCHEMA_VERSION,
        "as_of": ledger.get("as_of"),
        "engine": f"PostgreSQL {version // 10000}.{version % 10000}",
        "source_engine": f"PostgreSQL {load_report.server}",
        "ok": all(check["ok"] for check in found),
        "checks": found,
        "tables": tables,
        "unproved": [{"object": id, "reason": reason} for id, reason in sorted(comparison.unproved.items())],
    }


def proofs(verification: Mapping[str, Any], expectations: Expectations) -> dict[str, str]:
    """The ledger's ``proof`` for each entry: ``replayed`` where it was carried over and compared, else why not.

    Entries of kinds that leave no trace in a database, and those that were moved to the application, are not in it.
    """
    reasons = {item["object"]: item["reason"] for item in verification["unproved"]}
    differing = {id for check in verification["checks"] for id in check["objects"]}
    found = {}
    for expectation in expectations.objects:
        reason = reasons.get(expectation.id)
        if reason is not None:
            found[expectation.id] = f"unproved: {reason}"
        elif expectation.targets:
            failed = not differing.isdisjoint((expectation.id, *expectation.targets))
            found[expectation.id] = "unproved: the comparison failed" if failed else "replayed"
    return found


def _unloaded(comparison: Comparison) -> None:
    """Statements that failed on the source and made no object of their own: they are told, not judged."""
    for failure in comparison.load.failures:
        if failure.object.startswith(("statement", "rows:")) or failure.object not in comparison.source_items:
            name = f"statement ({failure.where})" if failure.object == "statement" else failure.object
            message = f"{failure.sqlstate} {failure.message}".strip()
            server = f"PostgreSQL {comparison.load.server}"
            comparison.leave(name, f"{server} would not run it ({failure.where}): {message}")
