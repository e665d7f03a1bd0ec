"""Supervision at the desk: what officials see of authorisations, orders to rectify, two people to end one."""

import datetime
import html
import re

import pytest
from allauth.mfa.models import Authenticator
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from enterprises import supervision
from enterprises.application_models import StopCase
from enterprises.models import Authorisation
from enterprises.states import AuthorisationState, StopGround
from gi_registry.models import JournalEntry, RoleAssignment
from gi_registry.roles import Role
from tests import factories as make
from tests.case_world import make_world

pytestmark = pytest.mark.django_db
STEPS = ("order_rectification", "confirm_rectification", "propose_stop", "decide", "drop")


@pytest.fixture
def world():
    return make_world()


@pytest.fixture
def authorisation(world):
    return world.authorisation()


def signed_in(world, name):
    user, client = world.people[name], Client()
    Authenticator.objects.get_or_create(user=user, type=Authenticator.Type.TOTP, defaults={"data": {"secret": "x"}})
    client.force_login(user)
    return client


def address(name, *args):
    with translation.override("en"):
        return reverse(f"enterprises:{name}", args=args)


def page_of(authorisation):
    return address("desk_authorisation", authorisation.reference)


def step_of(authorisation, name):
    return address("desk_authorisation_step", authorisation.reference, name)


def text_of(response):
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode())))


def seen(client, authorisation, name):
    """What the page of a step sends back of the state that it showed."""
    return re.search(r'name="state" value="([^"]*)"', client.get(step_of(authorisation, name)).content.decode())[1]


def send(client, authorisation, name, **typed):
    values = {"state": seen(client, authorisation, name), "text": "Because of this.", "ground": "offence"}
    return client.post(step_of(authorisation, name), values | typed)


def propose(world, authorisation, ground=StopGround.OFFENCE):
    return supervision.propose_stop(authorisation, by=world.actor("reviewer"), ground=ground, text="Fakes were sold.")


# --- Who sees what ---


@pytest.mark.parametrize("name", ["reviewer", "approver", "officer", "auditor"])
def test_officials_see_the_authorisations_of_their_territory(world, authorisation, name):
    client = signed_in(world, name)
    assert authorisation.reference in text_of(client.get(address("desk_authorisations")))
    words = text_of(client.get(page_of(authorisation)))
    for wanted in (world.enterprise.name_zh, "黑毛茶、茯砖茶", "GB/T 32719", "Authorised to use the special mark by"):
        assert wanted in words


@pytest.mark.parametrize("name", ["reviewer_elsewhere", "approver_elsewhere", "owner", "editor"])
def test_others_find_nothing(world, authorisation, name):
    client = signed_in(world, name)
    index = client.get(address("desk_authorisations"))
    assert index.status_code == 404 or authorisation.reference not in text_of(index)
    assert client.get(page_of(authorisation)).status_code == 404
    for step in STEPS:
        assert client.get(step_of(authorisation, step)).status_code == 404
        assert client.post(step_of(authorisation, step), {"text": "x"}).status_code == 404


def test_one_that_was_decided_elsewhere_is_watched_by_the_province_of_the_enterprise(world):
    enterprise = make.make_enterprise("老茶厂", province=world.province)
    row = make.make_authorisation(enterprise, world.product)
    assert signed_in(world, "approver").get(page_of(row)).status_code == 200
    assert signed_in(world, "reviewer").get(page_of(row)).status_code == 404  # a prefecture is not the province
    assert signed_in(world, "approver_elsewhere").get(page_of(row)).status_code == 404


@pytest.mark.parametrize(
    ("query", "hits"),
    [
        ({"q": "示例茶业"}, True), ({"q": "heicha"}, True), ({"q": "91000000MA00000157"}, True),
        ({"q": "nothing"}, False),
        ({"state": "in_force"}, True), ({"state": "revoked"}, False),
    ],
)  # fmt: skip
def test_the_list_is_searched(world, authorisation, query, hits):
    response = signed_in(world, "reviewer").get(address("desk_authorisations"), query)
    assert (authorisation.reference in text_of(response)) == hits


@pytest.mark.parametrize("name", ["q", "state"])
def test_a_malformed_value_is_ignored_with_a_notice(world, authorisation, name):
    response = signed_in(world, "reviewer").get(address("desk_authorisations"), {name: "\0x"})
    assert "was ignored" in text_of(response)
    assert authorisation.reference in text_of(response)


def test_the_list_asks_the_same_number_of_questions_however_long_it_is(world, authorisation):
    client, numbers = signed_in(world, "approver"), []
    for _each in range(2):
        client.get(address("desk_authorisations"))
        with CaptureQueriesContext(connection) as asked:
            client.get(address("desk_authorisations"))
        numbers.append(len(asked))
        for number in range(2):
            enterprise = make.make_enterprise(f"茶厂{number}", province=world.province)
            make.make_authorisation(enterprise, world.product)
    assert numbers[0] == numbers[1]


def test_two_years_without_use_are_a_reason_to_look_and_nothing_else(world, authorisation):
    client = signed_in(world, "reviewer")
    assert "No use on record" not in text_of(client.get(page_of(authorisation)))
    long_ago = timezone.localdate() - datetime.timedelta(days=900)
    Authorisation.objects.filter(pk=authorisation.pk).update(effective_from=long_ago)
    assert "No use on record" in text_of(client.get(page_of(authorisation)))
    assert "no use on record" in text_of(client.get(address("desk_authorisations"))).lower()
    Authorisation.objects.filter(pk=authorisation.pk).update(last_used_on=timezone.localdate())
    assert "No use on record" not in text_of(client.get(page_of(authorisation)))


# --- Orders ---


def test_an_order_and_its_confirmation(world, authorisation):
    client = signed_in(world, "reviewer")
    assert send(client, authorisation, "order_rectification", text="Print the code.").status_code == 302
    authorisation.refresh_from_db()
    assert authorisation.state == AuthorisationState.RECTIFYING
    # The enterprise can read what it has to put right.
    assert "Print the code." in authorisation.terms.get().application.notes.last().text
    assert send(client, authorisation, "confirm_rectification").status_code == 302
    authorisation.refresh_from_db()
    assert authorisation.state == AuthorisationState.IN_FORCE


@pytest.mark.parametrize(("name", "step"), [("approver", "order_rectification"), ("officer", "order_rectification"),
                                            ("approver", "propose_stop"), ("officer", "decide"),
                                            ("reviewer", "decide"), ("reviewer", "drop"), ("auditor", "drop"),
                                            ("auditor", "order_rectification")])  # fmt: skip
def test_who_holds_another_role_finds_no_such_step(world, authorisation, name, step):
    propose(world, authorisation)
    client = signed_in(world, name)
    assert client.post(step_of(authorisation, step), {"text": "x", "state": "in_force:"}).status_code == 404
    assert f"/step/{step}/" not in client.get(page_of(authorisation)).content.decode()


@pytest.mark.parametrize("step", ["order_rectification", "propose_stop"])
@pytest.mark.parametrize("text", ["", "  ", "w" * 4001])
def test_without_a_fitting_reason_nothing_happens(world, authorisation, step, text):
    response = send(signed_in(world, "reviewer"), authorisation, step, text=text)
    assert response.status_code == 200
    assert "Please look at this again" in text_of(response)
    assert text.strip() in response.content.decode()
    authorisation.refresh_from_db()
    assert authorisation.state == AuthorisationState.IN_FORCE
    assert not StopCase.objects.exists()


@pytest.mark.parametrize("ground", ["", "nonsense", "given_up", "product_revoked"])
def test_a_proposal_needs_a_ground_of_the_officials(world, authorisation, ground):
    response = send(signed_in(world, "reviewer"), authorisation, "propose_stop", ground=ground)
    assert response.status_code == 200
    assert "Because of this." in response.content.decode()
    assert not StopCase.objects.exists()


def test_a_step_of_another_state_leads_back(world, authorisation):
    client = signed_in(world, "reviewer")
    assert client.get(step_of(authorisation, "confirm_rectification")).status_code == 302
    assert client.get(step_of(authorisation, "nonsense")).status_code == 404
    response = client.post(step_of(authorisation, "confirm_rectification"), {"state": "in_force:", "text": "Kept."})
    assert response.status_code == 409
    assert "Kept." in response.content.decode()


def test_a_page_that_is_only_looked_at_changes_nothing(world, authorisation):
    propose(world, authorisation)
    before = JournalEntry.objects.count()
    for name in ("reviewer", "approver"):
        client = signed_in(world, name)
        for step in STEPS:
            client.get(step_of(authorisation, step))
    assert JournalEntry.objects.count() == before


# --- Two people end an authorisation ---


@pytest.mark.parametrize(("ground", "after"), [("offence", "revoked"), ("enterprise_ended", "ended")])
def test_a_reviewer_proposes_and_an_approver_decides(world, authorisation, ground, after):
    assert send(signed_in(world, "reviewer"), authorisation, "propose_stop", ground=ground).status_code == 302
    approver = signed_in(world, "approver")
    assert "Because of this." in text_of(approver.get(page_of(authorisation)))
    assert send(approver, authorisation, "decide", text="Proved.").status_code == 302
    authorisation.refresh_from_db()
    assert authorisation.state == after
    words = text_of(approver.get(page_of(authorisation)))
    assert "Proved." in words
    assert "not announced yet" in words


def test_a_proposal_is_dropped(world, authorisation):
    propose(world, authorisation)
    assert send(signed_in(world, "approver"), authorisation, "drop").status_code == 302
    authorisation.refresh_from_db()
    assert authorisation.state == AuthorisationState.IN_FORCE
    assert StopCase.objects.get().state == "dropped"


def test_there_is_one_proposal_at_a_time(world, authorisation):
    client = signed_in(world, "reviewer")
    state = seen(client, authorisation, "propose_stop")
    propose(world, authorisation)
    assert "waiting for its decision" in text_of(client.get(page_of(authorisation)))
    typed = {"state": state, "text": "Mine, too.", "ground": "other"}
    response = client.post(step_of(authorisation, "propose_stop"), typed)
    assert response.status_code == 409
    assert "Mine, too." in response.content.decode()
    assert StopCase.objects.count() == 1


def test_the_proposer_never_decides(world, authorisation):
    propose(world, authorisation)
    RoleAssignment.objects.create(
        user=world.people["reviewer"], role=Role.APPROVER, division=world.province, effective_from=timezone.localdate()
    )
    client = signed_in(world, "reviewer")
    assert "somebody else has to decide" in text_of(client.get(page_of(authorisation)))
    for step in ("decide", "drop"):
        assert send(client, authorisation, step).status_code == 409
    assert StopCase.objects.get().state == "proposed"


@pytest.mark.parametrize("step", ["decide", "drop"])
def test_of_two_clicks_the_second_is_told(world, authorisation, step):
    propose(world, authorisation)
    client = signed_in(world, "approver")
    typed = {"state": seen(client, authorisation, step), "text": "Proved."}
    assert client.post(step_of(authorisation, step), typed).status_code == 302
    again = client.post(step_of(authorisation, step), typed)
    assert again.status_code == 409
    assert "Proved." in again.content.decode()
    assert client.get(step_of(authorisation, step)).status_code == 302


def test_pages_speak_chinese_too(world, authorisation):
    propose(world, authorisation)
    client = signed_in(world, "approver")
    with translation.override("zh-hans"):
        for name, args in (
            ("desk_authorisations", []), ("desk_authorisation", [authorisation.reference]),
            ("desk_authorisation_step", [authorisation.reference, "decide"]),
        ):  # fmt: skip
            assert 'lang="zh-Hans"' in client.get(reverse(f"enterprises:{name}", args=args)).content.decode()
