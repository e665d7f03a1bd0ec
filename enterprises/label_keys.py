"""LEAF. The keys of label codes: master keys that seal what is secret in the database, and the order key.

Neither the database nor the environment alone can make a code: each batch has a secret of its own, kept only sealed
(AES-GCM) under a master key. Several master keys open, the first one seals, so that they can be changed without
touching a code. The seal is bound to what it belongs to and to the order key: a wrong order key, which would make
every label read as "not issued", fails to open instead.
"""

from __future__ import annotations

import hashlib
import secrets
from functools import lru_cache

from django.conf import settings

from enterprises.label_codes import KEY_BYTES
from gi_registry import sealing
from gi_registry.sealing import SealBroken, current_key_id, read_key

__all__ = ["SealBroken", "current_key_id", "new_secret", "order_key", "seal", "unseal"]


@lru_cache(maxsize=4)
def _order_key(text: str) -> bytes:
    return read_key(text, "GI_ORDER_KEY")


def order_key() -> bytes:
    """The key of the permutation. It never changes: a new one would make every printed code unreadable."""
    return _order_key(settings.ORDER_KEY)


def new_secret() -> bytes:
    """A secret of a batch, or of a month."""
    return secrets.token_bytes(KEY_BYTES)


def _bound_to(name: str) -> bytes:
    return f"gi-seal/1:{name}:".encode() + hashlib.sha256(order_key()).digest()[:8]


def seal(secret: bytes, name: str) -> tuple[int, bytes]:
    """Id of the master key and the sealed secret; `name` says what it belongs to ('batch:12')."""
    return sealing.seal(secret, _bound_to(name))


def unseal(key_id: int, sealed: bytes | memoryview[int], name: str) -> bytes:
    """The secret. Raises SealBroken."""
    return sealing.unseal(key_id, sealed, _bound_to(name), name)
