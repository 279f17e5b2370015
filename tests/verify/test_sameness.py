"""Printed expressions: casts and parentheses are paper, the rest is meaning."""

import pytest

from dsql_migrate.verify.sameness import same_expression


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("(price > (0)::numeric)", "(price > 0)", True),
        (
            "((status)::text = ANY ((ARRAY['a'::character varying, 'b'::character varying])::text[]))",
            "(status = ANY (ARRAY['a'::text, 'b'::text]))",
            True,
        ),
        ("'ok'::public.mood", "'ok'::text", True),
        ("public.f(a)", "f(a)", True),
        ("(price > 0)", "(price >= 0)", False),
        ("'a'::text", "'b'::text", False),
        ("f(a)", "g(a)", False),
        ("(a + b)", "(b + a)", False),
        ("", "", True),
        ("a", "", False),
        ("not (readable", "not  (readable", True),
    ],
)
def test_same_expression(one: str, other: str, same: bool) -> None:
    assert same_expression(one, other) is same
