"""``dsql-migrate report``: the readiness report of a bundle, as HTML, Markdown or JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from dsql_migrate.errors import Failure, InputError


@click.command("report")
@click.argument("bundle", metavar="OUT", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Where to write it; .html, .md or .json says the format.",
)
@click.option("--force", is_flag=True, help="Write over FILE where it exists.")
def command(bundle: Path, output: Path, force: bool) -> None:
    """Write the readiness report of the bundle OUT to FILE.

    OUT is the folder that `dsql-migrate migrate` wrote. The report tells what was kept, rewritten, moved to the
    application and dropped, what verification found, and what is not proved.
    """
    from dsql_migrate.report import build, write_report
    from dsql_migrate.report.visible import visible

    ledger, verification, findings, run = read_bundle(bundle)
    report = build(ledger, verification, findings, run)
    write_report(report, output, force=force)
    click.echo(f"{visible(report.verdict.sentence)}\n{visible(str(output))}")


def read_bundle(folder: Path) -> tuple[dict[str, Any], dict[str, Any] | None, list[dict[str, Any]], dict[str, Any]]:
    """Ledger, verification (None where nothing was replayed), findings and run of the bundle in ``folder``.

    Raises Failure where ``folder`` is no bundle, and InputError where one of its files cannot be read.
    """
    if not folder.exists():
        raise InputError(f"{folder} does not exist")
    if not (folder / "ledger.json").is_file():
        what = "is a folder without ledger.json" if folder.is_dir() else "is a file, not the folder of a bundle"
        raise Failure(
            f"{folder} {what}", f"run dsql-migrate migrate {folder} -o OUT first, then dsql-migrate report OUT"
        )
    ledger = _document(folder / "ledger.json", dict)
    verification = _document(folder / "verification.json", dict) if (folder / "verification.json").exists() else None
    findings = _document(folder / "findings.json", (list, dict)) if (folder / "findings.json").exists() else []
    if isinstance(findings, dict):
        findings = findings.get("findings") or []
    run = {**_run(ledger), **_run(verification or {})}
    return ledger, verification, findings, run


def _document(path: Path, kind: type | tuple[type, ...]) -> Any:
    try:
        document = json.loads(path.read_bytes())
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path} is not JSON: {error}", "write the bundle again") from error
    if not isinstance(document, kind):
        raise InputError(f"{path} does not hold what its name says", "write the bundle again")
    return document


def _run(document: dict[str, Any]) -> dict[str, Any]:
    run = document.get("run")
    return run if isinstance(run, dict) else {}
