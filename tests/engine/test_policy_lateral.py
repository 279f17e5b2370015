"""LEFT JOIN LATERAL with an output of the left side: the service's own defect, told by the columns of both tables."""

from __future__ import annotations

from dsql_migrate.engine.policy import Allow, Refuse, judge
from dsql_migrate.engine.policy.verdict import Name, Nothing
from dsql_migrate.source.parse import parse
from dsql_migrate.target import load_target

TABLES = {
    "parent": {"id": ("text", None), "n": ("int8", None)},
    "child": {"id": ("int8", None), "n": ("int8", None)},
    "narrow": {"id": ("int8", None)},
}


class Family(Nothing):
    def columns(self, table: Name) -> dict[str, tuple[str, int | None]]:
        return TABLES.get(table[-1], {})


def answer(output: str, join: str = "LEFT", table: str = "child c") -> Allow | Refuse:
    sql = f"SELECT 1 FROM parent p {join} JOIN LATERAL (SELECT {output} AS x FROM {table}) l ON true".encode()
    return judge(parse(sql), sql, load_target(), Family())


def test_the_type_of_the_column_of_that_number_is_what_counts() -> None:
    assert answer("p.id") == Refuse("42804", "attribute 1 of type child has wrong type")
    assert answer("length(p.id)::bigint") == Refuse("42804", "attribute 1 of type child has wrong type")
    assert isinstance(answer("p.n"), Allow)
    assert answer("p.n", table="narrow") == Refuse("XX000", "attribute number 2 exceeds number of columns 1")


def test_the_other_forms_work() -> None:
    assert isinstance(answer("c.id"), Allow)
    assert isinstance(answer("1"), Allow)
    assert isinstance(answer("p.id", "INNER"), Allow)


def test_a_subquery_that_is_planned_by_itself_works() -> None:
    assert isinstance(answer("p.id", table="child c ORDER BY c.n LIMIT 1"), Allow)
    assert isinstance(answer("(SELECT p.id)"), Allow)
