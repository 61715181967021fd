"""The system checks, each with an installation that it is made for."""

import pytest
from pytest_django import Settings

from returns_project import checks
from tests.factories import PaymentFactory


def test_short_key_is_an_error(settings: Settings) -> None:
    settings.SECRET_KEY = "k" * 49
    assert [message.id for message in checks.check_key(None)] == ["retour.E001"]
    settings.SECRET_KEY = "k" * 50
    assert checks.check_key(None) == []


def test_development_mode_beyond_this_machine_is_an_error(settings: Settings) -> None:
    settings.DEBUG = True
    settings.ALLOWED_HOSTS = ["localhost", "returns.example.com"]
    assert [message.id for message in checks.check_debug(None)] == ["retour.E002"]
    settings.ALLOWED_HOSTS = ["localhost", "[::1]"]
    assert checks.check_debug(None) == []


def test_mail_that_only_goes_to_files_is_a_warning(settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    assert [message.id for message in checks.check_mail(None)] == ["retour.W001"]
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    assert checks.check_mail(None) == []


def test_address_of_this_machine_is_a_warning(settings: Settings) -> None:
    assert [message.id for message in checks.check_address(None)] == ["retour.W002"]
    settings.SITE_URL = "https://returns.example.com"
    assert checks.check_address(None) == []


def test_missing_libraries_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    assert checks.check_libraries(None) == []
    monkeypatch.setattr(checks, "_can_load", lambda *names: False)
    assert [message.id for message in checks.check_libraries(None)] == [
        "retour.E003",
        "retour.W003",
    ]


@pytest.mark.parametrize(
    ("key", "found"), [("", []), ("sk_test_1", []), ("rk_live_1", []), ("pk_1", ["retour.E004"])]
)
def test_key_that_cannot_pay_back_is_an_error(
    settings: Settings, key: str, found: list[str]
) -> None:
    settings.STRIPE_API_KEY = key
    messages = checks.check_stripe_key(None)
    assert [message.id for message in messages] == found
    assert not key or key not in repr(messages)


@pytest.mark.django_db
def test_stripe_without_key_or_secret_is_a_warning(settings: Settings) -> None:
    assert checks.check_stripe(None) == []
    PaymentFactory(gateway="stripe")
    assert [message.id for message in checks.check_stripe(None)] == ["retour.W005"]
    settings.STRIPE_API_KEY = "sk_test_1"
    assert [message.id for message in checks.check_stripe(None)] == ["retour.W004"]
    settings.STRIPE_WEBHOOK_SECRET = "whsec_1"
    assert checks.check_stripe(None) == []
