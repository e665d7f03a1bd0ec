"""Accounts: signing in and up, mails, second factors, sessions, and forms that come too late."""

import datetime
import hashlib
import json
import re
import time

import pytest
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp
from allauth.usersessions.models import UserSession
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client, RequestFactory, override_settings
from django.urls import include, path, reverse
from django.utils.translation import override
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData, CollectedClientData

from gi_registry import accounts, staff
from gi_registry import urls as site_urls
from gi_registry.journal import Actor
from gi_registry.late_forms import keeps_text
from gi_registry.models import User
from gi_registry.roles import Role

pytestmark = pytest.mark.django_db
ENTERPRISE = {"uscc": "91000000MA00000157", "name_zh": "示例茶业有限公司"}
PASSWORD = "steep green hill 1958"
MONDAY = datetime.date(2026, 1, 5)
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture(autouse=True)
def _nothing_counted():
    """Limits count in the cache, and all tests come from one address."""
    cache.clear()


def make_person(username="u1", email="", role=None):
    user = User.objects.create_user(username, email, PASSWORD)
    if email:
        EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    if role:
        staff.assign_role(user=user, role=role, by=Actor.system("test"), on=MONDAY)
    return user


def sign_in(client, login, password=PASSWORD, **more):
    return client.post("/en/account/login/", {"login": login, "password": password, **more})


def signed_in(client):
    return "_auth_user_id" in client.session


def code_for(secret=SECRET, ahead=0):
    return totp.format_hotp_value(totp.hotp_value(secret, int(time.time()) // 30 + ahead))


def show_that_it_is_you(client):
    """allauth asks for the password once more before the account changes."""
    client.post("/en/account/reauthenticate/", {"password": PASSWORD})


class Phone:
    """A phone with a passkey: makes what the browser's credentials API would answer."""

    def __init__(self, user):
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.credential = AttestedCredentialData.create(
            b"\0" * 16, b"credential of a phone", ES256.from_cryptography_key(self.key.public_key())
        )
        self.owner = user_pk_to_url_str(user).encode()

    def _answer(self, kind, challenge, credential=None):
        site = hashlib.sha256(b"testserver").digest()
        flags = AuthenticatorData.FLAG.UP | AuthenticatorData.FLAG.UV
        if credential:
            flags |= AuthenticatorData.FLAG.AT
        data = AuthenticatorData.create(site, flags, 0, credential or b"")
        return data, CollectedClientData.create(kind, challenge, "http://testserver")

    def _as_json(self, **response):
        return json.dumps({
            "id": websafe_encode(self.credential.credential_id), "rawId": websafe_encode(self.credential.credential_id),
            "type": "public-key", "clientExtensionResults": {"credProps": {"rk": True}},
            "response": {name: websafe_encode(value) for name, value in response.items()},
        })  # fmt: skip

    def register(self, challenge):
        data, client_data = self._answer("webauthn.create", challenge, self.credential)
        attestation = AttestationObject.create("none", data, {})
        return self._as_json(clientDataJSON=client_data, attestationObject=attestation)

    def sign(self, challenge):
        data, client_data = self._answer("webauthn.get", challenge)
        signature = self.key.sign(data + client_data.hash, ec.ECDSA(hashes.SHA256()))
        return self._as_json(
            clientDataJSON=client_data, authenticatorData=data, signature=signature, userHandle=self.owner
        )


def add_passkey(client, user):
    """Adds a passkey in the pages, as somebody who has signed in and shown that it is them."""
    phone = Phone(user)
    page = client.get("/en/account/2fa/webauthn/add/").text
    data = json.loads(re.search(r'<script id="js_data" type="application/json">(.*?)</script>', page).group(1))
    challenge = data["creation_options"]["publicKey"]["challenge"]
    answer = client.post(
        "/en/account/2fa/webauthn/add/",
        {"name": "Phone", "passwordless": "on", "credential": phone.register(challenge)},
    )
    assert answer.status_code == 302, answer.text
    return phone


def link_in(message):
    return re.search(r"http://[^/]+(/\S+)", message.body).group(1)


# --- Opening an account ---


def test_who_signs_up_confirms_the_address_and_is_in(client):
    typed = {"email": "Li@tea.example", "password1": PASSWORD} | ENTERPRISE
    answer = client.post("/en/account/signup/", typed, follow=True)
    assert "Look into your mailbox" in answer.text
    assert not signed_in(client)
    assert sign_in(Client(), "li@tea.example").url == "/en/account/confirm-email/"
    message = mail.outbox[0]
    assert message.to == ["li@tea.example"]
    assert message.subject == "[Register of Geographical Indications] Please confirm your e-mail address"
    link = link_in(message)
    assert "Yes, confirm this address" in client.get(link).text
    assert not EmailAddress.objects.get().verified, "looking at the link, as mail scanners do, confirms nothing"
    client.post(link)
    assert signed_in(client)
    stranger = Client()
    assert sign_in(stranger, "li@tea.example").url == "/en/account/"
    assert signed_in(stranger)


def test_the_user_name_of_a_new_account_does_not_give_its_address_away(client):
    client.post("/account/signup/", {"email": "wang.fang@tea.example", "password1": PASSWORD} | ENTERPRISE)
    assert re.fullmatch(r"u[a-z0-9]{12}", User.objects.get().username)


def test_a_weak_password_is_refused_beside_the_field_and_in_the_summary(client):
    page = client.post("/en/account/signup/", {"email": "li@tea.example", "password1": "short"}).text
    assert page.count("This password is too short") == 2
    assert 'href="#id_password1"' in page
    assert 'value="li@tea.example"' in page
    assert 'value="short"' not in page
    assert not User.objects.exists()


def test_signing_up_with_a_known_address_looks_the_same_and_tells_its_owner(client):
    make_person(email="li@tea.example")
    answers = [
        client.post("/en/account/signup/", {"email": email, "password1": PASSWORD} | ENTERPRISE)
        for email in ("li@tea.example", "new@tea.example")
    ]
    assert {(answer.status_code, answer.url) for answer in answers} == {(302, "/en/account/confirm-email/")}
    assert "You have an account already" in mail.outbox[0].subject
    assert User.objects.filter(email="li@tea.example").count() == 1


def test_mails_speak_the_language_of_the_page(client):
    client.post("/account/signup/", {"email": "li@tea.example", "password1": PASSWORD} | ENTERPRISE)
    client.post("/en/account/signup/", {"email": "wu@tea.example", "password1": PASSWORD} | ENTERPRISE)
    chinese, english = mail.outbox
    assert link_in(chinese).startswith("/account/confirm-email/")
    assert link_in(english).startswith("/en/account/confirm-email/")
    assert "The link works for three days" in english.body


# --- Signing in ---


@pytest.mark.parametrize("login", ["li@tea.example", "LI@tea.example", "u1"])
def test_address_and_user_name_both_sign_in(client, login):
    make_person(email="li@tea.example")
    sign_in(client, login)
    assert signed_in(client)


def test_an_official_without_any_address_signs_in(client):
    make_person("demo-officer")
    sign_in(client, "demo-officer")
    assert signed_in(client)
    assert mail.outbox == []


@pytest.mark.parametrize("login", ["li@tea.example", "nobody@tea.example"])
def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(client, login):
    make_person(email="li@tea.example")
    page = sign_in(client, login, "wrong horse battery")
    assert "E-mail address and password do not fit together" in page.text
    assert not signed_in(client)


def test_guessing_is_stopped_even_with_the_right_password(client):
    make_person()
    for _ in range(6):
        sign_in(client, "u1", "wrong horse battery")
    assert "Too many attempts" in sign_in(client, "u1").text
    assert not signed_in(client)


def test_wagtails_own_ways_of_signing_in_are_closed(client):
    user = make_person(email="ed@office.example", role=Role.EDITOR)
    for address in ("/cms/login/", "/_util/login/"):
        answer = client.post(address + "?next=/cms/pages/", {"username": user.username, "password": PASSWORD})
        assert answer.url == "/account/login/?next=/cms/pages/"
    assert not signed_in(client)
    assert client.get("/cms/password_reset/").status_code == 404
    assert reverse("wagtailadmin_login") == "/cms/login/"


def test_nobody_is_led_to_another_site_after_signing_in(client):
    make_person()
    assert sign_in(client, "u1", next="https://evil.example/").url == "/en/account/"
    assert sign_in(Client(), "u1", next="/en/products/").url == "/en/products/"


@pytest.mark.parametrize(
    ("role", "wanted"), [(Role.OFFICER, "desk"), (Role.EDITOR, "/cms/"), (None, "portal")]
)
def test_everybody_begins_where_they_work(client, role, wanted):
    client.force_login(make_person(role=role))
    with override("en"):
        expected = wanted if wanted.startswith("/") else f"/en/{wanted}/"
    assert client.get("/en/account/").url in (expected, "/en/account/email/")
    assert Client().get("/en/account/").url == "/en/account/login/?next=/en/account/"


# --- Passwords and addresses ---


def test_a_forgotten_password_is_replaced_by_mail(client):
    make_person(email="li@tea.example")
    assert client.post("/en/account/password/reset/", {"email": "li@tea.example"}).status_code == 302
    form = client.get(link_in(mail.outbox[0]), follow=True)
    client.post(form.redirect_chain[-1][0], {"password1": "a newer hill 2024", "password2": "a newer hill 2024"})
    assert sign_in(Client(), "u1", "a newer hill 2024").status_code == 302
    assert "do not fit together" in sign_in(Client(), "u1").text
    used_again = Client().get(link_in(mail.outbox[0]), follow=True)
    assert "Send me a new link" in used_again.text


def test_asking_for_a_new_password_does_not_tell_who_has_an_account(client):
    make_person(email="li@tea.example")
    answers = {
        client.post("/en/account/password/reset/", {"email": email}, follow=True).text
        for email in ("li@tea.example", "nobody@tea.example")
    }
    assert len({re.sub(r"csrf\S+ value=\S+", "", text) for text in answers}) == 1
    assert "No account with this address" in mail.outbox[1].subject


def test_a_new_address_counts_once_it_is_confirmed(client):
    user = make_person(email="li@tea.example")
    sign_in(client, "u1")
    show_that_it_is_you(client)
    client.post("/en/account/email/", {"email": "new@tea.example", "action_add": ""})
    user.refresh_from_db()
    assert user.email == "li@tea.example"
    assert "new@tea.example waits for your confirmation" in client.get("/en/account/email/").text
    client.post(link_in(mail.outbox[0]))
    user.refresh_from_db()
    assert user.email == "new@tea.example"
    assert [m.to for m in mail.outbox[1:]] == [["li@tea.example"]], "the old address is told"
    assert not re.search(r"\bIP\b|fd[0-9a-f]+:", mail.outbox[1].body)


def test_the_address_in_use_cannot_be_dropped_to_get_around_confirming(client):
    user = make_person(email="li@tea.example")
    sign_in(client, "u1")
    show_that_it_is_you(client)
    client.post("/en/account/email/", {"email": "li@tea.example", "action_remove": ""})
    assert EmailAddress.objects.get(user=user).verified


# --- Second factor ---


@pytest.mark.parametrize("address", ["/desk/", "/en/desk/", "/cms/", "/cms/pages/", "/en/desk/cases/1/"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_an_official_without_second_factor_is_led_to_its_set_up(client, address, method):
    client.force_login(make_person(role=Role.OFFICER))
    english = "/en" if address.startswith("/en/") else ""
    assert getattr(client, method)(address).url == f"{english}/account/2fa/totp/activate/"


def test_the_reason_is_told_and_the_app_is_set_up(client):
    user = make_person(role=Role.EDITOR)
    sign_in(client, "u1")
    assert "A password alone is not enough for that" in client.get("/en/desk/", follow=True).text
    show_that_it_is_you(client)
    assert "data:image/svg+xml" in client.get("/en/account/2fa/totp/activate/").text
    secret = client.session[totp.SECRET_SESSION_KEY]
    assert "This code is not right" in client.post("/en/account/2fa/totp/activate/", {"code": "1"}).text
    answer = client.post("/en/account/2fa/totp/activate/", {"code": code_for(secret)}, follow=True)
    assert len(re.findall(r'<li class="code">\w+</li>', answer.text)) == 10
    assert not accounts.second_factor_missing(user)
    assert client.get("/cms/").status_code == 200
    assert secret not in str(Session.objects.get(session_key=client.session.session_key).get_decoded())


def test_with_a_second_factor_the_password_alone_does_not_sign_in(client):
    user = make_person(role=Role.EDITOR)
    totp.TOTP.activate(user, SECRET)
    assert sign_in(client, "u1").url == "/en/account/2fa/authenticate/"
    assert not signed_in(client)
    assert "This code is not right" in client.post("/en/account/2fa/authenticate/", {"code": "000"}).text
    client.post("/en/account/2fa/authenticate/", {"code": code_for()})
    assert signed_in(client)
    assert client.get("/cms/").status_code == 200


def test_a_passkey_signs_in_without_a_password_and_is_a_second_factor(client):
    user = make_person(role=Role.EDITOR)
    sign_in(client, "u1")
    show_that_it_is_you(client)
    phone = add_passkey(client, user)
    assert not accounts.second_factor_missing(user)
    for holder, expected in ((phone, True), (Phone(user), False)):
        browser = Client()
        options = browser.get("/en/account/2fa/webauthn/login/", headers={"accept": "application/json"}).json()
        challenge = options["request_options"]["publicKey"]["challenge"]
        browser.post("/en/account/2fa/webauthn/login/", {"credential": holder.sign(challenge)})
        assert signed_in(browser) is expected
    assert sign_in(Client(), "u1").url == "/en/account/2fa/authenticate/"


def test_a_recovery_code_lets_in_once():
    user = make_person(role=Role.OFFICER)
    totp.TOTP.activate(user, SECRET)
    code = RecoveryCodes.activate(user).get_unused_codes()[0]
    for expected in (True, False):
        client = Client()
        sign_in(client, "u1")
        client.post("/en/account/2fa/authenticate/", {"code": code})
        assert signed_in(client) is expected


def test_the_secrets_are_not_in_the_table():
    user = make_person()
    totp.TOTP.activate(user, SECRET)
    seed = RecoveryCodes.activate(user)
    stored = str(list(Authenticator.objects.values_list("data", flat=True)))
    assert SECRET not in stored
    assert accounts.SecondFactorAdapter().decrypt(seed.instance.data["seed"]) not in stored
    assert Authenticator.objects.get(type="totp").wrap().validate_code(code_for())


def test_a_new_secret_key_can_still_read_what_the_old_one_encrypted(settings):
    adapter = accounts.SecondFactorAdapter()
    old = adapter.encrypt("secret")
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "n" * 50, [settings.SECRET_KEY]
    accounts._cipher.cache_clear()
    try:
        assert adapter.decrypt(old) == "secret"
    finally:
        accounts._cipher.cache_clear()


@pytest.mark.parametrize("role", [None, Role.ENTERPRISE_OWNER])
def test_an_enterprise_is_not_asked_for_a_second_factor(client, role):
    user = make_person(role=role)
    client.force_login(user)
    assert not accounts.needs_second_factor(user)
    assert "2fa" not in client.get("/desk/").headers.get("Location", "")


def test_a_role_that_has_ended_asks_for_nothing():
    user = make_person()
    assignment = staff.assign_role(user=user, role=Role.AUDITOR, by=Actor.system("test"), on=MONDAY)
    assert accounts.needs_second_factor(user)
    staff.end_role(assignment=assignment, by=Actor.system("test"), on=MONDAY + datetime.timedelta(days=1))
    assert not accounts.needs_second_factor(user)


def test_the_question_costs_one_query_under_the_two_prefixes_only(client, django_assert_num_queries):
    user = make_person(role=Role.OFFICER)
    with django_assert_num_queries(1):
        assert accounts.second_factor_missing(user)
    middleware = accounts.SecondFactorMiddleware(lambda request: HttpResponse())
    request = RequestFactory().get("/products/")
    request.user = user
    with django_assert_num_queries(0):
        assert middleware(request).status_code == 200


# --- Sessions and privacy ---


def test_no_network_address_is_stored(client):
    make_person()
    client.post("/account/login/", {"login": "u1", "password": PASSWORD}, REMOTE_ADDR="203.0.113.9")
    stored = UserSession.objects.get().ip
    assert stored.startswith("fd")
    assert "203.0.113.9" not in str(UserSession.objects.values())


def test_no_network_address_waits_in_a_session_while_the_password_is_asked_for_again(client):
    make_person(email="li@tea.example")
    sign_in(client, "u1")
    form = {"email": "new@tea.example", "action_add": ""}
    where = {"REMOTE_ADDR": "203.0.113.9", "HTTP_X_REAL_IP": "203.0.113.9"}
    answer = client.post("/en/account/email/", form, **where)
    assert answer.url.startswith("/en/account/reauthenticate/")
    assert "203.0.113.9" not in str(client.session.items())
    client.post(answer.url, {"password": PASSWORD, "next": "/en/account/email/"})
    assert mail.outbox[0].to == ["new@tea.example"], "what was typed before is not lost"


def test_pseudonyms_tell_visitors_apart_and_follow_a_network(settings):
    first = accounts.pseudonym("203.0.113.9")
    assert first == accounts.pseudonym("203.0.113.9")
    assert first.split(":")[:4] != accounts.pseudonym("203.0.113.10").split(":")[:4]
    assert accounts.pseudonym("2001:db8::1") == accounts.pseudonym("2001:db8::2")
    settings.SECRET_KEY = "x" * 50
    assert accounts.pseudonym("203.0.113.9") != first


def test_a_visitor_cannot_choose_an_address_to_be_counted_by(client):
    make_person()
    client.post("/account/login/", {"login": "u1", "password": PASSWORD}, HTTP_X_FORWARDED_FOR="198.51.100.1")
    assert UserSession.objects.get().ip == accounts.pseudonym("127.0.0.1")


def test_behind_a_proxy_the_address_that_it_saw_counts(client):
    make_person()
    with override_settings(TRUSTED_PROXY_COUNT=1):
        client.post(
            "/account/login/", {"login": "u1", "password": PASSWORD}, HTTP_X_FORWARDED_FOR="10.0.0.1, 198.51.100.1"
        )
    assert UserSession.objects.get().ip == accounts.pseudonym("198.51.100.1")


@pytest.mark.parametrize(
    ("user_agent", "family"),
    [
        (FIREFOX, "Firefox, Windows"),
        ("Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/124.0 MicroMessenger/8.0", "WeChat, Android"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit Version/17 Safari/604", "Safari, iOS"),
        ("curl/8", ""),
    ],
)
def test_a_browser_is_named_by_its_family(user_agent, family):
    assert accounts.browser_family(user_agent) == family


def test_one_session_can_be_ended_from_another(client):
    make_person()
    other = Client(headers={"user-agent": FIREFOX})
    sign_in(client, "u1")
    sign_in(other, "u1")
    page = client.get("/en/account/sessions/").text
    assert "Firefox, Windows" in page
    assert not re.search(r"\bfd[0-9a-f]{2}:", page)
    wanted = UserSession.objects.get(session_key=other.session.session_key)
    client.post("/en/account/sessions/", {"session": wanted.pk})
    assert not signed_in(other)
    assert signed_in(client)


def test_nobody_ends_the_session_of_somebody_else(client):
    make_person("u1")
    make_person("u2")
    other = Client()
    sign_in(client, "u1")
    sign_in(other, "u2")
    theirs = UserSession.objects.get(session_key=other.session.session_key)
    client.post("/en/account/sessions/", {"session": theirs.pk})
    client.post("/en/account/sessions/", {"session": "others"})
    assert signed_in(other)


# --- Forms that come too late ---


@keeps_text
def letter(request):
    return HttpResponse(f"got {request.POST.get('text', 'nothing')}")


urlpatterns = [path("test-letter/", letter, name="letter"), path("", include(site_urls.urlpatterns[:5]))]
urlpatterns += site_urls.urlpatterns[5:]


def fields_of(page):
    """Name and value of the hidden inputs of the form on the page."""
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page))


def test_a_form_without_valid_token_comes_back_with_its_text_and_without_secrets():
    client = Client(enforce_csrf_checks=True)
    client.get("/en/account/signup/")
    typed = {
        "email": "li@tea.example", "password1": "geheim-geheim", "Passwordagain": "geheim-geheim", "code": "123456",
        "csrfmiddlewaretoken": "x" * 64, "note": "<b>two\nlines</b>",
    }  # fmt: skip
    answer = client.post("/en/account/signup/?next=/x/", typed)
    assert answer.status_code == 403
    for secret in ("geheim", "123456", "x" * 64, "<b>two"):
        assert secret not in answer.text
    assert "&lt;b&gt;two" in answer.text
    assert 'action="/en/account/signup/?next=/x/"' in answer.text
    again = fields_of(answer.text)
    assert set(again) == {"csrfmiddlewaretoken", "email", "note"}
    assert client.post("/en/account/signup/", again).status_code == 200, "the token of the page is good"


def test_a_form_made_by_another_site_is_not_offered_for_sending():
    client = Client(enforce_csrf_checks=True)
    answer = client.post("/en/account/email/", {"email": "evil@x.example"}, HTTP_ORIGIN="https://evil.example")
    assert answer.status_code == 403
    assert "evil@x.example" not in answer.text
    assert "Send again" not in answer.text


@pytest.mark.parametrize("typed", [{f"f{n}": "x" for n in range(201)}, {"text": "x" * 200_001}])
def test_what_is_too_large_is_not_repeated(typed):
    answer = Client(enforce_csrf_checks=True).post("/en/account/login/", typed)
    assert answer.status_code == 403
    assert "This form was not accepted" in answer.text
    assert "Send again" not in answer.text


@override_settings(ROOT_URLCONF=__name__)
def test_a_text_typed_while_the_sign_in_ended_arrives_after_signing_in_elsewhere():
    make_person()
    client = Client(enforce_csrf_checks=True)
    assert client.get("/test-letter/").url == "/account/login/?next=/test-letter/"
    token = fields_of(client.get("/en/account/login/").text)["csrfmiddlewaretoken"]
    page = client.post("/test-letter/", {"text": "for the county", "csrfmiddlewaretoken": token})
    assert page.status_code == 403
    assert 'target="_blank" rel="noopener"' in page.text
    sign_in(client, "u1", csrfmiddlewaretoken=token)
    assert signed_in(client)
    page = client.post("/test-letter/", fields_of(page.text))
    assert page.status_code == 403, "signing in changed the token"
    assert client.post("/test-letter/", fields_of(page.text)).text == "got for the county"


# --- Every page ---

ANONYMOUS = ["login/", "signup/", "confirm-email/", "confirm-email/abc/", "password/reset/", "password/reset/done/",
             "password/reset/key/1-x/", "password/reset/key/done/", "inactive/"]  # fmt: skip
SIGNED_IN = ["email/", "password/change/", "reauthenticate/", "logout/", "sessions/", "2fa/", "2fa/totp/activate/",
             "2fa/webauthn/", "2fa/webauthn/add/"]  # fmt: skip
WITH_APP = ["2fa/", "2fa/totp/deactivate/", "2fa/recovery-codes/", "2fa/recovery-codes/generate/",
            "2fa/recovery-codes/download/", "2fa/reauthenticate/", "2fa/webauthn/keys/{key}/edit/",
            "2fa/webauthn/keys/{key}/remove/", "2fa/webauthn/", "2fa/webauthn/reauthenticate/"]  # fmt: skip


def check_page(client, address):
    answer = client.get(address, follow=True)
    assert answer.status_code == 200, address
    if answer.headers["Content-Type"].startswith("text/html"):
        assert "<h1>" in answer.text
        assert 'content="noindex"' in answer.text
        assert not re.search(r"\sstyle=|<style|\son\w+=", answer.text), "no inline style or handler"
        assert all("src=" in tag or "json" in tag for tag in re.findall(r"<script[^>]*>", answer.text))


@pytest.mark.parametrize("prefix", ["/account/", "/en/account/"])
def test_all_pages_render_in_both_languages(client, prefix):
    for page in ANONYMOUS:
        check_page(Client(), prefix + page)
    user = make_person(email="li@tea.example")
    sign_in(client, "u1")
    show_that_it_is_you(client)
    for page in SIGNED_IN:
        check_page(client, prefix + page)
    totp.TOTP.activate(user, SECRET)
    RecoveryCodes.activate(user)
    add_passkey(client, user)
    key = Authenticator.objects.get(type="webauthn")
    for page in WITH_APP:
        check_page(client, prefix + page.format(key=key.pk))
    check_page(Client(), f"{prefix}confirm-email/{EmailConfirmationHMAC(EmailAddress.objects.get()).key}/")
    second = Client()
    sign_in(second, "u1")
    check_page(second, prefix + "2fa/authenticate/")


def test_too_many_attempts_get_a_page_of_the_site(client):
    for _ in range(31):
        answer = sign_in(client, "nobody-at-all", "wrong horse battery")
    assert answer.status_code == 429
    assert "protects accounts against guessing" in answer.text


def test_who_has_no_password_yet_may_set_one(client):
    user = User.objects.create_user("keys-only")
    user.set_unusable_password()
    user.save(update_fields=["password"])
    client.force_login(user)
    response = client.get("/en/account/password/set/")
    assert response.status_code == 200
    assert 'name="password1"' in response.content.decode()
