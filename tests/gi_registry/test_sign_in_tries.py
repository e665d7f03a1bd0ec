"""Passwords that are easy to guess are refused; guessing becomes slow, and the rightful owner still gets in."""

import pytest
from allauth.account.models import EmailAddress
from allauth.core.internal import ratelimit
from allauth.mfa.totp.internal.auth import TOTP
from django.contrib.auth.password_validation import validate_password
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.test import Client

from gi_registry.models import User
from tests.fresh import PASSWORD

pytestmark = pytest.mark.django_db
WRONG = "wrong horse battery"


@pytest.fixture(autouse=True)
def _nothing_counted():
    cache.clear()


@pytest.fixture
def later(monkeypatch):
    passed = {"seconds": 0.0}
    real = ratelimit.time.time

    class Clock:
        time = staticmethod(lambda: real() + passed["seconds"])
        monotonic, sleep = ratelimit.time.monotonic, ratelimit.time.sleep

    monkeypatch.setattr(ratelimit, "time", Clock)

    def pass_by(seconds):
        passed["seconds"] += seconds

    return pass_by


def somebody():
    user = User.objects.create_user("u1", "li@tea.example", PASSWORD)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def attempt(client, password, login="u1", network="198.51.100.7"):
    return client.post("/en/account/login/", {"login": login, "password": password}, REMOTE_ADDR=network)


def is_in(client):
    return "_auth_user_id" in client.session


# --- Passwords ---


@pytest.mark.parametrize(
    "password",
    [
        "Password2024!!", "P@ssw0rd!2024", "passwordpassword", "qwertyuiop123", "1qaz2wsx3edc", "123456789012",
        "abcdefghijklm", "woaini1314520", "Zhongguo2026!", "DiliBiaozhi2026", "dengjibu1234567", "aaaaaaaaaaaaaa",
        "iloveyou2020", "Football-1998", "admin@office2025", "geographical indication", "!!!dragon123456",
        "ｐａｓｓｗｏｒｄ２０２４",
    ],
)  # fmt: skip
def test_what_many_people_would_choose_is_refused(password):
    with pytest.raises(ValidationError):
        validate_password(password)


@pytest.mark.parametrize(
    "password",
    ["steep green hill 1958", "correct horse battery staple", "黑茶山上的第七只燕子飞过", "tK9#vLq2xW!m"],
)
def test_what_nobody_else_would_choose_is_taken(password):
    validate_password(password)


def test_a_refusal_says_what_to_do_beside_the_field(client):
    typed = {"email": "li@tea.example", "password1": "Zhongguo2026!", "uscc": "91000000MA00000157", "name_zh": "示例"}
    page = client.post("/en/account/signup/", typed).text
    assert "Four words that have nothing to do with each other" in page
    assert "li@tea.example" in page


# --- Tries ---


def test_guessing_from_many_networks_is_counted_together(later):
    somebody()
    for number in range(5):
        attempt(Client(), WRONG, network=f"198.51.{number}.7")
    assert "Too many attempts" in attempt(Client(), PASSWORD, network="203.0.113.9").text


def test_the_wait_grows(later):
    somebody()
    tries = 0
    for _each in range(24):  # every five minutes for two hours
        for _again in range(6):
            tries += "Too many attempts" not in attempt(Client(), WRONG, network=f"10.{tries}.0.1").text
        later(301)
    assert tries <= 30  # and not 120
    later(3600)
    for _each in range(40):
        tries += "Too many attempts" not in attempt(Client(), WRONG, network=f"10.{tries}.0.1").text
        later(1200)
    assert tries <= 2 * 40  # in most of a day


def test_whoever_guesses_does_not_shut_out_the_browser_of_the_owner(later):
    somebody()
    owner = Client()
    attempt(owner, PASSWORD)
    assert is_in(owner)
    owner.post("/en/account/logout/")
    for number in range(30):
        attempt(Client(), WRONG, network=f"198.51.{number}.7")
    assert "Too many attempts" in attempt(Client(), PASSWORD, network="203.0.113.9").text
    attempt(owner, PASSWORD, login="LI@tea.example")
    assert is_in(owner)


def test_a_known_browser_has_no_more_tries_than_others_and_knows_only_its_accounts(later):
    somebody()
    User.objects.create_user("u2", password=PASSWORD)
    browser = Client()
    attempt(browser, PASSWORD)
    browser.post("/en/account/logout/")
    for number in range(6):
        attempt(browser, WRONG, network=f"198.51.{number}.7")
    assert "Too many attempts" in attempt(browser, PASSWORD, network="203.0.113.9").text
    for number in range(5):
        attempt(Client(), WRONG, login="u2", network=f"198.51.{number}.9")
    assert "Too many attempts" in attempt(browser, PASSWORD, login="u2", network="203.0.113.10").text


def test_the_cookie_of_a_known_browser_tells_no_name_and_cannot_be_made(later):
    somebody()
    browser = Client()
    attempt(browser, PASSWORD)
    cookie = browser.cookies["known"]
    assert cookie["httponly"]
    assert "u1" not in cookie.value.split(":")[0]
    for number in range(5):
        attempt(Client(), WRONG, network=f"198.51.{number}.7")
    thief = Client()
    thief.cookies["known"] = cookie.value[:-3] + "abc"
    assert "Too many attempts" in attempt(thief, PASSWORD, network="203.0.113.9").text


@pytest.mark.parametrize("login", ["u1", "nobody", "li@tea.example", "nobody@tea.example"])
def test_the_answers_do_not_tell_whether_there_is_such_an_account(later, login):
    somebody()
    pages = [attempt(Client(), WRONG, login=login, network=f"198.51.{number}.7").text for number in range(6)]
    assert ["Too many attempts" in page for page in pages] == [False] * 5 + [True]


def test_guessing_codes_of_the_second_step_is_stopped(later):
    user = somebody()
    TOTP.activate(user, "JBSWY3DPEHPK3PXP")
    client = Client()
    attempt(client, PASSWORD)
    pages = [client.post("/en/account/2fa/authenticate/", {"code": "000000"}).text for _each in range(6)]
    assert "Too many attempts" in pages[-1]
    assert "Too many attempts" not in pages[0]
    assert not is_in(client)


def test_one_network_is_slowed_down_whatever_accounts_it_tries(later):
    for number in range(11):
        last = attempt(Client(), WRONG, login=f"account{number}")
    assert "Too many attempts" in last.text
