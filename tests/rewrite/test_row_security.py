"""The view in the place of row security shows each role, and each setting, the rows that row security shows."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from dsql_migrate.engine.postgres.server import Server
from dsql_migrate.migration import migrate
from dsql_migrate.rewrite.decisions import Decisions

pytestmark = pytest.mark.server

ROLES = ("rls_anna", "rls_ben", "rls_cleo")
SOURCE = """
CREATE TABLE public.docs (id integer PRIMARY KEY, owner text, app text, draft boolean);
ALTER TABLE public.docs ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON public.docs FOR SELECT USING (owner = CURRENT_USER);
CREATE POLICY app ON public.docs USING (app = current_setting('application_name'));
CREATE POLICY all_of_them ON public.docs FOR SELECT TO rls_readers, rls_never USING (true);
CREATE POLICY no_drafts ON public.docs AS RESTRICTIVE FOR SELECT TO rls_anna, rls_readers USING (NOT draft);
CREATE POLICY writes ON public.docs FOR UPDATE USING (true);
CREATE TABLE public.shut (id integer PRIMARY KEY);
ALTER TABLE public.shut ENABLE ROW LEVEL SECURITY;
CREATE POLICY part ON public.shut AS RESTRICTIVE FOR SELECT USING (true);
INSERT INTO public.docs VALUES (1, 'rls_anna', 'web', false), (2, 'rls_anna', 'x', true), (3, 'rls_ben', 'web', true),
    (4, 'rls_ben', 'x', NULL), (5, NULL, NULL, false), (6, 'rls_cleo', 'web', NULL);
INSERT INTO public.shut VALUES (1);
"""


@pytest.fixture
def database(server: Server) -> Iterator[str]:
    """A database with the roles of the script."""
    dsn = server.create_database("row_security")
    names = (*ROLES, "rls_readers", "rls_never")
    with psycopg.connect(dsn, autocommit=True) as connection:
        for role in names:
            connection.execute(sql.SQL("CREATE ROLE {}").format(sql.Identifier(role)))
        connection.execute("GRANT rls_readers TO rls_cleo")
        yield dsn
        for role in names:
            connection.execute(sql.SQL("DROP OWNED BY {0}; DROP ROLE {0}").format(sql.Identifier(role)))
    server.drop_database("row_security")


def test_the_view_shows_what_row_security_shows(database: str, tmp_path: Path) -> None:
    source = tmp_path / "in.sql"
    source.write_text(SOURCE, encoding="utf-8")
    found = migrate(str(source), tmp_path / "out", decisions=Decisions.of(row_security="views"))
    assert found.ok
    entries = {entry["id"]: entry for entry in found.ledger["entries"]}
    assert entries["policy:public.docs.own"]["disposition"] == "rewritten"
    assert entries["row security:public.docs"]["proof"].startswith("unproved: its view shows each role other rows")
    made = (tmp_path / "out/pre-data.sql").read_text("utf-8").split("CREATE VIEW")[1:]
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(SOURCE.encode())
        for view in made:
            connection.execute(f"CREATE VIEW{view.partition(';')[0]}".encode())
        connection.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO PUBLIC")
        seen = set()
        for role in ROLES:
            connection.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(role)))
            for app in ("web", "other"):
                connection.execute("SELECT set_config('application_name', %s, false)", (app,))
                shown = [row for (row,) in connection.execute("SELECT id FROM docs ORDER BY id")]
                assert [row for (row,) in connection.execute("SELECT id FROM docs_visible ORDER BY id")] == shown
                seen.add(tuple(shown))
            assert connection.execute("SELECT id FROM shut_visible").fetchall() == []
            connection.execute("RESET ROLE")
    assert len(seen) > 3
