"""Webhook subscriptions are added, changed and removed by managers, and refused with words."""

from datetime import timedelta
from ipaddress import ip_address
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from accounts import actors, clients
from accounts.models import Role
from returns import events
from returns.errors import InvalidState, NotPermitted, ReturnError, UnknownSubscription
from returns.models import WebhookDelivery, WebhookSubscription
from returns.webhooks import deliveries, fan_out, receivers, subscriptions
from tests.returns.stories import SYSTEM, opened, staff

pytestmark = pytest.mark.django_db
URL = "https://example.com/hooks"


def made(**changes: Any) -> WebhookSubscription:
    values = {"topic": "returns/approve", "address": URL, **changes}
    topic, address = values.pop("topic"), values.pop("address")
    return subscriptions.create(topic, address, actor=SYSTEM, **values)


def test_subscription_gets_a_secret_of_its_own() -> None:
    one, two = made(), made(topic="returns/close")
    assert one.secret.startswith("whsec_")
    assert one.secret != two.secret


@pytest.mark.parametrize(
    ("changes", "field", "message"),
    [
        ({"topic": "orders/create"}, ("topic",), "Choose a topic."),
        ({"address": "http://example.com/"}, ("address",), "http:// is not supported"),
        ({"address": "ftp://example.com/"}, ("address",), "whole address"),
        ({"address": "example.com"}, ("address",), "whole address"),
        ({"address": ""}, ("address",), "whole address"),
        ({"address": "https://"}, ("address",), "whole address"),
        ({"address": "https://exa mple.com/"}, ("address",), "whole address"),
        ({"address": "https://example.com:x/"}, ("address",), "whole address"),
        ({"address": "https://[::1"}, ("address",), "whole address"),
        ({"address": "https://bücher.example/"}, ("address",), "whole address"),
        ({"address": "https://a.example/" + "x" * 1000}, ("address",), "whole address"),
        ({"address": "https://me:pw@example.com/"}, ("address",), "user name"),
        ({"address": "https://example.com/#x"}, ("address",), "what follows #"),
        ({"address": "https://localhost/"}, ("address",), "private network"),
        ({"address": "https://a.localhost./"}, ("address",), "private network"),
        ({"address": "https://127.0.0.1/"}, ("address",), "private network"),
        ({"address": "https://10.1.2.3/"}, ("address",), "private network"),
        ({"address": "https://169.254.169.254/"}, ("address",), "private network"),
        ({"address": "https://[::ffff:10.0.0.1]/"}, ("address",), "private network"),
        ({"name": "a b"}, ("name",), "letters, digits"),
        ({"name": "x" * 51}, ("name",), "at most 50"),
        ({"filter": "status"}, ("filter",), "cannot be read near “status”"),
        ({"filter": "a:1 " * 300}, ("filter",), "at most 1000"),
        ({"include_fields": ["id", "A!"]}, ("include_fields",), "“A!” is no field"),
        ({"include_fields": [f"f{n}" for n in range(101)]}, ("include_fields",), "at most 100"),
        ({"secret": "mine"}, ("secret",), "whsec_"),
        ({"secret": "whsec_c2hvcnQ="}, ("secret",), "24 to 64"),
    ],
)
def test_what_makes_no_sense_is_refused(
    changes: dict[str, Any], field: tuple[str, ...], message: str
) -> None:
    with pytest.raises(ReturnError) as caught:
        made(**changes)
    assert caught.value.field == field
    assert message in caught.value.message
    assert not WebhookSubscription.objects.exists()


def test_address_is_taken_once_for_a_topic() -> None:
    made()
    other = made(topic="returns/close")
    with pytest.raises(ReturnError) as caught:
        made()
    assert caught.value.message == "Address for this topic has already been taken"
    assert caught.value.field == ("address",)
    with pytest.raises(ReturnError):
        subscriptions.update(made(address=f"{URL}/2"), actor=SYSTEM, address=URL)
    assert subscriptions.update(other, actor=SYSTEM, name="erp").name == "erp"


@pytest.mark.parametrize("role", [Role.SUPPORT, Role.WAREHOUSE, Role.FINANCE])
def test_only_managers_may(role: Role) -> None:
    subscription, actor = made(), staff(role)
    acts = [
        lambda: subscriptions.create("returns/close", URL, actor=actor),
        lambda: subscriptions.update(subscription, actor=actor, name="x"),
        lambda: subscriptions.delete(subscription, actor=actor),
        lambda: subscriptions.switch_off(subscription, actor=actor),
        lambda: subscriptions.switch_on(subscription, actor=actor),
        lambda: subscriptions.rotate_secret(subscription, actor=actor),
        lambda: subscriptions.test(subscription, actor=actor),
        lambda: subscriptions.replay_failed(subscription, actor=actor),
    ]
    for act in acts:
        with pytest.raises(NotPermitted):
            act()
    assert WebhookSubscription.objects.get() == subscription


def test_switched_off_it_hears_nothing_and_forgets_nothing() -> None:
    subscription = made()
    event = opened().events.latest("pk")
    fan_out.fan_out(event.pk)
    subscriptions.switch_off(subscription, actor=SYSTEM)
    assert WebhookDelivery.objects.get().status == "FAILED"
    assert opened().events.latest("pk").has_subscribers is False
    for refused in (subscriptions.test, subscriptions.replay_failed):
        with pytest.raises(InvalidState):
            refused(subscription, actor=SYSTEM)
    subscriptions.switch_on(subscription, actor=SYSTEM)
    assert subscriptions.replay_failed(subscription, actor=SYSTEM) == 1
    assert WebhookDelivery.objects.get().status == "PENDING"


def test_program_owns_what_it_makes_and_loses_it_with_its_token() -> None:
    client = clients.create(name="ERP", scopes=["write_returns"]).client
    subscription = subscriptions.create("returns/approve", URL, actor=actors.api(client))
    by_staff = made()
    with pytest.raises(ReturnError) as caught:
        subscriptions.create("returns/approve", URL, actor=actors.api(client))
    assert caught.value.message == "Address for this topic has already been taken"
    with pytest.raises(NotPermitted):
        subscriptions.revoke_client(client, actor=staff(Role.SUPPORT))

    revoked = subscriptions.revoke_client(client, actor=SYSTEM)

    subscription.refresh_from_db()
    by_staff.refresh_from_db()
    assert revoked.revoked_at is not None
    assert (subscription.owner, subscription.is_listening) == (client, False)
    assert (by_staff.owner, by_staff.is_listening) == (None, True)


def test_what_was_removed_meanwhile_is_told_so() -> None:
    subscription = made()
    WebhookSubscription.objects.all().delete()
    acts = [
        lambda: subscriptions.update(subscription, actor=SYSTEM, name="x"),
        lambda: subscriptions.switch_off(subscription, actor=SYSTEM),
        lambda: subscriptions.switch_on(subscription, actor=SYSTEM),
        lambda: subscriptions.rotate_secret(subscription, actor=SYSTEM),
        lambda: subscriptions.test(subscription, actor=SYSTEM),
        lambda: subscriptions.replay_failed(subscription, actor=SYSTEM),
    ]
    for act in acts:
        with pytest.raises(UnknownSubscription) as caught:
            act()
        assert caught.value.field == ("id",)
    subscriptions.delete(subscription, actor=SYSTEM)


def test_removed_it_takes_its_deliveries_along() -> None:
    subscription = made()
    subscriptions.test(subscription, actor=SYSTEM)
    subscriptions.delete(subscription, actor=SYSTEM)
    assert not WebhookDelivery.objects.exists()


def test_what_is_no_event_is_published_once_with_its_body() -> None:
    subscription = made(topic="withdrawals/create", include_fields=["id"])
    at, body = timezone.now(), {"id": 5, "order_id": 9}
    events.publish("withdrawals/create", key="5", at=at, body=body)
    for _again in range(2):
        fan_out.fan_out_body("withdrawals/create", "5", at, body)
    delivery = WebhookDelivery.objects.get()
    assert (delivery.subscription, delivery.body) == (subscription, '{"id":5}')


def test_old_deliveries_are_forgotten_after_a_month() -> None:
    subscriptions.test(made(), actor=SYSTEM)
    ended = timezone.now() - timedelta(days=31)
    WebhookDelivery.objects.update(status="DELIVERED", settled_at=ended)
    kept = subscriptions.test(made(topic="returns/close"), actor=SYSTEM)
    deliveries.forget_old()
    assert WebhookDelivery.objects.get() == kept


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("93.184.215.14", True),
        ("2606:2800:21f:cb07:6820:80da:af6b:8b2c", True),
        ("10.0.0.1", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),  # noqa: S104
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("169.254.169.254", False),
        ("::1", False),
        ("::", False),
        ("fd00::1", False),
        ("fe80::1", False),
        ("ff02::1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:93.184.215.14", True),
        ("64:ff9b::a00:1", False),
        ("2002:a00:1::", False),
    ],
)
def test_only_public_addresses_are_allowed(address: str, allowed: bool) -> None:
    assert receivers.is_allowed(ip_address(address)) is allowed


def test_settings_allow_networks(settings: Settings) -> None:
    settings.WEBHOOK_ALLOWED_NETWORKS = ["10.0.0.0/8", "fd00::/8"]
    found = [receivers.is_allowed(ip_address(each)) for each in ("10.9.9.9", "fd00::1", "::1")]
    assert found == [True, True, False]
    assert made(address="http://10.0.0.5:8000/x").address == "http://10.0.0.5:8000/x"
