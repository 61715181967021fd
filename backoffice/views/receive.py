"""Receiving with a scanner: find the return by its slip, count its pieces, book the count."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.permissions import Permission
from backoffice import bench as benches
from backoffice import return_page
from backoffice.access import StaffRequest, staff
from backoffice.acting import GET_AND_POST, detail_url, refused_move
from backoffice.bench import Bench
from backoffice.forms.scanning import FinishForm, PhotoForm, ScanForm, SlipForm, UnexpectedForm
from orders.models import Location
from returns import barcodes, queries
from returns.errors import (
    InvalidState,
    NothingChosen,
    NotPermitted,
    ReturnError,
    UnknownCode,
)
from returns.models import Grade, Return, ReturnStatus, ScanState
from returns.queries import ORDERINGS, Queue, Sort
from returns.receiving import scanning
from returns.receiving.scanning import Found

# What stays chosen from one scan to the next.
STICKY = ("grade", "type", "location")
BENCHES_SHOWN = 20


@staff(Permission.RECEIVE)
@require_safe
def receive(request: StaffRequest) -> HttpResponse:
    """Ask for a slip; a scanned one leads straight to its return."""
    form = SlipForm(request.GET if "code" in request.GET else None)
    found: list[Return] = []
    if form.is_valid():
        found = _returns_of(form)
        if len(found) == 1:
            # Where all has come and only needs work there is nothing to scan.
            only_work = found[0].status == ReturnStatus.OPEN and not found[0].unprocessed_quantity
            page = "return_process" if only_work else "bench"
            return redirect(f"backoffice:{page}", pk=found[0].pk)
    under_way = Return.objects.filter(scans__state=ScanState.COUNTED, status=ReturnStatus.OPEN)
    related = under_way.select_related("store", "order__customer").distinct()
    context = {
        "form": form,
        "found": found,
        "under_way": related.order_by("-pk")[:BENCHES_SHOWN],
        "at_work": queries.queue(Queue.FINISH)
        .select_related("store", "order__customer")
        .order_by(*ORDERINGS[Sort.OLDEST])[:BENCHES_SHOWN],
    }
    status = 422 if form.errors else 200
    return render(request, "backoffice/receive/start.html", context, status=status)


def _returns_of(form: SlipForm) -> list[Return]:
    try:
        found = barcodes.returns_of(form.cleaned_data["code"])
    except ReturnError as error:
        form.attach(error)
        return []
    if not found:
        form.add_error("code", _("No return has this code. Scan the slip's bars once more."))
    return found


@staff(Permission.RECEIVE)
@require_http_methods(GET_AND_POST)
def bench(request: StaffRequest, pk: int) -> HttpResponse:
    """Show what is expected beside what is counted, and count one more scan."""
    return_ = return_page.load(pk)
    if request.method != "POST":
        if answer := refused_move(request, return_, "process"):
            return answer
        form = _form(request, request.GET or None)
        return _page(request, return_, form, benches.load(return_))
    form = _form(request, request.POST)
    if not form.is_valid() or not (form.cleaned_data["code"] or form.cleaned_data["line"]):
        return _answer(request, return_, form, None)
    try:
        found: Found | None = _count(request, return_, form)
    except _ElsewhereError as elsewhere:
        return _go(request, elsewhere.url)
    except (InvalidState, NotPermitted) as error:
        messages.error(request, error.message)
        return _go(request, detail_url(return_))
    except ReturnError as error:
        form.attach(error)
        found = None
    return _answer(request, return_, form, found)


def _answer(
    request: StaffRequest, return_: Return, form: ScanForm, found: Found | None
) -> HttpResponse:
    """Show what came of a scan: at once to the script, else on the page that is loaded anew."""
    shown = benches.load(return_)
    outcome = benches.outcome(found, shown) if found else None
    if form.errors or request.htmx:  # type: ignore[attr-defined]
        return _page(request, return_, form, shown, outcome=outcome)
    if outcome:
        level = messages.WARNING if outcome["signal"] == "warn" else messages.SUCCESS
        messages.add_message(request, level, f"{outcome['title']} · {outcome['text']}")
    return redirect(_bench_url(return_, request))


class _ElsewhereError(Exception):
    """The scanned code is that of another page: a slip."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.url = url


def _form(request: StaffRequest, data: Any) -> ScanForm:
    form = ScanForm(
        data if request.method == "POST" else None,
        grades=list(Grade.objects.offered()),
        locations=list(Location.objects.filter(accepts_returns=True)),
    )
    if data and not form.is_bound:
        form.initial = {name: data[name] for name in STICKY if data.get(name)}
    return form


def _count(request: StaffRequest, return_: Return, form: ScanForm) -> Found:
    """Count a scan. A slip's code leads to its return instead; this one's, to the booking."""
    said = form.cleaned_data
    try:
        return scanning.scan(
            return_,
            actor=request.actor,
            key=said["key"],
            code=said["code"],
            line_id=said["line"],
            handling=form.handling,
        )
    except UnknownCode:
        returns = barcodes.returns_of(said["code"])
        if len(returns) != 1:
            raise
        other = "bench_finish" if returns[0] == return_ else "bench"
        url = reverse(f"backoffice:{other}", args=[returns[0].pk])
        raise _ElsewhereError(url) from None


def _bench_url(return_: Return, request: StaffRequest) -> str:
    kept = {name: request.POST[name] for name in STICKY if request.POST.get(name)}
    url = reverse("backoffice:bench", args=[return_.pk])
    return f"{url}?{urlencode(kept)}" if kept else url


def _go(request: StaffRequest, url: str) -> HttpResponse:
    """Lead to another page; the script of the bench follows a header."""
    if request.htmx:  # type: ignore[attr-defined]
        return HttpResponse(headers={"HX-Redirect": url})
    return redirect(url)


def _page(
    request: StaffRequest,
    return_: Return,
    form: ScanForm,
    shown: Bench,
    *,
    outcome: dict[str, Any] | None = None,
    unexpected: UnexpectedForm | None = None,
) -> HttpResponse:
    """Draw the page, or for the script only what a scan changes of it."""
    context = {
        "return_": return_,
        "form": form,
        "bench": shown,
        "outcome": outcome,
        "error": next((str(words) for found in form.errors.values() for words in found), ""),
        "summary": benches.summary(shown),
        "slip_url": reverse("backoffice:receive"),
    }
    errors = form.errors or (unexpected and unexpected.errors)
    status = 422 if errors else 200
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "backoffice/receive/counts.html", context, status=status)
    context["unexpected"] = unexpected or UnexpectedForm(grades=form.grades, prefix="other")
    return render(request, "backoffice/receive/bench.html", context, status=status)


@staff(Permission.RECEIVE)
@require_POST
def note_unexpected(request: StaffRequest, pk: int) -> HttpResponse:
    """Write down something in the parcel that has no code we know."""
    return_ = return_page.load(pk)
    grades = list(Grade.objects.offered())
    form = UnexpectedForm(request.POST, grades=grades, prefix="other")
    if form.is_valid():
        try:
            scanning.note_unexpected(
                return_, actor=request.actor, key=form.cleaned_data["key"], pieces=form.pieces
            )
        except (InvalidState, NotPermitted) as error:
            messages.error(request, error.message)
            return redirect(detail_url(return_))
        except ReturnError as error:
            form.attach(error)
        else:
            messages.success(request, _("Written down for support."))
            return redirect("backoffice:bench", pk=pk)
    blank = ScanForm(grades=grades, locations=list(Location.objects.filter(accepts_returns=True)))
    return _page(request, return_, blank, benches.load(return_), unexpected=form)


@staff(Permission.RECEIVE)
@require_POST
def undo(request: StaffRequest, pk: int) -> HttpResponse:
    """Take a scan back: the one that the button names, else the last."""
    return_ = return_page.load(pk)
    named = request.POST.get("scan", "")
    try:
        scanning.undo(
            return_,
            actor=request.actor,
            scan_id=int(named) if named.isascii() and named.isdigit() and len(named) < 19 else None,
        )
    except ReturnError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("One piece less."))
    return redirect(_bench_url(return_, request))


@staff(Permission.RECEIVE)
@require_http_methods(GET_AND_POST)
def photo(request: StaffRequest, pk: int, scan: int) -> HttpResponse:
    """Add a photo to what lies on the bench."""
    return_ = return_page.load(pk)
    form = PhotoForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["photo"]
        try:
            scanning.add_photo(
                return_, actor=request.actor, scan_id=scan, file=file, size=file.size
            )
        except ReturnError as error:
            form.add_error("photo", error.message)
        else:
            messages.success(request, _("The photo is kept."))
            return redirect("backoffice:bench", pk=pk)
    context = {
        "return_": return_,
        "form": form,
        "cancel_url": reverse("backoffice:bench", args=[pk]),
    }
    status = 422 if form.errors else 200
    return render(request, "backoffice/receive/photo.html", context, status=status)


@staff(Permission.RECEIVE)
@require_http_methods(GET_AND_POST)
def finish(request: StaffRequest, pk: int) -> HttpResponse:
    """Show what will be booked, and book it."""
    return_ = return_page.load(pk)
    if request.method != "POST" and (answer := refused_move(request, return_, "process")):
        return answer
    shown = benches.load(return_)
    form = FinishForm(request.POST or None, initial={"until": shown.until}, has_rest=shown.left > 0)
    if request.method == "POST" and form.is_valid():
        try:
            done = scanning.finish(
                return_,
                actor=request.actor,
                until=form.cleaned_data["until"],
                rest_missing=form.cleaned_data.get("rest") == "missing",
                note=form.cleaned_data["note"],
            )
        except (InvalidState, NotPermitted, NothingChosen) as error:
            messages.error(request, error.message)
            return redirect(detail_url(return_))
        except ReturnError as error:
            form.attach(error)
        else:
            return _booked(request, done)
    context = {
        "return_": return_,
        "form": form,
        "bench": shown,
        "left_words": _left(shown.left),
        "cancel_url": reverse("backoffice:bench", args=[pk]),
    }
    status = 422 if form.errors else 200
    return render(request, "backoffice/receive/finish.html", context, status=status)


def _left(count: int) -> str:
    words = ngettext(
        "%(count)s piece was not scanned.", "%(count)s pieces were not scanned.", count
    )
    return words % {"count": count} if count else ""


def _booked(request: StaffRequest, done: Return) -> HttpResponse:
    """Say what was booked, and ask for the next slip."""
    words = _("%(reference)s is booked. Scan the next slip.")
    if done.status == ReturnStatus.CLOSED:
        words = _("%(reference)s is booked and complete. Scan the next slip.")
    messages.success(request, words % {"reference": done.reference})
    return redirect("backoffice:receive")
