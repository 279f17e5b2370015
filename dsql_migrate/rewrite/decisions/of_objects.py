"""The choices that are about keys, tables, views, functions, indexes and all else that is no type."""

from __future__ import annotations

from dsql_migrate.rewrite.decisions.choice import Choice, Option

OF_OBJECTS = (
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
            Option(
                "uuid",
                "uuid, filled by gen_random_uuid(), and every column that a foreign key ties to it; old numbers become "
                "UUIDs that hold them. What reckons with the number keeps it",
            ),
        ),
        "the numbers that stand in URLs, files and other systems stay what they are",
    ),
    Choice(
        "identity-cache",
        ("column",),
        "How many numbers of an identity column does a session take at once?",
        (
            Option("65536", "inserts do not meet at one place; numbers have gaps and no order across sessions"),
            Option("1", "numbers close together; every insert meets at one place, so only for low rates"),
        ),
        "a sequence with CACHE 1 is one hot key, which all inserts of the table wait for",
        number=True,
    ),
    Choice(
        "sequence-cache",
        ("sequence",),
        "How many numbers of a sequence that is no identity column's does a session take at once?",
        (
            Option("source", "as the source says: 1 stays 1, more becomes 65536 at least"),
            Option("65536", "calls of nextval do not meet at one place; numbers have gaps and no order"),
            Option("1", "numbers close together; every call meets at one place, so only for low rates"),
        ),
        "who draws numbers by name often wants them in order",
        number=True,
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
            Option(
                "table",
                "a table with its indexes, filled behind the load; its query in a view n_query, and a script in "
                "refresh/ that brings it up to date. Where the types of its columns cannot be told, a view",
            ),
            Option("quarantine", "nothing: its query is in quarantine.sql"),
        ),
        "it is never stale, and nobody has to run, watch and pay a job that refreshes it; a table is for queries "
        "that are too slow to be reckoned each time",
    ),
    Choice(
        "row-security",
        ("table",),
        "What becomes of row-level security?",
        (
            Option("application", "nothing: the policies are in quarantine.sql"),
            Option("views", "a view t_visible, which shows the rows that the policies for SELECT let a role see"),
        ),
        "a view keeps neither writes nor who reads the table itself, so it is for people to say",
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
            Option("uuid", "it gets a column id uuid behind all others, filled by gen_random_uuid()"),
            Option("identity", "it gets a column id behind all others, an identity", ("identity-columns",)),
        ),
        "INSERTs without a column list go on working",
    ),
    Choice(
        "extension-defaults",
        ("default",),
        "What becomes of a default that calls a function of an extension?",
        (
            Option("replace", "DSQL's own function of the same meaning, where there is one"),
            Option("application", "the application gives the value"),
        ),
        "a uuid that is unique is what such a default is for; what is lost is said beside it",
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
        "What becomes of a hash, brin, gin, gist or spgist index, where btree can serve some of its queries?",
        (
            Option("replace", "the nearest index that DSQL has: the ledger says for which of its queries"),
            Option("drop", "nothing"),
        ),
        "queries that it served are served again",
    ),
    Choice(
        "duplicate-indexes",
        ("index",),
        "What becomes of an index that another one, or the primary key, covers?",
        (
            Option("keep", "it stays, and the ledger says what covers it"),
            Option("drop", "nothing: each index costs writes; a unique one goes only where a unique one covers it"),
        ),
        "whether a query needs it is for people to say",
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
            Option("keep", "roles.sql makes it as DSQL takes it, with the AWS IAM GRANT to fill in"),
        ),
        "who may log in is decided in IAM",
    ),
)
