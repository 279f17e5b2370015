"""Foreign keys and exclusion constraints as Python: one module a table, for psycopg 3.

``model`` turns obligations into names and text that are safe to print, ``templates/`` say where they go, ``layout``
breaks the lines as ruff would; ``runtime.py`` (with the limits in it) and ``constraints.py`` stand beside the modules
as they are here, under ``app/python/<package>/`` in the bundle. The written code reaches the database only through
``Work`` in the runtime: an asynchronous edition changes that and the ``def`` lines.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from dsql_migrate.stubs.obligations import Capabilities, Obligations, resolved

if TYPE_CHECKING:
    from jinja2 import Environment

_HERE = Path(__file__).parent


def write_python(
    obligations: Obligations, folder: Path, target: Capabilities, *, package: str | None = None
) -> dict[str, list[str]]:
    """Write the package into the bundle at ``folder``; returns, for each obligation's id, the files that take it over.

    The files are relative to ``folder``: the module of the child, then that of the parent. A foreign key that nothing
    can check (its referenced columns are unknown) has no entry. Without obligations nothing is written. ``package`` is
    the name of the package, by default made from the name of the source. ``target`` chooses the row locks.
    """
    from dsql_migrate.stubs.python.model import RESERVED, build
    from dsql_migrate.stubs.python.triggers import module_of, tables_with_triggers

    fired, _ = tables_with_triggers(obligations)
    obligations = resolved(obligations)
    if not obligations.foreign_keys and not obligations.exclusions and not fired:
        return {}
    built = build(obligations, target, package, list(fired))
    root = folder / "app" / "python" / built.name
    root.mkdir(parents=True, exist_ok=True)
    environment = _environment()
    taken = RESERVED | set(built.names.values())
    triggered = [module_of(one, built.names[name], built.source, taken) for name, one in fired.items()]
    texts = {
        "__init__.py": environment.get_template("init.py.jinja").render(package=built),
        "README.md": environment.get_template("README.md.jinja").render(package=built, triggered=triggered),
        "runtime.py": _runtime(target),
        "constraints.py": (_HERE / "constraints.py").read_text(encoding="utf-8"),
        "py.typed": "",
    }
    for module in built.modules:
        text = environment.get_template("table.py.jinja").render(module=module, package=built)
        texts[f"{module.name}.py"] = _long_lines_allowed(text)
    for one in triggered:
        text = environment.get_template("triggered.py.jinja").render(module=one)
        texts[f"{one.name}.py"] = _long_lines_allowed(text)
    if triggered:
        texts["triggered.py"] = (_HERE / "triggered.py").read_text(encoding="utf-8")
    if not built.errors:
        del texts["constraints.py"]
    for name, text in texts.items():
        (root / name).write_text(text, encoding="utf-8", newline="\n")
    base = root.relative_to(folder).as_posix()
    homes = built.homes | {id: [one.name] for one in triggered for id in one.ids}
    return {key: [f"{base}/{module}.py" for module in modules] for key, modules in homes.items()}


def _runtime(target: Capabilities) -> str:
    """The runtime with the limits of the target in it."""
    text = (_HERE / "runtime.py").read_text(encoding="utf-8")
    for name, limit in (("MOST_ROWS", "transaction-rows"), ("MOST_BYTES", "transaction-bytes")):
        assert f"{name}: Final = 1 " in text
        text = text.replace(f"{name}: Final = 1 ", f"{name}: Final = {target.limit(limit):_} ", 1)
    return text


def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    from dsql_migrate.stubs.python.layout import call, docstring, imports

    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # Python text, not HTML; the model holds nothing raw
    )
    names: dict[str, Any] = {"call": call, "docstring": docstring, "imports": imports}
    environment.globals.update(names)
    return environment


def _long_lines_allowed(text: str) -> str:
    """Only names that cannot be broken make a line too long; then, and only then, the file says so to linters."""
    from dsql_migrate.stubs.python.layout import WIDTH

    return text if all(len(line) <= WIDTH for line in text.splitlines()) else f"# ruff: noqa: E501\n{text}"
