"""A certificate for a server on this machine: localhost, 127.0.0.1, ::1. Made by the program ``openssl``.

And for names below dsql.localhost: the connectors that AWS has written want ``.dsql`` in a host's name.

It is signed by an authority of its own, whose key is thrown away at once: a client that trusts the authority
(``sslrootcert``) trusts this one certificate and nothing else.
"""

from __future__ import annotations

import os
import shutil
import ssl
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from dsql_migrate.errors import Failure

_DAYS = 397  # what clients accept at most of a server's certificate
_RENEW_SECONDS = 24 * 3600.0  # a certificate that ends sooner is made anew
_AUTHORITY = """\
[req]
prompt = no
distinguished_name = name
x509_extensions = extensions
[name]
CN = dsql-migrate local authority
[extensions]
basicConstraints = critical, CA:TRUE, pathlen:0
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
"""
_SERVER = """\
[req]
prompt = no
distinguished_name = name
[name]
CN = localhost
[extensions]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
subjectAltName = DNS:localhost, DNS:*.dsql.localhost, IP:127.0.0.1, IP:::1
"""


@dataclass(frozen=True, slots=True)
class Certificate:
    """The files, in PEM. ``authority`` is what a client is given as ``sslrootcert``; the key is its owner's alone."""

    authority: Path
    chain: Path
    key: Path

    def context(self) -> ssl.SSLContext:
        """What a server needs to speak TLS 1.2 or later with it."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.chain, self.key)
        # Clients that speak TLS at once, without asking (libpq's sslnegotiation=direct), insist on this name.
        context.set_alpn_protocols(["postgresql"])
        return context


def certificate_in(folder: Path) -> Certificate:
    """The certificate of a folder; made, with the folder, where there is none or it ends within a day.

    Raises Failure where it cannot be made.
    """
    found = Certificate(folder / "ca.pem", folder / "server.pem", folder / "server.key")
    if _usable(found):
        return found
    program = shutil.which("openssl")
    if program is None:
        raise Failure("TLS needs the program openssl, which is not here", "Install openssl, or do without TLS.")
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Made beside and moved in whole, the key first: a run stopped half-way leaves nothing that looks usable.
        with tempfile.TemporaryDirectory(prefix=".new-", dir=folder) as name:
            _make(program, Path(name))
            for made in (found.key, found.chain, found.authority):
                os.replace(Path(name, made.name), made)
    except OSError as error:
        raise Failure(f"cannot write a certificate to {folder}: {error.strerror or error}") from error
    return found


def _usable(certificate: Certificate) -> bool:
    """Whether all is there, fits together, and lasts."""
    try:
        if certificate.key.stat().st_uid != os.geteuid():
            return False
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate.chain, certificate.key)
        authority = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        authority.load_verify_locations(certificate.authority)
        ends = [str(entry["notAfter"]) for entry in authority.get_ca_certs()]
    except (OSError, ssl.SSLError, ValueError):
        return False
    return bool(ends) and all(ssl.cert_time_to_seconds(end) > time.time() + _RENEW_SECONDS for end in ends)


def _make(openssl: str, folder: Path) -> None:
    """ca.pem, server.pem (with the authority behind it) and server.key. Old versions and LibreSSL do it too."""
    (folder / "ca.cnf").write_text(_AUTHORITY)
    (folder / "server.cnf").write_text(_SERVER)
    days, serial = str(_DAYS), f"0x{os.urandom(16).hex()}"
    for key in ("ca.key", "server.key"):
        _run(openssl, folder, "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", key)
    _run(openssl, folder, "req", "-config", "ca.cnf", "-new", "-x509", "-sha256", "-key", "ca.key", "-days", days,
         "-set_serial", f"0x{os.urandom(16).hex()}", "-out", "ca.pem")  # fmt: skip
    _run(openssl, folder, "req", "-config", "server.cnf", "-new", "-sha256", "-key", "server.key", "-out", "server.csr")
    _run(openssl, folder, "x509", "-req", "-sha256", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key",
         "-set_serial", serial, "-days", days, "-extfile", "server.cnf", "-extensions", "extensions",
         "-out", "server.pem")  # fmt: skip
    with (folder / "server.pem").open("ab") as chain:
        chain.write((folder / "ca.pem").read_bytes())


def _run(openssl: str, folder: Path, *arguments: str) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "OPENSSL_CONF"}
    try:
        done = subprocess.run(
            [openssl, *arguments],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=60,
            umask=0o077,  # a key must not be readable even for a moment
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise Failure(f"openssl {arguments[0]} did not end within a minute") from None
    if done.returncode:
        told = done.stderr.decode("utf-8", "replace").split("\n")[0]
        raise Failure(f"openssl {arguments[0]} failed: {told}")
