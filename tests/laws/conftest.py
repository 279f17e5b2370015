"""Bundles to hold the laws against: of every case folder, and of every real dump where the corpus is there."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

import bundles
import pytest
from bundles import Bundle, dumps

from dsql_migrate.rewrite.decisions import Decisions
from dsql_migrate.rewrite.run import rewrite


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that asks for ``bundle`` runs once for each case and each dump."""
    if "bundle" in metafunc.fixturenames:
        corpus = Path(os.environ.get("DSQL_MIGRATE_CORPUS") or bundles.PROJECT.parent / "shared" / "corpus")
        found = [("case", case.name, case / "source.sql") for case in bundles.cases()]
        found += [("dump", name, file) for name, file in dumps(corpus)] if corpus.is_dir() else []
        metafunc.parametrize("bundle", found, indirect=True, ids=[name for _, name, _ in found])


@pytest.fixture(scope="session")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bundles")


@cache
def _made(shelf: Path, kind: str, name: str, source: Path) -> Bundle:
    folder = shelf / name
    options = bundles.options_of(source.parent) if kind == "case" else bundles.Options(None, Decisions())
    rewrite(str(source), folder, as_of=options.as_of, decisions=options.decisions)
    return Bundle(name, source, folder, options.as_of, options.decisions)


@pytest.fixture
def bundle(request: pytest.FixtureRequest, shelf: Path) -> Bundle:
    """The bundle of one source; each is made once."""
    return _made(shelf, *request.param)
