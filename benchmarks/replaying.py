"""Replay recorded probes against anything that speaks PostgreSQL's protocol, and compare the answers.

A probe is a dictionary of the record (`cluster-record.json`): `setup`, and `steps` of one or more sessions. Statements
are sent by libpq (psycopg's `pq`), so that nothing is added to them: `simple` is one Query message, `extended` is a
prepared statement that is described, then executed, as pgx and pgJDBC do (`prepared`), or one unnamed statement, as
psycopg does (`unnamed`); results come as text or binary.
"""

import select
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from psycopg import pq
from showing import forms

Probe = dict[str, Any]
PAUSE = 0.15  # seconds between two steps of a session, where there are several sessions; as when the record was made
HANGS = 20.0  # seconds after which a step counts as hanging


@dataclass(frozen=True, slots=True)
class Rows:
    """One result: its command tag, and its columns where there are any. Values as text; None: NULL, or not compared."""

    tag: str
    columns: tuple[str, ...] | None = None
    types: tuple[int, ...] = ()
    rows: tuple[tuple[str | None, ...], ...] | None = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What one step got: its results, or an error. `sqlstate` of a broken connection is `lost`."""

    results: tuple[Rows, ...] = ()
    sqlstate: str | None = None
    message: str | None = None

    @property
    def ok(self) -> bool:
        return self.sqlstate is None

    def __str__(self) -> str:
        if not self.ok:
            return f"{self.sqlstate} {self.message}"
        return "; ".join(
            one.tag + (f" {list(one.columns)} {list(one.rows or ())}" if one.columns else "") for one in self.results
        )


@dataclass(frozen=True, slots=True)
class Manner:
    """How a driver sends a step of the extended protocol, and in which format it wants the values."""

    extended: Literal["prepared", "unnamed"] = "prepared"
    binary: bool = False


@dataclass(slots=True)
class Session:
    """A connection of libpq."""

    dsn: str
    manner: Manner = field(default_factory=Manner)
    _pq: pq.abc.PGconn = field(init=False)
    _names: dict[bytes, bytes] = field(default_factory=dict)
    _count: int = 0

    def __post_init__(self) -> None:
        self._pq = pq.PGconn.connect_start(self.dsn.encode())
        while (state := self._pq.connect_poll()) != pq.PollingStatus.OK:
            if state == pq.PollingStatus.FAILED:
                raise ConnectionError(self._pq.error_message.decode("utf-8", "replace").strip())
            here = [self._pq.socket]
            reading = state == pq.PollingStatus.READING
            select.select(here if reading else [], [] if reading else here, [], HANGS)
        self._pq.nonblocking = 1

    def ask(self, sql: str, protocol: str) -> Answer:
        """Send one step. Never raises: a lost connection is an answer too."""
        try:
            return self._simple(sql) if protocol == "simple" else self._extended(sql.encode())
        except Exception as error:  # a closed connection, in libpq's words
            return Answer(sqlstate="lost", message=" ".join(str(error).split()))

    def close(self) -> None:
        self._pq.finish()

    def _simple(self, sql: str) -> Answer:
        self._pq.send_query(sql.encode())
        return _answer(self._results(), binary=False)

    def _extended(self, sql: bytes) -> Answer:
        formats = pq.Format.BINARY if self.manner.binary else pq.Format.TEXT
        if self.manner.extended == "unnamed":
            self._pq.send_query_params(sql, None, result_format=formats)
            return _answer(self._results(), self.manner.binary)
        name = self._names.get(sql)
        if name is None:
            self._count += 1
            name = f"stmt_{self._count}".encode()
            self._pq.send_prepare(name, sql)
            prepared = _answer(self._results(), binary=False)
            if not prepared.ok:
                return prepared
            self._pq.send_describe_prepared(name)
            described = _answer(self._results(), binary=False)
            if not described.ok:
                return described
            self._names[sql] = name
        self._pq.send_query_prepared(name, None, result_format=formats)
        answer = _answer(self._results(), self.manner.binary)
        if not answer.ok:
            self._names.pop(sql, None)
        return answer

    def _results(self) -> Iterator[pq.abc.PGresult]:
        """Waits in `select`: libpq's own waiting would hold up all other threads."""
        while True:
            while self._pq.flush():
                select.select([self._pq.socket], [self._pq.socket], [])
                self._pq.consume_input()
            while self._pq.is_busy():
                if not select.select([self._pq.socket], [], [], HANGS)[0]:
                    raise TimeoutError(f"no answer within {HANGS:.0f} s")
                self._pq.consume_input()
            result = self._pq.get_result()
            if result is None:
                return
            yield result


def _answer(results: Iterator[pq.abc.PGresult], binary: bool) -> Answer:
    """An error ends a message of several statements: what came before it is undone, or was a transaction of its own."""
    found: list[Rows] = []
    refused: Answer | None = None
    for result in results:
        status = result.status
        if status in (pq.ExecStatus.FATAL_ERROR, pq.ExecStatus.NONFATAL_ERROR):
            sqlstate = (result.error_field(pq.DiagnosticField.SQLSTATE) or b"lost").decode()
            told = result.error_field(pq.DiagnosticField.MESSAGE_PRIMARY) or result.error_message
            refused = refused or Answer(sqlstate=sqlstate, message=told.decode("utf-8", "replace").strip())
        elif status == pq.ExecStatus.EMPTY_QUERY:
            found.append(Rows(""))
        else:
            found.append(_rows(result, binary))
    return refused or Answer(tuple(found))


def _rows(result: pq.abc.PGresult, binary: bool) -> Rows:
    tag = (result.command_status or b"").decode()
    if result.status != pq.ExecStatus.TUPLES_OK:
        return Rows(tag)
    columns = tuple((result.fname(at) or b"").decode() for at in range(result.nfields))
    types = tuple(result.ftype(at) for at in range(result.nfields))
    if binary:
        return Rows(tag, columns, types, None)
    values = ([result.get_value(row, at) for at in range(result.nfields)] for row in range(result.ntuples))
    return Rows(tag, columns, types, tuple(tuple(map(_text, row)) for row in values))


def _text(value: bytes | None) -> str | None:
    return None if value is None else bytes(value).decode("utf-8", "surrogateescape")


def replay(probe: Probe, open_session: Callable[[], Session], *, setup: Sequence[str] | None = None) -> list[Answer]:
    """Run one probe on connections of its own; returns the answers in the order of its steps.

    `setup` replaces the probe's own. Raises AssertionError where a statement of it fails.
    """
    statements = probe.get("setup", ()) if setup is None else setup
    if statements:
        first = open_session()
        try:
            for statement in statements:
                answer = first.ask(statement, "simple")
                assert answer.ok, f"setup: {statement}: {answer}"
        finally:
            first.close()
    numbers = sorted({step["session"] for step in probe["steps"]})
    sessions = {number: open_session() for number in numbers}
    try:
        if len(numbers) > 1:
            return _together(probe, sessions)
        session = sessions[numbers[0]]
        answers = [session.ask(step["sql"], step["protocol"]) for step in probe["steps"]]
        session.ask("ROLLBACK", "simple")
        return answers
    finally:
        for session in sessions.values():
            session.close()


def _together(probe: Probe, sessions: dict[int, Session]) -> list[Answer]:
    """Each session in a thread of its own; steps of the same position start together. One that hangs ends all."""
    steps = probe["steps"]
    own = {number: [at for at, step in enumerate(steps) if step["session"] == number] for number in sessions}
    longest = max(map(len, own.values()))
    barrier = threading.Barrier(len(sessions))
    answers: dict[int, Answer] = {}

    def run(number: int) -> None:
        for position in range(longest):
            if position:
                time.sleep(PAUSE)
            try:
                barrier.wait(2 * HANGS)
            except threading.BrokenBarrierError:
                return
            if position < len(own[number]):
                step = steps[own[number][position]]
                answers[own[number][position]] = sessions[number].ask(step["sql"], step["protocol"])

    threads = [threading.Thread(target=run, args=(number,), daemon=True) for number in sessions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(2 * HANGS * longest)
    return [answers.get(at, Answer(sqlstate="hangs", message="no answer")) for at in range(len(steps))]


def differences(probe: Probe, answers: Sequence[Answer]) -> list[str]:
    """What differs from the record, one line each; empty where everything agrees."""
    steps = probe["steps"]
    if probe.get("conflict_race"):
        return _race(steps, answers)
    found = []
    for step, answer in zip(steps, answers, strict=True):
        what = _differs(step["expect"], answer, bool(probe.get("ignore_rows")))
        if what:
            found.append(f"{_short(step['sql'])}: {what}")
    return found


def _race(steps: Sequence[dict[str, Any]], answers: Sequence[Answer]) -> list[str]:
    """Who loses is a race: at each position the same errors, as often as recorded; where none is, the same answers."""
    sessions = sorted({step["session"] for step in steps})
    lists = [[at for at, step in enumerate(steps) if step["session"] == number] for number in sessions]
    found = []
    for position in range(max(map(len, lists))):
        here = [own[position] for own in lists if position < len(own)]
        expected = Counter(_error(steps[at]["expect"]) for at in here)
        got = Counter((answers[at].sqlstate, answers[at].message) for at in here)
        if got != expected:
            told = " / ".join(str(answers[at]) for at in here)
            found.append(f"{_short(steps[here[0]]['sql'])} (position {position + 1}): {told}")
        elif not any(sqlstate for sqlstate, _ in expected):
            for at in here:
                what = _differs(steps[at]["expect"], answers[at], ignore_rows=True)
                if what:
                    found.append(f"{_short(steps[at]['sql'])}: {what}")
    return found


def _error(expect: dict[str, Any]) -> tuple[str | None, str | None]:
    return (None, None) if expect["ok"] else (expect["sqlstate"], expect["message"])


def _differs(expect: dict[str, Any], answer: Answer, ignore_rows: bool) -> str:
    if not expect["ok"]:
        wanted = f"{expect['sqlstate']} {expect['message']}"
        return "" if (answer.sqlstate, answer.message) == _error(expect) else f"{answer}; the cluster: {wanted}"
    if not answer.ok:
        return f"{answer}; the cluster: {_wanted(expect)}"
    wanted_results = expect.get("results") or [expect]
    if len(wanted_results) != len(answer.results):
        return f"{len(answer.results)} results; the cluster: {len(wanted_results)}"
    for wanted, got in zip(wanted_results, answer.results, strict=True):
        if not _same(wanted, got, ignore_rows):
            return f"{answer}; the cluster: {_wanted(expect)}"
    return ""


def _same(wanted: dict[str, Any], got: Rows, ignore_rows: bool) -> bool:
    tag, other = wanted.get("tag", ""), got.tag
    if ignore_rows:  # row counts in tags differ from run to run as well
        tag, other = tag.rstrip(" 0123456789"), other.rstrip(" 0123456789")
    if tag != other or list(wanted.get("columns", ())) != list(got.columns or ()):
        return False
    if "columns" not in wanted or ignore_rows or got.rows is None:
        return True
    rows = wanted.get("rows", [])
    return len(rows) == len(got.rows) and all(
        shown in forms(value, kind)
        for row, ours in zip(rows, got.rows, strict=True)
        for shown, value, kind in zip(row, ours, got.types, strict=True)
    )


def _wanted(expect: dict[str, Any]) -> str:
    results = expect.get("results") or [expect]
    return "; ".join(f"{one.get('tag', '')} {one.get('columns', '')} {one.get('rows', '')}".strip() for one in results)


def _short(sql: str) -> str:
    text = " ".join(sql.split())
    return f"`{text[:90]}…`" if len(text) > 91 else f"`{text}`"
