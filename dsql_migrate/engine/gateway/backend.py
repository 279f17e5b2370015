"""One connection to the embedded server: replies are passed on, kept, or read by the gateway, request by request.

Each request that the server ends with ReadyForQuery has a ``Reply`` here, in order. The first of them says what becomes
of the messages that arrive.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import cast

from dsql_migrate.engine.gateway import wire
from dsql_migrate.engine.occ.effects import Effect, effect_of

EFFECTS = "DQ001"  # SQLSTATE of the notices that report what a statement has changed (sql/capture.sql)
_CONFLICT = "change conflicts with another transaction (OC000)"
_KEPT_BYTES = 16 << 20  # of replies kept back; beyond that they are passed on
# What PostgreSQL answers where it would have to give up for another transaction's sake.
CONFLICTS = frozenset({"40001", "40P01"})
# Functions of PostgreSQL that refuse a key for what an index of its own can hold, before a trigger can see the row.
_KEY_REFUSERS = frozenset({"_bt_check_third_page", "index_form_tuple_context"})


@dataclass(slots=True, eq=False)
class Reply:
    """What becomes of the answer to one request, and what it was."""

    forward: bool = True  # to the client; otherwise it is read
    keep: bool = False  # back until ``done``: the statement may have to run again
    mute: bool = False  # ReadyForQuery is not for the client
    quiet: bool = False  # neither passed on nor read: only how it ends counts
    done: asyncio.Future[None] | None = None
    kept: list[bytes] = field(default_factory=list)
    size: int = 0
    rows: list[list[str | None]] = field(default_factory=list)
    tag: str = ""
    error: dict[str, str] | None = None
    effects: list[str] = field(default_factory=list)  # as the server told them
    after: Callable[[Reply], None] | None = None  # called at its end, however it ends
    hush: bool = False  # notices are not for the client
    warning: bytes = b""  # a notice of ours, for the client before the statement is complete
    copying: asyncio.Event | None = None  # set when the server waits for COPY data, or refuses
    _changes: list[Effect] = field(default_factory=list)

    def changes(self) -> list[Effect]:
        """What the statement has changed; read when it is asked for."""
        self._changes += map(effect_of, self.effects[len(self._changes) :])
        return self._changes


class Backend(asyncio.Protocol):
    """The server's side of a session."""

    def __init__(self, deliver: Callable[[bytes], None], lost: Callable[[], None]) -> None:
        """``deliver`` gets what is for the client; ``lost`` is called when the connection is gone."""
        self._deliver = deliver
        self.lost = lost
        self._rest = b""
        self._passing = 0  # bytes still to come of a row that is passed on piece by piece
        self.replies: deque[Reply] = deque()
        self._empty: asyncio.Future[None] | None = None
        self.status = "I"
        self.pid = 0
        self.key = b""
        self.closed = False
        self.transport: asyncio.Transport | None = None
        self.on_pause: Callable[[bool], None] = lambda _paused: None
        self.key_too_large = b""  # the answer where a key is larger than PostgreSQL's own limit
        self.stray: Callable[[str], None] = lambda _message: None  # effects of what was passed on without a look

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # other loops have classes of their own

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed = True
        waiting, self.replies = self.replies, deque()
        if self._empty is not None and not self._empty.done():
            self._empty.set_result(None)
        for reply in waiting:
            if reply.after is not None:
                reply.after(reply)
            if reply.done is not None and not reply.done.done():
                reply.done.set_exception(ConnectionResetError("the server closed the connection"))
                reply.done.exception()  # somebody may have stopped waiting
        self.lost()

    def pause_writing(self) -> None:
        self.on_pause(True)

    def resume_writing(self) -> None:
        self.on_pause(False)

    def hold(self, held: bool) -> None:
        """Read no more, or go on: the client does not keep up."""
        if self.transport is not None and not self.transport.is_closing():
            (self.transport.pause_reading if held else self.transport.resume_reading)()

    def send(self, data: bytes, reply: Reply) -> None:
        """Send one request, which the server will end with ReadyForQuery."""
        self.replies.append(reply)
        self.write(data)

    def write(self, data: bytes) -> None:
        """Send more of the request under way."""
        if self.transport is None or self.closed:
            raise ConnectionResetError("the server closed the connection")
        self.transport.write(data)

    async def drained(self) -> None:
        """Wait until the server owes no answer."""
        while self.replies and not self.closed:
            self._empty = asyncio.get_running_loop().create_future()
            await self._empty

    async def ask(self, sql: str | bytes) -> Reply:
        """Run a statement of ours and read its whole answer. Raises ConnectionResetError.

        An error of the statement is in the answer's ``error``.
        """
        reply = self.reply(forward=False)
        text = sql.encode("utf-8", "surrogateescape") if isinstance(sql, str) else sql
        self.send(wire.internal(text), reply)
        assert reply.done is not None
        await reply.done
        return reply

    async def read_only_parse(self, sql: bytes) -> dict[str, str] | None:
        """Let the server read a text, not run it; returns the fields of its error. Raises ConnectionResetError."""
        reply = self.reply(forward=False)
        name = wire.INTERNAL.encode() + b"\0"
        closed = wire.message(b"C", b"S" + name)
        self.send(closed + wire.parse(name[:-1], sql) + closed + wire.SYNC, reply)
        assert reply.done is not None
        await reply.done
        return reply.error

    def reply(self, forward: bool = True, keep: bool = False, mute: bool = False) -> Reply:
        """A reply that can be waited for."""
        return Reply(forward, keep, mute, False, asyncio.get_running_loop().create_future())

    def close(self) -> None:
        """End the connection; what the server still does is not waited for."""
        if self.transport is not None and not self.closed:
            with contextlib.suppress(OSError):
                self.transport.write(wire.TERMINATE)
            self.transport.close()

    def data_received(self, data: bytes) -> None:
        if self._passing:
            passed = data[: self._passing]
            self._passing -= len(passed)
            self._deliver(passed)
            data = data[len(passed) :]
            if not data:
                return
        if self._rest:
            data = self._rest + data
        at = begun = 0
        size = len(data)
        while size - at >= 5:
            end = at + 1 + int.from_bytes(data[at + 1 : at + 5], "big")
            if end > size:
                break
            kind = data[at]
            reply = self.replies[0] if self.replies else None
            # What is only passed on is looked at where it may end the request, fail it, or tell of effects.
            if reply is not None and reply.quiet and kind not in _LOOKED_AT:
                if at > begun:
                    self._deliver(data[begun:at])
                begun = end
            elif reply is None or not reply.forward or reply.keep or kind in _LOOKED_AT:
                whole = data[at:end]
                shown = self._message(kind, whole, reply)
                if shown is not whole:
                    if at > begun:
                        self._deliver(data[begun:at])
                    if shown is not None:
                        self._deliver(shown)
                    begun = end
            at = end
        if self._streams(data, at):
            self._passing = at + 1 + int.from_bytes(data[at + 1 : at + 5], "big") - size
            at = size
        if at > begun:
            self._deliver(data[begun:at])
        self._rest = data[at:]

    def _streams(self, data: bytes, at: int) -> bool:
        """Whether the incomplete message at the end is a row that can be passed on piece by piece."""
        if len(data) - at < 5 or data[at] not in _ROWS or not self.replies:
            return False
        return self.replies[0].forward and not self.replies[0].keep

    def _message(self, kind: int, whole: bytes, reply: Reply | None) -> bytes | None:
        """Look at one message; returns it as the client is to see it now, None where it is not to."""
        if kind == 90:  # ReadyForQuery
            self.status = chr(whole[5])
            return self._ended(whole, reply)
        if kind == 75:  # BackendKeyData
            self.pid, self.key = int.from_bytes(whole[5:9], "big"), whole[9:]
        if kind == 78:  # NoticeResponse
            fields = wire.fields_of(whole[5:])
            if fields.get("C") == EFFECTS:
                if reply is None or (reply.done is None and reply.after is None):
                    self.stray(fields["M"])
                else:
                    reply.effects.append(fields["M"])
                return None
            if reply is not None and reply.hush:
                return None
        if reply is None or (kind == 83 and self.pid):  # ParameterStatus, of what our own ROLLBACK took back too
            return whole
        shown = self._noted(kind, whole, reply)
        if not reply.forward:
            return None
        if reply.keep:
            reply.kept.append(shown)
            reply.size += len(shown)
            if reply.size > _KEPT_BYTES:
                self.release(reply)
            return None
        return shown

    def _ended(self, whole: bytes, reply: Reply | None) -> bytes | None:
        if reply is None:
            return whole
        self.replies.popleft()
        if not self.replies and self._empty is not None and not self._empty.done():
            self._empty.set_result(None)
        if reply.after is not None:
            reply.after(reply)
        if reply.done is not None and not reply.done.done():
            reply.done.set_result(None)
        return whole if reply.forward and not reply.mute and not reply.keep else None

    def release(self, reply: Reply) -> None:
        """Pass on what was kept back, and what still comes of it."""
        reply.keep = False
        kept, reply.kept = reply.kept, []
        self._deliver(b"".join(kept))

    def _noted(self, kind: int, whole: bytes, reply: Reply) -> bytes:
        """Read of a message what the session wants to know; returns it as the client is to see it."""
        if kind == 67:  # CommandComplete
            reply.tag = whole[5:-1].decode()
            return reply.warning + whole if reply.warning else whole
        if kind == 69:  # ErrorResponse
            reply.error = wire.fields_of(whole[5:])
            if reply.copying is not None:
                reply.copying.set()
            if reply.forward and reply.error.get("C") in CONFLICTS:
                return wire.error("40001", _CONFLICT)
            if reply.forward and self.key_too_large and reply.error.get("R") in _KEY_REFUSERS:
                return self.key_too_large
            if "PL/pgSQL function " in reply.error.get("W", ""):  # of ours: clients can have none
                return wire.without(whole[5:], "Wqp")
        elif kind == 71 and reply.copying is not None:  # CopyInResponse
            reply.copying.set()
        elif kind == 68 and not reply.forward:
            reply.rows.append(wire.values_of(whole[5:]))
        return whole


_LOOKED_AT = frozenset(b"CENGZK")
_ROWS = frozenset(b"Dd")
