"""LEAF. Public notices and objections: the term, who may object, on which grounds, and the moves of an objection."""

from __future__ import annotations

import datetime
from typing import Any

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from gi_registry.event_types import EventType
from gi_registry.roles import Permission
from gi_registry.state_tables import Move
from gi_registry.working_days import Term, after_months
from products.case_states import CaseState, LegalBasis


class NoticeRule(TextChoices):
    """What the time to object rests on (domain rules, sections 4 and 16)."""

    ORDER_78_14 = "order_78_14", _("Order 78, Art. 14: two months after the acceptance was announced")
    ORDER_80_15 = "order_80_15", _("Order 80: two months after the preliminary announcement")
    MARK_2001 = "mark_2001", _("scheme of 2001 for marks of origin: one month")
    COMMENT = "comment", _("agreement: two months for comments on proposed names")


MONTHS = {
    NoticeRule.ORDER_78_14: 2,
    NoticeRule.ORDER_80_15: 2,
    NoticeRule.MARK_2001: 1,
    NoticeRule.COMMENT: 2,
}


def notice_rule(state: str, law: str) -> NoticeRule | None:
    """The rule of the time to object that begins when a case comes into a state under a law; None where none does."""
    if state == CaseState.PRELIMINARY and law == LegalBasis.ORDER_80:
        return NoticeRule.ORDER_80_15
    return NoticeRule.ORDER_78_14 if state == CaseState.ACCEPTED and law == LegalBasis.ORDER_78 else None


def term_of(rule: NoticeRule, published_on: datetime.date) -> Term:
    """The last day to object (Civil Code, Arts. 200-204): the day of publication is not counted; holidays move it."""
    return after_months(published_on, MONTHS[rule])


class ObjectorKind(TextChoices):
    """Who objects. Order 78 spoke of units and individuals inside China; Order 80 of any."""

    UNIT = "unit", _("a unit: firm, association, authority")
    PERSON = "person", _("a person")


class ObjectionGround(TextChoices):
    """Why the name should not be protected so (Order 80, Art. 8; the wording of the grounds is not verified)."""

    AREA = "area", _("the area is wrong")
    QUALITY = "quality", _("the quality or its link to the place is not as stated")
    GENERIC = "generic", _("the name is generic")
    EARLIER_MARK = "earlier_mark", _("an earlier trademark or other right")
    SAME_NAME = "same_name", _("the same as a protected GI; misleads on the origin")
    VARIETY = "variety", _("the same as a plant variety or animal breed; misleads")
    APPLICANT = "applicant", _("the applicant is not entitled")
    ILLEGAL = "illegal", _("against the law, public order, safety, health or the environment")
    OTHER = "other", _("another ground")


class ObjectionState(TextChoices):
    """Where an objection stands."""

    RECEIVED = "received", _("received")
    ADMITTED = "admitted", _("admitted; the applicant is to answer")
    ANSWERED = "answered", _("answered by the applicant")
    NEGOTIATION = "negotiation", _("both sides negotiate")
    UPHELD = "upheld", _("upheld")
    DISMISSED = "dismissed", _("dismissed")
    NOT_ADMITTED = "not_admitted", _("not admitted")
    WITHDRAWN = "withdrawn", _("withdrawn by whoever objected")


UNDER_EXAMINATION = frozenset({ObjectionState.ADMITTED, ObjectionState.ANSWERED, ObjectionState.NEGOTIATION})
UNDECIDED = frozenset({ObjectionState.RECEIVED, *UNDER_EXAMINATION})


class ObjectionNoteKind(TextChoices):
    """What was written about an objection by officials; the objection itself stands in its own columns."""

    ADMISSION = "admission", _("admission")
    ANSWER = "answer", _("answer of the applicant")
    NEGOTIATION = "negotiation", _("record of the negotiation")
    DECISION = "decision", _("decision")


Refusal = str | Promise | None


def came_in_time(objection: Any, by: Any) -> Refusal:
    """An objection that came after the last day is not admitted."""
    return None if objection.is_in_time else _("It came after the last day to object.")


def decided_by_another(objection: Any, by: Any) -> Refusal:
    """Whoever took an earlier step on the objection does not decide on it."""
    if by.reference in objection.handler_references:
        return _("You have made an earlier step on this objection: somebody else has to decide.")
    return None


def _move(name: str, label: Any, sources: set[ObjectionState], target: ObjectionState, permission: Permission,
          event: EventType, **more: Any) -> Move:  # fmt: skip
    return Move(name, label, frozenset(sources), target, permission, event, needs_reason=True, **more)


ADMIT = _move("admit", _("admit"), {ObjectionState.RECEIVED}, ObjectionState.ADMITTED, Permission.EXAMINE_CASES,
              EventType.OBJECTION_ADMITTED, guard=came_in_time)  # fmt: skip
NOT_ADMIT = _move("not_admit", _("do not admit"), {ObjectionState.RECEIVED}, ObjectionState.NOT_ADMITTED,
                  Permission.EXAMINE_CASES, EventType.OBJECTION_NOT_ADMITTED)  # fmt: skip
ANSWER = _move("answer", _("enter the answer of the applicant"), {ObjectionState.ADMITTED}, ObjectionState.ANSWERED,
               Permission.PREPARE_CASES, EventType.OBJECTION_ANSWERED)  # fmt: skip
NEGOTIATE = _move("negotiate", _("record the negotiation"), {ObjectionState.ADMITTED, ObjectionState.ANSWERED},
                  ObjectionState.NEGOTIATION, Permission.EXAMINE_CASES, EventType.OBJECTION_NEGOTIATED)  # fmt: skip
UPHOLD = _move("uphold", _("uphold"), set(UNDER_EXAMINATION), ObjectionState.UPHELD, Permission.END_PROTECTION,
               EventType.OBJECTION_UPHELD, guard=decided_by_another)  # fmt: skip
DISMISS = _move("dismiss", _("dismiss"), set(UNDER_EXAMINATION), ObjectionState.DISMISSED, Permission.END_PROTECTION,
                EventType.OBJECTION_DISMISSED, guard=decided_by_another)  # fmt: skip
TAKE_BACK = _move("take_back", _("note that it was withdrawn"), set(UNDECIDED), ObjectionState.WITHDRAWN,
                  Permission.EXAMINE_CASES, EventType.OBJECTION_WITHDRAWN)  # fmt: skip
OBJECTION_MOVES = (ADMIT, NOT_ADMIT, ANSWER, NEGOTIATE, UPHOLD, DISMISS, TAKE_BACK)
