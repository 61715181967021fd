"""A storefront that calls the Glue API for a customer."""

import json
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from api.glue import tokens
from orders.models import Customer, Order
from tests.factories import CustomerFactory, StoreFactory, UserFactory, sent_order

MEDIA_TYPE = "application/vnd.api+json"
HOST = "http://testserver/glue"


@dataclass
class Storefront:
    """Sends requests with its customer's token, and reads the answers."""

    customer: Customer
    user: User
    token: str
    http: Client

    def headers(self, **more: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}", **more} if self.token else more

    def get(self, path: str, **headers: str) -> Any:
        """Ask for a path below the API's; return the whole answer."""
        return self.http.get(f"/glue{path}", headers=self.headers(**headers))

    def document(self, path: str, **headers: str) -> dict[str, Any]:
        """Ask for a path that must be there; return the document."""
        return told(self.get(path, **headers), 200)

    def post(self, path: str, type_: str, attributes: Any, **headers: str) -> Any:
        """Send a document; return the whole answer."""
        body = {"data": {"type": type_, "attributes": attributes}}
        return self.send(path, json.dumps(body), **headers)

    def send(self, path: str, body: Any, content_type: str = MEDIA_TYPE, **headers: str) -> Any:
        """Send any body."""
        return self.http.post(
            f"/glue{path}", body, content_type=content_type, headers=self.headers(**headers)
        )

    def order(self, *quantities: int, **fields: Any) -> Order:
        """Return a sent order of the customer."""
        return sent_order(*quantities, customer=self.customer, **fields)

    def ask(self, order: Order, *uuids: str, **attributes: Any) -> Any:
        """Ask for a return of items, as storefronts do."""
        items = [{"salesOrderItemUuid": uuid, "reason": "Too small"} for uuid in uuids]
        sent = {"store": order.store.code, "returnItems": items, **attributes}
        return self.post("/returns", "returns", sent)


def told(answer: Any, status: int) -> dict[str, Any]:
    """Return the document of an answer with this status, in the form that every answer has."""
    assert answer.status_code == status, answer.content
    assert answer.headers["Content-Type"] == MEDIA_TYPE
    document: dict[str, Any] = json.loads(answer.content)
    return document


def error(status: int, code: str, detail: str) -> dict[str, Any]:
    return {"errors": [{"status": status, "code": code, "detail": detail}]}


NOT_CREATED = error(422, "3601", "Return can't be created.")


@pytest.fixture
def shop(db: None) -> Storefront:
    user = UserFactory(email="ada@example.com", name="Ada Winter")
    customer = CustomerFactory(reference="DE--21", email=user.email, user=user)
    return Storefront(customer, user, tokens.begin(user).access, Client())


@pytest.fixture
def de(db: None) -> Any:
    """The store of all orders of a test."""
    return StoreFactory(code="DE")
