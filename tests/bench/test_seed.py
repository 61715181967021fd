"""What benchmarks run on is like what the verbs would have made."""

import pytest
from django.db import transaction
from django.db.models import Model, Sum

from bench import seed
from bench.seed import checks
from bench.seed.sink import Sink
from orders.models import FulfillmentLine, Order, Product
from returns.models import Event, EventType, Return, ReturnStatus


@pytest.mark.django_db
def test_filled_database_keeps_the_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seed, "_vacuum", lambda: None)
    seed.fill(400)
    assert checks.broken_rules() == []
    assert (Return.objects.count(), Order.objects.count()) == (400, 800)
    assert set(Return.objects.values_list("status", flat=True)) == set(ReturnStatus.values)
    received = Event.objects.filter(type=EventType.RETURN_PROCESSED)
    told = [receipt for event in received for receipt in event.data["receipts"]]
    assert sum(receipt["quantity"] for receipt in told) == _sum(Return, "processed_quantity")
    FulfillmentLine.objects.filter(returning_quantity=1).update(returning_quantity=0)
    assert [rule.split(" (")[0] for rule in checks.broken_rules()] == [
        "a parcel's line counts the pieces in live returns"
    ]


def _sum(model: type[Model], field: str) -> int:
    return int(model._default_manager.aggregate(sum=Sum(field))["sum"])


@pytest.mark.django_db
def test_rows_get_defaults_and_the_next_keys() -> None:
    sink = Sink()
    with transaction.atomic():
        keys = [sink.add(Product, handle=f"p-{number}", title="Tee") for number in range(2)]
        sink.flush()
        sink.set_sequences()
    found = Product.objects.filter(pk__in=keys).order_by("pk")
    assert list(found.values_list("handle", "vendor", "final_sale")) == [
        ("p-0", "", False),
        ("p-1", "", False),
    ]
    assert Product.objects.create(handle="p-2", title="Tee").pk == keys[-1] + 1
