"""Reports, candidates, plans and imports in the hands of many at the same moment: one wins, the others are told."""

import datetime
import uuid

import pytest
from django.db import connection

from enterprises import use_reports
from enterprises.models import Authorisation
from enterprises.use_models import UseReport
from enterprises.use_states import UseState
from gi_registry import journal
from gi_registry.event_types import EventType
from gi_registry.models import JournalEntry
from products import cultivation, list_differences, list_files, list_registrar, planning
from products.cultivation_models import Candidate
from products.cultivation_states import Stage
from products.models import ListedUnit, ListImport
from products.plan_models import Plan
from products.plan_states import MeasureKind
from tests import factories as make
from tests import races
from tests.case_world import make_world
from tests.cultivation_world import MOVES, make_candidate
from tests.use_world import LAST_YEAR, make_report, standing

ON_POSTGRESQL = connection.vendor == "postgresql"
pytestmark = pytest.mark.django_db(transaction=ON_POSTGRESQL)
MANY = 20


@pytest.fixture
def world(race_database):
    return make_world()


@pytest.fixture(autouse=True)
def _journal_holds(world):
    yield
    assert [fault for fault in journal.verify() if "triggers" not in fault] == []


def entries(event):
    return JournalEntry.objects.filter(event_type=event).count()


def test_of_many_windows_one_begins_the_report_of_a_year(world):
    row, by = standing(world), world.actor("owner")

    def begin():
        own = Authorisation.objects.get(pk=row.pk)
        return use_reports.start(own, year=LAST_YEAR, by=by, nonce=uuid.uuid4())

    outcome = races.at_once([begin] * MANY)
    assert outcome.faults(codes={"open_already"}) == []
    assert UseReport.objects.count() == 1


def test_of_many_officials_one_accepts_or_returns_a_report(world):
    report = make_report(world, standing(world), state=UseState.SUBMITTED)

    def decision(name, step, **more):
        row = UseReport.objects.select_related("authorisation__enterprise").get(pk=report.pk)
        return lambda: step(row, by=world.actor(name), edits=report.edits, **more)

    calls = [decision("reviewer", use_reports.accept) for _ in range(MANY // 2)]
    calls += [decision("approver", use_reports.return_, text="The unit is wrong.") for _ in range(MANY // 2)]
    outcome = races.at_once(calls)
    assert outcome.faults() == []
    told = entries(EventType.USE_REPORT_ACCEPTED), entries(EventType.USE_REPORT_RETURNED)
    report.refresh_from_db()
    assert told == ((1, 0) if report.state == UseState.ACCEPTED else (0, 1))


def test_of_many_officials_one_files_a_candidate_or_gives_it_up(world):
    candidate, by = make_candidate(world, Stage.READY), world.actor("reviewer")
    before = entries(EventType.CANDIDATE_MOVED)

    def step(name):
        row = Candidate.objects.select_related("division__parent__parent").get(pk=candidate.pk)
        return lambda: cultivation.move_candidate(row, MOVES[name], by=by, reason="It is so.")

    outcome = races.at_once([step("file") for _ in range(MANY // 2)] + [step("drop") for _ in range(MANY // 2)])
    assert outcome.faults() == []
    assert entries(EventType.CANDIDATE_MOVED) == before + 1
    assert candidate.stages.filter(effective_to=None).count() == 1


def test_of_many_officials_one_adopts_a_plan(world):
    listed, by = make.make_poverty_list(), world.actor("approver")
    make.make_listed_unit(listed, world.county)
    plan = planning.enter_plan(
        by=by, nonce=uuid.uuid4(), division=world.province, name_zh="计划", office="省知识产权局", poverty_list=listed,
        period_from=datetime.date(2025, 1, 1), period_to=datetime.date(2027, 12, 31),
    )  # fmt: skip
    planning.set_measure(plan, MeasureKind.UNITS_COVERED, by=by, version=plan.version, target=1)
    rows = [Plan.objects.select_related("division").get(pk=plan.pk) for _ in range(MANY)]
    outcome = races.at_once([lambda row=row: planning.adopt(row, by=by, version=row.version) for row in rows])
    assert outcome.faults() == []
    assert entries(EventType.PLAN_ADOPTED) == 1


def test_a_file_that_many_apply_at_once_is_applied_once(world):
    listed, by = make.make_poverty_list(), world.actor("officer")
    content = "code,code_then,name_zh,province,level,list_basis\n430923,430923,安化县,湖南省,national,sourced\n"
    sent = list_registrar.record_import(
        listed, by=by, nonce=uuid.uuid4(), file_name="a.csv", sha256="0" * 64, basis="b",
        rows=list_files.read(content.encode()).as_json(),
    )  # fmt: skip
    shown = list_differences.preview(sent)
    assert shown.faults == []

    def apply():
        own = ListImport.objects.select_related("poverty_list").get(pk=sent.pk)
        return list_registrar.apply_import(own, by=by, base=shown.base)

    outcome = races.at_once([apply] * MANY)
    assert outcome.faults(winners=MANY) == []
    assert ListedUnit.objects.get().name_zh == "安化县"
    assert entries(EventType.LISTED_UNIT_ENTERED) == 1
