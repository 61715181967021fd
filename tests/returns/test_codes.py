"""Bars and QR codes say exactly what they were made from."""

import pytest
import zxingcpp
from PIL import Image, ImageDraw

from returns import codes
from returns.codes import Rectangle

PIXELS_PER_MM = 20


def scan(rectangles: tuple[Rectangle, ...]) -> list[tuple[str, str]]:
    """Paint the rectangles with white around them, and read them as a scanner would."""
    image = Image.new("L", (2600, 700), 255)
    painter = ImageDraw.Draw(image)
    for x, y, width, height in rectangles:
        left, top = 80 + round(x * PIXELS_PER_MM), 80 + round(y * PIXELS_PER_MM)
        right, bottom = (
            80 + round((x + width) * PIXELS_PER_MM) - 1,
            80 + round((y + height) * PIXELS_PER_MM) - 1,
        )
        painter.rectangle((left, top, right, bottom), fill=0)
    return [(found.text, found.format.name) for found in zxingcpp.read_barcodes(image)]


@pytest.mark.parametrize(
    "text",
    [
        "#1001-R1",
        "LS-0001-M",
        "a",
        "7",
        "12",
        "123",
        "12345",
        "1234567",
        "A1234567B",
        "ab12345",
        "00001",
        "X 1/2 (50%)",
        "~{|}^`",
        "536365-R12",
        "SKU12345678901234567890",
    ],
)
def test_code128_is_read_as_it_was_written(text: str) -> None:
    bars = codes.code128(text, longest=90, height=10)
    assert scan(bars) == [(text, "Code128")]


@pytest.mark.parametrize("text", ["", "ÄRMEL-1", "衬衫-1", "two\nlines", "tab\there", "N" * 31])
def test_code128_of_what_cannot_be_printed_is_empty(text: str) -> None:
    assert codes.code128(text, longest=53, height=8) == ()


def test_code128_fills_the_room_when_long_and_not_when_short() -> None:
    def width_of(text: str) -> float:
        x, _y, width, _height = codes.code128(text, longest=53, height=8)[-1]
        return round(x + width, 2)

    assert (width_of("A"), width_of("LINEN-SHIRT-SAGE-XL")) == (15.18, 53.0)


def test_code128_starts_below_the_top() -> None:
    bars = codes.code128("A", longest=53, height=8, top=3)
    assert {(y, height) for _x, y, _width, height in bars} == {(3, 8)}


def test_qr_is_read_as_it_was_written() -> None:
    url = "https://returns.example.com/backoffice/returns/1234567"
    assert scan(codes.qr(url, size=25)) == [(url, "QRCode")]


def test_qr_fills_its_square() -> None:
    modules = codes.qr("https://returns.example.com/", size=25)
    right = max(x + width for x, _y, width, _height in modules)
    bottom = max(y + height for _x, y, _width, height in modules)
    assert (round(right, 6), round(bottom, 6)) == (25, 25)
