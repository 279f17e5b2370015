"""What the gateway answers, message by message."""

from __future__ import annotations

import struct

import pytest
from support.rawclient import (
    COPY_DONE,
    FLUSH,
    SYNC,
    RawClient,
    bind,
    close,
    copy_data,
    copy_fail,
    describe,
    execute,
    parse,
    query,
)

from dsql_migrate.engine.local import Database

pytestmark = pytest.mark.server

REFUSALS = {
    "policy": ("TRUNCATE t", "0A000"),
    "savepoint": ("SAVEPOINT s", "0A000"),
    "rollback to": ("ROLLBACK TO SAVEPOINT s", "0A000"),
    "release": ("RELEASE SAVEPOINT s", "0A000"),
    "syntax": ("SELEC 1", "42601"),
    "no such table": ("SELECT * FROM nowhere", "42P01"),
    "run time": ("SELECT 1 / (SELECT 0)", "22012"),
    "duplicate": ("INSERT INTO t VALUES (1)", "23505"),
    "parameter": ("SET work_mem = '1MB'", "0A000"),
    "isolation": ("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE", "0A000"),
    "type": ("CREATE TABLE u (m money)", "0A000"),
    "rows": ("INSERT INTO t SELECT generate_series(10, 3010)", "54000"),
    "lock": ("SELECT * FROM t FOR SHARE", "0A000"),
}
ABORTED = "25P02"


@pytest.fixture
def client(raw: RawClient) -> RawClient:
    """A connection to a database with the table t (id int primary key), which holds 1."""
    assert raw.query("CREATE TABLE t (id int PRIMARY KEY)") == ["C:CREATE TABLE", "Z:I"]
    assert raw.query("INSERT INTO t VALUES (1)") == ["C:INSERT 0 1", "Z:I"]
    return raw


def rows(client: RawClient) -> list[int]:
    """What t holds."""
    answer = client.query("SELECT id FROM t ORDER BY id")
    return [int(line[2:]) for line in answer if line.startswith("D:")]


# -- refusals and the state of the transaction -----------------------------------------------------------------------


@pytest.mark.parametrize("how", ["query", "extended"])
@pytest.mark.parametrize("kind", REFUSALS)
def test_a_refusal_outside_a_transaction_has_no_after_effect(client: RawClient, kind: str, how: str) -> None:
    sql, sqlstate = REFUSALS[kind]
    answer = getattr(client, how)(sql)
    assert answer[-2:] == [f"E:{sqlstate}", "Z:I"]
    assert client.query("SELECT 1")[-1] == "Z:I"
    assert rows(client) == [1]


@pytest.mark.parametrize("how", ["query", "extended"])
@pytest.mark.parametrize("kind", REFUSALS)
def test_a_refusal_in_a_transaction_aborts_it(client: RawClient, kind: str, how: str) -> None:
    sql, sqlstate = REFUSALS[kind]
    ask = getattr(client, how)
    assert ask("BEGIN")[-2:] == ["C:BEGIN", "Z:T"]
    if kind != "type":
        assert ask("INSERT INTO t VALUES (2)")[-2:] == ["C:INSERT 0 1", "Z:T"]
    assert ask(sql)[-2:] == [f"E:{sqlstate}", "Z:E"]
    assert ask("SELECT 1")[-2:] == [f"E:{ABORTED}", "Z:E"]
    # Only the grammar comes before the state; and what might end a transaction is looked at first, as in PostgreSQL.
    again = sqlstate if kind in ("syntax", "rollback to") else ABORTED
    assert ask(sql)[-2:] == [f"E:{again}", "Z:E"]
    assert ask("COMMIT")[-2:] == ["C:ROLLBACK", "Z:I"]
    assert rows(client) == [1]


@pytest.mark.parametrize("how", ["query", "extended"])
def test_a_transaction_has_one_ddl_statement_and_no_dml_beside_it(client: RawClient, how: str) -> None:
    ask = getattr(client, how)
    for first, second in (
        ("CREATE TABLE u (id int)", "CREATE TABLE v (id int)"),
        ("CREATE TABLE u (id int)", "INSERT INTO t VALUES (3)"),
        ("INSERT INTO t VALUES (3)", "CREATE TABLE u (id int)"),
    ):
        ask("BEGIN")
        assert ask(first)[-1] == "Z:T"
        assert ask(second)[-2:] == ["E:0A000", "Z:E"]
        assert ask("ROLLBACK")[-2:] == ["C:ROLLBACK", "Z:I"]
    assert rows(client) == [1]


@pytest.mark.parametrize("end", ["COMMIT", "END", "ROLLBACK", "ABORT", "COMMIT AND CHAIN", "ROLLBACK AND CHAIN"])
def test_what_ends_an_aborted_transaction(client: RawClient, end: str) -> None:
    client.query("BEGIN")
    client.query("TRUNCATE t")
    assert client.query(end) == ["C:ROLLBACK", "Z:T" if "CHAIN" in end else "Z:I"]


def test_a_begin_in_a_transaction_is_a_warning(client: RawClient) -> None:
    assert client.query("BEGIN") == ["C:BEGIN", "Z:T"]
    assert client.query("BEGIN") == ["N:25001", "C:BEGIN", "Z:T"]
    assert client.query("ROLLBACK") == ["C:ROLLBACK", "Z:I"]
    assert client.query("COMMIT") == ["N:25P01", "C:COMMIT", "Z:I"]


# -- pipelines ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("bad", ["TRUNCATE t", "SELECT 1 / (SELECT 0)", "SELEC 1", "INSERT INTO t VALUES (1)"])
def test_after_an_error_the_rest_is_skipped_until_sync(client: RawClient, bad: str) -> None:
    pipeline = [parse("", sql) + bind() + execute() for sql in ("INSERT INTO t VALUES (2)", bad, "SELECT 1")]
    client.send(*pipeline, SYNC, parse("", "SELECT 2"), bind(), execute(), SYNC)
    answer = [str(message) for message in client.until_ready(2)]
    assert answer[:3] == ["1", "2", "C:INSERT 0 1"]
    assert [line for line in answer[3:] if line not in ("1", "2")][:2] == [answer[answer.index("Z:I") - 1], "Z:I"]
    assert answer[-5:] == ["1", "2", "D:2", "C:SELECT 1", "Z:I"]
    assert sum(line.startswith("E:") for line in answer) == 1
    assert rows(client) == [1]


def test_a_pipeline_is_one_transaction(client: RawClient) -> None:
    def step(sql: str) -> bytes:
        return parse("", sql) + bind() + execute()

    assert client.ask(step("INSERT INTO t VALUES (2)"), step("INSERT INTO t VALUES (3)"), SYNC)[-1] == "Z:I"
    assert rows(client) == [1, 2, 3]
    for second in ("CREATE TABLE v (id int)", "INSERT INTO t VALUES (4)"):
        answer = client.ask(step("CREATE TABLE u (id int)"), step(second), SYNC)
        assert answer[-2:] == ["E:0A000", "Z:I"]
    assert client.query("SELECT count(*) FROM pg_class WHERE relname IN ('u', 'v')")[1] == "D:0"


def test_the_row_limit_counts_over_a_pipeline(client: RawClient) -> None:
    step = parse("", "INSERT INTO t SELECT generate_series($1::int, $1::int + 1499)")
    one, two, three = (step + bind(values=[number]) + execute() for number in (b"1000", b"3000", b"5000"))
    assert client.ask(one, two, SYNC)[-2:] == ["C:INSERT 0 1500", "Z:I"]
    assert client.query("DELETE FROM t WHERE id >= 1000")[0] == "C:DELETE 3000"
    answer = client.ask(one, two, three, SYNC)
    assert answer[-2:] == ["E:54000", "Z:I"]
    assert rows(client) == [1]


def test_flush_brings_answers_before_sync(client: RawClient) -> None:
    client.send(parse("", "SELECT 5"), describe("S"), FLUSH)
    assert [str(client.read()) for _ in range(3)] == ["1", "t:", "T:?column?"]
    client.send(bind(), execute(), FLUSH)
    assert [str(client.read()) for _ in range(3)] == ["2", "D:5", "C:SELECT 1"]
    assert client.ask(SYNC) == ["Z:I"]


def test_an_error_before_flush_is_told_at_once_and_the_rest_waits_for_sync(client: RawClient) -> None:
    client.send(parse("", "TRUNCATE t"), FLUSH)
    assert str(client.read()) == "E:0A000"
    client.send(parse("", "SELECT 1"), FLUSH)
    assert client.ask(SYNC) == ["Z:I"]


# -- several statements in one message -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sql", "answer", "left"),
    [
        ("INSERT INTO t VALUES (2); INSERT INTO t VALUES (3)", "C:INSERT 0 1 C:INSERT 0 1 Z:I", [1, 2, 3]),
        ("INSERT INTO t VALUES (2); TRUNCATE t; SELECT 1", "C:INSERT 0 1 E:0A000 Z:I", [1]),
        ("INSERT INTO t VALUES (2); SELECT 1 / (SELECT 0)", "C:INSERT 0 1 T:?column? E:22012 Z:I", [1]),
        ("INSERT INTO t VALUES (2); SELEC", "E:42601 Z:I", [1]),
        ("BEGIN; INSERT INTO t VALUES (2); COMMIT", "C:BEGIN C:INSERT 0 1 C:COMMIT Z:I", [1, 2]),
        ("BEGIN; INSERT INTO t VALUES (2); TRUNCATE t; COMMIT", "C:BEGIN C:INSERT 0 1 E:0A000 Z:E", [1]),
        ("BEGIN; INSERT INTO t VALUES (2)", "C:BEGIN C:INSERT 0 1 Z:T", [1]),
        ("BEGIN; INSERT INTO t VALUES (2); COMMIT; TRUNCATE t", "C:BEGIN C:INSERT 0 1 C:COMMIT E:0A000 Z:I", [1, 2]),
        ("INSERT INTO t VALUES (2); BEGIN; INSERT INTO t VALUES (3); ROLLBACK",
         "C:INSERT 0 1 C:BEGIN C:INSERT 0 1 C:ROLLBACK Z:I", [1]),
        ("INSERT INTO t VALUES (2); COMMIT; INSERT INTO t VALUES (3); TRUNCATE t",
         "C:INSERT 0 1 N:25P01 C:COMMIT C:INSERT 0 1 E:0A000 Z:I", [1, 2]),
        ("INSERT INTO t VALUES (2); ROLLBACK; INSERT INTO t VALUES (3)",
         "C:INSERT 0 1 N:25P01 C:ROLLBACK C:INSERT 0 1 Z:I", [1, 3]),
        ("CREATE TABLE u (id int); CREATE TABLE v (id int)", "C:CREATE TABLE E:0A000 Z:I", [1]),
        ("BEGIN; CREATE TABLE u (id int); COMMIT; BEGIN; CREATE TABLE v (id int); COMMIT",
         "C:BEGIN C:CREATE TABLE C:COMMIT C:BEGIN C:CREATE TABLE C:COMMIT Z:I", [1]),
        ("", "I Z:I", [1]),
        (" ; ;; ", "I Z:I", [1]),
        ("-- nothing", "I Z:I", [1]),
        ("SELECT 1;; SELECT 2;", "T:?column? D:1 C:SELECT 1 T:?column? D:2 C:SELECT 1 Z:I", [1]),
    ],
)  # fmt: skip
def test_a_query_of_several_statements(client: RawClient, sql: str, answer: str, left: list[int]) -> None:
    assert " ".join(client.query(sql)) == answer
    if not answer.endswith("Z:I"):
        client.query("ROLLBACK")
    assert rows(client) == left


def test_a_query_of_several_statements_in_an_open_transaction_belongs_to_it(client: RawClient) -> None:
    client.query("BEGIN")
    assert client.query("INSERT INTO t VALUES (2); INSERT INTO t VALUES (3)")[-1] == "Z:T"
    assert client.query("ROLLBACK; INSERT INTO t VALUES (4)") == ["C:ROLLBACK", "C:INSERT 0 1", "Z:I"]
    assert rows(client) == [1, 4]


def test_a_prepared_statement_is_one_statement(client: RawClient) -> None:
    assert client.ask(parse("", "SELECT 1; SELECT 2"), SYNC) == ["E:42601", "Z:I"]


# -- statements and portals -----------------------------------------------------------------------------------------


def test_an_empty_statement(client: RawClient) -> None:
    assert client.extended("") == ["1", "2", "n", "I", "Z:I"]


def test_a_portal_gives_so_many_rows_at_a_time(client: RawClient) -> None:
    series = parse("", "SELECT generate_series(1, 5)") + bind("p")
    answer = client.ask(series, execute("p", 2), execute("p", 2), execute("p", 2), execute("p", 2), SYNC)
    assert answer == [*["1", "2", "D:1", "D:2", "s", "D:3", "D:4", "s", "D:5"], "C:SELECT 1", "C:SELECT 0", "Z:I"]


def test_a_portal_lives_on_in_a_transaction_and_not_without_one(client: RawClient) -> None:
    client.query("BEGIN")
    assert client.ask(parse("", "SELECT generate_series(1, 3)"), bind("p"), execute("p", 1), SYNC)[-2:] == ["s", "Z:T"]
    assert client.ask(execute("p", 0), SYNC) == ["D:2", "D:3", "C:SELECT 2", "Z:T"]
    client.query("COMMIT")
    assert client.ask(execute("p", 0), SYNC) == ["E:34000", "Z:I"]


def test_a_write_executed_through_a_portal_runs_once(client: RawClient) -> None:
    insert = parse("", "INSERT INTO t SELECT generate_series(2, 4) RETURNING id") + bind("p")
    answer = client.ask(insert, execute("p", 1), execute("p", 0), SYNC)
    assert answer == ["1", "2", "D:2", "s", "D:3", "D:4", "C:INSERT 0 2", "Z:I"]
    assert rows(client) == [1, 2, 3, 4]


def test_a_named_statement_runs_many_times_and_is_closed(client: RawClient) -> None:
    insert = parse("s", "INSERT INTO t VALUES ($1)", [23])
    assert client.ask(insert, describe("S", "s"), SYNC) == ["1", "t:23", "n", "Z:I"]
    for number in (b"2", b"3"):
        assert client.ask(bind("", "s", [number]), execute(), SYNC) == ["2", "C:INSERT 0 1", "Z:I"]
    assert client.ask(parse("s", "SELECT 1"), SYNC) == ["E:42P05", "Z:I"]
    assert client.ask(close("S", "s"), close("S", "never"), close("P", "never"), SYNC) == ["3", "3", "3", "Z:I"]
    assert client.ask(bind("", "s", [b"4"]), SYNC) == ["E:26000", "Z:I"]
    assert rows(client) == [1, 2, 3]


def test_a_refused_statement_is_not_there_afterwards(client: RawClient) -> None:
    assert client.ask(parse("s", "TRUNCATE t"), SYNC) == ["E:0A000", "Z:I"]
    assert client.ask(bind("", "s"), SYNC) == ["E:26000", "Z:I"]
    assert client.ask(parse("s", "SELECT 1"), bind("", "s"), execute(), SYNC) == ["1", "2", "D:1", "C:SELECT 1", "Z:I"]


def test_deallocate_all_forgets_every_statement(client: RawClient) -> None:
    assert client.ask(parse("s", "SELECT 1"), SYNC) == ["1", "Z:I"]
    assert client.query("DEALLOCATE ALL") == ["C:DEALLOCATE ALL", "Z:I"]
    assert client.ask(bind("", "s"), SYNC) == ["E:26000", "Z:I"]
    assert client.ask(parse("s", "SELECT 2"), SYNC) == ["1", "Z:I"]


def test_the_transaction_rules_hold_when_a_prepared_statement_runs(client: RawClient) -> None:
    assert client.ask(parse("ddl", "CREATE TABLE IF NOT EXISTS u (id int)"), SYNC) == ["1", "Z:I"]
    assert client.ask(parse("dml", "INSERT INTO t VALUES (7)"), SYNC) == ["1", "Z:I"]
    client.query("BEGIN")
    assert client.ask(bind("", "dml"), execute(), SYNC)[-1] == "Z:T"
    assert client.ask(bind("", "ddl"), execute(), SYNC)[-2:] == ["E:0A000", "Z:E"]
    client.query("ROLLBACK")
    for _ in range(2):
        assert client.ask(bind("", "ddl"), execute(), SYNC)[-2:] == ["C:CREATE TABLE", "Z:I"]
    assert rows(client) == [1]


@pytest.mark.parametrize("sql", ["CREATE INDEX ASYNC ON t (id)", "CREATE UNIQUE INDEX ASYNC named ON t (id)"])
def test_an_asynchronous_statement_is_described_by_its_job(client: RawClient, sql: str) -> None:
    answer = client.ask(parse("i", sql), describe("S", "i"), SYNC)
    assert answer == ["1", "t:", "T:job_id", "Z:I"]
    answer = client.ask(bind("", "i"), describe("P"), execute(), SYNC)
    assert (answer[:2], answer[3:]) == (["2", "T:job_id"], ["C:CREATE INDEX", "Z:I"])
    assert len(answer[2]) == len("D:") + 26
    simple = client.query("CREATE INDEX ASYNC again ON t (id)")
    assert (simple[0], simple[2:]) == ("T:job_id", ["C:CREATE INDEX", "Z:I"])


def test_binary_results_and_parameters(client: RawClient) -> None:
    client.send(parse("", "SELECT $1::int + 1, $2::text, NULL::int", [23, 25]))
    client.send(bind("", "", [struct.pack("!i", 41), "ü".encode()], [1, 0], [1]), describe("P"), execute(), SYNC)
    messages = client.until_ready()
    assert [kind for _, kind in messages[2].columns] == [23, 25, 23]
    assert messages[3].values == [struct.pack("!i", 42), "ü".encode(), None]


# -- COPY ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("extended", [False, True])
def test_copy_in_and_out(client: RawClient, extended: bool) -> None:
    start = parse("", "COPY t FROM STDIN") + bind() + execute() if extended else query("COPY t FROM STDIN")
    client.send(start, SYNC if extended else b"")
    assert [str(client.read()) for _ in range(3 if extended else 1)][-1] == "G"
    client.send(copy_data(b"2\n3"), copy_data(b"\n4\n"), COPY_DONE, SYNC if extended else b"")
    assert [str(message) for message in client.until_ready()] == ["C:COPY 3", "Z:I"]
    client.send(query("COPY (SELECT id FROM t ORDER BY id) TO STDOUT"))
    messages = client.until_ready()
    assert b"".join(message.body for message in messages if message.kind == "d") == b"1\n2\n3\n4\n"
    assert [str(message) for message in messages[-3:]] == ["c", "C:COPY 4", "Z:I"]


@pytest.mark.parametrize(
    ("options", "data"),
    [
        ("(FORMAT csv)", b"2\n3\n"),
        ("(FORMAT csv, HEADER true, DELIMITER ';')", b"id\n2\n3\n"),
        ("(FORMAT binary)", b"PGCOPY\n\xff\r\n\0" + bytes(8) + b"".join(
            struct.pack("!hii", 1, 4, number) for number in (2, 3)) + b"\xff\xff"),
    ],
)  # fmt: skip
def test_formats_of_copy(client: RawClient, options: str, data: bytes) -> None:
    client.send(query(f"COPY t FROM STDIN {options}"))
    assert client.read().kind == "G"
    client.send(copy_data(data), COPY_DONE)
    assert [str(message) for message in client.until_ready()] == ["C:COPY 2", "Z:I"]
    client.send(query(f"COPY t (id) TO STDOUT {options}"))
    got = b"".join(message.body for message in client.until_ready() if message.kind == "d")
    assert got.count(b"3") + got.count(struct.pack("!i", 3)) >= 1
    assert rows(client) == [1, 2, 3]


@pytest.mark.parametrize("block", [False, True])
def test_a_copy_that_fails_leaves_nothing(client: RawClient, block: bool) -> None:
    status = "Z:E" if block else "Z:I"
    for data, sqlstate in (
        (copy_fail("enough"), "57014"),
        (copy_data(b"2\nnothing\n") + COPY_DONE, "22P02"),
        (copy_data(b"2\n1\n") + COPY_DONE, "23505"),
        (copy_data(b"".join(b"%d\n" % n for n in range(10, 3011))) + COPY_DONE, "54000"),
    ):
        if block:
            client.query("BEGIN")
        client.send(query("COPY t FROM STDIN"))
        assert client.read().kind == "G"
        client.send(data)
        assert [str(message) for message in client.until_ready()] == [f"E:{sqlstate}", status]
        if block:
            client.query("ROLLBACK")
        assert rows(client) == [1]


def test_copy_takes_three_thousand_rows(client: RawClient) -> None:
    client.send(query("COPY t FROM STDIN"))
    assert client.read().kind == "G"
    client.send(*(copy_data(b"%d\n" % number) for number in range(10, 3010)), COPY_DONE)
    assert [str(message) for message in client.until_ready()] == ["C:COPY 3000", "Z:I"]


@pytest.mark.parametrize("sql", ["COPY t FROM '/etc/hostname'", "COPY t TO '/dev/null'", "COPY t FROM PROGRAM 'id'"])
def test_copy_reaches_no_file_of_the_machine(client: RawClient, sql: str) -> None:
    assert client.query(sql)[-1] == "Z:I"
    assert client.query(sql)[0] in ("E:0A000", "E:42501")


def test_copy_messages_outside_a_copy_are_ignored(client: RawClient) -> None:
    assert client.ask(copy_data(b"x"), COPY_DONE, copy_fail("no"), query("SELECT 1"))[-1] == "Z:I"


# -- settings ------------------------------------------------------------------------------------------------------


def test_the_start_tells_the_server_s_settings(client: RawClient) -> None:
    told = dict(str(message)[2:].split("=", 1) for message in client.started if message.kind == "S")
    assert told["server_version"] == "16.15"
    assert (told["server_encoding"], told["client_encoding"], told["TimeZone"]) == ("UTF8", "UTF8", "UTC")
    assert (told["standard_conforming_strings"], told["integer_datetimes"]) == ("on", "on")
    assert told["is_superuser"] == "off"
    assert client.started[-2].kind == "K"
    assert str(client.started[-1]) == "Z:I"


def test_a_setting_is_told_and_kept(client: RawClient) -> None:
    assert client.query("SET application_name = 'here'") == ["C:SET", "S:application_name=here", "Z:I"]
    assert client.query("SHOW application_name")[1] == "D:here"
    client.query("BEGIN")
    assert client.query("SET LOCAL search_path = sys") == ["C:SET", "Z:T"]
    assert client.query("SHOW search_path")[1] == "D:sys"
    client.query("COMMIT")
    assert client.query("SHOW search_path")[1] == 'D:"$user", public'
    client.query("SET search_path = public")
    client.query("BEGIN")
    client.query("SET search_path = sys")
    client.query("ROLLBACK")
    assert client.query("SHOW search_path")[1] == "D:public"


def test_start_up_settings(dsql: Database) -> None:
    with RawClient(dsql.host, dsql.port, dsql.database, application_name="mine", TimeZone="Asia/Tokyo") as client:
        assert client.query("SHOW TimeZone")[1] == "D:Asia/Tokyo"
        assert client.query("SHOW application_name")[1] == "D:mine"


def test_notices_reach_the_client(client: RawClient) -> None:
    assert client.query("DROP TABLE IF EXISTS nowhere") == ["N:00000", "C:DROP TABLE", "Z:I"]
    assert client.query("CREATE TABLE IF NOT EXISTS t (id int)") == ["N:42P07", "C:CREATE TABLE", "Z:I"]
