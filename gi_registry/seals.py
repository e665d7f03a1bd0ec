"""LEAF. What the public journal holds of things that are not public: a fingerprint that can be checked later."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Mapping
from typing import Any


def seal(text: str, salt: str) -> dict[str, str]:
    """SHA-256 in hex over salt and text; the salt stays with the row."""
    return {"text_sha256": hashlib.sha256(f"{salt}{text}".encode()).hexdigest()}


def sealed(values: Mapping[str, Any], nonce: uuid.UUID) -> dict[str, str]:
    """The same for values: as JSON with sorted keys, salted with the nonce of the row."""
    return seal(json.dumps(values, sort_keys=True, default=str), nonce.hex)
