"""What announced steps of cases change: products, areas, requirements, coverage, authorisations, labels."""

import datetime
import re
import uuid

import pytest
from django.utils import timezone

from enterprises import protection, supervision
from enterprises.models import Authorisation
from enterprises.states import AuthorisationState
from gi_registry.models import JournalEntry
from gi_registry.moves import MoveRefused
from products import coverage, drafting, protecting, registrar
from products.case_models import ProtectionCase
from products.case_states import CHANGE_MOVES, CaseKind, LegalBasis, ProposerLevel
from products.case_states import CaseState as S
from products.coverage_rules import Cover
from products.drafting import PastStep, Place
from products.models import Announcement, AnnouncementEntry, Product
from products.states import AnnouncementKind, Extent, ProductStatus, Track
from tests import factories as make
from tests.case_world import make_world
from tests.label_world import code_of, make_labels
from tests.protection_world import PARTS, end_notice, make_case, neighbour, paper, take, walk

pytestmark = pytest.mark.django_db
DAY = datetime.timedelta(days=1)


@pytest.fixture
def world():
    return make_world()


def refused(call, *args, **values):
    with pytest.raises(MoveRefused) as caught:
        call(*args, **values)
    return caught.value.code


def recognise(world, case, **act):
    end_notice(case)
    return protection.publish([case], step="recognise", by=world.another("officer"), reason="It is so.", **paper(**act))


# --- A name becomes protected ---


@pytest.mark.parametrize(("law", "state"), [("order_78", S.APPROVED), ("order_80", S.RECOGNISED)])
def test_a_granted_case_makes_the_product_with_area_and_requirements(world, law, state):
    case = make_case(world, state, law=law)
    product = Product.objects.get(name_zh="安化擂茶")
    right = product.rights.get()
    assert case.right == right
    assert (right.track, right.status, right.effective_from) == (Track.GI_PRODUCT, "approved", timezone.localdate())
    assert (product.province, product.name_pinyin, product.status) == (world.province, "Anhualeicha", "approved")
    assert [(area.division, area.extent) for area in right.areas.on()] == [(world.county, Extent.WHOLE)]
    assert [(one.version, one.parts) for one in right.requirements.all()] == [(1, PARTS)]
    assert product.number > world.product.number
    assert right.announcement_entries.get().kind == AnnouncementKind.APPROVAL


def test_protection_begins_on_the_day_of_the_announcement(world):
    case = make_case(world, S.PRELIMINARY)
    recognise(world, case)
    today = timezone.localdate()
    assert Product.objects.in_force(today).filter(name_zh="安化擂茶").exists()
    assert not Product.objects.in_force(today - DAY).filter(name_zh="安化擂茶").exists()


def test_a_right_in_procedure_is_the_one_that_is_approved(world):
    known = make.make_product("安化擂茶", status=ProductStatus.IN_PROCEDURE, province=world.province)
    case = make_case(world, S.RECOGNISED)
    right = known.rights.get()
    assert (case.right, right.status, right.effective_from) == (right, "approved", timezone.localdate())
    assert [area.division for area in right.areas.on()] == [world.county]
    assert Product.objects.filter(name_zh="安化擂茶").count() == 1


def test_a_product_that_was_a_trademark_gets_a_second_right(world):
    known = make.make_product("安化擂茶", track=Track.COLLECTIVE_MARK, province=world.province)
    make_case(world, S.RECOGNISED)
    assert sorted(right.track for right in known.rights.all()) == ["collective_mark", "gi_product"]


def test_an_area_across_provinces_belongs_to_none(world):
    places = [Place(world.county), Place(world.elsewhere, Extent.PART, "two towns")]
    make_case(world, S.RECOGNISED, places=places, proposer_level=ProposerLevel.STATE)
    product = Product.objects.get(name_zh="安化擂茶")
    assert product.province is None
    assert product.rights.get().areas.count() == 2


def test_a_demonstration_case_changes_nothing_of_what_is_protected(world):
    before = Product.objects.count()
    case = make_case(world, S.RECOGNISED, demonstration=True, name_zh="（演示）擂茶")
    assert case.right is None
    assert Product.objects.count() == before
    assert not Announcement.objects.real().exists()


def test_one_announcement_holds_several_cases(world):
    found = [make_case(world, S.PRELIMINARY, name_zh=name) for name in ("安化擂茶", "安化蓝田茶")]
    for case in found:
        end_notice(case)
    act = protection.publish(found, step="recognise", by=world.another("officer"), reason="Yes.", **paper())
    assert [case.state for case in found] == [S.RECOGNISED] * 2
    assert {entry.right.product.name_zh for entry in act.entries.all()} == {"安化擂茶", "安化蓝田茶"}


def test_one_case_that_cannot_go_on_stops_the_whole_announcement(world):
    ready, waiting = make_case(world, S.PRELIMINARY), make_case(world, S.PRELIMINARY, name_zh="安化蓝田茶")
    end_notice(ready)
    before = (Announcement.objects.count(), JournalEntry.objects.count(), Product.objects.count())
    by = world.another("officer")
    assert refused(protection.publish, [ready, waiting], step="recognise", by=by, reason="Yes.", **paper()) == "guard"
    assert (Announcement.objects.count(), JournalEntry.objects.count(), Product.objects.count()) == before
    assert ProtectionCase.objects.get(pk=ready.pk).state == S.PRELIMINARY


def test_announcements_that_cannot_be(world):
    case, by = make_case(world, S.PRELIMINARY), world.another("officer")
    end_notice(case)
    demo = make_case(world, S.PRELIMINARY, demonstration=True, name_zh="（演示）擂茶")
    tomorrow = timezone.localdate() + DAY
    taken = Announcement.objects.order_by("pk").first()
    values = {"step": "recognise", "by": by, "reason": "Yes."}
    assert refused(protection.publish, [], **values, **paper()) == "empty"
    assert refused(protection.publish, [case, demo], **values, **paper()) == "mixed"
    assert refused(protection.publish, [case], **values, **paper(published_on=tomorrow)) == "in_the_future"
    assert refused(protection.publish, [case], **values, **paper(text=taken.text)) == "number_taken"
    assert refused(protection.publish, [case], **values | {"step": "approve"}, **paper()) == "wrong_state"
    assert refused(protection.publish, [case], **values | {"reason": " "}, **paper()) == "reason_missing"
    earlier = case.steps.last().on - DAY
    assert refused(protection.publish, [case], **values, **paper(published_on=earlier)) == "wrong_day"


def test_two_cases_of_one_name_cannot_both_be_granted(world):
    first, second = make_case(world, S.PRELIMINARY), make_case(world, S.PRELIMINARY)
    recognise(world, first)
    end_notice(second)
    by = world.another("officer")
    assert refused(protection.publish, [second], step="recognise", by=by, reason="Yes.", **paper()) == "duplicate"


# --- Changes ---


def wider(world, state, **values):
    """A change that adds 桃江县 to the area of 安化黑茶."""
    return make_case(
        world, state, kind=CaseKind.CHANGE, places=[Place(world.county), Place(neighbour(world), Extent.PART)],
        proposer_level=ProposerLevel.PREFECTURE, area_text="安化县；桃江县两镇", **values,
    )  # fmt: skip


def test_a_changed_area_counts_from_its_day_and_the_old_one_before(world):
    make_poverty = make.make_poverty_list("test")
    for place in (world.county, neighbour(world)):
        make.make_listed_unit(make_poverty, place)
    right, today = world.product.rights.get(), timezone.localdate()
    wider(world, S.CHANGED)
    gained = {row.division.name_zh for row in right.areas.on(today)} - {
        row.division.name_zh for row in right.areas.on(today - DAY)
    }
    assert gained == {"桃江县"}

    before, after = covers(make_poverty, today - DAY), covers(make_poverty, today)
    assert (before["桃江县"], after["桃江县"]) == (Cover.BLANK, Cover.COVERED)
    assert before["安化县"] == after["安化县"] == Cover.COVERED


def covers(poverty_list, on):
    return {line.unit.name_zh: line.cover for line in coverage.units(poverty_list, on)}


def test_a_public_case_is_in_procedure_until_its_decision(world):
    listed = make.make_poverty_list("test")
    make.make_listed_unit(listed, neighbour(world))
    today = timezone.localdate()
    case = make_case(world, S.PRELIMINARY, places=[Place(neighbour(world))])
    assert covers(listed, today - DAY)["桃江县"] == Cover.BLANK
    [line] = coverage.units(listed, today)
    assert (line.cover, line.cases) == (Cover.IN_PROCEDURE, (case,))
    recognise(world, case)
    [line] = coverage.units(listed, today)
    assert (line.cover, line.cases) == (Cover.COVERED, ())


def test_a_change_writes_a_new_version_and_keeps_the_old(world):
    right = world.product.rights.get()
    by = world.actor("officer")
    first = Announcement.objects.create(issuer="cnipa", number=1, text="第1号", published_on=datetime.date(2020, 1, 1))
    registrar.enter_requirements(
        right, {"traits": "Black."}, by=by, on=datetime.date(2020, 1, 1), announcement=first, source="x"
    )
    wider(world, S.CHANGED)
    versions = list(right.requirements.order_by("version"))
    assert [(one.version, one.effective_from, one.effective_to) for one in versions] == [
        (1, datetime.date(2020, 1, 1), timezone.localdate()), (2, timezone.localdate(), None)
    ]  # fmt: skip
    assert versions[0].parts == {"traits": "Black."}
    assert AnnouncementEntry.objects.filter(right=right, kind=AnnouncementKind.CHANGE).exists()


def test_a_small_change_needs_no_notice_and_a_main_one_does(world):
    right = world.product.rights.get()
    first = Announcement.objects.create(issuer="cnipa", number=1, text="第1号", published_on=datetime.date(2020, 1, 1))
    registrar.enter_requirements(
        right, PARTS, by=world.actor("officer"), on=datetime.date(2020, 1, 1), announcement=first, source="x"
    )
    small = make_case(world, S.FORMAL, kind=CaseKind.CHANGE, requirements=PARTS | {"process": "By new machines."})
    assert small.changed_parts == {"process"}
    by = world.another("officer")
    assert refused(protection.publish, [small], step="announce", by=world.actor("officer"), **paper()) == "guard"
    protection.publish([small], step="change_at_once", by=by, reason="Yes.", **paper())
    assert right.requirements.get(effective_to=None).parts["process"] == "By new machines."
    main = wider(world, S.FORMAL, requirements=right.requirements.get(effective_to=None).parts)
    assert main.changed_parts == {"area"}
    assert refused(protection.publish, [main], step="change_at_once", by=by, reason="Yes.", **paper()) == "guard"


def test_a_renamed_product_keeps_its_number_and_its_former_name(world):
    number = world.product.number
    make_case(world, S.CHANGED, kind=CaseKind.CHANGE, name_zh="安化黑茶")  # the name is asked for below
    case = make_case(world, S.DRAFT, kind=CaseKind.CHANGE)
    drafting.save_draft(case, by=world.actor("reviewer"), version=case.version, name_zh="安化黑毛茶")
    for name in ("submit", "give_opinion", "announce"):
        walk(world, case, name)
    end_notice(case)
    protection.publish([case], step="change", by=world.another("officer"), reason="Yes.", **paper())
    product = Product.objects.get(number=number)
    assert product.name_zh == "安化黑毛茶"
    assert product.names.get(kind="former").text == "安化黑茶"


def test_one_open_change_of_a_right_at_a_time(world):
    wider(world, S.PROVINCIAL)
    second = wider(world, S.DRAFT)
    assert refused(take, second, _named("submit"), by=world.actor("reviewer")) == "open_already"


def _named(name):
    return next(move for move in CHANGE_MOVES if move.name == name)


# --- Revocation ---


def verdict_of(client, address):
    content = client.get(address, headers={"accept-encoding": "identity"}).content.decode()
    return re.search(r'data-verdict="(\w+)"', content)[1]


def test_a_revocation_stops_authorisations_and_labels_at_once(world, client):
    labels = make_labels(world=world)
    authorisation, batch = labels.authorisation, labels.batch(10, active=(1, 10))
    address = f"/v/{code_of(batch, 1)}/"
    assert verdict_of(client, address) == "in_force"
    case = make_case(world, S.REQUESTED, kind=CaseKind.REVOCATION)
    ended = supervision.decide_revocation(case, by=world.another("officer"), reason="Not used.", **paper())
    assert [row.pk for row in ended] == [authorisation.pk]
    authorisation.refresh_from_db()
    assert (authorisation.state, authorisation.effective_to) == (AuthorisationState.ENDED, timezone.localdate())
    assert case.state == S.REVOKED
    right = world.product.rights.get()
    assert (right.status, right.effective_to) == ("revoked", timezone.localdate())
    assert not Product.objects.in_force().filter(pk=world.product.pk).exists()
    assert verdict_of(client, address) == "protection_ended"
    types = set(JournalEntry.objects.values_list("event_type", flat=True))
    assert {"case.approved", "right.revoked", "authorisation.deregistered"} <= types


def test_a_refused_revocation_leaves_everything(world):
    row = world.authorisation()
    case = make_case(world, S.KEPT, kind=CaseKind.REVOCATION)
    assert case.public_from is None
    assert Authorisation.objects.get(pk=row.pk).state == AuthorisationState.IN_FORCE
    assert Product.objects.in_force().filter(pk=world.product.pk).exists()


def test_nobody_revokes_what_they_asked_to_revoke(world):
    case = make_case(world, S.DRAFT, kind=CaseKind.REVOCATION)
    protecting.request(case, by=world.actor("officer"), text="Generic by now.")
    values = {"reason": "So it is.", **paper()}
    assert refused(supervision.decide_revocation, case, by=world.actor("officer"), **values) == "guard"
    assert refused(supervision.decide_revocation, case, by=world.actor("approver"), **values) == "not_permitted"
    supervision.decide_revocation(case, by=world.another("officer"), **values)
    assert case.state == S.REVOKED


def test_a_revocation_of_what_is_revoked_is_not_filed(world):
    case = make_case(world, S.DRAFT, kind=CaseKind.REVOCATION)
    other = make_case(world, S.REVOKED, kind=CaseKind.REVOCATION)
    assert other.right == case.right
    assert refused(protecting.request, case, by=world.actor("reviewer"), text="Again.") == "incomplete"


def test_the_same_nonce_enters_one_past_case(world):
    values = {
        "by": world.actor("officer"), "nonce": uuid.uuid4(), "kind": CaseKind.RECOGNITION,
        "legal_basis": LegalBasis.ORDER_78, "right": world.product.rights.get(), "division": world.county,
        "steps": [PastStep(S.APPROVED, datetime.date(2010, 2, 23), "x")], "source": "x",
    }  # fmt: skip
    assert drafting.enter_past_case(**values) == drafting.enter_past_case(**values)


def test_the_record_words_the_area_of_the_day_only(world, client):
    wider(world, S.CHANGED)
    yesterday = (timezone.localdate() - DAY).isoformat()
    address = world.product.get_absolute_url()
    assert "安化县；桃江县两镇" in client.get(address).content.decode()
    assert "安化县；桃江县两镇" not in client.get(address, {"as_of": yesterday}).content.decode()
