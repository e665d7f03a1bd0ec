"""A CDN in front: what it may keep, and that it is told what has changed."""

import datetime
import http.server
import threading

import pytest
from django.core.management import call_command
from django.utils import timezone

from cms import purging
from gi_registry import production
from gi_registry.journal import Actor
from products import registrar
from tests.cms import editors
from tests.factories import make_product
from tests.page_world import make_site, section

pytestmark = pytest.mark.django_db


@pytest.fixture
def cdn(settings):
    """A cache on this machine that takes PURGE; the addresses that it was told."""
    told = []

    class Cache(http.server.BaseHTTPRequestHandler):
        def do_PURGE(self):
            told.append(f"https://{self.headers['Host']}{self.path}")
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Cache)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.SITE_URL = "https://gi.example"
    target = f"http://127.0.0.1:{server.server_port}"
    settings.WAGTAILFRONTENDCACHE = production.purging("http", target, "", ["gi.example"])
    purging._since.clear()
    yield told
    server.shutdown()
    server.server_close()


def test_the_worker_tells_what_has_changed_and_only_that(cdn):
    make_site()
    product = make_product(number=1000)
    make_product(number=1001)
    registrar.amend_product(product, by=Actor.system("test"), name_en="Anhua Dark Tea")
    page = section()
    page.save_revision().publish(log_action=True)
    call_command("work", once=True)
    assert {"https://gi.example/products/1000/", "https://gi.example/en/products/1000/"} <= set(cdn)
    assert f"https://gi.example{page.get_url()}" in cdn
    assert not any("/1001/" in address for address in cdn)
    cdn.clear()
    purging._since["at"] = timezone.now() + datetime.timedelta(minutes=2)
    call_command("work", once=True)
    assert cdn == []


def test_a_cdn_that_is_away_stops_no_letter(cdn, settings, caplog):
    settings.WAGTAILFRONTENDCACHE = production.purging("http", "http://127.0.0.1:9", "", ["gi.example"])
    purging.purge.call(["https://gi.example/products/1/"])
    assert "Couldn't purge" in caplog.text


def test_without_a_cdn_nobody_is_asked(settings):
    make_product(number=1000)
    assert purging.purge_changed(timezone.now()) == 0


# --- What may be kept ---


@pytest.mark.parametrize("path", ["/products/", "/en/enterprises/", "/log/"])
def test_pages_for_everybody_may_be_kept_for_a_minute(client, cdn, path):
    assert "s-maxage=60" in client.get(path)["Cache-Control"]
    assert "Cookie" in client.get(path)["Vary"]


def test_what_is_one_readers_own_may_not(client, cdn):
    assert client.get("/report/")["Cache-Control"] == "private"  # its form has a token
    for path in ("/account/login/", "/no-such-page/", "/verify/?code=x", "/portal/"):
        assert "s-maxage" not in client.get(path)["Cache-Control"]
    client.cookies["text"] = "big"
    assert client.get("/products/")["Cache-Control"] == "private"
    client.cookies.clear()
    client.force_login(editors.editor())
    assert client.get("/products/")["Cache-Control"] == "private"


def test_without_a_cdn_pages_say_nothing_about_it(client):
    assert "Cache-Control" not in client.get("/products/")
