"""Programs say themselves what they want to be told."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import actors
from returns.models import WebhookSubscription
from returns.webhooks import subscriptions
from tests.api.conftest import MakeProgram, Program
from tests.api.shop import gid

pytestmark = pytest.mark.django_db

URL = "https://example.com/hooks"
FIELDS = """
  id legacyResourceId topic uri callbackUrl name filter includeFields format createdAt updatedAt
  metafieldNamespaces metafields { namespace key } apiVersion { handle displayName supported }
  endpoint {
    __typename
    ... on WebhookHttpEndpoint { callbackUrl }
    ... on WebhookEventBridgeEndpoint { arn }
    ... on WebhookPubSubEndpoint { pubSubProject pubSubTopic }
  }
"""
ERRORS = "userErrors { field message }"
CREATE = f"""
mutation ($topic: WebhookSubscriptionTopic!, $input: WebhookSubscriptionInput!) {{
  webhookSubscriptionCreate(topic: $topic, webhookSubscription: $input) {{
    webhookSubscription {{ {FIELDS} }} {ERRORS}
  }}
}}
"""
UPDATE = f"""
mutation ($id: ID!, $input: WebhookSubscriptionInput!) {{
  webhookSubscriptionUpdate(id: $id, webhookSubscription: $input) {{
    webhookSubscription {{ {FIELDS} }} {ERRORS}
  }}
}}
"""
DELETE = f"""
mutation ($id: ID!) {{
  webhookSubscriptionDelete(id: $id) {{ deletedWebhookSubscriptionId {ERRORS} }}
}}
"""
ONE = f"query ($id: ID!) {{ webhookSubscription(id: $id) {{ {FIELDS} }} }}"
LIST = f"""
query (
  $first: Int, $after: String, $query: String, $reverse: Boolean, $format: WebhookSubscriptionFormat
  $topics: [WebhookSubscriptionTopic!], $uri: String, $sortKey: WebhookSubscriptionSortKeys
) {{
  webhookSubscriptions(
    first: $first, after: $after, query: $query, reverse: $reverse, format: $format
    topics: $topics, uri: $uri, sortKey: $sortKey
  ) {{ edges {{ cursor node {{ {FIELDS} }} }} pageInfo {{ hasNextPage endCursor }} }}
}}
"""


def made(
    program: Program, topic: str = "returns/approve", address: str = URL, **more: Any
) -> WebhookSubscription:
    return subscriptions.create(topic, address, actor=actors.api(program.row), **more)


def key(row: WebhookSubscription) -> str:
    return gid("WebhookSubscription", row.pk)


def create(program: Program, topic: str = "RETURNS_APPROVE", **given: Any) -> dict[str, Any]:
    answer: dict[str, Any] = program.data(CREATE, topic=topic, input=given)
    found: dict[str, Any] = answer["webhookSubscriptionCreate"]
    return found


def update(program: Program, row: WebhookSubscription, **given: Any) -> dict[str, Any]:
    answer: dict[str, Any] = program.data(UPDATE, id=key(row), input=given)
    found: dict[str, Any] = answer["webhookSubscriptionUpdate"]
    return found


def test_subscription_is_created_and_read(program: Program) -> None:
    answer = create(
        program,
        uri=URL,
        name="warehouse-1",
        filter="status:open",
        includeFields=["id", "order.id"],
        format="JSON",
        metafieldNamespaces=[],
    )
    assert answer["userErrors"] == []
    row = WebhookSubscription.objects.get()
    assert (row.topic, row.address, row.secret[:6]) == ("returns/approve", URL, "whsec_")
    told = answer["webhookSubscription"]
    assert told == {
        "id": key(row),
        "legacyResourceId": str(row.pk),
        "topic": "RETURNS_APPROVE",
        "uri": URL,
        "callbackUrl": URL,
        "name": "warehouse-1",
        "filter": "status:open",
        "includeFields": ["id", "order.id"],
        "format": "JSON",
        "createdAt": f"{row.created_at:%Y-%m-%dT%H:%M:%SZ}",
        "updatedAt": f"{row.updated_at:%Y-%m-%dT%H:%M:%SZ}",
        "metafieldNamespaces": [],
        "metafields": [],
        "apiVersion": {"handle": "2026-10", "displayName": "2026-10", "supported": True},
        "endpoint": {"__typename": "WebhookHttpEndpoint", "callbackUrl": URL},
    }
    assert program.data(ONE, id=key(row)) == {"webhookSubscription": told}
    node = program.data("query ($id: ID!) { node(id: $id) { __typename id } }", id=key(row))
    assert node["node"] == {"__typename": "WebhookSubscription", "id": key(row)}


@pytest.mark.parametrize(
    ("topic", "stored"),
    [
        ("RETURNS_PROCESS", "returns/process"),
        ("REVERSE_DELIVERIES_ATTACH_DELIVERABLE", "reverse_deliveries/attach_deliverable"),
        ("REVERSE_FULFILLMENT_ORDERS_DISPOSE", "reverse_fulfillment_orders/dispose"),
        ("REFUNDS_CREATE", "refunds/create"),
    ],
)
def test_older_name_of_the_address_and_other_topics(
    program: Program, topic: str, stored: str
) -> None:
    told = create(program, topic, callbackUrl=URL)["webhookSubscription"]
    assert (told["topic"], told["uri"], told["name"], told["filter"]) == (topic, URL, None, None)
    assert WebhookSubscription.objects.get().topic == stored


ADDRESS = ["webhookSubscription", "callbackUrl"]


@pytest.mark.parametrize(
    ("given", "field", "message"),
    [
        (
            {"uri": "http://example.com/"},
            ADDRESS,
            "The protocol http:// is not supported. Use https://.",
        ),
        (
            {"callbackUrl": "http://example.com/"},
            ADDRESS,
            "The protocol http:// is not supported. Use https://.",
        ),
        (
            {"uri": "pubsub://project:topic"},
            ADDRESS,
            "Write a whole address, as in https://example.com/webhooks.",
        ),
        ({}, ADDRESS, "Write a whole address, as in https://example.com/webhooks."),
        (
            {"uri": "https://10.1.2.3/"},
            ADDRESS,
            "This address lies in a private network, where webhooks are not sent to.",
        ),
        (
            {"uri": URL, "callbackUrl": "https://example.org/"},
            ADDRESS,
            "Give one address: as uri or as callbackUrl.",
        ),
        (
            {"uri": URL, "name": "a b"},
            ["webhookSubscription", "name"],
            "Use letters, digits, - and _ only.",
        ),
        (
            {"uri": URL, "filter": "status"},
            ["webhookSubscription", "filter"],
            "This filter cannot be read near “status”. Write it as in status:open.",
        ),
        (
            {"uri": URL, "includeFields": ["A!"]},
            ["webhookSubscription", "includeFields"],
            "“A!” is no field. Write them as in id, status, order.id.",
        ),
        (
            {"uri": URL, "format": "XML"},
            ["webhookSubscription", "format"],
            "Messages are written as JSON only.",
        ),
        (
            {"uri": URL, "metafieldNamespaces": ["custom"]},
            ["webhookSubscription", "metafieldNamespaces"],
            "There are no metafields.",
        ),
        (
            {"uri": URL, "metafields": [{"namespace": "custom", "key": "size"}]},
            ["webhookSubscription", "metafields"],
            "There are no metafields.",
        ),
    ],
)
def test_wrong_input_is_refused_at_its_place(
    program: Program, given: dict[str, Any], field: list[str], message: str
) -> None:
    told = [{"field": field, "message": message}]
    assert create(program, **given) == {"webhookSubscription": None, "userErrors": told}
    assert not WebhookSubscription.objects.exists()


def test_topic_that_is_not_told_of(program: Program) -> None:
    told = [{"field": ["topic"], "message": "Topic ORDERS_UPDATED is not supported."}]
    answer = create(program, "ORDERS_UPDATED", uri=URL)
    assert answer == {"webhookSubscription": None, "userErrors": told}
    wrong = program.ask(CREATE, topic="RETURNS_EXPLODE", input={"uri": URL})["errors"]
    assert wrong[0]["extensions"]["code"] == "INVALID_VARIABLE"
    assert not WebhookSubscription.objects.exists()


def test_same_address_twice_for_a_topic(program: Program) -> None:
    told = [{"field": ADDRESS, "message": "Address for this topic has already been taken"}]
    assert create(program, uri=URL)["userErrors"] == []
    assert create(program, uri=URL) == {"webhookSubscription": None, "userErrors": told}
    assert create(program, "RETURNS_CLOSE", uri=URL)["userErrors"] == []
    other = made(program, address="https://example.com/other")
    assert update(program, other, uri=URL) == {"webhookSubscription": None, "userErrors": told}
    other.refresh_from_db()
    assert other.address == "https://example.com/other"


def test_update_changes_what_is_given(program: Program) -> None:
    row = made(program, name="one", filter="status:open", include_fields=["id"])
    told = update(program, row, uri="https://example.org/new")["webhookSubscription"]
    assert (told["uri"], told["name"], told["filter"], told["includeFields"]) == (
        "https://example.org/new",
        "one",
        "status:open",
        ["id"],
    )
    emptied = update(program, row, name=None, filter="", includeFields=[], uri=None)
    told = emptied["webhookSubscription"]
    assert (told["uri"], told["name"], told["filter"], told["includeFields"]) == (
        "https://example.org/new",
        None,
        None,
        [],
    )
    old = row.updated_at
    row.refresh_from_db()
    assert row.updated_at > old
    told = update(program, row, uri=None, callbackUrl=URL)["webhookSubscription"]
    assert told["uri"] == URL


def test_delete_removes_it_once(program: Program) -> None:
    row = made(program)
    answer = program.data(DELETE, id=key(row))["webhookSubscriptionDelete"]
    assert answer == {"deletedWebhookSubscriptionId": key(row), "userErrors": []}
    assert not WebhookSubscription.objects.exists()
    told = [{"field": ["id"], "message": "Webhook subscription does not exist"}]
    answer = program.data(DELETE, id=key(row))["webhookSubscriptionDelete"]
    assert answer == {"deletedWebhookSubscriptionId": None, "userErrors": told}
    assert update(program, row, uri=URL) == {"webhookSubscription": None, "userErrors": told}
    assert program.data(ONE, id=key(row)) == {"webhookSubscription": None}


def test_id_of_another_type_is_an_error(program: Program) -> None:
    (wrong,) = program.ask(DELETE, id=gid("Return", 1))["errors"]
    assert wrong["extensions"]["code"] == "RESOURCE_NOT_FOUND"


def test_topic_without_a_name_here_is_not_seen(program: Program) -> None:
    row = made(program, "withdrawals/create")
    assert program.data(LIST, first=5)["webhookSubscriptions"]["edges"] == []
    assert program.data(ONE, id=key(row)) == {"webhookSubscription": None}
    told = [{"field": ["id"], "message": "Webhook subscription does not exist"}]
    answer = program.data(DELETE, id=key(row))["webhookSubscriptionDelete"]
    assert answer["userErrors"] == told
    assert WebhookSubscription.objects.exists()


def test_programs_see_their_own_alone(program: Program, make_program: MakeProgram) -> None:
    other = make_program(["write_returns"])
    theirs = made(other)
    by_staff = subscriptions.create("returns/approve", URL, actor=actors.system())
    assert (theirs.owner, by_staff.owner) == (other.row, None)

    told = create(program, uri=URL)
    mine = told["webhookSubscription"]["id"]

    assert told["userErrors"] == []
    edges = program.data(LIST, first=9)["webhookSubscriptions"]["edges"]
    assert [each["node"]["id"] for each in edges] == [mine]
    gone = [{"field": ["id"], "message": "Webhook subscription does not exist"}]
    for row in (theirs, by_staff):
        assert program.data(ONE, id=key(row)) == {"webhookSubscription": None}
        assert program.data("query ($id: ID!) { node(id: $id) { id } }", id=key(row)) == {
            "node": None
        }
        assert update(program, row, name="stolen")["userErrors"] == gone
        answer = program.data(DELETE, id=key(row))["webhookSubscriptionDelete"]
        assert answer["userErrors"] == gone
    assert WebhookSubscription.objects.filter(name="").count() == 3


def test_update_of_what_is_removed_meanwhile(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    row, verb = made(program), subscriptions.update

    def late(subscription: WebhookSubscription, **given: Any) -> WebhookSubscription:
        WebhookSubscription.objects.all().delete()
        return verb(subscription, **given)

    monkeypatch.setattr(subscriptions, "update", late)
    told = [{"field": ["id"], "message": "Webhook subscription does not exist"}]
    assert update(program, row, uri=URL) == {"webhookSubscription": None, "userErrors": told}


@pytest.mark.parametrize("rows", [1, 3])
def test_list_takes_the_same_statements_however_many(program: Program, rows: int) -> None:
    for number in range(rows):
        made(program, address=f"{URL}/{number}")
    with CaptureQueriesContext(connection) as statements:
        found = program.data(LIST, first=50)["webhookSubscriptions"]["edges"]
    assert [each["node"]["uri"] for each in found] == [f"{URL}/{n}" for n in range(rows)]
    assert len(statements) == 3


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, ["a", "b", "c"]),
        ({"reverse": True}, ["c", "b", "a"]),
        ({"sortKey": "ID"}, ["a", "b", "c"]),
        ({"topics": ["RETURNS_CLOSE"]}, ["c"]),
        ({"topics": ["RETURNS_CLOSE", "RETURNS_APPROVE"]}, ["a", "b", "c"]),
        ({"topics": ["ORDERS_UPDATED"]}, []),
        ({"uri": f"{URL}/b"}, ["b"]),
        ({"format": "XML"}, []),
        ({"format": "JSON"}, ["a", "b", "c"]),
        ({"query": "created_at:>2020-01-01"}, ["a", "b", "c"]),
        ({"query": "updated_at:<2020-01-01"}, []),
        ({"query": "id:0"}, []),
    ],
)
def test_list_is_narrowed_and_sorted(
    program: Program, asked: dict[str, Any], found: list[str]
) -> None:
    made(program, address=f"{URL}/a")
    made(program, address=f"{URL}/b")
    made(program, "returns/close", f"{URL}/c")
    edges = program.data(LIST, first=9, **asked)["webhookSubscriptions"]["edges"]
    assert [each["node"]["uri"].rpartition("/")[2] for each in edges] == found


@pytest.mark.parametrize("sort_key", ["CREATED_AT", "ID"])
def test_list_goes_on_page_by_page(program: Program, sort_key: str) -> None:
    rows = [made(program, address=f"{URL}/{number}") for number in range(3)]
    first = program.data(LIST, first=2, sortKey=sort_key)["webhookSubscriptions"]
    assert first["pageInfo"]["hasNextPage"] is True
    cursor = first["pageInfo"]["endCursor"]
    rest = program.data(LIST, first=2, sortKey=sort_key, after=cursor)["webhookSubscriptions"]
    assert [each["node"]["id"] for each in rest["edges"]] == [key(rows[2])]
    assert rest["pageInfo"]["hasNextPage"] is False


def denied(program: Program, query: str, **variables: Any) -> str:
    (wrong,) = program.ask(query, **variables)["errors"]
    assert wrong["extensions"]["code"] == "ACCESS_DENIED"
    needed: str = wrong["extensions"]["requiredAccess"]
    return needed


def test_reading_takes_the_scope_to_read_returns(make_program: MakeProgram) -> None:
    stranger = make_program(["write_orders", "write_customers"])
    row = made(make_program(["write_returns"]))
    for query, given in ((LIST, {"first": 1}), (ONE, {"id": key(row)})):
        assert denied(stranger, query, **given) == "`read_returns` access scope."
    reader = make_program(["read_returns"])
    WebhookSubscription.objects.update(owner=reader.row)
    assert len(reader.data(LIST, first=1)["webhookSubscriptions"]["edges"]) == 1
    asked = {"input": {"uri": "https://example.org/"}}
    needed = "`write_returns` access scope."
    assert denied(reader, CREATE, topic="RETURNS_CLOSE", **asked) == needed
    assert denied(reader, UPDATE, id=key(row), **asked) == needed
    assert denied(reader, DELETE, id=key(row)) == needed
    row.refresh_from_db()
    assert (row.address, WebhookSubscription.objects.count()) == (URL, 1)


def test_writing_returns_is_enough_but_for_refunds(make_program: MakeProgram) -> None:
    program = make_program(["write_returns"])
    told = create(program, uri=URL)
    assert told["userErrors"] == []
    row = WebhookSubscription.objects.get()
    assert update(program, row, name="mine")["userErrors"] == []
    answer = program.data(DELETE, id=key(row))["webhookSubscriptionDelete"]
    assert answer["userErrors"] == []
    needed = "`read_orders` access scope."
    assert denied(program, CREATE, topic="REFUNDS_CREATE", input={"uri": URL}) == needed
    refunds = made(program, "refunds/create")
    changed = {"uri": "https://example.org/"}
    assert denied(program, UPDATE, id=key(refunds), input=changed) == needed
    refunds.refresh_from_db()
    assert refunds.address == URL
