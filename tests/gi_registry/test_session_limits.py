"""Sessions end: after a rest, after a day's work, when there are too many, when the means of signing in change."""

import html
import re

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.core.cache import cache
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from gi_registry import session_limits, staff
from gi_registry.journal import Actor
from gi_registry.models import User
from gi_registry.roles import Role
from tests.fresh import PASSWORD

pytestmark = pytest.mark.django_db
HOUR = 3600


@pytest.fixture(autouse=True)
def _nothing_counted():
    cache.clear()


@pytest.fixture
def later(monkeypatch):
    """Let so many seconds pass."""
    passed = {"seconds": 0.0}
    real = session_limits.time.time

    def pass_by(seconds):
        passed["seconds"] += seconds

    monkeypatch.setattr("gi_registry.session_limits.time.time", lambda: real() + passed["seconds"])
    return pass_by


def somebody(role=None, name="u1"):
    user = User.objects.create_user(name, password=PASSWORD)
    if role:
        staff.assign_role(user=user, role=role, by=Actor.system("test"), on=timezone.localdate())
        TOTP.activate(user, "JBSWY3DPEHPK3PXP")
    return user


def sign_in(name="u1", **more):
    client = Client()
    client.post("/en/account/login/", {"login": name, "password": PASSWORD, **more})
    return client


def is_in(client, path="/en/account/email/"):
    return client.get(path).status_code == 200


@pytest.mark.parametrize(("path", "idle"), [("/en/desk/", HOUR), ("/en/account/email/", 8 * HOUR)])
def test_a_session_that_rests_too_long_ends_and_one_in_use_does_not(later, path, idle):
    client = Client()
    client.force_login(somebody(Role.AUDITOR))
    session = client.session
    session.set_expiry(0)
    session.save()
    for _each in range(3):
        assert is_in(client, path)
        later(idle - 120)
    assert is_in(client, path)
    later(idle + 1)
    answer = client.get(path)
    assert "/account/login/" in answer.url
    assert "signed out because" in client.get(answer.url).text


def test_a_day_at_the_desk_ends_after_twelve_hours(later):
    client = Client()
    client.force_login(somebody(Role.AUDITOR))
    for _half_hour in range(23):
        assert is_in(client, "/en/desk/")
        later(HOUR / 2)
    assert is_in(client, "/en/desk/")
    later(HOUR / 2)
    assert not is_in(client, "/en/desk/")


def test_who_stays_signed_in_on_a_device_rests_for_days_in_the_portal_but_not_at_the_desk(later):
    somebody()
    client, other = sign_in(remember="on"), sign_in()
    assert is_in(client)
    assert is_in(other)
    later(3 * 24 * HOUR)
    assert is_in(client)
    assert not is_in(other)


def test_public_pages_do_not_touch_the_session(django_assert_num_queries):
    client = Client()
    client.force_login(somebody())
    session = client.session
    del session[session_limits.SEEN]
    session.save()
    client.get("/en/styleguide/")
    assert session_limits.SEEN not in client.session


@pytest.mark.parametrize("path", ["/en/desk/notices/read/", "/cms/pages/add/cms/contentpage/1/"])
def test_a_text_that_comes_after_the_end_is_shown_again(later, path):
    call_command("create_site", verbosity=0)
    client = Client()
    client.force_login(somebody(Role.OFFICER))
    client.get("/en/desk/")
    later(2 * HOUR)
    for _time in range(2):  # the second finds nobody signed in
        answer = client.post(path, {"title": "A long text about tea", "password": "not this"})
        assert answer.status_code == 403
        assert "A long text about tea" in html.unescape(answer.text)
        assert "not this" not in answer.text


def test_a_form_of_another_site_is_not_offered_after_the_end(later):
    client = Client(enforce_csrf_checks=True)
    client.force_login(somebody(Role.OFFICER))
    later(2 * HOUR)
    answer = client.post("/cms/pages/2/edit/", {"title": "evil"}, HTTP_ORIGIN="https://evil.example")
    assert answer.status_code == 403
    assert "evil" not in answer.text


def test_an_open_page_of_the_editor_does_not_keep_the_session_alive(later):
    client = Client()
    client.force_login(somebody(Role.OFFICER))
    assert is_in(client, "/en/desk/")
    for _each in range(7):
        later(HOUR / 6)
        client.post("/cms/editing-sessions/cms/contentpage/1/ping/", {})
    assert not is_in(client, "/en/desk/")


def test_of_too_many_sessions_the_oldest_ends():
    somebody()
    clients = [sign_in() for _each in range(settings.MOST_SESSIONS + 2)]
    assert [is_in(client) for client in clients] == [False, False, *[True] * settings.MOST_SESSIONS]
    assert UserSession.objects.count() == settings.MOST_SESSIONS


def test_signing_out_everywhere_else_ends_even_what_the_list_does_not_know():
    user = somebody()
    here, listed, unknown = sign_in(), sign_in(), Client()
    unknown.force_login(user)
    stolen = here.session.session_key
    here.post("/en/account/sessions/", {"session": "others"})
    assert [is_in(client) for client in (here, listed, unknown)] == [True, False, False]
    copied = Client()
    copied.cookies["sessionid"] = stolen
    assert not is_in(copied)
    assert len(re.findall('name="session"', here.get("/en/account/sessions/").text)) <= 1


@pytest.mark.django_db(transaction=True)  # the second factor counts once it is stored
@pytest.mark.parametrize("way", ["password", "second factor", "second factor gone"])
def test_other_sessions_end_when_the_means_of_signing_in_change(way):
    user = somebody()
    here, there = sign_in(), sign_in()
    here.post("/en/account/reauthenticate/", {"password": PASSWORD})
    if way == "password":
        new = "another steep green hill"
        here.post("/en/account/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new})
        user.refresh_from_db()
        assert user.check_password(new)
    else:
        secret = re.search(r"[A-Z2-7]{32}", here.get("/en/account/2fa/totp/activate/").text).group()
        from tests.gi_registry.test_accounts import code_for

        here.post("/en/account/2fa/totp/activate/", {"code": code_for(secret)})
        assert Authenticator.objects.filter(user=user).exists()
        if way == "second factor gone":
            there = Client()
            there.force_login(User.objects.get(pk=user.pk))
            here.post("/en/account/2fa/totp/deactivate/", {})
            assert not Authenticator.objects.filter(user=user, type="totp").exists()
    assert [is_in(here), is_in(there)] == [True, False]
