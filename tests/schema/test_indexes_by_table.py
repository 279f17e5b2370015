"""The catalogue finds the indexes of a table, whatever was made, renamed and dropped in between."""

import pytest

from dsql_migrate.schema import Catalogue
from dsql_migrate.source.build import read

SCRIPT = [
    "CREATE TABLE t (a int, b int)",
    "CREATE TABLE u (a int)",
    "CREATE INDEX i ON t (a)",
    "CREATE INDEX j ON t (b)",
    "CREATE INDEX k ON u (a)",
    "ALTER TABLE t RENAME TO v",
    "DROP INDEX i",
    "CREATE INDEX i ON v (b, a)",
    "ALTER INDEX j RENAME TO l",
    "ALTER TABLE u ADD CONSTRAINT k PRIMARY KEY USING INDEX k",
    "CREATE SCHEMA s",
    "ALTER TABLE v SET SCHEMA s",
    "ALTER TABLE s.v DROP COLUMN a",
    "DROP TABLE u",
]


@pytest.mark.parametrize("asked_between", [False, True])
def test_as_a_look_at_all_of_them_finds_them(asked_between):
    catalogue = Catalogue()
    for number, text in enumerate(SCRIPT):
        catalogue.apply(read(text.encode()), number, number)
        if asked_between or number == len(SCRIPT) - 1:
            for table in [*catalogue.tables, ("public", "gone")]:
                assert catalogue.indexes_of(table) == [i for i in catalogue.indexes.values() if i.table == table]
    assert [index.key for index in catalogue.indexes_of(("s", "v"))] == [("s", "l")]
