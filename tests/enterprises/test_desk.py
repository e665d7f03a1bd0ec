"""The desk: what an official finds in the queue, on the page of a file, and what each button does."""

import datetime
import html
import io
import re
import uuid

import pikepdf
import pytest
from allauth.mfa.models import Authenticator
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from enterprises import clocks, document_store, drafts, file_history, workflow
from enterprises.application_models import Deadline, Document, MarkApplication, Note, SiteCheck
from enterprises.models import DecisionAuthority
from enterprises.states import ApplicationKind, DocumentKind, SiteResult
from enterprises.states import ApplicationState as State
from gi_registry.models import JournalEntry, RoleAssignment
from gi_registry.roles import Role
from tests.case_world import check_sites, make_world, pdf

pytestmark = pytest.mark.django_db
DAY = datetime.timedelta(days=1)


@pytest.fixture
def world():
    return make_world()


@pytest.fixture
def enter(client, world):
    """Sign somebody in, with the second factor that officials need."""

    def enter(name):
        user = world.people[name]
        data = {"secret": "x"}
        Authenticator.objects.get_or_create(user=user, type=Authenticator.Type.TOTP, defaults={"data": data})
        client.force_login(user)
        return client

    return enter


def text_of(response):
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode())))


def address(name, file, *more):
    with translation.override("en"):
        return reverse(f"enterprises:{name}", args=[file.reference, *more])


def queue(client, **query):
    with translation.override("en"):
        return client.get(reverse("enterprises:desk"), query)


def references(response):
    return [file.reference for file, _face, _since in response.context["rows"]]


def ends(file, days):
    """The running clock of a file ends some days from now."""
    day = timezone.localdate() + days * DAY
    Deadline.objects.filter(application=file, stopped_on=None).update(due_on=day, started_on=day - 20 * DAY)


def a_pdf():
    target = io.BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.save(target)
    return SimpleUploadedFile("report.pdf", target.getvalue(), "application/pdf")


# --- Who comes in ---


def test_who_is_not_signed_in_is_led_to_the_sign_in(client, world):
    response = queue(client)
    assert response.status_code == 302
    assert "/login/" in response["Location"]


@pytest.mark.parametrize("name", ["owner", "colleague", "outsider", "editor"])
def test_who_has_no_role_at_the_desk_finds_none(enter, world, name):
    file = world.file()
    client = enter(name)
    assert queue(client).status_code == 404
    assert client.get(address("desk_file", file)).status_code == 404
    assert client.get(address("desk_document", file, file.documents.first().pk)).status_code == 404


@pytest.mark.parametrize("name", ["reviewer_elsewhere", "approver_elsewhere"])
def test_officials_elsewhere_see_nothing_of_a_file(enter, world, name):
    file = world.file(State.FIRST_REVIEW)
    client = enter(name)
    assert references(queue(client, view="any")) == []
    site, document = file.sites.get().pk, file.documents.first().pk
    for page in (
        address("desk_file", file), address("desk_move", file, "pass_on"), address("desk_site_check", file, site),
        address("desk_document", file, document), address("desk_upload", file),
    ):  # fmt: skip
        assert client.get(page).status_code == 404, page
    for page in (
        address("desk_move", file, "pass_on"), address("desk_site_check", file, site), address("desk_assign", file),
        address("desk_message", file), address("desk_upload", file),
    ):  # fmt: skip
        assert client.post(page, {"text": "x", "message": "x"}).status_code == 404, page


def test_a_draft_is_nobodys_business(enter, world):
    file = world.draft()
    client = enter("officer")
    assert references(queue(client, view="any")) == []
    assert client.get(address("desk_file", file)).status_code == 404


# --- The queue ---


@pytest.mark.parametrize(
    ("name", "waiting"),
    [
        ("reviewer", {State.SUBMITTED, State.ACCEPTED, State.FIRST_REVIEW}),
        ("approver", {State.PROVINCIAL_REVIEW}),
        ("officer", {State.NATIONAL_REVIEW, State.APPROVED}),
    ],
)
def test_what_waits_for_each_role(enter, world, name, waiting):
    files = {state: world.file(state) for state in State if state not in (State.DRAFT, State.NATIONAL_REVIEW)}
    DecisionAuthority.objects.all().delete()
    files[State.NATIONAL_REVIEW] = world.file(State.NATIONAL_REVIEW)
    response = queue(enter(name))
    assert set(references(response)) == {files[state].reference for state in waiting}
    assert response.context["counts"].waiting == len(waiting)


def test_an_auditor_has_nothing_waiting_and_sees_all_open_files(enter, world):
    opened, ended = world.file(), world.file(State.REFUSED)
    client = enter("auditor")
    assert references(queue(client)) == [opened.reference]
    assert references(queue(client, view="finished")) == [ended.reference]


def test_a_file_waits_for_the_reviewer_again_when_the_enterprise_has_not_replied(enter, world):
    file = world.file(State.DEFECTS)
    client = enter("reviewer")
    assert references(queue(client)) == []
    ends(file, -1)
    assert references(queue(client)) == [file.reference]


def test_who_has_reviewed_a_file_does_not_wait_to_decide_on_it(enter, world):
    file = world.file(State.PROVINCIAL_REVIEW)
    RoleAssignment.objects.create(
        user=world.people["reviewer"], role=Role.APPROVER, division=world.province, effective_from=timezone.localdate()
    )
    assert references(queue(enter("reviewer"))) == []
    assert references(queue(enter("approver"))) == [file.reference]


def test_what_is_late_stands_first_and_is_said_in_words(enter, world):
    later, late, soon = world.file(), world.file(), world.file()
    ends(later, 40)
    ends(late, -30)
    ends(soon, 0)
    response = queue(enter("reviewer"))
    assert references(response) == [late.reference, soon.reference, later.reference]
    words = text_of(response)
    assert "working days late" in words
    assert "today is the last day" in words
    assert "counts as accepted since" in words  # nobody said anything about the late one in time
    assert (response.context["counts"].late, response.context["counts"].soon) == (1, 1)
    assert references(queue(enter("reviewer"), late="yes")) == [late.reference]


def test_the_clock_of_a_notice_of_defects_is_the_enterprises(enter, world):
    file = world.file(State.DEFECTS)
    assert "the enterprise has until" in text_of(queue(enter("reviewer"), view="open"))
    assert "the enterprise has until" in text_of(enter("reviewer").get(address("desk_file", file)))


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"view": "open", "state": "accepted"}, ["accepted"]),
        ({"view": "open", "kind": "change"}, []),
        ({"view": "open", "kind": "new"}, ["submitted", "accepted"]),
        ({"view": "any"}, ["submitted", "accepted", "withdrawn"]),
        ({"view": "finished"}, ["withdrawn"]),
        ({"view": "mine"}, ["accepted"]),  # who accepts a file has it
        ({"view": "any", "county": "430923"}, ["submitted", "accepted", "withdrawn"]),
        ({"view": "any", "q": "heicha"}, ["submitted", "accepted", "withdrawn"]),
        ({"view": "any", "q": "示例茶业"}, ["submitted", "accepted", "withdrawn"]),
        ({"view": "any", "q": "9100-0000 ma00000157"}, ["submitted", "accepted", "withdrawn"]),
        ({"view": "any", "q": "别家"}, []),
    ],
)
def test_filters(enter, world, query, found):
    files = {state: world.file(State(state)) for state in ("submitted", "accepted", "withdrawn")}
    response = queue(enter("reviewer"), **query)
    assert set(references(response)) == {files[state].reference for state in found}


def test_a_file_is_found_by_its_reference(enter, world):
    world.file()
    file = world.file()
    assert references(queue(enter("reviewer"), view="any", q=file.reference.lower())) == [file.reference]


@pytest.mark.parametrize("name", ["view", "state", "kind", "late", "county", "q"])
def test_a_malformed_value_is_ignored_with_a_notice(enter, world, name):
    file = world.file()
    response = queue(enter("reviewer"), **{name: "\0nonsense"})
    assert response.status_code == 200
    assert references(response) == [file.reference]
    assert "was ignored" in text_of(response)


def test_a_page_beyond_the_last_shows_the_last(enter, world):
    file = world.file()
    assert references(queue(enter("reviewer"), page="999")) == [file.reference]


def test_the_queue_asks_the_same_number_of_questions_for_one_file_and_for_three(enter, world):
    client = enter("reviewer")
    numbers = []
    for number in (1, 2):
        for _each in range(number):
            world.file()
        queue(client)
        with CaptureQueriesContext(connection) as asked:
            queue(client)
        numbers.append(len(asked))
    assert numbers[0] == numbers[1]


# --- The page of a file ---


def test_the_page_shows_what_was_sent_and_what_the_register_finds(enter, world):
    file = world.file(State.PROVINCIAL_REVIEW)
    words = text_of(enter("approver").get(address("desk_file", file)))
    for wanted in (
        world.enterprise.name_zh, world.enterprise.uscc, "黑毛茶、茯砖茶", "GB/T 32719", "120 t", "500 g", "Tea Road 1",
        "Inside the protected area", "Inside the protected area and fit for production", "Fit to use the mark.",
        "Approve", "Application to use the special mark submitted", "Reviewer, Yiyang City", "Credit code",
    ):  # fmt: skip
        assert wanted in words, wanted
    assert "reviewer@" not in words
    assert "The province decides on this file itself." in words  # why it cannot be passed on


@pytest.mark.parametrize("state", [state for state in State if state not in (State.DRAFT, State.NATIONAL_REVIEW)])
@pytest.mark.parametrize("name", ["reviewer", "approver", "officer", "auditor"])
def test_every_state_can_be_read_by_every_official(enter, world, name, state):
    file = world.file(state)
    assert enter(name).get(address("desk_file", file)).status_code == 200


def test_a_change_shows_what_holds_beside_what_is_asked_for(enter, world):
    authorisation, owner = world.authorisation(), world.actor("owner")
    change = drafts.start(
        world.enterprise, by=owner, nonce=uuid.uuid4(), kind=ApplicationKind.CHANGE, authorisation=authorisation
    )
    drafts.save_draft(change, by=owner, version=change.version, varieties=["千两茶"], explanation="A new kind of tea.")
    drafts.set_sites(change, by=owner, version=change.version, sites=[(world.county, "Tea Road 2")])
    for kind in (DocumentKind.APPLICATION_FORM, DocumentKind.PROOF_OF_CHANGE):
        drafts.add_document(change, by=owner, kind=kind, title="x", cleaned=pdf(kind), name=f"{kind}.pdf")
    workflow.submit(change, by=owner)
    words = text_of(enter("reviewer").get(address("desk_file", change)))
    assert "Varieties 黑毛茶、茯砖茶 千两茶" in words
    assert "A new kind of tea." in words
    assert references(queue(enter("reviewer"), kind="change")) == [change.reference]


def test_the_history_names_roles_and_places_and_never_people_or_texts(world):
    DecisionAuthority.objects.all().delete()  # so that the nation decides
    file = world.file(State.NATIONAL_REVIEW)
    lines = file_history.sentences(file.reference)
    assert [line.title for line in lines] == [
        "Application to use the special mark submitted", "Application accepted", "First review started",
        "Production site checked", "First review finished; application passed on",
        "The province passed the file on to the national authority",
    ]  # fmt: skip
    assert (lines[0].text, lines[1].text) == ("Enterprise", "Reviewer, Yiyang City")
    assert "Anhua County" in lines[3].text
    assert "inside the protected area" in lines[3].text
    assert lines[5].text == "Approver, Hunan Province"
    told = " ".join(f"{line.title} {line.text}" for line in lines)
    for hidden in ("user:", "Fit to use the mark", world.enterprise.name_zh):
        assert hidden not in told


def test_a_step_that_counts_from_an_earlier_day_says_so(world):
    file = world.file()
    ends(file, -1)
    file = MarkApplication.objects.get(pk=file.pk)
    workflow.accept(file, by=world.actor("reviewer"))
    day = timezone.localdate() - 21 * DAY
    assert file_history.sentences(file.reference)[-1].text.endswith(f"counts from {day}")


def test_pages_speak_chinese_too(enter, world):
    file = world.file(State.FIRST_REVIEW)
    client = enter("reviewer")
    with translation.override("zh-hans"):
        pages = [
            reverse("enterprises:desk"), reverse("enterprises:desk_file", args=[file.reference]),
            reverse("enterprises:desk_move", args=[file.reference, "pass_on"]),
            reverse("enterprises:desk_site_check", args=[file.reference, file.sites.get().pk]),
            reverse("enterprises:desk_upload", args=[file.reference]),
        ]  # fmt: skip
    for page in pages:
        response = client.get(page)
        assert response.status_code == 200
        assert 'lang="zh-Hans"' in response.content.decode()


def test_pages_are_kept_by_no_shared_cache(enter, world):
    assert "private" in enter("reviewer").get(address("desk_file", world.file()))["Cache-Control"]


def test_an_auditor_sees_everything_and_can_press_nothing(enter, world):
    file = world.file(State.FIRST_REVIEW)
    client = enter("auditor")
    content = client.get(address("desk_file", file)).content.decode()
    assert "黑毛茶" in content
    assert 'method="post"' not in content
    assert "/move/" not in content
    posts = [address("desk_move", file, name) for name in ("pass_on", "approve", "accept")]
    posts += [address("desk_assign", file), address("desk_message", file), address("desk_upload", file)]
    posts += [address("desk_site_check", file, file.sites.get().pk)]
    before = JournalEntry.objects.count(), Note.objects.count()
    for page in posts:
        assert client.post(page, {"text": "x", "state": file.state, "message": "x"}).status_code == 404, page
    assert (JournalEntry.objects.count(), Note.objects.count()) == before


# --- Steps ---

STEPS = [
    ("reviewer", State.SUBMITTED, "notify_defects", State.DEFECTS),
    ("reviewer", State.SUBMITTED, "accept", State.ACCEPTED),
    ("reviewer", State.SUBMITTED, "not_accept", State.NOT_ACCEPTED),
    ("reviewer", State.ACCEPTED, "start_review", State.FIRST_REVIEW),
    ("reviewer", State.FIRST_REVIEW, "pass_on", State.PROVINCIAL_REVIEW),
    ("approver", State.PROVINCIAL_REVIEW, "approve", State.APPROVED),
    ("approver", State.PROVINCIAL_REVIEW, "refuse", State.REFUSED),
]


@pytest.mark.parametrize(("name", "before", "step", "after"), STEPS)
def test_each_step_by_its_button(enter, world, name, before, step, after):
    file = world.file(before)
    if before == State.FIRST_REVIEW:
        check_sites(world, file)
    client, page = enter(name), address("desk_move", file, step)
    assert page in client.get(address("desk_file", file)).content.decode()
    shown = client.get(page)
    assert shown.status_code == 200
    assert f'name="state" value="{before}"' in shown.content.decode()
    response = client.post(page, {"state": before, "text": "Because of this."})
    assert response.status_code == 302
    file.refresh_from_db()
    assert file.state == after
    assert "Done" in text_of(client.get(response["Location"]))
    if step not in ("accept", "start_review"):
        assert file.notes.last().text == "Because of this."


@pytest.mark.parametrize("step", ["approve_nationally", "refuse_nationally"])
def test_where_the_nation_decides_the_officer_does(enter, world, step):
    DecisionAuthority.objects.all().delete()
    file = world.file(State.PROVINCIAL_REVIEW)
    for name, each in (("approver", "forward"), ("officer", step)):
        response = enter(name).post(address("desk_move", file, each), {"state": file.state, "text": "Agreed."})
        assert response.status_code == 302
        file.refresh_from_db()
    assert file.state == (State.APPROVED if step == "approve_nationally" else State.REFUSED)


@pytest.mark.parametrize(("name", "before", "step", "_after"), STEPS)
def test_a_page_that_is_only_looked_at_changes_nothing(enter, world, name, before, step, _after):
    file = world.file(before)
    entries = JournalEntry.objects.count()
    client = enter(name)
    for page in (address("desk_file", file), address("desk_move", file, step)):
        client.get(page)
    file.refresh_from_db()
    assert file.state == before
    assert JournalEntry.objects.count() == entries


@pytest.mark.parametrize(("name", "before", "step", "_after"), [row for row in STEPS if row[2] not in
                                                                ("accept", "start_review")])  # fmt: skip
@pytest.mark.parametrize("text", ["", "   \r\n ", "x" * 4001])
def test_without_a_fitting_reason_nothing_happens_and_the_text_stays(enter, world, name, before, step, _after, text):
    file = world.file(before)
    response = enter(name).post(address("desk_move", file, step), {"state": before, "text": text})
    assert response.status_code == 200
    assert "Please look at this again" in text_of(response)
    assert text.strip() in response.content.decode()
    file.refresh_from_db()
    assert file.state == before


def test_four_thousand_characters_with_line_ends_of_a_browser_fit(enter, world):
    file = world.file()
    text = "\r\n".join(["x" * 99] * 40)
    response = enter("reviewer").post(address("desk_move", file, "not_accept"), {"state": "submitted", "text": text})
    assert response.status_code == 302


def test_who_saw_another_state_is_told_and_keeps_the_text(enter, world):
    file = world.file(State.PROVINCIAL_REVIEW)
    client = enter("approver")
    workflow.withdraw(file, by=world.actor("owner"))
    response = client.post(
        address("desk_move", file, "approve"), {"state": "provincial_review", "text": "All is in order."}
    )
    assert response.status_code == 409
    words = text_of(response)
    assert "somebody was faster" in words
    assert "All is in order." in words
    file.refresh_from_db()
    assert file.state == State.WITHDRAWN


def test_a_step_of_another_state_cannot_be_forced(enter, world):
    file = world.file()
    client = enter("reviewer")
    response = client.post(address("desk_move", file, "pass_on"), {"state": "submitted", "text": "Mine."})
    assert response.status_code == 409
    assert "Mine." in text_of(response)
    assert client.get(address("desk_move", file, "pass_on")).status_code == 302  # back to the file
    file.refresh_from_db()
    assert file.state == State.SUBMITTED


def test_a_guard_is_said_on_the_page_and_on_the_way_back(enter, world):
    file = world.file(State.FIRST_REVIEW)
    client = enter("reviewer")
    assert "needs a site check first" in text_of(client.get(address("desk_file", file)))
    assert "needs a site check first" in text_of(client.get(address("desk_move", file, "pass_on")))
    response = client.post(address("desk_move", file, "pass_on"), {"state": "first_review", "text": "My opinion."})
    assert response.status_code == 409
    assert "My opinion." in text_of(response)


@pytest.mark.parametrize("step", ["submit", "reply", "withdraw", "announce", "nonsense"])
def test_steps_that_are_not_of_the_desk_are_not_found(enter, world, step):
    file = world.file()
    for name in ("reviewer", "officer"):
        client = enter(name)
        assert client.get(address("desk_move", file, step)).status_code == 404
        assert client.post(address("desk_move", file, step), {"state": file.state, "text": "x"}).status_code == 404


@pytest.mark.parametrize(("_name", "before", "step", "_after"), STEPS)
@pytest.mark.parametrize("name", ["reviewer", "approver", "officer"])
def test_who_holds_another_role_finds_no_such_step(enter, world, name, _name, before, step, _after):
    if name == _name:
        return
    file = world.file(before)
    response = enter(name).post(address("desk_move", file, step), {"state": before, "text": "x"})
    assert response.status_code == 404
    file.refresh_from_db()
    assert file.state == before


def test_a_reviewer_who_became_approver_cannot_decide_on_the_own_file(enter, world):
    file = world.file(State.PROVINCIAL_REVIEW)
    RoleAssignment.objects.create(
        user=world.people["reviewer"], role=Role.APPROVER, division=world.province, effective_from=timezone.localdate()
    )
    client = enter("reviewer")
    assert "somebody else has to decide" in text_of(client.get(address("desk_file", file)))
    response = client.post(address("desk_move", file, "approve"), {"state": file.state, "text": "yes"})
    assert response.status_code == 409
    file.refresh_from_db()
    assert file.state == State.PROVINCIAL_REVIEW


def test_a_decision_shows_what_it_rests_on(enter, world):
    file = world.file(State.PROVINCIAL_REVIEW)
    words = text_of(enter("approver").get(address("desk_move", file, "approve")))
    for wanted in ("Fit to use the mark.", "Checked by the register", "in order", "Site checks"):
        assert wanted in words


def test_who_is_no_longer_signed_in_gets_the_text_back(client, world):
    file = world.file()
    response = client.post(address("desk_move", file, "not_accept"), {"state": file.state, "text": "My long reason."})
    assert response.status_code == 403
    assert "My long reason." in text_of(response)


# --- The notice of defects ---


def test_ticked_sentences_stand_before_the_text_and_the_last_day_is_shown(enter, world):
    file = world.file()
    client, page = enter("reviewer"), address("desk_move", file, "notify_defects")
    words = text_of(client.get(page))
    assert "only notice" in words
    last = clocks.REPLY.term(timezone.localdate()).last_day
    assert f"{last.day} {last:%B} {last.year}" in words
    client.post(page, {"state": "submitted", "common": ["site", "form"], "text": "Also this."})
    note = file.notes.get(kind="defects")
    assert note.text == (
        "The application form is not complete, or not signed and sealed.\n"
        "The address of a production site is not exact enough to find it.\nAlso this."
    )
    assert "Also this." in text_of(client.get(address("desk_file", file)))


def test_ticked_sentences_are_enough(enter, world):
    file = world.file()
    page = address("desk_move", file, "notify_defects")
    assert enter("reviewer").post(page, {"state": "submitted", "common": ["unreadable"]}).status_code == 302


@pytest.mark.parametrize(
    "typed", [{"common": ["nonsense"], "text": "Kept."}, {"common": ["site"], "text": "Kept." + "x" * 3990}]
)
def test_a_notice_that_does_not_fit_keeps_what_was_ticked_and_typed(enter, world, typed):
    file = world.file()
    response = enter("reviewer").post(address("desk_move", file, "notify_defects"), {"state": "submitted", **typed})
    assert response.status_code == 200
    assert "Kept." in text_of(response)
    assert ("checked" in response.content.decode()) == ("site" in typed["common"])
    assert not file.notes.exists()


# --- Assignment and messages ---


def test_a_file_is_taken(enter, world):
    file = world.file()
    client = enter("reviewer")
    assert client.post(address("desk_assign", file)).status_code == 302
    file.refresh_from_db()
    assert file.assigned_to == world.people["reviewer"]
    assert references(queue(client, view="mine")) == [file.reference]
    assert client.get(address("desk_assign", file)).status_code == 405


def test_a_finished_file_is_not_taken(enter, world):
    file = world.file(State.REFUSED)
    client = enter("reviewer")
    response = client.post(address("desk_assign", file), follow=True)
    assert "finished" in text_of(response)
    file.refresh_from_db()
    assert file.assigned_to is None


def test_a_message_reaches_the_file_once(enter, world):
    file = world.file()
    client = enter("approver")
    for _twice in range(2):
        assert client.post(address("desk_message", file), {"message": "Please call us."}).status_code == 302
    assert [note.text for note in file.notes.all()] == ["Please call us."]
    assert "Please call us." in text_of(client.get(address("desk_file", file)))


@pytest.mark.parametrize("text", ["", " \n", "y" * 4001])
def test_a_message_that_does_not_fit_is_kept_on_the_page(enter, world, text):
    file = world.file()
    response = enter("reviewer").post(address("desk_message", file), {"message": text})
    assert response.status_code == 200
    assert "Please look at this again" in text_of(response)
    assert text.strip() in response.content.decode()
    assert not file.notes.exists()


# --- Site checks ---

FOUND = {"result": "inside", "findings": "Drying hall and records in order.", "seen": "0"}


def checked(**typed):
    return {"checked_on": timezone.localdate().isoformat(), **FOUND, **typed}


def test_a_site_check_with_its_report(enter, world):
    file = world.file(State.FIRST_REVIEW)
    page = address("desk_site_check", file, file.sites.get().pk)
    client = enter("reviewer")
    assert client.get(page).status_code == 200
    assert client.post(page, checked(report=a_pdf())).status_code == 302
    check = SiteCheck.objects.get()
    assert (check.result, check.report.kind) == (SiteResult.INSIDE, DocumentKind.SITE_REPORT)
    words = text_of(client.get(address("desk_file", file)))
    assert "Drying hall" in words
    assert "Report of the site check" in words


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"checked_on": "2999-01-01"}, "lies in the future"),
        ({"checked_on": "yesterday"}, "Write the day like this"),
        ({"checked_on": ""}, "required"),
        ({"result": ""}, "required"),
        ({"result": "fine"}, "Select a valid choice"),
        ({"findings": " ", "result": "unfit"}, "required"),
        ({"findings": "z" * 4001}, "at most 4000"),
        ({"seen": "x"}, "whole number"),
    ],
)
def test_a_site_check_with_a_wrong_value_keeps_the_rest(enter, world, typed, said):
    file = world.file(State.FIRST_REVIEW)
    response = enter("reviewer").post(address("desk_site_check", file, file.sites.get().pk), checked(**typed))
    assert response.status_code == 200
    assert said in text_of(response)
    if "findings" not in typed:
        assert FOUND["findings"] in response.content.decode()
    assert not SiteCheck.objects.exists()


@pytest.mark.parametrize("content", [b"", b"MZ no picture", b"%PDF-1.4 broken"])
def test_a_report_that_is_not_taken_keeps_everything_typed(enter, world, content):
    file = world.file(State.FIRST_REVIEW)
    report = SimpleUploadedFile("report.pdf", content, "application/pdf")
    response = enter("reviewer").post(
        address("desk_site_check", file, file.sites.get().pk), checked(report=report, result="unfit")
    )
    assert response.status_code == 200
    assert FOUND["findings"] in response.content.decode()
    assert re.search(r'value="unfit"[^>]*checked', response.content.decode())
    assert not SiteCheck.objects.exists()
    assert not Document.objects.filter(kind=DocumentKind.SITE_REPORT).exists()


def test_a_site_check_that_is_sent_twice_is_stored_once(enter, world):
    file = world.file(State.FIRST_REVIEW)
    page = address("desk_site_check", file, file.sites.get().pk)
    client = enter("reviewer")
    assert client.post(page, checked()).status_code == 302
    again = client.post(page, checked())
    assert again.status_code == 409
    assert FOUND["findings"] in again.content.decode()
    assert SiteCheck.objects.count() == 1
    another = client.post(page, checked(seen=str(SiteCheck.objects.get().pk), result="outside"))
    assert another.status_code == 302
    assert SiteCheck.objects.count() == 2


def test_a_site_is_checked_during_the_first_review_only(enter, world):
    file = world.file(State.ACCEPTED)
    page = address("desk_site_check", file, file.sites.get().pk)
    client = enter("reviewer")
    assert client.get(page).status_code == 302
    response = client.post(page, checked())
    assert response.status_code == 409
    assert FOUND["findings"] in response.content.decode()


def test_a_site_of_another_file_is_not_found(enter, world):
    file, other = world.file(State.FIRST_REVIEW), world.file(State.FIRST_REVIEW)
    page = address("desk_site_check", file, other.sites.get().pk)
    assert enter("reviewer").post(page, checked()).status_code == 404


@pytest.mark.parametrize("name", ["approver", "officer"])
def test_only_reviewers_check_sites_and_add_documents(enter, world, name):
    file = world.file(State.FIRST_REVIEW)
    client = enter(name)
    assert client.post(address("desk_site_check", file, file.sites.get().pk), checked()).status_code == 404
    assert client.post(address("desk_upload", file), {"kind": "other", "file": a_pdf()}).status_code == 404


# --- Documents ---


def kept(world, file):
    """A document whose file is really there."""
    cleaned, name = document_store.keep(a_pdf())
    return drafts.add_document(
        file, by=world.actor("reviewer"), kind=DocumentKind.SITE_REPORT, title="Report", cleaned=cleaned, name=name
    )


@pytest.mark.parametrize("name", ["reviewer", "approver", "officer", "auditor"])
def test_a_document_is_shown_by_the_browser_and_runs_nothing(enter, world, name):
    file = world.file()
    document = kept(world, file)
    response = enter(name).get(address("desk_document", file, document.pk))
    assert response.status_code == 200
    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Disposition"].startswith("inline")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in response["Content-Security-Policy"]
    assert "private" in response["Cache-Control"]
    assert b"".join(response).startswith(b"%PDF")


def test_a_document_of_another_file_or_without_its_file_is_not_found(enter, world):
    file, other = world.file(), world.file()
    client = enter("reviewer")
    assert client.get(address("desk_document", file, kept(world, other).pk)).status_code == 404
    assert client.get(address("desk_document", file, file.documents.first().pk)).status_code == 404


def test_a_document_is_added(enter, world):
    file = world.file()
    response = enter("reviewer").post(address("desk_upload", file), {"kind": "review_form", "file": a_pdf()})
    assert response.status_code == 302
    assert file.documents.get(kind="review_form").title == "review form"


@pytest.mark.parametrize(
    "typed", [{"kind": "licence"}, {"kind": ""}, {"title": "t" * 121}, {"file": b"no pdf"}, {"file": None}]
)
def test_a_document_that_is_not_taken_keeps_the_title(enter, world, typed):
    file = world.file()
    data = {"kind": "other", "title": "Letter", "file": a_pdf()} | typed
    if isinstance(data["file"], bytes):
        data["file"] = SimpleUploadedFile("x.pdf", data["file"])
    before = file.documents.count()
    response = enter("reviewer").post(
        address("desk_upload", file), {name: value for name, value in data.items() if value is not None}
    )
    assert response.status_code == 200
    assert data["title"] in response.content.decode()
    assert file.documents.count() == before


def test_no_document_is_added_to_a_finished_file(enter, world):
    file = world.file(State.REFUSED)
    response = enter("reviewer").post(address("desk_upload", file), {"kind": "other", "title": "L", "file": a_pdf()})
    assert response.status_code == 409


# --- News ---


def test_news_of_the_own_territory_are_shown_until_they_are_read(enter, world):
    world.file()
    assert "New for you" not in text_of(enter("reviewer_elsewhere").get("/en/desk/"))
    reviewer = enter("reviewer")
    page = text_of(reviewer.get("/en/desk/"))
    assert "New for you" in page
    assert "Application to use the special mark submitted" in page
    assert reviewer.post("/en/desk/notices/read/").status_code == 302
    assert "New for you" not in text_of(reviewer.get("/en/desk/"))
