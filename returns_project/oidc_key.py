"""The key that identities of buyers are signed with, where an installation was not given one."""

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from returns_project import kept_keys


def read_or_create(var_dir: Path) -> str:
    """Return the key in `var_dir` as PEM, after making one if there is none.

    Raises ImproperlyConfigured as `kept_keys.read_or_create` does.
    """
    return kept_keys.read_or_create(var_dir / "oidc_key.pem", _make, setting="OIDC_PRIVATE_KEY")


def _make() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
