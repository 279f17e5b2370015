"""What the policy tells about a statement it takes: the tables it changes, those whose rows it locks, its tag."""

from __future__ import annotations

import pytest

from dsql_migrate.engine.policy import Allow, Effect, judge
from dsql_migrate.source.parse import Unparsable, parse
from dsql_migrate.target import load_target


def taken(sql: str) -> Allow:
    verdict = judge(parse(sql.encode()), sql.encode(), load_target())
    assert isinstance(verdict, Allow), verdict
    return verdict


@pytest.mark.parametrize(
    ("sql", "tables"),
    [
        ("SELECT 1 FROM t", ()),
        ("INSERT INTO t VALUES (1)", (("t",),)),
        ("UPDATE s.t SET a = 1 FROM u", (("s", "t"),)),
        ("WITH d AS (DELETE FROM t RETURNING *) INSERT INTO u SELECT * FROM d", (("u",), ("t",))),
        ("WITH d AS (DELETE FROM t RETURNING *) SELECT * FROM d", (("t",),)),
        ("COPY t (a) FROM stdin", (("t",),)),
        ("COPY t TO stdout", ()),
        ("COPY (DELETE FROM t RETURNING *) TO stdout", (("t",),)),
        ("EXPLAIN DELETE FROM t", ()),
        ("EXPLAIN (ANALYZE, COSTS off) DELETE FROM t", (("t",),)),
        ("EXPLAIN (ANALYZE off) DELETE FROM t", ()),
    ],
)
def test_tables_that_are_changed(sql: str, tables: tuple[tuple[str, ...], ...]) -> None:
    verdict = taken(sql)
    assert verdict.tables == tables
    assert verdict.effect is (Effect.DML if tables else Effect.READ)


@pytest.mark.parametrize(
    ("sql", "locks"),
    [
        ("SELECT 1 FROM t", ()),
        ("SELECT 1 FROM t, s.u FOR UPDATE", (("t",), ("s", "u"))),
        ("SELECT 1 FROM t a JOIN u b ON true FOR UPDATE OF b", (("u",),)),
        ("SELECT 1 FROM (SELECT * FROM t, v) x, u FOR KEY SHARE OF x", (("t",), ("v",))),
        ("SELECT 1 FROM t UNION ALL (SELECT 1 FROM u FOR UPDATE)", (("u",),)),
        ("INSERT INTO t SELECT * FROM u FOR UPDATE", (("u",),)),
        ("SELECT 1 WHERE EXISTS (SELECT 1 FROM t FOR KEY SHARE)", (("t",),)),
    ],
)
def test_tables_whose_rows_are_locked(sql: str, locks: tuple[tuple[str, ...], ...]) -> None:
    assert taken(sql).locks == locks


def test_nobody_waits_so_postgresql_is_not_told_to() -> None:
    assert taken("SELECT nowait FROM t FOR UPDATE OF t NOWAIT").sql == b"SELECT nowait FROM t FOR UPDATE OF t  "
    sql = b"SELECT 1 FROM t FOR KEY SHARE OF s.t, skip SKIP LOCKED LIMIT 1"
    assert taken(sql.decode()).sql == sql.replace(b"SKIP LOCKED", b" ")
    assert taken("CREATE VIEW v AS SELECT 1 FROM t FOR UPDATE NOWAIT").sql.endswith(b"FROM t FOR UPDATE  ")


def test_iam_grants_become_calls_of_the_engine() -> None:
    granted = taken("AWS IAM GRANT \"it's\" TO 'arn:aws:iam::111122223333:role/a';")
    assert granted.sql == b"SELECT pg_dsql.iam_grant(E'it''s', E'arn:aws:iam::111122223333:role/a')"
    assert (granted.tag, granted.effect) == ("AWS IAM GRANT", Effect.DDL)
    assert taken(r"aws iam revoke App from 'a\'").sql == rb"SELECT pg_dsql.iam_revoke(E'app', E'a\\')"


@pytest.mark.parametrize("sql", ["AWS IAM GRANT a FROM 'b'", "AWS IAM GRANT a", "AWS IAM GRANT a TO 'b' c"])
def test_malformed_iam_grants_are_syntax_errors(sql: str) -> None:
    with pytest.raises(Unparsable, match="syntax error"):
        parse(sql.encode())
