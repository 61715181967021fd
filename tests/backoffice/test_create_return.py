"""Creating a return for a buyer, from the order."""

from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertNumQueries, assertRedirects

from orders.models import FulfillmentLine, Order
from returns.models import Event, Return, ReturnReason, ReturnStatus
from tests.factories import sent_bundle, sent_order

pytestmark = pytest.mark.django_db


def url(order: Order) -> str:
    return reverse("backoffice:create_return", args=[order.pk])


def answers(order: Order, *pieces: int, reason: str = "too-small", **more: str) -> dict[str, str]:
    """Return what is typed: so many pieces of each item, for one reason."""
    typed = {"request_key": str(uuid4()), "note": "", **more}
    parcels = FulfillmentLine.objects.filter(fulfillment__order=order).order_by("pk")
    for parcel, count in zip(parcels, pieces, strict=True):
        typed |= {
            f"item-{parcel.pk}-quantity": str(count),
            f"item-{parcel.pk}-reason": reason if count else "",
            f"item-{parcel.pk}-note": "",
        }
    return typed


def test_return_for_a_guest_is_created_and_open(support: Client) -> None:
    order = sent_order(2, 1, customer=None, guest_email="guest@example.com")
    response = support.post(url(order), answers(order, 1, 0, note="Called us."))
    return_ = Return.objects.get()
    assertRedirects(response, reverse("backoffice:return", args=[return_.pk]))
    (line,) = return_.lines.all()
    assert (return_.status, line.quantity, line.reason.handle) == ("OPEN", 1, "too-small")
    event = Event.objects.get()
    assert (event.note, event.data["override_policy"]) == ("Called us.", False)


def test_form_sent_twice_makes_one_return(support: Client) -> None:
    order = sent_order(2)
    typed = answers(order, 1)
    for _ in range(2):
        response = support.post(url(order), typed)
        assertRedirects(response, reverse("backoffice:return", args=[Return.objects.get().pk]))


@pytest.mark.parametrize(
    ("pieces", "change", "field", "words"),
    [
        (3, {}, "quantity", "less than or equal to 2"),
        (1, {"reason": ""}, "reason", "Choose a reason."),
        (1, {"reason": "mood"}, "reason", "Select a valid choice."),
        (1, {"note": "x" * 301}, "note", "at most 300 characters"),
        (1, {"reason": "other-reason"}, "note", "Tell in a few words what is wrong."),
        (0, {}, "", "Choose at least one item."),
    ],
)
def test_wrong_input_is_refused_and_kept(
    support: Client, pieces: int, change: dict[str, str], field: str, words: str
) -> None:
    order = sent_order(2)
    (parcel,) = FulfillmentLine.objects.filter(fulfillment__order=order)
    typed = answers(order, pieces)
    typed |= {f"item-{parcel.pk}-{name}": value for name, value in change.items()}
    response = support.post(url(order), {**typed, "note": "Keep me"})
    assert response.status_code == 422
    name = f"item-{parcel.pk}-{field}" if field else "__all__"
    assert words in str(response.context["form"].errors[name])
    assert "Keep me" in response.content.decode()
    assert Return.objects.count() == 0


@pytest.fixture
def final_sale() -> Order:
    """An order with one item that the policy refuses and one that it takes back."""
    order = sent_order(1, 1)
    line = order.lines.first()
    assert line is not None
    line.final_sale = True
    line.save()
    return order


def test_what_the_policy_refuses_is_shown_with_the_choice_to_set_it_aside(
    support: Client, final_sale: Order
) -> None:
    context = support.get(url(final_sale)).context
    assert context["overridden"] == ["Linen shirt: Final sale: cannot be returned"]
    assert [entry["icon"] for entry in context["rows"]] == ["shield", "check"]


def test_policy_counts_unless_it_is_set_aside(support: Client, final_sale: Order) -> None:
    refused = support.post(url(final_sale), answers(final_sale, 1, 0))
    assert refused.status_code == 422
    parcel = FulfillmentLine.objects.filter(fulfillment__order=final_sale).earliest("pk")
    assert refused.context["form"].errors == {
        f"item-{parcel.pk}-quantity": ["Final sale: cannot be returned"]
    }
    support.post(url(final_sale), answers(final_sale, 1, 0, override_policy="on"))
    assert Return.objects.get().status == ReturnStatus.OPEN
    assert Event.objects.get().data["override_policy"] is True


def test_policy_that_refuses_nothing_cannot_be_set_aside(support: Client) -> None:
    page = support.get(url(sent_order())).content.decode()
    assert "Set the return policy aside" not in page


def test_what_a_reason_does_not_offer_can_be_set_aside(support: Client) -> None:
    ReturnReason.objects.filter(handle="too-small").update(resolutions=["EXCHANGE"])
    order = sent_order(1)
    refused = support.post(url(order), answers(order, 1))
    assert refused.status_code == 422
    assert "you can have: exchange for the same product." in refused.content.decode()
    support.post(url(order), answers(order, 1, override_policy="on"))
    assert Return.objects.get().status == ReturnStatus.OPEN


def test_nothing_left_says_so(support: Client) -> None:
    order = sent_order(1)
    support.post(url(order), answers(order, 1))
    page = support.get(url(order)).content.decode()
    assert "Nothing can be returned" in page
    assert "Already in a return" in page


@pytest.mark.parametrize("lines", [1, 3])
def test_page_takes_few_queries(support: Client, lines: int) -> None:
    order = sent_order(*[1] * lines)
    sent_bundle(order)
    with assertNumQueries(6):
        support.get(url(order))
