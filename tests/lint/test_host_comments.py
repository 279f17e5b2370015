"""Comments in the languages that migrations are written in: what they speak of, by lines of the file."""

import pytest

from dsql_migrate.lint.sifting.host_comments import ignores_of
from dsql_migrate.source.migrations import Origin, Pin, Section

RUBY = """\
class X < ActiveRecord::Migration[7.0]
  def up
    # dsql: ignore[truncate] small
    execute <<SQL
TRUNCATE t
SQL
    execute "TRUNCATE u" # dsql: ignore[truncate]
    say "# dsql: ignore"
    # dsql: ignore[truncate]

    # more
    change_table :t do |t|
      t.string :a
    end
    execute "TRUNCATE v"
  end
end
"""
XML = """\
<databaseChangeLog>
  <!-- dsql: ignore[truncate] small -->
  <changeSet id="1" author="a">
    <sql>
      TRUNCATE t;
    </sql>
  </changeSet>
  <changeSet id="2" author="a"><sql><![CDATA[TRUNCATE u; <!-- dsql: ignore --> ]]></sql></changeSet>
</databaseChangeLog>
"""
YAML = """\
databaseChangeLog:
  - changeSet:
      changes:
        # dsql: ignore[truncate] small
        - sql:
            sql: |
              TRUNCATE t
        - sql:
            sql: TRUNCATE u  # dsql: ignore
"""
SCRIPT = """\
exports.up = async (knex) => {
  // dsql: ignore[truncate] small
  await knex.raw(`
TRUNCATE t
`);
  await knex.raw('TRUNCATE u // dsql: ignore'); /* dsql: ignore small */
  await knex.schema
    // dsql: ignore[truncate]
    .raw("TRUNCATE v");
};
"""


def sections(text: str) -> list[Section]:
    """Each TRUNCATE as a section that stands in the file as it is."""
    found = []
    at = text.find("TRUNCATE")
    while at >= 0:
        found.append(Section(text[at : at + 10].encode(), Origin((Pin(0, len(text[:at].encode()), 10),))))
        at = text.find("TRUNCATE", at + 1)
    return found


@pytest.mark.parametrize(
    ("name", "text", "lines"),
    [
        ("x.rb", RUBY, [(4, 5), (7, 7), (12, 14)]),
        ("x.xml", XML, [(3, 7)]),
        ("x.yaml", YAML, [(5, 7), (9, 9)]),
        ("x.yml", YAML, [(5, 7), (9, 9)]),
        ("x.js", SCRIPT, [(3, 4), (6, 6), (9, 9)]),
        ("x.ts", SCRIPT, [(3, 4), (6, 6), (9, 9)]),
    ],
)
def test_a_comment_speaks_of_its_line_or_of_what_follows(name: str, text: str, lines: list[tuple[int, int]]) -> None:
    found = ignores_of(name, text.encode(), sections(text))
    assert [each.lines for each in found] == lines
    for each in found:
        assert text.encode()[each.start : each.end].startswith(b"dsql: ignore")
        assert text.splitlines()[each.line - 1][each.column - 1 :].startswith("dsql: ignore")


def test_comments_in_the_sql_of_a_program_are_found_where_they_stand() -> None:
    text = 'x = "ü"; run("""\n  -- dsql: ignore[truncate] small\n  TRUNCATE t\n""")\n'
    data = text.encode()
    start, end = data.index(b'"""') + 3, data.rindex(b'"""')
    section = Section(data[start:end], Origin((Pin(0, start, end - start),)))
    (found,) = ignores_of("x.py", data, [section])
    assert (found.line, found.column, found.frame) == (2, 6, "  -- dsql: ignore[truncate] small")
    assert data[slice(*found.span)].startswith(b"TRUNCATE t")
    assert found.gone is not None
    assert data[: found.gone[0]] + data[found.gone[1] :] == 'x = "ü"; run("""\n  TRUNCATE t\n""")\n'.encode()


def test_what_does_not_stand_in_the_file_as_it_is_cannot_be_deleted() -> None:
    data = rb'run("-- dsql: ignore\nTRUNCATE t")'
    at = data.index(b"--")
    pins = (Pin(0, at, 15), Pin(16, at + 17, 10))
    section = Section(b"-- dsql: ignore\nTRUNCATE t", Origin(pins))
    (found,) = ignores_of("x.py", data, [section])
    assert found.gone is None
