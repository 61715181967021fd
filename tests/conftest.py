"""What all tests share: the database server, and jobs that run when a test says so."""

from collections.abc import Callable, Iterator

import pytest
from django.conf import settings as django_settings
from django.db import DEFAULT_DB_ALIAS, connections
from django.utils import translation
from hypothesis import settings
from pytest_django import DjangoDbBlocker

from returns_project import embedded_postgres
from tests import jobs

embedded_postgres.ensure_running()

# Speed is judged in bench/; a test that was slow once is not a test that failed.
settings.register_profile("retour", deadline=None)
settings.load_profile("retour")

RunJobs = Callable[[], list[str]]


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """Remember the rows that migrations made, such as return reasons.

    Django restores them from here for tests that empty the tables; the plugin fills it only for
    tests whose marker asks for it.
    """
    with django_db_blocker.unblock():
        wrapper = connections[DEFAULT_DB_ALIAS]
        # On the class, because the event loop of browser tests has a connection of its own.
        type(wrapper)._test_serialized_contents = (  # type: ignore[attr-defined]
            wrapper.creation.serialize_db_to_string()
        )


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the tests that empty the tables last, with the rows of migrations and an empty queue."""
    for item in items:
        if _empties_tables(item):
            names: list[str] = item.fixturenames  # type: ignore[attr-defined]
            names += ["django_db_serialized_rollback", "_empty_queue"]
    items.sort(key=_empties_tables)


def _empties_tables(item: pytest.Item) -> bool:
    names = getattr(item, "fixturenames", ())
    marker = item.get_closest_marker("django_db")
    by_marker = marker is not None and bool(marker.kwargs.get("transaction"))
    return by_marker or "transactional_db" in names or "live_server" in names


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    """Begin in the settings' language, whatever the pages of the test before were read in."""
    translation.activate(django_settings.LANGUAGE_CODE)
    yield
    translation.activate(django_settings.LANGUAGE_CODE)


@pytest.fixture
def _empty_queue(transactional_db: None) -> Iterator[None]:
    """Empty the queue, whose tables Django leaves alone because their models are unmanaged."""
    yield
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute("TRUNCATE procrastinate_jobs, procrastinate_workers CASCADE")


@pytest.fixture
def run_jobs(db: None) -> RunJobs:
    """Return a function that runs all waiting jobs, those they defer too, and names them.

    It takes them from the real queue, within the test's own connection, so jobs deferred in the
    test's transaction run too. An error in a job is raised after it was recorded.
    """
    return jobs.run_all
