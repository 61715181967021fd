"""What buyers wanted in place of money, as staff see it, and repairs."""

from typing import Any
from uuid import uuid4

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import (
    assertContains,
    assertNotContains,
    assertNumQueries,
    assertRedirects,
)

from orders.models import FulfillmentLine, Order
from returns import lifecycle
from returns.lifecycle import LineRequest
from returns.models import BuyerParcel, ExchangeLine, Return, ReturnLine
from returns.models.policies import ReturnTerms
from tests import jobs
from tests.factories import LocationFactory, StockLevelFactory, StoreFactory, sent_order
from tests.returns.stories import SYSTEM, received

pytestmark = pytest.mark.django_db


def page(name: str, return_: Return) -> str:
    return reverse(f"backoffice:{name}", args=[return_.pk])


def order_of(*quantities: int, **terms: Any) -> Order:
    store = StoreFactory(return_location=LocationFactory(name="Hamburg"))
    kept = ReturnTerms(**{"offers_repair": True, "offers_replacement": True, **terms})
    return sent_order(*quantities, store=store, return_terms=kept.to_json())


def repairs(*quantities: int, here: bool = True) -> Return:
    """Return an open return with all pieces to be repaired, received or still expected."""
    order = order_of(*quantities)
    wishes = [
        LineRequest(
            fulfillment_line_id=parcel.pk,
            quantity=parcel.quantity,
            reason="too-small",
            repair=True,
        )
        for parcel in FulfillmentLine.objects.filter(fulfillment__order=order).order_by("pk")
    ]
    made = lifecycle.create(order, wishes, actor=SYSTEM)
    return received(made, "PROCESSING_REQUIRED") if here else made


def parcel(return_: Return, **changes: str) -> dict[str, str]:
    pieces = {f"line-{line.pk}": str(line.quantity) for line in return_.lines.all()}
    return {**pieces, "message": "", "carrier": "DHL", "tracking_number": "JJD1", **changes}


def test_return_shows_the_wish_and_offers_what_fits(warehouse: Client) -> None:
    expected, here = repairs(1, here=False), repairs(1)

    assertContains(warehouse.get(page("return", expected)), "repair</span>")
    assertNotContains(
        warehouse.get(page("return", expected)), page("return_ship_repaired", expected)
    )
    shown = warehouse.get(page("return", here))
    assertContains(shown, page("return_ship_repaired", here))
    assertContains(shown, "Repaired: send back")


def test_bench_and_form_say_what_is_to_be_repaired(warehouse: Client) -> None:
    return_ = repairs(1, here=False)
    line = return_.lines.get()

    assertContains(warehouse.get(page("bench", return_)), "To be repaired and sent back")
    form = warehouse.get(page("return_process", return_)).context["form"]
    shown = {
        name: form[name].value() for name in form.fields if name.startswith(f"line-{line.pk}-")
    }
    assert f"line-{line.pk}-RESTOCKED" not in shown
    assert shown[f"line-{line.pk}-PROCESSING_REQUIRED"] == 1


def test_repaired_pieces_go_back_with_a_mail(warehouse: Client) -> None:
    return_ = repairs(2)

    answer = warehouse.post(page("return_ship_repaired", return_), parcel(return_))
    jobs.run_all()

    assertRedirects(answer, page("return", return_))
    assert Return.objects.get(pk=return_.pk).status == "CLOSED"
    shown = warehouse.get(page("return", return_))
    assertContains(shown, "Repaired and sent back: 2 × Linen shirt")  # noqa: RUF001
    assertContains(shown, "JJD1")
    assertNotContains(shown, page("return_ship_repaired", return_))
    told = [one for one in mail.outbox if "repaired" in one.subject]
    assert len(told) == 1
    assert "We have repaired these items" in str(told[0].body)
    assert "JJD1" in str(told[0].body)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"message": "x" * 501}, "message"),
        ({"tracking_url": "javascript:alert(1)"}, "tracking_url"),
        ({"tracking_number": "x" * 101}, "tracking_number"),
        ({"carrier": "a\0"}, "carrier"),
    ],
)
def test_wrong_parcel_is_told_at_its_field(
    warehouse: Client, changes: dict[str, str], field: str
) -> None:
    return_ = repairs(1)

    answer = warehouse.post(page("return_ship_repaired", return_), parcel(return_, **changes))

    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert BuyerParcel.objects.count() == 0


@pytest.mark.parametrize("count", ["3", "-1", "x", "", "0"])
def test_wrong_number_of_repaired_pieces_is_refused(warehouse: Client, count: str) -> None:
    return_ = repairs(2)
    line = return_.lines.get()

    typed = parcel(return_, **{f"line-{line.pk}": count})
    answer = warehouse.post(page("return_ship_repaired", return_), typed)

    assert answer.status_code == 422
    assert BuyerParcel.objects.count() == 0


@pytest.mark.parametrize("lines", [1, 3])
def test_repaired_page_takes_few_statements(warehouse: Client, lines: int) -> None:
    return_ = repairs(*[1] * lines)

    with assertNumQueries(4):
        warehouse.get(page("return_ship_repaired", return_))


def created(order: Order, client: Client, wish: str, count: int = 1) -> Any:
    (found,) = FulfillmentLine.objects.filter(fulfillment__order=order)
    typed = {
        "request_key": str(uuid4()),
        "note": "",
        "refund_to": "ORIGINAL",
        f"item-{found.pk}-quantity": str(count),
        f"item-{found.pk}-reason": "too-small",
        f"item-{found.pk}-note": "",
        f"item-{found.pk}-wish": wish,
    }
    return client.post(reverse("backoffice:create_return", args=[order.pk]), typed)


def test_staff_create_a_return_with_a_repair(support: Client) -> None:
    assert created(order_of(1), support, "REPAIR").status_code == 302
    assert ReturnLine.objects.get().resolution == "REPAIR"


def test_staff_create_a_return_with_a_replacement(support: Client) -> None:
    order = order_of(1)
    line = order.lines.select_related("variant").get()

    sold_out = created(order, support, "REPLACEMENT")
    StockLevelFactory(variant=line.variant, location=LocationFactory(), available=1)
    made = created(order, support, "REPLACEMENT")

    assert (sold_out.status_code, made.status_code) == (422, 302)
    (errors,) = sold_out.context["form"].errors.values()
    assert "sold out" in errors[0]
    assert (ReturnLine.objects.get().resolution, ExchangeLine.objects.get().is_even) == (
        "REPLACEMENT",
        True,
    )


def test_staff_are_asked_only_what_the_policy_offers(support: Client) -> None:
    order = order_of(1, offers_repair=False, offers_replacement=False)

    answer = support.get(reverse("backoffice:create_return", args=[order.pk]))

    assertNotContains(answer, "What the buyer gets")
