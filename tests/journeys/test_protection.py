"""Protection cases in a real browser without JavaScript: under Order 80, under Order 78, a change, a revocation."""

import datetime
import re

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.utils import timezone

from gi_registry import journal
from products.case_models import ProtectionCase
from products.drafting import Place
from products.objection_models import Objection
from products.system_models import ProtectionRequirement
from tests import factories as make
from tests.case_pages import fresh
from tests.case_world import make_world
from tests.journeys.case_people import Official, Visitor, faults_of_pages
from tests.journeys.test_application import a_pdf
from tests.label_world import code_of, make_labels
from tests.protection_world import PARTS, end_notice, fill, neighbour, walk

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
        Official(browser, site, name, world)
        for name in ("reviewer", "approver", "officer", "another_officer")
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
    assert visitor.page.locator("main a[href*='/announcements/objections/']").count() == 0  # from tomorrow on
    assert visitor.text().count("In formal review") == 1  # that it came back with defects is not public
    end_notice(
        ProtectionCase.objects.get(reference=reference), days=-30
    )  # the day of publication does not count
    objection, secret = object_by_keyboard(visitor, NAME)

    officer.handle(objection, "admit", text="It came in time.")
    assert ProtectionCase.objects.get(reference=reference).state == "opposed"
    reviewer.handle(objection, "answer", text="All towns grow this tea.")
    another.handle(objection, "dismiss", text="The files show it.", published_reason="各镇均有生产记录。")
    visitor.go(secret)
    assert "各镇均有生产记录" in visitor.text()

    visitor.go("/en/coverage/hunan-51/")
    assert answer(visitor, "Taojiang County") == "In procedure"
    end_notice(ProtectionCase.objects.get(reference=reference))
    told = another.announce(reference, "recognise", 2, reason="Nobody objects any more.")
    assert "The name is protected from the day of the announcement" in told

    visitor.go("/en/cases/")
    visitor.press(NAME)
    assert "Recognised; protected" in visitor.text()
    assert "Anybody may object" not in visitor.text()
    visitor.follow("/products/")
    for words in ("Protected since", "示例机关公告第2号", "Taojiang County 430922", "Extent: whole", PARTS["traits"]):
        assert words in visitor.text(), words
    visitor.go("/en/coverage/hunan-51/")
    assert answer(visitor, "Taojiang County") == "Covered"
    assert list(journal.verify()) == []
    faults = faults_of_pages(browser, reviewer, approver, officer, another, visitor)
    assert not faults, "\n".join(faults)


def test_a_case_under_order_78_has_its_time_to_object_before_the_experts_meet(browser, page, site, world):
    reviewer, officer, another = (
        Official(browser, site, name, world) for name in ("reviewer", "officer", "another_officer")
    )
    visitor = Visitor(browser, site, "visitor")
    reviewer.go("/en/desk/cases/new/")
    reviewer.fill(kind="recognition", legal_basis="order_78", name_zh=NAME, filed_on="2023-06-01")
    reviewer.page.locator("main select[name='division']").select_option(value="430922")
    reviewer.press("^Begin the draft")
    case = ProtectionCase.objects.get()
    reference = case.reference
    fill(world, case, [Place(neighbour(world))])
    reviewer.step(reference, "submit")
    assert "1 June 2023" in reviewer.text()
    walk(world, fresh(case), "give_opinion")

    told = officer.announce(reference, "accept", 1)
    assert "for two months everybody concerned may object" in told
    visitor.go("/en/announcements/")
    visitor.press(NAME)
    assert "Anybody may object" in visitor.text()
    assert "Order 78" in visitor.text()
    officer.go(f"/en/desk/cases/{reference}/")
    assert "The time to object is not over." in officer.text()
    end_notice(case)
    officer.step(reference, "begin_review")
    officer.examine(reference)
    told = another.announce(reference, "approve", 2, reason="The experts agree.")
    assert "The name is protected from the day of the announcement" in told

    visitor.go(f"/en/cases/{reference}/")
    assert "Approved; protected" in visitor.text()
    visitor.follow("/products/")
    assert "Protected since" in visitor.text()
    faults = faults_of_pages(browser, reviewer, officer, another, visitor)
    assert not faults, "\n".join(faults)


def test_a_change_of_the_area_says_whom_it_meets_and_is_seen_day_by_day(browser, page, site, world):
    right = world.product.rights.get()
    ProtectionRequirement.objects.create(right=right, version=1, parts=PARTS, effective_from=make.LONG_AGO)
    world.authorisation()
    reviewer, approver, officer, another = (
        Official(browser, site, name, world)
        for name in ("reviewer", "approver", "officer", "another_officer")
    )
    reviewer.go(f"/en/desk/cases/new/?kind=change&right={right.reference}")
    reviewer.page.locator("main select[name='division']").select_option(value="430923")
    reviewer.press("^Begin the draft")
    case = ProtectionCase.objects.get()
    reference = case.reference
    reviewer.fill(applicant_kind="body", applicant="安化县茶产业发展服务中心")
    reviewer.press("^Save and continue")
    assert reviewer.page.locator("main [name='place_0']").input_value() == "430923"
    reviewer.fill(area_text="桃江县现辖行政区域", place_0="桃江县", proposer="桃江县人民政府")
    reviewer.page.locator("main select[name='proposer_level']").select_option(value="county")
    reviewer.press("^Save and continue")
    reviewer.fill(part_process="新的工艺。")
    reviewer.press("^Save and continue")
    reviewer.add_papers(reference)
    reviewer.step(reference, "submit")
    approver.step(reference, "give_opinion", text="In order.")

    officer.go(f"/en/desk/cases/{reference}/")
    said = officer.page.locator("#effect").inner_text()
    for words in ("Gained: Taojiang County", "Lost: Anhua County", world.enterprise.name_zh, "production site outside",
                  "the product would reach it\n", "the product would reach it no longer"):  # fmt: skip
        assert words.lower() in f"{said}\n".lower(), words
    assert "Lost: Anhua County" in officer.announce(reference, "announce", 101)
    end_notice(case)
    another.announce(reference, "change", 102, reason="Nobody objected.")

    visitor = Visitor(browser, site, "visitor")
    today = timezone.localdate()
    yesterday = today - datetime.timedelta(days=1)
    here = f"/en/products/{world.product.number}/requirements/"
    visitor.go(f"{here}?compare=1,2")
    difference = visitor.page.locator("#difference").inner_text()
    assert "newly in the area: Taojiang County" in difference
    assert "no longer in the area: Anhua County" in difference
    assert "新的工艺。" in difference
    for day, version, place in ((yesterday, 1, "Anhua County"), (today, 2, "Taojiang County")):
        visitor.go(f"{here}?as_of={day}")
        of_day = " ".join(visitor.page.locator(".halves").first.inner_text().split())
        assert f"Requirements of the day Version {version}" in of_day
        assert f"Area of the day {place}" in of_day
    for day, taojiang, anhua in ((yesterday, "Blank", "Covered"), (today, "Covered", "Blank")):
        visitor.go(f"/en/coverage/hunan-51/?as_of={day}")
        assert answer(visitor, "Taojiang County") == taojiang
        assert answer(visitor, "Anhua County") == anhua
    assert list(journal.verify()) == []
    faults = faults_of_pages(browser, reviewer, approver, officer, another, visitor)
    assert not faults, "\n".join(faults)


def answer(visitor, county):
    """What the page of a list answers for a county."""
    row = visitor.page.locator("tr", has=visitor.page.locator("th", has_text=county))
    return row.locator("b.answer").inner_text()


def test_a_revocation_says_beforehand_what_stops_and_stops_it(browser, page, site, world):
    found = make_labels(world=world)
    batch = found.batch(100, active=(1, 50))
    code = code_of(batch, 1)
    reviewer, another = (Official(browser, site, name, world) for name in ("reviewer", "another_officer"))
    visitor = Visitor(browser, site, "visitor")
    visitor.go(f"/en/v/{code}/")
    assert "the authorisation is in force" in visitor.text()
    reviewer.go(f"/en/desk/cases/new/?kind=revocation&right={world.product.number}")
    reviewer.page.locator("main select[name='division']").select_option(value="430923")
    reviewer.press("^Begin the draft")
    reference = ProtectionCase.objects.get().reference
    reviewer.fill(ground="not_used", requester_kind="unit")
    reviewer.press("^Save and continue")
    reviewer.add_papers(reference)
    reviewer.step(reference, "request", text="No maker has used the name for three years.")

    another.go(f"/en/desk/cases/{reference}/")
    stops = another.page.locator("#stops").inner_text()
    assert re.search(r"end\s+1\s+Label batches that stop\s+1\s+Labels in them\s+100\s", stops), stops
    assert world.enterprise.name_zh in stops
    another.follow("/announce/revoke/")
    assert another.page.locator("#stops").inner_text() == stops
    another.fill(
        issuer="other", issuer_text="示例机关", number=7, text="示例机关公告第7号", reason="Nobody uses it."
    )
    another.press("^Look before you publish")
    another.press("^Publish, and end the protection")
    assert "/announcements/" in another.page.url

    visitor.go(f"/en/v/{code}/")
    assert "The protection of this product has ended" in visitor.text()
    visitor.go(f"/en/products/{world.product.number}/")
    assert "Its protection was ended." in visitor.text()
    assert "Nobody may use the special mark for this name any more." in visitor.text()
    visitor.go(f"/en/authorisations/{found.authorisation.reference}/")
    assert "Ended protection of the product has ended" in visitor.text()
    assert "the decision was made elsewhere" not in visitor.text()
    visitor.go("/en/announcements/")
    row = visitor.page.locator("tr", has_text="示例机关公告第7号")
    assert re.search(r"Revocation$", row.inner_text().strip(), re.IGNORECASE), row.inner_text()
    visitor.go("/en/coverage/hunan-51/")
    assert answer(visitor, "Anhua County") == "Blank"
    assert list(journal.verify()) == []
    faults = faults_of_pages(browser, reviewer, another, visitor)
    assert not faults, "\n".join(faults)
