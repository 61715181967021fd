"""Counting a return by scans: what a code means, and what is booked in the end."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from pytest_django.asserts import assertNumQueries

from accounts import actors
from accounts.models import Role
from orders.models import BundleKind, FulfillmentLine, OrderLine, StockLevel, Variant
from returns import lifecycle
from returns.errors import (
    InvalidDisposition,
    InvalidQuantity,
    InvalidState,
    KeyReused,
    MissingNote,
    NothingChosen,
    NotPermitted,
    ReturnError,
    TooLong,
    UnknownCode,
    UnknownLine,
)
from returns.lifecycle import LineRequest, UnexpectedPieces
from returns.models import Disposition, Grade, Return, Scan
from returns.receiving import counting, scanning
from returns.receiving.scanning import Found
from tests.factories import VariantFactory, sent_bundle, sent_order
from tests.returns.scans import beep, book, lines_of, returned, shirts, states
from tests.returns.stories import SYSTEM, staff

pytestmark = pytest.mark.django_db


# --- counting -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("", UnknownCode),
        ("  ", UnknownCode),
        ("A\0", UnknownCode),
        ("A\x1bB", UnknownCode),
        ("x" * 5000, TooLong),
        ("'; DROP TABLE returns_scan; --", UnknownCode),
        ("nothing", UnknownCode),
    ],
)
def test_codes_that_mean_nothing_count_nothing(code: str, error: type[ReturnError]) -> None:
    return_ = shirts(1)

    with pytest.raises(error):
        beep(return_, code)

    assert Scan.objects.count() == 0


def test_each_scan_is_one_piece_and_nothing_of_the_return_changes() -> None:
    return_ = shirts(2, 1)

    for code in ("a", "4012345678900", "B"):
        beep(return_, code)

    counted = [line.counted for line in counting.load(return_)]
    assert counted == [2, 1]
    now = Return.objects.get(pk=return_.pk)
    assert (now.processed_quantity, now.events.count()) == (0, 1)


def test_the_same_scan_sent_twice_counts_once_even_after_booking() -> None:
    return_, key = shirts(2), uuid4()

    first = beep(return_, "A", key=key)
    again = beep(return_, "A", key=key)
    book(return_)
    late = beep(return_, "A", key=key)

    assert (first.repeated, again.repeated, late.repeated) == (False, True, True)
    assert Return.objects.get(pk=return_.pk).processed_quantity == 1
    assert Scan.objects.count() == 1


def test_a_key_of_another_return_is_refused() -> None:
    key = uuid4()
    beep(shirts(1), "A", key=key)
    other = returned(sent_order(1))

    with pytest.raises(KeyReused):
        beep(other, lines_of(other)[0].fulfillment_line.order_line.sku, key=key)


def test_two_lines_of_one_article_fill_up_one_after_the_other() -> None:
    return_ = shirts(1, 2)
    first, second = lines_of(return_)
    same = first.fulfillment_line.order_line.variant
    OrderLine.objects.filter(pk=second.fulfillment_line.order_line_id).update(variant=same, sku="A")

    for _ in range(3):
        beep(return_, "A")

    assert [line.counted for line in counting.load(return_)] == [1, 2]


def test_more_than_expected_is_written_down_as_unexpected() -> None:
    return_ = shirts(1)
    variant = lines_of(return_)[0].fulfillment_line.order_line.variant

    beep(return_, "A")
    extra = beep(return_, "A").scan
    done = book(return_)

    assert (extra.line, extra.variant, extra.sku) == (None, variant, "A")
    item = done.unexpected_items.get()
    assert (item.sku, item.quantity, item.variant, item.decision) == ("A", 1, variant, "")
    assert done.status == "CLOSED"
    assert StockLevel.objects.get(variant=variant).available == 1


def test_an_article_that_is_not_in_the_return_is_unexpected() -> None:
    return_ = shirts(1)
    VariantFactory(sku="MUG", barcode="036000291452", product__title="Mug", options={"Size": "L"})

    for code in ("mug", "0036000291452"):
        beep(return_, code)
    done = book(return_)

    item = done.unexpected_items.get()
    assert (item.title, item.sku, item.quantity) == ("Mug (L)", "MUG", 2)
    assert (done.status, done.processed_quantity) == ("OPEN", 0)


def test_a_line_is_counted_by_hand() -> None:
    return_ = shirts(1)
    line = lines_of(return_)[0]

    def by_hand(line_id: int) -> Found:
        return scanning.scan(return_, actor=SYSTEM, key=uuid4(), line_id=line_id)

    assert by_hand(line.pk).scan.line == line
    with pytest.raises(InvalidQuantity):
        by_hand(line.pk)
    with pytest.raises(UnknownLine):
        by_hand(lines_of(shirts_of_another_shop())[0].pk)


def shirts_of_another_shop() -> Return:
    return returned(sent_order(1))


@pytest.mark.parametrize(
    ("handling", "field"),
    [
        ({"grade": "splendid"}, "grade"),
        ({"grade": "missing"}, "grade"),
        ({"type": "MISSING"}, "type"),
        ({"type": "BURNT"}, "type"),
        ({"location_id": 0}, "location"),
        ({"note": "x" * 501}, "note"),
    ],
)
def test_handling_that_is_impossible_is_refused(handling: dict[str, Any], field: str) -> None:
    return_ = shirts(1)

    with pytest.raises(ReturnError) as refused:
        beep(return_, "A", **handling)

    assert refused.value.field == (field,)


def test_grades_bring_their_usual_end_and_a_person_may_choose_another() -> None:
    return_ = shirts(4)
    choices: tuple[dict[str, Any], ...] = (
        {},
        {"grade": "opened"},
        {"grade": "damaged"},
        {"grade": "damaged", "type": "RESTOCKED"},
    )

    for handling in choices:
        beep(return_, "A", **handling)
    book(return_)

    made = Disposition.objects.order_by("pk").values_list("grade__handle", "type")
    assert list(made) == [
        ("as-new", "RESTOCKED"),
        ("opened", "PROCESSING_REQUIRED"),
        ("damaged", "NOT_RESTOCKED"),
        ("damaged", "RESTOCKED"),
    ]


def test_what_no_shelf_holds_needs_work() -> None:
    return_ = shirts(1)
    sold = lines_of(return_)[0].fulfillment_line.order_line
    OrderLine.objects.filter(pk=sold.pk).update(variant=None)

    assert beep(return_, "A").scan.type == "PROCESSING_REQUIRED"
    with pytest.raises(InvalidDisposition):
        scanning.undo(return_, actor=SYSTEM)
        beep(return_, "A", type="RESTOCKED")


def test_the_last_scan_or_a_named_one_is_taken_back() -> None:
    return_ = shirts(3)
    first, second, third = (beep(return_, "A").scan for _ in range(3))

    assert scanning.undo(return_, actor=SYSTEM) == third
    assert scanning.undo(return_, actor=SYSTEM, scan_id=first.pk) == first
    with pytest.raises(NothingChosen):
        scanning.undo(return_, actor=SYSTEM, scan_id=first.pk)
    with pytest.raises(NothingChosen):
        scanning.undo(shirts_of_another_shop(), actor=SYSTEM, scan_id=second.pk)
    assert states(return_) == ["UNDONE", "COUNTED", "UNDONE"]


def test_only_the_warehouse_scans_and_only_open_returns() -> None:
    return_ = shirts(1)
    support = staff(Role.SUPPORT)

    acts: list[Callable[[], Any]] = [
        lambda: scanning.scan(return_, actor=support, key=uuid4(), code="A"),
        lambda: scanning.undo(return_, actor=support),
    ]
    for act in acts:
        with pytest.raises(NotPermitted):
            act()
    beep(return_, "A")
    with pytest.raises(NotPermitted):
        scanning.finish(return_, actor=support, until=10**9)
    book(return_)
    with pytest.raises(InvalidState):
        beep(return_, "A")


# --- bundles ------------------------------------------------------------------------------------


def gift_set(quantity: int = 2) -> Return:
    """Return an open return of sets of one cup (SKU CUP) and two spoons (SKU SPOON)."""
    order = sent_order(1)
    bundle, parts = sent_bundle(order, quantity=quantity, per_bundle=[1, 2])
    for part, sku in zip(parts, ("CUP", "SPOON"), strict=True):
        Variant.objects.filter(order_lines=part).update(sku=sku)
        OrderLine.objects.filter(pk=part.pk).update(sku=sku)
    OrderLine.objects.filter(pk=bundle.pk).update(sku="SET", bundle_kind=BundleKind.FIXED)
    parcel = FulfillmentLine.objects.get(order_line=bundle)
    wish = LineRequest(fulfillment_line_id=parcel.pk, quantity=quantity, reason="too-small")
    return lifecycle.create(order, [wish], actor=SYSTEM)


def test_a_bundle_is_counted_by_its_own_code() -> None:
    return_ = gift_set()

    beep(return_, "SET")

    assert counting.load(return_)[0].counted == 1


def test_a_bundle_is_complete_with_its_last_part_and_as_good_as_its_worst() -> None:
    return_ = gift_set()

    beep(return_, "SPOON", grade="damaged")
    beep(return_, "CUP")
    assert counting.load(return_)[0].counted == 0
    last = beep(return_, "SPOON").scan
    beep(return_, "CUP")

    assert (last.quantity, last.grade.handle, last.type) == (1, "damaged", "NOT_RESTOCKED")
    assert [part.scanned for part in counting.load(return_)[0].parts] == [1, 0]
    done = book(return_)
    assert (done.processed_quantity, StockLevel.objects.count()) == (1, 0)
    # The cup of the second set waits for its spoons.
    assert states(return_) == ["BOOKED", "BOOKED", "BOOKED", "COUNTED"]
    assert [part.scanned for part in counting.load(return_)[0].parts] == [1, 0]
    beep(return_, "SPOON")
    assert beep(return_, "SPOON").scan.grade.handle == "as-new"


def test_more_parts_than_the_bundles_have_are_unexpected() -> None:
    return_ = gift_set(quantity=1)

    beep(return_, "CUP")

    assert beep(return_, "CUP").scan.line is None


# --- booking ------------------------------------------------------------------------------------


def test_booking_is_one_act_that_tells_all() -> None:
    return_ = shirts(2, 1)
    for code, grade in (("A", "as-new"), ("A", "damaged"), ("B", "opened")):
        beep(return_, code, grade=grade, note="Cracked." if grade == "damaged" else "")

    done = book(return_, note="On table 4.")

    assert (done.status, done.processed_quantity, done.disposed_quantity) == ("OPEN", 3, 2)
    event = done.events.latest("pk")
    assert (event.type, event.note) == ("return.processed", "On table 4.")
    assert [receipt["dispositions"] for receipt in event.data["receipts"]] == [
        [
            {"type": "RESTOCKED", "quantity": 1, "grade": "as-new"},
            {"type": "NOT_RESTOCKED", "quantity": 1, "grade": "damaged", "note": "Cracked."},
        ],
        [{"type": "PROCESSING_REQUIRED", "quantity": 1, "grade": "opened"}],
    ]
    assert set(states(return_)) == {"BOOKED"}


def test_what_was_not_scanned_may_be_missing_for_good() -> None:
    return_ = shirts(2, 1)
    beep(return_, "A")

    done = book(return_, rest_missing=True)

    assert done.status == "CLOSED"
    assert [line.missing_quantity for line in lines_of(done)] == [1, 1]
    made = Disposition.objects.filter(type="MISSING").values_list("grade__handle", flat=True)
    assert set(made) == {"missing"}


def test_a_parcel_of_which_nothing_came_is_missing() -> None:
    assert book(shirts(1), rest_missing=True).status == "CLOSED"


def test_parts_of_a_return_come_over_days() -> None:
    return_ = shirts(2)
    beep(return_, "A")
    first = book(return_)
    beep(return_, "A")
    second = book(return_)

    assert (first.status, second.status) == ("OPEN", "CLOSED")
    assert return_.events.filter(type="return.processed").count() == 2


def test_scans_that_came_after_the_review_stay_on_the_bench() -> None:
    return_ = shirts(2)
    seen = beep(return_, "A").scan
    beep(return_, "A")

    book(return_, until=seen.pk)

    assert states(return_) == ["BOOKED", "COUNTED"]
    assert Return.objects.get(pk=return_.pk).processed_quantity == 1


def test_booking_nothing_is_refused() -> None:
    return_ = shirts(1)

    with pytest.raises(NothingChosen):
        book(return_)
    beep(return_, "A")
    book(return_, until=Scan.objects.get().pk)
    with pytest.raises((NothingChosen, InvalidState)):
        book(return_)


def test_pieces_without_a_code_are_written_down() -> None:
    return_ = shirts(1)
    key = uuid4()

    def write(**pieces: Any) -> Found:
        values: dict[str, Any] = {"title": "A red sock", "quantity": 2, **pieces}
        return scanning.note_unexpected(
            return_, actor=SYSTEM, key=key, pieces=UnexpectedPieces(**values)
        )

    write(grade="damaged", note="Not ours.")
    assert write().repeated
    done = book(return_)

    item = done.unexpected_items.get()
    assert (item.title, item.quantity, item.note) == ("A red sock", 2, "Not ours.")
    with pytest.raises(MissingNote):
        write(title=" ")
    with pytest.raises(InvalidQuantity):
        write(quantity=0)


def test_grades_come_with_the_installation() -> None:
    grades = Grade.objects.values_list("handle", "disposition")
    assert list(grades) == [
        ("as-new", "RESTOCKED"),
        ("opened", "PROCESSING_REQUIRED"),
        ("damaged", "NOT_RESTOCKED"),
        ("wrong-item", "PROCESSING_REQUIRED"),
        ("missing", "MISSING"),
    ]
    assert [grade.name_in("de") for grade in Grade.objects.offered()] == [
        "Wie neu",
        "Geöffnet",
        "Beschädigt",
        "Falscher Artikel",
    ]


def test_scanning_and_booking_take_few_statements() -> None:
    return_ = shirts(2, 1, 1)
    actor = actors.system()

    with assertNumQueries(9):
        scanning.scan(return_, actor=actor, key=uuid4(), code="A")
    for code in ("A", "B", "C"):
        beep(return_, code)
    with assertNumQueries(26):
        scanning.finish(return_, actor=actor, until=10**9)

    assert Return.objects.get(pk=return_.pk).status == "CLOSED"
