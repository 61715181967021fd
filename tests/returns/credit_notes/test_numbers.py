"""Credit notes: their numbers, and what is printed on them."""

import io
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pypdf
import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from accounts.models import Role
from orders.models import Order, Payment
from returns import lifecycle
from returns.credit_notes import numbers as credit_notes
from returns.credit_notes import pdf
from returns.models import CreditNote, CreditNoteSeries, Refund, Return
from returns.refunds import payouts, settlement
from returns.refunds.gateways import GATEWAYS, Outcome, PayoutRequest
from tests.factories import PaymentFactory, StoreFactory, UserFactory, sent_order
from tests.returns.stories import SYSTEM, wish

pytestmark = pytest.mark.django_db(transaction=True)


def opened(**order: Any) -> Return:
    """An open return of three pieces at 10.00 each."""
    sold = sent_order(3, **order)
    sold.lines.update(unit_price=Decimal(10), tax_total=Decimal("4.79"))
    if not sold.payments.exists():
        PaymentFactory(order=sold, amount=Decimal(30))
    return lifecycle.create(sold, [wish(sold, 3)], actor=SYSTEM)


def pay(return_: Return, pieces: int = 1, **values: Any) -> Refund:
    (line,) = return_.lines.all()
    return payouts.refund(
        return_, actor=SYSTEM, key=uuid4(), quantities={line.pk: pieces}, **values
    )


def numbers() -> list[tuple[str, int, str, Decimal]]:
    found = CreditNote.objects.order_by("pk")
    return [(note.store.code, note.number, note.reference, note.amount) for note in found]


def words_of(note: CreditNote) -> str:
    reader = pypdf.PdfReader(io.BytesIO(pdf.render(note)))
    return " ".join(" ".join(page.extract_text().split()) for page in reader.pages)


def test_each_refund_gets_the_next_number_of_its_store() -> None:
    first, other = opened(store=StoreFactory(code="one")), opened(store=StoreFactory(code="two"))
    for return_ in (first, other, first):
        pay(return_)

    assert numbers() == [
        ("one", 1, "CN-ONE-00001", Decimal(10)),
        ("two", 1, "CN-TWO-00001", Decimal(10)),
        ("one", 2, "CN-ONE-00002", Decimal(10)),
    ]


def test_number_is_given_back_when_the_refund_is_not_recorded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    return_ = opened()
    issue = credit_notes.issue

    def issue_and_crash(*args: Any, **values: Any) -> None:
        issue(*args, **values)
        raise MemoryError

    with monkeypatch.context() as patch:
        patch.setattr("returns.credit_notes.numbers.issue", issue_and_crash)
        with pytest.raises(MemoryError):
            pay(return_)
    crashed = numbers()
    settlement.settle(Refund.objects.get(), actor=SYSTEM)

    assert crashed == []
    assert [number for _store, number, *_rest in numbers()] == [1]
    assert CreditNoteSeries.objects.get().last_number == 1


class HalfGateway:
    """Pays what goes to the first payment and refuses the rest."""

    def refund(self, request: PayoutRequest) -> Outcome:
        if request.payment_reference == "good":
            return Outcome(paid=True, reference="re_1")
        return Outcome(paid=False, failure="No.")


def paid_twice() -> Order:
    """An order of three pieces, paid half from a good and half from a bad payment."""
    order = sent_order(3)
    order.payments.all().delete()
    for name, amount in (("good", 12), ("bad", 18)):
        PaymentFactory(order=order, amount=amount, gateway="half", external_id=name)
    return order


def test_refund_that_failed_in_part_is_noted_with_what_went_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(GATEWAYS, "half", HalfGateway())
    order = paid_twice()
    order.lines.update(unit_price=Decimal(10))
    return_ = lifecycle.create(order, [wish(order, 3)], actor=SYSTEM)

    pay(return_, 3)
    pay(return_, 0, amount=Decimal(5))

    assert [amount for *_rest, amount in numbers()] == [Decimal(12)]
    assert "Of it paid back here €12.00" in words_of(CreditNote.objects.get())
    assert Payment.objects.get(external_id="bad").refunded_amount == 0


def test_note_says_who_what_and_how_much() -> None:
    return_ = opened(reference="#1001", billing_address={"name": "Ada Winter", "city": "Köln"})
    pay(return_, 2, amount=Decimal(15))

    words = words_of(CreditNote.objects.get())

    for expected in (
        "Credit note",
        "CN-",
        "Ada Winter",
        "Köln",
        "#1001",
        "#1001-R1",
        "Tax within: €3.20",
        "Value of the items €20.00",
        "Adjustment -€5.00",
        "Refunded €15.00",
        "This note corrects the invoice for order #1001.",
    ):
        assert expected in words


def test_note_is_never_changed() -> None:
    pay(opened())

    with pytest.raises(IntegrityError), transaction.atomic():
        CreditNote.objects.update(amount=1)
    with pytest.raises(IntegrityError), transaction.atomic():
        CreditNote.objects.all().delete()


def test_pages_open_a_note_to_its_shop_and_buyer_only(client: Client) -> None:
    ada = UserFactory(email="ada@example.com")
    order = sent_order(3, customer__user=ada)
    return_ = lifecycle.create(order, [wish(order, 3)], actor=SYSTEM)
    pay(return_)
    note = CreditNote.objects.get()
    buyers = f"/returns/{return_.public_id}/credit-notes/{note.number}/"
    answers = {}
    for name, user in {
        "buyer": ada,
        "stranger": UserFactory(email="eve@example.com"),
        "staff": UserFactory(roles=[Role.FINANCE]),
    }.items():
        client.force_login(user)
        shops = client.get(f"/backoffice/credit-notes/{note.pk}")
        answers[name] = (client.get(buyers).status_code, shops.status_code)

    assert answers == {"buyer": (200, 403), "stranger": (404, 403), "staff": (404, 200)}
