"""A database that is away or too busy: visitors are told to try again, programs too, and nothing is half stored."""

import errno
import os
import subprocess
import sys

import pytest
from django.db import DatabaseError, OperationalError, connection, transaction
from django.test import Client, RequestFactory

from gi_registry import busy, timeouts, views
from tests.tags import ROOT

pytestmark = pytest.mark.django_db


@pytest.fixture
def visitor():
    """A browser that gets the page of an error, as in use."""
    return Client(raise_request_exception=False)


def away(execute, sql, params, many, context):
    raise OperationalError("could not connect to server")


@pytest.mark.parametrize("path", ["/", "/en/products/", "/log/", "/no-such-page/"])
def test_without_a_database_every_page_asks_to_try_again(visitor, path):
    with connection.execute_wrapper(away):
        response = visitor.get(path)
    assert response.status_code == 503
    assert int(response["Retry-After"]) > 0
    assert response["Cache-Control"] == "no-store"
    assert "Nothing was stored" in response.text
    assert "default-src 'self'" in response["Content-Security-Policy"]


def test_a_sent_form_gets_the_same(visitor):
    with connection.execute_wrapper(away):
        response = visitor.post("/account/login/", {"login": "somebody", "password": "something"})
    assert response.status_code == 503
    assert "your text is still in its fields" in response.text


def test_a_program_gets_a_problem_that_it_can_read():
    response = busy.answer(RequestFactory().get("/api/v1/products/"))
    assert response["Content-Type"] == "application/problem+json"
    assert response.status_code == 503
    assert response["Retry-After"]


@pytest.mark.parametrize(("number", "status"), [(errno.EROFS, 503), (errno.ENOSPC, 503), (errno.ENOENT, 500)])
def test_a_file_that_cannot_be_kept_is_told_as_that(visitor, monkeypatch, number, status):
    def cannot(*args, **kwargs):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(views, "JournalForm", cannot)
    response = visitor.get("/log/")
    assert response.status_code == status
    assert ("Nothing was stored" in response.text) == (status == 503)


def test_a_mistake_of_ours_is_not_called_busy(visitor, monkeypatch):
    def mistake(*args, **kwargs):
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM no_such_table")

    monkeypatch.setattr(views, "JournalForm", mistake)
    assert visitor.get("/log/").status_code == 500


# --- Limits on PostgreSQL ---

postgresql = pytest.mark.skipif(os.environ.get("GI_TEST_ON_POSTGRESQL") != "1", reason="PostgreSQL only")


def ask(statements):
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


@postgresql
@pytest.mark.parametrize(
    "statements",
    [
        ["SET LOCAL statement_timeout = 20", "SELECT pg_sleep(5)"],
        ["SET LOCAL lock_timeout = 20", "SELECT pg_advisory_xact_lock(4711)"],
        ["SET LOCAL transaction_read_only = on", "DELETE FROM gi_registry_user"],
    ],
    ids=["statement", "lock", "read-only"],
)
def test_what_postgresql_cuts_off_is_busy_and_no_mistake(statements):
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(4711)")
        with pytest.raises(DatabaseError) as told, transaction.atomic():
            ask(statements)
    finally:
        other.close()
    assert busy.is_busy(told.value)


@postgresql
def test_the_server_limits_its_statements_and_commands_are_free():
    show = "cursor.execute('SHOW statement_timeout'); a = cursor.fetchone(); cursor.execute('SHOW lock_timeout')"
    ask = f"from django.db import connection\nwith connection.cursor() as cursor: {show}; print(a, cursor.fetchone())"
    environment = {key: os.environ[key] for key in ("PATH", "DATABASE_URL", "GI_HOME")}
    environment |= {"DJANGO_SETTINGS_MODULE": "gi_registry.settings", "GI_LOCK_TIMEOUT_MS": "1500"}

    def asked(first):
        command = [sys.executable, "-c", f"{first}\n{ask}"]
        return subprocess.check_output(command, env=environment, cwd=ROOT, text=True).strip()

    assert asked("import gi_registry.wsgi") == "('15s',) ('1500ms',)"
    assert asked("import django; django.setup()") == "('0',) ('0',)"


def test_behind_a_pooler_nothing_is_kept_in_a_connection(settings, django_assert_num_queries):
    settings.POOLER = True
    with django_assert_num_queries(0):
        timeouts._limit(connection)
