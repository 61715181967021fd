"""Tracking numbers: whose they are, where they lead, and what is none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from returns.errors import InvalidTracking, ReturnError, TooLong
from returns.parcels import tracking
from returns.parcels.tracking import Known, Tracking

UPS = "1Z5R89390357567127"


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (UPS, "ups"),
        ("1Z879E930346834440", "ups"),
        ("1Z999AA10123456784", "ups"),
        ("9400111202555842332669", "usps"),
        ("RX123456785US", "usps"),
        ("986578788855", "fedex"),
        ("149331877648230", "fedex"),
        ("9611020987654312345672", "fedex"),
        ("3318810025", "dhl_express"),
        ("00340434161094022115", "dhl"),
        ("JJD0099990000000000", "dhl"),
        ("RB123456785DE", "dhl"),
        ("RB123456785GB", "royal_mail"),
        ("RB123456785AT", "post_at"),
        ("RB123456785NL", "post_nl"),
        ("RB123456785CH", "swiss_post"),
        ("RB123456785FR", "la_poste"),
        ("H1000000000000000001", "hermes"),
        ("T00AB12345678901", "evri"),
    ],
)
def test_number_tells_its_carrier(number: str, code: str) -> None:
    assert tracking.guess(number) == code


@pytest.mark.parametrize(
    "number",
    [
        "",
        "1Z5R89390357567128",  # wrong check digit
        "1Z5R8939035756712A",
        "9400111202555842332660",
        "986578788853",
        "3318810026",
        "RB123456786GB",
        "RB123456785XX",  # no post that we know
        "12345678901234",  # DPD, Hermes, others
        "CH-4711",
    ],
)
def test_doubtful_number_tells_nothing(number: str) -> None:
    assert tracking.guess(number) == ""


def test_number_that_fits_two_carriers_tells_nothing() -> None:
    both = [
        number
        for number in (f"{one:012}" for one in range(986578780000, 986578790000))
        if len(set(tracking._fitting(number))) > 1
    ]
    assert both
    assert {tracking.guess(number) for number in both} == {""}


def test_guess_completes_what_was_said() -> None:
    assert tracking.known(Tracking(number=" 1z5r8939 0357567127 ")) == Known(
        number=UPS,
        code="ups",
        name="UPS",
        url=f"https://www.ups.com/track?tracknum={UPS}",
    )


def test_guess_takes_nothing_from_what_was_said() -> None:
    said = Tracking(number=UPS, carrier="dhl express", url="https://example.com/t/1")
    known = tracking.known(said)
    assert (known.code, known.name, known.url) == (
        "dhl_express",
        "DHL Express",
        "https://example.com/t/1",
    )
    own = tracking.known(Tracking(number=UPS, carrier=" Rad  & Bote "))
    assert (own.code, own.name, own.url) == ("", "Rad & Bote", "")


@pytest.mark.parametrize(
    ("said", "error", "field"),
    [
        (Tracking(number="📦📦"), InvalidTracking, "number"),
        (Tracking(number="<b>1</b>"), InvalidTracking, "number"),
        (Tracking(number="-1-"), InvalidTracking, "number"),
        (Tracking(number="1\0"), InvalidTracking, "number"),
        (Tracking(number="ÄÖ1"), InvalidTracking, "number"),
        (Tracking(number="1" * 500), TooLong, "number"),
        (Tracking(carrier="x" * 101), TooLong, "carrier"),
        (Tracking(carrier="a\0b"), InvalidTracking, "carrier"),
        (Tracking(carrier="a\N{RIGHT-TO-LEFT OVERRIDE}b"), InvalidTracking, "carrier"),
        (Tracking(url="javascript:alert(1)"), InvalidTracking, "url"),
        (Tracking(url="//example.com"), InvalidTracking, "url"),
        (Tracking(url="file:///etc/passwd"), InvalidTracking, "url"),
        (Tracking(url="https://example.com/" + "x" * 500), TooLong, "url"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(
    said: Tracking, error: type[ReturnError], field: str
) -> None:
    with pytest.raises(error) as caught:
        tracking.known(said)
    assert caught.value.field == ("tracking", field)


@given(st.text())
def test_any_text_is_a_number_or_is_refused(typed: str) -> None:
    try:
        known = tracking.known(Tracking(number=typed))
    except ReturnError:
        return
    assert known.number.isascii()
    assert len(known.number) <= 100
    assert tracking.known(Tracking(number=known.number)) == known


def test_pages_of_carriers_are_safe_and_hold_the_number() -> None:
    for carrier in tracking.CARRIERS.values():
        assert carrier.page.startswith("https://")
        assert carrier.page.count("{}") == 1
