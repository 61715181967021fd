"""Why an item cannot go back, or until when it can: the pure rule, then its loader."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone, translation
from hypothesis import given
from hypothesis import strategies as st
from pytest_django.asserts import assertNumQueries

from accounts import actors
from orders.models import BundleKind, FulfillmentLine, Order
from returns import eligibility, lifecycle
from returns.eligibility import Blocker, Facts, Item, Verdict, assess, last_day
from returns.errors import MissingReason, NotReturnable
from returns.lifecycle import LineRequest, Receipt
from returns.models import Return, ReturnReason
from returns.models.policies import ReturnTerms, WindowStart
from tests.factories import (
    FulfillmentFactory,
    FulfillmentLineFactory,
    OrderFactory,
    OrderLineFactory,
    sent_bundle,
    sent_order,
)

BERLIN = ZoneInfo("Europe/Berlin")
SYSTEM = actors.system()
PLACED = datetime(2026, 3, 1, 12, tzinfo=UTC)
SHIPPED = datetime(2026, 3, 3, 12, tzinfo=UTC)
DELIVERED = datetime(2026, 3, 5, 12, tzinfo=UTC)


def facts(**changes: Any) -> Facts:
    """Two pieces, ordered on 1 March, sent on the 3rd and delivered on the 5th."""
    values: dict[str, Any] = {
        "sent": 2,
        "placed_at": PLACED,
        "shipped_at": SHIPPED,
        "delivered_at": DELIVERED,
        **changes,
    }
    return Facts(**values)


def verdict(
    known: Facts | None = None, now: datetime = DELIVERED, zone: ZoneInfo = BERLIN, **terms: Any
) -> Verdict:
    return assess(known or facts(), ReturnTerms(**terms), zone=zone, now=now)


@pytest.mark.parametrize(
    ("changes", "terms", "quantity", "blockers"),
    [
        ({}, {}, 2, ()),
        ({"held": 1}, {}, 1, ()),
        ({"held": 1, "returned": 1}, {}, 1, ()),
        ({"held": 2}, {}, 0, (Blocker.IN_RETURN,)),
        ({"held": 2, "returned": 2}, {}, 0, (Blocker.RETURNED,)),
        ({"held": 2, "returned": 1}, {}, 0, (Blocker.RETURNED, Blocker.IN_RETURN)),
        ({"final_sale": True}, {}, 0, (Blocker.FINAL_SALE,)),
        ({"excluded": True}, {}, 0, (Blocker.NOT_RETURNABLE,)),
        ({}, {"window_days": 0}, 2, ()),
        ({"sent": 0, "shipped_at": None, "delivered_at": None}, {}, 0, (Blocker.UNFULFILLED,)),
        ({}, {"returnable_states": ("SHIPPED",)}, 0, (Blocker.UNFULFILLED,)),
        ({}, {"returnable_states": ("DELIVERED",)}, 2, ()),
        ({}, {"returnable_states": ()}, 0, (Blocker.UNFULFILLED,)),
        ({"delivered_at": None}, {"returnable_states": ("SHIPPED",)}, 2, ()),
        ({"delivered_at": None}, {"returnable_states": ("DELIVERED",)}, 0, (Blocker.UNFULFILLED,)),
        (
            {"final_sale": True, "excluded": True, "held": 2, "delivered_at": None},
            {"window_days": 0, "window_start": "ORDER", "returnable_states": ("DELIVERED",)},
            0,
            (
                Blocker.UNFULFILLED,
                Blocker.NOT_RETURNABLE,
                Blocker.FINAL_SALE,
                Blocker.RETURN_WINDOW_EXPIRED,
                Blocker.IN_RETURN,
            ),
        ),
    ],
)
def test_assess_names_every_reason(
    changes: dict[str, Any], terms: dict[str, Any], quantity: int, blockers: tuple[Blocker, ...]
) -> None:
    found = verdict(facts(**changes), **terms)

    assert (found.quantity, found.blockers) == (quantity, blockers)


@pytest.mark.parametrize(
    ("start", "missing", "day"),
    [
        ("ORDER", (), date(2026, 3, 31)),
        ("SHIPMENT", (), date(2026, 4, 2)),
        ("DELIVERY", (), date(2026, 4, 4)),
        ("DELIVERY", ("delivered_at",), date(2026, 4, 2)),
        ("DELIVERY", ("delivered_at", "shipped_at"), date(2026, 3, 31)),
        ("SHIPMENT", ("delivered_at", "shipped_at"), date(2026, 3, 31)),
    ],
)
def test_window_counts_from_its_start_or_falls_back(
    start: str, missing: tuple[str, ...], day: date
) -> None:
    known = facts(**dict.fromkeys(missing))

    assert last_day(known, ReturnTerms(window_start=start), BERLIN) == day


def test_window_without_end_never_expires() -> None:
    found = verdict(now=DELIVERED + timedelta(days=36_500), window_days=None)

    assert found == Verdict(quantity=2, until=None, blockers=())


@pytest.mark.parametrize(
    ("zone", "delivered", "last_moment"),
    [
        # The window runs over the beginning of summer time (29 March) and over its end
        # (25 October): days are those of the calendar, not spans of 24 hours.
        ("Europe/Berlin", "2026-03-05T12:00+01:00", "2026-04-04T23:59:59.999999+02:00"),
        ("Europe/Berlin", "2026-10-05T12:00+02:00", "2026-11-04T23:59:59.999999+01:00"),
        # Just before and just after midnight at the store, on the same day in UTC.
        ("Europe/Berlin", "2026-06-01T23:59:59+02:00", "2026-07-01T23:59:59.999999+02:00"),
        ("Europe/Berlin", "2026-06-02T00:00:00+02:00", "2026-07-02T23:59:59.999999+02:00"),
        # Both sides of the date line, and a zone with odd minutes.
        ("Pacific/Kiritimati", "2026-06-01T00:00+14:00", "2026-07-01T23:59:59.999999+14:00"),
        ("Pacific/Niue", "2026-06-01T23:59-11:00", "2026-07-01T23:59:59.999999-11:00"),
        ("Asia/Kathmandu", "2026-06-01T00:00+05:45", "2026-07-01T23:59:59.999999+05:45"),
    ],
)
def test_last_day_counts_whole_in_the_time_zone_of_the_store(
    zone: str, delivered: str, last_moment: str
) -> None:
    known = facts(delivered_at=datetime.fromisoformat(delivered))
    end = datetime.fromisoformat(last_moment)

    in_time = verdict(known, now=end, zone=ZoneInfo(zone))
    too_late = verdict(known, now=end + timedelta(microseconds=1), zone=ZoneInfo(zone))

    assert (in_time.quantity, in_time.blockers) == (2, ())
    assert in_time.until == too_late.until == end.date()
    assert (too_late.quantity, too_late.blockers) == (0, (Blocker.RETURN_WINDOW_EXPIRED,))


MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@given(
    sent=st.integers(0, 5),
    held=st.integers(0, 5),
    returned=st.integers(0, 5),
    days=st.none() | st.integers(0, 400),
    start=st.sampled_from(WindowStart.values),
    states=st.sets(st.sampled_from(["SHIPPED", "DELIVERED"])),
    moments=st.lists(MOMENTS, min_size=4, max_size=4).map(sorted),
    arrived=st.booleans(),
    flags=st.tuples(st.booleans(), st.booleans()),
    zone=st.sampled_from(["UTC", "Europe/Berlin", "Pacific/Kiritimati", "America/New_York"]),
)
def test_assess_gives_pieces_or_reasons_never_both(
    sent: int,
    held: int,
    returned: int,
    days: int | None,
    start: str,
    states: set[str],
    moments: list[datetime],
    arrived: bool,
    flags: tuple[bool, bool],
    zone: str,
) -> None:
    placed, shipped, delivered, now = moments
    known = Facts(
        sent=sent,
        held=min(held, sent),
        returned=min(returned, held, sent),
        placed_at=placed,
        shipped_at=shipped if sent else None,
        delivered_at=delivered if sent and arrived else None,
        final_sale=flags[0],
        excluded=flags[1],
    )
    terms = ReturnTerms(window_days=days, window_start=start, returnable_states=tuple(states))

    found = assess(known, terms, zone=ZoneInfo(zone), now=now)

    assert bool(found.blockers) is (found.quantity == 0)
    assert found.quantity in (0, known.sent - known.held)
    assert (found.until is None) is (days is None)


# --- loading ------------------------------------------------------------------------------------


def told(item: Item) -> tuple[str, int, int, tuple[Blocker, ...]]:
    return (item.order_line.title, item.quantity, item.returnable_quantity, item.blockers)


def wish(parcel: FulfillmentLine, quantity: int) -> LineRequest:
    return LineRequest(fulfillment_line_id=parcel.pk, quantity=quantity, reason="too-small")


def returned(order: Order, quantity: int, received: int = 0) -> Return:
    parcel = FulfillmentLine.objects.filter(fulfillment__order=order).earliest("pk")
    return_ = lifecycle.create(order, [wish(parcel, quantity)], actor=SYSTEM)
    if received:
        receipt = Receipt(line_id=return_.lines.get().pk, quantity=received)
        lifecycle.process(return_, actor=SYSTEM, receipts=[receipt])
    return return_


@pytest.mark.django_db
def test_for_order_sent_in_parts_has_an_item_per_parcel_and_the_rest() -> None:
    order = OrderFactory()
    line = OrderLineFactory(order=order, quantity=6, title="Mug")
    for quantity, delivered in ((2, DELIVERED), (3, None)):
        parcel = FulfillmentFactory(order=order, shipped_at=SHIPPED, delivered_at=delivered)
        FulfillmentLineFactory(order_line=line, fulfillment=parcel, quantity=quantity)

    items = eligibility.for_order(order, now=datetime(2026, 4, 3, 12, tzinfo=UTC))

    assert [told(item) for item in items] == [
        ("Mug", 2, 2, ()),
        ("Mug", 3, 0, (Blocker.RETURN_WINDOW_EXPIRED,)),
        ("Mug", 1, 0, (Blocker.UNFULFILLED,)),
    ]
    assert [item.returnable_until for item in items[:2]] == [date(2026, 4, 4), date(2026, 4, 2)]
    assert [item.fulfillment_line is None for item in items] == [False, False, True]


@pytest.mark.django_db
def test_for_order_a_fixed_bundle_is_one_item_with_its_parts() -> None:
    order = OrderFactory()
    bundle, parts = sent_bundle(order, quantity=2, per_bundle=[1, 3])

    items = eligibility.for_order(order)

    assert [told(item) for item in items] == [("Gift set", 2, 2, ())]
    assert (items[0].order_line, items[0].parts) == (bundle, tuple(parts))


@pytest.mark.django_db
def test_part_of_a_fixed_bundle_cannot_be_asked_for_alone() -> None:
    order = OrderFactory()
    bundle, parts = sent_bundle(order)
    parcel = FulfillmentLineFactory(order_line=parts[0])

    with pytest.raises(NotReturnable) as refused:
        lifecycle.create(order, [wish(parcel, 1)], actor=SYSTEM, override_policy=True)

    assert refused.value.blockers == (Blocker.NOT_RETURNABLE,)
    assert [item.order_line for item in eligibility.for_order(order)] == [bundle]


@pytest.mark.django_db
def test_for_order_a_configurable_bundle_goes_back_item_by_item() -> None:
    order = OrderFactory()
    heading = OrderLineFactory(
        order=order, variant=None, title="Shelf", bundle_kind=BundleKind.CONFIGURABLE
    )
    boards = OrderLineFactory(order=order, title="Board", quantity=4, bundle_parent=heading)
    parcel = FulfillmentLineFactory(order_line=boards)

    return_ = lifecycle.create(order, [wish(parcel, 1)], actor=SYSTEM)

    assert return_.total_quantity == 1
    assert [told(item) for item in eligibility.for_order(order)] == [("Board", 4, 3, ())]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("quantity", "received", "close", "blockers", "left"),
    [
        (1, 0, False, (), 1),
        (2, 0, False, (Blocker.IN_RETURN,), 0),
        (2, 1, False, (Blocker.RETURNED, Blocker.IN_RETURN), 0),
        (2, 2, False, (Blocker.RETURNED,), 0),
        (2, 0, True, (Blocker.RETURNED,), 0),
    ],
)
def test_for_order_tells_what_is_on_its_way_from_what_came_back(
    quantity: int, received: int, close: bool, blockers: tuple[Blocker, ...], left: int
) -> None:
    order = sent_order(2)
    return_ = returned(order, quantity, received)
    if close:
        lifecycle.close(return_, actor=SYSTEM)

    item = eligibility.for_order(order)[0]

    assert (item.blockers, item.returnable_quantity) == (blockers, left)


@pytest.mark.django_db
def test_refusal_names_the_same_blockers_as_the_page() -> None:
    order = sent_order(2)
    returned(order, 2, received=2)
    item = eligibility.for_order(order)[0]
    assert item.fulfillment_line is not None

    with pytest.raises(NotReturnable) as refused:
        lifecycle.request(order, [wish(item.fulfillment_line, 1)], actor=SYSTEM)

    assert refused.value.blockers == item.blockers == (Blocker.RETURNED,)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "end",
    [
        lambda r: lifecycle.cancel(r, actor=SYSTEM),
        lambda r: lifecycle.remove_lines(r, actor=SYSTEM, quantities={r.lines.get().pk: 2}),
    ],
)
def test_for_order_what_left_a_return_can_go_back_again(end: Any) -> None:
    order = sent_order(2)
    end(returned(order, 2))

    assert [told(item)[1:] for item in eligibility.for_order(order)] == [(2, 2, ())]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "line", [{"personalised": True}, {"is_goods": False}], ids=["personalised", "service"]
)
def test_for_order_what_no_policy_takes_back(line: dict[str, Any]) -> None:
    order = sent_order(1)
    order.lines.update(**line)

    assert [item.blockers for item in eligibility.for_order(order)] == [(Blocker.NOT_RETURNABLE,)]


@pytest.mark.django_db
def test_for_order_of_a_canceled_order_takes_nothing_back() -> None:
    order = sent_order(1, canceled_at=timezone.now())

    assert [item.blockers for item in eligibility.for_order(order)] == [(Blocker.NOT_RETURNABLE,)]


@pytest.mark.django_db
def test_terms_are_those_frozen_on_the_order() -> None:
    order = sent_order(1, return_terms=ReturnTerms(window_days=None).to_json())
    order.store.return_terms = ReturnTerms(window_days=0).to_json()
    order.store.save()

    assert [item.returnable_until for item in eligibility.for_order(order)] == [None]


@pytest.mark.django_db
def test_reason_no_longer_offered_is_refused() -> None:
    order = sent_order(1)
    parcel = FulfillmentLine.objects.get(fulfillment__order=order)
    ReturnReason.objects.filter(handle="too-small").update(active=False)

    with pytest.raises(MissingReason) as refused:
        lifecycle.request(order, [wish(parcel, 1)], actor=SYSTEM)

    assert refused.value.field == ("lines", "0", "reason")


@pytest.mark.django_db
def test_messages_are_in_the_language_of_the_reader() -> None:
    order = sent_order(1)
    order.lines.update(final_sale=True)
    item = eligibility.for_order(order)[0]

    with translation.override("en"):
        assert item.messages == ["Final sale: cannot be returned"]


@pytest.mark.django_db
@pytest.mark.parametrize("count", [1, 3])
def test_for_order_queries(count: int) -> None:
    order = sent_order(*[2] * count)
    returned(order, 1)
    order = Order.objects.select_related("store", "customer").get(pk=order.pk)

    with assertNumQueries(2):
        items = eligibility.for_order(order)
        list(map(told, items))

    assert len(items) == count
