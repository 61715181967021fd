"""Settings: what is asked of buyers who give a certain reason."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.permissions import Permission
from backoffice.access import StaffRequest, staff
from backoffice.acting import GET_AND_POST
from backoffice.forms.questions import QuestionForm
from backoffice.settings_pages import Row, form_page, list_page
from returns.models import ReasonQuestion, ReturnReason


@staff(Permission.MANAGE_SETTINGS)
@require_safe
def questions(request: StaffRequest, pk: int) -> HttpResponse:
    """List the questions of a reason in the order in which they are asked."""
    reason = get_object_or_404(ReturnReason.objects.select_related("parent"), pk=pk)
    return list_page(
        request,
        title=_("Questions about “%(reason)s”") % {"reason": reason.full_name},
        lead=_("What buyers are asked who give this reason. Answers stay when questions change."),
        columns=[_("Question"), _("Answered"), _("Must be answered"), _("Asked")],
        rows=[_row(question) for question in reason.questions.all()],
        new_url=reverse("backoffice:new_question", args=[pk]),
        new_label=_("Add a question"),
        more_url=reverse("backoffice:reason", args=[pk]),
        more_label=_("The reason"),
        more_icon="tag",
    )


def _row(question: ReasonQuestion) -> Row:
    flags = (question.required, question.active)
    cells = [question.get_kind_display(), *(_("yes") if flag else _("no") for flag in flags)]
    url = reverse("backoffice:question", args=[question.pk])
    return Row(label=question.name, url=url, cells=cells)


@staff(Permission.MANAGE_SETTINGS)
@require_http_methods(GET_AND_POST)
def new_question(request: StaffRequest, pk: int) -> HttpResponse:
    """Add a question to a reason."""
    reason = get_object_or_404(ReturnReason, pk=pk)
    return _form(request, ReasonQuestion(reason=reason), _("New question"))


@staff(Permission.MANAGE_SETTINGS)
@require_http_methods(GET_AND_POST)
def question(request: StaffRequest, pk: int) -> HttpResponse:
    """Edit a question."""
    found = get_object_or_404(ReasonQuestion.objects.select_related("reason"), pk=pk)
    return _form(request, found, str(found))


def _form(request: StaffRequest, question: ReasonQuestion, title: str) -> HttpResponse:
    form = QuestionForm(request.POST or None, instance=question)
    return form_page(
        request,
        form,
        title=title,
        lead=_("Asked of buyers who give the reason “%(reason)s”.") % {"reason": question.reason},
        back_url=reverse("backoffice:questions", args=[question.reason_id]),
        back_label=_("Questions"),
        done=_("Saved."),
    )
