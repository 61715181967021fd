"""How the page of an act on a return works: show what will happen, call the verb, go back."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import ngettext

from backoffice.access import StaffRequest
from backoffice.forms.errors import ActForm
from returns.errors import InvalidState, NotPermitted, ReturnError
from returns.models import Return
from returns.moves import require

GET_AND_POST = ["GET", "HEAD", "POST"]


def detail_url(return_: Return) -> str:
    """Return the address of a return's page."""
    return reverse("backoffice:return", args=[return_.pk])


def refused_move(request: StaffRequest, return_: Return, verb: str) -> HttpResponse | None:
    """Before an act's page is shown: lead back, saying why, when the move is impossible."""
    try:
        require(return_, verb, request.actor)
    except (InvalidState, NotPermitted) as error:
        messages.error(request, error.message)
        return redirect(detail_url(return_))
    return None


def act_page(
    request: StaffRequest,
    return_: Return,
    verb: str | None,
    form: ActForm,
    act: Callable[[], object],
    *,
    done: str,
    template: str,
    context: dict[str, Any],
) -> HttpResponse:
    """Show an act's page, or do it and go back to the return; refused input keeps the page.

    verb: of the table of moves; None for an act that is no move.
    """
    if verb and request.method != "POST" and (answer := refused_move(request, return_, verb)):
        return answer
    if request.method == "POST" and form.is_valid():
        try:
            act()
        except (InvalidState, NotPermitted) as error:
            messages.error(request, error.message)
            return redirect(detail_url(return_))
        except ReturnError as error:
            form.attach(error)
        else:
            messages.success(request, done)
            return redirect(detail_url(return_))
    context |= {"return_": return_, "form": form, "cancel_url": detail_url(return_)}
    return render(request, template, context, status=422 if form.errors else 200)


def mail_line(return_: Return, words: str) -> list[dict[str, str]]:
    """Return the consequence that the buyer is mailed, when there is an address to mail to."""
    return [{"icon": "mail", "text": words % {"email": return_.email}}] * bool(return_.email)


def free_again(return_: Return) -> dict[str, str]:
    """Return the consequence that a return's pieces can go into another one."""
    words = ngettext(
        "%(count)s piece can be returned again.",
        "%(count)s pieces can be returned again.",
        return_.total_quantity,
    )
    return {"icon": "refresh", "text": words % {"count": return_.total_quantity}}
