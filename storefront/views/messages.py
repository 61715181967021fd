"""Writing to the shop about a return."""

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from returns.errors import ReturnError
from returns.evidence import collecting
from returns.evidence import messages as verbs
from returns.uploads import small_files
from storefront import uploads
from storefront.access import BuyerRequest, buyer_required
from storefront.forms.messages import NEW_PHOTOS, PHOTOS, MessageForm
from storefront.views.returns import detail_page, load

MOST_AT_ONCE = 4 * settings.PHOTO_LARGEST_FILE


@small_files(settings.PHOTO_LARGEST_FILE, total=MOST_AT_ONCE)
@buyer_required
@require_POST
def write(request: BuyerRequest, public_id: UUID) -> HttpResponse:
    """Send a message with its photos; what is refused is shown again with all that was typed."""
    return_ = load(request, public_id)
    may_show = return_.status in verbs.SHOWING
    data, wrong = uploads.keep(
        request, return_.order, request.POST.copy(), {PHOTOS: NEW_PHOTOS} if may_show else {}
    )
    known = collecting.unsent(return_.order, data.getlist(PHOTOS))
    form = MessageForm(data, known=known, may_show=may_show)
    form.is_valid()
    for message in wrong.get(PHOTOS, ()):
        form.add_error(NEW_PHOTOS, message)
    if form.errors or uploads.drops(data):
        return detail_page(request, return_, form, status=422 if form.errors else 200)
    try:
        verbs.write(
            return_,
            actor=request.buyer.actor_on(return_),
            body=form.cleaned_data["body"],
            photos=form.photos,
        )
    except ReturnError as error:
        form.refuse(error)
        return detail_page(request, return_, form, status=422)
    messages.success(request, _("Your message is sent. We write to you as soon as we know more."))
    return redirect("storefront:return", public_id=public_id)
