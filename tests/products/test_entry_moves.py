"""Names on agreement lists: their stages, the reviews whether they are products, the time to comment on them."""

import datetime

import pytest
from django.utils import timezone

from gi_registry.event_types import EventType
from gi_registry.journal import Actor
from gi_registry.models import JournalEntry
from gi_registry.moves import MoveRefused
from gi_registry.roles import Permission, Role
from gi_registry.working_days import after_months
from products import agreement_registrar, entry_history, entry_registrar, entry_words, lookup
from products.entry_states import ENTRY_MOVES
from products.list_values import agreement_values, fingerprint
from products.models import Agreement, AgreementEntry, Product
from products.objection_models import PublicNotice
from products.objection_states import NoticeRule
from products.recognition_models import EntryStage
from products.record_values import entry_values
from products.states import EntryStatus, Side
from tests.factories import make_agreement, make_agreement_entry, make_hunan, make_person, make_product
from tests.listed_names import status_on

pytestmark = pytest.mark.django_db
MOVES = {move.name: move for move in ENTRY_MOVES}
DAY = datetime.date(2025, 3, 1)
ONE_DAY = datetime.timedelta(1)
KEEPS = {Role.OFFICER, Role.SYSTEM}


@pytest.fixture
def officer():
    return Actor.user(make_person(Role.OFFICER), Role.OFFICER)


@pytest.fixture
def agreement():
    return make_agreement()


def make_entry(agreement, status=EntryStatus.LISTED, **more):
    return make_agreement_entry(agreement, status=status, status_text=status.value, **more)


def move(entry, name, by, on=DAY, act="Announcement 599", reason="Published."):
    entry_registrar.move_entry(entry, MOVES[name], by=by, on=on, act=act, reason=reason)


def refusal(call, *args, **kwargs):
    with pytest.raises(MoveRefused) as refused:
        call(*args, **kwargs)
    return refused.value.code


# --- Stages ---


def test_every_state_every_move_every_role(agreement):
    """What the table allows is done with its stage and its entry in the journal; all else leaves no trace."""
    place = make_hunan()[0]
    actors = {role: Actor.user(make_person(role, place), role, place) for role in Role}
    for role, actor in actors.items():
        for status in EntryStatus:
            for one in ENTRY_MOVES:
                entry = make_entry(agreement, status)
                before = JournalEntry.objects.count()
                allowed = role in KEEPS and status in one.sources
                if allowed:
                    move(entry, one.name, actor)
                else:
                    code = "not_permitted" if role not in KEEPS else "wrong_state"
                    assert refusal(move, entry, one.name, actor) == code
                entry.refresh_from_db()
                assert entry.status == (one.target if allowed else status)
                assert entry.stages.count() == JournalEntry.objects.count() - before == int(allowed)


def test_a_move_keeps_day_act_and_reason(agreement, officer):
    entry = make_entry(agreement)
    move(entry, "protect", officer)
    stage = EntryStage.objects.get()
    assert (stage.status, stage.effective_from, stage.act) == ("protected", DAY, "Announcement 599")
    assert (entry.status, entry.protected_from, entry.status_text) == ("protected", DAY, "protected; Announcement 599")
    told = JournalEntry.objects.first()
    assert (told.event_type, told.effective_on, told.subject_kind) == (EventType.ENTRY_MOVED, DAY, "agreement_entry")
    assert told.payload == {
        "move": "protect", "from": "listed", "to": "protected", "act": "Announcement 599", "reason": "Published.",
    }  # fmt: skip


@pytest.mark.parametrize("status", EntryStatus)
def test_words_that_the_register_writes_itself_are_read_again(status):
    assert entry_words.status_of(entry_words.status_words(status, "Act " * 90)) == status
    assert len(entry_words.status_words(status, "Act " * 90)) == 200


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"on": timezone.localdate() + ONE_DAY}, "wrong_day"),
        ({"act": " "}, "act_missing"),
        ({"reason": " "}, "reason_missing"),
    ],
)
def test_a_move_needs_a_past_day_an_act_and_a_reason(agreement, officer, change, code):
    assert refusal(move, make_entry(agreement), "protect", officer, **change) == code
    assert EntryStage.objects.count() == 0


def test_a_day_before_the_last_stage_is_refused_the_same_day_is_not(agreement, officer):
    entry = make_entry(agreement)
    move(entry, "object", officer)
    assert refusal(move, entry, "decide", officer, on=DAY - ONE_DAY) == "wrong_day"
    move(entry, "decide", officer, on=DAY)
    assert status_on(entry, entry.stages.all(), DAY) == EntryStatus.DECIDED


def test_protection_does_not_end_before_it_began(agreement, officer):
    entry = make_entry(agreement, EntryStatus.PROTECTED, protected_from=DAY)
    assert refusal(move, entry, "lapse", officer, on=DAY - ONE_DAY) == "wrong_day"
    move(entry, "lapse", officer, on=DAY + 30 * ONE_DAY)
    assert entry.protected_from == DAY


def test_past_days_stay_answerable_and_nothing_earlier_is_made_up(agreement, officer):
    entry = make_entry(agreement)
    move(entry, "agree", officer)
    move(entry, "protect", officer, on=DAY + 10 * ONE_DAY)
    stages = list(entry.stages.all())
    answers = {days: status_on(entry, stages, DAY + days * ONE_DAY) for days in (-1, 0, 9, 10, 99)}
    assert answers == {-1: None, 0: "agreed", 9: "agreed", 10: "protected", 99: "protected"}
    old = make_entry(agreement, EntryStatus.PROTECTED, protected_from=DAY)
    move(old, "lapse", officer, on=DAY + 10 * ONE_DAY)
    stages = list(old.stages.all())
    answers = {days: status_on(old, stages, DAY + days * ONE_DAY) for days in (-1, 0, 9, 10)}
    assert answers == {-1: None, 0: "protected", 9: "protected", 10: "lapsed"}


@pytest.mark.parametrize(
    ("status", "since", "on", "expected"),
    [
        (EntryStatus.LISTED, None, DAY, "listed"),
        (EntryStatus.PROTECTED, DAY, DAY, "protected"),
        (EntryStatus.PROTECTED, DAY, DAY - ONE_DAY, None),
        (EntryStatus.PROTECTED, None, DAY, None),
        (EntryStatus.PROTECTED, None, None, "protected"),
    ],
)
def test_without_stages_the_status_of_today_answers(agreement, status, since, on, expected):
    assert status_on(make_entry(agreement, status, protected_from=since), [], on) == expected


def test_whoever_saw_an_earlier_state_is_told(agreement, officer):
    entry = make_entry(agreement)
    stale = AgreementEntry.objects.get(pk=entry.pk)
    move(entry, "object", officer)
    assert refusal(move, stale, "withdraw", officer) == "someone_was_faster"


# --- Reviews ---


def test_a_tie_is_a_reviewed_link_and_stands_in_the_journal(agreement, officer):
    product = make_product()
    entry = make_entry(agreement, suggested=product)
    entry_registrar.tie(entry, product, by=officer, reason="Same place.", seen=entry_history.review_seen(entry))
    assert (entry.product, entry.match_basis, entry.suggested) == (product, "reviewed", None)
    told = JournalEntry.objects.first()
    assert told.event_type == EventType.ENTRY_TIED
    assert told.payload == {"product": product.number, "name": "安化黑茶", "reason": "Same place."}


def test_a_refused_match_is_not_suggested_again(agreement, officer):
    product = make_product()
    entry = make_entry(agreement, suggested=product)
    entry_registrar.refuse_match(entry, product, by=officer, reason="Another place.")
    assert (entry.product, entry.suggested, list(entry.refused_products.all())) == (None, None, [product])
    agreement_registrar.amend_agreement_entry(entry, by=officer, name_en="Tea")
    entry.refresh_from_db()
    assert entry.suggested is None
    assert JournalEntry.objects.filter(event_type=EventType.ENTRY_MATCH_REFUSED).get().payload["untied"] is False


def test_a_later_review_unties_and_another_ties_again(agreement, officer):
    product = make_product()
    entry = make_entry(agreement)
    entry_registrar.tie(entry, product, by=officer, reason="The same.")
    entry_registrar.refuse_match(entry, product, by=officer, reason="It was another tea.")
    assert (entry.product, entry.match_basis, entry.suggested) == (None, "", None)
    assert JournalEntry.objects.first().payload["untied"] is True
    entry_registrar.tie(entry, product, by=officer, reason="It was this one after all.")
    assert (entry.product, entry.refused_products.count()) == (product, 0)


def test_a_name_is_tied_to_a_product_that_is_written_otherwise(agreement, officer):
    product = make_product("安化茶")
    entry = make_entry(agreement)
    entry_registrar.tie(entry, product, by=officer, reason="Named so abroad.")
    assert entry.product == product


def test_the_product_is_found_by_its_name_abroad_while_the_tie_lasts(agreement, officer):
    product = make_product("安化茶")
    entry = make_entry(agreement, name_en="Zebra Leaf")
    entry_registrar.tie(entry, product, by=officer, reason="Named so abroad.")
    assert lookup.search(Product.objects.all(), "zebra leaf").products.get() == product
    entry_registrar.refuse_match(entry, product, by=officer, reason="Another tea.")
    assert lookup.search(Product.objects.all(), "zebra leaf").is_empty


def test_of_two_reviewers_the_second_is_told(agreement, officer):
    product = make_product()
    entry = make_entry(agreement, suggested=product)
    seen = entry_history.review_seen(entry)
    entry_registrar.tie(entry, product, by=officer, reason="x", seen=seen)
    stale = AgreementEntry.objects.get(pk=entry.pk)
    for step in (entry_registrar.tie, entry_registrar.refuse_match):
        assert refusal(step, stale, product, by=officer, reason="x", seen=seen) == "someone_was_faster"
    assert refusal(entry_registrar.tie, stale, product, by=officer, reason="x") == "someone_was_faster"
    entry_registrar.refuse_match(stale, product, by=officer, reason="x")
    assert refusal(entry_registrar.refuse_match, stale, product, by=officer, reason="x") == "someone_was_faster"


def test_a_review_needs_a_reason_a_chinese_name_and_an_officer(agreement, officer):
    product = make_product()
    entry, foreign = make_entry(agreement), make_entry(agreement, side=Side.INBOUND)
    for step in (entry_registrar.tie, entry_registrar.refuse_match):
        assert refusal(step, entry, product, by=officer, reason=" ") == "reason_missing"
        assert refusal(step, foreign, product, by=officer, reason="x") == "wrong_side"
        for role in set(Role) - KEEPS:
            other = Actor.user(make_person(role), role)
            assert not other.has(Permission.KEEP_REGISTER)
            assert refusal(step, entry, product, by=other, reason="x") == "not_permitted"


# --- Agreements and names by hand ---


def test_an_agreement_entered_twice_is_one_another_with_its_short_name_is_refused(officer):
    values = {"name_zh": "中日", "name_en": "China–Japan", "partner": "JP"}
    first = agreement_registrar.enter_agreement(by=officer, code="CN-JP", order=1, **values)
    assert agreement_registrar.enter_agreement(by=officer, code="CN-JP", order=2, **values) == first
    other = values | {"partner": "FR"}
    assert refusal(agreement_registrar.enter_agreement, by=officer, code="CN-JP", **other) == "duplicate"


def test_a_batch_belongs_to_an_agreement_and_to_no_batch(agreement, officer):
    batch = make_agreement("B", parent=agreement)
    amend, names = agreement_registrar.amend_agreement, {"name_zh": "a", "name_en": "a", "partner": "EU"}
    assert refusal(amend, agreement, by=officer, parent=agreement) == "wrong_parent"
    assert refusal(amend, agreement, by=officer, parent=make_agreement("C")) == "wrong_parent"
    assert refusal(agreement_registrar.enter_agreement, by=officer, code="D", parent=batch, **names) == "wrong_parent"
    agreement_registrar.enter_agreement(by=officer, code="E", parent=agreement, **names)
    assert Agreement.objects.get(code="E").parent == agreement


def test_whoever_saw_other_values_is_told(agreement, officer):
    entry = make_entry(agreement)
    seen, of_entry = fingerprint(agreement_values(agreement)), fingerprint(entry_values(entry))
    agreement_registrar.amend_agreement(agreement, by=officer, seen=seen, note="Mine")
    agreement_registrar.amend_agreement(agreement, by=officer, seen=seen, note="Mine")
    amend = agreement_registrar.amend_agreement
    assert refusal(amend, agreement, by=officer, seen=seen, note="Theirs") == "someone_was_faster"
    agreement_registrar.amend_agreement_entry(entry, by=officer, seen=of_entry, home_number="PDO-1")
    amend = agreement_registrar.amend_agreement_entry
    assert refusal(amend, entry, by=officer, seen=of_entry, home_number="PDO-2") == "someone_was_faster"
    entry.refresh_from_db()
    assert entry.home_number == "PDO-1"


# --- Time to comment ---


def test_a_time_to_comment_ends_after_two_months_by_the_rules_of_terms(agreement, officer):
    """The second list of the EU: published on 2 December 2022, objections by 2 February 2023."""
    make_entry(agreement)
    day = datetime.date(2022, 12, 2)
    notice = agreement_registrar.open_comments(agreement, by=officer, published_on=day, note="173 names")
    assert (notice.rule, notice.first_day, notice.last_day) == (
        NoticeRule.COMMENT, datetime.date(2022, 12, 3), datetime.date(2023, 2, 2),
    )  # fmt: skip
    assert notice.last_day == after_months(day, 2).last_day
    told = JournalEntry.objects.first()
    assert (told.event_type, told.subject_kind, told.subject_id, told.effective_on) == (
        EventType.NOTICE_OPENED, "agreement", "CN-EU-B1", day,
    )  # fmt: skip
    assert (told.payload["names"], told.payload["last_day"]) == (1, "2023-02-02")


@pytest.mark.parametrize(
    ("published", "last"),
    [("2024-12-31", "2025-02-28"), ("2023-12-31", "2024-02-29"), ("2024-08-01", "2024-10-08")],
)
def test_month_ends_leap_days_and_holidays(agreement, officer, published, last):
    make_entry(agreement)
    day = datetime.date.fromisoformat(published)
    notice = agreement_registrar.open_comments(agreement, by=officer, published_on=day, note="x")
    assert notice.last_day.isoformat() == last


def test_of_one_agreement_one_time_to_comment_runs(agreement, officer):
    make_entry(agreement)
    today = timezone.localdate()
    first = agreement_registrar.open_comments(agreement, by=officer, published_on=today - 10 * ONE_DAY, note="x")
    again = agreement_registrar.open_comments(agreement, by=officer, published_on=today - 10 * ONE_DAY, note="x ")
    assert again == first
    open_comments = agreement_registrar.open_comments
    assert refusal(open_comments, agreement, by=officer, published_on=today, note="y") == "open_already"
    agreement_registrar.open_comments(agreement, by=officer, published_on=today - 800 * ONE_DAY, note="long ago")
    assert PublicNotice.objects.count() == 2


@pytest.mark.parametrize("status", [one for one in EntryStatus if one != EntryStatus.LISTED])
def test_a_list_without_published_names_is_not_commented_on(agreement, officer, status):
    make_entry(agreement, status)
    make_entry(agreement, left_out_on=DAY)
    open_comments = agreement_registrar.open_comments
    assert refusal(open_comments, agreement, by=officer, published_on=DAY, note="") == "nothing_listed"


def test_a_time_to_comment_begins_today_at_the_latest_and_by_an_officer(agreement, officer):
    make_entry(agreement)
    tomorrow = timezone.localdate() + ONE_DAY
    open_comments = agreement_registrar.open_comments
    assert refusal(open_comments, agreement, by=officer, published_on=tomorrow, note="") == "wrong_day"
    other = Actor.user(make_person(Role.AUDITOR), Role.AUDITOR)
    assert refusal(open_comments, agreement, by=other, published_on=DAY, note="") == "not_permitted"
