"""A buyer of a shop elsewhere signs in here with a mailed code and is led back there."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import urlencode

import pytest
from django.core import mail
from django.core.cache import cache
from playwright.sync_api import Page, expect

from accounts import buyer_programs
from tests.factories import sent_order
from tests.returns_project.test_signin import code_in_mail

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shop() -> Iterator[str]:
    """A shop on another origin, to which buyers come back."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<title>Shop</title><h1>Welcome back</h1>")

        def log_message(self, *_: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/account/authorize"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("viewport", ["phone", "phone_without_script"])
def test_buyer_signs_in_for_a_shop_elsewhere(
    viewport: str, shop: str, request: pytest.FixtureRequest
) -> None:
    page: Page = request.getfixturevalue(viewport)
    cache.clear()
    sent_order(1, customer=None, guest_email="eve@example.com")
    program = buyer_programs.create(name="Shop", redirect_uris=[shop]).client
    asked = {
        "client_id": program.pk,
        "scope": "openid email customer-account-api:full",
        "response_type": "code",
        "redirect_uri": shop,
        "state": "kept",
        "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        "code_challenge_method": "S256",
    }

    page.goto(f"/identity/o/authorize?{urlencode(asked)}")
    page.get_by_label("E-mail address").first.fill("eve@example.com")
    page.get_by_role("button", name="Mail me a code").click()
    expect(page.get_by_label("Code")).to_be_visible()
    assert mail.outbox[-1].to == ["eve@example.com"]
    page.get_by_label("Code").fill(code_in_mail())
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", level=1)).to_have_text("Welcome back")
    assert page.url.startswith(f"{shop}?")
    assert "state=kept" in page.url
    assert "code=" in page.url
