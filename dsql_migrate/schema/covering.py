"""Which index does all that another one does, on DSQL: direction, collation and operator class make no difference."""

from __future__ import annotations

from dsql_migrate.record import Record
from dsql_migrate.source.facts import CreateIndex, IndexKey


class Signature(Record):
    """What decides which queries an index serves on DSQL, where direction, collation and operator class are one."""

    keys: tuple[str, ...]
    include: frozenset[str] = frozenset()
    where: str | None = None
    unique: bool = False
    distinct: bool = True  # NULLs are told apart


def signature(fact: CreateIndex) -> Signature:
    """Of an index as it will be on DSQL."""
    where = _plain(fact.where.text) if fact.where is not None else None
    return Signature(tuple(map(_key, fact.keys)), frozenset(fact.include), where, fact.unique,
                     not fact.nulls_not_distinct)  # fmt: skip


def _key(key: IndexKey) -> str:
    text = key.column or _plain(key.expression.text if key.expression is not None else "")
    first = key.nulls == ("last" if key.order == "desc" else "first")
    return f"{text} nulls first" if first else text


def _plain(text: str) -> str:
    text = "".join(text.split())
    while text.startswith("(") and text.endswith(")") and _closes(text):
        text = text[1:-1]
    return text


def _closes(text: str) -> bool:
    """Whether the first parenthesis is closed by the last character."""
    depth = 0
    for i, character in enumerate(text):
        depth += (character == "(") - (character == ")")
        if depth == 0:
            return i == len(text) - 1
    return False


def covers(one: Signature, other: Signature, *, whole: bool) -> bool:
    """Whether ``one`` does all that ``other`` does."""
    if other.unique and not (one.unique and one.keys == other.keys and one.distinct == other.distinct):
        return False
    if one.keys[: len(other.keys)] != other.keys or one.where != other.where:
        return False
    return whole or other.include <= one.include | set(one.keys)
