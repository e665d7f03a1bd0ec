"""READER. What must be true of output, labels, what happened to them, and scans: the ledger balances."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Count, F, Max, Min, Q

from enterprises import label_keys
from enterprises.label_codes import INDEX_BITS
from enterprises.label_models import LabelBatch, LabelEvent, OutputStatement, Season
from enterprises.label_states import WAITING_BATCHES, BatchState, Fate, StatementState
from enterprises.scan_models import CopySignal, Scan, ScannedLabel
from gi_registry.models import JournalEntry


def the_ledger_balances() -> Iterator[str]:
    """Output, labels and what happened to them add up: each figure computed anew from its rows is the stored one."""
    for season in Season.objects.prefetch_related("statements", "batches__events"):
        certified = sum(
            row.quantity for row in season.statements.all() if row.state == StatementState.CERTIFIED
        )
        committed = 0
        for batch in season.batches.all():
            if not batch.has_codes:
                continue
            events = list(batch.events.all())
            size = {fate: sum(event.size for event in events if event.fate == fate) for fate in Fate}
            replaced = sum(event.size - event.unused for event in events if event.fate == Fate.VOID)
            told = (size[Fate.ACTIVE] - replaced, size[Fate.VOID], size[Fate.RETURNED])
            if told != (batch.active, batch.void, batch.returned):
                yield f"Batch {batch.reference}: its counters do not agree with its events."
            committed += batch.pack * (batch.count - sum(event.unused for event in events))
        reserved = sum(row.quantity for row in season.batches.all() if row.state == BatchState.PROPOSED)
        if (season.certified, season.committed, season.reserved) != (certified, committed, reserved):
            yield f"Season {season.name} of authorisation {season.authorisation_id}: its figures do not add up."


def nothing_is_issued_beyond_the_output() -> Iterator[str]:
    """Labels stand for no more than what was certified, and none has more fates than labels."""
    for season in Season.objects.filter(Q(committed__gt=F("certified") - F("reserved")) | Q(committed__lt=0)):
        yield f"Season {season.name} of authorisation {season.authorisation_id}: labels stand for more than its output."
    for batch in LabelBatch.objects.filter(count__lt=F("active") + F("void") + F("returned")):
        yield f"Batch {batch.reference}: more has happened to its labels than there are labels."


def ranges_of_labels_do_not_overlap() -> Iterator[str]:
    """A label is activated once, and void or returned once and finally; every range lies within its batch."""
    for event in LabelEvent.objects.filter(
        Q(last__gt=F("batch__count")) | Q(last__lt=F("first"))
    ).select_related("batch"):
        yield f"Batch {event.batch.reference}: {event.fate} {event.first}-{event.last} lies outside its labels."
    for event in LabelEvent.objects.exclude(
        batch__state__in=[BatchState.ISSUED, BatchState.RECALLED]
    ).select_related("batch"):
        yield f"Batch {event.batch.reference}: {event.fate} {event.first}-{event.last}, though it was never issued."
    ended: dict[tuple[int, bool], int] = {}
    for event in LabelEvent.objects.select_related("batch").order_by("batch", "first"):
        key = (event.batch_id, event.fate == Fate.ACTIVE)
        if event.first <= ended.get(key, 0):
            yield f"Batch {event.batch.reference}: {event.fate} {event.first}-{event.last} overlaps another range."
        ended[key] = max(event.last, ended.get(key, 0))


def decisions_have_their_day() -> Iterator[str]:
    """Statements and batches that somebody decided on have a day; what waits has none."""
    for row in OutputStatement.objects.filter(~Q(state=StatementState.STATED) ^ Q(decided_on__isnull=False)):
        yield f"Statement {row.pk} of season {row.season_id}: state {row.state} does not go with its day."
    for batch in LabelBatch.objects.filter(~Q(state__in=WAITING_BATCHES) ^ Q(decided_on__isnull=False)):
        yield f"Batch {batch.reference}: state {batch.state} does not go with its day."
    for batch in LabelBatch.objects.filter(Q(state=BatchState.RECALLED) ^ Q(recalled_on__isnull=False)):
        yield f"Batch {batch.reference}: state {batch.state} does not go with the day of its recall."


def secrets_open() -> Iterator[str]:
    """The secret of every batch opens under the keys of this installation."""
    for batch in LabelBatch.objects.with_codes().iterator():
        try:
            label_keys.unseal(batch.key_id or 0, batch.secret or b"", f"batch:{batch.pk}")
        except label_keys.SealBroken as fault:
            yield f"Batch {batch.reference}: {fault}"


def scans_are_counted() -> Iterator[str]:
    """What a label's row tells of its scans is not less than the scans that are still kept."""
    told = {row.pk: row for row in ScannedLabel.objects.iterator()}
    rows = (
        Scan.objects.values("label")
        .annotate(n=Count("visitor"), first=Min("minute"), last=Max("minute"))
        .order_by()
    )
    for row in rows.iterator():
        label = told.get(row["label"])
        if label is None:
            yield f"Label {row['label']}: {row['n']} scans are counted nowhere."
        elif label.count < row["n"] or label.first_minute > row["first"] or label.last_minute < row["last"]:
            yield f"Label {row['label']}: it is told of {label.count} scans, {row['n']} are kept, or at other times."


def scanned_labels_were_issued() -> Iterator[str]:
    """What was scanned and watched are labels of a batch."""
    counts = dict(LabelBatch.objects.with_codes().values_list("pk", "count"))
    for label in ScannedLabel.objects.values_list("pk", flat=True).iterator():
        if not 1 <= label & (1 << INDEX_BITS) - 1 <= counts.get(label >> INDEX_BITS, 0):
            yield f"Label {label}: it was scanned, but belongs to no batch."
    for signal in CopySignal.objects.iterator():
        if signal.label >> INDEX_BITS != signal.batch_id:
            yield f"Signal {signal.pk}: its label {signal.label} is not of its batch."


def every_batch_has_a_history() -> Iterator[str]:
    """Batches came in through the journal."""
    known = set(
        JournalEntry.objects.filter(subject_kind="label_batch")
        .values_list("subject_id", flat=True)
        .distinct()
    )
    for reference in LabelBatch.objects.values_list("reference", flat=True):
        if reference not in known:
            yield f"Batch {reference}: the journal does not know it."


RULES = (
    the_ledger_balances, nothing_is_issued_beyond_the_output, ranges_of_labels_do_not_overlap, decisions_have_their_day,
    secrets_open, scans_are_counted, scanned_labels_were_issued, every_batch_has_a_history,
)  # fmt: skip
