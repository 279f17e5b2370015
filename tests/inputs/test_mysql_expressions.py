"""Expressions of MySQL: what they give on PostgreSQL. What is expected follows from its manual, by hand."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import Connection

from dsql_migrate.engine.postgres.server import Server
from dsql_migrate.inputs.given import first_option
from dsql_migrate.inputs.mysql.translate import translated
from dsql_migrate.source.untranslated import Untranslated

TABLE = """CREATE TABLE `t` (
  `id` int unsigned NOT NULL, `n` int, `small` smallint, `price` decimal(8,2), `ratio` double, `nothing` int,
  `name` varchar(40), `code` varchar(20) COLLATE utf8mb4_bin, `tags` varchar(50),
  `latin` varchar(9) CHARACTER SET latin1,
  `padded` char(6), `d` date, `born` date, `at` datetime, `ts` timestamp, `clock` time, `flag` tinyint(1),
  `state` enum('open','Done'), `doc` json, `bin` varbinary(10), PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
"""
ROW = """INSERT INTO public.t VALUES (7, -17, 32000, 19.99, 0.5, NULL,
 'Jürgen Müller', 'Ab', 'Red,green,Blue', 'né', 'ab',
 '2024-02-29', '1999-03-01', '2024-12-03 14:05:09', '2024-12-03 14:05:09+00', '14:05:09', 1, 'open',
 '{"a": {"b": [1, "x"]}, "n": null, "c": 5}', '\\x00ff')"""

GIVES = {
    # texts
    "CAST(id AS CHAR)": "7",
    "CAST(name AS CHAR(3))": "Jür",
    "CAST(at AS CHAR)": "2024-12-03 14:05:09",
    "CONVERT(price, CHAR)": "19.99",
    "LENGTH(name)": "15",
    "LENGTH(padded)": "2",
    "LENGTH(bin)": "2",
    "CHAR_LENGTH(name)": "13",
    "BIT_LENGTH(code)": "16",
    "CONCAT(name, ' #', id)": "Jürgen Müller #7",
    "CONCAT(id, n)": "7-17",
    "CONCAT('a', nothing)": None,
    "CONCAT(n > 0, '!')": "0!",
    "CONCAT_WS('-', id, NULL, name)": "7-Jürgen Müller",
    "UCASE(code)": "AB",
    "REPLACE(tags, 'e', 'E')": "REd,grEEn,BluE",
    "LEFT(name, 3)": "Jür",
    "LEFT(name, n)": "",
    "RIGHT(name, 2)": "er",
    "RIGHT(name, -1)": "",
    "SUBSTRING(name, 2, 3)": "ürg",
    "SUBSTRING(name, -3)": "ler",
    "SUBSTRING(name, -3, 2)": "le",
    "SUBSTRING(code, -3)": "",
    "SUBSTRING(name, 0)": "",
    "SUBSTRING(name, nothing)": None,
    "SUBSTRING(name, n + 5)": "ürgen Müller",
    "SUBSTRING(name, n)": "",
    "SUBSTRING(tags, 1, LOCATE(',', tags) - 1)": "Red",
    "MID(name, 8, 6)": "Müller",
    "LOCATE('GEN', name)": "4",
    "INSTR(code, 'B')": "0",
    "INSTR(code, 'b')": "2",
    "POSITION('x' IN name)": "0",
    "SUBSTRING_INDEX(tags, ',', 1)": "Red",
    "SUBSTRING_INDEX(tags, ',', 2)": "Red,green",
    "SUBSTRING_INDEX(tags, ',', -1)": "Blue",
    "SUBSTRING_INDEX(tags, ',', -2)": "green,Blue",
    "SUBSTRING_INDEX(tags, ',', 9)": "Red,green,Blue",
    "SUBSTRING_INDEX(tags, ',', -9)": "Red,green,Blue",
    "LPAD(id, 3, '0')": "007",
    "RPAD(code, 1, '-')": "A",
    "REPEAT(code, 2)": "AbAb",
    "REPEAT(code, n)": "",
    "REVERSE(code)": "bA",
    "TRIM(CONCAT('  ', code, ' '))": "Ab",
    "TRIM(LEADING 'A' FROM code)": "b",
    "HEX(id + 248)": "FF",
    "HEX(n)": "FFFFFFFFFFFFFFEF",
    "HEX(code)": "4162",
    "HEX(bin)": "00FF",
    "HEX(UNHEX('4d7953514c'))": "4D7953514C",
    "HEX(UNHEX(MD5('a')))": "0CC175B9C0F1B6A831C399E269772661",
    "MD5('a')": "0cc175b9c0f1b6a831c399e269772661",
    "SHA2('abc', 256)": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    "FIND_IN_SET('BLUE', tags)": "3",
    "FIND_IN_SET('blue', CAST(tags AS CHAR) COLLATE utf8mb4_bin)": "0",
    "FIELD('b', 'a', 'b', 'c')": "2",
    "FIELD(nothing, 1, 2)": "0",
    "ELT(2, 'a', 'b')": "b",
    "ELT(5, 'a', 'b')": None,
    # comparisons, by collation
    "name = 'JÜRGEN MÜLLER'": "1",
    "code = 'ab'": "0",
    "BINARY name = 'jürgen müller'": "0",
    "name COLLATE utf8mb4_bin = 'jürgen müller'": "0",
    "name LIKE 'jür%'": "1",
    "code LIKE 'a%'": "0",
    "id LIKE '7%'": "1",
    "name NOT LIKE 'x%'": "1",
    "name LIKE BINARY 'jür%'": "0",
    "name NOT LIKE 'J|%' ESCAPE '|'": "1",
    "name NOT REGEXP '^j'": "0",
    "nothing IS NOT TRUE": "1",
    "name NOT LIKE 'a LIKE b'": "1",
    "id NOT IN (1, 7)": "0",
    "tags REGEXP '^red,'": "1",
    "code REGEXP '^a'": "0",
    "name IN ('jürgen müller', 'x')": "1",
    "nothing <=> NULL": "1",
    "nothing = NULL": None,
    "state = 'OPEN'": "1",
    "id = '7'": "1",
    "d < '2024-02-29 01:00:00'": "1",
    "n BETWEEN -20 AND 0": "1",
    "flag AND id": "1",
    "!flag": "0",
    "flag XOR 1": "0",
    "ISNULL(nothing)": "1",
    "flag IS TRUE": "1",
    "(n < 0) + (id > 1)": "2",
    # choices
    "IF(id, 'yes', 'no')": "yes",
    "IF(nothing, 'yes', 'no')": "no",
    "IF(n > 0, 1, 'none')": "none",
    "IFNULL(nothing, 'x')": "x",
    "IFNULL(nothing, 5)": "5",
    "COALESCE(nothing, price)": "19.99",
    "NULLIF(name, 'JÜRGEN müller')": None,
    "NULLIF(id, 8)": "7",
    "CASE name WHEN 'jürgen MÜLLER' THEN 1 ELSE 2 END": "1",
    "CASE WHEN id THEN 'a' ELSE 2 END": "a",
    "GREATEST(id, n, 3)": "7",
    "GREATEST(id, nothing)": None,
    "LEAST(d, born)": "1999-03-01",
    # numbers
    "1 / 3": "0.3333",
    "price / 3": "6.663333",
    "id / 0": None,
    "id / 2 * 100": "350.0000",
    "ratio / 2": "0.25",
    "n DIV 5": "-3",
    "n DIV 0": None,
    "n % 5": "-2",
    "id MOD 0": None,
    "small * small": "1024000000",
    "small * small * 100": "102400000000",
    "CAST(price AS SIGNED)": "20",
    "CAST('12' AS SIGNED)": "12",
    "CAST(id AS UNSIGNED)": "7",
    "CAST(price AS DECIMAL)": "20",
    "CAST(price AS DECIMAL(6,1))": "20.0",
    "ROUND(price, 1)": "20.0",
    "ROUND(price)": "20",
    "TRUNCATE(price, 1)": "19.9",
    "FLOOR(price)": "19",
    "CEILING(price)": "20",
    "FLOOR(n / 5)": "-4",
    "POW(id, 2)": "49",
    "SQRT(n)": None,
    "LOG10(100)": "2",
    "LOG2(8)": "3",
    "LN(n)": None,
    "ABS(n)": "17",
    "SIGN(n)": "-1",
    "id & 3": "3",
    "id | 8": "15",
    "id ^ 2": "5",
    "id >> 1": "3",
    # dates and times
    "DATE_FORMAT(at, '%Y-%m-%d %H:%i:%s')": "2024-12-03 14:05:09",
    "DATE_FORMAT(at, '%W, %D %M %y; %l:%i %p')": "Tuesday, 3rd December 24; 2:05 PM",
    "DATE_FORMAT(d, '%e.%c. %j %a %b %T %% Year%Y')": "29.2. 060 Thu Feb 00:00:00 % Year2024",
    "DATE_FORMAT(born, '%x-%v, %r')": "1999-09, 12:00:00 AM",
    "TIMESTAMPDIFF(DAY, born, d)": "9131",
    "TIMESTAMPDIFF(YEAR, born, d)": "24",
    "TIMESTAMPDIFF(YEAR, '1999-02-28', d)": "25",
    "TIMESTAMPDIFF(MONTH, d, '2024-03-28')": "0",
    "TIMESTAMPDIFF(MONTH, d, '2024-03-29')": "1",
    "TIMESTAMPDIFF(MONTH, '2024-03-31', d)": "-1",
    "TIMESTAMPDIFF(HOUR, d, at)": "6686",
    "TIMESTAMPDIFF(MINUTE, at, '2024-12-03 14:04:10')": "0",
    "TIMESTAMPDIFF(SECOND, at, '2024-12-03 14:04:10')": "-59",
    "DATEDIFF(at, d)": "278",
    "DAYOFWEEK(d)": "5",
    "WEEKDAY(d)": "3",
    "DAYNAME(d)": "Thursday",
    "MONTHNAME(d)": "February",
    "DAYOFYEAR(d)": "60",
    "WEEKOFYEAR(at)": "49",
    "WEEK(at, 3)": "49",
    "QUARTER(at)": "4",
    "YEAR(at) * 100 + MONTH(at)": "202412",
    "EXTRACT(HOUR FROM at)": "14",
    "SECOND(clock)": "9",
    "TIME_TO_SEC(clock)": "50709",
    "DATE(at)": "2024-12-03",
    "TIME(at)": "14:05:09",
    "DATE_ADD(d, INTERVAL 1 YEAR)": "2025-02-28",
    "DATE_ADD(d, INTERVAL id DAY)": "2024-03-07",
    "DATE_SUB(d, INTERVAL 1 QUARTER)": "2023-11-29",
    "d + INTERVAL 1 HOUR": "2024-02-29 01:00:00",
    "at - INTERVAL 2 WEEK": "2024-11-19 14:05:09",
    "ADDDATE(d, 1)": "2024-03-01",
    "TIMESTAMPADD(MINUTE, 1, at)": "2024-12-03 14:06:09",
    "LAST_DAY(d)": "2024-02-29",
    "TO_DAYS('2007-10-07')": "733321",
    "UNIX_TIMESTAMP(ts)": "1733234709",
    "UNIX_TIMESTAMP(born) > 0": "1",
    "UNIX_TIMESTAMP(at)": "1733234709",
    "FROM_UNIXTIME(1447430881)": "2015-11-13 16:08:01",
    "FROM_UNIXTIME(1447430881, '%Y %D %M %h:%i:%s %x')": "2015 13th November 04:08:01 2015",
    # documents
    "doc->'$.c'": "5",
    "doc->'$.a.b[1]'": '"x"',
    "doc->>'$.a.b[1]'": "x",
    "doc->>'$.n'": "null",
    "doc->>'$.none'": None,
    "doc->'$.c[0]'": "5",
    "doc->'$.a[1]'": None,
    "JSON_UNQUOTE(JSON_EXTRACT(doc, '$.\"a\".b[0]'))": "1",
    "JSON_OBJECT('id', id, 'big', n > 0, 'yes', TRUE)": '{"id": 7, "big": 0, "yes": true}',
    "JSON_ARRAY(id, 'a', NULL)": '[7, "a", null]',
    # aggregates
    "COUNT(*)": "1",
    "SUM(n < 0)": "1",
    "AVG(id)": "7.0000",
    "GROUP_CONCAT(id)": "7",
    "GROUP_CONCAT(DISTINCT name ORDER BY name DESC SEPARATOR '; ')": "Jürgen Müller",
    "COUNT(DISTINCT name)": "1",
    "ROW_NUMBER() OVER (ORDER BY id)": "1",
    "(SELECT MAX(x.id) FROM t AS x WHERE x.n = t.n)": "7",
    "EXISTS(SELECT 1 FROM t)": "1",
}

REFUSED = {
    "SHA1(name)": "SHA1()",
    "LOAD_FILE('x')": "LOAD_FILE()",
    "INET_ATON(name)": "INET_ATON()",
    "LENGTH(latin)": "character set is not UTF-8",
    "MD5(latin)": "character set is not UTF-8",
    "UNHEX(name)": "UNHEX()",
    "CURRENT_TIMESTAMP() * 1000": "taken for a number",
    "name + 1": "taken for a number",
    "name = 5": "a comparison of a text with a number",
    "name > 'a'": "order of texts by a collation",
    "MAX(name)": "MAX()",
    "CAST(n AS UNSIGNED)": "may be negative",
    "CAST(name AS SIGNED)": "taken for a number",
    "n | 1": "may be negative",
    "1 << id": "a shift by <<",
    "DATE_FORMAT(d, '%U')": "%U",
    "DATE_FORMAT(d, name)": "no literal",
    "WEEK(d)": "mode 3",
    "MONTH(name)": "a time taken from a text",
    "STR_TO_DATE(name, '%Y')": "STR_TO_DATE()",
    "name REGEXP '[[:<:]]a'": "REGEXP",
    "name REGEXP code": "no literal",
    "TRIM('ab' FROM name)": "one character",
    "state = 'gone'": "no label",
    "doc->'$.a' = 'x'": "JSON",
    "doc->'$**.a'": "a path of JSON",
    "TIMESTAMPDIFF(MICROSECOND, d, d)": "MICROSECOND",
    "CONCAT(ratio, '')": "the text of a float",
    "IF(name, 1, 2)": "taken for a condition",
    "@a": "@a",
    "FORMAT(price, 2)": "FORMAT()",
    "CHAR(65)": "CHAR()",
    "GROUP_CONCAT(DISTINCT name ORDER BY id)": "in an order of something else",
}


def script(path: Path, sql: str) -> tuple[str, list[Untranslated]]:
    dump = path / "dump.sql"
    dump.write_text(f"SET TIME_ZONE='+00:00';\n{TABLE}{sql}")
    with translated(str(dump), first_option) as source:
        return source.read(0, source.size).decode(), list(source.untranslated)


def view_of(path: Path, expression: str) -> tuple[str, list[Untranslated]]:
    """The view that shows an expression; empty where there is none."""
    text, left = script(path, f"CREATE VIEW `v` AS SELECT {expression} AS `x` FROM `t`;\n")
    _, found, after = text.partition("CREATE VIEW")
    return f"{found}{after}", left


@pytest.fixture(scope="module")
def database(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    with psycopg.connect(server.create_database("mysql_expressions"), autocommit=True) as connection:
        connection.execute("SET TimeZone TO 'UTC'")
        text, _ = script(tmp_path_factory.mktemp("table"), "")
        connection.execute(text)  # type: ignore[arg-type]
        connection.execute(ROW)
        yield connection


@pytest.mark.server
@pytest.mark.parametrize("expression", GIVES)
def test_a_view_gives_what_mysql_gives(tmp_path: Path, database: Connection, expression: str) -> None:
    sql, left = view_of(tmp_path, expression)
    assert sql, [part.reason for part in left if part.kind == "view"]
    with database.transaction(force_rollback=True):
        database.execute(sql)  # type: ignore[arg-type]
        (found,) = database.execute("SELECT x::text FROM v").fetchall()
    assert found == (GIVES[expression],)


@pytest.mark.parametrize("expression", REFUSED)
def test_what_has_no_exact_meaning_is_refused_by_name(tmp_path: Path, expression: str) -> None:
    sql, left = view_of(tmp_path, expression)
    assert sql == ""
    (part,) = [part for part in left if part.kind == "view"]
    assert (part.name, part.disposition) == ("public.v", "application")
    assert REFUSED[expression] in part.reason
    assert expression in part.text


@pytest.mark.server
def test_columns_of_views_are_known_to_the_views_that_read_them(tmp_path: Path, database: Connection) -> None:
    text, left = script(
        tmp_path,
        """CREATE VIEW `a` AS
  SELECT upper(concat(`b`.`big` - 1, ' ', 'up', left(`b`.`Who`, 0))) AS `who`, `b`.`big` AS `big`
  FROM `b` WHERE `b`.`who` = 'jürgen müller';
CREATE VIEW `b` AS SELECT `T`.`Name` AS `who`, `t`.`id` + 1 AS `big` FROM `t` `T`
  LEFT JOIN (SELECT max(`id`) AS `top` FROM `t`) `m` ON `m`.`top` = `T`.`id`
  WHERE `id` AND `m`.`top` ORDER BY `big` LIMIT 5;
""",
    )
    assert [part for part in left if part.kind == "view"] == []
    with database.transaction(force_rollback=True):
        database.execute("CREATE VIEW" + text.partition("CREATE VIEW")[2])  # type: ignore[arg-type]
        assert database.execute("SELECT * FROM a").fetchall() == [("7 UP", 8)]


def test_a_check_that_does_not_look_at_case_says_so(tmp_path: Path) -> None:
    dump = "CREATE TABLE `c` (`s` varchar(9), CONSTRAINT `k` CHECK (`s` in ('A','b'))) COLLATE=utf8mb4_general_ci;\n"
    text, left = script(tmp_path, dump)
    assert "CONSTRAINT k CHECK (LOWER(s) IN ('a', 'b'))" in text
    (told,) = [part for part in left if part.name == "constraint public.c.k"]
    assert (told.kind, told.disposition) == ("collation", "rewritten")
    assert "accents" in told.reason


def test_changes_of_rows_are_assigned_by_the_columns_type(tmp_path: Path) -> None:
    text, left = script(
        tmp_path,
        """UPDATE `t` SET `NAME` = `n`, `n` = `id` > 3 WHERE `flag`;
INSERT INTO `t` (`id`, `name`) VALUES (1 + 1, concat(1, 2));
DELETE FROM `t` WHERE `id` = 1 LIMIT 1;
INSERT INTO `t` (`id`) VALUES (1 + 1) ON DUPLICATE KEY UPDATE `n` = 1;
""",
    )
    assert "UPDATE public.t SET name = CAST(n AS TEXT), n = CAST(id > 3 AS INTEGER)\nWHERE flag <> 0;" in text
    assert "INSERT INTO public.t (id, name) VALUES (1 + 1, '1' || '2');" in text
    unknown = [part.reason for part in left if part.disposition == "unknown"]
    assert len(unknown) == 2
    assert "LIMIT" in unknown[0]
    assert "CONFLICT" in unknown[1]
