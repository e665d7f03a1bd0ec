"""LEAF. What the rows of `OBJECTION_MOVES` leave to the case an objection is about, and how long things are kept.

A step is refused here for what only the law of the notice or the state of the case can tell; buttons and writer ask
the same function.
"""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from gi_registry.state_tables import Move
from products.case_states import OPEN_CASES
from products.objection_states import (
    ADMIT,
    ANSWER,
    DISMISS,
    NEGOTIATE,
    NOT_ADMIT,
    TAKE_BACK,
    UNDECIDED,
    UPHOLD,
    NoticeRule,
    ObjectionNoteKind,
    ObjectionState,
)

CONTACT_DAYS = 90  # after the decision; the privacy notice of the form promises it
MOST_FILES = 5

# Rules under which only units and individuals inside China could object (notice 393 of CNIPA on Order 78).
INSIDE_CHINA = frozenset({NoticeRule.ORDER_78_14})

# Calendar days after which the queue marks what waits. No law sets a term for these steps: it is a reminder only.
PATIENCE: Mapping[str, int] = {
    ObjectionState.RECEIVED: 30,
    ObjectionState.ADMITTED: 90,
    ObjectionState.ANSWERED: 90,
    ObjectionState.NEGOTIATION: 90,
}

# What is kept of the words that come with each step. A withdrawal ends an objection as a decision does.
NOTE_OF: Mapping[str, ObjectionNoteKind] = {
    ADMIT.name: ObjectionNoteKind.ADMISSION,
    NOT_ADMIT.name: ObjectionNoteKind.ADMISSION,
    ANSWER.name: ObjectionNoteKind.ANSWER,
    NEGOTIATE.name: ObjectionNoteKind.NEGOTIATION,
    UPHOLD.name: ObjectionNoteKind.DECISION,
    DISMISS.name: ObjectionNoteKind.DECISION,
    TAKE_BACK.name: ObjectionNoteKind.DECISION,
}
# The column that holds the day of a step; a negotiation has none, its note tells the day.
DAY_OF: Mapping[str, str] = {
    ADMIT.name: "admitted_on",
    NOT_ADMIT.name: "decided_on",
    ANSWER.name: "answered_on",
    UPHOLD.name: "decided_on",
    DISMISS.name: "decided_on",
    TAKE_BACK.name: "decided_on",
}
# The public register has to say why.
NEEDS_PUBLIC_REASON = frozenset({UPHOLD.name, DISMISS.name})
MAY_PUBLISH = frozenset({*NEEDS_PUBLIC_REASON, NOT_ADMIT.name})

Refusal = str | Promise | None


def refusal(objection: Any, move: Move, by: Any) -> Refusal:
    """Why a step cannot be taken, or nothing: the guard of the move, then the law of the notice and the case."""
    return move.guard(objection, by) or _outside_of_china(objection, move) or _case_is_over(objection, move)


def _outside_of_china(objection: Any, move: Move) -> Refusal:
    """Under Order 78 only those inside China could object: it is received all the same, but not admitted."""
    if move == ADMIT and objection.notice.rule in INSIDE_CHINA and not objection.in_china:
        return _("Under Order 78 only units and individuals inside China may object.")
    return None


def _case_is_over(objection: Any, move: Move) -> Refusal:
    """Nothing is taken up or upheld against a case that has ended; it may still be dismissed or noted as withdrawn."""
    case = objection.notice.case
    if move in (ADMIT, UPHOLD) and case is not None and case.state not in OPEN_CASES:
        return _("The case has ended: there is nothing left to object to.")
    return None


def waiting_since(objection: Any, received_on: datetime.date) -> datetime.date:
    """The day from which an objection waits for its next step; `received_on` is the day it came."""
    return objection.answered_on or objection.admitted_on or received_on


def is_late(objection: Any, received_on: datetime.date, on: datetime.date) -> bool:
    """Whether an undecided objection has waited for longer than the register's own patience."""
    if objection.state not in UNDECIDED:
        return False
    return (on - waiting_since(objection, received_on)).days > PATIENCE[objection.state]


def seal_of(token: str) -> str:
    """What is stored of the secret of the link to an objection: SHA-256, hexadecimal."""
    return hashlib.sha256(token.encode()).hexdigest()
