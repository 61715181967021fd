"""The guest's way in: number and address, the code from the mail, links from mails."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core import mail
from django.core.cache import cache
from django.core.mail import EmailMultiAlternatives
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.timezone import now
from time_machine import travel

from orders.models import GuestAccess, Order
from returns import links
from storefront.access import OPENED
from tests.conftest import RunJobs
from tests.factories import OrderFactory, ReturnFactory, sent_order

pytestmark = pytest.mark.django_db

LOOK_UP = "/guest/"
CODE = "/guest/code/"


@pytest.fixture(autouse=True)
def _fresh_limits() -> None:
    cache.clear()


@pytest.fixture
def order() -> Order:
    return sent_order(reference="#1001", customer=None, guest_email="eve@example.com")


def ask(client: Client, number: str = "1001", email: str = "eve@example.com") -> HttpResponse:
    return client.post(LOOK_UP, {"number": number, "email": email})  # type: ignore[return-value]


def html_of_mail() -> str:
    message = mail.outbox[-1]
    assert isinstance(message, EmailMultiAlternatives)
    return str(message.alternatives[0][0])


def mailed_code(run_jobs: RunJobs) -> str:
    run_jobs()
    found = re.search(r"^\d{6}$", str(mail.outbox[-1].body), re.MULTILINE)
    assert found is not None
    return found[0]


def test_guest_opens_the_order_with_the_mailed_code(
    client: Client, order: Order, run_jobs: RunJobs
) -> None:
    assert ask(client).headers["Location"] == CODE
    assert mail.outbox == []
    code = mailed_code(run_jobs)
    before = client.session.session_key
    response = client.post(CODE, {"code": f" {code[:3]} {code[3:]} "})
    assert response.headers["Location"] == reverse("storefront:order", args=[order.public_id])
    assert client.get(response.headers["Location"]).status_code == 200
    assert client.session[OPENED] == [order.pk]
    assert client.session.session_key != before


def test_mail_goes_to_the_orders_address_and_names_the_order(
    client: Client, order: Order, run_jobs: RunJobs
) -> None:
    ask(client, email="EVE@example.com")
    code = mailed_code(run_jobs)
    (message,) = mail.outbox
    assert message.to == ["eve@example.com"]
    assert message.subject == f"{code} is your code for order #1001"
    assert message.reply_to == ["service@linden-lark.example"]
    html = html_of_mail()
    assert code in html
    assert "See your return" not in html


def test_mail_is_in_the_language_of_the_page(
    client: Client, order: Order, run_jobs: RunJobs
) -> None:
    client.post("/i18n/setlang/", {"language": "de", "next": "/"})
    ask(client)
    run_jobs()
    html = html_of_mail()
    assert '<html lang="de">' in html


def test_mail_comes_from_the_store(client: Client, order: Order, run_jobs: RunJobs) -> None:
    ask(client)
    run_jobs()
    assert (mail.outbox[0].from_email, mail.outbox[0].reply_to) == (
        "Linden & Lark <service@linden-lark.example>",
        ["service@linden-lark.example"],
    )


def test_nothing_is_mailed_when_nothing_matches(
    client: Client, order: Order, run_jobs: RunJobs
) -> None:
    ask(client, email="mallory@example.com")
    assert run_jobs() == ["storefront.tasks.send_guest_code"]
    assert mail.outbox == []
    assert [access.order for access in GuestAccess.objects.all()] == [None]


def without_what_was_typed(response: HttpResponse) -> str:
    page = response.content.decode()
    page = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", page)
    return re.sub(r"(eve|mallory)@example\.com", "", page)


def test_existing_and_unknown_order_get_the_same_answers_for_the_same_work(order: Order) -> None:
    told = []
    for email in ("eve@example.com", "mallory@example.com"):
        client, cycle = Client(), []
        client.get(LOOK_UP)
        steps: list[Callable[[], HttpResponse]] = [
            lambda client=client, email=email: ask(client, email=email),  # type: ignore[misc]
            lambda client=client: client.get(CODE),  # type: ignore[misc]
            lambda client=client: client.post(CODE, {"code": "000000"}),  # type: ignore[misc]
            lambda client=client: client.post(CODE, {"code": "nonsense"}),  # type: ignore[misc]
        ]
        for step in steps:
            with CaptureQueriesContext(connection) as queries:
                response = step()
            headers = {name: response.headers.get(name) for name in ("Location", "Cache-Control")}
            page = without_what_was_typed(response)
            cycle.append((response.status_code, headers, page, len(queries)))
        told.append(cycle)
    assert told[0] == told[1]
    assert [status for status, *_rest in told[0]] == [302, 200, 422, 422]


@pytest.mark.parametrize(
    ("typed", "name", "message"),
    [
        ({"number": "", "email": "eve@example.com"}, "number", "This field is required."),
        ({"number": "1001", "email": "eve"}, "email", "Enter a valid email address."),
        ({"number": "10\x0001", "email": "e@x.de"}, "number", "Null characters are not allowed."),
    ],
)
def test_bad_input_is_told_next_to_the_field_and_kept(
    client: Client, typed: dict[str, str], name: str, message: str
) -> None:
    response = client.post(LOOK_UP, typed)
    assert response.status_code == 422
    form = response.context["form"]
    assert form.errors == {name: [message]}
    assert f'value="{typed["email"]}"' in response.content.decode()
    assert GuestAccess.objects.count() == 0


def test_wrong_code_is_told_and_the_page_stays(
    client: Client, order: Order, run_jobs: RunJobs
) -> None:
    ask(client)
    code = mailed_code(run_jobs)
    wrong = f"{(int(code) + 1) % 10**6:06}"
    response = client.post(CODE, {"code": wrong})
    assert response.status_code == 422
    assert response.context["form"].errors == {
        "code": ["This code is not right. Check the newest mail from us."]
    }
    assert OPENED not in client.session
    assert client.post(CODE, {"code": code}).status_code == 302


def test_code_of_another_browser_opens_nothing_here(
    client: Client, order: Order, run_jobs: RunJobs
) -> None:
    ask(client)
    code = mailed_code(run_jobs)
    other = Client()
    ask(other, email="mallory@example.com")
    assert other.post(CODE, {"code": code}).status_code == 422


def test_code_is_too_old_after_a_quarter_of_an_hour(
    client: Client, order: Order, run_jobs: RunJobs
) -> None:
    start = now()
    with travel(start, tick=False):
        ask(client)
        code = mailed_code(run_jobs)
    with travel(start + timedelta(minutes=15, seconds=1), tick=False):
        response = client.post(CODE, {"code": code})
    assert response.context["form"].errors == {"code": ["This code is too old. Ask for a new one."]}


def test_code_page_without_asking_leads_back(client: Client) -> None:
    assert client.get(CODE).headers["Location"] == LOOK_UP


def test_sixth_look_up_of_an_address_is_too_many(client: Client) -> None:
    with travel(timezone.now(), tick=False):
        answers = [ask(client, number=str(number)).status_code for number in range(6)]
        response = ask(client)
        another = ask(client, email="bob@example.com")
    assert answers == [302] * 5 + [429]
    assert response.status_code == 429
    assert "Too many attempts. Wait a few minutes" in response.content.decode()
    assert 'value="eve@example.com"' in response.content.decode()
    assert another.status_code == 302


def test_twenty_first_look_up_of_a_computer_is_too_many(client: Client) -> None:
    with travel(timezone.now(), tick=False):
        answers = [
            ask(client, email=f"person{number}@example.com").status_code for number in range(21)
        ]
    assert answers == [302] * 20 + [429]


def test_thirty_first_code_of_a_computer_is_too_many(client: Client) -> None:
    with travel(timezone.now(), tick=False):
        ask(client)
        answers = [client.post(CODE, {"code": "000000"}).status_code for _number in range(31)]
    assert answers == [422] * 30 + [429]


def test_link_from_a_mail_opens_the_return_for_this_browser(client: Client) -> None:
    return_ = ReturnFactory(order__customer=None, order__guest_email="eve@example.com")
    link = links.buyer_link(return_).removeprefix("http://localhost:8000")
    response = client.get(link)
    assert response.headers["Location"] == reverse("storefront:return", args=[return_.public_id])
    assert client.get(response.headers["Location"]).status_code == 200
    other = ReturnFactory()
    url = reverse("storefront:return", args=[other.public_id])
    assert client.get(url).status_code == 404


@pytest.mark.parametrize("token", ["nonsense", "a.b.c", "0" * 300])
def test_link_that_was_tampered_with_opens_nothing(client: Client, token: str) -> None:
    response = client.get(reverse("storefront:open_link", args=[token]))
    assert response.status_code == 404
    assert "This link does not work any more" in response.content.decode()
    assert OPENED not in client.session


def test_leaving_forgets_the_orders(client: Client) -> None:
    return_ = ReturnFactory(order__customer=None, order__guest_email="eve@example.com")
    client.get(links.buyer_link(return_).removeprefix("http://localhost:8000"))
    assert client.get("/guest/leave/").status_code == 200
    assert client.session[OPENED] == [return_.order_id]
    assert client.post("/guest/leave/").headers["Location"] == "/"
    assert OPENED not in client.session


def test_same_number_and_address_in_two_stores_lead_to_the_list(
    client: Client, order: Order, run_jobs: RunJobs
) -> None:
    OrderFactory(reference="1001", customer=None, guest_email="eve@example.com")
    ask(client)
    response = client.post(CODE, {"code": mailed_code(run_jobs)})
    assert response.headers["Location"] == reverse("storefront:orders")
    assert len(client.session[OPENED]) == 2
