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
        raise Refusal(f"datatype {_display(case, name)}[] not supported")
    if built_in and last in _NOT_TYPES:
        # The cluster answers as if the word were unknown (record: unsupported/serial, alters/alter_add_column_serial).
        raise Refusal(f'type "{last}" does not exist', "42704")
    if built_in and last in case.target.types:
        return _supported(case, node, last)
    known = case.catalog.type(name)
    if known is not None and known.base is not None:
        return Judged(known.base, None)
    if known is not None or (built_in and last in case.target.nearest):
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
            raise Refusal(f"NUMERIC scale {scale} is out of range", "22023")
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
