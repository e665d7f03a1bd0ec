"""LEAF. How long a page may keep the database busy: limits that the server sets on its connections.

Commands (migrations, loads, exports, the worker) are not held to them, for they may take their time: `wsgi.py` alone
asks for them. Behind pgbouncer (`GI_POOLER`) a connection belongs to nobody, so that the limits are properties of
the database's user there (docs/settings-in-production.md).
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

IDLE = 60_000  # milliseconds that a transaction may wait for its own page


def limit_pages() -> None:
    """From now on each new connection of this process has the limits of pages."""
    connection_created.connect(_limit, dispatch_uid="limits-of-pages")


def _limit(connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    if connection.vendor != "postgresql" or settings.POOLER:
        return
    limits = {
        "statement_timeout": settings.STATEMENT_TIMEOUT_MS,
        "lock_timeout": settings.LOCK_TIMEOUT_MS,
        "idle_in_transaction_session_timeout": IDLE,
    }
    with connection.cursor() as cursor:
        calls = ", ".join("set_config(%s, %s, false)" for _name in limits)
        cursor.execute(f"SELECT {calls}", [part for name, value in limits.items() for part in (name, str(value))])
