"""The keys of an installation that was not given them."""

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from returns_project import kept_keys, oidc_key, secret_key


def test_key_is_made_once_and_closed_to_others(tmp_path: Path) -> None:
    key = secret_key.read_or_create(tmp_path / "var")
    assert len(key) >= 50
    assert secret_key.read_or_create(tmp_path / "var") == key
    assert (tmp_path / "var/secret_key").stat().st_mode & 0o777 == 0o600
    assert [file.name for file in (tmp_path / "var").iterdir()] == ["secret_key"]


def test_quicker_process_wins(tmp_path: Path) -> None:
    (tmp_path / "secret_key").write_text("the other's")
    kept_keys.create(tmp_path / "secret_key", "mine")
    assert secret_key.read_or_create(tmp_path) == "the other's"


def test_folder_that_cannot_be_written_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("a file where the folder should be")
    with pytest.raises(ImproperlyConfigured, match="Set SECRET_KEY"):
        secret_key.read_or_create(tmp_path / "var")


def test_key_for_identities_is_kept_beside_it(tmp_path: Path) -> None:
    key = oidc_key.read_or_create(tmp_path)
    assert key.startswith("-----BEGIN PRIVATE KEY-----\n")
    assert oidc_key.read_or_create(tmp_path) == key
    assert (tmp_path / "oidc_key.pem").stat().st_mode & 0o777 == 0o600
