"""Bounds of partitions as conditions."""

from __future__ import annotations

import pytest

from dsql_migrate.rewrite.families.bounds import bound_condition


@pytest.mark.parametrize(("key", "bound", "condition"), [
    (("list", "kind"), "FOR VALUES IN ('a', 'it''s')", "kind IS NOT NULL AND kind IN ('a', 'it''s')"),
    (("list", "kind"), "for values in (NULL, -1)", "kind IS NULL OR kind IN (-1)"),
    (("list", "kind"), "FOR VALUES IN (NULL)", "kind IS NULL"),
    (("range", "at"), "FOR VALUES FROM ('2025-01-01') TO (MAXVALUE)", "at IS NOT NULL AND at >= '2025-01-01'"),
    (("range", "at"), "FOR VALUES FROM (MINVALUE) TO (7.5)", "at IS NOT NULL AND at < 7.5"),
    (("range", "Order", "b"), "FOR VALUES FROM (1, 2) TO (3, 4)",
     '"Order" IS NOT NULL AND b IS NOT NULL AND ("Order", b) >= (1, 2) AND ("Order", b) < (3, 4)'),
])  # fmt: skip
def test_constants_over_columns_become_a_condition(key: tuple[str, ...], bound: str, condition: str) -> None:
    assert bound_condition(key, bound) == condition


@pytest.mark.parametrize(("key", "bound"), [
    (("hash", "id"), "FOR VALUES WITH (MODULUS 4, REMAINDER 0)"),
    (("list", "kind"), "DEFAULT"),
    (("list", "(expression)"), "FOR VALUES IN ('a')"),
    (("range", "at"), "FOR VALUES FROM (CURRENT_DATE) TO ('2027-01-01')"),
    (("range", "at"), r"FOR VALUES FROM (E'\\x') TO ('b')"),
    (("range", "a", "b"), "FOR VALUES FROM (1, MINVALUE) TO (2, MINVALUE)"),
    (("list", "at"), "FOR VALUES IN ('2025-01-01'::date)"),
])  # fmt: skip
def test_what_is_no_constant_is_left_out(key: tuple[str, ...], bound: str) -> None:
    assert bound_condition(key, bound) is None
