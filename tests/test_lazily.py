"""Modules that run when something in them is asked for."""

import subprocess
import sys

from dsql_migrate.lazily import lazily


def test_a_module_runs_at_its_first_attribute(tmp_path, monkeypatch):
    (tmp_path / "slow_thing.py").write_text("import builtins\nbuiltins._slow_thing_ran = True\nvalue = 3\n")
    monkeypatch.syspath_prepend(tmp_path)
    import builtins

    with lazily("slow_thing"):
        import slow_thing
    assert not hasattr(builtins, "_slow_thing_ran")
    assert slow_thing.value == 3
    assert builtins._slow_thing_ran
    del builtins._slow_thing_ran


def test_a_module_that_is_not_there_is_missed_at_once():
    with lazily("no_such_module_at_all"):
        try:
            import no_such_module_at_all  # noqa: F401
        except ModuleNotFoundError:
            return
    raise AssertionError("it was found")


def test_the_parser_is_loaded_without_its_tables_of_classes_and_they_still_work_afterwards():
    script = (
        "import sys, dsql_migrate.source.parse as p; p.parse(b'select 1')\n"
        "print([m for m in sys.modules if m.startswith('pglast.enums.')])\n"
        "import pglast; print(type(pglast.parse_sql('select 1')[0].stmt).__name__, pglast.enums.ObjectType)"
    )
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    first, second = said.splitlines()
    assert first == "[]"
    assert second.startswith("SelectStmt")
