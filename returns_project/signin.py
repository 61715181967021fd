"""How people sign in: allauth, with what is ours.

Nobody signs up. Buyers have a login because they ordered, staff because a manager made it.
"""

from collections.abc import Callable
from typing import Final

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.forms import RequestLoginCodeForm as AllauthRequestLoginCodeForm
from allauth.account.models import EmailAddress
from allauth.idp.oidc.adapter import DefaultOIDCAdapter
from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts import buyer_programs
from accounts.models import User
from orders import customers


class AccountAdapter(DefaultAccountAdapter):
    """Closes the sign-up and sends everybody to the site that is theirs."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Say no: a login follows from an order or from a manager."""
        return False

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Return where somebody goes who asked for no page: staff work, buyers have orders."""
        if isinstance(request.user, User) and request.user.works_here:
            return reverse("backoffice:home")
        return super().get_login_redirect_url(request)


class RequestLoginCodeForm(AllauthRequestLoginCodeForm):
    """Mails a code to everybody who has a login or ever ordered."""

    def clean_email(self) -> str:
        """Give a buyer without a login one; the answer is the same for strangers."""
        email = self.cleaned_data["email"]
        if email:
            customers.ensure_login(email)
        email = super().clean_email()
        if self._user:
            _note_address(self._user)
        return email


def _note_address(user: User) -> None:
    """Tell allauth the address of somebody who has none there yet; the code will verify it."""
    if not EmailAddress.objects.filter(user=user).exists():
        EmailAddress.objects.get_or_create(
            user=user, email=user.email.lower(), defaults={"primary": True}
        )


class OIDCAdapter(DefaultOIDCAdapter):
    """Lets buyers sign in to programs that were written for Shopify's customer accounts."""

    scope_display: Final = {
        **DefaultOIDCAdapter.scope_display,
        buyer_programs.SCOPE: _("See your orders and ask for returns"),
    }

    def get_issuer(self) -> str:
        """Return the address of this installation, by whatever name it was reached."""
        return str(settings.SITE_URL)

    def populate_server_metadata(self, data: dict[str, str | list[str]]) -> None:
        """Tell what our programs can ask for."""
        data["scopes_supported"] = list(buyer_programs.SCOPES)
        data["grant_types_supported"] = ["authorization_code", "refresh_token"]
        data["response_types_supported"] = ["code"]


def for_buyer_programs(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Let the forms of signing in lead on to the programs that buyers came from.

    Browsers hold the policy of a page against where its form is redirected to at the very end.
    What the library would stumble over, or take although nobody should send it, is refused.
    """

    def respond(request: HttpRequest) -> HttpResponseBase:
        if request.path_info.startswith(_PROGRAMS) and _is_malformed(request):
            return JsonResponse({"error": "invalid_request"}, status=400)
        response = get_response(request)
        if request.path_info.startswith((_PROGRAMS, "/account/")):
            response._csp_update = {"form-action": buyer_programs.ways_back()}  # type: ignore[attr-defined]
        return response

    return respond


_PROGRAMS: Final = "/identity/"


def _is_malformed(request: HttpRequest) -> bool:
    """Whether a value cannot be stored, or the proof of a code can be copied from the request."""
    given = (request.GET, request.POST)
    if any("\0" in value for each in given for values in each.lists() for value in values[1]):
        return True
    asked = request.GET
    return "code_challenge" in asked and asked.get("code_challenge_method") != "S256"
