"""The first page of the desk: each figure counts what the page behind it shows, and only of the own territory."""

import datetime

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from django.urls import reverse
from django.utils import timezone

from enterprises import dashboard
from enterprises.label_states import SignalKind
from enterprises.models import Authorisation
from enterprises.scan_models import CopySignal, label_key
from products.case_models import CaseDeadline
from products.case_states import CaseState
from tests import factories as make
from tests import objection_world
from tests.inspection_world import make_draw
from tests.label_world import make_labels
from tests.protection_world import make_case

pytestmark = pytest.mark.django_db


@pytest.fixture
def place():
    """Labels of Anhua with one batch requested and one copy signal; Anhua on a list, covered, Taojiang blank."""
    labels = make_labels()
    batch = labels.batch(100, active=(1, 50))
    labels.request(10)
    CopySignal.objects.create(batch=batch, label=label_key(batch.pk, 1), kind=SignalKind.TWO_PROVINCES)
    listed = make.make_poverty_list()
    make.make_listed_unit(listed, labels.world.county)
    make.make_listed_unit(listed, labels.world.prefecture.children.get(code="430922"))
    return labels


def numbers(labels, name):
    return {tile.label: tile.number for tile in dashboard.tiles([labels.world.actor(name)])}


def test_the_reviewer_sees_what_waits_in_the_own_territory(place):
    found = numbers(place, "reviewer")
    assert found["Labels waiting"] == "1"
    assert found["Copy signals"] == "1"
    assert found["Suspect reports"] == "0"
    assert found["Listed units covered"] == "1 / 2"


def test_another_province_sees_nothing_of_it(place):
    found = numbers(place, "reviewer_elsewhere")
    assert found["Labels waiting"] == "0"
    assert found["Copy signals"] == "0"
    assert "Listed units covered" not in found


def test_the_officer_sees_the_whole_country_and_no_labels(place):
    found = numbers(place, "officer")
    assert found["Listed units covered"] == "1 / 2"
    assert "Labels waiting" not in found


def test_missing_yearly_reports_are_those_of_last_year(place):
    assert numbers(place, "reviewer")["Yearly reports missing"] == "0"
    last_year = datetime.date(timezone.localdate().year - 1, 3, 1)
    Authorisation.objects.update(effective_from=last_year)
    assert numbers(place, "reviewer")["Yearly reports missing"] == "1"


def test_a_territory_is_measured_by_the_list_with_most_of_its_units(place):
    hunan = make.make_poverty_list("hunan-51", order=2)
    for code in ("430923", "430922", "430901"):
        found = place.world.prefecture.children.filter(code=code).first()
        make.make_listed_unit(hunan, found or make.make_division(code, parent=place.world.prefecture))
    tiles = {tile.label: tile for tile in dashboard.tiles([place.world.actor("reviewer")])}
    assert tiles["Listed units covered"].number == "1 / 3"
    assert tiles["Listed units covered"].url.endswith("/coverage/hunan-51/?province=430000")


def test_cases_objections_and_inspections_of_the_territory_are_counted(place):
    world = place.world
    make_case(world, CaseState.PROVINCIAL)
    make_draw(world, 2)
    yesterday = timezone.localdate() - datetime.timedelta(days=1)
    assert CaseDeadline.objects.update(started_on=yesterday, due_on=yesterday) == 1
    objection_world.make_objection(world)  # to a case of its own, which is open too
    tiles = {tile.label: tile for tile in dashboard.tiles([world.actor("officer")])}
    cases, inspections = tiles["Protection cases open"], tiles["Inspections late"]
    assert (cases.number, cases.rule, cases.urgent) == ("2", "1 with a clock that has run out", True)
    assert tiles["Objections undecided"].number == "1"
    assert (inspections.number, inspections.rule) == ("0", "2 to be inspected, 0 to be published")
    elsewhere = {tile.label: tile for tile in dashboard.tiles([world.actor("reviewer_elsewhere")])}
    assert [elsewhere[label].number for label in ("Protection cases open", "Objections undecided")] == ["0", "0"]
    assert elsewhere["Inspections late"].rule == "0 to be inspected, 0 to be published"


def test_every_tile_leads_to_a_page_that_its_reader_may_open(place, client):
    for name in ("reviewer", "approver", "officer", "auditor"):
        person = place.world.people[name]
        TOTP.activate(person, "JBSWY3DPEHPK3PXP")
        client.force_login(person)
        page = client.get(reverse("enterprises:desk"))
        assert page.status_code == 200
        for tile in page.context["tiles"]:
            assert client.get(tile.url).status_code == 200, (name, tile.label)
