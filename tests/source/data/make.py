"""Makes the dumps in this folder from quirks.sql: ``python tests/source/data/make.py`` in the project's folder."""

import shutil
import subprocess
from pathlib import Path

from dsql_migrate.engine.postgres.binaries import find_client
from dsql_migrate.engine.postgres.server import Server

HERE = Path(__file__).parent
PLAIN = ["--restrict-key=k"]
DUMPS = {
    "plain.sql": PLAIN,
    "inserts.sql": [*PLAIN, "--inserts", "--quote-all-identifiers"],
    "latin1.sql": [*PLAIN, "--encoding=LATIN1"],
    "custom.dump": ["--format=custom"],
    "custom16.dump": ["--format=custom"],
    "tar.dump": ["--format=tar"],
    "directory.dump": ["--format=directory"],
}

if __name__ == "__main__":
    with Server() as server:
        server.create_database("quirks")
        dsn = server.dsn("quirks")
        subprocess.run([find_client("psql"), dsn, "-qXv", "ON_ERROR_STOP=1", "-f", HERE / "quirks.sql"], check=True)
        for name, options in DUMPS.items():
            to = HERE / name
            shutil.rmtree(to, ignore_errors=True)
            options = [*options, f"--file={to}", f"--dbname={dsn}"]
            pg_dump = server.installation.bin / "pg_dump" if "16" in name else find_client("pg_dump")
            subprocess.run([pg_dump, *options], check=True)
