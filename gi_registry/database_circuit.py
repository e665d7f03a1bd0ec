"""LEAF. Whether the database can be asked: once it failed, some seconds pass before anybody tries again.

Waiting for a database that is away takes as long as connecting may take, for each who asks. So after a failure one
request every few seconds tries, and all others are told at once. Each process learns of it by itself.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import InterfaceError, InternalError, OperationalError

log = logging.getLogger(__name__)

# Away, too slow for its time limit, full, locked, or open for reading only.
FAILURES = (OperationalError, InterfaceError, InternalError)
PAUSE = 3.0  # seconds
_closed_until = 0.0


class DatabaseAway(Exception):
    """The database cannot be asked now."""


@contextmanager
def asked() -> Iterator[None]:
    """A block that asks the database. Raises DatabaseAway where that fails, or has failed a moment ago."""
    global _closed_until
    now = time.monotonic()
    if now < _closed_until:
        raise DatabaseAway
    trying_again, before = bool(_closed_until), _closed_until
    if trying_again:
        _closed_until = now + PAUSE  # the others go on without, until this one knows
    try:
        yield
    except FAILURES as error:
        if not before:
            log.error("The database cannot be asked (%s); answers about labels are those last known.", error)
        _closed_until = time.monotonic() + PAUSE
        raise DatabaseAway from error
    except BaseException:
        _closed_until = before
        raise
    if trying_again:
        _closed_until = 0.0
        log.warning("The database answers again.")


def forget() -> None:
    """Try with the next question."""
    global _closed_until
    _closed_until = 0.0
