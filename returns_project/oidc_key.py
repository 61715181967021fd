"""The key that identities of buyers are signed with, where an installation was not given one.

Made once, and kept in var/. Several machines must share one, so there OIDC_PRIVATE_KEY is set.
"""

import os
import tempfile
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.core.exceptions import ImproperlyConfigured


def read_or_create(var_dir: Path) -> str:
    """Return the key in `var_dir` as PEM, after making one if there is none.

    Processes that start together get the same key. Raises ImproperlyConfigured when `var_dir`
    can neither be read nor written.
    """
    file = var_dir / "oidc_key.pem"
    try:
        if not file.exists():
            _create(file)
        return file.read_text()
    except OSError as error:
        raise ImproperlyConfigured(
            f"Set OIDC_PRIVATE_KEY, or let this user write to {var_dir} ({error})."
        ) from error


def _create(file: Path) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.parent.mkdir(exist_ok=True)
    with tempfile.NamedTemporaryFile("wb", dir=file.parent) as new:  # closed to other users
        new.write(pem)
        new.flush()
        try:
            os.link(new.name, file)  # fails when another process was quicker
        except FileExistsError:
            return
