"""The OpenAPI document is the one that is checked in, and what it describes never breaks."""

import json
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from django.conf import settings
from django.test import Client
from hypothesis import HealthCheck, Phase, given, seed
from hypothesis import settings as examples
from schemathesis import GenerationMode
from schemathesis.core import NotSet

from accounts import clients
from accounts.models import ApiClient
from api.intake.document import as_text, written
from tests.factories import StoreFactory

FILE = Path(settings.BASE_DIR) / "docs" / "api" / "orders.json"
SCHEMA = schemathesis.openapi.from_dict(json.loads(as_text()))


def test_document_is_written_as_it_is() -> None:
    assert FILE.read_text(encoding="utf-8") == as_text(), "Run manage.py write_orders_document."


def test_document_can_be_read_by_anybody() -> None:
    answer = Client().get("/api/docs.json")
    assert (answer.status_code, json.loads(answer.content)) == (200, written())


@pytest.mark.django_db
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
@pytest.mark.parametrize("path", ["/api/orders", "/api/orders/{reference}"])
def test_nothing_that_is_sent_breaks_it(path: str, mode: GenerationMode) -> None:
    StoreFactory(code="linden")
    token = clients.create(name="ERP", scopes=["write_orders"]).token
    statuses: set[int] = set()

    @seed(36)
    @examples(
        max_examples=8 if "{" in path else 3,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=SCHEMA[path]["PUT"].as_strategy(generation_mode=mode))
    def sends(case: Any) -> None:
        body = b"" if isinstance(case.body, NotSet) else case.body
        ApiClient.objects.update(spent_millis=0)
        answer = Client(raise_request_exception=False).put(
            case.formatted_path,
            body if isinstance(body, bytes) else json.dumps(body, default=str),
            content_type="application/json",
            headers={"Authorization": f"Bearer {token}"},
            query_params={"store": "linden"},
        )
        statuses.add(answer.status_code)

    sends()
    assert statuses
    assert max(statuses) < 500
