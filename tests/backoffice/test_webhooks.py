"""Settings: webhooks are added, tried, looked at, sent again and removed."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django.asserts import assertNumQueries, assertRedirects

from returns.models import WebhookDelivery, WebhookSubscription
from returns.webhooks import subscriptions
from tests.backoffice.conftest import SignIn
from tests.returns.stories import SYSTEM, opened

pytestmark = pytest.mark.django_db
URL = "https://example.com/hooks"


@pytest.fixture
def subscription() -> WebhookSubscription:
    return subscriptions.create("returns/approve", URL, actor=SYSTEM, name="erp")


def page(name: str, subscription: WebhookSubscription, *more: int) -> str:
    return reverse(f"backoffice:{name}", args=[subscription.pk, *more])


def html(client: Client, url: str) -> str:
    response = client.get(url)
    assert response.status_code == 200
    return response.content.decode()


def delivered(subscription: WebhookSubscription, *, status: str = "FAILED") -> WebhookDelivery:
    made = subscriptions.test(subscription, actor=SYSTEM)
    WebhookDelivery.objects.filter(pk=made.pk).update(status=status, settled_at=timezone.now())
    made.attempts.create(
        at=timezone.now(),
        milliseconds=12,
        status_code=500,
        failure="ANSWER",
        answer="<b>it broke</b>",
    )
    return made


def test_subscription_is_added_and_its_secret_shown_once(manager: Client) -> None:
    said = {
        "topic": "returns/close",
        "address": f" {URL} ",
        "name": "erp",
        "filter": "status:closed",
        "include_fields": "id, order.id status",
    }
    response = manager.post(reverse("backoffice:new_webhook"), said)
    made = WebhookSubscription.objects.get()
    assertRedirects(response, page("webhook", made), fetch_redirect_response=False)
    assert (made.topic, made.address, made.name, made.filter) == (
        "returns/close",
        URL,
        "erp",
        "status:closed",
    )
    assert made.include_fields == ["id", "order.id", "status"]
    assert made.secret in html(manager, page("webhook", made))
    assert made.secret not in html(manager, page("webhook", made))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"address": "http://example.com/"}, "address"),
        ({"address": "https://10.0.0.1/"}, "address"),
        ({"address": URL}, "address"),
        ({"address": ""}, "address"),
        ({"topic": "orders/create"}, "topic"),
        ({"name": "a b"}, "name"),
        ({"filter": "status"}, "filter"),
        ({"include_fields": "A!"}, "include_fields"),
    ],
)
def test_what_makes_no_sense_stays_on_the_page(
    manager: Client, subscription: WebhookSubscription, changes: dict[str, Any], field: str
) -> None:
    said = {"topic": "returns/approve", "address": f"{URL}/2", **changes}
    response = manager.post(reverse("backoffice:new_webhook"), said)
    assert response.status_code == 422
    assert list(response.context["form"].errors) == [field]
    assert response.context["form"][field].value() == said[field]
    assert WebhookSubscription.objects.count() == 1


def test_subscription_is_changed(manager: Client, subscription: WebhookSubscription) -> None:
    url = page("edit_webhook", subscription)
    assert URL in html(manager, url)
    said = {"address": f"{URL}/2", "name": "", "filter": "", "include_fields": ""}
    assertRedirects(manager.post(url, said), page("webhook", subscription))
    subscription.refresh_from_db()
    assert (subscription.address, subscription.name) == (f"{URL}/2", "")
    assert manager.post(url, {**said, "address": "x"}).status_code == 422


def test_subscription_is_removed(manager: Client, subscription: WebhookSubscription) -> None:
    delivered(subscription)
    url = page("remove_webhook", subscription)
    assert URL in html(manager, url)
    assertRedirects(manager.post(url), reverse("backoffice:webhooks"))
    assert not WebhookSubscription.objects.exists()


def test_new_secret_is_shown_once(manager: Client, subscription: WebhookSubscription) -> None:
    url = page("rotate_webhook", subscription)
    assert "24 more hours" in html(manager, url)
    manager.post(url)
    old, subscription = subscription.secret, WebhookSubscription.objects.get()
    assert (subscription.previous_secret, subscription.secret != old) == (old, True)
    assert subscription.secret in html(manager, page("webhook", subscription))
    assert subscription.secret not in html(manager, page("webhook", subscription))


def test_attempts_are_shown(manager: Client, subscription: WebhookSubscription) -> None:
    delivered(subscription)
    shown = html(manager, page("webhook", subscription))
    assert "500 · The answer was not a success (2xx)" in shown
    assert "12 ms" in shown
    assert "&lt;b&gt;it broke&lt;/b&gt;" in shown


def test_test_is_sent(manager: Client, subscription: WebhookSubscription) -> None:
    opened()
    assertRedirects(manager.post(page("test_webhook", subscription)), page("webhook", subscription))
    assert WebhookDelivery.objects.get(is_test=True).status == "PENDING"


def test_one_or_all_failed_are_sent_again(
    manager: Client, subscription: WebhookSubscription
) -> None:
    made = [delivered(subscription) for _number in range(3)]
    manager.post(page("webhook_replay", subscription, made[0].pk))
    assert WebhookDelivery.objects.filter(status="PENDING").get() == made[0]
    manager.post(page("webhook_replay_failed", subscription))
    assert WebhookDelivery.objects.filter(status="PENDING").count() == 3
    other = subscriptions.create("returns/close", URL, actor=SYSTEM)
    wrong = manager.post(page("webhook_replay", other, made[0].pk))
    assert wrong.status_code == 404


def test_failed_alone_are_shown(manager: Client, subscription: WebhookSubscription) -> None:
    failed = delivered(subscription)
    delivered(subscription, status="DELIVERED")
    shown = manager.get(page("webhook", subscription), {"status": "FAILED"})
    assert [each["id"] for each in shown.context["deliveries"]] == [str(failed.public_id)]


def test_subscription_is_switched_off_and_on(
    manager: Client, subscription: WebhookSubscription
) -> None:
    url = page("switch_webhook", subscription)
    manager.post(url)
    assert not WebhookSubscription.objects.get().is_listening
    response = manager.post(page("test_webhook", subscription), follow=True)
    assert "Switch it on first" in response.content.decode()
    manager.post(url, {"on": "1"})
    assert WebhookSubscription.objects.get().is_listening


def test_only_managers_get_in(sign_in: SignIn, subscription: WebhookSubscription) -> None:
    client = sign_in("SUPPORT")
    for name in ("webhook", "edit_webhook", "remove_webhook", "rotate_webhook"):
        assert client.get(page(name, subscription)).status_code == 403
    assert client.post(page("test_webhook", subscription)).status_code == 403


@pytest.mark.parametrize("count", [1, 3])
def test_list_takes_few_statements(manager: Client, count: int) -> None:
    for number in range(count):
        delivered(subscriptions.create("returns/close", f"{URL}/{number}", actor=SYSTEM))
    with assertNumQueries(3):
        assert manager.get(reverse("backoffice:webhooks")).status_code == 200


@pytest.mark.parametrize("count", [1, 3])
def test_page_takes_few_statements(
    manager: Client, subscription: WebhookSubscription, count: int
) -> None:
    for _number in range(count):
        delivered(subscription)
    with assertNumQueries(6):
        assert manager.get(page("webhook", subscription)).status_code == 200
