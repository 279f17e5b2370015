"""Column types: an allow-list from the target, and the domains that the database has."""

from __future__ import annotations

from dataclasses import dataclass

from dsql_migrate.engine.policy.verdict import Case, Name, Refusal, Splice, integer, words
from dsql_migrate.source.parse import Node, tokens

# PostgreSQL's own spelling of what pg_type calls otherwise (format_type), for types that no column may have.
_DISPLAY = {"varbit": "bit varying", "char": '"char"'}
_NOT_TYPES = frozenset({"serial", "serial2", "serial4", "serial8", "smallserial", "bigserial"})


@dataclass(frozen=True, slots=True)
class Judged:
    """An accepted type: its internal name (a domain's base), its declared length, and a change of the text."""

    name: str
    length: int | None
    splice: Splice | None = None


def column_type(case: Case, node: Node) -> Judged:
    """Judge the TypeName of a column or domain. Raises Refusal."""
    name = words(node.get("names", ()))
    last = name[-1]
    built_in = _built_in(name)
    if node.get("arrayBounds"):
        if not (built_in and _known(case, last)) and case.catalog.type(name) is None:
            raise Refusal(f'type "{".".join(name)}[]" does not exist', "42704")
        raise Refusal(f"datatype {_display(case, name)}[] not supported")
    if built_in and last in _NOT_TYPES:
        # The cluster answers as if the word were unknown (record: unsupported/serial, alters/alter_add_column_serial).
        raise Refusal(f'type "{last}" does not exist', "42704")
    if built_in and last in case.target.types:
        return _supported(case, node, last)
    known = case.catalog.type(name)
    if known is not None and known.base in case.target.types:
        assert known.base is not None
        return Judged(known.base, None)
    if known is not None or (built_in and _known(case, last)):
        raise Refusal(f"datatype {_display(case, name)} not supported")
    raise Refusal(f'type "{".".join(name)}" does not exist', "42704")


def _supported(case: Case, node: Node, name: str) -> Judged:
    modifiers: list[Node] = node.get("typmods") or []
    first = integer(modifiers[0]) if modifiers else None
    if name == "bpchar" and first is not None:
        case.within("char-length", first)
    if name == "varchar" and first is not None:
        case.within("varchar-length", first)
    if name == "numeric" and first is not None:
        case.within("numeric-precision", first, precision=first)
        if first < 1:
            raise Refusal(f"NUMERIC precision {first} must be between 1 and 1000", "22023")
        scale = integer(modifiers[1]) if len(modifiers) > 1 else 0
        if scale is not None and not _scale_fits(case, scale):
            bound = case.target.limits["numeric-scale"]
            raise Refusal((bound.message or "").format(scale=scale), bound.sqlstate or "22023")
    implied = case.target.types[name].implied
    splice = None
    if implied and not modifiers:
        splice = _implied(case.text, int(node.get("location", 0)), implied)
    return Judged(name, first if name in ("bpchar", "varchar") else None, splice)


def _scale_fits(case: Case, scale: int) -> bool:
    bound = case.target.limit("numeric-scale")
    lowest = -bound if case.target.has("wide-numeric") else 0  # negative scales came with the wide numerics
    return lowest <= scale <= bound


def _implied(text: bytes, start: int, implied: tuple[str, ...]) -> Splice:
    """Write the modifiers that DSQL adds by itself behind the type's name, which may be ``pg_catalog.numeric``."""
    end = start
    found = [token for token in tokens(text) if token.start >= start]
    for at, token in enumerate(found):
        if at % 2 and token.word != ".":
            break
        end = token.end
    return Splice(end, end, b"(" + ",".join(implied).encode() + b")")


def _known(case: Case, name: str) -> bool:
    """Whether it is a type of PostgreSQL itself; what an extension would bring is not there."""
    target = case.target
    return name in target.types or (name in target.nearest and name not in _NOT_TYPES | target.extension_types)


def require_columns_of(case: Case, table: Name) -> int:
    """Judge LIKE: a view, or a table of the system's, may have columns that no table can have. Raises Refusal.

    Returns the number of columns.
    """
    columns = case.catalog.columns(table)
    for name, _length in columns.values():
        element = name.removeprefix("_")
        if name not in case.target.types and _known(case, element):
            raise Refusal(f"datatype {_display(case, (element,))}{'[]' * (name != element)} not supported")
    return len(columns)


def _built_in(name: Name) -> bool:
    return len(name) == 1 or name[:1] == ("pg_catalog",)


def _display(case: Case, name: Name) -> str:
    last = name[-1]
    if _built_in(name):
        if last in case.target.types:
            return case.target.types[last].display or last
        if last in _DISPLAY:
            return _DISPLAY[last]
    known = case.catalog.type(name)
    return known.display if known is not None else last


def require_key_types(case: Case, columns: list[tuple[str, int | None]]) -> None:
    """Judge the columns of a key or index: (internal type name, declared length). Raises Refusal."""
    case.within("key-columns", len(columns))
    width = 0
    for name, length in columns:
        kind = case.target.types.get(name)
        if kind is not None and not kind.key:
            raise Refusal(f"datatype {kind.display or name} is not supported in a key")
        width += length or (kind.bytes if kind is not None and kind.bytes else 0)
    case.within("declared-key-bytes", width)
