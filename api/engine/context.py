"""Who asks, and with what: handed to every resolver as `info.context`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from accounts.actors import Actor
from accounts.models import ApiClient
from api.engine.problems import access_denied


@dataclass(frozen=True, kw_only=True)
class Context:
    """One request. scopes: what was granted, with all that it includes.

    keys: idempotency keys by the mutation that they came with.
    """

    client: ApiClient
    actor: Actor
    scopes: frozenset[str]
    version: str
    now: datetime
    variables: Mapping[str, Any] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)

    def require(self, scope: str, name: str) -> None:
        """Refuse a field unless its scope was granted."""
        if scope and scope not in self.scopes:
            raise access_denied(name, scope)
