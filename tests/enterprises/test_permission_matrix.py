"""Who may open and send what, in the portal and at the desk: every address, method and person, each cell stated.

A page answers one of: in (it is shown, or the form is answered), 404 (there is nothing here for you), sign in, kept
(the sign-in has ended: what was typed is shown again), led away (to the page where somebody begins), 405. What is
unknown and what is forbidden look the same.
"""

import datetime
import uuid
from types import ModuleType

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from django.db import transaction
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import translation

from enterprises import (
    document_store,
    label_facts,
    membership,
    output,
    report_photos,
    suspect_reports,
    verification,
)
from enterprises.application_models import Document
from enterprises.label_models import LabelBatch
from enterprises.label_states import SignalKind, Suspicion, Unit
from enterprises.models import MembershipRequest
from enterprises.scan_models import CopySignal, ReportPhoto, label_key
from enterprises.states import ApplicationState
from enterprises.use_states import UseState
from gi_registry.models import User
from products import list_files, list_registrar, plan_reports, planning
from products.plan_states import MeasureKind
from tests import (
    matrix_cases,
    matrix_inspections,
    matrix_objections,
    matrix_people,
    matrix_recognition,
    matrix_systems,
    matrix_webhooks,
    matrix_zones,
)
from tests.case_world import OFFICIALS, make_world
from tests.cultivation_world import make_candidate, make_project, make_training
from tests.factories import make_listed_unit, make_poverty_list
from tests.label_world import code_of, make_labels
from tests.matrix import (
    DESK,
    ENTERPRISES,
    HERE,
    ISSUERS,
    KEEPERS,
    MEMBERS,
    NOBODY,
    OWNERS,
    PEOPLE,
    PLANNERS,
    PROVINCIAL,
    SIGNED_IN,
    WORKING,
    Row,
)
from tests.products.test_list_imports import ANHUA, as_csv
from tests.use_world import LAST_YEAR, long_ago, make_report

pytestmark = pytest.mark.django_db
TABLE: dict[str, Row] = {
    # --- the portal: an enterprise sees what is its own, and nobody else does ---
    "portal": Row(ENTERPRISES, None, begins=True),
    "portal_area": Row(ENTERPRISES, None),
    "portal_notices_read": Row(None, ENTERPRISES),
    "portal_start": Row(ENTERPRISES, ENTERPRISES, begins=True),
    "portal_step": Row(MEMBERS, MEMBERS, "step"),
    "portal_submit": Row(None, MEMBERS, "draft"),
    "portal_discard": Row(MEMBERS, MEMBERS, "draft"),
    "portal_file": Row(MEMBERS, None, "file"),
    "portal_receipt": Row(MEMBERS, None, "file"),
    "portal_reply": Row(None, MEMBERS, "file"),
    "portal_message": Row(None, MEMBERS, "file"),
    "portal_withdraw": Row(MEMBERS, MEMBERS, "file"),
    "portal_document": Row(MEMBERS, None, "document"),
    "portal_document_remove": Row(None, MEMBERS, "draft document"),
    "portal_authorisation": Row(MEMBERS, None, "authorisation"),
    "portal_give_up": Row(None, {"owner"}, "authorisation"),
    "portal_use": Row(None, MEMBERS, "authorisation"),
    "portal_labels": Row(MEMBERS, None, "authorisation"),
    "portal_output": Row(MEMBERS, MEMBERS, "authorisation"),
    "portal_statement_withdraw": Row(None, MEMBERS, "own statement"),
    "portal_batch_request": Row(MEMBERS, MEMBERS, "authorisation"),
    "portal_insights": Row(MEMBERS, None, "authorisation"),
    "portal_batch": Row(MEMBERS, None, "batch"),
    "portal_batch_files": Row(MEMBERS, None, "batch"),
    "portal_batch_file": Row(MEMBERS, None, "file of labels"),
    "portal_batch_preview": Row(MEMBERS, None, "batch"),
    "portal_batch_photo": Row(MEMBERS, MEMBERS, "batch"),
    "portal_batch_step": Row(MEMBERS, MEMBERS, "activation"),
    # --- yearly use reports in the portal ---
    "portal_use_reports": Row(ENTERPRISES, None),
    "portal_use_report": Row(MEMBERS, MEMBERS, "own year"),
    "portal_use_edit": Row(MEMBERS, MEMBERS, "own year"),
    "portal_use_submit": Row(MEMBERS, MEMBERS, "own year"),
    # --- people of an enterprise: the owner decides ---
    "portal_begin": Row(SIGNED_IN, SIGNED_IN),
    "portal_join": Row(NOBODY, NOBODY, "token", anybody=True),
    "portal_people": Row(ENTERPRISES, OWNERS, begins=True),
    "portal_people_leave": Row(ENTERPRISES, ENTERPRISES),
    "portal_people_answer": Row(None, {"owner"}, "request", data="yes"),
    "portal_people_again": Row(None, {"owner"}, "invitation"),
    "portal_people_withdraw": Row(None, {"owner"}, "invitation"),
    "portal_people_remove": Row({"owner"}, {"owner"}, "member"),
    "portal_people_hand_over": Row({"owner"}, {"owner"}, "member"),
    # --- the desk: the own territory; the auditor reads and sends nothing ---
    "desk": Row(DESK, None),
    "desk_operation": Row({"officer", "auditor"}, None),
    "desk_notices_read": Row(None, DESK - {"auditor"}),
    "desk_file": Row(HERE, None, "file"),
    "desk_document": Row(HERE, None, "document"),
    "desk_move": Row({"reviewer"}, {"reviewer"}, "move"),
    "desk_assign": Row(None, WORKING, "file"),
    "desk_message": Row(None, WORKING, "file"),
    "desk_site_check": Row({"reviewer"}, {"reviewer"}, "site"),
    "desk_upload": Row({"reviewer"}, {"reviewer"}, "file"),
    "desk_announce": Row({"officer"}, {"officer"}),
    "desk_correct": Row({"officer"}, {"officer"}, "announcement"),
    "desk_authorisations": Row(DESK, None),
    "desk_authorisation": Row(HERE, None, "authorisation"),
    "desk_authorisation_step": Row({"reviewer"}, {"reviewer"}, "order"),
    # --- labels, copies and reports at the desk ---
    "desk_labels": Row(DESK, None),
    "desk_label_authorisation": Row(HERE, None, "authorisation"),
    "desk_statement": Row(HERE, ISSUERS, "statement"),
    "desk_reduce": Row(ISSUERS, ISSUERS, "authorisation"),
    "desk_batch": Row(HERE, None, "batch"),
    "desk_batch_step": Row(ISSUERS, ISSUERS, "issue"),
    "desk_issue_rule": Row({"approver", "approver_elsewhere"}, {"approver", "approver_elsewhere"}),
    "desk_signals": Row(DESK, None),
    "desk_signal": Row(HERE, None, "signal"),
    "desk_signal_step": Row(WORKING, WORKING, "watch"),
    "desk_reports": Row(DESK, None),
    "desk_report": Row(HERE, None, "report"),
    "desk_report_photo": Row(HERE, None, "report photo"),
    "desk_report_step": Row(WORKING, WORKING, "take up"),
    # --- yearly use reports at the desk ---
    "desk_use_reports": Row(DESK, None),
    "desk_yearly_return": Row(PROVINCIAL | {"officer", "auditor"}, None),
    "desk_use_report": Row(HERE, None, "use report"),
    "desk_use_step": Row(WORKING, WORKING, "use step"),
    # --- poverty lists: everybody at the desk reads, the officer keeps them ---
    "desk_lists": Row(DESK, None),
    "desk_list": Row(DESK, None, "list"),
    "desk_list_file": Row(DESK, None, "list file"),
    "desk_list_new": Row({"officer"}, {"officer"}),
    "desk_list_edit": Row({"officer"}, {"officer"}, "list"),
    "desk_version_new": Row({"officer"}, {"officer"}, "list"),
    "desk_list_import": Row({"officer"}, {"officer"}, "list"),
    "desk_list_import_preview": Row({"officer"}, {"officer"}, "import"),
    "desk_unit_new": Row({"officer"}, {"officer"}, "list"),
    "desk_unit_edit": Row(DESK, {"officer"}, "unit"),
    "desk_unit_drop": Row({"officer"}, {"officer"}, "unit"),
    # --- candidates, trainings, projects: of the own territory ---
    "desk_candidates": Row(DESK, None),
    "desk_candidate_new": Row(KEEPERS, KEEPERS),
    "desk_candidate": Row(HERE, None, "candidate"),
    "desk_candidate_edit": Row(WORKING, WORKING, "candidate"),
    "desk_candidate_release": Row(WORKING, WORKING, "candidate"),
    "desk_candidate_step": Row(WORKING, WORKING, "candidate step"),
    "desk_trainings": Row(DESK, None),
    "desk_training_new": Row(KEEPERS, KEEPERS),
    "desk_training_edit": Row(WORKING, WORKING, "training"),
    "desk_training_strike": Row(WORKING, WORKING, "training"),
    "desk_projects": Row(DESK, None),
    "desk_project_new": Row(KEEPERS, KEEPERS),
    "desk_project_edit": Row(WORKING, WORKING, "project"),
    "desk_project_strike": Row(WORKING, WORKING, "project"),
    # --- plans: of the own province ---
    "desk_coverage": Row(DESK, None),
    "desk_plan_new": Row(PROVINCIAL | {"officer"}, PROVINCIAL | {"officer"}),
    "desk_plan": Row(HERE, None, "plan"),
    "desk_plan_edit": Row(PLANNERS, PLANNERS, "plan"),
    "desk_plan_step": Row(PLANNERS, PLANNERS, "plan step"),
    "desk_plan_release": Row(PLANNERS, PLANNERS, "plan"),
    "desk_measure": Row(PLANNERS, PLANNERS, "new measure"),
    "desk_measure_remove": Row(PLANNERS, PLANNERS, "measure"),
    "desk_figure_new": Row(PLANNERS, PLANNERS, "plan"),
    "desk_figure": Row(PLANNERS, PLANNERS, "figure"),
}
# Parts with a module of their own; each offers ROWS and keys(world).
PARTS: list[ModuleType] = [
    matrix_cases,
    matrix_inspections,
    matrix_objections,
    matrix_people,
    matrix_recognition,
    matrix_systems,
    matrix_webhooks,
    matrix_zones,
]
for part in PARTS:
    TABLE |= part.ROWS


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


@pytest.fixture(scope="module")
def place(django_db_setup, django_db_blocker):
    """The world, and the arguments that each address takes: always of the owner's enterprise and of Anhua.

    Made once for the file: each test undoes what it changes, and this one undoes the rest.
    """
    with django_db_blocker.unblock(), transaction.atomic(), translation.override("en"):
        yield _place()
        transaction.set_rollback(True)


def _place():
    world = make_world()
    for name in OFFICIALS:
        TOTP.activate(world.people[name], "JBSWY3DPEHPK3PXP")
    draft, sent = world.draft(), world.file(ApplicationState.SUBMITTED)
    review = world.file(ApplicationState.FIRST_REVIEW)
    found = make_labels(world=world)
    authorisation = found.authorisation
    batch, requested = found.batch(100, active=(1, 50)), found.request(10)
    statement = output.state_output(
        authorisation, by=world.actor("owner"), nonce=uuid.uuid4(), season="2026", unit=Unit.KILOGRAM, quantity=5,
        evidence="Weighing list 8",
    )  # fmt: skip
    signal = CopySignal.objects.create(batch=batch, label=label_key(batch.pk, 1), kind=SignalKind.TWO_PROVINCES)
    report, _token = suspect_reports.receive(
        nonce=uuid.uuid4(), suspicion=Suspicion.OTHER, text="Odd.", label=verification.find(code_of(batch, 1))
    )
    photo = ReportPhoto.objects.create(report=report, name="photo.jpg", media_type="image/jpeg", size=1)
    asking = User.objects.create_user("asking", "asking@example.org")
    request = MembershipRequest.objects.create(
        user=asking, uscc=world.enterprise.uscc, name_zh="x", confirmed_at="2026-01-01T00:00Z"
    )
    invitation = membership.invite(world.enterprise, by=world.actor("owner"), email="new@example.org")
    colleague = world.people["colleague"].memberships.get()
    document_store.folder().mkdir(parents=True, exist_ok=True)
    for name in Document.objects.values_list("name", flat=True):
        (document_store.folder() / name).write_bytes(b"%PDF-1.4")
    for folder, name in ((report_photos.folder(), photo.name), (label_facts.photo_folder(), "photo.jpg")):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"\xff\xd8\xff")
    LabelBatch.objects.filter(pk=batch.pk).update(photo="photo.jpg")
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
        "order": [authorisation.reference, "order_rectification"],
        "batch": [batch.reference],
        "file of labels": [batch.reference, "csv"],
        "activation": [batch.reference, "activate"],
        "issue": [requested.reference, "issue"],
        "own statement": [authorisation.reference, statement.pk],
        "statement": [statement.pk],
        "signal": [signal.pk],
        "watch": [signal.pk, "watch"],
        "report": [report.reference],
        "report photo": [report.reference, photo.pk],
        "take up": [report.reference, "take_up"],
        "request": [request.pk],
        **_coverage_keys(world, authorisation),
        "invitation": [invitation.pk],
        "member": [colleague.pk],
        "token": [uuid.uuid4().hex],
    }
    for part in PARTS:
        keys |= part.keys(world)
    return world, keys


def _coverage_keys(world, authorisation):
    """What the pages of lists, candidates, plans and yearly reports name."""
    listed = make_poverty_list("test")
    unit = make_listed_unit(listed, world.county)
    sent = list_registrar.record_import(
        listed, by=world.actor("officer"), nonce=uuid.uuid4(), file_name="a.csv", sha256="0" * 64,
        rows=list_files.read(as_csv(ANHUA)).as_json(), basis="b",
    )  # fmt: skip
    candidate, by = make_candidate(world).reference, world.actor("approver")
    plan = planning.enter_plan(
        by=by, nonce=uuid.uuid4(), division=world.province, name_zh="计划", office="省知识产权局", poverty_list=listed,
        period_from=datetime.date(2025, 1, 1), period_to=datetime.date(2027, 12, 31),
    )  # fmt: skip
    planning.set_measure(plan, MeasureKind.UNITS_COVERED, by=by, version=plan.version, target=1)
    planning.adopt(plan, by=by, version=plan.version)
    figure = plan_reports.enter_reported(
        plan.measures.get(), by=by, on=datetime.date(2025, 6, 1), precision="day", source="x", value=1, basis="sourced"
    )
    long_ago(authorisation)
    report = make_report(world, authorisation, state=UseState.SUBMITTED).reference
    return {
        "own year": [authorisation.reference, LAST_YEAR - 1],
        "use report": [report],
        "use step": [report, "accept"],
        "list": [listed.slug],
        "list file": [listed.slug, "csv"],
        "unit": [listed.slug, unit.pk],
        "import": [sent.nonce],
        "candidate": [candidate],
        "candidate step": [candidate, "drop"],
        "training": [make_training(world, division=world.county).pk],
        "project": [make_project(world, division=world.county).pk],
        "plan": [plan.reference],
        "plan step": [plan.reference, "close"],
        "measure": [plan.reference, "units_covered"],
        "new measure": [plan.reference, "new_products"],
        "figure": [plan.reference, figure.pk],
    }


def answer_of(client, method, address, data):
    """What happened, in the words of the table."""
    response = getattr(client, method)(address, {"accepted": data} if data else None)
    target = response.headers.get("Location", "")
    if response.streaming:
        response.getvalue()  # to its end, or the file stays open
    if response.status_code == 404:
        return "404"
    if response.status_code == 405:
        return "405"
    if "/account/login/" in target:
        return "sign in"
    if "/portal/begin/" in target and method == "get":
        return "led away"
    if response.status_code == 403:
        return "kept"
    assert response.status_code < 500, (address, response.status_code)
    return "in"


def walk(client, world, keys, name):
    """person, method → answer; whatever a form changed is undone."""
    address = reverse(f"enterprises:{name}", args=keys[TABLE[name].key])
    if name == "portal_area":
        address += "?product=365&division=430923"
    for person in PEOPLE:
        if person == "anonymous":
            client.logout()
        else:
            client.force_login(world.people[person])
        for method in ("get", "post"):
            with transaction.atomic():
                yield person, method, answer_of(client, method, address, TABLE[name].data)
                transaction.set_rollback(True)


def wanted(row, person, method):
    """What the table says of one cell."""
    allowed = row.get if method == "get" else row.post
    if allowed is None:
        return "405"
    if person == "anonymous" and not row.anybody:
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
