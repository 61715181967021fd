"""Parcels back as buyers see them, and what they say of them."""

from typing import Any
from uuid import uuid4

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django.asserts import assertRedirects

from accounts import actors
from orders.models import Customer
from returns import lifecycle
from returns.lifecycle import LineRequest
from returns.models import Return, ReturnRoute, ReverseDelivery
from returns.models.policies import ReturnTerms
from returns.parcels import deliveries
from returns.parcels.deliveries import Label, Tracking
from tests.factories import LocationFactory, OrderFactory, sent_order
from tests.returns import label_files as files
from tests.storefront.conftest import Guest, parcels_of

pytestmark = pytest.mark.django_db
SYSTEM = actors.system()
UPS = "1Z5R89390357567127"


def opened(customer: Customer, *, lines: int = 1, **terms: Any) -> Return:
    order = sent_order(*[1] * lines, customer=customer)
    order.return_terms = ReturnTerms(**terms).to_json()
    order.save()
    wishes = [
        LineRequest(fulfillment_line_id=parcel.pk, quantity=1, reason="too-small")
        for parcel in parcels_of(order)
    ]
    return lifecycle.create(order, wishes, actor=SYSTEM)


@pytest.fixture
def return_(customer: Customer) -> Return:
    return opened(customer)


def url(name: str, return_: Return, *more: Any) -> str:
    return reverse(f"storefront:{name}", args=[return_.public_id, *more])


def page(client: Client, return_: Return) -> str:
    return client.get(url("return", return_)).content.decode()


def with_label(return_: Return, content: bytes | None = None) -> ReverseDelivery:
    file = ContentFile(content or files.pdf(), name="x")
    return deliveries.add_parcel(return_, actor=SYSTEM, label=Label(file=file))


def test_buyer_gets_the_label(ada: Client, return_: Return) -> None:
    parcel = with_label(return_)
    label_url = url("label", return_, parcel.public_id)
    assert label_url in page(ada, return_)
    response = ada.get(label_url)
    assert response.content.startswith(b"%PDF-")
    assert {
        name: response.headers[name]
        for name in ("Content-Type", "Content-Security-Policy", "X-Content-Type-Options")
    } == {
        "Content-Type": "application/pdf",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "X-Content-Type-Options": "nosniff",
    }
    assert response.headers["Cache-Control"] == "private, no-store"


def test_nobody_else_gets_the_label(client: Client, guest: Guest, return_: Return) -> None:
    parcel = with_label(return_)
    label_url = url("label", return_, parcel.public_id)
    assert client.get(label_url).status_code == 302
    assert guest(OrderFactory()).get(label_url).status_code == 404
    assert guest(return_.order).get(label_url).status_code == 200


def test_label_belongs_to_its_return(ada: Client, customer: Customer, return_: Return) -> None:
    other = opened(customer)
    parcel = with_label(other)
    assert ada.get(url("label", return_, parcel.public_id)).status_code == 404
    assert ada.get(url("label", return_, uuid4())).status_code == 404


def test_label_of_a_canceled_return_is_not_given(ada: Client, return_: Return) -> None:
    parcel = with_label(return_)
    lifecycle.cancel(return_, actor=SYSTEM)
    assert ada.get(url("label", return_, parcel.public_id)).status_code == 404


def test_code_can_be_shown(ada: Client, return_: Return) -> None:
    assert url("return_code", return_) in page(ada, return_)
    response = ada.get(url("return_code", return_))
    assert response.headers["Content-Type"] == "image/svg+xml"
    assert b"<svg" in response.content


def test_page_says_how_far_the_parcel_is(ada: Client, return_: Return) -> None:
    parcel = deliveries.add_parcel(return_, actor=SYSTEM, tracking=Tracking(number=UPS))
    shown = page(ada, return_)
    assert "Not handed in yet" in shown
    assert "Send the items back" in shown
    deliveries.set_state(parcel, actor=SYSTEM, state="IN_TRANSIT")
    shown = page(ada, return_)
    for words in ("In transit", parcel.tracking_url, "Your parcel is on its way", "On the way"):
        assert words in shown


def test_buyer_says_that_the_parcel_was_sent(ada: Client, return_: Return) -> None:
    sent_url = url("sent", return_)
    assert sent_url in page(ada, return_)
    form = ada.get(sent_url).context["form"]
    assertRedirects(
        ada.post(sent_url, {"what": form["what"].value(), "number": UPS.lower()}),
        url("return", return_),
    )
    parcel = return_.parcels.get()
    assert (parcel.state, parcel.tracking_number, parcel.carrier) == ("HANDED_IN", UPS, "ups")
    shown = page(ada, return_)
    assert "Thank you." in ada.get(url("return", return_)).content.decode() or UPS in shown
    assert "Parcel handed in" in shown


def test_buyer_says_that_the_announced_parcel_was_sent(ada: Client, return_: Return) -> None:
    parcel = with_label(return_)
    sent_url = f"{url('sent', return_)}?parcel={parcel.public_id}"
    assert sent_url in page(ada, return_)
    form = ada.get(sent_url).context["form"]
    assert form["what"].value() == f"parcel-{parcel.pk}"
    ada.post(sent_url, {"what": f"parcel-{parcel.pk}", "number": ""})
    parcel.refresh_from_db()
    assert (parcel.state, return_.parcels.count()) == ("HANDED_IN", 1)


@pytest.mark.parametrize(
    ("said", "field", "words"),
    [
        ({"number": "📦"}, "number", "only letters and digits"),
        ({"number": "1" * 500}, "number", "at most 100"),
        ({"number": "<script>"}, "number", "only letters and digits"),
        ({"number": "A\0B"}, "number", "Null characters"),
        ({"carrier": "nobody"}, "carrier", "valid choice"),
        ({"what": "parcel-0"}, "what", "valid choice"),
        ({"what": "way-999999999999999999999"}, "what", "valid choice"),
        ({"what": "nonsense"}, "what", "valid choice"),
        ({"what": ""}, "what", "required"),
    ],
)
def test_bad_input_is_told_and_kept(
    ada: Client, return_: Return, said: dict[str, str], field: str, words: str
) -> None:
    deliveries.add_parcel(return_, actor=SYSTEM)
    work = return_.reverse_fulfillments.get()
    response = ada.post(url("sent", return_), {"what": f"way-{work.pk}", "number": UPS, **said})
    assert response.status_code == 422
    assert words in str(response.context["form"].errors[field])
    assert not return_.parcels.exclude(state="LABEL_MADE").exists()


def test_parcel_of_somebody_else_cannot_be_sent(
    ada: Client, customer: Customer, return_: Return
) -> None:
    foreign = deliveries.add_parcel(opened(customer), actor=SYSTEM)
    response = ada.post(url("sent", return_), {"what": f"parcel-{foreign.pk}", "number": UPS})
    assert response.status_code == 422
    foreign.refresh_from_db()
    assert foreign.state == "LABEL_MADE"


def test_second_parcel_without_a_number_is_told(ada: Client, return_: Return) -> None:
    work = return_.reverse_fulfillments.get()
    said = {"what": f"way-{work.pk}", "number": ""}
    ada.post(url("sent", return_), said)
    response = ada.post(url("sent", return_), said)
    assert "tracking number of another one" in str(response.context["form"].errors["number"])


def test_nothing_is_sent_for_a_return_that_ended(ada: Client, return_: Return) -> None:
    lifecycle.cancel(return_, actor=SYSTEM)
    assert url("sent", return_) not in page(ada, return_)
    response = ada.get(url("sent", return_), follow=True)
    assert "nothing to send" in response.content.decode()
    assert ada.post(url("sent", return_), {"what": "way-1"}).status_code == 302


def test_label_by_staff_is_waited_for(ada: Client, customer: Customer) -> None:
    return_ = opened(customer, label="BY_STAFF")
    assert "We send you a label." in page(ada, return_)
    with_label(return_)
    assert "We send you a label." not in page(ada, return_)


def test_promised_label_is_being_made(ada: Client, customer: Customer) -> None:
    assert "Your label is being made." in page(ada, opened(customer, label="OWN_LABEL"))


def test_each_address_is_shown_with_what_goes_there(ada: Client, customer: Customer) -> None:
    order = sent_order(1, 1, customer=customer)
    shirt, other = (line.order_line for line in parcels_of(order))
    assert shirt.variant is not None
    ReturnRoute.objects.create(
        store=order.store,
        location=LocationFactory(name="Far", company="Far", city="Ulm"),
        product=shirt.variant.product,
    )
    wishes = [
        LineRequest(fulfillment_line_id=parcel.pk, quantity=1, reason="too-small")
        for parcel in parcels_of(order)
    ]
    return_ = lifecycle.create(order, wishes, actor=SYSTEM)
    ways = ada.get(url("return", return_)).context["ways"]
    assert [(way["address"][0], way["items"]) for way in ways] == [
        ("Far", f"1 × {shirt.title}"),  # noqa: RUF001
        (ways[1]["address"][0], f"1 × {other.title}"),  # noqa: RUF001
    ]
    options = dict(ada.get(url("sent", return_)).context["form"].fields["what"].choices)
    assert len(options) == 2


def test_words_of_carriers_are_only_words(ada: Client, return_: Return) -> None:
    deliveries.add_parcel(return_, actor=SYSTEM, tracking=Tracking(carrier="<img src=x onerror=y>"))
    shown = page(ada, return_)
    assert "<img src=x" not in shown
    assert "&lt;img src=x" in shown


@pytest.mark.parametrize("count", [1, 3])
def test_parcels_take_no_more_statements(ada: Client, customer: Customer, count: int) -> None:
    return_ = opened(customer, lines=count)
    for number in range(count):
        deliveries.add_parcel(return_, actor=SYSTEM, tracking=Tracking(number=f"A-{number}"))
    with CaptureQueriesContext(connection) as queries:
        ada.get(url("return", return_))
    assert len(queries) == 9
    with CaptureQueriesContext(connection) as queries:
        ada.get(url("sent", return_))
    assert len(queries) == 4
