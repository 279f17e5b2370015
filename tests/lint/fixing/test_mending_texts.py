"""What becomes of a script under --fix: a text before, a text after."""

from collections.abc import Mapping

import pytest

from dsql_migrate.lint import Options, lint_paths, load_rules
from dsql_migrate.lint.fixing.run import Fixing, fix_paths
from dsql_migrate.lint.mending import NAMES, mend
from dsql_migrate.lint.result import Result

RULES = load_rules()


def fixed(text: str, *, unsafe: bool = False) -> str:
    def run(*, contents: Mapping[str, bytes], whole: bool = False) -> Result:
        return lint_paths(["-"], None, RULES, None, contents)

    made = fix_paths(["-"], run, Options(), Fixing(unsafe), text.encode())
    return made.changes[0].after.decode() if made.changes else text


def test_a_key_that_is_added_goes_into_the_table() -> None:
    table = "CREATE TABLE a (\n    id int,\n    b text"
    key = "CONSTRAINT a_pk PRIMARY KEY (id)"
    assert fixed(f"{table}\n);\n\nALTER TABLE ONLY a\n    ADD {key};\n") == f"{table},\n    {key}\n);\n\n"


def test_a_comment_behind_the_last_column_stays_there() -> None:
    before = "CREATE TABLE a (\n  id int -- the id\n);\nALTER TABLE a ADD PRIMARY KEY (id);\n"
    assert fixed(before) == "CREATE TABLE a (\n  id int, -- the id\n  PRIMARY KEY (id)\n);\n"


def test_two_keys_of_one_table_and_one_of_several_actions() -> None:
    before = "CREATE TABLE a (i int, b int);\nALTER TABLE a ADD PRIMARY KEY (i), ADD UNIQUE (b), OWNER TO me;\n"
    assert fixed(before) == "CREATE TABLE a (i int, b int, PRIMARY KEY (i), UNIQUE (b));\nALTER TABLE a OWNER TO me;\n"


@pytest.mark.parametrize(
    "before",
    [
        "ALTER TABLE a ADD PRIMARY KEY (id);\n",
        "CREATE TABLE a (b int);\nALTER TABLE a ADD COLUMN id int;\nALTER TABLE a ADD PRIMARY KEY (id);\n",
        "CREATE TABLE a (id int);\nDROP TABLE a;\nALTER TABLE a ADD PRIMARY KEY (id);\n",
        "CREATE TABLE a (id int);\nALTER TABLE a RENAME TO b;\nALTER TABLE b ADD PRIMARY KEY (id);\n",
        "CREATE TABLE x.a (id int);\nALTER TABLE y.a ADD PRIMARY KEY (id);\n",
    ],
)
def test_a_key_of_a_table_that_is_not_made_here_stays(before: str) -> None:
    assert fixed(before, unsafe=True) == before


def test_a_key_of_a_table_that_may_be_there_already_is_unsafe() -> None:
    before = "CREATE TABLE IF NOT EXISTS a (id int);\nALTER TABLE a ADD PRIMARY KEY (id);\n"
    assert fixed(before) == before
    assert fixed(before, unsafe=True) == "CREATE TABLE IF NOT EXISTS a (id int, PRIMARY KEY (id));\n"


def test_two_constraints_of_one_statement_are_validated_one_after_the_other() -> None:
    before = "ALTER TABLE t ADD CONSTRAINT x CHECK (a > 0), ADD CONSTRAINT y CHECK (b > 0);\n"
    assert fixed(before) == (
        "ALTER TABLE t ADD CONSTRAINT x CHECK (a > 0) NOT VALID, ADD CONSTRAINT y CHECK (b > 0) NOT VALID;\n"
        "ALTER TABLE ASYNC t VALIDATE CONSTRAINT y;\nALTER TABLE ASYNC t VALIDATE CONSTRAINT x;\n"
    )


def test_inside_a_transaction_no_statement_is_added() -> None:
    before = "BEGIN;\nALTER TABLE t ADD CONSTRAINT x CHECK (a > 0);\nCOMMIT;\n"
    assert fixed(before) == before
    assert "VALIDATE" not in fixed(before, unsafe=True)
    assert "NOT VALID" in fixed(before, unsafe=True)


def test_a_statement_is_readable_first_and_then_the_rest_of_it_is_mended() -> None:
    assert fixed("CREATE INDEX CONCURRENTLY public.i ON t (a);\n") == "CREATE INDEX ASYNC i ON t (a);\n"


def test_a_fix_that_brings_another_error_is_not_made() -> None:
    before = "ALTER TABLE t ADD c uuid NOT NULL DEFAULT uuid_generate_v1();\n"
    assert fixed(before, unsafe=True) == before


def test_a_mixed_order_is_given_up_only_when_asked_for() -> None:
    before = "CREATE INDEX ASYNC i ON t (a ASC, b DESC);\n"
    assert fixed(before) == "CREATE INDEX ASYNC i ON t (a, b DESC);\n"
    assert fixed(before, unsafe=True) == "CREATE INDEX ASYNC i ON t (a, b);\n"
    assert fixed("CREATE INDEX ASYNC i ON t (a DESC, b DESC);\n") == "CREATE INDEX ASYNC i ON t (a, b);\n"


def test_placeholders_of_templates_stay_as_they_are() -> None:
    before = "CREATE INDEX i ON ${schema}.t (a);\nALTER TABLE ${schema}.t ADD CONSTRAINT c CHECK (a > 0);\n"
    assert fixed(before) == (
        "CREATE INDEX ASYNC i ON ${schema}.t (a);\nALTER TABLE ${schema}.t ADD CONSTRAINT c CHECK (a > 0) NOT VALID;\n"
        "ALTER TABLE ASYNC ${schema}.t VALIDATE CONSTRAINT c;\n"
    )


def test_names_that_need_quotes_have_them() -> None:
    before = 'ALTER TABLE "T" ADD COLUMN "My col" int CHECK ("My col" > 0);\n'
    after = fixed(before, unsafe=True)
    assert 'ADD CONSTRAINT "T_My col_check" CHECK ("My col" > 0) NOT VALID' in after


def test_every_fix_that_a_rule_may_name_is_there() -> None:
    assert all(callable(mend(name)) for name in NAMES)
