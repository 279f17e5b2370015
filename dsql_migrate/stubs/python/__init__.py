"""Foreign keys as Python: one module a table, for psycopg 3, under ``app/python/<package>/`` in the bundle.

``model`` turns obligations into names and text that are safe to print, ``templates/`` say where they go, ``layout``
breaks the lines as ruff would, and ``runtime.py`` is copied beside the modules byte for byte. The written code reaches
the database only through ``Work`` in the runtime: an asynchronous edition changes that and the ``def`` lines.
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
    """Write the package into the bundle at ``folder``; returns, for each foreign-key id, the files that take it over.

    The files are relative to ``folder``: the module of the child, then that of the parent. A foreign key that nothing
    can check (its referenced columns are unknown) has no entry. Without foreign keys nothing is written. ``package`` is
    the name of the package, by default made from the name of the source. ``target`` chooses the row locks.
    """
    from dsql_migrate.stubs.python.model import build

    obligations = resolved(obligations)
    if not obligations.foreign_keys:
        return {}
    built = build(obligations, target, package)
    root = folder / "app" / "python" / built.name
    root.mkdir(parents=True, exist_ok=True)
    environment = _environment()
    texts = {
        "__init__.py": environment.get_template("init.py.jinja").render(package=built),
        "README.md": environment.get_template("README.md.jinja").render(package=built),
        "runtime.py": (_HERE / "runtime.py").read_text(encoding="utf-8"),
        "py.typed": "",
    }
    for module in built.modules:
        text = environment.get_template("table.py.jinja").render(module=module, package=built)
        texts[f"{module.name}.py"] = _long_lines_allowed(text)
    for name, text in texts.items():
        (root / name).write_text(text, encoding="utf-8", newline="\n")
    base = root.relative_to(folder).as_posix()
    return {key: [f"{base}/{module}.py" for module in modules] for key, modules in built.homes.items()}


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
