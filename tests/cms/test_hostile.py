"""What hostile and unlucky people try on pages, followers, files and the worker; each has been possible once."""

import contextlib
import datetime
import io
import itertools
import json
import pathlib
import re
import socket
import threading
import time

import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from PIL import Image
from wagtail.images.tests.utils import get_test_image_file
from wagtail.models import Collection, Page, Revision
from wagtail.rich_text import RichText
from wagtail.test.utils.form_data import streamfield

from cms import chores, follow_facts, following, link_checks, page_work, reports, site_map, tasks
from cms.follow_words import new_name
from cms.models import (
    AnnouncementPage,
    Follow,
    LinkCheck,
    NewsPage,
    ProductPage,
    RegisterDocument,
    RegisterImage,
    SectionPage,
)
from cms.page_forms import unanswered
from cms.personal_data import Kind, find, found_in
from cms.picture_notes import without_notes
from products.models import Announcement
from tests import factories as make
from tests.cms import editors
from tests.cms.editors import again, news, policy

pytestmark = pytest.mark.django_db
ADDRESS = "reader@example.org"
DAY = datetime.timedelta(days=1)


@pytest.fixture
def site(monkeypatch):
    editors.as_wagtail_expects(monkeypatch)
    call_command("create_site", verbosity=0)


@pytest.fixture
def tea():
    mail.outbox = []
    return make.make_product(number=365, name_en="Anhua Dark Tea")


def ask(client, kind="product", key="365", email=ADDRESS):
    return client.post("/en/follow/", {"kind": kind, "key": key, "email": email})


def work():
    call_command("work", "--once", "--as-of", "2000-01-01")
    sent, mail.outbox[:] = list(mail.outbox), []
    return sent


# --- letters


def test_nobody_writes_to_strangers_in_the_name_of_the_register(client, tea):
    """A search can hold any words. What was typed goes to nobody who has not said that they typed it."""
    ask(client, "search", "q=You won! Visit evil.example&province=430000")
    (message,) = work()
    assert "evil" not in message.subject + message.body
    assert "search" in message.subject
    row = Follow.objects.get()
    following.confirm(row)
    ask(client, "search", "q=You won! Visit evil.example&province=430000")
    (again_asked,) = work()
    assert "evil" not in again_asked.subject + again_asked.body
    assert "evil.example" in follow_facts.line(row).name, "their own list shows them their words"


def test_an_address_is_written_in_letters_that_every_database_and_mail_server_takes(client, tea):
    for email in ("İ" * 150 + "@example.org", "ſomebody@example.org", "reader@" + "茶" * 63 + ".example"):
        assert ask(client, email=email).status_code == 200, email
    assert not Follow.objects.exists()
    assert ask(client, email="Somebody@Example.ORG").status_code == 302
    assert Follow.objects.get().email == "somebody@example.org"


def test_one_address_follows_a_limited_number_of_things(client, tea, monkeypatch):
    """A letter asks the register about each of them: one address must not occupy the worker for hours."""
    monkeypatch.setattr(following, "MOST", 3)
    for number in range(1, 5):
        make.make_product(number=number)
        row = Follow.objects.create(email=ADDRESS, kind="product", key=str(number), language="en", token=new_name())
        answer = client.post(reverse("cms:follow_confirm", args=[follow_facts.line(row).link]), follow=True)
    assert Follow.objects.filter(confirmed_at__isnull=False).count() == 3
    assert answer.status_code == 200
    assert "at most 3" in answer.text
    assert Follow.objects.filter(confirmed_at=None).count() == 1, "it can be confirmed once another one is ended"


# --- the worker


def test_what_kills_its_worker_is_not_tried_for_ever(tea):
    tasks.send_ask.enqueue(1)
    row = DBTaskResult.objects.get()
    for number in range(chores.MOST_TRIES + 2):
        if row.status == "READY":
            row.claim(f"worker {number}")
        DBTaskResult.objects.filter(pk=row.pk, status="RUNNING").update(started_at=timezone.now() - DAY)
        chores.take_up_again(timezone.now())
        row.refresh_from_db()
    assert row.status == "FAILED"
    assert len(row.worker_ids) == chores.MOST_TRIES


def test_one_page_that_cannot_be_published_hinders_no_other(site, monkeypatch, caplog):
    bad, good, over = news(None, title="bad"), news(None, title="good"), news(None, live=True)
    soon = timezone.now() + datetime.timedelta(seconds=1)
    for page in (bad, good):
        page.go_live_at = soon
        page.save_revision().publish()
    over.expire_at = soon
    over.save_revision().publish()
    publish = Revision.publish

    def failing(self, *args, **kwargs):
        if self.content["title"] == "bad":
            raise ValidationError("no")
        return publish(self, *args, **kwargs)

    monkeypatch.setattr(Revision, "publish", failing)
    time.sleep(1.1)
    chores.publish_scheduled()
    assert again(good).live
    assert not again(over).live
    assert not again(bad).live
    assert str(bad.pk) in caplog.text


# --- publishing


def test_a_quick_approval_asks_for_personal_data_too(client, site):
    """Approved from the list of what waits, without the form of the page."""
    writer, second, third = editors.editor(), editors.publisher(), editors.publisher()
    page = policy(writer)
    state = editors.submit(page, writer)
    editors.rewrite(page, second, intro="请致电13800138000")
    client.force_login(editors.make_rights_stale(third))
    task = state.current_task_state
    address = reverse("wagtailadmin_pages:workflow_action", args=[page.pk, "approve", task.pk])
    client.post(address, {"comment": ""})
    assert not again(page).live
    with pytest.raises(PermissionDenied, match="13800138000"):
        task.task.specific.on_action(task, third, "approve")
    editors.rewrite(page, second, personal_data_answer="made up for an example")
    task.task.specific.on_action(task, third, "approve")
    assert again(page).live


def test_the_api_of_the_editor_is_no_way_around_the_check(client, site):
    user = editors.publisher()
    page = news(user, intro="请致电13800138000")
    client.force_login(editors.make_rights_stale(user))
    for name in ("publish", "copy", "create_alias", "unpublish"):
        client.post(f"/cms/api/main/pages/{page.pk}/action/{name}/", {}, content_type="application/json")
    assert not again(page).live
    assert NewsPage.objects.filter(locale=page.locale).count() == 1


def test_translating_a_section_again_loses_no_page_below(site):
    """The English section was taken down with the Chinese one; what was translated below it stays."""
    user = editors.make_rights_stale(editors.publisher())
    parent = editors.home().add_child(instance=SectionPage(title="指南", slug="guides", locale=editors.home().locale))
    parent.save_revision().publish()
    english = parent.copy_for_translation(editors.home("en").locale, alias=True)
    act = policy(user, parent=parent, live=True)
    page_work.begin_translation(page=act, by=user)
    SectionPage.objects.get(pk=parent.pk).unpublish()
    kept = Page.objects.filter(locale__language_code="en").count()
    twin = page_work.begin_translation(page=again(parent), by=user)
    assert Page.objects.filter(locale__language_code="en").count() == kept
    assert twin.alias_of_id is None
    assert again(act).get_translations().count() == 1
    assert twin.pk == english.pk


def test_no_page_explains_what_was_made_up_for_demonstration(site):
    record = Announcement.objects.create(issuer="cnipa", number=9, text="演示公告", demonstration=True)
    page = AnnouncementPage(title="x", slug="x", announcement=record, locale=editors.home().locale)
    with pytest.raises(ValidationError, match=r"demonstration|演示"):
        page.clean()


@pytest.mark.parametrize(("slug", "taken"), [("products", True), ("en", True), ("log", True), ("tea-products", False)])
def test_no_page_takes_an_address_where_nobody_could_read_it(client, site, slug, taken):
    user = editors.publisher()
    client.force_login(editors.make_rights_stale(user))
    page = SectionPage(title="茶", slug=slug, locale=editors.home().locale)
    address = reverse("wagtailadmin_pages:add", args=["cms", "sectionpage", editors.home().pk])
    answer = client.post(address, editors.form_of(page, "publish"))
    assert answer.status_code == (200 if taken else 302)
    assert SectionPage.objects.filter(slug=slug).exists() is not taken


def publish_many(client, user, *pages):
    client.force_login(editors.make_rights_stale(user))
    address = reverse("wagtail_bulk_action", args=["wagtailcore", "page", "publish"])
    return client.post(f"{address}?{'&'.join(f'id={page.pk}' for page in pages)}&next=/cms/", follow=True)


def approve_quickly(client, user, page):
    client.force_login(editors.make_rights_stale(user))
    task = again(page).current_workflow_task_state
    return client.post(reverse("wagtailadmin_pages:workflow_action", args=[page.pk, "approve", task.pk]))


def test_a_draft_that_lacks_something_is_not_published_without_its_form(client, site):
    """A draft is stored without what is required, and nothing but its form would ask for it."""
    writer, other = editors.editor(), editors.publisher()
    picture = RegisterImage.objects.create(title="田", file=get_test_image_file(), credit="登记处")
    page, act = news(writer), policy(writer)
    silent = streamfield([("picture", {"image": picture.pk, "alt": "", "caption": ""})])
    assert editors.edit(client, writer, page, body=silent).status_code == 302
    assert editors.edit(client, writer, act, issuer="").status_code == 302
    for one in (page, act):
        editors.submit(one, writer)
    for one, field in ((page, "正文"), (act, "发布机关")):
        assert editors.is_refused(approve_quickly(client, other, one))
        assert field in publish_many(client, other, one).text
        assert not again(one).live
    assert editors.edit(client, editors.publisher(), act, issuer="局").status_code == 302
    assert approve_quickly(client, other, act).status_code == 302
    assert again(act).live, "the version that was submitted lacked something, the newest does not"


def test_a_second_text_about_a_record_is_not_published_without_its_form(client, site, tea):
    """Both were drafts when they were stored; a reader could not tell which of the two counts."""
    writer, other = editors.editor(), editors.publisher()
    parent = editors.section("stories")
    first, second = (
        parent.add_child(instance=ProductPage(title=name, slug=name, product=tea, locale=parent.locale, live=False))
        for name in ("first", "second")
    )
    for page in (first, second):
        page.save_revision(user=writer)
        editors.submit(page, writer)
    assert approve_quickly(client, other, first).status_code == 302
    assert editors.is_refused(approve_quickly(client, other, second))
    assert "“first”" in publish_many(client, other, second).text.replace("《", "“").replace("》", "”")
    assert (again(first).live, again(second).live) == (True, False)


# --- personal data

GAPS = [" ", "  ", " - ", "\u2014", "\u2212", "\n", "\t", "_", "/", "·", "\u2003", "\u30fb"]


@pytest.mark.parametrize("gap", GAPS)
def test_a_number_is_found_however_its_parts_are_kept_apart(gap):
    assert [finding.kind for finding in find(f"致电{gap.join(['138', '0013', '8000'])}。")] == [Kind.MOBILE]
    assert [finding.kind for finding in find(f"证{gap.join(['110105', '19491231', '002X'])}")] == [Kind.IDENTITY]


@pytest.mark.parametrize(
    "text",
    ["13800 138000", "138 00138000", "1 3 8 0 0 1 3 8 0 0 0", "(138) 0013-8000", "+86 (0) 138 0013 8000",
     "138-001-38000", "电话：010-6208 3114", "0571 8765 4321", "13800138000X"],
)  # fmt: skip
def test_a_telephone_number_is_found_however_it_is_grouped(text):
    assert len(find(text)) == 1


@pytest.mark.parametrize(
    "text",
    ["1998-10-12 110", "1949/10/01 1978", "1,380,013,800", "GB 19630-2019 1 38", "1991 1992 1993 1994",
     "1350 1360 1370 1380", "第138号、第139号、第140号", "13.5 14.5 15.5 16.5", "2008-06-24 / 2010-01-01",
     "1991—1995 1996—2000", "17.3 18.3\n19.3 15.3"],
)  # fmt: skip
def test_years_and_measures_are_no_telephone_numbers(text):
    assert find(text) == []


def test_numbers_in_addresses_of_links_and_pages_are_found():
    for address in ("TEL:+8613800138000", "tel:138%200013%208000", "sms:13800138000", "mailto:wang%2Exm%40example.org"):
        for mark in "'\"":
            assert found_in({"body": f"<a href={mark}{address}{mark}>x</a>"}), address
    assert found_in({"slug": "wang-13800138000"})
    assert not found_in({"slug": "2026-11-02-annual-report"})


def test_names_of_files_and_pictures_are_read(site):
    document = RegisterDocument.objects.create(title="表", file=ContentFile(b"x", name="wang-13800138000.pdf"))
    page = news(None)
    page.body = page.body.stream_block.to_python(
        [{"type": "files", "value": [{"type": "item", "value": {"document": document.pk, "note": ""}}]}]
    )
    assert [finding.text for finding in unanswered(page)] == ["13800138000"]
    document.title, document.file.name = "王 139 0013 8000", "documents/form.pdf"
    document.save()
    page.body = []
    page.intro = ""
    assert unanswered(page) == []
    linked = RichText(f'<p><a linktype="document" id="{document.pk}">x</a></p>')
    page.body = [("text", linked)]
    assert len(unanswered(page)) == 1


def test_whose_the_picture_of_a_story_is_is_read_too(site, tea):
    picture = RegisterImage.objects.create(title="田", file=get_test_image_file(), credit="王 139 0013 8000")
    story = ProductPage(title="故事", slug="story", product=tea, picture=picture, picture_alt="茶园")
    assert [finding.text for finding in unanswered(story)] == ["139 0013 8000"]


# --- pictures


def photograph(kind="JPEG"):
    """A picture as a phone makes it: with the place, the camera and its turn."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "Camera of Wang"
    exif.get_ifd(0x8825).update({1: "N", 2: (28.0, 22.0, 0.0), 3: "E", 4: (111.0, 13.0, 0.0)})
    target = io.BytesIO()
    Image.new("RGB", (60, 40), "#204030").save(target, kind, exif=exif.tobytes())
    return target.getvalue()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_where_and_with_what_a_picture_was_taken_is_not_kept(client, site, kind):
    user = editors.publisher()
    client.force_login(editors.make_rights_stale(user))
    name = f"field.{kind.lower()}"
    root = Collection.get_first_root_node()
    form = {"title": "田", "credit": "登记处", "licence": "", "tags": "", "collection": root.pk,
            "file": SimpleUploadedFile(name, photograph(kind), f"image/{kind.lower()}")}  # fmt: skip
    client.post(reverse("wagtailimages:add"), form)
    stored = RegisterImage.objects.get()
    with stored.file.open() as file:
        data = file.read()
    assert b"Camera of Wang" not in data
    assert dict(Image.open(io.BytesIO(data)).getexif()) == {}
    assert (stored.width, stored.height) == (40, 60), "it stands upright"
    assert stored.file_size == len(data)
    for spec in ("max-30x30", "max-30x30|format-webp", "max-30x30|format-jpeg"):
        with stored.get_rendition(spec).file.open() as file:
            assert b"Camera of Wang" not in file.read()


def test_nor_of_pictures_that_are_sent_together(client, site, settings):
    user = editors.publisher()
    client.force_login(editors.make_rights_stale(user))
    root = Collection.get_first_root_node()
    sent = SimpleUploadedFile("field.jpg", photograph(), "image/jpeg")
    answer = client.post(reverse("wagtailimages:add_multiple"), {"title": "田", "files[]": sent, "collection": root.pk})
    key = re.search(r"uploaded-image-(\d+)-", answer.json()["form"])[1]
    address = reverse("wagtailimages:create_multiple_from_uploaded_image", args=[key])
    more = {"title": "田", "credit": "登记处", "licence": "", "tags": "", "collection": root.pk}
    answer = client.post(address, {f"uploaded-image-{key}-{name}": value for name, value in more.items()})
    stored = RegisterImage.objects.get()
    assert stored.file.name.startswith("original_images/field"), stored.file.name
    for file in pathlib.Path(settings.MEDIA_ROOT).rglob("*.jpg"):
        assert b"Camera of Wang" not in file.read_bytes(), file
    assert (stored.width, stored.height) == (40, 60)


def test_a_picture_without_notes_stays_as_it_was():
    target = io.BytesIO()
    Image.new("RGB", (60, 40), "#204030").save(target, "JPEG", dpi=(72, 72))
    assert without_notes(target.getvalue()) == target.getvalue()


# --- the site map


def test_asking_for_files_that_are_not_there_costs_nothing(client, site, monkeypatch):
    assert client.get("/sitemap.xml").status_code == 200
    assert client.get("/sitemap-pages-1.xml").status_code == 200
    monkeypatch.setattr(site_map, "PARTS", dict.fromkeys(site_map.PARTS, lambda: pytest.fail("all pages were read")))
    for name in ("pages-2", "pages-0", "pages-99999999999999999999", "nothing-1"):
        assert client.get(f"/sitemap-{name}.xml").status_code == 404


# --- the check of links


@pytest.mark.parametrize(
    "address", ["::127.0.0.1", "64:ff9b::10.0.0.1", "2002:7f00:1::1", "fec0::1", "240.0.0.1", "::", "192.0.0.8"]
)
def test_addresses_that_lead_back_into_a_network_are_not_asked(address):
    assert not link_checks.is_public(address)


@pytest.fixture
def dripping(monkeypatch):
    """A server that sends one letter of its answer every tenth of a second and never ends."""
    monkeypatch.setattr(link_checks, "is_public", lambda address: True)
    monkeypatch.setattr(link_checks, "SECONDS", 1)
    listening = socket.create_server(("127.0.0.1", 0))
    ended = threading.Event()

    def serve():
        connection, _peer = listening.accept()
        with connection, contextlib.suppress(OSError):
            connection.recv(1000)
            for sign in itertools.chain("HTTP/1.1 200 OK\r\nX: ", itertools.repeat("x", 60)):
                connection.send(sign.encode())
                if ended.wait(0.1):
                    return

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
    ended.set()
    thread.join()
    listening.close()


def test_a_server_that_never_ends_its_answer_does_not_hold_the_worker(dripping):
    began = time.monotonic()
    assert link_checks.ask(dripping) == 0
    assert time.monotonic() - began < 3


def test_a_server_that_leads_on_to_nonsense_hinders_no_other_check(monkeypatch):
    monkeypatch.setattr(link_checks, "_once", lambda address: (302, "http://[nowhere"))
    assert link_checks.ask("https://x.example/") == 0


@pytest.mark.parametrize(
    ("href", "told"),
    [("//x.example/1", ("address", "https://x.example/1")), ("//[x", ("address", "https://[x")),
     ("http://127.0.0.1:8000//[x", ("own", "//[x"))],
)  # fmt: skip
def test_a_link_that_is_no_address_hides_no_other_broken_one(site, href, told):
    LinkCheck.objects.create(address=told[1], status=404, checked_at=timezone.now())
    news(None, live=True, body=[("text", RichText(f'<a href="{href}">a</a><a href="/no-such-page/">b</a>'))])
    found = [(row.link.kind, row.link.target) for row in reports.broken_links()]
    assert found == [told, ("own", "/no-such-page/")]


def test_an_address_with_chinese_letters_is_asked(monkeypatch):
    asked = []

    class Answering:
        def settimeout(self, seconds):
            pass

        def sendall(self, data):
            asked.append(data.decode("ascii"))

        def recv(self, size):
            return b"HTTP/1.1 200 OK\r\n\r\n"

        def close(self):
            pass

    monkeypatch.setattr(link_checks, "public_address", lambda host, port: "93.184.216.34")
    monkeypatch.setattr(link_checks.socket, "create_connection", lambda *args: Answering())
    assert link_checks.ask("http://zh.example.org/wiki/龙井茶?q=茶 %20") == 200
    assert asked[0].startswith("HEAD /wiki/%E9%BE%99%E4%BA%95%E8%8C%B6?q=%E8%8C%B6%20%20 HTTP/1.1")


# --- what editors type


@pytest.mark.parametrize("address", ["javascript:x", "JaVaScRiPt:x", "data:text/html,x", "\tjavascript:x"])
def test_a_text_leads_to_addresses_only(client, site, address):
    user = editors.publisher()
    page = news(user)
    entity = {"type": "LINK", "mutability": "MUTABLE", "data": {"url": address}}
    block = {"key": "a", "text": "<script>x</script>", "type": "unstyled", "depth": 0, "inlineStyleRanges": [],
             "entityRanges": [{"offset": 0, "length": 5, "key": 0}]}  # fmt: skip
    typed = json.dumps({"blocks": [block], "entityMap": {"0": entity}})
    for piece in (("text", typed), ("video", {"address": address, "title": "<script>x</script>", "text": "x"})):
        editors.edit(client, user, page, "publish", body=streamfield([piece]))
        if again(page).live:
            html = client.get(again(page).url).text
            assert "javascript:" not in html.lower()
            assert "data:text" not in html
            assert "<script>x" not in html
    assert again(page).live, "the text was published, without its link"
