"""Schemas beyond DSQL's limit: their objects go into ``public`` as ``schema__name``, and every statement follows.

DSQL takes 10 schemas beside public (quotas page; 54000 "more than 10 schemas not allowed"). The first ones of the
script
stay as they are.
"""

from __future__ import annotations

from dataclasses import replace

from dsql_migrate.rewrite.edits import Edits
from dsql_migrate.rewrite.plan import Plan
from dsql_migrate.rewrite.quoting import identifier, literal
from dsql_migrate.schema import split_qualified
from dsql_migrate.schema.catalogue import SYSTEM
from dsql_migrate.schema.model import Key
from dsql_migrate.schema.naming import cut
from dsql_migrate.source.facts import Span
from dsql_migrate.source.parse import Token, Unparsable, tokens


def find_flattened(plan: Plan) -> frozenset[str]:
    """The schemas whose objects go into public: by decision, and those that do not fit. Fills ``plan.prefixed``."""
    names = [name for name in (*plan.catalogue.schemas, *assumed(plan)) if name not in ("public", "sys")]
    wanted = [name for name in names if plan.decide("schemas", f"schema:{name}") == "prefix"]
    kept = [name for name in names if name not in wanted]
    found = frozenset([*wanted, *kept[plan.target.limit("schemas") :]])
    taken = {key for key in _relations_of(plan) if key[0] == "public"}
    for key in sorted(_relations_of(plan), key=lambda k: (k[0], k[1])):
        if key[0] in found:
            place = ("public", cut(f"{key[0]}__{key[1]}"))
            number = 1
            while place in taken:
                ending = f"_{number}"
                place = ("public", cut(f"{key[0]}__{key[1]}", 63 - len(ending)) + ending)
                number += 1
            taken.add(place)
            plan.prefixed[key] = place
    return found


def assumed(plan: Plan) -> dict[str, int]:
    """Schemas that the script takes for there, as the dump of one table does; the statement that does so first."""
    catalogue = plan.catalogue
    spaces = (catalogue.tables, catalogue.sequences, catalogue.views, catalogue.types)
    places = [(key[0], thing.place.statement) for space in spaces for key, thing in space.items()]
    places += [(schema, routine.place.statement) for (schema, _), routine in catalogue.routines.items()]
    found: dict[str, int] = {}
    for name, number in sorted(places, key=lambda p: p[1]):
        if name != "public" and name not in catalogue.schemas and name not in SYSTEM:
            found.setdefault(name, number)
    return found


def why_flattened(plan: Plan, name: str) -> str:
    """Why the objects of a schema are in public."""
    wanted = plan.decide("schemas", f"schema:{name}") == "prefix"
    why = "by decision" if wanted else f"DSQL takes {plan.target.limit('schemas')} schemas"
    return f"its objects are in public as {name}__…: {why}"


def _relations_of(plan: Plan) -> set[Key]:
    """What shares one space of names: tables, views, sequences, types and indexes."""
    catalogue = plan.catalogue
    spaces = (catalogue.tables, catalogue.views, catalogue.sequences, catalogue.types, catalogue.indexes)
    return {key for space in spaces for key in space}


def flatten_items(plan: Plan) -> None:
    """Rename in every item what has moved."""
    if not plan.flattened:
        return
    known = _known(plan)
    plan.pre = [replace(item, text=_flatten(plan, item.text, known)) for item in plan.pre]
    plan.post = [replace(item, text=_flatten(plan, item.text, known)) for item in plan.post]
    plan.data = {number: replace(item, text=_flatten(plan, item.text, known)) for number, item in plan.data.items()}


def member(plan: Plan, table: Key, name: str) -> str:
    """The name of a key's or index's relation on the target: it lives in its table's schema."""
    return plan.place((table[0], name))[1]


def _known(plan: Plan) -> frozenset[Key]:
    catalogue = plan.catalogue
    found = (
        set(catalogue.tables)
        | set(catalogue.views)
        | set(catalogue.sequences)
        | set(catalogue.types)
        | set(catalogue.indexes)
    )
    found |= {routine.key for routine in catalogue.routines.values()}
    return frozenset(k for k in found if k[0] in plan.flattened)


def _flatten(plan: Plan, text: bytes, known: frozenset[Key]) -> bytes:
    """A statement (with psql lines behind it, perhaps) under the new names."""
    if not any(schema.encode("utf-8", "surrogateescape") in text for schema in plan.flattened):
        return text
    at = text.find(b" \\gset\n")
    sql, rest = (text[:at], text[at:]) if at >= 0 else (text, b"")
    try:
        found = tokens(sql)
    except Unparsable:
        return text
    edits = Edits()
    for i, token in enumerate(found):
        if token.name == "SCONST" and found[0].word != "comment":
            _string(plan, token, sql, known, edits)
        elif i + 2 < len(found) and found[i + 1].word == "." and (i == 0 or found[i - 1].word != "."):
            key = (_name(token, sql), _name(found[i + 2], sql))
            if key in known:
                place = plan.place(key)
                edits.replace(Span(token.start, found[i + 2].end), f"{identifier(place[0])}.{identifier(place[1])}")
    _relations(plan, found, sql, edits)
    return edits.apply(sql) + rest


def _name(token: Token, sql: bytes) -> str:
    text = sql[token.start : token.end].decode("utf-8", "surrogateescape")
    return text[1:-1].replace('""', '"') if text.startswith('"') else text.lower()


def _string(plan: Plan, token: Token, sql: bytes, known: frozenset[Key], edits: Edits) -> None:
    """'schema.sequence' as an argument, or the body of a function."""
    text = sql[token.start : token.end]
    if text.startswith(b"$"):
        tag = text[: text.index(b"$", 1) + 1]
        inner = text[len(tag) : -len(tag)]
        changed = _flatten(plan, inner, known)
        if changed != inner:
            edits.replace(Span(token.start, token.end), (tag + changed + tag).decode("utf-8", "surrogateescape"))
    elif text.startswith(b"'"):
        parts = split_qualified(text[1:-1].decode("utf-8", "surrogateescape").replace("''", "'"))
        if len(parts) == 2 and (parts[0], parts[1]) in known:
            place = plan.place((parts[0], parts[1]))
            edits.replace(
                Span(token.start, token.end), literal(f"{identifier(place[0])}.{identifier(place[1])}").strip()
            )


def _relations(plan: Plan, found: list[Token], sql: bytes, edits: Edits) -> None:
    """Names that share the space of tables and are not qualified: of an index, of a key."""
    words = [t.word for t in found]
    if words[:3] == ["comment", "on", "constraint"] and len(found) > 7 and words[6] == ".":
        _commented_constraint(plan, found, sql, edits)
        return
    schema = _schema_of(plan, found, sql)
    if schema is None:
        return
    for i, word in enumerate(words):
        key = word == "constraint" and words[i + 2 : i + 3] and words[i + 2] in ("primary", "unique")
        index = word == "async" and words[i - 1] == "index" and words[i + 1 : i + 2] != ["on"]
        if key or index:
            at = i + 1
            while words[at] in ("if", "not", "exists"):
                at += 1
            name = member(plan, (schema, ""), _name(found[at], sql))
            edits.replace(Span(found[at].start, found[at].end), identifier(name))


def _commented_constraint(plan: Plan, found: list[Token], sql: bytes, edits: Edits) -> None:
    """COMMENT ON CONSTRAINT name ON schema.table: a key's name is that of its index, which has moved with the table."""
    name, table = _name(found[3], sql), (_name(found[5], sql), _name(found[7], sql))
    known = plan.catalogue.tables.get(table)
    constraint = known.constraints.get(name) if known else None
    if constraint is not None and constraint.kind in ("primary", "unique"):
        edits.replace(Span(found[3].start, found[3].end), identifier(member(plan, table, name)))


def _schema_of(plan: Plan, found: list[Token], sql: bytes) -> str | None:
    """The moved schema of the table that a CREATE TABLE or CREATE INDEX is about."""
    words = [t.word for t in found]
    if words[:1] != ["create"]:
        return None
    marker = "on" if "index" in words[:3] else "table" if "table" in words[:3] else None
    if marker is None or marker not in words:
        return None
    i = words.index(marker) + 1
    while i < len(words) and words[i] in ("if", "not", "exists", "only"):
        i += 1
    if i + 2 < len(found) and words[i + 1] == ".":
        schema = _name(found[i], sql)
        return schema if schema in plan.flattened else None
    return None
