"""The journal: whole, in order, and impossible to rewrite."""

import datetime

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.db.transaction import TransactionManagementError

from gi_registry import journal, journal_guards
from gi_registry.event_types import EventType
from gi_registry.journal import Actor, Event, Subject
from gi_registry.models import JournalEntry, JournalHead, JournalIsAppendOnly
from gi_registry.roles import Role
from tests.factories import make_hunan, make_person

pytestmark = pytest.mark.django_db
BY = Actor.system("tests")


def event(number=1, **payload):
    subject = Subject("product", str(number), f"产品{number}")
    return Event(EventType.PRODUCT_ENTERED, subject, payload, datetime.date(2026, 1, 2), "sources.csv")


def write(count):
    with transaction.atomic():
        return journal.record_all([event(number, 名称="安化黑茶") for number in range(count)], by=BY)


def rewrite(sql, *params):
    """What somebody with the database password could do once the triggers are off."""
    journal_guards.remove(connection)
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
    journal_guards.install(connection)


def test_entries_are_numbered_without_gaps_and_linked():
    first, second, third = write(3)
    assert [first.sequence, second.sequence, third.sequence] == [1, 2, 3]
    assert first.previous_hash == journal.GENESIS
    assert (second.previous_hash, third.previous_hash) == (first.hash, second.hash)
    assert list(journal.verify()) == []


def test_a_rolled_back_change_leaves_no_gap():
    write(1)
    with transaction.atomic():
        journal.record(event(2), by=BY)
        transaction.set_rollback(True)
    assert write(1)[0].sequence == 2
    assert list(journal.verify()) == []


@pytest.mark.django_db(transaction=True)
def test_writing_outside_a_transaction_is_refused():
    with pytest.raises(TransactionManagementError):
        journal.record(event(), by=BY)
    assert not JournalEntry.objects.exists()


def test_the_hash_is_the_published_recipe():
    """Somebody with nothing but the public entry can recompute the hash."""
    import hashlib
    import json

    entry = write(1)[0]
    entry.refresh_from_db()
    content = json.dumps(
        dict(journal.as_json(entry).items()),
        sort_keys=True, separators=(",", ":"), ensure_ascii=False,
    )  # fmt: skip
    assert hashlib.sha256(content.encode()).hexdigest() == entry.hash


@pytest.mark.parametrize(
    "statement", ["UPDATE gi_registry_journalentry SET subject_label = 'x'", "DELETE FROM gi_registry_journalentry"]
)
def test_the_database_itself_refuses_to_change_entries(statement):
    write(1)
    with pytest.raises(DatabaseError, match="cannot be"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert JournalEntry.objects.get().subject_label == "产品0"


def test_the_code_refuses_to_change_entries():
    entry = write(1)[0]
    for attempt in (
        entry.save,
        entry.delete,
        JournalEntry.objects.all().delete,
        lambda: JournalEntry.objects.update(subject_label="x"),
    ):
        with pytest.raises(JournalIsAppendOnly):
            attempt()


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("subject_label", "别的"), ("payload", "{}"), ("actor_role", "officer"), ("effective_on", "2020-01-01"),
        ("source", ""), ("parent_id", "9"), ("event_type", "product.amended"),
    ],
)  # fmt: skip
def test_a_changed_entry_is_found(column, value):
    write(3)
    rewrite(f"UPDATE gi_registry_journalentry SET {column} = %s WHERE sequence = 2", value)
    assert list(journal.verify()) == ["Entry 2 was changed: its content does not give its hash."]


def test_a_dropped_entry_is_found():
    write(3)
    rewrite("DELETE FROM gi_registry_journalentry WHERE sequence = 2")
    assert "Entry 2 is missing: entry 3 follows entry 1." in list(journal.verify())


def test_a_cut_off_end_is_found():
    write(3)
    rewrite("DELETE FROM gi_registry_journalentry WHERE sequence = 3")
    assert list(journal.verify()) == ["The journal's head does not match its last entry 2."]


def test_missing_triggers_are_found():
    write(1)
    journal_guards.remove(connection)
    assert list(journal.verify()) == ["The database triggers that guard the journal are missing."]


def test_the_command_proves_or_fails(capsys):
    write(2)
    call_command("verify_journal")
    assert JournalHead.objects.get().hash in capsys.readouterr().out
    rewrite("UPDATE gi_registry_journalentry SET source = 'x' WHERE sequence = 1")
    with pytest.raises(CommandError, match="broken in 1 place"):
        call_command("verify_journal")


def test_no_name_of_a_person_enters_the_journal():
    division = make_hunan()[0]
    user = make_person("officer", username="王小明")
    with transaction.atomic():
        entry = journal.record(event(), by=Actor.user(user, Role.OFFICER, division))
    assert (entry.actor, entry.actor_role, entry.actor_division) == (f"user:{user.pk}", "officer", "430000")
    assert "王小明" not in str(journal.as_json(entry))


def test_history_tells_of_the_subject_and_of_what_belongs_to_it():
    with transaction.atomic():
        journal.record(event(7), by=BY)
        right = Subject("right", "GI00007", "GI product", parent_kind="product", parent_reference="7")
        journal.record(Event(EventType.RIGHT_ENTERED, right, {}), by=BY)
        journal.record(event(8), by=BY)
    assert [entry.sequence for entry in JournalEntry.objects.about("product", "7")] == [2, 1]
