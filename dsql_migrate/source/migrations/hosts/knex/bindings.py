"""Bindings in SQL that Knex is given: ``?`` and ``:name`` for values, ``??`` and ``:name:`` for names."""

from __future__ import annotations

import re

from dsql_migrate.source.migrations.hosts.languages.tree import Items, Node, Pairs, Text
from dsql_migrate.source.migrations.hosts.sql import Part, Sql
from dsql_migrate.source.migrations.hosts.values import cut
from dsql_migrate.source.migrations.hosts.walk import Walk


def bound(text: Sql, values: Node, walk: Walk) -> Sql:
    """``?`` becomes a parameter, ``??`` the identifier it is given; ``:name`` and ``:name:`` likewise."""
    queue = list(values.items) if isinstance(values, Items) else [values]
    named = values.named() if isinstance(values, Pairs) else {}
    pattern = r"\\\?|\?\??" if not named else r"(?<!:):(\w+):?(?!:)"
    parts: list[Part] = []
    for part in text.parts:
        at = 0
        for found in re.finditer(pattern, part.text):
            parts += cut(part, at, found.start())
            place = cut(part, found.start(), found.end())[0]
            at = found.end()
            if found.group() == "\\?":
                shown = "?"
            elif named:
                node = named.get(found.group(1))
                shown = identifier(node, walk) if found.group().endswith(":") else "$1"
            else:
                node = queue.pop(0) if queue else None
                shown = identifier(node, walk) if found.group() == "??" else "$1"
            parts.append(Part(shown, place.start, place.end, False))
        parts += cut(part, at, len(part.text))
    return Sql(tuple(parts), text.holes)


def identifier(node: Node | None, walk: Walk) -> str:
    """A name, or a list of names, in double quotes."""
    found = walk.resolve(node) if node is not None else None
    items = found.items if isinstance(found, Items) else (found,) if found is not None else ()
    shown = [walk.word(item) if isinstance(walk.resolve(item), Text) else "_unknown" for item in items] or ["_unknown"]
    return ", ".join(".".join(f'"{piece}"' for piece in name.split(".")) for name in shown)
