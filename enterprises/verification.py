"""READER. What the register says of a label: a code becomes a place in a batch, its proof, and an answer.

What is known of a batch is kept in memory together with the hash of the last journal entry: every change of a legal
fact writes the journal in its own transaction, so that the next question after any change reads anew. Nothing waits
for a time to run out.
"""

from __future__ import annotations

import datetime
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Q
from django.utils import timezone

from enterprises import label_codes, label_keys
from enterprises.label_models import LabelBatch, LabelBatchQuerySet
from enterprises.label_states import Fate, RecallGround, SignalKind, VoidReason
from enterprises.models import Authorisation
from enterprises.scan_models import label_key
from enterprises.states import OVER, AuthorisationState, StopGround, SuspensionGround
from enterprises.verdicts import Facts, Stop, StopKind, Verdict, decide
from gi_registry.models import JournalEntry, JournalHead
from products.models import Right

BATCHES_KEPT = 4000


@dataclass(frozen=True)
class Range:
    """What happened to a range of labels, both ends included."""

    first: int
    last: int
    fate: Fate
    on: datetime.date
    reason: str


@dataclass(frozen=True)
class BatchFacts:
    """What is known of a batch on a day: the rows themselves, its secret, what stands against all of its labels.

    `shown`: everything that its page shows; as long as that is the same, the page is.
    """

    batch: LabelBatch
    secret: bytes
    ranges: list[Range]
    stops: list[Stop]
    version: str
    on: datetime.date
    shown: tuple[Any, ...]

    def fate_of(self, index: int) -> Range | None:
        """The latest thing that happened to a label."""
        return next((one for one in reversed(self.ranges) if one.first <= index <= one.last), None)


@dataclass(frozen=True)
class Label:
    """A label that this register has issued."""

    code: str
    facts: BatchFacts
    index: int
    happened: Range | None

    @property
    def key(self) -> int:
        """The number under which its scans are counted."""
        return label_key(self.facts.batch.pk, self.index)

    def is_as_of(self, version: str) -> bool:
        """Whether what is known still holds, if this is the hash of the last journal entry."""
        return self.facts.version == version and self.facts.on == timezone.localdate()

    @property
    def fate(self) -> Fate:
        return self.happened.fate if self.happened else Fate.WAITING

    @property
    def own_stops(self) -> list[Stop]:
        """What stands against this label beside what stands against its whole batch."""
        if self.happened is None or self.fate == Fate.ACTIVE:
            return []
        kind = StopKind.LABEL_VOID if self.fate == Fate.VOID else StopKind.LABEL_RETURNED
        return [Stop(kind, self.happened.on, self.happened.reason)]

    @property
    def strange(self) -> SignalKind | None:
        """What it would mean that several people scan this label."""
        if self.own_stops or any(stop.kind == StopKind.BATCH_RECALLED for stop in self.facts.stops):
            return SignalKind.STOPPED
        return SignalKind.NOT_ON_SALE if self.fate == Fate.WAITING else None

    def answer(self, *, unusual: bool) -> tuple[Verdict, list[Stop]]:
        """The answer, given whether its scans are unusual."""
        return decide(Facts(self.fate, [*self.facts.stops, *self.own_stops], unusual))


def find(code: str, *, at_once: bool = False) -> Label | None:
    """The label with a code of 24 characters, if this register has issued it; None for everything else alike.

    `at_once`: from memory as it is, for callers that ask `is_as_of` afterwards. A code that was proven stays
    proven; what stands against its label may have changed.
    """
    return look_up(code, lambda number: (_known.get(number) if at_once else None) or facts_of(number))


def look_up(code: str, facts_by: Callable[[int], BatchFacts | None]) -> Label | None:
    """The label with a code, proven by what is known of its batch."""
    number, index, tag = label_codes.place_of(code, label_keys.order_key())
    facts = facts_by(number)
    if facts is None or not 1 <= index <= facts.batch.count:
        return None
    if not label_codes.proven(number, index, tag, facts.secret):
        return None
    return Label(code, facts, index, facts.fate_of(index))


# --- What is known of a batch ---

_known: OrderedDict[int, BatchFacts] = OrderedDict()


def version() -> str:
    """The hash of the last journal entry: it changes with every legal fact."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT hash FROM {JournalHead._meta.db_table} WHERE id = 1")
        row = cursor.fetchone()
    return str(row[0]) if row else ""


def facts_of(number: int) -> BatchFacts | None:
    """What is known now of an issued batch."""
    last, today = version(), timezone.localdate()
    facts = _known.get(number)
    if facts is None or facts.version != last or facts.on != today:
        facts = _load(number, last, today)
        if facts is None:
            return None
        _known[number] = facts
        if len(_known) > BATCHES_KEPT:
            _known.popitem(last=False)
    return facts


def _load(number: int, last: str, today: datetime.date) -> BatchFacts | None:
    batch = batches().filter(pk=number).first()
    if batch is None:
        return None
    secret = label_keys.unseal(batch.key_id or 0, batch.secret or b"", f"batch:{number}")
    stops = [*recalled(batch), *standing(batch.season.authorisation, today)]
    return BatchFacts(batch, secret, ranges_of(batch), stops, last, today, _shown(batch))


def batches() -> LabelBatchQuerySet:
    """The issued batches with all that their answers name."""
    return LabelBatch.objects.with_codes().select_related(
        "season__authorisation__enterprise", "season__authorisation__product", "season__authorisation__announcement"
    )


def ranges_of(batch: LabelBatch) -> list[Range]:
    """What happened to labels of a batch, in this order."""
    return [
        Range(event.first, event.last, Fate(event.fate), event.on, _word(VoidReason, event.reason))
        for event in batch.events.all()
    ]


def standing(authorisation: Authorisation, on: datetime.date) -> list[Stop]:
    """What stands on a day against all labels of an authorisation."""
    return [*_ended_protection(authorisation, on), *_stopped(authorisation, on)]


def _shown(batch: LabelBatch) -> tuple[Any, ...]:
    authorisation = batch.season.authorisation
    return tuple(
        getattr(row, column.attname)
        for row in (batch, authorisation, authorisation.enterprise, authorisation.product)
        if row is not None
        for column in row._meta.concrete_fields
        if column.attname not in ("secret", "active", "void", "returned")
    )


def _word(choices: type[VoidReason | RecallGround | StopGround | SuspensionGround], value: str) -> str:
    """The stable name of a reason; its words follow the language of the reader."""
    return value if value in choices.values else ""


def recalled(batch: LabelBatch) -> list[Stop]:
    """What stands against a whole batch by itself."""
    if not batch.recalled_on:
        return []
    return [Stop(StopKind.BATCH_RECALLED, batch.recalled_on, _word(RecallGround, batch.recall_ground))]


def _ended_protection(authorisation: Authorisation, today: datetime.date) -> list[Stop]:
    rights = Right.objects.filter(product=authorisation.product_id)
    if rights.in_force(today).exists():
        return []
    days = [day for day in rights.values_list("effective_to", flat=True) if day is not None]
    return [Stop(StopKind.PROTECTION_ENDED, max(days, default=None))]


def _stopped(authorisation: Authorisation, today: datetime.date) -> list[Stop]:
    if authorisation.state in OVER or (authorisation.effective_to and authorisation.effective_to <= today):
        revoked = authorisation.state == AuthorisationState.REVOKED
        kind = StopKind.REVOKED if revoked else StopKind.ENDED
        return [Stop(kind, authorisation.effective_to, _ground_of(authorisation))]
    suspended = authorisation.suspensions.filter(Q(effective_to=None) | Q(effective_to__gt=today)).last()
    if suspended is not None and suspended.effective_from <= today:
        return [Stop(StopKind.SUSPENDED, suspended.effective_from, _word(SuspensionGround, suspended.ground))]
    if authorisation.state == AuthorisationState.SUSPENDED:
        return [Stop(StopKind.SUSPENDED, None)]
    return []


def _ground_of(authorisation: Authorisation) -> str:
    """The public ground on which an authorisation ended, as the journal holds it."""
    entries = JournalEntry.objects.about("authorisation", authorisation.reference).order_by("-sequence")
    for payload in entries.values_list("payload", flat=True)[:10]:
        if payload.get("to") in OVER:
            return _word(StopGround, payload.get("ground", ""))
    return ""
