"""What becomes of statements: returns, flags for staff, and nothing that is refused."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts import actors
from accounts.models import Role
from orders.models import Order, OrderLine
from returns import lifecycle
from returns.errors import InvalidState, MissingNote, MissingReason, NotPermitted
from returns.lifecycle import LineRequest
from returns.models import (
    Event,
    FeeKind,
    Return,
    ReturnReason,
    WithdrawalCase,
    WithdrawalExemption,
    WithdrawalFlag,
)
from returns.models.policies import ReturnTerms
from returns.refunds import proposals
from returns.withdrawals import handling
from tests.conftest import RunJobs
from tests.factories import (
    FulfillmentLineFactory,
    OrderLineFactory,
    UserFactory,
    sent_bundle,
    sent_order,
)
from tests.returns import withdrawing
from tests.returns.stories import received
from tests.returns.withdrawing import handled

pytestmark = pytest.mark.django_db

SYSTEM = actors.system()
STRICT = ReturnTerms(
    window_days=1,
    restocking_fee_percent=Decimal(20),
    return_shipping_fee=Decimal("4.50"),
    shipping_refund="NEVER",
    days_to_send=5,
    keep_item_below=Decimal(1000),
    offers_credit=True,
)


def bought(*quantities: int, terms: ReturnTerms | None = None, **facts: Any) -> Order:
    """Return a guest's order that arrived 5 days ago, at a store with the function."""
    facts = {"customer": None, "guest_email": "eve@example.com", **facts}
    if terms:
        facts["return_terms"] = terms.to_json()
    order = sent_order(*quantities, **facts)
    withdrawing.switch_on(order)
    return order


def pieces(case: WithdrawalCase) -> list[tuple[str, list[int]]]:
    """Return status and pieces per line of each return that a case opened."""
    return [
        (each.status, list(each.lines.order_by("pk").values_list("quantity", flat=True)))
        for each in case.statement.returns.order_by("pk")
    ]


def outcome(case: WithdrawalCase) -> tuple[str, list[str], list[tuple[str, list[int]]]]:
    return case.state, case.flags, pieces(case)


def test_withdrawal_opens_the_return_whatever_the_policy_says() -> None:
    order = bought(2, 1, terms=STRICT)
    order.lines.update(final_sale=True)

    case = handled(order)

    assert outcome(case) == ("HANDLED", [], [("OPEN", [2, 1])])
    assert case.order == order


def test_return_keeps_only_the_fee_that_the_law_lets() -> None:
    return_ = handled(bought(1, terms=STRICT)).statement.returns.get()
    assert list(return_.fees.values_list("kind", "amount")) == [
        (FeeKind.RETURN_SHIPPING, Decimal("4.50"))
    ]


def test_store_that_pays_for_sending_back_keeps_nothing() -> None:
    order = sent_order(1, return_terms=STRICT.to_json())
    withdrawing.switch_on(order, buyer_pays_return=False)
    assert not handled(order).statement.returns.get().fees.exists()


@pytest.mark.parametrize(
    ("stated", "send_by"),
    [
        (date(2026, 11, 25), date(2026, 12, 9)),
        (date(2026, 12, 11), date(2026, 12, 28)),  # the 14th is Christmas, before a weekend
    ],
)
def test_buyer_has_14_days_to_send_and_gets_money(stated: date, send_by: date) -> None:
    with time_machine.travel(datetime.combine(stated, time(12), tzinfo=UTC), tick=False):
        return_ = handled(bought(1, terms=STRICT)).statement.returns.get()
    assert return_.send_by == send_by
    assert return_.refund_to == "ORIGINAL"


@time_machine.travel(datetime(2026, 11, 25, 12, tzinfo=UTC), tick=False)
def test_request_in_doubt_that_is_approved_has_14_days_too() -> None:
    order = bought(1, terms=STRICT)
    order.fulfillments.update(delivered_at=timezone.now() - timedelta(days=3))
    order.lines.update(personalised=True)
    return_ = handled(order).statement.returns.get()

    approved = lifecycle.approve(return_, actor=SYSTEM)

    assert approved.send_by == date(2026, 12, 9)
    assert [fee.kind for fee in approved.fees.all()] == [FeeKind.RETURN_SHIPPING]


@pytest.mark.parametrize(
    ("days", "due"),
    [
        (4, datetime(2026, 12, 9, 23, tzinfo=UTC)),  # the end of the 14th day from the statement
        (30, datetime(2026, 12, 25, 12, tzinfo=UTC)),  # goods came late: at once
    ],
)
def test_money_is_due_14_days_after_the_statement(days: int, due: datetime) -> None:
    with time_machine.travel(datetime(2026, 11, 25, 12, tzinfo=UTC), tick=False) as clock:
        return_ = handled(bought(1)).statement.returns.get()
        assert return_.due_at is None
        clock.move_to(datetime(2026, 11, 25, 12, tzinfo=UTC) + timedelta(days=days))
        assert received(return_).due_at == due


def test_reason_is_the_withdrawals_own_which_nobody_is_offered() -> None:
    return_ = handled(bought(1)).statement.returns.get()
    assert [line.reason.handle for line in return_.lines.all()] == ["withdrawal"]
    assert "withdrawal" not in ReturnReason.objects.offered().values_list("handle", flat=True)


def test_reason_cannot_be_asked_for_otherwise() -> None:
    order = bought(1)
    parcel = order.fulfillments.get().lines.get()
    wish = LineRequest(fulfillment_line_id=parcel.pk, quantity=1, reason="withdrawal")
    with pytest.raises(MissingReason):
        lifecycle.request(order, [wish], actor=actors.buyer("Eve"))


def test_event_names_the_statement() -> None:
    case = handled(bought(1))
    event = Event.objects.get(for_return=case.statement.returns.get())
    assert (event.type, event.actor_kind, event.data) == (
        "return.created",
        "BUYER",
        {
            "pieces": 1,
            "override_policy": False,
            "withdrawal": case.statement.reference,
        },
    )


def test_delivery_cost_comes_back_with_the_last_of_the_goods() -> None:
    order = bought(1, 1, terms=STRICT, shipping_amount=Decimal("4.90"))
    first = handled(order, items=(withdrawing.item(order, 0),)).statement.returns.get()
    assert proposals.propose(first).shipping_amount == 0

    second = handled(order).statement.returns.get()

    first.lines.update(refunded_quantity=1)
    assert proposals.propose(second).shipping_amount == Decimal("4.90")


def test_faster_delivery_comes_back_as_far_as_standard_delivery() -> None:
    order = sent_order(1, shipping_amount=Decimal("14.90"), return_terms=STRICT.to_json())
    withdrawing.switch_on(order, standard_delivery_cost=Decimal("4.90"))
    return_ = handled(order).statement.returns.get()
    assert proposals.propose(return_).shipping_amount == Decimal("4.90")


def test_ordinary_return_keeps_the_policys_rule_for_delivery() -> None:
    order = bought(1, terms=ReturnTerms(shipping_refund="NEVER"), shipping_amount=Decimal(5))
    parcel = order.fulfillments.get().lines.get()
    wish = LineRequest(fulfillment_line_id=parcel.pk, quantity=1, reason="too-small")
    return_ = lifecycle.create(order, [wish], actor=SYSTEM)
    assert proposals.propose(return_).shipping_amount == 0


def test_only_stated_pieces_go_back() -> None:
    order = bought(3, 2)
    case = handled(order, items=(withdrawing.item(order, 0, 2),))
    assert outcome(case) == ("HANDLED", [], [("OPEN", [2])])


def test_more_pieces_than_are_left_are_flagged() -> None:
    order = bought(2)
    handled(order, items=(withdrawing.item(order, 0, 1),))
    case = handled(order, items=(withdrawing.item(order, 0, 2),))
    assert outcome(case) == ("TO_CHECK", ["NOTHING_LEFT"], [("OPEN", [1])])


@pytest.mark.parametrize(
    "said",
    [
        {"order_reference": "no-such-order"},
        {"email": "mallory@example.com"},
        {"order_reference": "%"},
    ],
)
def test_unknown_order_is_kept_and_flagged(said: dict[str, str]) -> None:
    case = handled(bought(1), **said)
    assert outcome(case) == ("TO_CHECK", ["UNKNOWN_ORDER"], [])
    assert case.order is None
    assert not Return.objects.exists()


@pytest.mark.parametrize("number", ["1001", " #1001 ", "#1001"])
def test_number_counts_as_in_a_guests_look_up(number: str) -> None:
    case = handled(bought(1, reference="#1001"), order_reference=number, email="EVE@example.com")
    assert case.state == "HANDLED"


def test_order_of_another_store_is_not_found() -> None:
    other = bought(1)
    order = bought(1, reference="#77")
    assert handled(order, store=other.store).flags == ["UNKNOWN_ORDER"]


def test_late_statement_waits_for_a_decision() -> None:
    order = bought(2)
    order.fulfillments.update(
        shipped_at=timezone.now() - timedelta(days=30),
        delivered_at=timezone.now() - timedelta(days=20),
    )
    assert outcome(handled(order)) == ("TO_CHECK", ["LATE"], [("REQUESTED", [2])])


def test_period_begins_with_the_last_good() -> None:
    order = bought(1)
    order.fulfillments.update(
        shipped_at=timezone.now() - timedelta(days=40),
        delivered_at=timezone.now() - timedelta(days=35),
    )
    FulfillmentLineFactory(order_line=OrderLineFactory(order=order))
    assert handled(order).flags == []


def test_exempt_goods_are_in_a_return_of_their_own_that_waits() -> None:
    order = bought(2, 1, 1)
    shirt, socks, _mug = order.lines.all()
    assert shirt.variant is not None
    WithdrawalExemption.objects.create(product=shirt.variant.product, reason="E")
    OrderLine.objects.filter(pk=socks.pk).update(personalised=True)

    case = handled(order)

    assert outcome(case) == ("TO_CHECK", ["EXEMPT"], [("OPEN", [1]), ("REQUESTED", [2, 1])])


def test_bundle_with_an_exempt_part_is_exempt() -> None:
    order = bought(1)
    _bundle, (part, _other) = sent_bundle(order)
    assert part.variant is not None
    WithdrawalExemption.objects.create(product=part.variant.product, reason="D")
    assert pieces(handled(order)) == [("OPEN", [1]), ("REQUESTED", [1])]


def test_what_was_not_sent_is_flagged_and_the_rest_goes_back() -> None:
    order = bought(1)
    OrderLineFactory(order=order, quantity=2)
    assert outcome(handled(order)) == ("TO_CHECK", ["UNSENT"], [("OPEN", [1])])


def test_withdrawal_before_anything_was_sent_is_taken() -> None:
    order = bought(1)
    order.fulfillments.all().delete()
    assert outcome(handled(order)) == ("TO_CHECK", ["UNSENT"], [])


def test_services_are_not_sent_back() -> None:
    order = bought(1, 1)
    OrderLine.objects.filter(pk=order.lines.all()[1].pk).update(is_goods=False)
    assert outcome(handled(order)) == ("HANDLED", [], [("OPEN", [1])])


def test_same_statement_again_opens_no_second_return() -> None:
    order = bought(3)
    first = handled(order, items=(withdrawing.item(order, 0, 1),))
    second = handled(order, items=(withdrawing.item(order, 0, 1),))
    assert outcome(first) == ("HANDLED", [], [("OPEN", [1])])
    assert outcome(second) == ("TO_CHECK", ["REPEATED"], [])


def test_whole_order_after_a_part_opens_the_rest() -> None:
    order = bought(3, 1)
    handled(order, items=(withdrawing.item(order, 0, 1),))
    assert outcome(handled(order)) == ("HANDLED", [], [("OPEN", [2, 1])])


def test_goods_that_are_in_a_return_already_are_left_there() -> None:
    order = bought(1)
    parcel = order.fulfillments.get().lines.get()
    wish = LineRequest(fulfillment_line_id=parcel.pk, quantity=1, reason="too-small")
    lifecycle.request(order, [wish], actor=actors.buyer("Eve"))
    assert outcome(handled(order)) == ("TO_CHECK", ["NOTHING_LEFT"], [])


def test_items_in_words_are_for_a_person() -> None:
    order = bought(2, 1)
    case = handled(order, items_text="one shirt please")
    assert outcome(case) == ("TO_CHECK", ["UNCLEAR_ITEMS"], [])

    parcel = order.fulfillments.get().lines.order_by("pk")[0]
    return_ = handling.open_return(case, [(parcel.pk, 1)], actor=SYSTEM)

    case.refresh_from_db()
    assert outcome(case) == ("HANDLED", [], [("OPEN", [1])])
    assert return_.withdrawal == case.statement
    event = case.events.get(type="withdrawal.return_opened")
    assert event.data == {"returns": [return_.reference]}


def test_handling_twice_changes_nothing() -> None:
    case = handled(bought(1))
    handling.handle(case.statement_id)
    handling.acknowledged(case)
    handling.acknowledged(case)
    assert Return.objects.count() == 1
    types = ["withdrawal.received", "withdrawal.handled", "withdrawal.acknowledged"]
    assert list(case.events.values_list("type", flat=True)) == types


def test_events_are_never_edited() -> None:
    event = handled(bought(1)).events.get(type="withdrawal.handled")
    event.note = "Otherwise"
    with pytest.raises(IntegrityError, match="never changed"), transaction.atomic():
        event.save()
    with pytest.raises(IntegrityError, match="never changed"), transaction.atomic():
        event.delete()


def test_order_that_a_person_chose_is_handled_as_if_found() -> None:
    order = bought(2)
    case = handled(order, order_reference="my order of Monday")
    support = actors.staff(UserFactory(roles=[Role.SUPPORT]))

    matched = handling.match(case, order, actor=support)

    assert outcome(matched) == ("HANDLED", [], [("OPEN", [2])])
    assert matched.order == order
    event = matched.events.get(type="withdrawal.order_chosen")
    told = {"order": order.reference, "flags": [], "returns": [f"{order.reference}-R1"]}
    assert (event.actor_user_id, event.actor_kind, event.data) == (support.user_id, "STAFF", told)
    with pytest.raises(InvalidState):
        handling.match(matched, order, actor=support)


def test_settling_needs_words_and_happens_once() -> None:
    case = handled(bought(1), order_reference="?")
    with pytest.raises(MissingNote):
        handling.settle(case, actor=SYSTEM, note=" ")
    settled = handling.settle(case, actor=SYSTEM, note="Not our customer.")
    again = handling.settle(case, actor=SYSTEM, note="Other words.")
    assert (settled.state, again.state) == ("SETTLED", "SETTLED")
    told = again.events.filter(type="withdrawal.settled")
    assert list(told.values_list("note", "actor_kind")) == [("Not our customer.", "SYSTEM")]
    with pytest.raises(InvalidState):
        handling.open_return(again, [], actor=SYSTEM)


@pytest.mark.parametrize("role", [Role.WAREHOUSE, Role.FINANCE])
def test_acts_need_the_permission_to_decide(role: Role) -> None:
    order = bought(1)
    case = handled(order, order_reference="?")
    actor = actors.staff(UserFactory(roles=[role]))
    for act in (
        lambda: handling.match(case, order, actor=actor),
        lambda: handling.open_return(case, [], actor=actor),
        lambda: handling.settle(case, actor=actor, note="Done."),
    ):
        with pytest.raises(NotPermitted):
            act()


def test_queue_confirms_and_opens_in_one_go(run_jobs: RunJobs, mailoutbox: list[Any]) -> None:
    statement = withdrawing.state(bought(1, reference="#1001"))

    assert run_jobs() == [
        "returns.tasks.acknowledge_withdrawal",
        "returns.tasks.handle_withdrawal",
        "returns.tasks.deliver_event",
    ]

    statement.case.refresh_from_db()
    assert statement.case.acknowledged_at is not None
    assert list(statement.case.events.values_list("type", "actor_kind", "data")) == [
        ("withdrawal.received", "BUYER", {}),
        ("withdrawal.acknowledged", "SYSTEM", {}),
        (
            "withdrawal.handled",
            "SYSTEM",
            {"order": "#1001", "flags": [], "returns": ["#1001-R1"]},
        ),
    ]
    assert [mail.subject for mail in mailoutbox] == [
        f"We received your withdrawal {statement.reference}",
        "Your return #1001-R1 is approved",
    ]


def test_flags_are_never_a_reason_to_be_silent(run_jobs: RunJobs, mailoutbox: list[Any]) -> None:
    withdrawing.state(bought(1), order_reference="?", email="mallory@example.com")
    run_jobs()
    assert [mail.to for mail in mailoutbox] == [["mallory@example.com"]]


def test_every_flag_has_a_name() -> None:
    assert all(str(flag.label) for flag in WithdrawalFlag)
