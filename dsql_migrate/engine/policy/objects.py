"""The other objects: views, domains, schemas, roles, statistics; DROP, RENAME, OWNER, COMMENT, GRANT."""

from __future__ import annotations

from dsql_migrate.engine.policy.queries import patient, require_expression, require_own_schema, require_query
from dsql_migrate.engine.policy.settings import require_settable
from dsql_migrate.engine.policy.types import column_type
from dsql_migrate.engine.policy.verdict import Case, Refusal, Splice, inside, options, relation, words
from dsql_migrate.source.parse import Node, tokens

_DROP = frozenset(
    [
        "TABLE",
        "VIEW",
        "SEQUENCE",
        "INDEX",
        "SCHEMA",
        "FUNCTION",
        "ROUTINE",
        "DOMAIN",
        "STATISTIC_EXT",
        "TRIGGER",
        "EVENT_TRIGGER",
    ]
)
_RENAME = frozenset(
    [
        "TABLE",
        "COLUMN",
        "TABCONSTRAINT",
        "VIEW",
        "SEQUENCE",
        "INDEX",
        "SCHEMA",
        "FUNCTION",
        "ROUTINE",
        "DOMAIN",
        "DOMCONSTRAINT",
        "STATISTIC_EXT",
        "ROLE",
    ]
)
_MOVE = frozenset(["TABLE", "VIEW", "SEQUENCE", "FUNCTION", "ROUTINE", "DOMAIN", "STATISTIC_EXT"])
_OWNER = frozenset(["TABLE", "VIEW", "SEQUENCE", "SCHEMA", "FUNCTION", "ROUTINE", "DOMAIN", "STATISTIC_EXT"])
_COMMENT = frozenset(
    ["TABLE", "COLUMN", "SEQUENCE", "VIEW", "INDEX", "SCHEMA", "ROLE", "FUNCTION", "ROUTINE", "TABCONSTRAINT"]
)
_GRANT = frozenset(["TABLE", "COLUMN", "SEQUENCE", "SCHEMA", "FUNCTION", "ROUTINE"])
_DEFAULTS = frozenset(["TABLE", "SEQUENCE", "FUNCTION", "TYPE"])
_NEEDS = {
    "ROUTINE": "alter-routine",
    "ROLE": "role-rename",
    "STATISTIC_EXT": "extended-statistics",
    "DOMAIN": "domains",
    "DOMCONSTRAINT": "domains",
}
_MEMBERS = frozenset(["rolemembers", "adminmembers", "addroleto"])

def _kind(case: Case, node: Node, key: str, allowed: frozenset[str], refused: str) -> str:
    """The kind of object that a statement is about, if it is among those DSQL takes there on the day."""
    kind = str(node[key]).removeprefix("OBJECT_")
    if kind not in allowed or (kind in _NEEDS and not case.target.has(_NEEDS[kind])):
        raise Refusal(refused)
    return kind


def drop(case: Case, node: Node) -> None:
    """Judge DROP. Raises Refusal."""
    refused = "unsupported object in DROP statement"
    kind = _kind(case, node, "removeType", _DROP, refused)
    if node.get("concurrent"):
        raise Refusal("DROP INDEX CONCURRENTLY must be first action in transaction")
    if kind == "DOMAIN" and node.get("behavior") == "DROP_CASCADE":
        raise Refusal("DROP DOMAIN with CASCADE unsupported")
    if kind in ("TRIGGER", "EVENT_TRIGGER"):
        case.need("drop-trigger-if-exists", refused)
        if not node.get("missing_ok"):  # there are no triggers, so only the form that does nothing is taken
            raise Refusal(refused)
    for item in node.get("objects", ()):
        if kind == "TRIGGER" and words(item)[-1].startswith("pg_dsql"):  # the engine's own, which clients do not see
            table, trigger = words(item)[-2:]
            raise Refusal(f'trigger "{trigger}" for table "{table}" does not exist', "42704")
        if kind == "SCHEMA":
            _not_system(words(item))
        elif kind not in ("FUNCTION", "ROUTINE", "DOMAIN"):
            require_own_schema(words(item))


def rename(case: Case, node: Node) -> None:
    """Judge ALTER … RENAME. Raises Refusal."""
    refused = "unsupported object in RENAME statement"
    kind = _kind(case, node, "renameType", _RENAME, refused)
    if kind == "COLUMN" and node.get("relationType") not in ("OBJECT_TABLE", "OBJECT_VIEW"):
        raise Refusal(refused)
    if "relation" in node:
        require_own_schema(relation(node["relation"]))
    if kind == "SCHEMA":
        _not_system((str(node.get("subname")),))


def move(case: Case, node: Node) -> None:
    """Judge ALTER … SET SCHEMA. Raises Refusal."""
    _kind(case, node, "objectType", _MOVE, "unsupported object in SET SCHEMA statement")


def owner(case: Case, node: Node) -> None:
    """Judge ALTER … OWNER TO of what is no relation. Raises Refusal."""
    kind = _kind(case, node, "objectType", _OWNER, "unsupported object in OWNER statement")
    if kind == "SCHEMA":
        _not_system(words(node["object"]))


def depends(_case: Case, node: Node) -> None:
    """Judge ALTER … DEPENDS ON EXTENSION, of a function alone. Raises Refusal."""
    if node.get("objectType") != "OBJECT_FUNCTION":
        raise Refusal("unsupported statement: AlterObjectDepends")


def comment(case: Case, node: Node) -> None:
    """Judge COMMENT ON. Raises Refusal."""
    kind = _kind(case, node, "objtype", _COMMENT, "unsupported object in COMMENT statement")
    if kind == "SCHEMA":
        _not_system(words(node["object"]))


def grant(case: Case, node: Node) -> None:
    """Judge GRANT and REVOKE on objects. Raises Refusal."""
    kind = _kind(case, node, "objtype", _GRANT, "unsupported object type in GRANT")
    if node.get("targtype") == "ACL_TARGET_OBJECT" and kind == "SCHEMA":
        for item in node.get("objects", ()):
            _not_system(words(item))


def default_privileges(case: Case, node: Node) -> None:
    """Judge ALTER DEFAULT PRIVILEGES. Raises Refusal."""
    case.need("alter-default-privileges", "unsupported statement: AlterDefaultPrivileges")
    _kind(case, node["action"], "objtype", _DEFAULTS, "unsupported object type in GRANT")


def _not_system(name: tuple[str, ...]) -> None:
    """public belongs to the service as much as sys does (runtime sheet: GRANT … ON SCHEMA public)."""
    if name[-1:] in (("public",), ("sys",), ("pg_catalog",), ("information_schema",)):
        raise Refusal("feature not supported on system entity")


def create_view(case: Case, node: Node) -> list[Splice]:
    """Judge CREATE VIEW and its query; returns what to change in its text. Raises Refusal."""
    require_own_schema(relation(node["view"]))
    if node["view"].get("relpersistence", "p") != "p":
        raise Refusal("TEMPORARY or TEMP view not supported for CREATE VIEW")
    kind, query = inside(node["query"])
    found = require_query(case, kind, query)
    case.within("views", case.catalog.count("views") + 1)
    case.within("view-bytes", len(case.text))
    return patient(case, found)


def create_domain(case: Case, node: Node) -> list[Splice]:
    """Judge CREATE DOMAIN; returns what to change in its text. Raises Refusal."""
    case.need("domains", "unsupported statement: CreateDomain")
    require_own_schema(words(node["domainname"]))
    judged = column_type(case, node["typeName"])
    if "collClause" in node:
        raise Refusal("COLLATE clause not supported")
    for item in node.get("constraints", ()):
        constraint = item["Constraint"]
        if constraint["contype"] not in ("CONSTR_NOTNULL", "CONSTR_NULL", "CONSTR_DEFAULT", "CONSTR_CHECK"):
            raise Refusal("unsupported constraint in CREATE DOMAIN statement")
        require_expression(case, constraint.get("raw_expr"))
    return [judged.splice] if judged.splice is not None else []


def alter_domain(case: Case, node: Node) -> None:
    """Judge ALTER DOMAIN: SET and DROP DEFAULT (T), DROP NOT NULL (N), DROP CONSTRAINT (X). Raises Refusal."""
    case.need("domains", "unsupported statement: AlterDomain")
    if node.get("subtype") not in ("T", "N", "X"):
        raise Refusal("unsupported ALTER DOMAIN statement")
    require_expression(case, node.get("def"))


def create_role(_case: Case, node: Node) -> None:
    """Judge CREATE ROLE: LOGIN, INHERIT and memberships (clients sign in by IAM). Raises Refusal."""
    _role_options(node, _MEMBERS)
    if node.get("stmt_type", "ROLESTMT_ROLE") != "ROLESTMT_ROLE":
        raise Refusal("unsupported statement: CreateRole")


def alter_role(case: Case, node: Node) -> None:
    """Judge ALTER ROLE … LOGIN and INHERIT; ALTER USER with options was refused on a cluster. Raises Refusal."""
    _role_options(node, frozenset())
    if tokens(case.text)[1].word != "role":
        raise Refusal("unsupported statement: AlterRole")


def _role_options(node: Node, further: frozenset[str]) -> None:
    for name, _argument in options(node.get("options")):
        if name not in ("canlogin", "inherit") and name not in further:
            raise Refusal(f"role option {name} not supported")


def alter_role_set(case: Case, node: Node) -> None:
    """Judge ALTER ROLE … SET and RESET: a role may have what a session may set. Raises Refusal."""
    if node.get("database"):
        raise Refusal("unsupported statement: AlterRoleSet")
    setting = node.get("setstmt", {})
    if setting.get("kind") != "VAR_RESET":  # dsql-lint has RESET of any parameter among what it must not report
        require_settable(case, setting)


def statistics(case: Case, node: Node) -> None:
    """Judge CREATE STATISTICS. Raises Refusal."""
    case.need("extended-statistics", "unsupported statement: CreateStats")
    require_expression(case, node.get("exprs"))
    for item in node.get("relations", ()):
        if "RangeVar" in item:
            case.within("statistics-per-table", case.catalog.statistics(relation(item["RangeVar"])) + 1)


def alter_statistics(case: Case, node: Node) -> None:
    """Judge ALTER STATISTICS … SET STATISTICS. Raises Refusal."""
    case.need("extended-statistics", "unsupported statement: AlterStats")
    goal = int(node.get("stxstattarget", {}).get("Integer", {}).get("ival", 0))
    most = case.target.limit("statistics-target")
    if goal > most:
        raise Refusal(f"statistics target {goal} exceeds maximum allowed value of {most}", "22023")


def vacuum(_case: Case, node: Node) -> None:
    """Judge VACUUM (refused) and ANALYZE (with a table). Raises Refusal."""
    if node.get("is_vacuumcmd") or not node.get("rels"):
        raise Refusal("unsupported VACUUM statement")
