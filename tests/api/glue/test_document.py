"""The OpenAPI document: it is that of the code, and programs that read it break nothing."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from django.conf import settings as django_settings
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from api.glue.schema import whole
from returns.models import Return
from tests.api.glue.conftest import Storefront
from tests.factories import FulfillmentLineFactory, StoreFactory


def test_page_of_the_document_is_that_of_the_code() -> None:
    """When this fails, run `manage.py write_glue_document` and look at what changed."""
    page = Path(django_settings.BASE_DIR) / "docs" / "api" / "glue.json"
    assert json.loads(page.read_text(encoding="utf-8")) == json.loads(json.dumps(whole()))


def test_document_is_served_to_everybody(client: Any) -> None:
    answer = client.get("/glue/docs.json")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json() == json.loads(json.dumps(whole()))


@pytest.mark.django_db
def test_page_for_people_names_every_address_without_scripts_of_its_own(client: Any) -> None:
    answer = client.get("/glue/docs")
    text = answer.content.decode()
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "'unsafe-inline'" not in answer.headers["Content-Security-Policy"]
    assert "<script>" not in text
    assert "style=" not in text
    for path, methods in whole()["paths"].items():
        for method in methods:
            assert f"<code>{method.upper()} {path}</code>" in text


def test_everything_says_what_it_is() -> None:
    operations = [told for methods in whole()["paths"].values() for told in methods.values()]
    assert len(operations) == 10
    for told in operations:
        assert told["summary"]
        assert told["tags"]
        assert all(answer["description"] for answer in told["responses"].values())


@contextmanager
def one_connection() -> Iterator[None]:
    """Let requests go on with the test's connection, as Django's own client does."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def _application(environ: dict[str, Any], start_response: Any) -> Any:
    """Answer as the server does, which tells the address of whoever asks."""
    return get_wsgi_application()({"REMOTE_ADDR": "192.0.2.1", **environ}, start_response)


OPERATIONS = [(path, method) for path, methods in whole()["paths"].items() for method in methods]
CHECKS = [
    not_a_server_error,
    content_type_conformance,
    status_code_conformance,
    response_schema_conformance,
]


@pytest.mark.django_db
@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_generated_requests_get_the_answers_of_the_document(
    shop: Storefront, path: str, method: str
) -> None:
    order = shop.order(2, 1, store=StoreFactory(code="DE"), reference="DE--1")
    FulfillmentLineFactory(order_line__order=order)
    shop.ask(order, str(order.lines.order_by("position")[0].uuid))
    with one_connection():
        _send_any(shop, path, method)
    assert Return.objects.count() == 1


def _send_any(shop: Storefront, path: str, method: str) -> None:
    document = schemathesis.openapi.from_wsgi("/glue/docs.json", _application)
    operation = document[path][method]

    @given(case=operation.as_strategy())
    @settings(
        max_examples=12,
        derandomize=True,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def send(case: Case) -> None:
        headers = (
            shop.headers() if document.raw_schema["paths"][path][method]["security"][0] else {}
        )
        case.call_and_validate(headers=headers, checks=CHECKS)

    send()
