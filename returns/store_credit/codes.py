"""The code with which a guest opens their store credit: made when it is mailed, kept as a hash.

100 random bits cannot be tried out, so a plain hash keeps them, whatever the secret key is later.
The code itself is nowhere stored; who lost it gets a new one, and the old one no longer counts.
"""

import hashlib
import secrets
from typing import Final

from django.utils import timezone

from returns.models import StoreCreditAccount

# Crockford's Base32 (https://www.crockford.com/base32.html): no I, L, O, U to be misread.
_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_MISREAD: Final = str.maketrans({"I": "1", "L": "1", "O": "0"})
LENGTH: Final = 20
GROUP: Final = 4


def renew(account: StoreCreditAccount) -> str:
    """Give a guest's account a new code and return it in groups; an earlier one opens nothing."""
    code = random_code(LENGTH)
    account.code_hash = _hash(code)
    account.code_hint = code[-GROUP:]
    account.save(update_fields=["code_hash", "code_hint"])
    return grouped(code)


def random_code(length: int) -> str:
    """Return so many random letters and digits, five bits each."""
    return "".join(secrets.choice(_ALPHABET) for _position in range(length))


def grouped(code: str) -> str:
    """Return a code as people read it."""
    return "-".join(code[start : start + GROUP] for start in range(0, len(code), GROUP))


def plain(typed: str) -> str:
    """Return a code as it is kept, however it was typed: case, spaces and hyphens do not matter."""
    return "".join(part for part in typed.upper() if part.isalnum()).translate(_MISREAD)


def sent(account: StoreCreditAccount) -> None:
    """Remember that the code was mailed."""
    account.code_sent_at = timezone.now()
    account.save(update_fields=["code_sent_at"])


def find(typed: str) -> StoreCreditAccount | None:
    """Return the account that a typed code opens; case, spaces and hyphens do not matter."""
    code = plain(typed)
    if len(code) != LENGTH:
        return None
    return StoreCreditAccount.objects.filter(code_hash=_hash(code)).first()


def _hash(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()
