"""CREATE FUNCTION, CREATE PROCEDURE and CREATE TRIGGER."""

from __future__ import annotations

from typing import Any, Literal

from dsql_migrate.source.build.literals import argument_text, strings, text
from dsql_migrate.source.build.naming import qualified
from dsql_migrate.source.build.reading import Reading
from dsql_migrate.source.facts import Argument, CreateFunction, CreateTrigger, Expression, Span
from dsql_migrate.source.parse import Node, Unparsable, parse_many

_MODES: dict[str, Any] = {
    "FUNC_PARAM_OUT": "out",
    "FUNC_PARAM_INOUT": "inout",
    "FUNC_PARAM_VARIADIC": "variadic",
    "FUNC_PARAM_TABLE": "table",
}


def create_function(reading: Reading, node: Node) -> CreateFunction:
    options = {o["DefElem"]["defname"]: o["DefElem"] for o in node.get("options", ())}
    language = (argument_text(options["language"]) if "language" in options else "sql").lower()
    body, span = _body(reading, node, options)
    uses = None
    if language == "sql":
        uses = _uses(reading, node, body)
    volatility: Any = argument_text(options["volatility"]) if "volatility" in options else "volatile"
    return CreateFunction(
        span=reading.span,
        name=qualified(node["funcname"]),
        arguments=_arguments(reading, node),
        returns=reading.type(node["returnType"]) if "returnType" in node else None,
        language=language,
        procedure=bool(node.get("is_procedure")),
        replace=bool(node.get("replace")),
        body=body,
        body_span=span,
        uses=uses,
        volatility=volatility,
        options=tuple(sorted(set(options) - {"language", "as", "volatility"})),
        strict="strict" in options and _is_true(options["strict"]),
    )


def _is_true(option: Node) -> bool:
    """Of CALLED ON NULL INPUT the tree has the same option, without a value."""
    return bool(option.get("arg", {}).get("Boolean", {}).get("boolval"))


def _arguments(reading: Reading, node: Node) -> tuple[Argument, ...]:
    nodes = [parameter["FunctionParameter"] for parameter in node.get("parameters", ())]
    places = _places(reading) if any("defexpr" in n for n in nodes) else []
    places += [Span(0, 0)] * (len(nodes) - len(places))  # the columns of RETURNS TABLE stand elsewhere
    return tuple(_argument(reading, n, place) for n, place in zip(nodes, places, strict=False))


def _places(reading: Reading) -> list[Span]:
    """Where the defaults of the arguments stand, one entry an argument."""
    open_ = next((i for i, word in enumerate(reading.words) if word == "("), 0)
    found = []
    for first, last in reading.split(open_ + 1, reading.close(open_) - 1):
        sign = next((i for i in range(first, last) if reading.word(i) in ("default", "=")), last)
        found.append(reading.between(sign + 1, last))
    return found


def _argument(reading: Reading, node: Node, place: Span) -> Argument:
    default = node.get("defexpr")
    return Argument(
        name=node.get("name"),
        type=reading.type(node["argType"]),
        mode=_MODES.get(node.get("mode", ""), "in"),
        default=reading.expression(default, place) if default else None,
    )


def _body(reading: Reading, node: Node, options: dict[str, Node]) -> tuple[str | None, Span | None]:
    if "as" in options:
        items = options["as"]["arg"].get("List", {}).get("items", [])
        at = reading.find("as", reading.find("function") or 0)
        literal_at = next((i for i in range(at or 0, len(reading.words)) if _is_string(reading.words[i])), None)
        return (text(items[0]) if items else None), (
            reading.between(literal_at, literal_at) if literal_at is not None else None
        )
    for word in ("begin", "return"):
        at = reading.find(word)
        if "sql_body" in node and at is not None:
            span = reading.between(at, len(reading.words) - 1)
            return span.of(reading.text), span
    return None, None


def _is_string(word: str) -> bool:
    """'…', E'…' or $tag$…$tag$; not $1."""
    return word.startswith(("'", "e'")) or (word.startswith("$") and not word[1:2].isdigit())


def _uses(reading: Reading, node: Node, body: str | None) -> Expression | None:
    if "sql_body" in node:
        return reading.expression(node["sql_body"], Span(0, 0))
    if body is None:
        return None
    try:
        trees = parse_many(body.encode("utf-8", "surrogateescape"))
    except Unparsable:
        return None
    return reading.expression([{kind: tree} for kind, tree in trees], Span(0, 0))


def create_trigger(reading: Reading, node: Node) -> CreateTrigger:
    bits = node.get("timing", 0)
    timing: Literal["before", "after", "instead of"] = "before" if bits & 2 else "instead of" if bits & 64 else "after"
    events = node.get("events", 0)
    names = ((4, "insert"), (8, "delete"), (16, "update"), (32, "truncate"))
    when = None
    if "whenClause" in node:
        at = reading.find("when") or 0
        when = reading.expression(
            node["whenClause"], Span(reading.ends[at + 1], reading.starts[reading.close(at + 1)])
        )
    transitions = [item["TriggerTransition"] for item in node.get("transitionRels", ())]
    seen = {bool(one.get("isNew")): one["name"] for one in transitions if one.get("isTable")}
    return CreateTrigger(
        span=reading.span,
        name=node["trigname"],
        table=reading.name(node["relation"]),
        function=qualified(node["funcname"]),
        timing=timing,
        events=tuple(name for bit, name in names if events & bit),
        row=bool(node.get("row")),
        columns=tuple(strings(node.get("columns", ()))),
        when=when,
        arguments=tuple(strings(node.get("args", ()))),
        constraint=bool(node.get("isconstraint")),
        old_table=seen.get(False),
        new_table=seen.get(True),
        deferrable=bool(node.get("deferrable")),
        initially_deferred=bool(node.get("initdeferred")),
    )
