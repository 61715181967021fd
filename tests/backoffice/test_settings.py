"""Settings: what managers change, and what they cannot."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertNumQueries, assertRedirects

from accounts.models import Role, User
from orders.models import Location, Store
from returns.models import ReturnPolicy, ReturnReason
from returns.models.policies import ReturnTerms
from tests.factories import LocationFactory, ReturnPolicyFactory, StoreFactory, UserFactory

pytestmark = pytest.mark.django_db

POLICY = {
    "window_days": "14",
    "window_start": "SHIPMENT",
    "returnable_states": ["DELIVERED"],
    "restocking_fee_percent": "12.5",
    "return_shipping_fee": "3.90",
    "shipping_refund": "NEVER",
    "transit_days": "0",
    "days_to_send": "7",
    "auto_approve": "on",
    "offers_money": "on",
    "offers_credit": "on",
    "offers_replacement": "on",
    "offers_repair": "on",
    "photos_needed": "on",
    "credit_bonus_percent": "10",
    "credit_bonus_amount": "0",
    "credit_valid_days": "365",
    "label": "OWN_LABEL",
    "exchanges": "ANY_PRODUCT",
    "instant_exchange": "on",
    "reservation_hours": "48",
    "cancel_unsent": "AT_ONCE",
    "cancel_minutes": "60",
    "instructions": "Use the box it came in.",
}


def test_policy_is_published_for_the_next_orders(manager: Client) -> None:
    store = StoreFactory()
    response = manager.post(reverse("backoffice:policy", args=[store.pk]), POLICY)
    assertRedirects(response, reverse("backoffice:rules", args=[store.pk]))
    store.refresh_from_db()
    assert ReturnTerms.from_json(store.return_terms) == ReturnTerms(
        window_days=14,
        window_start="SHIPMENT",
        returnable_states=("DELIVERED",),
        restocking_fee_percent=Decimal("12.5"),
        return_shipping_fee=Decimal("3.90"),
        shipping_refund="NEVER",
        days_to_send=7,
        auto_approve=True,
        offers_credit=True,
        credit_bonus_percent=Decimal(10),
        credit_valid_days=365,
        label="OWN_LABEL",
        exchanges="ANY_PRODUCT",
        offers_replacement=True,
        offers_repair=True,
        photos_needed=True,
        instant_exchange=True,
        reservation_hours=48,
        cancel_unsent="AT_ONCE",
        cancel_minutes=60,
    )


def test_policy_that_offers_nothing_is_refused(manager: Client) -> None:
    store = StoreFactory()
    offers = ("offers_money", "offers_credit", "offers_replacement", "offers_repair")
    typed = {**{k: v for k, v in POLICY.items() if k not in offers}, "exchanges": "NONE"}

    response = manager.post(reverse("backoffice:policy", args=[store.pk]), typed)

    assert response.status_code == 422
    assert response.context["form"].non_field_errors() == ["Offer the buyer at least one thing."]
    store.refresh_from_db()
    assert store.return_terms == {}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"window_days": "-1"}, "greater than or equal to 0"),
        ({"window_days": "many"}, "Enter a whole number."),
        ({"label": "MAGIC"}, "Select a valid choice."),
        ({"window_start": "MOON"}, "Select a valid choice."),
        ({"returnable_states": []}, "This field is required."),
        ({"restocking_fee_percent": "101"}, "less than or equal to 100"),
        ({"return_shipping_fee": "-1"}, "greater than or equal to 0"),
        ({"days_to_send": "0"}, "greater than or equal to 1"),
        ({"exchanges": "gold"}, "Select a valid choice."),
        ({"reservation_hours": "0"}, "greater than or equal to 1"),
        ({"cancel_minutes": "0"}, "greater than or equal to 1"),
        ({"cancel_unsent": "MAYBE"}, "Select a valid choice."),
    ],
)
def test_policy_that_makes_no_sense_is_refused_and_kept(
    manager: Client, change: dict[str, object], words: str
) -> None:
    policy = ReturnPolicyFactory()
    url = reverse("backoffice:policy", args=[policy.store_id])
    response = manager.post(url, {**POLICY, **change})
    assert response.status_code == 422
    assert words in str(response.context["form"].errors[next(iter(change))])
    assert "Use the box it came in." in response.content.decode()
    assert ReturnPolicy.objects.get().window_days == 30


def test_reason_gets_names_in_both_languages(manager: Client) -> None:
    typed = {
        "handle": "too-loud",
        "name_en": "Too loud",
        "name_de": "Zu laut",
        "position": "3",
        "active": "on",
    }
    assertRedirects(
        manager.post(reverse("backoffice:new_reason"), typed), reverse("backoffice:reasons")
    )
    reason = ReturnReason.objects.get(handle="too-loud")
    assert (reason.names, reason.position, reason.active, reason.needs_note) == (
        {"en": "Too loud", "de": "Zu laut"},
        3,
        True,
        False,
    )


def test_reason_keeps_its_handle_and_names_in_other_languages(manager: Client) -> None:
    reason = ReturnReason.objects.create(handle="loud", names={"en": "Loud", "fr": "Bruyant"})
    typed = {"handle": "quiet", "name_en": "Noisy", "name_de": "", "position": "0"}
    manager.post(reverse("backoffice:reason", args=[reason.pk]), typed)
    reason.refresh_from_db()
    assert (reason.handle, reason.names, reason.active) == (
        "loud",
        {"en": "Noisy", "fr": "Bruyant"},
        False,
    )


def test_reason_without_a_name_is_refused(manager: Client) -> None:
    response = manager.post(reverse("backoffice:new_reason"), {"handle": "x", "position": "0"})
    assert response.status_code == 422
    assert response.context["form"].errors == {"name_en": ["This field is required."]}


def test_reason_takes_everything_it_can_bring(manager: Client) -> None:
    style = ReturnReason.objects.get(handle="style")
    typed = {
        "handle": "too-loud",
        "name_en": "Too loud",
        "hint_en": "Colours that shout.",
        "hint_de": "Schreiende Farben.",
        "position": "3",
        "active": "on",
        "parent": str(style.pk),
        "needs_photo": "on",
        "free_of_fees": "on",
        "resolutions": ["CREDIT", "EXCHANGE"],
        "window_days": "45",
        "offered_from": "2026-11-01",
        "offered_until": "2026-12-31",
    }
    manager.post(reverse("backoffice:new_reason"), typed)
    reason = ReturnReason.objects.get(handle="too-loud")
    assert (reason.parent, reason.hints, reason.resolutions, reason.window_days) == (
        style,
        {"en": "Colours that shout.", "de": "Schreiende Farben."},
        ["CREDIT", "EXCHANGE"],
        45,
    )
    assert (reason.needs_photo, reason.free_of_fees, reason.offered_until) == (
        True,
        True,
        date(2026, 12, 31),
    )
    page = manager.get(reverse("backoffice:reasons")).content.decode()
    assert "Style: Too loud" in page
    assert "from 1 Nov 2026 until 31 Dec 2026" in page


def test_reason_that_ends_before_it_begins_is_refused(manager: Client) -> None:
    typed = {"handle": "x", "name_en": "X", "position": "0", "offered_from": "2026-12-31"}
    typed["offered_until"] = "2026-11-01"
    response = manager.post(reverse("backoffice:new_reason"), typed)
    assert response.status_code == 422
    assert "The last day is before the first one." in response.content.decode()


def upload_reasons(manager: Client, text: str) -> HttpResponse:
    file = SimpleUploadedFile("reasons.csv", text.encode(), "text/csv")
    return manager.post(reverse("backoffice:import_reasons"), {"file": file})  # type: ignore[return-value]


def test_reasons_come_in_from_a_file(manager: Client) -> None:
    response = upload_reasons(manager, "reason_key,name.en\ngift,A gift\ntoo-small,Tight\n")
    assertRedirects(response, reverse("backoffice:reasons"), fetch_redirect_response=False)
    page = manager.get(reverse("backoffice:reasons")).content.decode()
    assert "1 new, 1 changed, 0 as they were." in page
    assert "A gift" in page


def test_file_of_reasons_with_mistakes_changes_nothing_and_says_where(manager: Client) -> None:
    response = upload_reasons(manager, "reason_key,name.en\ngift,A gift\nx,\ny,\n")
    assert response.status_code == 422
    page = response.content.decode()
    assert "Line 3: Give it a name" in page
    assert "Line 4: Give it a name" in page
    assert not ReturnReason.objects.filter(handle="gift").exists()


def test_file_of_reasons_that_is_far_too_large_is_refused(manager: Client) -> None:
    response = upload_reasons(manager, "reason_key,name.en\n" + "x" * 2_000_001)
    assert response.status_code == 422
    assert "The file is too large for a list of reasons." in response.content.decode()


STORE = {
    "code": "lark",
    "name": "Lark",
    "language": "de",
    "currency": "EUR",
    "time_zone": "Europe/Berlin",
    "page_size": "A4",
    "refund_split": "PROPORTIONAL",
    "decide_days": "3",
    "refund_days": "14",
    "country": "DE",
}


def test_store_is_added(manager: Client) -> None:
    place = LocationFactory()
    typed = {**STORE, "currency": "eur", "return_location": str(place.pk)}
    assertRedirects(
        manager.post(reverse("backoffice:new_store"), typed), reverse("backoffice:stores")
    )
    store = Store.objects.get()
    found = (store.code, store.currency, store.return_location, store.refund_split)
    assert found == ("lark", "EUR", place, "PROPORTIONAL")


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("currency", "XYZ", "Unknown currency."),
        ("time_zone", "Mars/Base", "Select a valid choice."),
        ("country", "Germany", "at most 2 characters"),
        ("code", "a b", "Enter a valid"),
    ],
)
def test_store_that_makes_no_sense_is_refused(
    manager: Client, field: str, value: str, words: str
) -> None:
    response = manager.post(reverse("backoffice:new_store"), {**STORE, field: value})
    assert response.status_code == 422
    assert words in str(response.context["form"].errors[field])
    assert Store.objects.count() == 0


def test_store_keeps_a_time_zone_of_the_past_that_no_other_is_offered(manager: Client) -> None:
    store = StoreFactory(code="old", time_zone="US/Pacific")
    typed = {**STORE, "time_zone": "US/Pacific"}
    page = reverse("backoffice:store", args=[store.pk])
    assertRedirects(manager.post(page, typed), reverse("backoffice:stores"))
    store.refresh_from_db()
    assert (store.name, store.time_zone) == ("Lark", "US/Pacific")
    other = manager.post(reverse("backoffice:new_store"), {**typed, "code": "new"})
    assert other.status_code == 422
    assert "Select a valid choice." in str(other.context["form"].errors["time_zone"])


def test_store_keeps_its_code(manager: Client) -> None:
    store = StoreFactory(code="old")
    manager.post(reverse("backoffice:store", args=[store.pk]), {**STORE, "code": "new"})
    store.refresh_from_db()
    assert (store.code, store.name) == ("old", "Lark")


def test_location_is_added_and_edited(manager: Client) -> None:
    typed = {"code": "leeds", "name": "Leeds", "accepts_returns": "on", "country": "GB"}
    manager.post(reverse("backoffice:new_location"), typed)
    place = Location.objects.get()
    assert (place.code, place.name, place.accepts_returns) == ("leeds", "Leeds", True)
    manager.post(reverse("backoffice:location", args=[place.pk]), {"name": "Leeds 2"})
    place.refresh_from_db()
    assert (place.code, place.name, place.accepts_returns) == ("leeds", "Leeds 2", False)


def test_member_is_added_with_roles(manager: Client) -> None:
    typed = {"email": "sam@example.com", "name": "Sam", "roles": ["SUPPORT", "WAREHOUSE"]}
    assertRedirects(
        manager.post(reverse("backoffice:new_member"), typed), reverse("backoffice:members")
    )
    assert User.objects.get(email="sam@example.com").roles == ["SUPPORT", "WAREHOUSE"]


def test_member_who_is_there_already_is_refused(manager: Client) -> None:
    UserFactory(email="sam@example.com", roles=[Role.SUPPORT])
    typed = {"email": "sam@example.com", "name": "Sam", "roles": ["FINANCE"]}
    response = manager.post(reverse("backoffice:new_member"), typed)
    assert response.status_code == 422
    assert list(response.context["form"].errors) == ["email"]


def test_manager_cannot_give_up_the_own_role(client: Client) -> None:
    manager = UserFactory(roles=[Role.MANAGER])
    client.force_login(manager)
    url = reverse("backoffice:member", args=[manager.pk])
    response = client.post(url, {"name": "Mara", "roles": ["SUPPORT"], "is_active": "on"})
    assert response.status_code == 422
    assert "You cannot take away your own role" in str(response.context["form"].errors["roles"])
    manager.refresh_from_db()
    assert manager.roles == ["MANAGER"]


def test_member_who_left_cannot_sign_in(manager: Client) -> None:
    left = UserFactory(roles=[Role.FINANCE])
    url = reverse("backoffice:member", args=[left.pk])
    manager.post(url, {"name": left.name, "roles": ["FINANCE"]})
    left.refresh_from_db()
    assert left.is_active is False


def test_buyer_is_not_among_the_staff(manager: Client) -> None:
    buyer = UserFactory()
    assert manager.get(reverse("backoffice:member", args=[buyer.pk])).status_code == 404


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(
    "listing", ["policies", "reasons", "grades", "stores", "locations", "members"]
)
def test_list_takes_three_queries(manager: Client, listing: str, count: int) -> None:
    for _ in range(count):
        ReturnPolicyFactory()
        UserFactory(roles=[Role.SUPPORT])
    with assertNumQueries(3):
        manager.get(reverse(f"backoffice:{listing}"))
