"""LEAF. How often one network may ask: counters in fixed windows, in Django's cache named "throttle".

A network has so many tries in each window of `seconds`; windows begin at whole multiples of their length since 1970,
so that around a border twice as many can pass. Counting is as exact as the cache: two first tries at the same
instant may count as one. The cache never sees a network, only a keyed hash of it.

With `LocMemCache` each worker process counts by itself: four workers together allow up to four times as many. That is
enough here: guessing codes is hopeless at any such rate (2^60 tags), and the limits only keep the load down. An
installation on several machines has one count in Redis (`GI_REDIS_URL`). The cache is one
of its own because whoever comes from many networks fills it: the oldest counters fall out, which gives nobody more
than a network of their own would, and other caches keep what they hold. If the cache fails, visitors are let in:
an answer about a label matters more than a count.
"""

from __future__ import annotations

import hashlib
import logging
import math
import time
from functools import cache
from typing import NamedTuple

from django.conf import settings
from django.core.cache import DEFAULT_CACHE_ALIAS, BaseCache, caches
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

log = logging.getLogger(__name__)
ALIAS = "throttle"


class Limit(NamedTuple):
    """`allowed` tries in `seconds`, counted under `name`."""

    name: str
    allowed: int
    seconds: int


# A carrier may have hundreds of phones behind one network: valid codes are nearly free, wrong ones are not.
UNKNOWN_CODES = Limit("unknown", 10, 600)  # codes that are malformed or were never issued
VALID_CODES = Limit("valid", 600, 60)
TYPED_LOOKUPS = Limit("typed", 20, 60)
REPORTS = Limit("reports", 20, 3600)


def spend(limit: Limit, network: str) -> int:
    """Count one try of a network (`networks.network_of`): 0 where it is allowed, else seconds until the next is.

    All whose network is unknown ("") share one count.
    """
    now = time.time()
    window, gone = divmod(now, limit.seconds)
    try:
        tries = _count(_cache(), _key(limit, network, int(window)), limit.seconds)
    except Exception:  # each cache has errors of its own; see above
        log.exception("The cache that counts tries failed; everybody is let in.")
        return 0
    return 0 if tries <= limit.allowed else max(1, math.ceil(limit.seconds - gone))


def too_many(request: HttpRequest, seconds: int = 0) -> HttpResponse:
    """The page with status 429 and Retry-After; without `seconds` it says "a few minutes", as for signing in."""
    minutes = math.ceil(seconds / 60)
    response = render(request, "429.html", {"minutes": minutes}, status=429)
    if seconds:
        response["Retry-After"] = str(seconds)
    response["Cache-Control"] = "no-store"
    return response


def _count(counters: BaseCache, key: str, seconds: int) -> int:
    try:
        return int(counters.incr(key))
    except ValueError:  # the first try in this window
        return 1 if counters.add(key, 1, seconds) else int(counters.incr(key))


def _key(limit: Limit, network: str, window: int) -> str:
    seal = hashlib.blake2b(network.encode(), digest_size=12, key=_secret(settings.SECRET_KEY)).hexdigest()
    return f"{limit.name}{window}{seal}"


@cache
def _secret(secret_key: str) -> bytes:
    return hashlib.sha256(b"gi_registry.throttle/1" + secret_key.encode()).digest()


def _cache() -> BaseCache:
    return caches[ALIAS if ALIAS in settings.CACHES else DEFAULT_CACHE_ALIAS]
