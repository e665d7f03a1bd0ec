"""What all writers share: permission, checked columns, differences, and batches of journal entries."""

import pytest
from django.core.exceptions import ValidationError

from gi_registry import amendments, journal
from gi_registry.event_types import EventType
from gi_registry.journal import Actor, Event, Subject
from gi_registry.models import JournalEntry
from gi_registry.moves import MoveRefused
from gi_registry.roles import Permission, Role
from products.models import Source

SYSTEM = Actor.system("test")
OFFICER = Actor("user:1", Role.OFFICER)


def event(reference):
    return Event(EventType.PRODUCT_ENTERED, Subject("product", reference, reference), {})


def test_a_role_without_the_permission_is_refused():
    with pytest.raises(MoveRefused) as refusal:
        amendments.require(Actor("user:2", Role.AUDITOR), Permission.KEEP_REGISTER)
    assert refusal.value.code == "not_permitted"


@pytest.mark.django_db
def test_a_text_that_is_too_long_is_refused_on_every_database():
    with pytest.raises(ValidationError):
        amendments.insert(Source(key="k" * 61, title="t"))
    assert not Source.objects.exists()


@pytest.mark.django_db
def test_a_batch_writes_all_entries_at_its_end_in_order():
    with amendments.batch(by=SYSTEM):
        amendments.write(event("1"), by=SYSTEM)
        amendments.write(event("2"), by=SYSTEM)
        assert not JournalEntry.objects.exists()
    assert list(JournalEntry.objects.order_by("sequence").values_list("subject_id", flat=True)) == ["1", "2"]
    assert list(journal.verify()) == []


@pytest.mark.django_db
def test_a_row_that_fails_takes_its_changes_and_its_entries_along():
    def row():
        with batch.row():
            amendments.insert(Source(key="S1", title="t"))
            amendments.write(event("2"), by=SYSTEM)
            raise MoveRefused("x", "no")

    with amendments.batch(by=SYSTEM) as batch:
        amendments.write(event("1"), by=SYSTEM)
        with pytest.raises(MoveRefused):
            row()
    assert not Source.objects.exists()
    assert [entry.subject_id for entry in JournalEntry.objects.all()] == ["1"]


@pytest.mark.django_db
def test_another_actor_is_not_mixed_into_a_batch():
    with amendments.batch(by=SYSTEM):
        amendments.write(event("1"), by=SYSTEM)
        amendments.write(event("2"), by=OFFICER)
    actors = JournalEntry.objects.order_by("sequence").values_list("subject_id", "actor")
    assert list(actors) == [("2", "user:1"), ("1", "system:test")]


@pytest.mark.django_db
def test_a_batch_that_fails_leaves_nothing_open():
    def failing():
        with amendments.batch(by=SYSTEM):
            amendments.write(event("1"), by=SYSTEM)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        failing()
    amendments.write(event("2"), by=SYSTEM)
    assert [entry.subject_id for entry in JournalEntry.objects.all()] == ["2"]


@pytest.mark.django_db
def test_a_discarded_batch_changes_nothing():
    called = []
    with amendments.batch(by=SYSTEM) as batch:
        amendments.insert(Source(key="S1", title="t"))
        amendments.write(event("1"), by=SYSTEM)
        amendments.at_end(called.append, 1)
        batch.discard()
    assert not Source.objects.exists()
    assert not JournalEntry.objects.exists()
    assert called == []


@pytest.mark.django_db
def test_what_only_repeats_other_rows_is_done_once_at_the_end():
    called = []
    amendments.at_end(called.append, 1)
    with amendments.batch(by=SYSTEM):
        for key in (3, 2, 3):
            amendments.at_end(called.append, key)
        assert called == [{1}]
    assert called == [{1}, {2, 3}]


def test_payload_values_are_plain_text_numbers_and_lists():
    sources = frozenset([Source(pk=1, key="S2"), Source(pk=2, key="S1")])
    assert amendments.plain({"s": sources, "n": 1, "b": True, "none": None}) == {
        "s": ["S1", "S2"], "n": 1, "b": True, "none": None,
    }  # fmt: skip
