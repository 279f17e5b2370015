"""Foreign keys inside CREATE TABLE: whatever the order of the source, every row finds its parent."""

import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from dsql_migrate.rewrite.decisions import Decisions
from dsql_migrate.rewrite.run import rewrite


@dataclass(frozen=True)
class Family:
    """Tables t0, t1 … with one row each: keys (child, parent) between them, and the order of what a script does."""

    tables: int
    keys: tuple[tuple[int, int], ...]
    rows: tuple[int, ...]  # the order in which the tables are filled; a table may come more than once
    as_copy: tuple[bool, ...]

    def script(self) -> str:
        lines = []
        for table in range(self.tables):
            columns = "".join(f", r{n} int" for n, key in enumerate(self.keys) if key[0] == table)
            lines.append(f"CREATE TABLE t{table} (id int PRIMARY KEY{columns});")
        for at, table in enumerate(self.rows):
            values = [str(at), *(self.parent(key[1], at) for key in self.keys if key[0] == table)]
            if self.as_copy[at]:
                row = "\t".join(values).replace("NULL", "\\N")
                lines.append(f"COPY t{table} FROM stdin;\n{row}\n\\.\n")
            else:
                lines.append(f"INSERT INTO t{table} VALUES ({', '.join(values)});")
        for number, (child, parent) in enumerate(self.keys):
            lines.append(f"ALTER TABLE t{child} ADD CONSTRAINT k{number} FOREIGN KEY (r{number}) REFERENCES t{parent};")
        return "\n".join(lines) + "\n"

    def parent(self, table: int, at: int) -> str:
        """The id of some row of the parent: the last one there is."""
        return next((str(n) for n in reversed(range(len(self.rows))) if self.rows[n] == table), "NULL")


@st.composite
def families(draw: st.DrawFn) -> Family:
    tables = draw(st.integers(1, 5))
    table = st.integers(0, tables - 1)
    keys = draw(st.lists(st.tuples(table, table), max_size=6))
    rows = draw(st.lists(table, max_size=9))
    return Family(tables, tuple(keys), tuple(rows), tuple(draw(st.booleans()) for _ in rows))


def load(pre: str, data: str) -> set[str]:
    """Load as a server would that checks the keys of CREATE TABLE; the keys that were checked."""
    parents: dict[str, list[tuple[str, str, str]]] = {}
    for name, body in re.findall(r"CREATE TABLE (\w+) \((.*?)\n?\);", pre, re.S):
        found = re.findall(r"CONSTRAINT (\w+) FOREIGN KEY \((\w+)\) REFERENCES public\.(\w+)", body)
        parents[name] = [(key, column, parent) for key, column, parent in found]
        columns[name] = re.findall(r"(?:^|[(,]\s*)((?:id|r\d+)) int", "(" + body)
        assert all(parent == name or parent in parents for _, _, parent in found), f"{name} is made before its parent"
    held: dict[str, set[str]] = {name: set() for name in parents}
    either = r"COPY (\w+) FROM stdin;\n(.*?)\\\.|INSERT INTO (\w+) VALUES \((.*?)\);"
    for copy_table, copy_rows, table, values in re.findall(either, data, re.S):
        name = copy_table or table
        rows = [r.split("\t") for r in copy_rows.splitlines()] if copy_table else [values.split(", ")]
        held[name] |= {row[0] for row in rows}
        for row in rows:
            given = dict(zip(columns[name], row, strict=True))
            for key, column, parent in parents[name]:
                assert given[column] in ("NULL", "\\N") or given[column] in held[parent], f"{key}: {given}"
    return {key for keys in parents.values() for key, _, _ in keys}


columns: dict[str, list[str]] = {}


def made(script: str, decisions: Decisions) -> tuple[str, str, str]:
    """pre-data, data and post-data of the script's bundle."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "source.sql"
        source.write_text(script)
        rewrite(str(source), Path(folder) / "out", decisions=decisions)
        names = ("pre-data.sql", "data.sql", "post-data.sql")
        texts = [(Path(folder) / "out" / name).read_text() for name in names]
    return texts[0], texts[1], texts[2]


@settings(max_examples=150, deadline=None)
@given(families())
def test_every_row_finds_its_parent(family: Family) -> None:
    pre, data, post = made(family.script(), Decisions.of(foreign_keys="inline"))
    inline = load(pre, data)
    behind = set(re.findall(r"ADD CONSTRAINT (\w+)", post))
    assert inline | behind == {f"k{number}" for number in range(len(family.keys))}
    assert not inline & behind
    assert len(re.findall(r"^INSERT|^COPY", data, re.M)) == len(family.rows)


def test_keys_are_decided_one_by_one() -> None:
    family = Family(2, ((1, 0), (1, 0), (1, 0)), (1, 0), (True, True))
    chosen = {
        "constraint:public.t1.k0": {"foreign-keys": "inline"},
        "constraint:public.t1.k1": {"foreign-keys": "native"},
        "constraint:public.t1.k2": {"foreign-keys": "application"},
    }
    pre, data, post = made(family.script(), Decisions(objects=chosen))
    assert load(pre, data) == {"k0"}
    assert set(re.findall(r"ADD CONSTRAINT (\w+)", post)) == {"k1"}


def test_without_keys_in_create_table_rows_keep_their_order() -> None:
    family = Family(2, ((1, 0),), (1, 0), (True, False))
    _, data, _ = made(family.script(), Decisions())
    assert data.index("COPY t1") < data.index("INSERT INTO t0")


def test_rows_beyond_one_transaction_may_refer_to_later_ones() -> None:
    rows = "".join(f"{n}\t{3000 - n}\n" for n in range(3001))
    script = (
        "CREATE TABLE t (id int PRIMARY KEY, up int);\n"
        f"COPY t (id, up) FROM stdin;\n{rows}\\.\n"
        "ALTER TABLE t ADD CONSTRAINT up_fkey FOREIGN KEY (up) REFERENCES t (id);\n"
    )
    pre, _, post = made(script, Decisions.of(foreign_keys="inline"))
    assert "up_fkey" not in pre
    assert "ADD CONSTRAINT up_fkey" in post
    assert "do not go into one transaction" in post
