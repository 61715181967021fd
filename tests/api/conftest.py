"""A program that calls the Admin API."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client

from accounts import clients
from accounts.models import ApiClient, Scope

ADDRESS = "/admin/api/2026-10/graphql.json"


@dataclass
class Program:
    """Sends requests with its token, and reads the answers."""

    token: str
    row: ApiClient
    http: Client

    def post(self, body: Any, *, address: str = ADDRESS, **headers: str) -> Any:
        """Send a body and return the whole response."""
        return self.http.post(
            address,
            body,
            content_type="application/json",
            headers={"X-Shopify-Access-Token": self.token, **headers},
        )

    def ask(self, query: str, /, *, address: str = ADDRESS, **variables: Any) -> dict[str, Any]:
        """Send a query and return the answer's JSON."""
        answer: dict[str, Any] = self.post(
            {"query": query, "variables": variables}, address=address
        ).json()
        return answer

    def data(self, query: str, /, **variables: Any) -> dict[str, Any]:
        """Send a query that must be without errors; return its data."""
        answer = self.ask(query, **variables)
        assert answer.get("errors", []) == []
        data: dict[str, Any] = answer["data"]
        return data


MakeProgram = Callable[[Sequence[str]], Program]


@pytest.fixture
def make_program(db: None, client: Client) -> MakeProgram:
    def make(scopes: Sequence[str]) -> Program:
        made = clients.create(name="Warehouse app", scopes=scopes)
        return Program(token=made.token, row=made.client, http=client)

    return make


@pytest.fixture
def program(make_program: MakeProgram) -> Program:
    return make_program(Scope.values)
