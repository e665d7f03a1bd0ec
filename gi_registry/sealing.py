"""LEAF. Secrets in the database are sealed (AES-GCM) under a master key that comes from the environment."""

from __future__ import annotations

import binascii
import secrets
from base64 import b64decode
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

KEY_BYTES = 32
_NONCE_BYTES = 12


class SealBroken(Exception):
    """What was sealed cannot be opened: its master key is missing, or key, binding or content are other ones."""


def read_key(text: str, name: str) -> bytes:
    """A key from its base64. Raises ImproperlyConfigured, naming the setting."""
    try:
        key = b64decode(text.strip().translate({ord("-"): "+", ord("_"): "/"}), validate=True)
    except binascii.Error:
        key = b""
    if len(key) != KEY_BYTES:
        raise ImproperlyConfigured(f"{name} needs keys of {KEY_BYTES} random bytes in base64.")
    return key


@lru_cache(maxsize=4)
def _master_keys(text: str) -> dict[int, AESGCM]:
    keys = {}
    for part in text.split(","):
        number, colon, key = part.strip().partition(":")
        if not colon or not number.isdecimal() or int(number) in keys:
            raise ImproperlyConfigured("GI_MASTER_KEYS reads ID:KEY,ID:KEY; each ID is a number of its own.")
        keys[int(number)] = AESGCM(read_key(key, "GI_MASTER_KEYS"))
    return keys


def current_key_id() -> int:
    """The master key that seals now."""
    return next(iter(_master_keys(settings.MASTER_KEYS)))


def seal(secret: bytes, bound_to: bytes) -> tuple[int, bytes]:
    """Id of the master key and the sealed secret, which opens only for what it is bound to."""
    key_id, nonce = current_key_id(), secrets.token_bytes(_NONCE_BYTES)
    return key_id, nonce + _master_keys(settings.MASTER_KEYS)[key_id].encrypt(nonce, secret, bound_to)


def unseal(key_id: int, sealed: bytes | memoryview[int], bound_to: bytes, name: str) -> bytes:
    """The secret; `name` says in a fault what it belongs to. Raises SealBroken."""
    content, key = bytes(sealed), _master_keys(settings.MASTER_KEYS).get(key_id)
    if key is None:
        raise SealBroken(f"Master key {key_id} of {name} is not in GI_MASTER_KEYS.")
    try:
        return key.decrypt(content[:_NONCE_BYTES], content[_NONCE_BYTES:], bound_to)
    except InvalidTag:
        raise SealBroken(f"The secret of {name} does not open: master key, order key or row was changed.") from None
