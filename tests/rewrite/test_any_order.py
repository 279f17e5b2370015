"""Whatever order the source makes its objects in, pre-data.sql makes them in one that loads."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from dsql_migrate.apply import apply_bundle
from dsql_migrate.engine.endpoint import PsycopgEndpoint
from dsql_migrate.engine.local import LocalDsql
from dsql_migrate.rewrite.run import rewrite

pytestmark = pytest.mark.server


@dataclass(frozen=True)
class Made:
    """An object: its statement, what it cannot be made without, and what only its body reads."""

    name: str
    sql: str
    needs: frozenset[str] = frozenset()
    reads: frozenset[str] = frozenset()  # of a function: as pg_dump writes it, its body is not looked at


def schema(dice: random.Random) -> list[Made]:
    """Objects that rest on each other: each on some of those before it."""
    found: list[Made] = []
    names: dict[str, list[str]] = {kind: [] for kind in ("function", "domain", "sequence", "table", "view")}

    def some(kind: str) -> str | None:
        return dice.choice(names[kind]) if names[kind] and dice.random() < 0.7 else None

    for number in range(dice.randint(6, 14)):
        kind = dice.choice(list(names))
        name = f"{kind[0]}{number}"
        function, domain, sequence, table, view = (some(other) for other in names)
        call = f"{function}(1)" if function else "1"
        if kind == "function":
            read = f" + (SELECT count(*)::int FROM {table or view})" if (table or view) else ""
            kept = "STABLE" if read else "IMMUTABLE"
            reader = {table or view} if read else set()
            if read:
                name = f"r{number}"  # no default may call it: it reads tables
            sql = f"CREATE FUNCTION {name}(x int) RETURNS int LANGUAGE sql {kept} AS $$ SELECT {call} + x{read} $$;"
            found.append(Made(name, sql, reads=frozenset(({function} if function else set()) | reader) - {None}))
            if not read:
                names["function"].append(name)
            continue
        if kind == "domain":
            needs = {function, domain} - {None}
            sql = f"CREATE DOMAIN {name} AS {domain or 'int'} CHECK (VALUE > {call});"
        elif kind == "sequence":
            needs, sql = set(), f"CREATE SEQUENCE {name};"
        elif kind == "table":
            needs = {function, domain, sequence, table} - {None}
            drawn = f" DEFAULT nextval('{sequence}')" if sequence else ""
            key = f", up int REFERENCES {table}" if table else ""
            sql = (
                f"CREATE TABLE {name} (id int PRIMARY KEY, d {domain or 'int'}, f int DEFAULT {call},"
                f" n bigint{drawn},"
                f" g int GENERATED ALWAYS AS (id + {call}) STORED, CHECK (id > {call}){key});"
            )
        else:
            needs = ({table, view, function} if table or view else {function}) - {None}
            source = f" FROM {table or view}" if table or view else ""
            needs -= {view} if table else set()
            sql = f"CREATE VIEW {name} AS SELECT {call} AS id{source};"
        found.append(Made(name, sql, frozenset(str(n) for n in needs)))
        names[kind].append(name)
    return found


def shuffled(objects: list[Made], dice: random.Random) -> Iterator[Made]:
    """In an order that PostgreSQL takes with check_function_bodies off."""
    left, there = list(objects), set[str]()
    while left:
        ready = [one for one in left if one.needs <= there]
        chosen = dice.choice(ready)
        left.remove(chosen)
        there.add(chosen.name)
        yield chosen


@pytest.mark.parametrize("seed", range(12))
def test_any_order_loads(seed: int, dsql_server: LocalDsql, tmp_path: Path) -> None:
    dice = random.Random(seed)
    objects = schema(dice)
    for turn in range(2):
        script = "SET check_function_bodies = false;\n" + "\n".join(one.sql for one in shuffled(objects, dice)) + "\n"
        source = tmp_path / f"{turn}.sql"
        source.write_text(script)
        done = rewrite(str(source), tmp_path / str(turn))
        assert not done.ledger["totals"]["unknown"]
        database = dsql_server.new_database()
        endpoint = PsycopgEndpoint(dsql_server.dsn(database))
        try:
            result = apply_bundle(tmp_path / str(turn), endpoint, journal=False)
        finally:
            endpoint.close()
            dsql_server.drop_database(database)
        assert result.ok, f"{result.failure}\n{script}\n{(tmp_path / str(turn) / 'pre-data.sql').read_text()}"


def test_the_generator_makes_all_kinds() -> None:
    made = list(itertools.chain.from_iterable(schema(random.Random(seed)) for seed in range(12)))
    assert {one.name[0] for one in made} == set("fdstvr")
    assert any(one.reads for one in made)
