"""What can be said of a name on an agreement list on a date, with and without dated stages."""

import datetime
from itertools import product as every_pair

import pytest

from products import agreements
from products.entry_states import ENTRY_MOVES
from products.recognition_kinds import GoodsKind, kind_of
from products.recognition_models import EntryStage
from products.recognition_standing import Standing, standing, strongest
from products.states import EntryStatus, Side
from tests.factories import make_agreement, make_agreement_entry, make_product

TODAY = datetime.date(2026, 9, 30)
FIRST, SECOND = datetime.date(2024, 2, 29), datetime.date(2025, 3, 1)
DAY = datetime.timedelta(1)


def test_every_status_of_an_entry_is_a_standing():
    assert {status.value for status in EntryStatus} == {one.value for one in Standing} - {"not_yet"}
    assert all(one.word and one.word[0].isupper() for one in Standing)


@pytest.mark.parametrize(("first", "second"), list(every_pair(EntryStatus, EntryStatus)))
def test_stages_answer_half_open_whatever_the_entry_says_today(first, second):
    stages = [(FIRST, first), (SECOND, second)]
    answers = {
        day: standing(EntryStatus.PROPOSED, None, day, TODAY, stages) for day in (FIRST, SECOND - DAY, SECOND, TODAY)
    }
    assert answers == {
        FIRST: Standing(first), SECOND - DAY: Standing(first), SECOND: Standing(second), TODAY: Standing(second)
    }  # fmt: skip


@pytest.mark.parametrize("first", EntryStatus)
def test_nothing_is_invented_for_the_time_before_the_first_stage(first):
    """That a name lapses shows that it was protected before; no other stage shows anything of the kind."""
    before = standing(first, datetime.date(2021, 3, 1), FIRST - DAY, TODAY, [(FIRST, first)])
    assert before == (Standing.PROTECTED if first == EntryStatus.LAPSED else Standing.NOT_YET)
    assert standing(first, None, FIRST - DAY, TODAY, [(FIRST, first)]) == Standing.NOT_YET
    early = standing(first, datetime.date(2021, 3, 1), datetime.date(2021, 2, 28), TODAY, [(FIRST, first)])
    assert early == Standing.NOT_YET


def test_what_lapses_can_only_have_been_protected():
    """The rule for the time before the first stage rests on the table of moves."""
    assert {status for move in ENTRY_MOVES if move.target == EntryStatus.LAPSED for status in move.sources} == {
        EntryStatus.PROTECTED
    }


@pytest.mark.parametrize("status", [one for one in EntryStatus if one != EntryStatus.PROTECTED])
def test_a_status_without_a_date_is_the_one_known_today(status):
    assert standing(status, datetime.date(2021, 3, 1), FIRST, TODAY) == Standing(status)


def test_the_strongest_of_several_standings():
    assert strongest([Standing.WITHDRAWN, Standing.LISTED, Standing.PROTECTED]) == Standing.PROTECTED
    assert strongest([Standing.LAPSED, Standing.PROPOSED]) == Standing.PROPOSED


@pytest.mark.parametrize(
    ("goods", "kind"),
    [
        ("Class 1.6. Fruit, vegetables and cereals fresh or processed", "fruit"),
        ("Class 1.7. Fresh fish, molluscs, and crustaceans and products derived therefrom", "fish"),
        ("Class 1.8. Other products of Annex I of the Treaty (spices etc.)", "seasoning"),
        ("oils and fats (olive oil)", "oils"),
        ("fruit, vegetables and cereals (table olives)", "fruit"),
        ("essential oils", "other"),
        ("spirit drink", "spirits"),
        ("meat product", "meat"),
        ("面包、糕点、蛋糕、糖果、饼干及其他烘焙用品", "sweets"),
        ("natural gums and resins", "other"),
        ("", "not_stated"),
    ],
)
def test_goods_of_both_sides_meet_in_one_kind(goods, kind):
    assert kind_of(goods) == GoodsKind(kind)


# --- in the database


@pytest.fixture
def listed(db):
    """安化黑茶, published for comment, objected to on 29 February 2024 and protected from 1 March 2025."""
    entry = make_agreement_entry(make_agreement(), protected_from=SECOND)
    EntryStage.objects.create(entry=entry, status="protected", effective_from=SECOND, act="Second decision")
    EntryStage.objects.create(entry=entry, status="objected", effective_from=FIRST, act="First letter")
    return entry


@pytest.mark.parametrize(
    ("on", "expected", "acts"),
    [
        (FIRST - DAY, Standing.NOT_YET, []),
        (FIRST, Standing.OBJECTED, ["First letter"]),
        (SECOND - DAY, Standing.OBJECTED, ["First letter"]),
        (SECOND, Standing.PROTECTED, ["First letter", "Second decision"]),
    ],
)
def test_lists_and_counts_say_the_same_of_a_day(listed, on, expected, acts):
    [line] = agreements.lines(agreements.entries(listed.agreement, on), on)
    assert (line.standing, [stage.act for stage in line.stages]) == (expected, acts)
    assert line.since == (SECOND if expected == Standing.PROTECTED else None)
    outbound = agreements.overviews(on)[0].sides[0]
    assert outbound.by_standing == [(expected, 1)]
    assert agreements.names_abroad(on) == (expected == Standing.PROTECTED)


def test_a_lapsed_name_no_longer_counts(listed):
    EntryStage.objects.create(entry=listed, status="lapsed", effective_from=datetime.date(2026, 1, 1), act="End")
    type(listed).objects.update(status="lapsed")
    assert agreements.names_abroad(datetime.date(2025, 12, 31)) == 1
    assert agreements.names_abroad(datetime.date(2026, 1, 1)) == 0


def test_a_name_that_a_later_annex_left_out_is_on_the_list_until_then(db):
    entry = make_agreement_entry(make_agreement(), protected_from=FIRST, left_out_on=SECOND)
    assert agreements.entries(entry.agreement, SECOND - DAY) == [entry]
    assert agreements.entries(entry.agreement, SECOND) == []
    assert agreements.overviews(SECOND - DAY)[0].loaded == 1
    assert agreements.overviews(SECOND)[0].loaded == 0
    assert (agreements.names_abroad(SECOND - DAY), agreements.names_abroad(SECOND)) == (1, 0)


def test_a_name_on_two_lists_counts_once_whether_reviewed_or_only_written_the_same(db):
    tea = make_product()
    first, second = make_agreement("A-1"), make_agreement("A-2")
    make_agreement_entry(first, protected_from=FIRST, product=tea, match_basis="reviewed")
    make_agreement_entry(second, protected_from=FIRST, suggested=tea)
    make_agreement_entry(second, protected_from=FIRST, name_zh="普洱茶")
    make_agreement_entry(second, side=Side.INBOUND, protected_from=FIRST, name_zh="香槟")
    assert agreements.names_abroad(TODAY) == 2
