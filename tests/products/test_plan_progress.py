"""The arithmetic of plans, the register's own counts on worlds made by hand, and who sees which plan."""

import datetime
import uuid

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from enterprises.states import AuthorisationBasis
from gi_registry.journal import Actor
from gi_registry.models import Division, JournalEntry
from gi_registry.roles import Role
from products import plan_forecast, plan_progress, plan_reports, planning
from products.cultivation_models import Candidate, CandidateStage, Training
from products.models import PovertyList
from products.plan_lines import Line, Verdict
from products.plan_models import Plan
from products.plan_states import MeasureKind, PlanState
from products.states import AreaBasis, DateBasis, Extent, ProductStatus, Track
from tests import factories as make
from tests.case_world import make_world
from tests.reference_files import ROWS, write_files

D = datetime.date
SYSTEM = Actor.system("test")
THREE_YEARS = Line(D(2018, 1, 1), D(2020, 12, 31), 39, 51)


# --- Arithmetic ---


@pytest.mark.parametrize(
    ("on", "asked"),
    [
        (D(2017, 1, 1), 39),
        (D(2017, 12, 31), 39),  # the day of the baseline
        (D(2018, 12, 31), 42),  # 365 of 1096 days: 42.99, and a part of a county is missing nowhere
        (D(2019, 1, 1), 43),
        (D(2020, 12, 30), 50),
        (D(2020, 12, 31), 51),
        (D(2026, 1, 1), 51),
    ],
)
def test_the_line_leads_from_the_baseline_to_the_target(on, asked):
    assert THREE_YEARS.asked(on) == asked


def test_the_line_of_a_leap_year_has_366_days():
    line = Line(D(2020, 1, 1), D(2020, 12, 31), 0, 366)
    assert [line.asked(D(2020, 2, 28)), line.asked(D(2020, 2, 29)), line.asked(D(2020, 3, 1))] == [59, 60, 61]


def test_pace_is_told_by_the_year_whatever_the_length_of_the_year():
    line = Line(D(2019, 1, 1), D(2020, 12, 31), 0, 40)
    assert line.pace(D(2019, 12, 31), 10) == 10.0
    assert Line(D(2020, 1, 1), D(2021, 12, 31), 0, 40).pace(D(2020, 12, 31), 10) == 10.0
    assert line.needed(D(2019, 12, 31), 10) == 29.9  # 30 in the 366 days of 2020
    assert line.at_this_pace(D(2019, 12, 31), 10) == 20


def test_a_pace_is_not_told_from_a_few_days_nor_after_the_end():
    assert THREE_YEARS.pace(D(2018, 1, 20), 41) is None
    assert THREE_YEARS.at_this_pace(D(2018, 1, 20), 41) is None
    assert THREE_YEARS.pace(D(2021, 1, 1), 41) is None
    assert THREE_YEARS.needed(D(2020, 12, 31), 41) is None  # no day is left
    assert THREE_YEARS.needed(D(2019, 6, 1), 51) is None  # nothing is left to do
    assert THREE_YEARS.needed(D(2017, 1, 1), 39) == 4.0  # before it begins: 12 in three years


@pytest.mark.parametrize(
    ("on", "value", "more", "verdict"),
    [
        (D(2017, 12, 31), 0, 0, Verdict.NOT_BEGUN),
        (D(2018, 12, 31), 42, 0, Verdict.ON_COURSE),
        (D(2018, 12, 31), 41, 0, Verdict.BEHIND),
        (D(2018, 12, 31), 41, 1, Verdict.UNPROVEN),
        (D(2018, 12, 31), 51, 0, Verdict.REACHED),
        (D(2020, 12, 31), 50, 0, Verdict.BEHIND),  # the last day is not over
        (D(2021, 1, 1), 50, 0, Verdict.MISSED),
        (D(2021, 1, 1), 51, 0, Verdict.REACHED),
    ],
)
def test_what_a_count_says(on, value, more, verdict):
    assert THREE_YEARS.verdict(on, value, more) == verdict


def test_data_that_lack_too_much_do_not_say_that_a_plan_is_behind():
    assert THREE_YEARS.verdict(D(2021, 1, 1), 6, 7, comparable=False) == Verdict.UNTOLD
    assert THREE_YEARS.verdict(D(2021, 1, 1), 51, 0, comparable=False) == Verdict.REACHED


# --- Counts, on worlds made by hand ---


@pytest.fixture
def hunan(db):
    province, prefecture, anhua, taojiang = make.make_hunan()
    listed = make.make_poverty_list("hunan-51", size=2)
    for county in (anhua, taojiang):
        make.make_listed_unit(listed, county)
    return province, prefecture, anhua, taojiang


FIRST, LAST = D(2018, 1, 1), D(2020, 12, 31)


def a_plan(division, kind, target, *, baseline=0, steps=(), first=FIRST, last=LAST, **values):
    plan = planning.enter_plan(
        by=SYSTEM, nonce=uuid.uuid4(), division=division, name_zh="三年计划", office="某办公室",
        poverty_list=values.pop("poverty_list", None) or PovertyList.objects.get(slug="hunan-51"),
        period_from=first, period_to=last, **values,
    )  # fmt: skip
    planning.set_measure(
        plan, kind, by=SYSTEM, version=plan.version, target=target, baseline=baseline, steps=steps
    )
    planning.adopt(plan, by=SYSTEM, version=plan.version)
    return plan_progress.plans().get(pk=plan.pk)


def measure_on(plan, on):
    return plan_progress.progress([plan], on)[0].measures[0]


def test_units_covered_are_counted_as_everywhere_else(hunan):
    province, _prefecture, anhua, taojiang = hunan
    make.make_area(make.make_product(effective_from=D(2017, 5, 1)).rights.get(), anhua)
    make.make_area(make.make_product("桃江竹笋", effective_from=D(2019, 5, 1)).rights.get(), taojiang)
    plan = a_plan(province, MeasureKind.UNITS_COVERED, 2, baseline=1, steps=[(D(2018, 12, 31), 1)])
    found = measure_on(plan, D(2019, 1, 1))
    assert [point.reading and point.reading.value for point in found.points] == [1, 1, 1, None]
    assert (found.now.value, found.asked, found.verdict, found.counted_baseline) == (1, 1, Verdict.ON_COURSE, 1)
    assert [point.step_is_kept for point in found.points] == [None, True, None, None]
    assert measure_on(plan, D(2019, 6, 1)).verdict == Verdict.REACHED


def test_a_plan_of_a_county_counts_its_own_unit_only(hunan):
    _province, _prefecture, anhua, taojiang = hunan
    make.make_area(make.make_product(effective_from=D(2017, 5, 1)).rights.get(), anhua)
    found = measure_on(a_plan(taojiang, MeasureKind.UNITS_COVERED, 1), D(2019, 1, 1))
    assert (found.now.value, found.verdict) == (0, Verdict.ON_COURSE)  # a third of one county is not one yet
    assert measure_on(a_plan(taojiang, MeasureKind.UNITS_COVERED, 1), D(2021, 1, 1)).verdict == Verdict.MISSED


def test_only_the_tracks_of_the_plan_count(hunan):
    province, _prefecture, anhua, _taojiang = hunan
    right = make.make_product(track=Track.CERTIFICATION_MARK, effective_from=D(2017, 5, 1)).rights.get()
    make.make_area(right, anhua)
    narrow = a_plan(province, MeasureKind.UNITS_COVERED, 2)
    wide = a_plan(province, MeasureKind.UNITS_COVERED, 2, tracks="with_marks")
    values = [one.measures[0].now.value for one in plan_progress.progress([narrow, wide], D(2019, 1, 1))]
    assert values == [0, 1]


def test_what_is_not_proven_is_told_apart(hunan):
    province, _prefecture, anhua, _taojiang = hunan
    right = make.make_product(effective_from=D(2017, 5, 1)).rights.get()
    make.make_area(right, anhua, basis=AreaBasis.INFERRED_FROM_NAME)
    found = measure_on(a_plan(province, MeasureKind.UNITS_COVERED, 2), D(2019, 12, 31))
    assert (found.now.value, found.now.more, found.verdict) == (0, 1, Verdict.UNPROVEN)
    assert found.more.startswith("1 more is reached, but not proven")


def test_data_that_prove_less_than_the_plan_begins_with_cannot_tell(hunan):
    found = measure_on(a_plan(hunan[0], MeasureKind.UNITS_COVERED, 2, baseline=1), D(2021, 6, 1))
    assert (found.verdict, found.counted_baseline) == (Verdict.UNTOLD, 0)
    assert (found.pace, found.needed, found.at_this_pace) == (None, None, None)


def test_new_products_are_those_first_approved_in_the_period(hunan):
    province, _prefecture, anhua, _taojiang = hunan
    elsewhere = make.make_division("110000", "北京市")
    make.make_product("旧", province=province, effective_from=D(2017, 12, 31))
    make.make_product("新", province=province, effective_from=D(2018, 1, 1))
    make.make_product("末", province=province, effective_from=D(2020, 12, 31))
    make.make_product("后", province=province, effective_from=D(2021, 1, 1))
    make.make_product("别处", province=elsewhere, effective_from=D(2019, 1, 1))
    make.make_area(make.make_product("按产地", effective_from=D(2019, 1, 1)).rights.get(), anhua)
    again = make.make_product("再次", province=province, effective_from=D(2015, 1, 1))
    make.make_right(again, effective_from=D(2019, 1, 1))
    mark = make.make_product("商标", province=province, effective_from=D(2015, 1, 1), track=Track.COLLECTIVE_MARK)
    make.make_right(mark, effective_from=D(2019, 7, 1))
    plan = a_plan(province, MeasureKind.NEW_PRODUCTS, 10, steps=[(D(2018, 12, 31), 3), (D(2019, 12, 31), 6)])
    found = measure_on(plan, D(2021, 6, 1))
    assert [point.reading.value for point in found.points] == [0, 1, 3, 4]
    assert (found.now.value, found.now.more, found.latest.value) == (4, 0, 4)


def test_a_product_revoked_since_was_new_in_its_time(hunan):
    right = make.make_product(province=hunan[0], effective_from=D(2018, 6, 1)).rights.get()
    right.status, right.effective_to = ProductStatus.REVOKED, D(2020, 1, 1)
    right.save()
    assert measure_on(a_plan(hunan[0], MeasureKind.NEW_PRODUCTS, 10), D(2020, 12, 31)).now.value == 1


def test_of_products_without_an_approval_on_record_nobody_knows_whether_they_are_new(hunan):
    province, _prefecture, anhua, _taojiang = hunan
    for name, since, basis in (
        ("按用标", D(2019, 6, 1), DateBasis.MARK_USE), ("无日期", D(2026, 9, 30), DateBasis.DATA_DATE),
        ("早有用标", D(2016, 6, 1), DateBasis.MARK_USE),
    ):  # fmt: skip
        product = make.make_product(name, province=province, effective_from=since)
        product.rights.update(effective_from_basis=basis)
    guessed = make.make_product("猜的", effective_from=D(2019, 6, 1))
    make.make_area(guessed.rights.get(), anhua, basis=AreaBasis.INFERRED_FROM_NAME)
    found = measure_on(a_plan(province, MeasureKind.NEW_PRODUCTS, 10), D(2020, 12, 31))
    assert (found.now.value, found.now.more) == (0, 3)
    assert "first approval is not on record" in found.more


def test_new_enterprises_produce_in_a_listed_unit(db):
    world = make_world(demo=False)
    today = timezone.localdate()
    listed = make.make_poverty_list("hunan-51", size=1)
    unit = make.make_listed_unit(listed, world.county)
    world.authorisation()  # its site lies in the listed county, and it begins today
    announced = make.make_enterprise("只公告的企业", uscc="91430900600037342D", province=world.province)
    make.make_authorisation(announced, world.product, since=today)
    demo = make.make_enterprise("演示企业", uscc="91000000MA00000343", province=world.province)
    make.make_authorisation(demo, world.product, since=today)
    reported = make.make_enterprise("只报道的企业", uscc="91430900600037343B", province=world.province)
    make.make_authorisation(reported, world.product, since=today, basis=AuthorisationBasis.REPORTED)
    plan = a_plan(
        world.province, MeasureKind.NEW_ENTERPRISES, 5, poverty_list=listed, first=today.replace(day=1, month=1),
        last=today + datetime.timedelta(days=400),
    )  # fmt: skip
    found = measure_on(plan, today)
    assert (found.now.value, found.now.more) == (1, 1)
    assert found.more == "1 more in the province whose county or first day is not on record"
    unit.divisions.set([Division.objects.get(code="430922")])  # the site is in no listed unit any more
    assert measure_on(plan, today).now == (today, 0, 1)


def test_an_enterprise_is_new_once(db):
    world = make_world(demo=False)
    today = timezone.localdate()
    listed = make.make_poverty_list("hunan-51", size=1)
    make.make_listed_unit(listed, world.county)
    make.make_authorisation(world.enterprise, make.make_product("旧品"), since=D(2015, 1, 1))
    world.authorisation()
    plan = a_plan(
        world.province, MeasureKind.NEW_ENTERPRISES, 5, poverty_list=listed, first=today.replace(day=1, month=1),
        last=today + datetime.timedelta(days=400),
    )  # fmt: skip
    assert measure_on(plan, today).now == (today, 0, 0)


def training(division, on, people, **values):
    return Training.objects.create(
        nonce=uuid.uuid4(), division=division, kind=values.pop("kind", "training"), held_on=on, topic="用标",
        office="某办公室", attendance=people, **values,
    )  # fmt: skip


def test_people_trained_are_those_of_trainings_that_stand(hunan):
    province, prefecture, anhua, _taojiang = hunan
    training(anhua, D(2018, 3, 1), 40)
    training(prefecture, D(2020, 12, 31), 5)
    training(anhua, D(2017, 12, 31), 100)
    training(anhua, D(2021, 1, 1), 100)
    training(anhua, D(2018, 3, 1), 100, struck_on=D(2018, 4, 1))
    training(anhua, D(2018, 3, 1), 100, demonstration=True)
    training(anhua, D(2018, 3, 1), 100, kind="visit")
    training(make.make_division("110000", "北京市"), D(2018, 3, 1), 100)
    plan = a_plan(province, MeasureKind.PEOPLE_TRAINED, 60)
    assert [measure_on(plan, on).now.value for on in (D(2017, 6, 1), D(2018, 12, 31), D(2022, 1, 1))] == [0, 40, 45]


def test_a_time_of_which_nothing_is_on_record_is_not_called_a_failure(hunan):
    plan = a_plan(hunan[0], MeasureKind.PEOPLE_TRAINED, 60)
    assert measure_on(plan, D(2020, 6, 1)).verdict == Verdict.BEHIND
    assert measure_on(plan, D(2022, 1, 1)).verdict == Verdict.UNTOLD


def test_a_source_that_reports_more_than_the_register_counts_shows_that_data_lack(hunan):
    plan = a_plan(hunan[0], MeasureKind.NEW_PRODUCTS, 30)
    figure = {"precision": "month", "value": 5, "basis": "sourced"}
    plan_reports.enter_reported(plan.measures.get(), by=SYSTEM, on=D(2018, 7, 31), source="报道", **figure)
    plan = plan_progress.plans().get(pk=plan.pk)
    assert measure_on(plan, D(2018, 7, 1)).verdict == Verdict.BEHIND
    found = measure_on(plan, D(2018, 8, 1))
    assert (found.now.value, found.verdict) == (0, Verdict.UNTOLD)  # 5 stands beside the count, never in it
    assert [one.value for one in found.reported] == [5]


def test_what_is_reported_after_the_plan_says_nothing_of_its_end(hunan):
    make.make_product(province=hunan[0], effective_from=D(2018, 6, 1))
    plan = a_plan(hunan[0], MeasureKind.NEW_PRODUCTS, 30)
    figure = {"precision": "month", "value": 8, "basis": "derived"}
    plan_reports.enter_reported(plan.measures.get(), by=SYSTEM, on=D(2022, 7, 31), source="报道", **figure)
    found = measure_on(plan_progress.plans().get(pk=plan.pk), D(2023, 1, 1))
    assert (found.now.value, found.verdict, len(found.reported)) == (1, Verdict.MISSED, 1)


def test_questions_do_not_grow_with_plans_days_or_rows(hunan):
    province, _prefecture, anhua, taojiang = hunan

    def fill(number):
        for index in range(number):
            product = make.make_product(f"名{number}{index}", province=province, effective_from=D(2018, 2, 1))
            make.make_area(product.rights.get(), anhua)
            make.make_authorisation(make.make_enterprise(f"企业{number}{index}", province=province), product,
                                    since=D(2018, 5, 1))  # fmt: skip
            training(taojiang, D(2018, 3, 1), 3)
        for kind in MeasureKind:
            a_plan(province, kind, 2, steps=[(D(2018, 12, 31), 1)] * (number > 1))

    def asked():
        with CaptureQueriesContext(connection) as found:
            plan_progress.progress(plan_progress.plans(), D(2020, 1, 1))
        return len(found)

    fill(1)
    first = asked()
    fill(6)
    assert asked() == first


# --- What may come ---


def test_the_estimate_counts_what_is_under_way_and_stays_out_of_the_count(hunan):
    province, _prefecture, anhua, taojiang = hunan
    today = timezone.localdate()
    make.make_area(make.make_product(status=ProductStatus.IN_PROCEDURE).rights.get(), anhua)
    held = Candidate.objects.create(
        reference="K1", nonce=uuid.uuid4(), division=taojiang, name_zh="桃江笋", category="vegetables", stage="filed"
    )
    CandidateStage.objects.create(candidate=held, stage="filed", effective_from=today)
    shown = Candidate.objects.create(
        reference="K2", nonce=uuid.uuid4(), division=taojiang, name_zh="演示", category="tea", stage="in_procedure",
        demonstration=True,
    )  # fmt: skip
    CandidateStage.objects.create(candidate=shown, stage="in_procedure", effective_from=D(2020, 1, 1))
    plan = a_plan(
        province, MeasureKind.UNITS_COVERED, 2, first=today.replace(day=1, month=1),
        last=today + datetime.timedelta(days=340),
    )  # fmt: skip
    found = plan_forecast.forecast(plan, MeasureKind.UNITS_COVERED)
    # Ten months fit before the last day, thirteen do not; the candidate is not released and counts here only.
    assert (found.soon, found.later) == (1, 1)
    assert measure_on(plan, today).now.value == 0
    assert plan_forecast.forecast(plan, MeasureKind.NEW_PRODUCTS) is not None
    assert plan_forecast.forecast(plan, MeasureKind.PEOPLE_TRAINED) is None
    assert plan_forecast.forecast(plan, MeasureKind.UNITS_COVERED, today - datetime.timedelta(days=1)) is None
    held.stages.update(effective_from=today - datetime.timedelta(days=200))
    assert plan_forecast.forecast(plan, MeasureKind.UNITS_COVERED).soon == 2


# --- Who sees which plan ---


def make_plans(world):
    """Plans of the province, the prefecture and the county, a draft beside each, and one of another province."""
    listed = make.make_poverty_list("hunan-51", size=2)
    make.make_listed_unit(listed, world.county)
    make.make_listed_unit(listed, world.elsewhere)
    names = {}
    for name, division in (("province", world.province), ("prefecture", world.prefecture), ("county", world.county),
                           ("elsewhere", world.elsewhere)):  # fmt: skip
        names[name] = a_plan(division, MeasureKind.UNITS_COVERED, 1, poverty_list=listed).reference
        names[f"draft of {name}"] = planning.enter_plan(
            by=SYSTEM, nonce=uuid.uuid4(), division=division, name_zh="草案", office="某办公室", poverty_list=listed,
            period_from=D(2018, 1, 1), period_to=D(2020, 12, 31),
        ).reference  # fmt: skip
    return names


HUNAN = {"province", "prefecture", "county"}
EVERYTHING = {*HUNAN, "elsewhere"} | {f"draft of {name}" for name in (*HUNAN, "elsewhere")}


@pytest.mark.parametrize(
    ("person", "seen"),
    [
        ("approver", HUNAN | {f"draft of {name}" for name in HUNAN}),
        ("reviewer", HUNAN),  # of the prefecture: no drafts, but the plan of the province above
        ("approver_elsewhere", {"elsewhere", "draft of elsewhere"}),
        ("reviewer_elsewhere", {"elsewhere"}),
        ("officer", EVERYTHING),
        ("auditor", EVERYTHING),
        ("editor", set()),
        ("owner", set()),
    ],
)
def test_everybody_sees_the_plans_of_the_own_territory_and_above(db, person, seen):
    world = make_world()
    names = make_plans(world)
    found = set(plan_progress.visible([world.actor(person)]).values_list("reference", flat=True))
    assert {name for name, reference in names.items() if reference in found} == seen


def test_somebody_of_a_county_sees_the_plans_above_but_not_those_beside(db):
    world = make_world()
    names = make_plans(world)
    neighbour = Actor.user(make.make_person(Role.REVIEWER, None), Role.REVIEWER, Division.objects.get(code="430922"))
    found = set(plan_progress.visible([neighbour]).values_list("reference", flat=True))
    assert found == {names["province"], names["prefecture"]}


def test_plans_behind_are_those_of_today_that_one_sees(db):
    world = make_world()
    make_plans(world)  # they are over: nothing can be done for them any more
    today = timezone.localdate()
    listed = PovertyList.objects.get(slug="hunan-51")
    late = a_plan(
        world.elsewhere, MeasureKind.UNITS_COVERED, 1, poverty_list=listed, last=today,
        first=today - datetime.timedelta(days=365),
    )  # fmt: skip
    assert [one.plan for one in plan_progress.behind([world.actor("approver_elsewhere")])] == [late]
    assert plan_progress.behind([world.actor("approver")]) == []
    over = plan_progress.progress(plan_progress.plans().filter(period_to__lt=today, division=world.elsewhere))
    assert [(one.alerts, one.is_over) for one in over] == [([], True)] * len(over)
    assert any(one.is_below for plan in over for one in plan.measures)
    planning.close(late, by=SYSTEM, version=late.version, reason="期满")
    assert plan_progress.behind([world.actor("approver_elsewhere")]) == []


def test_the_public_sees_released_plans_of_the_list(hunan):
    plan = a_plan(hunan[0], MeasureKind.UNITS_COVERED, 2)
    assert plan_progress.public_of(plan.poverty_list) == []
    planning.release(plan, by=SYSTEM, version=plan.version)
    assert [one.plan for one in plan_progress.public_of(plan.poverty_list)] == [plan]
    assert plan_progress.public_of(make.make_poverty_list("national-832")) == []


# --- Reference data ---

PLAN_ROW = {
    "reference": "HN-TEST", "name_zh": "试计划", "division_code": "430000", "list": "hunan-51", "tracks": "gi_product",
    "period_from": "2018-01-01", "period_to": "2020-12-31", "office": "某办公室",
}  # fmt: skip
MEASURES = [
    {"plan": "HN-TEST", "kind": "units_covered", "baseline": "0", "target": "1"},
    {"plan": "HN-TEST", "kind": "new_products", "baseline": "0", "target": "30",
     "steps": "2018-12-31=10; 2019-12-31=20"},
]  # fmt: skip
FIGURES = [
    {"plan": "HN-TEST", "kind": "new_products", "on": "2018-07", "value": "5", "basis": "sourced", "source": "报道"}
]


def load(folder, **files):
    rows = {"plans.csv": [PLAN_ROW], "plan_measures.csv": MEASURES, "plan_reported.csv": FIGURES}
    rows |= {f"{name}.csv": content for name, content in files.items()}
    call_command("load_reference", folder=write_files(folder, ROWS | rows), verbosity=0)


@pytest.mark.django_db
def test_a_plan_of_the_reference_data_is_adopted_and_public_and_loads_once(tmp_path, capsys):
    load(tmp_path)
    plan = Plan.objects.get()
    assert (plan.state, plan.released_on) == (PlanState.ADOPTED, timezone.localdate())
    assert sorted(plan.measures.values_list("kind", flat=True)) == ["new_products", "units_covered"]
    before = JournalEntry.objects.count()
    told = JournalEntry.objects.about("plan", "HN-TEST").order_by("sequence")
    order = list(told.values_list("event_type", flat=True))
    assert (order[0], order[-2:]) == ("plan.entered", ["plan.adopted", "plan.released"])
    capsys.readouterr()
    load(tmp_path)
    assert JournalEntry.objects.count() == before
    assert "plans in force: 1 rows, 0 added, 0 changed, 1 unchanged" in capsys.readouterr().out


@pytest.mark.django_db
def test_changed_files_change_the_plan_and_say_why(tmp_path):
    load(tmp_path)
    load(tmp_path, plans=[PLAN_ROW | {"note": "补注"}], plan_measures=[MEASURES[0], MEASURES[1] | {"target": "25"}],
         plan_reported=[FIGURES[0] | {"value": "6"}])  # fmt: skip
    plan = Plan.objects.get()
    assert (plan.note, plan.measures.get(kind="new_products").target) == ("补注", 25)
    assert plan.measures.get(kind="new_products").reported.get().value == 6
    assert plan.changes.count() == 2


@pytest.mark.django_db
def test_what_a_person_has_changed_is_not_overwritten_by_a_load(tmp_path):
    load(tmp_path)
    plan = Plan.objects.get()
    officer = Actor.user(make.make_person(Role.OFFICER), Role.OFFICER)
    planning.close(plan, by=officer, version=plan.version, reason="已结束")
    load(tmp_path)
    assert Plan.objects.get().state == PlanState.CLOSED


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({"plans": [PLAN_ROW | {"list": "none"}]}, "plans.csv:2: list: unknown word 'none'"),
        ({"plans": [PLAN_ROW | {"period_to": "2020"}]}, "plans.csv:2: '2020' is not a full date"),
        ({"plans": [PLAN_ROW | {"period_to": "2017-01-01"}]}, "plans.csv:2: The last day has to be after"),
        ({"plans": [PLAN_ROW | {"division_code": "999999"}]}, "plans.csv:2: division 999999 is unknown"),
        ({"plan_measures": [MEASURES[0] | {"target": "many"}]}, "plan_measures.csv:2: 'many' is not a whole number"),
        ({"plan_measures": [MEASURES[0] | {"target": "2"}]}, "plan_measures.csv:2: The list has 1 units here"),
        ({"plan_measures": [MEASURES[1] | {"steps": "2018=10"}]}, "plan_measures.csv:2: '2018' is not a full date"),
        ({"plan_measures": [MEASURES[0] | {"plan": "X"}]}, "plan_measures.csv:2: plan: unknown word 'X'"),
        ({"plan_reported": [FIGURES[0] | {"kind": "people_trained"}]}, "plan HN-TEST has no measure people_trained"),
        ({"plan_reported": [FIGURES[0] | {"source": ""}]}, "needs its day and its source"),
        ({"plan_reported": [FIGURES[0] | {"on": "2999"}]}, "2999 lies in the future"),
    ],
)
def test_a_row_that_cannot_be_loaded_is_named_with_its_line(tmp_path, capsys, files, reason):
    with pytest.raises(Exception, match="rows were refused"):
        load(tmp_path, **files)
    assert reason in capsys.readouterr().err


def test_the_extent_of_an_area_decides_by_the_rule_of_coverage(hunan):
    province, prefecture, _anhua, _taojiang = hunan
    right = make.make_product(effective_from=D(2017, 5, 1)).rights.get()
    make.make_area(right, prefecture, extent=Extent.NOT_STATED)
    found = measure_on(a_plan(province, MeasureKind.UNITS_COVERED, 2), D(2019, 1, 1))
    assert found.now == (D(2019, 1, 1), 0, 2)
