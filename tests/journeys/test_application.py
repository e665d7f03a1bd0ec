"""From sign-up to the certificate in a real browser: on a phone's width, without JavaScript, by keyboard alone.

Every page that the people of the journey see is then looked at by axe, in both widths and both languages.
"""

import io
import re
from urllib.parse import urlsplit

import pytest
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.core import mail
from django.core.cache import cache
from django.core.management import call_command

from enterprises.application_models import MarkApplication
from enterprises.models import Authorisation
from enterprises.papers import Line, Paper, render
from gi_registry import journal
from tests.case_world import PASSWORD, make_world

pytestmark = [pytest.mark.browser]
SECRET = "JBSWY3DPEHPK3PXP"
CODE = "52000000MA0000058M"  # of no real body
EMAIL, OWN_PASSWORD = "li@tea.example", "steep green hill 1958"
OFFICIALS = ("reviewer", "approver", "officer")


@pytest.fixture
def world(db):
    cache.clear()
    world = make_world()
    for name in OFFICIALS:
        TOTP.activate(world.people[name], SECRET)
    call_command("create_site", verbosity=0)
    return world


class Person:
    """Somebody at a browser of their own who uses the keyboard; remembers the pages seen."""

    MOST_TABS = 150

    def __init__(self, browser, site, name):
        self.context = browser.new_context(
            viewport={"width": 390, "height": 844}, java_script_enabled=False, locale="en-GB"
        )
        self.page, self.site, self.name, self.seen = self.context.new_page(), site, name, []
        self.page.set_default_timeout(15_000)

    def go(self, path):
        answer = self.page.goto(self.site + path)
        assert answer.status < 400, (path, answer.status)
        self.look()

    def look(self):
        """Remember where we are; nothing is wider than the phone."""
        path = urlsplit(self.page.url).path
        if path not in self.seen:
            self.seen.append(path)
        assert self.page.evaluate("document.documentElement.scrollWidth") <= 390, path

    def reach(self, selector):
        """Tab until the element has the focus, as somebody without a mouse does."""
        assert self.page.locator(selector).count(), f"{selector} is not on {self.page.url}: {self.text()}"
        for _press in range(self.MOST_TABS):
            if self.page.evaluate("selector => !!document.activeElement?.matches(selector)", selector):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"{selector} cannot be reached by keyboard on {self.page.url}")

    def type(self, name, text):
        self.reach(f"main [name='{name}']")
        self.page.keyboard.press("Control+A")
        self.page.keyboard.insert_text(text)

    def tick(self, selector):
        """A box or one of several; of radio buttons the keyboard reaches the group, arrows the others."""
        if self.page.locator(selector).first.get_attribute("type") == "radio":
            group = self.page.locator(selector).first.get_attribute("name")
            self.reach(f"main input[name='{group}']")
            for _press in range(30):
                if self.page.locator(selector).first.is_checked():
                    return
                self.page.keyboard.press("ArrowDown")
                self.page.keyboard.press("Space")
            raise AssertionError(selector)
        self.reach(selector)
        self.page.keyboard.press("Space")

    def choose(self, name, value):
        """An entry of a list, by typing what it says."""
        selector = f"main select[name='{name}']"
        self.reach(selector)
        self.page.keyboard.type(self.page.locator(f"{selector} option[value='{value}']").inner_text())
        assert self.page.locator(selector).input_value() == value

    def press(self, words):
        """A button or link of the page's body with these words."""
        pattern = re.compile(words, re.IGNORECASE)
        target = self.page.locator("main button, main a").filter(has_text=pattern).first
        assert target.count(), f"no '{words}' on {self.page.url}: {self.text()[:600]}"
        button = target.element_handle()
        for _press in range(self.MOST_TABS):
            if self.page.evaluate("element => element === document.activeElement", button):
                break
            self.page.keyboard.press("Tab")
        else:
            raise AssertionError(f"'{words}' cannot be reached by keyboard on {self.page.url}")
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")
        self.look()

    def text(self):
        return re.sub(r"\s+", " ", self.page.locator("main").inner_text())

    def sign_in(self, name, password, path):
        self.go(path)
        self.type("login", name)
        self.type("password", password)
        self.press("^Sign in")
        if self.name in OFFICIALS:
            counter = list(yield_hotp_counters_from_time())[1]
            self.type("code", format_hotp_value(hotp_value(SECRET, counter)))
            self.press("Sign in|Continue|Confirm")


def a_pdf(title):
    return {
        "name": f"{title}.pdf", "mimeType": "application/pdf",
        "buffer": render(Paper(title=title, number="1", date_text="", lines=[Line("a", "b")], demonstration=True)),
    }  # fmt: skip


def link_in_mail(pattern):
    return re.search(pattern, mail.outbox[-1].body)[0]


def apply(owner, site):
    """Sign up, confirm the address, fill the five steps and send."""
    owner.go("/en/account/signup/")
    typed = {"uscc": CODE.lower(), "name_zh": "示例茶叶协会", "email": EMAIL, "password1": OWN_PASSWORD}
    for name, text in typed.items():
        owner.type(name, text)
    owner.press("^(Sign up|Open)")
    owner.go(urlsplit(link_in_mail(r"https?://\S+/confirm-email/\S+")).path)
    owner.press("confirm")
    owner.go("/en/portal/")
    if "/begin/" in owner.page.url:
        owner.press("^Yes, begin")
    owner.go("/en/portal/applications/new/?product=365")
    owner.press("^(Start|Begin)")
    owner.tick("input[name='lawful_user'][value='1']")
    owner.press("Save and continue")
    owner.choose("division_0", "430923")
    owner.type("address_0", "Tea Road 1")
    owner.press("Save and continue")
    owner.type("varieties", "黑毛茶\n茯砖茶")
    owner.type("standard", "GB/T 32719")
    owner.type("yearly_output", "120")
    owner.choose("output_unit", "t")
    owner.press("Save and continue")
    for kind in ("application_form", "test_report"):
        owner.choose("kind", kind)
        owner.page.locator("main input[type='file']").set_input_files(a_pdf(kind))
        owner.press("^Add this document")
    owner.press("^Save and continue")
    owner.tick("input[name='declared']")
    owner.press("^Send the application")
    file = MarkApplication.objects.get(enterprise__uscc=CODE)
    assert file.reference in owner.text()
    return file.reference


def test_from_sign_up_to_the_certificate(browser, page, site, world):
    owner = Person(browser, site, "owner")
    reference = apply(owner, site)
    here, there = f"/en/portal/applications/{reference}/", f"/en/desk/files/{reference}/"

    reviewer = Person(browser, site, "reviewer")
    reviewer.sign_in("reviewer", PASSWORD, "/en/desk/")
    assert reference in reviewer.text()
    reviewer.go(there)
    reviewer.press("^Notify defects")
    reviewer.type("text", "The test report lacks a date.")
    reviewer.press("^(Notify|Send)")

    owner.go(here)
    assert "The test report lacks a date." in owner.text()
    owner.go(here + "documents/")
    owner.choose("kind", "test_report")
    owner.page.locator("main input[type='file']").set_input_files(a_pdf("dated"))
    owner.press("^Add this document")
    owner.go(here)
    owner.type("text", "Here it is with its date.")
    owner.press("^Send the reply")

    reviewer.go(there)
    for words in ("^Accept", "^Start the first review"):
        reviewer.press(words)
        reviewer.press(words)
    site_check = MarkApplication.objects.get(reference=reference).sites.get()
    reviewer.go(f"{there}sites/{site_check.pk}/")
    reviewer.tick("input[name='result'][value='inside']")
    reviewer.type("findings", "Buildings and records in order.")
    day = reviewer.page.locator("input[name='checked_on']")
    if not day.input_value():
        day.fill(world_today())
    reviewer.press("Put it into the file")
    reviewer.press("^Finish the first review")
    reviewer.type("text", "Fit to use the mark.")
    reviewer.press("^Finish the first review")

    approver = Person(browser, site, "approver")
    approver.sign_in("approver", PASSWORD, "/en/desk/")
    approver.go(there)
    approver.press("^Approve")
    approver.type("text", "Everything is in order.")
    approver.press("^Approve")

    officer = Person(browser, site, "officer")
    officer.sign_in("officer", PASSWORD, "/en/desk/announcements/")
    officer.tick("main input[name='files']")
    officer.tick("main input[name='issuer'][value='other']")
    officer.type("issuer_text", "示例机关")
    officer.type("number", "1")
    officer.type("text", "示例公告第1号")
    officer.press("Look before you publish")
    officer.press("^Publish")
    assert "/announcements/" in officer.page.url

    authorisation = Authorisation.objects.get(enterprise__uscc=CODE)
    visitor = Person(browser, site, "visitor")
    visitor.go(f"/en/enterprises/{CODE}/")
    visitor.go(f"/en/authorisations/{authorisation.reference}/")
    assert "holds an authorisation of this enterprise" in visitor.text()
    certificate = visitor.context.request.get(f"{site}/en/authorisations/{authorisation.reference}/certificate.pdf")
    assert certificate.headers["content-type"] == "application/pdf"
    assert io.BytesIO(certificate.body()).read(5) == b"%PDF-"
    owner.go("/en/portal/")
    assert authorisation.reference in owner.page.content()
    assert list(journal.verify()) == []

    faults = []
    for person in (owner, reviewer, approver, officer, visitor):
        faults += looked_at(browser, person)
        person.context.close()
    assert not faults, "\n".join(faults)


def world_today():
    from django.utils import timezone

    return timezone.localdate().isoformat()


def looked_at(browser, person):
    """What axe finds on the pages that a person saw and can still open."""
    from axe_playwright_python.sync_playwright import Axe

    context = browser.new_context(storage_state=person.context.storage_state(), locale="zh-CN")
    page, faults = context.new_page(), []
    for path in person.seen:
        for address in (path, path.removeprefix("/en")):
            answer = page.goto(person.site + address)
            if answer.status >= 400:  # a step that is over
                continue
            for width in (390, 1280):
                page.set_viewport_size({"width": width, "height": 900})
                if page.evaluate("document.documentElement.scrollWidth") > width:
                    faults.append(f"{address}: wider than {width} px")
            for violation in Axe().run(page).response["violations"]:
                places = [node["target"] for node in violation["nodes"]][:3]
                faults.append(f"{person.name} {address}: {violation['id']} {places}")
    context.close()
    return faults
