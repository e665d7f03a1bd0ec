"""Many people at the same moment: one wins whole, the others are told, and the journal has one entry.

Real threads with real transactions: on SQLite in a file as in operation (the suite's own database lies in memory),
on PostgreSQL in the test database. `make bench` runs the same races ten thousand times.
"""

import datetime
import uuid

import pytest
from django.db import connection
from django.utils import timezone

from enterprises import drafts, membership, supervision, workflow
from enterprises.application_models import Document, MarkApplication, StopCase
from enterprises.models import Authorisation, Membership, MembershipRequest, Terms
from enterprises.states import ApplicationState, DocumentKind, StopGround
from gi_registry import journal
from gi_registry.models import JournalEntry, User
from gi_registry.roles import Role
from products import registrar
from products.models import Announcement
from tests import races
from tests.case_world import demo_code, make_world, pdf
from tests.races import another_enterprise, approved_change, publish

ON_POSTGRESQL = connection.vendor == "postgresql"
# PostgreSQL needs committed rows in the test database itself; on SQLite each test has a file of its own.
pytestmark = pytest.mark.django_db(transaction=ON_POSTGRESQL)
MANY = 50
APPROVED, PROVINCE = ApplicationState.APPROVED, ApplicationState.PROVINCIAL_REVIEW


@pytest.fixture
def world(race_database):
    return make_world()


@pytest.fixture(autouse=True)
def _journal_holds(world):
    """After each race; the suite has lifted the triggers by then, in order to empty the tables."""
    yield
    assert [fault for fault in journal.verify() if "triggers" not in fault] == []


def calls(function, records, **arguments):
    return [lambda record=record: function(record, **arguments) for record in records]


def decisions(world, file, number):
    return calls(workflow.approve, races.copies(file, number), by=world.actor("approver"), text="In order.")


def stop_case(world, authorisation, by="reviewer"):
    ground = StopGround.NOT_TO_STANDARD if by == "reviewer" else StopGround.GIVEN_UP
    return supervision.propose_stop(authorisation, by=world.actor(by), ground=ground, text="Because.")


# --- Decisions ---


def test_the_races_run_as_in_operation(world):
    """Connections of threads see the same database, in the mode that the register uses."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            assert cursor.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    seen = races.at_once([User.objects.count] * 5)
    assert seen.results == [User.objects.count()] * 5
    assert seen.results[0] == 10


def test_of_fifty_approvals_of_one_file_one_wins(world):
    file, since = world.file(PROVINCE), races.last_entry()
    outcome = races.at_once(decisions(world, file, MANY))
    assert outcome.faults() == []
    assert len(outcome.refused) == MANY - 1
    assert races.file_faults(file, since=since, state="approved", clocks=["announcement"], notes=["decision"]) == []


def test_approved_or_refused_but_not_both(world):
    file, since = world.file(PROVINCE), races.last_entry()
    refusals = calls(workflow.refuse, races.copies(file, 10), by=world.actor("approver"), text="Not in order.")
    outcome = races.at_once([*decisions(world, file, 10), *refusals])
    assert outcome.faults() == []
    state = MarkApplication.objects.get(pk=file.pk).state
    clocks = ["announcement"] if state == "approved" else []
    assert races.file_faults(file, since=since, state=state, clocks=clocks, notes=["decision"]) == []


def test_approved_or_withdrawn_but_not_both(world):
    file, since = world.file(PROVINCE), races.last_entry()
    withdrawals = calls(workflow.withdraw, races.copies(file, 25), by=world.actor("owner"), text="We stop.")
    outcome = races.at_once([*decisions(world, file, 25), *withdrawals])
    assert outcome.faults() == []
    state = MarkApplication.objects.get(pk=file.pk).state
    clocks, note = (["announcement"], "decision") if state == "approved" else ([], "withdrawal")
    assert races.file_faults(file, since=since, state=state, clocks=clocks, notes=[note]) == []


def test_a_form_sent_twenty_times_at_once_is_one_submission(world):
    file, since = world.draft(), races.last_entry()
    outcome = races.at_once(calls(workflow.submit, races.copies(file, 20), by=world.actor("owner")))
    assert outcome.faults() == []
    assert races.file_faults(file, since=since, state="submitted", clocks=["acceptance"], notes=[]) == []


# --- Drafts ---


def test_a_draft_begun_twenty_times_at_once_is_one_file(world):
    nonce = uuid.uuid4()
    start = [lambda: drafts.start(world.enterprise, by=world.actor("owner"), nonce=nonce)] * 20
    outcome = races.at_once(start)
    assert outcome.faults(winners=20) == []
    assert {file.pk for file in outcome.results} == {MarkApplication.objects.get().pk}
    assert MarkApplication.objects.get().reference.startswith("MA")


def test_of_twenty_windows_one_saves(world):
    file = world.draft()
    saves = [
        lambda number=number: drafts.save_draft(
            MarkApplication.objects.get(pk=file.pk), by=world.actor("owner"), version=file.version,
            standard=f"GB/T {number}",
        )
        for number in range(20)
    ]  # fmt: skip
    outcome = races.at_once(saves)
    assert outcome.faults(codes={"changed_elsewhere"}) == []
    assert MarkApplication.objects.get(pk=file.pk).version == file.version + 1


def test_a_draft_is_thrown_away_or_sent_but_never_half_of_both(world):
    for _round in range(5):
        file, since = world.draft(), races.last_entry()
        sent = calls(workflow.submit, races.copies(file, 5), by=world.actor("owner"))
        thrown = calls(drafts.discard, races.copies(file, 5), by=world.actor("owner"))
        outcome = races.at_once([*sent, *thrown])
        assert outcome.faults(codes=races.TOO_LATE | {"gone"}) == []
        told = JournalEntry.objects.filter(sequence__gt=since).count()
        there = MarkApplication.objects.filter(pk=file.pk, state="submitted").count()
        assert (there, told) in ((1, 1), (0, 0))
        assert MarkApplication.objects.filter(state="draft").count() == 0


def test_a_file_never_holds_more_than_twenty_documents(world):
    file, owner = world.draft(), world.actor("owner")
    for number in range(13):  # and two there already
        drafts.add_document(
            file, by=owner, kind=DocumentKind.OTHER, title="x", cleaned=pdf(f"{number}"), name=f"{number}.pdf"
        )
    uploads = [
        lambda number=number: drafts.add_document(
            file, by=owner, kind=DocumentKind.OTHER, title="x", cleaned=pdf(f"new {number}"), name=f"new{number}.pdf"
        )
        for number in range(10)
    ]
    outcome = races.at_once(uploads)
    assert outcome.faults(winners=5, codes={"too_many"}) == []
    assert Document.objects.filter(application=file).count() == drafts.MAX_DOCUMENTS


def test_one_document_sent_ten_times_at_once_is_there_once(world):
    file, cleaned = world.draft(), pdf("the same")
    uploads = [
        lambda number=number: drafts.add_document(
            file, by=world.actor("owner"), kind=DocumentKind.OTHER, title="x", cleaned=cleaned, name=f"{number}.pdf"
        )
        for number in range(10)
    ]
    assert races.at_once(uploads).faults(winners=10) == []
    assert file.documents.filter(kind=DocumentKind.OTHER).count() == 1


# --- Announcements ---


def test_of_two_announcements_that_take_the_same_file_one_wins_whole(world):
    shared, left = world.file(APPROVED), another_enterprise(world, 1).file(APPROVED)
    outcome = races.at_once(
        [publish(world, *races.copies(shared, 1), number=number) for number in range(1, 10)]
        + [publish(world, *races.copies(shared, 1), *races.copies(left, 1), number=10)] * 10
    )
    assert outcome.faults() == []
    announcement = Announcement.objects.get()
    taken = set(announcement.mark_applications.values_list("pk", flat=True))
    wanted = {shared.pk, left.pk} if announcement.number == 10 else {shared.pk}
    assert taken == wanted
    assert set(Authorisation.objects.values_list("terms__application", flat=True)) == wanted
    left.refresh_from_db()
    assert left.state == ("announced" if announcement.number == 10 else "approved")


def test_announcements_with_overlapping_files_in_any_order_do_not_block_each_other(world):
    files = [another_enterprise(world, number).file(APPROVED) for number in range(4)]
    pairs = [(0, 1), (1, 0), (1, 2), (2, 1), (2, 3), (3, 2), (3, 0), (0, 3)]
    outcome = races.at_once(
        [publish(world, files[first], files[second], number=n) for n, (first, second) in enumerate(pairs, start=1)]
    )
    assert outcome.faults(winners=len(outcome.results)) == []
    assert 1 <= len(outcome.results) <= 2
    assert Announcement.objects.count() == len(outcome.results)
    assert Authorisation.objects.count() == Terms.objects.count() == 2 * len(outcome.results)
    for announcement in Announcement.objects.all():
        assert announcement.mark_applications.count() == 2


def test_of_two_announcements_with_the_same_number_one_is_entered(world):
    first = world.file(APPROVED)
    second = another_enterprise(world, 1).file(APPROVED)
    outcome = races.at_once([publish(world, first, number=7), publish(world, second, number=7)])
    assert outcome.faults(codes={"number_taken"}) == []
    assert Announcement.objects.count() == Authorisation.objects.count() == 1


def test_two_files_for_one_product_become_one_authorisation(world):
    files = [world.file(APPROVED) for _ in range(6)]
    outcome = races.at_once([publish(world, file, number=number) for number, file in enumerate(files, start=1)])
    assert outcome.faults(codes={"duplicate"}) == []
    assert Authorisation.objects.count() == Announcement.objects.count() == 1
    assert MarkApplication.objects.filter(state="approved").count() == 5


def test_a_decided_stop_is_announced_once(world):
    case = stop_case(world, world.authorisation())
    supervision.decide_stop(case, by=world.actor("approver"), text="Agreed.")
    before = Announcement.objects.count()
    outcome = races.at_once([publish(world, number=100 + number, stops=[case]) for number in range(10)])
    assert outcome.faults() == []
    assert Announcement.objects.count() == before + 1
    assert StopCase.objects.get().announcement == outcome.results[0]


# --- Supervision: these lock several rows, and must do so in one order ---


def test_a_stop_is_decided_once(world):
    authorisation = world.authorisation()
    case = stop_case(world, authorisation)
    cases = [StopCase.objects.get(pk=case.pk) for _ in range(20)]
    since = races.last_entry()
    ends = calls(supervision.decide_stop, cases[:10], by=world.actor("approver"), text="Agreed.")
    drops = calls(supervision.drop_stop, cases[10:], by=world.actor("approver"), text="No reason.")
    outcome = races.at_once([*ends, *drops])
    assert outcome.faults() == []
    case.refresh_from_db()
    authorisation.refresh_from_db()
    told = [entry.payload["to"] for entry in JournalEntry.objects.filter(sequence__gt=since).order_by("sequence")]
    if case.state == "decided":
        assert (authorisation.state, told) == ("revoked", ["decided", "revoked"])
    else:
        assert (authorisation.state, told) == ("in_force", ["dropped"])


def test_of_twenty_proposals_one_waits_for_its_decision(world):
    authorisation = world.authorisation()
    propose = [lambda: stop_case(world, Authorisation.objects.get(pk=authorisation.pk))] * 20
    outcome = races.at_once(propose)
    assert outcome.faults(codes={"proposed_already"}) == []
    assert StopCase.objects.count() == 1


def test_all_that_can_happen_to_an_authorisation_at_once_ends_without_a_deadlock(world):
    """Orders, proposals, decisions, a change announced and the end of the product all meet on the same rows."""
    officer = world.actor("officer")
    for _round in range(3):
        make_product_live(world)
        authorisation = world.authorisation()
        case = stop_case(world, authorisation)
        change = approved_change(world, authorisation)
        act = registrar.enter_announcement(
            by=officer, issuer="other", text=f"示例：终止保护 {_round}", published_on=timezone.localdate()
        )
        right = world.product.rights.get()
        orders = [
            lambda pk=authorisation.pk: supervision.order_rectification(
                Authorisation.objects.get(pk=pk), by=world.actor("reviewer"), text="Put it right."
            )
        ] * 6
        proposals = [lambda pk=authorisation.pk: stop_case(world, Authorisation.objects.get(pk=pk))] * 6
        ends = [
            lambda pk=case.pk: supervision.decide_stop(
                StopCase.objects.get(pk=pk), by=world.actor("approver"), text="Agreed."
            )
        ] * 6
        changes = [publish(world, *races.copies(change, 1), number=500 + _round)] * 6
        revoked = [
            lambda right=right, act=act: supervision.revoke_protection(
                type(right).objects.get(pk=right.pk), by=officer, on=timezone.localdate(), announcement=act,
                reason="Ended.",
            )
        ] * 6  # fmt: skip
        outcome = races.at_once([*orders, *proposals, *ends, *changes, *revoked])
        assert [f"{type(error).__name__}: {error}" for error in outcome.errors] == []
        authorisation.refresh_from_db()
        assert authorisation.state in ("revoked", "ended")
        assert not authorisation.terms.filter(effective_to=None).exists()
        moves = [
            (entry.payload["from"], entry.payload["to"])
            for entry in JournalEntry.objects.about("authorisation", authorisation.reference).order_by("sequence")
            if entry.payload.get("move") not in (None, "decide", "drop")
        ]
        states = ["in_force", *(target for _source, target in moves)]
        assert [source for source, _target in moves] == states[:-1]
        assert states[-1] == authorisation.state


def make_product_live(world):
    """The product is protected again; a new right, because one that ended stays so."""
    if not world.product.rights.exclude(status="revoked").exists():
        world.product.rights.update(status="approved", effective_to=None)


# --- People ---


def test_of_twenty_who_sign_up_for_one_enterprise_one_becomes_its_owner(world):
    code, people = demo_code(900), []
    for number in range(20):
        user = User.objects.create_user(f"new{number}", f"new{number}@example.org")
        membership.ask(user, uscc=code, name_zh="示例新茶行")
        people.append(user)
    outcome = races.at_once(calls(membership.confirm, people))
    assert outcome.faults(winners=20) == []
    won = [row for row in outcome.results if row is not None]
    owner = Membership.objects.get(enterprise__uscc=code)
    assert (owner.role, won) == (Role.ENTERPRISE_OWNER, [owner])
    assert len(membership.waiting_requests(owner.enterprise)) == 19
    assert JournalEntry.objects.filter(event_type="enterprise.member_joined").count() == 1


def test_a_sign_up_form_sent_ten_times_at_once_asks_once(world):
    user = User.objects.create_user("new", "new@example.org")
    ask = [lambda: membership.ask(user, uscc=demo_code(901), name_zh="示例新茶行")] * 10
    outcome = races.at_once(ask)
    assert outcome.errors == []
    assert outcome.codes <= {"asked_already"}
    assert MembershipRequest.objects.get().user == user


def test_an_enterprise_is_handed_over_to_one_person(world):
    people = []
    for number in range(6):
        user = User.objects.create_user(f"op{number}", f"op{number}@example.org")
        people.append(
            Membership.objects.create(user=user, enterprise=world.enterprise, role=Role.ENTERPRISE_OPERATOR)
        )
    hand_over = [
        lambda to=to: membership.hand_over(world.enterprise, by=world.actor("owner"), to=to) for to in people
    ]
    leave = [
        lambda row=row: membership.leave(row, by=journal.Actor.user(row.user, Role.ENTERPRISE_OPERATOR))
        for row in people
    ]
    outcome = races.at_once([*hand_over, *leave])
    assert outcome.errors == []
    assert outcome.codes <= {"someone_was_faster", "not_permitted", "left_already", "no_operator"}
    assert Membership.objects.current().filter(enterprise=world.enterprise, role=Role.ENTERPRISE_OWNER).count() == 1


def test_a_notice_of_use_never_moves_backwards(world):
    authorisation, today = world.authorisation(), timezone.localdate()
    days = [today - datetime.timedelta(days=number) for number in range(20)]
    use = [
        lambda day=day: supervision.note_use(
            Authorisation.objects.get(pk=authorisation.pk), by=world.actor("owner"), used_on=day
        )
        for day in days
    ]
    assert races.at_once(use).errors == []
    authorisation.refresh_from_db()
    assert authorisation.last_used_on == today


def test_the_helper_sees_a_second_winner(world):
    """A race that two people win is reported: otherwise nothing above would mean anything."""
    outcome = races.at_once([lambda: 1, lambda: 2])
    assert outcome.faults() == ["2 winners instead of 1"]
    outcome = races.at_once([lambda: 1, lambda: 1 / 0])
    assert "ZeroDivisionError: division by zero" in outcome.faults()


