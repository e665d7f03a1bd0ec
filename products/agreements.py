"""READER. Agreements of mutual recognition: true counts beside the title of the scheme, and the two-sided lists.

"100+100" is a title. The numbers beside it are counted from the names loaded, by status, and say how many names
the annex has by its own account, so that an incomplete list cannot pass for a short one.

A list is asked as of a date: a name protected from a later day is not protected yet, and one whose first day is
not recorded counts for today only. The other statuses are those known today, whatever the date.
"""

from __future__ import annotations

import datetime
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db.models import Q, TextChoices
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from gi_registry.search_text import normalise
from products.agreement_words import country_name, goods
from products.models import Agreement, AgreementEntry, Source
from products.states import EntryStatus, Side


class Standing(TextChoices):
    """Status of a name on a date: that of the entry, or that its protection had not begun.

    A label is a word and, after the semicolon, its explanation.
    """

    PROTECTED = EntryStatus.PROTECTED.value, _("protected")
    NOT_YET = "not_yet", _("not yet protected; protection not shown to have begun by this date")
    LISTED = EntryStatus.LISTED.value, _("published for comment; protection not verified")
    PROPOSED = EntryStatus.PROPOSED.value, _("proposed; or reported only")
    WITHDRAWN = EntryStatus.WITHDRAWN.value, _("left out; on an earlier list, not in the final one")

    @property
    def word(self) -> str:
        """The label without its explanation, in the language of the page."""
        return capfirst(re.split("[;；]", str(self.label))[0])

    @property
    def explanation(self) -> str:
        """What the label says after the semicolon; may be empty."""
        return "".join(re.split("[;；]", str(self.label), maxsplit=1)[1:]).strip()


def standing(
    status: str, protected_from: datetime.date | None, on: datetime.date, today: datetime.date
) -> Standing:
    """What can be said of a name on a date."""
    if status != EntryStatus.PROTECTED:
        return Standing(status)
    begun = protected_from <= on if protected_from else on >= today
    return Standing.PROTECTED if begun else Standing.NOT_YET


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


def overviews(on: datetime.date | None = None) -> list[Overview]:
    """Every agreement that is no batch of another, each with its batches. Two queries."""
    found = {row.pk: _overview(row) for row in Agreement.objects.all()}
    today = timezone.localdate()
    rows = AgreementEntry.objects.order_by().values_list("agreement_id", "side", "status", "protected_from")
    for agreement, side, status, since in rows:
        place = next(count for count in found[agreement].sides if count.side == side)
        place.counts[standing(status, since, on or today, today)] += 1
    for one in found.values():
        if one.agreement.parent_id:
            found[one.agreement.parent_id].batches.append(one)
    return [one for one in found.values() if not one.agreement.parent_id]


def _overview(agreement: Agreement) -> Overview:
    sizes = {Side.OUTBOUND: agreement.outbound_size, Side.INBOUND: agreement.inbound_size}
    return Overview(agreement, [SideCount(side, sizes[side]) for side in Side])


@dataclass(frozen=True)
class Line:
    """A name of a list, with what can be said of it on the date."""

    entry: AgreementEntry
    standing: Standing
    countries: tuple[str, ...]

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
    def other_names(self) -> list[tuple[str, str]]:
        """Further names with their languages: transcription, Chinese, English; none twice."""
        entry = self.entry
        transcribed = "zh-Latn" if self.is_outbound else ""
        named = {entry.name_transcription: transcribed, entry.name_zh: "zh-Hans", entry.name_en: "en"}
        return [(text, language) for text, language in named.items() if text and text != self.name]

    @property
    def source_words(self) -> str:
        """What the source says of the status, unless that is the bare word."""
        text = self.entry.status_text
        return "" if text == self.entry.status else text

    @property
    def country_names(self) -> list[str]:
        """The countries in words."""
        return [country_name(code) for code in self.countries]

    @property
    def goods(self) -> str:
        """The kind of goods in words."""
        return goods(self.entry.product_category)


def entries(agreement: Agreement) -> list[AgreementEntry]:
    """All names of an agreement and of its batches, by side, batch and order of the list. One query."""
    rows = (
        AgreementEntry.objects.filter(Q(agreement=agreement) | Q(agreement__parent=agreement))
        .select_related("agreement", "product")
        .order_by("agreement__order", "agreement__code", "seq", "pk")
    )
    order = list(Side)
    return sorted(rows, key=lambda entry: order.index(Side(entry.side)))


def lines(names: Iterable[AgreementEntry], on: datetime.date | None = None) -> list[Line]:
    """Names with what can be said of them on a date (default today), in the order given."""
    today = timezone.localdate()
    return [
        Line(
            entry, standing(entry.status, entry.protected_from, on or today, today), countries(entry.country)
        )
        for entry in names
    ]


def countries(text: str) -> tuple[str, ...]:
    """Country codes of an entry; a name that spans countries has several, as in 'BE;DE;FR;NL'."""
    return tuple(part.strip().upper() for part in text.split(";") if part.strip())


def matching(
    rows: Iterable[Line], *, q: str = "", side: str = "", country: str = "", status: str = ""
) -> list[Line]:
    """The lines that answer all filters; `q` is looked for in every name, without regard to accents."""
    wanted = plain(q)
    return [
        line
        for line in rows
        if (not side or line.entry.side == side)
        and (not country or country in line.countries)
        and (not status or line.standing == status)
        and (not wanted or wanted in _names(line.entry))
    ]


def that_names(text: str) -> str:
    """Code of the first agreement with a name that holds the text; empty if there is none. One query."""
    wanted = plain(text)
    names = AgreementEntry.objects.order_by("agreement__order", "pk").select_related("agreement")
    return next((entry.agreement.code for entry in names if wanted and wanted in _names(entry)), "")


def _names(entry: AgreementEntry) -> str:
    return plain(
        " / ".join(
            (
                entry.name_native,
                entry.name_transcription,
                entry.name_zh,
                entry.name_en,
                entry.product_category,
            )
        )
    )


def plain(text: str) -> str:
    """Text as names are compared here: as search does, and without accents, so that 'comte' finds Comté."""
    parts = unicodedata.normalize("NFKD", normalise(text[:200]))
    return "".join(character for character in parts if not unicodedata.combining(character))


def counts(rows: Sequence[Line], side: Side, size: int | None) -> SideCount:
    """Counts of one side of some lines."""
    return SideCount(side, size, Counter(line.standing for line in rows if line.entry.side == side))


def sources(rows: Iterable[Line]) -> list[Source]:
    """The sources that the lines rest on, by the keys they quote. One query."""
    words = {word.strip(";,.()") for line in rows for word in line.entry.sources.split()}
    return list(Source.objects.filter(key__in=words))
