"""Suspension of an authorisation: ordered and lifted at the desk, and what the register answers for every day."""

import datetime
import html
import re

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from enterprises import authorisation_facts, directory, supervision
from enterprises.directory import Wanted
from enterprises.models import Authorisation, Suspension
from enterprises.states import AuthorisationState, StopGround, SuspensionGround
from gi_registry.models import JournalEntry
from gi_registry.moves import MoveRefused
from tests.case_world import make_world

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()
DAY = datetime.timedelta(days=1)


@pytest.fixture
def world():
    return make_world(demo=False)


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


def send(client, authorisation, name, **typed):
    seen = re.search(r'name="state" value="([^"]*)"', client.get(step_of(authorisation, name)).content.decode())
    values = {"state": seen[1], "text": "Two tests failed.", "ground": "test_failed"}
    return client.post(step_of(authorisation, name), values | typed)


def suspend(world, authorisation, **values):
    values = {"ground": SuspensionGround.TEST_FAILED, "text": "Two tests failed."} | values
    supervision.suspend(authorisation, by=world.actor("approver"), **values)
    authorisation.refresh_from_db()


def suspended_in_the_past(world, authorisation):
    """Authorised 100 days ago, suspended from 50 to 20 days ago."""
    suspend(world, authorisation)
    supervision.resume(authorisation, by=world.actor("approver"), text="Put right.")
    Authorisation.objects.filter(pk=authorisation.pk).update(effective_from=TODAY - 100 * DAY)
    Suspension.objects.update(effective_from=TODAY - 50 * DAY, effective_to=TODAY - 20 * DAY)
    authorisation.refresh_from_db()


# --- At the desk ---


def test_an_approver_suspends_and_lifts_it_again(world, authorisation):
    client = signed_in(world, "approver")
    assert step_of(authorisation, "suspend") in client.get(page_of(authorisation)).content.decode()
    assert send(client, authorisation, "suspend").status_code == 302
    authorisation.refresh_from_db()
    assert authorisation.state == AuthorisationState.SUSPENDED
    assert not authorisation.may_be_used
    page = client.get(page_of(authorisation))
    assert "Suspended since" in text_of(page)
    assert "A test or inspection was not passed" in text_of(page)
    assert step_of(authorisation, "suspend") not in page.content.decode()
    assert send(client, authorisation, "resume", text="New tests are in order.").status_code == 302
    authorisation.refresh_from_db()
    assert authorisation.state == AuthorisationState.IN_FORCE
    assert authorisation.may_be_used
    assert "Suspended since" not in text_of(client.get(page_of(authorisation)))


def test_the_enterprise_reads_the_order_and_the_public_only_the_ground(world, authorisation):
    suspend(world, authorisation, text="Lead in batch 7, see report 12.")
    file = authorisation.terms.get().application
    assert "Lead in batch 7" in text_of(signed_in(world, "owner").get(address("portal_file", file.reference)))
    public = text_of(Client().get(address("authorisation", authorisation.reference)))
    assert "a test or inspection was not passed" in public.lower()
    assert "Lead in batch 7" not in public
    assert "Lead in batch 7" not in str(list(JournalEntry.objects.values_list("payload", flat=True)))


@pytest.mark.parametrize("typed", [{"ground": ""}, {"ground": "given_up"}, {"text": " "}, {"text": "w" * 4001}])
def test_a_suspension_needs_a_ground_and_a_reason(world, authorisation, typed):
    response = send(signed_in(world, "approver"), authorisation, "suspend", **typed)
    assert response.status_code == 200
    assert "Please look at this again" in text_of(response)
    assert typed.get("text", "Two tests failed.").strip() in response.content.decode()
    authorisation.refresh_from_db()
    assert authorisation.state == AuthorisationState.IN_FORCE


def test_what_an_approver_typed_survives_that_somebody_was_faster(world, authorisation):
    client = signed_in(world, "approver")
    client.get(step_of(authorisation, "suspend"))
    suspend(world, authorisation)
    typed = {"state": "in_force:", "text": "Mine, too.", "ground": "other"}
    response = client.post(step_of(authorisation, "suspend"), typed)
    assert response.status_code == 409
    assert "Mine, too." in response.content.decode()
    assert Suspension.objects.count() == 1
    assert client.get(step_of(authorisation, "suspend")).status_code == 302  # it is suspended already


def test_an_order_to_rectify_can_end_in_a_suspension_and_is_settled_when_it_is_lifted(world, authorisation):
    supervision.order_rectification(authorisation, by=world.actor("reviewer"), text="Print the code.")
    authorisation.refresh_from_db()
    suspend(world, authorisation, ground=SuspensionGround.NOT_RECTIFIED)
    supervision.resume(authorisation, by=world.actor("approver"), text="Done at last.")
    authorisation.refresh_from_db()
    assert authorisation.state == AuthorisationState.IN_FORCE
    assert authorisation_facts.answer(authorisation).rectify_since is None


@pytest.mark.parametrize("name", ["reviewer", "officer", "auditor", "approver_elsewhere", "owner"])
@pytest.mark.parametrize("step", ["suspend", "resume"])
def test_only_the_approver_of_the_province_suspends_and_resumes(world, authorisation, name, step):
    if step == "resume":
        suspend(world, authorisation)
    before, client = authorisation.state, signed_in(world, name)
    page = client.get(page_of(authorisation))
    assert page.status_code == 404 or step_of(authorisation, step) not in page.content.decode()
    assert client.get(step_of(authorisation, step)).status_code == 404
    typed = {"text": "x", "ground": "other", "state": f"{before}:"}
    assert client.post(step_of(authorisation, step), typed).status_code == 404
    authorisation.refresh_from_db()
    assert authorisation.state == before


def test_the_writer_itself_refuses_who_may_not(world, authorisation):
    for name in ("reviewer", "approver_elsewhere", "officer", "owner"):
        with pytest.raises(MoveRefused) as refused:
            supervision.suspend(authorisation, by=world.actor(name), ground=SuspensionGround.OTHER, text="x")
        assert refused.value.code == "not_permitted"
    assert not Suspension.objects.exists()


# --- Stopped while suspended ---


def test_an_authorisation_that_is_stopped_while_suspended_is_over_and_its_suspension_closed(world, authorisation):
    suspend(world, authorisation)
    case = supervision.propose_stop(
        authorisation, by=world.actor("reviewer"), ground=StopGround.OFFENCE, text="Fakes were sold."
    )
    client = signed_in(world, "approver")
    assert send(client, authorisation, "decide", text="Proved.").status_code == 302
    authorisation.refresh_from_db()
    case.refresh_from_db()
    assert (authorisation.state, case.state) == (AuthorisationState.REVOKED, "decided")
    assert Suspension.objects.get().effective_to == TODAY
    assert "Suspended since" not in text_of(client.get(page_of(authorisation)))
    assert authorisation_facts.answer(authorisation, TODAY).standing == AuthorisationState.REVOKED
    assert client.get(step_of(authorisation, "resume")).status_code == 302  # nothing to lift any more


# --- What the register answers for every day ---


@pytest.mark.parametrize(
    ("days_ago", "standing", "usable"),
    [
        (101, None, False),
        (100, AuthorisationState.IN_FORCE, True),
        (51, AuthorisationState.IN_FORCE, True),
        (50, AuthorisationState.SUSPENDED, False),
        (21, AuthorisationState.SUSPENDED, False),
        (20, AuthorisationState.IN_FORCE, True),
        (0, AuthorisationState.IN_FORCE, True),
    ],
)
def test_the_register_knows_of_every_day_whether_the_mark_might_be_used(
    world, authorisation, days_ago, standing, usable
):
    suspended_in_the_past(world, authorisation)
    on = TODAY - days_ago * DAY
    found = authorisation_facts.answer(authorisation, on)
    assert (found.standing, found.usable) == (standing, usable)
    assert Authorisation.objects.in_force(on).filter(pk=authorisation.pk).exists() == usable
    for state in (AuthorisationState.IN_FORCE, AuthorisationState.SUSPENDED):
        listed = directory.enterprises(Wanted(on=on, status=state)).filter(pk=world.enterprise.pk).exists()
        assert listed == (standing == state)
        assert dict(directory.count(Wanted(on=on)).statuses).get(state, 0) == int(standing == state)


@pytest.mark.parametrize(("days_ago", "suspended"), [(51, False), (50, True), (21, True), (20, False)])
def test_the_public_pages_answer_for_the_day_that_is_asked_for(world, authorisation, days_ago, suspended):
    suspended_in_the_past(world, authorisation)
    query = {"as_of": (TODAY - days_ago * DAY).isoformat()}
    page = Client().get(address("authorisation", authorisation.reference), query).content.decode()
    head = page.split("<h1")[1].split("</header>")[0]
    assert ("pill-stopped" in head) == suspended
    assert ("holds no authorisation in force" in head) == suspended
    listed = Client().get(address("directory"), query | {"status": "suspended"})
    assert (world.enterprise.name_zh in text_of(listed)) == suspended
    record = text_of(Client().get(address("record", world.enterprise.key), query))
    assert ("Suspended" in record) == suspended


def test_a_suspension_of_today_counts_from_today(world, authorisation):
    Authorisation.objects.filter(pk=authorisation.pk).update(effective_from=TODAY - 10 * DAY)
    suspend(world, authorisation)
    assert authorisation_facts.answer(authorisation, TODAY - DAY).standing == AuthorisationState.IN_FORCE
    assert authorisation_facts.answer(authorisation, TODAY).standing == AuthorisationState.SUSPENDED


def test_one_that_is_lifted_on_the_same_day_leaves_no_day_without_the_mark(world, authorisation):
    suspend(world, authorisation)
    supervision.resume(authorisation, by=world.actor("approver"), text="A mistake of ours.")
    assert authorisation_facts.answer(authorisation, TODAY).standing == AuthorisationState.IN_FORCE


def test_it_can_be_suspended_again(world, authorisation):
    suspended_in_the_past(world, authorisation)
    suspend(world, authorisation, ground=SuspensionGround.INVESTIGATION)
    assert Suspension.objects.count() == 2
    assert authorisation_facts.answer(authorisation, TODAY).standing == AuthorisationState.SUSPENDED
    assert authorisation_facts.answer(authorisation, TODAY - 30 * DAY).standing == AuthorisationState.SUSPENDED
    assert authorisation_facts.answer(authorisation, TODAY - DAY).standing == AuthorisationState.IN_FORCE


def test_the_certificate_is_refused_while_suspended(world, authorisation):
    assert Client().get(address("certificate", authorisation.reference)).status_code == 200
    suspend(world, authorisation)
    assert Client().get(address("certificate", authorisation.reference)).status_code == 302


def test_the_history_tells_both_steps_with_the_ground(world, authorisation):
    suspend(world, authorisation)
    supervision.resume(authorisation, by=world.actor("approver"), text="Put right.")
    lines = [(line.title, line.text) for line in authorisation_facts.sentences(authorisation)]
    assert ("The use of the mark was suspended.", "Ground: a test or inspection was not passed.") in lines
    assert ("The suspension was lifted.", "") in lines


def test_pages_speak_chinese_too(world, authorisation):
    client = signed_in(world, "approver")
    with translation.override("zh-hans"):
        page = client.get(reverse("enterprises:desk_authorisation_step", args=[authorisation.reference, "suspend"]))
    assert 'lang="zh-Hans"' in page.content.decode()
