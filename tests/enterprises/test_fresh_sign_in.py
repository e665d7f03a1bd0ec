"""Decisions need a proof of who somebody is that is five minutes old at most; nothing typed is lost on the way."""

import re

import pytest
from allauth.mfa.models import Authenticator
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, RequestFactory
from django.urls import get_resolver, reverse
from django.utils import translation

from enterprises.states import ApplicationState as State
from gi_registry import fresh_sign_in
from tests.case_world import make_world
from tests.fresh import PASSWORD, grow_old, prove

pytestmark = pytest.mark.django_db
WHY = "The standard named is no longer in force."


@pytest.fixture
def world():
    return make_world()


@pytest.fixture
def approver(world):
    user, client = world.people["approver"], Client()
    user.set_password(PASSWORD)
    user.save()
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": "x"})
    client.force_login(user)
    return client


def step(file, name):
    with translation.override("en"):
        return reverse("enterprises:desk_move", args=[file.reference, name])


def refused(file):
    file.refresh_from_db()
    return file.state == State.REFUSED


def test_a_fresh_proof_decides_at_once(world, approver):
    file = world.file(State.PROVINCIAL_REVIEW)
    grow_old(approver, 290)
    approver.post(step(file, "refuse"), {"state": file.state, "text": WHY})
    assert refused(file)


def test_an_old_proof_decides_nothing_until_it_is_renewed(world, approver):
    file = world.file(State.PROVINCIAL_REVIEW)
    grow_old(approver)
    asked = approver.post(step(file, "refuse"), {"state": file.state, "text": WHY})
    assert not refused(file)
    response = prove(approver, asked)
    assert refused(file)
    assert response.status_code == 302
    assert file.notes.get(kind="decision").text == WHY


def test_the_proof_decides_only_once(world, approver):
    file = world.file(State.PROVINCIAL_REVIEW)
    grow_old(approver)
    asked = approver.post(step(file, "pass"), {"state": file.state})
    asked = approver.post(step(file, "refuse"), {"state": file.state, "text": ""})  # a reason is missing
    shown = prove(approver, asked)
    assert "Please look at this again" in shown.text
    again = approver.get(shown.request["PATH_INFO"] + "?" + shown.request["QUERY_STRING"])
    assert again.status_code == 200
    assert "Please look at this again" not in again.text  # what waited has been sent and is gone


def test_a_wrong_password_decides_nothing_and_loses_nothing(world, approver):
    file = world.file(State.PROVINCIAL_REVIEW)
    grow_old(approver)
    asked = approver.post(step(file, "refuse"), {"state": file.state, "text": WHY})
    wrong = approver.post(asked.url, {"password": "not the right one"})
    assert wrong.status_code == 200
    assert not refused(file)
    prove(approver, asked)
    assert refused(file)


def test_the_link_alone_without_a_proof_decides_nothing(world, approver):
    file = world.file(State.PROVINCIAL_REVIEW)
    grow_old(approver)
    asked = approver.post(step(file, "refuse"), {"state": file.state, "text": WHY})
    token = next(iter(approver.session["fresh_sign_in"]))
    page = approver.get(step(file, "refuse"), {"again": token})
    assert page.status_code == 200
    assert not refused(file)
    prove(approver, asked)  # it still waits
    assert refused(file)


def test_what_waits_is_sent_to_its_own_address_only_and_not_for_ever(world, approver, monkeypatch):
    file, other = world.file(State.PROVINCIAL_REVIEW), world.file(State.PROVINCIAL_REVIEW)
    grow_old(approver)
    approver.post(step(file, "refuse"), {"state": file.state, "text": WHY})
    token = next(iter(approver.session["fresh_sign_in"]))
    grow_old(approver, 0)
    approver.get(step(other, "refuse"), {"again": token})
    assert not refused(other)
    late = fresh_sign_in.time.time() + fresh_sign_in.WAITS_FOR
    monkeypatch.setattr(fresh_sign_in.time, "time", lambda: late)
    grow_old(approver, 0)
    approver.get(step(file, "refuse"), {"again": token})
    assert not refused(file)


def test_steps_that_decide_nothing_are_not_asked_for(world, approver):
    file = world.file(State.FIRST_REVIEW)
    grow_old(approver)
    with translation.override("en"):
        response = approver.post(reverse("enterprises:desk_message", args=[file.reference]), {"text": "Please call."})
    assert "reauthenticate" not in response.get("Location", "")


def test_two_windows_lose_nothing(world, approver):
    files = [world.file(State.PROVINCIAL_REVIEW) for _each in range(2)]
    grow_old(approver)
    asked = [approver.post(step(file, "refuse"), {"state": file.state, "text": WHY}) for file in files]
    for one in asked:
        prove(approver, one)
    assert all(refused(file) for file in files)


def test_a_lost_file_is_asked_for_again_with_the_typed_text(world, approver):
    def view(request):
        raise AssertionError("a form whose file is gone must not be taken")

    guarded = fresh_sign_in.asks_again()(view)
    grow_old(approver)
    request = RequestFactory().post("/x/", {"title": "Map of 2026", "paper": SimpleUploadedFile("a.pdf", b"%PDF")})
    request.user, request.session = world.people["approver"], approver.session
    guarded(request)
    token = next(iter(request.session["fresh_sign_in"]))
    grow_old(approver, 0)
    back = RequestFactory().get("/x/", {"again": token})
    back.user, fresh = world.people["approver"], approver.session
    fresh["fresh_sign_in"] = request.session["fresh_sign_in"]
    back.session = fresh
    page = guarded(back).content.decode()
    assert "Map of 2026" in page
    assert "you will have to choose them again" in page


ASKED = {
    "desk_move", "desk_authorisation_step", "desk_announce", "desk_correct", "desk_case_move", "desk_case_announce",
    "desk_objection_step", "desk_annex", "desk_annex_undo", "desk_list_import_preview", "desk_batch_step",
    "desk_issue_rule",
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(ASKED))
def test_every_kind_of_decision_asks(world, approver, name):
    """Who takes the decorator off one of these views is told here."""
    known = {"reference": "x", "name": "refuse", "pk": 1, "step": "revoke", "batch": "LB1",
             "nonce": "00000000-0000-4000-8000-000000000000", "slug": "x"}  # fmt: skip
    _possible, _pattern, _defaults, _converters = get_resolver("enterprises.urls").reverse_dict.getlist(name)[0]
    needed = {one: known[one] for one in _possible[0][1]}
    with translation.override("en"):
        address = reverse(f"enterprises:{name}", kwargs=needed)
    grow_old(approver)
    response = approver.post(address, {})
    assert re.search("/account/reauthenticate/", response.get("Location", "")), (name, response.status_code)
