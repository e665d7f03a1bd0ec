"""Demonstration zones: conditions in numbers, every state against every move, what stays private, summaries."""

import datetime
import json
import uuid

import pytest
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from gi_registry import journal
from gi_registry.journal import Actor
from gi_registry.models import JournalEntry
from gi_registry.moves import MoveRefused
from gi_registry.roles import RULES, Role
from gi_registry.seals import sealed
from products import zoning
from products.states import ProductStatus
from products.zone_models import DemonstrationZone
from products.zone_states import (
    PUBLIC_STATES,
    ZONE_MOVES,
    ZoneLevel,
    ZoneState,
    conditions,
    may_follow,
    whole_years,
)
from products.zone_states import RULES as ZONE_RULES
from products.zone_values import StageEntry, last_day_to_build
from tests import factories as make
from tests.case_world import ROLES, make_world
from tests.zone_world import FIGURES, MOVES, NAME, days_ago, long_built, make_historic, make_zone, take

pytestmark = pytest.mark.django_db
PEOPLE = list(ROLES)
SUMMARY = {"producers": 12, "users": 8, "sector_output": 300, "users_output": 200, "text": "Two trainings were held."}


@pytest.fixture
def world():
    return make_world()


def refusal(function, *args, **values):
    with pytest.raises(MoveRefused) as refused:
        function(*args, **values)
    assert len(str(refused.value)) > 8
    return refused.value.code


def journal_text():
    rows = JournalEntry.objects.values_list("subject_label", "payload", "source")
    return json.dumps([list(row) for row in rows], ensure_ascii=False)


# --- Conditions in numbers ---


def met(level, **values):
    numbers = {"years": 3, "producers": 100, "users": 60, "sector_output": 10**8, "users_output": 6 * 10**7} | values
    return all(one.met for one in conditions(ZONE_RULES[level], **numbers))


@pytest.mark.parametrize(
    ("level", "values", "expected"),
    [
        ("national", {}, True),
        ("national", {"users": 59}, False),
        ("national", {"producers": 1000, "users": 599}, False),  # 59.9 per cent is not 60
        ("national", {"users_output": 6 * 10**7 - 1}, False),
        ("national", {"years": 2}, False),
        ("national", {"years": None}, False),
        ("national", {"producers": 0, "users": 0}, False),  # nobody makes it: no share can be told
        ("national", {"sector_output": None}, False),
        ("national", {"producers": 3, "users": 2}, True),  # no least number of users for national zones
        ("provincial", {"years": None, "users": 50, "users_output": 5 * 10**7}, True),
        ("provincial", {"users": 49}, False),
        ("provincial", {"producers": 8, "users": 4}, False),  # half of them, but fewer than five
        ("provincial", {"producers": 10, "users": 5}, True),
        ("provincial", {"sector_output": 10**8 - 1, "users_output": 10**8 - 1}, False),
    ],
)
def test_conditions(level, values, expected):
    assert met(ZoneLevel(level), **values) is expected


@given(producers=st.integers(1, 5000), users=st.integers(0, 5000), level=st.sampled_from(list(ZoneLevel)))
def test_a_share_is_met_exactly_where_the_fraction_reaches_it(producers, users, level):
    users = min(users, producers)
    rule = ZONE_RULES[level]
    found = conditions(rule, years=9, producers=producers, users=users, sector_output=10**9, users_output=10**9)
    share = next(one for one in found if one.wanted == rule.users_percent)
    assert share.met is (users * 100 >= rule.users_percent * producers)


@pytest.mark.parametrize(
    ("first", "last", "years"),
    [
        ("2023-11-21", "2026-11-20", 2), ("2023-11-21", "2026-11-21", 3), ("2024-02-29", "2027-02-28", 2),
        ("2024-02-29", "2027-03-01", 3), ("2024-02-29", "2028-02-29", 4), ("2023-12-31", "2024-01-01", 0),
    ],
)  # fmt: skip
def test_years_are_whole(first, last, years):
    assert whole_years(datetime.date.fromisoformat(first), datetime.date.fromisoformat(last)) == years


def test_years_count_from_the_youngest_product_and_need_every_first_day(world):
    young = make.make_product("安化红茶", province=world.province, effective_from=days_ago(700))
    unknown = make.make_product("安化松针", province=world.province, status=ProductStatus.REPORTED)
    zone = make_zone(world)
    assert zone.years_protected >= 15
    zone.products.add(young)
    zone = DemonstrationZone.objects.get(pk=zone.pk)
    assert zone.years_protected == 1
    assert "years" in str(zone.unmet_conditions)
    zone.products.add(unknown)
    assert DemonstrationZone.objects.get(pk=zone.pk).years_protected is None


@pytest.mark.parametrize("figure", FIGURES)
def test_a_zone_with_an_open_figure_is_not_recommended(world, figure):
    others = {"users": None} if figure == "producers" else {}
    zone = make_zone(world, **({figure: None} | others))
    assert refusal(take, world, zone, "recommend") == "guard"
    zone.refresh_from_db()
    assert zone.state == ZoneState.PROPOSED


@pytest.mark.parametrize("text", ["conduct", "support"])
def test_conditions_without_a_number_are_answered_in_words(world, text):
    assert refusal(take, world, make_zone(world, **{text: " "}), "recommend") == "guard"


def test_the_time_to_build_follows_from_the_level_and_ends_on_a_working_day():
    assert last_day_to_build("national", datetime.date(2021, 9, 10)) == datetime.date(2024, 9, 10)
    assert last_day_to_build("provincial", datetime.date(2024, 2, 29)) == datetime.date(2026, 2, 28)  # worked Saturday
    assert last_day_to_build("national", datetime.date(2021, 10, 1)) == datetime.date(2024, 10, 8)  # after the holidays


# --- Entering ---


def test_a_zone_is_entered_with_its_first_stage(world):
    zone = make_zone(world)
    assert zone.reference == f"Z{timezone.localdate().year}{zone.pk:06}"
    assert [(row.state, row.effective_from) for row in zone.stages.all()] == [("proposed", timezone.localdate())]
    assert list(zone.products.all()) == [world.product]


def test_the_same_form_makes_one_zone_and_other_words_are_refused(world):
    nonce = uuid.uuid4()
    assert make_zone(world, nonce=nonce).pk == make_zone(world, nonce=nonce).pk
    assert JournalEntry.objects.filter(event_type="zone.entered").count() == 1
    assert refusal(make_zone, world, nonce=nonce, name_zh="另一个") == "already_sent"


def test_the_same_form_at_the_same_moment_makes_one_zone(world, monkeypatch):
    """The second one looks before the first has stored."""
    nonce, look = uuid.uuid4(), zoning._sent_before
    first = make_zone(world, nonce=nonce)
    looks = iter([lambda *args: None, look])
    monkeypatch.setattr(zoning, "_sent_before", lambda *args: next(looks)(*args))
    assert make_zone(world, nonce=nonce).pk == first.pk
    assert DemonstrationZone.objects.count() == 1


@pytest.mark.parametrize("by", [name for name in PEOPLE if name not in ("reviewer", "approver")])
def test_only_the_territory_prepares(world, by):
    assert refusal(make_zone, world, by=by) == "not_permitted"
    assert not JournalEntry.objects.exists()


def test_a_form_of_another_territory_tells_nothing_of_the_zone_with_its_nonce(world):
    nonce = uuid.uuid4()
    make_zone(world, nonce=nonce)
    elsewhere = make.make_division("110101", "东城区", parent=world.elsewhere)
    product = make.make_product("北京鸭梨", province=world.elsewhere)
    assert refusal(
        make_zone, world, nonce=nonce, by="reviewer_elsewhere", division=elsewhere, products=[product]
    ) == "not_permitted"  # fmt: skip


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"products": []}, "other_product"), ({"users": 11}, "share"), ({"users_output": 200_000_001}, "share"),
        ({"figures_on": None}, "figures_day"), ({"figures_on": days_ago(-1)}, "wrong_day"),
    ],
)  # fmt: skip
def test_what_is_written_must_be_possible(world, values, code):
    assert refusal(make_zone, world, **values) == code
    assert not DemonstrationZone.objects.exists()


def test_a_product_is_protected_and_of_the_province(world):
    other = make.make_product("北京鸭梨", province=world.elsewhere)
    weak = make.make_product("安化松针", province=world.province, status=ProductStatus.REPORTED)
    for product in (other, weak):
        assert refusal(make_zone, world, products=[product]) == "other_product"
    assert refusal(make_zone, world, by="approver", division=world.province) == "wrong_place"


# --- Moves ---


@pytest.mark.parametrize("state", ZoneState)
def test_every_state_against_every_move_and_every_person(world, state):
    zone = make_zone(world, state)
    before = zone.stages.count()
    for move in ZONE_MOVES:
        for name in PEOPLE:
            role, where = ROLES[name]
            held = where != "elsewhere" if RULES[role].territorial else True
            may = move.permission in RULES[role].permissions and held
            read = DemonstrationZone.objects.get(pk=zone.pk)
            if move.name == "self_check" and state == ZoneState.BUILDING:
                long_built(read)
            values = {"build_to": days_ago(-400)} if move.name == "extend" else {}
            entries, code = JournalEntry.objects.count(), ""
            with transaction.atomic():
                try:
                    zoning.take_step(read, move, by=world.actor(name), reason="It is so.", **values)
                except MoveRefused as refused:
                    code = refused.code
                found = DemonstrationZone.objects.get(pk=zone.pk)
                wanted = "" if may and state in move.sources else "wrong_state" if may else "not_permitted"
                assert code == wanted, (state, move.name, name)
                if code:
                    assert (found.state, JournalEntry.objects.count()) == (state, entries)
                else:
                    assert found.state == move.target
                    assert found.stages.count() == before + 1
                    assert found.stages.get(effective_to=None).state == move.target
                    assert JournalEntry.objects.count() == entries + 1
                transaction.set_rollback(True)


def test_the_table_leads_everywhere_and_ends_are_ends():
    assert {move.target for move in ZONE_MOVES} == set(ZoneState) - {ZoneState.PROPOSED}
    sources = {state for move in ZONE_MOVES for state in move.sources}
    assert set(ZoneState) - sources == {ZoneState.CANCELLED, ZoneState.WITHDRAWN}


def test_may_follow_goes_along_the_moves():
    assert may_follow("building", "accepted")  # the self-check between is not told
    assert may_follow("building", "building")  # extended
    assert not may_follow("accepted", "building")
    assert not may_follow("cancelled", "reviewed")


def test_every_step_needs_its_reason(world):
    zone = make_zone(world)
    assert refusal(
        zoning.take_step, zone, MOVES["recommend"], by=world.actor("approver"), reason=" "
    ) == "reason_missing"  # fmt: skip


def test_whoever_recommended_does_not_choose(world):
    zone = make_zone(world, ZoneState.RECOMMENDED)
    same = Actor.user(world.people["approver"], Role.OFFICER)
    assert refusal(zoning.take_step, zone, MOVES["choose"], by=same, reason="Mine.") == "guard"
    take(world, zone, "choose")


def test_begin_sets_the_time_to_build_and_extend_a_later_end(world):
    zone = make_zone(world, ZoneState.PUBLIC_NOTICE)
    take(world, zone, "begin")
    zone.refresh_from_db()
    assert (zone.build_from, zone.build_to) == (
        timezone.localdate(), last_day_to_build("national", timezone.localdate())
    )  # fmt: skip
    take(world, zone, "self_check")
    for day in (None, zone.build_to, timezone.localdate()):
        assert refusal(take, world, zone, "extend", build_to=day) == "wrong_end"
    take(world, zone, "extend", build_to=days_ago(-100))
    zone.refresh_from_db()
    assert (zone.state, zone.build_to) == (ZoneState.BUILDING, days_ago(-100))
    assert JournalEntry.objects.first().payload["build_to"] == days_ago(-100).isoformat()


def test_the_self_check_waits_until_the_last_day_to_build_is_over(world):
    zone = make_zone(world, ZoneState.BUILDING)
    long_built(zone)
    for day, code in ((timezone.localdate(), "guard"), (days_ago(1), "")):
        DemonstrationZone.objects.filter(pk=zone.pk).update(build_to=day)
        zone.refresh_from_db()
        if code:
            step = {"by": world.actor("reviewer"), "reason": "Done."}
            assert refusal(zoning.take_step, zone, MOVES["self_check"], **step) == code
    assert refusal(take, world, zone, "self_check", on=days_ago(1)) == "wrong_day"
    take(world, zone, "self_check")


def test_a_step_lies_neither_in_the_future_nor_before_its_stage(world):
    zone = make_zone(world)
    assert refusal(take, world, zone, "recommend", on=days_ago(-1)) == "wrong_day"
    assert refusal(take, world, zone, "recommend", on=days_ago(1)) == "wrong_day"


def test_stages_follow_each_other_without_gap(world):
    zone = make_zone(world, ZoneState.PUBLIC_NOTICE)
    zone.stages.update(effective_from=days_ago(30))
    take(world, zone, "begin", on=days_ago(10), paper="国知发保函字〔2026〕1号")
    before, now = zone.stages.order_by("-pk")[1], zone.stages.get(effective_to=None)
    assert before.effective_to == now.effective_from == days_ago(10)
    assert (now.paper, now.reason) == ("国知发保函字〔2026〕1号", "It is so.")


def test_of_two_who_step_the_second_is_told(world):
    zone = make_zone(world)
    second = DemonstrationZone.objects.get(pk=zone.pk)
    take(world, zone, "recommend")
    assert refusal(take, world, second, "give_up") == "someone_was_faster"


def test_nobody_recommends_other_figures_than_they_saw(world):
    zone = make_zone(world)
    zoning.amend(zone, by=world.actor("reviewer"), version=1, users=7)
    assert refusal(take, world, zone, "recommend", version=1) == "someone_was_faster"
    take(world, zone, "recommend", version=2)


# --- Amending ---


def test_amending_raises_the_version_and_without_a_difference_leaves_no_trace(world):
    zone, by = make_zone(world), world.actor("approver")
    assert not zoning.amend(zone, by=by, version=1, name_zh=NAME, products=[world.product])
    assert zoning.amend(zone, by=by, version=1, users=7, division=world.prefecture)
    zone.refresh_from_db()
    assert (zone.version, zone.users, zone.division) == (2, 7, world.prefecture)
    assert JournalEntry.objects.filter(event_type="zone.amended").count() == 1
    assert refusal(zoning.amend, zone, by=by, version=1, users=8) == "someone_was_faster"


@pytest.mark.parametrize("state", ZoneState)
@pytest.mark.parametrize("by", PEOPLE)
def test_who_amends_in_which_state(world, state, by):
    zone = make_zone(world, state)
    allowed = {"reviewer", "approver"} if state == ZoneState.PROPOSED else set()
    if state in PUBLIC_STATES:
        allowed = {"officer"}
    values = {"by": world.actor(by), "version": zone.version, "carrier": "另一政府"}
    if by in allowed:
        assert zoning.amend(zone, **values)
    else:
        local = by in ("reviewer", "approver")
        assert refusal(zoning.amend, zone, **values) == ("wrong_state" if local else "not_permitted")


def test_the_time_to_build_is_not_written_while_a_zone_is_prepared(world):
    zone = make_zone(world)
    values = {"by": world.actor("reviewer"), "version": 1, "build_from": days_ago(3)}
    assert refusal(zoning.amend, zone, **values) == "wrong_state"


def test_a_correction_of_what_is_public_tells_before_and_after(world):
    zone = make_historic(world)
    zoning.amend(zone, by=world.actor("officer"), version=1, carrier="安化县人民政府", batch="2021年")
    entry = JournalEntry.objects.first()
    assert entry.payload["changes"] == {
        "batch": {"before": "2021", "after": "2021年"}, "carrier": {"before": None, "after": "安化县人民政府"},
    }  # fmt: skip
    assert entry.subject_label == NAME


# --- What the journal tells ---


def test_before_a_zone_is_chosen_the_journal_knows_its_reference_alone(world):
    zone = make_zone(world)
    zoning.amend(zone, by=world.actor("reviewer"), version=1, carrier="安化县人民政府办公室")
    take(world, zone, "recommend", paper="湘知〔2026〕5号 关于推荐安化")
    text = journal_text()
    for secret in ("安化", "Anhua", "湘知", "It is so", "accident", "200000000"):
        assert secret not in text, secret
    assert zone.reference in text


def test_being_chosen_makes_everything_public_but_reasons_and_answers(world):
    zone = make_zone(world, ZoneState.RECOMMENDED)
    take(world, zone, "choose", paper="国知发保函字〔2026〕9号")
    entry = JournalEntry.objects.first()
    assert entry.subject_label == NAME
    assert entry.payload["paper"] == "国知发保函字〔2026〕9号"
    assert entry.payload["values"]["products"] == ["365 安化黑茶"]
    assert entry.payload["values"]["users"] == 6
    for secret in ("It is so", "accident", "A fund"):
        assert secret not in journal_text(), secret


def test_what_was_sealed_can_be_proven_later(world):
    zone = make_zone(world, ZoneState.PUBLIC_NOTICE)
    row = zone.stages.get(state=ZoneState.RECOMMENDED)
    entry = JournalEntry.objects.get(payload__to="recommended")
    seal = sealed({"reason": row.reason, "paper": row.paper}, zone.nonce)
    assert entry.payload["text_sha256"] == seal["text_sha256"]


def test_what_was_public_stays_named_and_what_was_not_stays_unnamed(world):
    for state, named in ((ZoneState.PROPOSED, False), (ZoneState.BUILDING, True)):
        zone = make_zone(world, state)
        take(world, zone, "give_up")
        assert (JournalEntry.objects.first().subject_label == NAME) is named
        assert (zone in DemonstrationZone.objects.public()) is named
        assert DemonstrationZone.objects.get(pk=zone.pk).is_public is named


def test_the_chain_of_the_journal_stays_whole(world):
    make_zone(world, ZoneState.REVIEWED)
    assert [fault for fault in journal.verify() if connection.vendor != "sqlite" or "triggers" not in fault] == []


# --- Zones of the past ---


def test_a_zone_of_the_past_has_the_stages_that_were_told_and_no_others(world):
    zone = make_historic(
        world, StageEntry(ZoneState.BUILDING, datetime.date(2015, 12, 31), "year"),
        StageEntry(ZoneState.ACCEPTED, datetime.date(2019, 3, 31), "month", "公告"),
    )  # fmt: skip
    rows = list(zone.stages.values_list("state", "effective_from", "effective_precision", "effective_to", "paper"))
    assert rows == [
        ("building", datetime.date(2015, 12, 31), "year", datetime.date(2019, 3, 31), ""),
        ("accepted", datetime.date(2019, 3, 31), "month", None, "公告"),
    ]
    assert zone.state == ZoneState.ACCEPTED
    entry = JournalEntry.objects.get()
    assert (entry.subject_label, entry.source) == (NAME, "a paper")
    assert entry.payload["stages"][1]["paper"] == "公告"


@pytest.mark.parametrize("by", [name for name in PEOPLE if name != "officer"])
def test_only_the_officer_enters_the_past(world, by):
    stage = StageEntry(ZoneState.BUILDING, datetime.date(2015, 12, 31), "year")
    values = {"division": world.county, "level": "national", "name_zh": NAME, "source": "x"}
    assert refusal(
        zoning.enter_historic, by=world.actor(by), nonce=uuid.uuid4(), stages=[stage], **values
    ) == "not_permitted"  # fmt: skip


@pytest.mark.parametrize(
    "stages",
    [
        [], [("proposed", "2015-01-01")], [("withdrawn", "2015-01-01")], [("building", "2099-01-01")],
        [("accepted", "2015-01-01"), ("building", "2016-01-01")],
        [("building", "2016-01-01"), ("accepted", "2015-01-01")],
    ],
)  # fmt: skip
def test_impossible_stages_are_refused(world, stages):
    rows = [StageEntry(state, datetime.date.fromisoformat(day)) for state, day in stages]
    values = {"division": world.county, "level": "national", "name_zh": NAME, "source": "x"}
    code = refusal(zoning.enter_historic, by=world.actor("officer"), nonce=uuid.uuid4(), stages=rows, **values)
    assert code == ("wrong_day" if "2099" in str(stages) else "stages")
    assert not DemonstrationZone.objects.exists()


def test_the_past_needs_its_source(world):
    assert refusal(make_historic, world, source=" ") == "source"


def test_further_stages_are_added_and_none_is_rewritten(world):
    zone, by = make_historic(world), world.actor("officer")
    added = StageEntry(ZoneState.ACCEPTED, datetime.date(2025, 12, 4), "day", "国知发保函字〔2025〕173号")
    zoning.add_stages(zone, by=by, version=1, stages=[added])
    zone.refresh_from_db()
    assert (zone.state, zone.version) == (ZoneState.ACCEPTED, 2)
    assert [row.effective_to for row in zone.stages.all()] == [datetime.date(2025, 12, 4), None]
    assert refusal(zoning.add_stages, zone, by=by, version=2, stages=[added]) == "stages"
    ran_here = make_zone(world, ZoneState.BUILDING)
    assert refusal(
        zoning.add_stages, ran_here, by=by, version=ran_here.version, stages=[added]
    ) == "wrong_state"  # fmt: skip


# --- Yearly summaries ---


def file(world, zone, year, version=0, by="reviewer", **values):
    return zoning.file_summary(zone, by=world.actor(by), year=year, version=version, **(SUMMARY | values))


def test_a_later_summary_replaces_the_one_before_and_both_stay(world):
    zone, year = make_zone(world, ZoneState.BUILDING), timezone.localdate().year
    first = file(world, zone, year)
    assert file(world, zone, year).pk == first.pk  # the same form again
    assert refusal(file, world, zone, year, users=9) == "someone_was_faster"
    second = file(world, zone, year, version=1, users=9)
    assert (first.version, second.version, zone.summaries.count()) == (1, 2, 2)
    assert "trainings" not in journal_text()
    assert JournalEntry.objects.first().payload["users"] == 9


@pytest.mark.parametrize("state", ZoneState)
def test_a_summary_is_filed_while_a_zone_is_built_or_holds_its_title(world, state):
    zone, year = make_zone(world, state), timezone.localdate().year
    if state in (ZoneState.BUILDING, ZoneState.SELF_CHECKED, ZoneState.ACCEPTED, ZoneState.REVIEWED):
        assert file(world, zone, year).year == year
    else:
        assert refusal(file, world, zone, year) == "wrong_state"


def test_a_summary_is_of_a_year_of_the_zone_and_of_its_territory(world):
    zone, year = make_zone(world, ZoneState.BUILDING), timezone.localdate().year
    for other in (year - 1, year + 1):
        assert refusal(file, world, zone, other) == "wrong_year"
    assert refusal(file, world, zone, year, users=13) == "share"
    for by in PEOPLE:
        if by not in ("reviewer", "approver"):
            assert refusal(file, world, zone, year, by=by) == "not_permitted"
