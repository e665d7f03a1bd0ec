"""What an announcement may hold, what follows from it in public, and what stops it as a whole."""

import datetime
import uuid

import pytest
from django.utils import timezone

from enterprises import announcing, directory, drafts, supervision
from enterprises.application_models import StopCase
from enterprises.directory import Wanted
from enterprises.models import Authorisation, DecisionAuthority, Enterprise
from enterprises.states import ApplicationState, LawfulUser, StopGround
from gi_registry.models import JournalEntry
from gi_registry.moves import MoveRefused
from products.models import Announcement, AnnouncementEntry
from products.states import Track
from tests.case_world import ROLES, STEPS, announce, make_world, pdf
from tests.factories import make_product, make_right
from tests.races import another_enterprise, approved_change

pytestmark = pytest.mark.django_db
APPROVED = ApplicationState.APPROVED
TODAY, DAY = timezone.localdate, datetime.timedelta(days=1)


@pytest.fixture
def world():
    return make_world()


@pytest.fixture
def real():
    """The same world with an enterprise that is no demonstration."""
    return make_world(demo=False)


def decided_stop(world, authorisation, ground=StopGround.NOT_TO_STANDARD):
    case = supervision.propose_stop(authorisation, by=world.actor("reviewer"), ground=ground, text="Because.")
    supervision.decide_stop(case, by=world.actor("approver"), text="Agreed.")
    return StopCase.objects.get(pk=case.pk)


@pytest.fixture
def nothing_follows():
    """Remember what there is; the returned function proves that nothing was added or changed."""

    def facts():
        return (
            Announcement.objects.count(), AnnouncementEntry.objects.count(), JournalEntry.objects.count(),
            list(Authorisation.objects.order_by("pk").values_list("pk", "state", "effective_to")),
            list(StopCase.objects.values_list("pk", "announcement")),
        )  # fmt: skip

    class Watch:
        def __enter__(self):
            self.before = facts()

        def __exit__(self, *error):
            assert facts() == self.before

    return Watch


# --- What an announcement may hold ---


def test_several_enterprises_stand_in_one_announcement(world):
    files = [world.file(APPROVED), another_enterprise(world, 1).file(APPROVED)]
    announcement = announce(world, *files)
    assert [file.state for file in files] == ["announced"] * 2
    assert set(announcement.mark_applications.all()) == set(files)
    assert Authorisation.objects.filter(announcement=announcement).count() == 2
    assert JournalEntry.objects.filter(event_type="announcement.entered").count() == 1
    assert JournalEntry.objects.filter(event_type="authorisation.granted").count() == 2


@pytest.mark.parametrize("name", sorted(set(ROLES) - {"officer"}))
def test_nobody_but_the_officer_announces(world, name, nothing_follows):
    file = world.file(APPROVED)
    with nothing_follows(), pytest.raises(MoveRefused) as refusal:
        announcing.publish([file], by=world.actor(name), text="x", number=1, published_on=TODAY())
    assert refusal.value.code == "not_permitted"


def test_an_announcement_of_nothing_is_none(world, nothing_follows):
    old = announce(world, world.file(APPROVED))
    with nothing_follows():
        with pytest.raises(MoveRefused, match="at least one file"):
            announce(world)
        with pytest.raises(MoveRefused, match="say what is corrected"):
            announce(world, corrects=old, body="  ")


@pytest.mark.parametrize("state", sorted(set(ApplicationState) - {ApplicationState.APPROVED}))
def test_only_approved_files_are_announced(world, state, nothing_follows):
    pilot = state != ApplicationState.NATIONAL_REVIEW
    file = (world if pilot else _without_pilot(world)).file(state)
    with nothing_follows(), pytest.raises(MoveRefused, match="no longer waiting"):
        announce(world, file)


def _without_pilot(world):
    DecisionAuthority.objects.all().delete()
    return world


def test_real_and_demonstration_files_do_not_stand_together(real, nothing_follows):
    files = [real.file(APPROVED), another_enterprise(real, 1).file(APPROVED)]
    with nothing_follows(), pytest.raises(MoveRefused, match="cannot stand in one"):
        announce(real, *files)


def test_real_files_and_demonstration_stops_do_not_stand_together(real, nothing_follows):
    case = decided_stop(real, another_enterprise(real, 1).authorisation())
    file = real.file(APPROVED)
    with nothing_follows(), pytest.raises(MoveRefused, match="cannot stand in one"):
        announce(real, file, stops=[case])


def test_the_same_file_named_twice_is_refused_whole(world, nothing_follows):
    file = world.file(APPROVED)
    with nothing_follows(), pytest.raises(MoveRefused):
        announce(world, file, type(file).objects.get(pk=file.pk))


def test_two_files_for_one_product_do_not_stand_together(world, nothing_follows):
    files = [world.file(APPROVED), world.file(APPROVED)]
    with nothing_follows(), pytest.raises(MoveRefused, match="authorised for 安化黑茶 already"):
        announce(world, *files)


@pytest.mark.parametrize("same", [{"text": "示例公告", "number": 2}, {"text": "示例公告（二）", "number": 1}])
def test_a_title_or_number_that_is_taken_is_said(world, same, nothing_follows):
    other = another_enterprise(world, 1).file(APPROVED)
    values = {"by": world.actor("officer"), "published_on": TODAY()}
    announcing.publish([world.file(APPROVED)], text="示例公告", number=1, **values)
    with nothing_follows(), pytest.raises(MoveRefused, match="of this number or title already") as refusal:
        announcing.publish([other], **same, **values)
    assert refusal.value.code == "number_taken"


def test_a_product_that_ended_after_the_approval_is_not_announced(world, nothing_follows):
    other = make_product("示例大米", number=366)
    good = another_enterprise(world, 1).file(APPROVED, product=other)
    file = world.file(APPROVED)
    act = announce(world, another_enterprise(world, 2).file(APPROVED, product=other))
    supervision.revoke_protection(
        world.product.rights.get(), by=world.actor("officer"), on=TODAY(), announcement=act, reason="Lost its fame."
    )
    with nothing_follows(), pytest.raises(MoveRefused, match="安化黑茶 is not protected on that day"):
        announce(world, good, file)
    announce(world, good)  # the other one goes on by itself
    assert good.state == "announced"


def test_a_change_of_an_authorisation_that_has_ended_meanwhile_is_not_announced(world, nothing_follows):
    authorisation = world.authorisation()
    change = approved_change(world, authorisation, varieties=["千两茶"])
    decided_stop(world, authorisation)
    with nothing_follows(), pytest.raises(MoveRefused, match="would change has ended"):
        announce(world, change)


def test_a_change_cannot_be_begun_for_an_authorisation_that_has_ended(world):
    authorisation = world.authorisation()
    decided_stop(world, authorisation)
    authorisation.refresh_from_db()
    with pytest.raises(MoveRefused, match="no authorisation in force"):
        drafts.start(
            world.enterprise, by=world.actor("owner"), nonce=uuid.uuid4(), kind="change", authorisation=authorisation
        )


def test_two_changes_of_one_authorisation_in_one_announcement_leave_one_set_of_terms(world):
    authorisation = world.authorisation()
    changes = [approved_change(world, authorisation, varieties=[name]) for name in ("千两茶", "天尖")]
    announce(world, *changes)
    assert authorisation.terms.count() == 3
    assert authorisation.terms.get(effective_to=None).varieties == ["天尖"]


# --- Stops ---


def test_a_decided_stop_is_announced_once(world, nothing_follows):
    case = decided_stop(world, world.authorisation())
    announcement = announce(world, stops=[case])
    case.refresh_from_db()
    assert case.announcement == announcement
    assert announcement.demonstration
    with nothing_follows(), pytest.raises(MoveRefused, match="no longer waiting"):
        announce(world, stops=[case])


def test_a_stop_that_nobody_has_decided_is_not_announced(world, nothing_follows):
    authorisation = world.authorisation()
    case = supervision.propose_stop(
        authorisation, by=world.actor("reviewer"), ground=StopGround.OFFENCE, text="Sold fakes."
    )
    with nothing_follows(), pytest.raises(MoveRefused, match="no longer waiting"):
        announce(world, stops=[case])
    supervision.drop_stop(case, by=world.actor("approver"), text="Not proven.")
    with nothing_follows(), pytest.raises(MoveRefused, match="no longer waiting"):
        announce(world, stops=[case])


def test_a_stop_that_cannot_be_announced_keeps_the_files_back_too(world, nothing_follows):
    file = another_enterprise(world, 1).file(APPROVED)
    case = supervision.propose_stop(
        world.authorisation(), by=world.actor("reviewer"), ground=StopGround.OFFENCE, text="Sold fakes."
    )
    with nothing_follows(), pytest.raises(MoveRefused):
        announce(world, file, stops=[case])
    file.refresh_from_db()
    assert file.state == APPROVED


def test_the_announcement_of_a_stop_is_not_older_than_its_decision(world, nothing_follows):
    case = decided_stop(world, world.authorisation())
    with nothing_follows(), pytest.raises(MoveRefused, match="older than the decisions"):
        announcing.publish(
            by=world.actor("officer"), text="x", number=99, published_on=TODAY() - DAY, stops=[case]
        )


# --- What follows in public ---


def shown_on(page):
    return page.content.decode()


def test_a_real_announcement_stands_on_the_page_of_the_product(real, client):
    announcement = announce(real, real.file(APPROVED))
    entry = AnnouncementEntry.objects.get(announcement=announcement)
    assert (entry.right, entry.kind) == (real.product.rights.get(), "mark_use")
    page = shown_on(client.get(f"/en/products/{real.product.number}/"))
    assert real.enterprise.name_zh in page
    assert f"/en/announcements/{announcement.pk}/" in page


def test_a_demonstration_stands_nowhere_among_real_facts(world, client):
    announcement = announce(world, world.file(APPROVED))
    assert announcement.demonstration
    assert not AnnouncementEntry.objects.exists()
    page = shown_on(client.get(f"/en/products/{world.product.number}/"))
    assert world.enterprise.name_zh not in page
    assert announcement.text not in page
    assert not directory.enterprises(Wanted(product=world.product)).exists()


def test_a_correction_of_a_demonstration_is_one(world):
    old = announce(world, world.file(APPROVED))
    assert announce(world, corrects=old, body="Read 茯砖茶.").demonstration


@pytest.mark.parametrize(
    ("lawful_user", "track"),
    [
        (LawfulUser.PRODUCER, Track.GI_PRODUCT),
        (LawfulUser.LICENSEE, Track.CERTIFICATION_MARK),
        (LawfulUser.COLLECTIVE_MEMBER, Track.CERTIFICATION_MARK),
    ],
)
def test_the_announcement_names_the_right_that_the_file_rests_on(real, lawful_user, track):
    make_right(real.product, track=Track.CERTIFICATION_MARK)
    values = {"lawful_user": lawful_user, "mark_number": "123", "licence_until": TODAY() + DAY}
    file = real.draft(**values)
    drafts.add_document(
        file, by=real.actor("owner"), kind="licence", title="x", cleaned=pdf("licence"), name="licence.pdf"
    )
    for step in STEPS[APPROVED]:
        step(real, file)
    announcement = announce(real, file)
    assert [entry.right.track for entry in announcement.entries.all()] == [track]


def test_where_no_right_fits_the_announcement_still_names_one(real):
    real.product.rights.update(track=Track.CERTIFICATION_MARK)
    announcement = announce(real, real.file(APPROVED))
    assert announcement.entries.get().right == real.product.rights.get()


def test_the_directory_answers_for_each_day(real):
    authorisation = real.authorisation()
    begun, ended = TODAY() - 10 * DAY, TODAY() - 3 * DAY
    Authorisation.objects.update(effective_from=begun)
    authorisation.terms.update(effective_from=begun)
    authorisation.refresh_from_db()
    case = decided_stop(real, authorisation)
    Authorisation.objects.update(effective_to=ended)  # as if it had been decided then

    def standing(day):
        found = directory.enterprises(Wanted(product=real.product, on=day))
        return [str(row.standing) for enterprise in found for row in enterprise.shown]

    assert standing(begun - DAY) == []
    assert standing(begun) == standing(ended - DAY) == ["in_force"]
    assert standing(ended) == standing(TODAY()) == ["revoked"]
    assert case.decided_on == TODAY()


def test_an_enterprise_is_public_from_its_first_authorisation(world):
    file = world.file(APPROVED)
    assert not Enterprise.objects.public().exists()
    assert not JournalEntry.objects.filter(event_type="enterprise.entered").exists()
    announce(world, file)
    enterprise = Enterprise.objects.public().get()
    assert enterprise.province == world.province
    assert directory.answers("示例茶业")
    entry = JournalEntry.objects.get(event_type="enterprise.entered")
    assert entry.payload["values"]["uscc"] == world.enterprise.uscc
    announce(world, world.file(APPROVED, product=make_product("示例大米", number=366)))
    assert JournalEntry.objects.filter(event_type="enterprise.entered").count() == 1


def test_the_journal_tells_the_terms_and_nothing_of_addresses(world):
    authorisation = world.authorisation()
    entry = JournalEntry.objects.get(event_type="authorisation.granted")
    assert entry.subject_id == authorisation.reference
    assert entry.payload["varieties"] == ["黑毛茶", "茯砖茶"]
    assert entry.payload["divisions"] == [world.county.code]
    assert "Tea Road" not in str(entry.payload)
    assert "120" not in str(entry.payload)
