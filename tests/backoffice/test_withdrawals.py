"""Withdrawals in the back office: list, proof, acts by hand, report, settings."""

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import Role
from backoffice import withdrawal_page
from backoffice.words import day_words
from orders.models import Order
from returns.models import WithdrawalCase, WithdrawalExemption, WithdrawalFunction
from tests.backoffice.conftest import SignIn
from tests.factories import ProductFactory, StoreFactory, sent_order
from tests.returns import withdrawing
from tests.returns.withdrawing import handled

pytestmark = pytest.mark.django_db

LIST = "/backoffice/withdrawals"
REPORT = "/backoffice/withdrawals/report.csv"


def bought(**facts: Any) -> Order:
    order = sent_order(2, **{"customer": None, "guest_email": "eve@example.com", **facts})
    withdrawing.switch_on(order)
    return order


def url(name: str, case: WithdrawalCase) -> str:
    return reverse(f"backoffice:{name}", args=[case.pk])


def text(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


def statements(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200
    return len(queries)


@pytest.mark.parametrize("count", [1, 3])
def test_list_takes_few_statements(support: Client, count: int) -> None:
    for _number in range(count):
        handled(bought())
    assert statements(support, LIST) == 7


@pytest.mark.parametrize("count", [1, 3])
def test_detail_takes_few_statements(support: Client, count: int) -> None:
    order = bought()
    for quantity in range(count):
        case = handled(order, items_text=f"{quantity} pieces")
    assert statements(support, url("withdrawal", case)) == 10


def test_list_shows_state_flags_and_until_when_to_pay(support: Client) -> None:
    case = handled(bought(), order_reference="nowhere")
    page = text(support, LIST)
    for words in (case.statement.reference, "To check", "Order not found", "To be paid back"):
        assert words in page
    assert day_words(case.refund_by) in page


def test_list_shows_times_by_the_clocks_of_each_store(support: Client) -> None:
    for zone in ("Asia/Tokyo", "America/Sao_Paulo"):
        order = bought(store__time_zone=zone)
        with time_machine.travel(datetime(2026, 11, 25, 22, 30, tzinfo=UTC)):
            handled(order)
    rows = support.get(LIST).context["rows"]
    assert [row["submitted"] for row in rows] == [
        "25 Nov 2026, 19:30",
        "26 Nov 2026, 07:30",
    ]


def test_list_without_withdrawals_says_what_to_do(manager: Client) -> None:
    assert "Switch it on" in text(manager, LIST)


def test_what_is_to_be_paid_back_comes_due_first(support: Client) -> None:
    for days in (3, 9, 6):
        with time_machine.travel(timezone.now() - timedelta(days=days)):
            handled(bought())
    cases = list(WithdrawalCase.objects.order_by("refund_by"))
    rows = support.get(f"{LIST}?money=open").context["rows"]
    assert [row["reference"] for row in rows] == [case.statement.reference for case in cases]


def test_filters_are_in_the_address(support: Client) -> None:
    found, other = handled(bought()), handled(bought(), order_reference="nowhere")
    page = text(support, f"{LIST}?flag=UNKNOWN_ORDER&state=TO_CHECK&money=open&q=nowhere")
    assert other.statement.reference in page
    assert found.statement.reference not in page
    assert "Nothing found" in text(support, f"{LIST}?money=overdue")


def test_detail_shows_statement_proof_and_return(support: Client) -> None:
    case = handled(bought(reference="#1001"))
    page = text(support, url("withdrawal", case))
    for words in ("Ada Winter", "Everything", case.statement.sha256, "Unchanged", "#1001-R1"):
        assert words in page


def test_detail_tells_the_end_of_the_period_in_the_stores_zone(support: Client) -> None:
    order = bought()
    monday = timezone.now() - timedelta(days=timezone.now().weekday())
    order.fulfillments.update(
        shipped_at=monday - timedelta(days=4), delivered_at=monday - timedelta(days=1)
    )
    facts = support.get(url("withdrawal", handled(order))).context["handling"]
    told = {row["label"]: row["value"] for row in facts}
    assert set(told) == {"Order", "Ordered", "Period ends"}


def test_return_leads_to_its_withdrawal_and_says_until_when(support: Client) -> None:
    case = handled(bought())
    page = text(support, reverse("backoffice:return", args=[case.statement.returns.get().pk]))
    assert url("withdrawal", case) in page
    assert "Pay back by" in page
    assert f"withdrawal from contract {case.statement.reference}" in page


def test_receipt_is_that_of_the_buyer(support: Client) -> None:
    response = support.get(url("withdrawal_pdf", handled(bought())))
    assert response.headers["Content-Type"] == "application/pdf"
    assert response.content[:5] == b"%PDF-"


def test_support_chooses_the_order(support: Client) -> None:
    order = bought(reference="#1001")
    case = handled(order, order_reference="1001", email="other@example.com")
    assert case.flags == ["UNKNOWN_ORDER"]
    page = text(support, url("withdrawal_match", case))
    assert f'value="{order.pk}"' in page

    response = support.post(url("withdrawal_match", case), {"order": order.pk})

    assert response.headers["Location"] == url("withdrawal", case)
    case.refresh_from_db()
    assert (case.order, case.state) == (order, "HANDLED")


def test_order_is_found_by_another_number_or_by_address(support: Client) -> None:
    by_number, by_address = bought(reference="#77"), bought(guest_email="eve@home.example")
    case = handled(bought(), order_reference="nowhere", email="eve@home.example")
    found = text(support, f"{url('withdrawal_match', case)}?q=77")
    assert f'value="{by_number.pk}"' in found
    assert f'value="{by_address.pk}"' in found
    assert "No order found" in text(
        support,
        url("withdrawal_match", handled(bought(), order_reference="x", email="y@z.example")),
    )


def test_only_orders_that_are_shown_can_be_chosen(support: Client) -> None:
    case = handled(bought(), order_reference="nowhere", email="mallory@example.com")
    other = bought(guest_email="ada@example.com")
    response = support.post(url("withdrawal_match", case), {"order": other.pk})
    assert response.status_code == 422
    case.refresh_from_db()
    assert case.order is None


def test_support_chooses_the_items(support: Client) -> None:
    order = bought()
    case = handled(order, items_text="one of them")
    parcel = order.fulfillments.get().lines.get()
    page = url("withdrawal_return", case)
    assert "one of them" in text(support, page)
    refused = support.post(page, {f"item-{parcel.pk}": "0"})
    assert refused.status_code == 422
    assert "Choose at least one item." in refused.content.decode()

    support.post(page, {f"item-{parcel.pk}": "1"})

    case.refresh_from_db()
    assert case.state == "HANDLED"
    assert case.statement.returns.get().total_quantity == 1


def test_order_comes_before_the_items(support: Client) -> None:
    case = handled(bought(), order_reference="nowhere")
    response = support.get(url("withdrawal_return", case))
    assert response.headers["Location"] == url("withdrawal_match", case)


def test_support_says_what_became_of_it(support: Client) -> None:
    case = handled(bought(), order_reference="nowhere")
    page = url("withdrawal_settle", case)
    refused = support.post(page, {"note": " "})
    assert (refused.status_code, "Say what became of it." in refused.content.decode()) == (
        422,
        True,
    )
    support.post(page, {"note": "Bought elsewhere."})
    case.refresh_from_db()
    assert case.state == "SETTLED"
    shown = text(support, url("withdrawal", case))
    assert "Bought elsewhere." in shown
    assert url("withdrawal_match", case) not in shown
    timeline = withdrawal_page.timeline(case)
    assert [one.what for one in timeline] == [
        "Done",
        "Order looked for: Order not found",
        "Statement submitted",
    ]
    assert [one.who for one in timeline[1:]] == ["Retour", "Ada"]


def test_warehouse_looks_and_does_not_act(warehouse: Client) -> None:
    case = handled(bought(), order_reference="nowhere")
    page = text(warehouse, url("withdrawal", case))
    assert url("withdrawal_match", case) not in page
    assert url("withdrawal_settle", case) not in page
    assert REPORT not in text(warehouse, LIST)


@pytest.mark.parametrize(
    ("role", "status"),
    [
        (Role.FINANCE, 200),
        (Role.MANAGER, 200),
        (Role.SUPPORT, 403),
        (Role.WAREHOUSE, 403),
    ],
)
def test_report_is_for_finance_and_managers(sign_in: SignIn, role: Role, status: int) -> None:
    assert sign_in(role).get(REPORT).status_code == status


def test_report_contains_what_the_list_is_narrowed_to(finance: Client) -> None:
    handled(bought())
    other = handled(bought(), order_reference="nowhere")
    page = text(finance, f"{LIST}?flag=UNKNOWN_ORDER")
    assert f"{REPORT}?flag=UNKNOWN_ORDER" in page

    response = finance.get(f"{REPORT}?flag=UNKNOWN_ORDER")

    body = b"".join(response).decode()
    rows = list(csv.DictReader(io.StringIO(body)))
    assert [(row["reference"], row["sha256"], row["is_genuine"]) for row in rows] == [
        (other.statement.reference, other.statement.sha256, "yes")
    ]
    assert response.headers["Content-Disposition"] == 'attachment; filename="withdrawals.csv"'


# --- settings -----------------------------------------------------------------------------------


def function_form(**said: str) -> dict[str, str]:
    return {"enabled": "on", "days": "14", "transit_days": "7", "buyer_pays_return": "on", **said}


def test_manager_switches_it_on_with_own_words(manager: Client) -> None:
    store = StoreFactory()
    page = reverse("backoffice:withdrawal_function", args=[store.pk])
    assert f"/withdraw/from/{store.code}/link.js" in text(manager, page)
    said = function_form(
        standard_delivery_cost="4.90", link_de="Jetzt widerrufen", confirm_en="Confirm withdrawal"
    )

    assert manager.post(page, said).status_code == 302

    function = WithdrawalFunction.objects.get(store=store)
    assert (function.enabled, function.buyer_pays_return, function.waits_for_goods) == (
        True,
        True,
        False,
    )
    assert str(function.standard_delivery_cost) == "4.9000"
    assert function.words == {"de": {"link": "Jetzt widerrufen"}}
    assert "Jetzt widerrufen" in text(manager, page)


@pytest.mark.parametrize(
    ("field", "value"),
    [("days", "13"), ("days", "367"), ("transit_days", "61"), ("standard_delivery_cost", "-1")],
)
def test_settings_against_the_law_are_refused(manager: Client, field: str, value: str) -> None:
    page = reverse("backoffice:withdrawal_function", args=[StoreFactory().pk])
    response = manager.post(page, function_form(**{field: value}))
    assert response.status_code == 422
    assert list(response.context["form"].errors) == [field]
    assert not WithdrawalFunction.objects.exists()


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("name", ["withdrawal_functions", "exemptions"])
def test_settings_take_few_statements(manager: Client, name: str, count: int) -> None:
    for _number in range(count):
        StoreFactory()
        WithdrawalExemption.objects.create(product=ProductFactory(), reason="C")
    assert statements(manager, reverse(f"backoffice:{name}")) == 3


def test_manager_exempts_a_product_and_no_longer(manager: Client) -> None:
    product = ProductFactory(handle="earrings", title="Earrings")
    new = reverse("backoffice:new_exemption")
    assert manager.post(new, {"handle": "no-such", "reason": "E"}).status_code == 422
    assert manager.post(new, {"handle": "earrings", "reason": "Z"}).status_code == 422
    assert manager.post(new, {"handle": "earrings", "reason": "E"}).status_code == 302
    exemption = WithdrawalExemption.objects.get()
    assert (exemption.product, exemption.reason) == (product, "E")
    again = manager.post(new, {"handle": "earrings", "reason": "D"})
    assert "This product is exempt already." in again.content.decode()
    edit = reverse("backoffice:exemption", args=[exemption.pk])
    assert manager.post(edit, {"reason": "D", "note": "Fresh"}).status_code == 302
    exemption.refresh_from_db()
    assert (exemption.product, exemption.reason, exemption.note) == (product, "D", "Fresh")
    remove = reverse("backoffice:remove_exemption", args=[exemption.pk])
    assert "Earrings" in text(manager, remove)
    manager.post(remove)
    assert not WithdrawalExemption.objects.exists()
