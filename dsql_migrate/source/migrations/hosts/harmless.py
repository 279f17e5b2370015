"""Python calls that send nothing to a database by themselves: output, built-in functions, work on lists and strings.

``SESSION``: methods by which an object-relational mapper's session sends rows.
"""

from __future__ import annotations

from dsql_migrate.source.migrations.hosts.languages.tree import Call, dotted

_FUNCTIONS = frozenset({
    "abs", "all", "any", "append", "ascii", "bin", "bool", "breakpoint", "bytearray", "bytes", "callable", "chr",
    "deepcopy", "delattr", "dict", "dir", "divmod", "enumerate", "exit", "filter", "float", "format", "frozenset",
    "getattr", "globals", "hasattr", "hash", "help", "hex", "id", "input", "inspect", "int", "isinstance",
    "issubclass", "iter", "len", "list", "locals", "log", "map", "max", "memoryview", "min", "namedtuple", "next",
    "oct", "open", "ord", "pow", "print", "range", "repr", "reversed", "round", "set", "setattr", "slice",
    "sorted", "str", "sum", "super", "tqdm", "tuple", "type", "vars", "zip",
})  # fmt: skip
_MODULES = frozenset({
    "_LOG", "_log", "_logger", "base64", "bisect", "click", "collections", "context", "copy", "date", "datetime",
    "functools", "hashlib", "insp", "inspector", "itertools", "json", "LOG", "log", "LOGGER", "logger", "logging",
    "math", "mysql", "operator", "orjson", "os", "Path", "path", "pathlib", "postgresql", "pprint", "random",
    "re", "sa", "secrets", "simplejson", "sqlalchemy", "sqlite", "string", "sys", "textwrap", "time", "timedelta",
    "timezone", "traceback", "uuid", "warnings",
})  # fmt: skip
_METHODS = frozenset({
    "all", "any", "append", "appendleft", "as_scalar", "begin", "begin_nested", "bool", "cast", "clear", "close",
    "commit", "copy", "count", "critical", "debug", "decode", "dict", "difference", "discard", "encode",
    "endswith", "error", "exception", "exists", "expire_all", "expunge_all", "extend", "fetchall", "fetchmany",
    "fetchone", "filter", "filter_by", "find", "first", "flush", "format", "from_bytes", "from_string", "get",
    "get_bind", "get_check_constraints", "get_columns", "get_foreign_keys", "get_indexes", "get_pk_constraint",
    "get_table_names", "get_unique_constraints", "get_view_names", "getLogger", "group", "has_column",
    "has_index", "has_table", "hexdigest", "index", "info", "insort", "intersection", "is_nullable", "isoformat",
    "items", "iterator", "join", "keys", "limit", "log", "lower", "lstrip", "map", "mappings", "match", "options",
    "order_by", "partition", "pop", "popleft", "query", "reflect", "refresh", "remove", "replace", "reverse",
    "rollback", "rsplit", "rstrip", "scalar_subquery", "search", "setdefault", "slice", "sort", "split",
    "startswith", "strip", "sub", "subquery", "title", "to_dict", "union", "update", "upper", "values", "warn",
    "warning", "where", "with_variant", "write", "yield_per",
})  # fmt: skip
SESSION = frozenset({
    "add", "add_all", "bulk_insert_mappings", "bulk_save_objects", "bulk_update_mappings", "delete", "merge",
    "save", "save_all",
})  # fmt: skip
_SESSIONS = ("session", "query")


def harmless(call: Call) -> bool:
    """Whether a call sends nothing, going by its name."""
    path = dotted(call).removesuffix("()")
    head, _, rest = path.partition(".")
    if call.on is None:
        return call.name in _FUNCTIONS or call.name.endswith(("Error", "Exception", "Warning"))
    if head.removesuffix("()") in _MODULES and (rest or not path):
        return True
    return call.name in _METHODS and not by_session(call)


def by_session(call: Call) -> bool:
    """Whether the session of an object-relational mapper sends rows with it."""
    path = dotted(call.on).lower() if call.on is not None else ""
    if call.name in SESSION and "session" in path:
        return True
    return call.name in ("delete", "update", "insert") and any(word in path for word in _SESSIONS)
