"""Statements that change or describe objects, settings, transactions and rows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from dsql_migrate.source.build.generated import generated_rows
from dsql_migrate.source.build.literals import literal, scalar, strings
from dsql_migrate.source.build.naming import kind_of, object_name, qualified, role_names, routine_name
from dsql_migrate.source.build.reading import Reading
from dsql_migrate.source.build.uses import LOCKING
from dsql_migrate.source.facts import (
    Call,
    Change,
    ChangeOwner,
    CommentOn,
    Copy,
    CreateTableAs,
    Drop,
    Fact,
    Grant,
    Insert,
    Name,
    Other,
    Rename,
    Select,
    SetParameter,
    SetSchema,
    Span,
    Transaction,
)
from dsql_migrate.source.parse import Node

_TRANSACTIONS = {
    "TRANS_STMT_ROLLBACK_TO": "rollback to",
    "TRANS_STMT_COMMIT_PREPARED": "commit prepared",
    "TRANS_STMT_ROLLBACK_PREPARED": "rollback prepared",
}


def comment(reading: Reading, node: Node) -> CommentOn:
    """A CommentStmt."""
    name, signature = object_name(reading, node.get("object"))
    return CommentOn(reading.span, kind_of(node["objtype"]), name, node.get("comment"), signature)


def grant(reading: Reading, node: Node, kind: str | None = None) -> Grant:
    """A GrantStmt: GRANT or REVOKE on objects; ``kind`` replaces the kind of the objects."""
    objects = []
    for item in node.get("objects", ()):
        parts, signature = object_name(reading, item)
        objects.append((*parts[:-1], signature) if signature else parts)
    return Grant(
        span=reading.span,
        grant=bool(node.get("is_grant")),
        kind=kind or kind_of(node.get("objtype", "OBJECT_TABLE")),
        objects=tuple(objects),
        roles=role_names(node.get("grantees", ())),
        privileges=tuple(p["AccessPriv"].get("priv_name", "all") for p in node.get("privileges", ())),
        all_in_schema=node.get("targtype") == "ACL_TARGET_ALL_IN_SCHEMA",
    )


def grant_role(reading: Reading, node: Node) -> Grant:
    """A GrantRoleStmt: membership in a role."""
    granted = tuple((p["AccessPriv"].get("priv_name", ""),) for p in node.get("granted_roles", ()))
    grantees = role_names(node.get("grantee_roles", ()))
    return Grant(reading.span, bool(node.get("is_grant")), "role", granted, grantees, ())


def default_privileges(reading: Reading, node: Node) -> Grant:
    """An AlterDefaultPrivilegesStmt."""
    action = node["action"]
    options = [option["DefElem"] for option in node.get("options", ())]
    schemas = next((o["arg"]["List"]["items"] for o in options if o.get("defname") == "schemas"), ())
    found = grant(reading, action, "default privileges")
    within = tuple(schema["String"]["sval"] for schema in schemas)
    return replace(found, default_of=kind_of(action.get("objtype", "")), within=within)


def change_owner(reading: Reading, node: Node) -> ChangeOwner:
    """An AlterOwnerStmt."""
    name, signature = object_name(reading, node.get("object"))
    owner = node.get("newowner", {}).get("rolename", "")
    return ChangeOwner(reading.span, kind_of(node["objectType"]), name, owner, signature)


def rename(reading: Reading, node: Node) -> Rename:
    """A RenameStmt. What belongs to a relation (column, constraint, trigger …) is the member of its name."""
    kind = kind_of(node["renameType"])
    member = node.get("subname")
    if "relation" in node:
        name = _parts(reading.name(node["relation"]))
    elif "object" in node:
        name, _ = object_name(reading, node["object"])
    else:  # schema, role, database …: the tree holds their name where others have their member
        name, member = (str(member or ""),), None
    return Rename(reading.span, kind, name, member, node.get("newname", ""), bool(node.get("missing_ok")))


def _parts(name: Name) -> tuple[str, ...]:
    return (name.name,) if name.schema is None else (name.schema, name.name)


def set_schema(reading: Reading, node: Node) -> SetSchema:
    """An AlterObjectSchemaStmt."""
    if "relation" in node:
        name = _parts(reading.name(node["relation"]))
    else:
        name, _ = object_name(reading, node.get("object"))
    return SetSchema(reading.span, kind_of(node["objectType"]), name, node.get("newschema", ""))


def drop(reading: Reading, node: Node) -> Drop:
    """A DropStmt. Of a routine with its arguments the last part is name(types)."""
    names = []
    for item in node.get("objects", ()):
        parts, signature = object_name(reading, item)
        names.append((*parts[:-1], signature) if signature else parts)
    return Drop(
        span=reading.span,
        kind=kind_of(node["removeType"]),
        names=tuple(names),
        cascade=node.get("behavior") == "DROP_CASCADE",
        if_exists=bool(node.get("missing_ok")),
        concurrently=bool(node.get("concurrent")),
    )


def drop_database(reading: Reading, node: Node) -> Drop:
    """A DropdbStmt."""
    return Drop(reading.span, "database", ((node.get("dbname", ""),),), if_exists=bool(node.get("missing_ok")))


def set_parameter(reading: Reading, node: Node) -> SetParameter:
    """A VariableSetStmt: SET, RESET, SET TRANSACTION."""
    kind = node.get("kind", "")
    name = node.get("name", "all")
    if kind == "VAR_SET_MULTI":
        name = name.lower()
        values = tuple(_option(o["DefElem"]) for o in node.get("args", ()) if "DefElem" in o)
    else:
        values = tuple(v for v in (scalar(a) for a in node.get("args", ())) if v is not None)
    return SetParameter(
        span=reading.span,
        name=name,
        values=values,
        local=bool(node.get("is_local")),
        reset=kind in ("VAR_RESET", "VAR_RESET_ALL", "VAR_SET_DEFAULT"),
    )


def _option(element: Node) -> str:
    name = element["defname"].removeprefix("transaction_")
    value = scalar(element.get("arg"))
    if name == "isolation":
        return f"isolation level {value}"
    truth = value in ("1", "true", "on")
    if name == "read_only":
        return "read only" if truth else "read write"
    return name if truth else f"not {name}"


def select(reading: Reading, node: Node) -> Select | CreateTableAs:
    query = reading.expression(node, reading.span)
    if "intoClause" in node:
        return CreateTableAs(reading.span, reading.name(node["intoClause"]["rel"]), query, select_into=True)
    targets = [t["ResTarget"].get("val", {}) for t in node.get("targetList", ())]
    calls: tuple[Call, ...] = ()
    if targets and "fromClause" not in node and all("FuncCall" in t for t in targets):
        calls = tuple(_call(t["FuncCall"]) for t in targets)
    locking = tuple(
        LOCKING.get(c["LockingClause"].get("strength", ""), "for update") for c in node.get("lockingClause", ())
    )
    return Select(reading.span, query, calls, locking)


def call(reading: Reading, node: Node) -> Other:
    """A CallStmt."""
    function = node.get("funccall", {})
    query = reading.expression(function.get("args", []), reading.span)
    return Other(reading.span, "Call", ".".join(strings(function.get("funcname", ()))), query)


def _call(node: Node) -> Call:
    return Call(qualified(node["funcname"]), tuple(literal(a) for a in node.get("args", ())))


def insert(reading: Reading, node: Node) -> Insert:
    """An InsertStmt."""
    select_node = node.get("selectStmt", {}).get("SelectStmt", {})
    lists = select_node.get("valuesLists")
    columns = tuple(c["ResTarget"].get("name", "") for c in node.get("cols", ()))
    table = reading.name(node["relation"])
    columns_span = None
    if columns:
        open_ = reading.find("(", reading.index(table.span.end)) or 0
        columns_span = reading.between(open_, reading.close(open_))
    override: Any = {"OVERRIDING_SYSTEM_VALUE": "system", "OVERRIDING_USER_VALUE": "user"}.get(node.get("override", ""))
    return Insert(
        span=reading.span,
        table=table,
        columns=columns,
        rows=len(lists) if lists else None,
        columns_span=columns_span,
        values_span=_values(reading, columns_span.end if columns_span else table.span.end) if lists else None,
        on_conflict="onConflictClause" in node,
        returning=bool(node.get("returningList") or node.get("returningClause")),
        overriding=override,
        query=reading.expression(node, reading.span) if _reads(node, lists) else None,
        generated=None if lists else generated_rows(select_node),
    )


def _reads(node: Node, lists: list[Node] | None) -> bool:
    """Whether an INSERT has more than literals: a dump has a million of the plain ones, and nothing is in them."""
    if not lists or "withClause" in node or "onConflictClause" in node or "returningClause" in node:
        return True
    if "returningList" in node:
        return True
    return not all("A_Const" in item for row in lists for item in row["List"].get("items", ()))


def _values(reading: Reading, behind: int) -> Span | None:
    """From the first row of VALUES to the last; the list itself may stand in parentheses."""
    first = reading.index(behind)
    at = reading.find("values", first)
    while at is None or reading.word(at + 1) != "(":  # not an alias, and not INTO t (a) (VALUES …)
        open_ = reading.find("(", first) if at is None else None
        first = at + 1 if at is not None else (open_ + 1 if open_ is not None else len(reading.words))
        if first >= len(reading.words):
            return None
        at = reading.find("values", first)
    last = reading.close(at + 1)
    while reading.word(last + 1) == "," and reading.word(last + 2) == "(":
        last = reading.close(last + 2)
    return reading.between(at + 1, last)


def change(reading: Reading, kind: Any, node: Node) -> Change:
    """An UpdateStmt, DeleteStmt or MergeStmt."""
    query = reading.expression({"MergeStmt": node} if kind == "merge" else node, reading.span)
    columns = [n["ResTarget"].get("name", "") for n in node.get("targetList", ())] if kind == "update" else []
    return Change(reading.span, kind, reading.name(node["relation"]), "whereClause" in node, query, tuple(columns))


def truncate(reading: Reading, node: Node) -> Change:
    """A TruncateStmt; its first table stands for all."""
    return Change(reading.span, "truncate", reading.name(node["relations"][0]["RangeVar"]), False)


def copy(reading: Reading, node: Node) -> Copy:
    """A CopyStmt, with PostgreSQL's own defaults where an option is not said."""
    options = {o["DefElem"]["defname"]: o["DefElem"].get("arg") for o in node.get("options", ())}
    to = not node.get("is_from")
    where: Any = "stdout" if to else "stdin"
    if "filename" in node:
        where = "program" if node.get("is_program") else "file"
    format_: Any = scalar(options.get("format")) or "text"
    csv = format_ == "csv"
    quote = scalar(options.get("quote")) or '"'
    columns = tuple(strings(node.get("attlist", ())))
    table = reading.name(node["relation"]) if "relation" in node else None
    columns_span: Span | None = None
    if columns and table:
        open_ = reading.find("(", reading.index(table.span.end)) or 0
        columns_span = reading.between(open_, reading.close(open_))
    null = scalar(options.get("null"))
    read = node.get("query") or node.get("whereClause")
    return Copy(
        span=reading.span,
        table=table,
        columns=columns,
        to=to,
        where=where,
        format=format_,
        delimiter=scalar(options.get("delimiter")) or ("," if csv else "\t"),
        null=null if null is not None else ("" if csv else "\\N"),
        header="header" in options and scalar(options["header"]) not in ("false", "0", "off"),
        quote=quote,
        escape=scalar(options.get("escape")) or quote,
        filename=node.get("filename"),
        columns_span=columns_span,
        encoding=scalar(options.get("encoding")),
        query=reading.expression(read, reading.span) if read else None,
        options=tuple(options),
    )


def transaction(reading: Reading, node: Node) -> Transaction:
    """A TransactionStmt."""
    kind = node.get("kind", "TRANS_STMT_BEGIN")
    words = _TRANSACTIONS.get(kind, kind.removeprefix("TRANS_STMT_").lower())
    options = tuple(_option(o["DefElem"]) for o in node.get("options", ()) if "DefElem" in o)
    return Transaction(reading.span, words, options)


def other(reading: Reading, kind: str, node: Node) -> Fact:
    """Any statement without a fact of its own, with a name where its node has one."""
    fields = ("name", "conditionname", "portalname", "newrole", "role")
    name = next((node[f] for f in fields if isinstance(node.get(f), str)), None)
    if name is None and "relation" in node:
        name = node["relation"].get("relname")
    if name is None and "objectName" in node:
        name = routine_name(reading, node["objectName"])[1]
    if name is None and "func" in node:
        name = ".".join(strings(node["func"].get("objname", ())))
    query = node.get("query")
    return Other(
        span=reading.span,
        node=kind.removesuffix("Stmt"),
        name=name,
        query=reading.expression(query, reading.span) if query else None,
        holds=next(iter(query)).removesuffix("Stmt") if query else None,
        view=reading.name(node["relation"]) if kind == "RefreshMatViewStmt" else None,
    )
