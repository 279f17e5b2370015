"""Names and texts of a dump as TypeScript: identifiers that hide nothing, property names, string literals."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from dsql_migrate.stubs.naming import digest, slug

_WORDS = frozenset(
    """
    abstract any arguments as async await bigint boolean break case catch class const constructor continue debugger
    declare default delete do else enum eval export extends false finally for from function get if implements import in
    infer infinity instanceof interface is keyof let module nan namespace never new null object of package
    private protected public readonly require return set static string super switch symbol this throw true try type
    typeof undefined unique unknown var void while with yield
    """.split()  # noqa: SIM905
)
# What modules call by a bare name.
_CALLED = frozenset(
    """
    Array BigInt Boolean Buffer Date Error Infinity JSON Map Math NaN Number Object Promise Record Set String Symbol
    Partial globalThis console process exports module require insert insertMany update updateWhere upsert remove
    removeWhere deleteWhere inserted updated deleted insertRow updateRow deleteRow work transaction old row rows key
    newKey values changes where columns stored error TABLE Table Work Row Key ForeignKey pick changed hasNull
    failure run within runInBatches runtime pg
    """.split()  # noqa: SIM905
)
RESERVED = _WORDS | _CALLED


class Names:
    """The names of one scope, each given once."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self.taken = set(RESERVED).union(taken)

    def take(self, wanted: str, of: tuple[str, ...], endings: Iterable[str] = ("",)) -> str:
        """``wanted``, or where it (with one of its endings) is taken, that with a digest of the name ``of``."""
        endings = tuple(endings)
        name, number = wanted or "name", 0
        while any(name + ending in self.taken for ending in endings):
            name = f"{wanted or 'name'}_{digest((*of, *([str(number)] if number else [])))}"
            number += 1
        self.taken.update(name + ending for ending in endings)
        return name


def camel(name: str) -> str:
    """``orders_customer_id_fkey`` as ``ordersCustomerIdFkey``."""
    head, *rest = (slug(name) or "name").split("_")
    return head + "".join(part[:1].upper() + part[1:] for part in rest)


def pascal(name: str) -> str:
    found = camel(name)
    return found[:1].upper() + found[1:]


def upper(name: str) -> str:
    """``ordersCustomerIdFkey`` as ``ORDERS_CUSTOMER_ID_FKEY``."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).upper()


def literal(text: str) -> str:
    """The string as a TypeScript literal on one line, in the quotes that need fewer escapes (double, if alike)."""
    shown = json.dumps(text, ensure_ascii=False)[1:-1]
    if text.count('"') > text.count("'"):
        body = "'" + shown.replace('\\"', '"').replace("'", "\\'") + "'"
    else:
        body = f'"{shown}"'
    return "".join(c if c.isprintable() else _escaped(c) for c in body)


def plain(name: str) -> bool:
    """Whether the name can stand for a property without quotes."""
    return bool(re.fullmatch(r"[A-Za-z_$][A-Za-z0-9_$]*", name)) and name != "__proto__"


def property_name(name: str) -> str:
    """As it stands in a type or an object."""
    return name if plain(name) else f"[{literal(name)}]" if name == "__proto__" else literal(name)


def member(of: str, name: str) -> str:
    """``row.price``, ``row["odd name"]``."""
    return f"{of}.{name}" if plain(name) or name == "__proto__" else f"{of}[{literal(name)}]"


def _escaped(character: str) -> str:
    code = ord(character)
    if code > 0xFFFF:
        return f"\\u{{{code:x}}}"
    return f"\\u{code:04x}"
