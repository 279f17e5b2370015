"""Tools that write down a migration in its own transaction: a warning where there is DDL and nothing worse."""

import pytest

ONE = "CREATE TABLE a (id uuid PRIMARY KEY);\n"
GOOSE = f"-- +goose Up\n{ONE}"


@pytest.mark.parametrize(
    "files",
    [
        {"1_a.sql": GOOSE},
        {"1_a.sql": f"-- migrate:up\n{ONE}"},
        {"1_a.sql": f"-- Up Migration\n{ONE}"},
        {"1_a.sql": f"-- +migrate Up\n{ONE}"},
        {"supabase/migrations/20260101000000_a.sql": ONE},
        {
            "versions/1_a.py": "from alembic import op\nrevision = '1'\ndown_revision = None\n"
            "def upgrade():\n    op.execute('CREATE TABLE a (id uuid PRIMARY KEY)')\n"
        },
    ],
)
def test_one_ddl_statement_and_the_tools_own_row_are_too_much(folder, files):
    (finding,) = [f for f in folder(files).lint(ignore=()).findings if f.code.startswith("DSQL6")]
    assert (finding.code, finding.severity) == ("DSQL680", "warning")
    assert finding.help


@pytest.mark.parametrize(
    "files",
    [
        {"V1__a.sql": ONE},  # Flyway keeps its table over a connection of its own
        {"1_a.up.sql": ONE, "1_a.down.sql": "DROP TABLE a;"},  # golang-migrate writes before and after
        {"1_a.sql": f"-- +goose NO TRANSACTION\n{GOOSE}"},
        {"1_a.sql": "-- +goose Up\nUPDATE a SET b = 1 WHERE id = 2;\n"},
        {"1_a.sql": f"-- migrate:up transaction:false\n{ONE}"},
    ],
)
def test_not_where_the_tool_writes_elsewhere_or_there_is_no_transaction_or_no_ddl(folder, files):
    assert folder(files).codes(ignore=()) == []


def test_where_the_transaction_is_refused_anyhow_that_is_enough(folder):
    assert folder({"1_a.sql": f"{GOOSE}CREATE TABLE b (id uuid PRIMARY KEY);"}).codes(ignore=()) == ["DSQL618"]


def test_the_users_word_on_transactions_is_taken(folder):
    assert folder({"1_a.sql": GOOSE}).codes(ignore=(), transaction="none") == []
