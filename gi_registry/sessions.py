"""READER. Sessions in the database, read from Redis where that is known to be right. Used with GI_REDIS_URL only.

Django's own `cached_db` can bring an ended session back to life: when Redis could not be reached as it was ended, or
when a slow reader puts back what it read before. Here

* whoever changes or ends a session leaves a mark in Redis in its place, for a few seconds, after the change is
  committed; a reader that meets the mark asks the database, and cannot put anything over it;
* where the mark cannot be left, the database is told (a row of the table of sessions with a name that no session can
  have) that copies older than that are not to be trusted. Every process looks for that row each two seconds and
  reads from the database alone until the last old copy has run out, a minute later.

So an ended session is over for everybody who reaches Redis at once, and otherwise after two seconds. Rows of sessions
must be ended through `SessionStore.delete`; a query that deletes them leaves copies for up to a minute.
"""

from __future__ import annotations

import datetime
import time
from contextlib import suppress
from typing import Any

from django.contrib.sessions.backends.cached_db import SessionStore as CachedStore
from django.contrib.sessions.backends.db import SessionStore as StoredSessions
from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils import timezone

from gi_registry.shared_cache import CacheAway

COPY = 60  # seconds for which a copy is kept
MARK = 5  # seconds for which nobody may make a new copy of a session that was changed
LOOK = 2.0  # seconds between two looks for the warning
CHANGED = "changed"
WARNING = "!copies-are-old"  # keys of sessions are letters and digits

_looked: dict[str, float] = {}  # "at": when this process last looked; "until": how long it reads no copies


class SessionStore(CachedStore):
    """One session. Sync use only; the async methods of Django would leave no marks."""

    def load(self) -> dict[str, Any]:
        key = self.session_key
        copy = self._copy() if key and not warned() else None
        if isinstance(copy, dict):
            return copy
        row = self._get_session_from_db()  # type: ignore[attr-defined]
        if row is None:
            return {}
        data: dict[str, Any] = self.decode(row.session_data)
        if copy is None and not warned():
            self._keep(data, (row.expire_date - timezone.now()).total_seconds())
        return data

    def exists(self, session_key: str) -> bool:
        return StoredSessions.exists(self, session_key)

    def save(self, must_create: bool = False) -> None:
        StoredSessions.save(self, must_create)
        key = str(self.session_key)
        transaction.on_commit(lambda: self._mark(key))

    def delete(self, session_key: str | None = None) -> None:
        key = session_key or self.session_key
        StoredSessions.delete(self, session_key)
        if key:
            transaction.on_commit(lambda: self._mark(key))

    def _copy(self) -> Any:
        try:
            return self._cache.get(self.cache_key)  # type: ignore[attr-defined]
        except CacheAway:
            return None

    def _keep(self, data: dict[str, Any], seconds: float) -> None:
        with suppress(CacheAway):
            self._cache.add(  # type: ignore[attr-defined]
                self.cache_key, data, max(1, min(COPY, int(seconds)))
            )

    def _mark(self, key: str) -> None:
        try:
            self._cache.set(self.cache_key_prefix + key, CHANGED, MARK)  # type: ignore[attr-defined]
        except CacheAway:
            warn()


def warn() -> None:
    """Tell every process that copies of now and before are not to be trusted."""
    now = time.time()
    if now < _looked.get("told", 0.0) + 1:  # the row outlives the last copy by more than that
        return
    end = timezone.now() + datetime.timedelta(seconds=COPY + MARK)
    Session.objects.update_or_create(session_key=WARNING, defaults={"session_data": "", "expire_date": end})
    _looked.update(told=now, at=now, until=now + COPY + MARK)


def warned() -> bool:
    """Whether copies are not to be trusted now. One small query each two seconds of a process."""
    now = time.time()
    if now >= _looked.get("at", 0.0) + LOOK:
        end = Session.objects.filter(session_key=WARNING).values_list("expire_date", flat=True).first()
        _looked.update(at=now, until=end.timestamp() if end else 0.0)
    return now < _looked.get("until", 0.0)
