"""Read-only queries that list the rows which break an obligation: for a foreign key, the rows whose parent is missing.

They run on the source and on the target alike: plain SELECT, no function, nothing that DSQL refuses.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from dsql_migrate.stubs.guards import overlap_query
from dsql_migrate.stubs.naming import file_names, needs_quotes, prose
from dsql_migrate.stubs.obligations import Exclusion, ForeignKey, Obligations, resolved

if TYPE_CHECKING:
    from sqlglot import exp


def orphan_query(fk: ForeignKey) -> str:
    """A SELECT of the rows of ``fk.table`` that the foreign key would refuse; no row means the key holds.

    MATCH SIMPLE: a row with a NULL among the key's columns names nothing and is right. MATCH FULL: only a row with all
    of them NULL is; one with some NULL is listed. ``fk.referenced_columns`` must be given.
    """
    from sqlglot import exp

    child = [_column(name, "child") for name in fk.columns]
    parent = [_column(name, "parent") for name in fk.referenced_columns]
    same = exp.and_(*(exp.EQ(this=p, expression=c) for p, c in zip(parent, child, strict=True)))
    found = exp.select("1").from_(_table(fk.references, "parent")).where(same)
    absent = exp.Exists(this=found).not_()
    whole = exp.and_(*(_is_null(column).not_() for column in child), absent)
    wrong: exp.Condition = whole
    if fk.match == "full" and len(child) > 1:
        some_null = exp.or_(*(_is_null(column) for column in child))
        some_not = exp.or_(*(_is_null(column).not_() for column in child))
        wrong = exp.or_(whole, exp.and_(some_null, some_not))
    names = (*fk.table, *fk.columns, *fk.references, *fk.referenced_columns)
    flat = all(name.isprintable() for name in names)  # sqlglot's layout would indent the second line of a quoted name
    return exp.select("child.*").from_(_table(fk.table, "child")).where(wrong).sql("postgres", pretty=flat)


def write_audits(obligations: Obligations, folder: Path) -> dict[str, str]:
    """Write ``audit/<name>.sql`` for each foreign key and exclusion; returns each id's file, relative to ``folder``."""
    kept = resolved(obligations)
    texts: dict[str, tuple[ForeignKey | Exclusion, str]] = {}
    texts |= {key.id: (key, _audit(key, obligations.source)) for key in kept.foreign_keys}
    texts |= {one.id: (one, _overlaps(one, obligations)) for one in kept.exclusions}
    names = file_names((*one.table, one.name) for one, _ in texts.values())
    written: dict[str, str] = {}
    for id, (one, text) in texts.items():
        path = folder / "audit" / f"{names[(*one.table, one.name)]}.sql"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
        written[id] = path.relative_to(folder).as_posix()
    return written


def _overlaps(one: Exclusion, obligations: Obligations) -> str:
    table = obligations.table(one.table)
    comment = [
        f"-- Pairs of rows of {prose('.'.join(one.table))} that exclusion constraint {prose(one.name)} would refuse.",
        f"-- From {prose(obligations.source)}, line {one.line}. No row: it holds. Its columns are the target's.",
    ]
    return "\n".join([*comment, overlap_query(one, table.primary_key if table else ()) + ";", ""])


def _audit(key: ForeignKey, source: str) -> str:
    comment = [
        f"-- Rows of {prose('.'.join(key.table))} that foreign key {prose(key.name)} would refuse.",
        f"-- From {prose(source)}, line {key.line}. No row: the key holds.",
    ]
    return "\n".join([*comment, orphan_query(key) + ";", ""])


def _is_null(column: exp.Expression) -> exp.Is:
    from sqlglot import exp

    return exp.Is(this=column.copy(), expression=exp.Null())


def _identifier(name: str) -> exp.Identifier:
    from sqlglot import exp

    return exp.Identifier(this=name, quoted=needs_quotes(name))


def _column(name: str, table: str) -> exp.Column:
    from sqlglot import exp

    return exp.Column(this=_identifier(name), table=_identifier(table))


def _table(name: tuple[str, str], alias: str) -> exp.Table:
    from sqlglot import exp

    alias_node = exp.TableAlias(this=_identifier(alias))
    return exp.Table(this=_identifier(name[1]), db=_identifier(name[0]), alias=alias_node)
