"""CREATE INDEX ASYNC, and without ASYNC where a session has asked for that and the table is empty."""

from __future__ import annotations

from dsql_migrate.engine.policy.queries import require_expression, require_own_schema
from dsql_migrate.engine.policy.types import require_key_types
from dsql_migrate.engine.policy.verdict import Case, Refusal, Splice, relation
from dsql_migrate.source.parse import Node, tokens


def create_index(case: Case, node: Node, asynchronous: bool) -> list[Splice]:
    """Judge CREATE INDEX; returns what to change in its text. Raises Refusal."""
    table = relation(node["relation"])
    require_own_schema(table)
    if node.get("concurrent"):
        raise Refusal("CONCURRENTLY not supported for CREATE INDEX")
    own = node.get("accessMethod") == "btree_index"  # the name of DSQL's own method is taken
    if not own and (node.get("accessMethod", "btree") != "btree" or _says_using(case.text)):
        raise Refusal("USING not supported for CREATE INDEX")
    if "whereClause" in node:
        case.need("partial-indexes", "WHERE not supported for CREATE INDEX")
    if not asynchronous and not case.catalog.takes_index_at_once(table):
        raise Refusal("unsupported mode. please use CREATE INDEX ASYNC.")
    for key, clause in (("options", "WITH"), ("tableSpace", "TABLESPACE")):
        if node.get(key):
            raise Refusal(f"{clause} not supported for CREATE INDEX")
    columns = case.catalog.columns(table)
    used: list[tuple[str, int | None]] = []
    for item in node.get("indexParams", ()):
        element = item["IndexElem"]
        _key(case, element)
        used.append(columns.get(str(element.get("name")), ("", None)))
    require_key_types(case, used)
    if any("expr" in item["IndexElem"] for item in node.get("indexIncludingParams", ())):
        raise Refusal("expressions are not supported in included columns")
    require_expression(case, node.get("whereClause"))
    case.within("indexes-per-table", case.catalog.indexes(table) + 1)
    return _method(case.text) if own else []


def _method(text: bytes) -> list[Splice]:
    """PostgreSQL calls the method btree."""
    return [Splice(t.start, t.end, b"btree") for t in tokens(text) if t.word.strip('"') == "btree_index"][:1]


def _key(case: Case, element: Node) -> None:
    if element.get("ordering", "SORTBY_DEFAULT") != "SORTBY_DEFAULT":
        raise Refusal("specifying sort order not supported for index keys")
    if element.get("opclass"):
        raise Refusal("opclass not supported for index keys")
    if element.get("collation"):
        raise Refusal("COLLATE clause not supported")
    if "expr" in element:
        case.need("expression-indexes", "expressions not supported for index keys")
        require_expression(case, element["expr"])


def _says_using(text: bytes) -> bool:
    """The tree has btree where nothing was said; the record has the plain word refused for btree too."""
    for token in tokens(text):
        if token.word == "(":
            return False
        if token.word == "using" and token.keyword:
            return True
    return False
