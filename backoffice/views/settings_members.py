"""Settings: the people who work here, and their roles."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts import members as staff_members
from accounts.members import MemberError
from accounts.models import Role, User
from accounts.permissions import Permission
from backoffice.access import StaffRequest, staff
from backoffice.acting import GET_AND_POST
from backoffice.forms.settings import MemberForm
from backoffice.settings_pages import Row, form_page, list_page


@staff(Permission.MANAGE_STAFF)
@require_safe
def members(request: StaffRequest) -> HttpResponse:
    """List everybody who works or worked here."""
    return list_page(
        request,
        title=_("Staff"),
        lead=_("Who works here, and what their roles let them do."),
        columns=[_("Name"), _("E-mail"), _("Roles"), _("May sign in")],
        rows=[_row(user) for user in staff_members.everybody()],
        new_url=reverse("backoffice:new_member"),
        new_label=_("Add somebody"),
    )


def _row(user: User) -> Row:
    roles = [str(Role(role).label) for role in user.roles]
    if user.is_superuser:
        roles.append(_("everything"))
    return Row(
        label=str(user),
        url=reverse("backoffice:member", args=[user.pk]),
        cells=[user.email, ", ".join(roles), _("yes") if user.is_active else _("no")],
    )


@staff(Permission.MANAGE_STAFF)
@require_http_methods(GET_AND_POST)
def new_member(request: StaffRequest) -> HttpResponse:
    """Let somebody work here; they sign in with a code that is mailed to them."""
    form = MemberForm(request.POST or None)

    def save() -> None:
        try:
            staff_members.add(**form.cleaned_data)
        except MemberError as error:
            form.add_error(error.field, error.message)

    return form_page(
        request,
        form,
        save,
        title=_("New member of staff"),
        back_url=reverse("backoffice:members"),
        back_label=_("Staff"),
        done=_("Added. A code to sign in is mailed when they ask for one."),
    )


@staff(Permission.MANAGE_STAFF)
@require_http_methods(GET_AND_POST)
def member(request: StaffRequest, pk: int) -> HttpResponse:
    """Change somebody's roles, or switch the login off."""
    user = get_object_or_404(staff_members.everybody(), pk=pk)
    form = MemberForm(request.POST or None, member=user)

    def save() -> None:
        chosen = form.cleaned_data
        try:
            staff_members.change(
                user,
                name=chosen["name"],
                roles=chosen["roles"],
                is_active=chosen["is_active"],
                by=request.user,
            )
        except MemberError as error:
            form.add_error(error.field, error.message)

    return form_page(
        request,
        form,
        save,
        title=str(user),
        back_url=reverse("backoffice:members"),
        back_label=_("Staff"),
        done=_("Saved."),
    )
