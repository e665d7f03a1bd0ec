"""Strictness of the suite: its own home folder, no network, no unknown template variable, no slow hash.

Everything here makes a test fail that would otherwise pass by luck. Fixtures for people and rows are in
`factories.py`; the temporary PostgreSQL cluster is in `postgresql.py`.
"""

import atexit
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

# The environment is set before anything of Django is imported: settings.py reads it once. The developer's
# own register and variables stay out of the tests.
ON_POSTGRESQL = os.environ.get("GI_TEST_ON_POSTGRESQL") == "1"
for name in [name for name in os.environ if name.startswith("GI_") and name != "GI_TEST_ON_POSTGRESQL"]:
    del os.environ[name]
if not ON_POSTGRESQL:
    os.environ.pop("DATABASE_URL", None)
HOME = tempfile.mkdtemp(prefix="gi-tests-")
atexit.register(shutil.rmtree, HOME, ignore_errors=True)
os.environ["GI_HOME"] = HOME
os.environ["DJANGO_SETTINGS_MODULE"] = "gi_registry.settings"

import hypothesis  # noqa: E402
import pytest  # noqa: E402
from django.apps import apps  # noqa: E402
from django.conf import settings  # noqa: E402
from django.contrib.auth.signals import user_logged_in  # noqa: E402
from django.core.cache import caches  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.core.management.color import no_style  # noqa: E402
from django.db import connection  # noqa: E402
from django.template import engines  # noqa: E402
from django.template.base import Node  # noqa: E402
from django.utils import translation  # noqa: E402

from tests import migrated, seen_pages  # noqa: E402

TEMPLATES = str(Path(__file__).resolve().parent.parent / "templates")

# No deadline: the machine may be busy. The same examples on every run, so that a failure can be repeated.
hypothesis.settings.register_profile("suite", deadline=None, derandomize=True, database=None)
hypothesis.settings.load_profile("suite")


def pytest_configure(config: pytest.Config) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    if config.option.see_pages:
        if not hasattr(config, "workerinput"):  # the process that starts the others
            seen_pages.start_anew()
        seen_pages.remember_what_clients_get()
    # The settings are read by now. A worker or a run in another process that inherited it would read them
    # before this file, and with them this process's home folder.
    del os.environ["DJANGO_SETTINGS_MODULE"]


# --- Network: only this machine ---


def refuse_the_network(event: str, args: tuple[Any, ...]) -> None:
    """Audit hook of the interpreter: a connection or look-up that leaves this machine is an error."""
    if event == "socket.connect":
        address = args[1]
        host = address[0] if isinstance(address, tuple) else "localhost"  # a socket file
    elif event == "socket.getaddrinfo":
        host = args[0]
    else:
        return
    if isinstance(host, bytes):
        host = host.decode("ascii", "replace")
    if host and host not in ("localhost", "::1", "0.0.0.0") and not host.startswith("127."):
        raise RuntimeError(f"a test tried to reach {host}: tests do not use the network")


sys.addaudithook(refuse_the_network)


# --- Templates: an unknown variable in one of our pages is a mistake ---


class UnknownVariable(str):
    """Stands for `string_if_invalid`: raises in our templates, stays empty in those of Django and Wagtail.

    Django asks for `string_if_invalid % name`. The template is the one of the nearest node being rendered,
    found in the frames of the call (a Node knows its origin).
    """

    def __mod__(self, name: object) -> str:
        frame: FrameType | None = sys._getframe(1)
        while frame is not None:
            node = frame.f_locals.get("self")
            if isinstance(node, Node) and getattr(node, "origin", None) is not None:
                file, line = str(node.origin.name), getattr(node.token, "lineno", "?")
                if file.startswith(TEMPLATES):
                    raise AssertionError(f"unknown template variable '{name}' in {file}:{line}")
                return ""
            frame = frame.f_back
        return ""


@pytest.fixture(autouse=True, scope="session")
def _unknown_variables_raise() -> None:
    for engine in engines.all():
        if hasattr(engine, "engine"):
            engine.engine.string_if_invalid = UnknownVariable("%s")


@pytest.fixture(autouse=True)
def _no_memory() -> None:
    """Limits of how often somebody may try, and figures that are kept for a while, are those of one test."""
    from enterprises import scanning, verification

    for name in settings.CACHES:
        caches[name].clear()
    scanning._month_keys.clear()
    verification._known.clear()


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    """Sentences of code that a test calls directly are English, whatever page an earlier test asked for."""
    with translation.override("en"):
        yield


def prove_now(sender: object, request: Any, user: Any, **_more: object) -> None:
    """Whoever a test signs in with `force_login` has just proved who they are; real sign-ins record it themselves."""
    from allauth.account.internal.flows.login import record_authentication

    from gi_registry import session_limits

    if "REQUEST_METHOD" not in request.META:
        record_authentication(request, user, method="password")
        # Their first page has been asked for, too: the note of that would be a query more than for later ones.
        request.session[session_limits.BEGAN] = request.session[session_limits.SEEN] = time.time()


user_logged_in.connect(prove_now)


# --- Database: what migrations put in is there for every test ---

SNAPSHOT = pytest.StashKey[str]()
UNBLOCK = pytest.StashKey[Any]()


def is_transactional(item: pytest.Item) -> bool:
    marker = item.get_closest_marker("django_db")
    fixtures = set(getattr(item, "fixturenames", ()))
    return bool(
        (marker and (marker.kwargs.get("transaction") or marker.args[:1] == (True,)))
        or fixtures & {"transactional_db", "live_server", "django_db_reset_sequences"}
    )


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """A database for each worker. Tables that were migrated before need no migrations: their copy overwrites them."""
    if migrated.is_kept():
        settings.DATABASES["default"]["TEST"]["MIGRATE"] = False


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any, request: pytest.FixtureRequest) -> None:
    """Remember the rows that migrations made, if a test of this session is going to empty the tables."""
    with django_db_blocker.unblock():
        if not settings.DATABASES["default"]["TEST"]["MIGRATE"]:
            migrated.take()
        elif connection.vendor == "sqlite":
            migrated.keep()
    if any(is_transactional(item) for item in request.session.items):
        with django_db_blocker.unblock():
            request.config.stash[SNAPSHOT] = connection.creation.serialize_db_to_string()
        request.config.stash[UNBLOCK] = django_db_blocker


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[None]:
    """After a test with real transactions Django empties every table: let it, then put the rows back.

    The journal's triggers forbid that, so they are lifted meanwhile. Django would restore the rows only
    for the next test of the same kind, and the workers take tests in any order.
    """
    stash = item.config.stash
    if not (is_transactional(item) and SNAPSHOT in stash):
        return (yield)
    from django.contrib.contenttypes.models import ContentType

    from gi_registry import journal_guards

    with stash[UNBLOCK].unblock():
        journal_guards.remove(connection)
    result = yield
    if nextitem is None:  # the last one: its database is gone by now
        return result
    with stash[UNBLOCK].unblock():
        call_command("flush", verbosity=0, interactive=False, inhibit_post_migrate=True)
        connection.creation.deserialize_db_from_string(stash[SNAPSHOT])
        with connection.cursor() as cursor:  # PostgreSQL would give the next row the number of one that was put back
            for sql in connection.ops.sequence_reset_sql(no_style(), apps.get_models(include_auto_created=True)):
                cursor.execute(sql)
        journal_guards.install(connection)
        ContentType.objects.clear_cache()  # Django's own flush has numbered them anew and was asked since
    return result


# --- Order and report ---


ABOUT_FILES = {"test_conventions.py", "test_deployment.py", "test_repository.py", "test_supply_chain.py"}


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The PostgreSQL run is one long test: it goes first, and the other worker does the rest meanwhile."""
    items.sort(key=lambda item: "whole_suite_on_postgresql" not in item.name)
    if ON_POSTGRESQL:
        once = pytest.mark.skip(reason="runs on SQLite only: neither browsers nor files see the database")
        for item in items:
            if item.get_closest_marker("browser") or item.path.name in ABOUT_FILES:
                item.add_marker(once)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    for outcome in ("passed", "failed"):
        for report in terminalreporter.stats.get(outcome, []):
            for name, value in getattr(report, "user_properties", []):
                if name == "postgresql":
                    terminalreporter.section("on PostgreSQL")
                    terminalreporter.line(value)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--see-pages", action="store_true", help="keep the pages that tests get, for tests/every_template.py"
    )


pytest_plugins = ["tests.browser"]
