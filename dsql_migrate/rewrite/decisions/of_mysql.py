"""The choices that a dump of MySQL or MariaDB has, before it is a script of PostgreSQL."""

from __future__ import annotations

from dsql_migrate.rewrite.decisions.choice import Choice, Option

OF_MYSQL = (
    Choice(
        "tinyint",
        ("column",),
        "What does tinyint(1) of MySQL become?",
        (
            Option("smallint", "a small number, as MySQL has it: 2 stays 2, and queries with = 1 go on working"),
            Option("boolean", "true and false; a row with another number is left out and told"),
        ),
        "MySQL stores any number from -128 to 127 in it, and nothing in a dump says that it is meant as a boolean",
    ),
    Choice(
        "unsigned-bigint",
        ("column",),
        "What does bigint unsigned of MySQL become, where it does not count by itself?",
        (
            Option("bigint", "bigint; a row with a number beyond 9,223,372,036,854,775,807 is left out and told"),
            Option("numeric", "numeric(20,0), which holds all of them"),
        ),
        "most are keys or refer to keys, which count from 1 and are bigint",
    ),
    Choice(
        "zero-dates",
        ("column",),
        "What do dates like 0000-00-00 of MySQL become?",
        (
            Option("as-null", "NULL; the column loses its NOT NULL where such a date is met"),
            Option("refuse", "nothing: rows with such a date are left out and told"),
        ),
        "it is how MySQL says that there is no date",
    ),
)
