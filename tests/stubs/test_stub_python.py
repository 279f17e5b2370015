"""The written package as text: the same each time, formatted, typed, and deaf to hostile names."""

import subprocess
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from stub_cases import (
    BEFORE_ANY_PREDICATE,
    KEY_SHARE,
    SHOP,
    TARGETS,
    foreign_key,
    load,
    obligations_of,
    table,
    without_foreign_keys,
)

from dsql_migrate.engine.postgres.server import Server
from dsql_migrate.stubs.obligations import Capabilities, ColumnShape, ForeignKey, Obligations, TableShape
from dsql_migrate.stubs.python import write_python
from dsql_migrate.stubs.python.model import RESERVED, package_name

HOSTILE = (
    "../../etc/passwd", "class", "a-b", "a_b", "A B", '"; DROP TABLE x; --', "it's", "new\nline", '"""', "\\",
    "naïve", "表", "con", "insert", "runtime", "%s", "a%b", "{{ 7 * 7 }}", "{% raw %}", "\u202etxt", "x" * 62,
    "__init__", "key", "TABLE", "1st", "`tick`", "a|b", "conn", "changes", "print", "date", "datetime", "updated", "_",
    "orders_check",
)  # fmt: skip


def files(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): path.read_text("utf-8") for path in folder.rglob("*") if path.is_file()
    }


def test_where_it_goes(tmp_path: Path) -> None:
    assert write_python(SHOP, tmp_path, KEY_SHARE) == {
        "constraint:orders_customer_id_fkey": ["app/python/shop/orders.py", "app/python/shop/customer.py"],
        "constraint:line_order_id_fkey": ["app/python/shop/line.py", "app/python/shop/orders.py"],
    }
    names = {"__init__", "README", "constraints", "runtime", "customer", "orders", "line", "py"}
    assert {Path(name).name.split(".")[0] for name in files(tmp_path)} == names


def test_nothing_for_nothing(tmp_path: Path) -> None:
    assert write_python(replace(SHOP, foreign_keys=()), tmp_path, KEY_SHARE) == {}
    assert not list(tmp_path.iterdir())


def test_a_key_that_cannot_be_known_has_no_stub(tmp_path: Path) -> None:
    """The parent is not in the source, and the key does not say which columns it names."""
    unknown = foreign_key("unknown", "orders", ["customer_id"], "elsewhere")
    known = foreign_key("known", "orders", ["customer_id"], "elsewhere", referenced_columns=("id",))
    written = write_python(Obligations("x.sql", SHOP.tables, (unknown, known)), tmp_path, KEY_SHARE)
    assert written == {"constraint:known": ["app/python/x/orders.py", "app/python/x/elsewhere.py"]}
    assert "shows no primary key" in files(tmp_path)["app/python/x/elsewhere.py"]


def test_a_key_that_is_there_twice_is_written_once(tmp_path: Path) -> None:
    write_python(replace(SHOP, foreign_keys=SHOP.foreign_keys * 2), tmp_path / "twice", KEY_SHARE)
    write_python(SHOP, tmp_path / "once", KEY_SHARE)
    assert files(tmp_path / "twice") == files(tmp_path / "once")


def test_the_same_each_time(tmp_path: Path) -> None:
    for place in ("one", "two"):
        write_python(SHOP, tmp_path / place, KEY_SHARE)
    assert files(tmp_path / "one") == files(tmp_path / "two")


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("dumps/shop.dump.sql", "shop"),
        ("C:\\x\\My Shop.sql", "my_shop"),
        ("sys.sql", "sys_database"),
        ("psycopg.sql", "psycopg_database"),
        ("<stdin>", "stdin_database"),
        ("../..", "database"),
        ("2024.sql", "n2024"),
    ],
)
def test_package_name(source: str, name: str) -> None:
    assert package_name(source) == name


def test_a_module_says_where_its_keys_come_from(tmp_path: Path) -> None:
    write_python(SHOP, tmp_path, KEY_SHARE)
    text = files(tmp_path)["app/python/shop/orders.py"]
    assert "Made by dsql-migrate from shop.dump.sql" in text
    assert "orders_customer_id_fkey (line 14)" in text
    assert "line_order_id_fkey (line 15), ON DELETE CASCADE" in text
    assert "def update(conn: Connection, id: int, /, **changes: Any) -> Row | None:" in text


LOCKS = {
    "before-any-predicate": ("WHERE id = %s FOR UPDATE", "SELECT id FROM public.customer WHERE email = %s"),
    "for-update": ("WHERE id = %s FOR UPDATE", "WHERE email = %s FOR UPDATE"),
    "key-share": ("WHERE id = %s FOR KEY SHARE", "WHERE email = %s FOR KEY SHARE"),
}


@pytest.mark.parametrize("date", TARGETS)
def test_the_lock_is_the_best_of_its_date(date: str, tmp_path: Path) -> None:
    customer = TableShape("public", "customer", (ColumnShape("id", "uuid"), ColumnShape("email", "text")), ("id",))
    keys = (
        foreign_key("by_id", "orders", ["customer_id"], "customer"),
        foreign_key("by_email", "orders", ["email"], "customer", referenced_columns=("email",)),
    )
    obligations = Obligations("x.sql", (customer, table("orders", "id", "customer_id", "email")), keys)
    write_python(obligations, tmp_path, TARGETS[date])
    text = files(tmp_path)["app/python/x/orders.py"]
    for lock in LOCKS[date]:
        assert lock in text
    assert ("FOR KEY SHARE" in text) == (date == "key-share")


def test_the_dated_target_decides(tmp_path: Path) -> None:
    target = pytest.importorskip("dsql_migrate.target")
    for day, lock in ((date(2026, 5, 31), "FOR UPDATE"), (date(2026, 8, 25), "FOR KEY SHARE")):
        dated: Capabilities = target.load_target(day)
        write_python(SHOP, tmp_path / lock, dated)
        assert lock in files(tmp_path / lock)["app/python/shop/orders.py"]


def hostile_shop() -> Obligations:
    """Each name is a table with columns of such names, a foreign key to the next one, and one to itself."""
    tables, keys = [], []
    for number, name in enumerate(HOSTILE):
        column = HOSTILE[number - 1] + "!"
        tables.append(TableShape("public", name, tuple(ColumnShape(c, "bigint") for c in (name, column)), (name,)))
        parent = HOSTILE[(number + 1) % len(HOSTILE)]
        for kind, other in (("", parent), ("\n'\"", name)):
            keys.append(
                ForeignKey(
                    f"{number}{kind}",
                    name + kind,
                    number,
                    ("public", name),
                    (column,),
                    ("public", other),
                    (other,),
                    on_delete="set null",
                    on_update="cascade",
                )
            )
    return Obligations('evil\n"""', tuple(tables), tuple(keys))


def test_hostile_names_stay_in_their_place(tmp_path: Path) -> None:
    write_python(hostile_shop(), tmp_path / "bundle", BEFORE_ANY_PREDICATE)
    assert [path.name for path in tmp_path.iterdir()] == ["bundle"]
    found = files(tmp_path / "bundle")
    assert len(found) == len(HOSTILE) + 5
    for name, text in found.items():
        assert Path(name).parent.as_posix() == "app/python/evil"
        assert Path(name).name.isascii()
        if name.endswith(".py"):
            compile(text, name, "exec")


def test_no_module_hides_a_name(tmp_path: Path) -> None:
    """A table may have any name that the written code uses; the module is then called otherwise."""
    tables = tuple(table(name, "id", "other") for name in sorted(RESERVED))
    keys = tuple(
        replace(foreign_key(f"{t.name}_fk", t.name, ["other"], tables[n - 1].name), id=t.name)
        for n, t in enumerate(tables)
    )
    package = load(Obligations("x.sql", tables, keys), tmp_path, KEY_SHARE)
    assert len(vars(package)) > len(RESERVED)


@pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS)
@pytest.mark.parametrize("obligations", [SHOP, hostile_shop()], ids=["shop", "hostile"])
def test_ruff_and_mypy_agree(obligations: Obligations, target: Capabilities, tmp_path: Path) -> None:
    pytest.importorskip("mypy")
    write_python(obligations, tmp_path, target)
    package = next((tmp_path / "app" / "python").iterdir())
    rules = "E,F,I,UP,B,SIM,RUF,C4,PT,RET"
    commands = [
        [
            "ruff",
            "check",
            "--isolated",
            "--no-cache",
            "--ignore=RUF001,RUF002,RUF003",
            f"--select={rules}",
            str(package),
        ],
        ["mypy", "--strict", "--no-incremental", "--cache-dir=/dev/null", "-p", package.name],
    ]
    if obligations is SHOP:
        commands.append(["ruff", "format", "--isolated", "--no-cache", "--check", str(package)])
    for command in commands:
        done = subprocess.run(
            [sys.executable, "-m", *command], cwd=package.parent, capture_output=True, text=True, check=False
        )
        if "No module named" in done.stderr:
            pytest.skip(done.stderr)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.server
def test_hostile_names_work(server: Server, tmp_path: Path) -> None:
    """The same tables on a server: every name reaches the database as it is."""
    made = hostile_shop()
    dsn = server.create_database("hostile")
    with psycopg.connect(dsn) as conn:
        for shape in made.tables:
            key, other = (sql.Identifier(column.name) for column in shape.columns)
            parts = (sql.Identifier(shape.name), key, other)
            conn.execute(sql.SQL("CREATE TABLE {} ({} bigint PRIMARY KEY, {} bigint)").format(*parts))
    package = load(made, tmp_path, BEFORE_ANY_PREDICATE)
    modules = {module.TABLE.name: module for module in vars(package).values() if hasattr(module, "TABLE")}
    assert set(modules) == set(HOSTILE)
    with psycopg.connect(dsn, autocommit=True) as conn:
        for shape in made.tables:
            module, (key, other) = modules[shape.name], (column.name for column in shape.columns)
            row = package.runtime.run(conn, lambda c, m=module, k=key: m.insert(c, **{k: 1}))
            assert row == {key: 1, other: None}
            with pytest.raises(psycopg.errors.ForeignKeyViolation) as caught:
                package.runtime.run(conn, lambda c, m=module, k=key, o=other: m.insert(c, **{k: 2, o: 99}))
            assert caught.value.diag.table_name == shape.name
            assert package.runtime.run(conn, lambda c, m=module, o=other: m.update(c, 1, **{o: None})) == row
        for shape in made.tables:
            assert package.runtime.run(conn, lambda c, m=modules[shape.name]: m.delete(c, 1)) is not None


@pytest.mark.server
def test_rows_without_primary_key_are_reached_by_cascades(server: Server, tmp_path: Path) -> None:
    dsn = server.create_database("keyless")
    with psycopg.connect(dsn) as conn:
        conn.execute("CREATE TABLE orders (id int PRIMARY KEY)")
        conn.execute("CREATE TABLE log (order_id int REFERENCES orders ON DELETE CASCADE ON UPDATE CASCADE, note text)")
    obligations = obligations_of(dsn)
    without_foreign_keys(dsn, obligations)
    package = load(obligations, tmp_path, KEY_SHARE)
    assert not hasattr(package.log, "update")
    assert not hasattr(package.log, "delete")
    with psycopg.connect(dsn) as conn:
        package.orders.insert(conn, id=1)
        package.log.insert(conn, order_id=1, note="a")
        package.log.insert(conn, order_id=1, note="b")
        package.orders.update(conn, 1, id=2)
        assert conn.execute("SELECT order_id FROM log").fetchall() == [(2,), (2,)]
        package.orders.delete(conn, 2)
        assert conn.execute("SELECT * FROM log").fetchall() == []
