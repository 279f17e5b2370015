"""Input that is damaged, hostile or more than DSQL takes: a clear message, the right exit code, nothing half-made."""

import gzip
import json
import os
import random
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from dsql_migrate.engine.local import Database

TABLE = """CREATE TABLE public.t (id integer NOT NULL, name text);

ALTER TABLE ONLY public.t ADD CONSTRAINT t_pkey PRIMARY KEY (id);

"""
ROWS = "COPY public.t (id, name) FROM stdin;\n1\tone\n2\ttwo\n3\tthree\n\\.\n\n"
KEYED = "CREATE TABLE t (code text, part integer, n numeric, PRIMARY KEY (code, part));\n"
AFTER = "CREATE TABLE public.after (id integer PRIMARY KEY);\n"
HEAD = "COPY public.t (id, name) FROM stdin;\n"  # line 5; its rows start on line 6


@dataclass(frozen=True)
class Case:
    """``told``: a pattern that one line of standard error matches; ``rows``: how many are in the bundle."""

    name: str
    data: bytes
    code: int
    told: str = ""
    rows: int = 0
    unknown: int = 0
    after: bool = False  # the table behind the trouble is in the bundle


def case(
    name: str, data: str | bytes, code: int, told: str = "", rows: int = 0, unknown: int = 0, after: bool = False
) -> Case:
    return Case(name, data.encode() if isinstance(data, str) else data, code, told, rows, unknown, after)


FIXTURES = Path(__file__).parent / "fixtures"
ARCHIVE = (FIXTURES / "shop.dump").read_bytes()
LONG = "a" * 63

NOT_DONE = [
    case("empty", "", 2, "is empty"),
    case("comments", "-- only\n/* comments */\n", 2, "holds no SQL statement"),
    case("noise", random.Random(1).randbytes(70_000), 2, "is not a SQL script"),
    case(
        "program", Path("/bin/ls").read_bytes() if Path("/bin/ls").exists() else b"\x7fELF\0", 2, "is not a SQL script"
    ),
    case("archive-cut", ARCHIVE[: len(ARCHIVE) // 2], 2, "pg_restore: .*end of file"),
    case("archive-head", ARCHIVE[:20], 2, "pg_restore: "),
    case("gzip-cut", gzip.compress(random.Random(2).randbytes(5000))[:-500], 2, "the compressed data ends too early"),
]

LEFT_OUT = [
    case(
        "cut-in-row",
        TABLE + HEAD + "1\tone\n2\ttwo\n3\tth",
        1,
        r":5:1: error DSQL904 .* ends inside its rows; 2 whole",
        2,
    ),
    case("cut-in-statement", TABLE + ROWS + "CREATE TABLE u (id", 1, r":11: error DSQL901 .*end of input", 3, 1),
    case(
        "cut-in-quote", TABLE + ROWS + "INSERT INTO public.t VALUES (4, 'it\nis", 1, ":11: .*unterminated quoted", 3, 1
    ),
    case("cut-in-comment", TABLE + ROWS + "/* never closed", 1, r":11: .*unterminated /\* comment", 3, 1),
    case(
        "one-bad-statement",
        TABLE + "CREATE TABL x (a int);\n" + ROWS + AFTER,
        1,
        ":5: error DSQL901 .*TABL",
        3,
        1,
        True,
    ),
    case(
        "fewer-fields",
        TABLE + HEAD + "1\tone\n2\n3\tthree\n\\.\n" + AFTER,
        1,
        ":7:1: .*row 2 .*1 field where the table has 2",
        2,
        0,
        True,
    ),
    case(
        "more-fields",
        TABLE + HEAD + "1\tone\n2\ttwo\tx\n3\tc\n\\.\n" + AFTER,
        1,
        ":7:1: .*row 2 .*3 fields where the table has 2",
        2,
        0,
        True,
    ),
    case(
        "no-utf-8",
        (TABLE + HEAD).encode() + b"1\tone\n2\tb\xff\n3\tc\n\\.\n" + AFTER.encode(),
        1,
        ":7:1: .*row 2 .*not UTF-8",
        2,
        0,
        True,
    ),
    case(
        "nul-in-row",
        (TABLE + "--" + "x" * 70_000 + "\n" + HEAD).encode() + b"1\ta\0\n2\tb\n\\.\n",
        1,
        ":7:1: .*row 1 .*NUL byte",
        1,
    ),
    case(
        "nul-in-statement",
        (TABLE + ROWS + "--" + "x" * 70_000 + "\n").encode() + b"INSERT INTO t VALUES (9, '\0');\n" + AFTER.encode(),
        1,
        ":12: error DSQL901",
        3,
        1,
        True,
    ),
    case(
        "no-utf-8-in-statement",
        (TABLE + ROWS).encode() + b"COMMENT ON TABLE t IS '\xff';\n" + AFTER.encode(),
        1,
        ":11: error DSQL901 .*not valid UTF-8",
        3,
        1,
        True,
    ),
    case(
        "no-such-table",
        TABLE + ROWS + "COPY public.nope (a) FROM stdin;\n1\n\\.\n" + AFTER,
        1,
        ":11:1: error DSQL904 .*makes no such table",
        3,
        1,
        True,
    ),
    case(
        "no-such-column",
        TABLE + HEAD.replace("name", "nope") + "1\ta\n\\.\n" + AFTER,
        1,
        ":5:1: error DSQL904 .*no column nope",
        0,
        1,
        True,
    ),
    case(
        "unread-value",
        TABLE.replace("text", "text[]") + HEAD + "1\t{a}\n2\tx\n3\t{b}\n\\.\n",
        1,
        ":7:1: .*row 2 .*column name",
        2,
    ),
    case(
        "row-too-large",
        TABLE + HEAD + "1\ta\n2\t" + "x" * (2 << 20) + "\n3\tc\n\\.\n",
        1,
        ":7:1: error DSQL710 .*row 2: 2,097,154 bytes",
        3,
    ),
    case(
        "value-too-large",
        TABLE + HEAD + "1\ta\n2\t" + "x" * ((1 << 20) + 1) + "\n\\.\n",
        1,
        ":7:1: error DSQL711 .*row 2: column name has 1,048,577",
        2,
    ),
    case(
        "value-in-insert",
        TABLE
        + f"INSERT INTO public.t VALUES (1, 'a');\nINSERT INTO public.t VALUES (2,\n'{'x' * ((1 << 20) + 1)}');\n",
        1,
        ":7:1: error DSQL711 .*1,048,577 bytes",
        2,
    ),
    case(
        "key-too-large",
        KEYED + f"COPY public.t (code, part, n) FROM stdin;\na\t1\t0\n{'k' * 1014}\t1\t0\n{'k' * 1013}\t1\t0\n\\.\n",
        1,
        ":4:1: error DSQL725 .*public.t, row 2: the primary key t_pkey has 1,018 bytes: DSQL takes 1,017 in it",
        3,
    ),
    case(
        "key-of-an-index-too-large",
        TABLE + f"CREATE INDEX i ON public.t (name);\n{HEAD}1\ta\n2\t{'x' * 1014}\n\\.\n",
        1,
        ":8:1: error DSQL725 .*row 2: the index i has 1,018 bytes: DSQL takes 1,017 in it",
        2,
    ),
    case(
        "key-in-insert",
        KEYED + f"INSERT INTO t VALUES ('a', 1, 0);\nINSERT INTO t VALUES ('b', 1, 0),\n('{'k' * 1013}''', 1, 0);\n",
        1,
        ":4:1: error DSQL725 .*INSERT INTO public.t, row 2: the primary key t_pkey has 1,018 bytes",
        3,
    ),
    case(
        "key-in-one-of-many-inserts",
        KEYED + "".join(f"INSERT INTO t VALUES ('{'k' * (1 + 1013 * (i == 7))}', {i}, 0);\n" for i in range(20)),
        1,
        ":9:1: error DSQL725 .*the primary key t_pkey has 1,018 bytes",
        20,
    ),
    case(
        "table-twice",
        TABLE + ROWS + "CREATE TABLE public.t (other text);\n" + AFTER,
        1,
        ':11:1: error DSQL905 .*"t" already exists',
        3,
        0,
        True,
    ),
    case(
        "constraint-twice",
        TABLE + "ALTER TABLE t ADD CONSTRAINT u UNIQUE (name);\n" * 2 + ROWS,
        1,
        ':6:1: error DSQL905 .*"u" .*already exists',
        3,
    ),
    case(
        "index-twice",
        TABLE + ROWS + "CREATE INDEX i ON t (name);\n" * 2,
        1,
        ':12:1: error DSQL905 .*"i" already exists',
        3,
    ),
    case(
        "two-primary-keys",
        TABLE + "ALTER TABLE t ADD PRIMARY KEY (name);\n" + ROWS,
        1,
        ":5:1: error DSQL905 .*multiple primary keys",
        3,
    ),
    case(
        "equal-when-cut",
        f"CREATE TABLE {LONG}x (id int PRIMARY KEY);\nCREATE TABLE {LONG}y (id int PRIMARY KEY);\n" + AFTER,
        1,
        ":2:1: error DSQL905 .*already exists",
        0,
        0,
        True,
    ),
    case(
        "too-deep",
        TABLE + ROWS + "CREATE VIEW v AS SELECT " + "(" * 10_000 + "1" + ")" * 10_000 + ";\n" + AFTER,
        1,
        ":11: error DSQL901",
        3,
        1,
        True,
    ),
]

CARRIED = [
    case("no-primary-key", "CREATE TABLE public.t (id integer, name text);\n" + ROWS, 0, rows=3),
    case(
        "nine-key-columns",
        f"CREATE TABLE t ({' int, '.join('abcdefghi')} int, PRIMARY KEY ({', '.join('abcdefghi')}));\n",
        0,
    ),
    case("crlf", (TABLE + ROWS + AFTER).replace("\n", "\r\n"), 0, rows=3, after=True),
    case("utf-16", (TABLE + ROWS.replace("three", "dreißig") + AFTER).encode("utf-16"), 0, rows=3, after=True),
    case(
        "latin-1",
        ("SET client_encoding = 'LATIN1';\n" + TABLE + ROWS.replace("three", "dreißig")).encode("latin-1"),
        0,
        rows=3,
    ),
    case(
        "csv",
        TABLE + 'COPY public.t FROM stdin WITH (FORMAT csv, HEADER);\nid,name\n1,"a,b"\n2,"line\nbreak"\n\\.\n' + AFTER,
        0,
        rows=2,
        after=True,
    ),
    case(
        "long-line",
        TABLE + "INSERT INTO public.t VALUES " + ", ".join(f"({i}, 'row')" for i in range(5000)) + ";\n" + AFTER,
        0,
        rows=5000,
        after=True,
    ),
]


def run(*arguments: str | Path, **more: str) -> subprocess.CompletedProcess[bytes]:
    """The program as a user calls it."""
    program = [sys.executable, "-c", "from dsql_migrate.cli import main; main()", *map(str, arguments)]
    project = str(Path(__file__).resolve().parent.parent)
    return subprocess.run(program, capture_output=True, env={**os.environ, "PYTHONPATH": project, **more}, check=False)


def calm(done: subprocess.CompletedProcess[bytes], folder: Path) -> None:
    """No traceback, and nothing beside what was there."""
    assert b"Traceback" not in done.stderr
    assert b"internal error" not in done.stderr
    assert [p.name for p in folder.iterdir() if p.name.startswith(".")] == []


@pytest.mark.parametrize("given", [*NOT_DONE, *LEFT_OUT, *CARRIED], ids=lambda c: c.name)
def test_rewrite(given: Case, tmp_path: Path) -> None:
    source, out = tmp_path / "in.sql", tmp_path / "out"
    source.write_bytes(given.data)
    done = run("rewrite", source, "-o", out)
    calm(done, tmp_path)
    assert done.returncode == given.code, done.stderr
    assert out.exists() == (given.code != 2)
    told = [line for line in done.stderr.decode().splitlines() if re.search(given.told, line)]
    assert told if given.told else not done.stderr
    if given.code == 2:
        return
    ledger = json.loads((out / "ledger.json").read_bytes())
    assert ledger["source"]["rows"] == given.rows
    assert ledger["totals"]["unknown"] == given.unknown
    assert (b"CREATE TABLE public.after" in (out / "pre-data.sql").read_bytes()) == given.after


def test_what_is_wrong_with_many_rows_is_told_of_some_and_counted(tmp_path: Path) -> None:
    rows = "".join(f"{'k' * 1100}{i}\t1\t0\n" for i in range(45))
    (tmp_path / "in.sql").write_text(KEYED + f"COPY public.t (code, part, n) FROM stdin;\n{rows}\\.\n")
    done = run("rewrite", tmp_path / "in.sql", "-o", tmp_path / "out")
    assert done.returncode == 1
    told = done.stderr.decode().splitlines()
    assert len([line for line in told if ", row " in line]) == 10
    assert re.search("DSQL725 .*public.t: 35 more like these", told[10])


@pytest.mark.parametrize("form", ["COPY", "INSERT"])
@pytest.mark.parametrize(
    ("number", "code", "told"),
    [("1e25", 1, "DSQL726 .*row 1: column n has 26 digits before the point: numeric\\(18,6\\) takes 12"),
     ("-Infinity", 1, "DSQL726 .*row 1: column n is -Infinity, which no numeric with a precision takes"),
     ("0.1234567", 0, "warning DSQL727 .*row 1: column n has 7 digits behind the point: 6 are kept"),
     ("123456789012.5", 0, "")],
)  # fmt: skip
def test_numbers_that_the_decided_type_does_not_hold(
    number: str, code: int, told: str, form: str, tmp_path: Path
) -> None:
    source = tmp_path / "in.sql"
    copy = f"COPY public.t (code, part, n) FROM stdin;\na\t1\t{number}\n\\.\n"
    source.write_text(KEYED + (copy if form == "COPY" else f"INSERT INTO t VALUES ('a', 1, '{number}');\n"))
    done = run("rewrite", source, "-o", tmp_path / "out", "--bare-numeric", "dsql")
    assert done.returncode == code, done.stderr
    lines = [line for line in done.stderr.decode().splitlines() if "DSQL72" in line]
    assert [re.search(told, line) is not None for line in lines] == [True] * (told != ""), done.stderr


def test_a_row_that_is_left_out_stands_in_quarantine(tmp_path: Path) -> None:
    (tmp_path / "in.sql").write_text(TABLE + HEAD + "1\tone\n2\n\\.\n")
    run("rewrite", tmp_path / "in.sql", "-o", tmp_path / "out")
    assert (
        "-- line 7: row 2 of public.t: 1 field where the table has 2\n-- 2\n"
        in (tmp_path / "out" / "quarantine.sql").read_text()
    )


def test_backslashes_of_old_dumps(tmp_path: Path) -> None:
    """standard_conforming_strings = off: the strings get the E that says what they always meant."""
    source = tmp_path / "in.sql"
    source.write_text(
        "SET standard_conforming_strings = off;\n"
        "CREATE TABLE t (id int PRIMARY KEY, a text DEFAULT'it\\'s; \\\\' NOT NULL); -- don't\n"
        "INSERT INTO t VALUES (1, 'x\\'y'), (2, $$a'b\\$$), (3, E'\\n'), (4, 'plain');\n"
    )
    done = run("rewrite", source, "-o", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    assert "DEFAULT E'it\\'s; \\\\' NOT NULL" in (tmp_path / "out" / "pre-data.sql").read_text()
    data = (tmp_path / "out" / "data.sql").read_text()
    assert "VALUES (1, E'x\\'y'), (2, $$a'b\\$$), (3, E'\\n'), (4, 'plain')" in data


WIDE = (
    f"CREATE TABLE public.wide (id int PRIMARY KEY, {', '.join(f'c{i} int' for i in range(299))});\n"
    "COPY public.wide (id, c1) FROM stdin;\n1\t2\n\\.\nCREATE INDEX wi ON public.wide (c1);\n"
    "CREATE VIEW public.vw AS SELECT id FROM public.wide;\n"
    "CREATE TABLE public.ref (id int PRIMARY KEY, w int REFERENCES public.wide(id));\n"
)


@pytest.mark.server
@pytest.mark.parametrize(
    ("data", "code", "told", "carried"),
    [
        (TABLE + ROWS + WIDE, 1, ":11:14: error DSQL701", ["public.t", "public.ref"]),
        (
            TABLE + ROWS + "CREATE TABLE z (a int, a int);\n",
            1,
            ":11: error table public.z: the engine refuses it: 42701",
            ["public.t"],
        ),
        (TABLE + HEAD + "1\tone\n2\ttwo\n3\tth", 1, ":5:1: error DSQL904", ["public.t"]),
        (TABLE + ROWS + "CREATE TABL x (a int);\n" + AFTER, 1, ":11:8: error DSQL901", ["public.t", "public.after"]),
    ],
    ids=["300-columns", "column-twice", "cut-in-row", "one-bad-statement"],
)
def test_migrate(data: str, code: int, told: str, carried: list[str], tmp_path: Path) -> None:
    """What is not carried is told; the rest applies, and its rows are equal."""
    source, out = tmp_path / "in.sql", tmp_path / "out"
    source.write_text(data)
    done = run("migrate", source, "-o", out)
    calm(done, tmp_path)
    assert done.returncode == code
    assert sum(told in line for line in done.stderr.decode().splitlines()) == 1, done.stderr
    verification = json.loads((out / "verification.json").read_bytes())
    assert verification["checks"][0]["ok"], verification["checks"][0]
    entries = {e["id"]: e for e in json.loads((out / "ledger.json").read_bytes())["entries"]}
    assert [n for n in carried if entries[f"table:{n}"]["disposition"] not in ("kept", "rewritten")] == []
    rows = {t["name"]: (t["digest_source"], t["digest_target"]) for t in verification["tables"]}
    assert rows["public.t"][0] == rows["public.t"][1] is not None


NAMES = [
    "new\nline",
    'quo"te',
    "semi;colon",
    "end*/comment",
    "/*",
    "dash--dash",
    "back\\slash",
    ":var",
    ":'var'",
    "\\gset",
    "\\.",
    "<script>alert(1)</script>",
    "bidi\u202eevil",
    "\U0001f600",
    "%s",
    "{0}",
    "$$",
    "cr\rhere",
    "'",
    "select",
    "\x1b[31m",
    "\u2028ls",
    "a.b",
    " ",
    "\n\\! touch PWNED\n",
]


def hostile(names: list[str]) -> str:
    """A dump whose every name, comment and value is one of ``names``."""
    parts = []
    for name in names:
        q = '"' + name.replace('"', '""') + '"'
        e, v = '"e' + q[1:], '"v' + q[1:]
        text = "'" + name.replace("'", "''") + "'"
        field = name.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r")
        parts.append(
            f"CREATE TYPE public.{e} AS ENUM ({text}, 'other');\n"
            f"CREATE TABLE public.{q} (id integer PRIMARY KEY, {q} text DEFAULT {text} NOT NULL,\n"
            f"    e public.{e}, p integer,\n"
            f'    CONSTRAINT "c{q[1:]} CHECK ({q} <> {text} || 1));\n'
            f"COMMENT ON TABLE public.{q} IS {text};\n"
            f"COPY public.{q} FROM stdin;\n1\t{field}\t{field}\t1\n\\.\n"
            f'CREATE INDEX "i{q[1:]} ON public.{q} ({q});\n'
            f'CREATE INDEX "g{q[1:]} ON public.{q} USING gin (to_tsvector(' + f"'simple', {q}));\n"
            f'ALTER TABLE public.{q} ADD CONSTRAINT "f{q[1:]} FOREIGN KEY (p) REFERENCES public.{q}(id);\n'
            f"CREATE VIEW public.{v} AS SELECT id FROM public.{q} WHERE {q} = {text};\n"
        )
    return "".join(parts)


@pytest.mark.server
@pytest.mark.parametrize("day", ["2026-09-15", "2026-05-31"])
def test_hostile_names(day: str, tmp_path: Path) -> None:
    """Names and texts cannot end a comment, run a psql command, or reach the report as markup."""
    source, out = tmp_path / "in.sql", tmp_path / "out"
    source.write_text(hostile(NAMES), newline="")
    done = run("migrate", source, "-o", out, "--as-of", day)
    calm(done, tmp_path)
    assert done.returncode == 0, done.stderr + done.stdout
    ledger = json.loads((out / "ledger.json").read_bytes())
    assert ledger["source"]["rows"] == len(NAMES)
    assert b"<script>alert" not in (out / "report.html").read_bytes()
    assert b"\x1b[31m" not in done.stdout + done.stderr
    quarantine = (out / "quarantine.sql").read_bytes()
    assert [line for line in re.split(rb"[\r\n]", quarantine) if line and not line.startswith(b"--")] == []


@pytest.mark.server
def test_psql_reads_a_hostile_bundle(tmp_path: Path, dsql: Database) -> None:
    from dsql_migrate.engine.postgres.binaries import find_client

    source, out = tmp_path / "in.sql", tmp_path / "out"
    source.write_text(hostile(NAMES), newline="")
    run("rewrite", source, "-o", out)
    for name in ("pre-data.sql", "data.sql", "quarantine.sql"):
        psql = [str(find_client("psql")), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", dsql.dsn, "-f", str(out / name)]
        done = subprocess.run(psql, capture_output=True, cwd=tmp_path, check=False)
        assert done.returncode == 0, done.stderr
    assert not (tmp_path / "PWNED").exists()


@pytest.mark.server
def test_more_tables_than_dsql_takes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One finding, the first tables are there, the others are in the ledger as not carried. (Of 20, to be quick.)"""
    from dsql_migrate.migration import migrate
    from dsql_migrate.target import Target

    limit = Target.limit
    monkeypatch.setattr(Target, "limit", lambda self, name: 20 if name == "tables" else limit(self, name))
    source, out = tmp_path / "in.sql", tmp_path / "out"
    source.write_text("".join(f"CREATE TABLE t{i} (id int PRIMARY KEY);\n" for i in range(25)))
    done = migrate(str(source), out)
    assert not done.ok
    assert [f["code"] for f in done.findings] == ["DSQL707"]
    tables = [e for e in done.ledger["entries"] if e["kind"] == "table"]
    assert [sum(e["disposition"] == d for e in tables) for d in ("kept", "unknown")] == [20, 5]
    assert done.verification["ok"]
