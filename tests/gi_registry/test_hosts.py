"""Several hosts for one register: what is served where, and that nothing crosses from one to another."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from gi_registry import hosts
from gi_registry.content_policy import public_policy
from gi_registry.roles import Role
from tests.cms import editors
from tests.page_world import make_site, section

pytestmark = pytest.mark.django_db
PUBLIC, DESK, CMS = "gi.example", "desk.gi.example", "words.gi.example"


@pytest.fixture
def three(settings):
    """An installation with three hosts."""
    settings.SITE_URL, settings.DESK_URL, settings.CMS_URL = (f"https://{host}" for host in (PUBLIC, DESK, CMS))
    settings.OWN_HOSTS = True
    settings.ALLOWED_HOSTS = [PUBLIC, DESK, CMS, "127.0.0.1"]
    settings.CSRF_TRUSTED_ORIGINS = [settings.SITE_URL, settings.DESK_URL, settings.CMS_URL]


class Browser(Client):
    def at(self, host, path, **kwargs):
        return self.get(path, headers={"host": host}, secure=True, **kwargs)


@pytest.fixture
def browser(three):
    return Browser()


@pytest.mark.parametrize(
    ("host", "path", "target"),
    [
        (PUBLIC, "/desk/?sort=x", f"https://{DESK}/desk/?sort=x"),
        (PUBLIC, "/en/portal/join/abc/", f"https://{DESK}/en/portal/join/abc/"),
        (PUBLIC, "/account/login/", f"https://{DESK}/account/login/"),
        (DESK, "/products/?q=tea", f"https://{PUBLIC}/products/?q=tea"),
        (DESK, "/en/", f"https://{PUBLIC}/en/"),
        (DESK, "/v/000000000000000000000000", f"https://{PUBLIC}/v/000000000000000000000000"),
        (CMS, "/desk/", f"https://{DESK}/desk/"),
        (CMS, "/api/v1/labels/x/", f"https://{PUBLIC}/api/v1/labels/x/"),
    ],
)
def test_a_page_on_the_wrong_host_is_shown_where_it_belongs(browser, host, path, target):
    response = browser.at(host, path)
    assert (response.status_code, response["Location"]) == (302, target)


@pytest.mark.parametrize("host", [PUBLIC, DESK])
def test_the_editor_is_not_told_of_on_other_hosts(browser, host):
    response = browser.at(host, reverse("wagtailadmin_home"))
    assert response.status_code == 404
    assert CMS not in response.text


@pytest.mark.parametrize(("host", "path"), [(PUBLIC, "/account/login/"), (DESK, "/report/"), (CMS, "/desk/")])
def test_a_form_on_the_wrong_host_is_not_taken(browser, host, path):
    assert browser.post(path, {"a": "b"}, headers={"host": host}, secure=True).status_code == 404


@pytest.mark.parametrize(("host", "path"), [
    (PUBLIC, "/products/"), (PUBLIC, "/verify/"), (DESK, "/account/login/"), (CMS, "/account/login/"),
    *((host, path) for host in (PUBLIC, DESK, CMS, "127.0.0.1") for path in ("/healthz", "/readyz", "/robots.txt")),
    ("127.0.0.1", "/products/"),
])  # fmt: skip
def test_what_is_served_where(browser, host, path):
    assert browser.at(host, path).status_code == 200


def test_a_hole_in_the_public_host_cannot_send_forms_to_the_desk(three):
    """Even with a token that fits: a page of a sister host can set cookies for all of them."""
    browser = Browser(enforce_csrf_checks=True)
    browser.cookies["csrftoken"] = "a" * 32
    sent = {"csrfmiddlewaretoken": "a" * 32, "login": "x", "password": "y"}

    def post(origin):
        headers = {"host": DESK, "origin": origin}
        return browser.post("/account/login/", sent, headers=headers, secure=True).status_code

    assert post(f"https://{PUBLIC}") == 403
    assert post("https://elsewhere.example") == 403
    assert post(f"https://{DESK}") == 200  # the form again, with what is wrong


def test_who_signs_in_is_led_to_the_host_of_the_work(browser):
    browser.force_login(editors.make_user(Role.OFFICER))
    assert browser.at(CMS, "/account/")["Location"] == f"https://{DESK}/desk/"
    browser.force_login(editors.editor())
    assert browser.at(DESK, "/account/")["Location"] == f"https://{CMS}/cms/"


def test_a_draft_is_seen_on_the_editors_host_and_live_on_the_public_one(browser):
    make_site()
    page = section()
    page.title = "还没有发布的题目"
    page.save_revision()
    browser.force_login(editors.publisher())
    draft = browser.at(CMS, reverse("wagtailadmin_pages:view_draft", args=[page.pk]))
    assert draft.status_code == 200
    assert "还没有发布的题目" in draft.text
    form = browser.at(CMS, reverse("wagtailadmin_pages:edit", args=[page.pk]))
    assert form.status_code == 200
    assert re.search(rf'href="(https://{PUBLIC})?{re.escape(page.url_path[len("/register"):])}"', form.text)
    assert browser.at(CMS, page.get_url())["Location"].startswith(f"https://{PUBLIC}/")


def test_the_search_of_the_desk_may_lead_to_the_public_host():
    origins = ["https://gi.example", "https://desk.gi.example"]
    assert public_policy([], secure=True, hosts=origins)["form-action"] == ["'self'", *origins]


def test_with_one_host_nothing_is_led_anywhere(client):
    assert hosts.absolute("/desk/") == "/desk/"
    assert client.get("/account/login/").status_code == 200
