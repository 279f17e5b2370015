"""A bundle like the one that pagila gives: about 400 entries, every disposition, verification and findings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

Document = dict[str, Any]

NAMES = (
    "actor address category city country customer film film_actor film_category inventory language payment "
    "payment_p2022_01 payment_p2022_02 payment_p2022_03 payment_p2022_04 payment_p2022_05 payment_p2022_06 rental "
    "staff store"
)
TABLES = NAMES.split()
ROWS = {"payment": 16_049, "rental": 16_044, "film_actor": 5_462, "inventory": 4_581, "film": 1_000}


class Book:
    """Collects ledger entries, with a line number that grows."""

    def __init__(self) -> None:
        self.entries: list[Document] = []
        self.line = 20

    def add(self, kind: str, name: str, disposition: str, **rest: Any) -> None:
        self.line += 7
        entry: Document = {"id": f"{kind}:{name}", "kind": kind, "name": name, "line": self.line, "into": []}
        entry |= {"disposition": disposition, "reason": "", "rule": None, "proof": "exact", **rest}
        self.entries.append(entry)


def _tables(book: Book) -> None:
    book.add("schema", "public", "kept")
    for table in TABLES:
        pre = {"into": ["pre-data.sql"]}
        if "_p2022" in table:
            reason = "DSQL has no partitions: rows go to the parent"
            book.add("partition", f"public.{table}", "rewritten", rule="DSQL104", reason=reason, proof="replayed")
            continue
        book.add("table", f"public.{table}", "kept", **pre)
        for number in range(8):
            book.add("column", f"public.{table}.column_{number}", "kept", **pre)
        reason = "a primary key has to stand in CREATE TABLE"
        key = {"detail": "primary key", "rule": "DSQL202", "reason": reason, "proof": "replayed", **pre}
        book.add("constraint", f"public.{table}.{table}_pkey", "rewritten", **key)
        rows = "COPY in blocks of at most 3,000 rows"
        book.add(
            "rows", f"public.{table}", "kept", reason=rows, into=["data.sql"], proof="replayed", rows=ROWS.get(table, 0)
        )
        book.add("comment", f"table public.{table}", "dropped", reason="COMMENT is not accepted", rule="DSQL516")
        book.add("owner", f"table public.{table}", "dropped", reason="roles are not carried over", rule="DSQL602")
    book.add(
        "column", "public.film.fulltext", "rewritten", rule="DSQL101", reason="tsvector becomes text", proof="replayed"
    )


def _keys_and_indexes(book: Book) -> None:
    post = {"into": ["post-data.sql"], "proof": "replayed"}
    for table in TABLES[:18]:
        reason = "serial is an identity column here"
        extra = {"rule": "DSQL401", "reason": reason, "into": ["pre-data.sql"], "proof": "replayed"}
        book.add("sequence", f"public.{table}_{table}_id_seq", "rewritten", **extra)
    for number in range(36):
        reason = "added after the load and validated by a job"
        foreign = {"detail": "foreign key", "rule": "DSQL203", "reason": reason, **post}
        book.add("constraint", f"public.{TABLES[number % 21]}.fk_{number}", "rewritten", **foreign)
    for number in range(30):
        reason = "indexes are built by CREATE INDEX ASYNC"
        book.add("index", f"public.idx_{number}", "rewritten", rule="DSQL301", reason=reason, **post)
    reason = "gist is not an access method of DSQL"
    proof = "unproved: no full-text search on the engine"
    book.add("index", "public.film_fulltext_idx", "dropped", rule="DSQL303", reason=reason, proof=proof)


def _code(book: Book) -> None:
    for number in range(14):
        reason = "DSQL has no triggers"
        stub = {
            "rule": "DSQL501",
            "reason": reason,
            "into": [f"app/python/shop/{TABLES[number]}.py"],
            "proof": "replayed",
        }
        book.add("trigger", f"public.{TABLES[number]}.last_updated", "application", **stub)
    extra = {"into": ["app/python/shop/film.py"], "proof": "unproved: no full-text search on the engine"}
    book.add("trigger", "public.film.film_fulltext_trigger", "application", rule="DSQL501", reason=reason, **extra)
    for name in ("last_updated", "inventory_in_stock", "rewards_report", "get_customer_balance"):
        extra = {"rule": "DSQL502", "reason": "PL/pgSQL does not run on DSQL", "into": ["quarantine.sql"]}
        book.add("function", f"public.{name}()", "application", proof="unproved: PL/pgSQL was not translated", **extra)
    for name in ("film_in_stock", "film_not_in_stock", "_group_concat"):
        book.add("function", f"public.{name}()", "kept", into=["pre-data.sql"], proof="replayed")
    for name in ("mpaa_rating", "address_kind", "payment_state"):
        enum = {
            "detail": "enum",
            "values": ["G", "PG", "R"],
            "reason": "an enum becomes a domain with CHECK",
            "into": ["pre-data.sql"],
        }
        book.add("type", f"public.{name}", "rewritten", rule="DSQL107", proof="replayed", **enum)
    for name in ("actor_info", "customer_list", "film_list", "sales_by_store", "staff_list"):
        book.add("view", f"public.{name}", "kept", into=["pre-data.sql"], proof="replayed")
    extra = {"rule": "DSQL505", "reason": "DSQL has no materialized views", "into": ["quarantine.sql"]}
    proof = "unproved: refreshing is up to the application"
    book.add("materialized view", "public.rental_by_category", "application", proof=proof, **extra)
    for name in ("statement_timeout", "lock_timeout", "client_encoding", "row_security", "xmloption", "escape"):
        reason = "a session setting of pg_dump that DSQL does not know"
        book.add("setting", name, "dropped", rule="DSQL601", reason=reason)


def make_ledger() -> Document:
    """ledger.json of the sample."""
    book = Book()
    for part in (_tables, _keys_and_indexes, _code):
        part(book)
    return ledger_of(book.entries)


def ledger_of(entries: list[Document]) -> Document:
    """A ledger that holds ``entries`` and counts them right."""
    totals = dict(Counter(entry["disposition"] for entry in entries))
    source = {"path": "pagila.dump.sql", "sha256": "9f" * 32, "statements": 611, "copy_blocks": 21, "rows": 46_273}
    return {"schema_version": 1, "as_of": "2026-09-15", "source": source, "entries": entries, "totals": totals}


def entry(name: str = "public.a", disposition: str = "kept", kind: str = "table", **rest: Any) -> Document:
    """One ledger entry."""
    base = {"id": f"{kind}:{name}", "kind": kind, "name": name, "line": 1, "into": [], "reason": "", "rule": None}
    return {**base, "disposition": disposition, "proof": "exact", **rest}


def make_verification() -> Document:
    """verification.json of the sample: everything equal."""
    names = [table for table in TABLES if "_p2022" not in table]
    rows = {name: ROWS.get(name, 0) for name in names}
    rows["city"] = 46_273 - sum(rows.values())
    tables = [
        {"name": f"public.{n}", "rows_source": r, "rows_target": r, "digest_source": d, "digest_target": d}
        for n, r in rows.items()
        for d in [f"{hash_of(n):016x}" * 2]
    ]
    checks = [
        ("tables and columns", "names, types, nullability and defaults", {"tables": 15, "columns": 132}),
        ("keys and constraints", "definition and state", {"primary keys": 15, "foreign keys": 36}),
        ("indexes", "definition and validity", {"indexes": 30}),
        ("sequences", "the next value of each", {"sequences": 18}),
        ("views", "definition, and rows of each", {"views": 5}),
        ("rows", "count and order-free digest of every table", {"rows": 46_273}),
    ]
    return {
        "schema_version": 1,
        "as_of": "2026-09-15",
        "engine": "PostgreSQL 16.4 with the DSQL policy of 2026-09-15",
        "ok": True,
        "checks": [{"name": n, "ok": True, "detail": d, "counts": c} for n, d, c in checks],
        "tables": tables,
        "unproved": [{"object": "materialized view:public.rental_by_category", "reason": "not refreshed"}],
    }


def hash_of(text: str) -> int:
    """A number that is the same in every run, unlike hash()."""
    return int.from_bytes(text.encode().ljust(8, b"x")[:8], "big")


def make_findings(ledger: Document) -> list[Document]:
    """A finding for every entry that a rule moved."""
    told = {
        "DSQL301": ("index-not-async", "CREATE INDEX needs ASYNC", "write CREATE INDEX ASYNC"),
        "DSQL501": ("trigger", "CREATE TRIGGER is not accepted", "call the generated code where rows are written"),
    }
    return [_finding(e, *told.get(e["rule"], ("rule", e["reason"], ""))) for e in ledger["entries"] if e["rule"]]


def _finding(entry: Document, name: str, message: str, advice: str) -> Document:
    place = {"path": "pagila.dump.sql", "line": entry["line"], "column": 1, "end_line": entry["line"], "end_column": 9}
    answer = {"sqlstate": "0A000", "server_message": "statement not supported", "help": advice, "since": None}
    severity = "info" if entry["disposition"] == "dropped" else "error"
    told = {"code": entry["rule"], "name": name, "severity": severity, "message": message, "object": entry["name"]}
    return {**place, **answer, **told, "start": 0, "end": 8, "fix": None}


@pytest.fixture
def ledger() -> Document:
    return make_ledger()


@pytest.fixture
def verification() -> Document:
    return make_verification()


@pytest.fixture
def findings(ledger: Document) -> list[Document]:
    return make_findings(ledger)


@pytest.fixture
def bundle() -> Callable[[list[str]], Document]:
    """Makes a ledger with one table for each disposition named."""
    return lambda dispositions: ledger_of([entry(f"public.t{n}", d) for n, d in enumerate(dispositions)])
