"""Whatever text comes, every address answers in its own form, and nothing breaks inside.

`test_bad_values.py` sends wrong values in good requests; here the requests themselves are random.
"""

import json
import string
from typing import Any, Final

import pytest
from django.test import Client
from graphql.language import ast
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis_graphql import Mode, from_schema

from api.customer.root import SCHEMA as CUSTOMER_SCHEMA
from api.schema.root import SCHEMA
from returns.models import Return
from tests.api import mutations, queries
from tests.api.conftest import ADDRESS, Program
from tests.api.shop import gid, returned
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

# The same requests each time; how many keeps all of it below fifteen seconds.
FIXED = settings(
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    max_examples=40,
)


def text(*values: str) -> st.SearchStrategy[ast.StringValueNode]:
    return st.sampled_from(values).map(lambda value: ast.StringValueNode(value=value))


SCALARS: Final = {
    "ARN": text("arn:aws:events"),
    "DateTime": text("2026-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00"),
    "Date": text("2026-01-01"),
    "Decimal": text("1.5", "0", "-1"),
    "Money": text("1.5", "-1"),
    "FormattedString": text("x"),
    "HTML": text("x"),
    "JSON": text("{}"),
    "URL": text("https://example.com/", "http://example.com/"),
    "UnsignedInt64": text("1", "0"),
}
DOCUMENTS: Final = (
    queries.RETURN,
    queries.LIST,
    *(value for name, value in vars(mutations).items() if name.isupper()),
)


def known(schema: Any, return_: Return) -> dict[str, Any]:
    """The strategies of the scalars that a schema has; ids are of what there is, mostly."""
    types = ("Return", "Order", "Customer", "Refund")
    ids = text(
        gid("Return", return_.pk),
        gid("Order", return_.order_id),
        *(gid(type_, number) for type_ in types for number in (0, 1, 2**63)),
    )
    found = {name: strategy for name, strategy in SCALARS.items() if name in schema.type_map}
    return {**found, "ID": ids}


@st.composite
def broken_documents(draw: st.DrawFn) -> str:
    """A real document with something taken out, doubled or put in."""
    document = draw(st.sampled_from(DOCUMENTS))
    for _each in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(document)))
        until = min(at + draw(st.integers(0, 12)), len(document))
        put = draw(
            st.sampled_from(["", "{", "}", "...", "$", "@include(if: 7)", '"', "(", "\0", "\ud800"])
            | st.text(alphabet=string.printable, max_size=4)
        )
        document = document[:at] + put + document[until if draw(st.booleans()) else at :]
    return document


def check(response: Any) -> None:
    """Check that an answer is one in the API's form, and owns to no mistake of ours."""
    assert response.status_code in (200, 400)
    told = response.json()
    assert set(told) <= {"data", "errors", "extensions"}
    for error in told["errors"] if isinstance(told.get("errors"), list) else ():
        assert isinstance(error["message"], str)
        assert error.get("extensions", {}).get("code") != "INTERNAL_SERVER_ERROR", error


def send(program: Program, body: Any) -> None:
    program.row.__class__.objects.update(spent_millis=0)
    check(program.post(body))


@pytest.mark.parametrize("mode", [Mode.POSITIVE, Mode.NEGATIVE])
def test_no_document_breaks_the_admin_api(program: Program, mode: Mode) -> None:
    scalars = known(SCHEMA, returned(2, 1))

    @FIXED
    @given(from_schema(SCHEMA, custom_scalars=scalars, mode=mode))
    def send_one(document: Any) -> None:
        send(program, {"query": document})

    send_one()


@pytest.mark.parametrize("mode", [Mode.POSITIVE, Mode.NEGATIVE])
def test_no_document_breaks_the_buyers_api(mode: Mode) -> None:
    return_ = returned(2, 1)
    scalars = known(CUSTOMER_SCHEMA, return_)
    customer = return_.order.customer
    assert customer is not None
    customer.user = UserFactory(email=customer.email, roles=[])
    customer.save(update_fields=["user"])
    client = Client()
    client.force_login(customer.user)

    @FIXED
    @given(from_schema(CUSTOMER_SCHEMA, custom_scalars=scalars, mode=mode))
    def send_one(document: Any) -> None:
        body = {"query": document}
        check(client.post("/customer/api/2026-10/graphql", body, content_type="application/json"))

    send_one()


def test_no_broken_document_breaks_it(program: Program) -> None:
    return_ = returned(1)
    variables = {"id": gid("Return", return_.pk), "input": {"returnId": "x"}, "lines": [None]}

    @settings(FIXED, max_examples=100)
    @given(broken_documents())
    def send_one(document: str) -> None:
        send(program, json.dumps({"query": document, "variables": variables}))

    send_one()


ANYTHING: Final = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)


def test_no_body_breaks_it(program: Program, client: Client) -> None:
    bodies = st.binary(max_size=40) | st.fixed_dictionaries(
        {"query": ANYTHING | st.just("query A { shop { name } }")},
        optional={"variables": ANYTHING, "operationName": ANYTHING, "extensions": ANYTHING},
    ).map(lambda value: json.dumps(value).encode())
    types = st.sampled_from(
        ["application/json", "application/graphql", "text/plain", "x", "multipart/form-data", ""]
    )

    @settings(FIXED, max_examples=100)
    @given(bodies, types)
    def send_one(body: bytes, type_: str) -> None:
        headers = {"X-Shopify-Access-Token": program.token}
        check(client.generic("POST", ADDRESS, body, content_type=type_, headers=headers))

    send_one()


@FIXED
@given(token=st.text(min_size=1, max_size=30), version=st.text(min_size=1, max_size=12))
def test_no_token_or_version_breaks_it(client: Client, token: str, version: str) -> None:
    body = json.dumps({"query": "{ shop { name } }"})
    headers = {"X-Shopify-Access-Token": token.encode().decode("latin-1")}
    wrong = client.post(ADDRESS, body, content_type="application/json", headers=headers)
    assert (wrong.status_code, list(wrong.json())) == (401, ["errors"])
    if "/" not in version and version.strip(". ") and not set(version) & set("?#"):
        address = f"/admin/api/{version}/graphql.json"
        other = client.post(address, body, content_type="application/json", headers=headers)
        assert (other.status_code, list(other.json())) == (404, ["errors"])
