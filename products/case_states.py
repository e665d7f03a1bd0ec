"""LEAF. Words and moves of protection cases: recognition under Order 78 and Order 80, changes, revocation.

A case is bound to the law of its time (`LegalBasis`), and each law has its own order of steps. Under Order 78
(2005-07-15 to 2024-01-31) everybody may object after the acceptance, before the technical review; under Order 80
(from 2024-02-01) after the preliminary announcement, when the technical review is over. Changes and revocation came
with Order 80 (Arts. 26-29). Facts that are not verified are named so in the domain rules, sections 3 and 4.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from gi_registry.event_types import EventType
from gi_registry.roles import Permission
from gi_registry.state_tables import Move


class LegalBasis(TextChoices):
    """The law that a case follows."""

    ORIGIN_1999 = "origin_1999", _("Provisions on products of designated origin (1999)")
    ORDER_78 = "order_78", _("Provisions on GI products, Order 78 of AQSIQ (2005)")
    ORDER_80 = "order_80", _("Measures on GI products, Order 80 of CNIPA (2024)")


# First days of the laws, the latest first (domain rules, section 1).
FIRST_DAYS = (
    (datetime.date(2024, 2, 1), LegalBasis.ORDER_80),
    (datetime.date(2005, 7, 15), LegalBasis.ORDER_78),
    (datetime.date(1999, 8, 17), LegalBasis.ORIGIN_1999),
)


def law_of(day: datetime.date) -> LegalBasis | None:
    """The law in force on a day; None before there was any."""
    return next((law for first, law in FIRST_DAYS if day >= first), None)


class CaseKind(TextChoices):
    """What a case asks for."""

    RECOGNITION = "recognition", _("protection of a name")
    CHANGE = "change", _("change of what is protected")
    REVOCATION = "revocation", _("revocation of protection")


class CaseState(TextChoices):
    """Where a case stands."""

    DRAFT = "draft", _("draft")
    PROVINCIAL = "provincial", _("before the province, for its opinion")
    FORMAL = "formal", _("in formal review")
    DEFECTS = "defects", _("defects notified; waiting for the applicant")
    ACCEPTED = "accepted", _("accepted")
    TECHNICAL = "technical", _("in technical review")
    PRELIMINARY = "preliminary", _("preliminarily announced")
    OPPOSED = "opposed", _("opposed")
    REQUESTED = "requested", _("revocation requested")
    APPROVED = "approved", _("approved; protected")
    RECOGNISED = "recognised", _("recognised; protected")
    CHANGED = "changed", _("change in force")
    REVOKED = "revoked", _("protection revoked")
    KEPT = "kept", _("protection kept")
    REFUSED = "refused", _("refused")
    NOT_ACCEPTED = "not_accepted", _("not accepted")
    WITHDRAWN = "withdrawn", _("withdrawn")


OPEN_CASES = frozenset(
    {
        CaseState.PROVINCIAL, CaseState.FORMAL, CaseState.DEFECTS, CaseState.ACCEPTED, CaseState.TECHNICAL,
        CaseState.PRELIMINARY, CaseState.OPPOSED, CaseState.REQUESTED,
    }
)  # fmt: skip
# The applicant may still write in the file.
EDITABLE_CASES = frozenset({CaseState.DRAFT, CaseState.DEFECTS})
GRANTED = frozenset({CaseState.APPROVED, CaseState.RECOGNISED, CaseState.CHANGED, CaseState.REVOKED})


class ApplicantKind(TextChoices):
    """Who applies. An enterprise may only where the case was filed under Order 78 or before."""

    GOVERNMENT = "government", _("local government")
    BODY = "body", _("application body named by the government")
    ASSOCIATION = "association", _("association")
    ENTERPRISE = "enterprise", _("enterprise")


def applicants_under(law: str) -> frozenset[ApplicantKind]:
    """Who may apply under a law (Order 78: domain rules, section 2.4; Order 80, Art. 9)."""
    if law == LegalBasis.ORDER_80:
        return frozenset({ApplicantKind.GOVERNMENT, ApplicantKind.BODY, ApplicantKind.ASSOCIATION})
    return frozenset({ApplicantKind.BODY, ApplicantKind.ASSOCIATION, ApplicantKind.ENTERPRISE})


class ProposerLevel(TextChoices):
    """Which government proposed the area: it must stand above all divisions of the area."""

    COUNTY = "county", _("county government")
    PREFECTURE = "prefecture", _("prefecture government")
    PROVINCE = "province", _("provincial government")
    STATE = "state", _("several provincial governments together")


class RequirementPart(TextChoices):
    """The parts of the protection requirements (保护要求; domain rules, section 2.3)."""

    NAME = "name", _("name and class of the product")
    AREA = "area", _("area, and its natural traits")
    TRAITS = "traits", _("quality: sensory, physical and chemical traits")
    LINK = "link", _("how the quality comes from the place")
    PROCESS = "process", _("how it is produced")
    SAFETY = "safety", _("safety, hygiene and equipment")
    FAME = "fame", _("fame, history, production and sales")
    BODIES = "bodies", _("who manages the mark, and who tests")


NEEDED_PARTS = (
    RequirementPart.NAME, RequirementPart.AREA, RequirementPart.TRAITS, RequirementPart.LINK, RequirementPart.PROCESS,
    RequirementPart.FAME,
)  # fmt: skip
# A change of one of these is a change of the main content, with a notice and time to object (Order 80, Art. 26).
MAIN_CONTENT = frozenset({RequirementPart.NAME, RequirementPart.AREA, RequirementPart.TRAITS})


class PaperKind(TextChoices):
    """What a document of a case is (domain rules, sections 3.1 and 3.2)."""

    AREA_PROPOSAL = "area_proposal", _("government proposal for the area")
    AREA_MAP = "area_map", _("map of the area")
    APPLICANT_PAPER = "applicant_paper", _("government document on the applicant and the protection")
    FORM = "form", _("application form")
    REQUIREMENTS = "requirements", _("protection requirements")
    TEST_REPORT = "test_report", _("test report of the quality")
    STANDARD = "standard", _("technical standard")
    USE_PROOF = "use_proof", _("proof of long use of the name")
    FAME = "fame", _("note on fame, production and sales")
    BODIES = "bodies", _("information on bodies that test")
    SITE_REPORT = "site_report", _("report of the site check")
    CHANGE_PROOF = "change_proof", _("reasons and proof for the change")
    EVIDENCE = "evidence", _("evidence for the revocation")
    OTHER = "other", _("other document")


_ORDER_78_PAPERS = (
    PaperKind.AREA_PROPOSAL, PaperKind.AREA_MAP, PaperKind.APPLICANT_PAPER, PaperKind.FORM, PaperKind.REQUIREMENTS,
)  # fmt: skip
NEEDED_PAPERS: Mapping[tuple[str, str], tuple[PaperKind, ...]] = {
    (CaseKind.RECOGNITION, LegalBasis.ORDER_78): (*_ORDER_78_PAPERS, PaperKind.STANDARD),
    (CaseKind.RECOGNITION, LegalBasis.ORDER_80): (
        *_ORDER_78_PAPERS, PaperKind.TEST_REPORT, PaperKind.STANDARD, PaperKind.USE_PROOF, PaperKind.FAME,
        PaperKind.BODIES,
    ),
    (CaseKind.CHANGE, LegalBasis.ORDER_80): (PaperKind.FORM, PaperKind.CHANGE_PROOF),
    (CaseKind.REVOCATION, LegalBasis.ORDER_80): (PaperKind.EVIDENCE,),
}  # fmt: skip


class RevocationGround(TextChoices):
    """Why protection should end (Order 80, Arts. 27-29; the wording of the grounds is not verified)."""

    GENERIC = "generic", _("the name has become generic")
    NOT_USED = "not_used", _("the name has not been used for three years running")
    CONDITIONS_GONE = "conditions_gone", _("nature or people changed: the quality cannot be kept")
    ILLEGAL = "illegal", _("against the law or public order")
    UNSAFE = "unsafe", _("against rules on safety, health or the environment")
    FRAUD = "fraud", _("protection was obtained by fraud")
    OTHER = "other", _("other lawful ground")


class RequesterKind(TextChoices):
    """Who asks for the revocation; nobody is named in public."""

    AUTHORITY = "authority", _("an authority")
    MANAGER = "manager", _("the manager of the GI")
    UNIT = "unit", _("another unit")
    PERSON = "person", _("a person")


class ReviewResult(TextChoices):
    """What the technical review came to."""

    PASSED = "passed", _("passed")
    FAILED = "failed", _("not passed")


class CaseNoteKind(TextChoices):
    """What somebody wrote into a case."""

    OPINION = "opinion", _("opinion of the province")
    DEFECTS = "defects", _("notice of defects")
    REPLY = "reply", _("reply to the notice of defects")
    SENT_BACK = "sent_back", _("sent back by the province")
    DECISION = "decision", _("decision")
    WITHDRAWAL = "withdrawal", _("withdrawal")
    REQUEST = "request", _("request for revocation")


class CaseClock(TextChoices):
    """What has to be done in time."""

    OPINION = "opinion", _("give the opinion of the province")
    REPLY = "reply", _("reply to the notice of defects")


class CaseClockRule(TextChoices):
    """What a clock rests on. Both terms are general knowledge: the text of the articles was not read."""

    ORDER_80_12 = "order_80_12", _("Order 80, Art. 12: three months (not verified)")
    ORDER_80_13 = "order_80_13", _("Order 80, Art. 13: four months (not verified)")


# Months of each clock, with its rule. Order 78 knows neither.
CASE_CLOCKS: Mapping[CaseClock, tuple[int, CaseClockRule]] = {
    CaseClock.OPINION: (3, CaseClockRule.ORDER_80_12),
    CaseClock.REPLY: (4, CaseClockRule.ORDER_80_13),
}


# --- Guards: a sentence that says why not, or nothing. They ask the case for facts; see case_models.ProtectionCase ---

Refusal = str | Promise | None


def one_notice(case: Any, by: Any) -> Refusal:
    """Defects are notified once, all together."""
    if case.defects_notified_on is not None:
        return _("Defects are notified once, all together; this case has had its notice.")
    return None


def reply_time_over(case: Any, by: Any) -> Refusal:
    """Not accepted: at once where nothing is to be mended, else after the time to reply has run out."""
    if case.state == CaseState.DEFECTS and not case.reply_is_late:
        return _("The applicant still has time to reply.")
    return None


def nobody_objects(case: Any, by: Any) -> Refusal:
    """The time to object is over, every objection is decided, and none was upheld."""
    if not case.notices_of_case:
        return _("The public notice is missing.")
    if case.may_be_objected:
        return _("The time to object is not over.")
    if case.undecided_objections:
        return _("Objections are not decided yet.")
    if case.upheld_objections:
        return _("An objection was upheld.")
    return None


def somebody_was_right(case: Any, by: Any) -> Refusal:
    """Refused after the notice only where an objection was upheld."""
    if not case.upheld_objections:
        return _("No objection was upheld.")
    return four_eyes(case, by)


def is_opposed(case: Any, by: Any) -> Refusal:
    """Opposed means: an objection was admitted and is not decided."""
    return None if case.admitted_objections else _("No objection was admitted.")


def review_passed(case: Any, by: Any) -> Refusal:
    """Announced preliminarily when the technical review was passed."""
    if case.review_result != ReviewResult.PASSED:
        return _("The technical review is not on record as passed.")
    return None


def review_failed(case: Any, by: Any) -> Refusal:
    """Refused after the technical review when it was not passed; somebody else decides."""
    if case.review_result != ReviewResult.FAILED:
        return _("The technical review is not on record as failed.")
    return four_eyes(case, by)


def refusable_78(case: Any, by: Any) -> Refusal:
    """Refused under Order 78: an objection was upheld, or the technical review was not passed."""
    if case.state == CaseState.ACCEPTED:
        return somebody_was_right(case, by)
    return review_failed(case, by)


def refusable_80(case: Any, by: Any) -> Refusal:
    """Refused under Order 80: the technical review was not passed, or an objection was upheld."""
    return refusable_78(case, by) if case.state == CaseState.TECHNICAL else somebody_was_right(case, by)


def approvable_78(case: Any, by: Any) -> Refusal:
    """Approved under Order 78: the technical review was passed; somebody else than who examined decides."""
    return review_passed(case, by) or four_eyes(case, by)


def recognisable(case: Any, by: Any) -> Refusal:
    """Recognised: nobody objects any more; somebody else than who examined decides."""
    return nobody_objects(case, by) or four_eyes(case, by)


def minor_change(case: Any, by: Any) -> Refusal:
    """A change of other than the main content needs no notice; somebody else than who examined decides."""
    if case.touches_main_content:
        return _("The change touches the main content: announce it first, so that everybody may object.")
    return four_eyes(case, by)


def main_change(case: Any, by: Any) -> Refusal:
    """Only a change of the main content is announced for objections."""
    return None if case.touches_main_content else _("The change does not touch the main content.")


def change_refusable(case: Any, by: Any) -> Refusal:
    """A change is refused on its merits, or because an objection was upheld; somebody else decides."""
    return somebody_was_right(case, by) if case.state == CaseState.OPPOSED else four_eyes(case, by)


def four_eyes(case: Any, by: Any) -> Refusal:
    """Nobody decides on a case in which they made an earlier step."""
    if by.reference in case.handler_references:
        return _("You have made an earlier step in this case: somebody else has to decide.")
    return None


def _move(
    name: str, label: Any, sources: set[CaseState], target: CaseState, permission: Permission, event: EventType,
    **more: Any,
) -> Move:  # fmt: skip
    return Move(name, label, frozenset(sources), target, permission, event, **more)


_P, _S = Permission, CaseState
SUBMIT = _move("submit", _("submit to the province"), {_S.DRAFT}, _S.PROVINCIAL, _P.PREPARE_CASES,
               EventType.CASE_SUBMITTED)  # fmt: skip
SEND_BACK = _move("send_back", _("send back to be completed"), {_S.PROVINCIAL}, _S.DRAFT, _P.GIVE_OPINION,
                  EventType.CASE_SENT_BACK, needs_reason=True)  # fmt: skip
GIVE_OPINION = _move("give_opinion", _("give the opinion and pass on"), {_S.PROVINCIAL}, _S.FORMAL, _P.GIVE_OPINION,
                     EventType.CASE_OPINION_GIVEN, needs_reason=True)  # fmt: skip
NOTIFY_DEFECTS = _move("notify_defects", _("notify defects"), {_S.FORMAL}, _S.DEFECTS, _P.EXAMINE_CASES,
                       EventType.CASE_DEFECTS_NOTIFIED, needs_reason=True, guard=one_notice)  # fmt: skip
REPLY = _move("reply", _("send the reply"), {_S.DEFECTS}, _S.FORMAL, _P.PREPARE_CASES, EventType.CASE_RETURNED,
              needs_reason=True)  # fmt: skip
NOT_ACCEPT = _move("not_accept", _("do not accept"), {_S.FORMAL, _S.DEFECTS}, _S.NOT_ACCEPTED, _P.EXAMINE_CASES,
                   EventType.CASE_NOT_ACCEPTED, needs_reason=True, guard=reply_time_over)  # fmt: skip
_BEGINNING = (SUBMIT, SEND_BACK, GIVE_OPINION, NOTIFY_DEFECTS, REPLY, NOT_ACCEPT)
WITHDRAW = _move("withdraw", _("withdraw"), set(OPEN_CASES), _S.WITHDRAWN, _P.PREPARE_CASES, EventType.CASE_WITHDRAWN,
                 needs_reason=True)  # fmt: skip
OPPOSE = _move("oppose", _("take up an objection"), {_S.PRELIMINARY}, _S.OPPOSED, _P.EXAMINE_CASES,
               EventType.CASE_OPPOSED, guard=is_opposed)  # fmt: skip

# Order 78: acceptance is announced, everybody may object for two months, then the technical review and the approval.
ACCEPT_78 = _move("accept", _("accept and announce"), {_S.FORMAL}, _S.ACCEPTED, _P.EXAMINE_CASES,
                  EventType.CASE_ACCEPTED)  # fmt: skip
BEGIN_REVIEW_78 = _move("begin_review", _("begin the technical review"), {_S.ACCEPTED}, _S.TECHNICAL, _P.EXAMINE_CASES,
                        EventType.CASE_REVIEW_BEGUN, guard=nobody_objects)  # fmt: skip
APPROVE_78 = _move("approve", _("approve and announce"), {_S.TECHNICAL}, _S.APPROVED, _P.END_PROTECTION,
                   EventType.CASE_APPROVED, needs_reason=True, guard=approvable_78)  # fmt: skip
REFUSE_78 = _move("refuse", _("refuse"), {_S.ACCEPTED, _S.TECHNICAL}, _S.REFUSED, _P.END_PROTECTION,
                  EventType.CASE_REFUSED, needs_reason=True, guard=refusable_78)  # fmt: skip
ORDER_78_MOVES = (*_BEGINNING, ACCEPT_78, BEGIN_REVIEW_78, APPROVE_78, REFUSE_78, WITHDRAW)

# Order 80: technical review first, then the preliminary announcement, two months to object, recognition.
ACCEPT_80 = _move("accept", _("accept"), {_S.FORMAL}, _S.ACCEPTED, _P.EXAMINE_CASES, EventType.CASE_ACCEPTED)
BEGIN_REVIEW_80 = _move("begin_review", _("begin the technical review"), {_S.ACCEPTED}, _S.TECHNICAL, _P.EXAMINE_CASES,
                        EventType.CASE_REVIEW_BEGUN)  # fmt: skip
ANNOUNCE_80 = _move("announce", _("announce preliminarily"), {_S.TECHNICAL}, _S.PRELIMINARY, _P.EXAMINE_CASES,
                    EventType.CASE_ANNOUNCED, guard=review_passed)  # fmt: skip
RECOGNISE = _move("recognise", _("recognise and announce"), {_S.PRELIMINARY, _S.OPPOSED}, _S.RECOGNISED,
                  _P.END_PROTECTION, EventType.CASE_APPROVED, needs_reason=True, guard=recognisable)  # fmt: skip
REFUSE_80 = _move("refuse", _("refuse"), {_S.TECHNICAL, _S.OPPOSED}, _S.REFUSED, _P.END_PROTECTION,
                  EventType.CASE_REFUSED, needs_reason=True, guard=refusable_80)  # fmt: skip
ORDER_80_MOVES = (
    *_BEGINNING, ACCEPT_80, BEGIN_REVIEW_80, ANNOUNCE_80, OPPOSE, RECOGNISE, REFUSE_80, WITHDRAW,
)  # fmt: skip

# Changes of what is protected: the main content with a notice, everything else without.
CHANGE_AT_ONCE = _move("change_at_once", _("change and announce"), {_S.FORMAL}, _S.CHANGED, _P.END_PROTECTION,
                       EventType.CASE_APPROVED, needs_reason=True, guard=minor_change)  # fmt: skip
ANNOUNCE_CHANGE = _move("announce", _("announce the change preliminarily"), {_S.FORMAL}, _S.PRELIMINARY,
                        _P.EXAMINE_CASES, EventType.CASE_ANNOUNCED, guard=main_change)  # fmt: skip
CHANGE = _move("change", _("put the change into force and announce it"), {_S.PRELIMINARY, _S.OPPOSED}, _S.CHANGED,
               _P.END_PROTECTION, EventType.CASE_APPROVED, needs_reason=True, guard=recognisable)  # fmt: skip
REFUSE_CHANGE = _move("refuse", _("refuse"), {_S.FORMAL, _S.OPPOSED}, _S.REFUSED, _P.END_PROTECTION,
                      EventType.CASE_REFUSED, needs_reason=True, guard=change_refusable)  # fmt: skip
CHANGE_MOVES = (*_BEGINNING, CHANGE_AT_ONCE, ANNOUNCE_CHANGE, OPPOSE, CHANGE, REFUSE_CHANGE, WITHDRAW)

# Revocation: anybody may ask an authority for it; one official enters the request, another decides.
REQUEST = _move("request", _("enter the request"), {_S.DRAFT}, _S.REQUESTED, _P.PREPARE_CASES,
                EventType.CASE_SUBMITTED)  # fmt: skip
REVOKE_CASE = _move("revoke", _("revoke the protection and announce it"), {_S.REQUESTED}, _S.REVOKED,
                    _P.END_PROTECTION, EventType.CASE_APPROVED, needs_reason=True, guard=four_eyes)  # fmt: skip
KEEP = _move("keep", _("keep the protection"), {_S.REQUESTED}, _S.KEPT, _P.END_PROTECTION, EventType.CASE_REFUSED,
             needs_reason=True, guard=four_eyes)  # fmt: skip
REVOCATION_MOVES = (REQUEST, REVOKE_CASE, KEEP, WITHDRAW)


def moves_of(kind: str, law: str) -> tuple[Move, ...]:
    """The table of moves that a case follows."""
    if kind == CaseKind.CHANGE:
        return CHANGE_MOVES
    if kind == CaseKind.REVOCATION:
        return REVOCATION_MOVES
    return ORDER_80_MOVES if law == LegalBasis.ORDER_80 else ORDER_78_MOVES


# Steps that tell the public something need an announcement.
ANNOUNCED_BY = frozenset({"approve", "recognise", "change_at_once", "change", "revoke"})


def needs_announcement(move: Move, law: str) -> bool:
    """Whether a step is made with an announcement: acceptance is announced under Order 78 only."""
    if move.name == "accept":
        return law != LegalBasis.ORDER_80
    return move.name == "announce" or move.name in ANNOUNCED_BY
