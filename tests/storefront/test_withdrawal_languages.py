"""The withdrawal function in French, Italian and Spanish: whole, from the form to the document."""

from pathlib import Path
from typing import Any

import pytest
from babel.messages import Catalog
from babel.messages.pofile import read_po
from django.conf import settings
from django.core.cache import cache
from django.test import Client
from django.utils.translation import trans_real

from orders.models import Customer, Order
from returns.models import WithdrawalStatement
from returns.withdrawals import emails, pdf, words
from returns.withdrawals.words import BEYOND_SITES
from tests.factories import sent_order
from tests.returns import withdrawing
from tests.returns.withdrawing import item, state

pytestmark = pytest.mark.django_db

URL = "/withdraw/"
BASE = Path(settings.BASE_DIR)
# What has no words in it, and names.
ALIKE = {"SKU", "SHA-256", "Retour"}


@pytest.fixture(autouse=True)
def _fresh_limits() -> None:
    cache.clear()


@pytest.fixture
def order() -> Order:
    """A guest's order at the only store with the function."""
    made = sent_order(2, 1, reference="#1001", customer=None, guest_email="eve@example.com")
    withdrawing.switch_on(made)
    return made


@pytest.fixture
def untranslated(monkeypatch: pytest.MonkeyPatch) -> set[tuple[str, str]]:
    """Every text that is asked for in one of these languages and is not there in it."""
    missing: set[tuple[str, str]] = set()
    known, known_plural = (
        trans_real.DjangoTranslation.gettext,
        trans_real.DjangoTranslation.ngettext,
    )

    def gettext(self: Any, message: str) -> str:
        language = self.to_language()
        if language in BEYOND_SITES and self._catalog.get(message) is None:
            missing.add((language, message))
        return known(self, message)

    def ngettext(self: Any, one: str, many: str, count: int) -> str:
        language = self.to_language()
        if language in BEYOND_SITES and self._catalog.get((one, 0)) is None:
            missing.add((language, one))
        return known_plural(self, one, many, count)

    monkeypatch.setattr(trans_real.DjangoTranslation, "gettext", gettext)
    monkeypatch.setattr(trans_real.DjangoTranslation, "ngettext", ngettext)
    return missing


def left(untranslated: set[tuple[str, str]]) -> list[str]:
    """Return what of it has words in it."""
    return sorted({message for _language, message in untranslated} - ALIKE)


def text(client: Client, url: str) -> str:
    response = client.get(url)
    assert response.status_code == 200
    return response.content.decode()


def typed(**said: str) -> dict[str, str]:
    return {"name": "Eve Moss", "number": "1001", "email": "eve@example.com", "items": "", **said}


@pytest.mark.parametrize("language", BEYOND_SITES)
def test_a_guest_reads_nothing_in_another_language(
    client: Client, order: Order, language: str, untranslated: set[tuple[str, str]]
) -> None:
    url = f"{URL}?lang={language}"
    form = client.get(url)
    assert form.headers["Content-Language"] == language
    assert f'<html lang="{language}"' in form.content.decode()
    assert f"<h1>{words.DEFAULTS[language].link}</h1>" in form.content.decode()
    assert client.post(url, typed(name="", email="nowhere", number="")).status_code == 422

    confirm = client.post(url, typed(items="une chemise")).headers["Location"]
    page = text(client, confirm)
    assert f">{words.DEFAULTS[language].confirm}</button>" in page
    receipt = client.post(confirm)
    done = client.get(receipt.headers["Location"])
    assert done.headers["Content-Language"] == language

    statement = WithdrawalStatement.objects.get()
    assert statement.language == language
    assert words.DEFAULTS[language].confirm in statement.content
    assert left(untranslated) == []


@pytest.mark.parametrize("language", BEYOND_SITES)
def test_a_buyer_who_is_known_reads_nothing_in_another_language(
    ada: Client, customer: Customer, language: str, untranslated: set[tuple[str, str]]
) -> None:
    orders = [sent_order(2, 1, customer=customer) for _number in range(2)]
    for each in orders:
        withdrawing.switch_on(each)
    url = f"{URL}?lang={language}"
    chosen = f"{URL}?order={orders[0].public_id}&amp;lang={language}"
    assert chosen in text(ada, url)
    chosen = chosen.replace("&amp;", "&")
    form = ada.get(chosen).context["form"]
    assert ada.post(chosen, dict.fromkeys(form.fields, "0")).status_code == 422
    assert ada.post(chosen, dict.fromkeys(form.fields, "99")).status_code == 422
    confirm = ada.post(chosen, dict.fromkeys(form.fields, "1")).headers["Location"]
    receipt = ada.post(confirm).headers["Location"]
    assert ada.get(receipt).headers["Content-Language"] == language
    assert left(untranslated) == []


@pytest.mark.parametrize("language", BEYOND_SITES)
def test_mail_and_document_are_whole_in_the_language(
    order: Order, language: str, untranslated: set[tuple[str, str]]
) -> None:
    statement = state(order, language=language, items=(item(order),))
    mail = emails.acknowledgement(statement)
    assert pdf.render(statement).startswith(b"%PDF")
    assert f'<html lang="{language}"' in str(mail.alternatives[0][0])
    assert left(untranslated) == []


@pytest.mark.parametrize(
    ("language", "subject", "sentence"),
    [
        (
            "fr",
            "Nous avons reçu votre rétractation",
            "Je vous notifie par la présente ma rétractation du contrat : commande #1001.",
        ),
        (
            "it",
            "Abbiamo ricevuto il Suo recesso",
            "Con la presente notifico il recesso dal mio contratto: ordine #1001.",
        ),
        (
            "es",
            "Hemos recibido su desistimiento",
            "Por la presente le comunico que desisto de mi contrato: pedido #1001.",
        ),
    ],
)
def test_acknowledgement_repeats_the_model_form_of_the_directive(
    order: Order, language: str, subject: str, sentence: str
) -> None:
    mail = emails.acknowledgement(state(order, language=language))
    assert mail.subject.startswith(subject)
    assert sentence in mail.body


@pytest.mark.parametrize(
    ("accepts", "language"),
    [
        ("fr-CA,fr;q=0.9,en;q=0.8", "fr"),
        ("pl,it;q=0.5", "it"),
        ("de-AT,fr;q=0.5", "de"),
        ("en,fr;q=0.5", "en"),
        ("", "en"),
    ],
)
def test_browser_says_which_language(
    client: Client, order: Order, accepts: str, language: str
) -> None:
    response = client.get(URL, headers={"accept-language": accepts})
    assert response.headers["Content-Language"] == language
    assert words.DEFAULTS[language].link in response.content.decode()


def test_language_that_was_chosen_on_the_site_counts_before_the_browsers(
    client: Client, order: Order
) -> None:
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "de"
    response = client.get(URL, headers={"accept-language": "fr"})
    assert response.headers["Content-Language"] == "de"


def test_stores_language_counts_where_the_browser_has_no_wish(client: Client, order: Order) -> None:
    type(order.store).objects.update(language="es-ES")
    assert client.get(URL).headers["Content-Language"] == "es"


def test_all_languages_are_offered_on_the_form_and_none_afterwards(
    client: Client, order: Order
) -> None:
    page = text(client, f"{URL}?number=7&lang=fr")
    for code in words.DEFAULTS:
        assert f'href="/withdraw/?number=7&amp;lang={code}"' in page
    confirm = client.post(f"{URL}?lang=fr", typed()).headers["Location"]
    assert 'hreflang="de"' not in text(client, confirm)


def test_the_rest_of_the_site_stays_in_its_languages(client: Client, order: Order) -> None:
    response = client.get("/", headers={"accept-language": "fr"})
    assert response.headers["Content-Language"] == "en"


# --- the catalogs -------------------------------------------------------------------------------


def catalog(language: str) -> Catalog:
    with (BASE / f"locale/{language}/LC_MESSAGES/django.po").open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


@pytest.mark.parametrize("language", BEYOND_SITES)
def test_catalogs_hold_no_text_that_is_no_more(language: str) -> None:
    current = {str(message.id) for message in catalog("de")}
    assert [str(each.id) for each in catalog(language) if str(each.id) not in current] == []


@pytest.mark.parametrize("language", BEYOND_SITES)
def test_catalogs_keep_placeholders(language: str) -> None:
    for message in catalog(language):
        if isinstance(message.id, str) and message.id:
            found = set((message.python_format and _placeholders(str(message.string))) or ())
            assert found == set((message.python_format and _placeholders(message.id)) or ())


def _placeholders(words_: str) -> list[str]:
    return [part.partition(")")[0] for part in words_.split("%(")[1:]]
