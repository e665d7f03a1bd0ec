"""Who may open and send what, in the portal and at the desk: every address, method and person, each cell stated.

A page answers one of: in (it is shown, or the form is answered), 404 (there is nothing here for you), sign in, kept
(the sign-in has ended: what was typed is shown again), led away (to the page where somebody begins), 405. What is
unknown and what is forbidden look the same.
"""

import uuid
from dataclasses import dataclass, field

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from django.db import transaction
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from enterprises import membership, supervision
from enterprises.models import MembershipRequest
from enterprises.states import ApplicationState, StopGround
from gi_registry.models import User
from tests.case_world import OFFICIALS, make_world

pytestmark = pytest.mark.django_db
PEOPLE = ["anonymous", "owner", "colleague", "outsider", *OFFICIALS]
MEMBERS = {"owner", "colleague"}
ENTERPRISES = MEMBERS | {"outsider"}
REVIEWING = {"reviewer"}
HERE = {"reviewer", "approver", "officer", "auditor"}  # may read a file of Anhua
DESK = HERE | {"reviewer_elsewhere", "approver_elsewhere"}
NOBODY: set[str] = set()


@dataclass(frozen=True)
class Row:
    """One address: who may GET it and who may POST to it; None: the method is not offered. `key`: what it names.

    `begins`: people without an enterprise are led to the page where somebody begins instead of a 404.
    """

    get: set[str] | None
    post: set[str] | None
    key: str = ""
    begins: bool = False
    led: set[str] = field(default_factory=set)


TABLE: dict[str, Row] = {}


def names() -> list[str]:
    """Every address of the portal and the desk, as the resolver knows them."""
    found = []

    def walk(patterns, prefix, inside):
        for pattern in patterns:
            route = prefix + str(pattern.pattern)
            if isinstance(pattern, URLResolver):
                walk(pattern.url_patterns, route, inside or pattern.namespace == "enterprises")
            elif isinstance(pattern, URLPattern) and inside and route.startswith(("portal/", "desk/")):
                found.append(pattern.name)

    for resolver in get_resolver().url_patterns:
        if isinstance(resolver, URLResolver) and "Locale" in type(resolver.pattern).__name__:
            walk(resolver.url_patterns, "", False)
    return sorted(found)


@pytest.fixture
def place():
    """The world, and the arguments that each address takes: always of the owner's enterprise and of Anhua."""
    world = make_world()
    for name in OFFICIALS:
        TOTP.activate(world.people[name], "JBSWY3DPEHPK3PXP")
    draft, sent = world.draft(), world.file(ApplicationState.SUBMITTED)
    review = world.file(ApplicationState.FIRST_REVIEW)
    authorisation = world.authorisation()
    case = supervision.propose_stop(
        authorisation, by=world.actor("reviewer"), ground=StopGround.OFFENCE, text="seen on site"
    )
    asking = User.objects.create_user("asking", "asking@example.org")
    request = MembershipRequest.objects.create(
        user=asking, uscc=world.enterprise.uscc, name_zh="x", confirmed_at="2026-01-01T00:00Z"
    )
    invitation = membership.invite(world.enterprise, by=world.actor("owner"), email="new@example.org")
    colleague = world.people["colleague"].memberships.get()
    keys = {
        "": [],
        "draft": [draft.reference],
        "file": [sent.reference],
        "draft document": [draft.reference, draft.documents.first().pk],
        "document": [sent.reference, sent.documents.first().pk],
        "site": [review.reference, review.sites.first().pk],
        "step": [draft.reference, "goods"],
        "move": [sent.reference, "accept"],
        "authorisation": [authorisation.reference],
        "announcement": [authorisation.announcement_id],
        "case": [authorisation.reference, case.pk],
        "request": [request.pk],
        "invitation": [invitation.pk],
        "member": [colleague.pk],
        "token": [uuid.uuid4().hex],
    }
    return world, keys


def answer_of(client, method, address):
    """What happened, in the words of the table."""
    response = getattr(client, method)(address)
    target = response.headers.get("Location", "")
    if response.status_code == 404:
        return "404"
    if response.status_code == 405:
        return "405"
    if "/account/login/" in target:
        return "sign in"
    if "/portal/begin/" in target:
        return "led away"
    if response.status_code == 403:
        return "kept"
    assert response.status_code < 500, (address, response.status_code)
    return "in"


def walk(client, world, keys, name):
    """person, method → answer; whatever a form changed is undone."""
    address = reverse(f"enterprises:{name}", args=keys[TABLE[name].key if name in TABLE else ""])
    for person in PEOPLE:
        if person == "anonymous":
            client.logout()
        else:
            client.force_login(world.people[person])
        for method in ("get", "post"):
            with transaction.atomic():
                yield person, method, answer_of(client, method, address)
                transaction.set_rollback(True)


def wanted(row, person, method):
    """What the table says of one cell."""
    allowed = row.get if method == "get" else row.post
    if allowed is None:
        return "405"
    if person == "anonymous":
        return "sign in" if method == "get" else "kept"
    if person in allowed:
        return "in"
    if row.begins and method == "get" and person not in ENTERPRISES:
        return "led away"
    return "404"


def test_every_address_stands_in_the_table():
    assert sorted(TABLE) == names()


@pytest.mark.parametrize("name", sorted(TABLE))
def test_each_cell(client, place, name):
    world, keys = place
    found = {(person, method): answer for person, method, answer in walk(client, world, keys, name)}
    assert found == {(person, method): wanted(TABLE[name], person, method) for person, method in found}


def test_nobody_sends_anything_who_may_only_read():
    for name, row in TABLE.items():
        if name.startswith("desk"):
            assert "auditor" not in (row.post or set()), name


@pytest.mark.parametrize("person", ["outsider", "reviewer_elsewhere", "editor"])
def test_unknown_and_forbidden_look_the_same(client, place, person):
    world, keys = place
    client.force_login(world.people[person])
    for name in ("portal_file", "desk_file"):
        forbidden = client.get(reverse(f"enterprises:{name}", args=keys["file"]))
        unknown = client.get(reverse(f"enterprises:{name}", args=["MA2026999999"]))
        assert (forbidden.status_code, unknown.status_code) == (404, 404)
        trace = forbidden.content.replace(keys["file"][0].encode(), b"X")
        assert trace == unknown.content.replace(b"MA2026999999", b"X"), name
