"""The acknowledgement: a mail with a PDF/A that repeats the statement with date and time."""

import hashlib
import io
import json
from datetime import UTC, datetime

import pypdf
import pytest
import time_machine

from orders.models import Order
from returns.models import WithdrawalStatement
from returns.withdrawals import emails, pdf
from tests.factories import StoreFactory, sent_order
from tests.returns import withdrawing

pytestmark = pytest.mark.django_db

AT = datetime(2026, 11, 25, 22, 30, 5, tzinfo=UTC)


@pytest.fixture
def order() -> Order:
    """An order at a store in Berlin."""
    return sent_order(2, 1, reference="#1001", customer=None, guest_email="eve@example.com")


def stated(order: Order, **said: object) -> WithdrawalStatement:
    with time_machine.travel(AT, tick=False):
        return withdrawing.state(order, **said)


def read(content: bytes) -> pypdf.PdfReader:
    return pypdf.PdfReader(io.BytesIO(content))


def text_of(reader: pypdf.PdfReader) -> str:
    return " ".join("\n".join(page.extract_text() for page in reader.pages).split())


def test_document_says_that_it_is_pdf_a_3(order: Order) -> None:
    reader = read(pdf.render(stated(order)))
    root = reader.trailer["/Root"]
    metadata = root["/Metadata"].get_object().get_data().decode()  # type: ignore[index]

    assert 'pdfaid:part="3"' in metadata
    assert 'pdfaid:conformance="B"' in metadata
    intent = root["/OutputIntents"][0].get_object()  # type: ignore[index]
    assert intent["/S"] == "/GTS_PDFA1"
    assert "sRGB" in intent["/OutputConditionIdentifier"]
    assert intent["/DestOutputProfile"].get_object().get_data()[36:40] == b"acsp"
    assert "/ID" in reader.trailer
    assert root["/MarkInfo"]["/Marked"] == True  # type: ignore[index]  # noqa: E712
    assert "/Encrypt" not in reader.trailer


def test_every_font_is_in_the_document(order: Order) -> None:
    reader = read(pdf.render(stated(order)))
    fonts = reader.pages[0]["/Resources"]["/Font"]  # type: ignore[index]
    for font in fonts.values():
        descendant = font.get_object()["/DescendantFonts"][0].get_object()
        descriptor = descendant["/FontDescriptor"].get_object()
        assert {"/FontFile2", "/FontFile3"} & set(descriptor)


def test_document_carries_the_statement_itself(order: Order) -> None:
    statement = stated(order)
    (content,) = read(pdf.render(statement)).attachments["statement.json"]
    assert hashlib.sha256(content).hexdigest() == statement.sha256
    assert json.loads(content)["order"] == "#1001"


def test_document_repeats_content_date_and_time_in_the_stores_zone(order: Order) -> None:
    statement = stated(order, items=(withdrawing.item(order, 0, 2),))
    text = text_of(read(pdf.render(statement)))

    assert "I hereby withdraw from my contract for these items of order #1001:" in text
    assert "Linen shirt" in text
    assert "Ada Winter eve@example.com" in text
    assert "November 25, 2026, 11:30:05 PM Central European Standard Time" in text
    assert statement.reference in text
    assert statement.sha256 in text


def test_document_is_in_the_language_of_the_page(order: Order) -> None:
    text = text_of(read(pdf.render(stated(order, language="de"))))
    assert "Hiermit widerrufe ich meinen Vertrag: Bestellung #1001." in text
    assert "25. November 2026, 23:30:05 Mitteleuropäische Normalzeit" in text


def test_language_without_texts_falls_back(order: Order) -> None:
    assert "I hereby withdraw" in text_of(read(pdf.render(stated(order, language="pl"))))


def test_mail_repeats_content_date_and_time(order: Order) -> None:
    statement = stated(order, items_text="Only the blue one")
    message = emails.acknowledgement(statement)

    assert message.to == ["eve@example.com"]
    assert message.subject == f"We received your withdrawal {statement.reference}"
    for words in (
        "I hereby withdraw from my contract for these items of order #1001:",
        "Only the blue one",
        "Name: Ada Winter",
        "November 25, 2026, 11:30:05",
        "Central European Standard Time",
        statement.sha256,
    ):
        assert words in message.body
        assert words.split(": ")[-1] in str(message.alternatives[0][0])
    (attached,) = message.attachments
    assert attached[0] == f"withdrawal-{statement.reference}.pdf"
    assert attached[2] == "application/pdf"
    assert "statement.json" in read(attached[1]).attachments


def test_second_mail_has_the_same_message_id(order: Order) -> None:
    statement = stated(order)
    ids = {emails.acknowledgement(statement).extra_headers["Message-ID"] for _time in range(2)}
    assert len(ids) == 1


def test_mail_says_the_same_whether_or_not_the_order_is_known(order: Order) -> None:
    known = emails.acknowledgement(stated(order))
    unknown = emails.acknowledgement(
        stated(order, store=StoreFactory(code="other"), order_reference="#1001")
    )
    first, second = (
        [line for line in message.body.splitlines() if "W-" not in line and "SHA" not in line]
        for message in (known, unknown)
    )
    assert first == second


def test_names_cannot_write_headers_or_markup(order: Order) -> None:
    statement = stated(order, name="<b>Eve</b>", order_reference="<script>x</script>")
    message = emails.acknowledgement(statement)
    assert "<script>" not in str(message.alternatives[0][0])
    assert "&lt;b&gt;Eve" in str(message.alternatives[0][0])
