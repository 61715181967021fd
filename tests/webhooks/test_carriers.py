"""Carriers tell how far parcels are: signed, twice, late, or not at all."""

import base64
import json
import time
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from returns.models import ReverseDelivery
from returns.parcels import deliveries
from returns.parcels.carriers import signatures
from returns.parcels.deliveries import Tracking
from tests.returns.stories import SYSTEM, event_types, opened

pytestmark = pytest.mark.django_db
NUMBER = "1Z5R89390357567127"


@pytest.fixture(autouse=True)
def secret(settings: Settings) -> None:
    settings.CARRIER_WEBHOOK_SECRET = "whsec_" + base64.b64encode(b"k" * 24).decode()


@pytest.fixture
def parcel() -> ReverseDelivery:
    return deliveries.add_parcel(opened(), actor=SYSTEM, tracking=Tracking(number=NUMBER))


def told(state: str = "IN_TRANSIT", **more: Any) -> bytes:
    return json.dumps({"updates": [{"tracking_number": NUMBER, "state": state, **more}]}).encode()


def post(body: bytes, *, code: str = "own", at: float | None = None, **headers: Any) -> Any:
    timestamp = str(int(time.time() if at is None else at))
    signed = {
        "webhook-id": "msg_1",
        "webhook-timestamp": timestamp,
        "webhook-signature": signatures.sign("msg_1", timestamp, body),
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    return Client(enforce_csrf_checks=True).post(
        reverse("webhooks:carrier", args=[code]),
        body,
        content_type="application/json",
        headers=signed,
    )


def test_news_move_the_parcel_once(parcel: ReverseDelivery) -> None:
    answers = [post(told()), post(told()), post(told("HANDED_IN"))]
    assert [(one.status_code, one.json()) for one in answers] == [
        (200, {"moved": 1}),
        (200, {"moved": 0}),
        (200, {"moved": 0}),
    ]
    parcel.refresh_from_db()
    assert parcel.state == "IN_TRANSIT"
    assert event_types(parcel.for_return).count("parcel.in_transit") == 1


def test_signature_is_that_of_the_specification(settings: Settings) -> None:
    """The example of the Standard Webhooks libraries' own tests."""
    settings.CARRIER_WEBHOOK_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    signature = signatures.sign(
        "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", b'{"test": 2432232314}'
    )
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_one_good_signature_of_several_will_do(parcel: ReverseDelivery) -> None:
    timestamp = str(int(time.time()))
    good = signatures.sign("msg_1", timestamp, told())
    answer = post(told(), webhook_signature=f"v1,bm90IG91cnM= {good}")
    assert answer.json() == {"moved": 1}


@pytest.mark.parametrize(
    "headers",
    [
        {"webhook_signature": "v1,bm90IG91cnM="},
        {"webhook_signature": ""},
        {"webhook_signature": "v1,é"},
        {"webhook_id": "msg_2"},
        {"webhook_timestamp": "now"},
        {"webhook_timestamp": "9" * 400},
    ],
)
def test_wrong_signature_is_refused(parcel: ReverseDelivery, headers: dict[str, Any]) -> None:
    assert post(told(), at=None, **headers).status_code == 400
    parcel.refresh_from_db()
    assert parcel.state == "LABEL_MADE"


@pytest.mark.parametrize("seconds", [-301, 301])
def test_message_of_another_time_is_refused(parcel: ReverseDelivery, seconds: int) -> None:
    assert post(told(), at=time.time() + seconds).status_code == 400


def test_without_a_secret_everything_is_refused(
    parcel: ReverseDelivery, settings: Settings
) -> None:
    for secret in ("", "whsec_", "whsec_???"):
        settings.CARRIER_WEBHOOK_SECRET = secret
        assert post(told()).status_code == 400


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff",
        b"[]",
        b"{}",
        b'{"updates": {}}',
        b'{"updates": [1]}',
        b'{"updates": [{}]}',
        b"[" * 100_000,
        told("LOST"),
        told(at="yesterday"),
        told(at="2026-11-22T10:00:00"),
        told(at=7),
        json.dumps({"updates": [{"tracking_number": NUMBER, "state": ["ARRIVED"]}]}).encode(),
        json.dumps({"updates": [{}] * 1001}).encode(),
    ],
)
def test_body_that_makes_no_sense_is_refused(parcel: ReverseDelivery, body: bytes) -> None:
    assert post(body).status_code == 400
    parcel.refresh_from_db()
    assert parcel.state == "LABEL_MADE"


@pytest.mark.parametrize("number", ["\0", "📦", "x" * 5000, ""])
def test_strange_numbers_are_nobody_s(parcel: ReverseDelivery, number: str) -> None:
    body = json.dumps({"updates": [{"tracking_number": number, "state": "ARRIVED"}]}).encode()
    assert post(body).json() == {"moved": 0}


def test_unknown_adapter_and_other_methods(parcel: ReverseDelivery) -> None:
    assert post(told(), code="nobody").status_code == 404
    assert post(told(), code="karrio").status_code == 404
    assert Client().get(reverse("webhooks:carrier", args=["own"])).status_code == 405


def test_large_body_is_not_read(parcel: ReverseDelivery) -> None:
    assert post(b"x" * (1024 * 1024 + 1)).status_code == 413
