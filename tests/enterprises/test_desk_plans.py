"""Coverage and plans at the desk: what is shown to whom, forms that lose nothing, steps that cannot be taken."""

import datetime
import html
import re
import uuid

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from django.db import connection
from django.template.loader import render_to_string
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from products import plan_progress, plan_reports, planning
from products.cultivation_models import Candidate, CandidateStage
from products.models import PovertyList
from products.plan_models import Plan, ReportedFigure
from products.plan_states import MeasureKind, PlanState
from products.states import AreaBasis
from tests import factories as make
from tests.case_world import make_world

pytestmark = pytest.mark.django_db
D = datetime.date


@pytest.fixture
def world():
    world = make_world()
    listed = make.make_poverty_list("hunan-51", size=3)
    for division in (world.county, world.prefecture.children.get(code="430922"), world.elsewhere):
        make.make_listed_unit(listed, division)
    return world


def signed_in(world, name):
    client = Client()
    user = world.people[name]
    client.force_login(user)
    if not user.authenticator_set.exists():
        TOTP.activate(user, "JBSWY3DPEHPK3PXP")
    return client


def address(name, *args):
    with translation.override("en"):
        return reverse(f"enterprises:{name}", args=args)


def text_of(response):
    text = re.sub(r"<[^>]+>", " ", response.content.decode())
    return re.sub(r"\s+", " ", html.unescape(text)).replace("\u202f", " ")


TYPED = {
    "division": "430000", "name_zh": "三年计划", "name_en": "", "poverty_list": "hunan-51", "tracks": "gi_product",
    "period_from": "2018-01-01", "period_to": "2020年12月31日", "office": "某办公室", "source": "", "note": "",
}  # fmt: skip


def a_plan(world, division=None, state=PlanState.ADOPTED, by="approver", target=2, **values):
    actor = world.actor(by)
    plan = planning.enter_plan(
        by=actor, nonce=uuid.uuid4(), division=division or world.province, name_zh=values.pop("name_zh", "三年计划"),
        office="某办公室", poverty_list=PovertyList.objects.get(slug="hunan-51"),
        period_from=values.pop("first", D(2018, 1, 1)), period_to=values.pop("last", D(2020, 12, 31)), **values,
    )  # fmt: skip
    planning.set_measure(plan, MeasureKind.UNITS_COVERED, by=actor, version=plan.version, target=target)
    if state != PlanState.DRAFT:
        planning.adopt(plan, by=actor, version=plan.version)
    return plan


def running(world, **values):
    today = timezone.localdate()
    span = datetime.timedelta(days=300)
    return a_plan(world, first=today - span, last=today + span, **values)


# --- The coverage of a territory ---


def test_an_official_reads_the_coverage_of_the_own_territory(world):
    page = signed_in(world, "approver").get(address("desk_coverage"))
    text = text_of(page)
    assert "1 of 2 units covered" in text  # the one elsewhere is not counted
    assert "1 blank" in text
    assert "Taojiang County" in text
    assert "Whole county or any part of it" in text
    assert reverse("products:coverage_list", args=["hunan-51"]) + "?province=430000" in page.content.decode()


def test_a_county_knows_its_own_units_only(world):
    text = text_of(signed_in(world, "reviewer_elsewhere").get(address("desk_coverage")))
    assert "0 of 1 units covered" in text
    assert "Taojiang" not in text


def test_the_whole_country_is_counted_and_not_named(world):
    text = text_of(signed_in(world, "officer").get(address("desk_coverage")))
    assert "The whole country" in text
    assert "1 of 3 units covered" in text
    assert "The blank units by name" not in text


def test_plans_below_their_line_stand_first(world):
    good = running(world, name_zh="顺利的计划", target=2)
    make.make_area(make.make_product("桃江竹笋").rights.get(), world.prefecture.children.get(code="430922"))
    late = running(world, name_zh="落后的计划", division=world.prefecture)
    planning.set_measure(late, MeasureKind.NEW_PRODUCTS, by=world.actor("approver"), version=late.version, target=40,
                         reason="补充")  # fmt: skip
    page = signed_in(world, "approver").get(address("desk_coverage"))
    assert "1 adopted plan has a measure below its line." in text_of(page)
    text = page.content.decode()
    assert text.index(late.reference) < text.index(good.reference)
    assert "Target reached" in text_of(page)


def test_the_coverage_page_asks_as_much_for_many_units_as_for_few(world):
    client = signed_in(world, "approver")
    client.get(address("desk_coverage"))

    def asked():
        with CaptureQueriesContext(connection) as found:
            client.get(address("desk_coverage"))
        return len(found)

    first = asked()
    listed = PovertyList.objects.get(slug="hunan-51")
    for number in range(30, 40):
        make.make_listed_unit(listed, make.make_division(f"4309{number}", parent=world.prefecture))
    assert asked() == first


# --- One plan ---


def test_a_plan_shows_line_count_and_what_sources_report_apart(world):
    plan = a_plan(world)
    plan_reports.enter_reported(
        plan.measures.get(), by=world.actor("approver"), on=D(2018, 7, 31), source="某报", value=1, basis="derived",
        precision="month",
    )  # fmt: skip
    text = text_of(signed_in(world, "reviewer").get(address("desk_plan", plan.reference)))
    assert "1 of 2 by 31 December 2020" in text
    assert "What sources report 1 · July 2018 · derived from the rest of a sourced list 某报" in text
    assert "Target not reached" in text
    assert "lower bound" in text
    assert "Of 1 products of the whole country that count here, 1 have an area named in a source." in text


def test_a_running_plan_says_pace_and_what_is_needed(world):
    plan = running(world)
    text = text_of(signed_in(world, "approver").get(address("desk_plan", plan.reference)))
    assert "Pace so far 1.2 a year" in text
    assert "Pace needed from now on 1.2 a year" in text
    assert "1 by the end, if it goes on so" in text


def test_data_that_cannot_tell_say_so_and_give_no_pace(world):
    plan = running(world)
    planning.set_measure(plan, MeasureKind.UNITS_COVERED, by=world.actor("approver"), version=plan.version, target=2,
                         baseline=1, reason="普查")  # fmt: skip
    world.product.rights.get().areas.update(basis=AreaBasis.INFERRED_FROM_NAME)
    text = text_of(signed_in(world, "approver").get(address("desk_plan", plan.reference)))
    assert "Cannot be told from the data loaded" in text
    assert "the register itself counts 0 on that day" in text
    assert "Pace so far" not in text


def test_the_estimate_is_shown_to_who_oversees_the_territory_only(world):
    plan, today = running(world), timezone.localdate()
    candidate = Candidate.objects.create(
        reference="K1", nonce=uuid.uuid4(), division=world.prefecture.children.get(code="430922"), name_zh="竹笋",
        category="vegetables", stage="in_procedure",
    )  # fmt: skip
    CandidateStage.objects.create(
        candidate=candidate, stage="in_procedure", effective_from=today - datetime.timedelta(days=60)
    )
    shown = "1 more may come by the last day"
    page = text_of(signed_in(world, "approver").get(address("desk_plan", plan.reference)))
    assert shown in page
    assert "up to 10 months from acceptance" in page
    assert shown not in text_of(signed_in(world, "reviewer").get(address("desk_plan", plan.reference)))


def test_buttons_are_for_those_who_may(world):
    plan = a_plan(world, state=PlanState.DRAFT)
    step = address("desk_plan_step", plan.reference, "adopt")
    assert step in signed_in(world, "approver").get(address("desk_plan", plan.reference)).content.decode()
    planning.adopt(plan, by=world.actor("approver"), version=plan.version)
    page = signed_in(world, "reviewer").get(address("desk_plan", plan.reference)).content.decode()
    assert "What you can do now" not in page
    assert "/edit/" not in page


@pytest.mark.parametrize(
    ("person", "status"),
    [("approver", 200), ("reviewer", 404), ("officer", 200), ("auditor", 200), ("approver_elsewhere", 404),
     ("reviewer_elsewhere", 404), ("editor", 404), ("owner", 404)],
)  # fmt: skip
def test_a_draft_is_there_for_those_who_could_adopt_it_and_who_reads_all(world, person, status):
    plan = a_plan(world, state=PlanState.DRAFT)
    assert signed_in(world, person).get(address("desk_plan", plan.reference)).status_code == status
    assert signed_in(world, person).get(address("desk_plan", "NOSUCH")).status_code == 404


def test_another_province_learns_nothing_of_an_adopted_plan(world):
    plan = a_plan(world, name_zh="本省计划")
    client = signed_in(world, "approver_elsewhere")
    assert "本省计划" not in client.get(address("desk_coverage")).content.decode()
    for name, args in (
        ("desk_plan", ()), ("desk_plan_edit", ()), ("desk_plan_release", ()), ("desk_plan_step", ("close",)),
        ("desk_measure", ("new_products",)), ("desk_measure_remove", ("units_covered",)), ("desk_figure_new", ()),
    ):  # fmt: skip
        assert client.get(address(name, plan.reference, *args)).status_code == 404, name
        status = client.post(address(name, plan.reference, *args), {"reason": "x"}).status_code
        assert status == (405 if name == "desk_plan" else 404), name
    assert Plan.objects.get(pk=plan.pk).state == PlanState.ADOPTED


# --- Drafting ---


def test_a_plan_is_drafted_and_leads_to_its_page(world):
    answer = signed_in(world, "approver").post(address("desk_plan_new"), TYPED)
    plan = Plan.objects.get()
    assert answer.url == address("desk_plan", plan.reference)
    assert (plan.period_to, plan.division, plan.state) == (D(2020, 12, 31), world.province, PlanState.DRAFT)


def test_a_form_sent_twice_makes_one_plan(world):
    client, typed = signed_in(world, "approver"), TYPED | {"nonce": str(uuid.uuid4())}
    first, second = (client.post(address("desk_plan_new"), typed) for _time in range(2))
    assert first.url == second.url
    assert Plan.objects.count() == 1


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({"name_zh": ""}, "This field is required."),
        ({"name_zh": "长" * 121}, "at most 120 characters"),
        ({"division": "沙县"}, "No division of today has this code or name."),
        ({"division": "110000"}, "This lies outside of your territory."),
        ({"period_to": "2017-12-31"}, "The last day has to be after the first day."),
        ({"period_from": "soon"}, "Write the day like this"),
        ({"poverty_list": "unknown"}, "Select a valid choice"),
        ({"poverty_list": "empty"}, "This list has no unit in the territory of the plan."),
        ({"tracks": "everything"}, "Select a valid choice"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_nothing_typed_is_lost(world, typed, says):
    make.make_poverty_list("empty")
    answer = signed_in(world, "approver").post(address("desk_plan_new"), TYPED | {"note": "留下的话"} | typed)
    assert answer.status_code == 200
    page = answer.content.decode()
    assert says in text_of(answer)
    assert f'id="id_{next(iter(typed))}_error"' in page
    assert f'href="#id_{next(iter(typed))}"' in page
    assert "留下的话" in page
    assert not Plan.objects.exists()


def test_of_several_divisions_with_a_name_the_code_is_asked_for(world):
    make.make_division("430100", "益阳市", parent=world.province)
    client, where = signed_in(world, "approver"), address("desk_plan_new")
    assert "Several divisions have this name" in text_of(client.post(where, TYPED | {"division": "益阳市"}))
    assert client.post(where, TYPED | {"division": "湖南省"}).status_code == 302


# --- Amending ---


def test_an_adopted_plan_is_changed_with_a_reason(world):
    plan, client = a_plan(world), signed_in(world, "approver")
    where = address("desk_plan_edit", plan.reference)
    assert 'name="reason"' in client.get(where).content.decode()
    typed = {name: value for name, value in TYPED.items() if name != "division"} | {"version": plan.version}
    answer = client.post(where, typed | {"office": "新的办公室"})
    assert "This field is required." in text_of(answer)
    assert "新的办公室" in answer.content.decode()
    assert client.post(where, typed | {"office": "新的办公室", "reason": "机构改革"}).status_code == 302
    page = text_of(client.get(address("desk_plan", plan.reference)))
    assert "新的办公室" in page
    assert "机构改革" in page
    # A county below sees the plan, but not why its province changed it.
    assert "机构改革" not in text_of(signed_in(world, "reviewer").get(address("desk_plan", plan.reference)))


def test_of_two_who_change_a_plan_the_second_is_told_and_keeps_the_words(world):
    plan, client = a_plan(world, state=PlanState.DRAFT), signed_in(world, "approver")
    typed = {name: value for name, value in TYPED.items() if name != "division"} | {"version": plan.version}
    where = address("desk_plan_edit", plan.reference)
    assert client.post(where, typed | {"office": "甲"}).status_code == 302
    answer = client.post(where, typed | {"office": "乙"})
    assert answer.status_code == 409
    assert "Somebody else has just changed this plan." in text_of(answer)
    assert 'value="乙"' in answer.content.decode()
    now = Plan.objects.get(pk=plan.pk)
    assert now.office == "甲"
    assert f'name="version" value="{now.version}"' in answer.content.decode()
    assert client.post(where, typed | {"office": "乙", "version": now.version}).status_code == 302


def test_a_closed_plan_offers_no_change(world):
    plan = a_plan(world)
    planning.close(plan, by=world.actor("approver"), version=plan.version, reason="期满")
    client = signed_in(world, "approver")
    typed = {name: value for name, value in TYPED.items() if name != "division"} | {"version": plan.version}
    answer = client.post(address("desk_plan_edit", plan.reference), typed | {"office": "乙", "reason": "改"})
    assert answer.status_code == 409
    assert "A closed plan stays as it is." in text_of(answer)
    assert "Change the plan" not in text_of(client.get(address("desk_plan", plan.reference)))


def test_a_measure_is_set_with_the_years_before(world):
    plan, client = a_plan(world, state=PlanState.DRAFT), signed_in(world, "approver")
    where = address("desk_measure", plan.reference, "new_products")
    page = client.get(where).content.decode()
    assert 'name="step_20181231"' in page
    assert 'name="step_20201231"' not in page  # the last day is that of the target
    assert 'name="baseline"' not in page  # it is counted from the first day on
    typed = {"version": plan.version, "target": "３０", "step_20181231": "10", "step_20191231": "20"}
    assert client.post(where, typed).status_code == 302
    measure = plan.measures.get(kind="new_products")
    assert (measure.target, [step.value for step in measure.steps.all()]) == (30, [10, 20])
    assert 'value="10"' in client.get(where).content.decode()


@pytest.mark.parametrize(
    ("kind", "typed", "field", "says"),
    [
        ("units_covered", {"baseline": "0", "target": "3"}, "target", "The list has 2 units here, no more."),
        ("units_covered", {"baseline": "2", "target": "2"}, "target", "The target has to be above the baseline."),
        ("units_covered", {"baseline": "-1", "target": "2"}, "baseline", "Write a whole number, such as 12."),
        ("units_covered", {"baseline": "", "target": "2"}, "baseline", "This field is required."),
        ("new_products", {"target": "many"}, "target", "Write a whole number, such as 12."),
        ("new_products", {"target": "5", "step_20181231": "9"}, "step_20181231", "have to rise"),
        ("new_products", {"target": "5", "step_20181231": "1.5"}, "step_20181231", "Write a whole number"),
    ],
)
def test_a_wrong_number_is_said_beside_its_field(world, kind, typed, field, says):
    plan = a_plan(world, state=PlanState.DRAFT)
    typed = typed | {"version": plan.version, "baseline_basis": "留下的话"}
    answer = signed_in(world, "approver").post(address("desk_measure", plan.reference, kind), typed)
    assert answer.status_code == 200
    assert says in text_of(answer)
    assert f'id="id_{field}_error"' in answer.content.decode()
    assert "留下的话" in answer.content.decode()


def test_an_unknown_measure_is_not_there(world):
    plan = a_plan(world)
    assert signed_in(world, "approver").get(address("desk_measure", plan.reference, "money")).status_code == 404


def test_a_measure_of_a_draft_is_taken_out_after_a_question(world):
    plan, client = a_plan(world, state=PlanState.DRAFT), signed_in(world, "approver")
    where = address("desk_measure_remove", plan.reference, "units_covered")
    assert "Take the measure out" in text_of(client.get(where))
    assert plan.measures.exists()
    assert client.post(where, {"version": plan.version}).status_code == 302
    assert not plan.measures.exists()
    assert client.post(where, {"version": plan.version}).status_code == 409


# --- Steps and release ---


def test_a_plan_is_adopted_and_closed_by_pages_that_say_what_happens(world):
    plan, client = a_plan(world, state=PlanState.DRAFT), signed_in(world, "approver")
    where = address("desk_plan_step", plan.reference, "adopt")
    assert "The plan holds from today." in text_of(client.get(where))
    assert Plan.objects.get(pk=plan.pk).state == PlanState.DRAFT
    assert client.post(where, {"version": plan.version}).status_code == 302
    plan.refresh_from_db()
    assert plan.state == PlanState.ADOPTED
    where = address("desk_plan_step", plan.reference, "close")
    assert "This field is required." in text_of(client.post(where, {"version": plan.version, "reason": ""}))
    assert client.post(where, {"version": plan.version, "reason": "期满"}).status_code == 302
    assert "This step is not possible" in text_of(client.get(where))
    assert client.post(where, {"version": plan.version, "reason": "期满"}).status_code == 409
    assert client.get(address("desk_plan_step", plan.reference, "burn")).status_code == 404


def test_a_draft_without_measures_says_what_is_missing(world):
    plan, client = a_plan(world, state=PlanState.DRAFT), signed_in(world, "approver")
    planning.remove_measure(plan, MeasureKind.UNITS_COVERED, by=world.actor("approver"), version=plan.version)
    assert "Set at least one measure first." in text_of(client.get(address("desk_plan", plan.reference)))
    answer = client.post(address("desk_plan_step", plan.reference, "adopt"), {"version": plan.version})
    assert answer.status_code == 409
    assert client.get(address("desk_figure_new", plan.reference)).url == address("desk_plan", plan.reference)


def test_before_a_release_the_page_shows_what_the_public_will_read(world):
    plan, client = a_plan(world, name_zh="公开的计划"), signed_in(world, "approver")
    where = address("desk_plan_release", plan.reference)
    page = text_of(client.get(where))
    assert "This is what the public will read:" in page
    assert "Counted on the last day" in page
    assert Plan.objects.get(pk=plan.pk).released_on is None
    assert client.post(where, {"version": plan.version}).status_code == 302
    assert Plan.objects.get(pk=plan.pk).released_on == timezone.localdate()
    assert client.post(where, {"version": plan.version}).status_code == 409


def test_a_draft_cannot_be_released(world):
    plan, client = a_plan(world, state=PlanState.DRAFT), signed_in(world, "approver")
    where = address("desk_plan_release", plan.reference)
    assert "This is what the public will read" not in text_of(client.get(where))
    assert client.post(where, {"version": plan.version}).status_code == 409


def test_the_public_panel_shows_target_count_and_reports_and_no_verdict(world):
    plan = a_plan(world, name_zh="公开的计划")
    planning.release(plan, by=world.actor("approver"), version=plan.version)
    found = plan_progress.public_of(plan.poverty_list)
    with translation.override("en"):
        text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", render_to_string(
            "products/_coverage_plans.html", {"plans": found})))  # fmt: skip
    assert "公开的计划" in text
    assert "Listed units covered 2 from 0 1 1 –" in text
    assert "not reached" not in text


# --- Reported figures ---

FIGURE = {"kind": "units_covered", "on": "2018年7月", "value": "39", "source": "某报", "basis": "sourced", "note": ""}


def test_a_reported_figure_is_noted_as_exactly_as_it_is_known(world):
    plan, client = a_plan(world), signed_in(world, "approver")
    assert client.post(address("desk_figure_new", plan.reference), FIGURE).status_code == 302
    figure = ReportedFigure.objects.get()
    assert (figure.on, figure.precision, figure.value) == (D(2018, 7, 31), "month", 39)
    where = address("desk_figure", plan.reference, figure.pk)
    assert "某报" in client.get(where).content.decode()
    assert client.post(where, {"value": "40", "basis": "derived", "note": "更正"}).status_code == 302
    figure.refresh_from_db()
    assert (figure.value, figure.basis, figure.note, figure.precision) == (40, "derived", "更正", "month")


@pytest.mark.parametrize(
    ("typed", "field", "says"),
    [
        ({"on": "last summer"}, "on", "Write it like this"),
        ({"on": "2999"}, "on", "The day lies in the future."),
        ({"on": "2018-13"}, "on", "Write it like this"),
        ({"value": "-5"}, "value", "Write a whole number"),
        ({"source": ""}, "source", "This field is required."),
        ({"kind": "new_products"}, "kind", "Select a valid choice"),
        ({"basis": "rumour"}, "basis", "Select a valid choice"),
    ],
)
def test_a_wrong_figure_is_said_beside_its_field(world, typed, field, says):
    plan = a_plan(world)
    where = address("desk_figure_new", plan.reference)
    answer = signed_in(world, "approver").post(where, FIGURE | {"note": "留"} | typed)
    assert answer.status_code == 200
    assert says in text_of(answer)
    assert f'id="id_{field}_error"' in answer.content.decode()
    assert "留" in answer.content.decode()
    assert not ReportedFigure.objects.exists()


def test_a_year_that_is_not_over_needs_its_day(world):
    plan, today = a_plan(world), timezone.localdate()
    client, where = signed_in(world, "approver"), address("desk_figure_new", plan.reference)
    if (today.month, today.day) != (12, 31):
        assert "not over yet: write the day" in text_of(client.post(where, FIGURE | {"on": str(today.year)}))
    assert client.post(where, FIGURE | {"on": f"{today:%Y/%m/%d}"}).status_code == 302


def test_another_figure_of_the_same_day_and_source_is_not_a_second_one(world):
    plan, client = a_plan(world), signed_in(world, "approver")
    where = address("desk_figure_new", plan.reference)
    assert client.post(where, FIGURE).status_code == 302
    assert client.post(where, FIGURE).status_code == 302
    answer = client.post(where, FIGURE | {"value": "40"})
    assert answer.status_code == 409
    assert "correct that one" in text_of(answer)
    assert ReportedFigure.objects.count() == 1


def test_a_figure_is_found_with_its_own_plan_only(world):
    plan, other = a_plan(world), a_plan(world, name_zh="别的计划")
    client = signed_in(world, "approver")
    client.post(address("desk_figure_new", plan.reference), FIGURE)
    figure = ReportedFigure.objects.get()
    assert client.get(address("desk_figure", other.reference, figure.pk)).status_code == 404
    assert client.get(address("desk_figure", plan.reference, figure.pk)).status_code == 200


def test_whoever_only_reads_sends_nothing(world):
    plan = a_plan(world)
    for person in ("reviewer", "auditor"):
        client = signed_in(world, person)
        assert client.get(address("desk_plan_new")).status_code == 404
        assert client.post(address("desk_plan_new"), TYPED).status_code == 404
        assert client.post(address("desk_figure_new", plan.reference), FIGURE).status_code == 404
        assert client.get(address("desk_plan_release", plan.reference)).status_code == 404
    assert not ReportedFigure.objects.exists()
    assert Plan.objects.count() == 1
