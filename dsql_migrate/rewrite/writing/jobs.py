r"""Asynchronous statements in the form that plain psql runs: start the job, wait for it, stop where it failed.

``\gset`` puts the statement's one row (``job_id``) into a psql variable; ``CALL sys.wait_for_job`` gives ``succeeded``.
A cast of the message to boolean is the one way to an error that needs neither DO nor a function of our own.
"""

from __future__ import annotations

from dsql_migrate.rewrite.quoting import literal, one_line


def waited(statement: str, trouble: str) -> bytes:
    """The statement (no semicolon) with the wait behind it; ``trouble`` is the error text where the job fails."""
    lines = (
        f"{statement} \\gset",
        "CALL sys.wait_for_job(:'job_id') \\gset",
        "\\if :succeeded",
        "\\else",
        f"  SELECT {literal(one_line(trouble)).strip()}::boolean;",
        "\\endif",
    )
    return "\n".join(lines).encode("utf-8", "surrogateescape")
