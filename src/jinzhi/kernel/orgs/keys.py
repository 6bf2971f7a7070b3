"""Secrets a person or a machine holds: made here, kept only as SHA-256, compared in constant time."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings

# No characters that are taken for one another when read from a screen or a console (0/O, 1/I/l).
READABLE = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


def digest(secret: str) -> str:
    """SHA-256 of a secret with at least 60 bits of chance in it, as 64 hexadecimal digits (for passwords use a password hash)."""
    return hashlib.sha256(secret.encode()).hexdigest()


def same(secret: str, kept: str) -> bool:
    """Whether ``secret`` is the one whose digest was kept."""
    return hmac.compare_digest(digest(secret), kept)


def readable_secret(groups: int = 4, size: int = 4) -> str:
    """A secret to be read aloud or typed: ``7KQX-M2RT-…``, five bits a character."""
    return "-".join("".join(secrets.choice(READABLE) for _ in range(size)) for _ in range(groups))


def normalised(typed: str) -> str:
    """A readable secret as typed: spaces, missing dashes and small letters forgiven. ``7kqx m2rt`` gives ``7KQX-M2RT``."""
    letters = [c for c in typed.upper() if c in READABLE]
    return "-".join("".join(letters[at : at + 4]) for at in range(0, len(letters), 4))


def _box() -> Fernet:
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(b"shown once:" + settings.SECRET_KEY.encode()).digest()))


def sealed(secret: str) -> str:
    """A secret on its way to the one page that shows it, unreadable in the session table it passes through."""
    return _box().encrypt(secret.encode()).decode()


def unsealed(text: str) -> str:
    """The secret again; empty for what was not sealed here within the last ten minutes."""
    try:
        return _box().decrypt(text.encode(), ttl=600).decode()
    except InvalidToken:
        return ""
