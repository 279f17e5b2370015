"""Answers that the gateway gives itself, and statements that need more than to be passed on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dsql_migrate.engine.databases import jobs
from dsql_migrate.engine.databases.catalog import literal
from dsql_migrate.engine.endpoint import Result
from dsql_migrate.engine.gateway import concurrency, wire
from dsql_migrate.engine.gateway.backend import Reply
from dsql_migrate.engine.gateway.connection import Watch
from dsql_migrate.engine.gateway.statements import Statement
from dsql_migrate.engine.gateway.transaction import Refused, Text
from dsql_migrate.engine.policy.verdict import JobKind
from dsql_migrate.source.parse import Node

if TYPE_CHECKING:
    from dsql_migrate.engine.gateway.connection import Connection
    from dsql_migrate.engine.gateway.running import Runner

_TAGS = {JobKind.INDEX_BUILD: "CREATE INDEX", JobKind.VALIDATE_CONSTRAINT: "ALTER TABLE"}
_DESCRIBED = b"SELECT ''::text AS job_id"  # what Describe is to say of an ASYNC statement


def error_of(refused: Refused) -> bytes:
    """The ErrorResponse of a refusal."""
    whole = wire.error(refused.sqlstate, refused.message, refused.detail)
    return wire.with_fields(whole[5:], P=str(refused.at)) if refused.at is not None else whole


def result_of(reply: Reply) -> Result:
    """A reply that was read, as the policy's catalogue wants it."""
    return Result(reply.tag, rows=tuple(tuple(row) for row in reply.rows))


def described_as(statement: Statement) -> bytes:
    """What the server is to prepare for a statement: so Describe tells the columns of our own answers as well."""
    return _DESCRIBED if statement.allowed is not None and statement.allowed.job is not None else statement.sql


def ours(statement: Statement) -> bool:
    """Whether the gateway answers the statement itself: the server sees nothing of it, or another one."""
    allowed = statement.allowed
    return allowed is not None and (allowed.job is not None or allowed.tag is not None or _shows(statement))


def _shows(statement: Statement) -> bool:
    """Whether it is a SHOW that the policy has made a query of."""
    return statement.kind == "VariableShowStmt" and statement.sql != statement.text


async def special(runner: Runner, statement: Statement, mute: bool, simple: bool) -> bool:
    """Run a statement that the gateway has to do something about; False where it is to be passed on after all.

    Raises Refused.
    """
    assert statement.allowed is not None
    if statement.allowed.job is not None:
        await _job(runner, statement, mute, simple)
        return True
    if statement.allowed.tag is not None:
        await _instead(runner, statement, statement.allowed.tag, mute)
        return True
    if _shows(statement):
        await _query(runner, statement, mute, simple)
        return True
    if statement.kind == "CallStmt" and statement.parsed is not None:
        job = _waited_for(statement.parsed.node, statement.bound)
        if job is not None:
            await _wait(runner.connection, job)
    return False


async def _job(runner: Runner, statement: Statement, mute: bool, simple: bool) -> None:
    """An ASYNC statement: what it needs at once is done in the open transaction, the rest after its COMMIT."""
    connection, blocks = runner.connection, runner.blocks
    own = connection.transaction is None
    if own:
        await blocks.begin_hidden()
    transaction = connection.transaction
    assert transaction is not None
    assert statement.parsed is not None
    assert statement.allowed is not None
    answer = Reply()
    try:
        async with connection.turn(True), connection.line:
            await connection.bring_back()
            with Watch(connection):
                for sql in jobs.submission(statement.parsed, statement.allowed):
                    answer = await concurrency.run(connection.backend, sql.decode("utf-8", "surrogateescape"))
                    transaction.log.append(Text(sql))
        runner.blocks.noted_ddl(transaction)
        job = answer.rows[0][0]  # NULL where IF [NOT] EXISTS left nothing to do
        if job is not None:
            transaction.jobs.append(job)
        if own:
            # One statement has seen what is committed; a job that was done meanwhile is no reason to refuse it.
            transaction.catalog_version = connection.database.catalog_version
            await blocks.end_hidden()
    except Refused as refused:
        if own and connection.transaction is not None:
            await blocks.roll_back()
            refused.aborts = False
        raise
    tag = _TAGS[statement.allowed.job] if statement.allowed.job is not None else ""
    out = wire.described(["job_id"]) if simple else b""
    _answer(runner, out + wire.row([None if job is None else job.encode()]) + wire.complete(tag), mute)


async def _instead(runner: Runner, statement: Statement, tag: str, mute: bool) -> None:
    """A statement of DSQL's own that is a query of ours: its rows are not shown."""
    connection = runner.connection
    transaction = connection.transaction
    async with connection.turn(True), connection.line:
        await connection.bring_back()
        with Watch(connection):
            await concurrency.run(connection.backend, statement.sql.decode("utf-8", "surrogateescape"))
    if transaction is not None:
        runner.blocks.noted_ddl(transaction)
        transaction.log.append(Text(statement.sql))
    else:
        connection.database.schema_changed()
    _answer(runner, wire.complete(tag), mute)


async def _query(runner: Runner, statement: Statement, mute: bool, simple: bool) -> None:
    """A SHOW that the policy has made a query of."""
    connection = runner.connection
    async with connection.line:
        reply = await concurrency.run(connection.backend, statement.sql)
    names = ["name", "setting", "description"]
    if reply.rows and len(reply.rows[0]) == 1 and statement.parsed is not None:
        names = [str(statement.parsed.node.get("name", "")).lower()]
    rows = b"".join(wire.row([v if v is None else v.encode() for v in values]) for values in reply.rows)
    _answer(runner, (wire.described(names) if simple else b"") + rows + wire.complete("SHOW"), mute)


async def _wait(connection: Connection, job: str) -> None:
    """Wait until a job is done. An open transaction that began before does not see that, and has to be told."""
    transaction = connection.transaction
    succeeded = await connection.database.worker.wait(job)
    if transaction is None or succeeded is None or connection.transaction is not transaction:
        return
    transaction.catalog_version = connection.database.catalog_version  # it has waited for this very change
    told = literal(f"{job} {'t' if succeeded else 'f'}")
    async with connection.line:
        await connection.backend.ask(f"SET LOCAL dsql.job = {told}")


def _answer(runner: Runner, answer: bytes, mute: bool) -> None:
    connection = runner.connection
    connection.client.write(answer if mute else answer + wire.ready(connection.backend.status))


def _waited_for(node: Node, bound: tuple[bytes | None, ...]) -> str | None:
    """The job of CALL sys.wait_for_job('…'), or of one with a parameter; None for every other CALL."""
    call = node.get("funccall", {})
    names = [item.get("String", {}).get("sval") for item in call.get("funcname", ())]
    if names != ["sys", "wait_for_job"] or not call.get("args"):
        return None
    argument = call["args"][0]
    while "TypeCast" in argument:
        argument = argument["TypeCast"]["arg"]
    number = argument.get("ParamRef", {}).get("number")
    if number is not None:
        told = bound[number - 1] if number <= len(bound) else None
        return None if told is None else told.decode("utf-8", "replace")
    value = argument.get("A_Const", {}).get("sval", {}).get("sval")
    return None if value is None else str(value)
