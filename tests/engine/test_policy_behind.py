"""What the policy cannot see in a statement is refused by the database behind it, as DSQL would refuse it."""

from __future__ import annotations

import psycopg
import pytest

from dsql_migrate.engine.local import Database

pytestmark = pytest.mark.server


def test_an_expression_of_an_index_has_a_type_that_a_key_may_have(dsql: Database) -> None:
    with dsql.connect() as connection:
        connection.execute("CREATE TABLE t (id int PRIMARY KEY, doc jsonb, name text)")
        for expression, name in (("doc->'a'", "jsonb"), ("string_to_array(name, ',')", "text[]")):
            with pytest.raises(psycopg.errors.FeatureNotSupported) as refused:
                connection.execute(f"CREATE INDEX ASYNC ON t (({expression}))".encode())
            assert refused.value.diag.message_primary == f"datatype {name} is not supported in a key"
        connection.execute("CREATE INDEX ASYNC ON t ((doc->>'a'), name)")


def test_a_search_path_leads_to_no_temporary_table(dsql: Database) -> None:
    with dsql.connect() as connection:
        connection.execute("SET search_path = pg_temp")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("CREATE TABLE t (a int)")


def test_nothing_lifts_a_client_above_its_role(dsql: Database) -> None:
    with dsql.connect() as connection:
        for sql in (
            "RESET SESSION AUTHORIZATION",
            "SET SESSION AUTHORIZATION DEFAULT",
            "RESET ALL",
        ):
            connection.execute(sql.encode())
            assert connection.execute("SELECT current_user, current_setting('is_superuser')").fetchone() == (
                "admin",
                "off",
            )
        for sql in ("SET SESSION AUTHORIZATION postgres", "SET ROLE postgres", "RESET ROLE", "SELECT lo_import('/x')"):
            with pytest.raises(psycopg.errors.FeatureNotSupported):
                connection.execute(sql.encode())
        for sql in (
            "UPDATE pg_class SET relname = relname",
            "DELETE FROM sys.jobs",
            "DROP FUNCTION pg_catalog.now()",
            "ALTER TABLE pg_class SET SCHEMA public",
            "GRANT pg_read_server_files TO admin",
            "GRANT pg_execute_server_program TO admin",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(sql.encode())
