"""The words of link and button: those of the directive's language versions, or the store's own."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from returns.models import WithdrawalFunction


@dataclass(frozen=True, kw_only=True)
class Words:
    """The label of the link and that of the button in one language."""

    link: str
    confirm: str


# Directive 2011/83/EU, Article 11a(1) and (3), as Directive (EU) 2023/2673 words them.
DEFAULTS: Final = {
    "en": Words(link="Withdraw from contract here", confirm="Confirm withdrawal"),
    "de": Words(link="Vertrag widerrufen", confirm="Widerruf bestätigen"),
    "fr": Words(link="renoncer au contrat ici", confirm="confirmer la rétractation"),
    "it": Words(link="recedere dal contratto qui", confirm="conferma recesso"),
    "es": Words(link="desistir del contrato aquí", confirm="confirmar desistimiento"),
}
LANGUAGE_NAMES: Final = {
    "en": "English",
    "de": "Deutsch",
    "fr": "Français",
    "it": "Italiano",
    "es": "Español",
}
OTHERWISE: Final = "en"
# What the withdrawal pages, the mail and the document are whole in, beyond the sites' languages:
# the catalogs of these hold their texts and no others (a test walks through all of them).
BEYOND_SITES: Final = ("fr", "it", "es")


def language_of(tag: str) -> str:
    """Return the language that there are words in for a tag such as `de-AT`; English for others."""
    primary = tag.lower().replace("_", "-").partition("-")[0]
    return primary if primary in DEFAULTS else OTHERWISE


def of_function(function: WithdrawalFunction, tag: str) -> Words:
    """Return a store's words in a language; what it does not word itself is the directive's."""
    language = language_of(tag)
    own = function.words.get(language) or {}
    usual = DEFAULTS[language]
    return Words(link=own.get("link") or usual.link, confirm=own.get("confirm") or usual.confirm)


def of_functions(functions: Iterable[WithdrawalFunction], tag: str) -> Words:
    """Return the words for a page of several stores: theirs when all agree, else the directive's"""
    found = {of_function(function, tag) for function in functions}
    return found.pop() if len(found) == 1 else DEFAULTS[language_of(tag)]
