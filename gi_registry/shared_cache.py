"""LEAF. Caches in Redis that make the site slower, never wrong, when Redis is away.

After a failure Redis is left alone for a few seconds by the whole process, so that a dead one does not cost every
request a timeout. It is said in the log once, and once more when it answers again.
"""

from __future__ import annotations

import logging
import time
from typing import Any

from django.core.cache.backends.base import BaseCache
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

log = logging.getLogger(__name__)

REST = 3.0  # seconds for which a Redis that failed is not asked
_away: dict[str, float] = {}  # server -> when it may be asked again (monotonic)


class CacheAway(Exception):
    """Redis does not answer."""


class WatchedCache(RedisCache):
    """Django's cache in Redis; raises CacheAway, at once while Redis is known to be away."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        # A connection that was closed since is opened anew once; a dead server is not tried again and again.
        params["OPTIONS"] = params.get("OPTIONS", {}) | {"retry": Retry(NoBackoff(), 1)}
        super().__init__(server, params)
        self._server = server

    def ask(self, operation: str, *args: Any, **kwargs: Any) -> Any:
        """Do what the operation of that name does."""
        until = _away.get(self._server)
        if until is not None and time.monotonic() < until:
            raise CacheAway
        try:
            found = getattr(RedisCache, operation)(self, *args, **kwargs)
        except (RedisError, OSError) as error:
            if until is None:
                log.warning("Redis does not answer; the site goes on without it. (%s)", type(error).__name__)
            _away[self._server] = time.monotonic() + REST
            raise CacheAway from error
        if until is not None and _away.pop(self._server, None) is not None:
            log.warning("Redis answers again.")
        return found

    def clear(self) -> None:
        """Forget what this cache holds. Django's own would empty the whole Redis, with what others keep there."""
        cache_client = self._cache.get_client(None, write=True)
        for key in cache_client.scan_iter(match=f"{self.key_prefix}:*", count=1000):
            cache_client.delete(key)


class SharedCache(WatchedCache):
    """The same; while Redis is away each process keeps and counts for itself, as it does without any Redis."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self.meanwhile: BaseCache = LocMemCache(f"meanwhile-{self.key_prefix}", {})

    def ask(self, operation: str, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().ask(operation, *args, **kwargs)
        except CacheAway:
            return getattr(self.meanwhile, operation)(*args, **kwargs)


def _asking(operation: str) -> Any:
    def asked(self: WatchedCache, *args: Any, **kwargs: Any) -> Any:
        return self.ask(operation, *args, **kwargs)

    return asked


for _operation in (
    "add", "get", "set", "touch", "delete", "get_many", "has_key", "incr", "set_many", "delete_many",
):  # fmt: skip
    setattr(WatchedCache, _operation, _asking(_operation))
