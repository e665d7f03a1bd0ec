"""READER. What an enterprise can do with a batch now, and what happened to it, in sentences."""

from __future__ import annotations

import datetime

from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from enterprises.authorisation_facts import Line
from enterprises.label_facts import BatchBalance
from enterprises.label_models import LabelBatch
from enterprises.label_states import WAITING_BATCHES, BatchState, Fate
from gi_registry.event_types import EventType
from gi_registry.models import JournalEntry

# The labels that a step is possible for. Void comes over active; giving back is for what was never used.
POSSIBLE = {
    "activate": frozenset({Fate.WAITING}),
    "return": frozenset({Fate.WAITING}),
    "void": frozenset({Fate.WAITING, Fate.ACTIVE}),
}


def open_ranges(balance: BatchBalance, step: str) -> list[tuple[int, int]]:
    """The labels that a step is possible for: first and last of each unbroken range."""
    found: list[tuple[int, int]] = []
    for part in balance.stretches:
        if part.fate not in POSSIBLE[step]:
            continue
        if found and found[-1][1] + 1 == part.first:
            found[-1] = found[-1][0], part.last
        else:
            found.append((part.first, part.last))
    return found


def own_steps(balance: BatchBalance, *, usable: bool) -> list[str]:
    """What the enterprise can do with a batch now; `usable`: whether the mark may be used."""
    if balance.batch.state in WAITING_BATCHES:
        return ["withdraw"]
    if balance.batch.state != BatchState.ISSUED:
        return []
    steps = [step for step in POSSIBLE if open_ranges(balance, step) and (usable or step != "activate")]
    return [*steps, "recall"]


def history(balance: BatchBalance) -> list[Line]:
    """What happened to a batch and its labels, in sentences, the oldest first."""
    batch = balance.batch
    lines = [Line(timezone.localdate(batch.requested_at), _("Labels were requested."))]
    if batch.proposed_on:
        lines.append(Line(batch.proposed_on, _("An official proposed to issue them; a second one has to agree.")))
    decided = _issued_on(batch) if batch.state == BatchState.RECALLED else batch.decided_on
    if decided and batch.has_codes:
        lines.append(Line(decided, _("The labels were issued."), kind="live"))
    elif decided:
        lines.append(Line(decided, capfirst(batch.get_state_display()), batch.decision, kind="stopped"))
    kinds = {Fate.ACTIVE: "live", Fate.VOID: "stopped", Fate.RETURNED: ""}
    for event in balance.events:
        words = _("Labels {first} to {last}: {fate}") if event.size > 1 else _("Label {first}: {fate}")
        title = words.format(first=event.first, last=event.last, fate=event.get_fate_display())
        lines.append(Line(event.on, title, capfirst(event.get_reason_display()), kind=kinds[Fate(event.fate)]))
    if batch.recalled_on:
        lines.append(Line(batch.recalled_on, _("The batch was recalled."), _ground(batch), kind="stopped"))
    return lines


def _issued_on(batch: LabelBatch) -> datetime.date | None:
    """The day of issue of a recalled batch: its row keeps the day of the last decision only."""
    rows = JournalEntry.objects.filter(subject_kind="label_batch", subject_id=batch.reference)
    return rows.filter(event_type=EventType.BATCH_ISSUED).values_list("effective_on", flat=True).first()


def _ground(batch: LabelBatch) -> str:
    return _("Ground: {ground}.").format(ground=batch.get_recall_ground_display())
