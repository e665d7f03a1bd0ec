"""LEAF. The keys of label codes: master keys that seal what is secret in the database, and the order key.

Neither the database nor the environment alone can make a code: each batch has a secret of its own, kept only sealed
(AES-GCM) under a master key. Several master keys open, the first one seals, so that they can be changed without
touching a code. The seal is bound to what it belongs to and to the order key: a wrong order key, which would make
every label read as "not issued", fails to open instead.
"""

from __future__ import annotations

import binascii
import hashlib
import secrets
from base64 import b64decode
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from enterprises.label_codes import KEY_BYTES

_NONCE_BYTES = 12


class SealBroken(Exception):
    """What was sealed cannot be opened: its master key is missing, or key, order key or content are other ones."""


def _key(text: str, name: str) -> bytes:
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
        keys[int(number)] = AESGCM(_key(key, "GI_MASTER_KEYS"))
    return keys


@lru_cache(maxsize=4)
def _order_key(text: str) -> bytes:
    return _key(text, "GI_ORDER_KEY")


def order_key() -> bytes:
    """The key of the permutation. It never changes: a new one would make every printed code unreadable."""
    return _order_key(settings.ORDER_KEY)


def current_key_id() -> int:
    """The master key that seals now."""
    return next(iter(_master_keys(settings.MASTER_KEYS)))


def new_secret() -> bytes:
    """A secret of a batch, or of a month."""
    return secrets.token_bytes(KEY_BYTES)


def _bound_to(name: str) -> bytes:
    return f"gi-seal/1:{name}:".encode() + hashlib.sha256(order_key()).digest()[:8]


def seal(secret: bytes, name: str) -> tuple[int, bytes]:
    """Id of the master key and the sealed secret; `name` says what it belongs to ('batch:12')."""
    key_id, nonce = current_key_id(), secrets.token_bytes(_NONCE_BYTES)
    return key_id, nonce + _master_keys(settings.MASTER_KEYS)[key_id].encrypt(nonce, secret, _bound_to(name))


def unseal(key_id: int, sealed: bytes | memoryview[int], name: str) -> bytes:
    """The secret. Raises SealBroken."""
    content, key = bytes(sealed), _master_keys(settings.MASTER_KEYS).get(key_id)
    if key is None:
        raise SealBroken(f"Master key {key_id} of {name} is not in GI_MASTER_KEYS.")
    try:
        return key.decrypt(content[:_NONCE_BYTES], content[_NONCE_BYTES:], _bound_to(name))
    except InvalidTag:
        raise SealBroken(f"The secret of {name} does not open: master key, order key or row was changed.") from None
