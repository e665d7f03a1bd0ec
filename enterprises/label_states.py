"""LEAF. Words, moves and answers of labels: output, batches, what happens to labels, scans, signals, reports.

Every change of state is a row below; `docs/states.md` is made from the rows.
"""

from __future__ import annotations

from typing import Any

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from gi_registry.event_types import EventType
from gi_registry.roles import Permission
from gi_registry.state_tables import Move

# Quantities are whole thousandths of these units (grams, millilitres), so that sums are exact.
THOUSANDTHS = 1000


class Unit(TextChoices):
    """What output is counted in."""

    KILOGRAM = "kg", _("kg")
    LITRE = "l", _("litres")
    PIECE = "piece", _("pieces")


class StatementState(TextChoices):
    """Where a statement of output stands."""

    STATED = "stated", _("stated; waiting for the office")
    CERTIFIED = "certified", _("certified")
    REFUSED = "refused", _("not certified")
    WITHDRAWN = "withdrawn", _("withdrawn")


class BatchState(TextChoices):
    """Where a label batch stands. What becomes of its single labels is told by events."""

    REQUESTED = "requested", _("requested; waiting for the office")
    PROPOSED = "proposed", _("proposed; waiting for a second official")
    ISSUED = "issued", _("issued")
    REFUSED = "refused", _("not issued")
    WITHDRAWN = "withdrawn", _("withdrawn")
    RECALLED = "recalled", _("recalled")


# Of these the labels have codes.
WITH_CODES = frozenset({BatchState.ISSUED, BatchState.RECALLED})
# Nobody has decided on these yet.
WAITING_BATCHES = frozenset({BatchState.REQUESTED, BatchState.PROPOSED})
# Batches of more labels are issued by two officials: one proposes, another one agrees.
LARGE_BATCH = 10_000


class Fate(TextChoices):
    """What has become of an issued label. `waiting` has no event; void and returned are final."""

    WAITING = "waiting", _("not yet activated")
    ACTIVE = "active", _("activated")
    VOID = "void", _("void")
    RETURNED = "returned", _("returned unused")


class VoidReason(TextChoices):
    """Why labels are declared void or returned; the public reads it."""

    DAMAGED = "damaged", _("damaged or misprinted")
    LOST = "lost", _("lost or stolen")
    SURPLUS = "surplus", _("not needed")
    GOODS = "goods", _("the goods were not put on sale")
    OTHER = "other", _("other reason")


class RecallGround(TextChoices):
    """Why a batch is recalled; the public reads it."""

    QUALITY = "quality", _("the goods do not meet the standard")
    COPIED = "copied", _("its codes were copied")
    LOST = "lost", _("labels were lost or stolen")
    ERROR = "error", _("printed with wrong particulars")
    OTHER = "other", _("other reason")


def may_be_used(batch: Any, by: Any) -> Any:
    """Labels are issued and activated only while the mark may be used."""
    if not batch.season.authorisation.may_be_used:
        return _("The mark may not be used at present, so no labels can be issued or activated.")
    return None


def for_one_official(batch: Any, by: Any) -> Any:
    """While the mark may be used, and up to 10,000 labels."""
    if batch.count > LARGE_BATCH:
        return _("So many labels are issued by two officials: one proposes it, another one agrees.")
    return may_be_used(batch, by)


def for_two_officials(batch: Any, by: Any) -> Any:
    """While the mark may be used, for more than 10,000 labels."""
    if batch.count <= LARGE_BATCH:
        return _("So few labels are issued by one official at once.")
    return may_be_used(batch, by)


def another_official(batch: Any, by: Any) -> Any:
    """While the mark may be used, and not by who proposed it."""
    if by.person == batch.proposed_by_id:
        return _("You proposed this yourself; another official has to agree.")
    return may_be_used(batch, by)


def statement_may_be_certified(statement: Any, by: Any) -> Any:
    """Output counts only while the authorisation stands."""
    if not statement.season.authorisation.may_be_used:
        return _("The mark may not be used at present, so no output can be certified.")
    return None


STATEMENT_MOVES = (
    Move(
        name="certify",
        label=_("certify the output"),
        sources=frozenset({StatementState.STATED}),
        target=StatementState.CERTIFIED,
        permission=Permission.ISSUE_LABELS,
        event=EventType.OUTPUT_CERTIFIED,
        guard=statement_may_be_certified,
    ),
    Move(
        name="refuse",
        label=_("do not certify"),
        sources=frozenset({StatementState.STATED}),
        target=StatementState.REFUSED,
        permission=Permission.ISSUE_LABELS,
        event=EventType.OUTPUT_REFUSED,
        needs_reason=True,
    ),
    Move(
        name="withdraw",
        label=_("withdraw"),
        sources=frozenset({StatementState.STATED}),
        target=StatementState.WITHDRAWN,
        permission=Permission.APPLY_FOR_MARK,
        event=EventType.OUTPUT_WITHDRAWN,
    ),
)
CERTIFY, REFUSE_OUTPUT, WITHDRAW_OUTPUT = STATEMENT_MOVES

BATCH_MOVES = (
    Move(
        name="issue",
        label=_("issue the labels"),
        sources=frozenset({BatchState.REQUESTED}),
        target=BatchState.ISSUED,
        permission=Permission.ISSUE_LABELS,
        event=EventType.BATCH_ISSUED,
        guard=for_one_official,
    ),
    Move(
        name="propose",
        label=_("propose to issue the labels"),
        sources=frozenset({BatchState.REQUESTED}),
        target=BatchState.PROPOSED,
        permission=Permission.ISSUE_LABELS,
        event=EventType.BATCH_PROPOSED,
        guard=for_two_officials,
    ),
    Move(
        name="agree",
        label=_("agree and issue the labels"),
        sources=frozenset({BatchState.PROPOSED}),
        target=BatchState.ISSUED,
        permission=Permission.ISSUE_LABELS,
        event=EventType.BATCH_ISSUED,
        guard=another_official,
    ),
    Move(
        name="refuse",
        label=_("do not issue"),
        sources=WAITING_BATCHES,
        target=BatchState.REFUSED,
        permission=Permission.ISSUE_LABELS,
        event=EventType.BATCH_REFUSED,
        needs_reason=True,
    ),
    Move(
        name="withdraw",
        label=_("withdraw"),
        sources=WAITING_BATCHES,
        target=BatchState.WITHDRAWN,
        permission=Permission.APPLY_FOR_MARK,
        event=EventType.BATCH_WITHDRAWN,
    ),
    Move(
        name="recall",
        label=_("recall the batch"),
        sources=frozenset({BatchState.ISSUED}),
        target=BatchState.RECALLED,
        permission=Permission.ISSUE_LABELS,
        event=EventType.BATCH_RECALLED,
        needs_reason=True,
    ),
    Move(
        name="recall_own",
        label=_("recall the batch"),
        sources=frozenset({BatchState.ISSUED}),
        target=BatchState.RECALLED,
        permission=Permission.APPLY_FOR_MARK,
        event=EventType.BATCH_RECALLED,
        needs_reason=True,
    ),
)
ISSUE, PROPOSE, AGREE, REFUSE_BATCH, WITHDRAW_BATCH, RECALL, RECALL_OWN = BATCH_MOVES


# --- Copies ---


class SignalKind(TextChoices):
    """What was noticed of one label. Only the first is told to the public."""

    TWO_PROVINCES = "two_provinces", _("scanned by several people in each of two provinces within 30 days")
    FEW_IN_TWO = "few_in_two", _("scanned by two people in each of two provinces within 30 days")
    MANY_VISITORS = "many_visitors", _("scanned by an unusual number of people within 30 days")
    NOT_ON_SALE = "not_on_sale", _("scanned by several people though it was never activated")
    STOPPED = "stopped", _("scanned by several people though it is void, returned or recalled")


class SignalState(TextChoices):
    """What officials make of a signal."""

    OPEN = "open", _("to be looked at")
    WATCHED = "watched", _("watched")
    DISMISSED = "dismissed", _("explained; not a copy")
    RECALLED = "recalled", _("batch recalled")
    CASE = "case", _("case opened")


UNDECIDED = frozenset({SignalState.OPEN, SignalState.WATCHED})

SIGNAL_MOVES = (
    Move(
        name="dismiss",
        label=_("dismiss: there is an explanation"),
        sources=UNDECIDED,
        target=SignalState.DISMISSED,
        permission=Permission.WATCH_COPIES,
        event=EventType.SIGNAL_DISMISSED,
        needs_reason=True,
    ),
    Move(
        name="watch",
        label=_("watch"),
        sources=frozenset({SignalState.OPEN}),
        target=SignalState.WATCHED,
        permission=Permission.WATCH_COPIES,
        event=EventType.SIGNAL_WATCHED,
        needs_reason=True,
    ),
    Move(
        name="open_case",
        label=_("open a case"),
        sources=UNDECIDED,
        target=SignalState.CASE,
        permission=Permission.WATCH_COPIES,
        event=EventType.SIGNAL_CASE_OPENED,
        needs_reason=True,
    ),
)
DISMISS, WATCH, OPEN_CASE = SIGNAL_MOVES


# --- Suspect reports ---


class Suspicion(TextChoices):
    """What somebody reports (domain rules, section 5.6)."""

    COPIED_LABEL = "copied_label", _("the label or its code seems to be copied")
    NO_RIGHT = "no_right", _("the seller seems to use the special mark without being authorised")
    NOT_TO_STANDARD = "not_to_standard", _("the goods do not seem to be what the name promises")
    OUTSIDE_AREA = "outside_area", _("the goods seem to come from outside the protected area")
    IMITATION = "imitation", _("a name, mark or pack that imitates the protected one")
    OTHER = "other", _("something else")


class ReportState(TextChoices):
    """Where a suspect report stands."""

    RECEIVED = "received", _("received")
    TAKEN_UP = "taken_up", _("being looked into")
    CLOSED = "closed", _("closed")


class ReportOutcome(TextChoices):
    """What came of a suspect report."""

    CONFIRMED = "confirmed", _("confirmed")
    NOT_CONFIRMED = "not_confirmed", _("not confirmed")
    HANDED_ON = "handed_on", _("handed on to another authority")
    TOO_LITTLE = "too_little", _("too little to go on")


REPORT_MOVES = (
    Move(
        name="take_up",
        label=_("take up"),
        sources=frozenset({ReportState.RECEIVED}),
        target=ReportState.TAKEN_UP,
        permission=Permission.WATCH_COPIES,
        event=EventType.REPORT_TAKEN_UP,
    ),
    Move(
        name="close",
        label=_("close"),
        sources=frozenset({ReportState.TAKEN_UP}),
        target=ReportState.CLOSED,
        permission=Permission.WATCH_COPIES,
        event=EventType.REPORT_CLOSED,
        needs_reason=True,
    ),
)
TAKE_UP, CLOSE = REPORT_MOVES
