"""The withdrawal function: three fields, one button, a receipt; nobody is refused or told."""

import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from procrastinate.contrib.django.models import ProcrastinateJob

from orders.models import Customer, Order
from returns.models import WithdrawalCase, WithdrawalFunction, WithdrawalStatement
from storefront import withdrawals
from storefront.withdrawals import MADE
from tests.conftest import RunJobs
from tests.factories import OrderFactory, StoreFactory, sent_order
from tests.returns import withdrawing
from tests.storefront.conftest import Guest

pytestmark = pytest.mark.django_db

URL = "/withdraw/"


@pytest.fixture(autouse=True)
def _fresh_limits() -> None:
    cache.clear()


@pytest.fixture
def order() -> Order:
    """A guest's order at the only store with the function."""
    made = sent_order(2, 1, reference="#1001", customer=None, guest_email="eve@example.com")
    withdrawing.switch_on(made)
    return made


def typed(**said: str) -> dict[str, str]:
    return {"name": "Eve Moss", "number": "1001", "email": "eve@example.com", "items": "", **said}


def submit(client: Client, said: dict[str, Any], url: str = URL) -> WithdrawalStatement:
    """Fill the form in, press the button, and return the statement."""
    confirm = client.post(url, said)
    assert confirm.status_code == 302, confirm.content.decode()
    page = confirm.headers["Location"]
    assert client.get(page).status_code == 200
    receipt = client.post(page)
    assert receipt.status_code == 302
    assert client.get(receipt.headers["Location"]).status_code == 200
    return WithdrawalStatement.objects.latest("pk")


def text(client: Client, url: str) -> str:
    return client.get(url).content.decode()


def test_guest_withdraws_with_three_fields(
    client: Client, order: Order, run_jobs: RunJobs, mailoutbox: list[Any]
) -> None:
    statement = submit(client, typed())
    run_jobs()

    case = WithdrawalCase.objects.get()
    assert (statement.name, statement.email, statement.order_reference, statement.order) == (
        "Eve Moss",
        "eve@example.com",
        "1001",
        None,
    )
    assert (case.state, case.flags, case.order) == ("HANDLED", [], order)
    assert mailoutbox[0].to == ["eve@example.com"]
    assert json.loads(statement.content)["wording"] == (
        "I hereby withdraw from my contract: order 1001. [Confirm withdrawal]"
    )


def test_form_asks_for_nothing_else(client: Client, order: Order) -> None:
    form = client.get(URL).context["form"]
    assert {name: field.required for name, field in form.fields.items()} == {
        "name": True,
        "number": True,
        "items": False,
        "email": True,
    }


def test_second_step_has_the_button_and_no_other(client: Client, order: Order) -> None:
    page = text(client, client.post(URL, typed()).headers["Location"])
    main = page[page.index("<main") : page.index("</main>")]
    assert main.count("<button") == 1
    assert "Confirm withdrawal</button>" in main
    assert "<input" not in main.replace('<input type="hidden" name="csrfmiddlewaretoken"', "")


def test_answers_are_the_same_whether_or_not_the_order_exists(client: Client, order: Order) -> None:
    seen = []
    for number in ("1001", "9999"):
        browser = Client()
        with CaptureQueriesContext(connection) as queries:
            confirm = browser.post(URL, typed(number=number))
            receipt = browser.post(confirm.headers["Location"])
        page = text(browser, receipt.headers["Location"]).replace(number, "N")
        statement = WithdrawalStatement.objects.latest("pk")
        for unlike in (str(statement.public_id), statement.reference):
            page = page.replace(unlike, "X")
        page = "".join(
            line for line in page.splitlines() if "csrf" not in line and "2026" not in line
        )
        seen.append((confirm.status_code, receipt.status_code, page, len(queries)))
    assert seen[0] == seen[1]


def test_unknown_order_is_taken(client: Client, order: Order, run_jobs: RunJobs) -> None:
    submit(client, typed(number="Invoice 77", items="the blue one"))
    run_jobs()
    assert WithdrawalCase.objects.get().flags == ["UNKNOWN_ORDER"]


def test_signed_in_buyer_is_asked_only_which_order(
    ada: Client, customer: Customer, run_jobs: RunJobs
) -> None:
    orders = [sent_order(1, customer=customer) for _number in range(2)]
    for order in orders:
        withdrawing.switch_on(order)
    chosen = f"{URL}?order={orders[1].public_id}"
    assert chosen in text(ada, URL)
    form = ada.get(chosen).context["form"]
    (line,) = orders[1].lines.all()
    assert list(form.fields) == [f"line-{line.pk}"]

    statement = submit(ada, {f"line-{line.pk}": "1"}, chosen)
    run_jobs()

    assert (statement.order, statement.name, statement.email) == (
        orders[1],
        "Ada Winter",
        "ada@example.com",
    )
    assert statement.is_whole
    assert json.loads(statement.content)["signed_in"] is True
    assert WithdrawalCase.objects.get().state == "HANDLED"


def test_only_order_needs_no_choice(ada: Client, customer: Customer) -> None:
    order = sent_order(2, customer=customer)
    withdrawing.switch_on(order)
    assert ada.get(URL).context["order"] == order


def test_buyer_who_keeps_something_says_how_many(
    ada: Client, customer: Customer, run_jobs: RunJobs
) -> None:
    order = sent_order(3, 1, customer=customer)
    withdrawing.switch_on(order)
    shirts, socks = order.lines.all()
    statement = submit(ada, {f"line-{shirts.pk}": "2", f"line-{socks.pk}": "0"})
    run_jobs()
    assert statement.items == [
        {
            "line": str(shirts.uuid),
            "title": shirts.title,
            "options": shirts.options_text,
            "sku": shirts.sku,
            "quantity": 2,
        }
    ]
    (line,) = statement.returns.get().lines.all()
    assert line.quantity == 2


@pytest.mark.parametrize(
    ("counts", "message"),
    [
        (("0", "0"), "Choose at least one item."),
        (("4", "0"), "Ensure this value is less than or equal to 3."),
        (("-1", "1"), "Ensure this value is greater than or equal to 0."),
        (("x", "1"), "Enter a whole number."),
    ],
)
def test_impossible_numbers_are_told_at_their_field(
    ada: Client, customer: Customer, counts: tuple[str, str], message: str
) -> None:
    order = sent_order(3, 1, customer=customer)
    withdrawing.switch_on(order)
    said = {f"line-{line.pk}": count for line, count in zip(order.lines.all(), counts, strict=True)}
    response = ada.post(URL, said)
    assert response.status_code == 422
    assert message in response.content.decode()
    assert f'value="{counts[0]}"' in response.content.decode()


def test_guest_whose_order_is_open_is_not_asked_again(guest: Guest, order: Order) -> None:
    browser = guest(order)
    form = browser.get(URL).context["form"]
    assert {"name", "email"}.isdisjoint(form.fields)


def test_known_buyer_can_name_another_contract(ada: Client, customer: Customer) -> None:
    withdrawing.switch_on(sent_order(1, customer=customer))
    statement = submit(ada, typed(), f"{URL}?by=hand")
    assert (statement.order, statement.name) == (None, "Eve Moss")


def test_others_order_cannot_be_chosen(ada: Client, customer: Customer, order: Order) -> None:
    response = ada.get(URL, {"order": str(order.public_id)})
    assert "order" not in response.context or response.context["order"] is None
    assert "number" in response.context["form"].fields


def test_order_counts_as_typed_after_leaving(guest: Guest, order: Order) -> None:
    browser = guest(order)
    lines = {f"line-{line.pk}": line.quantity for line in order.lines.all()}
    confirm = browser.post(URL, lines).headers["Location"]
    session = browser.session
    session["opened_orders"] = []
    session.save()

    browser.post(confirm)

    statement = WithdrawalStatement.objects.get()
    assert (statement.order, statement.order_reference) == (None, "#1001")


def test_button_pressed_twice_is_one_statement(client: Client, order: Order) -> None:
    confirm = client.post(URL, typed()).headers["Location"]
    receipts = {client.post(confirm).headers["Location"] for _time in range(2)}
    assert len(receipts) == WithdrawalStatement.objects.count() == 1


def test_flood_is_queued_and_never_refused(client: Client, order: Order) -> None:
    for _number in range(13):
        submit(client, typed(name="Bot"))
    cases = list(WithdrawalCase.objects.order_by("pk").values_list("is_slow", flat=True))
    assert cases == [False] * 5 + [True] * 8
    assert ProcrastinateJob.objects.filter(scheduled_at=None).count() == 10
    assert ProcrastinateJob.objects.count() == 26


def test_flood_for_one_address_leaves_others_alone(order: Order) -> None:
    bot = Client(REMOTE_ADDR="203.0.113.9")
    for _number in range(7):
        submit(bot, typed())
    submit(Client(REMOTE_ADDR="203.0.113.10"), typed(email="ada@example.com"))
    assert WithdrawalCase.objects.latest("pk").is_slow is False


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"name": ""}, "name"),
        ({"number": " "}, "number"),
        ({"email": "nobody"}, "email"),
        ({"name": "x" * 201}, "name"),
        ({"items": "x" * 1001}, "items"),
        ({"number": "a\0b"}, "number"),
    ],
)
def test_bad_input_is_told_at_its_field_and_nothing_is_lost(
    client: Client, order: Order, said: dict[str, str], field: str
) -> None:
    response = client.post(URL, typed(**said))
    assert response.status_code == 422
    assert list(response.context["form"].errors) == [field]
    assert not WithdrawalStatement.objects.exists()


def test_page_that_is_gone_leads_back(client: Client, order: Order) -> None:
    response = client.post(reverse("storefront:confirm_withdrawal", args=[uuid4()]))
    assert response.headers["Location"] == URL


def test_receipt_is_for_who_submitted(client: Client, order: Order) -> None:
    statement = submit(client, typed())
    page = reverse("storefront:withdrawal_receipt", args=[statement.public_id])
    document = reverse("storefront:withdrawal_receipt_pdf", args=[statement.public_id])
    assert statement.reference in text(client, page)
    assert client.get(document).content[:5] == b"%PDF-"
    assert [Client().get(url).status_code for url in (page, document)] == [404, 404]
    assert client.session[MADE] == [str(statement.public_id)]


def test_times_are_by_the_clocks_of_the_store(client: Client, order: Order) -> None:
    order.store.time_zone = "America/Sao_Paulo"
    order.store.save()
    statement = submit(client, typed())
    page = reverse("storefront:withdrawal_receipt", args=[statement.public_id])
    assert "Brasilia Standard Time" in text(client, page)


# --- the link -----------------------------------------------------------------------------------

PAGES = ["/", "/guest/", "/credit/", "/account/login/", "/withdraw/", "/no-such-page/"]


@pytest.mark.parametrize("url", PAGES)
@pytest.mark.parametrize(
    ("language", "label"), [("en", "Withdraw from contract here"), ("de", "Vertrag widerrufen")]
)
def test_link_is_on_every_page_without_signing_in(
    client: Client, order: Order, url: str, language: str, label: str
) -> None:
    response = client.get(url, headers={"accept-language": language})
    assert f'href="/withdraw/">{label}</a>' in response.content.decode()


def test_page_that_is_not_there_says_so_without_the_database(
    client: Client, order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> None:
        raise OperationalError

    monkeypatch.setattr(withdrawals, "functions", away)
    response = client.get("/no-such-page/")
    assert response.status_code == 404
    assert "withdraw" not in response.content.decode()


def test_link_on_an_orders_page_names_it(guest: Guest, order: Order) -> None:
    page = text(guest(order), reverse("storefront:order", args=[order.public_id]))
    assert f'href="/withdraw/?order={order.public_id}"' in page


def test_no_link_and_no_page_while_no_store_offers_it(client: Client) -> None:
    order = sent_order(1)
    WithdrawalFunction.objects.create(store=order.store, enabled=False)
    assert "withdraw" not in text(client, "/")
    assert client.get(URL).status_code == 404
    assert client.get(f"/withdraw/from/{order.store.code}/").status_code == 404


def test_link_and_button_have_the_stores_own_words(client: Client, order: Order) -> None:
    function = WithdrawalFunction.objects.get()
    function.words = {"en": {"link": "Cancel my purchase", "confirm": "Yes, withdraw"}}
    function.save()
    assert ">Cancel my purchase</a>" in text(client, "/")
    confirm = client.post(URL, typed()).headers["Location"]
    assert "Yes, withdraw</button>" in text(client, confirm)


def test_stores_are_chosen_among_those_that_offer_it(client: Client, order: Order) -> None:
    other = StoreFactory(code="other", name="Other")
    WithdrawalFunction.objects.create(store=other, enabled=True)
    StoreFactory(code="third")
    assert client.post(URL, typed()).status_code == 422
    assert submit(client, typed(store="other")).store == other
    assert client.post(URL, typed(store="third")).status_code == 422
    assert submit(client, typed(), "/withdraw/from/other/").store == other


@pytest.mark.parametrize(
    ("language", "link", "button"),
    [
        ("fr", "renoncer au contrat ici", "confirmer la rétractation"),
        ("it", "recedere dal contratto qui", "conferma recesso"),
        ("es", "desistir del contrato aquí", "confirmar desistimiento"),
        ("de", "Vertrag widerrufen", "Widerruf bestätigen"),
        ("xx", "Withdraw from contract here", "Confirm withdrawal"),
    ],
)
def test_embedded_link_brings_its_language(
    client: Client, order: Order, language: str, link: str, button: str
) -> None:
    url = f"/withdraw/from/{order.store.code}/?lang={language}&number=1001"
    page = client.get(url, follow=True)
    assert f">{link}</h1>" in page.content.decode()
    assert page.context["form"]["number"].value() == "1001"
    confirm = client.post(url, typed()).headers["Location"]
    assert f">{button}</button>" in text(client, confirm)


def test_link_in_a_language_of_the_site_switches_to_it(client: Client, order: Order) -> None:
    response = client.get(f"{URL}?lang=de&number=%23A+1")
    assert response.headers["Location"] == f"{URL}?number=%23A+1"
    assert "Sie brauchen weder ein Konto" in text(client, response.headers["Location"])


def script(client: Client, store: str) -> str:
    return text(client, f"/withdraw/from/{store}/link.js")


def test_script_knows_address_and_labels(client: Client, order: Order) -> None:
    body = script(client, order.store.code)
    config = json.loads(body.split("var config = ")[1].split(";\n")[0])
    assert config["url"].endswith(f"/withdraw/from/{order.store.code}/")
    assert config["labels"] == {
        "en": "Withdraw from contract here",
        "de": "Vertrag widerrufen",
        "fr": "renoncer au contrat ici",
        "it": "recedere dal contratto qui",
        "es": "desistir del contrato aquí",
    }
    response = client.get(f"/withdraw/from/{order.store.code}/link.js")
    assert response.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert response.headers["Cache-Control"] == "public, max-age=300"
    assert not response.cookies


def test_script_of_a_store_without_function_does_nothing(client: Client) -> None:
    assert "var config = {};" in script(client, StoreFactory().code)
    assert "var config = {};" in script(client, "no-such-store")


def test_words_cannot_break_out_of_the_script(client: Client, order: Order) -> None:
    function = WithdrawalFunction.objects.get()
    function.words = {"en": {"link": '</script>"; alert(1); "'}}
    function.save()
    body = script(client, order.store.code)
    assert "</script>" not in body.split("var config")[1]
    config = json.loads(body.split("var config = ")[1].split(";\n")[0])
    assert config["labels"]["en"] == '</script>"; alert(1); "'


# --- statements to the database -------------------------------------------------------------------

Go = Callable[[Client, Customer, int], str]


def choosing(_client: Client, customer: Customer, count: int) -> str:
    for _number in range(count + 1):
        withdrawing.switch_on(sent_order(1, customer=customer))
    return URL


def ordering(_client: Client, customer: Customer, count: int) -> str:
    withdrawing.switch_on(sent_order(*[1] * count, customer=customer))
    return URL


def confirming(client: Client, customer: Customer, count: int) -> str:
    ordering(client, customer, count)
    lines = customer.orders.get().lines.all()
    return client.post(URL, {f"line-{line.pk}": 1 for line in lines}).headers["Location"]


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(("go", "number"), [(choosing, 7), (ordering, 6), (confirming, 4)])
def test_pages_take_few_statements(
    ada: Client, customer: Customer, go: Go, number: int, count: int
) -> None:
    url = go(ada, customer, count)
    with CaptureQueriesContext(connection) as queries:
        assert ada.get(url).status_code == 200
    assert len(queries) == number


def test_orders_of_other_stores_are_not_offered(ada: Client, customer: Customer) -> None:
    mine = sent_order(1, customer=customer)
    withdrawing.switch_on(mine)
    OrderFactory(customer=customer)
    assert ada.get(URL).context["order"] == mine
