"""A receiver on loopback, which the settings of these tests allow."""

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from tests.webhooks.receiver import Receiver, listening


@pytest.fixture
def loopback(settings: Settings) -> None:
    """Let webhooks be sent to this machine."""
    settings.WEBHOOK_ALLOWED_NETWORKS = ["127.0.0.0/8"]


@pytest.fixture
def receiver(loopback: None) -> Iterator[Receiver]:
    """A receiver that answers 200."""
    with listening() as found:
        yield found
