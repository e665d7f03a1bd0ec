"""Redis makes the site faster; without it, it is slower, and never wrong: caches and sessions."""

import contextlib
import logging

import pytest
from django.contrib.sessions.models import Session
from django.core.cache import caches

from gi_registry import production, sessions, shared_cache, throttle
from gi_registry.sessions import SessionStore
from gi_registry.shared_cache import CacheAway
from tests import redis_server
from tests.tags import ROOT

needs_redis = pytest.mark.skipif(not redis_server.PROGRAM, reason=redis_server.MISSING)


class Clock:
    """The time of the caches: it goes on when a test says so."""

    def __init__(self) -> None:
        self.now = 1_900_000_000.0

    def time(self) -> float:
        return self.now

    monotonic = time


@pytest.fixture
def clock(monkeypatch):
    found = Clock()
    monkeypatch.setattr(shared_cache, "time", found)
    return found


@pytest.fixture(scope="module")
def server():
    with redis_server.temporary_redis() as found:
        yield found


@pytest.fixture
def redis(server, settings, clock):
    """The caches of an installation with Redis, empty; it answers again when the test is over."""
    use(settings, server.url)
    for name in settings.CACHES:
        caches[name].clear()
    yield server
    server.thaw()


@pytest.fixture
def cut_off(redis, settings):
    """A while in which this process cannot reach Redis, whose content stays; afterwards another process reads it."""

    @contextlib.contextmanager
    def away():
        use(settings, f"redis://127.0.0.1:{redis_server.free_port()}/0")
        yield
        use(settings, redis.url)

    return away


@pytest.fixture
def no_redis(settings, clock):
    """The same where nobody listens."""
    use(settings, f"redis://127.0.0.1:{redis_server.free_port()}/0")


def use(settings, url):
    settings.CACHES = production.caches(url, url, ROOT)
    settings.SESSION_CACHE_ALIAS = "sessions"
    another_process()


def another_process():
    """What one process knows of the state of Redis, another one does not."""
    shared_cache._away.clear()
    sessions._looked.clear()


# --- Caches ---


def test_without_redis_everything_stays_in_the_process():
    found = production.caches("", "", ROOT)
    assert {one["BACKEND"].rsplit(".", 1)[1] for one in found.values()} == {"LocMemCache"}
    assert set(found) == {"default", "throttle"}


@needs_redis
def test_caches_in_redis_do_not_meet_and_clearing_one_leaves_the_others(redis):
    for name in ("default", "throttle", "sessions"):
        assert caches[name].get("key") is None
        caches[name].set("key", name)
    caches["default"].clear()
    assert caches["default"].get("key") is None
    assert caches["throttle"].get_many(["key"]) == {"key": "throttle"}


@needs_redis
def test_another_release_does_not_read_the_objects_of_this_one(redis, settings, monkeypatch):
    caches["default"].set("figures", "as of this code")
    monkeypatch.setattr(production, "release", lambda code: "other")
    use(settings, redis.url)
    assert caches["default"].get("figures") is None


def test_a_change_of_the_code_is_another_release(tmp_path):
    (tmp_path / "cms").mkdir()
    (tmp_path / "cms" / "models.py").write_text("a = 1")
    first = production.release(tmp_path)
    assert production.release(tmp_path) == first
    (tmp_path / "cms" / "models.py").write_text("a = 2")
    assert production.release(tmp_path) != first


def test_without_an_answer_the_process_keeps_and_counts_for_itself(no_redis):
    cache = caches["default"]
    assert cache.get_or_set("figures", lambda: 7) == 7
    assert cache.get("figures") == 7
    cache.set_many({"a": 1, "b": 2})
    assert cache.get_many(["a", "b", "c"]) == {"a": 1, "b": 2}
    assert "a" in cache
    assert cache.add("a", 3) is False
    cache.delete_many(["a", "b"])
    assert cache.get("a", "gone") == "gone"


def test_guessing_stays_limited_while_redis_is_away(no_redis, monkeypatch):
    limit = throttle.UNKNOWN_CODES
    answers = [throttle.spend(limit, "61.139.2.0/24") for _ in range(limit.allowed + 1)]
    assert not any(answers[:-1])
    assert answers[-1] > 0


@needs_redis
def test_a_redis_that_fails_is_left_alone_for_a_while_and_the_log_says_it_once(redis, clock, caplog, monkeypatch):
    cache = caches["default"]
    cache.set("key", "in redis")
    redis.freeze()
    with caplog.at_level(logging.WARNING):
        assert [cache.get("key") for _ in range(3)] == [None] * 3
        redis.thaw()
        assert cache.get("key") is None  # it answers again, but is not asked yet
        clock.now += shared_cache.REST + 0.1
        assert [cache.get("key") for _ in range(3)] == ["in redis"] * 3
    told = [record.message for record in caplog.records if record.name == "gi_registry.shared_cache"]
    assert [text.split(";")[0] for text in told] == ["Redis does not answer", "Redis answers again."]


# --- Sessions ---


@pytest.fixture
def somebody(redis, db, django_capture_on_commit_callbacks):
    """A session of which Redis holds a copy."""
    with django_capture_on_commit_callbacks(execute=True):
        store = SessionStore()
        store["_auth_user_id"] = "7"
        store.save()
    caches["sessions"].delete(store.cache_key)  # the mark, some seconds later
    assert SessionStore(store.session_key)["_auth_user_id"] == "7"
    assert caches["sessions"].get(store.cache_key) == {"_auth_user_id": "7"}
    return store


@needs_redis
def test_a_known_session_costs_no_query(somebody, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert SessionStore(somebody.session_key)["_auth_user_id"] == "7"


@needs_redis
def test_who_changes_a_session_sees_the_change_everywhere(somebody, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        somebody["more"] = 1
        somebody.save()
    assert SessionStore(somebody.session_key)["more"] == 1


@needs_redis
def test_a_slow_reader_does_not_bring_an_ended_session_back(
    somebody, django_capture_on_commit_callbacks, monkeypatch
):
    caches["sessions"].delete(somebody.cache_key)
    slow = SessionStore(somebody.session_key)
    read = slow._get_session_from_db

    def read_then_wait():
        row = read()
        with django_capture_on_commit_callbacks(execute=True):
            SessionStore(somebody.session_key).delete()
        return row

    monkeypatch.setattr(slow, "_get_session_from_db", read_then_wait)
    slow.load()
    assert SessionStore(somebody.session_key).load() == {}


@needs_redis
@pytest.mark.parametrize("end", ["flush", "delete"])
def test_a_session_that_ended_without_redis_does_not_come_back_with_it(
    cut_off, somebody, django_capture_on_commit_callbacks, end
):
    key = somebody.session_key
    with cut_off(), django_capture_on_commit_callbacks(execute=True):
        getattr(SessionStore(key), end)()
    assert caches["sessions"].get(SessionStore(key).cache_key) == {"_auth_user_id": "7"}  # the copy is still there
    assert SessionStore(key).load() == {}
    assert not SessionStore(key).exists(key)


@needs_redis
def test_a_process_that_looked_just_before_learns_of_it_two_seconds_later(
    cut_off, somebody, clock, monkeypatch, django_capture_on_commit_callbacks
):
    monkeypatch.setattr(sessions, "time", clock)
    clock.now = sessions.timezone.now().timestamp()
    another_process()
    assert not sessions.warned()
    looked = dict(sessions._looked)
    with cut_off(), django_capture_on_commit_callbacks(execute=True):
        SessionStore(somebody.session_key).delete()
    sessions._looked.update(looked)  # a process that had looked before
    clock.now += sessions.LOOK
    assert SessionStore(somebody.session_key).load() == {}


@needs_redis
def test_a_change_without_redis_is_seen_when_it_is_back(cut_off, somebody, django_capture_on_commit_callbacks):
    with cut_off(), django_capture_on_commit_callbacks(execute=True):
        changed = SessionStore(somebody.session_key)
        changed["second step"] = "done"
        changed.save()
    assert SessionStore(somebody.session_key)["second step"] == "done"


@needs_redis
def test_old_copies_are_trusted_again_once_they_have_run_out(somebody, clock, monkeypatch):
    monkeypatch.setattr(sessions, "time", clock)
    clock.now = sessions.timezone.now().timestamp()
    sessions._looked.clear()
    sessions.warn()
    assert sessions.warned()
    clock.now += sessions.COPY + sessions.MARK + 0.1
    assert not sessions.warned()


def test_people_stay_signed_in_without_redis(no_redis, db, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        store = SessionStore()
        store["_auth_user_id"] = "7"
        store.save()
    assert SessionStore(store.session_key)["_auth_user_id"] == "7"
    with pytest.raises(CacheAway):
        caches["sessions"].get("anything")
    assert Session.objects.filter(session_key=store.session_key).exists()
