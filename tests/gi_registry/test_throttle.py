"""Limits per network: who is stopped and for how long, and what the counters give away."""

import threading

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.cache import cache, caches
from django.test import RequestFactory
from django.utils import translation

from gi_registry import throttle
from gi_registry.throttle import REPORTS, TYPED_LOOKUPS, UNKNOWN_CODES, VALID_CODES, spend, too_many

NETWORK = "61.139.2.0/24"
OTHER = "61.139.3.0/24"
LOCMEM = "django.core.cache.backends.locmem.LocMemCache"


@pytest.fixture
def clock(monkeypatch):
    """The time of the counters and of the cache, somewhere inside a window of every limit."""

    class Clock:
        now = 7200 * 200_000.0 + 1010

    monkeypatch.setattr(throttle.time, "time", lambda: Clock.now)
    return Clock


@pytest.fixture
def counters(settings):
    """A small cache of its own, as an installation has it."""
    settings.CACHES = settings.CACHES | {
        "throttle": {"BACKEND": LOCMEM, "LOCATION": "throttle-test", "OPTIONS": {"MAX_ENTRIES": 300}}
    }
    caches["throttle"].clear()
    return caches["throttle"]


@pytest.mark.parametrize("limit", [UNKNOWN_CODES, TYPED_LOOKUPS, REPORTS, VALID_CODES], ids=lambda limit: limit.name)
def test_the_limit_is_reached_and_ends_when_it_says(clock, counters, limit) -> None:
    assert [spend(limit, NETWORK) for _ in range(limit.allowed)] == [0] * limit.allowed
    wait = spend(limit, NETWORK)
    assert 0 < wait <= limit.seconds
    clock.now += wait - 1
    assert spend(limit, NETWORK) == 1
    clock.now += 1
    assert spend(limit, NETWORK) == 0


def test_wrong_codes_are_ten_in_ten_minutes() -> None:
    assert (UNKNOWN_CODES.allowed, UNKNOWN_CODES.seconds) == (10, 600)
    assert (TYPED_LOOKUPS.allowed, TYPED_LOOKUPS.seconds) == (20, 60)


def test_others_and_other_limits_go_on(clock, counters) -> None:
    for _ in range(11):
        spend(UNKNOWN_CODES, NETWORK)
    assert spend(UNKNOWN_CODES, NETWORK)
    assert spend(UNKNOWN_CODES, OTHER) == 0
    assert spend(VALID_CODES, NETWORK) == 0


def test_all_unknown_networks_share_one_count(clock, counters) -> None:
    assert [bool(spend(REPORTS, "")) for _ in range(21)] == [False] * 20 + [True]


def test_parallel_tries_are_all_counted(clock, counters) -> None:
    answers: list[int] = []
    start = threading.Barrier(8)

    def tries() -> None:
        start.wait()
        answers.extend(spend(UNKNOWN_CODES, NETWORK) for _ in range(20))

    threads = [threading.Thread(target=tries) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers.count(0) == 10


def test_the_cache_holds_no_network(clock, counters) -> None:
    spend(UNKNOWN_CODES, NETWORK)
    spend(UNKNOWN_CODES, "2409:8928:e20::/48")
    assert len(counters._cache) == 2
    assert "61.139" not in str(counters._cache)
    assert "2409" not in "".join(counters._cache)


def test_whoever_reads_the_cache_cannot_look_a_network_up_without_the_secret_key(clock, counters, settings) -> None:
    spend(UNKNOWN_CODES, NETWORK)
    settings.SECRET_KEY = "x" * 50
    spend(UNKNOWN_CODES, NETWORK)
    assert len(counters._cache) == 2


def test_a_flood_from_many_networks_stays_small_and_leaves_other_caches_alone(clock, counters) -> None:
    cache.set("figures", 42)
    for number in range(2000):
        spend(UNKNOWN_CODES, f"2409:8928:{number:x}::/48")
    assert len(counters._cache) <= 300
    assert cache.get("figures") == 42


def test_one_who_keeps_trying_during_a_flood_stays_stopped(clock, counters) -> None:
    for number in range(2000):
        spend(UNKNOWN_CODES, f"2409:8928:{number:x}::/48")
        if number % 20 == 0:
            stopped = spend(UNKNOWN_CODES, NETWORK)
    assert stopped


def test_a_clock_that_goes_back_stops_nobody_for_longer(clock, counters) -> None:
    for _ in range(11):
        spend(UNKNOWN_CODES, NETWORK)
    clock.now -= 3600
    assert spend(UNKNOWN_CODES, NETWORK) == 0


def test_a_cache_that_fails_lets_people_in(settings, caplog) -> None:
    settings.CACHES = settings.CACHES | {"throttle": {"BACKEND": f"{__name__}.BrokenCache"}}
    assert spend(UNKNOWN_CODES, NETWORK) == 0
    assert "everybody is let in" in caplog.text


class BrokenCache:
    def __init__(self, *args) -> None:
        pass

    def incr(self, key) -> int:
        raise ConnectionError("no such server")

    def close(self) -> None:
        pass


def test_the_page_says_how_long_to_wait(rf: RequestFactory) -> None:
    answer = too_many(_visitor(rf), 61)
    assert answer.status_code == 429
    assert answer["Retry-After"] == "61"
    assert answer["Cache-Control"] == "no-store"
    assert "try again in 2 minutes" in answer.text
    assert "try again in 1 minute." in too_many(_visitor(rf), 5).text


def test_the_page_for_signing_in_names_no_time(rf: RequestFactory) -> None:
    answer = too_many(_visitor(rf))
    assert "protects accounts against guessing" in answer.text
    assert "Retry-After" not in answer


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_page_leads_on(rf: RequestFactory, language: str) -> None:
    with translation.override(language):
        assert f'<a class="btn" href="{"/" if language == "zh-hans" else "/en/"}"' in too_many(_visitor(rf), 60).text


def _visitor(rf: RequestFactory):
    request = rf.get("/v/1/")
    request.user = AnonymousUser()
    return request
