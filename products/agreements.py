"""READER. Agreements of mutual recognition: true counts beside the title of the scheme, and the two-sided lists.

"100+100" is a title. The numbers beside it are counted from the names loaded, by status, and say how many names
the annex has by its own account, so that an incomplete list cannot pass for a short one.

A list is asked as of a date: a name that a later annex left out by then is no longer on it, and what can be said of
the others on that date is told by `recognition_standing`.
"""

from __future__ import annotations

import datetime
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from django.db.models import Q, QuerySet
from django.utils import timezone

from gi_registry.search_text import normalise
from products.agreement_words import countries, country_name, goods, language_of
from products.models import Agreement, AgreementEntry, Source
from products.recognition_kinds import GoodsKind, kind_of
from products.recognition_models import EntryStage
from products.recognition_standing import BEGUN, Standing, standing
from products.states import EntryStatus, Side

__all__ = ["Line", "Standing", "countries", "entries", "lines", "matching", "overviews", "standing"]


@dataclass
class SideCount:
    """One side of an agreement: names by standing, and the size of the annex where it is known."""

    side: Side
    size: int | None
    counts: Counter[Standing] = field(default_factory=Counter)

    @property
    def loaded(self) -> int:
        """Names on the list; those that left it before it was final are not of its size."""
        return sum(self.counts.values()) - self.counts[Standing.WITHDRAWN]

    @property
    def is_complete(self) -> bool:
        """Whether as many names are loaded as the annex has."""
        return self.size is not None and self.loaded >= self.size

    @property
    def percent(self) -> int:
        """Loaded names of a hundred in the annex, rounded down."""
        return min(100, self.loaded * 100 // self.size) if self.size else 0

    @property
    def protected(self) -> int:
        """Names protected on the date."""
        return self.counts[Standing.PROTECTED]

    @property
    def by_standing(self) -> list[tuple[Standing, int]]:
        """Standings that occur, in their order."""
        return [(one, self.counts[one]) for one in Standing if self.counts[one]]


@dataclass
class Overview:
    """An agreement with the counts of its own names, and its batches in the same form."""

    agreement: Agreement
    sides: list[SideCount]
    batches: list[Overview] = field(default_factory=list)

    @property
    def loaded(self) -> int:
        """Names loaded under the agreement itself, on either side."""
        return sum(side.loaded for side in self.sides)


def on_list(on: datetime.date | None = None) -> QuerySet[AgreementEntry]:
    """The names that stand on a list on a date (default today): a later annex has not left them out by then."""
    on = on or timezone.localdate()
    return AgreementEntry.objects.filter(Q(left_out_on=None) | Q(left_out_on__gt=on))


def overviews(on: datetime.date | None = None, rows: Iterable[Line] | None = None) -> list[Overview]:
    """Every agreement that is no batch of another, each with its batches. `rows`: all names, if they are read already.

    One query, and those of `every_line` where `rows` are not given.
    """
    found = {row.pk: _overview(row) for row in Agreement.objects.all()}
    for line in every_line(on) if rows is None else rows:
        place = next(side for side in found[line.entry.agreement_id].sides if side.side == line.entry.side)
        place.counts[line.standing] += 1
    for one in found.values():
        if one.agreement.parent_id:
            found[one.agreement.parent_id].batches.append(one)
    return [one for one in found.values() if not one.agreement.parent_id]


def _overview(agreement: Agreement) -> Overview:
    sizes = {Side.OUTBOUND: agreement.outbound_size, Side.INBOUND: agreement.inbound_size}
    return Overview(agreement, [SideCount(side, sizes[side]) for side in Side])


@dataclass(frozen=True)
class Line:
    """A name of a list, with what can be said of it on the date; `stages` are those reached by then."""

    entry: AgreementEntry
    standing: Standing
    countries: tuple[str, ...]
    stages: tuple[EntryStage, ...] = ()

    @property
    def is_outbound(self) -> bool:
        """Whether it is a Chinese name."""
        return self.entry.side == Side.OUTBOUND

    @property
    def name(self) -> str:
        """The name in its own writing, or the first one that is known."""
        entry = self.entry
        return entry.name_native or entry.name_zh or entry.name_en or entry.name_transcription

    @property
    def language(self) -> str:
        """The language of `name`, '' where it cannot be told."""
        entry = self.entry
        if self.name == entry.name_en:
            return "en"
        return "zh-Hans" if self.is_outbound or not entry.name_native else language_of(entry.country)

    @property
    def other_names(self) -> list[tuple[str, str]]:
        """Further names with their languages: transcription, Chinese, English; none twice."""
        entry = self.entry
        own = "zh" if self.is_outbound else language_of(entry.country)
        named = {
            entry.name_transcription: f"{own}-Latn" if own else "",
            entry.name_zh: "zh-Hans",
            entry.name_en: "en",
        }
        return [(text, language) for text, language in named.items() if text and text != self.name]

    @property
    def source_words(self) -> str:
        """What the source says of the status, unless that is the bare word."""
        text = self.entry.status_text
        return "" if text == self.entry.status else text

    @property
    def since(self) -> datetime.date | None:
        """First day of protection, where protection is shown to have begun by the date."""
        return self.entry.protected_from if self.standing in BEGUN else None

    @property
    def country_names(self) -> list[str]:
        """The countries in words."""
        return [country_name(code) for code in self.countries]

    @property
    def goods(self) -> str:
        """The kind of goods in words."""
        return goods(self.entry.product_category)

    @cached_property
    def kind(self) -> GoodsKind:
        """The broad kind of goods."""
        return kind_of(self.entry.product_category)


def entries(agreement: Agreement, on: datetime.date | None = None) -> list[AgreementEntry]:
    """The names of an agreement and of its batches on a date, by side, batch and order of the list. Two queries."""
    found = in_order(on_list(on).filter(Q(agreement=agreement) | Q(agreement__parent=agreement)))
    order = list(Side)
    return sorted(found, key=lambda entry: order.index(Side(entry.side)))


def in_order(rows: QuerySet[AgreementEntry]) -> QuerySet[AgreementEntry]:
    """Entries with all that `lines` needs, list by list. Two queries."""
    related = rows.select_related("agreement__parent", "product", "suggested", "foreign_gi")
    return related.prefetch_related("stages").order_by("agreement__order", "agreement__code", "seq", "pk")


def lines(names: Iterable[AgreementEntry], on: datetime.date | None = None) -> list[Line]:
    """Names with what can be said of them on a date (default today), in the order given. They bring their stages."""
    today = timezone.localdate()
    return [_line(entry, on or today, today) for entry in names]


def _line(entry: AgreementEntry, on: datetime.date, today: datetime.date) -> Line:
    stages = list(entry.stages.all())
    found = standing(
        entry.status,
        entry.protected_from,
        on,
        today,
        [(stage.effective_from, stage.status) for stage in stages],
    )
    reached = tuple(stage for stage in stages if stage.effective_from <= on)
    return Line(entry, found, countries(entry.country), reached)


def every_line(on: datetime.date | None = None) -> list[Line]:
    """The names of all lists on a date, list by list. Two queries."""
    return lines(in_order(on_list(on)), on)


def matching(
    rows: Iterable[Line],
    *,
    q: str = "",
    side: str = "",
    country: str = "",
    status: str = "",
    category: str = "",
    batch: str = "",
) -> list[Line]:
    """The lines that answer all filters; `q` is looked for in every name, without regard to accents.

    `category` is a `GoodsKind`, `batch` the code of one of the lists.
    """
    wanted = plain(q)
    return [
        line
        for line in rows
        if (not side or line.entry.side == side)
        and (not country or country in line.countries)
        and (not status or line.standing == status)
        and (not category or line.kind == category)
        and (not batch or line.entry.agreement.code == batch)
        and (not wanted or wanted in _names(line.entry))
    ]


def _names(entry: AgreementEntry) -> str:
    own = (entry.name_native, entry.name_transcription, entry.name_zh, entry.name_en)
    return plain(" / ".join((*own, entry.product_category)))


def plain(text: str) -> str:
    """Text as names are compared here: as search does, and without accents, so that 'comte' finds Comté."""
    parts = unicodedata.normalize("NFKD", normalise(text[:200]))
    return "".join(character for character in parts if not unicodedata.combining(character))


def counts(rows: Sequence[Line], side: Side, size: int | None) -> SideCount:
    """Counts of one side of some lines."""
    return SideCount(side, size, Counter(line.standing for line in rows if line.entry.side == side))


def sources(texts: Iterable[str]) -> list[Source]:
    """The sources that some texts of an entry's `sources` quote by their keys. One query."""
    words = {word.strip(";,.()") for text in texts for word in text.split()}
    return list(Source.objects.filter(key__in=words))


def names_abroad(on: datetime.date | None = None) -> int:
    """Chinese names protected under an agreement on a date, a name on two lists once. One query."""
    today = timezone.localdate()
    rows: dict[int, tuple[object, str, datetime.date | None, list[tuple[datetime.date, str]]]] = {}
    for pk, product, suggested, name_zh, native, status, since, stage, day in (
        on_list(on)
        .filter(side=Side.OUTBOUND)
        .order_by("pk", "stages__effective_from", "stages__pk")
        .values_list("pk", "product", "suggested", "name_zh", "name_native", "status", "protected_from",
                     "stages__status", "stages__effective_from")
    ):  # fmt: skip
        name = product or suggested or name_zh or native
        _name, _status, _since, stages = rows.setdefault(pk, (name, EntryStatus(status), since, []))
        if day is not None:
            stages.append((day, stage))
    return len(
        {
            name
            for name, status, since, stages in rows.values()
            if standing(status, since, on or today, today, stages) == Standing.PROTECTED
        }
    )
