"""Settings: the list of who changed what."""

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNumQueries

from accounts import actors
from backoffice.views import settings_changes
from returns import setting_changes
from returns.models import ReturnRoute, SettingChange
from tests.factories import LocationFactory, StoreFactory

pytestmark = pytest.mark.django_db

PAGE = reverse("backoffice:setting_changes")
SYSTEM = actors.system("Mona")


def test_saving_a_form_is_told_with_name_and_values(manager: Client) -> None:
    place = LocationFactory(name="Hall")
    url = reverse("backoffice:location", args=[place.pk])
    form = manager.get(url).context["form"]
    data = {name: form[name].value() or "" for name in form.fields}
    manager.post(url, {**data, "name": "Great hall", "accepts_returns": ""})

    (row,) = manager.get(PAGE).context["rows"]
    assert (row["subject"], row["kind"], row["act"]) == ("Great hall", "Location", "Changed")
    assert row["details"] == ["name: Hall → Great hall", "takes returns: yes → no"]
    change = SettingChange.objects.get()
    assert change.actor_user is not None
    assert row["who"] == str(change.actor_user)


def test_removing_is_told_once(manager: Client) -> None:
    route = ReturnRoute.objects.create(store=StoreFactory(), location=LocationFactory())
    remove = reverse("backoffice:remove_route", args=[route.pk])
    manager.post(remove)
    assert manager.post(remove).status_code == 404
    assertContains(manager.get(PAGE), "Removed")
    assert SettingChange.objects.count() == 1


def test_column_that_is_no_more_goes_by_its_name() -> None:
    change = SettingChange(kind="store", changes={})
    words = settings_changes._words(change, "old_column", None, {"a": 1})
    assert words == 'old_column: empty → {"a": 1}'


def test_empty_list_says_so(manager: Client) -> None:
    assertContains(manager.get(PAGE), "Nothing was changed yet")


@pytest.mark.parametrize("count", [1, 3])
def test_page_takes_few_statements(manager: Client, count: int) -> None:
    for number in range(count):
        setting_changes.save(LocationFactory.build(code=f"place-{number}"), actor=SYSTEM)
    with assertNumQueries(3):
        assert len(manager.get(PAGE).context["rows"]) == count
