"""An editor's day in a real browser: news from the first word to the letter that a follower reads, and a rule.

The editor and the publishers sit at a wide screen with the Chinese interface and use mouse and keys; the public has a
phone without scripts. Everybody has a browser of their own, and the server is the real one.
"""

import contextlib
import datetime
import io
import re
import threading
from urllib.parse import quote, urlsplit
from xml.etree import ElementTree

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from axe_playwright_python.sync_playwright import Axe
from django.core import mail
from django.core.handlers.wsgi import WSGIHandler
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone
from PIL import Image
from playwright.sync_api import expect

from cms.management.commands import work
from cms.models import Follow, NewsPage, PolicyPage, RegisterImage
from gi_registry import journal, staff
from gi_registry.event_types import EventType
from gi_registry.journal import Actor, Event, Subject
from gi_registry.models import User
from gi_registry.roles import Role
from tests import factories as make
from tests.case_world import PASSWORD
from tests.cms import editors
from tests.journeys.case_people import Visitor
from tests.journeys.test_application import SECRET, Person

pytestmark = [pytest.mark.browser]
READER = "reader@example.org"
NUMBER = "13800138000"  # of nobody
TITLE, ENGLISH_TITLE = "安化黑茶今年开园", "Anhua opens its tea gardens"
RULE = "某某地理标志保护办法"
ATOM = "{http://www.w3.org/2005/Atom}"
MAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


# --- The site


@pytest.fixture
def server(monkeypatch):
    """A lock that every request takes: all share one connection to the database, and an editor's browser asks for
    several things at once. What waits for the end of the transaction is done when the request ends."""
    lock, answer = threading.RLock(), WSGIHandler.__call__

    def one_after_the_other(handler, environ, start_response):
        with lock:
            waiting = len(connection.run_on_commit)
            response = answer(handler, environ, start_response)
            for _savepoints, do, _robust in connection.run_on_commit[waiting:]:
                do()
            return response

    monkeypatch.setattr(WSGIHandler, "__call__", one_after_the_other)
    return lock


@pytest.fixture
def day(browser, server, site, monkeypatch):
    """The people of a day, and the site they meet on."""
    editors.as_wagtail_expects(monkeypatch)
    monkeypatch.setattr(work, "night_of", lambda now: None)  # no links are checked, whatever hour it is
    mail.outbox = []
    province, _prefecture, county, _other = make.make_hunan()
    tea = make.make_product(number=365, province=province, name_en="Anhua Dark Tea")
    make.make_area(tea.rights.get(), county)
    make.make_product("安吉白茶", number=2, name_pinyin="Anji Baicha")
    call_command("create_site", verbosity=0)
    with contextlib.ExitStack() as leaving:
        yield Day(browser, site, server, leaving)


class Day:
    """Who takes part."""

    def __init__(self, browser, site, server, leaving):
        self.browser, self.site, self.server, self.leaving = browser, site, server, leaving

    def visitor(self):
        """Somebody of the public."""
        visitor = Visitor(self.browser, self.site, "visitor")
        self.leaving.callback(visitor.context.close)
        return visitor

    def writer(self, name, role):
        """Somebody of the editors, signed in by hand."""
        with self.server:
            user = User.objects.create_user(name, password=PASSWORD)
            staff.assign_role(user=user, role=role, by=Actor.system("test"), on=make.LONG_AGO)
            TOTP.activate(user, SECRET)
        writer = Writer(self.browser, self.site, name)
        self.leaving.callback(writer.leave)
        writer.sign_in()
        return writer

    def work(self, days=0):
        """The worker goes once through what is due, so many days from today; what it sends."""
        mail.outbox = []
        later = timezone.localtime() + datetime.timedelta(days=days)
        with self.server:
            call_command("work", once=True, as_of=later.strftime("%Y-%m-%dT%H:%M") if days else None)
        return list(mail.outbox)

    def faults(self, *addresses):
        """What axe finds on public pages on a phone."""
        context = self.browser.new_context(viewport={"width": 390, "height": 844}, locale="zh-CN")
        page, faults = context.new_page(), []
        for address in addresses:
            assert page.goto(self.site + address).status == 200, address
            if page.evaluate("document.documentElement.scrollWidth") > 390:
                faults.append(f"{address}: wider than the phone")
            for violation in Axe().run(page).response["violations"]:
                places = [node["target"] for node in violation["nodes"]][:3]
                faults.append(f"{address}: {violation['id']} {places}")
        context.close()
        return faults


# --- People


class Writer(Person):
    """Somebody who writes or publishes pages, with mouse and keys. Script errors and strange requests are faults."""

    def __init__(self, browser, site, name):
        self.context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="zh-CN")
        self.page, self.site, self.name, self.seen, self.wrong = self.context.new_page(), site, name, [], []
        self.page.set_default_timeout(15_000)
        self.page.on("pageerror", lambda error: self.wrong.append(f"script error: {error}"))
        self.page.on("request", self._asked)

    def _asked(self, request):
        if not request.url.startswith((self.site, "data:", "blob:")):
            self.wrong.append(f"request to another host: {request.url}")

    def leave(self):
        self.context.close()
        assert not self.wrong, self.wrong

    def look(self):
        """The editor's own screens are looked at elsewhere; that no page is an accident is seen in `go`."""

    def sign_in(self):
        """By the register's own page, with password and one-time code, and back to where one wanted to go."""
        super().go("/cms/")
        self.page.fill("main [name='login']", self.name)
        self.page.fill("main [name='password']", PASSWORD)
        self.page.locator("main form button[type='submit']").first.click()
        self.page.fill("main [name='code']", one_time_code())
        self.page.locator("main form button[type='submit']").first.click()
        expect(self.page).to_have_url(f"{self.site}/cms/")

    # --- the form of a page

    def begin(self, parent, kind):
        """A new page of a kind below another, by the words of the menus."""
        self.go(f"/cms/pages/{parent.pk}/")
        self.page.locator("header a[href*='/add_subpage/'], header a[href*='/pages/add/']").first.click()
        choice = self.page.locator("main a").filter(has_text=kind)
        expect(choice.or_(self.page.locator("#id_title")).first).to_be_visible()
        if choice.count():
            choice.first.click()
        expect(self.page.locator("#id_title")).to_be_visible()

    def write(self, text, at=0):
        """Put a text into a field of formatted text instead of what stands there."""
        field = self.page.locator(".public-DraftEditor-content").nth(at)
        field.click()
        self.page.keyboard.press("Control+A")
        self.page.keyboard.press("Delete")
        self.page.keyboard.type(text)
        expect(field).to_have_text(text)

    def add_piece(self, name):
        """A further piece of the text, chosen by its name."""
        self.page.locator(".c-sf-add-button").last.click()
        self.page.locator(".w-combobox__option").filter(has_text=re.compile(f"^\\s*{name}\\s*$")).click()

    def window(self):
        """The window in which something is chosen."""
        return self.page.locator(".modal-content")

    def saved(self):
        """Wait until the page has stored by itself what was written."""
        expect(self.page.locator("#w-autosave-indicator")).to_have_attribute("data-w-autosave-state-value", "saved")

    def tab(self, name):
        self.page.get_by_role("tab", name=name).click()

    def menu(self):
        """The words of the buttons at the foot of the form; the menu is open afterwards."""
        toggle = self.page.locator("footer button.w-dropdown__toggle:visible")
        if toggle.get_attribute("aria-expanded") != "true":
            toggle.click()
        expect(self.page.locator("footer [data-w-dropdown-target='content'], footer .tippy-content").first).to_be_visible()
        return self.page.locator("footer").inner_text()

    def submit(self):
        """Hand the page in for approval; whether it went."""
        self.menu()
        with self.page.expect_navigation():
            self.page.locator("button[name='action-submit']").click()
        return "/edit/" not in self.page.url

    def approve(self, title):
        """Find what waits on one's first page, read it, approve it."""
        self.go("/cms/")
        self.page.locator("main a").filter(has_text=title).first.click()
        expect(self.page.locator("#id_title")).to_be_visible()
        self.menu()
        with self.page.expect_navigation():
            self.page.locator("button[data-workflow-action-name='approve']:visible").click()

    def told(self):
        """The messages on top."""
        return " ".join(self.page.locator(".messages").all_inner_texts())


def one_time_code():
    from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time

    return format_hotp_value(hotp_value(SECRET, list(yield_hotp_counters_from_time())[1]))


def a_picture():
    buffer = io.BytesIO()
    Image.new("RGB", (1200, 800), "#4a6b4f").save(buffer, "JPEG")
    return {"name": "garden.jpg", "mimeType": "image/jpeg", "buffer": buffer.getvalue()}


# --- The day


def follow_by_phone(day, visitor):
    """On the record page of a product by keyboard; the letter that asks, and the button that it leads to."""
    visitor.go("/products/365/")
    visitor.type("email", READER)
    visitor.press("^发给我一个确认链接|确认")
    assert day.work(days=2) != []
    (asks,) = [letter for letter in mail.outbox if letter.to == [READER]]
    assert "安化黑茶" in asks.subject
    visitor.go(urlsplit(re.search(r"https?://\S+/confirm/\S*|https?://\S+", asks.body.split("\n\n")[2])[0]).path)
    assert Follow.objects.get().confirmed_at is None, "the link alone confirms nothing"
    visitor.press("^是")
    assert Follow.objects.get().confirmed_at is not None
    assert "安化黑茶" in visitor.text()


def write_news(editor):
    """A piece of news with a picture and a product; what it says of a telephone must not go further."""
    page = editor.page
    editor.begin(editors.news_index(), "新闻稿")
    page.fill("#id_title", TITLE)
    page.fill("#id_intro", "第一批茶叶已经采摘。")
    editor.add_piece("正文")
    editor.write(f"参观请联系王先生：{NUMBER}。")
    choose_product(editor)
    add_picture(editor)
    editor.saved()


def choose_product(editor):
    """By the first letters of its reading."""
    page, window = editor.page, editor.window()
    page.locator("#id_products-ADD").click()
    page.locator("#id_products-0-product-chooser button[data-chooser-action-choose]").first.click()
    asked = window.locator("input[name='q']")
    asked.click()  # waits until the window stands still
    asked.press_sequentially("ahhc")
    expect(window.locator("a[data-chooser-modal-choice]")).to_have_count(1)
    window.locator("a[data-chooser-modal-choice]").click()
    expect(page.locator("#id_products-0-product-chooser")).to_contain_text("安化黑茶 (365, 湖南省)")


def add_picture(editor):
    """One picture from the editor's own disk; none is taken without saying whose it is."""
    page, window = editor.page, editor.window()
    editor.add_piece("图片")
    page.locator("button[data-chooser-action-choose]").filter(has_text="图").last.click()
    window.get_by_role("tab").nth(1).click()
    window.locator("input[type='file']").set_input_files(a_picture())
    window.locator("input[name$='title']").fill("茶园")
    window.locator("form[enctype] button[type='submit']").click()
    expect(window.locator(".error-message, .w-field__errors").filter(has_text=re.compile("\\S")).first).to_be_visible()
    assert not RegisterImage.objects.exists()
    window.locator("input[name$='credit']").fill("安化县茶业办公室")
    window.locator("input[type='file']").set_input_files(a_picture())
    window.locator("form[enctype] button[type='submit']").click()
    expect(window).to_be_hidden()
    page.locator("input[name$='value-alt']").fill("雾中的梯田茶园")


def test_news_from_the_first_word_to_the_follower(day):
    visitor = day.visitor()
    follow_by_phone(day, visitor)
    editor = day.writer("editor", Role.EDITOR)
    write_news(editor)
    news = NewsPage.objects.get(title=TITLE)
    path = f"/news/{news.slug}/"
