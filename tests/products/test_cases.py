"""Protection cases: both laws, changes, revocation - every state, move and role; what is missing; clocks; secrets."""

import datetime
import uuid

import pytest
from django.utils import timezone

from gi_registry.models import JournalEntry
from gi_registry.moves import MoveRefused, allowed_moves
from gi_registry.territory import may
from products import cases, drafting, protecting
from products.case_models import ProtectionCase
from products.case_states import (
    ORDER_78_MOVES,
    ORDER_80_MOVES,
    ApplicantKind,
    CaseClock,
    CaseKind,
    LegalBasis,
    ProposerLevel,
    ReviewResult,
    applicants_under,
    law_of,
    moves_of,
)
from products.case_states import CaseState as S
from products.drafting import PastStep, Place
from products.objection_states import ObjectionState
from tests import factories as make
from tests.case_world import OFFICIALS, make_world
from tests.protection_world import (
    LAW_78,
    LAW_80,
    WAYS,
    actor_for,
    end_notice,
    forget,
    make_case,
    make_objection,
    neighbour,
    review,
    take,
)

pytestmark = pytest.mark.django_db
KINDS = list(WAYS)
DAY = datetime.timedelta(days=1)


@pytest.fixture
def world():
    return make_world()


def values_for(kind, world):
    """A change that touches the main content: another area."""
    return {"places": [Place(world.county), Place(neighbour(world))], "proposer_level": ProposerLevel.PREFECTURE} if (
        kind == CaseKind.CHANGE
    ) else {}


def refused(call, *args, **values):
    with pytest.raises(MoveRefused) as caught:
        call(*args, **values)
    return caught.value.code


# --- The tables ---


@pytest.mark.parametrize(("kind", "law", "state"), [(*key, state) for key, ways in WAYS.items() for state in ways])
def test_every_state_takes_the_moves_of_its_table_and_no_others(world, kind, law, state):
    """Every state, every move of the law, every role: taken by the right people, else refused with nothing changed."""
    case = make_case(world, state, kind=kind, law=law, **values_for(kind, world))
    for move in moves_of(kind, law):
        for name in OFFICIALS:
            by, before = world.actor(name), JournalEntry.objects.count()
            able = may(by, move.permission, world.county) and state in move.sources and not move.guard(case, by)
            assert (move in allowed_moves(case, [move], by=by, division=world.county, state_field="state")) == able
            if not able:
                assert refused(take, case, move, by=by), (move.name, name)
                case.refresh_from_db()
                assert (case.state, JournalEntry.objects.count()) == (state, before), (move.name, name)
    assert S(state) in {S.DRAFT, *(move.target for move in moves_of(kind, law))}


def test_the_laws_differ_in_when_anybody_may_object(world):
    """Order 78: after the acceptance, before the experts. Order 80: when the experts are done (rule 6)."""
    old, new = make_case(world, S.ACCEPTED, law=LAW_78), make_case(world, S.ACCEPTED, law=LAW_80, name_zh="安化茶")
    assert [notice.rule for notice in old.notices_of_case] == ["order_78_14"]
    assert new.notices_of_case == []
    order = {law: [move.name for move in table] for law, table in ((78, ORDER_78_MOVES), (80, ORDER_80_MOVES))}
    assert "announce" not in order[78]
    assert "approve" not in order[80]


@pytest.mark.parametrize(
    ("day", "law"),
    [
        ((1999, 8, 16), None), ((1999, 8, 17), LegalBasis.ORIGIN_1999), ((2005, 7, 14), LegalBasis.ORIGIN_1999),
        ((2005, 7, 15), LAW_78), ((2024, 1, 31), LAW_78), ((2024, 2, 1), LAW_80),
    ],
)  # fmt: skip
def test_the_law_follows_from_the_day(day, law):
    assert law_of(datetime.date(*day)) == law


# --- What a case needs ---


def test_a_draft_says_everything_that_it_lacks_and_cannot_be_filed(world):
    by, values = world.actor("reviewer"), {"kind": CaseKind.RECOGNITION, "division": world.county}
    case = drafting.start(by=by, nonce=uuid.uuid4(), name_zh="安化擂茶", **values)
    steps = [gap.step for gap in cases.lacking(case)]
    assert [steps.count(step) for step in ("name", "area", "requirements", "papers")] == [2, 1, 6, 10]
    assert refused(protecting.submit, case, by=world.actor("reviewer")) == "incomplete"
    assert not JournalEntry.objects.about("case", case.reference).exists()


def test_an_enterprise_applies_under_the_old_law_only(world):
    assert ApplicantKind.ENTERPRISE in applicants_under(LAW_78)
    assert ApplicantKind.ENTERPRISE not in applicants_under(LAW_80)
    case = make_case(world, S.DRAFT, applicant_kind=ApplicantKind.ENTERPRISE)
    assert [gap.step for gap in cases.lacking(case)] == ["name"]


def test_a_case_is_filed_while_its_law_is_in_force(world):
    case = make_case(world, S.DRAFT, law=LAW_78, filed_on=datetime.date(2024, 2, 1))
    assert [gap.step for gap in cases.lacking(case)] == ["name"]
    case.filed_on = datetime.date(2024, 1, 31)
    assert cases.lacking(case) == []


def test_the_proposer_stands_above_the_whole_area(world):
    county, prefecture, province = world.county, world.prefecture, world.province
    away = make.make_division("430100", "长沙市", parent=province)
    far = make.make_division("430181", "浏阳市", level="county", parent=away)
    assert cases.level_needed([county]) == ProposerLevel.COUNTY
    assert cases.level_needed([county, neighbour(world)]) == ProposerLevel.PREFECTURE
    assert cases.level_needed([prefecture]) == ProposerLevel.PREFECTURE
    assert cases.level_needed([prefecture, county]) == ProposerLevel.PREFECTURE
    assert cases.level_needed([county, far]) == ProposerLevel.PROVINCE
    assert cases.level_needed([province]) == ProposerLevel.PROVINCE
    assert cases.level_needed([county, world.elsewhere]) == ProposerLevel.STATE
    two = [Place(county), Place(neighbour(world))]
    case = make_case(world, S.DRAFT, places=two)
    assert [gap.step for gap in cases.lacking(case)] == ["area"]
    case.proposer_level = ProposerLevel.PROVINCE
    assert cases.lacking(case) == []  # Order 80: a government above will do
    old = make_case(world, S.DRAFT, law=LAW_78, places=two, proposer_level=ProposerLevel.PROVINCE)
    assert [gap.step for gap in cases.lacking(old)] == ["area"]  # Order 78 names the one that proposes


def test_a_name_that_is_protected_there_is_not_asked_for_again(world):
    case = make_case(world, S.DRAFT, name_zh="安化黑茶")
    assert [gap.step for gap in cases.lacking(case)] == ["name"]


def test_a_change_that_changes_nothing_is_not_filed(world):
    case = make_case(world, S.DRAFT, kind=CaseKind.CHANGE, requirements={})
    assert "area" in [gap.step for gap in cases.lacking(case)]


# --- Defects, clocks, secrets ---


def test_defects_are_notified_once_and_the_reply_brings_the_case_back(world):
    case, officer = make_case(world, S.DEFECTS), world.actor("officer")
    clock = case.clock(CaseClock.REPLY)
    assert clock is not None
    assert clock.rule == "order_80_13"
    assert refused(protecting.not_accept, case, by=officer, text="No reply.") == "guard"
    drafting.save_draft(case, by=world.actor("reviewer"), version=case.version, name_en="Anhua Leicha")
    protecting.reply(case, by=world.actor("reviewer"), text="Mended.")
    assert case.state == S.FORMAL
    assert refused(protecting.notify_defects, case, by=officer, text="More.") == "guard"


def test_a_reply_that_never_came_ends_the_case(world):
    case = make_case(world, S.DEFECTS)
    case.deadlines.update(started_on=timezone.localdate() - 200 * DAY, due_on=timezone.localdate() - DAY)
    protecting.not_accept(case, by=world.actor("officer"), text="No reply in four months.")
    assert case.state == S.NOT_ACCEPTED
    assert not case.deadlines.filter(stopped_on=None).exists()


def test_the_old_law_knows_no_clocks(world):
    assert not make_case(world, S.DEFECTS, law=LAW_78).deadlines.exists()


def test_the_journal_tells_the_name_from_the_public_announcement_on(world):
    case = make_case(world, S.RECOGNISED)
    entries = JournalEntry.objects.about("case", case.reference).order_by("sequence")
    labels = {entry.event_type: entry.subject_label for entry in entries}
    assert labels["case.submitted"] == labels["case.opinion_given"] == case.reference
    assert labels["case.announced"] == f"{case.reference} 安化擂茶"
    opinion = next(entry for entry in entries if entry.event_type == "case.opinion_given")
    assert "It is so." not in str(opinion.payload)
    assert len(opinion.payload["text_sha256"]) == 64
    reviewed = next(entry for entry in entries if entry.event_type == "case.reviewed")
    assert "tea science" not in str(reviewed.payload)


def test_a_refused_case_that_was_never_announced_stays_private(world):
    case = make_case(world, S.REFUSED)
    assert case.public_from is None
    assert not ProtectionCase.objects.public().exists()


def test_of_two_windows_the_second_is_told(world):
    case = make_case(world, S.DRAFT)
    seen = case.version
    drafting.save_draft(case, by=world.actor("reviewer"), version=seen, name_en="One")
    other = ProtectionCase.objects.get(pk=case.pk)
    assert refused(drafting.save_draft, other, by=world.actor("reviewer"), version=seen, name_en="Two") == (
        "someone_was_faster"
    )
    assert ProtectionCase.objects.get(pk=case.pk).name_en == "One"


def test_the_same_form_makes_one_draft_and_only_in_the_own_territory(world):
    nonce, by = uuid.uuid4(), world.actor("reviewer")
    values = {"kind": CaseKind.RECOGNITION, "division": world.county, "name_zh": "安化擂茶"}
    first = drafting.start(by=by, nonce=nonce, **values)
    assert drafting.start(by=by, nonce=nonce, **values) == first
    elsewhere = world.actor("reviewer_elsewhere")
    assert refused(drafting.start, by=elsewhere, nonce=uuid.uuid4(), **values) == "not_permitted"
    taken = values | {"division": world.elsewhere}
    assert refused(drafting.start, by=elsewhere, nonce=nonce, **taken) == "not_permitted"


def test_who_may_read_which_case(world):
    draft, filed = make_case(world, S.DRAFT), make_case(world, S.FORMAL, name_zh="安化茶")
    seen = {
        name: set(cases.visible([world.actor(name)]).values_list("pk", flat=True))
        for name in ("reviewer", "approver", "officer", "auditor", "reviewer_elsewhere", "approver_elsewhere", "editor")
    }
    assert seen["reviewer"] == seen["officer"] == {draft.pk, filed.pk}
    assert seen["approver"] == seen["auditor"] == {filed.pk}
    assert seen["reviewer_elsewhere"] == seen["approver_elsewhere"] == seen["editor"] == set()


# --- Objections and decisions ---


@pytest.mark.parametrize(
    ("state", "law", "decision"),
    [(S.ACCEPTED, LAW_78, "begin_review"), (S.PRELIMINARY, LAW_80, "recognise")],
)
def test_nothing_goes_on_before_the_last_day_to_object_is_over(world, state, law, decision):
    case = make_case(world, state, law=law)
    move = next(one for one in moves_of(case.kind, law) if one.name == decision)
    by = actor_for(world, decision)
    assert refused(take, case, move, by=by) == "guard"
    end_notice(case, days=0)  # today is the last day: somebody may still object
    assert refused(take, case, move, by=by) == "guard"
    end_notice(case, days=1)
    take(case, move, by=by)
    assert case.state == move.target


@pytest.mark.parametrize(
    ("outcome", "recognised", "refusable"),
    [
        (ObjectionState.RECEIVED, False, False), (ObjectionState.ADMITTED, False, False),
        (ObjectionState.ANSWERED, False, False), (ObjectionState.NEGOTIATION, False, False),
        (ObjectionState.UPHELD, False, True), (ObjectionState.DISMISSED, True, False),
        (ObjectionState.NOT_ADMITTED, True, False), (ObjectionState.WITHDRAWN, True, False),
    ],
)  # fmt: skip
def test_what_an_objection_means_for_the_decision(world, outcome, recognised, refusable):
    case = make_case(world, S.OPPOSED)
    case.objections[0].__class__.objects.filter(notice__case=case).update(state=outcome)
    end_notice(case)
    by = world.another("officer")
    found = {move.name for move in allowed_moves(case, ORDER_80_MOVES, by=by, division=None, state_field="state")}
    assert ("recognise" in found, "refuse" in found) == (recognised, refusable)


def test_whoever_examined_does_not_decide(world):
    case = make_case(world, S.PRELIMINARY)
    end_notice(case)
    move = next(one for one in ORDER_80_MOVES if one.name == "recognise")
    assert refused(take, case, move, by=world.actor("officer")) == "guard"
    take(case, move, by=world.another("officer"))
    assert case.state == S.RECOGNISED


def test_opposed_needs_an_admitted_objection(world):
    case = make_case(world, S.PRELIMINARY)
    move = next(one for one in ORDER_80_MOVES if one.name == "oppose")
    make_objection(case)
    assert refused(take, case, move, by=world.actor("officer")) == "guard"
    make_objection(case, ObjectionState.ADMITTED)
    take(case, move, by=world.actor("officer"))


def test_the_last_technical_review_counts(world):
    case = make_case(world, S.TECHNICAL)
    review(world, case, ReviewResult.FAILED)
    assert case.review_result == ReviewResult.FAILED
    review(world, case, ReviewResult.PASSED)
    forget(case)
    assert case.review_result == ReviewResult.PASSED


def test_a_review_tells_fields_and_lies_in_the_past(world):
    case = make_case(world, S.TECHNICAL)
    values = {"experts": ["law"], "result": ReviewResult.PASSED, "opinion": "Good."}
    by, today = world.actor("officer"), timezone.localdate()
    assert refused(protecting.record_review, case, by=by, held_on=today + DAY, **values) == "wrong_day"
    assert refused(protecting.record_review, case, by=by, held_on=today, **values | {"experts": []}) == "reason_missing"
    by = world.actor("approver")
    assert refused(protecting.record_review, case, by=by, held_on=today, **values) == "not_permitted"


# --- Cases of the past ---


def past(world, steps, law=LAW_78, **values):
    values = {
        "kind": CaseKind.RECOGNITION, "legal_basis": law, "right": world.product.rights.get(), "division": world.county,
        "source": "S1", "nonce": uuid.uuid4(),
    } | values  # fmt: skip
    return drafting.enter_past_case(by=world.actor("officer"), steps=steps, **values)


def test_a_past_case_tells_its_steps_and_changes_nothing(world):
    right = world.product.rights.get()
    before = (right.status, right.effective_from, right.areas.count())
    steps = [
        PastStep(S.ACCEPTED, datetime.date(2009, 9, 1), "AQSIQ 2009 no. 80"),
        PastStep(S.APPROVED, datetime.date(2010, 2, 23), "AQSIQ 2010 no. 15"),
    ]
    case = past(world, steps)
    assert (case.historic, case.state, case.public_from) == (True, S.APPROVED, datetime.date(2009, 9, 1))
    assert [(step.state, step.source) for step in case.steps.all()] == [(one.state, one.source) for one in steps]
    right.refresh_from_db()
    assert (right.status, right.effective_from, right.areas.count()) == before
    assert JournalEntry.objects.about("case", case.reference).get().event_type == "case.entered"


@pytest.mark.parametrize(
    ("steps", "code"),
    [
        ([], "source_missing"),
        ([PastStep(S.APPROVED, datetime.date(2010, 2, 23), " ")], "source_missing"),
        ([PastStep(S.APPROVED, datetime.date(2999, 2, 23), "x")], "in_the_future"),
        ([PastStep(S.APPROVED, datetime.date(2010, 2, 23), "x"), PastStep(S.ACCEPTED, datetime.date(2009, 1, 1), "x")],
         "wrong_day"),
        ([PastStep(S.ACCEPTED, datetime.date(2010, 2, 23), "x")], "wrong_state"),
        ([PastStep(S.RECOGNISED, datetime.date(2010, 2, 23), "x")], "wrong_state"),
    ],
)  # fmt: skip
def test_past_cases_that_make_no_sense_are_refused(world, steps, code):
    assert refused(past, world, steps) == code
    assert not ProtectionCase.objects.exists()


def test_only_who_keeps_the_register_enters_past_cases(world):
    steps = [PastStep(S.APPROVED, datetime.date(2010, 2, 23), "x")]
    for name in ("reviewer", "approver", "auditor"):
        code = refused(
            drafting.enter_past_case, by=world.actor(name), nonce=uuid.uuid4(), kind=CaseKind.RECOGNITION,
            legal_basis=LAW_78, right=world.product.rights.get(), division=world.county, steps=steps, source="x",
        )  # fmt: skip
        assert code == "not_permitted"


def test_a_right_is_changed_and_revoked_where_it_lies(world):
    """Who prepares cases in one place does not begin one about the product of another."""
    far = make.make_product("平谷大桃", province=world.elsewhere)
    make.make_area(far.rights.get(), world.elsewhere)
    bare = make.make_product("北京鸭梨", province=world.elsewhere)
    for product in (far, bare):
        for kind in (CaseKind.CHANGE, CaseKind.REVOCATION):
            code = refused(
                drafting.start, by=world.actor("reviewer"), nonce=uuid.uuid4(), kind=kind, division=world.county,
                right=product.rights.get(),
            )  # fmt: skip
            assert code == "wrong_place"
