"""The way of an application: every state against every move, who may, what is written, and what follows."""

import datetime
import io
import uuid

import pytest
from django.core import mail
from django.utils import timezone

from enterprises import announcing, clocks, document_store, drafts, states, workflow
from enterprises.application_models import Deadline, Document, MarkApplication, Notice
from enterprises.models import Authorisation, DecisionAuthority, Membership
from enterprises.papers import Paper, render
from enterprises.states import ApplicationKind, ApplicationState, DocumentKind, SiteResult
from gi_registry import journal
from gi_registry.models import JournalEntry
from gi_registry.moves import MoveRefused, allowed_moves
from gi_registry.working_days import after_working_days
from tests.case_world import OFFICIALS, announce, check_sites, make_world, pdf

pytestmark = pytest.mark.django_db
TODAY = datetime.date(2026, 11, 21)


@pytest.fixture
def world():
    return make_world()


def a_pdf(title):
    return render(Paper(title=title, number="1", date_text=""))


def entries(file):
    return JournalEntry.objects.about("application", file.reference)


# --- The table ---

# What each role could do in each state, as the buttons show it: stated in full, so that a slip in a row shows.
BUTTONS = {
    "draft": {"owner": ["submit"]},
    "submitted": {"owner": ["withdraw"], "reviewer": ["notify_defects", "accept", "not_accept"]},
    "defects": {"owner": ["reply", "withdraw"]},
    "accepted": {"owner": ["withdraw"], "reviewer": ["start_review"]},
    "first_review": {"owner": ["withdraw"]},
    "provincial_review": {"owner": ["withdraw"], "approver": ["approve", "refuse"]},
    "approved": {"officer": ["announce"]},
    "announced": {},
    "not_accepted": {},
    "refused": {},
    "withdrawn": {},
}


@pytest.mark.parametrize("state", sorted(BUTTONS))
def test_what_each_role_can_do_in_each_state(world, state):
    file = world.file(ApplicationState(state))
    for name in ["owner", "colleague", *OFFICIALS]:
        wanted = BUTTONS[state].get("owner" if name == "colleague" else name, [])
        found = allowed_moves(
            file, states.APPLICATION_MOVES, by=world.actor(name), division=file.division, state_field="state"
        )
        assert [move.name for move in found] == wanted, name


def test_where_the_province_is_no_pilot_the_nation_decides():
    world = make_world(pilot=False)
    file = world.file(ApplicationState.PROVINCIAL_REVIEW)
    with pytest.raises(MoveRefused, match="national authority decides"):
        workflow.approve(file, by=world.actor("approver"), text="yes")
    workflow.forward(file, by=world.actor("approver"), text="Agreed.")
    workflow.approve(file, by=world.actor("officer"), text="Agreed.")
    assert file.state == ApplicationState.APPROVED


def test_a_pilot_that_has_ended_is_none(world):
    DecisionAuthority.objects.update(effective_to=timezone.localdate())
    file = world.file(ApplicationState.PROVINCIAL_REVIEW)
    with pytest.raises(MoveRefused, match="national authority decides"):
        workflow.approve(file, by=world.actor("approver"), text="yes")


# --- The draft ---


def test_the_same_form_sent_twice_starts_one_file(world):
    nonce = uuid.uuid4()
    first = drafts.start(world.enterprise, by=world.actor("owner"), nonce=nonce)
    second = drafts.start(world.enterprise, by=world.actor("colleague"), nonce=nonce)
    assert first == second
    assert MarkApplication.objects.count() == 1


def test_of_two_windows_the_second_is_told_and_loses_nothing(world):
    file = world.draft()
    version = file.version
    drafts.save_draft(file, by=world.actor("owner"), version=version, standard="GB/T 1")
    stale = MarkApplication.objects.get(pk=file.pk)
    with pytest.raises(MoveRefused, match="another window"):
        drafts.save_draft(stale, by=world.actor("colleague"), version=version, standard="GB/T 2")
    assert MarkApplication.objects.get(pk=file.pk).standard == "GB/T 1"


def test_a_draft_leaves_no_trace_in_the_journal(world):
    before = JournalEntry.objects.count()
    world.draft()
    assert JournalEntry.objects.count() == before


@pytest.mark.parametrize("name", ["outsider", "reviewer", "approver", "officer", "auditor", "editor"])
def test_nobody_else_writes_in_a_draft(world, name):
    file = world.draft()
    with pytest.raises(MoveRefused):
        drafts.save_draft(file, by=world.actor(name), version=file.version, standard="x")
    with pytest.raises(MoveRefused):
        workflow.submit(file, by=world.actor(name))


def test_who_has_left_writes_no_more(world):
    file = world.draft()
    Membership.objects.filter(user=world.people["colleague"]).update(ended_at=timezone.now())
    with pytest.raises(MoveRefused):
        drafts.save_draft(file, by=world.actor("colleague"), version=file.version, standard="x")


def test_an_incomplete_draft_says_everything_that_is_missing(world):
    file = world.draft(complete=False)
    with pytest.raises(MoveRefused) as refusal:
        workflow.submit(file, by=world.actor("owner"))
    for words in ("Choose the product", "production site", "varieties", "yearly output", "application form"):
        assert words in str(refusal.value)
    assert file.state == ApplicationState.DRAFT


def test_what_was_sent_in_cannot_be_taken_out(world):
    file = world.file()
    with pytest.raises(MoveRefused, match="stays in the file"):
        drafts.remove_document(file.documents.first(), by=world.actor("owner"))
    with pytest.raises(MoveRefused):
        drafts.save_draft(file, by=world.actor("owner"), version=file.version, standard="x")


def test_a_file_holds_at_most_twenty_documents(world):
    file, owner = world.draft(), world.actor("owner")
    for number in range(file.documents.count(), drafts.MAX_DOCUMENTS):
        drafts.add_document(
            file, by=owner, kind=DocumentKind.OTHER, title="x", cleaned=pdf(str(number)), name=f"{number}.pdf"
        )
    with pytest.raises(MoveRefused, match="at most 20"):
        drafts.add_document(file, by=owner, kind=DocumentKind.OTHER, title="x", cleaned=pdf("21"), name="21.pdf")
    assert Document.objects.filter(application=file).count() == 20


# --- What a move leaves behind ---


def test_submission_is_journalled_without_the_name_of_the_enterprise(world):
    file = world.file()
    entry = entries(file).get()
    assert entry.event_type == "application.submitted"
    assert entry.payload["to"] == "submitted"
    assert {document["sha256"] for document in entry.payload["documents"]} == set(
        file.documents.values_list("sha256", flat=True)
    )
    text = f"{entry.subject_label} {entry.payload}"
    assert world.enterprise.name_zh not in text
    assert world.enterprise.uscc not in text


def test_what_was_written_stays_in_the_file_and_its_seal_in_the_journal(world):
    file = world.file(ApplicationState.DEFECTS)
    note = file.notes.get(kind="defects")
    entry = entries(file).first()
    assert note.text not in str(entry.payload)
    assert entry.payload["text_sha256"] == workflow.seal(note.text, note.salt)["text_sha256"]


def test_the_enterprise_and_the_desk_are_told_after_commit(world, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        file = world.file()
    told = set(Notice.objects.filter(application=file).values_list("user__username", flat=True))
    assert told == {"owner", "colleague", "reviewer"}
    assert {message.to[0] for message in mail.outbox} == {"owner@example.org", "colleague@example.org"}
    assert file.reference in mail.outbox[0].subject


def test_a_mail_server_that_is_down_undoes_nothing(world, settings, django_capture_on_commit_callbacks):
    settings.EMAIL_BACKEND = "nowhere.Backend"
    with django_capture_on_commit_callbacks(execute=True):
        file = world.file()
    assert MarkApplication.objects.get(pk=file.pk).state == ApplicationState.SUBMITTED


def test_each_clock_is_stored_with_its_rule(world):
    file = world.file(ApplicationState.ACCEPTED)
    acceptance, review = file.deadlines.order_by("pk")
    assert (acceptance.rule, acceptance.stopped_on) == ("licensing_32", timezone.localdate())
    assert review.rule == "hunan_pilot"
    assert review.due_on == after_working_days(timezone.localdate(), 10).last_day
    assert review.stopped_on is None


def late(file, kind):
    """The clock of a kind ran out yesterday."""
    day = timezone.localdate() - datetime.timedelta(days=1)
    begun = day - datetime.timedelta(days=9)
    Deadline.objects.filter(application=file, kind=kind, stopped_on=None).update(due_on=day, started_on=begun)
    return MarkApplication.objects.get(pk=file.pk), begun


def test_a_file_about_which_nothing_was_said_in_time_counts_as_accepted_from_its_receipt(world):
    file, received = late(world.file(), clocks.ClockKind.ACCEPTANCE)
    assert file.is_deemed_accepted
    for refused in (workflow.notify_defects, workflow.not_accept):
        with pytest.raises(MoveRefused, match="counts as accepted"):
            refused(file, by=world.actor("reviewer"), text="too late")
    workflow.accept(file, by=world.actor("reviewer"))
    assert file.accepted_on == received
    assert entries(file).first().effective_on == received
    assert file.clock("first_review").started_on == received


def test_defects_are_notified_once(world):
    file = world.file(ApplicationState.DEFECTS)
    workflow.reply(file, by=world.actor("owner"), text="The date was added.")
    with pytest.raises(MoveRefused, match="Defects are notified once"):
        workflow.notify_defects(file, by=world.actor("reviewer"), text="One more thing.")
    workflow.accept(file, by=world.actor("reviewer"))
    assert file.state == ApplicationState.ACCEPTED


def test_while_the_enterprise_has_time_to_reply_nobody_closes_the_file(world):
    file = world.file(ApplicationState.DEFECTS)
    with pytest.raises(MoveRefused, match="still has time"):
        workflow.not_accept(file, by=world.actor("reviewer"), text="no reply")
    file, _begun = late(file, clocks.ClockKind.REPLY)
    workflow.not_accept(file, by=world.actor("reviewer"), text="no reply")
    assert file.state == ApplicationState.NOT_ACCEPTED


# --- Review and decision ---


def test_the_first_review_needs_a_check_of_every_site(world):
    file = world.file(ApplicationState.FIRST_REVIEW)
    with pytest.raises(MoveRefused, match="site check first"):
        workflow.pass_on(file, by=world.actor("reviewer"), text="fine")
    check_sites(world, file)
    workflow.pass_on(file, by=world.actor("reviewer"), text="fine")
    assert file.state == ApplicationState.PROVINCIAL_REVIEW


def test_a_site_outside_the_area_is_never_approved(world):
    file = world.file(ApplicationState.FIRST_REVIEW)
    check_sites(world, file, SiteResult.OUTSIDE)
    workflow.pass_on(file, by=world.actor("reviewer"), text="outside")
    with pytest.raises(MoveRefused, match="outside the area"):
        workflow.approve(file, by=world.actor("approver"), text="yes")
    workflow.refuse(file, by=world.actor("approver"), text="outside")
    assert file.state == ApplicationState.REFUSED


def test_a_reviewer_who_is_approver_too_does_not_decide_on_the_own_file(world):
    both = journal.Actor.user(world.people["reviewer"], world.actor("approver").role, world.province)
    file = world.file(ApplicationState.PROVINCIAL_REVIEW)
    with pytest.raises(MoveRefused, match="somebody else has to decide"):
        workflow.approve(file, by=both, text="yes")


def test_of_two_who_saw_the_same_state_the_second_is_told(world):
    file = world.file(ApplicationState.PROVINCIAL_REVIEW)
    stale = MarkApplication.objects.get(pk=file.pk)
    workflow.approve(file, by=world.actor("approver"), text="yes")
    with pytest.raises(MoveRefused, match="just decided") as refusal:
        workflow.withdraw(stale, by=world.actor("owner"))
    assert refusal.value.code == "someone_was_faster"


def test_a_product_that_is_no_longer_protected_is_not_approved(world):
    file = world.file(ApplicationState.PROVINCIAL_REVIEW)
    world.product.rights.update(status="revoked", effective_to=timezone.localdate())
    with pytest.raises(MoveRefused, match="not protected today"):
        workflow.approve(file, by=world.actor("approver"), text="yes")


# --- The announcement ---


def test_the_authorisation_begins_with_the_announcement(world):
    file = world.file(ApplicationState.APPROVED)
    assert not Authorisation.objects.exists()
    announcement = announce(world, file)
    authorisation = Authorisation.objects.get()
    assert (authorisation.state, authorisation.effective_from) == ("in_force", timezone.localdate())
    assert authorisation.announcement == announcement
    terms = authorisation.terms.get()
    assert terms.varieties == file.varieties
    assert list(terms.sites.all()) == [world.county]
    assert announcement.demonstration  # the enterprise is one


def test_what_was_announced_is_not_announced_again(world):
    file = world.file(ApplicationState.ANNOUNCED)
    with pytest.raises(MoveRefused, match="no longer waiting"):
        announce(world, file)
    assert Authorisation.objects.count() == 1


def test_one_file_that_does_not_fit_stops_the_whole_announcement(world):
    good = world.file(ApplicationState.APPROVED)
    other = world.file(ApplicationState.PROVINCIAL_REVIEW)
    with pytest.raises(MoveRefused):
        announce(world, good, other)
    good.refresh_from_db()
    assert good.state == ApplicationState.APPROVED
    assert not Authorisation.objects.exists()


def test_an_enterprise_is_authorised_once_for_a_product(world):
    first, second = world.file(ApplicationState.APPROVED), world.file(ApplicationState.APPROVED)
    announce(world, first)
    with pytest.raises(MoveRefused, match="already"):
        announce(world, second)


def test_an_announcement_is_not_older_than_its_decisions(world):
    file = world.file(ApplicationState.APPROVED)
    yesterday = timezone.localdate() - datetime.timedelta(days=1)
    for day, words in ((yesterday, "older"), (timezone.localdate() + datetime.timedelta(days=1), "future")):
        with pytest.raises(MoveRefused, match=words):
            announcing.publish([file], by=world.actor("officer"), text="x", number=1, published_on=day)


def test_a_correction_names_the_announcement_that_it_corrects(world):
    old = announce(world, world.file(ApplicationState.APPROVED))
    new = announce(world, corrects=old, body="Read 茯砖茶 for 伏砖茶.")
    assert new.corrects == old
    assert list(old.corrections.all()) == [new]


def test_a_change_begins_new_terms_and_keeps_the_old_ones(world):
    authorisation = world.authorisation()
    owner = world.actor("owner")
    change = drafts.start(
        world.enterprise, by=owner, nonce=uuid.uuid4(), kind=ApplicationKind.CHANGE, authorisation=authorisation
    )
    assert change.varieties == ["黑毛茶", "茯砖茶"]  # starts from what holds
    drafts.save_draft(change, by=owner, version=change.version, varieties=["千两茶"])
    drafts.set_sites(change, by=owner, version=change.version, sites=[(world.county, "Tea Road 2")])
    for kind in (DocumentKind.APPLICATION_FORM, DocumentKind.PROOF_OF_CHANGE):
        drafts.add_document(change, by=owner, kind=kind, title="x", cleaned=pdf(kind), name=f"{kind}.pdf")
    workflow.submit(change, by=owner)
    workflow.accept(change, by=world.actor("reviewer"))
    assert change.clock("first_review").rule == "hunan_pilot_change"
    workflow.start_review(change, by=world.actor("reviewer"))
    check_sites(world, change)
    workflow.pass_on(change, by=world.actor("reviewer"), text="fine")
    workflow.approve(change, by=world.actor("approver"), text="fine")
    announce(world, change)
    old, new = authorisation.terms.order_by("pk")
    assert (old.varieties, old.effective_to) == (["黑毛茶", "茯砖茶"], timezone.localdate())
    assert (new.varieties, new.effective_to) == (["千两茶"], None)
    assert Authorisation.objects.count() == 1


def test_the_journal_holds_after_a_whole_case(world):
    world.authorisation()
    assert list(journal.verify()) == []


def test_an_approval_that_can_no_longer_be_announced_comes_to_an_end(world):
    file = world.file(ApplicationState.APPROVED)
    with pytest.raises(MoveRefused, match="Nothing stands in the way"):
        workflow.set_aside(file, by=world.actor("officer"), text="why not")
    world.product.rights.update(status="revoked", effective_to=timezone.localdate())
    with pytest.raises(MoveRefused):
        announce(world, file)
    workflow.set_aside(file, by=world.actor("officer"), text="The protection of the product has ended.")
    assert file.state == ApplicationState.REFUSED
    assert not file.deadlines.filter(stopped_on=None).exists()
    assert entries(file).first().event_type == "application.set_aside"


def test_what_nobody_names_any_more_is_removed_from_the_disk(world, django_capture_on_commit_callbacks):
    file, owner = world.draft(complete=False), world.actor("owner")
    names = [document_store.keep(io.BytesIO(content)) for content in (a_pdf("1"), a_pdf("1"), a_pdf("2"))]
    with django_capture_on_commit_callbacks(execute=True):
        for cleaned, name in names:  # the second is the first once more
            drafts.add_document(file, by=owner, kind=DocumentKind.OTHER, title="", cleaned=cleaned, name=name)
        drafts.remove_document(file.documents.last(), by=owner)
    there = [name for _cleaned, name in names if (document_store.folder() / name).is_file()]
    assert there == [names[0][1]]
    with django_capture_on_commit_callbacks(execute=True):
        drafts.discard(file, by=owner)
    assert not (document_store.folder() / names[0][1]).exists()
