"""The mails to buyers: every word of the text part, and what the HTML part must not do."""

import datetime
import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.core import mail

from accounts import actors
from orders.models import FulfillmentLine, Order
from returns import emails, lifecycle, slips
from returns.emails import Message
from returns.lifecycle import DisposeRequest, LineRequest, Receipt
from returns.links import buyer_link
from returns.models import DeclineReason, DispositionType, Event, EventType, Return, ReturnStatus
from returns.refunds import payouts
from tests.conftest import RunJobs
from tests.factories import (
    CustomerFactory,
    ReturnFactory,
    ReturnLineFactory,
    StoreFactory,
    UserFactory,
    sent_order,
)

pytestmark = pytest.mark.django_db

NOW = datetime.datetime(2026, 11, 22, 10, tzinfo=datetime.UTC)
SYSTEM = actors.system()
BUYER = actors.buyer("Ada Winter")


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def shirts(status: str = ReturnStatus.OPEN, **order: Any) -> Return:
    """Return two shirts at 49.90 of order #1001."""
    values = {
        "reference": "#1001",
        "customer": CustomerFactory(email="ada@example.com", user=UserFactory()),
        **order,
    }
    made = sent_order(2, **values)
    line = made.lines.get()
    line.title, line.options = "Linen shirt", {"Size": "M"}
    line.save()
    return_: Return = ReturnFactory(order=made, status=status)
    ReturnLineFactory(for_return=return_, fulfillment_line=line.fulfillment_lines.get(), quantity=2)
    return return_


def text_of(message: Message | None) -> str:
    """Return the text part between greeting and link."""
    assert message is not None
    return str(message.body).removeprefix("Hello Ada Winter,\n\n").split("\n\nSee your return:")[0]


def html_of(message: Message | None) -> str:
    assert message is not None
    content, kind = message.alternatives[0]
    assert kind == "text/html"
    return str(content)


def test_request_received_says_everything() -> None:
    return_ = shirts(ReturnStatus.REQUESTED)
    message = emails.request_received(return_)
    assert message is not None
    assert (message.subject, message.from_email, message.to, message.reply_to) == (
        "We received your return request #1001-R1",
        "Linden & Lark <service@linden-lark.example>",
        ["ada@example.com"],
        ["service@linden-lark.example"],
    )
    assert message.body == (
        "Hello Ada Winter,\n"
        "\n"
        "We received your request to return items of order #1001.\n"
        "We look at it and write to you as soon as it is decided."
        " Please do not send anything yet.\n"
        "\n"
        "2 x Linen shirt (Size: M)\n"
        "\n"
        "Items to return: 2\n"
        "Refund proposed: €99.80\n"
        "\n"
        "See your return:\n"
        f"http://localhost:8000/returns/{return_.public_id}/\n"
        "\n"
        "Return #1001-R1 of order #1001\n"
        "\n"
        "-- \n"
        "Linden & Lark\n"
        "Linden & Lark GmbH · Lindenallee 4 · 10115 Berlin · Germany"
        " · service@linden-lark.example\n"
    )
    assert message.attachments == []


def test_approved_asks_for_the_goods_and_brings_the_slip() -> None:
    return_ = shirts()
    message = emails.approved(return_)
    assert message is not None
    assert message.subject == "Your return #1001-R1 is approved"
    assert text_of(message) == (
        "You can send items of order #1001 back.\n"
        "Please hand in your parcel by December 6, 2026.\n"
        "\n"
        "Print the attached slip and put it into the parcel.\n"
        "No printer? Write #1001-R1 on a sheet of paper and enclose that.\n"
        "\n"
        "Send the parcel to:\n"
        "\n"
        "Linden & Lark Returns\n"
        "Speicherstraße 12\n"
        "20457 Hamburg\n"
        "Germany\n"
        "\n"
        "2 x Linen shirt (Size: M)\n"
        "\n"
        "Items to return: 2\n"
        "Refund proposed: €99.80"
    )
    assert message.attachments == [
        ("return-1001-R1.pdf", slips.render([return_]), "application/pdf")
    ]


def test_approved_in_part_names_what_was_left_out() -> None:
    message = emails.approved(shirts(), removed=[{"title": "Mug", "quantity": 1}])
    assert text_of(message).endswith("\n\nThese items we cannot take back:\n\n1 x Mug")


@pytest.mark.parametrize(
    ("reason", "note", "words"),
    [
        (DeclineReason.FINAL_SALE, "", "Final sale\n\n"),
        (DeclineReason.OTHER, "It was worn.\nSorry.", "It was worn.\nSorry.\n\n"),
        (
            DeclineReason.RETURN_PERIOD_ENDED,
            "You are late.",
            "The time for returns is over\n\nYou are late.\n\n",
        ),
    ],
)
def test_declined_says_why(reason: str, note: str, words: str) -> None:
    return_ = shirts(ReturnStatus.DECLINED)
    return_.decline_reason, return_.decline_note = reason, note
    message = emails.declined(return_)
    assert message is not None
    assert message.subject == "Your return request #1001-R1 was declined"
    assert text_of(message) == (
        "We are sorry: we cannot take back the items of order #1001 that you asked for."
        " Please do not send them.\n"
        "\n"
        f"{words}"
        "If you think that this is a mistake, answer this mail."
    )


def test_received_tells_what_came_and_what_was_missing() -> None:
    dispositions = [{"type": "RESTOCKED", "quantity": 1}, {"type": "MISSING", "quantity": 1}]
    event = Event(
        data={"receipts": [{"title": "Linen shirt", "quantity": 2, "dispositions": dispositions}]}
    )
    message = emails.received(shirts(), event)
    assert message is not None
    assert message.subject == "We received the items of return #1001-R1"
    assert text_of(message) == (
        "Your parcel arrived, and we looked at what was in it.\n"
        "We pay back what is due and write to you when it is on its way.\n"
        "\n"
        "1 x Linen shirt\n"
        "\n"
        "These items were missing:\n"
        "\n"
        "1 x Linen shirt"
    )


def test_received_of_nothing_promises_no_money() -> None:
    receipt = {
        "title": "Linen shirt",
        "quantity": 2,
        "dispositions": [{"type": "MISSING", "quantity": 2}],
    }
    message = emails.received(shirts(), Event(data={"receipts": [receipt]}))
    assert text_of(message) == (
        "Your parcel arrived, and we looked at what was in it.\n"
        "\n"
        "These items were missing:\n"
        "\n"
        "2 x Linen shirt"
    )


def test_canceled_says_not_to_send() -> None:
    message = emails.canceled(shirts(ReturnStatus.CANCELED))
    assert message is not None
    assert message.subject == "Your return #1001-R1 was canceled"
    assert text_of(message) == (
        "The return of items of order #1001 was canceled. Please do not send anything.\n"
        "As long as the time for returns lasts, you can ask for a new one."
    )


def test_guest_gets_a_link_that_opens_by_itself() -> None:
    return_ = shirts(customer=None, guest_email="guest@example.com")
    message = emails.canceled(return_)
    assert message is not None
    assert message.to == ["guest@example.com"]
    link = buyer_link(return_)
    assert "/r/" in link
    assert link in str(message.body)
    assert f'href="{link}"' in html_of(message)


@pytest.mark.parametrize(
    "build", [emails.request_received, emails.approved, emails.declined, emails.canceled]
)
def test_nothing_is_mailed_without_an_address(build: Callable[[Return], Message | None]) -> None:
    assert build(shirts(customer=None, guest_email="")) is None


def test_store_without_address_mails_from_the_installation() -> None:
    message = emails.canceled(shirts(store=StoreFactory(email="")))
    assert message is not None
    assert (message.from_email, message.reply_to) == ("Retour <returns@localhost>", [])


def test_german_buyer_reads_german_dates_and_money() -> None:
    message = emails.approved(shirts(language="de"))
    assert message is not None
    assert ("6. Dezember 2026" in message.body, "99,80\xa0€" in message.body) == (True, True)
    assert '<html lang="de">' in html_of(message)


def test_html_in_names_and_notes_is_text() -> None:
    return_ = shirts(
        ReturnStatus.DECLINED,
        customer=CustomerFactory(name="<b>Ada</b>", user=UserFactory()),
        store=StoreFactory(name="<i>Store</i>"),
    )
    return_.decline_note = "<script>alert(1)</script>"
    message = emails.declined(return_)
    html = html_of(message)
    assert re.findall(r"<b>|<i>|<script>", html) == []
    for text in (
        "&lt;b&gt;Ada&lt;/b&gt;",
        "&lt;i&gt;Store",
        "&lt;script&gt;alert(1)&lt;/script&gt;",
    ):
        assert text in html
    assert message is not None
    assert "<script>alert(1)</script>" in message.body


def test_line_breaks_in_what_people_wrote_begin_no_header() -> None:
    evil = "x\r\nBcc: evil@example.com"
    return_ = shirts(store=StoreFactory(name=evil), reference=evil)
    message = emails.canceled(return_)
    assert message is not None
    assert message.message()["Bcc"] is None
    assert (message.subject, message.from_email) == (
        "Your return x Bcc: evil@example.com-R1 was canceled",
        '"x Bcc: evil@example.com" <service@linden-lark.example>',
    )


def test_mails_are_one_conversation_that_machines_do_not_answer() -> None:
    return_ = shirts()
    headers = [message.extra_headers for message in (emails.canceled(return_),) if message]
    assert headers == [
        {
            "Auto-Submitted": "auto-generated",
            "References": f"<return.{return_.public_id.hex}@localhost>",
        }
    ]


def requested(order: Order) -> Return:
    line = FulfillmentLine.objects.get(fulfillment__order=order)
    wish = LineRequest(fulfillment_line_id=line.pk, quantity=2, reason="too-small")
    return lifecycle.request(order, [wish], actor=BUYER)


def test_each_step_of_a_return_sends_its_mail(run_jobs: RunJobs) -> None:
    return_ = requested(sent_order(2, customer=CustomerFactory(email="ada@example.com")))
    return_ = lifecycle.approve(return_, actor=SYSTEM)
    line = return_.lines.get()
    dispositions = (DisposeRequest(type=DispositionType.NOT_RESTOCKED, quantity=2),)
    receipt = Receipt(line_id=line.pk, quantity=2, dispositions=dispositions)
    return_ = lifecycle.process(return_, actor=SYSTEM, receipts=[receipt])
    lifecycle.reopen(return_, actor=SYSTEM)
    run_jobs()
    reference = return_.reference
    assert [(message.subject, message.to) for message in mail.outbox] == [
        (f"We received your return request {reference}", ["ada@example.com"]),
        (f"Your return {reference} is approved", ["ada@example.com"]),
        (f"We received the items of return {reference}", ["ada@example.com"]),
    ]


@pytest.mark.django_db(transaction=True)
def test_refund_tells_amount_parts_and_way(run_jobs: RunJobs) -> None:
    return_ = shirts()
    payouts.refund(
        return_,
        actor=SYSTEM,
        key=uuid4(),
        quantities={return_.lines.get().pk: 2},
        amount=Decimal("90.00"),
    )
    run_jobs()
    assert [message.subject for message in mail.outbox] == [
        "We paid back €90.00 for return #1001-R1"
    ]
    assert text_of(mail.outbox[0]) == (  # type: ignore[arg-type]
        "We paid back €90.00 for items of order #1001.\n"
        "It can take a few days until it shows on your account.\n"
        "\n"
        "Card: €90.00\n"
        "\n"
        "Value of the items: €99.80\n"
        "Adjustment: -€9.80\n"
        "Refunded: €90.00"
    )


def test_declined_and_canceled_requests_send_their_mails(run_jobs: RunJobs) -> None:
    first = requested(sent_order(2))
    lifecycle.decline(first, actor=SYSTEM, reason=DeclineReason.OTHER, note="Worn.")
    second = requested(sent_order(2))
    lifecycle.cancel(second, actor=BUYER)
    run_jobs()
    assert [message.subject for message in mail.outbox] == [
        f"We received your return request {first.reference}",
        f"Your return request {first.reference} was declined",
        f"We received your return request {second.reference}",
        f"Your return {second.reference} was canceled",
    ]


def test_return_created_by_staff_sends_the_slip(run_jobs: RunJobs) -> None:
    order = sent_order(1)
    line = FulfillmentLine.objects.get(fulfillment__order=order)
    wish = LineRequest(fulfillment_line_id=line.pk, quantity=1, reason="too-small")
    return_ = lifecycle.create(order, [wish], actor=SYSTEM, note="For staff alone")
    run_jobs()
    sent = mail.outbox[0]
    assert sent.subject == f"Your return {return_.reference} is approved"
    assert "For staff alone" not in sent.body
    assert [attached[0] for attached in sent.attachments] == [slips.filename([return_])]


def test_second_mail_about_an_event_has_the_same_message_id() -> None:
    requested(sent_order(2))
    event = Event.objects.get(type=EventType.RETURN_REQUESTED)
    first, second = emails.for_event(event), emails.for_event(event)
    assert first is not None
    assert second is not None
    assert event.for_return is not None
    expected = f"<event-{event.pk}.{event.for_return.public_id.hex}@localhost>"
    assert [message.message()["Message-ID"] for message in (first, second)] == [expected] * 2


@pytest.mark.parametrize(
    "type_",
    [
        EventType.LINES_REMOVED,
        EventType.RETURN_CLOSED,
        EventType.RETURN_REOPENED,
        EventType.REFUND_FAILED,
        EventType.NOTE_ADDED,
    ],
)
def test_events_for_staff_send_nothing(type_: str) -> None:
    assert emails.for_event(Event(type=type_, for_return=shirts())) is None
