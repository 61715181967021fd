"""Refunds worked out from plain JSON, without a database: what `manage.py refund_quote` answers.

docs/refunds.md has the format. The arithmetic is that of the sites (`returns.refunds.pricing`).
"""

from typing import Any

from returns.refunds.quotes.answer import answered
from returns.refunds.quotes.case import Case, case_from_plain
from returns.refunds.quotes.problems import Problem, QuoteRefused

__all__ = ["Case", "Problem", "QuoteRefused", "answer"]


def answer(plain: object) -> dict[str, Any]:
    """Return the quote for one case as plain JSON, amounts as text.

    What is wrong with a case is told in its answer, as `error`: every problem with a JSON path.
    """
    told = {"id": plain["id"]} if isinstance(plain, dict) and "id" in plain else {}
    try:
        return {**told, **answered(case_from_plain(plain))}
    except QuoteRefused as error:
        problems = [{"path": each.path, "message": each.message} for each in error.problems]
        return {**told, "error": {"message": str(error), "problems": problems}}
