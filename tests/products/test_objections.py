"""Objections: the time for them, what is received, every move in every state by every role, what is forgotten."""

import calendar
import datetime
import json
import uuid

import chinese_calendar
import pytest
from django.core import mail
from django.db import transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as some

from gi_registry import journal
from gi_registry.journal import Actor
from gi_registry.models import JournalEntry, User
from gi_registry.moves import MoveRefused
from gi_registry.roles import Permission
from gi_registry.working_days import KNOWN_YEARS, is_working_day
from products import notices, objecting, objection_register, objection_rules
from products.case_models import ProtectionCase
from products.case_states import CaseState, LegalBasis
from products.notices import NoticeState
from products.objection_models import Objection, PublicNotice
from products.objection_register import Wanted
from products.objection_states import (
    OBJECTION_MOVES,
    UNDECIDED,
    NoticeRule,
    ObjectionGround,
    ObjectionState,
    ObjectorKind,
    term_of,
)
from tests.case_world import OFFICIALS, make_world, pdf
from tests.objection_world import (
    ADDRESS,
    CONTACT,
    OBJECTOR,
    REASON,
    STEPS,
    TEXT,
    make_case,
    make_list,
    make_notice,
    make_objection,
    received,
    values,
)

WRITERS = {move.name: getattr(objecting, move.name) for move in OBJECTION_MOVES}
NEEDS_REASON = {"uphold", "dismiss"}
DAY = datetime.timedelta(days=1)


@pytest.fixture
def world(db):
    return make_world()


def take(name, row, by, **more):
    """One step with all that it could ask for."""
    if name in NEEDS_REASON:
        more.setdefault("published_reason", REASON)
    return WRITERS[name](row, by=by, **{"text": "It is so."} | more)


def refused(call):
    with pytest.raises(MoveRefused) as caught:
        call()
    assert len(str(caught.value)) > 8
    return caught.value.code


# --- The time to object ---


@pytest.mark.parametrize(
    ("rule", "published", "last"),
    [
        ("order_80_15", "2024-04-19", "2024-06-19"),  # announcement 577; recognised from the day after
        ("order_80_15", "2023-12-31", "2024-02-29"),  # no 31 February: the end of the month, of a leap year
        ("order_80_15", "2024-12-31", "2025-02-28"),
        ("order_80_15", "2024-02-29", "2024-04-29"),
        ("order_80_15", "2024-06-30", "2024-08-30"),
        ("order_80_15", "2024-08-01", "2024-10-08"),  # 1 October: the National Day holidays run to 7 October
        ("order_80_15", "2024-08-05", "2024-10-08"),
        ("order_80_15", "2024-12-29", "2025-02-28"),
        ("order_80_15", "2023-12-10", "2024-02-18"),  # 10 February: Spring Festival to 17; Sunday 18 was worked
        ("order_78_14", "2009-12-31", "2010-03-01"),  # 28 February was a Sunday
        ("order_78_14", "2009-11-30", "2010-02-01"),  # 30 January was a Saturday
        ("mark_2001", "2005-01-31", "2005-02-28"),
        ("comment", "2024-04-19", "2024-06-19"),
    ],
)
def test_the_last_day_to_object(rule, published, last):
    found = term_of(NoticeRule(rule), datetime.date.fromisoformat(published)).last_day
    assert found == datetime.date.fromisoformat(last)


@given(published=some.dates(datetime.date(2004, 1, 1), datetime.date(2026, 10, 1)), rule=some.sampled_from(NoticeRule))
def test_a_term_ends_on_the_day_of_the_same_number_or_later_on_a_working_day(published, rule):
    months = 1 if rule == NoticeRule.MARK_2001 else 2
    year, month = divmod(published.year * 12 + published.month - 1 + months, 12)
    number = min(published.day, calendar.monthrange(year, month + 1)[1])
    nominal = datetime.date(year, month + 1, number)
    term = term_of(rule, published)
    assert is_working_day(term.last_day)
    assert all(not is_working_day(nominal + DAY * n) for n in range((term.last_day - nominal).days))
    assert (term.last_day - nominal).days <= 11
    assert term.provisional == (term.last_day.year not in KNOWN_YEARS)
    if term.last_day.year in KNOWN_YEARS:
        assert not chinese_calendar.is_holiday(term.last_day)


def test_a_notice_of_announcement_577_runs_from_the_day_after_to_its_last_day(world):
    notice = make_notice(world, published_on=datetime.date(2024, 4, 19))
    days = {day: notices.standing(notice, datetime.date.fromisoformat(day)) for day in (
        "2024-04-19", "2024-04-20", "2024-06-18", "2024-06-19", "2024-06-20",
    )}  # fmt: skip
    assert [(one.state, one.days_left) for one in days.values()] == [
        (NoticeState.COMING, 61), (NoticeState.OPEN, 60), (NoticeState.OPEN, 1), (NoticeState.OPEN, 0),
        (NoticeState.ENDED, -1),
    ]  # fmt: skip
    for day, one in days.items():
        assert PublicNotice.objects.open(datetime.date.fromisoformat(day)).exists() == one.is_open, day


def test_lists_of_notices_know_the_date_the_case_and_leave_demonstration_out(world):
    today = timezone.localdate()
    running, coming = make_notice(world), make_notice(world, published_on=today)
    ended = make_notice(world, published_on=today - DAY * 80)
    long_ago = make_notice(world, published_on=today - DAY * 200)
    make_notice(world, demonstration=True)
    make_notice(world, case=make_case(world, state=CaseState.WITHDRAWN))
    comments = make_notice(world, agreement=make_list()[0])
    assert [(one.notice, one.state) for one in notices.running()] == [
        (running, "open"), (comments, "open"), (coming, "coming")
    ]  # fmt: skip
    assert [one.notice for one in notices.recently_ended()] == [ended]
    assert [one.notice for one in notices.running(long_ago.first_day)] == [long_ago]
    assert [one.notice for one in notices.running(long_ago.first_day - DAY * 2)] == []


def test_lists_of_notices_ask_as_many_questions_for_many_as_for_one(world, django_assert_num_queries):
    make_notice(world)
    for _again in range(2):
        with django_assert_num_queries(1):
            [str(one.notice.case.division.parent.parent) for one in notices.running()]
        for _more in range(3):
            make_notice(world)


# --- Received from anybody ---


def test_an_objection_in_time_is_received_and_gives_a_link(world):
    notice = make_notice(world)
    row, token = objecting.receive(notice, **values(), files=[(pdf("map"), "ab/cd/x.pdf", "Old map")])
    row.refresh_from_db()
    assert (row.state, row.objector, row.text, row.is_in_time) == ("received", OBJECTOR, TEXT, True)
    assert row.reference == f"OB{timezone.localdate().year}{row.pk:06}"
    assert row.token_sha256 == objection_rules.seal_of(token)
    assert token not in json.dumps(list(Objection.objects.values()), default=str)
    kept = row.files.get()
    assert (kept.title, kept.name, kept.sha256) == ("Old map", "ab/cd/x.pdf", pdf("map").sha256)


@pytest.mark.parametrize(("days", "taken"), [(-1, False), (0, True), (1, True), (60, True), (61, False)])
def test_only_on_the_days_of_the_notice(world, monkeypatch, days, taken):
    notice = make_notice(world, published_on=datetime.date(2024, 4, 19))
    now = datetime.datetime(2024, 4, 20, 0, 0, 1, tzinfo=datetime.timezone(datetime.timedelta(hours=8))) + DAY * days
    monkeypatch.setattr(timezone, "now", lambda: now)
    if taken:
        assert received(notice).is_in_time
    else:
        with pytest.raises(MoveRefused) as caught:
            received(notice)
        assert caught.value.code == "notice_closed"
        assert "from 2024-04-20 to 2024-06-19" in str(caught.value)
        assert Objection.objects.count() == 0


def test_nothing_is_received_against_a_case_that_has_ended(world):
    notice = make_notice(world)
    ProtectionCase.objects.update(state=CaseState.WITHDRAWN)
    assert refused(lambda: received(notice)) == "case_ended"


def test_the_same_form_twice_is_one_objection_and_other_words_are_refused(world):
    notice, sent = make_notice(world), values()
    first, again = objecting.receive(notice, **sent), objecting.receive(notice, **sent)
    assert (first[0].pk, first[1]) == (again[0].pk, again[1])
    assert refused(lambda: objecting.receive(notice, **sent | {"text": "Other words."})) == "already_sent"
    other = make_notice(world)
    assert refused(lambda: objecting.receive(other, **sent)) == "already_sent"
    assert Objection.objects.count() == 1


def test_a_form_that_was_sent_on_the_last_day_leads_to_its_link_the_day_after(world, monkeypatch):
    notice, sent = make_notice(world), values()
    first = objecting.receive(notice, **sent)
    later = timezone.now() + DAY * 100
    monkeypatch.setattr(timezone, "now", lambda: later)
    assert objecting.receive(notice, **sent)[1] == first[1]


def test_a_comment_names_a_name_of_its_own_list(world):
    agreement, entry = make_list()
    _other, stranger = make_list("CN-GE-2")
    notice = make_notice(world, agreement=agreement)
    assert received(notice, entry=entry).entry == entry
    for wrong in (None, stranger):
        assert refused(lambda wrong=wrong: received(notice, entry=wrong)) == "other_list"
    assert refused(lambda: received(make_notice(world), entry=entry)) == "other_list"
    assert list(notices.names_of(notice)) == [entry]


def test_those_abroad_are_received_under_every_law_and_not_admitted_under_order_78(world):
    old = make_notice(world, case=make_case(world, law=LegalBasis.ORDER_78))
    row = received(old, in_china=False)
    with pytest.raises(MoveRefused) as caught:
        take("admit", row, world.actor("officer"))
    assert "inside China" in str(caught.value)
    take("not_admit", row, world.actor("officer"))
    new = received(make_notice(world), in_china=False)
    take("admit", new, world.actor("officer"))
    assert (row.state, new.state) == ("not_admitted", "admitted")


def test_what_came_too_late_is_not_admitted(world):
    row = make_objection(world)
    Objection.objects.update(received_at=timezone.now() + DAY * 100)
    assert refused(lambda: take("admit", row, world.actor("officer"))) == "guard"


# --- What the public journal learns ---


def test_the_journal_knows_neither_words_nor_people(world):
    row = make_objection(world, ObjectionState.DISMISSED, contact=CONTACT)
    told = json.dumps(list(JournalEntry.objects.values()), default=str, ensure_ascii=False)
    for private in (TEXT, OBJECTOR, CONTACT, ADDRESS, "ours since 1950", "Nothing shows it", row.token_sha256):
        assert private not in told, private
    assert REASON in told
    events = list(JournalEntry.objects.about("objection", row.reference).order_by("sequence"))
    assert [entry.event_type for entry in events] == [
        "objection.received", "objection.admitted", "objection.answered", "objection.dismissed"
    ]  # fmt: skip
    assert events[0].payload["about"] == row.notice.case.reference
    note = row.notes.last()
    assert events[-1].payload["text_sha256"] == objecting.seal(note.text, note.salt)["text_sha256"]
    assert list(journal.verify()) == []


def test_the_public_reason_must_not_tell_who_objected(world):
    row = make_objection(world, ObjectionState.ADMITTED)
    for private in (OBJECTOR, CONTACT, ADDRESS):
        code = refused(lambda private=private: take("dismiss", row, world.another("officer"), published_reason=private))
        assert code == "names_objector"


# --- Every state, every move, every person ---


@pytest.mark.parametrize("state", list(ObjectionState))
def test_every_move_in_every_state_by_every_person(world, state):
    """Who may: the table and the territory. Officers decide only where another has admitted."""
    people = {name: world.actor(name) for name in [*OFFICIALS, "owner", "outsider"]}
    people |= {"another officer": world.another("officer"), "command": Actor.system("test")}
    row = make_objection(world, state)
    earlier = set(JournalEntry.objects.about("objection", row.reference).values_list("actor", flat=True))
    before = JournalEntry.objects.count()
    for move in OBJECTION_MOVES:
        for name, by in people.items():
            able = by.has(move.permission) and name not in ("reviewer_elsewhere", "command")
            decides = move.name in NEEDS_REASON
            open_to = able and state in move.sources and not (decides and by.reference in earlier)
            own = Objection.objects.select_related("notice__case").get(pk=row.pk)
            if open_to:
                with transaction.atomic():
                    take(move.name, own, by)
                    assert own.state == move.target
                    transaction.set_rollback(True)
                continue
            code = refused(lambda move=move, own=own, by=by: take(move.name, own, by))
            wanted = "not_permitted" if not able else "wrong_state" if state not in move.sources else "guard"
            assert (code, move.name, name) == (wanted, move.name, name)
    row.refresh_from_db()
    assert (row.state, JournalEntry.objects.count()) == (state, before)


def test_the_table_of_people_is_the_one_that_was_meant(world):
    """Officers do everything, the reviewer of the place enters the answer, nobody else anything."""
    able = {
        name: {move.name for move in OBJECTION_MOVES if world.actor(name).has(move.permission)} for name in OFFICIALS
    }
    assert able.pop("officer") == set(WRITERS)
    assert able.pop("reviewer") == able.pop("reviewer_elsewhere") == {"answer"}
    assert set().union(*able.values()) == set()


@pytest.mark.parametrize("state", sorted(UNDECIDED))
def test_comments_on_agreements_are_for_officers_only(world, state):
    agreement, entry = make_list()
    row = received(make_notice(world, agreement=agreement), entry=entry)
    for step in STEPS[state]:
        by = world.actor("officer")
        take(step.__name__[1:], row, by)
    assert refused(lambda: take("answer", row, world.actor("reviewer"))) == "not_permitted"
    take("take_back", row, world.actor("officer"))
    assert row.state == "withdrawn"


@pytest.mark.parametrize("name", sorted(WRITERS))
def test_no_step_without_words(world, name):
    state = ObjectionState.ADMITTED if name in {"answer", "negotiate", "uphold", "dismiss"} else ObjectionState.RECEIVED
    row = make_objection(world, state)
    by = world.another("officer")
    assert refused(lambda: take(name, row, by, text="  ")) == "reason_missing"
    if name in NEEDS_REASON:
        assert refused(lambda: take(name, row, by, published_reason=" ")) == "published_reason_missing"
    row.refresh_from_db()
    assert row.state == state
    take(name, row, by)
    assert (row.notes.last().text, row.notes.last().by_id) == ("It is so.", by.person)


def test_days_and_public_reason_stand_in_the_row(world):
    today = timezone.localdate()
    row = make_objection(world, ObjectionState.DISMISSED)
    row.refresh_from_db()
    assert (row.admitted_on, row.answered_on, row.decided_on, row.published_reason) == (today, today, today, REASON)
    gone = make_objection(world, ObjectionState.WITHDRAWN)
    gone.refresh_from_db()
    assert (gone.admitted_on, gone.decided_on, gone.published_reason) == (None, today, "")


def test_who_has_not_seen_the_answer_is_told_before_deciding(world):
    row = make_objection(world, ObjectionState.ADMITTED)
    stale = Objection.objects.select_related("notice__case").get(pk=row.pk)
    take("answer", row, world.actor("reviewer"))
    other = world.another("officer")
    assert refused(lambda: take("dismiss", stale, other)) == "someone_was_faster"
    fresh = Objection.objects.select_related("notice__case").get(pk=row.pk)
    assert refused(lambda: take("dismiss", fresh, other, seen="admitted")) == "someone_was_faster"
    take("dismiss", fresh, other, seen="answered")
    assert fresh.state == "dismissed"


# --- What it does to the case ---


def test_the_first_admitted_objection_makes_the_case_opposed(world):
    notice = make_notice(world)
    first, second = received(notice), received(notice)
    take("admit", first, world.actor("officer"))
    case = ProtectionCase.objects.get()
    assert case.state == CaseState.OPPOSED
    assert [(step.state, step.on) for step in case.steps.all()] == [("opposed", timezone.localdate())]
    entry = JournalEntry.objects.about("case", case.reference).get()
    assert (entry.event_type, entry.payload["objection"]) == ("case.opposed", first.reference)
    take("admit", second, world.actor("officer"))
    assert case.steps.count() == 1
    assert [one.pk for one in ProtectionCase.objects.get().admitted_objections] == [second.pk, first.pk]


@pytest.mark.parametrize("state", [CaseState.ACCEPTED, CaseState.OPPOSED])
def test_a_case_under_order_78_or_opposed_already_keeps_its_state(world, state):
    law = LegalBasis.ORDER_78 if state == CaseState.ACCEPTED else LegalBasis.ORDER_80
    notice = make_notice(world, case=make_case(world, law=law, state=state))
    make_objection(world, ObjectionState.ADMITTED, notice=notice)
    case = ProtectionCase.objects.get()
    assert (case.state, case.steps.count()) == (state, 0)


def test_an_admission_that_cannot_oppose_the_case_leaves_nothing(world, monkeypatch):
    row = make_objection(world)

    def broken(*args, **kwargs):
        raise MoveRefused("x", "Not today, please.")

    monkeypatch.setattr(objecting, "case_subject", broken)
    assert refused(lambda: take("admit", row, world.actor("officer"))) == "x"
    row.refresh_from_db()
    assert (row.state, row.notes.count(), ProtectionCase.objects.get().state) == ("received", 0, "preliminary")


def test_when_the_case_has_ended_nothing_is_admitted_or_upheld_but_all_can_be_closed(world):
    new, admitted = make_objection(world), make_objection(world, ObjectionState.ADMITTED)
    ProtectionCase.objects.update(state=CaseState.WITHDRAWN)
    other = world.another("officer")
    assert refused(lambda: take("admit", new, other)) == "guard"
    assert refused(lambda: take("uphold", admitted, other)) == "guard"
    take("not_admit", new, other)
    take("dismiss", admitted, other)


def test_who_decides_on_an_objection_may_still_decide_on_the_case(world):
    row = make_objection(world, ObjectionState.DISMISSED)
    case = ProtectionCase.objects.get()
    assert case.handler_references == {world.actor("officer").reference}
    assert row.handler_references == {
        world.actor("officer").reference, world.actor("reviewer").reference, world.another("officer").reference
    }  # fmt: skip


# --- The public register ---


def test_the_public_register_answers_by_state_ground_year_and_name(world):
    dismissed = make_objection(world, ObjectionState.DISMISSED, ground=ObjectionGround.AREA)
    agreement, entry = make_list()
    comment = received(make_notice(world, agreement=agreement), entry=entry)
    received(make_notice(world, demonstration=True))
    year = timezone.localdate().year

    def found(**asked):
        return list(objection_register.found(Wanted(**asked)))

    assert found() == [comment, dismissed]
    assert found(state="dismissed") == found(ground="area") == found(q="安化红茶") == [dismissed]
    assert found(q="Khvanchkara") == found(q="cn-ge-1") == [comment]
    assert found(year=str(year)) == [comment, dismissed]
    assert found(year=str(year - 1)) == found(q="nothing of it") == []
    assert objection_register.years() == [year]


def test_files_of_the_register_tell_nothing_of_who_objected(world):
    make_objection(world, ObjectionState.DISMISSED)
    table = objection_register.table(objection_register.found(Wanted()), {})
    rows = list(table.rows)
    assert set(rows[0]) == set(table.columns)
    told = json.dumps(rows, default=str, ensure_ascii=False)
    assert REASON in told
    for private in (OBJECTOR, CONTACT, ADDRESS, TEXT):
        assert private not in told


# --- Mails ---


def test_officers_are_told_once_while_one_waits_and_reviewers_when_it_is_admitted(
    world, django_capture_on_commit_callbacks
):
    for name in ("officer", "reviewer", "reviewer_elsewhere"):
        User.objects.filter(pk=world.people[name].pk).update(email=f"{name}@example.org")
    with django_capture_on_commit_callbacks(execute=True):
        row = make_objection(world)
        make_objection(world)
    assert [(one.to, row.reference in one.subject) for one in mail.outbox] == [(["officer@example.org"], True)]
    with django_capture_on_commit_callbacks(execute=True):
        take("admit", row, world.actor("officer"))
    assert mail.outbox[1].to == ["reviewer@example.org"]
    for one in mail.outbox:
        assert f"/desk/objections/{row.reference}/" in one.body
        for private in (TEXT, OBJECTOR, CONTACT):
            assert private not in one.body


# --- Forgetting ---


@pytest.mark.parametrize("state", [one for one in ObjectionState if one not in UNDECIDED])
@pytest.mark.parametrize("kind", list(ObjectorKind))
def test_contacts_and_names_of_persons_are_erased_ninety_days_after_the_end(world, state, kind):
    row = make_objection(world, state, objector_kind=kind)
    today = timezone.localdate()
    assert objecting.erase_old_contacts(today + DAY * 89) == 0
    assert objecting.erase_old_contacts(today + DAY * 90) == 1
    row.refresh_from_db()
    name = OBJECTOR if kind == ObjectorKind.UNIT else ""
    assert (row.contact, row.address, row.objector, row.text) == ("", "", name, TEXT)
    assert objecting.erase_old_contacts(today + DAY * 91) == 0


@pytest.mark.parametrize("state", sorted(UNDECIDED))
def test_nothing_is_erased_before_the_decision(world, state):
    row = make_objection(world, state)
    assert objecting.erase_old_contacts(timezone.localdate() + DAY * 1000) == 0
    row.refresh_from_db()
    assert row.contact == CONTACT


# --- Words that others rely on ---


def test_every_move_has_a_writer_a_note_and_a_permission():
    for move in OBJECTION_MOVES:
        assert callable(WRITERS[move.name])
        assert move.name in objection_rules.NOTE_OF
        assert move.permission in (Permission.EXAMINE_CASES, Permission.PREPARE_CASES, Permission.END_PROTECTION)
    assert set(objection_rules.PATIENCE) == set(UNDECIDED)


def test_links_differ_and_cannot_be_guessed_from_the_reference():
    first, second = uuid.uuid4(), uuid.uuid4()
    assert objecting.token_of(first) == objecting.token_of(first) != objecting.token_of(second)
    assert len(objecting.token_of(first)) == 22
