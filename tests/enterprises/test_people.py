"""Who acts for an enterprise: sign-up by credit code, first steps, requests, invitations, leaving, hand-over."""

import datetime
import io
import re

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.core import mail, signing
from django.core.cache import cache
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from enterprises import invitations, membership
from enterprises.account_forms import CreditCodeField, EnterpriseForm
from enterprises.application_models import Notice
from enterprises.case_files import actor_of, membership_of
from enterprises.credit_codes import check_character
from enterprises.models import Enterprise, Invitation, Membership, MembershipQuerySet, MembershipRequest
from gi_registry import journal
from gi_registry.models import JournalEntry, User
from gi_registry.moves import MoveRefused
from gi_registry.roles import Role
from tests.case_world import OFFICIALS, PASSWORD, demo_code, make_world
from tests.page_words import unmarked

pytestmark = pytest.mark.django_db
CODE = demo_code(7)
NAME = "新来的茶业有限公司"
PORTAL = "/en/portal/"
BEGIN = f"{PORTAL}begin/"
PEOPLE = f"{PORTAL}people/"


@pytest.fixture(autouse=True)
def _nothing_counted():
    """Limits of sign-ups count in the cache, and all tests come from one address."""
    cache.clear()


@pytest.fixture(autouse=True)
def _commits(monkeypatch, request):
    """A test is one transaction that is never stored; here what waits for that happens at once."""
    if "django_capture_on_commit_callbacks" not in request.fixturenames:
        monkeypatch.setattr(transaction, "on_commit", lambda function, using=None, robust=False: function())


@pytest.fixture
def world():
    return make_world()


def person(name, *, confirmed=True):
    """Somebody with a confirmed address and nothing else."""
    user = User.objects.create_user(name, f"{name}@tea.example", PASSWORD)
    EmailAddress.objects.create(user=user, email=user.email, verified=confirmed, primary=True)
    return user


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


def as_(world, name):
    return signed_in(world.people[name])


def sign_up(client, email="li@tea.example", prefix="/en", **values):
    form = {"email": email, "password1": "steep green hill 1958", "uscc": CODE, "name_zh": NAME}
    return client.post(f"{prefix}/account/signup/", form | values)


def link_in(message, prefix="/en"):
    """The address in a mail, in the language of the prefix."""
    return next(link for link in re.findall(r"http://[^/]+(/\S+)", message.body)
                if link.startswith("/en/") == bool(prefix))  # fmt: skip


def invite(world, email="new@tea.example"):
    """An invitation by the owner, and its address."""
    invitation = membership.invite(world.enterprise, by=world.actor("owner"), email=email)
    return invitation, f"{PORTAL}join/{invitations.token_for(invitation)}/"


def older(invitation, **ago):
    """Let an invitation have been sent earlier; gives the address of that mail."""
    Invitation.objects.filter(pk=invitation.pk).update(invited_at=timezone.now() - datetime.timedelta(**ago))
    invitation.refresh_from_db()
    return f"{PORTAL}join/{invitations.token_for(invitation)}/"


def member(world, name):
    return membership_of(world.people[name])


def said(page):
    """The notices on a page."""
    return " ".join(re.findall(r'role="(?:status|alert)"[^>]*>(.*?)</div>', page.text, re.S))


# --- Sign-up ---


def test_from_sign_up_to_the_portal(client):
    assert sign_up(client).status_code == 302
    asked = MembershipRequest.objects.get()
    assert (asked.uscc, asked.name_zh, asked.confirmed_at) == (CODE, NAME, None)
    assert not Enterprise.objects.exists(), "nothing follows before the address is confirmed"
    client.post(link_in(mail.outbox[0]))
    page = client.get(BEGIN)
    assert NAME in page.text
    assert CODE in page.text
    assert not Membership.objects.exists(), "looking begins nothing"
    assert client.post(BEGIN).url == PORTAL
    own = Membership.objects.get()
    assert (own.role, own.enterprise.uscc, own.enterprise.name_zh) == (Role.ENTERPRISE_OWNER, CODE, NAME)
    assert client.post(BEGIN).url == PORTAL, "pressing twice does no harm"
    assert Membership.objects.count() == 1


def test_a_second_sign_up_for_a_code_goes_to_the_owner_and_says_no_more(client, world):
    sign_up(client, uscc=world.enterprise.uscc, name_zh="别的名字")
    client.post(link_in(mail.outbox[0]))
    page = client.post(BEGIN, follow=True)
    assert "Your request has gone to the person who holds the enterprise account" in page.text
    for secret in (world.enterprise.name_zh, world.people["owner"].email, "example.org"):
        assert secret not in page.text
    assert membership_of(User.objects.get(email="li@tea.example")) is None
    message = mail.outbox[-1]
    assert message.to == [world.people["owner"].email]
    assert "li@tea.example" not in message.body
    assert Notice.objects.get().user == world.people["owner"]
    client.post(BEGIN)
    assert len(mail.outbox) == 2, "the owner is told once"
    assert "li@tea.example" in as_(world, "owner").get(PEOPLE).text


def test_sign_up_answers_alike_for_a_known_and_an_unknown_enterprise(world):
    answers = [sign_up(Client(), f"li{number}@tea.example", uscc=code)
               for number, code in enumerate((CODE, world.enterprise.uscc))]  # fmt: skip
    assert {(answer.status_code, answer.url) for answer in answers} == {(302, "/en/account/confirm-email/")}


@pytest.mark.parametrize("typed", [
    CODE.lower(), f" {CODE[:2]} {CODE[2:8]}-{CODE[8:]} ", "".join(chr(ord(char) + 0xFEE0) for char in CODE),
    f"{CODE[:4]}\u200b{CODE[4:]}",
])  # fmt: skip
def test_a_code_may_be_typed_in_many_ways(client, typed):
    sign_up(client, uscc=typed)
    assert MembershipRequest.objects.get().uscc == CODE


def swapped(position, character):
    return CODE[: position - 1] + character + CODE[position:]


WRONG_LAST = next(char for char in "23" if char != CODE[17])


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        (CODE[:17], "A credit code has 18 characters; this text has 17."),
        (CODE + "1", "this text has 19"),
        ("430900600037341", "number of an old business licence"),
        ("安化茶厂", "this text has 4"),
        (swapped(18, WRONG_LAST), "The last character does not fit the others"),
        (swapped(5, "A"), "Character 5 cannot be “A”. Characters 3 to 8 are digits."),
        (swapped(12, "S"), "Character 12 cannot be “S”. A credit code has digits and capital letters"),
        (swapped(12, "茶"), "Character 12 cannot be “茶”."),
        (swapped(3, "O"), f"Character 3 cannot be “O”. A credit code has no letters O and I; they are the digits 0 "
                          f"and 1. Did you mean {CODE}?"),
        (CODE[0] + "I" + CODE[2:], f"Did you mean {CODE}?"),
        ("", "This field is required."),
    ],
)  # fmt: skip
def test_a_wrong_code_gets_a_sentence_that_helps(client, typed, sentence):
    page = sign_up(client, uscc=typed)
    errors = re.search(r'id="id_uscc_error">(.*?)</ul>', page.text).group(1)
    assert sentence in unmarked(errors)
    assert 'href="#id_uscc"' in page.text
    assert f'value="{NAME}"' in page.text, "what was typed is not lost"
    assert not User.objects.exists()


def test_no_suggestion_is_made_that_would_be_wrong():
    form = EnterpriseForm({"uscc": swapped(18, WRONG_LAST).replace("0", "O"), "name_zh": NAME})
    assert "Did you mean" not in str(form.errors["uscc"])


def test_codes_of_demonstrations_are_for_demonstrations(settings):
    assert CreditCodeField().clean(CODE) == CODE
    settings.PRODUCTION = True
    form = EnterpriseForm({"uscc": CODE, "name_zh": NAME})
    assert "region 000000 are for demonstrations only" in form.errors["uscc"][0]
    real = "9143090060003734"
    assert CreditCodeField().clean("91430900600037341F") == f"{real}1{check_character(real + '1')}"


@pytest.mark.parametrize(("name", "sentence"), [
    ("", "required"), ("茶" * 121, "at most 120"), ("送茶 http://evil.example/x", "Give the name only"),
    ("a@b.example", "Give the name only"), ("<b>茶</b>", "Give the name only"),
    ("茶\nBcc: x", "Give the name only"),
])  # fmt: skip
def test_the_name_is_a_name(name, sentence):
    form = EnterpriseForm({"uscc": CODE, "name_zh": name})
    assert sentence in str(form.errors["name_zh"])


@pytest.mark.parametrize("name", ["茶" * 120, "安化（湖南）茶业·黑茶有限公司", "Tea & Sons Co., Ltd. 1号"])
def test_real_names_are_taken(name):
    assert EnterpriseForm({"uscc": CODE, "name_zh": name}).is_valid()


# --- The first steps ---


def asking(name="li", uscc=CODE, **more):
    user = person(name, **more)
    membership.ask(user, uscc=uscc, name_zh=NAME)
    return user


def test_without_a_confirmed_address_nothing_begins():
    user = asking(confirmed=False)
    assert signed_in(user).post(BEGIN).url == "/en/account/email/"
    assert not Membership.objects.exists()


def test_who_has_not_said_for_whom_is_asked(client):
    user = person("li")
    client = signed_in(user)
    assert 'name="uscc"' in client.get(BEGIN).text
    page = client.post(BEGIN, {"uscc": CODE[:5], "name_zh": NAME})
    assert "this text has 5" in page.text
    assert f'value="{NAME}"' in page.text
    assert client.post(BEGIN, {"uscc": CODE, "name_zh": NAME}).url == BEGIN
    assert client.post(BEGIN).url == PORTAL
    assert member_of(user).role == Role.ENTERPRISE_OWNER


def member_of(user):
    return membership_of(User.objects.get(pk=user.pk))


def test_what_was_typed_wrong_at_sign_up_can_be_changed_before_it_counts():
    user = asking()
    client, better = signed_in(user), demo_code(8)
    page = client.get(f"{BEGIN}?change")
    assert f'value="{CODE}"' in page.text
    client.post(f"{BEGIN}?change", {"uscc": better, "name_zh": "好名字"})
    client.post(BEGIN)
    assert (member_of(user).enterprise.uscc, member_of(user).enterprise.name_zh) == (better, "好名字")


def test_what_was_sent_to_an_owner_cannot_be_changed(world):
    user = asking(uscc=world.enterprise.uscc)
    client = signed_in(user)
    client.post(BEGIN)
    assert 'name="uscc"' not in client.get(f"{BEGIN}?change").text
    with pytest.raises(MoveRefused, match="asked already"):
        membership.ask(user, uscc=CODE, name_zh=NAME)


@pytest.mark.parametrize("name", [name for name in OFFICIALS if name != "editor"])
def test_officials_are_led_to_the_desk(world, name):
    Authenticator.objects.create(user=world.people[name], type=Authenticator.Type.TOTP, data={"secret": "x"})
    client = as_(world, name)
    for answer in (client.get(BEGIN), client.post(BEGIN, {"uscc": CODE, "name_zh": NAME})):
        assert answer.url == "/en/desk/"
    assert not MembershipRequest.objects.exists()


def test_of_two_who_begin_at_once_one_owns_and_the_other_waits(monkeypatch):
    first, second = asking("first"), asking("second")
    assert membership.confirm(first) is not None
    # The second asked whether there is an owner a moment before the first became one.
    monkeypatch.setattr(MembershipQuerySet, "exists", lambda rows: False)
    assert membership.confirm(second) is None
    assert [row.user for row in Membership.objects.all()] == [first]
    assert [row.user for row in membership.waiting_requests(Enterprise.objects.get())] == [second]
    assert JournalEntry.objects.count() == 1


# --- Requests ---


@pytest.mark.parametrize(("answer", "joins"), [("yes", True), ("no", False)])
def test_the_owner_answers_a_request(world, answer, joins):
    user = asking(uscc=world.enterprise.uscc)
    membership.confirm(user)
    address = f"{PEOPLE}requests/{user.membership_request.pk}/"
    page = as_(world, "owner").post(address, {"accepted": answer}, follow=True)
    assert "The person gets a mail" in said(page)
    own = member_of(user)
    assert (own is not None) is joins
    assert mail.outbox[-1].to == [user.email]
    assert Notice.objects.get(user=user).event == ("member_accepted" if joins else "member_declined")
    if joins:
        assert own.role == Role.ENTERPRISE_OPERATOR
    else:
        page = signed_in(user).get(BEGIN).text
        assert "Ask whoever holds the enterprise account to invite you" in page
        assert 'name="uscc"' not in page
    again = as_(world, "owner").post(address, {"accepted": "yes"}, follow=True)
    assert "answered already" in said(again)
    assert (member_of(user) is not None) is joins


@pytest.mark.parametrize("name", ["colleague", "outsider", "reviewer", "editor", None])
def test_nobody_but_the_owner_answers_a_request(world, name):
    user = asking(uscc=world.enterprise.uscc)
    membership.confirm(user)
    address = f"{PEOPLE}requests/{user.membership_request.pk}/"
    client = as_(world, name) if name else Client()
    answer = client.post(address, {"accepted": "yes"})
    assert answer.status_code == (404 if name else 403)
    assert member_of(user) is None


def test_a_request_that_is_not_confirmed_is_not_there(world):
    user = asking(uscc=world.enterprise.uscc)
    owner = as_(world, "owner")
    assert user.email not in owner.get(PEOPLE).text
    assert owner.post(f"{PEOPLE}requests/{user.membership_request.pk}/", {"accepted": "yes"}).status_code == 404


def test_an_answer_that_is_neither_yes_nor_no_is_none(world):
    user = asking(uscc=world.enterprise.uscc)
    membership.confirm(user)
    answer = as_(world, "owner").post(f"{PEOPLE}requests/{user.membership_request.pk}/", {"accepted": "maybe"})
    assert answer.status_code == 404
    user.membership_request.refresh_from_db()
    assert user.membership_request.answered_at is None


# --- Invitations ---


@pytest.mark.parametrize("prefix", ["", "/en"])
def test_an_invitation_leads_from_the_mail_into_the_portal(world, prefix):
    owner = as_(world, "owner")
    page = owner.post(f"{prefix}/portal/people/", {"email": "NEW@tea.example"}, follow=True)
    assert "new@tea.example" in said(page)
    message = mail.outbox[0]
    assert message.to == ["new@tea.example"]
    assert world.enterprise.name_zh in message.subject
    link = link_in(message, prefix)
    page = Client().get(link)
    assert f"/account/signup/?next={link}" in page.text.replace("%3A", ":").replace("%2F", "/")
    assert "new@tea.example" not in page.text
    user = person("new")
    client = signed_in(user)
    assert world.enterprise.name_zh in client.get(link).text
    assert member_of(user) is None, "looking takes nothing"
    assert client.post(link).url == f"{prefix}/portal/"
    assert member_of(user).role == Role.ENTERPRISE_OPERATOR
    assert client.post(link).url == f"{prefix}/portal/", "pressing twice does no harm"


def test_who_was_invited_signs_up_without_naming_the_enterprise(client, world):
    _invitation, link = invite(world, "li@tea.example")
    page = client.get(f"/en/account/signup/?next={link}").text
    assert "the invitation names the enterprise" in page
    assert not re.search(r'name="uscc"[^>]*required', page)
    answer = sign_up(client, uscc="", name_zh="", next=link)
    assert answer.status_code == 302
    assert not MembershipRequest.objects.exists()
    answer = client.post(link_in(mail.outbox[0]))
    assert answer.url == link, "after the confirmation the invitation comes again"
    assert client.post(link).url == PORTAL


def test_who_was_invited_and_says_half_is_asked_for_the_rest(client, world):
    link = invite(world)[1]
    assert "This field is required" in sign_up(client, name_zh="", next=link).text
    assert "This field is required" in sign_up(client, uscc="", next=link).text
    assert "This field is required" in sign_up(client, uscc="", name_zh="", next="/en/portal/").text
    assert not User.objects.filter(email="li@tea.example").exists()


def test_who_comes_without_the_link_finds_the_invitation(world):
    invite(world)
    client = signed_in(person("new"))
    link = re.search(rf'{PORTAL}join/[^"]+', client.get(BEGIN).text).group(0)
    assert client.post(link).url == PORTAL
    other = person("other")
    assert "/join/" not in signed_in(other).get(BEGIN).text
    invitation = invite(world, other.email)[0]
    older(invitation, days=8)
    assert "/join/" not in signed_in(other).get(BEGIN).text, "an old one helps nobody"


def test_the_address_is_compared_without_regard_to_capitals(world):
    link = invite(world, "New@Tea.Example")[1]
    user = person("new")
    assert signed_in(user).post(link).url == PORTAL


@pytest.mark.parametrize("confirmed", [True, False])
def test_another_or_an_unconfirmed_address_does_not_join(world, confirmed):
    user = person("new", confirmed=False) if not confirmed else person("stranger")
    link = invite(world)[1]
    for answer in (signed_in(user).get(link), signed_in(user).post(link)):
        assert "The invitation is for another address" in answer.text
        assert "n***@t***" in answer.text
    assert member_of(user) is None
    assert Invitation.objects.get().answered_at is None


def test_links_that_no_longer_work_say_why(world):
    user = signed_in(person("new"))
    expired = older(invite(world)[0], days=7, minutes=1)
    assert_gone(user, expired, "older than seven days")
    first = Invitation.objects.get()
    still = older(first, days=6, hours=23)
    assert user.get(still).status_code == 200
    as_(world, "owner").post(f"{PEOPLE}invitations/{first.pk}/again/")
    assert_gone(user, still, "only the link in the newest mail works")
    newest = link_in(mail.outbox[-1])
    assert user.get(newest).status_code == 200
    as_(world, "owner").post(f"{PEOPLE}invitations/{first.pk}/withdraw/")
    assert_gone(user, newest, "was withdrawn")
    assert Membership.objects.filter(user__username="new").count() == 0


def assert_gone(client, link, words):
    for answer in (client.get(link), client.post(link), Client().get(link)):
        assert answer.status_code == 410
        assert words in answer.text


def test_an_invitation_is_taken_once(world):
    invitation, link = invite(world)
    user = person("new")
    signed_in(user).post(link)
    membership.leave(member_of(user), by=actor_of(member_of(user)))
    assert_gone(signed_in(user), link, "taken already")
    with pytest.raises(MoveRefused, match="answered or withdrawn"):
        membership.join(invitation, user)


@pytest.mark.parametrize("token", ["x", "a:b:c", signing.dumps([1, "x"]), signing.dumps("x", salt="invitation"),
                                   signing.dumps([0, "x"], salt="invitation")],
                         ids=["letter", "parts", "unsalted", "no list", "no invitation"])  # fmt: skip
def test_made_up_links_are_not_found(client, token):
    assert client.get(f"{PORTAL}join/{token}/").status_code == 404


def test_who_acts_for_another_enterprise_is_refused_and_the_invitation_stays(world):
    outsider = world.people["outsider"]
    EmailAddress.objects.create(user=outsider, email=outsider.email, verified=True, primary=True)
    link = invite(world, outsider.email)[1]
    client = signed_in(outsider)
    assert "You act for another enterprise already" in client.get(link).text
    assert "acts for an enterprise already" in said(client.post(link))
    assert member_of(outsider).enterprise.name_zh == "别家茶行"
    assert Invitation.objects.get().answered_at is None


def test_an_official_acts_for_no_enterprise(world):
    reviewer = world.people["reviewer"]
    EmailAddress.objects.create(user=reviewer, email="new@tea.example", verified=True, primary=True)
    answer = signed_in(reviewer).post(invite(world)[1])
    assert "Who reviews or decides acts for no enterprise" in answer.text
    assert member_of(reviewer) is None


@pytest.mark.parametrize(("email", "sentence"), [
    ("", "required"), ("no address", "valid email"), ("colleague@example.org", "acts for the enterprise already"),
    ("x" * 250 + "@tea.example", "at most 254"),
])  # fmt: skip
def test_a_wrong_address_is_not_invited_and_not_lost(world, email, sentence):
    page = as_(world, "owner").post(PEOPLE, {"email": email})
    assert sentence in re.search(r'id="id_email_error">(.*?)</ul>', page.text).group(1)
    assert f'value="{email}"' in page.text or not email
    assert mail.outbox == []
    assert not Invitation.objects.exists()


def test_a_mail_goes_after_the_invitation_is_stored(world, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        as_(world, "owner").post(PEOPLE, {"email": "new@tea.example"})
        assert mail.outbox == []
    assert len(mail.outbox) == 1


def test_a_form_sent_twice_mails_once(world):
    owner = as_(world, "owner")
    owner.post(PEOPLE, {"email": "new@tea.example"})
    link = link_in(mail.outbox[0])
    page = owner.post(PEOPLE, {"email": "New@tea.example"})
    assert "A mail went to this address a few minutes ago" in page.text
    again = owner.post(f"{PEOPLE}invitations/{Invitation.objects.get().pk}/again/", follow=True)
    assert "A mail went to this address a few minutes ago" in said(again)
    assert len(mail.outbox) == 1
    assert Client().get(link).status_code == 200, "the link that was sent still works"


def test_open_invitations_are_limited(world):
    owner = as_(world, "owner")
    for number in range(invitations.MOST_OPEN):
        last, _link = invite(world, f"p{number}@tea.example")
    assert "20 invitations are open already" in owner.post(PEOPLE, {"email": "more@tea.example"}).text
    older(last, minutes=11)
    owner.post(f"{PEOPLE}invitations/{last.pk}/again/")
    assert len(mail.outbox) == 1, "one that is open can be sent again"
    owner.post(f"{PEOPLE}invitations/{last.pk}/withdraw/")
    owner.post(PEOPLE, {"email": "more@tea.example"})
    assert mail.outbox[-1].to == ["more@tea.example"]


def test_invitations_of_a_day_are_limited(world):
    now = timezone.now()
    made = [
        Invitation(enterprise=world.enterprise, email=f"p{number}@tea.example", invited_by=world.people["owner"],
                   withdrawn_at=now)
        for number in range(invitations.MOST_A_DAY)
    ]  # fmt: skip
    Invitation.objects.bulk_create(made)
    owner = as_(world, "owner")
    assert "50 invitations were sent within a day" in owner.post(PEOPLE, {"email": "more@tea.example"}).text
    Invitation.objects.filter(email="p1@tea.example").update(invited_at=now - datetime.timedelta(hours=25))
    owner.post(PEOPLE, {"email": "more@tea.example"})
    assert len(mail.outbox) == 1


# --- Leaving and handing over ---


def test_an_operator_leaves(world):
    client = as_(world, "colleague")
    assert "To come back you need an invitation" in client.get(f"{PEOPLE}leave/").text
    assert client.post(f"{PEOPLE}leave/").url == BEGIN
    assert member(world, "colleague") is None
    assert client.get(PEOPLE).url == BEGIN
    assert world.enterprise.name_zh not in client.get(BEGIN).text


def test_the_owner_does_not_leave_before_handing_over(world):
    client = as_(world, "owner")
    for answer in (client.get(f"{PEOPLE}leave/"), client.post(f"{PEOPLE}leave/")):
        assert "Hand over first" in answer.text
    assert member(world, "owner") is not None


def test_the_owner_removes_an_operator_who_is_told(world):
    owner, pk = as_(world, "owner"), member(world, "colleague").pk
    assert "colleague@example.org" in owner.get(f"{PEOPLE}{pk}/remove/").text
    assert member(world, "colleague") is not None
    assert owner.post(f"{PEOPLE}{pk}/remove/").url == PEOPLE
    assert member(world, "colleague") is None
    assert mail.outbox[-1].to == ["colleague@example.org"]
    assert "colleague@example.org" not in owner.get(PEOPLE).text
    assert owner.post(f"{PEOPLE}{pk}/remove/").status_code == 404


def with_password(client, name):
    client.post("/en/account/login/", {"login": name, "password": PASSWORD})
    return client


def test_handing_over_swaps_the_roles_after_the_password(client, world):
    for name in ("owner", "colleague"):
        EmailAddress.objects.create(user=world.people[name], email=f"{name}@example.org", verified=True, primary=True)
    with_password(client, "owner")
    address = f"{PEOPLE}{member(world, 'colleague').pk}/hand-over/"
    assert "colleague@example.org" in client.get(address).text
    asked = client.post(address)
    assert asked.url.startswith("/en/account/reauthenticate/")
    assert member(world, "owner").role == Role.ENTERPRISE_OWNER
    answer = client.post(asked.url, {"password": PASSWORD, "next": address})
    assert answer.url == PEOPLE
    assert member(world, "owner").role == Role.ENTERPRISE_OPERATOR
    assert member(world, "colleague").role == Role.ENTERPRISE_OWNER
    assert mail.outbox[-1].to == ["colleague@example.org"]
    assert client.post(PEOPLE, {"email": "x@tea.example"}).status_code == 404, "an operator invites nobody"


@pytest.mark.parametrize("name", ["colleague", "outsider", "officer", "auditor", "editor"])
def test_the_pages_of_the_owner_are_not_there_for_others(world, name):
    invitation = invite(world)[0]
    pk = member(world, "colleague").pk
    client = as_(world, name)
    for path in (f"{pk}/remove/", f"{pk}/hand-over/"):
        assert client.get(PEOPLE + path).status_code == 404
    addresses = [f"{pk}/remove/", f"{pk}/hand-over/", f"invitations/{invitation.pk}/again/",
                 f"invitations/{invitation.pk}/withdraw/"]  # fmt: skip
    for path in addresses:
        assert client.post(PEOPLE + path).status_code == 404, path
    if name != "outsider":  # who owns another enterprise invites for that one
        assert client.post(PEOPLE, {"email": "x@tea.example"}).status_code == 404
    invitation.refresh_from_db()
    assert invitation.withdrawn_at is None
    assert member(world, "colleague").role == Role.ENTERPRISE_OPERATOR
    assert Membership.objects.filter(ended_at=None).count() == 3


def test_an_operator_sees_who_acts_and_nothing_that_is_the_owners(world):
    user = asking(uscc=world.enterprise.uscc)
    membership.confirm(user)
    invite(world)
    page = as_(world, "colleague").get(PEOPLE).text
    assert "owner@example.org" in page
    for hidden in (user.email, "new@tea.example", "remove/", "hand-over/", 'name="email"'):
        assert hidden not in page


def test_the_journal_tells_of_people_without_naming_them(world):
    user = asking(uscc=world.enterprise.uscc)
    membership.confirm(user)
    membership.answer(user.membership_request, by=world.actor("owner"), enterprise=world.enterprise, accepted=True)
    membership.hand_over(world.enterprise, by=world.actor("owner"), to=member_of(user))
    membership.leave(member(world, "owner"), by=actor_of(member(world, "owner")))
    entries = JournalEntry.objects.filter(subject_kind="membership").order_by("sequence")
    assert [(entry.event_type, entry.payload["role"]) for entry in entries] == [
        ("enterprise.member_joined", "enterprise_operator"),
        ("enterprise.owner_changed", "enterprise_operator"), ("enterprise.owner_changed", "enterprise_owner"),
        ("enterprise.member_left", "enterprise_operator"),
    ]  # fmt: skip
    text = " ".join(str(vars(entry)) for entry in entries)
    for name in (user.username, user.email, "owner@example.org", world.enterprise.name_zh, world.enterprise.uscc):
        assert not re.search(rf"\b{re.escape(name)}\b", text), name
    assert list(journal.verify()) == []


# --- Pages ---


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_all_pages_in_both_languages(world, language):
    user = asking(uscc=world.enterprise.uscc)
    membership.confirm(user)
    invitation = invite(world)[0]
    colleague = member(world, "colleague")
    with translation.override(language):
        pages = [reverse("enterprises:portal_people"), reverse("enterprises:portal_people_leave"),
                 reverse("enterprises:portal_people_remove", args=[colleague.pk]),
                 reverse("enterprises:portal_people_hand_over", args=[colleague.pk])]  # fmt: skip
        join = reverse("enterprises:portal_join", args=[invitations.token_for(invitation)])
        begin = reverse("enterprises:portal_begin")
    walks = [(as_(world, "owner"), page) for page in pages]
    walks += [(as_(world, "colleague"), page) for page in pages[:2]]
    walks += [(Client(), join), (signed_in(user), join), (as_(world, "outsider"), join)]
    walks += [(signed_in(user), begin), (signed_in(person("x")), begin), (signed_in(asking("y")), begin)]
    for client, address in walks:
        answer = client.get(address)
        assert answer.status_code == 200, address
        assert answer.text.count("<h1>") == 1
        assert 'content="noindex"' in answer.text


@pytest.mark.parametrize("address", [BEGIN, PEOPLE, f"{PEOPLE}leave/", f"{PEOPLE}1/remove/", f"{PEOPLE}1/hand-over/"])
def test_who_is_signed_out_is_led_to_the_sign_in_and_back(client, address):
    assert client.get(address).url == f"/en/account/login/?next={address}"


def test_what_was_typed_while_the_sign_in_ended_is_kept(client):
    answer = client.post(PEOPLE, {"email": "new@tea.example"})
    assert answer.status_code == 403
    assert "new@tea.example" in answer.text


def test_the_operator_releases_an_enterprise_from_the_wrong_people(world):
    before = JournalEntry.objects.filter(event_type="enterprise.member_left").count()
    call_command("release_enterprise", world.enterprise.uscc.lower(), verbosity=0, stdout=io.StringIO())
    assert not world.enterprise.memberships.current().exists()
    assert JournalEntry.objects.filter(event_type="enterprise.member_left").count() == before + 2
    with pytest.raises(MoveRefused):  # a person, whoever it is, cannot
        membership.release(world.enterprise, by=world.actor("owner"))
    right = User.objects.create_user("right", "right@example.org")
    membership.ask(right, uscc=world.enterprise.uscc, name_zh=world.enterprise.name_zh)
    assert membership.confirm(right).role == "enterprise_owner"


def test_an_unknown_code_releases_nobody(world):
    with pytest.raises(CommandError, match="No enterprise"):
        call_command("release_enterprise", "91110000600037341L")
