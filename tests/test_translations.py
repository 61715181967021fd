"""Every text has a good German one: none missing, none doubtful, all placeholders kept."""

import re
import shutil
from pathlib import Path

import allauth
import pytest
from babel.messages import Catalog, Message
from babel.messages.pofile import read_po
from django.conf import settings
from django.core.management import call_command
from django.test import override_settings
from django.utils import translation

BASE = Path(settings.BASE_DIR)
SOURCES = (
    "accounts",
    "orders",
    "returns",
    "storefront",
    "backoffice",
    "webhooks",
    "returns_project",
    "templates",
    "locale",
)
FAMILIAR = re.compile(
    r"\b([Dd]u|[Dd]ich|[Dd]ir|[Dd]ein\w*)\b"
    r"|[Bb]itte (gib|wähle|versuche|habe|bestätige|folge|lass)\b"
)
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|<[^>]+>")


@pytest.fixture(scope="module")
def german(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """The German texts as they would be after `make messages`, collected in a copy."""
    folder = tmp_path_factory.mktemp("translations")
    for name in SOURCES:
        shutil.copytree(BASE / name, folder / name)
    with pytest.MonkeyPatch.context() as patch, override_settings(LOCALE_PATHS=[folder / "locale"]):
        patch.chdir(folder)
        call_command("makemessages", locale=["de"], no_location=True, no_obsolete=True, verbosity=0)
    with (folder / "locale/de/LC_MESSAGES/django.po").open("rb") as file:
        return read_po(file, locale="de", abort_invalid=True)


def texts(message: Message) -> list[tuple[str, str]]:
    """Pairs of an English text and its German one; plurals are two, the header is none."""
    if isinstance(message.id, tuple) and isinstance(message.string, tuple):
        return list(zip(message.id, message.string, strict=True))
    return [(str(message.id), str(message.string))] if message.id else []


def test_no_german_text_is_missing(german: Catalog) -> None:
    """When this fails, run `make messages` and translate what is empty or fuzzy."""
    missing = [
        english
        for message in german
        for english, translated in texts(message)
        if not translated or message.fuzzy
    ]

    assert len(german) > 900
    assert missing == []


def test_german_texts_keep_their_placeholders(german: Catalog) -> None:
    different = [
        (english, translated)
        for message in german
        for english, translated in texts(message)
        if sorted(set(PLACEHOLDER.findall(english))) != sorted(set(PLACEHOLDER.findall(translated)))
    ]

    assert different == []


def test_german_texts_end_as_the_english_ones_do(german: Catalog) -> None:
    different = [
        (english, translated)
        for message in german
        for english, translated in texts(message)
        if english[-1] in ".?!:…" and translated[-1:] != english[-1]
    ]

    assert different == []


def test_germans_are_addressed_politely(german: Catalog) -> None:
    assert [t for m in german for _, t in texts(m) if FAMILIAR.search(t)] == []


def test_germans_are_addressed_politely_where_they_sign_in() -> None:
    """When this fails, word allauth's new text anew in locale/allauth."""
    used = ("account/", "mfa/", "templates/account/", "templates/mfa/")
    with (Path(allauth.__file__).parent / "locale/de/LC_MESSAGES/django.po").open("rb") as file:
        english = [
            str(message.id)
            for message in read_po(file, locale="de")
            if message.id and any(place.startswith(used) for place, _ in message.locations)
        ]
    with translation.override("de"):
        # Telephone numbers are not asked for.
        shown = [translation.gettext(text) for text in english if "phone" not in text]

    assert len(shown) > 150
    assert [text for text in shown if FAMILIAR.search(text)] == []


def test_texts_worded_anew_are_texts_of_allauth_with_its_placeholders() -> None:
    with (Path(allauth.__file__).parent / "locale/de/LC_MESSAGES/django.po").open("rb") as file:
        known = {str(message.id) for message in read_po(file, locale="de")}
    with (BASE / "locale/allauth/de/LC_MESSAGES/django.po").open("rb") as file:
        anew = [pair for message in read_po(file, locale="de") for pair in texts(message)]

    assert [english for english, _ in anew if english not in known] == []
    assert [
        (english, german)
        for english, german in anew
        if set(PLACEHOLDER.findall(english)) != set(PLACEHOLDER.findall(german))
    ] == []


# What is no text in a template: comments, translated blocks, tags, and what is not shown.
NO_TEXT = re.compile(
    r"{%\s*comment.*?endcomment\s*%}|{#.*?#}|{%\s*blocktranslate\b.*?endblocktranslate\s*%}"
    r"|{%.*?%}|{{.*?}}|<!--.*?-->|<(?P<hidden>script|style|svg)\b.*?</(?P=hidden)>",
    re.DOTALL,
)
SHOWN = re.compile(r'\b(?:title|placeholder|aria-label|alt)="([^"]*)"')
# Names of classes stand alone, in small letters; entities are signs.
WORDS = re.compile(r"(?!^[a-z-]+$)^.*[A-Za-z]{2}.*$", re.DOTALL)


def _bare_texts(template: str) -> list[str]:
    shown = NO_TEXT.sub("\0", template)
    pieces = [*re.split(r"<[^>]*>|\0", shown), *SHOWN.findall(shown)]
    plain = (re.sub(r"&\w+;", "", piece).strip(" \n·,.:()") for piece in pieces)
    return [piece for piece in plain if WORDS.match(piece)]


def test_templates_hold_no_text_that_cannot_be_translated() -> None:
    # The pages of the design's components are for those who build with them, in English.
    pages = [
        path
        for path in (BASE / "templates").rglob("*.html")
        if path.parent != BASE / "templates/backoffice/components"
    ]
    bare = {str(path.relative_to(BASE)): _bare_texts(path.read_text("utf-8")) for path in pages}

    assert _bare_texts('<p class="a">{% if a %}Good <b title="Day">day</b>{% endif %}</p>') == [
        "Good",
        "Day",
    ]
    assert len(pages) > 80
    assert {name: texts for name, texts in bare.items() if texts} == {}
