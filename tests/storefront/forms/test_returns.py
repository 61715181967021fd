"""What buyers type about items, and where errors of the domain are shown."""

import pytest
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict

from orders.models import Order
from returns import eligibility
from returns.errors import InvalidQuantity, NothingChosen, NotReturnable
from returns.models import ReturnReason
from returns.requests import LineRequest
from storefront.forms.returns import ReturnForm
from tests.factories import FulfillmentLineFactory, OrderLineFactory, sent_order
from tests.storefront.conftest import answers, parcels_of

pytestmark = pytest.mark.django_db


def typed(**fields: object) -> MultiValueDict[str, str]:
    data = QueryDict(mutable=True)
    for name, value in fields.items():
        data.setlist(
            name, [str(each) for each in value] if isinstance(value, list) else [str(value)]
        )
    return data


def form_of(order: Order, data: MultiValueDict[str, str] | None = None) -> ReturnForm:
    return ReturnForm(eligibility.for_order(order), list(ReturnReason.objects.offered()), data=data)


def test_only_items_that_can_go_back_are_asked_about() -> None:
    order = sent_order(2)
    FulfillmentLineFactory(order_line=OrderLineFactory(order=order, final_sale=True))
    OrderLineFactory(order=order)
    (form,) = form_of(order).forms
    assert (form.parcel, form.item.returnable_quantity) == (parcels_of(order)[0], 2)


def test_reasons_are_the_offered_ones_in_the_readers_language() -> None:
    ReturnReason.objects.exclude(handle="too-small").update(active=False)
    (form,) = form_of(sent_order()).forms
    assert form.fields["reason"].choices == [  # type: ignore[attr-defined]
        ("", "Choose a reason"),
        ("too-small", "Too small"),
    ]


def test_answers_become_wishes() -> None:
    order = sent_order(3, 1)
    first, _second = parcels_of(order)
    form = form_of(order, typed(**answers(first, quantity=2, note="  Tight\r\nhere. ")))
    assert form.is_valid
    assert form.wishes() == [
        LineRequest(
            fulfillment_line_id=first.pk,
            quantity=2,
            reason="too-small",
            customer_note="Tight\nhere.",
        )
    ]
    assert form.parcels == [(first, 2)]


def test_what_was_typed_about_items_not_chosen_does_not_count_but_is_kept() -> None:
    order = sent_order(1, 1)
    first, second = parcels_of(order)
    other = {f"item-{second.pk}-quantity": "many", f"item-{second.pk}-note": "Maybe."}
    form = form_of(order, typed(**answers(first), **other))
    assert form.is_valid
    assert [wish.fulfillment_line_id for wish in form.wishes()] == [first.pk]
    assert form.typed[f"item-{second.pk}-note"] == ["Maybe."]
    assert form.forms[1]["quantity"].value() == "many"


@pytest.mark.parametrize("quantity", ["many", "1.5", "9" * 5000])
def test_quantity_that_is_no_number_is_told_at_its_field(quantity: str) -> None:
    order = sent_order()
    (parcel,) = parcels_of(order)
    form = form_of(order, typed(**answers(parcel, quantity=quantity)))
    assert not form.is_valid
    assert form.forms[0].errors == {"quantity": ["Enter a whole number."]}
    assert form.wishes() == []
    assert form.parcels == []


@pytest.mark.parametrize(("quantity", "counted"), [("-1", 0), ("", 0), ("2", 2), ("99", 3)])
def test_estimate_counts_as_many_pieces_as_are_possible(quantity: str, counted: int) -> None:
    order = sent_order(3)
    (parcel,) = parcels_of(order)
    form = form_of(order, typed(**answers(parcel, quantity=quantity)))
    assert [pieces for _parcel, pieces in form.parcels] == ([counted] if counted else [])


def test_unknown_reason_is_refused() -> None:
    order = sent_order()
    (parcel,) = parcels_of(order)
    form = form_of(order, typed(**answers(parcel, reason="made-up")))
    assert list(form.forms[0].errors) == ["reason"]


def test_errors_of_the_domain_stand_at_their_field() -> None:
    order = sent_order(1, 1)
    first, second = parcels_of(order)
    said = answers(first) | answers(second) | {"selected": [first.pk, second.pk]}
    form = form_of(order, typed(**said))
    wishes = form.wishes()
    form.add(InvalidQuantity("Too many.", field=("lines", "1", "quantity")), wishes)
    form.add(NotReturnable("Final sale", blockers=[], field=("lines", "0")), wishes)
    assert not form.is_valid
    assert [each.errors for each in form.forms] == [
        {"selected": ["Final sale"]},
        {"quantity": ["Too many."]},
    ]
    assert form.all_errors() == [
        {
            "message": "Final sale",
            "about": "Linen shirt",
            "url": f"#id_item-{first.pk}-selected",
        },
        {
            "message": "Too many.",
            "about": "Linen shirt",
            "url": f"#id_item-{second.pk}-quantity",
        },
    ]


def test_error_about_the_whole_is_told_for_the_page() -> None:
    form = form_of(sent_order(), typed())
    form.add(NothingChosen("Choose at least one item.", field=("lines",)), [])
    assert form.all_errors() == [{"message": "Choose at least one item."}]


def test_error_about_an_item_that_is_gone_is_told_for_the_page() -> None:
    order = sent_order()
    (parcel,) = parcels_of(order)
    wish = LineRequest(fulfillment_line_id=parcel.pk + 1, quantity=1, reason="too-small")
    form = form_of(order, typed(**answers(parcel)))
    form.add(InvalidQuantity("Gone.", field=("lines", "0", "quantity")), [wish])
    assert form.all_errors() == [{"message": "Gone."}]


def test_chosen_item_that_cannot_go_back_any_more_is_named() -> None:
    order = sent_order(1, 1)
    first, second = parcels_of(order)
    first.returning_quantity = 1
    first.save()
    said = answers(first) | answers(second) | {"selected": [first.pk, second.pk]}
    form = form_of(order, typed(**said))
    assert form.errors == ["Linen shirt: Already in a return"]


def test_foreign_item_is_ignored() -> None:
    foreign = parcels_of(sent_order())[0]
    form = form_of(sent_order(), typed(**answers(foreign)))
    assert (form.wishes(), form.errors, form.typed) == ([], [], {"selected": [str(foreign.pk)]})
