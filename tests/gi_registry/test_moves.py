"""The engine of decisions, on the rights of products."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gi_registry import moves
from gi_registry.journal import Actor, Subject
from gi_registry.models import JournalEntry
from gi_registry.moves import MoveRefused
from gi_registry.roles import Permission, Role
from gi_registry.state_tables import Move
from products.models import Right
from products.states import CONFIRM, REVOKE, RIGHT_MOVES, ProductStatus
from tests.factories import make_hunan, make_person, make_product

pytestmark = pytest.mark.django_db
TODAY = datetime.date(2026, 9, 30)
SUBJECT = Subject("right", "GI00001", "安化黑茶")
OFFICER = Actor("user:1", Role.OFFICER)


def make(record, move, *, by=OFFICER, reason="公告", **more):
    changes = {"effective_from": TODAY} if move is CONFIRM else {"effective_to": TODAY}
    moves.apply_move(
        record, move, by=by, subject=SUBJECT, division=more.pop("division", None), effective_on=TODAY,
        reason=reason, changes=changes, **more,
    )  # fmt: skip


def a_right(status):
    right = make_product(status=status, right=False)
    return Right.objects.create(
        product=right, reference="GI00001", track="gi_product", status=status, basis="sourced",
        effective_from=TODAY if status in ("approved", "mark_use_listed", "revoked") else None,
        effective_to=TODAY if status == "revoked" else None,
    )  # fmt: skip


@pytest.mark.parametrize("move", RIGHT_MOVES, ids=lambda move: move.name)
@pytest.mark.parametrize("status", ProductStatus)
def test_every_state_against_every_move(status, move):
    right = a_right(status)
    if status in move.sources:
        make(right, move)
        right.refresh_from_db()
        assert right.status == move.target
        assert JournalEntry.objects.get().payload == {
            "move": move.name, "from": status.value, "to": str(move.target), "reason": "公告",
        }  # fmt: skip
    else:
        with pytest.raises(MoveRefused) as refused:
            make(right, move)
        assert refused.value.code == "wrong_state"
        right.refresh_from_db()
        assert (right.status, JournalEntry.objects.count()) == (status, 0)


@pytest.mark.parametrize("role", Role)
def test_every_role_against_the_revocation(role):
    right = a_right(ProductStatus.APPROVED)
    if role in (Role.OFFICER, Role.SYSTEM):
        make(right, REVOKE, by=Actor("user:1", role))
        assert right.status == ProductStatus.REVOKED
        return
    with pytest.raises(MoveRefused) as refused:
        make(right, REVOKE, by=Actor("user:1", role))
    assert refused.value.code == "not_permitted"
    assert Right.objects.get().status == ProductStatus.APPROVED


def test_of_two_who_decide_at_the_same_moment_one_wins():
    right = a_right(ProductStatus.APPROVED)
    as_seen_by_the_other = Right.objects.get(pk=right.pk)
    make(right, REVOKE)
    with pytest.raises(MoveRefused) as refused:
        make(as_seen_by_the_other, REVOKE, reason="another reason")
    assert refused.value.code == "someone_was_faster"
    assert JournalEntry.objects.get().payload["reason"] == "公告"


@pytest.mark.parametrize("reason", ["", "  \n"])
def test_a_decision_needs_its_reason(reason):
    with pytest.raises(MoveRefused) as refused:
        make(a_right(ProductStatus.APPROVED), REVOKE, reason=reason)
    assert refused.value.code == "reason_missing"


def test_a_guard_says_why_not():
    guarded = Move(
        "revoke", "revoke", frozenset({"approved"}), "revoked", Permission.END_PROTECTION, REVOKE.event,
        guard=lambda right, by: "Somebody objects.",
    )  # fmt: skip
    right = a_right(ProductStatus.APPROVED)
    with pytest.raises(MoveRefused, match="Somebody objects"):
        make(right, guarded)
    assert moves.allowed_moves(right, [guarded], by=OFFICER, division=None) == []


def test_a_failing_journal_undoes_the_change(monkeypatch):
    right = a_right(ProductStatus.APPROVED)
    monkeypatch.setattr("gi_registry.journal.record", lambda *args, **more: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        make(right, REVOKE)
    assert Right.objects.get().status == ProductStatus.APPROVED


def test_buttons_come_from_the_same_table():
    right = a_right(ProductStatus.REPORTED)
    assert moves.allowed_moves(right, RIGHT_MOVES, by=OFFICER, division=None) == [CONFIRM]
    assert moves.allowed_moves(right, RIGHT_MOVES, by=Actor("user:2", Role.AUDITOR), division=None) == []


REVIEW = Move(
    "review", "review", frozenset({"approved"}), "approved", Permission.REVIEW_MARK_USE, CONFIRM.event
)


@pytest.mark.parametrize(("place", "may"), [(0, False), (1, False), (2, True), (3, False), (None, False)])
def test_a_territorial_role_acts_only_inside_its_division(place, may):
    hunan = make_hunan()
    reviewer = Actor("user:3", Role.REVIEWER, hunan[2])
    right = a_right(ProductStatus.APPROVED)
    division = hunan[place] if place is not None else None
    assert bool(moves.allowed_moves(right, [REVIEW], by=reviewer, division=division)) is may


def test_an_ended_role_gives_nothing():
    from gi_registry.territory import actors_of

    person = make_person("officer")
    assert [actor.role for actor in actors_of(person)] == [Role.OFFICER]
    assignment = person.role_assignments.get()
    assignment.effective_to = datetime.date(2020, 1, 1)
    assignment.save()
    assert actors_of(person) == []
    assert len(actors_of(person, datetime.date(2019, 12, 31))) == 1


@given(st.lists(st.sampled_from(RIGHT_MOVES), max_size=8))
def test_any_sequence_of_moves_keeps_one_entry_for_each_change(sequence):
    Right.objects.all().delete()
    right = a_right_anew()
    before, changes = JournalEntry.objects.count(), 0
    for move in sequence:
        expected = right.status in move.sources
        try:
            make(right, move)
            changes += 1
            assert expected
        except MoveRefused:
            assert not expected
    assert JournalEntry.objects.count() - before == changes


def a_right_anew():
    product = make_product(status=ProductStatus.REPORTED, right=False)
    return Right.objects.create(
        product=product, reference=f"R{product.pk}", track="gi_product", status="reported", basis="sourced"
    )
