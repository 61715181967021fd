"""Settings: a store's policy as a YAML file."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from accounts.permissions import Permission
from backoffice.access import StaffRequest, staff
from backoffice.acting import GET_AND_POST
from orders.models import Store
from returns.errors import ReturnError
from returns.policies import saving
from returns.policies.rules.files import LARGEST_FILE, UnreadablePolicy


class PolicyFileForm(forms.Form):
    """A file, or its text."""

    file = forms.FileField(label=gettext_lazy("YAML file"), required=False)
    text = forms.CharField(
        label=gettext_lazy("or its text"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 16, "spellcheck": "false"}),
    )

    def clean(self) -> dict[str, Any]:
        """Return the text of either as `content`."""
        cleaned = super().clean() or {}
        upload = cleaned.get("file")
        if upload is None:
            cleaned["content"] = cleaned.get("text", "")
            if not cleaned["content"].strip():
                raise ValidationError(_("Choose a file, or paste its text."))
            return cleaned
        if upload.size > LARGEST_FILE:
            words = _("A policy file has at most %(limit)d bytes.")
            raise ValidationError(words % {"limit": LARGEST_FILE})
        try:
            cleaned["content"] = upload.read().decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise ValidationError(_("The file is no UTF-8 text.")) from error
        return cleaned


@staff(Permission.MANAGE_SETTINGS)
@require_http_methods(GET_AND_POST)
def policy_file(request: StaffRequest, pk: int) -> HttpResponse:
    """Take a file in place of the rules in force, or say what is wrong where and change nothing."""
    store = get_object_or_404(Store.objects.select_related("return_policy"), pk=pk)
    form = PolicyFileForm(request.POST or None, request.FILES or None)
    faults: list[dict[str, Any]] = []
    if form.is_valid():
        try:
            version = saving.import_file(store, form.cleaned_data["content"], actor=request.actor)
        except UnreadablePolicy as error:
            faults = [{"line": each.line, "message": each.message} for each in error.faults]
        except ReturnError as error:
            form.add_error(None, error.message)
        except ValidationError as error:
            form.add_error(None, error.messages)
        else:
            words = _("The file is in force as version %(number)s.") % {"number": version.number}
            messages.success(request, words)
            return redirect("backoffice:rules", store.pk)
    context = {"store": store, "form": form, "faults": faults}
    status = 422 if form.errors or faults else 200
    return render(request, "backoffice/rules/file.html", context, status=status)


@staff(Permission.MANAGE_SETTINGS)
@require_safe
def policy_yaml(request: StaffRequest, pk: int) -> HttpResponse:
    """Give a store's policy and rules as a YAML file."""
    store = get_object_or_404(Store.objects.select_related("return_policy"), pk=pk)
    response = HttpResponse(saving.as_file(store), content_type="application/yaml; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="policy-{store.code}.yaml"'
    return response
