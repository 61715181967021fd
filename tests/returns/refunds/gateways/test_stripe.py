"""What is sent to Stripe, and how its answers are read."""

import logging
from dataclasses import replace
from decimal import Decimal

import pytest
import stripe

from returns.refunds.gateways import (
    GatewayUnreachable,
    Outcome,
    PaymentRefused,
    PayoutRequest,
    ReceivedPayment,
    RemembersRefunds,
    StripeGateway,
    TakesPayments,
)
from returns.refunds.gateways.manual import ManualGateway
from returns.refunds.gateways.stripe_amounts import NotPayable, from_stripe, to_stripe
from tests.returns.refunds.gateways.fake_stripe import FakeStripe

WANTED = PayoutRequest(
    key="a-key", amount=Decimal("12.50"), currency="EUR", payment_reference="pi_1"
)


@pytest.fixture
def fake() -> FakeStripe:
    return FakeStripe(payments={"pi_1": 10_000})


@pytest.mark.parametrize(
    ("amount", "currency", "units"),
    [
        ("12.50", "EUR", 1250),
        ("12", "JPY", 12),
        ("5", "ISK", 500),
        ("5", "UGX", 500),
        ("10.45", "HUF", 1045),
        ("800.45", "TWD", 80045),
        ("5.12", "KWD", 5120),
        ("30", "AFN", 3000),  # no digits in the CLDR, two at Stripe
        ("1.0000", "MGA", 1),
    ],
)
def test_amount_in_units_of_stripe(amount: str, currency: str, units: int) -> None:
    assert to_stripe(Decimal(amount), currency) == units
    assert from_stripe(units, currency) == Decimal(amount)


@pytest.mark.parametrize(
    ("amount", "currency", "step"),
    [
        ("5.124", "KWD", "0.01"),
        ("12.5", "JPY", "1"),
        ("5.10", "ISK", "1"),
        ("0.005", "EUR", "0.01"),
    ],
)
def test_amount_between_two_steps_is_not_payable(amount: str, currency: str, step: str) -> None:
    with pytest.raises(NotPayable) as refused:
        to_stripe(Decimal(amount), currency)
    assert str(refused.value) == (
        f"Stripe pays {currency} in steps of {step} only. Choose another amount."
    )


def test_refund_is_paid_with_our_key(fake: FakeStripe) -> None:
    assert fake.gateway().refund(WANTED) == Outcome(paid=True, reference="re_1")
    assert [(one["amount"], one["metadata"]) for one in fake.refunds] == [
        (1250, {"retour_key": "a-key"})
    ]
    assert list(fake.answers) == ["a-key"]


def test_refund_asked_for_twice_is_one(fake: FakeStripe) -> None:
    first, second = fake.gateway().refund(WANTED), fake.gateway().refund(WANTED)
    assert first == second
    assert len(fake.refunds) == 1


@pytest.mark.parametrize("fault", ["before", "after", "500", "500-after"])
def test_refund_without_a_certain_answer_is_unknown(fake: FakeStripe, fault: str) -> None:
    fake.faults = [fault]
    with pytest.raises(GatewayUnreachable):
        fake.gateway().refund(WANTED)
    assert len(fake.refunds) == fault.endswith("after")


def test_key_with_other_contents_is_unknown(fake: FakeStripe) -> None:
    fake.gateway().refund(WANTED)
    with pytest.raises(GatewayUnreachable):
        fake.gateway().refund(replace(WANTED, amount=Decimal(13)))
    assert len(fake.refunds) == 1


@pytest.mark.parametrize(
    ("changes", "fault", "failure"),
    [
        (
            {},
            "refuse",
            "The buyer disputes this payment at the bank, so Stripe does not pay it back.",
        ),
        (
            {"payment_reference": "pi_9"},
            "",
            "Stripe does not know this payment. Check its id, and whose key Retour uses.",
        ),
        (
            {"payment_reference": "4711"},
            "",
            "This payment has no id of Stripe's (pi_… or ch_…). Add it to the order's payment.",
        ),
        (
            {"amount": Decimal(101)},
            "",
            (
                "This payment was paid back in full at Stripe before."
                " Compare it with Stripe's dashboard."
            ),
        ),
        (
            {"amount": Decimal("1.005"), "currency": "KWD"},
            "",
            "Stripe pays KWD in steps of 0.01 only. Choose another amount.",
        ),
    ],
)
def test_refused_refund_says_why(
    fake: FakeStripe, changes: dict[str, str], fault: str, failure: str
) -> None:
    fake.faults = [fault]
    outcome = fake.gateway().refund(replace(WANTED, **changes))  # type: ignore[arg-type]
    assert outcome == Outcome(paid=False, failure=failure)
    assert outcome.failed
    assert fake.refunds == []


def test_refusal_is_not_believed_when_the_refund_is_there(fake: FakeStripe) -> None:
    fake.payments = {"pi_1": 1250}
    fake.gateway().refund(WANTED)
    fake.forget_keys()
    # Another process still pays what it never learned the outcome of.
    assert fake.gateway().refund(WANTED) == Outcome(paid=True, reference="re_1")
    assert len(fake.refunds) == 1


def test_look_up_finds_what_was_taken_on(fake: FakeStripe) -> None:
    gateway = fake.gateway()
    assert gateway.look_up(WANTED) is None
    fake.faults = ["pending"]
    assert gateway.refund(WANTED) == Outcome(paid=False, pending=True, reference="re_1")
    gateway.refund(replace(WANTED, key="another"))
    fake.forget_keys()
    assert gateway.look_up(WANTED) == Outcome(paid=False, pending=True, reference="re_1")
    fake.end(fake.refunds[0], "failed")
    assert gateway.look_up(WANTED) == Outcome(
        paid=False, reference="re_1", failure="The buyer's bank declined it."
    )
    assert gateway.look_up(replace(WANTED, payment_reference="pi_9")) is None
    assert gateway.look_up(replace(WANTED, payment_reference="4711")) is None


@pytest.mark.parametrize(
    ("status", "failure"),
    [("canceled", "It was called off at Stripe."), ("failed", "The buyer's bank did not take it.")],
)
def test_refund_that_failed_without_a_reason(fake: FakeStripe, status: str, failure: str) -> None:
    fake.gateway().refund(WANTED)
    fake.refunds[0]["status"] = status
    found = fake.gateway().look_up(WANTED)
    assert found == Outcome(paid=False, reference="re_1", failure=failure)


@pytest.mark.parametrize(
    ("name", "value"),
    [("amount", 1251), ("amount", None), ("currency", "usd"), ("status", "new"), ("status", None)],
)
def test_answer_that_is_not_what_was_asked_is_unknown(
    fake: FakeStripe, name: str, value: object
) -> None:
    fake.gateway().refund(WANTED)
    fake.refunds[0][name] = value
    with pytest.raises(GatewayUnreachable):
        fake.gateway().look_up(WANTED)


def test_payment_link_is_made_paid_and_closed(fake: FakeStripe) -> None:
    gateway = fake.gateway()
    link = gateway.create_payment_link(
        amount=Decimal(700), currency="JPY", description="Exchange #1001-R1", key="pay-1"
    )
    assert (link.reference, link.url) == ("plink_1", "https://buy.stripe.example/plink_1")
    sent = fake.links["plink_1"]
    assert sent["line_items[0][price_data][unit_amount]"] == "700"
    assert sent["metadata[retour_key]"] == "pay-1"
    assert sent["restrictions[completed_sessions][limit]"] == "1"
    assert gateway.received_payment("plink_1") is None
    session = {"object": "checkout.session", "payment_link": "plink_1", "currency": "jpy"}
    session |= {"id": "cs_0", "payment_status": "unpaid"}
    fake.sessions = [session]
    assert gateway.received_payment("plink_1") is None
    paid = {"payment_status": "paid", "payment_intent": "pi_7", "amount_total": 700}
    fake.sessions = [session, {**session, **paid, "id": "cs_1"}]
    assert gateway.received_payment("plink_1") == ReceivedPayment(
        reference="pi_7", amount=Decimal(700), currency="JPY"
    )
    gateway.close_payment_link("plink_1")
    assert fake.links["plink_1"]["active"] == "false"


def test_payment_link_of_an_impossible_amount_is_refused(fake: FakeStripe) -> None:
    with pytest.raises(PaymentRefused, match=r"in steps of 1 only"):
        fake.gateway().create_payment_link(
            amount=Decimal("7.5"), currency="JPY", description="Exchange", key="pay-1"
        )


def test_what_each_gateway_can_do(fake: FakeStripe) -> None:
    gateway = fake.gateway()
    assert isinstance(gateway, RemembersRefunds)
    assert isinstance(gateway, TakesPayments)
    assert not isinstance(ManualGateway(), RemembersRefunds)
    assert not isinstance(ManualGateway(), TakesPayments)


def test_key_is_in_no_log_and_no_text(fake: FakeStripe, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    secret = "sk_live_never_to_be_seen"
    gateway = StripeGateway(secret, http_client=fake)
    fake.faults = ["", "refuse", "500", "before"]
    assert gateway.refund(WANTED).paid
    assert gateway.refund(replace(WANTED, key="2")).failed
    for number in ("3", "4"):
        with pytest.raises(GatewayUnreachable) as unknown:
            gateway.refund(replace(WANTED, key=number))
        assert secret not in repr(unknown.value)
    nowhere = StripeGateway(secret, api_base="http://127.0.0.1:1")
    with pytest.raises(GatewayUnreachable) as raised:
        nowhere.refund(WANTED)
    assert "No certain answer from Stripe: APIConnectionError" in caplog.text
    assert secret not in caplog.text + repr(raised.value) + repr(vars(gateway))
    assert stripe.api_key is None
