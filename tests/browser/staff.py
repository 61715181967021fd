"""Signing members of staff in, for the stories of the back office."""

from django.test import Client
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from accounts.models import Role, User
from tests.factories import UserFactory


def sign_in(page: Page, server: LiveServer, name: str, *roles: Role) -> User:
    """Sign somebody new with these roles in, and open the start page of the back office."""
    user = UserFactory(name=name, roles=list(roles))
    client = Client()
    client.force_login(user)
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": server.url}
    page.context.add_cookies([cookie])  # type: ignore[list-item]
    page.goto("/backoffice/")
    return user
