"""The gateway on a thread of its own, with an event loop of its own: its owner's code need not be asynchronous."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import importlib
import os
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING

from dsql_migrate.engine.gateway import Options, serve
from dsql_migrate.errors import Failure

if TYPE_CHECKING:
    from dsql_migrate.engine.gateway import Listener
    from dsql_migrate.engine.postgres.given import GivenServer
    from dsql_migrate.engine.postgres.server import Server

LOOP = "DSQL_MIGRATE_LOOP"  # asyncio or uvloop
_STOP_SECONDS = 15.0


class Background:
    """A running gateway. It ends with ``stop``, or with the process."""

    def __init__(self, server: Server | GivenServer, options: Options) -> None:
        """Start it, and return once it accepts connections. Raises Failure where it cannot listen."""
        self._server = server
        self._options = options
        self._failure: BaseException | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._listener: Listener | None = None
        self._end = asyncio.Event()
        self._place: Future[tuple[str, int]] = Future()
        self._thread = threading.Thread(target=self._run, name="dsql-gateway", daemon=True)
        self._thread.start()
        try:
            self.host, self.port = self._place.result()
        except OSError as error:
            raise _cannot_listen(options, error) from None
        except BaseException:
            self.stop()
            raise

    def check(self) -> None:
        """Raises Failure where it has ended by itself."""
        if not self._thread.is_alive():
            raise Failure(f"the engine's gateway has ended: {self._failure or 'it was stopped'}")

    def forget(self, database: str) -> None:
        """Let the gateway end its own connections to a database. Does nothing where the gateway has ended."""
        if self._loop is None or self._listener is None or not self._thread.is_alive():
            return
        with contextlib.suppress(RuntimeError, TimeoutError):
            asyncio.run_coroutine_threadsafe(self._listener.forget(database), self._loop).result(_STOP_SECONDS)

    def stop(self) -> None:
        """End it: its connections are closed. Safe to call twice."""
        if self._loop is None:
            self._end.set()  # it has not begun to wait
        else:
            with contextlib.suppress(RuntimeError):  # the loop is closed: it has ended
                self._loop.call_soon_threadsafe(self._end.set)
        if threading.current_thread() is not self._thread:
            self._thread.join(_STOP_SECONDS)

    def _run(self) -> None:
        try:
            with asyncio.Runner(loop_factory=_loop_factory()) as runner:
                runner.run(self._serve())
        except BaseException as error:  # a thread has nobody above it: its owner asks, or waits for the place
            self._failure = error
            if not self._place.done():
                self._place.set_exception(error)

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        listener = self._listener = await serve(self._server, self._options)
        try:
            self._place.set_result((listener.host, listener.port))
            await self._end.wait()
        finally:
            await listener.close()


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop where it is asked for; raises Failure where it is not there. None: asyncio's own."""
    if os.environ.get(LOOP, "asyncio") == "asyncio":
        return None
    if os.environ[LOOP] != "uvloop":
        raise Failure(f"{LOOP} is asyncio or uvloop, not {os.environ[LOOP]!a}")
    try:
        factory: Callable[[], asyncio.AbstractEventLoop] = importlib.import_module("uvloop").new_event_loop
    except ImportError:
        raise Failure(f"{LOOP}=uvloop, but uvloop is not installed", "pip install uvloop") from None
    return factory


def _cannot_listen(options: Options, error: OSError) -> Failure:
    place = f"{options.host}:{options.port}"
    if error.errno == errno.EADDRINUSE:
        return Failure(f"{place} is taken by another program", "Choose another port; port 0 takes a free one.")
    return Failure(f"cannot listen on {place}: {error.strerror or error}")
