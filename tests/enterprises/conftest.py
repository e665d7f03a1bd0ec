"""Fixtures of the races: a database in a file, where threads have transactions of their own as in operation.

And a clock for limits, whose windows begin with the minute or the hour.
"""

import time
from types import SimpleNamespace

import pytest
from django.db import connection


@pytest.fixture(scope="session")
def race_template(django_db_setup, django_db_blocker, tmp_path_factory):
    """The migrated database as a file; on PostgreSQL the test database itself serves.

    Made before a test begins its transaction, which it would wait for.
    """
    from tests import races  # not before Django is set up

    path = tmp_path_factory.mktemp("races") / "template.sqlite3"
    if connection.vendor == "sqlite":
        with django_db_blocker.unblock():
            races.write_to_file(path)
    return path


@pytest.fixture
def race_database(race_template, tmp_path, db):
    """A fresh copy of it for one test."""
    from tests import races

    if connection.vendor == "sqlite":
        with races.using_file(race_template, tmp_path / "register.sqlite3"):
            yield
    else:
        yield


@pytest.fixture
def one_window(monkeypatch):
    """All tries of a test fall into one window of every limit, also where a minute or an hour ends meanwhile."""
    from gi_registry import throttle

    hour = time.time() // 3600 * 3600
    monkeypatch.setattr(throttle, "time", SimpleNamespace(time=lambda: hour + 1010))
