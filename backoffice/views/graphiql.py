"""Settings: try the Admin API out, as oneself."""

from typing import Final

from csp.constants import NONCE, SELF
from csp.decorators import csp_update
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.permissions import Permission
from backoffice.access import StaffRequest, staff

_QUERY: Final = """\
# The newest orders with something to decide.
{
  orders(first: 5, reverse: true, query: "return_status:return_requested") {
    nodes {
      name
      returns(first: 3) { nodes { id name status totalQuantity } }
    }
  }
}
"""


# GraphiQL's fonts are within its stylesheet, and its dialogs write one of their own.
@csp_update({"font-src": [SELF, "data:"], "style-src": [SELF, NONCE]})
@staff(Permission.MANAGE_SETTINGS)
@require_safe
def graphiql(request: StaffRequest) -> HttpResponse:
    """Show GraphiQL. What it sends is answered by `api.staff`, and done as whoever is here."""
    context = {
        "title": _("Try the API"),
        "lead": _("What you change here is really changed, and is on the timeline as yours."),
        "query": _QUERY,
    }
    return render(request, "backoffice/api/graphiql.html", context)
