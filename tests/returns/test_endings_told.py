"""What buyers are told when they keep items, or get refused ones back: mails, slip, estimate."""

from decimal import Decimal
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts import actors
from orders.models import Order
from returns import emails, lifecycle, slips
from returns.emails import Message
from returns.lifecycle import DisposeRequest, LineRequest, Receipt
from returns.models import Event, Return
from returns.models.policies import ReturnTerms
from tests.conftest import RunJobs
from tests.factories import CustomerFactory, UserFactory, sent_order

pytestmark = pytest.mark.django_db

SYSTEM = actors.system()


def order(*quantities: int, **terms: Any) -> Order:
    ada = CustomerFactory(email="ada@example.com", user=UserFactory())
    return sent_order(
        *quantities,
        reference="#1001",
        customer=ada,
        return_terms=ReturnTerms(**terms).to_json(),
    )


def opened(*quantities: int) -> Return:
    return lifecycle.create(made := order(*quantities), wishes(made), actor=SYSTEM)


def wishes(made: Order) -> list[LineRequest]:
    return [
        LineRequest(
            fulfillment_line_id=line.fulfillment_lines.get().pk,
            quantity=line.quantity,
            reason="too-small",
        )
        for line in made.lines.order_by("position")
    ]


def last_mail(return_: Return) -> Message:
    event = Event.objects.select_related("for_return").filter(for_return=return_).latest("pk")
    message = emails.for_event(event)
    assert message is not None
    return message


def text_of(message: Message) -> str:
    return str(message.body).removeprefix("Hello Ada Winter,\n\n").split("\n\nSee your return:")[0]


def test_the_mail_about_kept_items_names_them_and_what_is_still_to_send() -> None:
    return_ = opened(1, 2)
    first = return_.lines.order_by("pk")[0]

    lifecycle.let_keep(return_, actor=SYSTEM, quantities={first.pk: 1})

    message = last_mail(return_)
    assert message.subject == "Keep the items of return #1001-R1"
    assert text_of(message) == (
        "You need not send these items back: they are yours to keep."
        " We pay back what is due and write to you when it is on its way.\n"
        "\n"
        "1 x Linen shirt\n"
        "\n"
        "Please still send the other 2 pieces of this return."
    )


def refused() -> Return:
    return_ = opened(1)
    fate = DisposeRequest(type="NOT_RESTOCKED", quantity=1)
    receipt = Receipt(line_id=return_.lines.get().pk, quantity=1, dispositions=(fate,))
    lifecycle.process(return_, actor=SYSTEM, receipts=[receipt])
    lifecycle.ship_back(
        return_,
        actor=SYSTEM,
        quantities={return_.lines.get().pk: 1},
        message="It was worn.\n<b>Sorry.</b>",
        carrier="DHL",
        tracking_number="JJD1",
        tracking_url="https://dhl.example/JJD1",
    )
    return return_


def test_the_mail_about_refused_items_says_why_and_where_they_are() -> None:
    message = last_mail(refused())

    assert message.subject == "Items of return #1001-R1 are on their way back to you"
    assert text_of(message) == (
        "We are sorry: we cannot take back these items of order #1001."
        " We have sent them back to you, and nothing is paid back for them.\n"
        "\n"
        "It was worn.\n"
        "<b>Sorry.</b>\n"
        "\n"
        "Parcel: DHL JJD1\n"
        "https://dhl.example/JJD1\n"
        "\n"
        "If you think that this is a mistake, answer this mail.\n"
        "\n"
        "1 x Linen shirt"
    )
    html = str(message.alternatives[0][0])
    assert "&lt;b&gt;Sorry.&lt;/b&gt;" in html
    assert 'href="https://dhl.example/JJD1"' in html


def test_pieces_that_are_finished_later_are_not_mailed_as_missing() -> None:
    return_ = opened(1)
    line = return_.lines.get()
    lifecycle.process(return_, actor=SYSTEM, receipts=[Receipt(line_id=line.pk, quantity=1)])
    fate = DisposeRequest(type="NOT_RESTOCKED", quantity=1)
    lifecycle.process(
        return_,
        actor=SYSTEM,
        receipts=[Receipt(line_id=line.pk, quantity=0, dispositions=(fate,))],
    )

    event = Event.objects.select_related("for_return").latest("pk")
    assert emails.for_event(event) is None


def test_who_keeps_at_once_gets_one_mail_and_no_slip(run_jobs: RunJobs) -> None:
    made = order(1, keep_item_below=Decimal(100))

    lifecycle.request(made, wishes(made), actor=actors.buyer("Ada Winter"))
    run_jobs()

    assert [message.subject for message in mail.outbox] == ["Keep the items of return #1001-R1"]
    assert mail.outbox[0].attachments == []


def test_the_slip_leaves_out_what_the_buyer_keeps() -> None:
    return_ = opened(1, 2)
    first, second = return_.lines.order_by("pk")
    lifecycle.let_keep(return_, actor=SYSTEM, quantities={first.pk: 1, second.pk: 1})

    (loaded,) = slips._load([return_])

    assert [line.pk for line in slips.to_send(loaded)] == [second.pk]


# --- the storefront -----------------------------------------------------------------------------


def sign_in(client: Client, made: Order) -> None:
    assert made.customer is not None
    assert made.customer.user is not None
    client.force_login(made.customer.user)


def test_the_buyer_sees_beforehand_that_the_items_are_kept(client: Client) -> None:
    made = order(1, keep_item_below=Decimal(100), return_shipping_fee=Decimal(5))
    sign_in(client, made)
    (wish,) = wishes(made)
    said = {
        "selected": [wish.fulfillment_line_id],
        f"item-{wish.fulfillment_line_id}-quantity": "1",
        f"item-{wish.fulfillment_line_id}-reason": "too-small",
    }

    bar = client.post(reverse("storefront:estimate", args=[made.public_id]), said)
    asked = client.post(
        reverse("storefront:start_return", args=[made.public_id]), {**said, "action": "review"}
    )
    review = client.get(asked["Location"])
    sent = client.post(asked["Location"])
    done = client.get(sent["Location"])
    page = client.get(reverse("storefront:return", args=[Return.objects.get().public_id]))

    assert "Keep the items and get back" in bar.content.decode()
    assert bar.context["amount"] == "€49.90"
    assert "they are yours to keep" in review.content.decode()
    assert "You need not send anything" in done.content.decode()
    for words in ("Yours to keep", "Keep the items", "1 piece is yours to keep", "€49.90"):
        assert words in page.content.decode()
    assert "Open the slip" not in page.content.decode()


def test_the_buyer_sees_what_comes_back(client: Client) -> None:
    return_ = refused()
    sign_in(client, return_.order)

    page = client.get(reverse("storefront:return", args=[return_.public_id])).content.decode()

    for words in ("Sent back to you", "DHL JJD1", "It was worn.", "1 piece was sent back to you"):
        assert words in page
    assert "<b>Sorry.</b>" not in page
    assert 'href="https://dhl.example/JJD1"' in page
