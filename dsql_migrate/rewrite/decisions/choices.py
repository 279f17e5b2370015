"""Every choice that a rewrite has: question, options with what each gives and costs, the default and its reason.

This is the one list. The flags of the command line, the questions of ``--interactive``, the comments of
``decisions.yaml`` and the page on decisions are made of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Option:
    """One way. ``needs``: capabilities of DSQL without which it cannot be had (names of ``rules/timeline.yaml``)."""

    name: str
    effect: str
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """A question that comes up for some objects.

    ``kinds``: the ledger kinds of the objects it is about; an entry of ``decisions.yaml`` is keyed by the ledger id.
    ``options``: the first that the day allows is the default. ``number``: a whole number may be given instead.
    """

    key: str
    kinds: tuple[str, ...]
    question: str
    options: tuple[Option, ...]
    reason: str  # why the first option is the default
    number: bool = False


_LIST = (
    Choice(
        "foreign-keys",
        ("constraint",),
        "Who keeps a foreign key?",
        (
            Option("native", "DSQL: added NOT VALID behind the load, then validated by a job", ("foreign-keys",)),
            Option(
                "inline",
                "DSQL: in CREATE TABLE, parents first; every row is checked as it is loaded",
                ("foreign-keys",),
            ),
            Option("application", "the application: a stub checks and locks, an audit query looks for orphans"),
        ),
        "the load runs in any order and at full speed, and every row is checked once, behind it",
    ),
    Choice(
        "keys",
        ("column",),
        "What makes the numbers of a serial or identity column?",
        (
            Option(
                "identity",
                "an identity column, bigint; its CACHE is the decision identity-cache",
                ("identity-columns",),
            ),
            Option("uuid", "uuid, and every column that refers to it; old numbers become UUIDs that hold them"),
        ),
        "the numbers that stand in URLs, files and other systems stay what they are",
    ),
    Choice(
        "identity-cache",
        ("column", "sequence"),
        "How many numbers does a session take at once?",
        (
            Option("65536", "inserts do not meet at one place; numbers have gaps and no order across sessions"),
            Option("1", "numbers close together; every insert meets at one place, so only for low rates"),
        ),
        "a sequence with CACHE 1 is one hot key, which all inserts of the table wait for",
        number=True,
    ),
    Choice(
        "enums",
        ("type",),
        "What does an enum become?",
        (
            Option("domain", "a domain over text with a CHECK: one place to change, names stay", ("domains",)),
            Option("check", "text, with a CHECK on each column"),
            Option("lookup-table", "a table of the values in their order; columns refer to it", ("foreign-keys",)),
        ),
        "casts and column types that name the enum go on working",
    ),
    Choice(
        "arrays",
        ("column", "domain"),
        "What does an array become?",
        (
            Option("jsonb", "a JSON array in one column", ("jsonb",)),
            Option("json", "a JSON array in one column, kept as text", ("json",)),
            Option("text", "PostgreSQL's array literal as text"),
            Option("child-table", "a table with a row an element, keyed by the row and the position"),
        ),
        "the row stays whole, and JSON operators read it",
    ),
    Choice(
        "ranges",
        ("column", "domain"),
        "What does a range become?",
        (
            Option(
                "columns",
                "lower, upper and bounds in columns of their own, with a CHECK: bounds can be compared and indexed",
            ),
            Option("jsonb", "one JSON object with lower, upper and bounds", ("jsonb",)),
            Option("text", "PostgreSQL's range literal as text"),
        ),
        "both ends can be indexed and compared, which is what a range is for",
    ),
    Choice(
        "composites",
        ("column", "domain"),
        "What does a column of a composite type become?",
        (
            Option("flatten", "a column a field, named column_field"),
            Option("jsonb", "one JSON object", ("jsonb",)),
            Option("text", "PostgreSQL's row literal as text"),
        ),
        "every field keeps its type",
    ),
    Choice(
        "money",
        ("column", "domain"),
        "What does money become?",
        (
            Option("numeric", "numeric(19,2): every amount that money can hold"),
            Option("bigint", "whole cents"),
            Option("text", "the text"),
        ),
        "exact, and it can be reckoned with",
    ),
    Choice(
        "bit-strings",
        ("column", "domain"),
        "What do bit and bit varying become?",
        (Option("check", "text of 0 and 1, with a CHECK of digits and length"), Option("text", "text, unchecked")),
        "the length and the digits stay guaranteed",
    ),
    Choice(
        "network-addresses",
        ("column", "domain"),
        "What do inet, cidr and macaddr become?",
        (Option("check", "text, with a CHECK of its form"), Option("text", "text, unchecked")),
        "what is no address is still refused",
    ),
    Choice(
        "xml",
        ("column", "domain"),
        "What does xml become?",
        (
            Option("text", "text: no longer checked to be well formed"),
            Option("blocker", "nothing: the migration stops there"),
        ),
        "the document stays, byte for byte",
    ),
    Choice(
        "hstore",
        ("column", "domain"),
        "What does hstore become?",
        (
            Option("jsonb", "a JSON object of strings", ("jsonb",)),
            Option("json", "a JSON object of strings, kept as text", ("json",)),
            Option("text", "the text"),
        ),
        "keys can still be asked for",
    ),
    Choice(
        "case-insensitive-text",
        ("column", "domain"),
        "What does citext, or a collation that ignores case, become?",
        (
            Option("lower", "text, with keys and indexes on lower(…)", ("expression-indexes",)),
            Option("text", "text: keys tell upper and lower case apart"),
        ),
        "no two rows differ in case alone, as before",
    ),
    Choice(
        "ltree",
        ("column", "domain"),
        "What does ltree become?",
        (
            Option("check", "text, with a CHECK of its form; LIKE 'a.b.%' finds what is below a.b"),
            Option("text", "text, unchecked"),
        ),
        "the form stays guaranteed",
    ),
    Choice(
        "text-search",
        ("column", "domain"),
        "What does a tsvector become?",
        (
            Option("text", "text, so that nothing is lost"),
            Option("drop", "nothing: it can be made again of the columns it came from"),
        ),
        "nothing is lost that only a search service could bring back",
    ),
    Choice(
        "geometry",
        ("column", "domain"),
        "What do geometry and geography become?",
        (
            Option("wkb", "bytea: extended well-known binary, which every library reads"),
            Option("geojson", "JSON, with the reference system beside it", ("jsonb",)),
            Option("text", "EWKB in hexadecimal, as PostGIS prints it"),
            Option("blocker", "nothing: the migration stops there"),
        ),
        "exact, and half the size of its text",
    ),
    Choice(
        "key-types",
        ("column",),
        "What does a key of a type become that DSQL cannot have in a key (interval, timetz, bytea, json)?",
        (
            Option("text", "text: bytea as hexadecimal, which sorts alike, others as printed"),
            Option("blocker", "nothing: the migration stops there"),
        ),
        "the key stays a key",
    ),
    Choice(
        "large-values",
        ("column",),
        "What becomes of values beyond DSQL's limit?",
        (
            Option("blocker", "they are named, and the migration is not done as long as there are any"),
            Option("out-of-line", "they are cut into a table of parts beside the table"),
        ),
        "object storage is most often the better place; that is for people to say",
    ),
    Choice(
        "bare-numeric",
        ("column", "domain"),
        "What does numeric without a precision become, which DSQL reads as numeric(18,6)?",
        (
            Option("fit", "numeric wide enough for every value of the input, with room", ()),
            Option("dsql", "numeric(18,6), said out: values are rounded to six places"),
            Option("text", "text: exact at any size"),
        ),
        "no digit is lost",
    ),
    Choice(
        "generated-columns",
        ("column",),
        "What does a generated column become?",
        (Option("stored", "a stored generated column"), Option("plain", "a plain column that the application fills")),
        "DSQL computes it as before",
    ),
    Choice(
        "partitions",
        ("table",),
        "What does a partitioned table become?",
        (
            Option("merge", "one table: DSQL spreads it itself"),
            Option("view", "its partitions as tables, behind a view of its name"),
        ),
        "one key over all rows, and nothing to maintain",
    ),
    Choice(
        "inheritance",
        ("table",),
        "What does a family of inherited tables become?",
        (
            Option(
                "merge", "one table, its rows told apart by inherited_from; families with keys of their own stay apart"
            ),
            Option("flatten", "tables of their own, with the parent's columns written out"),
        ),
        "a query of the parent shows what it showed",
    ),
    Choice(
        "materialized-views",
        ("materialized view",),
        "What does a materialized view become?",
        (
            Option("view", "a view: always right, reckoned at each query"),
            Option("table", "a table, and a script that fills it again"),
            Option("quarantine", "nothing: its query is in quarantine.sql"),
        ),
        "it is never stale and needs no job",
    ),
    Choice(
        "unlogged-tables",
        ("table",),
        "What does an unlogged table become?",
        (Option("table", "a table like all others"), Option("drop", "nothing")),
        "what is in it may be wanted",
    ),
    Choice(
        "temporary-tables",
        ("table",),
        "What does a temporary table of the script become?",
        (Option("drop", "nothing: it ends with its session"), Option("table", "a table that stays")),
        "no dump holds one; a script makes it for itself",
    ),
    Choice(
        "no-primary-key",
        ("table",),
        "What becomes of a table without a primary key?",
        (
            Option("keep", "it stays without: DSQL keys it by a hidden column"),
            Option("uuid", "it gets a column id uuid, filled by gen_random_uuid()"),
            Option("identity", "it gets a column id, an identity", ("identity-columns",)),
        ),
        "INSERTs without a column list go on working",
    ),
    Choice(
        "row-security",
        ("table",),
        "What becomes of row-level security?",
        (
            Option("application", "the application asks: the policies are in quarantine.sql"),
            Option("views", "a view a table that shows what the policies let see; the table itself is not granted"),
        ),
        "a view stands for SELECT only, and who may use it is for people to say",
    ),
    Choice(
        "extension-defaults",
        ("default",),
        "What becomes of a default that calls a function of an extension?",
        (
            Option("replace", "DSQL's own function of the same meaning, where there is one"),
            Option("application", "the application gives the value"),
        ),
        "uuid_generate_v4() and gen_random_uuid() give the same kind of value",
    ),
    Choice(
        "plpgsql-functions",
        ("function",),
        "What becomes of a PL/pgSQL function that is plain SQL at heart?",
        (
            Option("sql", "an SQL function of the same meaning"),
            Option("application", "nothing: its source is in quarantine.sql"),
        ),
        "callers go on calling it",
    ),
    Choice(
        "search-indexes",
        ("index",),
        "What becomes of a gin or gist index?",
        (
            Option("replace", "the nearest index that DSQL has, where there is one for the same queries"),
            Option("drop", "nothing"),
        ),
        "queries that it served are served again",
    ),
    Choice(
        "duplicate-indexes",
        ("index",),
        "What becomes of an index that another one, or the primary key, covers?",
        (Option("keep", "it stays, and is reported"), Option("drop", "nothing: each index costs writes")),
        "an index is dropped by people",
    ),
    Choice(
        "schemas",
        ("schema",),
        "What becomes of a schema?",
        (
            Option("keep", "it stays; those beyond the number that DSQL takes go into public as schema__name"),
            Option("prefix", "its objects go into public as schema__name"),
        ),
        "names stay what they are",
    ),
    Choice(
        "owners",
        ("role",),
        "What becomes of ALTER … OWNER TO a role?",
        (
            Option("drop", "nothing: roles are made on DSQL, tied to IAM"),
            Option("keep", "it stays: the roles must be there"),
        ),
        "roles of the source do not exist on DSQL, where a role is tied to IAM",
    ),
    Choice(
        "grants",
        ("role",),
        "What becomes of GRANT, REVOKE and default privileges of a role?",
        (
            Option("drop", "nothing: roles are made on DSQL, tied to IAM"),
            Option("keep", "they stay: the roles must be there"),
        ),
        "roles of the source do not exist on DSQL, where a role is tied to IAM",
    ),
    Choice(
        "roles",
        ("role",),
        "What becomes of CREATE ROLE?",
        (
            Option("drop", "nothing"),
            Option("keep", "CREATE ROLE … WITH LOGIN as DSQL takes it, and the AWS IAM GRANT to fill in"),
        ),
        "who may log in is decided in IAM",
    ),
)

CHOICES: Mapping[str, Choice] = MappingProxyType({choice.key: choice for choice in _LIST})
