"""The laws of the house that a reader cannot see at a glance: size, imports, light doors, no loose ends."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "dsql_migrate"
MODULES = sorted(PACKAGE.rglob("*.py"))
HEAVY = ("rich", "jinja2", "ruamel.yaml", "sqlglot", "psycopg", "pglast")
DECLARATIONS = {  # one list and nothing else: it reads better whole
    "dsql_migrate/source/facts.py",
    "dsql_migrate/rewrite/decisions/choices.py",
}
NO_ROOM_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "misc"}


def name(path: Path) -> str:
    return path.relative_to(PACKAGE.parent).as_posix()


def imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_a_module_is_short_and_says_what_it_is_for(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= 400 or name(path) in DECLARATIONS
    assert not text.strip() or ast.get_docstring(ast.parse(text)), "no docstring"
    assert path.stem not in NO_ROOM_NAMES


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_nothing_is_left_for_later(path: Path) -> None:
    found = re.findall(r"\b(?:TODO|FIXME|XXX|NotImplementedError)\b", path.read_text(encoding="utf-8"))
    assert not found


def test_one_file_knows_the_parser() -> None:
    users = {
        name(path)
        for path in MODULES
        for module in imported(ast.parse(path.read_text(encoding="utf-8")))
        if module.split(".")[0] == "pglast"
    }
    assert users == {"dsql_migrate/source/parse.py"}


@pytest.mark.parametrize("module", ["dsql_migrate", "dsql_migrate.cli"])
def test_light_doors(module: str) -> None:
    if module == "dsql_migrate.cli" and not any(PACKAGE.glob("cli/__init__.py")) and not (PACKAGE / "cli.py").exists():
        pytest.skip("no command line yet")
    script = f"import sys, {module}; print(*(heavy for heavy in {HEAVY!r} if heavy in sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert loaded.split() == []


def test_no_text_names_the_machine_it_was_written_on(project: Path) -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=project,
        capture_output=True,
        check=False,
    )
    if listed.returncode:
        pytest.skip("not a git checkout")
    places = re.compile("|".join("/" + place for place in ("work/", r"root/\w", "tmp/build", r"tmp/v/", r"home/\w+/")))
    found = []
    for path in (project / part for part in listed.stdout.decode().split("\0") if part):
        if not path.is_file() or b"\0" in (data := path.read_bytes())[:8192]:
            continue
        text = data.decode("utf-8", "replace")
        place = path.relative_to(project)
        lines = enumerate(text.splitlines(), 1)
        found += [f"{place}:{number}: {line[:120]}" for number, line in lines if places.search(line)]
    assert found == []
