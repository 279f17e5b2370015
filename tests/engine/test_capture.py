"""What the triggers of ``pg_dsql`` tell of each statement, and the limits that they hold it to."""

from __future__ import annotations

import psycopg
import pytest
from support.captured import Client

pytestmark = pytest.mark.server
INCOMPRESSIBLE = "(SELECT string_agg(md5(g::text), '') FROM generate_series(1, {}) g)"  # 32 bytes each


def refused(client: Client, sql: str) -> str:
    with pytest.raises(psycopg.Error) as caught:
        client.run(sql)
    return f"{caught.value.sqlstate} {caught.value.diag.message_primary}"


def test_each_statement_tells_its_rows_whole(client: Client) -> None:
    client.run('CREATE TABLE "T t" (id int PRIMARY KEY, "v""w" text)')
    client.begin()
    client.run("""INSERT INTO "T t" VALUES (1, 'a"b'), (2, NULL), (3, '')""")
    client.run("""UPDATE "T t" SET "v""w" = 'x' WHERE id < 3""")
    client.run("""DELETE FROM "T t" WHERE id = 3""")
    inserted, updated, deleted = client.told()
    assert (inserted["o"], inserted["n"], inserted["c"]) == ("I", ['(1,"a""b")', "(2,)", '(3,"")'], 3)
    assert (updated["o"], updated["n"], updated["o_"]) == ("U", ["(1,x)", "(2,x)"], ['(1,"a""b")', "(2,)"])
    assert (deleted["o"], deleted["n"], deleted["o_"], deleted["b"]) == ("D", [], ['(3,"")'], 0)
    assert client.run("""SELECT '"T t"'::regclass::oid::int, pg_current_xact_id()::text::int""") == [
        (inserted["r"], inserted["x"])
    ]


def test_what_changes_nothing_tells_nothing(client: Client) -> None:
    client.run("CREATE TABLE t (id int PRIMARY KEY)")
    client.begin()
    client.run("DELETE FROM t")
    client.run("UPDATE t SET id = 1")
    client.run("SELECT * FROM t")
    assert client.effects == []


def test_a_cascade_tells_of_the_other_table(client: Client) -> None:
    client.run("CREATE TABLE p (id int PRIMARY KEY)")
    client.run("CREATE TABLE c (id int PRIMARY KEY, p int REFERENCES p ON DELETE CASCADE ON UPDATE SET NULL)")
    client.run("INSERT INTO p VALUES (1), (2)")
    client.run("INSERT INTO c VALUES (1, 1), (2, 1), (3, 2)")
    client.begin()
    client.run("DELETE FROM p WHERE id = 1")
    client.run("UPDATE p SET id = 3 WHERE id = 2")
    assert [(told["o"], told["o_"], told["n"]) for told in client.told()] == [
        ("D", ["(1)"], []),
        ("D", ["(1,1)", "(2,1)"], []),
        ("U", ["(2)"], ["(3)"]),
        ("U", ["(3,2)"], ["(3,)"]),
    ]


def test_a_with_and_an_on_conflict_tell_of_each_part(client: Client) -> None:
    client.run("CREATE TABLE t (id int PRIMARY KEY, v int)")
    client.run("INSERT INTO t VALUES (1, 1), (2, 2)")
    client.begin()
    client.run("WITH gone AS (DELETE FROM t WHERE id = 1 RETURNING *) INSERT INTO t SELECT id + 10, v FROM gone")
    assert {(told["o"], *told["o_"], *told["n"]) for told in client.told()} == {("D", "(1,1)"), ("I", "(11,1)")}
    client.effects.clear()
    client.run("INSERT INTO t VALUES (2, 9), (3, 3) ON CONFLICT (id) DO UPDATE SET v = excluded.v")
    assert {(told["o"], *told["o_"], *told["n"]) for told in client.told()} == {("I", "(3,3)"), ("U", "(2,2)", "(2,9)")}


def test_texts_do_not_follow_the_clients_settings(client: Client) -> None:
    client.run("CREATE TABLE t (a timestamptz, b date, c interval, d float8)")
    client.run("SET datestyle = 'SQL, DMY'")
    client.run("SET timezone = 'America/New_York'")
    client.run("SET intervalstyle = 'sql_standard'")
    client.run("SET extra_float_digits = 0")
    client.begin()
    client.run("INSERT INTO t VALUES ('2026-02-03 04:05:06+00', '2026-02-03', '1 day 2 hours', 0.1::float8 + 0.2)")
    assert client.told()[0]["n"] == ['("2026-02-03 04:05:06+00",2026-02-03,"1 day 02:00:00",0.30000000000000004)']
    names = ("datestyle", "timezone", "intervalstyle", "extra_float_digits")
    kept = ["SQL, DMY", "America/New_York", "sql_standard", "0"]
    assert [client.run(f"SHOW {name}")[0][0] for name in names] == kept
    client.run("ROLLBACK")
    assert [client.run(f"SHOW {name}")[0][0] for name in names] == kept


@pytest.mark.parametrize(
    ("column", "value", "told"),
    [("timestamptz", "'2026-07-01 12:00:00+00'", '("2026-07-01 12:00:00+00")'), ("int", "5", "(5)")],
)
@pytest.mark.parametrize("domain", [False, True])
def test_another_time_zone_alone_changes_no_text(
    client: Client, column: str, value: str, told: str, domain: bool
) -> None:
    client.run(f"CREATE DOMAIN d AS {column}")
    client.run(f"CREATE TABLE t (a {'d' if domain else column})")
    client.run("SET timezone = 'Asia/Tokyo'")
    client.begin()
    client.run(f"INSERT INTO t VALUES ({value})")
    client.run("DELETE FROM t")
    assert [effect["n"] + effect["o_"] for effect in client.told()] == [[told], [told]]
    assert client.run("SHOW timezone") == [("Asia/Tokyo",)]


def test_the_clients_encoding_need_not_have_the_letters_of_a_row(client: Client) -> None:
    client.run("CREATE TABLE t (a text)")
    client.run("INSERT INTO t VALUES ('é€😀')")
    client.run("SET client_encoding = 'LATIN1'")
    client.begin()
    client.run("DELETE FROM t")
    assert client.told()[0]["o_"] == ["(é€😀)"]
    assert client.effects[0].isascii()
    client.park()
    client.replay()
    assert client.run("SELECT count(*) FROM t") == [(0,)]


def test_without_capture_nothing_is_told(client: Client) -> None:
    client.run("CREATE TABLE t (id int)")
    client.run("INSERT INTO t VALUES (1)")
    assert client.effects == []


def test_the_triggers_are_hidden_and_come_with_every_kind_of_new_table(client: Client) -> None:
    client.run("CREATE TABLE a (id int)")
    client.run("CREATE SCHEMA s CREATE TABLE b (id int)")
    client.run("CREATE TABLE s.c AS SELECT 1 AS id")
    client.run("SET dsql.capture = 'on'")
    for name in ("a", "s.b", "s.c"):
        client.run(f"INSERT INTO {name} VALUES (7)")
    assert [told["n"] for told in client.told()] == [["(7)"]] * 3
    assert client.run("SELECT * FROM information_schema.triggers") == []
    assert client.run("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal") == []


def test_rows_are_counted_over_the_statements_of_a_transaction(client: Client) -> None:
    client.run("CREATE TABLE t (id int)")
    client.run("SET dsql.row_limit = '3000'")
    client.run("INSERT INTO t SELECT generate_series(1, 3000)")
    assert refused(client, "INSERT INTO t SELECT generate_series(1, 3001)") == "54000 transaction row limit exceeded"
    client.begin()
    client.run("UPDATE t SET id = 0 WHERE id <= 2000")
    client.run("DELETE FROM t WHERE id > 2000")
    assert refused(client, "INSERT INTO t VALUES (1)") == "54000 transaction row limit exceeded"
    client.run("ROLLBACK")
    client.run("DELETE FROM t")


def test_rows_of_cascades_count(client: Client) -> None:
    client.run("CREATE TABLE p (id int PRIMARY KEY)")
    client.run("CREATE TABLE c (p int REFERENCES p ON DELETE CASCADE)")
    client.run("INSERT INTO p VALUES (1)")
    client.run("INSERT INTO c SELECT 1 FROM generate_series(1, 3000)")
    client.run("SET dsql.row_limit = '3000'")
    assert refused(client, "DELETE FROM p") == "54000 transaction row limit exceeded"


@pytest.mark.parametrize(("typed", "cast"), [("text", ""), ("bytea", "::bytea"), ("json", "::json")])
def test_a_value_may_have_a_mebibyte_as_it_is_stored(client: Client, typed: str, cast: str) -> None:
    client.run(f"CREATE TABLE t (id int, v {typed})")
    exact, more = INCOMPRESSIBLE.format(32768), INCOMPRESSIBLE.format(32768) + " || 'x'"
    if typed == "json":
        exact, more = f"""('"' || left({exact}, -2) || '"')""", f"""('"' || {exact} || '"')"""
    client.run(f"INSERT INTO t SELECT 1, ({exact}){cast}")
    assert refused(client, f"INSERT INTO t SELECT 2, ({more}){cast}") == (
        f"54000 datatype limit greater than 1048576 bytes not supported for {typed}"
    )
    assert refused(client, f"UPDATE t SET v = ({more}){cast}").startswith("54000 datatype limit")
    client.run(f"""INSERT INTO t SELECT 3, ('"' || repeat('x', 5000000) || '"'){cast}""")


def test_a_row_may_have_two_mebibytes(client: Client) -> None:
    client.run("CREATE TABLE t (a text, b text, c text)")
    client.run(f"INSERT INTO t SELECT v, v, '' FROM (SELECT {INCOMPRESSIBLE.format(32700)} v) x")
    assert refused(client, f"INSERT INTO t SELECT v, v, v FROM (SELECT {INCOMPRESSIBLE.format(32700)} v) x") == (
        "54000 maximum row size exceeded"
    )


@pytest.mark.parametrize(
    ("table", "fits"),
    [
        ("k text PRIMARY KEY", 1981),
        ("k text, n int, PRIMARY KEY (k, n)", 1981 - 7 - 4),
        ("id int PRIMARY KEY, k text UNIQUE", 1981 - 7 - 4),
        ("k text, id uuid DEFAULT gen_random_uuid() PRIMARY KEY, UNIQUE (id, k)", 1981 - 7 - 16),
    ],
)
def test_a_key_has_a_budget(client: Client, table: str, fits: int) -> None:
    client.run(f"CREATE TABLE t ({table})")
    rest = ", n" if " n " in table else ", id" if "id int" in table else ""
    client.run(f"INSERT INTO t (k{rest}) SELECT repeat('x', {fits}){', 1' if rest else ''}")
    assert refused(client, f"INSERT INTO t (k{rest}) SELECT repeat('x', {fits + 1}){', 2' if rest else ''}") == (
        "54000 key size too large"
    )
    assert refused(client, f"UPDATE t SET k = repeat('y', {fits + 1})") == "54000 key size too large"


def test_a_partial_index_holds_only_its_rows_to_the_budget(client: Client) -> None:
    client.run("CREATE TABLE t (id int PRIMARY KEY, n int, k text)")
    client.run("CREATE INDEX ON t (lower(k)) WHERE id > 10")
    client.run("INSERT INTO t VALUES (1, 1, repeat('x', 2500))")
    assert refused(client, "INSERT INTO t VALUES (11, 1, repeat('x', 2500))") == "54000 key size too large"


def weight(client: Client, sql: str) -> int:
    client.effects.clear()
    client.run(sql)
    return sum(told["b"] for told in client.told())


def test_the_bytes_of_a_transaction_fit_what_was_measured(client: Client) -> None:
    """500 rows: at most 9.93 MiB of values without an index, 9.11 MiB with four indexes on texts of 100 bytes."""
    mib = 1 << 20
    client.run("CREATE TABLE plain (id bigint PRIMARY KEY, v text)")
    client.run("CREATE TABLE indexed (id bigint PRIMARY KEY, a text, b text, c text, d text, v text)")
    for column in "abcd":
        client.run(f"CREATE INDEX ON indexed ({column})")
    client.begin()
    rows = "(SELECT g, (SELECT string_agg(md5((g * 1000 + i)::text), '') FROM generate_series(1, 620) i) v" + (
        " FROM generate_series(1, 500) g) x"
    )
    plain = weight(client, f"INSERT INTO plain SELECT g, v FROM {rows}")
    overhead = plain - 500 * (8 + 620 * 32)
    assert 10 * mib - overhead == pytest.approx(9.93 * mib, abs=0.01 * mib)
    key = "left(md5(g::text) || md5((-g)::text) || v, 100)"
    indexed = weight(client, f"INSERT INTO indexed SELECT g, {', '.join([key] * 4)}, v FROM {rows}")
    assert 10 * mib - (indexed - 500 * (8 + 400 + 620 * 32)) == pytest.approx(9.11 * mib, abs=0.02 * mib)


def test_a_single_statement_is_refused_at_once_where_it_is_too_large(client: Client) -> None:
    client.run("CREATE TABLE t (id int, v text)")
    client.run("SET dsql.size_limit = '10485760'")
    rows = f"SELECT g, {INCOMPRESSIBLE.format(3200)} FROM generate_series(1, %s) g"  # 100 kB each
    client.run(f"INSERT INTO t {rows % 100}")
    with pytest.raises(psycopg.Error) as caught:
        client.run(f"INSERT INTO t {rows % 130}")
    assert caught.value.sqlstate == "54000"
    assert caught.value.diag.message_primary == "transaction size limit 10mb exceeded"
    assert caught.value.diag.message_detail == "Current transaction size 12mb > 10mb"
    client.run("DELETE FROM t")


def test_a_transaction_that_is_too_large_is_refused_at_its_commit(client: Client) -> None:
    client.run("CREATE TABLE t (id int, v text)")
    client.run("SET dsql.size_limit = '10485760'")
    client.run("BEGIN")
    client.run(f"INSERT INTO t SELECT g, {INCOMPRESSIBLE.format(3200)} FROM generate_series(1, 130) g")
    client.run("SELECT 1")
    with pytest.raises(psycopg.Error, match="transaction size limit 10mb exceeded"):
        client.run("COMMIT")
    assert client.run("SELECT count(*) FROM t") == [(0,)]


def test_a_key_of_many_rows_counts_only_where_an_update_changes_it(client: Client) -> None:
    client.run('CREATE TABLE t (id int PRIMARY KEY, k text, n int, "r" text)')
    client.run("CREATE INDEX ON t (k)")
    client.run("INSERT INTO t SELECT g, 'key' || g, 0, repeat('x', 100) FROM generate_series(1, 1000) g")
    client.begin()
    same = weight(client, "UPDATE t SET n = 1")
    other = weight(client, "UPDATE t SET k = k || '!' WHERE id > 500")
    assert other > same / 2 + 500 * 200
