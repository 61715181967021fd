"""Writing to the buyer of a return."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.permissions import Permission
from backoffice import return_page
from backoffice.access import StaffRequest, staff
from backoffice.acting import detail_url
from backoffice.forms.acts import NoteForm
from backoffice.forms.messages import MessageForm
from backoffice.views.returns import detail_context
from returns.errors import ReturnError
from returns.evidence import collecting
from returns.evidence import messages as verbs
from returns.models import Return
from returns.uploads import small_files

ASK = "ask"


@small_files(settings.PHOTO_LARGEST_FILE)
@staff(Permission.WRITE_MESSAGE)
@require_POST
def write(request: StaffRequest, pk: int) -> HttpResponse:
    """Write to the buyer, or ask for details; refused words are shown again on the return's page.

    The button that was pressed is `action`: `send` or `ask`.
    """
    return_ = return_page.load(pk)
    may_show = return_.status in verbs.SHOWING
    form = MessageForm(request.POST, files=request.FILES, may_show=may_show)
    if form.is_valid():
        try:
            _send(request, return_, form)
        except ReturnError as error:
            form.attach(error)
        else:
            messages.success(request, _("The message is sent."))
            return redirect(detail_url(return_))
    context = detail_context(request, return_, NoteForm(), form)
    return render(request, "backoffice/returns/detail.html", context, status=422)


def _send(request: StaffRequest, return_: Return, form: MessageForm) -> None:
    file = form.cleaned_data.get("photo")
    photos = []
    if file is not None:
        try:
            photos = [str(collecting.upload(return_.order, file, file.size).public_id)]
        except ReturnError as error:
            error.field = ("photos",)
            raise
    verb = verbs.ask_for_details if request.POST.get("action") == ASK else verbs.write
    body = form.cleaned_data["message"].replace("\r\n", "\n")
    verb(return_, actor=request.actor, body=body, photos=photos)


@staff(Permission.WRITE_MESSAGE)
@require_POST
def settle(request: StaffRequest, pk: int) -> HttpResponse:
    """Say that the buyer's message needs no answer."""
    return_ = return_page.load(pk)
    verbs.settle(return_, actor=request.actor)
    messages.success(request, _("Nobody waits for an answer any more."))
    return redirect(detail_url(return_))
