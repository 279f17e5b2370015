"""Bytes from a socket, read into memory that is there already.

asyncio's usual way asks for 256 KiB at each read, which the C library gets from the system and gives back each time:
that costs more than the read itself and all that is done with a message.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod

_ROOM = 32 << 10  # bytes; the server sends 8 KiB at a time, and a client's messages are mostly smaller


class Receiver(asyncio.BufferedProtocol, ABC):
    """A protocol with ``data_received``, as asyncio.Protocol has it."""

    def __init__(self) -> None:
        self._room = memoryview(bytearray(_ROOM))

    def get_buffer(self, _sizehint: int) -> memoryview:
        """Where the loop may read to."""
        return self._room

    def buffer_updated(self, nbytes: int) -> None:
        """So many bytes were read."""
        self.data_received(bytes(self._room[:nbytes]))

    @abstractmethod
    def data_received(self, data: bytes) -> None:
        """They have arrived."""
