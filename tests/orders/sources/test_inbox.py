"""Where messages stand: replayed by people, forgotten after a while; sources are managed."""

from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from accounts import actors
from accounts.models import Role
from orders.models import OrderSource, SourceDelivery, SourceKind
from orders.sources import inbox, managing
from returns.incoming import deliveries
from tests.conftest import RunJobs
from tests.factories import StoreFactory, UserFactory
from tests.orders.sources.bodies import body
from tests.orders.sources.factories import OrderSourceFactory, told

pytestmark = pytest.mark.django_db

MANAGER = actors.system()


@pytest.fixture
def failed() -> SourceDelivery:
    delivery = told(OrderSourceFactory(), "orders/create", body("shopify_order", currency="XXX1"))
    inbox.failed(delivery, "Given up")
    return delivery


def test_waits_grow_until_a_person_decides() -> None:
    delivery = told(OrderSourceFactory(), "refunds/create", body("shopify_refund"))
    waits = []
    for attempt in range(1, 9):
        delivery.attempts = attempt
        inbox.again(delivery, "Not yet")
        delivery.refresh_from_db()
        if delivery.due_at is not None:
            waits.append(round((delivery.due_at - timezone.now()).total_seconds()))
    assert waits == [10, 60, 300, 1800, 7200, 21600, 43200]
    assert delivery.status == "FAILED"


def test_job_too_many_is_no_attempt() -> None:
    delivery = told(OrderSourceFactory(), "refunds/create", body("shopify_refund"))
    deliveries.apply(delivery.pk)
    delivery.refresh_from_db()
    assert delivery.attempts == 1


def test_replay_tries_again(failed: SourceDelivery, run_jobs: RunJobs) -> None:
    run_jobs()
    again = inbox.replay(failed, actor=MANAGER)
    assert (again.status, again.attempts, again.message) == ("RECEIVED", 0, "")
    assert run_jobs() == ["webhooks.tasks.apply_source_delivery"]
    with pytest.raises(ValidationError):
        inbox.replay(again, actor=MANAGER)


def test_replay_needs_a_body_and_the_permission(failed: SourceDelivery) -> None:
    support = actors.staff(UserFactory(roles=[Role.SUPPORT]))
    with pytest.raises(PermissionDenied):
        inbox.replay(failed, actor=support)
    SourceDelivery.objects.update(body="")
    with pytest.raises(ValidationError):
        inbox.replay(failed, actor=MANAGER)


def test_bodies_and_then_messages_are_forgotten(failed: SourceDelivery) -> None:
    waiting = told(failed.source, "refunds/create", body("shopify_refund"))
    with time_machine.travel(timezone.now() + timedelta(days=31), tick=False):
        assert inbox.forget(now=timezone.now()) == 1
    failed.refresh_from_db()
    waiting.refresh_from_db()
    assert (failed.body, bool(waiting.body)) == ("", True)
    with time_machine.travel(timezone.now() + timedelta(days=181), tick=False):
        inbox.forget(now=timezone.now())
    assert list(SourceDelivery.objects.all()) == [waiting]


def create(**values: str) -> OrderSource:
    named = {"kind": "shopify", "name": "Shop", "secret": "s" * 20, "shop_domain": "a.example"}
    return managing.create(actor=MANAGER, store=StoreFactory(), **{**named, **values})


def test_source_is_added_with_the_host_of_an_address() -> None:
    made = create(shop_domain="https://Linden.myshopify.com/")
    assert (made.shop_domain, made.secret, made.is_on) == ("linden.myshopify.com", "s" * 20, True)


def test_woocommerce_gets_a_secret_made_for_it() -> None:
    made = create(kind="woocommerce", secret="", shop_domain="")
    assert (made.kind, len(made.secret)) == (SourceKind.WOOCOMMERCE, 43)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"kind": "magento"}, "kind"),
        ({"name": " "}, "name"),
        ({"name": "a\0b"}, "name"),
        ({"secret": ""}, "secret"),
        ({"secret": "short"}, "secret"),
        ({"shop_domain": ""}, "shop_domain"),
        ({"shop_domain": "no domain"}, "shop_domain"),
        ({"completed_means": "LOST"}, "completed_means"),
        ({"personalised_by": "a" * 501}, "personalised_by"),
    ],
)
def test_wrong_source_is_refused(values: dict[str, str], field: str) -> None:
    with pytest.raises(ValidationError) as caught:
        create(**values)
    assert list(caught.value.message_dict) == [field]
    assert not OrderSource.objects.exists()


def test_source_is_changed_and_switched() -> None:
    source = OrderSourceFactory()
    changed = managing.change_secret(source, actor=MANAGER, secret="another secret")
    assert changed.secrets(timezone.now()) == ["another secret", "a secret of the shop"]
    assert managing.switch_off(source, actor=MANAGER).is_on is False
    assert managing.switch_on(source, actor=MANAGER).is_on is True
    with pytest.raises(PermissionDenied):
        managing.switch_off(source, actor=actors.staff(UserFactory(roles=[Role.FINANCE])))
