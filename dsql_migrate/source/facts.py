"""The typed facts: what one SQL statement says, free of the parser that read it.

Rules, rewrites, the catalogue and the stubs see these and nothing else. All spans are **byte** offsets into the text of
the statement's piece (``Piece.text``), half open; add ``Piece.start`` for an offset in the source. Names are as
PostgreSQL stores them: folded to lower case unless they were quoted.
"""

from __future__ import annotations

from typing import Any, Literal

from dsql_migrate.record import Record


class Span(Record):
    """A half-open range of bytes in the text of one piece."""

    start: int
    end: int

    def of(self, text: bytes) -> str:
        """The text of the span, decoded."""
        return text[self.start : self.end].decode("utf-8", "surrogateescape")


NOWHERE = Span(0, 0)


class Name(Record):
    """A possibly qualified name. ``schema`` is None where the statement does not say it."""

    schema: str | None
    name: str
    span: Span = NOWHERE

    def __str__(self) -> str:
        return self.name if self.schema is None else f"{self.schema}.{self.name}"

    @property
    def key(self) -> tuple[str | None, str]:
        return (self.schema, self.name)


class TypeName(Record):
    """A type as written. ``name`` is PostgreSQL's internal name for built-in types (int4, varchar, timestamptz …)."""

    schema: str | None  # "pg_catalog" for built-in types written by keyword
    name: str  # serial types keep their own names: serial4 -> "serial", serial8 -> "bigserial"
    modifiers: tuple[str, ...] = ()  # "10", "2"; geometry: "point", "4326"; interval: PostgreSQL's mask of its fields
    dimensions: int = 0  # of an array; 0 for a scalar
    setof: bool = False
    span: Span = NOWHERE

    @property
    def key(self) -> tuple[str | None, str]:
        return (self.schema, self.name)


class Expression(Record):
    """An expression: where it stands, and what it refers to."""

    span: Span
    text: str  # the source text of it
    columns: tuple[tuple[str, ...], ...] = ()  # column references, each as its dotted parts ("*" for a star)
    functions: tuple[Name, ...] = ()
    types: tuple[TypeName, ...] = ()
    relations: tuple[Name, ...] = ()
    constant: str | None = None  # the value where the expression is one literal, casts aside
    sequences: tuple[str, ...] = ()  # argument texts of nextval/currval/setval calls
    # what its queries are made with: "for share", "tablesample", "left join lateral", "current_date", "json_table" …
    clauses: tuple[str, ...] = ()
    operators: tuple[str, ...] = ()  # their signs: "=", "->>" …
    casts: tuple[TypeName, ...] = ()  # types that a string literal is cast to
    settings: tuple[tuple[str, str | None], ...] = ()  # set_config: the parameter, and its value where it is a literal


class SequenceOptions(Record):
    """START, INCREMENT …; None where the statement does not say it."""

    type: TypeName | None = None
    start: int | None = None
    increment: int | None = None
    minvalue: int | Literal["no"] | None = None
    maxvalue: int | Literal["no"] | None = None
    cache: int | None = None
    cycle: bool | None = None
    restart: int | Literal["start"] | None = None
    owned_by: tuple[str, ...] | None = None  # ("none",) or (table, column) or (schema, table, column)
    sequence_name: Name | None = None
    spans: tuple[tuple[str, Span], ...] = ()  # option name -> where it stands

    def span_of(self, option: str) -> Span | None:
        return next((s for n, s in self.spans if n == option), None)


ConstraintKind = Literal["primary", "unique", "foreign", "check", "exclude", "not null"]
Action = Literal["no action", "restrict", "cascade", "set null", "set default"]


class Constraint(Record):
    """A table or column constraint (NOT NULL, DEFAULT, GENERATED and IDENTITY of a column stand in ``Column``)."""

    kind: ConstraintKind
    name: str | None
    span: Span  # the whole of it, CONSTRAINT name and trailing attributes included
    columns: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    expression: Expression | None = None  # CHECK
    references: Name | None = None  # FOREIGN KEY
    referenced_columns: tuple[str, ...] = ()
    on_delete: Action = "no action"
    on_update: Action = "no action"
    on_delete_columns: tuple[str, ...] = ()
    match: Literal["simple", "full", "partial"] = "simple"
    deferrable: bool = False
    initially_deferred: bool = False
    not_valid: bool = False
    not_enforced: bool = False
    no_inherit: bool = False
    nulls_not_distinct: bool = False
    using_index: str | None = None
    without_overlaps: bool = False
    access_method: str | None = None  # EXCLUDE
    operators: tuple[tuple[str, str], ...] = ()  # EXCLUDE: (column or expression, operator)
    options_span: Span | None = None  # WITH (…)
    tablespace_span: Span | None = None  # USING INDEX TABLESPACE …
    attributes_span: Span | None = None  # DEFERRABLE, INITIALLY …, NOT VALID as they stand together
    inline: bool = False  # written behind a column
    called: tuple[str, ...] = ()  # EXCLUDE: what PostgreSQL calls the keys where it makes up a name
    excluding: tuple[str, ...] = ()  # EXCLUDE: the SQL of each key, without its operator class
    excluding_where: str | None = None  # EXCLUDE … WHERE (…): what stands in the parentheses


class Identity(Record):
    always: bool
    options: SequenceOptions
    span: Span


class Column(Record):
    name: str
    type: TypeName
    span: Span  # the whole table element
    name_span: Span = NOWHERE
    not_null: bool = False
    not_null_span: Span | None = None  # of NOT NULL, or of a NULL that says what holds without it
    not_null_name: str | None = None  # CONSTRAINT name NOT NULL
    default: Expression | None = None
    default_span: Span | None = None  # DEFAULT expr, CONSTRAINT name included
    generated: Expression | None = None  # GENERATED ALWAYS AS (expr)
    generated_span: Span | None = None
    virtual: bool = False
    identity: Identity | None = None
    constraints: tuple[Constraint, ...] = ()  # primary, unique, check, foreign
    collation: str | None = None
    collation_span: Span | None = None
    storage_span: Span | None = None
    compression_span: Span | None = None
    options_span: Span | None = None  # OPTIONS (…) of a foreign table


class LikeClause(Record):
    source: Name
    options: tuple[str, ...]
    span: Span


class Fact(Record):
    """What every fact has: the statement's own span (first to last token, without the semicolon)."""

    span: Span


class CreateTable(Fact):
    name: Name
    columns: tuple[Column, ...] = ()
    constraints: tuple[Constraint, ...] = ()
    likes: tuple[LikeClause, ...] = ()
    elements: tuple[Span, ...] = ()  # every table element in order
    body_span: Span = NOWHERE  # the parentheses and what is in them; empty for OF type or PARTITION OF without list
    if_not_exists: bool = False
    if_not_exists_span: Span | None = None
    persistence: Literal["permanent", "temporary", "unlogged"] = "permanent"
    persistence_span: Span | None = None
    inherits: tuple[Name, ...] = ()
    inherits_span: Span | None = None
    partition_by: tuple[str, ...] | None = None  # ("range", "created_at", …)
    partition_by_span: Span | None = None
    partition_of: Name | None = None
    partition_bound: str | None = None  # the text: FOR VALUES … or DEFAULT
    of_type: Name | None = None
    access_method_span: Span | None = None
    options_span: Span | None = None  # WITH (…) or WITHOUT OIDS
    on_commit_span: Span | None = None
    tablespace_span: Span | None = None
    foreign_server: str | None = None


class AlterAction(Record):
    """One action of an ALTER statement. ``kind`` is PostgreSQL's own name for it, lower case, with spaces.

    For example: "add column", "drop column", "set default", "drop default", "set not null", "drop not null",
    "set type", "set statistics", "set storage", "set compression", "add constraint", "drop constraint",
    "validate constraint", "alter constraint", "add identity", "set identity", "drop identity", "drop expression",
    "attach partition", "detach partition", "inherit", "no inherit", "owner", "cluster", "drop cluster",
    "set options", "reset options", "set tablespace", "set logged", "set unlogged", "enable trigger", "disable trigger",
    "enable rule", "disable rule", "enable row security", "disable row security", "force row security",
    "no force row security", "replica identity", "set access method", "of type", "not of type", "set column options",
    "set expression" (its expression stands in ``default``).
    """

    kind: str
    span: Span
    name: str | None = None  # column, constraint, trigger …
    column: Column | None = None  # add column
    constraint: Constraint | None = None  # add constraint
    type: TypeName | None = None  # set type
    using: Expression | None = None  # set type … USING
    default: Expression | None = None  # set default
    identity: Identity | None = None  # add identity, set identity
    table: Name | None = None  # attach partition, detach partition, inherit
    bound: str | None = None  # attach partition
    value: str | None = None  # owner, storage …; of SET (…) the parentheses and what is in them
    cascade: bool = False
    missing_ok: bool = False


class AlterTable(Fact):
    """ALTER TABLE, and ALTER VIEW / INDEX / SEQUENCE / MATERIALIZED VIEW / FOREIGN TABLE in the same form."""

    name: Name
    kind: Literal["table", "view", "index", "sequence", "materialized view", "foreign table", "type"]
    actions: tuple[AlterAction, ...]
    if_exists: bool = False
    only: bool = False
    asynchronous: bool = False  # ALTER TABLE ASYNC


class IndexKey(Record):
    column: str | None
    expression: Expression | None
    span: Span
    order: Literal["asc", "desc"] | None = None
    order_span: Span | None = None
    nulls: Literal["first", "last"] | None = None
    opclass: Name | None = None
    opclass_span: Span | None = None
    collation: str | None = None
    collation_span: Span | None = None
    called: str | None = None  # what PostgreSQL calls the key where it makes up the index's name; None: expr


class CreateIndex(Fact):
    name: str | None
    table: Name
    keys: tuple[IndexKey, ...]
    name_span: Span | None = None  # of the name, its schema included where one is written
    schema_written: str | None = None  # CREATE INDEX schema.name: an error in PostgreSQL and DSQL alike
    method: str = "btree"
    method_span: Span | None = None  # USING btree
    include: tuple[str, ...] = ()
    include_expression_span: Span | None = None  # of the first key of INCLUDE that is no column
    unique: bool = False
    where: Expression | None = None
    nulls_not_distinct: bool = False
    options_span: Span | None = None
    tablespace_span: Span | None = None
    concurrently: bool = False
    concurrently_span: Span | None = None
    asynchronous: bool = False
    index_keyword_span: Span = NOWHERE  # the word INDEX: ASYNC goes behind it
    only_span: Span | None = None
    if_not_exists: bool = False


class CreateSequence(Fact):
    name: Name
    options: SequenceOptions
    persistence: Literal["permanent", "temporary", "unlogged"] = "permanent"
    if_not_exists: bool = False


class AlterSequence(Fact):
    name: Name
    options: SequenceOptions
    if_exists: bool = False


class CreateView(Fact):
    name: Name
    query: Expression  # relations, functions and types are filled
    columns: tuple[str, ...] = ()
    materialized: bool = False
    replace: bool = False
    temporary: bool = False
    recursive: bool = False
    with_data: bool = True
    outputs: tuple[str | None, ...] = ()  # output column names as far as the text says them


class CreateTableAs(Fact):
    name: Name
    query: Expression
    select_into: bool = False
    columns: tuple[str, ...] = ()
    outputs: tuple[str | None, ...] = ()  # output column names as far as the text says them
    if_not_exists: bool = False


class Argument(Record):
    name: str | None
    type: TypeName
    mode: Literal["in", "out", "inout", "variadic", "table"] = "in"
    default: Expression | None = None


class CreateFunction(Fact):
    name: Name
    arguments: tuple[Argument, ...]
    returns: TypeName | None
    language: str
    procedure: bool = False
    replace: bool = False
    body: str | None = None  # the string of AS, or the text of BEGIN ATOMIC … END / RETURN
    body_span: Span | None = None  # the literal as it stands
    uses: Expression | None = None  # LANGUAGE sql: what the body refers to; None where it cannot be read
    volatility: Literal["immutable", "stable", "volatile"] = "volatile"
    options: tuple[str, ...] = ()  # names of further clauses: "security", "set", "cost", "parallel" …
    strict: bool = False  # STRICT, RETURNS NULL ON NULL INPUT

    @property
    def signature(self) -> str:
        """name(type, type), with input arguments only, as PostgreSQL identifies a function."""
        inputs = (a.type for a in self.arguments if a.mode in ("in", "inout", "variadic"))
        return f"{self.name.name}({', '.join(display(t) for t in inputs)})"


class CreateTrigger(Fact):
    name: str
    table: Name
    function: Name
    timing: Literal["before", "after", "instead of"]
    events: tuple[str, ...]  # insert, update, delete, truncate
    row: bool
    columns: tuple[str, ...] = ()  # UPDATE OF
    when: Expression | None = None
    arguments: tuple[str, ...] = ()
    constraint: bool = False
    old_table: str | None = None  # REFERENCING OLD TABLE AS
    new_table: str | None = None
    deferrable: bool = False
    initially_deferred: bool = False


class CreateEnum(Fact):
    name: Name
    values: tuple[str, ...]


class AlterEnum(Fact):
    name: Name
    new_value: str | None
    neighbour: str | None = None
    after: bool = True
    old_value: str | None = None  # RENAME VALUE


class CreateComposite(Fact):
    name: Name
    columns: tuple[Column, ...]


class CreateRange(Fact):
    name: Name
    subtype: TypeName | None


class CreateDomain(Fact):
    name: Name
    type: TypeName
    not_null: bool = False
    default: Expression | None = None
    constraints: tuple[Constraint, ...] = ()  # check
    collation_span: Span | None = None
    collation: str | None = None


class AlterDomain(Fact):
    name: Name
    action: str  # "add constraint", "drop constraint", "set default", "drop default", "set not null", …
    constraint: Constraint | None = None
    default: Expression | None = None
    constraint_name: str | None = None


class CreateExtension(Fact):
    name: str
    schema: str | None = None


class CreateSchema(Fact):
    name: str
    if_not_exists: bool = False
    nested: int = 0  # statements inside
    elements: tuple[str, ...] = ()  # their node names without Stmt


class CreateRule(Fact):
    name: str
    table: Name
    event: str
    instead: bool
    where: Expression | None = None


class CreatePolicy(Fact):
    name: str
    table: Name
    using: Expression | None = None
    check: Expression | None = None
    command: str = "all"  # select, insert, update, delete
    permissive: bool = True
    roles: tuple[str, ...] = ("public",)  # "current_user" and the like as they are said


class CreateRole(Fact):
    name: str
    options: tuple[str, ...] = ()  # names as PostgreSQL's parser gives them: "canlogin", "password", "superuser" …
    kind: Literal["role", "user", "group"] = "role"


class CreateObject(Fact):
    """Any other CREATE: aggregate, operator, cast, collation, text search …, publication, event trigger, server …"""

    kind: str
    name: str
    node: str  # PostgreSQL's node name without Stmt: Define, CreateCast …
    table: Name | None = None  # CREATE STATISTICS: what it is about
    options: tuple[tuple[str, str], ...] = ()  # of an aggregate: (sfunc, public.f), (stype, text), (initcond, {}) …


class CommentOn(Fact):
    kind: str  # "table", "column", "function" … lower case, as COMMENT ON says it
    name: tuple[str, ...]  # dotted parts; a constraint or trigger: (…table, name)
    text: str | None  # None removes the comment
    signature: str | None = None  # functions: name(types)


class Grant(Fact):
    grant: bool  # False: REVOKE
    kind: str  # "table", "schema", "sequence", "function", "database", "role", "default privileges" …
    objects: tuple[tuple[str, ...], ...]
    roles: tuple[str, ...]  # "public" for PUBLIC
    privileges: tuple[str, ...]  # empty: ALL
    all_in_schema: bool = False
    default_of: str | None = None  # ALTER DEFAULT PRIVILEGES: the kind of objects, "table" …
    within: tuple[str, ...] = ()  # ALTER DEFAULT PRIVILEGES IN SCHEMA …


class ChangeOwner(Fact):
    """ALTER kind name OWNER TO role, for what ALTER TABLE does not cover."""

    kind: str
    name: tuple[str, ...]
    owner: str
    signature: str | None = None


class Rename(Fact):
    kind: str  # table, column, constraint, index, view, sequence, type, function …
    name: tuple[str, ...]  # the relation or object
    member: str | None  # column, constraint, attribute, trigger
    new_name: str
    missing_ok: bool = False


class SetSchema(Fact):
    kind: str
    name: tuple[str, ...]
    new_schema: str


class Drop(Fact):
    kind: str
    names: tuple[tuple[str, ...], ...]
    cascade: bool = False
    if_exists: bool = False
    concurrently: bool = False


class SetParameter(Fact):
    """SET and RESET."""

    name: str  # "transaction" for SET TRANSACTION, "session characteristics", "all" for RESET ALL
    values: tuple[str, ...]
    local: bool = False
    reset: bool = False


class Call(Record):
    """A function call that makes up a SELECT: setval, set_config, create_hypertable …"""

    name: Name
    arguments: tuple[str | None, ...]  # literal values, None for anything else


class Select(Fact):
    query: Expression
    calls: tuple[Call, ...] = ()  # filled where every output column is a call and there is no FROM
    locking: tuple[str, ...] = ()  # "for update", "for share" …


class Row(Record):
    """One row of VALUES: where it stands (parentheses included) and where its values stand."""

    span: Span
    values: tuple[Span, ...]


class Insert(Fact):
    table: Name
    columns: tuple[str, ...]  # empty where the statement has no list
    rows: int | None  # of a VALUES list; None for INSERT … SELECT
    columns_span: Span | None = None  # the parentheses and what is in them
    values_span: Span | None = None  # first to last row
    on_conflict: bool = False
    returning: bool = False
    overriding: Literal["system", "user"] | None = None
    query: Expression | None = None  # what it reads and calls; None where it is VALUES of nothing but literals
    generated: int | None = None  # rows that generate_series makes for it, as far as its text says so


class Change(Fact):
    """UPDATE, DELETE, MERGE, TRUNCATE."""

    kind: Literal["update", "delete", "merge", "truncate"]
    table: Name
    has_where: bool
    query: Expression | None = None  # what it reads and calls; None of TRUNCATE
    columns: tuple[str, ...] = ()  # that an UPDATE sets


class Copy(Fact):
    table: Name | None  # None for COPY (query)
    columns: tuple[str, ...]
    to: bool
    where: Literal["stdin", "stdout", "file", "program"]
    format: Literal["text", "csv", "binary"] = "text"
    delimiter: str = "\t"
    null: str = "\\N"
    header: bool = False
    quote: str = '"'
    escape: str = '"'
    filename: str | None = None
    columns_span: Span | None = None
    encoding: str | None = None
    query: Expression | None = None  # COPY (query), and the WHERE of COPY FROM
    options: tuple[str, ...] = ()  # the names of those that are said: "format", "freeze" …


class Transaction(Fact):
    kind: str  # begin, start, commit, rollback, savepoint, release, rollback to, prepare …
    options: tuple[str, ...] = ()  # "isolation level serializable", "read only" …


class Other(Fact):
    """Any other statement, by the node name of PostgreSQL's parser without Stmt: Do, Vacuum, Lock, Listen …"""

    node: str
    name: str | None = None
    query: Expression | None = None  # of EXPLAIN, DECLARE, PREPARE and CALL: what it reads and calls
    holds: str | None = None  # EXPLAIN: the node name of what it explains
    view: Name | None = None  # REFRESH MATERIALIZED VIEW


AnyFact = Any  # a Fact; spelled out where a function takes several

_DISPLAY = {
    "int2": "smallint", "int4": "integer", "int8": "bigint", "float4": "real", "float8": "double precision",
    "bool": "boolean", "varchar": "character varying", "bpchar": "character", "timestamptz": "timestamp with time zone",
    "timestamp": "timestamp without time zone", "timetz": "time with time zone", "time": "time without time zone",
    "bit": "bit", "varbit": "bit varying", "char": '"char"',
}  # fmt: skip


def display(type: TypeName) -> str:
    """The type as PostgreSQL's format_type prints it, schema of user types aside."""
    name = _DISPLAY.get(type.name, type.name) if type.schema in (None, "pg_catalog") else type.name
    return name + "[]" * bool(type.dimensions)


class Unreadable(Fact):
    """A statement that PostgreSQL's grammar does not accept."""

    message: str
    at: int  # byte offset of the error in the text of the piece


class Hole(Fact):
    """A statement that is nothing but placeholders of a template."""

    value: bool  # it stands for SQL; false: it only steers the template (if, for, end)


class Procedural(Fact):
    """What PL/pgSQL does without SQL: "commit", "rollback", "exception" (a block with handlers), "cursor"."""

    kind: str


class UnreadBody(Fact):
    """A place in the body of a function or DO block from which on it cannot be read."""

    message: str
