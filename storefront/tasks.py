"""Jobs of the storefront: the guest's code, and forgetting old look-ups."""

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from orders import guest_access
from orders.models import GuestAccess
from storefront import emails

RETRIES = RetryStrategy(max_attempts=5, exponential_wait=4)


@app.task(retry=RETRIES)
def send_guest_code(access_id: str, language: str) -> None:
    """Make the code of a guest's look-up and mail it; nothing is mailed when no order matched.

    This happens here and not while the guest waits, so that the answer takes the same time either
    way. Running twice mails a second code, and only the newest counts. language: of the mail.
    """
    access = (
        GuestAccess.objects.select_related("order__customer", "order__store")
        .filter(pk=access_id, used_at__isnull=True)
        .first()
    )
    if access is not None and access.order is not None:
        code = guest_access.new_code(access)
        emails.guest_code(access.order, code, language).send()


@app.periodic(cron="37 3 * * *")
@app.task(queueing_lock="remove_old_guest_accesses")
def remove_old_guest_accesses(timestamp: int) -> None:
    """Forget look-ups of 30 days ago. `timestamp`: when this run was due, seconds since 1970."""
    guest_access.remove_old()
