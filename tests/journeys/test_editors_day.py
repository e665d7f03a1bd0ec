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
def server(monkeypatch, db):
    """A lock that every request takes: all share one connection to the database, and an editor's browser asks for
    several things at once. What waits for the end of the transaction is done when the request ends. A request that
    comes after the last step, as an open form sends by itself, is not answered."""
    lock, over, answer = threading.RLock(), threading.Event(), WSGIHandler.__call__

    def one_after_the_other(handler, environ, start_response):
        with lock:
            if over.is_set():
                start_response("503 Service Unavailable", [("Content-Length", "0")])
                return [b""]
            waiting = len(connection.run_on_commit)
            response = answer(handler, environ, start_response)
            for _savepoints, do, _robust in connection.run_on_commit[waiting:]:
                do()
            return response

    monkeypatch.setattr(WSGIHandler, "__call__", one_after_the_other)
    yield lock
    with lock:
        over.set()


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
        self.page.on("console", self._said)
        self.page.on("request", self._asked)

    def _asked(self, request):
        if not request.url.startswith((self.site, "data:", "blob:")):
            self.wrong.append(f"request to another host: {request.url}")

    def _said(self, message):
        if "Content Security Policy" in message.text:  # a script of the editor that its own policy stops
            self.wrong.append(message.text)

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
        self.page.wait_for_load_state("load")

    def title(self, title):
        """The title; of a new page the name in its address follows by itself."""
        self.page.fill("#id_title", title)
        self.page.press("#id_title", "End")  # letting go of a key makes it follow
        expect(self.page.locator("#id_slug")).not_to_have_value("")

    def write(self, text, at=0):
        """Put a text into a field of formatted text instead of what stands there."""
        field = self.page.locator(".public-DraftEditor-content").nth(at)
        field.click()
        self.page.keyboard.press("Control+A")
        self.page.keyboard.press("Delete")
        self.page.keyboard.type(text)
        stored = self.page.locator(f"input[name='body-{at}-value']")
        expect(stored).to_have_value(re.compile(re.escape(text)))  # it is kept a moment after it was typed

    def add_piece(self, name):
        """A further piece of the text, chosen by its name."""
        self.page.locator(".c-sf-add-button").last.click()
        self.page.locator(".w-combobox__option").filter(has_text=re.compile(f"^\\s*{name}\\s*$")).click()

    def window(self):
        """The window in which something is chosen."""
        return self.page.locator(".modal-content")

    def save(self):
        """Keep what was written as a draft."""
        with self.page.expect_navigation():
            self.page.locator("footer button.action-save").click()
        assert "/edit/" in self.page.url, self.told()

    def tab(self, name):
        self.page.get_by_role("tab", name=name).click()

    def menu(self):
        """Open the further buttons at the foot of the form."""
        self.page.wait_for_load_state("load")
        self.page.locator("footer button.w-dropdown__toggle:visible").click()
        expect(self.page.locator("footer .tippy-content")).to_be_visible()

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
            self.page.locator("button[data-workflow-action-name='approve']:visible").first.click()

    def told(self):
        """The messages on top."""
        said = self.page.locator(".messages, .w-field__errors, .error-message").all_inner_texts()
        return " | ".join(text.strip() for text in said if text.strip())


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
    visitor.press("确认")
    (asks,) = day.work()
    assert asks.to == [READER]
    assert "安化黑茶" in asks.subject
    visitor.go(urlsplit(re.search(r"https?://\S+/follow/confirm/\S+", asks.body)[0]).path)
    assert Follow.objects.get().confirmed_at is None, "the link alone confirms nothing"
    visitor.press("^是")
    assert Follow.objects.get().confirmed_at is not None
    assert "安化黑茶" in visitor.text()


def write_news(editor):
    """A piece of news with a picture and a product; what it says of a telephone must not go further."""
    page = editor.page
    editor.begin(editors.news_index(), "新闻稿")
    editor.title(TITLE)
    page.fill("#id_intro", "第一批茶叶已经采摘。")
    editor.add_piece("正文")
    editor.write(f"参观请联系王先生：{NUMBER}。")
    choose_product(editor)
    add_picture(editor)
    editor.save()


def choose_product(editor):
    """By the first letters of its reading."""
    page, window = editor.page, editor.window()
    page.locator("#id_products-ADD").click()
    page.locator("#id_products-0-product-chooser button[data-chooser-action-choose]").first.click()
    # The window takes the focus when it has come to rest; what was typed before would be lost.
    expect(page.locator(".modal:focus")).to_have_count(1)
    window.locator("input[name='q']").press_sequentially("ahhc")
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
    expect(
        window.locator(".error-message, .w-field__errors").filter(has_text=re.compile("\\S")).first
    ).to_be_visible()
    assert not RegisterImage.objects.exists()
    window.locator("input[name$='credit']").fill("安化县茶业办公室")
    window.locator("input[type='file']").set_input_files(a_picture())
    window.locator("form[enctype] button[type='submit']").click()
    expect(window).to_be_hidden()
    page.locator("input[name$='value-alt']").fill("雾中的梯田茶园")


def look_as_on_a_phone(editor):
    """The preview beside the form shows what was just written, as wide as a phone."""
    editor.page.locator("[data-side-panel-toggle='preview']").first.click()
    shown = editor.page.frame_locator("[data-side-panel='preview'] iframe#w-preview-iframe")
    expect(shown.locator("h1").first).to_have_text(TITLE)
    expect(shown.locator("main")).to_contain_text(NUMBER)
    assert shown.locator("html").evaluate("innerWidth") <= 400
    editor.page.locator("[data-side-panel-toggle='preview']").first.click()


def hand_in(editor):
    """Refused while the number stands there, with all that was written; then taken."""
    page = editor.page
    assert not editor.submit()
    assert NUMBER in editor.told()
    expect(page.locator("#id_title")).to_have_value(TITLE)
    expect(page.locator(".public-DraftEditor-content").first).to_contain_text(NUMBER)
    expect(page.locator("#id_products-0-product-chooser")).to_contain_text("安化黑茶")
    editor.write("参观请先预约。")
    assert editor.submit(), editor.told()


def translate(editor, news):
    """From the note above the form of the Chinese page to an English one that waits."""
    page = editor.page
    editor.go(f"/cms/pages/{news.pk}/edit/")
    page.locator("main a[href*='/register/translate/']").first.click()
    page.locator("main form button[type='submit']").click()
    expect(page.locator("#id_title")).to_have_value(TITLE)
    page.fill("#id_title", ENGLISH_TITLE)
    page.fill("#id_intro", "The first leaves are picked.")
    editor.write("Visits by appointment.")
    page.locator("input[name$='value-alt']").fill("Tea terraces in the mist")
    assert editor.submit(), editor.told()


def titles(visitor, path):
    """The entries of a feed."""
    answer = visitor.context.request.get(visitor.site + path)
    assert answer.ok, (path, answer.status)
    return [one.text for one in ElementTree.fromstring(answer.body()).iterfind(f"{ATOM}entry/{ATOM}title")]


def addresses_of_the_map(visitor):
    """Every address of the site map, part by part."""

    def read(address):
        answer = visitor.context.request.get(visitor.site + urlsplit(address).path)
        assert answer.ok, address
        return {urlsplit(one.text).path for one in ElementTree.fromstring(answer.body()).iter(f"{MAP}loc")}

    return set().union(*(read(part) for part in read("/sitemap.xml")))


def find_everywhere(visitor, path):
    """By the search, in the feeds and in the site map, in both languages."""
    for prefix, word, title in (("", "开园", TITLE), ("/en", "gardens", ENGLISH_TITLE)):
        visitor.go(f"{prefix}/search/?q={quote(word)}")
        assert title in visitor.text()
        assert visitor.page.locator(f"main a[href='{prefix}{path}']").count() == 1
        for feed in ("/news/feed.atom", "/products/365/feed.atom"):
            assert titles(visitor, prefix + feed).count(title) == 1, feed
    assert {path, f"/en{path}"} <= addresses_of_the_map(visitor)


def test_news_from_the_first_word_to_the_follower(day):
    visitor = day.visitor()
    follow_by_phone(day, visitor)
    editor, publisher = day.writer("editor", Role.EDITOR), day.writer("publisher", Role.PUBLISHER)
    write_news(editor)
    news = NewsPage.objects.get(title=TITLE, locale__language_code="zh-hans")
    path = f"/news/{quote(news.slug)}/"
    look_as_on_a_phone(editor)
    hand_in(editor)
    editor.go(f"/cms/pages/{news.pk}/edit/")
    assert editor.page.locator("[name='action-publish'], [data-workflow-action-name='approve']").count() == 0
    assert visitor.status_of(path) == 404, "an editor publishes nothing alone"

    publisher.approve(TITLE)
    visitor.go(path)
    assert TITLE in visitor.text()
    assert "参观请先预约" in visitor.text()
    assert NUMBER not in visitor.text()
    assert "安化县茶业办公室" in visitor.text(), "whose picture it is"
    assert visitor.page.locator("main img[alt='雾中的梯田茶园']").count() == 1
    visitor.follow("/products/365/")
    visitor.go("/en" + path)
    assert "This page is not translated yet; it is shown in Chinese." in visitor.text()
    assert visitor.page.locator("main [lang='zh-Hans'] h1, main h1[lang='zh-Hans']").inner_text() == TITLE
    assert f"/en{path}" not in addresses_of_the_map(visitor)

    translate(editor, news)
    visitor.go("/en" + path)
    assert ENGLISH_TITLE not in visitor.text(), "a translation waits for its publisher too"
    publisher.approve(ENGLISH_TITLE)
    visitor.go("/en" + path)
    assert ENGLISH_TITLE in visitor.text()
    assert "not translated yet" not in visitor.text()
    assert visitor.page.locator("main img[alt='Tea terraces in the mist']").count() == 1
    find_everywhere(visitor, path)
    read_and_end(day, visitor, path)
    rename(day, visitor, editor, publisher, news)


def read_and_end(day, visitor, path):
    """One letter with the news, one press that ends it, and none afterwards whatever happens."""
    (letter,) = day.work(days=2)
    assert letter.to == [READER]
    assert letter.body.count(TITLE) == 1
    assert visitor.site + path in letter.body
    assert letter.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    end = letter.extra_headers["List-Unsubscribe"].strip("<>")
    assert end.startswith(visitor.site)
    mail_program = day.browser.new_context()
    answer = mail_program.request.post(end, form={"List-Unsubscribe": "One-Click"})
    assert answer.status == 200
    mail_program.close()
    with day.server, transaction.atomic():
        subject = Subject("product", "365", "安化黑茶")
        journal.record(Event(EventType.PRODUCT_AMENDED, subject, {}), by=Actor.system("tests"))
    assert day.work(days=4) == []
    assert not Follow.objects.exists()


def rename(day, visitor, editor, publisher, news):
    """A new name in the address: who kept the old one still arrives. What the public saw has no fault for axe."""
    old = f"/news/{quote(news.slug)}/"
    editor.go(f"/cms/pages/{news.pk}/edit/")
    editor.tab("推荐")
    editor.page.fill("#id_slug", "tea-gardens-open")
    assert editor.submit(), editor.told()
    publisher.approve(TITLE)
    answer = visitor.context.request.get(visitor.site + old, max_redirects=0)
    assert answer.status == 301, answer.status
    visitor.go(old)
    assert visitor.page.url.endswith("/news/tea-gardens-open/")
    assert TITLE in visitor.text()
    faults = day.faults("/news/tea-gardens-open/", f"/en{old}", "/news/", f"/search/?q={quote('开园')}",
                        "/products/365/", "/follow/?kind=product&key=365")  # fmt: skip
    assert not faults, "\n".join(faults)


def test_a_rule_is_published_by_two_people(day):
    with day.server:
        section = editors.section("rules")
    visitor = day.visitor()
    writer, other = day.writer("writer", Role.PUBLISHER), day.writer("other", Role.PUBLISHER)
    writer.begin(section, "政策法规")
    page = writer.page
    writer.title(RULE)
    page.fill("#id_issuer", "某某局")
    writer.save()
    rule = PolicyPage.objects.get(title=RULE, locale__language_code="zh-hans")
    path = f"/rules/{quote(rule.slug)}/"
    writer.go(f"/cms/pages/{rule.pk}/edit/")
    expect(page.locator(".register-note").filter(has_text="发布员")).to_be_visible()  # why there is no button
    assert page.locator("[name='action-publish']").count() == 0
    assert writer.submit(), writer.told()
    writer.go("/cms/")
    writer.go(f"/cms/pages/{rule.pk}/edit/")
    assert page.locator("[name='action-publish'], [data-workflow-action-name='approve']").count() == 0
    assert visitor.status_of(path) == 404
    other.approve(RULE)
    visitor.go(path)
    assert RULE in visitor.text()
    assert "某某局" in visitor.text()
    visitor.go("/rules/")
    assert RULE in visitor.text()
    faults = day.faults(path, "/en" + path)
    assert not faults, "\n".join(faults)
