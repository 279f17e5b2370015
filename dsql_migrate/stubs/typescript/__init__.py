"""The package as TypeScript: one module a table, for node-postgres, under ``app/typescript/<package>/`` in the bundle.

``model`` turns the package into names and text that are safe to print, ``templates/`` say where they go, ``layout``
breaks the lines as prettier would, and ``runtime.ts`` is copied beside the modules byte for byte. The written code
reaches the database only through ``Work`` in the runtime.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from dsql_migrate.stubs.code.package import Package

if TYPE_CHECKING:
    from jinja2 import Environment

    from dsql_migrate.stubs.typescript.model import Limited

_HERE = Path(__file__).parent


def write_typescript(
    package: Package, folder: Path, target: Limited, *, name: str | None = None
) -> dict[str, list[str]]:
    """Write the package into the bundle at ``folder``; returns, for each obligation's id, the files that take it over.

    The files are relative to ``folder``. Nothing is written where there is nothing. ``name`` is the name of the
    package's folder, by default made from the name of the source. ``target`` chooses the row locks and the limits.
    """
    from dsql_migrate.stubs.typescript.model import build

    if not package.modules:
        return {}
    built = build(package, target, name)
    root = folder / "app" / "typescript" / built.name
    root.mkdir(parents=True, exist_ok=True)
    environment = _environment()
    texts = {"runtime.ts": (_HERE / "runtime.ts").read_text(encoding="utf-8")}
    for file in ("index.ts", "limits.ts", "package.json", "tsconfig.json", "README.md"):
        texts[file] = environment.get_template(f"{file}.jinja").render(package=built)
    for module in built.modules:
        texts[f"{module.name}.ts"] = environment.get_template("table.ts.jinja").render(module=module, package=built)
    for file, text in texts.items():
        (root / file).write_text(text, encoding="utf-8", newline="\n")
    base = root.relative_to(folder).as_posix()
    return {key: [f"{base}/{module}.ts" for module in modules] for key, modules in built.homes.items()}


def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    from dsql_migrate.stubs.typescript.layout import call, comment, listed

    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # TypeScript text, not HTML; the model holds nothing raw
    )
    names: dict[str, Any] = {"call": call, "comment": comment, "listed": listed}
    environment.globals.update(names)
    return environment
