"""Laws of all tools that read SQL files: what a section holds stands in the file, byte for byte; reading is quick."""

import random
import time

import pytest

from dsql_migrate.source.migrations import Project, Section, tool

TOOLS = (
    "atlas", "dbmate", "diesel", "drizzle", "flyway", "golang-migrate", "goose", "liquibase", "node-pg-migrate",
    "prisma", "refinery", "sql-migrate", "sqlx", "supabase", "tern",
)  # fmt: skip
LINES = [
    b"", b"\r", b"-- a comment", b"SELECT 1;", b"CREATE TABLE \xc3\xa4 (id uuid)", b"/* x", b"*/", b"$$", b"'",
    b"\xff;", b"---- create above / drop below ----", b"---- tern: disable-tx ----",
    b"-- +migrate Up notransaction", b"-- +migrate Down", b"-- +migrate StatementBegin", b"-- +migrate StatementEnd",
    b"-- +goose Up", b"-- +goose Down", b"-- +goose NO TRANSACTION", b"-- +goose StatementBegin",
    b"-- +goose StatementEnd", b"-- +goose", b"-- migrate:up", b"-- migrate:up transaction:false", b"-- migrate:down",
    b"-- Up Migration", b"-- Down Migration", b"--> statement-breakpoint", b"-- atlas:delimiter \\n\\n",
    b"-- atlas:txmode none", b"-- no-transaction", b"--liquibase formatted sql", b"--changeset a:1",
    b"--changeset b:2 endDelimiter:/ runInTransaction:false", b"--changeset c:3 dbms:oracle",
    b"--rollback DROP TABLE x;",
    b"/* liquibase rollback", b"--ignoreLines:start", b"--ignoreLines:end", b"--ignoreLines:2", b"/", b"VACUUM;",
]  # fmt: skip


def read(name: str, content: bytes):
    reader = tool(name).read
    assert reader is not None
    return reader("1_a.sql", content, Project(tool(name), "", ("1_a.sql",)))


def check(section: Section, content: bytes) -> None:
    if not section.origin.pins:
        assert section.sql == content
    at = 0
    for pin in section.origin.pins:
        assert pin.sql >= at
        assert section.sql[pin.sql : pin.sql + pin.length] == content[pin.file : pin.file + pin.length]
        at = pin.sql + pin.length
    assert at <= len(section.sql)


@pytest.mark.parametrize("name", TOOLS)
def test_sections_stand_in_the_file_as_they_are(name):
    chosen = random.Random(name)  # the same texts in every run
    for _ in range(300):
        content = b"\n".join(chosen.choice(LINES) for _ in range(chosen.randrange(12)))
        found = read(name, content)
        for section in found.sections:
            check(section, content)
        for unread in found.unread:
            assert 0 <= unread.start <= unread.end <= len(content)


@pytest.mark.parametrize("name", TOOLS)
@pytest.mark.parametrize(
    "unit", [b"\n", b"--\n", b" ", b"-", b"- \n", b"--rollback \n", b"CREATE INDEX CONCURRENTLY\n", b"("]
)
def test_reading_takes_a_time_in_step_with_the_size(name, unit):
    content = unit * (200_000 // len(unit))
    start = time.process_time()
    read(name, content)
    assert time.process_time() - start < 3
