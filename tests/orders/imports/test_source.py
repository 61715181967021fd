"""What a file that is not what it says is told, whatever it is."""

import gzip
import io
import json
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orders.imports.formats import READERS, Format
from orders.imports.source import Source, UnreadableFile
from orders.imports.values import moment
from orders.intake import Outcome
from orders.models import Order, Store
from tests.orders.imports.conftest import FILES, Import
from tests.orders.imports.test_retour_csv import HEADER

ROW = "1,2026-10-01,Cup,1,5.00,,,\n"

WRONG: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "The file is empty."),
    "only an empty line": (b"\n", "The first line lacks these columns: order, placed_at,"),
    "other columns": (b"a,b\n1,2\n", "The first line lacks these columns: order, placed_at,"),
    "column twice": (f"order,{HEADER}".encode(), "The first line has these columns twice: order."),
    "excel": (b"PK\x03\x04rest", "This is a file of another kind (Excel, zip)"),
    "utf-16": (HEADER.encode("utf-16"), "This is a file of another kind (UTF-16)"),
    "latin-1": (HEADER.encode() + "1,2026-10-01,Käse".encode("latin-1"), "Line 2 is not UTF-8"),
    "zero bytes": (HEADER.encode() + b"\0\0\n", "Line 2 is not text: it holds zero bytes."),
    "open quote": (
        (HEADER + ROW + '2,2026-10-01,"Cup,1\n3,2026\n').encode(),
        "The quotes of the row that begins on line 3 do not match",
    ),
    "stray quote": (
        (HEADER + '1,2026-10-01,"Cup" x,1\n').encode(),
        "The quotes of the row that begins on line 2 do not match",
    ),
    "ten megabytes": (
        HEADER.encode() + b"x" * 10_000_000,
        "Line 2 is longer than 1000000 bytes.",
    ),
    "many columns": (b"a," * 600 + HEADER.encode(), "More than 500 columns."),
    "cut gzip": (
        gzip.compress((HEADER + ROW).encode())[:-12],
        "The gzip file is damaged or cut off.",
    ),
    "false gzip": (b"\x1f\x8bno", "The gzip file is damaged or cut off."),
}


@pytest.mark.parametrize("name", WRONG)
def test_file_that_is_none_gets_one_clear_message(import_: Import, name: str) -> None:
    content, message = WRONG[name]

    with pytest.raises(UnreadableFile) as error:
        import_(content, Format.RETOUR_CSV)

    assert str(error.value).startswith(message)
    assert not Order.objects.exists()


@pytest.mark.parametrize(
    "content",
    [
        pytest.param((HEADER + ROW).encode("utf-8-sig"), id="byte order mark"),
        pytest.param((HEADER + ROW).replace("\n", "\r\n").encode(), id="CRLF"),
        pytest.param((HEADER + ROW).rstrip().encode(), id="no last line end"),
        pytest.param(gzip.compress((HEADER + ROW).encode()), id="gzip"),
        pytest.param((HEADER + "\n\n" + ROW + "\n").encode(), id="empty lines"),
        pytest.param((HEADER + ROW.replace("Cup", '"Cup\nof ""tea"""')).encode(), id="quotes"),
    ],
)
def test_file_may_be_written_in_several_ways(import_: Import, content: bytes) -> None:
    report, rejects = import_(content, Format.RETOUR_CSV)

    assert (report.orders, rejects) == ({Outcome.CREATED: 1}, [])


def test_lines_are_counted_through_quoted_line_ends(import_: Import) -> None:
    rows = '1,2026-10-01,"Cup\nof tea",1,5.00,,,\n2,2026-10-01,Cup,0,5.00,,,\n'

    _report, rejects = import_(HEADER + rows, Format.RETOUR_CSV)

    assert rejects[1].startswith("4,quantity")


def test_header_alone_is_no_error(import_: Import) -> None:
    report, rejects = import_(HEADER, Format.RETOUR_CSV)

    assert (report.orders, rejects) == ({}, [])


EXAMPLES = {
    Format.RETOUR_CSV: (FILES / "retour.csv").read_bytes(),
    Format.RETOUR_JSON: (FILES / "retour.jsonl").read_bytes(),
    Format.SHOPIFY: (FILES / "shopify.csv").read_bytes(),
    Format.ONLINE_RETAIL: (FILES / "online-retail.csv").read_bytes(),
}
AS_LIST = json.dumps([json.loads(line) for line in EXAMPLES[Format.RETOUR_JSON].splitlines()])


@st.composite
def damaged(draw: st.DrawFn) -> tuple[Format, bytes]:
    """Return any bytes, or an example of a format with some bytes replaced by others."""
    format_ = draw(st.sampled_from(list(Format)))
    if draw(st.integers(0, 4)) == 0:
        return format_, draw(st.binary(max_size=300))
    content = EXAMPLES[format_]
    if format_ == Format.RETOUR_JSON and draw(st.booleans()):
        content = AS_LIST.encode()
    for _count in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(content)))
        end = start + draw(st.integers(0, 12))
        put = draw(st.binary(max_size=6) | st.text(max_size=8).map(_encoded) | st.sampled_from(ODD))
        content = content[:start] + put + content[end:]
    return format_, gzip.compress(content) if draw(st.booleans()) else content


ODD = (
    b"",
    b"\n",
    b'"',
    b",",
    b"-1",
    b"NaN",
    b"1e999",
    b"9" * 30,
    b"0001-01-01",
    b"[" * 50,
    b"\\ud800",
)


def _encoded(text: str) -> bytes:
    return text.encode(errors="surrogatepass")


@pytest.mark.django_db
@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(content=damaged())
def test_any_bytes_raise_nothing_but_the_clear_message(
    import_: Import, content: tuple[Format, bytes]
) -> None:
    format_, raw = content

    outcome = ""
    try:
        report, rejects = import_(raw, format_)
    except UnreadableFile as error:
        outcome = str(error)
    else:
        outcome = str(report.orders) if report.rejected_rows == 0 else rejects[1]
    assert outcome


@settings(max_examples=200, deadline=None)
@given(text=st.text(max_size=40))
def test_any_text_is_a_time_or_a_clear_message(text: str) -> None:
    try:
        outcome = moment(text).isoformat()
    except ValueError as error:
        outcome = str(error)
    assert re.search(r"^\d{4}-|is not a time|^This is missing", outcome)


def test_readers_take_the_same_source_twice(store: Store) -> None:
    source = Source(io.BytesIO(EXAMPLES[Format.RETOUR_CSV]))

    first, second = (list(READERS[Format.RETOUR_CSV](source, store)) for _time in range(2))

    assert len(first) == 2
    assert first == second
