"""Keys that an installation makes for itself where the environment names none. LEAF."""

import contextlib
import os
import secrets
import tempfile
from base64 import urlsafe_b64encode
from collections.abc import Callable
from pathlib import Path


def own_key(file: Path, make: Callable[[], str]) -> str:
    """The key in a file that only its owner can read (mode 600); made on the first call."""
    if not file.exists():
        file.parent.mkdir(mode=0o700, exist_ok=True)
        # Written whole under another name first: of two processes that start together one link wins,
        # and a process killed here leaves no half-written key.
        handle, draft = tempfile.mkstemp(dir=file.parent)
        with os.fdopen(handle, "w") as stream:
            stream.write(make())
        with contextlib.suppress(FileExistsError):
            os.link(draft, file)
        os.unlink(draft)
    return file.read_text()


def secret_text() -> str:
    """A secret of 50 random bytes, as text."""
    return secrets.token_urlsafe(50)


def key_text() -> str:
    """A key of 32 random bytes in URL-safe base64."""
    return urlsafe_b64encode(secrets.token_bytes(32)).decode()
