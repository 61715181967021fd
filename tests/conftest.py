"""What all tests share: the database server, and jobs that run when a test says so."""

from collections.abc import Callable

import pytest
from django.db import DEFAULT_DB_ALIAS, connections
from pytest_django import DjangoDbBlocker

from returns_project import embedded_postgres
from tests import jobs

embedded_postgres.ensure_running()

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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give the tests that empty the tables those rows."""
    for item in items:
        names = getattr(item, "fixturenames", [])
        marker = item.get_closest_marker("django_db")
        empties = marker is not None and marker.kwargs.get("transaction", False)
        if empties or "transactional_db" in names or "live_server" in names:
            names.append("django_db_serialized_rollback")


@pytest.fixture
def run_jobs(db: None) -> RunJobs:
    """Return a function that runs all waiting jobs, those they defer too, and names them.

    It takes them from the real queue, within the test's own connection, so jobs deferred in the
    test's transaction run too. An error in a job is raised after it was recorded.
    """
    return jobs.run_all
