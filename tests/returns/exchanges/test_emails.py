"""The mails about replacements, and the page that a gateway makes for paying."""

from decimal import Decimal

import pytest
from django.core import mail

from returns import emails
from returns.lifecycle import Tracking
from returns.models import Event, Return
from returns.refunds.gateways import GatewayUnreachable
from returns.tasks import deliver_event
from tests.conftest import RunJobs
from tests.returns.exchanging import bought, dearer, pay, receive, send, shirt, swap
from tests.returns.linking import linking, owing

pytestmark = pytest.mark.django_db


def ask(return_: Return) -> Event:
    return Event.objects.get(for_return=return_, type="exchange.payment_asked")


def body(event: Event) -> str:
    message = emails.for_event(event)
    assert message is not None
    return str(message.body)


def test_buyer_is_asked_to_pay_by_hand(run_jobs: RunJobs) -> None:
    return_, _line = dearer()

    run_jobs()

    message = mail.outbox[-1]
    assert message.subject == f"Please pay €10.10 for your replacement ({return_.reference})"
    assert "costs €10.10 more" in message.body
    assert "1 x Linen shirt (Size: L, Colour: Sage)" in message.body
    assert f"give {return_.reference} as the reference" in message.body
    html = str(message.alternatives[0][0])  # type: ignore[attr-defined]
    assert "Please pay for your replacement" in html


def test_buyer_is_asked_to_pay_on_the_page_of_the_gateway() -> None:
    with linking() as gateway:
        return_ = owing()
        gateway.is_away = True
        with pytest.raises(GatewayUnreachable):
            deliver_event(ask(return_).pk)
        assert mail.outbox == []
        gateway.is_away = False
        deliver_event(ask(return_).pk)
        deliver_event(ask(return_).pk)

    return_.refresh_from_db()
    assert len(gateway.keys) == 1
    assert return_.payment_link.startswith("https://pay.example/plink_1/10.10")
    assert return_.payment_link in mail.outbox[0].body


def test_link_goes_when_it_is_paid() -> None:
    return_, _line = dearer()
    Return.objects.update(payment_link="https://pay.example/1")

    pay(return_, "4.10")

    return_.refresh_from_db()
    assert (return_.payment_link, return_.exchange_owed) == ("", Decimal("6.00"))


def test_nobody_is_asked_for_what_was_paid_meanwhile() -> None:
    return_, _line = dearer()
    pay(return_, "10.10")

    assert emails.for_event(ask(return_)) is None


def test_buyer_is_told_what_was_sent() -> None:
    order = bought(1)
    return_ = send(receive(swap(order, shirt(order))), tracking=Tracking(number="0034"))

    text = body(return_.events.get(type="exchange.sent"))

    assert "1 x Linen shirt (Size: L, Colour: Sage)" in text
    assert "Tracking number: 0034" in text
