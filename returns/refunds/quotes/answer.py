"""Working a case out: the refunds before one after the other, then what comes back now."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from orders import money
from orders.money import ZERO
from returns.eligibility import is_returned_by_itself
from returns.errors import ReturnError
from returns.models.policies import ReturnTerms
from returns.refunds import pricing, splits
from returns.refunds.pricing import OrderMoney, Paid, Pieces, Proposal
from returns.refunds.quotes.case import Back, Case, Returned
from returns.refunds.quotes.problems import Problem, QuoteRefused


def answered(case: Case) -> dict[str, Any]:
    """Return the quote as plain JSON. Raises QuoteRefused for what cannot be paid back."""
    books = _Books(case)
    for earlier in case.refunds:
        books.pay(earlier)
    proposal, amount = books.quote(case.back)
    return _plain(case, proposal, amount, books.parts(amount))


class _Books:
    """What went back on a case's order so far."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.lines = {line.pk: line for line in case.lines.values()}
        self.parents = {line.pk: case.lines.get(line.bundle_parent) for line in case.lines.values()}
        # Pieces paid back either way, and those of them that came back.
        self.done: dict[int, int] = {}
        self.returned: dict[int, int] = {}
        self.paid: dict[int, Paid] = {}
        self.left = [amount - refunded for _name, amount, refunded in case.payments]
        self.shipping = self.shipping_tax = ZERO
        self.outstanding = _outstanding(case)

    def quote(self, back: Back) -> tuple[Proposal, Decimal]:
        """Return what is proposed, and what is paid: the amount that the case says, or the same."""
        try:
            proposal = self._proposal(back, with_terms=True)
            return proposal, pricing.checked_amount(back.amount, proposal, chosen=True)
        except ReturnError as error:
            raise _refused(back.path, error) from error

    def pay(self, back: Back) -> None:
        """Book an earlier refund, as it says or else as it would have been proposed."""
        try:
            proposal = self._proposal(back, with_terms=False)
            said = sum(
                (
                    line.amount - proposed.amount
                    for line, proposed in zip(_some(back), proposal.lines, strict=True)
                    if line.amount is not None
                ),
                ZERO,
            )
            whole = back.amount
            if whole is None and said:
                whole = max(min(proposal.parts_total + said, proposal.maximum), ZERO)
            amount = pricing.checked_amount(whole, proposal, chosen=True, may_exceed=back.over)
        except ReturnError as error:
            raise _refused(back.path, error) from error
        self._book(back, proposal)
        for number, part in self.parts(min(amount, proposal.maximum)):
            self.left[number] -= part

    def _book(self, back: Back, proposal: Proposal) -> None:
        for line, proposed in zip(_some(back), proposal.lines, strict=True):
            key = self.case.lines[line.line].pk
            is_said = line.amount is not None or line.tax is not None
            paid = Paid(
                amount=proposed.amount if line.amount is None else line.amount,
                tax=proposed.tax if line.tax is None else line.tax,
                taxes=() if is_said else tuple(tax.amount for tax in proposed.taxes),
            )
            before = self.paid.get(key)
            self.paid[key] = paid if before is None else before + paid
            self.done[key] = self.done.get(key, 0) + line.quantity
            if not back.without_return:
                self.returned[key] = self.returned.get(key, 0) + line.quantity
        self.shipping += proposal.shipping_amount
        self.shipping_tax += proposal.shipping_tax
        self.outstanding -= proposal.outstanding_amount

    def parts(self, amount: Decimal) -> tuple[tuple[int, Decimal], ...]:
        """Return (payment by its place, amount): what of a refund goes to which payment."""
        return splits.in_order(amount, list(enumerate(self.left)))

    def _proposal(self, back: Back, *, with_terms: bool) -> Proposal:
        """Return what goes back is worth; fees of the terms only `with_terms`."""
        terms = self.case.terms
        chosen, sent = _some(back), [line for line in back.lines if line.quantity]
        fees = pricing.agreed_fees(
            [_own_terms(terms, line) for line in sent],
            [line.free_of_fees for line in sent],
            self.case.currency,
            repaired=[line.repair for line in sent],
        )
        agreed = zip(sent, fees.restocking_percents, strict=True)
        percents = [percent if with_terms else ZERO for line, percent in agreed if not line.repair]
        fee = back.return_shipping_fee
        if fee is None:
            fee = fees.return_shipping if with_terms and chosen else ZERO
        of = self._money()
        self._check(back)
        pieces = [
            self._pieces(key, line, percent)
            for key, (line, percent) in enumerate(zip(chosen, percents, strict=True))
        ]
        shipping = back.shipping
        if shipping is None:
            bought = [
                (key, row.quantity)
                for key, row in self.lines.items()
                if row.is_goods and is_returned_by_itself(row, self.parents[key])
            ]
            shipping = pricing.default_shipping(terms.shipping_refund, bought, pieces, of)
        return pricing.price(
            pieces,
            of,
            shipping=shipping,
            return_shipping_fee=fee,
            exchange=back.exchange,
        )

    def _pieces(self, key: int, line: Returned, percent: Decimal) -> Pieces:
        said = line.restocking_percent
        return pricing.pieces_of(
            self.case.lines[line.line],
            self.case,
            key=key,
            quantity=line.quantity,
            restocking_percent=percent if said is None else said,
        )

    def _check(self, back: Back) -> None:
        """Refuse pieces that there are not, or that do not go back by themselves."""
        problems = []
        taken: dict[int, int] = {}
        for line in back.lines:
            sold = self.case.lines.get(line.line)
            if sold is None:
                message = _("There is no line “%(id)s”.") % {"id": line.line[:50]}
                problems.append(Problem(f"{line.path}.line", message))
                continue
            key = sold.pk
            gone = self.done if back.without_return else self.returned
            left = max(sold.quantity - gone.get(key, 0), 0) - taken.get(key, 0)
            taken[key] = taken.get(key, 0) + line.quantity
            if line.quantity > left:
                message = _("Choose 0 to %(left)s pieces: that many have not been paid back.")
                problems.append(Problem(f"{line.path}.quantity", message % {"left": left}))
            if not is_returned_by_itself(sold, self.parents[key]):
                message = _("This is part of a bundle that goes back whole: choose the bundle.")
                problems.append(Problem(f"{line.path}.line", message))
        if problems:
            raise QuoteRefused(problems)

    def _money(self) -> OrderMoney:
        case = self.case
        gross = pricing.gross(case.shipping, case.shipping_tax, tax_included=case.tax_included)
        return OrderMoney(
            currency=case.currency,
            done=self.done,
            paid=self.paid,
            left=list(enumerate(self.left)),
            shipping_gross=gross,
            shipping_tax=min(case.shipping_tax, gross),
            shipping_done=self.shipping,
            shipping_tax_done=self.shipping_tax,
            outstanding=self.outstanding,
        )


def _some(back: Back) -> list[Returned]:
    """Return the lines of which something goes back to stay."""
    return [line for line in back.lines if line.quantity and not line.repair]


def _own_terms(terms: ReturnTerms, line: Returned) -> ReturnTerms:
    """Return the terms for a line, with its own fee for return shipping if it has one."""
    fee = line.return_shipping_fee
    return terms if fee is None else replace(terms, return_shipping_fee=fee)


def _outstanding(case: Case) -> Decimal:
    """Return what the case says is still to pay, else what its payments fall short of it all."""
    if case.outstanding is not None or not case.payments:
        return case.outstanding or ZERO
    total = sum((line.subtotal for line in case.lines.values()), case.shipping)
    if not case.tax_included:
        total += sum((line.tax_total for line in case.lines.values()), case.shipping_tax)
    captured = sum((amount for _name, amount, _refunded in case.payments), ZERO)
    return money.outstanding(total, captured, len(case.lines) + 1, case.currency)


def _refused(path: str, error: ReturnError) -> QuoteRefused:
    where = ".".join((path, *error.field[:1]))
    return QuoteRefused([Problem(where, error.message)])


def _plain(
    case: Case, proposal: Proposal, amount: Decimal, parts: tuple[tuple[int, Decimal], ...]
) -> dict[str, Any]:
    returned = _some(case.back)
    return {
        "currency": case.currency,
        "lines": [
            {
                "line": returned[line.key].line,
                "quantity": line.quantity,
                **_amounts(
                    case,
                    {
                        "amount": line.amount,
                        "net": line.amount - line.tax,
                        "tax": line.tax,
                        "restocking_fee": line.restocking_fee,
                    },
                ),
                "taxes": [
                    {**tax.to_json(), **_amounts(case, {"amount": tax.amount})}
                    for tax in line.taxes
                ],
            }
            for line in proposal.lines
        ],
        **_amounts(
            case,
            {
                "items_amount": proposal.items_amount,
                "items_tax": proposal.items_tax,
                "shipping_amount": proposal.shipping_amount,
                "shipping_tax": proposal.shipping_tax,
                "restocking_fee": proposal.restocking_fee,
                "return_shipping_fee": proposal.return_shipping_fee,
                "exchange_amount": proposal.exchange_amount,
                "outstanding_amount": proposal.outstanding_amount,
                "owed": proposal.owed,
                "suggested": proposal.amount,
                "maximum": proposal.maximum,
                "amount": amount,
                "adjustment": amount - proposal.parts_total,
            },
        ),
        "payments": [
            {"payment": case.payments[number][0], **_amounts(case, {"amount": part})}
            for number, part in parts
        ],
    }


def _amounts(case: Case, amounts: Mapping[str, Decimal]) -> dict[str, str]:
    """Return amounts as text, all in the digits of the currency."""
    return {name: f"{money.rounded(value, case.currency):f}" for name, value in amounts.items()}
