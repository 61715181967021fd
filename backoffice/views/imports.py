"""Importing orders: upload a file, follow its import, fetch what was rejected."""

from pathlib import PurePath
from typing import Any

from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.permissions import Permission
from backoffice import listing
from backoffice.access import StaffRequest, staff
from backoffice.forms.imports import ImportForm
from orders.imports import runs
from orders.models import ImportRun, ImportStatus, Store
from orders.pagination import paginate

NEWEST_FIRST = ("-created_at", "-id")


@staff(Permission.IMPORT_ORDERS)
@require_http_methods(["GET", "HEAD", "POST"])
def import_list(request: StaffRequest) -> HttpResponse:
    """Show the imports so far, newest first, under a form that starts the next one."""
    form = ImportForm(request.POST or None, request.FILES or None, stores=list(Store.objects.all()))
    if request.method == "POST" and form.is_valid():
        run = runs.start(
            form.cleaned_data["file"], form.chosen_format, form.chosen_store, actor=request.actor
        )
        return redirect("backoffice:import", pk=run.pk)
    page = paginate(
        ImportRun.objects.select_related("store", "created_by"),
        NEWEST_FIRST,
        cursor=request.GET.get("cursor", ""),
    )
    context = {
        "form": form,
        "rows": page.rows,
        "summary": _("Newest first"),
        **listing.page_links(request, page),
    }
    status = 422 if form.errors else 200
    return render(request, "backoffice/imports/list.html", context, status=status)


@staff(Permission.IMPORT_ORDERS)
@require_safe
def import_detail(request: StaffRequest, pk: int) -> HttpResponse:
    """Show how far an import is and what came of it; to htmx only the part that changes."""
    run = get_object_or_404(ImportRun.objects.select_related("store", "created_by"), pk=pk)
    refused = run.status == ImportStatus.REFUSED
    shows_counts = bool(run.total) or run.status == ImportStatus.DONE
    context = {
        "run": run,
        "facts": _facts(run),
        "counts": _counts(run) if shows_counts else [],
        "remarks": [{"label": words, "value": count} for words, count in run.remarks],
        "is_checking": run.status == ImportStatus.RUNNING and not run.total,
        "failure": run.message if run.has_ended else "",
        "failure_title": _("Nothing was imported") if refused else "",
        "rejects_url": reverse("backoffice:import_rejects", args=[pk]) if run.rejects else "",
        "list_url": reverse("backoffice:imports"),
        "url": request.path,
    }
    part = bool(request.headers.get("HX-Request"))
    template = "progress.html" if part else "detail.html"
    return render(request, f"backoffice/imports/{template}", context)


@staff(Permission.IMPORT_ORDERS)
@require_safe
def import_rejects(request: StaffRequest, pk: int) -> FileResponse:
    """Send the rejected rows of an import as a file."""
    run = get_object_or_404(ImportRun, pk=pk)
    if not run.rejects:
        raise Http404
    name = f"{PurePath(run.file_name).stem}.rejects.csv"
    return FileResponse(
        run.rejects.open("rb"), as_attachment=True, filename=name, content_type="text/csv"
    )


def _facts(run: ImportRun) -> list[dict[str, Any]]:
    return [
        {"label": _("Store"), "value": run.store.name},
        {"label": _("Format"), "value": run.get_format_display()},
        {"label": _("Uploaded by"), "value": run.created_by or ""},
    ]


def _counts(run: ImportRun) -> list[dict[str, Any]]:
    return [
        {"label": _("Created orders"), "value": run.created},
        {"label": _("Updated orders"), "value": run.updated},
        {"label": _("Unchanged orders"), "value": run.unchanged},
        {"label": _("Lines of these orders"), "value": run.lines},
        {"label": _("Rejected orders"), "value": run.rejected_orders},
        {"label": _("Rejected rows"), "value": run.rejected_rows},
    ]
