"""INSERTs of one transaction that go to the server together: which, and what is sent."""

from collections.abc import Iterable
from pathlib import Path

from dsql_migrate.apply import Retry, apply_bundle
from dsql_migrate.apply.merged import merged
from dsql_migrate.engine.endpoint import DsqlError, Result


def test_neighbours_with_one_head_become_one_statement() -> None:
    assert merged(
        [
            b"INSERT INTO t (a, b) VALUES ('1', 'x;y');",
            b"\n INSERT INTO t (a, b) VALUES (2, NULL), (3, 'it''s');",
            b"INSERT INTO t (b, a) VALUES ('z', 4);",
            b"INSERT INTO t (b, a) VALUES ('z', now());",
            b"INSERT INTO t (b, a) VALUES ('z', 5) ON CONFLICT DO NOTHING;",
            b"INSERT INTO t (b, a) VALUES ('z', 6);",
            b"INSERT INTO t (b, a) VALUES ('z', 7) -- seven\n;",
        ]
    ) == [
        b"INSERT INTO t (a, b) VALUES ('1', 'x;y'),\n(2, NULL), (3, 'it''s');",
        b"INSERT INTO t (b, a) VALUES ('z', 4);",
        b"INSERT INTO t (b, a) VALUES ('z', now());",
        b"INSERT INTO t (b, a) VALUES ('z', 5) ON CONFLICT DO NOTHING;",
        b"INSERT INTO t (b, a) VALUES ('z', 6);",
        b"INSERT INTO t (b, a) VALUES ('z', 7) -- seven\n;",
    ]


def test_a_statement_has_a_size() -> None:
    one = b"INSERT INTO t VALUES ('" + b"x" * 1000 + b"');"
    sent = merged([one] * 200)
    assert 1 < len(sent) < 10
    assert sum(statement.count(b"('x") for statement in sent) == 200


class Listening:
    """An endpoint that notes what it is sent, and refuses what ``refuses`` says, each as often as it says."""

    name = "listening"

    def __init__(self, **refuses: tuple[bytes, str, int]) -> None:
        self.refuses = {text: [DsqlError(state, "no")] * times for text, state, times in refuses.values()}
        self.seen: list[bytes] = []

    def execute(self, sql: str | bytes) -> Result:
        text = sql.encode() if isinstance(sql, str) else sql
        self.seen.append(text.strip())
        for part, errors in self.refuses.items():
            if part in text and errors:
                raise errors.pop()
        return Result("INSERT 0 1", rowcount=max(text.count(b"('"), 1))

    def copy(self, sql: str | bytes, chunks: Iterable[bytes]) -> int:
        raise NotImplementedError

    def reconnect(self) -> None:
        pass

    def close(self) -> None:
        pass


def bundle(folder: Path) -> Path:
    (folder / "pre-data.sql").write_text("CREATE TABLE t (a text PRIMARY KEY);\n")
    rows = "\n".join(f"INSERT INTO t (a) VALUES ('{value}');" for value in "abcd")
    (folder / "data.sql").write_text(f"BEGIN;\n{rows}\nCOMMIT;\n")
    return folder


def test_a_transaction_sends_its_inserts_together(tmp_path: Path) -> None:
    endpoint = Listening()
    assert apply_bundle(bundle(tmp_path), endpoint).ok
    together = b"INSERT INTO t (a) VALUES ('a'),\n('b'),\n('c'),\n('d');"
    assert endpoint.seen[-3:] == [b"BEGIN;", together, b"COMMIT;"]
    endpoint.seen.clear()
    assert apply_bundle(tmp_path, endpoint).skipped == 2  # the transaction is one step of the journal
    assert endpoint.seen == []


def test_a_refusal_is_looked_for_one_by_one(tmp_path: Path) -> None:
    endpoint = Listening(bad=(b"('c')", "22P02", 2))
    failure = apply_bundle(bundle(tmp_path), endpoint).failure
    assert failure is not None
    assert str(failure).startswith("data.sql:1: 22P02")
    assert endpoint.seen[-4:] == [*(b"INSERT INTO t (a) VALUES ('%c');" % value for value in b"abc"), b"ROLLBACK"]


def test_a_conflict_is_tried_again_together(tmp_path: Path) -> None:
    endpoint = Listening(conflict=(b"COMMIT", "40001", 1))
    assert apply_bundle(bundle(tmp_path), endpoint, retry=Retry(attempts=3, sleep=lambda _seconds: None)).ok
    assert sum(b"('a'),\n('b')" in sql for sql in endpoint.seen) == 2
    assert not any(sql.endswith(b"VALUES ('a');") for sql in endpoint.seen)
