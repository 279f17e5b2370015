"""PL/pgSQL bodies read to a tree: nothing of a body is lost, and what is no body is refused with its place."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from write_plpgsql import written

from dsql_migrate.source.parse import Unparsable, tokens
from dsql_migrate.stubs.plpgsql import tree as t
from dsql_migrate.stubs.plpgsql.read import read

ALL = """
#variable_conflict use_column
<<outer_block>>
DECLARE
  n integer := 1;
  c CONSTANT text NOT NULL DEFAULT 'x;y';
  who users.name%TYPE;
  row users%ROWTYPE;
  r record;
  other ALIAS FOR $1;
  cur NO SCROLL CURSOR (k integer, m text) FOR SELECT * FROM users WHERE id = k;
  sorted text COLLATE "C";
BEGIN
  n := n + 1;
  row.name = 'a';
  list[2] := 5;
  SELECT a, b INTO STRICT n, row.name FROM t WHERE c = n;
  INSERT INTO t (a) VALUES (1) RETURNING a INTO n;
  IF n > 1 THEN NULL; ELSIF n = 1 THEN PERFORM f(n); ELSE RETURN; END IF;
  CASE n WHEN 1, 2 THEN NULL; ELSE NULL; END CASE;
  CASE WHEN n = 1 THEN NULL; END CASE;
  <<l>> LOOP EXIT l WHEN n > 3; CONTINUE; END LOOP l;
  WHILE n < 10 LOOP n := CASE WHEN n > 3 THEN 4 ELSE 5 END; END LOOP;
  FOR i IN REVERSE 10..1 BY 2 LOOP NULL; END LOOP;
  FOR r IN SELECT * FROM t LOOP RETURN NEXT r; END LOOP;
  FOR r IN EXECUTE 'SELECT $1' USING n LOOP NULL; END LOOP;
  FOR r IN cur(k := 1, m := 'x') LOOP NULL; END LOOP;
  FOREACH n IN ARRAY list LOOP NULL; END LOOP;
  FOREACH list SLICE 1 IN ARRAY lists LOOP NULL; END LOOP;
  RETURN QUERY SELECT 1;
  RETURN QUERY EXECUTE 'SELECT $1' USING n;
  RAISE NOTICE 'a % b %%', n;
  RAISE EXCEPTION 'no' USING ERRCODE = 'P0001', HINT = 'try';
  RAISE unique_violation USING MESSAGE = 'm';
  RAISE SQLSTATE '22012';
  ASSERT n > 0, 'm';
  CALL p(n);
  EXECUTE format('SELECT %I', c) INTO n USING 1, 2;
  EXECUTE 'SELECT 1' USING 3 INTO STRICT n;
  GET DIAGNOSTICS n = ROW_COUNT, who = PG_CONTEXT;
  GET STACKED DIAGNOSTICS who = MESSAGE_TEXT;
  OPEN cur(1, 'a');
  OPEN cur FOR SELECT 1;
  OPEN cur FOR EXECUTE 'SELECT $1' USING n;
  FETCH NEXT FROM cur INTO r;
  FETCH cur INTO n, who;
  MOVE FORWARD 2 FROM cur;
  CLOSE cur;
  BEGIN
    n := 1 / 0;
  EXCEPTION WHEN division_by_zero OR SQLSTATE '22003' THEN RAISE; WHEN OTHERS THEN NULL;
  END;
  COMMIT;
  RETURN n;
END outer_block;
"""


def same_tokens(body: str) -> None:
    """What the tree says has the tokens of the body, and its tree is the same again."""
    found = read(body)
    made = written(found)
    assert plain(made) == plain(body)
    assert written(read(made)) == made


def plain(body: str) -> list[str]:
    """The tokens with what may be written in two ways written in one."""
    words = [x.word for x in tokens(body.encode())]
    one = {"elseif": "elsif", "=": ":=", "default": ":=", "is": "for", "current": ""}
    kept = [one.get(word, word) for word in words if word != "declare"]
    text = " ".join(kept)
    text = re.sub(r"end loop [^ ;]+ ;", "end loop ;", text).replace("raise exception", "raise")
    text = re.sub(r"(?<=[;] )end (?!if |case |loop )[^ ;]+ ;", "end ;", text).rstrip("; ")
    text = re.sub(r"(?<=[;] )end (?!if |case |loop )[^ ;]+$", "end", text)
    text = re.sub(r"\b(in|from) (?=[^ ]+ into )", "from ", text)
    return sorted(text.split())


def test_every_statement_is_read_whole() -> None:
    same_tokens(ALL)


def test_statements_know_their_lines() -> None:
    block = read("BEGIN\n  -- why\n  a := 1; -- beside\n\n  RETURN a;\nEND").block
    assert block.body == (
        t.Remark("why", 2), t.Remark("beside", 3),
        t.Assign(3, t.Place(("a",)), t.Sql("1", 3)), t.Return(5, t.Sql("a", 5)),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("", "a body starts with DECLARE or BEGIN"),
        ("SELECT 1", "a body starts with DECLARE or BEGIN"),
        ("BEGIN IF a THEN b := 1; END", "IF is missing"),
        ("BEGIN a := ; END", "an expression is missing"),
        ("BEGIN a := 1 END", "a semicolon is missing"),
        ("BEGIN NULL; END; SELECT 1", "nothing may follow the END of a body"),
        ("DECLARE a; BEGIN END", "a type is missing"),
        ("BEGIN EXCEPTION END", "WHEN is missing"),
        ("BEGIN LOOP NULL; END;", "LOOP is missing"),
        ("BEGIN FOR a IN 1..2; END", "LOOP is missing"),
    ],
)
def test_what_is_no_body_is_refused(body: str, message: str) -> None:
    with pytest.raises(Unparsable, match=re.escape(message)):
        read(body)


def bodies(folder: Path) -> Iterator[str]:
    for path in sorted(folder.rglob("*.sql")):
        text = path.read_bytes()
        if b"plpgsql" not in text.lower():
            continue
        for found in re.finditer(rb"(\$[A-Za-z_0-9]*\$)(.*?)\1\s*;?", text, re.DOTALL):
            body = found.group(2)
            if re.match(rb"(?is)^(\s|--[^\n]*\n|/\*.*?\*/|#\w+ \w+)*(<<|declare|begin)\b(?!\s*atomic)", body):
                yield body.decode()


def test_every_body_of_real_dumps_is_read_whole(corpus: Path) -> None:
    seen = 0
    for body in bodies(corpus):
        same_tokens(body)
        seen += 1
    assert seen > 40
