"""Django with AWS's backend: migrations, an application's work, and a look back at the schema.

``django_shop`` is the project; its settings say what the backend needs to be told. Each command is a process, as a
person would start it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from client_endpoint import Endpoint

pytestmark = pytest.mark.server

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(endpoint: Endpoint, tmp_path: Path) -> Run:
    """Run a program of the project, in a copy of it; any AWS credentials will do."""
    project = Path(shutil.copytree(Path(__file__).parent / "django_shop", tmp_path / "project"))
    told = endpoint.variables | {"AWS_ACCESS_KEY_ID": "any", "AWS_SECRET_ACCESS_KEY": "any"}

    def start(program: str, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, program, *arguments]
        return subprocess.run(
            command, cwd=project, env=os.environ | told | more, capture_output=True, text=True, timeout=120, check=False
        )

    return start


def test_migrations_and_an_applications_work(run: Run, endpoint: Endpoint) -> None:
    migrated = run("manage.py", "migrate", "--no-color")
    assert migrated.returncode == 0, migrated.stderr
    assert "Applying shop.0002_later... OK" in migrated.stdout
    assert run("manage.py", "makemigrations", "--check", "--dry-run").stdout == "No changes detected\n"
    with psycopg.connect(endpoint.dsn, autocommit=True) as connection:  # indexes and a check, by jobs
        for (job,) in connection.execute("SELECT job_id FROM sys.jobs").fetchall():
            assert connection.execute("CALL sys.wait_for_job(%s)", (job,)).fetchone() == (True,)

    worked = run("work.py")
    assert worked.stdout.split() == ["objects", "guarantees", "transactions", "conflict", "sessions"], worked.stderr

    seen = run("manage.py", "inspectdb", "--no-color")
    assert seen.returncode == 0, seen.stderr
    assert "class ShopOrder(models.Model):" in seen.stdout
    assert "customer = models.ForeignKey(ShopCustomer, models.DO_NOTHING)" in seen.stdout
    assert "email = models.CharField(unique=True, max_length=254)" in seen.stdout

    back = run("manage.py", "migrate", "shop", "zero", "--no-color")
    assert back.returncode == 0, back.stderr


def test_the_migrations_of_djangos_own_apps_change_types_and_fail(run: Run) -> None:
    failed = run("manage.py", "migrate", "--no-color", MORE_APPS="django.contrib.auth django.contrib.contenttypes")
    assert failed.returncode != 0
    assert "unsupported ALTER TABLE ALTER COLUMN ... " in failed.stderr
