"""How people sign in: allauth, with what is ours.

Nobody signs up. Buyers have a login because they ordered, staff because a manager made it.
"""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.forms import RequestLoginCodeForm as AllauthRequestLoginCodeForm
from allauth.account.models import EmailAddress
from django.http import HttpRequest
from django.urls import reverse

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
