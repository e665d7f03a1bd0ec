"""The ways through the desk: the same on every page, for what somebody may do, with what waits at each place."""

import html
import re

import pytest
from allauth.mfa.models import Authenticator
from django.urls import reverse
from django.utils import timezone, translation

from enterprises import desk_navigation, workflow
from enterprises.inspection_states import InspectionState
from enterprises.label_states import SignalKind, SignalState
from enterprises.models import Enterprise
from enterprises.scan_models import CopySignal, label_key
from enterprises.states import ApplicationState
from products.case_states import CaseState
from products.objection_states import ObjectionState
from tests import objection_world
from tests.case_world import make_world
from tests.cultivation_world import days_ago, make_candidate
from tests.inspection_world import make_draw, make_inspection
from tests.label_world import make_labels
from tests.protection_world import make_case

pytestmark = pytest.mark.django_db
PLACES = [
    ("desk", [], "My queue"),
    ("desk_file", ["MA1"], "My queue"),
    ("desk_announce", [], "Announce"),
    ("desk_correct", [1], "Announce"),
    ("desk_authorisation", ["A1"], "Authorisations"),
    ("desk_statement", [1], "Labels"),
    ("desk_batch", ["LB1"], "Labels"),
    ("desk_yearly_return", [], "Yearly reports"),
    ("desk_signal", [1], "Copies"),
    ("desk_report", ["R1"], "Suspect reports"),
    ("desk_case_announce", ["accept"], "Cases"),
    ("desk_objection", ["O1"], "Objections"),
    ("desk_zone", ["Z1"], "Demonstration zones"),
    ("desk_match", [1], "Recognition"),
    ("desk_plan", ["P1"], "Plans"),
    ("desk_candidate_new", [], "Candidates"),
    ("desk_training_new", [], "Trainings"),
    ("desk_project_edit", [1], "Funding projects"),
    ("desk_unit_new", ["list"], "Poverty lists"),
    ("desk_operation", [], "Operation"),
]


@pytest.fixture
def world():
    return make_world()


@pytest.fixture
def enter(client, world):
    """Sign somebody in, with the second factor that officials need."""

    def enter(name):
        user = world.people[name]
        Authenticator.objects.get_or_create(user=user, type=Authenticator.Type.TOTP, defaults={"data": {"secret": "x"}})
        client.force_login(user)
        return client

    return enter


def ways(world, name, path="/en/desk/"):
    return [one for group in desk_navigation.groups([world.actor(name)], path) for one in group.places]


def shown(response):
    """The words of the ways as a page shows them."""
    text = re.search(r'<nav class="desk-nav.*?</nav>', response.content.decode(), re.DOTALL)[0]
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text)))


# --- Where somebody is ---


@pytest.mark.parametrize(("name", "arguments", "place"), PLACES)
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_page_belongs_to_one_place(world, name, arguments, place, language):
    with translation.override(language):
        path = reverse(f"enterprises:{name}", args=arguments)
        marked = [one for one in ways(world, "officer", path) if one.is_here]
    with translation.override("en"):
        assert [str(one.label) for one in marked] == [place]


@pytest.mark.parametrize(
    ("name", "arguments", "page"),
    [
        ("desk_standard", [1], "Standards"),
        ("desk_scope_new", [1], "Testing bodies"),
        ("desk_check_new", [365], "Checks"),
        ("desk_inspections", [], "What waits"),
        ("desk_inspection", ["RI1", 2], "Draws"),
        ("desk_inspector_edit", ["C1"], "Inspectors"),
        ("desk_grade", ["91430923MA0000010"], "Credit grades"),
    ],
)
def test_pages_of_a_place_show_only_while_somebody_is_there(world, name, arguments, page):
    found = ways(world, "officer", reverse(f"enterprises:{name}", args=arguments))
    here = [one for one in found if one.is_here]
    assert len(here) == 1
    assert [str(one.label) for one in here[0].below if one.is_here] == [page]
    assert not here[0].is_current
    assert not any(one.below for one in found if one is not here[0])


def test_a_page_says_where_it_is(enter, world):
    page = enter("reviewer").get("/en/desk/cases/").content.decode()
    nav = re.search(r'<nav class="desk-nav.*?</nav>', page, re.DOTALL)[0]
    assert re.findall(r'aria-current="page"><span>([^<]*)', nav) == ["Cases"]
    assert "Protection <b>Cases</b>" in nav.replace("· ", "")


# --- What somebody may do ---


def test_only_who_announces_is_led_to_announcing(enter):
    assert "Announce" in shown(enter("officer").get("/en/desk/"))
    assert "Announce" not in shown(enter("approver").get("/en/desk/"))


@pytest.mark.parametrize("name", ["reviewer", "approver", "officer", "auditor"])
def test_every_way_leads_to_a_page_that_opens(enter, world, name):
    client = enter(name)
    for group in desk_navigation.groups([world.actor(name)], "/en/desk/inspections/"):
        for one in group.places:
            for place in [one, *one.below]:
                answer = client.get(place.url)
                assert answer.status_code == 200, place.url
                assert "My queue" in shown(answer)


# --- How much waits ---


def numbers(world, name):
    return {one.name: one.waiting for one in ways(world, name) if one.waiting}


def test_a_file_counts_where_it_waits_and_no_longer_once_it_is_with_somebody_else(world):
    file = world.file()
    assert numbers(world, "reviewer") == {"desk": 1}
    assert numbers(world, "reviewer_elsewhere") == {}
    workflow.not_accept(file, by=world.actor("reviewer"), text="Not in order.")
    assert numbers(world, "reviewer") == {}


def test_who_only_reads_has_nothing_waiting(world):
    world.file()
    make_case(world)
    make_draw(world)
    assert numbers(world, "auditor") == {}


def test_a_file_waits_to_be_announced_once_it_is_approved(world):
    world.file(ApplicationState.APPROVED)
    assert numbers(world, "officer") == {"desk": 1, "desk_announce": 1}  # it waits in the queue too
    assert numbers(world, "approver") == {}


def test_a_case_counts_for_who_makes_its_next_step(world):
    make_case(world, CaseState.PROVINCIAL)
    assert numbers(world, "approver") == {"desk_cases": 1}
    assert numbers(world, "officer") == numbers(world, "reviewer") == {}


def test_an_objection_counts_for_who_examines_until_it_is_decided(world):
    objection_world.make_objection(world)
    assert numbers(world, "officer") == {"desk_objections": 1}
    assert numbers(world, "reviewer") == {}
    objection_world.make_objection(world, ObjectionState.NOT_ADMITTED)
    assert numbers(world, "officer") == {"desk_objections": 1}


@pytest.mark.parametrize(
    ("state", "whose"),
    [
        (InspectionState.DRAWN, ["reviewer"]),
        (InspectionState.RECORDED, ["approver", "officer"]),
        (InspectionState.PUBLISHED, []),
    ],
)
def test_an_inspection_counts_for_who_records_it_then_for_who_publishes_it(world, state, whose):
    row = make_inspection(world, state)
    Enterprise.objects.filter(pk=row.authorisation.enterprise_id).update(province=world.county)
    found = {name: numbers(world, name) for name in ("reviewer", "approver", "officer", "reviewer_elsewhere")}
    assert found == {name: {"desk_inspections": 1} if name in whose else {} for name in found}


def test_labels_and_their_copies_count_in_their_territory(world):
    labels = make_labels(world=world)
    batch = labels.batch(10, active=(1, 5))
    labels.request(10)
    kinds = dict.fromkeys([SignalState.OPEN, SignalState.DISMISSED], SignalKind.TWO_PROVINCES)
    for index, (state, kind) in enumerate(kinds.items(), 1):
        CopySignal.objects.create(batch=batch, label=label_key(batch.pk, index), kind=kind, state=state)
    assert numbers(world, "reviewer") == {"desk_labels": 1, "desk_signals": 1}
    assert numbers(world, "officer") == {"desk_signals": 1}
    assert numbers(world, "reviewer_elsewhere") == {}


def test_a_candidate_counts_when_its_next_step_is_overdue(world):
    make_candidate(world, next_step="Ask the growers.", next_step_due=timezone.localdate())
    assert numbers(world, "reviewer") == {}
    make_candidate(world, next_step="Ask the growers.", next_step_due=days_ago(1))
    assert numbers(world, "reviewer") == {"desk_candidates": 1}


def test_numbers_are_kept_until_something_is_decided(world, django_assert_num_queries):
    world.file()
    actors = [world.actor("reviewer")]
    desk_navigation.waiting(actors)
    with django_assert_num_queries(1):
        assert desk_navigation.waiting(actors) == {"desk": 1}
