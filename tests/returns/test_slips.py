"""What is printed on a slip, read back from the PDF; codes as a scanner sees them."""

import datetime
import io
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pypdf
import pypdfium2  # type: ignore[import-untyped]
import pytest
import time_machine
import zxingcpp
from pytest_django.asserts import assertNumQueries

from orders.models import PageSize
from returns import slips
from returns.models import FeeKind, Return, ReturnFee, ReturnStatus
from tests import factories

pytestmark = pytest.mark.django_db

NOW = datetime.datetime(2026, 11, 22, 10, tzinfo=datetime.UTC)


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def line_of(return_: Return, **values: Any) -> None:
    """Add a sent and paid order line and all its pieces to the return."""
    on_return = {key: values.pop(key) for key in ("customer_note", "reason") if key in values}
    bought = factories.OrderLineFactory(order=return_.order, **{"variant": None, **values})
    factories.PaymentFactory(order=return_.order, amount=bought.subtotal + bought.tax_total)
    factories.ReturnLineFactory(
        for_return=return_,
        fulfillment_line=factories.FulfillmentLineFactory(order_line=bought),
        quantity=bought.quantity,
        **on_return,
    )


def shirt_return(status: str = ReturnStatus.OPEN, **order: Any) -> Return:
    """Return two shirts of order #1001, as the tests below expect them."""
    values = {"store": factories.StoreFactory(), "reference": "#1001", **order}
    return_: Return = factories.ReturnFactory(order=factories.OrderFactory(**values), status=status)
    line_of(
        return_,
        title="Linen shirt",
        sku="LS-1-M",
        options={"Size": "M"},
        quantity=2,
        unit_price=Decimal("49.90"),
        discount_total=Decimal("9.80"),
    )
    return return_


def read(pdf: bytes) -> pypdf.PdfReader:
    return pypdf.PdfReader(io.BytesIO(pdf))


def root_of(pdf: bytes) -> Any:
    """Return the catalog: the dictionary that all of a PDF hangs from."""
    return read(pdf).trailer["/Root"]


def text_of(pdf: bytes, page: int = 0) -> list[str]:
    """Return the page's lines of text."""
    lines = read(pdf).pages[page].extract_text().split("\n")
    return [line.strip() for line in lines]


def codes_on(pdf: bytes, page: int = 0) -> list[str]:
    """Return what a scanner reads on a page."""
    picture = pypdfium2.PdfDocument(pdf)[page].render(scale=4).to_pil()
    return [found.text for found in zxingcpp.read_barcodes(picture)]


def test_slip_says_all_that_it_has_to() -> None:
    return_ = shirt_return()
    factories.ReturnPolicyFactory(store=return_.store, instructions="Any post office will do.")
    assert text_of(slips.render([return_])) == [
        "Linden & Lark",
        "Linden & Lark GmbH · Lindenallee 4 · 10115 Berlin · Germany · service@linden-lark.example",
        "Return slip",
        "#1001-R1",
        "Hand in your parcel by December 6, 2026",
        "Send to",
        "Linden & Lark Returns",
        "Speicherstraße 12",
        "20457 Hamburg",
        "Germany",
        "From",
        "Ada Winter",
        "Rosenweg 7",
        "50667 Köln",
        "Germany",
        "Order",
        "#1001",
        "Ordered on November 12, 2026",
        "Requested on November 22, 2026",
        "Item SKU Quantity Price each",
        "Linen shirt",
        "Size: M",
        "Reason: Too small LS-1-M",
        "2 €45.00",
        "Items to return 2",
        "Refund proposed €90.00",
        "What to do",
        "Pack the items well, with everything that came with them.",
        "Put this slip into the parcel, so that we know it is yours.",
        "Write the address above on the parcel, hand it in and keep the receipt.",
        "Any post office will do.",
        (
            "We check the goods when they arrive and pay back what is due; the amount can differ"
            " when items are missing or damaged."
        ),
        "Scan on arrival",
        "1.",
        "2.",
        "3.",
        "Return slip #1001-R1 Page 1 of 1",
    ]


def test_slip_carries_codes_that_scan() -> None:
    return_ = shirt_return()
    assert codes_on(slips.render([return_])) == [
        f"http://localhost:8000/backoffice/returns/{return_.pk}",
        "#1001-R1",
        "LS-1-M",
    ]


def test_sku_that_code128_cannot_hold_is_text_only() -> None:
    return_ = shirt_return()
    line_of(return_, title="Sleeve", sku="ÄRMEL-1", unit_price=Decimal(1))
    line_of(return_, title="Box", sku="A-SKU-THAT-IS-MUCH-TOO-LONG-TO-PRINT", unit_price=Decimal(1))
    pdf = slips.render([return_])
    assert codes_on(pdf)[2:] == ["LS-1-M"]
    text = " ".join(text_of(pdf))
    assert ("ÄRMEL-1" in text, "A-SKU-THAT-IS-MUCH-TOO-LONG" in text) == (True, True)


def test_slip_is_tagged_and_has_title_and_language() -> None:
    pdf = slips.render([shirt_return()])
    metadata = read(pdf).metadata
    assert metadata is not None
    assert metadata.title == "Return slip #1001-R1"
    root = root_of(pdf)
    assert root["/Lang"] == "en"
    assert root["/MarkInfo"] == {"/Marked": True}
    assert root["/ViewerPreferences"] == {"/DisplayDocTitle": True}
    assert b'pdfuaid:part="1"' in root["/Metadata"].get_data()


def test_slip_of_a_german_buyer_is_tagged_german() -> None:
    assert root_of(slips.render([shirt_return(language="de-at")]))["/Lang"] == "de"


def test_slip_is_tagged_in_reading_order() -> None:
    root = root_of(slips.render([shirt_return()]))
    article = root["/StructTreeRoot"]["/K"][0].get_object()["/K"][0].get_object()
    tags = [child.get_object()["/S"] for child in article["/K"]]
    head = ["/P", "/P", "/H1", "/P", "/P"]
    assert tags == [*head, "/P", "/Div", "/Table", "/Table", "/Sect"]


@pytest.mark.parametrize(
    ("paper", "points"), [(PageSize.A4, (595, 842)), (PageSize.LETTER, (612, 792))]
)
def test_slip_is_printed_on_the_paper_of_the_store(paper: str, points: tuple[int, int]) -> None:
    return_ = shirt_return(store=factories.StoreFactory(page_size=paper))
    box = read(slips.render([return_])).pages[0].mediabox
    assert (round(box.width), round(box.height)) == points


def test_slip_of_a_german_buyer_writes_dates_money_and_names_in_german() -> None:
    text = "\n".join(text_of(slips.render([shirt_return(language="de")])))
    german = ["6. Dezember 2026", "12. November 2026", "45,00\xa0€", "90,00\xa0€", "Deutschland"]
    assert [words for words in [*german, "Zu klein"] if words not in text] == []


def test_slip_in_a_language_without_texts_is_wholly_english() -> None:
    lines = text_of(slips.render([shirt_return(language="fr")]))
    assert "Hand in your parcel by December 6, 2026" in lines
    assert "2 €45.00" in lines


def test_addresses_follow_the_country() -> None:
    store = factories.StoreFactory(
        company="Harbor & Pine Inc.",
        line1="12 Main Street",
        postal_code="97205",
        city="Portland",
        region="OR",
        country="US",
        return_location=None,
    )
    buyer = {"name": "Jo Fox", "line1": "1 High St", "city": "Bath", "postal_code": "BA1 1AA"}
    lines = text_of(slips.render([shirt_return(store=store, shipping_address=buyer)]))
    assert lines[6:14] == [
        "Harbor & Pine Inc.",
        "12 Main Street",
        "Portland, OR 97205",
        "United States",
        "From",
        "Jo Fox",
        "1 High St",
        "BA1 1AA Bath",
    ]


def test_letters_of_any_script_print() -> None:
    names = [
        "محمد الفاسي",
        "王小明",
        "हिन्दी",
        "דוד לוי",
        "Ελένη",
        "Борис",
        "ジョン",
        "홍길동",
        "ไทย",
    ]
    return_ = shirt_return(shipping_address={"name": "Ada", "line1": " ".join(names)})
    pdf = slips.render([return_])
    page: Any = read(pdf).pages[0]
    fonts = page["/Resources"]["/Font"].values()
    used = {str(font.get_object()["/BaseFont"]).split("+")[1] for font in fonts}
    assert used == {
        "Slip",
        "Slip-Bold",
        "Noto-Sans",
        "Noto-Sans-Arabic",
        "Noto-Sans-CJK-JP",
        "Noto-Sans-CJK-KR",
        "Noto-Sans-Devanagari",
        "Noto-Sans-Hebrew",
        "Noto-Sans-Thai",
    }
    text = " ".join(text_of(pdf))
    assert [name for name in names if name not in text] == []


def test_html_in_what_people_wrote_is_printed_as_text() -> None:
    return_ = shirt_return(shipping_address={"name": "<b>Ada</b>", "line1": "&amp; <!-- -->"})
    line_of(
        return_,
        title="<script>alert(1)</script>",
        unit_price=Decimal(1),
        options={"<i>": "</td>"},
        customer_note='<img src="http://example.com/x.png">',
    )
    text = " ".join(text_of(slips.render([return_])))
    for expected in (
        "<b>Ada</b> &amp; <!-- -->",
        "<script>alert(1)</script> <i>: </td>",
        '“<img src="http://example.com/x.png">”',
    ):
        assert expected in text


def test_bundle_lists_its_parts() -> None:
    return_ = shirt_return()
    bundle, parts = factories.sent_bundle(return_.order, quantity=2, per_bundle=(1, 3))
    for part, sku in zip(parts, ("CUP-1", "SPOON-1"), strict=True):
        part.sku, part.title = sku, sku.split("-")[0].title()
        part.save()
    factories.ReturnLineFactory(
        for_return=return_, fulfillment_line=bundle.fulfillment_lines.get(), quantity=2
    )
    lines = text_of(slips.render([return_]))
    start = lines.index("Gift set")
    assert lines[start : start + 4] == [
        "Gift set",
        "1 × Cup (CUP-1)",  # noqa: RUF001
        "3 × Spoon (SPOON-1)",  # noqa: RUF001
        "Reason: Too small",
    ]


def test_fees_and_delivery_cost_are_shown_as_parts_of_the_refund() -> None:
    return_ = shirt_return(shipping_amount=Decimal("4.90"))
    factories.PaymentFactory(order=return_.order, amount=Decimal("4.90"))
    ReturnFee.objects.create(
        for_return=return_, line=return_.lines.get(), kind=FeeKind.RESTOCKING, percent=Decimal(10)
    )
    ReturnFee.objects.create(
        for_return=return_, kind=FeeKind.RETURN_SHIPPING, amount=Decimal("3.50")
    )
    lines = text_of(slips.render([return_]))
    start = lines.index("Items to return 2")
    assert lines[start : start + 6] == [
        "Items to return 2",
        "Value of the items €90.00",
        "Delivery cost €4.90",
        "Restocking fee -€9.00",
        "Return shipping -€3.50",
        "Refund proposed €82.40",
    ]


def test_price_without_tax_is_printed_with_it() -> None:
    return_: Return = factories.ReturnFactory(order=factories.OrderFactory(tax_included=False))
    line_of(return_, unit_price=Decimal(100), tax_total=Decimal(19))
    lines = text_of(slips.render([return_]))
    assert ("1 €119.00" in lines, "Refund proposed €119.00" in lines) == (True, True)


@pytest.mark.parametrize(
    ("status", "notice"),
    [
        (
            ReturnStatus.REQUESTED,
            "Not approved yet: please wait for our answer before you send anything.",
        ),
        (ReturnStatus.DECLINED, "This return was declined: please do not send anything."),
        (ReturnStatus.CANCELED, "This return was canceled: please do not send anything."),
    ],
)
def test_slip_of_what_must_not_be_sent_says_so(status: str, notice: str) -> None:
    lines = text_of(slips.render([shirt_return(status=status)]))
    assert notice in lines
    assert not any("Hand in" in line or "What to do" in line for line in lines)


def test_long_return_repeats_the_head_and_counts_its_pages() -> None:
    return_ = shirt_return()
    for number in range(59):
        line_of(return_, title=f"Mug number {number}", sku=f"MUG-{number}", unit_price=Decimal(5))
    pdf = slips.render([return_])
    pages = [text_of(pdf, page) for page in range(len(read(pdf).pages))]
    count = len(pages)
    assert count == 6
    assert ["Item SKU Quantity Price each" in page for page in pages] == [True] * 5 + [False]
    assert [page[-1] for page in pages] == [
        f"Return slip #1001-R1 Page {number} of {count}" for number in range(1, count + 1)
    ]
    titles = [line for page in pages for line in page if line.startswith("Mug number")]
    assert titles == [f"Mug number {number}" for number in range(59)]
    on_second = [line.split()[-1] for line in pages[1] if line.startswith("Mug number")]
    assert sorted(codes_on(pdf, 1)) == sorted(f"MUG-{number}" for number in on_second)


def test_many_returns_are_one_file_with_each_on_pages_of_its_own() -> None:
    first, second = shirt_return(), shirt_return(reference="#1002", language="de")
    pdf = slips.render([first, second])
    metadata = read(pdf).metadata
    assert metadata is not None
    assert metadata.title == "2 return slips"
    assert ["#1001-R1" in text_of(pdf, 0), "#1002-R1" in text_of(pdf, 1)] == [True, True]
    assert [codes_on(pdf, page)[0] for page in (0, 1)] == [
        f"http://localhost:8000/backoffice/returns/{return_.pk}" for return_ in (first, second)
    ]
    document = root_of(pdf)["/StructTreeRoot"]["/K"][0].get_object()
    languages = [child.get_object().get("/Lang") for child in document["/K"]]
    assert languages == [None, "de"]


def test_render_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        slips.render([])


def test_queries_of_one_slip_and_of_three() -> None:
    returns = [shirt_return(reference=f"#{number}") for number in (1, 2, 3)]
    slips.render(returns[:1])
    with assertNumQueries(7):
        slips.render(returns[:1])
    # The returns, their lines, fees, bundle parts and payments at once; two questions about the
    # money of each order.
    with assertNumQueries(11):
        slips.render(returns)


@pytest.mark.parametrize(
    ("references", "name"),
    [
        (["#1001-R1"], "return-1001-R1.pdf"),
        (["Köln/№ 7-R2"], "return-K-ln-7-R2.pdf"),
        (["#1001-R1", "#1002-R1"], "returns-2.pdf"),
    ],
)
def test_filename_is_one_that_any_system_stores(references: list[str], name: str) -> None:
    assert slips.filename([Return(reference=reference) for reference in references]) == name


def test_return_that_was_paid_back_shows_what_was_paid() -> None:
    return_ = shirt_return(status=ReturnStatus.CLOSED)
    return_.lines.update(refunded_quantity=2)
    Return.objects.filter(pk=return_.pk).update(refunded_quantity=2, refunded_amount=Decimal(85))
    lines = text_of(slips.render([return_]))
    start = lines.index("Items to return 2")
    assert lines[start : start + 3] == ["Items to return 2", "Paid back €85.00", "What to do"]
