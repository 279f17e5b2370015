"""How a gateway is to behave."""

from __future__ import annotations

import ssl
from dataclasses import dataclass

from dsql_migrate.target import Target


@dataclass(frozen=True, slots=True)
class Options:
    """What ``serve`` is asked for.

    ``target``: DSQL on a day. ``host``: a loopback address; ``port`` 0: any free one. ``tls``: the server's context;
    without it clients get no encryption. ``chaos``: the share (0 to 1) of transactions that fail with 40001 at COMMIT;
    ``chaos_unknown``: of those whose connection breaks behind a COMMIT that went through; ``seed`` makes both repeat.
    ``transaction_seconds``: the age limit, where it is not to be the target's. ``job_seconds``: how long a background
    job takes at least; without it one takes a tenth of a second, and less where somebody waits for it.
    """

    target: Target
    host: str = "127.0.0.1"
    port: int = 0
    tls: ssl.SSLContext | None = None
    chaos: float = 0.0
    chaos_unknown: float = 0.0
    seed: int | None = None
    transaction_seconds: float | None = None
    job_seconds: float | None = None

    def age(self) -> float:
        """Seconds that a transaction may be open."""
        if self.transaction_seconds is not None:
            return self.transaction_seconds
        return float(self.target.limit("transaction-seconds"))
