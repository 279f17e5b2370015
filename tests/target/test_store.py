"""The compiled form of the rules: made once, found again, never trusted from somebody else."""

import os
import stat
from pathlib import Path

import pytest

from dsql_migrate.errors import Failure
from dsql_migrate.target import store


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    store._load.cache_clear()
    yield tmp_path / "dsql-migrate"
    store._load.cache_clear()


def test_first_run_writes_the_cache_and_the_second_reads_it(own_cache: Path) -> None:
    first = store.load()
    (cached,) = own_cache.iterdir()
    assert stat.S_IMODE(own_cache.stat().st_mode) == 0o700
    assert cached.read_bytes() == store.dump(first)
    store._load.cache_clear()
    assert store.load() == first


def test_changed_rules_are_compiled_again(own_cache: Path, tmp_path: Path) -> None:
    store.load()
    folder = tmp_path / "ours"
    folder.mkdir()
    (folder / "r.yaml").write_text("code: OUR001\n")
    assert store.load((folder,))["rules"][-1]["code"] == "OUR001"
    assert len(list(own_cache.iterdir())) == 2
    (folder / "r.yaml").write_text("code: OUR002\n")
    store._load.cache_clear()
    assert store.load((folder,))["rules"][-1]["code"] == "OUR002"
    assert len(list(own_cache.iterdir())) == 2


def test_a_home_that_cannot_be_written_is_no_trouble(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(blocked))
    assert store.load()["rules"]


def test_a_damaged_or_foreign_cache_is_not_used(own_cache: Path) -> None:
    right = store.load()
    (cached,) = own_cache.iterdir()
    for content in (b"{", b"[]", b'{"format": 0}'):
        cached.write_bytes(content)
        store._load.cache_clear()
        assert store.load() == right
    cached.write_bytes(store.dump({**right, "rules": []}))
    os.chmod(cached, 0o666)
    store._load.cache_clear()
    assert store.load() == right


def test_unreadable_yaml_names_the_file(tmp_path: Path) -> None:
    folder = tmp_path / "bad"
    folder.mkdir()
    (folder / "r.yaml").write_text("a: [")
    with pytest.raises(Failure, match=r"r\.yaml is not readable YAML"):
        store.load((folder,))


def test_the_compiled_form_is_the_same_each_time() -> None:
    folder = store.rules_folder()
    assert store.dump(store.compile_folder(folder)) == store.dump(store.compile_folder(folder))
