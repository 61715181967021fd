"""Shopify's own JavaScript clients against a running server, in Node."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pytest_django.live_server_helper import LiveServer

from accounts import actors, clients
from accounts.models import Scope
from returns import lifecycle
from returns.models import Event, Return, WebhookDelivery
from returns.webhooks import subscriptions
from tests.api.shop import sold
from tests.conftest import RunJobs
from tests.returns.stories import requested
from tests.webhooks.receiver import listening

pytestmark = pytest.mark.django_db(transaction=True)

HERE = Path(__file__).parent
# The test command installs Node beside Python, so that no machine has to bring one.
NODE = Path(sys.executable).parent / "node"
SECONDS = 60


def run(program: str, **told: Any) -> dict[str, Any]:
    """Run a program and return what it found out; what it complains of fails the test."""
    assert NODE.exists(), "Node is missing: `make test` installs it."
    assert (HERE / "node_modules").is_dir(), "Packages are missing: `make test` installs them."
    # Nothing of the machine's settings, such as proxies, may come between.
    environment = {"PATH": os.environ["PATH"], "RETOUR": json.dumps({"version": "2026-10", **told})}
    done = subprocess.run(
        [NODE, "--no-warnings", program],
        cwd=HERE,
        env=environment,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def drive(program: str, server: LiveServer) -> dict[str, Any]:
    """Let a client drive a whole return; check what it read back and what is in the database."""
    shop = sold(2)
    made = clients.create(name=program, scopes=Scope.values)
    found = run(
        program,
        address=server.url,
        token=made.token,
        sold={
            "order": shop.id,
            "fulfillmentLine": shop.lines[0],
            "payment": shop.payment,
            "amount": "99.80",
        },
    )
    _check_return(found.pop("return"), program)
    return found


def _check_return(read: dict[str, Any], program: str) -> None:
    return_ = Return.objects.get()
    refund = return_.refunds.get()
    assert return_.closed_at is not None
    tracking = {"deliverable": {"tracking": {"number": "1Z999AA10123456784"}}}
    assert read == {
        "name": return_.reference,
        "status": "CLOSED",
        "closedAt": f"{return_.closed_at:%Y-%m-%dT%H:%M:%SZ}",
        "totalQuantity": 2,
        "order": {"returnStatus": "RETURNED"},
        "returnLineItems": {
            "nodes": [
                {
                    "quantity": 2,
                    "processedQuantity": 2,
                    "unprocessedQuantity": 0,
                    "refundedQuantity": 2,
                }
            ]
        },
        "reverseFulfillmentOrders": {"nodes": [{"reverseDeliveries": {"nodes": [tracking]}}]},
        "refunds": {
            "nodes": [
                {
                    "id": f"gid://shopify/Refund/{refund.pk}",
                    "totalRefundedSet": {"shopMoney": {"amount": "99.8"}},
                }
            ]
        },
    }
    told = Event.objects.filter(for_return=return_, actor_kind="API")
    assert set(told.values_list("actor_name", flat=True)) == {program}


WRONG = "Field 'colour' doesn't exist on type 'Shop'"


def test_graphql_client(live_server: LiveServer) -> None:
    assert drive("graphql_client.mjs", live_server) == {
        "wrong": [[WRONG, "undefinedField"]],
        "stranger": 401,
        "future": 404,
    }


def test_admin_api_client(live_server: LiveServer) -> None:
    assert drive("admin_api_client.mjs", live_server) == {
        "wrong": [[WRONG, "undefinedField"]],
        "stranger": 401,
        "unstable": ["shop"],
        "cost": ["requestedQueryCost", "actualQueryCost", "throttleStatus"],
    }


def test_shopify_api(live_server: LiveServer) -> None:
    assert drive("shopify_api.mjs", live_server) == {
        "wrong": [True, WRONG],
        "stranger": [True, 401],
    }


def test_shopify_api_validates_what_is_delivered(settings: Any, run_jobs: RunJobs) -> None:
    settings.WEBHOOK_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    system = actors.system()
    with listening() as receiver:
        subscription = subscriptions.create(
            "returns/decline", receiver.url, actor=system, name="from-node"
        )
        lifecycle.decline(requested(), actor=system, reason="OTHER", note="Größe passt nicht. 👟")
        run_jobs()
        [got] = receiver.received
    sent = WebhookDelivery.objects.get()

    found = run(
        "webhooks.mjs",
        delivery={
            "secret": subscription.secret,
            "body": got.body.decode(),
            "headers": got.headers,
        },
    )

    assert found == {
        "genuine": {
            "valid": True,
            "webhookType": "webhooks",
            "hmac": got.headers["x-shopify-hmac-sha256"],
            "topic": "RETURNS_DECLINE",
            "domain": "localhost",
            "apiVersion": "2026-10",
            "webhookId": str(sent.public_id),
            "name": "from-node",
            "triggeredAt": sent.triggered_at.isoformat().replace("+00:00", "Z"),
            "eventId": str(sent.act_id),
        },
        "changed": {"valid": False, "reason": "invalid_hmac"},
        "foreign": {"valid": False, "reason": "invalid_hmac"},
        "untold": {
            "valid": False,
            "reason": "missing_headers",
            "missingHeaders": ["X-Shopify-Topic"],
        },
    }
