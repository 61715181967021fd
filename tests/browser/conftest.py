"""A real browser against the real pages: Debian's Chromium, at the size of a phone and a desk."""

import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.db import connections
from playwright.sync_api import Browser, BrowserContext, Page, Playwright
from pytest_django.live_server_helper import LiveServer

# Playwright's synchronous interface runs an event loop in this thread, in which Django would
# otherwise refuse to use the database.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

PHONE = {"width": 360, "height": 740}
DESKTOP = {"width": 1440, "height": 900}
# The rules of WCAG 2.0 to 2.2, levels A and AA, and axe's own best practice.
AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
TIMEOUT = 10_000  # milliseconds


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """Start the installed Chromium, with neither sandbox (tests may run as root) nor telephone."""
    return {
        "executable_path": shutil.which("chromium") or shutil.which("chromium-browser"),
        "args": ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
    }


@pytest.fixture(scope="session", autouse=True)
def _connections_of_the_loop(playwright: Playwright) -> Iterator[None]:
    """Close what was opened beside Playwright's event loop, in which Django keeps it apart.

    Otherwise it would still be open when the test database is dropped.
    """
    yield
    connections.close_all()


def _page(browser: Browser, server: LiveServer, **options: Any) -> Iterator[Page]:
    """Open a page that fails the test when a script fails or the policy blocks something."""
    context: BrowserContext = browser.new_context(base_url=server.url, **options)
    context.set_default_timeout(TIMEOUT)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: _note(errors, message.type, message.text))
    yield page
    context.close()
    assert errors == []


def _note(errors: list[str], kind: str, text: str) -> None:
    # A status such as 422 for a form with errors is not a fault of the page.
    if kind == "error" and not text.startswith("Failed to load resource"):
        errors.append(text)


@pytest.fixture
def phone(browser: Browser, live_server: LiveServer) -> Iterator[Page]:
    """A page of 360 x 740 pixels, touched."""
    yield from _page(browser, live_server, viewport=PHONE, has_touch=True, is_mobile=True)


@pytest.fixture
def desktop(browser: Browser, live_server: LiveServer) -> Iterator[Page]:
    """A page of 1440 x 900 pixels."""
    yield from _page(browser, live_server, viewport=DESKTOP)


@pytest.fixture
def phone_without_script(browser: Browser, live_server: LiveServer) -> Iterator[Page]:
    """A page of 360 x 740 pixels in which no script runs."""
    yield from _page(browser, live_server, viewport=PHONE, java_script_enabled=False)


@pytest.fixture(scope="session")
def assert_accessible() -> Callable[[Page], None]:
    """Return a check that axe finds nothing on a page, in light and in dark colours.

    It also checks that the page never scrolls sideways.
    """
    axe = Axe()

    def check(page: Page) -> None:
        # A page whose styles are still on their way shows what they hide.
        page.wait_for_load_state("load")
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            results = axe.run(page, options={"runOnly": {"type": "tag", "values": AXE_TAGS}})
            assert results.violations_count == 0, f"{page.url} ({scheme})\n{_report(results)}"
        page.emulate_media(color_scheme=None, reduced_motion=None)
        width = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert width <= 0, f"{page.url} is {width} pixels too wide"

    return check


def _report(results: Any) -> str:
    lines = []
    for violation in results.response["violations"]:
        lines.append(f"{violation['id']}: {violation['help']}")
        lines.extend(f"    {node['html']}" for node in violation["nodes"])
    return "\n".join(lines)
