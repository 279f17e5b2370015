"""The client's side of a connection: bytes in, bytes out, back-pressure, and the quick way for plain queries.

A batch of plain queries (the policy has judged their texts before, they change and lock nothing) is passed on to the
server as it came, without waking the session. Everything else is the session's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import cast

from dsql_migrate.engine.gateway import wire
from dsql_migrate.engine.gateway.backend import Reply

Message = tuple[int, bytes]  # its type, and the whole of it
_HIGH = 1 << 20  # bytes of messages without a Sync: the rest can wait
_ENDS = frozenset(b"QSHX")
_KNOWN = frozenset(b"QPBEDCSHXdcfpF")


class Client(asyncio.Protocol):
    """One client. ``quick`` is asked first with each chunk; what it does not take is handed out by ``batch``."""

    def __init__(self, limit: int) -> None:
        """``limit``: bytes of the longest message that is taken."""
        self.limit = limit
        self.transport: asyncio.Transport | None = None
        self.buffer = bytearray()
        self.closed = False
        self.quick: Callable[[bytes], bool] = lambda _data: False
        self.on_pause: Callable[[bool], None] = lambda _paused: None
        self.on_lost: Callable[[], object] = lambda: None
        self.waiting = False  # the session has nothing to do: the quick way is open
        self._more = asyncio.Event()
        self._paused = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # other loops have classes of their own

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed = True
        self._more.set()
        self.on_lost()

    def data_received(self, data: bytes) -> None:
        if self.waiting and not self.buffer and self.quick(data):
            return
        self.buffer += data
        if len(self.buffer) > 2 * self.limit and self.transport is not None and not self._paused:
            self._paused = True
            self.transport.pause_reading()
        self._more.set()

    def eof_received(self) -> bool:
        self.closed = True
        self._more.set()
        return False

    def pause_writing(self) -> None:
        self.on_pause(True)

    def resume_writing(self) -> None:
        self.on_pause(False)

    def hold(self, held: bool) -> None:
        """Read no more, or go on: the server does not keep up."""
        if self.transport is not None and not self.transport.is_closing():
            (self.transport.pause_reading if held else self.transport.resume_reading)()

    def write(self, data: bytes) -> None:
        """Send to the client; nothing happens where it is gone."""
        if self.transport is not None and not self.transport.is_closing():
            self.transport.write(data)

    def close(self) -> None:
        """End the connection; what was written still goes out."""
        if self.transport is not None:
            self.transport.close()

    async def bytes(self, count: int) -> bytes:
        """Exactly so many bytes. Raises ConnectionResetError where the client is gone."""
        while len(self.buffer) < count:
            await self._arrival()
        found = bytes(self.buffer[:count])
        del self.buffer[:count]
        return found

    async def message(self) -> Message:
        """The next message. Raises ConnectionResetError; ProtocolError where it is none."""
        while (size := self._complete(0)) == 0:
            await self._arrival()
        whole = bytes(self.buffer[:size])
        del self.buffer[:size]
        self._resume()
        return whole[0], whole

    async def batch(self, quick: bool = True) -> list[Message]:
        """The messages up to Sync, Flush, a simple query or the end, or those of a mebibyte.

        ``quick``: they may go the quick way, as nothing that came before them is held back.
        Raises ConnectionResetError; ProtocolError.
        """
        found: list[Message] = []
        at = 0
        while True:
            size = self._complete(at)
            if size:
                whole = bytes(self.buffer[at : at + size])
                found.append((whole[0], whole))
                at += size
                if whole[0] in _ENDS or at > _HIGH:
                    break
                continue
            if at:
                del self.buffer[:at]
                at = 0
            if not found:
                self.waiting = quick and not self.buffer
            try:
                await self._arrival()
            finally:
                self.waiting = False
        del self.buffer[:at]
        self._resume()
        return found

    def _complete(self, at: int) -> int:
        """The length of the whole message at a place; 0 where it is not all there yet."""
        there = len(self.buffer) - at
        if there < 5:
            return 0
        length = int.from_bytes(self.buffer[at + 1 : at + 5], "big", signed=True)
        if length < 4 or self.buffer[at] not in _KNOWN:
            raise wire.ProtocolError(
                "invalid message length" if length < 4 else f"invalid frontend message type {self.buffer[at]}"
            )
        if length > self.limit:
            raise MessageTooLong
        return length + 1 if there > length else 0

    def _resume(self) -> None:
        if self._paused and self.transport is not None and len(self.buffer) < self.limit:
            self._paused = False
            self.transport.resume_reading()

    async def _arrival(self) -> None:
        if self.closed:
            raise ConnectionResetError("the client is gone")
        self._more.clear()
        await self._more.wait()


class MessageTooLong(Exception):
    """A message longer than the service takes. It closes the connection without a word (observed, 2026-10-01)."""


RELAYED = Reply()  # never waited for, so one stands for all


__all__ = ["RELAYED", "Client", "Message", "MessageTooLong"]
