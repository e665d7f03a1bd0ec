"""People at browsers of their own who play protection cases through; nobody's browser runs scripts.

Officials come signed in (signing in by keyboard is shown in test_application.py) and sit at a wide screen; the public
has a phone. Every page that somebody sees is remembered and looked at by axe afterwards.
"""

import re

from django.conf import settings
from django.utils import timezone

from tests.case_pages import signed_in
from tests.journeys.test_application import Person, a_pdf


class Visitor(Person):
    """Somebody of the public with a phone, who uses the keyboard where `type`, `tick` and `press` are called."""

    width = 390

    def __init__(self, browser, site, name):
        super().__init__(browser, site, name)
        self.page.set_viewport_size({"width": self.width, "height": 844})

    def look(self):
        """Remember where we are; nothing is wider than the window, and no page is an accident of the server."""
        path = re.sub("^https?://[^/]+", "", self.page.url).split("#")[0]
        if path not in self.seen:
            self.seen.append(path)
        assert self.page.evaluate("document.documentElement.scrollWidth") <= self.width, path

    def follow(self, address):
        """A link of the page's body, by a part of its address."""
        link = self.page.locator(f"main a[href*='{address}']").first
        assert link.count(), f"no link to {address} on {self.page.url}: {self.text()[:800]}"
        with self.page.expect_navigation():
            link.click()
        self.look()

    def faults(self):
        """The errors that the page names, to be read where a step did not go on."""
        return " | ".join(self.page.locator(".errorlist li, .notice-stop").all_inner_texts())

    def status_of(self, path):
        """What the server answers to an address: 200 or 404."""
        return self.context.request.get(self.site + path).status


class Official(Visitor):
    """An official of the world at the desk, who clicks."""

    width = 1280

    def __init__(self, browser, site, name, world):
        super().__init__(browser, site, name)
        key = signed_in(world, name).cookies[settings.SESSION_COOKIE_NAME].value
        self.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": key, "url": site}])

    def fill(self, **values):
        """Fields of the page's body by their names: typed, chosen by their words, or ticked by their value."""
        for name, value in values.items():
            field = self.page.locator(f"main [name='{name}']").first
            assert field.count(), f"no field {name} on {self.page.url}: {self.text()[:600]}"
            if field.evaluate("one => one.tagName") == "SELECT":
                field.select_option(label=value)
            elif field.get_attribute("type") in ("radio", "checkbox"):
                self.page.locator(f"main [name='{name}'][value='{value}']").check()
            else:
                field.fill(str(value))

    def press(self, words):
        """A button or link of the page's body with these words."""
        pattern = re.compile(words, re.IGNORECASE)
        target = self.page.locator("main button:not([aria-hidden]), main a").filter(has_text=pattern).first
        assert target.count(), f"no '{words}' on {self.page.url}: {self.text()[:800]}"
        with self.page.expect_navigation():
            target.click()
        self.look()

    def send(self):
        """The button of the last form of the page."""
        with self.page.expect_navigation():
            self.page.locator("main form button.btn").last.click()

    def step(self, reference, name, **words):
        """Take a step of a case on its page, which is reached from the page of the case."""
        self.go(f"/en/desk/cases/{reference}/")
        # What the whole form has to be complete for is sent from the last page of the form.
        page = "edit/check/" if name in ("submit", "request", "reply") else f"move/{name}/"
        self.follow(f"/cases/{reference}/{page}")
        self.fill(**words)
        self.send()
        self.look()
        assert self.page.url.endswith(f"/cases/{reference}/"), f"{name}: {self.faults()}"

    def announce(self, reference, step, number, **words):
        """Announce a step from the page of the case; returns what the preview said before it was published."""
        self.go(f"/en/desk/cases/{reference}/")
        self.follow(f"/announce/{step}/")
        self.fill(
            issuer="other", issuer_text="示例机关", number=number, text=f"示例机关公告第{number}号", **words
        )
        self.press("^Look before you publish")
        told = self.text()
        self.press("^Publish")
        assert "/announcements/" in self.page.url, self.faults()
        return told

    def add_papers(self, reference):
        """One document of every kind that is asked for: the form offers the next that is missing."""
        self.go(f"/en/desk/cases/{reference}/edit/papers/")
        while (kind := self.page.locator("main select[name='kind']").input_value()) != "other":
            self.page.locator("main input[type='file']").set_input_files(a_pdf(kind))
            self.press("^Add this document")

    def examine(self, reference, result="passed"):
        """Record the meeting of the experts."""
        self.go(f"/en/desk/cases/{reference}/")
        self.press("^Record the technical review")
        self.fill(held_on=timezone.localdate().isoformat(), experts="茶学\n食品科学", result=result,
                  opinion="Looked at and discussed.")  # fmt: skip
        self.press("^Put it into the case")

    def handle(self, objection, name, **words):
        """Take a step on an objection, reached from its page at the desk."""
        self.go(f"/en/desk/objections/{objection}/")
        self.follow(f"/objections/{objection}/{name}/")
        self.fill(**words)
        self.send()
        self.look()
        assert self.page.url.endswith(f"/objections/{objection}/"), f"{name}: {self.faults()}"


# Pages that were looked at, with ids for stars: those that say the same in every journey are looked at once.
_looked_at: set[str] = set()
ALWAYS = ("/desk/cases/*/", "/cases/*/", "/products/*/", "/announcements/*/")


def faults_of_pages(browser, *people):
    """What axe finds on the pages that people saw and can still open, in Chinese on a phone; and overflow in both."""
    from axe_playwright_python.sync_playwright import Axe

    faults = []
    for one in ALWAYS:
        _looked_at.discard(one)
    for person in people:
        context = browser.new_context(storage_state=person.context.storage_state(), locale="zh-CN")
        page = context.new_page()
        for path in dict.fromkeys(path.removeprefix("/en").split("?")[0] for path in person.seen):
            shape = re.sub("[A-Z]+[0-9]{3,}|[0-9]+", "*", path)
            if shape in _looked_at or page.goto(person.site + path).status >= 400:  # a step that is over
                continue
            _looked_at.add(shape)
            for width in (1280, 390):
                page.set_viewport_size({"width": width, "height": 900})
                if page.evaluate("document.documentElement.scrollWidth") > width:
                    faults.append(f"{person.name} {path}: wider than {width} px")
            for violation in Axe().run(page).response["violations"]:
                places = [node["target"] for node in violation["nodes"]][:3]
                faults.append(f"{person.name} {path}: {violation['id']} {places}")
        context.close()
        person.context.close()
    return faults
