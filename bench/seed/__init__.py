"""Fills a database with orders and returns of two years, of realistic shape.

sink.py     rows on their way into tables     orders.py   what was sold
people.py   buyers                            returns.py  what came back
checks.py   whether all that holds
"""

import argparse
import random
import sys
import time
from collections.abc import Sequence

from django.db import connection, transaction
from django.utils import timezone
from tqdm import tqdm

from bench import _database
from bench.seed import checks, orders, people, returns
from bench.seed.sink import Sink
from orders.models import Store
from returns_project.demo import people as demo_people
from returns_project.demo import stores

ORDERS_PER_RETURN = 2
BATCH = 4_000


def main(arguments: Sequence[str]) -> None:
    """Fill the database; exit with 1 when what came out breaks a rule of the domain."""
    parser = argparse.ArgumentParser(prog="python -m bench seed", description=__doc__)
    parser.add_argument("--returns", type=int, default=100_000, help="default: 100000")
    parser.add_argument("--fresh", action="store_true", help="drop the benchmark's database first")
    chosen = parser.parse_args(arguments)
    _database.prepare(fresh=chosen.fresh)
    if Store.objects.exists():
        sys.exit(f"{_database.name()} is filled already. --fresh makes it anew.")
    began = time.monotonic()
    fill(chosen.returns)
    print(f"Filled in {time.monotonic() - began:.0f} s.")
    broken = checks.broken_rules()
    if broken:
        sys.exit("These rules do not hold:\n  " + "\n  ".join(broken))
    print(f"All {len(checks.RULES)} rules of the domain hold.")


def fill(count: int) -> None:
    """Store `count` returns with all that belongs to them, in several transactions."""
    random_ = random.Random(1)
    with transaction.atomic():
        staff = demo_people.hire()
        stores.open_all()
        shelf = orders.Shelf(random_)
        sink = Sink()
        buyers = people.Buyers(sink, random_, count * ORDERS_PER_RETURN // 3)
        sink.flush()
    making = orders.Making(sink, shelf, buyers, random_)
    telling = returns.Telling(sink, staff, random_, now=timezone.now())
    total = count * ORDERS_PER_RETURN
    with tqdm(total=total, unit=" orders") as progress:
        for start in range(0, total, BATCH):
            with transaction.atomic():
                for index in range(start, min(start + BATCH, total)):
                    sold = making.order(index, total, telling.now)
                    telling.tell(sold, due=telling.due(index, total, count))
                    making.store(sold, telling.now)
                sink.flush()
            progress.update(min(BATCH, total - start))
    with transaction.atomic():
        sink.set_sequences()
    _vacuum()


def _vacuum() -> None:
    """Leave the tables as they would be after some quiet hours."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
