"""Times `refund_quote` on many cases: from JSON text to JSON text, without a database."""

import argparse
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
LIMIT = 10.0  # seconds for 10,000 cases
CURRENCIES = {"EUR": 2, "JPY": 0, "KWD": 3}


def main(arguments: Sequence[str]) -> None:
    """Print how long the command takes; exit with 1 when it is above the limit."""
    parser = argparse.ArgumentParser(prog="python -m bench quotes", description=__doc__)
    parser.add_argument("--cases", type=int, default=10_000, help="default: 10000")
    chosen = parser.parse_args(arguments)
    chance = random.Random(1)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "cases.json"
        path.write_text(json.dumps([_case(chance) for _n in range(chosen.cases)]), encoding="utf-8")
        began, before = time.perf_counter(), _processor_time()
        done = subprocess.run(
            [sys.executable, "manage.py", "refund_quote", str(path)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        seconds, busy = time.perf_counter() - began, _processor_time() - before
    answers = json.loads(done.stdout)
    refused = sum("error" in answer for answer in answers)
    limit = LIMIT * chosen.cases / 10_000
    print(f"{len(answers)} cases ({refused} refused) in {seconds:.1f} s, at most {limit:.1f} s")
    print(f"processor time: {busy:.1f} s")
    if seconds > limit or refused or len(answers) != chosen.cases:
        sys.exit("Above the limit, or not all cases were answered.")


def _processor_time() -> float:
    """Return the seconds that processes started from here took."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _case(chance: random.Random) -> dict[str, Any]:
    """Return an order of up to five lines, two refunds before, and a return of what is left."""
    currency, digits = chance.choice(list(CURRENCIES.items()))

    def amount(most: int) -> str:
        return str(Decimal(chance.randrange(most * 10**digits)).scaleb(-digits))

    lines: list[dict[str, Any]] = [
        {
            "id": str(number),
            "quantity": chance.randint(2, 6),
            "unit_price": amount(200),
            "taxes": [
                {"title": "State", "rate": "4", "amount": amount(9)},
                {"title": "City", "rate": "4.875", "amount": amount(9)},
            ],
        }
        for number in range(chance.randint(1, 5))
    ]
    one_of_each = [{"line": line["id"], "quantity": 1} for line in lines]
    whole = sum((Decimal(line["unit_price"]) * line["quantity"] for line in lines), Decimal(0))
    return {
        "order": {
            "currency": currency,
            "tax_included": chance.random() < 0.5,
            "lines": lines,
            "discounts": [{"amount": f"{(whole / 10).quantize(Decimal(1).scaleb(-digits)):f}"}],
            "shipping": {"amount": amount(10)},
            "payments": [{"id": "gift card", "amount": "20"}, {"id": "card", "amount": "5000"}],
            "refunds": [
                {"lines": one_of_each[:1]},
                {"lines": [], "amount": "1", "shipping": "0"},
            ],
            "terms": {"restocking_fee_percent": "7.5", "return_shipping_fee": "3"},
        },
        "return": {"lines": one_of_each},
    }
