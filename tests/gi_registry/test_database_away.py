"""A database that is away, full or slow is told as that: a page for people, JSON for programs, and when to come back."""

import pytest
from django.db import InterfaceError, OperationalError

from gi_registry import views


@pytest.fixture
def broken(monkeypatch, client):
    """A client whose question for readiness ends with this fault."""
    client.raise_request_exception = False

    def ask(fault, path="/readyz"):
        def fails():
            raise fault

        monkeypatch.setattr(views.connection, "cursor", fails)
        return client.get(path)

    return ask


@pytest.mark.parametrize("fault", [OperationalError("server closed the connection"), InterfaceError("closed")])
def test_people_are_told_that_it_says_nothing_about_a_label(broken, fault):
    answer = broken(fault)
    page = answer.content.decode()
    assert (answer.status_code, answer["Retry-After"], answer["Cache-Control"]) == (503, "30", "no-store")
    assert "登记簿" in page
    assert "says nothing about a label" in page
    assert str(fault) not in page


def test_a_fault_of_ours_stays_one(broken):
    answer = broken(ValueError("a mistake"))
    assert answer.status_code == 500
    assert "Something went wrong on our side" in answer.content.decode()
    assert "a mistake" not in answer.content.decode()


def test_programs_get_json(rf):
    try:
        raise OperationalError
    except OperationalError:
        answer = views.server_error(rf.get("/api/v1/labels/ABC/"))
    assert (answer.status_code, answer.content) == (503, b'{"error": "unavailable"}')
