"""What visitors do: ask for returns, decide, receive and pay back, each as a few requests."""

import uuid
from collections.abc import Callable

from django.urls import reverse

from accounts import actors
from accounts.models import User
from bench._orders import Arrived, arrive
from bench.web.pages import manager, session_of
from bench.web.visits import Step
from orders.intake import CustomerData
from orders.models import Customer, Order
from returns import lifecycle
from returns.lifecycle import LineRequest
from returns.models import Return
from returns.refunds import proposals

REASON = "too-small"

NAMES = (
    "flow: buyer asks for a return",
    "flow: staff create a return",
    "flow: staff approve",
    "flow: staff receive",
    "flow: staff refund",
)

# The session of who acts, and the requests of each act.
Visits = tuple[str, list[list[Step]]]


def plans(visitors: int, each: int) -> list[dict[str, Visits]]:
    """Return what each visitor does, `each` times after once to warm up; rows are made for it."""
    staff = session_of(manager())
    return [_plan(staff, number, each + 1) for number in range(visitors)]


def _plan(staff: str, number: int, count: int) -> dict[str, Visits]:
    buyer = _buyer(number)
    asked = [_request(order) for order in arrive(count)]
    acts = (
        (session_of(buyer), [_ask(order) for order in arrive(count, buyer=_data(buyer))]),
        (staff, [_create(order) for order in arrive(count)]),
        (staff, _each(asked, _approve)),
        (staff, _each(asked, _receive)),
        (staff, _each(asked, _refund)),
    )
    return dict(zip(NAMES, acts, strict=True))


def _buyer(number: int) -> User:
    user, is_new = User.objects.get_or_create(
        email=f"visitor{number}@bench.example", defaults={"name": f"Visitor {number}"}
    )
    if is_new:
        Customer.objects.create(reference=f"V-{number}", email=user.email, user=user)
    return user


def _data(buyer: User) -> CustomerData:
    customer = Customer.objects.get(user=buyer)
    return CustomerData(reference=customer.reference)


def _request(order: Arrived) -> Return:
    loaded = Order.objects.get(pk=order.order_id)
    wishes = [
        LineRequest(fulfillment_line_id=line, quantity=2, reason=REASON)
        for line in order.parcel_lines
    ]
    return lifecycle.request(loaded, wishes, actor=actors.buyer("Bea Bench"))


def _each(returns: list[Return], act: Callable[[Return], list[Step]]) -> list[list[Step]]:
    return [act(return_) for return_ in returns]


def _ask(order: Arrived) -> list[Step]:
    """The page, what was chosen, the review, and yes."""
    path = reverse("storefront:start_return", args=[order.public_id])
    line = order.parcel_lines[0]
    chosen = {
        "selected": str(line),
        f"item-{line}-quantity": "2",
        f"item-{line}-reason": REASON,
        "action": "review",
    }
    return [Step(path), Step(path, chosen, 302), Step(""), Step("", {}, 302)]


def _create(order: Arrived) -> list[Step]:
    path = reverse("backoffice:create_return", args=[order.order_id])
    form = {"request_key": str(uuid.uuid4()), "note": "", "refund_to": "ORIGINAL"}
    for line in order.parcel_lines:
        form |= {f"item-{line}-quantity": "2", f"item-{line}-reason": REASON}
    return [Step(path, form, 302)]


def _approve(return_: Return) -> list[Step]:
    form = {f"line-{line.pk}": str(line.quantity) for line in return_.lines.all()}
    return [Step(reverse("backoffice:return_approve", args=[return_.pk]), form, 302)]


def _receive(return_: Return) -> list[Step]:
    place = str(return_.store.return_location_id)
    form: dict[str, str] = {}
    for line in return_.lines.all():
        form |= {f"line-{line.pk}-RESTOCKED": str(line.quantity), f"line-{line.pk}-location": place}
        for other in ("NOT_RESTOCKED", "MISSING", "PROCESSING_REQUIRED"):
            form[f"line-{line.pk}-{other}"] = "0"
    return [Step(reverse("backoffice:return_process", args=[return_.pk]), form, 302)]


def _refund(return_: Return) -> list[Step]:
    proposal = proposals.propose(return_)
    form = {f"line-{line.pk}": str(line.quantity) for line in return_.lines.all()} | {
        "step": "pay",
        "key": str(uuid.uuid4()),
        "reviewed_amount": str(proposal.amount),
        "reviewed_shipping": str(proposal.shipping_amount),
    }
    return [Step(reverse("backoffice:return_refund", args=[return_.pk]), form, 302)]
