"""CREATE of everything that is neither table nor index: sequences, views, functions, triggers, types, domains …"""

from __future__ import annotations

from typing import Any, Literal

from dsql_migrate.source.build.constraints import constraint
from dsql_migrate.source.build.naming import kind_of
from dsql_migrate.source.build.reading import Reading, strings, text
from dsql_migrate.source.build.tables import column
from dsql_migrate.source.facts import (
    AlterDomain,
    AlterEnum,
    AlterSequence,
    Argument,
    CreateComposite,
    CreateDomain,
    CreateEnum,
    CreateExtension,
    CreateFunction,
    CreateObject,
    CreatePolicy,
    CreateRange,
    CreateRole,
    CreateRule,
    CreateSchema,
    CreateSequence,
    CreateTableAs,
    CreateTrigger,
    CreateView,
    Expression,
    Name,
    Span,
)
from dsql_migrate.source.parse import Node, Unparsable, parse_many

_PERSISTENCE: dict[str, Any] = {"p": "permanent", "t": "temporary", "u": "unlogged"}
_MODES: dict[str, Any] = {
    "FUNC_PARAM_OUT": "out",
    "FUNC_PARAM_INOUT": "inout",
    "FUNC_PARAM_VARIADIC": "variadic",
    "FUNC_PARAM_TABLE": "table",
}
_DOMAIN_ACTIONS = {
    "C": "add constraint",
    "X": "drop constraint",
    "V": "validate constraint",
    "N": "drop not null",
    "O": "set not null",
}


def qualified(nodes: list[Node]) -> Name:
    """A list of String nodes as a name."""
    parts = strings(nodes)
    return Name(parts[-2] if len(parts) > 1 else None, parts[-1])


def create_sequence(reading: Reading, node: Node) -> CreateSequence:
    sequence = node["sequence"]
    return CreateSequence(
        span=reading.span,
        name=reading.name(sequence),
        options=reading.sequence_options(node.get("options", ())),
        persistence=_PERSISTENCE.get(sequence.get("relpersistence", "p"), "permanent"),
        if_not_exists=bool(node.get("if_not_exists")),
    )


def alter_sequence(reading: Reading, node: Node) -> AlterSequence:
    return AlterSequence(
        span=reading.span,
        name=reading.name(node["sequence"]),
        options=reading.sequence_options(node.get("options", ())),
        if_exists=bool(node.get("missing_ok")),
    )


def create_view(reading: Reading, node: Node) -> CreateView:
    name = reading.name(node["view"])
    return CreateView(
        span=reading.span,
        name=name,
        query=_query(reading, node["query"], reading.index(name.span.end)),
        columns=tuple(strings(node.get("aliases", ()))),
        replace=bool(node.get("replace")),
        temporary=node["view"].get("relpersistence") == "t",
        recursive=reading.find("recursive", 0, reading.index(name.span.start)) is not None,
        outputs=_outputs(node["query"]),
    )


def create_table_as(reading: Reading, node: Node) -> CreateTableAs | CreateView:
    """CREATE TABLE AS and CREATE MATERIALIZED VIEW."""
    name = reading.name(node["into"]["rel"])
    query = _query(reading, node["query"], reading.index(name.span.end))
    if node.get("objtype") != "OBJECT_MATVIEW":
        return CreateTableAs(span=reading.span, name=name, query=query)
    return CreateView(
        span=reading.span,
        name=name,
        query=query,
        columns=tuple(strings(node["into"].get("colNames", ()))),
        materialized=True,
        with_data=not node["into"].get("skipData"),
        outputs=_outputs(node["query"]),
    )


def _query(reading: Reading, node: Node, first: int) -> Expression:
    at = reading.find("as", first)
    return reading.expression(node, reading.between((at or first) + 1, len(reading.tokens) - 1))


def _outputs(query: Node) -> tuple[str | None, ...]:
    select = query.get("SelectStmt", {})
    while "larg" in select:
        select = select["larg"]
    found: list[str | None] = []
    for target in select.get("targetList", ()):
        fields = target["ResTarget"]
        value = fields.get("val", {})
        named: str | None = fields.get("name")
        if named is None and "ColumnRef" in value and "String" in value["ColumnRef"]["fields"][-1]:
            named = text(value["ColumnRef"]["fields"][-1])
        elif named is None and "FuncCall" in value:
            named = strings(value["FuncCall"]["funcname"])[-1]
        found.append(named)
    return tuple(found)


def create_function(reading: Reading, node: Node) -> CreateFunction:
    options = {o["DefElem"]["defname"]: o["DefElem"] for o in node.get("options", ())}
    language = (literal_text(options["language"]) if "language" in options else "sql").lower()
    body, span = _body(reading, node, options)
    uses = None
    if language == "sql":
        uses = _uses(reading, node, body)
    volatility: Any = literal_text(options["volatility"]) if "volatility" in options else "volatile"
    return CreateFunction(
        span=reading.span,
        name=qualified(node["funcname"]),
        arguments=tuple(_argument(reading, p["FunctionParameter"]) for p in node.get("parameters", ())),
        returns=reading.type(node["returnType"]) if "returnType" in node else None,
        language=language,
        procedure=bool(node.get("is_procedure")),
        replace=bool(node.get("replace")),
        body=body,
        body_span=span,
        uses=uses,
        volatility=volatility,
        options=tuple(sorted(set(options) - {"language", "as", "volatility"})),
    )


def literal_text(element: Node) -> str:
    """The text of a DefElem's argument."""
    return text(element.get("arg", {}))


def _argument(reading: Reading, node: Node) -> Argument:
    default = node.get("defexpr")
    return Argument(
        name=node.get("name"),
        type=reading.type(node["argType"]),
        mode=_MODES.get(node.get("mode", ""), "in"),
        default=reading.expression(default, Span(0, 0)) if default else None,
    )


def _body(reading: Reading, node: Node, options: dict[str, Node]) -> tuple[str | None, Span | None]:
    if "as" in options:
        items = options["as"]["arg"].get("List", {}).get("items", [])
        at = reading.find("as", reading.find("function") or 0)
        literal_at = next(
            (i for i in range(at or 0, len(reading.tokens)) if reading.tokens[i].name == "SCONST"), None
        )
        return (text(items[0]) if items else None), (
            reading.between(literal_at, literal_at) if literal_at is not None else None
        )
    for word in ("begin", "return"):
        at = reading.find(word)
        if "sql_body" in node and at is not None:
            span = reading.between(at, len(reading.tokens) - 1)
            return span.of(reading.text), span
    return None, None


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
            node["whenClause"], Span(reading.tokens[at + 1].end, reading.tokens[reading.close(at + 1)].start)
        )
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
    )


def create_enum(reading: Reading, node: Node) -> CreateEnum:
    return CreateEnum(reading.span, qualified(node["typeName"]), tuple(strings(node.get("vals", ()))))


def alter_enum(reading: Reading, node: Node) -> AlterEnum:
    return AlterEnum(
        span=reading.span,
        name=qualified(node["typeName"]),
        new_value=node.get("newVal"),
        neighbour=node.get("newValNeighbor"),
        after=bool(node.get("newValIsAfter")),
        old_value=node.get("oldVal"),
    )


def create_composite(reading: Reading, node: Node) -> CreateComposite:
    open_ = reading.find("(") or 0
    columns = node.get("coldeflist", ())
    runs = reading.split(open_ + 1, reading.close(open_) - 1) if columns else iter(())
    return CreateComposite(
        span=reading.span,
        name=reading.name(node["typevar"]),
        columns=tuple(
            column(reading, c["ColumnDef"], reading.between(a, b)) for c, (a, b) in zip(columns, runs, strict=False)
        ),
    )


def create_range(reading: Reading, node: Node) -> CreateRange:
    subtype = next((p["DefElem"] for p in node.get("params", ()) if p["DefElem"]["defname"] == "subtype"), None)
    type_ = reading.type(subtype["arg"]["TypeName"]) if subtype and "TypeName" in subtype.get("arg", {}) else None
    return CreateRange(reading.span, qualified(node["typeName"]), type_)


def create_domain(reading: Reading, node: Node) -> CreateDomain:
    nodes = [n["Constraint"] for n in node.get("constraints", ())]
    places = sorted(n["location"] for n in nodes if n.get("location", -1) >= 0)
    checks, default, not_null = [], None, False
    end = reading.span.end
    for item in nodes:
        span = reading.until(item["location"], next((p for p in places if p > item["location"]), end))
        if item["contype"] == "CONSTR_CHECK":
            checks.append(constraint(reading, item, span))
        elif item["contype"] == "CONSTR_DEFAULT":
            at = reading.find("default", reading.index(span.start)) or reading.index(span.start)
            default = reading.expression(item.get("raw_expr"), Span(reading.tokens[at + 1].start, span.end))
        elif item["contype"] == "CONSTR_NOTNULL":
            not_null = True
    collation = node.get("collClause")
    return CreateDomain(
        span=reading.span,
        name=qualified(node["domainname"]),
        type=reading.type(node["typeName"]),
        not_null=not_null,
        default=default,
        constraints=tuple(checks),
        collation_span=_collation(reading, collation["location"]) if collation else None,
    )


def _collation(reading: Reading, at: int) -> Span:
    i = reading.index(at)
    return reading.between(i, reading.name_end(i + 1) - 1)


def alter_domain(reading: Reading, node: Node) -> AlterDomain:
    subtype = node.get("subtype", "")
    definition = node.get("def")
    action = _DOMAIN_ACTIONS.get(subtype, "set default" if definition else "drop default")
    added = default = None
    if subtype == "C" and definition:
        at = (reading.find("add") or 0) + 1
        added = constraint(reading, definition["Constraint"], reading.between(at, len(reading.tokens) - 1))
    elif action == "set default" and definition:
        at = (reading.find("default") or 0) + 1
        default = reading.expression(definition, reading.between(at, len(reading.tokens) - 1))
    return AlterDomain(reading.span, qualified(node["typeName"]), action, added, default, node.get("name"))


def create_extension(reading: Reading, node: Node) -> CreateExtension:
    options = {o["DefElem"]["defname"]: o["DefElem"] for o in node.get("options", ())}
    schema = literal_text(options["schema"]) if "schema" in options else None
    return CreateExtension(reading.span, node["extname"], schema)


def create_schema(reading: Reading, node: Node) -> CreateSchema:
    name = node.get("schemaname") or node.get("authrole", {}).get("rolename", "")
    return CreateSchema(reading.span, name, bool(node.get("if_not_exists")), len(node.get("schemaElts", ())))


def create_rule(reading: Reading, node: Node) -> CreateRule:
    event = node.get("event", "").removeprefix("CMD_").lower()
    return CreateRule(reading.span, node["rulename"], reading.name(node["relation"]), event, bool(node.get("instead")))


def create_policy(reading: Reading, node: Node) -> CreatePolicy:
    return CreatePolicy(reading.span, node["policy_name"], reading.name(node["table"]))


def create_role(reading: Reading, node: Node) -> CreateRole:
    kind: Any = node.get("stmt_type", "ROLESTMT_ROLE").removeprefix("ROLESTMT_").lower()
    options = tuple(o["DefElem"]["defname"] for o in node.get("options", ()))
    return CreateRole(reading.span, node["role"], options, kind)


def define(reading: Reading, node: Node) -> CreateObject:
    """DefineStmt: aggregate, operator, collation, text search objects, base types."""
    kind = kind_of(node["kind"])
    name = ".".join(strings(node["defnames"]))
    if kind == "aggregate":
        items = node.get("args", [{}])[0].get("List", {}).get("items", ())
        types = [reading.type({**p["FunctionParameter"]["argType"], "location": -1}).name for p in items]
        name += f"({', '.join(types)})"
    return CreateObject(reading.span, kind, name, "Define")


# Further CREATE statements: node name -> (kind, the field that holds the name).
NAMED = {
    "CreateEventTrigStmt": ("event trigger", "trigname"),
    "CreatePLangStmt": ("language", "plname"),
    "CreateFdwStmt": ("foreign data wrapper", "fdwname"),
    "CreateForeignServerStmt": ("server", "servername"),
    "CreateUserMappingStmt": ("user mapping", "servername"),
    "CreatePublicationStmt": ("publication", "pubname"),
    "CreateSubscriptionStmt": ("subscription", "subname"),
    "CreateTableSpaceStmt": ("tablespace", "tablespacename"),
    "CreatedbStmt": ("database", "dbname"),
    "CreateAmStmt": ("access method", "amname"),
    "CreateConversionStmt": ("conversion", "conversion_name"),
    "CreateOpClassStmt": ("operator class", "opclassname"),
    "CreateOpFamilyStmt": ("operator family", "opfamilyname"),
    "CreateStatsStmt": ("statistics", "defnames"),
}


def create_named(reading: Reading, kind: str, node: Node) -> CreateObject:
    words, field = NAMED[kind]
    value = node.get(field, "")
    name = ".".join(strings(value)) if isinstance(value, list) else str(value)
    return CreateObject(reading.span, words, name, kind.removesuffix("Stmt"))


def create_cast(reading: Reading, node: Node) -> CreateObject:
    types = [reading.type({**node[f], "location": -1}).name for f in ("sourcetype", "targettype")]
    return CreateObject(reading.span, "cast", f"({types[0]} AS {types[1]})", "CreateCast")


