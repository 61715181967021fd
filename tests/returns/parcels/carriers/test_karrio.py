"""Real carriers through karrio: its own UPS extension, with only the HTTP faked."""

import base64
import io
import json
from typing import Any

import karrio.lib
import pytest
from PIL import Image, ImageFile
from pytest_django.fixtures import Settings

from returns.parcels import carriers, labels
from returns.parcels.carriers.interface import CarrierError
from tests.returns.parcels.carriers.test_own import shipment

ImageFile.LOAD_TRUNCATED_IMAGES = False  # which importing karrio turns on
NUMBER = "1Z5R89390357567127"
KARRIO: dict[str, Any] = {
    "carrier": "ups",
    "service": "ups_standard",
    "parcel": {"length": 30, "width": 20, "height": 10, "dimension_unit": "CM"},
    "settings": {
        "client_id": "id",
        "client_secret": "top secret",
        "account_number": "A1B2C3",
        "test_mode": True,
    },
}
SENDER = {
    "name": "Ada Winter",
    "line1": "Rosenweg 7",
    "postal_code": "50667",
    "city": "Köln",
    "country": "DE",
}
RECIPIENT = {
    "company": "Retour Warehouse",
    "line1": "Lagerstr. 1",
    "postal_code": "10115",
    "city": "Berlin",
    "country": "DE",
}


class Ups:
    """Answers as UPS does, and keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.answers: dict[str, Any] = {
            "/oauth/token": {
                "access_token": "t",
                "issued_at": "1795000000000",
                "expires_in": "14399",
                "token_type": "Bearer",
            },
            "/shipments/": {"ShipmentResponse": {"ShipmentResults": shipped()}},
        }

    def __call__(self, *_args: Any, **request: Any) -> Any:
        url = request["url"]
        data = request.get("data")
        body = json.loads(data) if data and str(data).startswith("{") else {}
        self.asked.append((url, body))
        for part, answer in self.answers.items():
            if part in url:
                if isinstance(answer, Exception):
                    raise answer
                told = json.dumps(answer)
                decoder = request.get("decoder")
                return decoder(told) if decoder else told
        raise AssertionError(url)


def shipped() -> dict[str, Any]:
    picture = io.BytesIO()
    Image.new("L", (1400, 800), 255).save(picture, format="GIF")
    graphic = base64.b64encode(picture.getvalue()).decode()
    return {
        "ShipmentIdentificationNumber": NUMBER,
        "ShipmentCharges": {"TotalCharges": {"CurrencyCode": "EUR", "MonetaryValue": "7.90"}},
        "PackageResults": [
            {
                "TrackingNumber": NUMBER,
                "ShippingLabel": {
                    "ImageFormat": {"Code": "GIF", "Description": "GIF"},
                    "GraphicImage": graphic,
                },
            }
        ],
    }


@pytest.fixture
def ups(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Ups:
    answering = Ups()
    settings.CARRIER_KARRIO = KARRIO
    monkeypatch.setattr(karrio.lib, "request", answering)
    return answering


def wanted(**changes: Any) -> Any:
    return shipment(sender=SENDER, recipient=RECIPIENT, **changes)


def test_karrio_is_off_until_it_is_set_up() -> None:
    assert carriers.codes() == ["own"]
    with pytest.raises(CarrierError, match="not set up"):
        carriers.adapter("karrio")


def test_label_is_bought_and_is_a_pdf(ups: Ups) -> None:
    made = carriers.adapter("karrio").make_label(wanted(weight_grams=1500))
    assert (made.tracking_number, made.carrier) == (NUMBER, "ups")
    assert labels.check(made.content).type == "application/pdf"
    asked = next(body for url, body in ups.asked if "/shipments/" in url)
    told = json.dumps(asked, ensure_ascii=False)
    for part in ("Rosenweg", "Lagerstr.", "50667", "10115"):
        assert part in told
    package = asked["ShipmentRequest"]["Shipment"]["Package"]
    assert [package[0]["PackageWeight"]["Weight"], package[0]["Dimensions"]["Length"]] == [
        "1.5",
        "30.0",
    ]


def test_refusal_of_the_carrier_is_told_in_its_words(ups: Ups) -> None:
    ups.answers["/shipments/"] = {
        "response": {"errors": [{"code": "120100", "message": "Missing or invalid shipper number"}]}
    }
    with pytest.raises(CarrierError, match="invalid shipper number") as caught:
        carriers.adapter("karrio").make_label(wanted())
    assert caught.value.may_pass is False


def test_carrier_that_does_not_answer_may_answer_later(ups: Ups) -> None:
    ups.answers["/shipments/"] = TimeoutError("top secret")
    with pytest.raises(CarrierError) as caught:
        carriers.adapter("karrio").make_label(wanted())
    assert (caught.value.message, caught.value.may_pass) == ("The carrier did not answer.", True)


@pytest.mark.parametrize(
    "wrong", [{"carrier": "nobody"}, {"carrier": "ups", "settings": {"x": 1}}, {"service": "x"}]
)
def test_wrong_settings_are_told_without_their_values(
    ups: Ups, settings: Settings, wrong: dict[str, Any]
) -> None:
    settings.CARRIER_KARRIO = wrong
    with pytest.raises(CarrierError) as caught:
        carriers.adapter("karrio").make_label(wanted())
    assert "secret" not in caught.value.message


def tracked(code: str, type_: str) -> dict[str, Any]:
    package = {
        "trackingNumber": NUMBER,
        "activity": [
            {
                "date": "20261124",
                "time": "101500",
                "status": {"code": code, "type": type_, "description": "told"},
                "location": {"address": {"city": "Berlin"}},
            }
        ],
    }
    return {"trackResponse": {"shipment": [{"package": [package]}]}}


@pytest.mark.parametrize(
    ("code", "type_", "state"), [("I", "I", "IN_TRANSIT"), ("D", "D", "ARRIVED")]
)
def test_carrier_tells_how_far_a_parcel_is(ups: Ups, code: str, type_: str, state: str) -> None:
    ups.answers["/track/"] = tracked(code, type_)
    update = carriers.adapter("karrio").track(NUMBER)
    assert update is not None
    assert (update.tracking_number, update.state) == (NUMBER, state)
