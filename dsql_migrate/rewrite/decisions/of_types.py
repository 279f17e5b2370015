"""The choices that are about types of columns."""

from __future__ import annotations

from dsql_migrate.rewrite.decisions.choice import Choice, Option

OF_TYPES = (
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
            Option(
                "child-table",
                "a table with a row an element, keyed by the row's primary key and the position; the column keeps the "
                "number of elements",
            ),
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
                "lower, upper and bounds in columns of their own, with a CHECK; where it has to stay one column "
                "(a domain) JSON, in a key text",
            ),
            Option("jsonb", "one JSON object with lower, upper and bounds", ("jsonb",)),
            Option("text", "PostgreSQL's range literal as text"),
        ),
        "both ends can be indexed and compared, which is what a range is for",
    ),
    Choice(
        "multiranges",
        ("column", "domain"),
        "What does a multirange become?",
        (
            Option("jsonb", "a JSON array of objects with lower, upper and bounds", ("jsonb",)),
            Option("text", "PostgreSQL's multirange literal as text"),
        ),
        "JSON functions read its ranges",
    ),
    Choice(
        "composites",
        ("column", "domain"),
        "What does a column of a composite type become?",
        (
            Option(
                "flatten",
                "a column a field, named column_field; where it has to stay one column (a domain) JSON, in a key text",
            ),
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
        "names and broken addresses are still refused",
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
        "What becomes of text and bytea values beyond DSQL's limit?",
        (
            Option("blocker", "they are named, and the migration is not done as long as there are any"),
            Option(
                "out-of-line",
                "they are cut into a table of parts beside the table; the column holds NULL there, or '' where it is "
                "NOT NULL",
            ),
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
        (
            Option("stored", "a stored generated column"),
            Option(
                "plain", "a plain column that the application fills; old values are computed once", ("drop-expression",)
            ),
        ),
        "DSQL computes it as before",
    ),
)
