"""The documents describe what is there: made pages are up to date, links resolve, commands have the options shown."""

from __future__ import annotations

import importlib.util
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import click
import pytest

from dsql_migrate.cli import group

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
LINK = re.compile(r"(?<!`)\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```", re.M | re.S)
MADE_BY_BENCHMARKS = {"corpus.md", "benchmarks.md", "conformance.md"}  # by `make corpus`, `make bench` …


def _make() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs_make", ROOT / "docs" / "make.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_made_pages_are_up_to_date(capsys: pytest.CaptureFixture[str]) -> None:
    assert _make().main(["--check"]) == 0, capsys.readouterr().err


def _anchors(page: Path) -> set[str]:
    """The ids that a reader's site gives to the headings."""
    titles = re.findall(r"^#+ (.*)$", FENCE.sub("", page.read_text("utf-8")), re.M)
    return {re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-") for title in titles}


def _broken(page: Path) -> Iterator[str]:
    for link in LINK.findall(FENCE.sub("", page.read_text("utf-8"))):
        if "://" in link or link.startswith("mailto:"):
            continue
        path, _, anchor = link.partition("#")
        place = (page.parent / path).resolve() if path else page
        if place.name in MADE_BY_BENCHMARKS and place.parent == ROOT / "docs":
            continue
        if not place.exists() or (anchor and place.suffix == ".md" and anchor not in _anchors(place)):
            yield link


def test_links_resolve() -> None:
    more = ("docs/rules/*.md", "*/README.md", "fixtures/*/README.md")
    pages = [*PAGES, *(page for pattern in more for page in ROOT.glob(pattern))]
    broken = {str(page.relative_to(ROOT)): found for page in pages if (found := list(_broken(page)))}
    assert broken == {}


def _calls() -> Iterator[tuple[str, str]]:
    """(page, command line) for each ``dsql-migrate …`` in a code block or a code span."""
    for page in PAGES:
        text = page.read_text("utf-8")
        for found in re.findall(r"^(?:    |\$ )(dsql-migrate .*)$|`(dsql-migrate [^`]+)`", text, re.M):
            yield page.name, re.split(r"  +(?=[a-z])", (found[0] or found[1]).strip())[0]


@pytest.mark.parametrize(("page", "line"), sorted(set(_calls())))
def test_a_command_that_is_shown_exists_with_its_options(page: str, line: str) -> None:
    context = click.Context(group)
    words = shlex.split(line)
    if words[1].isupper():
        return  # dsql-migrate COMMAND
    command = group.get_command(context, words[1])
    assert command is not None, f"{page}: {line}"
    if isinstance(command, click.Group):
        if words[2] == "[OPTIONS]":
            return  # its usage
        assert words[2] in command.commands, f"{page}: {line}"
        command, words = command.commands[words[2]], words[1:]
    known = {o for p in command.get_params(context) for o in (*p.opts, *p.secondary_opts)}
    own = words[2 : words.index("--")] if "--" in words else words[2:]  # what stands behind is another program's
    shown = {word.partition("=")[0].strip("[]") for word in own if word.startswith("-") and word != "-"}
    assert shown <= known | {"-h", "--help"}, f"{page}: {line}"


def test_every_command_and_its_options_are_in_the_reference() -> None:
    text = (ROOT / "docs" / "cli.md").read_text("utf-8")
    context = click.Context(group)
    for name in group.list_commands(context):
        assert f"### {name}\n" in text
        command = group.get_command(context, name)
        for part in command.commands if isinstance(command, click.Group) else ():
            assert f"### {name} {part}\n" in text


def test_options_named_in_prose_exist() -> None:
    context = click.Context(group)
    commands = [group.get_command(context, name) for name in group.list_commands(context)]
    commands += [part for command in commands if isinstance(command, click.Group) for part in command.commands.values()]
    known = {o for c in commands if c for p in c.get_params(context) for o in (*p.opts, *p.secondary_opts)}
    elsewhere = {"--inserts", "--check"}  # pg_dump's; docs/make.py's
    elsewhere |= {"--liquibase", "--changeset", "--rollback", "--ignore"}  # Liquibase's
    elsewhere |= {"--dsql-chaos", "--max-tries"}  # pytest's, with our plugin; pgbench's
    elsewhere |= {"--single-transaction", "--no-single-transaction"}  # psql's, node-pg-migrate's
    for page in PAGES:
        if page.name == "CHANGELOG.md":
            continue
        shown = set(re.findall(r"`(--[a-z][a-z-]+)", page.read_text("utf-8")))
        assert shown <= known | elsewhere, page.name
