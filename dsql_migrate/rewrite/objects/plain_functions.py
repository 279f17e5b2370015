"""PL/pgSQL functions that are plain SQL at heart, as SQL functions of the same signature."""

from __future__ import annotations

from dataclasses import replace

from dsql_migrate.rewrite.edits import Edits
from dsql_migrate.rewrite.plan import Plan, dotted
from dsql_migrate.rewrite.quoting import literal
from dsql_migrate.rewrite.reading import Statement
from dsql_migrate.schema.model import Routine
from dsql_migrate.source.build import read
from dsql_migrate.source.facts import CreateFunction, Expression, Name, Span, TypeName, display
from dsql_migrate.source.lexemes import lexemes
from dsql_migrate.source.parse import Unparsable
from dsql_migrate.source.plain_frame import NotPlain
from dsql_migrate.source.plain_sql import plain_body
from dsql_migrate.source.quoted import chunks, joined

OTHER_RESULT = "in SQL it gave another result"  # how the reason begins where running both showed it
UNPROVED = "a query may do the same, which only a run shows"  # likewise where nothing is run
IN_SQL = "in SQL now, with the same meaning"


def as_sql(plan: Plan, id: str, routine: Routine, statement: Statement) -> str | None:
    """Put the function in SQL into ``plan.in_sql``; the reason where it cannot be, or shall not."""
    fact = statement.fact
    if not isinstance(fact, CreateFunction) or fact.procedure or fact.body_span is None:
        return f"DSQL has no functions in {routine.language}"
    try:
        made = _made(plan, fact, statement)
    except (NotPlain, Unparsable) as why:
        return f"DSQL has no functions in {routine.language}, and no query does the same: {why}"
    if plan.decide("plpgsql-functions", id) != "sql":
        return f"DSQL has no functions in {routine.language}"
    plan.in_sql[id] = made
    return None


def _made(plan: Plan, fact: CreateFunction, statement: Statement) -> Statement:
    text, span = statement.piece.text, fact.body_span
    assert span is not None
    parts = chunks(text, span.start, span.end)
    if not parts:
        raise NotPlain("its body is a string of another kind")
    body, _ = joined(parts)

    def type_of(type: TypeName, written: str) -> str:
        return _type(plan, type, written)

    sql = plain_body(body, fact, type_of)
    edits = Edits()
    words, starts, ends = lexemes(text)
    at = next(i for i, word in enumerate(words) if word == "language" and _is_name(words[i + 1]))
    edits.replace(Span(starts[at + 1], ends[at + 1]), "sql")
    edits.replace(span, _quoted(text, span, f"\n  {sql}\n"))
    new = edits.apply(text, 0, statement.piece.stop)
    made = read(new)
    if not isinstance(made, CreateFunction) or made.uses is None:
        raise NotPlain("the query made of it cannot be read")
    piece = replace(statement.piece, text=new, stop=len(new))
    return replace(statement, piece=piece, fact=made)


def _is_name(word: str) -> bool:
    return word.strip("'\"").lower() == "plpgsql"


def _quoted(text: bytes, span: Span, body: str) -> str:
    if text[span.start : span.start + 1] == b"$":
        tag = text[span.start : text.index(b"$", span.start + 1) + 1].decode("utf-8", "surrogateescape")
        return f"{tag}{body}{tag}"
    return literal(body).strip()


def _type(plan: Plan, type: TypeName, written: str) -> str:
    """A type as the target has it, in SQL. Raises NotPlain where it does not."""
    if type.name.endswith("%type"):
        return _of_column(plan, type)
    if type.schema != "pg_catalog":
        user = plan.catalogue.user_type(type.schema, type.name)
        if user is not None:
            if user.kind not in ("enum", "domain"):
                raise NotPlain(f"it uses the type {user.key[1]}")
            return "text" if f"type:{dotted(user.key)}" in plan.lost else written or dotted(user.key)
        if type.name in plan.target.extension_types or plan.catalogue.row_of(type):
            raise NotPlain(f"it uses the type {type.name}")
    if type.name in ("void", "record") or type.name in plan.target.expressions_refused | {"anyelement", "anyarray"}:
        raise NotPlain(f"it uses the type {type.name}")
    return written or display(replace(type, setof=False))


def _of_column(plan: Plan, type: TypeName) -> str:
    """table.column%TYPE."""
    table = plan.catalogue.table(Name(None, type.schema or ""))
    planned = plan.tables.get(plan.root(table.key)) if table is not None else None
    column = planned.columns.get(type.name.removesuffix("%type")) if planned is not None else None
    if column is None or column.choice.converted:
        raise NotPlain(f"it declares a variable by the column {type.schema}.{type.name.removesuffix('%type')}")
    source = column.column.type
    if source.modifiers and source.name in ("varchar", "bpchar", "bit", "varbit"):
        raise NotPlain(f"a {display(source)} refuses values that a cast cuts off")
    return _type(plan, source, "")


def uses_of(plan: Plan, id: str, routine: Routine) -> Expression | None:
    """What a function's body refers to: of the body that it has on the target."""
    made = plan.in_sql.get(id)
    return made.fact.uses if made is not None and isinstance(made.fact, CreateFunction) else routine.uses
