"""Which location takes which goods back, and receiving when there are several."""

from io import BytesIO
from typing import Any

import pytest
from django.db import IntegrityError
from pypdf import PdfReader
from pytest_django.asserts import assertNumQueries

from accounts import actors
from orders.models import Location, Order, StockLevel, Store
from returns import emails, lifecycle, slips
from returns.lifecycle import DisposeRequest, LineRequest, Receipt
from returns.models import Return, ReturnRoute
from returns.parcels import routing
from tests.factories import (
    FulfillmentFactory,
    FulfillmentLineFactory,
    LocationFactory,
    OrderFactory,
    OrderLineFactory,
)

pytestmark = pytest.mark.django_db
SYSTEM = actors.system()


def order_of(*types: str, **fields: Any) -> Order:
    """An order with a delivered piece of a product of each type."""
    order = OrderFactory(**fields)
    parcel = FulfillmentFactory(order=order)
    for type_ in types:
        line = OrderLineFactory(order=order, variant__product__product_type=type_)
        FulfillmentLineFactory(order_line=line, fulfillment=parcel)
    return order


def opened(order: Order) -> Return:
    wishes = [
        LineRequest(fulfillment_line_id=key, quantity=1, reason="too-small")
        for key in order.fulfillments.get().lines.order_by("pk").values_list("pk", flat=True)
    ]
    return lifecycle.create(order, wishes, actor=SYSTEM)


def route(store: Store, name: str, **fields: Any) -> Location:
    place: Location = fields.pop("location", None) or LocationFactory(name=name)
    ReturnRoute.objects.create(store=store, location=place, **fields)
    return place


def places(return_: Return) -> list[tuple[str, int]]:
    found = return_.reverse_fulfillments.select_related("location").order_by("pk")
    return [(str(work.location), work.lines.count()) for work in found]


def test_without_rules_all_goes_to_the_store_s_location() -> None:
    return_ = opened(order_of("shoes", "lamps"))
    assert places(return_) == [(str(return_.store.return_location), 2)]


def test_lines_go_to_the_first_rule_that_fits() -> None:
    order = order_of("shoes", "lamps", "bags")
    lamp = order.lines.all()[1].variant
    assert lamp is not None
    route(order.store, "Elsewhere", position=1, country="US")
    route(order.store, "Lamps", position=2, product=lamp.product)
    route(order.store, "Shoes", position=3, product_type="Shoes")
    route(order.store, "Late", position=4, product_type="shoes")
    route(order_of("shoes").store, "Another store")
    home = str(order.store.return_location)
    assert places(opened(order)) == [("Shoes", 1), ("Lamps", 1), (home, 1)]


def test_country_of_the_buyer_decides() -> None:
    order = order_of("shoes", shipping_address={"country": "ch"})
    route(order.store, "Basel", country="CH")
    assert places(opened(order)) == [("Basel", 1)]


def test_rule_to_a_place_that_takes_no_returns_is_passed_over() -> None:
    order = order_of("shoes")
    route(order.store, "Gone", location=LocationFactory(accepts_returns=False))
    assert places(opened(order)) == [(str(order.store.return_location), 1)]


def test_article_that_nobody_knows_fits_only_rules_without_product() -> None:
    order = order_of("shoes")
    order.lines.update(variant=None)
    route(order.store, "Shoes", product_type="shoes")
    assert places(opened(order)) == [(str(order.store.return_location), 1)]


def test_rules_take_one_query_and_products_another() -> None:
    order = order_of("shoes", "lamps", "bags")
    return_ = opened(order)
    lines = list(return_.lines.select_related("fulfillment_line__order_line"))
    with assertNumQueries(1):
        routing.locations(return_, lines)
    route(order.store, "Shoes", product_type="shoes")
    with assertNumQueries(2):
        routing.locations(return_, lines)


def test_restocked_pieces_lie_where_their_line_goes() -> None:
    order = order_of("shoes", "lamps")
    shoes = route(order.store, "Shoes", product_type="shoes")
    return_ = opened(order)
    receipts = [
        Receipt(
            line_id=line.pk,
            quantity=1,
            dispositions=(DisposeRequest(type="RESTOCKED", quantity=1),),
        )
        for line in return_.lines.all()
    ]
    done = lifecycle.process(return_, actor=SYSTEM, receipts=receipts)
    levels = StockLevel.objects.order_by("variant").values_list("location", "available")
    assert list(levels) == [(shoes.pk, 1), (order.store.return_location_id, 1)]
    assert done.status == "CLOSED"
    assert {work.status for work in done.reverse_fulfillments.all()} == {"CLOSED"}


def test_lines_are_taken_out_of_their_own_work() -> None:
    order = order_of("shoes", "lamps")
    route(order.store, "Shoes", product_type="shoes")
    return_ = opened(order)
    first = line_ids(return_)[0]
    lifecycle.remove_lines(return_, actor=SYSTEM, quantities={first: 1})
    quantities = [
        line.quantity
        for work in return_.reverse_fulfillments.order_by("pk")
        for line in work.lines.all()
    ]
    assert quantities == [0, 1]


def line_ids(return_: Return) -> list[int]:
    return list(return_.lines.values_list("pk", flat=True))


@pytest.mark.parametrize("change", [{"country": "de"}, {"country": "D1"}])
def test_database_refuses_a_country_that_is_none(change: dict[str, str]) -> None:
    with pytest.raises(IntegrityError):
        route(order_of("shoes").store, "X", **change)


def test_database_refuses_product_and_type() -> None:
    order = order_of("shoes")
    variant = order.lines.all()[0].variant
    assert variant is not None
    with pytest.raises(IntegrityError):
        route(order.store, "X", product=variant.product, product_type="shoes")


def test_slip_has_a_page_for_each_address_and_the_sums_once() -> None:
    order = order_of("shoes", "lamps")
    route(
        order.store,
        "Shoes",
        product_type="shoes",
        location=LocationFactory(name="Shoes", company="Shoe Hall", city="Ulm"),
    )
    return_ = opened(order)
    pages = [page.extract_text() for page in PdfReader(BytesIO(slips.render([return_]))).pages]
    skus = list(order.lines.values_list("sku", flat=True))
    assert len(pages) == 2
    assert [sku in page for page in pages for sku in skus] == [True, False, False, True]
    assert ["Shoe Hall" in page for page in pages] == [True, False]
    assert ["of 2:" in page for page in pages] == [True, True]
    assert ["Items to return" in page for page in pages] == [True, False]


def test_mail_names_every_address() -> None:
    order = order_of("shoes", "lamps")
    place = LocationFactory(name="Shoes", company="Shoe Hall", city="Ulm")
    route(order.store, "Shoes", product_type="shoes", location=place)
    message = emails.approved(opened(order))
    assert message is not None
    html = str(message.alternatives[0][0])
    for body in (str(message.body), html):
        assert "Shoe Hall" in body
        assert "to these addresses" in body
