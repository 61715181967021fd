"""What is no proper request gets the answer that a program expects, and changes nothing."""

import datetime
import json
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from accounts import clients
from accounts.models import ApiClient
from api.schema.scalars import decimal_text
from tests.api.conftest import ADDRESS, MakeProgram, Program
from tests.api.shop import gid, sold

pytestmark = pytest.mark.django_db

SHOP = "{ shop { id } }"
WRONG_TOKEN = "[API] Invalid API key or access token (unrecognized login or wrong password)"


@pytest.mark.parametrize("version", ["2025-07", "2026-10", "unstable"])
def test_every_version_answers(program: Program, version: str) -> None:
    sold()
    answer = program.post({"query": SHOP}, address=f"/admin/api/{version}/graphql.json")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["X-Shopify-API-Version"] == version
    assert answer.json()["data"]["shop"]["id"].startswith("gid://shopify/Shop/")


def test_address_without_version_answers(program: Program) -> None:
    sold()
    assert program.post({"query": SHOP}, address="/admin/api/graphql.json").status_code == 200


def test_unknown_version_is_not_found(program: Program) -> None:
    answer = program.post({"query": SHOP}, address="/admin/api/2019-01/graphql.json")
    assert (answer.status_code, answer.json()) == (404, {"errors": "Not Found"})


def test_only_post_is_answered(program: Program, client: Client) -> None:
    assert client.get(ADDRESS).status_code == 405


@pytest.mark.parametrize("token", ["", "retour_nobody", "\u00e4"])
def test_wrong_token_is_unauthorized(client: Client, token: str) -> None:
    answer = client.post(
        ADDRESS, {"query": SHOP}, "application/json", headers={"X-Shopify-Access-Token": token}
    )
    assert (answer.status_code, answer.json()) == (401, {"errors": WRONG_TOKEN})


def test_revoked_and_expired_tokens_are_unauthorized(program: Program) -> None:
    clients.revoke(program.row)
    assert program.post({"query": SHOP}).status_code == 401
    ApiClient.objects.update(revoked_at=None, expires_at=timezone.now())
    assert program.post({"query": SHOP}).status_code == 401


@pytest.mark.parametrize(
    "body",
    ["", "{", "[]", "null", "7", '{"query": 7}', '{"query": ""}', '{"query": NaN}', "[" * 9999],
)
def test_what_is_no_request_is_refused(program: Program, body: str) -> None:
    answer = program.post(body)
    assert answer.status_code == 400
    assert answer.json() == {"errors": {"query": "Required parameter missing or invalid"}}


@pytest.mark.parametrize("variables", ["[]", "7", '"{"'])
def test_variables_that_are_none_are_refused(program: Program, variables: str) -> None:
    answer = program.post(f'{{"query": "{SHOP}", "variables": {variables}}}')
    assert answer.status_code in (200, 400)


def test_large_body_is_refused(program: Program) -> None:
    assert program.post({"query": "#" * 1_100_000}).status_code == 413


def problem(program: Program, query: str, **variables: Any) -> dict[str, object]:
    answer = program.ask(query, **variables)
    assert "data" not in answer
    return dict(answer["errors"][0])


def test_syntax_error_is_told(program: Program) -> None:
    assert str(problem(program, "{ shop ")["message"]).startswith("syntax error")


def test_unknown_field_is_told(program: Program) -> None:
    found = problem(program, "query Q { shop { nothing } }")
    assert found == {
        "message": "Field 'nothing' doesn't exist on type 'Shop'",
        "locations": [{"line": 1, "column": 18}],
        "path": ["query Q", "shop", "nothing"],
        "extensions": {
            "code": "undefinedField",
            "typeName": "Shop",
            "fieldName": "nothing",
        },
    }


@pytest.mark.parametrize(
    ("query", "code", "message"),
    [
        (
            "{ shop(a: 1) { id } }",
            "argumentNotAccepted",
            "Field 'shop' doesn't accept argument 'a'",
        ),
        (
            "{ order { id } }",
            "missingRequiredArguments",
            "Field 'order' is missing required arguments: id",
        ),
        ('{ order(id: "7") { id } }', "argumentLiteralsIncompatible", "Invalid global id '7'"),
        (
            '{ orders(first: "a") { nodes { id } } }',
            "argumentLiteralsIncompatible",
            "Argument 'first' on Field 'orders' has an invalid value (\"a\"). Expected type 'Int'.",
        ),
        (
            'mutation { returnClose(id: "gid://shopify/Return/1", x: 1) { return { id } } }',
            "argumentNotAccepted",
            "Field 'returnClose' doesn't accept argument 'x'",
        ),
        (
            'mutation { returnDeclineRequest(input: {id: "gid://shopify/Return/1"}) { return { id } } }',  # noqa: E501
            "missingRequiredInputObjectAttribute",
            "Argument 'declineReason' on InputObject 'ReturnDeclineRequestInput' is required. Expected type ReturnDeclineReason!",  # noqa: E501
        ),
        (
            "{ shop }",
            "selectionMismatch",
            "Field must have selections (field 'shop' returns Shop but has no selections. Did you mean 'shop { ... }'?)",  # noqa: E501
        ),
        (
            "query ($id: ID!) { shop { id } }",
            "variableNotUsed",
            "Variable $id is declared by anonymous query but not used",
        ),
        (
            "query Q { order(id: $id) { id } }",
            "variableNotDefined",
            "Variable $id is used by Q but not declared",
        ),
        (
            "query ($id: String!) { order(id: $id) { id } }",
            "variableMismatch",
            "Type mismatch on variable $id (String! / ID!)",
        ),
    ],
)
def test_wrong_document_is_told(program: Program, query: str, code: str, message: str) -> None:
    found = problem(program, query, **({"id": "x"} if "String!" in query else {}))
    assert (found["extensions"]["code"], found["message"]) == (code, message)  # type: ignore[index]


def test_wrong_variables_are_told_all_at_once(program: Program) -> None:
    query = "mutation ($i: ReturnInput!) { returnCreate(returnInput: $i) { return { id } } }"
    value = {
        "orderId": "7",
        "nothing": 1,
        "returnLineItems": [{"quantity": "many", "returnReason": "HATED"}],
    }
    found = problem(program, query, i=value)
    reasons = (
        "COLOR, DEFECTIVE, NOT_AS_DESCRIBED, OTHER, SIZE_TOO_LARGE, SIZE_TOO_SMALL, STYLE, "
        "UNKNOWN, UNWANTED, WRONG_ITEM"
    )
    explained: list[tuple[list[str | int], str]] = [
        (["nothing"], "Field is not defined on ReturnInput"),
        (["orderId"], "Invalid global id '7'"),
        (["returnLineItems", 0, "fulfillmentLineItemId"], "Expected value to not be null"),
        (["returnLineItems", 0, "quantity"], 'Could not coerce value "many" to Int'),
        (["returnLineItems", 0, "returnReason"], f'Expected "HATED" to be one of: {reasons}'),
    ]
    assert found["extensions"] == {
        "code": "INVALID_VARIABLE",
        "value": value,
        "problems": [{"path": path, "explanation": words} for path, words in explained],
    }
    assert found["message"] == (
        "Variable $i of type ReturnInput! was provided invalid value for "
        + ", ".join(
            f"{'.'.join(str(part) for part in path)} ({words})" for path, words in explained
        )
    )


def test_id_of_another_type_is_told_with_null_data(program: Program) -> None:
    wrong = gid("Order", 1)
    answer = program.ask("query ($id: ID!) { return(id: $id) { id } }", id=wrong)
    assert answer["data"] == {"return": None}
    assert answer["errors"][0]["message"] == f"Invalid id: {wrong}"
    assert answer["errors"][0]["extensions"] == {"code": "RESOURCE_NOT_FOUND"}


@pytest.mark.parametrize("number", ["0", "999999", "abc", "9" * 30])
def test_id_that_nothing_has_is_null(program: Program, number: str) -> None:
    query = "query ($id: ID!) { return(id: $id) { id } node(id: $id) { id } }"
    found = program.data(query, id=f"gid://shopify/Return/{number}")
    assert found == {"return": None, "node": None}


def test_scope_is_needed_field_by_field(make_program: MakeProgram) -> None:
    shop = sold()
    program = make_program(["read_orders"])
    answer = program.ask("query ($id: ID!) { order(id: $id) { name customer { id } } }", id=shop.id)
    assert answer["data"] == {"order": {"name": shop.order.reference, "customer": None}}
    assert answer["errors"][0]["extensions"] == {
        "code": "ACCESS_DENIED",
        "requiredAccess": "`read_customers` access scope.",
    }


def test_mutation_without_its_scope_changes_nothing(make_program: MakeProgram) -> None:
    answer = make_program(["read_returns"]).ask(
        "mutation ($id: ID!) { returnClose(id: $id) { return { id } } }", id=gid("Return", 1)
    )
    assert answer["data"] == {"returnClose": None}
    assert answer["errors"][0]["extensions"]["code"] == "ACCESS_DENIED"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("", "you must provide one of first or last"),
        ("(first: 1, last: 1)", "providing both first and last is not supported"),
        ("(first: 251)", "first must be between 0 and 250"),
        ("(first: -1)", "first must be between 0 and 250"),
        ('(first: 1, after: "x")', "Invalid cursor for current pagination sort: sort"),
    ],
)
def test_wrong_page_is_told(program: Program, arguments: str, message: str) -> None:
    answer = program.ask(f"{{ orders{arguments} {{ nodes {{ id }} }} }}")
    assert answer["data"] is None
    assert answer["errors"][0]["message"] == message
    assert answer["errors"][0]["extensions"] == {"code": "BAD_REQUEST"}


def test_union_without_selection_is_null(program: Program) -> None:
    query = """query ($id: ID!) { reverseDelivery(id: $id) { deliverable } }"""
    assert program.data(query, id=gid("ReverseDelivery", 1)) == {"reverseDelivery": None}


def test_same_name_may_have_two_types_in_two_fragments(program: Program) -> None:
    query = """query ($id: ID!) { node(id: $id) {
      ... on Return { status } ... on ReverseFulfillmentOrder { status }
    } }"""
    assert program.data(query, id=gid("Return", 1)) == {"node": None}


def test_depth_is_limited(program: Program) -> None:
    inner = "order { id }"
    for _level in range(16):
        inner = f"order {{ returns(first: 1) {{ nodes {{ {inner} }} }} }}"
    found = problem(program, f"query ($id: ID!) {{ return(id: $id) {{ {inner} }} }}", id="x")
    assert str(found["message"]).startswith("Query has depth of")


SCHEMA_TWICE = "__schema { types { fields { type { fields { name } } } } }"
FRAGMENTS = " ".join(f"fragment A{n} on QueryRoot {{ ...A{n + 1} }}" for n in range(1200))


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("{ shop { name } }" + " " * 100_000, "Query is too large"),
        ("{ " + "name " * 10_001 + "}", "syntax error, "),
        ("{ nodes(ids: " + "[" * 5000 + "]" * 5000 + ") { id } }", "syntax error, "),
        ("{" + "...{" * 5000 + "shop { name }" + "}" * 5001, "syntax error, "),
        ("{ ...A0 } " + FRAGMENTS, "Validation aborted."),
        ("{ ...A } fragment A on QueryRoot { ...A }", "Cannot spread fragment 'A' within itself."),
        ("{ __schema { types { " + "ofType { " * 30 + "name " + "} " * 33, "Query has depth of"),
        ("{" + " ".join(f"a{n}: {SCHEMA_TWICE}" for n in range(300)) + "}", "Query is too large"),
        ('{ __type(name: "Order") {' + "fields { type {" * 3 + "name" + "}}" * 3 + "}}", "Maximum"),
    ],
)
def test_size_is_limited(program: Program, query: str, message: str) -> None:
    answer = program.ask(query)
    assert "data" not in answer
    assert str(answer["errors"][0]["message"]).startswith(message)
    assert answer["extensions"]["cost"]["requestedQueryCost"] == 0


@pytest.mark.parametrize("levels", [50, 900, 20_000])
def test_deep_variables_are_refused(program: Program, levels: int) -> None:
    deep = "[" * levels + "]" * levels
    query = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }"
    answer = program.post(f'{{"query": "{query}", "variables": {{"ids": {deep}}}}}')
    assert answer.status_code in (200, 400)
    assert "data" not in answer.json()
    assert "INTERNAL" not in answer.content.decode()


def test_cost_is_counted_and_runs_out(program: Program) -> None:
    sold()
    with time_machine.travel(timezone.now(), tick=False):
        cost = program.ask(SHOP)["extensions"]["cost"]
        assert cost == {
            "requestedQueryCost": 1,
            "actualQueryCost": 1,
            "throttleStatus": {
                "maximumAvailable": 2000,
                "currentlyAvailable": 1999,
                "restoreRate": 100,
            },
        }
    ApiClient.objects.update(
        spent_millis=2_000_000, spent_at=timezone.now() + datetime.timedelta(seconds=1)
    )
    answer = program.ask(SHOP)
    assert answer["errors"] == [{"message": "Throttled", "extensions": {"code": "THROTTLED"}}]
    assert answer["extensions"]["cost"]["throttleStatus"]["currentlyAvailable"] == 0


def test_dear_query_is_refused(program: Program) -> None:
    query = """{ orders(first: 250) { nodes { returns(first: 250) { nodes {
      returnLineItems(first: 250) { nodes { id } } } } } } }"""
    found = problem(program, query)
    assert found["extensions"] == {
        "code": "MAX_COST_EXCEEDED",
        "cost": 4914,
        "maxCost": 1000,
    }


def test_introspection_is_free(program: Program) -> None:
    answer = program.ask("{ __schema { queryType { name } types { name fields { name } } } }")
    assert answer["data"]["__schema"]["queryType"] == {"name": "QueryRoot"}
    assert answer["extensions"]["cost"]["requestedQueryCost"] == 0


@pytest.mark.parametrize(
    ("amount", "text"),
    [("20.0000", "20.0"), ("7.50", "7.5"), ("0", "0.0"), ("1E+2", "100.0"), ("0.125", "0.125")],
)
def test_amounts_have_as_few_decimals_as_they_need(amount: str, text: str) -> None:
    assert decimal_text(Decimal(amount)) == text


def test_body_may_be_the_query_alone(program: Program, client: Client) -> None:
    sold()
    answer = client.post(
        ADDRESS,
        SHOP,
        content_type="application/graphql",
        headers={"X-Shopify-Access-Token": program.token},
    )
    assert list(json.loads(answer.content)["data"]) == ["shop"]
