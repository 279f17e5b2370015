"""What an application does with the models; each assertion is the test."""

import os
import threading
from datetime import date
from decimal import Decimal

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "settings"
django.setup()

from django.contrib.sessions.backends.db import SessionStore  # noqa: E402
from django.db import IntegrityError, NotSupportedError, OperationalError, connection, transaction  # noqa: E402
from django.db.models import Count, F, Sum  # noqa: E402
from django.db.models.functions import ExtractYear, Lower  # noqa: E402
from shop.models import Customer, Label, Order  # noqa: E402


def objects() -> None:
    ada = Customer.objects.get(email="ada@example.org")  # the migration made her
    grace, made = Customer.objects.get_or_create(email="grace@example.org", defaults={"name": "Größe ☃"})
    assert made
    _grace, made = Customer.objects.update_or_create(email="grace@example.org", defaults={"facts": {"a": [1, None]}})
    assert not made
    Order.objects.bulk_create([Order(customer=ada, placed=date(2026, 1, n), total=Decimal(n)) for n in range(1, 21)])
    first = Order.objects.create(customer=grace, placed=date(2025, 12, 31), total=Decimal("9.99"))
    urgent = Label.objects.create(word="urgent")
    urgent.customers.add(ada, grace)

    assert Customer.objects.get(facts={"a": [1, None]}).name == "Größe ☃"
    assert Customer.objects.annotate(small=Lower("email")).filter(small__endswith="example.org").count() == 2
    sums = Order.objects.annotate(year=ExtractYear("placed")).values("year").annotate(s=Sum("total")).order_by("year")
    assert [(row["year"], row["s"]) for row in sums] == [(2025, Decimal("9.99")), (2026, Decimal("210.00"))]
    assert Order.objects.filter(customer__labels__word="urgent").count() == 21
    assert [c.n for c in Customer.objects.annotate(n=Count("order")).order_by("n")] == [1, 20]
    assert len(list(Order.objects.order_by("number").iterator(chunk_size=5))) == 21
    assert Order.objects.filter(number=first.pk).update(total=F("total") + 1) == 1
    with transaction.atomic():
        assert Order.objects.select_for_update().get(pk=first.pk).total == Decimal("10.99")
    grace.delete()  # her orders, and her labels, with her
    assert (Order.objects.count(), urgent.customers.count()) == (20, 1)


def guarantees() -> None:
    for wrong in (
        lambda: Customer.objects.create(name="again", email="ada@example.org"),
        lambda: Order.objects.create(customer_id="0" * 32, placed=date.today(), total=1),
        lambda: Order.objects.create(customer=Customer.objects.first(), placed=date.today(), total=-1),
    ):
        try:
            wrong()
        except IntegrityError:
            continue
        raise AssertionError("not refused")


def transactions() -> None:
    before = Customer.objects.count()
    try:
        with transaction.atomic():
            Customer.objects.create(name="x", email="x@example.org")
            with transaction.atomic():  # no savepoint with this backend: one transaction
                raise ZeroDivisionError
    except ZeroDivisionError:
        pass
    assert Customer.objects.count() == before
    try:
        connection.cursor().execute("TRUNCATE shop_label")
    except NotSupportedError as error:
        assert error.__cause__.sqlstate == "0A000"
    else:
        raise AssertionError("not refused")


def conflict() -> None:
    """The loser of a race is told at COMMIT, as an OperationalError with SQLSTATE 40001."""

    def rename(to: str) -> None:
        Customer.objects.filter(email="ada@example.org").update(name=to)
        connection.close()

    try:
        with transaction.atomic():
            ada = Customer.objects.get(email="ada@example.org")
            thread = threading.Thread(target=rename, args=("Augusta",))
            thread.start()
            thread.join()
            ada.name = "Ada Lovelace"
            ada.save()
    except OperationalError as error:
        assert error.__cause__.sqlstate == "40001"
    else:
        raise AssertionError("no conflict")
    assert Customer.objects.get(email="ada@example.org").name == "Augusta"


def sessions() -> None:
    store = SessionStore()
    store["basket"] = ["☃"]
    store.save()
    assert SessionStore(store.session_key)["basket"] == ["☃"]


for part in (objects, guarantees, transactions, conflict, sessions):
    part()
    print(part.__name__)
