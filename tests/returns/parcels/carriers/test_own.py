"""The address label that we make ourselves."""

import io
from typing import Any

import pypdfium2  # type: ignore[import-untyped]
import pytest
import zxingcpp
from pypdf import PdfReader

from returns.models import Return
from returns.parcels import carriers, deliveries, labelling, labels
from returns.parcels.carriers.interface import Shipment
from returns.parcels.deliveries import Label
from tests.factories import LocationFactory
from tests.returns.stories import SYSTEM, opened


def shipment(**changes: Any) -> Shipment:
    values: dict[str, Any] = {
        "key": "k",
        "reference": "#1001-R1",
        "order_reference": "#1001",
        "parcel": "1",
        "sender": {},
        "sender_lines": ["Ada Winter", "Rosenweg 7", "50667 Köln", "Germany"],
        "recipient": {},
        "recipient_lines": ["Retour Warehouse", "Lagerstr. 1", "10115 Berlin", "Germany"],
        "store": "Lark",
        "url": "http://localhost:8000/backoffice/returns/7",
        "language": "en",
        **changes,
    }
    return Shipment(**values)


def made(**changes: Any) -> bytes:
    return carriers.adapter("own").make_label(shipment(**changes)).content


def codes(pdf: bytes) -> set[str]:
    page = pypdfium2.PdfDocument(pdf)[0]
    return {one.text for one in zxingcpp.read_barcodes(page.render(scale=4).to_pil())}


def text(pdf: bytes) -> str:
    return PdfReader(io.BytesIO(pdf)).pages[0].extract_text()


def test_label_is_one_page_of_four_by_six_inches() -> None:
    reader = PdfReader(io.BytesIO(made()))
    box = reader.pages[0].mediabox
    assert len(reader.pages) == 1
    assert (round(float(box.width)), round(float(box.height))) == (288, 432)
    assert labels.check(made()).type == "application/pdf"


def test_codes_on_the_label_can_be_scanned() -> None:
    assert codes(made()) == {"#1001-R1", "http://localhost:8000/backoffice/returns/7"}


def test_label_says_from_whom_to_whom_and_what() -> None:
    words = text(made(weight="1.2 kg", send_by_words="December 6, 2026"))
    for part in ("Ada Winter", "Lagerstr. 1", "#1001", "1.2 kg", "December 6, 2026", "Lark"):
        assert part in words


def test_label_is_in_the_language_of_the_return() -> None:
    assert "Retoure" in text(made(language="de"))


@pytest.mark.parametrize(
    "changes",
    [
        {"recipient_lines": ["<script>alert(1)</script> & Co", "x" * 300, *["Line"] * 30]},
        {"sender_lines": ["آدا وينتر", "冬木 亜田", "é" * 200]},
        {"reference": "Bestellung-" + "9" * 90, "order_reference": "#" + "8" * 99},
        {"reference": "№ 7-R1", "store": "S" * 200},
    ],
)
def test_strange_words_stay_words_on_one_page(changes: dict[str, Any]) -> None:
    pdf = made(**changes)
    assert len(PdfReader(io.BytesIO(pdf)).pages) == 1
    if "<script>" in str(changes):
        assert "<script>" in text(pdf)


@pytest.mark.django_db
def test_label_of_a_parcel_has_its_own_address_and_return() -> None:
    return_: Return = opened()
    place = LocationFactory(company="Halle West", city="Leipzig")
    return_.reverse_fulfillments.update(location=place)
    parcel = deliveries.add_parcel(
        return_, actor=SYSTEM, label=Label(adapter="own"), weight_grams=1234
    )
    told = labelling.shipment(parcel)
    assert told.recipient_lines[0] == "Halle West"
    assert told.sender_lines[0] == "Ada Winter"
    assert (told.reference, told.order_reference) == (return_.reference, return_.order.reference)
    assert told.url.endswith(f"/backoffice/returns/{return_.pk}")
    assert "1.234" in told.weight or "1,234" in told.weight
