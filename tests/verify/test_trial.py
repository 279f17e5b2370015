"""The trial on the engine: what falls, falls by its own fault; what merely came after it stays."""

from pathlib import Path

import pytest

from dsql_migrate.migration import migrate

pytestmark = pytest.mark.server


def test_a_foreign_key_does_not_fall_with_a_check_of_its_table(tmp_path: Path) -> None:
    script = """SET check_function_bodies = false;
CREATE SCHEMA app;
SELECT pg_catalog.set_config('search_path', '', false);
CREATE FUNCTION app.helper(v text) RETURNS boolean LANGUAGE sql AS $$SELECT v <> ''$$;
CREATE FUNCTION app.sound(v text) RETURNS boolean LANGUAGE sql AS $$SELECT helper(v)$$;
CREATE TABLE app.parents (id int PRIMARY KEY, name text, CONSTRAINT sound CHECK (app.sound(name)));
CREATE TABLE app.children (id int PRIMARY KEY, parent int, CONSTRAINT known
    FOREIGN KEY (parent) REFERENCES app.parents);
"""
    path = tmp_path / "script.sql"
    path.write_text(script, encoding="utf-8")
    found = migrate(str(path), tmp_path / "out")
    assert found.ok
    became = {entry["id"]: entry["disposition"] for entry in found.ledger["entries"]}
    assert became["constraint:app.parents.sound"] == "application"
    assert became["constraint:app.children.known"] == "rewritten"


def test_a_domain_loses_the_check_that_is_refused_and_no_other(tmp_path: Path) -> None:
    script = """SELECT pg_catalog.set_config('search_path', '', false);
CREATE DOMAIN public.slug AS text
    CONSTRAINT short CHECK (length(VALUE) < 9)
    CONSTRAINT unheard_of CHECK (VALUE <> public.unheard_of(VALUE));
CREATE TABLE public.page (slug public.slug);
"""
    path = tmp_path / "script.sql"
    path.write_text(script, encoding="utf-8")
    found = migrate(str(path), tmp_path / "out")
    became = {entry["id"]: entry["disposition"] for entry in found.ledger["entries"]}
    assert became["constraint:public.slug.short"] == "kept"
    assert became["constraint:public.slug.unheard_of"] == "application"
    assert (became["domain:public.slug"], became["table:public.page"]) == ("kept", "kept")
