"""READER. Who asks: nobody in particular, or the holder of a key, who may ask more often. Cookies count for nothing.

A key is looked up by its hash, at most once a minute in each process; so long may one that was ended still work.
"""

from __future__ import annotations

import hashlib
import re

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from gi_registry import networks, throttle
from gi_registry.models import ApiKey
from gi_registry.throttle import Limit

FORM = re.compile(r"gir_[A-Za-z0-9_-]{43}", re.ASCII)
REMEMBERED = 60  # seconds
UNKNOWN = 0


def hash_of(key: str) -> str:
    """What is stored of a key. It is 32 random bytes, so that a plain hash gives nothing away."""
    return hashlib.sha256(key.encode()).hexdigest()


def stated_key(request: HttpRequest) -> str:
    """The key that a request brings, '' for none. Other schemes of Authorization are a proxy's matter."""
    scheme, _blank, key = str(request.META.get("HTTP_AUTHORIZATION", "")).partition(" ")
    return (key if scheme.lower() == "api-key" else str(request.META.get("HTTP_X_API_KEY", ""))).strip()


def holder_of(key: str) -> int:
    """The number of a key that is in use, UNKNOWN for any other. At most one query."""
    seal = hash_of(key)
    number: int | None = cache.get(f"api-key:{seal}")
    if number is None:
        found = ApiKey.objects.filter(hash=seal, ended_at=None).values_list("pk", flat=True).first()
        number = found or UNKNOWN
        cache.set(f"api-key:{seal}", number, REMEMBERED)
    return number


class KeyAuthentication(BaseAuthentication):
    """`Authorization: Api-Key …` or `X-API-Key: …`; without a key everybody is anonymous."""

    def authenticate(self, request: Request) -> tuple[None, int] | None:
        key = stated_key(request)
        if not key:
            return None
        # Guessing costs as much as asking: a network that tries keys has soon used up its requests.
        number = holder_of(key) if FORM.fullmatch(key) else UNKNOWN
        if number == UNKNOWN:
            spend(request, None)
            raise exceptions.AuthenticationFailed
        return None, number

    def authenticate_header(self, request: Request) -> str:
        return "Api-Key"


def spend(request: HttpRequest, number: int | None) -> None:
    """Count one request of a key or, without one, of a network. Raises Throttled where it is one too many."""
    if number:
        wait = throttle.spend(Limit("api-key", settings.API_KEY_LIMIT, 60), f"key {number}")
    else:
        wait = throttle.spend(Limit("api", settings.API_LIMIT, 60), networks.network_of(request))
    if wait:
        raise exceptions.Throttled(wait)
