"""Settings are saved and removed by one verb each, which keeps who did what."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from accounts import actors
from accounts.models import Role
from returns import setting_changes
from returns.errors import NotPermitted
from returns.models import Grade, ReturnRoute, SettingChange, WithdrawalFunction
from tests.factories import LocationFactory, StoreFactory, UserFactory

pytestmark = pytest.mark.django_db


def manager() -> actors.Actor:
    return actors.staff(UserFactory(roles=[Role.MANAGER], name="Mona"))


def kept() -> list[tuple[str, str, str, Any, str]]:
    found = SettingChange.objects.order_by("pk")
    return [(one.kind, one.act, one.subject, one.changes, one.actor_name) for one in found]


def test_route_is_added_changed_and_removed() -> None:
    store, mona = StoreFactory(name="Linden"), manager()
    hall, dock = LocationFactory(name="Hall"), LocationFactory(name="Dock")
    route = ReturnRoute(store=store, location=hall, position=1, country="DE")

    setting_changes.save(route, actor=mona)
    name = str(route)
    route.location = dock
    setting_changes.save(route, actor=mona)
    changed = str(route)
    setting_changes.remove(route, actor=mona)

    whole = {"store": "Linden", "position": 1, "country": "DE"}
    empty = {"product": None, "product_type": ""}
    assert not ReturnRoute.objects.exists()
    assert kept() == [
        (
            "returnroute",
            "ADDED",
            name,
            {
                **{key: [None, value] for key, value in whole.items()},
                "product_type": [None, ""],
                "location": [None, str(hall)],
            },
            "Mona",
        ),
        ("returnroute", "CHANGED", changed, {"location": [str(hall), str(dock)]}, "Mona"),
        (
            "returnroute",
            "REMOVED",
            changed,
            {
                **{key: [value, None] for key, value in whole.items()},
                "product_type": [empty["product_type"], None],
                "location": [str(dock), None],
            },
            "Mona",
        ),
    ]


def test_saving_the_same_again_and_removing_twice_record_nothing() -> None:
    function = WithdrawalFunction(store=StoreFactory(), enabled=True)
    setting_changes.save(function, actor=manager())
    setting_changes.save(WithdrawalFunction.objects.get(), actor=manager())
    setting_changes.remove(function, actor=manager())
    setting_changes.remove(WithdrawalFunction(pk=function.pk or 1), actor=manager())
    assert [act for _kind, act, *_rest in kept()] == ["ADDED", "REMOVED"]


@pytest.mark.parametrize("role", [Role.SUPPORT, Role.WAREHOUSE, Role.FINANCE])
def test_only_managers_may(role: Role) -> None:
    actor = actors.staff(UserFactory(roles=[role]))
    grade = Grade.objects.earliest("pk")
    with pytest.raises(NotPermitted):
        setting_changes.save(grade, actor=actor)
    with pytest.raises(NotPermitted):
        setting_changes.remove(grade, actor=actor)
    assert kept() == []
    assert Grade.objects.filter(pk=grade.pk).exists()


def test_changes_are_never_edited() -> None:
    setting_changes.save(LocationFactory.build(code="new"), actor=manager())
    change = SettingChange.objects.get()
    change.subject = "Other"
    with pytest.raises(IntegrityError, match="never changed"), transaction.atomic():
        change.save()
    with pytest.raises(IntegrityError, match="never changed"), transaction.atomic():
        change.delete()
