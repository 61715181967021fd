"""How people sign in: allauth, with what is ours.

Nobody signs up. Buyers have a login because they ordered, staff because a manager made it.
"""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.forms import RequestLoginCodeForm as AllauthRequestLoginCodeForm
from django.http import HttpRequest
from django.urls import reverse

from accounts.models import User


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
            from orders import customers

            customers.ensure_login(email)
        return super().clean_email()
