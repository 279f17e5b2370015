"""Where a client finds the engine and what it has to show: the shape shared by the tests of clients."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One database of a running engine that speaks TLS. Any password will do, as a token's worth is IAM's affair."""

    port: int
    database: str
    authority: Path  # the certificate that signed the engine's; clients know it as sslrootcert
    host: str = "localhost"
    user: str = "admin"
    password: str = "a-token"

    @property
    def dsn(self) -> str:
        """libpq's connection string, as strict about TLS as it can be."""
        return (
            f"host={self.host} port={self.port} dbname={self.database} user={self.user} password={self.password}"
            f" sslmode=verify-full sslrootcert={self.authority}"
        )

    @property
    def variables(self) -> dict[str, str]:
        """The environment that programs made with libpq take their connection from."""
        return {
            "PGHOST": self.host,
            "PGPORT": str(self.port),
            "PGDATABASE": self.database,
            "PGUSER": self.user,
            "PGPASSWORD": self.password,
            "PGSSLMODE": "verify-full",
            "PGSSLROOTCERT": str(self.authority),
        }
