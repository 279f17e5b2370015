"""The written TypeScript as text: typed, formatted, the same each time, deaf to hostile names."""

from pathlib import Path

import pytest
from node_cases import Limited, tool
from stub_cases import KEY_SHARE, SHOP, TARGETS
from test_stub_python import HOSTILE, LOCKS, files, hostile_shop

from dsql_migrate.stubs.code.package import Package, Translation, package_of
from dsql_migrate.stubs.obligations import ColumnShape, Obligations, TableShape
from dsql_migrate.stubs.typescript import write_typescript
from dsql_migrate.stubs.typescript.names import literal, member, property_name

SHOP_PACKAGE = package_of(SHOP, Translation())
HOSTILE_PACKAGE = package_of(hostile_shop(), Translation())


def test_where_it_goes(tmp_path: Path) -> None:
    assert write_typescript(SHOP_PACKAGE, tmp_path, Limited(KEY_SHARE)) == {
        "constraint:orders_customer_id_fkey": ["app/typescript/shop/orders.ts", "app/typescript/shop/customer.ts"],
        "constraint:line_order_id_fkey": ["app/typescript/shop/line.ts", "app/typescript/shop/orders.ts"],
    }
    names = {"index.ts", "README.md", "runtime.ts", "limits.ts", "package.json", "tsconfig.json"}
    assert {Path(name).name for name in files(tmp_path)} == names | {"customer.ts", "orders.ts", "line.ts"}


def test_nothing_for_nothing(tmp_path: Path) -> None:
    assert write_typescript(package_of(Obligations("x.sql"), Translation()), tmp_path, Limited()) == {}
    assert not list(tmp_path.iterdir())


def test_the_same_each_time(tmp_path: Path) -> None:
    for place in ("one", "two"):
        write_typescript(SHOP_PACKAGE, tmp_path / place, Limited(KEY_SHARE))
    assert files(tmp_path / "one") == files(tmp_path / "two")


@pytest.mark.parametrize("date", TARGETS)
def test_the_lock_is_the_best_of_its_date(date: str, tmp_path: Path) -> None:
    from stub_cases import foreign_key, table

    customer = TableShape("public", "customer", (ColumnShape("id", "uuid"), ColumnShape("email", "text")), ("id",))
    keys = (
        foreign_key("by_id", "orders", ["customer_id"], "customer"),
        foreign_key("by_email", "orders", ["email"], "customer", referenced_columns=("email",)),
    )
    obligations = Obligations("x.sql", (customer, table("orders", "id", "customer_id", "email")), keys)
    write_typescript(package_of(obligations, Translation()), tmp_path, Limited(TARGETS[date]))
    text = files(tmp_path)["app/typescript/x/orders.ts"]
    for lock in LOCKS[date]:
        assert lock.replace("%s", "$1") in text


@pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS)
@pytest.mark.parametrize("package", [SHOP_PACKAGE, HOSTILE_PACKAGE], ids=["shop", "hostile"])
def test_the_compiler_and_prettier_agree(package: Package, target: frozenset[str], npm: Path, tmp_path: Path) -> None:
    (tmp_path / "node_modules").symlink_to(npm / "node_modules")
    write_typescript(package, tmp_path, Limited(target), name="made")
    root = tmp_path / "app" / "typescript" / "made"
    assert tool(npm, "tsc", "-p", str(root), "--noEmit", cwd=root) == ""
    if package is SHOP_PACKAGE:
        assert tool(npm, "prettier", "--print-width", "100", "--check", "*.ts", "*.json", cwd=root) == ""


def test_hostile_names_stay_in_their_place(tmp_path: Path) -> None:
    write_typescript(HOSTILE_PACKAGE, tmp_path / "bundle", Limited())
    assert [path.name for path in tmp_path.iterdir()] == ["bundle"]
    found = files(tmp_path / "bundle")
    assert len(found) == len(HOSTILE) + 6
    for name, text in found.items():
        assert Path(name).parent.as_posix() == "app/typescript/evil"
        assert Path(name).name.isascii()
        if name.endswith(".ts"):
            assert all(c.isprintable() or c == "\n" for c in text), name


def test_literals() -> None:
    assert literal('a "b"') == "'a \"b\"'"
    assert literal("it's") == '"it\'s"'
    assert literal("\u2028\n`${x}`") == '"\\u2028\\n`${x}`"'
    assert property_name("__proto__") == '["__proto__"]'
    assert member("row", "odd name") == 'row["odd name"]'
