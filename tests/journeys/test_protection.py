"""Protection cases in a real browser without JavaScript: under Order 80, under Order 78, a change, a revocation."""

import re

import pytest
from django.core.cache import cache
from django.core.management import call_command

from gi_registry import journal
from products.case_models import ProtectionCase
from products.models import Product
from products.objection_models import Objection
from tests import factories as make
from tests.case_world import make_world
from tests.journeys.case_people import Official, Visitor, faults_of_pages
from tests.journeys.test_application import a_pdf
from tests.protection_world import PARTS, end_notice, neighbour

pytestmark = [pytest.mark.browser]
NAME = "桃江擂茶"


@pytest.fixture
def world(db):
    """Anhua and Taojiang on a list of poor counties; the one product known so far lies in Anhua."""
    cache.clear()
    world = make_world()
    listed = make.make_poverty_list("hunan-51", size=51)
    make.make_listed_unit(listed, world.county)
    make.make_listed_unit(listed, neighbour(world))
    call_command("create_site", verbosity=0)
    return world


def enter(reviewer):
    """A draft under Order 80 through all steps of its form; returns its reference."""
    reviewer.go("/en/desk/cases/")
    reviewer.press("^New case")
    reviewer.fill(kind="recognition", legal_basis="order_80", name_zh=NAME)
    reviewer.page.locator("main select[name='division']").select_option(value="430922")
    reviewer.press("^Begin the draft")
    reference = re.search("/cases/([^/]+)/edit/name/", reviewer.page.url)[1]
    reviewer.fill(category="Tea", applicant_kind="body", applicant="桃江县茶产业发展服务中心")
    reviewer.press("^Save and continue")
    reviewer.fill(area_text="桃江县现辖行政区域", proposer="桃江县人民政府", proposal_on="2024-03-01")
    reviewer.press("^Suggest rows from the wording")
    assert reviewer.page.locator("main [name='place_0']").input_value() == "430922"
    reviewer.page.locator("main select[name='proposer_level']").select_option(value="county")
    reviewer.press("^Save and continue")
    reviewer.fill(**{f"part_{part}": text for part, text in PARTS.items()})
    reviewer.press("^Save and continue")
    reviewer.add_papers(reference)
    reviewer.press("^Continue")
    assert "Nothing is missing." in reviewer.text()
    reviewer.press("^Submit to the province")
    return reference


def object_by_keyboard(visitor, name):
    """From the public list of notices to the receipt; returns the objection's number and the secret path."""
    visitor.go("/en/announcements/")
    assert name in visitor.text()
    visitor.press("^Object$")
    visitor.tick("main input[name='ground'][value='area']")
    visitor.type("text", "两个镇不产此茶。")
    visitor.page.locator("main input[name='file1']").set_input_files(a_pdf("proof"))
    visitor.tick("main input[name='objector_kind'][value='unit']")
    visitor.type("objector", "某某茶业合作社")
    visitor.type("address", "某某路88号")
    visitor.type("contact", "13800000000")
    visitor.tick("main input[name='in_china'][value='yes']")
    visitor.press("^Send the objection")
    assert "/objections/status/" in visitor.page.url, visitor.faults()
    found = Objection.objects.order_by("pk").last()
    assert found.reference in visitor.text()
    return found.reference, re.sub("^https?://[^/]+", "", visitor.page.url)


def test_a_case_under_order_80_from_its_draft_to_protection(browser, page, site, world):
    reviewer, approver, officer, another = (
        Official(browser, site, name, world) for name in ("reviewer", "approver", "officer", "another_officer")
    )
    visitor = Visitor(browser, site, "visitor")
    reference = enter(reviewer)
    public = f"/en/cases/{reference}/"
    approver.step(reference, "give_opinion", text="In order.")
    officer.step(reference, "notify_defects", text="The map lacks a scale.")
    reviewer.go("/en/desk/cases/")
    assert reference in reviewer.text()
    reviewer.step(reference, "reply", text="The map now has a scale.")
    officer.step(reference, "accept")
    officer.step(reference, "begin_review")
    officer.examine(reference)
    assert visitor.status_of(public) == 404
    told = officer.announce(reference, "announce", 1)
    assert "Objections can be sent until" in told

    visitor.go("/en/cases/")
    assert NAME in visitor.text()
    visitor.go(public)
    assert "Anybody may object" in visitor.text()
    objection, secret = object_by_keyboard(visitor, NAME)

    officer.handle(objection, "admit", text="It came in time.")
    assert ProtectionCase.objects.get(reference=reference).state == "opposed"
    reviewer.handle(objection, "answer", text="All towns grow this tea.")
    another.handle(objection, "dismiss", text="The files show it.", published_reason="各镇均有生产记录。")
    visitor.go(secret)
    assert "各镇均有生产记录" in visitor.text()

    visitor.go("/en/coverage/hunan-51/")
    assert "covered" in visitor.text()
    end_notice(ProtectionCase.objects.get(reference=reference))
    told = another.announce(reference, "recognise", 2)
    assert "The name is protected from the day of the announcement" in told

    product = Product.objects.get(name_zh=NAME)
    visitor.go(f"/en/products/{product.number}/")
    print(visitor.text())
    visitor.go(f"/en/products/{product.number}/requirements/")
    print(visitor.text())
    visitor.go("/en/coverage/hunan-51/")
    print(visitor.text())
    assert list(journal.verify()) == []
    faults = faults_of_pages(browser, reviewer, approver, officer, another, visitor)
    assert not faults, "\n".join(faults)
