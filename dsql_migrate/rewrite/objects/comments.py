"""COMMENT ON: kept where DSQL takes one on that kind of object and the object is in the bundle under its name."""

from __future__ import annotations

import re
from dataclasses import replace

from dsql_migrate.rewrite.edits import Edits
from dsql_migrate.rewrite.plan import Item, Plan, dotted
from dsql_migrate.rewrite.quoting import article, identifier, literal, qualified
from dsql_migrate.rewrite.reading import Statement
from dsql_migrate.rewrite.tables.facets import first_facet
from dsql_migrate.schema.model import Key
from dsql_migrate.source import facts
from dsql_migrate.source.facts import Name, Span
from dsql_migrate.source.lexemes import lexemes

_ON_TABLE = re.compile(rb"(\bcomment\s+on\s+)table\b", re.I)


def comment(plan: Plan, statement: Statement, fact: facts.CommentOn) -> None:
    """Enter a COMMENT ON; an item where its object is in the bundle."""
    now = _now(plan, statement, fact)
    if now is None:
        about, line = f"{fact.kind} {'.'.join(fact.name)}", statement.line
        reason = "what it is about is not there at the end of the script"
        plan.note("statement", f"COMMENT ON {about}", line, "dropped", reason, suffix=f"@{line}")
        return
    fact, sql = now
    name = _comment_name(plan, fact)
    label = f"{fact.kind} {name}"
    before = plan.ledger.get(f"comment:{label}")
    if fact.text is None and before is not None and before.disposition == "kept":
        section = plan.post if "post-data.sql" in before.into else plan.pre  # said and taken back: the last word counts
        section.append(Item(sql, statement.number, (before.id,), statement.search_path, rank=90))
        return
    if fact.text is None:
        reason = "it takes a comment away that is not there"
        plan.note("statement", f"COMMENT ON {label}", statement.line, "dropped", reason, suffix=f"@{statement.line}")
        return
    why = _no_comment(plan, fact, name)
    if why is not None:
        plan.note("comment", label, statement.line, "dropped", why, rule="DSQL518")
        return
    if fact.kind == "column" and _on_facet(plan, statement, fact, label):
        return
    if fact.kind == "materialized view":
        _on_another_kind(plan, statement, label, "TABLE" if _stored(plan, name) else "VIEW")
        return
    late = fact.kind == "index" or (fact.kind == "constraint" and _detail(plan, name) in ("foreign key", None))
    section, file = (plan.post, "post-data.sql") if late else (plan.pre, "pre-data.sql")
    if fact.kind == "table" and any(dotted(parent) == name for parent in plan.views):
        sql = _ON_TABLE.sub(rb"\1VIEW", sql, count=1)
    entry = plan.note("comment", label, statement.line, "kept", into=(file,))
    if entry.disposition == "kept":
        section.append(Item(sql, statement.number, (f"comment:{label}",), statement.search_path, rank=90))


def _now(plan: Plan, statement: Statement, fact: facts.CommentOn) -> tuple[facts.CommentOn, bytes] | None:
    """The comment and its SQL with the names that its object has at the end; None where it is gone by then."""
    piece = statement.piece
    found = plan.script.scope.commented.get(statement.number)
    if found is None:
        return fact, piece.sql
    table, column = found
    if plan.catalogue.tables.get(table.key) is not table:
        return None
    if fact.kind == "column" and (column is None or table.columns.get(column.name) is not column):
        return None
    same = column is None or column.name == fact.name[-1]
    old = fact.name[:-1] if column is not None else fact.name
    if same and old[-1] == table.key[1] and old[-2:-1] in ((), table.key[:1]):
        return fact, piece.sql
    shown = qualified(table.key) + (f".{identifier(column.name)}" if column is not None else "")
    text = "NULL" if fact.text is None else literal(fact.text).strip()
    sql = f"COMMENT ON {fact.kind.upper()} {shown} IS {text};".encode("utf-8", "surrogateescape")
    name = (*table.key, column.name) if column is not None else table.key
    return replace(fact, name=name), piece.text[: piece.body] + sql


def _on_facet(plan: Plan, statement: Statement, fact: facts.CommentOn, label: str) -> bool:
    """The comment of a column that was taken apart, on the first of its facets. False: it was not."""
    table = _relation(plan, fact.name[:-1])
    facet = first_facet(plan, table, fact.name[-1])
    if facet is None or fact.text is None:
        return False
    reason = f"on {facet}, the first of the columns that it has become"
    entry = plan.note("comment", label, statement.line, "rewritten", reason, rule="DSQL101", into=("pre-data.sql",))
    if entry.disposition == "rewritten":
        sql = f"COMMENT ON COLUMN {qualified(table)}.{identifier(facet)} IS {literal(fact.text).strip()}"
        made = statement.piece.text[: statement.piece.body] + sql.encode("utf-8", "surrogateescape")
        plan.pre.append(Item(made, statement.number, (f"comment:{label}",), statement.search_path, rank=90))
    return True


def _stored(plan: Plan, name: str) -> bool:
    return any(dotted(key) == name for key in plan.stored)


def _on_another_kind(plan: Plan, statement: Statement, label: str, kind: str) -> None:
    """COMMENT ON MATERIALIZED VIEW of one that is a view or a table now."""
    text, edits = statement.piece.text, Edits()
    words, starts, ends = lexemes(text)
    at = words.index("materialized")
    if kind == "VIEW":
        edits.delete(Span(starts[at], ends[at]), text)
    else:
        edits.replace(Span(starts[at], ends[at + 1]), kind)
    into, reason = ("pre-data.sql",), f"on a {kind.lower()} now"
    entry = plan.note("comment", label, statement.line, "rewritten", reason, rule="DSQL505", into=into)
    if entry.disposition == "rewritten":
        sql = edits.apply(text, 0, statement.piece.stop)
        plan.pre.append(Item(sql, statement.number, (entry.id,), statement.search_path, rank=90))


def _comment_name(plan: Plan, fact: facts.CommentOn) -> str:
    """The object's name as the ledger has it."""
    if fact.kind in ("schema", "extension", "database", "role", "language", "publication", "event trigger"):
        return ".".join(fact.name)
    if fact.kind in ("column", "constraint", "trigger", "rule", "policy"):
        key = _relation(plan, fact.name[:-1])
        return f"{dotted(key)}.{fact.name[-1]}"
    if fact.kind == "domain constraint":
        user = plan.catalogue.user_type(fact.name[-3] if len(fact.name) > 2 else None, fact.name[-2])
        return f"{dotted(user.key) if user else '.'.join(fact.name[:-1])}.{fact.name[-1]}"
    if fact.signature is not None:
        schema = fact.name[-2] if len(fact.name) > 1 else None
        for candidate, signature in plan.catalogue.candidates(schema, fact.signature):
            if (candidate, signature) in plan.catalogue.routines:
                return f"{candidate}.{signature}"
        return f"{schema or plan.catalogue.creation_schema()}.{fact.signature}"
    if fact.kind in ("type", "domain"):
        user = plan.catalogue.user_type(fact.name[-2] if len(fact.name) > 1 else None, fact.name[-1])
        return dotted(user.key) if user else ".".join(fact.name)
    return dotted(_relation(plan, fact.name)) if fact.name else ""


def _of_view(plan: Plan, fact: facts.CommentOn, name: str) -> bool:
    """Whether a constraint or index is that of a partitioned table that is a view now."""
    if fact.kind == "constraint":
        return any(name.startswith(f"{dotted(parent)}.") for parent in plan.views)
    return any(dotted(index.key) == name for parent in plan.views for index in plan.catalogue.indexes_of(parent))


def _relation(plan: Plan, parts: tuple[str, ...]) -> Key:
    name = Name(parts[-2] if len(parts) > 1 else None, parts[-1] if parts else "")
    found = plan.catalogue.relation_key(name)
    if found is None:
        found = next(
            (k for k in plan.catalogue.candidates(name.schema, name.name) if k in plan.catalogue.indexes), None
        )
    return found or plan.catalogue.new_key(name)


def _detail(plan: Plan, name: str) -> str | None:
    entry = plan.ledger.get(f"constraint:{name}")
    return entry.detail if entry else None


def _no_comment(plan: Plan, fact: facts.CommentOn, name: str) -> str | None:
    """Why a comment cannot be set; None where it can."""
    kind = "view" if fact.kind == "materialized view" else fact.kind
    if kind not in plan.target.commentable or (name == "public" and fact.kind == "schema"):
        return f"DSQL takes no comment on {'the schema public' if fact.kind == 'schema' else article(fact.kind)}"
    ids = {f"{fact.kind}:{name}"}
    if fact.kind == "column":
        table = name.rpartition(".")[0]
        ids |= {f"view:{table}", f"materialized view:{table}"}
    elif fact.kind in ("function", "routine"):
        ids |= {f"function:{name}"}
    entry = next((e for e in (plan.ledger.get(i) for i in sorted(ids)) if e is not None), None)
    moved = plan.moved.get(entry.id) if entry is not None else None
    if moved == ():
        return "another index stands for it now"
    if moved:
        now = {"index": "it is an index now", "table": "it is a table now"}
        return now.get(moved[0].partition(":")[0], "another key stands for it now")
    merged = any(dotted(m) == name or name.startswith(f"{dotted(m)}.") for m in plan.merges)
    if fact.kind in ("constraint", "index") and _of_view(plan, fact, name):
        return "each partition has one of its own"
    if entry is None or entry.disposition not in ("kept", "rewritten") or not entry.into or merged:
        return "what it is about is not in the bundle under that name"
    return None
