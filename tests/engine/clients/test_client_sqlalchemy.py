"""SQLAlchemy: with AWS's dialect and its engine maker, with the dialect alone, and with PostgreSQL's own dialect.

- ``create_dsql_engine`` makes an IAM token from any credentials and insists on a host named as AWS names them:
  ``hostaddr`` says where that is, ``region`` what its name does not tell.
- The dialect alone (``auroradsql+psycopg://``) needs no AWS at all.
- PostgreSQL's dialect needs ``use_native_hstore=False`` (it opens a SAVEPOINT at its first connection otherwise), and
  AUTOCOMMIT for DDL.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from aurora_dsql_sqlalchemy import create_dsql_engine
from client_endpoint import Endpoint
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.exc import NotSupportedError, OperationalError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship

pytestmark = pytest.mark.server


class Base(DeclarativeBase):
    pass


class Author(Base):
    __tablename__ = "author"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    name: Mapped[str] = mapped_column(sa.String(80), unique=True)
    born: Mapped[date | None]
    books: Mapped[list[Book]] = relationship(back_populates="author", cascade="all, delete-orphan")


class Book(Base):
    __tablename__ = "book"
    __table_args__ = (
        sa.CheckConstraint("price >= 0", name="price_is_not_negative"),
        sa.Index("book_by_title", "title"),
        sa.Index("book_by_author", "author_id", auroradsql_include=["title"]),
    )

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(cache=1), primary_key=True)
    author_id: Mapped[UUID] = mapped_column(sa.ForeignKey("author.id", ondelete="CASCADE"))
    title: Mapped[str]
    price: Mapped[Decimal] = mapped_column(sa.Numeric(10, 2))
    facts: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    added: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True), server_default=sa.func.now())
    author: Mapped[Author] = relationship(back_populates="books")


def url(endpoint: Endpoint, dialect: str) -> sa.URL:
    return sa.URL.create(
        dialect,
        username=endpoint.user,
        password=endpoint.password,
        host=endpoint.host,
        port=endpoint.port,
        database=endpoint.database,
        query={"sslmode": "verify-full", "sslrootcert": str(endpoint.authority)},
    )


@pytest.fixture
def engine(endpoint: Endpoint) -> Iterator[sa.Engine]:
    made = sa.create_engine(url(endpoint, "auroradsql+psycopg"))
    yield made
    made.dispose()


@pytest.fixture
def library(engine: sa.Engine) -> sa.Engine:
    """Two tables with a key between them, and indexes. The dialect commits after each DDL statement.

    The indexes are built by jobs: until they are done, any transaction may be told that the schema has changed (OC001).
    """
    Base.metadata.create_all(engine)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for (job,) in connection.execute(sa.text("SELECT job_id FROM sys.jobs")).all():
            assert connection.scalar(sa.text("CALL sys.wait_for_job(:job)"), {"job": job})
    return engine


def test_awss_engine_maker(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "any")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "any")
    engine = create_dsql_engine(
        host="local.dsql.localhost",
        user="admin",
        dbname=endpoint.database,
        sslrootcert=str(endpoint.authority),
        connect_args={"hostaddr": "127.0.0.1", "port": endpoint.port, "region": "us-east-1"},
    )
    with engine.connect() as connection:
        assert "aurora-dsql-python-psycopg" in connection.scalar(sa.text("SHOW application_name"))
        assert connection.dialect.server_version_info == (16,)  # of version(), which is shorter than server_version
    Base.metadata.create_all(engine)
    Base.metadata.drop_all(engine)
    engine.dispose()


def test_objects_come_back_as_they_were(library: sa.Engine) -> None:
    with Session(library) as session:
        author = Author(name="Stanisław Lem", born=date(1921, 9, 12))
        author.books = [Book(title=f"Band {n}", price=Decimal("9.90") + n, facts={"n": [n, None]}) for n in range(5)]
        session.add(author)
        session.commit()
    with Session(library) as session:
        found = session.scalars(sa.select(Author).where(Author.name.like("Stan%"))).one()
        assert found.born == date(1921, 9, 12)
        assert sorted((book.title, book.price) for book in found.books)[4] == ("Band 4", Decimal("13.90"))
        assert all(book.added > datetime.now(UTC) - timedelta(hours=1) for book in found.books)
        in_list = sa.select(sa.func.count()).where(Book.title.in_(["Band 1", "Band 3", "none"]))
        assert session.scalar(in_list) == 2
        assert session.scalar(sa.select(Book.title).where(Book.facts["n"][0].as_integer() == 2)) == "Band 2"
        found.books.pop()
        session.delete(found)
        session.commit()
        assert session.scalar(sa.select(sa.func.count()).select_from(Book)) == 0


def test_many_rows_and_upserts(library: sa.Engine) -> None:
    with library.begin() as connection:
        connection.execute(sa.insert(Author), [{"name": f"author {n}"} for n in range(1000)])
        upsert = insert(Author).values([{"id": uuid4(), "name": f"author {n}"} for n in range(990, 1010)])
        changed = upsert.on_conflict_do_update(index_elements=["name"], set_={"born": date(2000, 1, 1)})
        assert len(connection.execute(changed.returning(Author.id)).all()) == 20
        assert connection.scalar(sa.select(sa.func.count()).select_from(Author)) == 1010
        assert connection.scalar(sa.select(sa.func.count(Author.born))) == 10
    with library.connect() as connection, pytest.raises(OperationalError, match="transaction row limit exceeded"):
        connection.execute(sa.insert(Author), [{"name": f"more {n}"} for n in range(3001)])


def test_a_result_in_parts(library: sa.Engine) -> None:
    """``stream_results`` would be a server-side cursor; ``yield_per`` asks for one too unless told otherwise."""
    with library.begin() as connection:
        connection.execute(sa.insert(Author), [{"name": f"author {n:04}"} for n in range(500)])
    with library.connect() as connection:
        result = connection.execute(sa.select(Author.name).order_by(Author.name))
        assert [len(part) for part in result.partitions(200)] == [200, 200, 100]
        with pytest.raises(NotSupportedError, match="DeclareCursor"):
            connection.execution_options(stream_results=True).execute(sa.select(Author.name))


def test_savepoints_are_not_to_be_had(library: sa.Engine) -> None:
    with Session(library) as session:
        session.add(Author(name="one"))
        session.flush()
        with pytest.raises(NotSupportedError, match="transaction statement: SAVEPOINT"), session.begin_nested():
            session.add(Author(name="two"))


def test_a_lost_race_is_an_operational_error_at_commit(library: sa.Engine) -> None:
    with Session(library) as session:
        session.add(Author(name="Ada"))
        session.commit()
    with Session(library) as one, Session(library) as other:
        mine, theirs = (each.scalars(sa.select(Author)).one() for each in (one, other))
        mine.born = date(1815, 12, 10)
        one.commit()
        theirs.born = date(1815, 12, 11)
        other.flush()
        with pytest.raises(OperationalError, match="OC000") as caught:
            other.commit()
        assert caught.value.orig.sqlstate == "40001"  # type: ignore[union-attr]
        other.rollback()
        assert other.scalars(sa.select(Author)).one().born == date(1815, 12, 10)


def test_the_inspector_reads_the_schema(library: sa.Engine) -> None:
    inspector = sa.inspect(library)
    assert set(inspector.get_table_names()) == {"author", "book"}
    assert "sys" in inspector.get_schema_names()
    columns = {column["name"]: column for column in inspector.get_columns("book")}
    assert columns["id"]["identity"]["cache"] == 1
    assert isinstance(columns["price"]["type"], sa.Numeric)
    assert isinstance(columns["facts"]["type"], JSONB)
    assert inspector.get_pk_constraint("book")["constrained_columns"] == ["id"]
    (key,) = inspector.get_foreign_keys("book")
    assert (key["referred_table"], key["options"]) == ("author", {"ondelete": "CASCADE"})
    assert [check["name"] for check in inspector.get_check_constraints("book")] == ["price_is_not_negative"]
    indexes = {index["name"]: index["column_names"] for index in inspector.get_indexes("book")}
    assert indexes == {"book_by_title": ["title"], "book_by_author": ["author_id"]}
    assert [unique["column_names"] for unique in inspector.get_unique_constraints("author")] == [["name"]]


def test_reflection_makes_the_tables_anew(library: sa.Engine) -> None:
    """All but what DSQL adds to a primary key's index (INCLUDE), which no table definition may repeat."""
    found = sa.MetaData()
    found.reflect(library)
    assert set(found.tables) == {"author", "book"}
    assert {column.name for column in found.tables["book"].columns} == {column.key for column in Book.__table__.columns}


def test_names_long_and_odd(engine: sa.Engine) -> None:
    metadata = sa.MetaData()
    key = sa.Column('a "b" %(c)s', sa.Integer, primary_key=True, autoincrement=False)
    odd = sa.Table("Größe " + "x" * 50, metadata, key)
    metadata.create_all(engine)
    with engine.begin() as connection:
        connection.execute(odd.insert(), [{'a "b" %(c)s': 7}])
        assert connection.execute(sa.select(odd)).all() == [(7,)]
    assert sa.inspect(engine).has_table("Größe " + "x" * 50)


def test_the_plain_dialect_has_to_be_told(endpoint: Endpoint) -> None:
    plain = url(endpoint, "postgresql+psycopg")
    with pytest.raises(NotSupportedError, match="SAVEPOINT"):
        sa.create_engine(plain).connect()
    metadata = sa.MetaData()
    for name in ("one", "two"):
        sa.Table(name, metadata, sa.Column("id", sa.Uuid, primary_key=True))
    engine = sa.create_engine(plain, use_native_hstore=False)
    with pytest.raises(NotSupportedError, match="multiple ddl statements not supported in a transaction"):
        metadata.create_all(engine)
    metadata.create_all(engine.execution_options(isolation_level="AUTOCOMMIT"))
    with engine.begin() as connection:
        connection.execute(metadata.tables["two"].insert().values(id=uuid4()))
    with pytest.raises(NotSupportedError, match="SERIALIZABLE"):
        engine.execution_options(isolation_level="SERIALIZABLE").connect().scalar(sa.text("SELECT 1"))
    engine.dispose()
