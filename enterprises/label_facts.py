"""READER. The balance of a season and of a batch, in figures that add up, and quantities in words.

Every figure is the sum of the rows that stand beside it: nothing is read from the stored totals, so that a page can
be checked by hand. `agrees` says whether the stored totals tell the same.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from django.conf import settings
from django.db.models import Prefetch
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from enterprises.case_files import division_of
from enterprises.label_models import IssueRule, LabelBatch, LabelEvent, OutputStatement, Season
from enterprises.label_states import THOUSANDTHS, WITH_CODES, BatchState, Fate, StatementState, Unit
from enterprises.models import Authorisation
from gi_registry.journal import Subject

# --- Quantities in words ---


def number_text(thousandths: int) -> str:
    """Thousandths as a decimal number that people read: 1000000 becomes '1,000', 250 becomes '0.25'."""
    text = f"{abs(Decimal(thousandths)) / THOUSANDTHS:,.3f}".rstrip("0").rstrip(".")
    return f"−{text}" if thousandths < 0 else text


def quantity_text(thousandths: int, unit: str) -> str:
    """A quantity with its unit in the reader's language: '1,000 kg', '0.25 kg', '1 piece'."""
    number = number_text(thousandths)
    many = 1 if abs(thousandths) == THOUSANDTHS else 2
    words = {
        Unit.KILOGRAM: _("{number} kg"),
        Unit.LITRE: ngettext("{number} litre", "{number} litres", many),
        Unit.PIECE: ngettext("{number} piece", "{number} pieces", many),
    }
    return words[Unit(unit)].format(number=number)


def pages_of(labels: int, per_page: int) -> int:
    """Sheets that so many labels fill, the last one perhaps in part."""
    return -(-labels // per_page)


def photo_folder() -> Path:
    """Where pictures of packs are kept: beside the database, never below a folder that a server offers."""
    folder: Path = settings.GI_HOME / "private" / "label-photos"
    return folder


# --- A batch ---


def batch_subject(batch: LabelBatch) -> Subject:
    """The name of a batch in the journal; it belongs to its authorisation."""
    authorisation = batch.season.authorisation
    label = f"{batch.reference} · {authorisation.product_text or authorisation.product}"
    return Subject("label_batch", batch.reference, label, "authorisation", authorisation.reference)


def automatic_up_to(authorisation: Authorisation) -> int:
    """How many labels are issued at once by the rule of the province, today; 0: an official issues them.

    Never to an enterprise that is ordered to rectify its use of the mark.
    """
    division = division_of(authorisation)
    if division is None or authorisation.state != "in_force":
        return 0
    rule = IssueRule.objects.filter(province=division.lineage()[0], effective_to=None).first()
    return rule.automatic_up_to if rule else 0


@dataclass(frozen=True)
class Stretch:
    """Labels in a row with the same fate, both ends included."""

    first: int
    last: int
    fate: Fate

    @property
    def size(self) -> int:
        return self.last - self.first + 1


@dataclass(frozen=True)
class BatchBalance:
    """What has become of the labels of a batch. waiting + active + void + returned = count, for issued batches.

    `events` are the rows behind the figures, the oldest first. Quantities are thousandths of the season's unit.
    """

    batch: LabelBatch
    events: list[LabelEvent]
    stretches: list[Stretch]

    def _labels(self, fate: Fate) -> int:
        return sum(part.size for part in self.stretches if part.fate == fate)

    @property
    def waiting(self) -> int:
        return self._labels(Fate.WAITING)

    @property
    def active(self) -> int:
        return self._labels(Fate.ACTIVE)

    @property
    def void(self) -> int:
        return self._labels(Fate.VOID)

    @property
    def returned(self) -> int:
        return self._labels(Fate.RETURNED)

    @property
    def unused(self) -> int:
        """Labels, void or returned, that were never activated: their quantity may be issued again."""
        return sum(event.unused for event in self.events)

    @property
    def issued_quantity(self) -> int:
        """What all labels stood for when they were issued; 0 before that."""
        return self.batch.count * self.batch.pack if self.batch.has_codes else 0

    @property
    def given_back(self) -> int:
        return self.unused * self.batch.pack

    @property
    def asked_quantity(self) -> int:
        """What is asked for and not decided on; it counts against nothing yet."""
        return self.batch.quantity if self.batch.state == BatchState.REQUESTED else 0

    @property
    def reserved_quantity(self) -> int:
        """What one official has proposed to issue and a second one has not decided on."""
        return self.batch.quantity if self.batch.state == BatchState.PROPOSED else 0

    def stretches_of(self, fate: Fate) -> list[Stretch]:
        """Where the labels with a fate are."""
        return [part for part in self.stretches if part.fate == fate]

    @property
    def agrees(self) -> bool:
        """Whether the counters of the batch tell the same as its events."""
        stored = (self.batch.active, self.batch.void, self.batch.returned)
        return not self.batch.has_codes or stored == (self.active, self.void, self.returned)


def batch_balance(batch: LabelBatch) -> BatchBalance:
    """The balance of a batch: one query, none where its events were loaded before."""
    events = sorted(batch.events.all(), key=lambda event: event.pk)
    return BatchBalance(batch, events, stretches(batch, events))


def stretches(batch: LabelBatch, events: Iterable[LabelEvent]) -> list[Stretch]:
    """The labels of a batch in their order, neighbours with the same fate together. Empty before they are issued.

    Of two events of a label the later one is its fate: void comes over active, nothing comes over void.
    """
    if not batch.has_codes:
        return []
    changes: dict[int, list[LabelEvent]] = defaultdict(list, {1: [], batch.count + 1: []})
    for event in events:
        changes[event.first].append(event)
        changes[event.last + 1].append(event)
    found: list[Stretch] = []
    covering: set[LabelEvent] = set()
    points = sorted(changes)
    for point, following in itertools.pairwise(points):
        covering ^= set(changes[point])  # an event begins or ends here
        fate = Fate(max(covering, key=lambda event: event.pk).fate) if covering else Fate.WAITING
        if found and found[-1].fate == fate:
            found[-1] = Stretch(found[-1].first, following - 1, fate)
        else:
            found.append(Stretch(point, following - 1, fate))
    return found


# --- A season ---


@dataclass(frozen=True)
class SeasonBalance:
    """certified − issued − reserved + given back = remaining, in thousandths of the season's unit, each from its rows.

    `statements` and `batches` are all there are, the latest first; those that were not decided on, refused or
    withdrawn count nothing.
    """

    season: Season
    statements: list[OutputStatement]
    batches: list[BatchBalance]

    @property
    def counted(self) -> list[OutputStatement]:
        """The statements behind `certified`; corrections downwards are negative."""
        return [row for row in self.statements if row.state == StatementState.CERTIFIED]

    @property
    def with_codes(self) -> list[BatchBalance]:
        """The batches behind `issued` and `given_back`; recalled ones stay among them."""
        return [one for one in self.batches if one.batch.state in WITH_CODES]

    @property
    def certified(self) -> int:
        return sum(row.quantity for row in self.counted)

    @property
    def issued(self) -> int:
        return sum(one.issued_quantity for one in self.with_codes)

    @property
    def given_back(self) -> int:
        return sum(one.given_back for one in self.with_codes)

    @property
    def remaining(self) -> int:
        """What labels may still be issued for."""
        return self.certified - self.issued - self.reserved + self.given_back

    @property
    def reserved(self) -> int:
        """What large batches stand for that wait for a second official."""
        return sum(one.reserved_quantity for one in self.batches)

    @property
    def stated(self) -> int:
        """What waits to be certified."""
        return sum(row.quantity for row in self.statements if row.state == StatementState.STATED)

    @property
    def asked(self) -> int:
        """What labels were requested for and not decided on."""
        return sum(one.asked_quantity for one in self.batches)

    def labels_left(self, pack: int) -> int:
        """How many labels of a pack size may still be issued; `pack` in thousandths, above 0."""
        return max(self.remaining, 0) // pack

    # Labels: their number is the sum of the four.

    @property
    def labels(self) -> int:
        return sum(one.batch.count for one in self.with_codes)

    @property
    def waiting(self) -> int:
        return sum(one.waiting for one in self.with_codes)

    @property
    def active(self) -> int:
        return sum(one.active for one in self.with_codes)

    @property
    def void(self) -> int:
        return sum(one.void for one in self.with_codes)

    @property
    def returned(self) -> int:
        return sum(one.returned for one in self.with_codes)

    @property
    def agrees(self) -> bool:
        """Whether the stored ledger tells the same as the rows."""
        stored = (self.season.certified, self.season.committed, self.season.reserved)
        told = (self.certified, self.issued - self.given_back, self.reserved)
        return stored == told and all(one.agrees for one in self.batches)


def season_balance(season: Season) -> SeasonBalance:
    """The balance of one season, read anew."""
    return next(one for one in season_balances(season.authorisation) if one.season.pk == season.pk)


def season_balances(authorisation: Authorisation) -> list[SeasonBalance]:
    """The balances of all seasons of an authorisation, the latest season first; four queries, however many rows."""
    events = Prefetch("events", queryset=LabelEvent.objects.order_by("pk"))
    batches = Prefetch("batches", queryset=LabelBatch.objects.order_by("-pk").prefetch_related(events))
    rows = authorisation.seasons.order_by("-name").prefetch_related("statements", batches)
    return [
        SeasonBalance(season, list(season.statements.all()), [batch_balance(batch) for batch in season.batches.all()])
        for season in rows
    ]
