"""Alembic, with AWS's dialect for SQLAlchemy: what ``env.py`` has to say, and migrations up, down and by comparison.

- Alembic knows no dialect ``auroradsql``: three lines in ``env.py`` make it PostgreSQL's, without DDL in transactions.
- AUTOCOMMIT: each statement is a transaction, the one that notes the revision too.
- An index is made by the dialect's ASYNC; a NOT NULL column, a changed type, a key added later are not to be had.
"""

from __future__ import annotations

import io
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from client_endpoint import Endpoint
from sqlalchemy.exc import NotSupportedError

pytestmark = pytest.mark.server

_ENV = '''\
from alembic import context
from alembic.ddl.postgresql import PostgresqlImpl
from sqlalchemy import create_engine

class AuroraDsqlImpl(PostgresqlImpl):
    __dialect__ = "auroradsql"
    transactional_ddl = False

config = context.config
engine = create_engine(config.attributes["url"], isolation_level="AUTOCOMMIT")
with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=config.attributes.get("metadata"))
    with context.begin_transaction():
        context.run_migrations()
engine.dispose()
'''
_TEMPLATE = '''\
"""${message}"""
${imports if imports else ""}
import sqlalchemy as sa
from alembic import op

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    ${downgrades if downgrades else "pass"}
'''
_FIRST = '''\
"""Customers and their orders"""
import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "customer",
        sa.Column("id", sa.Uuid, primary_key=True, server_default=sa.text("gen_random_uuid()")),
        sa.Column("name", sa.String(50), nullable=False),
        sa.Column("email", sa.Text),
    )
    op.create_table(
        "purchase",
        sa.Column("id", sa.BigInteger, sa.Identity(cache=65536), primary_key=True),
        sa.Column("customer_id", sa.Uuid, sa.ForeignKey("customer.id"), nullable=False),
    )
    op.create_index("customer_by_name", "customer", ["name"])
    op.bulk_insert(sa.table("customer", sa.column("name", sa.String)), [{"name": "Ada"}, {"name": "Grace"}])


def downgrade() -> None:
    op.drop_index("customer_by_name", "customer")
    op.drop_table("purchase")
    op.drop_table("customer")
'''
_SECOND = '''\
"""A column with a default, a check, another name"""
import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("customer", sa.Column("country", sa.String(2)))
    op.alter_column("customer", "country", server_default="DE")
    op.execute("UPDATE customer SET country = 'UK'")
    op.create_check_constraint("country_is_written_large", "customer", "country = upper(country)")
    connection = op.get_bind()
    job = connection.scalar(sa.text("ALTER TABLE ASYNC customer VALIDATE CONSTRAINT country_is_written_large"))
    assert connection.scalar(sa.text("CALL sys.wait_for_job(:job)"), {"job": job})
    op.alter_column("customer", "email", new_column_name="mail")


def downgrade() -> None:
    op.alter_column("customer", "mail", new_column_name="email")
    op.drop_constraint("country_is_written_large", "customer")
    op.drop_column("customer", "country")
'''
_THIRD = '''\
"""What DSQL does not take"""
import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.alter_column("customer", "mail", nullable=False)


def downgrade() -> None:
    pass
'''


@pytest.fixture
def url(endpoint: Endpoint) -> sa.URL:
    tls = {"sslmode": "verify-full", "sslrootcert": str(endpoint.authority)}
    return sa.URL.create(
        "auroradsql+psycopg", endpoint.user, endpoint.password, endpoint.host, endpoint.port, endpoint.database, tls
    )


@pytest.fixture
def config(url: sa.URL, tmp_path: Path) -> Config:
    """A folder of migrations, as ``alembic init`` makes it."""
    (tmp_path / "versions").mkdir()
    (tmp_path / "env.py").write_text(_ENV)
    (tmp_path / "script.py.mako").write_text(_TEMPLATE)
    for name, text in (("0001", _FIRST), ("0002", _SECOND)):
        (tmp_path / "versions" / f"{name}.py").write_text(text)
    made = Config(stdout=io.StringIO())
    made.set_main_option("script_location", str(tmp_path))
    made.attributes["url"] = url
    return made


def rows(url: sa.URL, query: str) -> list[tuple[object, ...]]:
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        found = [tuple(row) for row in connection.execute(sa.text(query))]
    engine.dispose()
    return found


def test_up_and_down(config: Config, url: sa.URL) -> None:
    command.upgrade(config, "head")
    assert rows(url, "SELECT version_num FROM alembic_version") == [("0002",)]
    assert rows(url, "SELECT name, country FROM customer ORDER BY name") == [("Ada", "UK"), ("Grace", "UK")]
    assert rows(url, "SELECT convalidated FROM pg_constraint WHERE conname = 'country_is_written_large'") == [(True,)]
    command.downgrade(config, "base")
    assert rows(url, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'") == [("alembic_version",)]


def test_a_step_that_is_refused_leaves_the_revision_before_it(config: Config, url: sa.URL, tmp_path: Path) -> None:
    (tmp_path / "versions" / "0003.py").write_text(_THIRD)
    with pytest.raises(NotSupportedError, match=r"unsupported ALTER TABLE ALTER COLUMN \.\.\. SET NOT NULL"):
        command.upgrade(config, "head")
    assert rows(url, "SELECT version_num FROM alembic_version") == [("0002",)]


def test_autogenerate_sees_what_differs(config: Config, tmp_path: Path) -> None:
    command.upgrade(config, "head")
    metadata = sa.MetaData()
    sa.Table(
        "customer",
        metadata,
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("name", sa.String(50), nullable=False),
        sa.Column("mail", sa.Text),
        sa.Column("country", sa.String(2)),
        sa.Column("phone", sa.Text),
        sa.Index("customer_by_name", "name"),
    )
    sa.Table(
        "purchase",
        metadata,
        sa.Column("id", sa.BigInteger, sa.Identity(cache=65536), primary_key=True),
        sa.Column("customer_id", sa.Uuid, sa.ForeignKey("customer.id"), nullable=False),
    )
    config.attributes["metadata"] = metadata
    command.revision(config, "phone", autogenerate=True, rev_id="0004")
    (made,) = (tmp_path / "versions").glob("0004*.py")
    text = made.read_text()
    assert [line.strip() for line in text.splitlines() if "op." in line and "import" not in line] == [
        "op.add_column('customer', sa.Column('phone', sa.Text(), nullable=True))",
        "op.drop_column('customer', 'phone')",
    ]
    command.upgrade(config, "head")
    command.check(config)
