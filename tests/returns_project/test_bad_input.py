"""Nothing that anybody sends breaks a page: it is refused, or not found."""

import base64
import json
from decimal import Decimal
from uuid import uuid4

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import URLPattern, reverse

from accounts import actors
from accounts.models import Role
from backoffice.urls import urlpatterns as backoffice_pages
from orders.models import FulfillmentLine, SourceDelivery
from returns import lifecycle
from returns.lifecycle import LineRequest
from returns.models import (
    Refund,
    RefundStatus,
    Return,
    ReturnFee,
    WebhookDelivery,
    WebhookSubscription,
)
from returns.models.policies import ReturnTerms
from returns.parcels import deliveries
from returns.parcels.deliveries import Label
from returns.webhooks import subscriptions
from storefront.access import OPENED
from storefront.urls import urlpatterns as storefront_pages
from tests.factories import UserFactory, sent_order
from tests.orders.sources.bodies import body
from tests.orders.sources.factories import OrderSourceFactory, told
from tests.returns import label_files

pytestmark = pytest.mark.django_db

# What PostgreSQL, Python's numbers and its calendar stumble over.
BAD = ("a\0b", "9" * 30, "9" * 5000, "1e999999", "NaN", "\\", "'", "a:b & !(", "0001-01-01")
PAGES = [
    *(("backoffice", each) for each in backoffice_pages),
    *(("storefront", each) for each in storefront_pages if each.name != "leave"),
]
PARAMETERS = ("q", "store", "since", "until", "queue", "status", "reason", "sort", "next", "draft")


def cursor(*values: object) -> str:
    """Return a page's cursor as the sites write it, with values that they would not."""
    return base64.urlsafe_b64encode(json.dumps(["n", *values]).encode()).decode()


CURSORS = (
    "ä",
    cursor(None, None),
    cursor({}, []),
    cursor("0001-01-01T00:00:00+14:00", "1"),
    cursor("9999-12-31T23:59:59-14:00", "1"),
    cursor("2026-01-01T00:00:00Z", "9" * 30),
    cursor("2026-01-01T00:00:00Z", "\0"),
)


@pytest.fixture
def everybody(db: None) -> Client:
    """A browser that gets into every page of both sites, and may see the only order."""
    terms = ReturnTerms(return_shipping_fee=Decimal(3)).to_json()
    order = sent_order(2, return_terms=terms)
    wish = LineRequest(
        fulfillment_line_id=FulfillmentLine.objects.get().pk, quantity=1, reason="too-small"
    )
    return_ = lifecycle.create(order, [wish], actor=actors.system())
    Refund.objects.create(
        order=order,
        for_return=return_,
        idempotency_key=uuid4(),
        currency=order.currency,
        status=RefundStatus.FAILED,
        amount=Decimal(1),
        adjustment=Decimal(1),
    )
    label = Label(file=ContentFile(label_files.pdf()))
    deliveries.add_parcel(return_, actor=actors.system(), label=label)
    subscription = subscriptions.create(
        "returns/approve", "https://example.com/", actor=actors.system()
    )
    # Addresses are made with the order's key.
    WebhookSubscription.objects.update(id=order.pk)
    subscription.pk = order.pk
    subscriptions.test(subscription, actor=actors.system())
    source = OrderSourceFactory(pk=order.pk, store=order.store)
    message = told(source, "customers/data_request", body("shopify_data_request"))
    SourceDelivery.objects.filter(pk=message.pk).update(id=WebhookDelivery.objects.get().pk)
    client = Client()
    client.force_login(UserFactory(roles=list(Role)))
    session = client.session
    session[OPENED] = [order.pk]
    session.save()
    return client


def address(site: str, pattern: URLPattern) -> str:
    return_ = Return.objects.get()
    is_of_return = str(pattern.pattern).startswith(("returns/", "receive/"))
    found = return_ if is_of_return else return_.order
    ids = {"pk": found.pk, "public_id": found.public_id, "key": uuid4(), "token": "a.b.c"}
    ids |= {"code": "a.b", "item": 1, "scan": 1, "number": 1, "run": 1, "store": return_.store.code}
    ids |= {"delivery": WebhookDelivery.objects.values_list("pk", flat=True).first() or 1}
    ids |= {"refund_pk": Refund.objects.get().pk, "fee_id": ReturnFee.objects.get().pk}
    parcel = return_.parcels.get()
    ids |= {"parcel": parcel.pk, "parcel_id": parcel.public_id}
    wanted = {name: ids[name] for name in pattern.pattern.converters}
    return reverse(f"{site}:{pattern.name}", kwargs=wanted)


def fields(client: Client, url: str) -> list[str]:
    """Return the names of the fields on a page, and those that only acts on lists read."""
    context = client.get(url).context
    form = context.get("form") if context else None
    item = f"item-{FulfillmentLine.objects.get().pk}"
    more = ["selected", "body", "step", "action", f"{item}-quantity", f"{item}-note"]
    return [*(form.fields if form else ()), *more]


@pytest.mark.parametrize(("site", "pattern"), PAGES, ids=lambda each: getattr(each, "name", each))
def test_bad_input_breaks_no_page(everybody: Client, site: str, pattern: URLPattern) -> None:
    url = address(site, pattern)
    names = fields(everybody, url)
    chosen = str(FulfillmentLine.objects.get().pk)
    statuses = set()
    for bad in BAD:
        statuses.add(everybody.get(url, dict.fromkeys(PARAMETERS, bad)).status_code)
        typed = {**dict.fromkeys(names, bad), "selected": [bad, chosen]}
        statuses.add(everybody.post(url, typed).status_code)
    assert statuses <= {200, 302, 404, 405, 422, 429}


@pytest.mark.parametrize("sort", ["newest", "oldest", "deadline"])
@pytest.mark.parametrize(
    "name",
    [
        "backoffice:returns",
        "backoffice:orders",
        "backoffice:imports",
        "storefront:orders",
        "storefront:returns",
    ],
)
def test_bad_cursor_gives_a_page(everybody: Client, name: str, sort: str) -> None:
    answers = [
        everybody.get(reverse(name), {"cursor": bad, "page": bad, "sort": sort}) for bad in CURSORS
    ]
    assert [answer.status_code for answer in answers] == [200] * len(CURSORS)
