"""Reasons: the tree, when they are offered, and what they bring along."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.utils import timezone, translation

from orders.models import FulfillmentLine, Order
from returns import eligibility, lifecycle
from returns.eligibility import Blocker
from returns.errors import MissingReason, NotForReason, NotReturnable, ReturnError
from returns.lifecycle import ExchangeRequest, LineRequest
from returns.models import Return, ReturnReason
from returns.models.policies import ReturnTerms
from returns.models.reasons import as_choices
from tests.factories import sent_order
from tests.returns.exchanging import shirt
from tests.returns.stories import BUYER, wish

pytestmark = pytest.mark.django_db

DAY = date(2026, 11, 25)


def reason(handle: str, **values: object) -> ReturnReason:
    made = ReturnReason(handle=handle, names={"en": handle.replace("-", " ")}, **values)
    made.full_clean()
    made.save()
    return made


def below(heading: str, *handles: str, **values: object) -> list[ReturnReason]:
    parent = ReturnReason.objects.get(handle=heading)
    return [
        reason(handle, parent=parent, position=number, **values)
        for number, handle in enumerate(handles)
    ]


def handles(day: date = DAY) -> list[str]:
    return list(ReturnReason.objects.offered(day).values_list("handle", flat=True))


def test_ten_basic_reasons_come_with_it_and_all_but_unknown_are_offered() -> None:
    # The one of withdrawals nobody chooses.
    basic = ReturnReason.objects.exclude(handle="withdrawal")
    everything = set(basic.values_list("handle", flat=True))
    assert everything == {
        *("unknown", "changed-my-mind", "item-not-as-described", "received-the-wrong-item"),
        *("other-reason", "damaged-or-defective", "too-small", "too-big", "style", "color"),
    }
    assert set(handles()) == everything - {"unknown"}


def test_sub_reasons_stand_where_their_heading_stood() -> None:
    below("style", "too-plain", "too-loud")
    assert handles()[:6] == [
        *("too-small", "too-big", "changed-my-mind"),
        *("too-plain", "too-loud"),
        "color",
    ]
    choices = as_choices(list(ReturnReason.objects.offered(DAY)))
    assert choices[2:5] == [
        ("changed-my-mind", "Changed my mind"),
        ("Style", [("too-plain", "too plain"), ("too-loud", "too loud")]),
        ("color", "Colour"),
    ]


def test_heading_is_offered_itself_when_nothing_below_it_is() -> None:
    (plain,) = below("style", "too-plain")
    assert "style" not in handles()
    plain.active = False
    plain.save()
    assert "style" in handles()


def test_nothing_below_a_heading_that_is_not_offered_is() -> None:
    below("style", "too-plain")
    ReturnReason.objects.filter(handle="style").update(active=False)
    assert {"style", "too-plain"}.isdisjoint(handles())


def test_tree_lists_each_heading_before_what_is_below_it() -> None:
    below("style", "too-plain")
    names = [one.full_name_in("en") for one in ReturnReason.objects.in_tree()]
    assert names[3:6] == ["Style", "Style: too plain", "Colour"]


@pytest.mark.parametrize(
    ("since", "until", "offered"),
    [
        (None, None, True),
        (DAY, DAY, True),
        (DAY + timedelta(days=1), None, False),
        (None, DAY - timedelta(days=1), False),
    ],
)
def test_reason_is_offered_in_its_period(
    since: date | None, until: date | None, offered: bool
) -> None:
    reason("gift", offered_from=since, offered_until=until)
    assert ("gift" in handles()) is offered


def test_period_ends_after_it_begins() -> None:
    with pytest.raises(ValidationError, match="before the first"):
        reason("gift", offered_from=DAY, offered_until=DAY - timedelta(days=1))


def test_tree_has_two_levels() -> None:
    (plain,) = below("style", "too-plain")
    with pytest.raises(ValidationError, match="not itself below"):
        reason("very-plain", parent=plain)
    style = ReturnReason.objects.get(handle="style")
    style.parent = ReturnReason.objects.get(handle="color")
    with pytest.raises(ValidationError, match="stays at the top"):
        style.full_clean()


def test_reason_is_not_below_itself() -> None:
    style = ReturnReason.objects.get(handle="style")
    with pytest.raises(IntegrityError):
        ReturnReason.objects.filter(pk=style.pk).update(parent=style)


def test_hint_is_in_the_language_of_the_reader() -> None:
    one = reason("gift", hints={"en": "It was a present.", "de": "Es war ein Geschenk."})
    with translation.override("de"):
        assert one.hint == "Es war ein Geschenk."
    with translation.override("en"):
        assert (one.hint, ReturnReason.objects.get(handle="style").hint) == (
            "It was a present.",
            "",
        )


def ask(order: Order, handle: str, **more: object) -> Return:
    return lifecycle.request(order, [wish(order, reason=handle)], actor=BUYER, **more)  # type: ignore[arg-type]


def refused(order: Order, handle: str, **more: object) -> ReturnError:
    with pytest.raises(ReturnError) as error:
        ask(order, handle, **more)
    assert Return.objects.count() == 0
    return error.value


def test_heading_and_reason_out_of_its_period_cannot_be_chosen() -> None:
    below("style", "too-plain")
    yesterday = timezone.now().date() - timedelta(days=2)
    reason("gift", offered_until=yesterday)
    order = sent_order()
    assert [type(refused(order, handle)) for handle in ("style", "gift")] == [MissingReason] * 2
    assert ask(order, "too-plain").lines.get().reason.handle == "too-plain"


def late_order(days: int = 40) -> Order:
    """An order that arrived so many days ago, to be returned within 30."""
    order = sent_order(return_terms=ReturnTerms(window_days=30).to_json())
    parcel = order.fulfillments.get()
    parcel.shipped_at = parcel.delivered_at = timezone.now() - timedelta(days=days)
    parcel.save()
    return order


def test_longer_window_of_a_reason_replaces_the_policys() -> None:
    ReturnReason.objects.filter(handle="damaged-or-defective").update(window_days=60)
    order = late_order()
    (item,) = eligibility.for_order(order)
    ends = (timezone.now() + timedelta(days=20)).astimezone(order.store.zone).date()
    assert (item.returnable_quantity, item.verdict.by_reason, item.returnable_until) == (
        1,
        True,
        ends,
    )
    everything = list(ReturnReason.objects.offered())
    in_time = eligibility.reasons_for(item, everything, order)
    assert [one.handle for one in in_time] == ["damaged-or-defective"]

    error = refused(order, "too-small")
    assert isinstance(error, NotReturnable)
    assert error.blockers == (Blocker.RETURN_WINDOW_EXPIRED,)
    assert ask(order, "damaged-or-defective").total_quantity == 1


def test_shorter_window_of_a_reason_replaces_the_policys() -> None:
    ReturnReason.objects.filter(handle="received-the-wrong-item").update(window_days=3)
    order = late_order(days=10)
    (item,) = eligibility.for_order(order)
    assert (item.returnable_quantity, item.verdict.by_reason) == (1, False)
    in_time = eligibility.reasons_for(item, list(ReturnReason.objects.offered()), order)
    assert "received-the-wrong-item" not in {one.handle for one in in_time}
    assert isinstance(refused(order, "received-the-wrong-item"), NotReturnable)
    assert ask(order, "too-small").total_quantity == 1


def test_window_of_a_reason_that_is_not_offered_opens_nothing() -> None:
    ReturnReason.objects.filter(handle="style").update(window_days=600, active=False)
    (item,) = eligibility.for_order(late_order())
    assert item.blockers == (Blocker.RETURN_WINDOW_EXPIRED,)


def test_final_sale_stays_final_whatever_the_reasons_window() -> None:
    ReturnReason.objects.filter(handle="style").update(window_days=600)
    order = late_order()
    order.lines.update(final_sale=True)
    (item,) = eligibility.for_order(order)
    assert item.blockers == (Blocker.FINAL_SALE, Blocker.RETURN_WINDOW_EXPIRED)


def test_reason_says_what_may_be_had_for_it() -> None:
    ReturnReason.objects.filter(handle="style").update(resolutions=["CREDIT", "EXCHANGE"])
    order = sent_order(return_terms=ReturnTerms(offers_credit=True).to_json())
    error = refused(order, "style")
    assert isinstance(error, NotForReason)
    assert error.field == ("lines", "0", "reason")
    assert error.message == (
        "For the reason “Style” you can have: store credit, exchange for the same product. "
        "Choose one of it."
    )
    assert ask(order, "style", refund_to="STORE_CREDIT").refund_to == "STORE_CREDIT"


def test_exchange_counts_for_the_line_and_money_for_the_others() -> None:
    ReturnReason.objects.filter(handle="too-small").update(resolutions=["EXCHANGE"])
    order = sent_order(1, 1)
    first, second = FulfillmentLine.objects.filter(fulfillment__order=order).order_by("pk")
    variant = shirt(order)
    wishes = [
        LineRequest(fulfillment_line_id=first.pk, quantity=1, reason="too-small"),
        LineRequest(fulfillment_line_id=second.pk, quantity=1, reason="too-small"),
    ]
    swap = ExchangeRequest(variant_id=variant.pk, quantity=1, replaces=0)
    with pytest.raises(NotForReason) as error:
        lifecycle.request(order, wishes, actor=BUYER, exchanges=[swap])
    assert error.value.field == ("lines", "1", "reason")
    made = lifecycle.request(order, wishes[:1], actor=BUYER, exchanges=[swap])
    assert made.exchange_quantity == 1


def test_period_is_by_the_clock_of_the_store() -> None:
    reason("gift", offered_until=DAY)
    order = sent_order(
        store__time_zone="Pacific/Auckland", return_terms=ReturnTerms(window_days=None).to_json()
    )
    late = datetime(2026, 11, 25, 12, tzinfo=UTC)  # the 26th in Auckland
    with pytest.raises(MissingReason):
        ask(order, "gift", at=late)
    assert ask(order, "gift", at=late - timedelta(hours=2)).total_quantity == 1
