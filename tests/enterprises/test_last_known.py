"""Answers about labels while the database is away: as last known and marked so, or an honest "cannot be told"."""

import datetime
import json
import re
import sqlite3
import uuid
from contextlib import contextmanager

import pytest
from django.core.cache import caches
from django.db import OperationalError, connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.test import Client
from django.utils import timezone

from enterprises import label_codes, labels, last_known, supervision, verification
from enterprises.label_states import RecallGround, SignalKind, VoidReason
from enterprises.models import Authorisation
from enterprises.scan_models import CopySignal, Scan, ScannedLabel, label_key
from enterprises.states import SuspensionGround
from gi_registry import database_circuit
from gi_registry.throttle import Limit
from tests.label_world import code_of, make_labels

pytestmark = pytest.mark.django_db
PHONE = "Mozilla/5.0 (Linux; Android 13) Chrome/120.0 Mobile Safari/537.36"


@pytest.fixture
def found(settings, tmp_path):
    settings.GI_HOME = tmp_path
    return make_labels()


@pytest.fixture(autouse=True)
def _circuit(monkeypatch):
    """What one test learnt of the database is not for the next."""
    monkeypatch.setattr(last_known, "_not_before", 0.0)
    database_circuit.forget()
    yield
    database_circuit.forget()


@pytest.fixture
def phone():
    return Client(HTTP_USER_AGENT=PHONE, HTTP_ACCEPT_LANGUAGE="en")


@pytest.fixture
def away(monkeypatch):
    """A block in which nobody reaches the database; how often somebody tried."""

    @contextmanager
    def block():
        tries = []

        def refuse(self, *_args, **_values):
            tries.append(1)
            raise OperationalError("could not connect to server")

        with monkeypatch.context() as patched:
            for name in ("cursor", "ensure_connection", "connect"):
                patched.setattr(BaseDatabaseWrapper, name, refuse)
            yield tries

    return block


def keep(at=None):
    last_known._not_before = 0.0
    assert last_known.keep(at or timezone.now())


def verdict_of(response):
    return re.search(r'data-verdict="(\w+)"', response.content.decode())[1]


def test_a_known_label_is_answered_as_last_known_and_says_so(found, phone, away):
    batch = found.batch(100, active=(1, 50), packed_on=timezone.localdate())
    code = code_of(batch, 7)
    at = timezone.now() - datetime.timedelta(minutes=3)
    keep(at)
    with away():
        response = phone.get(f"/V/{code}")
        chinese = phone.get(f"/v/{code}?lang=zh-hans").content.decode()
    page = response.content.decode()
    assert (response.status_code, verdict_of(response)) == (200, "in_force")
    assert (response["Cache-Control"], response["Retry-After"]) == ("no-store", "60")
    for text in ("As known at", f"{timezone.localtime(at):%Y-%m-%d %H:%M}", "what has happened since is not known",
                 'class="verdict live past"', "Anhua Dark Tea", "示例茶业有限公司", "茯砖茶", "GB/T 32719",
                 label_codes.grouped(code), timezone.localdate().isoformat(), "Demonstration"):  # fmt: skip
        assert text in page, text
    assert "First scanned" not in page
    assert "not counted as a scan" in page
    assert f"{timezone.localtime(at):%Y-%m-%d %H:%M}" in chinese
    assert not Scan.objects.exists()


@pytest.mark.parametrize(
    ("index", "prepare", "verdict", "words"),
    [
        (60, lambda found, batch: None, "not_activated", "should not be on sale yet"),
        (7, lambda found, batch: labels.declare_void(
            batch, by=found.world.actor("owner"), nonce=uuid.uuid4(), first=7, last=7, reason=VoidReason.LOST
        ), "stopped", "Lost or stolen"),
        (7, lambda found, batch: labels.recall(
            batch, by=found.world.actor("owner"), ground=RecallGround.QUALITY, text="Mould."
        ), "stopped", "The goods do not meet the standard"),
        (7, lambda found, batch: supervision.suspend(
            found.authorisation, by=found.world.actor("approver"), ground=SuspensionGround.INVESTIGATION, text="So."
        ), "stopped", "The use of the mark is being investigated"),
    ],
)  # fmt: skip
def test_what_stands_against_a_label_is_told_as_before(found, phone, away, index, prepare, verdict, words):
    batch = found.batch(100, active=(1, 50))
    prepare(found, batch)
    keep()
    with away():
        response = phone.get(f"/V/{code_of_known(batch, index)}")
    assert (response.status_code, verdict_of(response)) == (200, verdict)
    assert words in response.content.decode()


def code_of_known(batch, index):
    """The code of a label, from the file only."""
    with sqlite3.connect(last_known.file()) as rows:
        key_id, secret = rows.execute("SELECT key_id, secret FROM batch WHERE number = ?", [batch.pk]).fetchone()
    secret = last_known.label_keys.unseal(key_id, secret, f"batch:{batch.pk}")
    return label_codes.make(batch.pk, index, secret=secret, order_key=last_known.label_keys.order_key())


def test_a_label_that_bears_the_public_warning_keeps_it(found, phone, away):
    batch = found.batch(10, active=(1, 10))
    keep()  # the warning comes without an entry of the journal
    key, minute = label_key(batch.pk, 1), int(timezone.now().timestamp()) // 60
    ScannedLabel.objects.create(label=key, first_minute=minute, last_minute=minute, count=9, warned_until=minute + 60)
    CopySignal.objects.create(label=key, batch=batch, kind=SignalKind.TWO_PROVINCES)
    keep()
    codes = [code_of(batch, index) for index in (1, 2)]
    with away():
        assert [verdict_of(phone.get(f"/V/{code}")) for code in codes] == ["unusual", "in_force"]


def test_what_is_not_known_is_never_called_not_issued(found, phone, away):
    known = found.batch(10, active=(1, 10))
    keep()
    later = found.batch(10, active=(1, 10))
    made_up = label_codes.make(known.pk, 1, secret=bytes(32), order_key=bytes(32))
    codes = [code_of(later, 1), made_up]
    with away():
        answers = [phone.get(f"/V/{code}") for code in codes]
        machine = phone.get(f"/api/v1/labels/{codes[0]}/")
    for response in answers:
        assert (response.status_code, response["Retry-After"]) == (503, "60")
        page = response.content.decode()
        assert "says nothing about the label" in page
        assert "written as a label code should be" in page
        assert "data-verdict" not in page
    assert (machine.status_code, machine.json(), machine["Retry-After"]) == (503, {"error": "unavailable"}, "60")


def test_a_slip_is_told_without_the_database(found, phone, away):
    code = code_of(found.batch(10), 1)
    slip = code[:5] + ("7" if code[5] != "7" else "8") + code[6:]
    with away():
        response = phone.get(f"/v/{slip}/")
        machine = phone.get(f"/api/v1/labels/{slip}/")
    assert (response.status_code, verdict_of(response)) == (404, "typing_error")
    assert "group 2 first" in response.content.decode()
    assert (machine.status_code, machine.json()["verdict"]) == (404, "typing_error")


def test_machines_are_told_that_the_answer_is_not_of_now(found, phone, away):
    batch = found.batch(10, active=(1, 10))
    at = timezone.localtime() - datetime.timedelta(minutes=3)
    code = code_of(batch, 1)
    keep(at)
    with away():
        response = phone.get(f"/api/v1/labels/{code}/")
    told = response.json()
    assert (response.status_code, response["Retry-After"]) == (200, "60")
    assert (told["verdict"], told["last_known"], told["as_of"]) == ("in_force", True, at.isoformat(timespec="seconds"))
    assert told["scans"] == {"first_on": None, "band": None}
    assert "since is not known" in told["note"]["en"]
    fresh = Client().get(f"/api/v1/labels/{code}/").json()
    assert told.keys() - fresh.keys() == set()


def test_the_first_answer_after_the_return_is_fresh_and_counted(found, phone, away, monkeypatch):
    batch = found.batch(10, active=(1, 10))
    code = code_of(batch, 1)
    keep()
    with away():
        assert "past" in phone.get(f"/V/{code}").content.decode()
    labels.recall(batch, by=found.world.actor("owner"), ground=RecallGround.QUALITY, text="Mould.")
    monkeypatch.setattr(database_circuit, "PAUSE", 0.0)
    database_circuit._closed_until = 0.0001  # the pause is over
    response = phone.get(f"/V/{code}")
    assert verdict_of(response) == "stopped"
    assert "As known at" not in response.content.decode()
    assert Scan.objects.count() == 1


def test_one_request_in_some_seconds_waits_for_the_database_and_no_other(found, phone, away):
    code = code_of(found.batch(10, active=(1, 10)), 1)
    keep()
    with away() as tries:
        phone.get(f"/V/{code}")
        first = len(tries)
        for _time in range(5):
            assert phone.get(f"/V/{code}").status_code == 200
            assert phone.get(f"/api/v1/labels/{code}/").status_code == 200
        assert first >= 1
        assert len(tries) == first
        database_circuit._closed_until = 0.0001
        phone.get(f"/V/{code}")
        assert first < len(tries) <= 2 * first


def test_while_one_request_tries_again_the_others_do_not_wait(found):
    database_circuit._closed_until = 0.0001
    with database_circuit.asked(), pytest.raises(database_circuit.DatabaseAway), database_circuit.asked():
        pass
    with database_circuit.asked():
        pass


def test_a_mistake_of_ours_is_not_taken_for_a_database_that_is_away(found):
    with pytest.raises(ZeroDivisionError), database_circuit.asked():
        raise ZeroDivisionError
    with database_circuit.asked():
        connection.ensure_connection()


def test_knowledge_of_yesterday_is_none(found, phone, away):
    code = code_of(found.batch(10, active=(1, 10)), 1)
    keep(timezone.now() - datetime.timedelta(hours=25))
    with away():
        assert phone.get(f"/V/{code}").status_code == 503


def test_what_begins_with_the_next_day_is_told_on_that_day(found):
    batch = found.batch(10, active=(1, 10))
    code, today = code_of(batch, 1), timezone.localdate()
    tomorrow = today + datetime.timedelta(days=1)
    Authorisation.objects.filter(pk=found.authorisation.pk).update(effective_to=tomorrow)
    keep()

    for day, verdict in ((today, "in_force"), (tomorrow, "stopped"), (tomorrow + datetime.timedelta(days=1), None)):
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(last_known.timezone, "localdate", lambda *_args, day=day: day)
            known = last_known.find(code)
            assert (known and known.label.answer(unusual=False)[0]) == verdict


@pytest.mark.parametrize("content", [None, b"", b"not a database"])
def test_a_file_that_is_missing_or_broken_is_no_answer(found, phone, away, content):
    code = code_of(found.batch(10, active=(1, 10)), 1)
    keep()
    if content is None:
        last_known.file().unlink()
    else:
        last_known.file().write_bytes(content)
    with away():
        assert phone.get(f"/V/{code}").status_code == 503
    keep()  # and the worker mends it
    with away():
        database_circuit.forget()
        assert phone.get(f"/V/{code}").status_code == 200


def test_the_file_is_written_anew_when_the_journal_has_grown_and_not_before(found):
    batch = found.batch(10, active=(1, 10))
    keep()
    ident = json.loads(last_known._note_file().read_text())["ident"]
    keep()
    assert json.loads(last_known._note_file().read_text())["ident"] == ident
    found.activate(found.batch(10), 1, 1)
    last_known._not_before = float("inf")
    noted = last_known._note_file().read_text()
    assert not last_known.keep(timezone.now())  # it was written a moment ago: the note stays as old as it is
    assert last_known._note_file().read_text() == noted
    keep()
    assert json.loads(last_known._note_file().read_text())["ident"] != ident
    assert last_known.find(code_of(batch, 1)) is not None


def test_the_file_holds_no_person_no_open_secret_and_is_for_its_owner_only(found):
    batch = found.batch(10, active=(1, 10))
    keep()
    content = last_known.file().read_bytes()
    secret = verification.facts_of(batch.pk).secret
    assert secret not in content
    people = [word for person in found.world.people.values() for word in (person.username, person.email) if "@" in word]
    assert people
    for word in people:
        assert word.encode() not in content
    assert last_known.file().stat().st_mode & 0o077 == 0
    assert last_known.file().parent.stat().st_mode & 0o077 == 0
    assert [one.name for one in last_known.file().parent.glob("*.unfinished")] == []


def test_as_many_batches_as_there_may_be_cost_the_same_queries(found, django_assert_max_num_queries):
    for _time in range(3):
        found.batch(10, active=(1, 10))
    with django_assert_max_num_queries(9):
        keep()


def test_limits_hold_while_the_database_is_away(found, phone, away, monkeypatch):
    code = code_of(found.batch(10, active=(1, 10)), 1)
    keep()
    caches["throttle"].clear()
    monkeypatch.setattr("enterprises.views.verify.VALID_CODES", Limit("few", 2, 3600))
    with away():
        answers = [phone.get(f"/api/v1/labels/{code}/").status_code for _time in range(3)]
    assert answers == [200, 200, 429]

