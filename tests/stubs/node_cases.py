"""What the tests of TypeScript stubs share: npm packages in pytest's cache, a compiler, a long-lived node process."""

import itertools
import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from dsql_migrate.stubs.code.package import Package, Translation, package_of
from dsql_migrate.stubs.obligations import Obligations
from dsql_migrate.stubs.typescript import write_typescript

PACKAGES = ("pg@8.23.1", "@types/pg@8.23.1", "@types/node@20.19.43", "typescript@7.0.2", "prettier@3.10.1")
_DRIVER = Path(__file__).parent / "node" / "driver.mjs"
_numbers = itertools.count()


class Limited(frozenset[str]):
    """A target that can do what the set names."""

    def has(self, capability: str, /) -> bool:
        return capability in self

    def limit(self, name: str, /) -> int:
        return {"transaction-rows": 3000, "transaction-bytes": 10 * 2**20}[name]


def install(folder: Path) -> Path:
    """Have the packages in ``folder``/node_modules; skips where they cannot be had."""
    if not (shutil.which("node") and shutil.which("npm")):
        pytest.skip("node and npm are not installed")
    done = folder / "installed"
    if not done.is_file() or done.read_text() != " ".join(PACKAGES):
        command = ["npm", "install", "--no-audit", "--no-fund", "--no-save", "--prefix", str(folder), *PACKAGES]
        try:
            made = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
        except subprocess.TimeoutExpired:
            pytest.skip("npm install did not end within two minutes: no network?")
        if made.returncode:
            pytest.skip(f"npm install failed: {made.stderr[-300:]}")
        done.write_text(" ".join(PACKAGES))
    return folder


def tool(node: Path, name: str, *arguments: str, cwd: Path) -> str:
    """Run an installed program; returns what it said, "" where it had nothing to say and was content."""
    made = subprocess.run(
        [str(node / "node_modules" / ".bin" / name), *arguments],
        cwd=cwd, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    return "" if made.returncode == 0 else made.stdout + made.stderr or f"{name} failed"


class Failed(Exception):
    """A call that was refused, with the fields of node-postgres' error."""

    def __init__(self, fields: dict[str, Any]) -> None:
        super().__init__(fields.get("stack") or fields["message"])
        self.fields = fields

    @property
    def code(self) -> str:
        return str(self.fields.get("code"))


Call = tuple[str, str, Sequence[Any]]  # module, function, arguments


@dataclass
class Node:
    """A node process that takes requests as JSON lines."""

    folder: Path  # with node_modules
    process: subprocess.Popen[str]

    def ask(self, request: str, **rest: Any) -> Any:
        """The answer's result; raises Failed for an error."""
        self.send(request, **rest)
        return self.answer()

    def send(self, request: str, **rest: Any) -> None:
        assert self.process.stdin
        self.process.stdin.write(json.dumps({"request": request, **rest}, default=str) + "\n")
        self.process.stdin.flush()

    def answer(self) -> Any:
        assert self.process.stdout
        line = self.process.stdout.readline()
        assert line, "the node process has ended"
        answer = json.loads(line)
        if "error" in answer:
            raise Failed(answer["error"])
        return answer["result"]

    def connect(self, dsn: str) -> str:
        """The name of a new connection."""
        given = conninfo_to_dict(dsn)
        config: dict[str, Any] = {name: given[name] for name in ("host", "port", "user", "password") if name in given}
        config["database"] = given["dbname"]
        if given.get("sslmode") not in (None, "disable", "prefer", "allow"):
            config["ssl"] = {"rejectUnauthorized": False}
        name = f"connection {next(_numbers)}"
        self.ask("connect", name=name, config=config)
        return name

    def load(self, package: Package | Obligations, target: Limited) -> str:
        """Write, compile and import the stubs; returns their name."""
        if isinstance(package, Obligations):
            package = package_of(package, Translation())
        name = f"made_{next(_numbers)}"
        write_typescript(package, self.folder, target, name=name)
        source = self.folder / "app" / "typescript" / name
        said = tool(self.folder, "tsc", "-p", str(source), cwd=self.folder)
        assert not said, said
        self.ask("load", name=name, path=str(source / "build" / "index.js"))
        return name


def started(folder: Path) -> Iterator[Node]:
    """A node process beside the packages of ``folder``, which install() has filled."""
    program = folder / "driver.mjs"
    shutil.copyfile(_DRIVER, program)
    process = subprocess.Popen(
        ["node", str(program)], cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=os.environ
    )
    yield Node(folder, process)
    assert process.stdin
    process.stdin.close()
    process.wait(30)


def rows_of(conn: psycopg.Connection, tables: Sequence[str]) -> dict[str, list[str]]:
    """Every row of these tables as PostgreSQL writes it."""
    found = {}
    for name in tables:
        table = psycopg.sql.Identifier(name)
        query = psycopg.sql.SQL("SELECT t::text FROM {} t").format(table)
        found[name] = sorted(row[0] for row in conn.execute(query))
    return found
