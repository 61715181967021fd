"""What a request asks for beside its path: includes, fields, a page, a language."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final
from urllib.parse import quote

from django.conf import settings
from django.http import HttpRequest
from django.utils.encoding import escape_uri_path
from django.utils.translation.trans_real import parse_accept_lang_header

BASE: Final = "/glue"
DEFAULT_LIMIT: Final = 10
MOST: Final = 100
# No customer has as many of anything; beyond it numbers would not fit into the database's.
FURTHEST: Final = 1_000_000


@dataclass(frozen=True)
class Asked:
    """One request, as far as documents depend on it."""

    request: HttpRequest

    @cached_property
    def root(self) -> str:
        """The address of the API, without a final slash."""
        return f"{self.request.scheme}://{self.request.get_host()}{BASE}"

    @cached_property
    def address(self) -> str:
        """The address that was asked for, with its query exactly as it came."""
        # The gateway hands bytes over as if they were Latin-1 (PEP 3333).
        raw = self.request.META.get("QUERY_STRING", "").encode("latin-1", "replace")
        query = raw.decode(errors="replace")
        path = escape_uri_path(self.request.path)
        address = f"{self.request.scheme}://{self.request.get_host()}{path}"
        return f"{address}?{query}" if query else address

    @cached_property
    def includes(self) -> frozenset[str]:
        """The types of what to include; unknown ones are there too and mean nothing."""
        named = ",".join(self.request.GET.getlist("include"))
        return frozenset(part.strip() for part in named.replace(".", ",").split(","))

    @cached_property
    def fields(self) -> Mapping[str, frozenset[str]]:
        """The attributes that are wanted, by type; types that are not named are wanted whole."""
        return {
            key[len("fields[") : -1]: frozenset(name.strip() for name in str(value).split(","))
            for key, value in self.request.GET.items()
            if key.startswith("fields[") and key.endswith("]")
        }

    @cached_property
    def limit(self) -> int:
        """How many there are on a page at most."""
        return min(self._number("page[limit]") or DEFAULT_LIMIT, MOST)

    @cached_property
    def offset(self) -> int:
        """How many come before the page."""
        return min(self._number("page[offset]"), FURTHEST)

    def _number(self, name: str) -> int:
        """Return a number of the query; 0 for what is none."""
        text = self.request.GET.get(name, "")
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0

    @cached_property
    def language(self) -> str:
        """The language of names, as in `de` or `de-at`: what the program likes best."""
        told = parse_accept_lang_header(self.request.headers.get("Accept-Language", "").lower())
        best = next((tag for tag, _priority in told if tag != "*"), "")
        return best or settings.LANGUAGE_CODE

    def page_address(self, offset: int) -> str:
        """Return the address of another page of the same list."""
        other = [
            f"{quote(key, safe='[],')}={quote(value, safe='[],')}"
            for key, values in self.request.GET.lists()
            for value in values
            if key not in ("page[offset]", "page[limit]")
        ]
        query = "&".join([*other, f"page[offset]={offset}", f"page[limit]={self.limit}"])
        return f"{self.address.partition('?')[0]}?{query}"
