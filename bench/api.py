"""Calls the Admin API of the real server, several connections at once."""

import argparse
import itertools
import json
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts import clients
from accounts.models import Scope
from bench import _database, _hammer, _processors
from bench._orders import arrive
from bench._times import together
from bench.web import server
from returns.models import Return

PATH = "/admin/api/2026-10/graphql.json"
# No client is slowed down here; how much one may spend is another question.
BUCKET = 10**9
RETURNS = 400
ORDERS = 50
WARM_UP = 60

_MONEY = "{ shopMoney { amount currencyCode } }"
RETURN = f"""
query ($id: ID!) {{
  return(id: $id) {{
    id name status createdAt closedAt totalQuantity
    order {{ id name email currencyCode returnStatus totalPriceSet {_MONEY} }}
    returnLineItems(first: 50) {{
      nodes {{
        id quantity processableQuantity processedQuantity refundableQuantity refundedQuantity
        returnReason returnReasonNote customerNote returnReasonDefinition {{ id handle name }}
        ... on ReturnLineItem {{
          fulfillmentLineItem {{ id lineItem {{ id title sku quantity }} }}
          withCodeDiscountedTotalPriceSet {_MONEY}
        }}
      }}
    }}
    reverseFulfillmentOrders(first: 10) {{
      nodes {{
        id status
        lineItems(first: 50) {{
          nodes {{
            id totalQuantity
            fulfillmentLineItem {{ id }}
            dispositions {{ id type quantity location {{ id name }} }}
          }}
        }}
        reverseDeliveries(first: 10) {{
          nodes {{
            id
            deliverable {{
              ... on ReverseDeliveryShippingDeliverable {{
                tracking {{ carrierName number url }} label {{ publicFileUrl }}
              }}
            }}
          }}
        }}
      }}
    }}
  }}
}}
"""
LIST = """
query {
  orders(first: 50, query: "return_status:in_progress") {
    nodes {
      id name returnStatus
      returns(first: 10) {
        nodes {
          id name status totalQuantity
          returnLineItems(first: 10) {
            nodes {
              id quantity returnReason
              ... on ReturnLineItem { fulfillmentLineItem { id lineItem { id title sku } } }
            }
          }
        }
      }
    }
  }
}
"""
CREATE = """
mutation ($input: ReturnInput!) {
  returnCreate(returnInput: $input) {
    return { id name status }
    userErrors { field message code }
  }
}
"""


@dataclass(frozen=True)
class Kind:
    """One kind of request. expected: what occurs in each good answer; goal: per second."""

    name: str
    bodies: Callable[[int], Sequence[bytes]]
    expected: bytes
    goal: int
    statements: int
    endless: bool = True


def main(arguments: Sequence[str]) -> None:
    """Print requests per second and times, statements, and processor time of each side."""
    parser = argparse.ArgumentParser(prog="python -m bench api", description=__doc__)
    parser.add_argument("--connections", type=int, default=8, help="default: 8")
    parser.add_argument("--seconds", type=float, default=6, help="per kind of request (default: 6)")
    parser.add_argument("--each", type=int, default=900, help="returns created at most (900)")
    parser.add_argument("--workers", type=int, default=2, help="processes of the server (2)")
    parser.add_argument("--threads", type=int, default=2, help="of each process (2)")
    parser.add_argument("--only", default="", help="kinds whose name contains this")
    chosen = parser.parse_args(arguments)
    _database.require_seed()
    _database.prepare()
    os.environ["API_COST_BUCKET"] = str(BUCKET)
    settings.API_COST_BUCKET = BUCKET
    token = clients.create(name="Bench", scopes=Scope.values).token
    kinds = [kind for kind in KINDS if chosen.only in kind.name]
    bodies = {kind.name: kind.bodies(chosen.each) for kind in kinds}
    counted = {kind.name: _statements(bodies[kind.name][0], token) for kind in kinds}
    connection.close_pool()  # type: ignore[attr-defined]  # PostgreSQL has one
    print(
        f"{'':24}{'per s':>8}{'goal':>6}{'p50 ms':>8}{'p95 ms':>8}{'SQL':>5}{'goal':>6}"
        f"{'Python ms':>11}{'PostgreSQL':>11}{'client':>8}{'together':>10}"
    )
    with server.running(chosen.workers, chosen.threads) as running:
        for kind in kinds:
            requests = _requests(kind, bodies[kind.name], token)
            _measure(kind, counted[kind.name], requests, running, chosen)


def _measure(
    kind: Kind,
    statements: int,
    requests: Iterator[bytes],
    running: server.Running,
    chosen: argparse.Namespace,
) -> None:
    def send(some: Any, seconds: float) -> Any:
        return _hammer.hammer(
            running.port,
            some,
            connections=chosen.connections,
            expected=kind.expected,
            seconds=seconds,
        )

    send(list(itertools.islice(requests, WARM_UP)), 30)
    before = _used(running.pid)
    lap = send(requests, chosen.seconds)
    used = [after - earlier for after, earlier in zip(_used(running.pid), before, strict=True)]
    result = together([lap])
    python, postgres, client = (seconds * 1000 / result.count for seconds in used)
    print(
        f"{kind.name:24}{result.per_second:8.1f}{kind.goal:6}{result.p50:8.1f}{result.p95:8.1f}"
        f"{statements:5}{kind.statements or '':>6}{python:11.2f}{postgres:11.2f}{client:8.2f}"
        f"{python + postgres + client:10.2f}"
    )


def _used(pid: int) -> tuple[float, float, float]:
    """Return the processor time so far, in seconds: of the server, of PostgreSQL, and our own."""
    return _processors.family(pid), _processors.postgres(), time.process_time()


def _headers(token: str) -> dict[str, str]:
    return {"Content-Type": "application/json", "X-Shopify-Access-Token": token}


def _requests(kind: Kind, bodies: Sequence[bytes], token: str) -> Iterator[bytes]:
    """Yield whole requests; the first body was sent already, to count its statements."""
    made = [_hammer.request(PATH, headers=_headers(token), body=body) for body in bodies[1:]]
    return itertools.cycle(made) if kind.endless else iter(made)


def _statements(body: bytes, token: str) -> int:
    """Count what one request asks the database, once everything about its text is known."""
    client = Client(SERVER_NAME="localhost")
    with CaptureQueriesContext(connection) as captured:
        answer = client.post(
            PATH,
            body,
            content_type="application/json",
            headers={"X-Shopify-Access-Token": token},
        )
    if answer.status_code != 200 or "errors" in answer.json():
        raise RuntimeError(answer.content[:900])
    return len(captured)


# --- what is asked ------------------------------------------------------------------------------


def _body(query: str, **variables: Any) -> bytes:
    return json.dumps({"query": query, "variables": variables}).encode()


def _reads(_most: int) -> list[bytes]:
    chosen = Return.objects.filter(reverse_fulfillments__isnull=False).order_by("-pk")
    keys = chosen.values_list("pk", flat=True)[:RETURNS]
    return [_body(RETURN, id=f"gid://shopify/Return/{pk}") for pk in keys]


def _lists(_most: int) -> list[bytes]:
    return [_body(LIST)] * 2


def _creates(most: int) -> list[bytes]:
    return [
        _body(
            CREATE,
            input={
                "orderId": f"gid://shopify/Order/{order.order_id}",
                "returnLineItems": [
                    {
                        "fulfillmentLineItemId": f"gid://shopify/FulfillmentLineItem/{line}",
                        "quantity": 1,
                        "returnReason": "STYLE",
                    }
                    for line in order.parcel_lines
                ],
            },
        )
        for order in arrive(most, lines=1)
    ]


KINDS = (
    Kind("return(id)", _reads, b'"reverseFulfillmentOrders":', 250, 0),
    Kind("50 orders with returns", _lists, b'"returnStatus":', 0, 8),
    Kind("returnCreate, one line", _creates, b'"userErrors": []', 100, 20, endless=False),
)
