"""Drizzle: the journal's order, breakpoints."""

import json

TWO = "CREATE TABLE a (id uuid PRIMARY KEY);\n--> statement-breakpoint\nCREATE TABLE b (id uuid PRIMARY KEY);\n"


def journal(*tags):
    return json.dumps({"dialect": "postgresql", "entries": [{"idx": n, "tag": tag} for n, tag in enumerate(tags)]})


def test_the_journal_has_the_order(folder):
    made = folder(
        {
            "drizzle/meta/_journal.json": journal("0001_b", "0000_a"),
            "drizzle/0000_a.sql": TWO,
            "drizzle/0001_b.sql": TWO,
            "drizzle/seed.sql": TWO.replace("-->", "--"),
        }
    )
    assert made.order() == ["drizzle/0001_b.sql", "drizzle/0000_a.sql", "drizzle/seed.sql"]
    assert made.tool() == ["Drizzle: meta/_journal.json", "psql: "]
    assert made.found() == [
        ("drizzle/0001_b.sql", 3, 1, "DSQL618"),
        ("drizzle/0000_a.sql", 3, 1, "DSQL618"),
    ]


def test_breakpoints_tell_where_the_journal_is_not_at_hand(folder):
    made = folder({"0001_b.sql": TWO, "0000_a.sql": TWO})
    assert made.tool() == ["Drizzle: --> statement-breakpoint"]
    assert made.found("0001_b.sql") == [("0001_b.sql", 3, 1, "DSQL618")]


def test_statements_between_breakpoints_need_no_semicolon(folder):
    text = "CREATE TABLE a (id uuid PRIMARY KEY)\n--> statement-breakpoint\nTRUNCATE a"
    made = folder({"meta/_journal.json": journal("0000_a"), "0000_a.sql": text})
    assert ("0000_a.sql", 3, 1) in [place[:3] for place in made.found()]


def test_a_broken_journal_leaves_the_files_to_others(folder):
    made = folder({"meta/_journal.json": "{", "0000_a.sql": "SELECT 1;", "0001_b.sql": "SELECT 1;"})
    assert made.tool() == ["numbered scripts: name 0000_a.sql"]


def test_a_journal_cannot_name_files_elsewhere(folder):
    made = folder(
        {"d/meta/_journal.json": journal("../x", "0000_a"), "x.sql": "SELECT 1;", "d/0000_a.sql": "SELECT 1;"}
    )
    assert made.tool() == ["Drizzle: meta/_journal.json", "psql: "]


def test_folders_with_a_snapshot(folder):
    made = folder({"d/20240101_a/snapshot.json": "{}", "d/20240101_a/migration.sql": TWO})
    assert made.tool() == ["Drizzle: snapshot.json"]
    assert made.found() == [("d/20240101_a/migration.sql", 3, 1, "DSQL618")]
