"""Write a pg_dump of any size: a web shop's tables with COPY data like that of real systems.

    python benchmarks/make_dump.py --size 50MB dump.sql      ("-": standard output)

The preamble, the order of the parts and the escapes in the rows are those of pg_dump 16: tables first, then COPY
blocks, setval calls, primary keys, indexes, foreign keys. The share of text, numbers, timestamps, NULLs and escaped
characters is meant to be ordinary. Rows are computed, so the same size gives the same bytes. Memory does not grow with
the size.
"""

import argparse
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

UNITS = {"KB": 10**3, "MB": 10**6, "GB": 10**9}
BATCH = 500  # rows made at a time

PREAMBLE = """\
--
-- PostgreSQL database dump
--

\\restrict benchmark

-- Dumped from database version 16.14
-- Dumped by pg_dump version 16.14

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

SET default_tablespace = '';

SET default_table_access_method = heap;

"""

TABLES = """\
--
-- Name: {name}; Type: TABLE; Schema: public; Owner: shop
--

CREATE TABLE public.{name} (
{columns}
);


ALTER TABLE public.{name} OWNER TO shop;

"""

SERIAL = """\
--
-- Name: {name}_id_seq; Type: SEQUENCE; Schema: public; Owner: shop
--

CREATE SEQUENCE public.{name}_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


ALTER TABLE public.{name}_id_seq OWNER TO shop;

--
-- Name: {name}_id_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: shop
--

ALTER SEQUENCE public.{name}_id_seq OWNED BY public.{name}.id;


--
-- Name: {name} id; Type: DEFAULT; Schema: public; Owner: shop
--

ALTER TABLE ONLY public.{name} ALTER COLUMN id SET DEFAULT nextval('public.{name}_id_seq'::regclass);


"""

WORDS = """
    alpha brisk copper delta ember flint gravel harbour indigo juniper kettle lantern meadow nickel orchard pebble
    quartz river saddle timber umber velvet willow yonder zephyr Käse façade naïve Łódź 東京 Ελλάδα 🫖
""".split()  # noqa: SIM905 - a list of words reads better as words
ESCAPES = ("", "", "", "", "\\tafter a tab", "\\nafter a new line", " C:\\\\temp", ' it\'s "quoted"; and so on', "")


def text(number: int, words: int) -> str:
    """Some words; one value in nine has a character that COPY escapes, or a quote and a semicolon."""
    chosen = (WORDS[(number * 7 + step * (step + number % 5 + 3)) % len(WORDS)] for step in range(words))
    return " ".join(chosen) + ESCAPES[number % len(ESCAPES)]


def moment(number: int) -> str:
    day, rest = divmod(number * 37, 86_400)
    return (
        f"20{20 + day // 336 % 6:02d}-{1 + day // 28 % 12:02d}-{1 + day % 28:02d} "
        f"{rest // 3600:02d}:{rest // 60 % 60:02d}:{rest % 60:02d}.{number % 1000:03d}+00"
    )


def customer(n: int) -> str:
    note = text(n, 12) if n % 3 else "\\N"
    return f"{n}\t{WORDS[n % 31]}.{n}@mail.example\t{text(n, 2)}\t{moment(n)}\t{'t' if n % 7 else 'f'}\t{note}\n"


def order(n: int) -> str:
    paid = moment(n + 9) if n % 4 else "\\N"
    return f"{n}\t{1 + n * 31 % 500}\t{moment(n)}\t{paid}\t{n % 90000}.{n % 100:02d}\t{text(n, 1)}\n"


def line(n: int) -> str:
    return f"{1 + n // 6}\t{n % 6}\t{1 + n * 13 % 997}\t{1 + n % 5}\t{n % 900}.{n % 100:02d}\t{n % 25 / 100}\n"


def event(n: int) -> str:
    mark = f"{n * 2654435761 % 2**32:08x}"
    uuid = f"{mark}-{mark[:4]}-4{mark[1:4]}-8{mark[2:5]}-{mark}{mark[:4]}"
    return f"{n}\t{uuid}\t{moment(n)}\t{text(n, 25)}\t{n % 5000}\t{text(n, 4) if n % 2 else chr(92) + 'N'}\n"


@dataclass(frozen=True, slots=True)
class Table:
    name: str
    columns: tuple[str, ...]
    key: str
    share: float  # of the dump's bytes
    row: Callable[[int], str]
    serial: bool = True

    @property
    def names(self) -> str:
        return ", ".join(column.split()[0] for column in self.columns)


SHOP = (
    Table(
        "customer",
        (
            "id bigint NOT NULL",
            "email character varying(80) NOT NULL",
            "name text NOT NULL",
            "created_at timestamp with time zone DEFAULT now() NOT NULL",
            "active boolean DEFAULT true NOT NULL",
            "notes text",
        ),
        "id",
        0.15,
        customer,
    ),
    Table(
        "orders",
        (
            "id bigint NOT NULL",
            "customer_id bigint NOT NULL",
            "placed_at timestamp with time zone DEFAULT now() NOT NULL",
            "paid_at timestamp with time zone",
            "total numeric(12,2) NOT NULL",
            "channel text",
        ),
        "id",
        0.25,
        order,
    ),
    Table(
        "order_line",
        (
            "order_id bigint NOT NULL",
            "line_no smallint NOT NULL",
            "product_id integer NOT NULL",
            "quantity integer DEFAULT 1 NOT NULL",
            "price numeric(10,2) NOT NULL",
            "discount double precision",
        ),
        "order_id, line_no",
        0.20,
        line,
        serial=False,
    ),
    Table(
        "event",
        (
            "id bigint NOT NULL",
            "trace uuid NOT NULL",
            "at timestamp with time zone NOT NULL",
            "message text NOT NULL",
            "milliseconds integer",
            "context text",
        ),
        "id",
        0.40,
        event,
    ),
)

KEYS = """\
--
-- Name: {name} {name}_pkey; Type: CONSTRAINT; Schema: public; Owner: shop
--

ALTER TABLE ONLY public.{name}
    ADD CONSTRAINT {name}_pkey PRIMARY KEY ({key});


"""

ENDING = """\
CREATE UNIQUE INDEX customer_email_idx ON public.customer USING btree (email);


CREATE INDEX orders_placed_idx ON public.orders USING btree (placed_at DESC);


CREATE INDEX event_at_idx ON public.event USING btree (at);


ALTER TABLE ONLY public.orders
    ADD CONSTRAINT orders_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES public.customer(id);


ALTER TABLE ONLY public.order_line
    ADD CONSTRAINT order_line_order_id_fkey FOREIGN KEY (order_id) REFERENCES public.orders(id) ON DELETE CASCADE;


--
-- PostgreSQL database dump complete
--

\\unrestrict benchmark

"""


def head() -> Iterator[str]:
    yield PREAMBLE
    for table in SHOP:
        yield TABLES.format(name=table.name, columns=",\n".join(f"    {column}" for column in table.columns))
        if table.serial:
            yield SERIAL.format(name=table.name)


def rows(table: Table, size: int) -> Iterator[bytes]:
    """Batches of rows, about `size` bytes in all, numbered from 1."""
    written, number = 0, 1
    while written < size:
        batch = "".join(map(table.row, range(number, number + BATCH))).encode()
        number += BATCH
        written += len(batch)
        yield batch


def write(out: BinaryIO, size: int) -> int:
    """Write a dump of about `size` bytes (never less than the schema takes); returns the number of rows."""
    total = 0
    setvals = []
    for part in head():
        out.write(part.encode())
    for table in SHOP:
        out.write(f"COPY public.{table.name} ({table.names}) FROM stdin;\n".encode())
        count = 0
        for batch in rows(table, int(size * table.share)):
            out.write(batch)
            count += BATCH
        out.write(b"\\.\n\n\n")
        total += count
        if table.serial:
            setvals.append(f"SELECT pg_catalog.setval('public.{table.name}_id_seq', {count}, true);\n\n\n")
    out.write("".join(setvals).encode())
    for table in SHOP:
        out.write(KEYS.format(name=table.name, key=table.key).encode())
    out.write(ENDING.encode())
    return total


TYPES = """\
CREATE TYPE public.state AS ENUM (
    'new',
    'paid',
    'on hold',
    'gone'
);


CREATE TYPE public.place AS (
    street text,
    number integer
);


"""


def typed(n: int) -> str:
    """A row of types that DSQL does not have: an enum, arrays, ranges, a composite, money."""
    state = ("new", "paid", "on hold", "gone")[n % 4]
    tags = "{" + ",".join(WORDS[(n * step + 3) % 26] for step in range(n % 5)) + "}"
    quoted = '{"' + WORDS[n % 31] + ' and more","it\'s \\\\"that\\\\"",NULL}' if n % 9 == 0 else f'{{"{text(n, 2)}"}}'
    quoted = quoted if n % 9 == 0 or ("\\" not in quoted and quoted.count('"') == 2) else "{}"
    sizes = "{" + ",".join(str(n * step % 9973) for step in range(n % 8)) + "}"
    day = f"20{20 + n % 6:02d}-{1 + n // 28 % 12:02d}-{1 + n % 28:02d}"
    stay = f"[{day},{day[:2]}{int(day[2:4]) + 1}{day[4:]})" if n % 7 else "\\N"
    place = f'("{WORDS[n % 31]} street",{n % 900})' if n % 3 else f"({WORDS[n % 31]},)"
    money = f"${n % 90 + 1},{n % 900 + 100}.{n % 100:02d}"
    return f"{n}\t{state}\t{tags}\t{quoted}\t{sizes}\t{stay}\t{place}\t{money}\t{moment(n)}\t{text(n, 4)}\n"


TYPED = Table(
    "booking",
    (
        "id bigint NOT NULL",
        "state public.state NOT NULL",
        "tags text[] NOT NULL",
        "notes text[]",
        "sizes integer[]",
        "stay daterange",
        "home public.place",
        "price money",
        "made_at timestamp with time zone",
        "message text",
    ),
    "id",
    1.0,
    typed,
)


def write_typed(out: BinaryIO, size: int) -> int:
    """A dump of one table whose columns DSQL has to have in other types; returns the number of rows."""
    table, count = TYPED, 0
    out.write((PREAMBLE + TYPES).encode())
    out.write(TABLES.format(name=table.name, columns=",\n".join(f"    {column}" for column in table.columns)).encode())
    out.write(f"COPY public.{table.name} ({table.names}) FROM stdin;\n".encode())
    for batch in rows(table, size):
        out.write(batch)
        count += BATCH
    out.write(b"\\.\n\n\n" + KEYS.format(name=table.name, key=table.key).encode())
    return count


def insert(table: Table, number: int) -> str:
    """A row as pg_dump --inserts writes it."""
    values = []
    for column, field in zip(table.columns, table.row(number)[:-1].split("\t"), strict=True):
        kind = column.split()[1].partition("(")[0]
        if field == "\\N":
            values.append("NULL")
        elif kind in ("bigint", "integer", "smallint", "numeric", "double"):
            values.append(field)
        elif kind == "boolean":
            values.append("true" if field == "t" else "false")
        else:
            plain = field.replace("\\t", "\t").replace("\\n", "\n").replace("\\\\", "\\")
            values.append("'" + plain.replace("'", "''") + "'")
    return f"INSERT INTO public.{table.name} VALUES ({', '.join(values)});\n"


def write_inserts(out: BinaryIO, size: int) -> int:
    """The same dump as pg_dump --inserts makes it, one statement a row; returns the number of rows."""
    total = 0
    for part in head():
        out.write(part.encode())
    for table in SHOP:
        written = number = 0
        while written < size * table.share:
            batch = "".join(insert(table, number + step) for step in range(1, BATCH + 1)).encode()
            number += BATCH
            written += out.write(batch)
        out.write(b"\n\n")
        total += number
    for table in SHOP:
        out.write(KEYS.format(name=table.name, key=table.key).encode())
    out.write(ENDING.encode())
    return total


def size_in_bytes(given: str) -> int:
    number, unit = (given[:-2], given[-2:].upper()) if given[-2:].upper() in UNITS else (given, "")
    return int(float(number) * UNITS.get(unit, 1))


def main() -> int:
    parser = argparse.ArgumentParser(description="Write a pg_dump of any size.")
    parser.add_argument("output", help='file to write, or "-"')
    parser.add_argument("--size", type=size_in_bytes, default=size_in_bytes("50MB"), help="bytes, or 50MB, 1GB (10^n)")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--inserts", action="store_true", help="INSERT statements in place of COPY")
    form.add_argument("--typed", action="store_true", help="one table of arrays, enums, ranges and composites")
    options = parser.parse_args()
    made = write_inserts if options.inserts else write_typed if options.typed else write
    if options.output == "-":
        count = made(sys.stdout.buffer, options.size)
    else:
        with Path(options.output).open("wb") as out:
            count = made(out, options.size)
    print(f"{count:,} rows", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
