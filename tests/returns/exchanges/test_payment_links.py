"""Links for paying: made once, asked about until nobody can pay there, closed when not wanted."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from unittest.mock import patch
from uuid import uuid4

import pytest
from django.core import mail
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from orders.models import Payment
from returns import lifecycle, tasks
from returns.errors import InvalidState, UnknownLine
from returns.exchanges import payment_links
from returns.models import (
    Event,
    ExchangePayment,
    PaymentLink,
    RefundTransaction,
    Return,
)
from returns.refunds import notices, payouts
from returns.refunds.gateways import GATEWAYS, GatewayUnreachable, PaymentNotice
from tests.conftest import RunJobs
from tests.returns.exchanging import SYSTEM, only, pay, receive
from tests.returns.linking import LinkingGateway, linked, linking, owing

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def gateway() -> Iterator[LinkingGateway]:
    with linking() as made:
        yield made


def states(return_: Return) -> list[tuple[str, str]]:
    """The links of a return: the gateway's id and the state."""
    return list(return_.payment_links.values_list("reference", "state"))


def notice(link: str = "plink_1") -> PaymentNotice:
    return PaymentNotice(gateway="fake", key="", link_reference=link)


def test_link_is_made_once_and_kept(gateway: LinkingGateway) -> None:
    return_ = owing()

    url = payment_links.offer(return_)
    # Somebody who read the return before the link was there.
    assert payment_links.offer(return_) != ""
    return_.refresh_from_db()

    assert (
        return_.payment_link
        == url
        == "https://pay.example/plink_1/10.10-EUR-" + str(return_.reference).strip("#")
    )
    link = PaymentLink.objects.get(url=url)
    assert (link.gateway, link.amount, link.currency) == ("fake", Decimal("10.10"), "EUR")
    assert payment_links.offer(return_) == url


def test_call_whose_answer_was_lost_makes_no_second_link(gateway: LinkingGateway) -> None:
    return_ = owing()
    key = f"{return_.public_id}:0:10.10"
    gateway.create_payment_link(amount=Decimal("10.10"), currency="EUR", description="", key=key)

    payment_links.offer(return_)

    assert gateway.keys == [key]
    assert states(return_) == [("plink_1", "OPEN")]


def test_link_is_made_where_the_order_was_paid_or_else_where_it_can_be() -> None:
    return_ = owing(gateway="manual")

    assert payment_links.offer(return_).startswith("https://pay.example/")


def test_no_link_where_no_gateway_takes_payments() -> None:
    return_ = owing()

    with patch.dict(GATEWAYS):
        del GATEWAYS["fake"]
        assert payment_links.offer(return_) == ""


def test_refused_link_is_told_to_staff_once_and_the_buyer_pays_by_transfer(
    gateway: LinkingGateway, run_jobs: RunJobs
) -> None:
    gateway.refusal = "Stripe does not take so small an amount."
    return_ = owing()

    run_jobs()
    payment_links.offer(return_)

    told = Event.objects.get(for_return=return_, type="exchange.link_problem")
    assert (told.note, told.internal) == ("Stripe does not take so small an amount.", True)
    assert f"give {return_.reference} as the reference" in mail.outbox[-1].body
    assert states(return_) == []


def test_payment_lets_the_replacement_go_and_is_booked_once_however_often_it_is_told(
    gateway: LinkingGateway, run_jobs: RunJobs
) -> None:
    return_ = linked()
    receive(return_)
    gateway.take("plink_1")

    for _ in range(2):
        notices.take(notice())
        notices.take(notice())
        run_jobs()

    return_.refresh_from_db()
    assert (return_.exchange_owed, return_.payment_link) == (Decimal(0), "")
    assert only(return_).status == "READY"
    assert states(return_) == [("plink_1", "PAID")]
    payment = Payment.objects.get(from_exchange=True)
    assert (payment.gateway, payment.external_id, payment.amount) == (
        "fake",
        "pi_1",
        Decimal("10.10"),
    )
    assert ExchangePayment.objects.get().key == "fake:pi_1"
    assert gateway.closed == []


def test_notice_that_comes_before_the_payment_or_is_about_another_link_does_nothing(
    run_jobs: RunJobs,
) -> None:
    return_ = linked()

    notices.take(notice())
    notices.take(notice("plink_of_somebody_else"))
    run_jobs()

    assert states(return_) == [("plink_1", "OPEN")]
    assert not ExchangePayment.objects.exists()


def test_payment_that_is_never_told_is_found_by_the_periodic_job(
    gateway: LinkingGateway, run_jobs: RunJobs
) -> None:
    return_ = linked()
    gateway.take("plink_1")

    tasks.ask_payment_links(timestamp=0)
    tasks.ask_payment_links(timestamp=0)

    assert run_jobs().count("returns.tasks.ask_payment_link") == 1
    assert states(return_) == [("plink_1", "PAID")]


def test_old_link_is_closed_and_another_one_made_when_less_is_owed(
    gateway: LinkingGateway, run_jobs: RunJobs
) -> None:
    return_ = linked()
    run_jobs()
    mails = len(mail.outbox)

    pay(return_, "4.10")
    return_.refresh_from_db()
    assert return_.payment_link == ""
    run_jobs()

    return_.refresh_from_db()
    assert states(return_) == [("plink_1", "CLOSED"), ("plink_2", "OPEN")]
    assert gateway.closed == ["plink_1"]
    assert return_.payment_link.startswith("https://pay.example/plink_2/6.00-EUR")
    assert len(mail.outbox) == mails


def test_old_link_is_closed_and_the_mail_has_the_new_one_when_more_is_owed(
    gateway: LinkingGateway, run_jobs: RunJobs
) -> None:
    return_ = linked()
    run_jobs()

    receive(return_, fate="MISSING")
    run_jobs()

    return_.refresh_from_db()
    assert return_.exchange_owed == Decimal("60.00")
    assert states(return_) == [("plink_1", "CLOSED"), ("plink_2", "OPEN")]
    assert return_.payment_link in mail.outbox[-1].body


@pytest.mark.parametrize("verb", ["cancel", "close"])
def test_link_is_closed_when_the_return_ends(
    gateway: LinkingGateway, run_jobs: RunJobs, verb: str
) -> None:
    return_ = linked()

    getattr(lifecycle, verb)(return_, actor=SYSTEM)
    run_jobs()

    return_.refresh_from_db()
    assert return_.payment_link == ""
    assert states(return_) == [("plink_1", "CLOSED")]


def test_link_for_an_amount_that_is_owed_again_is_another_one(
    gateway: LinkingGateway, run_jobs: RunJobs
) -> None:
    return_ = linked()
    line = only(return_)
    lifecycle.remove_exchanges(return_, actor=SYSTEM, quantities={line.pk: 1})
    run_jobs()
    wish = lifecycle.ExchangeRequest(
        variant_id=line.variant_id, quantity=1, replaces=return_.lines.get().pk
    )
    lifecycle.add_exchanges(return_, actor=SYSTEM, exchanges=[wish])
    run_jobs()

    assert states(return_) == [("plink_1", "CLOSED"), ("plink_2", "OPEN")]


def test_payment_at_the_moment_of_closing_is_booked(
    gateway: LinkingGateway, run_jobs: RunJobs
) -> None:
    return_ = linked()
    run_jobs()
    gateway.at_closing = gateway.take

    pay(return_, "4.10")
    run_jobs()

    return_.refresh_from_db()
    assert states(return_) == [("plink_1", "PAID")]
    assert (return_.exchange_paid, return_.exchange_owed) == (Decimal("14.20"), Decimal(0))


def test_payment_begun_before_closing_is_booked_when_it_comes(
    gateway: LinkingGateway, run_jobs: RunJobs
) -> None:
    return_ = linked()
    lifecycle.cancel(return_, actor=SYSTEM)
    run_jobs()
    gateway.take("plink_1")

    tasks.ask_payment_links(timestamp=0)
    assert run_jobs() == []
    tasks.ask_closed_payment_links(timestamp=0)
    run_jobs()

    return_.refresh_from_db()
    assert states(return_) == [("plink_1", "PAID")]
    assert (return_.status, return_.exchange_paid) == ("CANCELED", Decimal("10.10"))


def test_link_that_was_closed_long_ago_is_not_asked_about() -> None:
    return_ = linked()
    month = timezone.now() - timedelta(days=31)
    return_.payment_links.update(state="CLOSED", ended_at=month)

    assert payment_links.closed_ids(now=timezone.now()) == []
    assert payment_links.closed_ids(now=timezone.now() - timedelta(days=2)) != []


def test_link_made_while_somebody_paid_is_not_shown_but_closed(
    gateway: LinkingGateway, run_jobs: RunJobs
) -> None:
    return_ = owing()
    late = Return.objects.select_related("order").get(pk=return_.pk)
    pay(return_, "10.10")

    assert payment_links.offer(late) == ""
    run_jobs()

    assert states(return_) == [("plink_1", "CLOSED")]


def test_gateway_that_is_away_is_asked_again(gateway: LinkingGateway, run_jobs: RunJobs) -> None:
    return_ = linked()
    run_jobs()
    pay(return_, "4.10")
    gateway.is_away = True
    with pytest.raises(GatewayUnreachable):
        run_jobs()
    waiting = ProcrastinateJob.objects.get(status="todo")
    assert (waiting.task_name, waiting.attempts) == ("returns.tasks.tend_payment_links", 1)

    tasks.ask_payment_links(timestamp=0)
    run_jobs()  # this one waits for its next turn
    gateway.is_away = False
    tasks.tend_payment_links(return_.pk)

    assert states(return_) == [("plink_1", "CLOSED"), ("plink_2", "OPEN")]


def test_mail_waits_for_the_gateway_and_is_not_lost(
    gateway: LinkingGateway, run_jobs: RunJobs
) -> None:
    return_ = owing()
    asked = Event.objects.get(for_return=return_, type="exchange.payment_asked")
    gateway.is_away = True
    with pytest.raises(GatewayUnreachable):
        run_jobs()
    run_jobs()
    (waiting,) = ProcrastinateJob.objects.filter(status="todo")
    assert waiting.args == {"event_id": asked.pk}
    subjects = [message.subject for message in mail.outbox]
    assert not [subject for subject in subjects if "Please pay" in subject]

    gateway.is_away = False
    tasks.deliver_event(asked.pk)

    assert "https://pay.example/plink_1" in mail.outbox[-1].body


def test_gateway_that_is_not_set_up_any_more_leaves_its_links_open(run_jobs: RunJobs) -> None:
    return_ = linked()

    with patch.dict(GATEWAYS):
        del GATEWAYS["fake"]
        tasks.ask_payment_links(timestamp=0)
        run_jobs()

    assert states(return_) == [("plink_1", "OPEN")]


def test_payment_in_another_currency_is_told_to_staff_and_not_booked(
    gateway: LinkingGateway, run_jobs: RunJobs
) -> None:
    return_ = linked()
    run_jobs()
    gateway.take("plink_1", currency="USD")

    for _ in range(2):
        notices.take(notice())
        run_jobs()

    return_.refresh_from_db()
    told = return_.events.get(type="exchange.link_problem")
    assert "$10.10" in told.note
    assert "pi_1" in told.note
    assert (states(return_), return_.payment_link) == ([("plink_1", "PAID")], "")
    assert not ExchangePayment.objects.exists()


def test_refund_of_what_was_paid_by_a_link_goes_back_through_the_gateway(
    gateway: LinkingGateway, run_jobs: RunJobs
) -> None:
    return_ = linked()
    receive(return_)
    gateway.take("plink_1")
    notices.take(notice())
    run_jobs()
    return_.refresh_from_db()
    lifecycle.remove_exchanges(return_, actor=SYSTEM, quantities={only(return_).pk: 1})

    refund = payouts.refund(return_, actor=SYSTEM, key=uuid4())

    assert (refund.status, refund.amount) == ("SUCCEEDED", Decimal("60.00"))
    part = RefundTransaction.objects.select_related("payment").get(payment__from_exchange=True)
    assert part.payment is not None
    assert (part.gateway, part.amount, part.payment.external_id) == (
        "fake",
        Decimal("10.10"),
        "pi_1",
    )
    assert gateway.paid[part.gateway_key] == Decimal("10.10")


def test_payment_for_a_return_that_was_canceled_meanwhile_can_be_paid_back(
    gateway: LinkingGateway, run_jobs: RunJobs
) -> None:
    return_ = linked()
    lifecycle.cancel(return_, actor=SYSTEM)
    with pytest.raises(InvalidState):
        payouts.refund(return_, actor=SYSTEM, key=uuid4())
    gateway.take("plink_1")
    run_jobs()

    return_.refresh_from_db()
    assert return_.exchange_due == Decimal("-10.10")
    assert list(Return.objects.waiting_for_refund()) == [return_]
    with pytest.raises(UnknownLine):
        payouts.refund(return_, actor=SYSTEM, key=uuid4(), quantities={return_.lines.get().pk: 1})
    refund = payouts.refund(return_, actor=SYSTEM, key=uuid4())

    assert (refund.amount, refund.exchange_amount) == (Decimal("10.10"), Decimal("-10.10"))
    return_.refresh_from_db()
    assert (return_.status, return_.refunded_quantity) == ("CANCELED", 0)
    assert return_.exchange_due == 0
    assert not Return.objects.waiting_for_refund().exists()
    with pytest.raises(InvalidState):
        payouts.refund(return_, actor=SYSTEM, key=uuid4())
