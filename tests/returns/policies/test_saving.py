"""The terms on which goods go back: kept exactly, and only those that make sense."""

from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from accounts import actors
from orders.models import Store
from returns.models import ReturnPolicy
from returns.models.policies import ReturnTerms, ShippingRefund, WindowStart
from returns.policies import saving
from tests.factories import OrderFactory, ReturnPolicyFactory, StoreFactory

TERMS = ReturnTerms(
    window_days=None,
    window_start=WindowStart.ORDER.value,
    returnable_states=("DELIVERED",),
    restocking_fee_percent=Decimal("7.25"),
    return_shipping_fee=Decimal("4.9500"),
    shipping_refund=ShippingRefund.NEVER.value,
    days_to_send=3,
    auto_approve=True,
)


def test_terms_come_back_from_json_as_they_were() -> None:
    assert ReturnTerms.from_json(TERMS.to_json()) == TERMS


def test_terms_that_are_missing_have_their_defaults() -> None:
    assert ReturnTerms.from_json({"window_days": 14, "unknown": 1}) == ReturnTerms(window_days=14)
    assert (ReturnTerms().window_days, ReturnTerms().window_start) == (30, "DELIVERY")


@pytest.mark.django_db
def test_published_policy_is_for_the_next_orders() -> None:
    store = StoreFactory()
    before = OrderFactory(store=store)
    policy = ReturnPolicy(
        store=store,
        **{
            name: getattr(TERMS, name)
            for name in TERMS.__dataclass_fields__
            if name not in ("until", "returnable", "returnable_text", "location")
        },
    )
    policy.returnable_states = list(TERMS.returnable_states)

    saving.publish(policy, actor=actors.system())

    store.refresh_from_db()
    before.refresh_from_db()
    assert ReturnTerms.from_json(store.return_terms) == TERMS == policy.terms
    assert before.return_terms == {}


@pytest.mark.django_db
def test_policy_published_beside_another_change_of_the_store_keeps_that() -> None:
    policy = ReturnPolicyFactory(window_days=7)
    Store.objects.filter(pk=policy.store_id).update(name="Renamed meanwhile")

    saving.publish(policy, actor=actors.system())

    assert Store.objects.get(pk=policy.store_id).name == "Renamed meanwhile"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "values",
    [
        {"window_days": -1},
        {"window_days": 36_501},
        {"days_to_send": 0},
        {"days_to_send": 36_501},
        {"restocking_fee_percent": Decimal("100.01")},
        {"restocking_fee_percent": Decimal("-0.01")},
        {"return_shipping_fee": Decimal("-0.01")},
        {"window_start": "PAYMENT"},
        {"shipping_refund": "SOMETIMES"},
        {"returnable_states": ["LOST"]},
        {"returnable_states": []},
    ],
)
def test_policy_that_makes_no_sense_is_refused(values: dict[str, Any]) -> None:
    policy = ReturnPolicy(store=StoreFactory(), **values)

    with pytest.raises(ValidationError) as refused:
        policy.full_clean()

    assert list(refused.value.message_dict) == list(values)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "values",
    [
        {"restocking_fee_percent": Decimal("100.01")},
        {"return_shipping_fee": Decimal("-0.01")},
        {"window_start": "PAYMENT"},
        {"shipping_refund": "SOMETIMES"},
        {"returnable_states": ["LOST"]},
    ],
)
def test_policy_that_makes_no_sense_is_refused_by_the_database(values: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        ReturnPolicyFactory(**values)


@pytest.mark.django_db
def test_longest_window_has_a_last_day() -> None:
    policy = ReturnPolicy(store=StoreFactory(), window_days=36_500, days_to_send=36_500)

    policy.full_clean()

    assert policy.terms.window_days == 36_500
