"""A strategy that writes PostgreSQL schemas with rows: what pg_dump prints and what people write by hand."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import strategies as st

NAMES = (
    "t", "order", "User", "a b", 'q"t', "ünï", "x.y", "select", "it's", "per cent %", "Größe", "b_1", "naïve name here",
    "a_name_that_is_nearly_as_long_as_postgresql_lets_a_name_be", "comment", "-- no", "/*", "$1",
)  # fmt: skip
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\x00", exclude_categories=("Cs",)), max_size=8)
SMALL = st.integers(-32768, 32767)
DAYS = st.dates().map(str)
BITS = st.text("01", min_size=4, max_size=4)


def _array(elements: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    members = st.lists(st.one_of(elements.map(_element), st.just("NULL")), max_size=3)
    return members.map(lambda found: f"{{{','.join(found)}}}")


def _element(text: str) -> str:
    """As array_out prints it."""
    if text and text.lower() != "null" and not set(text) & set('{}",\\ \t\n\r\v\f'):
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _range(low: st.SearchStrategy[int]) -> st.SearchStrategy[str]:
    pairs = st.tuples(low, st.integers(0, 9), st.sampled_from("[("), st.sampled_from("])"))
    closed = pairs.map(lambda p: f"{p[2]}{p[0]},{p[0] + p[1]}{p[3]}")
    return st.one_of(closed, st.just("empty"), low.map(lambda n: f"[{n},)"), low.map(lambda n: f"(,{n}]"))


# type -> its values, as COPY has them before escapes
TYPES: dict[str, st.SearchStrategy[str]] = {
    "smallint": SMALL.map(str),
    "integer": st.integers(-(2**31), 2**31 - 1).map(str),
    "bigint": st.integers(-(2**63), 2**63 - 1).map(str),
    "numeric": st.decimals(allow_nan=False, places=4, min_value=-(10**9), max_value=10**9).map(str),
    "numeric(10,2)": st.decimals(allow_nan=False, places=2, min_value=-9999, max_value=9999).map(str),
    "double precision": st.floats(allow_nan=False, allow_infinity=False, width=32).map(repr),
    "text": TEXTS,
    "character varying(20)": TEXTS,
    "character(5)": st.text("abc ", max_size=5),
    "boolean": st.sampled_from("tf"),
    "date": DAYS,
    "timestamp without time zone": DAYS.map(lambda d: f"{d} 12:30:00.5"),
    "timestamp with time zone": DAYS.map(lambda d: f"{d} 12:30:00+02"),
    "time without time zone": st.sampled_from(["00:00:00", "23:59:59.999"]),
    "time with time zone": st.sampled_from(["00:00:00+00", "23:59:59-03:30"]),
    "interval": st.sampled_from(["1 day", "-3 mons 02:00:00", "1 year 2 mons", "00:00:00.000001"]),
    "uuid": st.uuids().map(str),
    "bytea": st.binary(max_size=6).map(lambda b: "\\x" + b.hex()),
    "json": st.sampled_from(['{"a": [1, null]}', '"x"', "[]"]),
    "jsonb": st.sampled_from(['{"a": [1, null]}', '"x"', "[]"]),
    "money": st.sampled_from(["$1.00", "-$3,000.50"]),
    "inet": st.sampled_from(["10.0.0.1", "10.0.0.0/8", "::1"]),
    "macaddr": st.just("08:00:2b:01:02:03"),
    "bit(4)": BITS,
    "bit varying(8)": BITS,
    "text[]": _array(TEXTS),
    "integer[]": _array(SMALL.map(str)),
    "int4range": _range(SMALL),
    "numrange": _range(SMALL),
    "daterange": st.sampled_from(["[2025-01-01,2025-02-01)", "empty", "(,)"]),
    "point": st.just("(1,2)"),
    "tsvector": st.just("'a':1 'b':2"),
    "xml": st.just("<a>b</a>"),
}
KEYS = ("smallint", "integer", "bigint", "text", "uuid", "date", "boolean", "character varying(20)")
INDEXED = (*KEYS, "numeric(10,2)", "timestamp with time zone")


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def copied(value: str | None) -> str:
    """A value as a field of COPY."""
    if value is None:
        return "\\N"
    for letter, escape in (("\\", "\\\\"), ("\n", "\\n"), ("\r", "\\r"), ("\t", "\\t")):
        value = value.replace(letter, escape)
    return value


def literal(value: str | None) -> str:
    if value is None:
        return "NULL"
    return ("E" if "\\" in value else "") + "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"


@dataclass
class Written:
    """One schema: the script, and how many rows it puts in."""

    parts: list[str] = field(default_factory=list)
    later: list[str] = field(default_factory=list)
    data: list[str] = field(default_factory=list)
    rows: int = 0
    names: list[str] = field(default_factory=list)
    keyed: list[tuple[str, str, str, list[str]]] = field(default_factory=list)  # table, key column, type, values
    types: dict[str, st.SearchStrategy[str]] = field(default_factory=dict)

    @property
    def sql(self) -> str:
        return "\n".join([*self.parts, *self.data, *self.later]) + "\n"


class Writer:
    """Draws one schema."""

    def __init__(self, draw: st.DrawFn) -> None:
        self._draw = draw
        self.out = Written()

    def one(self, *options: str) -> str:
        return str(self._draw(st.sampled_from(options)))

    def maybe(self) -> bool:
        return bool(self._draw(st.booleans()))

    def name(self) -> str:
        found = self.one(*NAMES)
        while found in self.out.names:
            found = f"{found[:50]}{len(self.out.names)}"
        self.out.names.append(found)
        return found

    def whole(self) -> Written:
        self._user_types()
        for _ in range(self._draw(st.integers(1, 3))):
            self._table()
        for kind in (self._partitioned, self._family, self._code, self._sequence, self._passing):
            if self.maybe():
                kind()
        return self.out

    def _user_types(self) -> None:
        if self.maybe():
            name = f"public.{quoted(self.name())}"
            labels = self._draw(st.lists(TEXTS, min_size=1, max_size=3, unique=True))
            self.out.parts.append(f"CREATE TYPE {name} AS ENUM ({', '.join(map(_plain, labels))});")
            self.out.types[name] = st.sampled_from(labels)
            self.out.types[f"{name}[]"] = _array(st.sampled_from(labels))
        if self.maybe():
            name = f"public.{quoted(self.name())}"
            self.out.parts.append(f"CREATE DOMAIN {name} AS integer CONSTRAINT small CHECK (VALUE < 100000);")
            self.out.types[name] = SMALL.map(str)
        if self.maybe():
            name = f"public.{quoted(self.name())}"
            self.out.parts.append(f"CREATE TYPE {name} AS (n integer, words text);")
            self.out.types[name] = SMALL.map(lambda n: f'({n},"a ""b"", c")')

    def _table(self) -> None:
        bare = self.name()
        table = f"public.{quoted(bare)}"
        columns: list[tuple[str, str, st.SearchStrategy[str], bool]] = []
        key = self.one("serial", "identity", "type", "none")
        lines, after = [], []
        if key in ("serial", "identity"):
            identity = "integer NOT NULL" if key == "serial" else "bigint GENERATED BY DEFAULT AS IDENTITY"
            lines.append(f"    id {identity}")
            columns.append(("id", "integer", st.nothing(), False))
            if key == "serial":
                sequence = f"public.{quoted(bare[:40] + '_id_seq')}"
                self.out.parts.append(f"CREATE SEQUENCE {sequence} AS integer START WITH 1;")
                after.append(f"ALTER SEQUENCE {sequence} OWNED BY {table}.id;")
                following = f"nextval({literal(sequence)}::regclass)"
                after.append(f"ALTER TABLE ONLY {table} ALTER COLUMN id SET DEFAULT {following};")
        elif key == "type":
            type = self.one(*KEYS)
            lines.append(f"    id {type} NOT NULL")
            columns.append(("id", type, TYPES[type], False))
        known = TYPES | self.out.types
        for _ in range(self._draw(st.integers(1, 4))):
            self._column(columns, lines, known)
        if self.maybe():
            column = columns[-1][0]
            condition = f"{quoted(column)} IS NOT NULL OR 1 = 1"
            lines.append(f"    CONSTRAINT {quoted('seen ' + bare[:30])} CHECK ({condition})")
        remark = "\n    -- kept: of this table" if self.maybe() else ""
        self.out.parts.append(f"CREATE TABLE {table} ({remark}\n" + ",\n".join(lines) + "\n);")
        self.out.parts += after
        keys = self._rows(table, columns, key)
        if key != "none":
            self._add(table, f"CONSTRAINT {quoted(bare[:50] + '_pkey')} PRIMARY KEY (id)")
            of_key = {"serial": "integer", "identity": "bigint"}.get(key, columns[0][1])
            self.out.keyed.append((table, "id", of_key, keys))
        self._around(table, bare, columns)

    def _column(self, columns: list[tuple[str, str, st.SearchStrategy[str], bool]], lines: list[str],
                known: dict[str, st.SearchStrategy[str]]) -> None:  # fmt: skip
        name = f"c{len(columns)}" if self.maybe() else self.name()
        if self.out.keyed and self.one("own", "own", "reference") == "reference":
            table, far, type, values = self._draw(st.sampled_from(self.out.keyed))
            taken = st.sampled_from(values) if values else st.nothing()
            columns.append((name, type, taken, not values))
            lines.append(f"    {quoted(name)} {type}")
            body = f"FOREIGN KEY ({quoted(name)}) REFERENCES {table} ({far}) ON DELETE CASCADE"
            self._add("%TABLE%", f"CONSTRAINT {quoted(name[:40] + '_fk')} {body}")
            return
        type = self.one(*known)
        clause = " NOT NULL" if self.maybe() else ""
        remark = " -- as it was" if self.maybe() else ""
        lines.append(f"    {quoted(name)} {type}{clause}" + (f" /*{remark} */" if remark else ""))
        columns.append((name, type, known[type], not clause))

    def _add(self, table: str, constraint: str) -> None:
        self.out.later.append(f"ALTER TABLE ONLY {table}\n    ADD {constraint};")

    def _rows(self, table: str, columns: list[tuple[str, str, st.SearchStrategy[str], bool]], key: str) -> list[str]:
        self.out.later = [text.replace("%TABLE%", table) for text in self.out.later]
        count = self._draw(st.integers(0, 3))
        rows = []
        for number in range(count):
            row: list[str | None] = []
            for place, (_, _, values, nullable) in enumerate(columns):
                if place == 0 and key in ("serial", "identity"):
                    row.append(str(number + 1))
                elif values.is_empty or (nullable and self.maybe()):
                    row.append(None)
                else:
                    row.append(str(self._draw(values)))
            rows.append(row)
        if key == "type":
            rows = list({row[0]: row for row in rows}.values())
        self.out.rows += len(rows)
        names = ", ".join(quoted(name) for name, *_ in columns)
        if rows and self.maybe():
            self.out.data += [f"INSERT INTO {table} ({names}) VALUES ({', '.join(map(literal, row))});" for row in rows]
        elif rows:
            lines = "".join("\t".join(map(copied, row)) + "\n" for row in rows)
            self.out.data.append(f"COPY {table} ({names}) FROM stdin;\n{lines}\\.\n")
        return [str(row[0]) for row in rows]

    def _around(self, table: str, bare: str, columns: list[tuple[str, str, st.SearchStrategy[str], bool]]) -> None:
        names = [name for name, type, _, _ in columns if type in INDEXED]
        if names and self.maybe():
            key = quoted(names[-1]) + self.one("", " DESC", " NULLS FIRST")
            self.out.later.append(f"CREATE INDEX {quoted(bare[:50] + '_ix')} ON {table} USING btree ({key});")
        if self.maybe():
            self.out.later.append(f"COMMENT ON TABLE {table} IS {literal('of ' + bare)};")
        if self.maybe():
            self.out.later.append(f"COMMENT ON COLUMN {table}.{quoted(columns[-1][0])} IS 'a column';")
        if self.maybe():
            view = self.name()
            self.out.later.append(f"CREATE VIEW public.{quoted(view)} AS SELECT {quoted(columns[0][0])} FROM {table};")

    def _partitioned(self) -> None:
        bare = self.name()
        table = f"public.{quoted(bare)}"
        body = "    id integer NOT NULL,\n    at date NOT NULL,\n    what text"
        self.out.parts.append(f"CREATE TABLE {table} (\n{body}\n)\nPARTITION BY RANGE (at);")
        attach = self.maybe()
        for year in (2025, 2026):
            part = f"public.{quoted(f'{bare[:40]}_{year}')}"
            bounds = f"FOR VALUES FROM ('{year}-01-01') TO ('{year + 1}-01-01')"
            if attach:
                self.out.parts.append(f"CREATE TABLE {part} (\n{body}\n);")
                self.out.parts.append(f"ALTER TABLE ONLY {table} ATTACH PARTITION {part} {bounds};")
            else:
                self.out.parts.append(f"CREATE TABLE {part} PARTITION OF {table} {bounds};")
            self.out.data.append(f"COPY {part} (id, at, what) FROM stdin;\n1\t{year}-05-05\tone\n\\.\n")
            self.out.rows += 1
        if self.maybe():
            name = quoted(bare[:40] + "_pk")
            self.out.later.append(f"ALTER TABLE {table} ADD CONSTRAINT {name} PRIMARY KEY (id, at);")
        if self.maybe():
            self.out.later.append(f"CREATE INDEX {quoted(bare[:40] + '_what')} ON {table} (what);")

    def _family(self) -> None:
        parent, child = (f"public.{quoted(self.name())}" for _ in range(2))
        self.out.parts.append(f"CREATE TABLE {parent} (\n    id integer NOT NULL,\n    name text\n);")
        own = ["more text"] if self.maybe() else []
        checks = ["CONSTRAINT big CHECK (id > 0)"] if self.maybe() else []
        body = "".join(f"\n    {line}" for line in (", ".join([*own, *checks]),) if line)
        self.out.parts.append(f"CREATE TABLE {child} ({body}\n)\nINHERITS ({parent});")
        self.out.data.append(f"COPY {parent} (id, name) FROM stdin;\n1\tone\n\\.\n")
        self.out.data.append(f"COPY {child} (id, name) FROM stdin;\n2\t\\N\n\\.\n")
        self.out.rows += 2

    def _code(self) -> None:
        bodies = ["sql IMMUTABLE AS $$ SELECT n + 1 $$"]
        if self.maybe():
            bodies.append("plpgsql AS $$ BEGIN RETURN n * 2; END $$")
        for body in bodies:
            head = f"CREATE FUNCTION public.{quoted(self.name())}(n integer) RETURNS integer"
            self.out.parts.append(f"{head}\n    LANGUAGE {body};")

    def _sequence(self) -> None:
        name = f"public.{quoted(self.name())}"
        options = f"INCREMENT BY {self.one('1', '5', '-1')} {self.one('', 'CYCLE')} {self.one('', 'CACHE 7')}"
        self.out.parts.append(f"CREATE SEQUENCE {name} {options};")

    def _passing(self) -> None:
        name = f"public.{quoted(self.name())}"
        generated = "GENERATED ALWAYS AS (id * 2) STORED"
        body = f"    id integer PRIMARY KEY,\n    twice integer {generated}"
        self.out.parts.append(f"CREATE UNLOGGED TABLE {name} (\n{body}\n);")
        self.out.data.append(f"COPY {name} (id) FROM stdin;\n1\n2\n\\.\n")
        self.out.rows += 2


def _plain(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


@st.composite
def schemas(draw: st.DrawFn) -> Written:
    """A schema with rows, as a script for psql."""
    return Writer(draw).whole()
