"""What the ledger promises of the target, by itself: no server needed."""

from dsql_migrate.verify.expect import Part, TableExpectation, from_ledger


def entry(id: str, disposition: str = "kept") -> dict[str, object]:
    kind, _, name = id.partition(":")
    return {"id": id, "kind": kind, "name": name, "line": 1, "disposition": disposition}


def targets(*ids: str, disposition: str = "kept") -> dict[str, tuple[str, ...]]:
    table = TableExpectation("app", "sale", (Part("app", "sale", only=True), Part("app", "sale_2020")), ())
    found = from_ledger([entry(id, disposition) for id in ids], [table], {"sequence:app.s": ("identity:app.t.i",)})
    return {one.id: one.targets for one in found}


def test_what_is_kept_is_expected_under_its_own_id() -> None:
    assert targets("view:app.v", "function:app.f(integer)") == {
        "view:app.v": ("view:app.v",),
        "function:app.f(integer)": ("function:app.f(integer)",),
    }


def test_what_is_merged_is_expected_where_it_went() -> None:
    assert targets("partition:app.sale_2020", "column:app.sale_2020.at", "constraint:app.sale_2020.pk") == {
        "partition:app.sale_2020": ("table:app.sale",),
        "column:app.sale_2020.at": ("column:app.sale.at",),
        "constraint:app.sale_2020.pk": (),
    }


def test_what_is_gone_and_what_leaves_no_trace_is_not_expected() -> None:
    assert targets("view:app.v", disposition="dropped") == {"view:app.v": ()}
    assert targets("grant:app.t#3", "setting:work_mem") == {"grant:app.t#3": (), "setting:work_mem": ()}


def test_the_plan_has_the_last_word() -> None:
    assert targets("sequence:app.s", disposition="rewritten") == {"sequence:app.s": ("identity:app.t.i",)}
