"""Who asks, and with what: handed to every resolver as `info.context`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from accounts import clients
from accounts.actors import Actor
from accounts.models import ApiClient, User
from api.engine.problems import access_denied


@dataclass(frozen=True, kw_only=True)
class Context:
    """One request. scopes: what was granted, with all that it includes.

    keys: idempotency keys by the mutation that they came with. client: None when a person asks,
    a buyer or a member of staff, who is then `user`.
    """

    client: ApiClient | None
    actor: Actor
    scopes: frozenset[str]
    version: str
    now: datetime
    variables: Mapping[str, Any] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    user: User | None = None

    def require(self, scope: str, name: str) -> None:
        """Refuse a field unless its scope was granted."""
        if scope and scope not in self.scopes:
            raise access_denied(name, scope)

    def available(self) -> int:
        """Return how many points of cost are left; people have a full bucket each time."""
        if self.client is None:
            return clients.bucket()
        return clients.available(self.client, now=self.now)

    def spend(self, points: int) -> None:
        """Count what a request cost."""
        if self.client is not None:
            clients.spend(self.client, points)
