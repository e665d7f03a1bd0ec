"""After the announcement: orders to rectify, the end of an authorisation by two people, the end of a product."""

import datetime

import pytest
from django.utils import timezone

from enterprises import supervision, workflow
from enterprises.application_models import MarkApplication, StopCase
from enterprises.models import Authorisation
from enterprises.states import StopGround
from gi_registry.journal import Actor
from gi_registry.models import JournalEntry
from gi_registry.moves import MoveRefused
from gi_registry.roles import Role
from products.models import Announcement
from tests.case_world import ROLES, announce, make_world
from tests.factories import make_product, make_right
from tests.races import another_enterprise, approved_change

pytestmark = pytest.mark.django_db
DAY = datetime.timedelta(days=1)
TODAY = timezone.localdate


@pytest.fixture
def world():
    return make_world()


@pytest.fixture
def authorisation(world):
    return world.authorisation()


@pytest.fixture
def act():
    return Announcement.objects.create(issuer="other", text="示例：终止保护", published_on=TODAY())


def entries(authorisation):
    return JournalEntry.objects.about("authorisation", authorisation.reference).order_by("sequence")


def propose(world, authorisation, *, by="reviewer", ground=StopGround.NOT_TO_STANDARD, text="Not as it should be."):
    return supervision.propose_stop(authorisation, by=world.actor(by), ground=ground, text=text)


def decide(world, case, *, by="approver", text="Agreed."):
    supervision.decide_stop(StopCase.objects.get(pk=case.pk), by=world.actor(by), text=text)


def fresh(authorisation):
    return Authorisation.objects.get(pk=authorisation.pk)


# --- Orders to rectify ---


def test_the_authorisation_stands_while_the_enterprise_rectifies(world, authorisation):
    supervision.order_rectification(authorisation, by=world.actor("reviewer"), text="The label lacks the standard.")
    assert fresh(authorisation).state == "rectifying"
    assert Authorisation.objects.in_force().get() == authorisation
    supervision.confirm_rectification(authorisation, by=world.actor("reviewer"), text="Seen on the spot.")
    assert fresh(authorisation).state == "in_force"
    told = [entry.payload["to"] for entry in entries(authorisation) if "to" in entry.payload]
    assert told == ["rectifying", "in_force"]
    assert "label lacks" not in str([entry.payload for entry in entries(authorisation)])


@pytest.mark.parametrize("name", sorted(set(ROLES) - {"reviewer"}))
def test_only_a_reviewer_of_the_territory_orders_and_confirms(world, authorisation, name):
    for order in (supervision.order_rectification, supervision.confirm_rectification):
        with pytest.raises(MoveRefused) as refusal:
            order(fresh(authorisation), by=world.actor(name), text="Put it right.")
        assert refusal.value.code == "not_permitted"
    assert fresh(authorisation).state == "in_force"


def test_orders_come_in_their_order_and_with_a_reason(world, authorisation):
    reviewer = world.actor("reviewer")
    with pytest.raises(MoveRefused, match="not possible in the present state"):
        supervision.confirm_rectification(authorisation, by=reviewer, text="Done.")
    with pytest.raises(MoveRefused, match="Give the reason"):
        supervision.order_rectification(authorisation, by=reviewer, text="  ")
    supervision.order_rectification(authorisation, by=reviewer, text="Put it right.")
    with pytest.raises(MoveRefused, match="not possible in the present state"):
        supervision.order_rectification(fresh(authorisation), by=reviewer, text="Once more.")


def test_the_officials_of_the_new_place_watch_over_an_authorisation_that_has_moved(world, authorisation):
    change = approved_change(world, authorisation)
    MarkApplication.objects.filter(pk=change.pk).update(division=world.elsewhere)
    announce(world, change)
    with pytest.raises(MoveRefused):
        supervision.order_rectification(authorisation, by=world.actor("reviewer"), text="Put it right.")
    supervision.order_rectification(authorisation, by=world.actor("reviewer_elsewhere"), text="Put it right.")
    assert fresh(authorisation).state == "rectifying"


# --- The end, by two people ---


@pytest.mark.parametrize(
    ("ground", "state", "event"),
    [
        (StopGround.NOT_TO_STANDARD, "revoked", "authorisation.stopped"),
        (StopGround.OFFENCE, "revoked", "authorisation.stopped"),
        (StopGround.NOT_USED, "revoked", "authorisation.stopped"),
        (StopGround.OTHER, "revoked", "authorisation.stopped"),
        (StopGround.ENTERPRISE_ENDED, "ended", "authorisation.deregistered"),
        (StopGround.PRODUCT_REVOKED, "ended", "authorisation.deregistered"),
        (StopGround.GIVEN_UP, "ended", "authorisation.deregistered"),
    ],
)
def test_with_a_fault_it_is_stopped_without_one_deregistered(world, authorisation, ground, state, event):
    case = propose(world, authorisation, ground=ground)
    assert fresh(authorisation).state == "in_force"  # a proposal changes nothing yet
    decide(world, case)
    ended = fresh(authorisation)
    assert (ended.state, ended.effective_to) == (state, TODAY())
    assert not ended.terms.filter(effective_to=None).exists()
    assert not Authorisation.objects.in_force().exists()
    last = entries(authorisation).last()
    assert (last.event_type, last.payload["ground"]) == (event, str(ground))
    case.refresh_from_db()
    assert (case.state, case.decided_by, case.decision) == ("decided", world.people["approver"], "Agreed.")


def test_what_was_written_about_a_stop_stays_out_of_the_journal(world, authorisation):
    case = propose(world, authorisation, text="They sold tea from elsewhere.")
    decide(world, case, text="Proven by the delivery notes.")
    told = str([entry.payload for entry in entries(authorisation)])
    assert "elsewhere" not in told
    assert "delivery notes" not in told
    sealed = workflow.seal("They sold tea from elsewhere.", case.salt)["text_sha256"]
    assert sealed in told


def test_one_who_rectifies_can_be_stopped_too(world, authorisation):
    supervision.order_rectification(authorisation, by=world.actor("reviewer"), text="Put it right.")
    decide(world, propose(world, fresh(authorisation)))
    assert fresh(authorisation).state == "revoked"


def test_the_owner_may_give_the_mark_up(world, authorisation):
    case = propose(world, authorisation, by="owner", ground=StopGround.GIVEN_UP)
    decide(world, case)
    assert fresh(authorisation).state == "ended"


@pytest.mark.parametrize(
    ("name", "ground"),
    [
        ("owner", StopGround.NOT_TO_STANDARD),  # nobody accuses themselves here
        ("owner", StopGround.ENTERPRISE_ENDED),
        ("colleague", StopGround.GIVEN_UP),  # an operator does not give away what the owner holds
        ("outsider", StopGround.GIVEN_UP),
        ("reviewer_elsewhere", StopGround.OFFENCE),
        ("approver", StopGround.OFFENCE),
        ("officer", StopGround.OFFENCE),
        ("auditor", StopGround.OFFENCE),
        ("editor", StopGround.OFFENCE),
    ],
)
def test_who_may_not_propose(world, authorisation, name, ground):
    before = JournalEntry.objects.count()
    with pytest.raises(MoveRefused) as refusal:
        propose(world, authorisation, by=name, ground=ground)
    assert refusal.value.code == "not_permitted"
    assert (StopCase.objects.count(), JournalEntry.objects.count()) == (0, before)


@pytest.mark.parametrize("name", sorted(set(ROLES) - {"approver"}))
def test_who_may_not_decide(world, authorisation, name):
    case = propose(world, authorisation)
    for close in (supervision.decide_stop, supervision.drop_stop):
        with pytest.raises(MoveRefused) as refusal:
            close(StopCase.objects.get(pk=case.pk), by=world.actor(name), text="Agreed.")
        assert refusal.value.code == "not_permitted"
    case.refresh_from_db()
    assert (case.state, fresh(authorisation).state) == ("proposed", "in_force")


def test_who_proposed_does_not_decide_in_another_role(world, authorisation):
    case = propose(world, authorisation)
    both = Actor.user(world.people["reviewer"], Role.APPROVER, world.province)
    for close in (supervision.decide_stop, supervision.drop_stop):
        with pytest.raises(MoveRefused, match="proposed this yourself"):
            close(StopCase.objects.get(pk=case.pk), by=both, text="Agreed.")


def test_proposals_and_decisions_need_a_reason(world, authorisation):
    with pytest.raises(MoveRefused, match="Give the reason"):
        propose(world, authorisation, text=" \n ")
    case = propose(world, authorisation)
    for close in (supervision.decide_stop, supervision.drop_stop):
        with pytest.raises(MoveRefused, match="Give the reason"):
            close(StopCase.objects.get(pk=case.pk), by=world.actor("approver"), text="")
    assert fresh(authorisation).state == "in_force"


def test_one_proposal_at_a_time(world, authorisation):
    case = propose(world, authorisation)
    with pytest.raises(MoveRefused, match="waiting for its decision") as refusal:
        propose(world, authorisation, by="owner", ground=StopGround.GIVEN_UP)
    assert refusal.value.code == "proposed_already"
    supervision.drop_stop(case, by=world.actor("approver"), text="Not proven.")
    assert fresh(authorisation).state == "in_force"
    assert entries(authorisation).last().event_type == "authorisation.stop_dropped"
    decide(world, propose(world, authorisation))
    assert fresh(authorisation).state == "revoked"


def test_what_was_decided_is_not_decided_again(world, authorisation):
    case = propose(world, authorisation)
    decide(world, case)
    before = JournalEntry.objects.count()
    for close in (supervision.decide_stop, supervision.drop_stop):
        with pytest.raises(MoveRefused):
            close(StopCase.objects.get(pk=case.pk), by=world.actor("approver"), text="Again.")
    assert JournalEntry.objects.count() == before


def test_nothing_happens_to_an_authorisation_that_is_over(world, authorisation):
    decide(world, propose(world, authorisation))
    over = fresh(authorisation)
    for step in (
        lambda: propose(world, over),
        lambda: propose(world, over, by="owner", ground=StopGround.GIVEN_UP),
        lambda: supervision.order_rectification(over, by=world.actor("reviewer"), text="x"),
        lambda: supervision.confirm_rectification(over, by=world.actor("reviewer"), text="x"),
    ):
        with pytest.raises(MoveRefused) as refusal:
            step()
        assert refusal.value.code == "wrong_state"


def test_an_order_given_meanwhile_does_not_keep_a_decision_back(world, authorisation):
    case = propose(world, authorisation)
    seen = StopCase.objects.select_related("authorisation").get(pk=case.pk)  # as the approver has it on the screen
    supervision.order_rectification(authorisation, by=world.actor("reviewer"), text="Put it right.")
    supervision.decide_stop(seen, by=world.actor("approver"), text="Agreed.")
    assert fresh(authorisation).state == "revoked"


# --- The end of a product ---


def revoke(world, right, act, *, on=None, by="officer", reason="Lost what made it special."):
    return supervision.revoke_protection(
        right, by=world.actor(by), on=on or TODAY(), announcement=act, reason=reason
    )


def test_all_authorisations_of_a_product_end_with_it_and_no_others(world, authorisation, act):
    rice = make_product("示例大米", number=366)
    others = another_enterprise(world, 1)
    second, elsewhere = others.authorisation(), others.authorisation(product=rice)
    supervision.order_rectification(second, by=world.actor("reviewer"), text="Put it right.")
    ended = revoke(world, world.product.rights.get(), act)
    assert {row.pk for row in ended} == {authorisation.pk, second.pk}
    for one in (authorisation, second):
        assert (fresh(one).state, fresh(one).effective_to) == ("ended", TODAY())
        assert not one.terms.filter(effective_to=None).exists()
        last = entries(one).last()
        assert (last.event_type, last.payload["ground"]) == ("authorisation.deregistered", "product_revoked")
    assert fresh(elsewhere).state == "in_force"
    assert elsewhere.terms.get().effective_to is None


def test_while_another_right_stands_the_authorisations_stand(world, authorisation, act):
    right, other = world.product.rights.get(), make_right(world.product, track="certification_mark")
    assert revoke(world, right, act) == []
    assert fresh(authorisation).state == "in_force"
    assert [row.pk for row in revoke(world, other, act)] == [authorisation.pk]
    assert fresh(authorisation).state == "ended"


def test_the_right_that_is_entered_last_need_not_have_ended_last(world, authorisation, act):
    """One right ended last week, the other, as is learnt only now, a month ago: nothing protects the product."""
    first, other = world.product.rights.get(), make_right(world.product, track="certification_mark")
    begun, week, month = (TODAY() - days * DAY for days in (90, 7, 30))
    Authorisation.objects.update(effective_from=begun)
    assert revoke(world, other, act, on=week) == []
    assert [row.pk for row in revoke(world, first, act, on=month)] == [authorisation.pk]
    assert fresh(authorisation).effective_to == week


def test_a_day_in_the_past_ends_no_authorisation_before_it_began(world, authorisation, act):
    revoke(world, world.product.rights.get(), act, on=TODAY() - 30 * DAY)
    ended = fresh(authorisation)
    assert (ended.effective_from, ended.effective_to) == (TODAY(), TODAY())
    assert not Authorisation.objects.in_force().exists()


@pytest.mark.parametrize("name", sorted(set(ROLES) - {"officer"}))
def test_nobody_but_the_officer_ends_the_protection(world, authorisation, act, name):
    before = JournalEntry.objects.count()
    with pytest.raises(MoveRefused) as refusal:
        revoke(world, world.product.rights.get(), act, by=name)
    assert refusal.value.code == "not_permitted"
    assert JournalEntry.objects.count() == before
    assert fresh(authorisation).state == "in_force"


def test_protection_ends_once_with_a_reason_and_never_in_the_future(world, authorisation, act):
    right = world.product.rights.get()
    with pytest.raises(MoveRefused, match="Give the reason"):
        revoke(world, right, act, reason=" ")
    with pytest.raises(MoveRefused, match="future"):
        revoke(world, right, act, on=TODAY() + DAY)
    revoke(world, right, act)
    with pytest.raises(MoveRefused, match="not possible in the present state"):
        revoke(world, type(right).objects.get(pk=right.pk), act)
    assert entries(authorisation).filter(event_type="authorisation.deregistered").count() == 1


def test_a_proposal_that_waited_when_the_product_ended_can_only_be_dropped(world, authorisation, act):
    case = propose(world, authorisation)
    revoke(world, world.product.rights.get(), act)
    before = JournalEntry.objects.count()
    with pytest.raises(MoveRefused, match="not possible in the present state"):
        decide(world, case)
    assert JournalEntry.objects.count() == before
    case.refresh_from_db()
    assert case.state == "proposed"
    supervision.drop_stop(case, by=world.actor("approver"), text="It has ended already.")
    assert fresh(authorisation).state == "ended"


# --- Use ---


def test_of_several_days_of_use_the_latest_counts(world, authorisation):
    for days_ago, latest in ((20, 20), (3, 3), (9, 3), (0, 0)):
        supervision.note_use(authorisation, by=world.actor("colleague"), used_on=TODAY() - days_ago * DAY)
        assert fresh(authorisation).last_used_on == TODAY() - latest * DAY


def test_use_in_the_future_or_by_somebody_else_is_not_noted(world, authorisation):
    with pytest.raises(MoveRefused, match="future"):
        supervision.note_use(authorisation, by=world.actor("owner"), used_on=TODAY() + DAY)
    for name in sorted(set(ROLES) - {"owner", "colleague"}):
        with pytest.raises(MoveRefused):
            supervision.note_use(authorisation, by=world.actor(name), used_on=TODAY())
    assert fresh(authorisation).last_used_on is None


def test_use_after_the_end_is_not_noted(world, authorisation):
    decide(world, propose(world, authorisation))
    supervision.note_use(authorisation, by=world.actor("owner"), used_on=TODAY())
    assert fresh(authorisation).last_used_on is None
