"""Bodies as steps: what a person expects to read for the common shapes, and what is said of the rest."""

import textwrap

import pytest
from show_steps import shown, value

from dsql_migrate.stubs.obligations import Argument, ColumnShape, Obligations, Routine, TableShape, Trigger, TypeShape
from dsql_migrate.stubs.translate import translate

ITEM = TableShape("public", "item", (
    ColumnShape("id", "bigint", not_null=True), ColumnShape("title", "text"), ColumnShape("slug", "text"),
    ColumnShape("price", "numeric(10,2)"), ColumnShape("amount", "integer", not_null=True),
    ColumnShape("status", "public.mood"), ColumnShape("updated_at", "timestamp with time zone"),
    ColumnShape("shop_id", "bigint"),
), ("id",))  # fmt: skip
LOG = TableShape("public", "log", (
    ColumnShape("id", "bigint"), ColumnShape("what", "text"), ColumnShape("who", "bigint"), ColumnShape("was", "jsonb"),
))  # fmt: skip
SHOP = TableShape(
    "public", "shop", (ColumnShape("id", "bigint", not_null=True), ColumnShape("items", "integer")), ("id",)
)
TYPES = (TypeShape("public.mood", "text"), TypeShape("public.pair", None, (("a", "integer"), ("b", "text"))))


def fired(
    body: str,
    events: str = "update",
    timing: str = "before",
    when: str | None = None,
    arguments: tuple[str, ...] = (),
    others: tuple[Trigger, ...] = (),
) -> dict[str, str]:
    """The body of each event, or under "not" the line and the reason."""
    made = Routine("f", "public", "f", 1, "plpgsql", textwrap.dedent(body), returns="trigger")
    trigger = Trigger(
        "t", "t", 1, ("public", "item"), timing, tuple(events.split()), True, "f", arguments, when=when,  # type: ignore[arg-type]
    )  # fmt: skip
    found = translate(
        Obligations("x.sql", (ITEM, LOG, SHOP), triggers=(trigger, *others), routines=(made,), types=TYPES)
    )
    texts = {one.event: shown(one.body) for one in found.triggers.get("t", ())}
    texts |= {f"{one.event} when": value(one.when) for one in found.triggers.get("t", ()) if one.when is not None}
    why = [f"{one.line}: {one.reason}" for one in found.untranslated if one.id == "t"]
    return texts | ({"not": why[0]} if why else {})


def function(body: str, arguments: tuple[Argument, ...] = (), returns: str | None = "integer", **more: object) -> str:
    """The steps of a function, or the line and the reason."""
    made = Routine("f", "public", "f", 1, "plpgsql", textwrap.dedent(body), arguments, returns)
    from dataclasses import replace

    made = replace(made, **more)  # type: ignore[arg-type]
    found = translate(Obligations("x.sql", (ITEM, LOG, SHOP), routines=(made, HALF), types=TYPES))
    ours = [one for one in found.functions if one.id == "f"]
    return shown(ours[0].body) if ours else next(f"{u.line}: {u.reason}" for u in found.untranslated if u.id == "f")


HALF = Routine(
    "half", "public", "half", 1, "plpgsql", "BEGIN RAISE NOTICE 'half'; RETURN n; END",
    (Argument("n", "integer"), Argument("of", "integer", default="2")), "integer",
)  # fmt: skip
N = (Argument("n", "integer"),)


def text(lines: str) -> str:
    return textwrap.dedent(lines).strip("\n")


def test_a_column_of_the_time_of_change() -> None:
    assert fired("BEGIN NEW.updated_at = now(); RETURN NEW; END") == {"update": "new.updated_at = now()\nreturn new"}


def test_an_audit_of_three_events_is_three_short_bodies() -> None:
    body = """
    BEGIN
      IF TG_OP = 'INSERT' THEN
        INSERT INTO log (what, who) VALUES (TG_OP, NEW.id);
        RETURN NEW;
      ELSIF TG_OP = 'UPDATE' THEN
        INSERT INTO log (what, who, was) VALUES (TG_TABLE_NAME, NEW.id, to_jsonb(OLD));
        RETURN NEW;
      END IF;
      INSERT INTO log (what, who) VALUES (lower(TG_OP), OLD.id);
      RETURN OLD;
    END"""
    row = ", ".join(f"CAST({{old.{c.name}}} AS {c.type_sql}) AS {c.name}" for c in ITEM.columns)
    assert fired(body, "insert update delete", "after") == {
        "insert": "run INSERT INTO log (what, who) VALUES ('INSERT', {new.id})",
        "update": "run INSERT INTO log (what, who, was) VALUES ('item', {new.id}, "
        f"to_jsonb((SELECT r FROM (SELECT {row}) AS r)))",
        "delete": "run INSERT INTO log (what, who) VALUES (lower('DELETE'), {old.id})",
    }


def test_what_is_decided_by_the_event_inside_a_statement_is_decided() -> None:
    body = """
    BEGIN
      INSERT INTO log (what, who) VALUES (CASE WHEN TG_OP = 'DELETE' THEN OLD.title END, coalesce(NEW.id, OLD.id));
      RETURN coalesce(NEW, OLD);
    END"""
    assert fired(body, "insert delete") == {
        "insert": "run INSERT INTO log (what, who) VALUES (NULL, {new.id})\nreturn new",
        "delete": "run INSERT INTO log (what, who) VALUES ({old.title}, {old.id})\nreturn old",
    }


def test_a_counter() -> None:
    body = """
    BEGIN
      IF TG_OP <> 'DELETE' THEN UPDATE shop SET items = items + 1 WHERE id = NEW.shop_id; END IF;
      IF TG_OP IN ('UPDATE', 'DELETE') THEN UPDATE shop SET items = items - 1 WHERE id = OLD.shop_id; END IF;
      RETURN NULL;
    END"""
    found = fired(body, "insert update delete", "after")
    more = "run UPDATE shop SET items = items + 1 WHERE id = {new.shop_id}"
    less = "run UPDATE shop SET items = items - 1 WHERE id = {old.shop_id}"
    assert found == {"insert": more, "update": f"{more}\n{less}", "delete": less}


def test_a_check_that_raises() -> None:
    body = """
    BEGIN
      IF NEW.price < 0 OR NEW.title IS NULL THEN
        RAISE EXCEPTION 'item % costs %: 100%%', NEW.id, NEW.price USING ERRCODE = 'check_violation', HINT = 'no';
      END IF;
      RETURN NEW;
    END"""
    assert fired(body)["update"] == text("""
        if (new.price < 0 or new.title is null)
          fail 23514 item {new.id} costs {new.price}: 100%, hint: 'no'
        return new""")


def test_a_slug_is_made_by_the_database() -> None:
    body = "BEGIN NEW.slug := lower(regexp_replace(NEW.title, '[^a-z]+', '-', 'g')); RETURN NEW; END"
    ask = "ask[SELECT lower(regexp_replace(CAST({new.title} AS text), '[^a-z]+', '-', 'g'))]"
    assert fired(body)["update"] == f"new.slug = {ask}\nreturn new"


def test_a_soft_delete_and_a_row_that_is_left_out() -> None:
    body = "BEGIN UPDATE item SET status = 'gone' WHERE id = OLD.id; RETURN NULL; END"
    assert fired(body, "delete")["delete"] == "update public.item (status: 'gone') where id = {old.id}\nreturn null"


def test_an_enum_that_is_a_domain_is_compared_as_text() -> None:
    test = "NEW.status IS DISTINCT FROM OLD.status AND NEW.status = 'sold'"
    body = f"BEGIN IF {test} THEN RETURN NULL; END IF; RETURN NEW; END"
    assert fired(body)["update"].splitlines()[0] == (
        "if (new.status is distinct from old.status and new.status = 'sold')"
    )


def test_when_of_a_trigger() -> None:
    body = "BEGIN RETURN NEW; END"
    assert fired(body, when="old.* IS DISTINCT FROM new.*")["update when"] == "old is distinct from new"
    assert fired(body, when="NEW.amount > 3 AND pg_trigger_depth() = 0")["update when"] == (
        "(new.amount > 3 and ask[SELECT pg_trigger_depth() = 0])"
    )


def test_arguments_of_a_trigger_and_texts_put_together_from_them() -> None:
    body = """
    BEGIN
      EXECUTE format('UPDATE %I SET items = $1 WHERE id = $2', TG_ARGV[0]) USING TG_NARGS, NEW.shop_id;
      RETURN NEW;
    END"""
    assert fired(body, arguments=("shop",))["update"] == (
        "run UPDATE shop SET items = 1 WHERE id = {new.shop_id}\nreturn new"
    )


def test_a_change_of_a_table_with_code_of_its_own_goes_through_it() -> None:
    other = Trigger("o", "o", 1, ("public", "shop"), "before", ("update",), True, "f")
    body = "BEGIN UPDATE shop SET items = items + 1 WHERE id = NEW.shop_id; RETURN NEW; END"
    assert fired(body, others=(other,))["update"] == (
        "update public.shop (items = items + 1) where id = {new.shop_id}\nreturn new"
    )


def test_found_is_set_where_it_is_read_and_nowhere_else() -> None:
    body = """
    DECLARE k integer;
    BEGIN
      PERFORM 1 FROM item;
      SELECT amount INTO k FROM item WHERE id = n;
      IF NOT FOUND THEN RETURN 0; END IF;
      UPDATE log SET what = 'x';
      GET DIAGNOSTICS k = ROW_COUNT;
      RETURN k;
    END"""
    assert function(body, N) == text("""
        var found boolean = false
        var k integer = null
        run SELECT 1 FROM item
        run SELECT amount FROM item WHERE id = {n} into k found: found
        if not found
          return 0
        run UPDATE log SET what = 'x' count: k
        return k""")


def test_a_query_of_one_value_sets_found_too() -> None:
    body = "DECLARE k integer; BEGIN SELECT n + 1 INTO k; IF FOUND THEN RETURN k; END IF; RETURN 0; END"
    assert "run SELECT CAST({n} AS integer) + 1 into k found: found" in function(body, N)
    assert "k = n + 1" in function("DECLARE k integer; BEGIN SELECT n + 1 INTO k; RETURN k; END", N)


def test_loops() -> None:
    body = """
    DECLARE r record; total bigint := 0; c CURSOR (low integer) FOR SELECT id FROM item WHERE amount > low;
    BEGIN
      FOR i IN REVERSE n..1 BY 2 LOOP CONTINUE WHEN i = 3; total := total + i; END LOOP;
      FOR r IN SELECT id, amount FROM item LOOP total := total + r.amount; END LOOP;
      FOR x IN c(n) LOOP total := total + x.id; END LOOP;
      <<all>> WHILE total > 9 LOOP total := total - 1; EXIT all WHEN total = 5; END LOOP;
      RETURN total;
    END"""
    assert function(body, N, "bigint") == text("""
        var r record = null
        var total bigint = 0
        for i in reverse n..1 by 2
          if i = 3
            continue
          total = total + i
        for r in SELECT id, amount FROM item
          total = total + r.amount
        for x in SELECT id FROM item WHERE amount > {n}
          total = total + x.id
        all: while total > 9
          total = total - 1
          if total = 5
            exit all
        return total""")


def test_a_cursor_that_is_fetched_in_a_loop_is_a_loop() -> None:
    body = """
    DECLARE c CURSOR FOR SELECT amount FROM item; a integer; s integer := 0;
    BEGIN
      OPEN c;
      LOOP FETCH c INTO a; EXIT WHEN NOT FOUND; s := s + a; END LOOP;
      CLOSE c;
      RETURN s;
    END"""
    assert "for a in SELECT amount FROM item\n  s = s + a" in function(body)


def test_calls_defaults_and_results() -> None:
    assert function("BEGIN PERFORM half(n); RETURN half(n, 3) + 1; END", N) == (
        "call half(n, 2)\nreturn call half(n, 3) + 1"
    )
    outs = (*N, Argument("a", "integer", "out"), Argument("b", "text", "out"))
    assert function("BEGIN a := n; b := 'x' || n; END", outs, "record") == text("""
        var a integer = null
        var b text = null
        a = n
        b = 'x' || n
        return""")
    table = (Argument("a", "bigint", "table"),)
    assert function("BEGIN RETURN QUERY SELECT i.id FROM item i; END", table, "bigint", is_set=True) == (
        "rows SELECT i.id FROM item i"
    )
    assert function("BEGIN RETURN n; END", N, strict=True) == "if n is null\n  return null\nreturn n"
    assert function("BEGIN NULL; END").startswith("fail 2F005")
    assert function("SELECT amount FROM item WHERE id = $1", N, language="sql").splitlines()[-1] == "return result"
    assert function("SELECT n + 1", N, language="sql") == "return n + 1"


def test_errors_of_the_code_itself_are_caught_without_a_savepoint() -> None:
    body = """
    DECLARE k integer;
    BEGIN
      SELECT amount INTO STRICT k FROM item WHERE id = n;
      RETURN k;
    EXCEPTION WHEN no_data_found THEN RETURN 0;
    END"""
    assert function(body, N) == text("""
        var k integer = null
        try
          run SELECT amount FROM item WHERE id = {n} into strict k
          return k
        except P0002
          return 0""")
    raising = "BEGIN DELETE FROM log; RETURN 1; EXCEPTION WHEN OTHERS THEN RAISE EXCEPTION 'no: %', SQLERRM; END"
    assert function(raising).splitlines()[-2:] == ["except others", "  fail P0001 no: {sqlerrm}"]


def test_names_hidden_by_a_block_within() -> None:
    body = "DECLARE a integer := 1; BEGIN DECLARE a integer := 2; BEGIN a := 3; END; RETURN a; END"
    assert function(body) == "var a integer = 1\nvar a_2 integer = 2\na_2 = 3\nreturn a"


def test_a_column_goes_before_a_variable_where_the_body_says_so() -> None:
    body = "#variable_conflict use_column\nBEGIN DELETE FROM item WHERE id = n AND amount = amount; RETURN 1; END"
    assert "id = {n} AND amount = amount" in function(body, (*N, Argument("amount", "integer")))
    body = body.replace("use_column", "use_variable")
    assert "id = {n} AND {amount} = {amount}" in function(body, (*N, Argument("amount", "integer"))).replace(
        "CAST({amount} AS integer)", "{amount}"
    )


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("BEGIN\n  COMMIT;\n  RETURN 1;\nEND", "2: it ends the transaction (COMMIT), which is the caller's"),
        (
            "BEGIN\n  INSERT INTO log VALUES (1);\n  RETURN 1;\nEXCEPTION\n  WHEN unique_violation THEN RETURN 0;\nEND",
            "5: it goes on after an error of the database (EXCEPTION), which takes a savepoint",
        ),
        (
            "BEGIN\n  DELETE FROM log;\n  RAISE no_data_found;\nEXCEPTION\n  WHEN no_data_found THEN RETURN 0;\nEND",
            "5: it takes back what a block wrote (EXCEPTION), which takes a savepoint",
        ),
        ("BEGIN\n  PERFORM pg_notify('a', 'b');\n  RETURN 1;\nEND", "2: it uses NOTIFY (pg_notify)"),
        ("DECLARE\n  p pair[];\nBEGIN\n  RETURN x;\nEND", "4: x is no variable of it"),
        (
            "BEGIN\n  RETURN (SELECT max(half(i.amount)) FROM item i);\nEND",
            "2: a query calls half, which is no function of the database any more",
        ),
        (
            "DECLARE\n  a integer NOT NULL := 1;\nBEGIN\n  RETURN a;\nEND",
            "2: it declares a NOT NULL, which is checked at each assignment",
        ),
        ("BEGIN RETURN 1 END", "1: its body cannot be read: a semicolon is missing"),
        ("DECLARE a integer[];\nBEGIN\n  a[1] := 2;\n  RETURN 1;\nEND", "3: it assigns to an element of an array"),
    ],
)
def test_what_cannot_be_said_is_named_with_its_line(body: str, why: str) -> None:
    assert function(body) == why


def test_a_column_that_became_others_is_named() -> None:
    assert fired("BEGIN\n  NEW.size := NULL;\n  RETURN NEW;\nEND")["not"] == "2: new has no column size in the bundle"


def test_functions_for_triggers_that_come_with_postgresql() -> None:
    own = Trigger(
        "s", "s", 1, ("public", "item"), "before", ("insert",), True, "x",
        ("slug", "pg_catalog.english", "title"), built_in="tsvector_update_trigger",
    )  # fmt: skip
    made = translate(Obligations("x.sql", (ITEM,), triggers=(own,))).triggers["s"]
    assert shown(made[0].body).startswith(
        "new.slug = ask[SELECT to_tsvector('pg_catalog.english', concat_ws(' ', CAST({new.title}"
    )
