"""Reports of the page editor and the calendar: what is broken, unused or due is told, to those who write pages."""

import datetime
import http.server
import threading

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone
from wagtail.images.tests.utils import get_test_image_file
from wagtail.rich_text import RichText

from cms import link_checks, publishing_calendar, reports
from cms.links import Link, links_in
from cms.models import LinkCheck, RegisterDocument, RegisterImage
from gi_registry.roles import Role
from tests.cms import editors
from tests.cms.editors import again, news, policy, submit
from tests.factories import make_product

pytestmark = pytest.mark.django_db
ADDRESSES = ["register_translations", "register_broken_links", "register_unused_images", "register_unused_files"]


@pytest.fixture(autouse=True)
def _site(monkeypatch):
    editors.as_wagtail_expects(monkeypatch)
    call_command("create_site", verbosity=0)


def text(words):
    return ("text", RichText(words))


def published(*pieces, **more):
    return news(None, live=True, body=list(pieces), **more)


def broken():
    return [(row.link.kind, row.link.target) for row in reports.broken_links()]


# --- links ---


def test_links_of_a_page_are_read_from_fields_texts_and_pieces():
    body = (
        '[{"type": "text", "value": "<p><a href=\\"https://a.example/x?a=1&amp;b=2\\">a</a> '
        '<a linktype=\\"page\\" id=\\"7\\">b</a> <a linktype=\\"document\\" id=\\"8\\">c</a> '
        '<a href=\\"/products/1/\\">d</a> <a href=\\"https://own.example/en/\\">e</a> '
        '<a href=\\"mailto:a@b.c\\">f</a></p>"},'
        '{"type": "products", "value": {"products": [{"type": "item", "value": 5}], "province": 6, "limit": 9}},'
        '{"type": "video", "value": {"address": "https://v.example/1"}},'
        '{"type": "gallery", "value": [{"type": "item", "value": {"image": 3, "alt": "x"}}]}]'
    )
    found = links_in({"source": "https://law.example/1", "body": body, "intro": "no link"}, {"own.example"})
    assert set(found) == {
        Link("address", "https://law.example/1"), Link("address", "https://a.example/x?a=1&b=2"), Link("page", "7"),
        Link("document", "8"), Link("own", "/products/1/"), Link("own", "/en/"), Link("product", "5"),
        Link("province", "6"), Link("address", "https://v.example/1"), Link("image", "3"),
    }  # fmt: skip


def test_own_links_are_broken_when_what_they_name_is_gone():
    product = make_product(number=41)
    there, draft = published(), news(None)
    page = published(
        text(
            f'<p><a linktype="page" id="{there.pk}">a</a><a linktype="page" id="{draft.pk}">b</a>'
            '<a linktype="page" id="999">c</a><a linktype="document" id="998">d</a>'
            f'<a href="/products/{product.number}/">e</a><a href="/products/997/">f</a>'
            f'<a href="{again(there).url}">g</a><a href="/no-such-page/">h</a><a href="/en/products/41/">i</a>'
            '<a href="/enterprises/X999/">j</a><a href="/en/news/">k</a><a href="/">l</a></p>'
        ),
        ("products", {"products": [product, None], "limit": 6}),
    )
    assert broken() == [
        ("page", str(draft.pk)), ("page", "999"), ("document", "998"), ("own", "/products/997/"),
        ("own", "/no-such-page/"), ("own", "/enterprises/X999/"),
    ]  # fmt: skip
    assert {row.page.pk for row in reports.broken_links()} == {page.pk}


def test_links_of_drafts_are_not_reported():
    news(None, body=[text('<p><a linktype="page" id="999">c</a></p>')])
    assert broken() == []


def test_addresses_elsewhere_are_told_by_their_last_answer():
    published(text("".join(f'<a href="https://x.example/{number}">x</a>' for number in (200, 404, 0, 403, 999))))
    moment = timezone.now()
    for status in (200, 404, 0, 403):
        LinkCheck.objects.create(address=f"https://x.example/{status}", status=status, checked_at=moment)
    assert broken() == [("address", "https://x.example/404"), ("address", "https://x.example/0")]
    assert {row.checked_at for row in reports.broken_links()} == {moment}


@pytest.mark.parametrize("number", [1, 3])
def test_broken_links_take_the_same_queries_for_any_number_of_pages(django_assert_num_queries, number):
    for _ in range(number):
        published(text('<a linktype="page" id="999">a</a><a href="https://x.example/1">b</a>'))
    reports.broken_links()
    with django_assert_num_queries(7):
        assert len(reports.broken_links()) == number


# --- asking addresses ---


@pytest.fixture
def server():
    """A server on this machine that answers with the status in the path; "/to/…" leads on, "/get" wants no HEAD."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def answer(self):
            path = self.path.split("?")[0]
            if path.startswith("/to/"):
                self.send_response(302)
                self.send_header("Location", "/" + path.removeprefix("/to/"))
            elif path == "/loop":
                self.send_response(301)
                self.send_header("Location", "/loop")
            elif path == "/get":
                self.send_response(405 if self.command == "HEAD" else 200)
            else:
                self.send_response(int(path.strip("/") or 200))
            self.end_headers()

        do_GET = do_HEAD = answer

        def log_message(self, *args):
            pass

    made = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=made.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{made.server_port}"
    made.shutdown()
    made.server_close()


@pytest.fixture
def _everywhere(monkeypatch):
    monkeypatch.setattr(link_checks, "is_public", lambda address: True)


@pytest.mark.usefixtures("_everywhere")
def test_an_address_is_asked_and_followed(server):
    for path, status in (("/200", 200), ("/404", 404), ("/to/200", 200), ("/to/to/410", 410), ("/get", 200)):
        assert link_checks.ask(server + path) == status, path
    assert link_checks.ask(server + "/loop") == 0
    assert link_checks.ask("http://127.0.0.1:1/") == 0


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1/", "http://localhost/", "http://[::1]/", "http://0.0.0.0/", "ftp://example.org/",
        "file:///etc/passwd", "http://user:secret@127.0.0.1/", "http:///", "http://127.0.0.1:99999/", "nonsense",
    ],
)  # fmt: skip
def test_the_own_network_is_never_asked(address, monkeypatch):
    def asked(*args, **kwargs):
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(link_checks.socket, "create_connection", asked)
    assert link_checks.ask(address) == 0


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True), ("2606:2800:220:1::1", True), ("10.0.0.1", False), ("192.168.1.1", False),
        ("172.16.0.1", False), ("169.254.169.254", False), ("127.0.0.1", False), ("::ffff:127.0.0.1", False),
        ("fe80::1%eth0", False), ("fd00::1", False), ("224.0.0.1", False), ("100.64.0.1", False), ("0.0.0.0", False),
    ],
)  # fmt: skip
def test_which_addresses_are_public(address, public):
    assert link_checks.is_public(address) is public


def test_a_redirect_into_the_own_network_is_not_followed(server, monkeypatch):
    real = link_checks.is_public
    calls = []

    def first_only(address):
        calls.append(address)
        return len(calls) == 1 or real(address)

    monkeypatch.setattr(link_checks, "is_public", first_only)
    assert link_checks.ask(server + "/to/200") == 0


def test_a_host_with_one_private_address_is_not_asked(monkeypatch):
    rows = [(0, 0, 0, "", (address, 80)) for address in ("93.184.216.34", "10.0.0.1")]
    monkeypatch.setattr(link_checks.socket, "getaddrinfo", lambda *args, **kwargs: rows)
    with pytest.raises(ValueError, match="public internet"):
        link_checks.public_address("two.example", 80)


def test_answers_are_stored_oldest_first_and_forgotten_with_their_link(monkeypatch):
    page = published(text("".join(f'<a href="https://x.example/{name}">x</a>' for name in "abc")))
    asked = []
    monkeypatch.setattr(link_checks, "ask", lambda address: asked.append(address[-1]) or 200)
    long_ago = timezone.now() - datetime.timedelta(days=30)
    LinkCheck.objects.create(address="https://x.example/a", status=404, checked_at=long_ago)
    LinkCheck.objects.create(address="https://x.example/gone", status=404, checked_at=long_ago)
    assert link_checks.check_links(2) == 2
    assert asked == ["b", "c"]
    assert link_checks.check_links(2) == 1
    assert asked == ["b", "c", "a"]
    assert link_checks.check_links(2) == 0
    assert set(LinkCheck.objects.values_list("address", "status")) == {(f"https://x.example/{n}", 200) for n in "abc"}
    again(page).unpublish()
    link_checks.check_links()
    assert not LinkCheck.objects.exists()


# --- pictures and files that nothing uses ---


def test_unused_pictures_and_files():
    used, unused = (
        RegisterImage.objects.create(title=name, file=get_test_image_file(), credit="x") for name in ("用", "不用")
    )
    file, spare = (
        RegisterDocument.objects.create(title=name, file=SimpleUploadedFile("a.txt", b"a")) for name in ("用", "不用")
    )
    published(
        ("picture", {"image": used, "alt": "x", "caption": ""}),
        text(f'<p><a linktype="document" id="{file.pk}">x</a></p>'),
    )
    assert list(reports.unused_images()) == [unused]
    assert list(reports.unused_files()) == [spare]


# --- the pages ---


@pytest.mark.parametrize("name", ADDRESSES)
def test_reports_open_for_writers_in_pages_and_as_a_table(client, name):
    for number in range(60):
        RegisterImage.objects.create(title=f"图{number}", file="x.png", width=1, height=1, credit="x")
    published(text('<a linktype="page" id="999">a</a>'), title="有断链的新闻")
    client.force_login(editors.editor())
    assert client.get(reverse(name)).status_code == 200
    assert client.get(reverse(f"{name}_results"), {"p": 2}).status_code == 200
    table = client.get(reverse(name), {"export": "csv"})
    assert table["Content-Type"] == "text/csv"
    lines = b"".join(table.streaming_content).decode().splitlines()
    rows = {"register_unused_images": 60, "register_unused_files": 0, "register_translations": 3}
    assert len(lines) == 1 + rows.get(name, 1)
    assert client.get(reverse(name), {"export": "xlsx"}).status_code == 200


def test_the_list_of_translations_can_be_narrowed(client):
    published(title="未译的新闻")
    client.force_login(editors.editor())
    html = client.get(reverse("register_translations_results"), {"translation": "missing"}).text
    assert "未译的新闻" in html
    assert "地理标志产品登记簿" not in html


def test_the_menu_leads_to_reports_and_calendar(client):
    client.force_login(editors.editor())
    html = client.get(reverse("wagtailadmin_home")).text
    for name in [*ADDRESSES, "register_calendar"]:
        assert reverse(name) in html


@pytest.mark.parametrize("name", [*ADDRESSES, "register_calendar"])
def test_nobody_else_sees_them(client, name):
    client.force_login(editors.make_user(Role.AUDITOR))
    assert client.get(reverse(name)).status_code == 302
    guest = editors.make_user()
    guest.user_permissions.add(editors.group("Editors").permissions.get(codename="access_admin"))
    client.force_login(editors.make_rights_stale(guest))
    assert editors.is_refused(client.get(reverse(name)))


# --- the calendar ---


def test_the_calendar_tells_by_week_what_goes_live_expires_and_waits(client):
    monday = timezone.localtime().replace(hour=9, minute=0, second=0, microsecond=0) + datetime.timedelta(days=7)
    monday -= datetime.timedelta(days=monday.weekday())
    writer = editors.editor()
    live = news(writer, title="将上线", go_live_at=monday)
    again(live).get_latest_revision().publish()
    news(writer, title="只是打算", go_live_at=monday + datetime.timedelta(days=6))
    news(writer, live=True, title="将下线", expire_at=monday + datetime.timedelta(days=7))
    late = news(writer, title="迟了", go_live_at=monday)
    again(late).get_latest_revision().publish()
    again(late).revisions.update(approved_go_live_at=timezone.now() - datetime.timedelta(hours=1))
    waits = policy(writer, title="待审核", go_live_at=monday + datetime.timedelta(days=1))
    submit(waits, writer)
    editors.rewrite(waits, writer, go_live_at=monday)  # the newest version is the one that is approved
    weeks = publishing_calendar.weeks()
    told = {
        (week.monday, entry.page.title, str(entry.kind), entry.is_late) for week in weeks for entry in week.entries
    }
    first, second = monday.date(), monday.date() + datetime.timedelta(days=7)
    today = timezone.localdate(timezone.now() - datetime.timedelta(hours=1))
    assert told == {
        (first, "将上线", "goes_live", False), (first, "只是打算", "planned", False),
        (first, "待审核", "planned", False), (second, "将下线", "expires", False),
        (today - datetime.timedelta(days=today.weekday()), "迟了", "goes_live", True),
    }  # fmt: skip
    (row,) = publishing_calendar.waiting()
    assert (row.page.title, row.asked_by, row.go_live_at) == ("待审核", writer, monday)
    client.force_login(writer)
    html = client.get(reverse("register_calendar")).text
    for title in ("将上线", "只是打算", "将下线", "迟了", "待审核"):
        assert title in html


@pytest.mark.parametrize("number", [1, 3])
def test_the_calendar_takes_the_same_queries_for_any_number_of_pages(django_assert_num_queries, number):
    writer = editors.editor()
    for _ in range(number):
        submit(news(writer, expire_at=timezone.now() + datetime.timedelta(days=3)), writer)
        news(writer, live=True, expire_at=timezone.now() + datetime.timedelta(days=3))
    with django_assert_num_queries(2):
        assert len(publishing_calendar.weeks()[0].entries) == number
    with django_assert_num_queries(2):
        assert len(publishing_calendar.waiting()) == number
