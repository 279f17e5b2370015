"""``apply --jobs``: what the marks allow runs at the same time, and nothing else; it stops and resumes exactly."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsql_migrate.apply import Progress, Retry, apply_bundle
from dsql_migrate.engine.endpoint import DsqlError, Result
from dsql_migrate.errors import Failure
from dsql_migrate.marks import mark, marked, unmarked


class Noted:
    """Endpoints of one pretended database: what begins and ends on any of them, in order."""

    def __init__(self, slow: float = 0.0) -> None:
        self.events: list[tuple[str, str]] = []
        self.slow = slow
        self.refuse: set[str] = set()
        self.lock = threading.Lock()
        self.most = self.now = 0
        self.settings: dict[int, list[str]] = {}
        self.jobs_pending = False

    def connect(self) -> Connection:
        return Connection(self)

    def run(self, who: int, label: str) -> None:
        with self.lock:
            self.events.append(("begin", label))
            self.now += 1
            self.most = max(self.most, self.now)
        time.sleep(self.slow)
        with self.lock:
            self.now -= 1
            self.events.append(("end", label))
        if label in self.refuse:
            raise DsqlError("42501", f"no {label}")


class Connection:
    def __init__(self, noted: Noted) -> None:
        self.noted = noted

    @property
    def name(self) -> str:
        return "pretended"

    def execute(self, sql: str | bytes) -> Result:
        text = sql.decode() if isinstance(sql, bytes) else sql
        text = text.rpartition("\n")[2]
        if text.startswith("SET"):
            self.noted.settings.setdefault(id(self), []).append(text)
        elif text.startswith("SELECT status"):
            status = "processing" if self.noted.jobs_pending else "completed"
            return Result("SELECT 1", ("status", "details"), ((status, None),), 1)
        else:
            self.noted.run(id(self), text.strip(";"))
            if "ASYNC" in text:
                return Result("CREATE INDEX", ("job_id",), (("abc",),), 1)
        return Result("OK")

    def copy(self, sql: str | bytes, chunks: Iterable[bytes]) -> int:
        text = sql.decode() if isinstance(sql, bytes) else sql
        rows = b"".join(chunks).count(b"\n")
        self.noted.run(id(self), text.rpartition("\n")[2].split()[1])
        return rows

    def reconnect(self) -> None:
        pass

    def close(self) -> None:
        pass


def bundle(folder: Path, data: str, post: str = "") -> Path:
    folder.mkdir(exist_ok=True)
    texts = {"pre-data.sql": "SET client_encoding = 'UTF8';\n", "data.sql": data, "post-data.sql": post}
    for name, text in texts.items():
        (folder / name).write_text(text)
    return folder


def block(name: str, phase: int | None, lane: int | None = None) -> str:
    line = mark(phase, lane).decode() if phase is not None else ""
    return f"\n{line}COPY {name} FROM stdin;\n1\n\\.\n"


def overlapping(events: list[tuple[str, str]]) -> set[frozenset[str]]:
    """Pairs that ran at the same time."""
    running: list[str] = []
    found = set()
    for what, label in events:
        if what == "begin":
            found |= {frozenset((label, other)) for other in running}
            running.append(label)
        else:
            running.remove(label)
    return found


def test_a_phase_runs_side_by_side(tmp_path: Path) -> None:
    noted = Noted(slow=0.05)
    seen: list[Progress] = []
    data = "".join(block(f"t{n}", 1) for n in range(8))
    made = bundle(tmp_path / "out", data)
    result = apply_bundle(made, noted.connect(), jobs=4, connect=noted.connect, progress=seen.append)
    assert result.ok
    assert (result.rows, result.done) == (8, 8)
    assert noted.most == 4
    assert [progress.done for progress in seen] == sorted(progress.done for progress in seen)
    assert all(progress.done <= progress.total for progress in seen)


def test_one_job_knows_no_marks(tmp_path: Path) -> None:
    noted = Noted(slow=0.01)
    made = bundle(tmp_path / "out", "".join(block(f"t{n}", 1) for n in range(4)))
    assert apply_bundle(made, noted.connect()).ok
    assert noted.most == 1


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(st.one_of(st.none(), st.integers(1, 2)), st.one_of(st.none(), st.integers(1, 2))), max_size=10
    )
)
def test_only_what_the_marks_allow(steps: list[tuple[int | None, int | None]]) -> None:
    """No two steps overlap unless a run of one phase holds both, and they share no lane; lanes keep their order."""
    import tempfile

    noted = Noted(slow=0.002)
    names = [f"t{n}" for n in range(len(steps))]
    data = "".join(block(name, phase, lane) for name, (phase, lane) in zip(names, steps, strict=True))
    with tempfile.TemporaryDirectory() as folder:
        made = bundle(Path(folder) / "out", data)
        assert apply_bundle(made, noted.connect(), jobs=3, connect=noted.connect).ok
    order = [label for what, label in noted.events if what == "begin"]
    assert sorted(order) == sorted(names)
    together = overlapping(noted.events)
    for i, one in enumerate(names):
        for j in range(i + 1, len(names)):
            phases = {steps[n][0] for n in range(i, j + 1)}
            free = len(phases) == 1 and steps[i][0] is not None
            lane = steps[i][1] is not None and steps[i][1] == steps[j][1]
            if not free or lane:
                assert frozenset((one, names[j])) not in together
                assert order.index(one) < order.index(names[j])


def test_settings_hold_on_every_connection(tmp_path: Path) -> None:
    noted = Noted()
    data = f"SET search_path = a;\n{block('t0', 1)}{block('t1', 1)}"
    assert apply_bundle(bundle(tmp_path / "out", data), noted.connect(), jobs=3, connect=noted.connect).ok
    assert len(noted.settings) == 3
    assert all(said == ["SET client_encoding = 'UTF8';", "SET search_path = a;"] for said in noted.settings.values())


def test_marks_elsewhere_say_nothing(tmp_path: Path) -> None:
    """In the schema, above other statements, or not right above: whoever wrote that, it is a comment."""
    noted = Noted(slow=0.01)
    line = mark(1).decode()
    data = f"{line}INSERT INTO a VALUES (1);\n{line}UPDATE b SET x = 1;\n/*\n{line}*/COPY c FROM stdin;\n1\n\\.\n"
    data += f"{line}-- a remark\nCOPY d FROM stdin;\n1\n\\.\n"
    made = bundle(tmp_path / "out", data)
    (made / "pre-data.sql").write_text(f"{line}CREATE INDEX x ON a (b);\n{line}CREATE INDEX y ON a (b);\n")
    assert apply_bundle(made, noted.connect(), jobs=4, connect=noted.connect).ok
    assert noted.most == 1


def test_a_refusal_stops_the_others_and_the_next_run_goes_on(tmp_path: Path) -> None:
    noted = Noted(slow=0.01)
    noted.refuse = {"t3"}
    made = bundle(tmp_path / "out", "".join(block(f"t{n}", 1) for n in range(40)))
    stopped = apply_bundle(made, noted.connect(), jobs=3, connect=noted.connect)
    assert stopped.failure is not None
    assert "t3" in stopped.failure.message
    first = [label for what, label in noted.events if what == "begin"]
    assert len(first) < 40
    noted.refuse, noted.events = set(), []
    result = apply_bundle(made, noted.connect(), jobs=3, connect=noted.connect)
    assert result.ok
    again = [label for what, label in noted.events if what == "begin"]
    assert sorted([*first, *again]) == sorted([*(f"t{n}" for n in range(40)), "t3"])
    assert (result.rows, result.skipped) == (40, len(first) - 1)


def test_breaking_off_leaves_a_job_to_be_waited_for(tmp_path: Path) -> None:
    """Ctrl-C while jobs run: nothing is in doubt, and the next run waits for the same jobs."""
    noted = Noted()
    noted.jobs_pending = True
    post = "".join(f"\n{mark(1, n).decode()}CREATE INDEX ASYNC i{n} ON t{n} (x) \\gset\n" for n in (1, 2, 3))
    made = bundle(tmp_path / "out", "", post)

    def interrupt(seconds: float) -> None:
        time.sleep(0.01)
        if len([e for e in noted.events if e[0] == "end"]) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        apply_bundle(made, noted.connect(), jobs=3, connect=noted.connect, retry=Retry(sleep=interrupt))
    noted.jobs_pending, noted.events = False, []
    result = apply_bundle(made, noted.connect(), jobs=3, connect=noted.connect)
    assert result.ok
    assert result.jobs == 3
    assert noted.events == []  # no index is made a second time


def test_a_connection_that_is_not_to_be_had(tmp_path: Path) -> None:
    from dsql_migrate.engine.endpoint import ConnectionLost

    def refused() -> Connection:
        raise ConnectionLost("too many open connections")

    with pytest.raises(Failure, match="cannot open connection 2: too many") as caught:
        apply_bundle(bundle(tmp_path / "out", ""), Noted().connect(), jobs=2, connect=refused)
    assert caught.value.hint == "take a smaller --jobs"


@given(st.binary(max_size=30), st.integers(1, 999), st.one_of(st.none(), st.integers(1, 99)))
def test_a_mark_is_read_as_it_was_written(before: bytes, phase: int, lane: int | None) -> None:
    lead = before + b"\n" + mark(phase, lane)
    assert marked(lead) == (phase, lane)
    assert marked(unmarked(lead)) is None
