"""READER. Foreign GIs with a record of their own: what protects them in China, on which lists, since when.

A record without a name on any list stays findable; nothing is said of its protection then.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from gi_registry.models import JournalEntry
from products import agreements
from products.agreement_words import countries, country_name, goods, language_of
from products.agreements import Line, plain
from products.models import Source
from products.recognition_kinds import GoodsKind, kind_of
from products.recognition_models import ForeignGI
from products.recognition_names import ListedName, explained, parts_of, stands_on
from products.recognition_standing import Standing
from products.states import Side

SHOWN_EVENTS = 5


@dataclass(frozen=True)
class ForeignRow:
    """A foreign GI on a date; `name` holds its lines on the lists, None where it stands on none."""

    record: ForeignGI
    name: ListedName | None

    @property
    def standing(self) -> Standing | None:
        """The strongest that is said of it on any list, None where it stands on none."""
        return self.name.standing if self.name else None

    @property
    def since(self) -> datetime.date | None:
        """The earliest first day of protection on record."""
        days = [line.since for line in (self.name.lines if self.name else ()) if line.since]
        return min(days, default=None)

    @property
    def countries(self) -> tuple[str, ...]:
        """Country codes."""
        return countries(self.record.country)

    @property
    def country_names(self) -> list[str]:
        """The countries in words."""
        return [country_name(code) for code in self.countries]

    @property
    def kind(self) -> GoodsKind:
        """The broad kind of goods."""
        return kind_of(self.record.product_category)

    @property
    def goods(self) -> str:
        """The goods in words."""
        return goods(self.record.product_category)

    @property
    def parts(self) -> list[tuple[str, str]]:
        """The original name, each of its forms with its language."""
        return parts_of(self.record.name_original, self.record.country, self.record.name_en)

    @property
    def other_names(self) -> list[tuple[str, str]]:
        """Transcription, Chinese and English name with their languages; none twice."""
        own = language_of(self.record.country)
        named = {
            self.record.name_transcription: f"{own}-Latn" if own else "",
            self.record.name_zh: "zh-Hans",
            self.record.name_en: "en",
        }
        shown = {text for text, _language in self.parts} | {self.record.name_original}
        return [(text, language) for text, language in named.items() if text and text not in shown]


def every_row(on: datetime.date | None = None) -> list[ForeignRow]:
    """All foreign GIs on a date, by number. Three queries."""
    found: dict[int, list[Line]] = {}
    for line in agreements.every_line(on):
        if line.entry.foreign_gi_id:
            found.setdefault(line.entry.foreign_gi_id, []).append(line)
    return [_row(record, found.get(record.pk, [])) for record in ForeignGI.objects.all()]


def _row(record: ForeignGI, lines: Sequence[Line]) -> ForeignRow:
    return ForeignRow(record, ListedName(tuple(lines)) if lines else None)


def matching(
    rows: Iterable[ForeignRow], *, q: str = "", country: str = "", category: str = "", status: str = ""
) -> list[ForeignRow]:
    """The rows that answer all filters; `q` is looked for in every writing, without regard to accents."""
    wanted = plain(q)
    return [
        row
        for row in rows
        if (not country or country in row.countries)
        and (not category or row.kind == category)
        and (not status or row.standing == status)
        and (not wanted or wanted in _searched(row))
    ]


def _searched(row: ForeignRow) -> str:
    record = row.record
    own = [record.name_original, record.name_transcription, record.name_zh, record.name_en, record.home_number]
    listed = [text for text, _language in row.name.writings] if row.name else []
    return plain(" / ".join(own)) + " / " + " / ".join(map(plain, listed))


@dataclass(frozen=True)
class Writing:
    """One way in which the name is written, and the lists that write it so; none where only the record does."""

    kind: str
    text: str
    language: str
    lists: tuple[str, ...]


@dataclass(frozen=True)
class ForeignFacts:
    """Everything the page of a foreign GI says."""

    row: ForeignRow
    writings: Sequence[Writing]
    overlap: Sequence[str]
    sources: Sequence[Source]
    events: Sequence[JournalEntry]

    @property
    def is_protected(self) -> bool:
        """Whether a list is shown to protect it on the date."""
        return self.row.standing == Standing.PROTECTED


def facts_of(number: int, on: datetime.date | None = None) -> ForeignFacts | None:
    """The facts of a foreign GI on a date (default today), None for an unknown number."""
    record = ForeignGI.objects.filter(number=number).first()
    if record is None:
        return None
    entries = agreements.in_order(agreements.on_list(on).filter(foreign_gi=record, side=Side.INBOUND))
    row = _row(record, agreements.lines(entries, on))
    lines = row.name.lines if row.name else ()
    return ForeignFacts(
        row=row,
        writings=_writings(row),
        overlap=[stands_on(row.name), explained(row.name)] if row.name and row.name.is_overlap else [],
        sources=agreements.sources([record.sources, *(line.entry.sources for line in lines)]),
        events=list(JournalEntry.objects.about("foreign_gi", str(number))[:SHOWN_EVENTS]),
    )


def _writings(row: ForeignRow) -> list[Writing]:
    """Original name, transcription, Chinese and English, each form once."""
    kinds = {
        "original": _("original name"), "transcription": _("in Latin letters"), "zh": _("in Chinese"),
        "en": _("in English"),
    }  # fmt: skip
    found: dict[tuple[str, str], tuple[str, dict[str, None]]] = {}

    def add(kind: str, text: str, language: str, code: str = "") -> None:
        if text:
            _language, lists = found.setdefault((kind, text), (language, {}))
            lists |= {code: None} if code else {}

    def add_all(native: str, country: str, named: Sequence[str], code: str = "") -> None:
        transcription, chinese, english = named
        own = language_of(country)
        for text, language in parts_of(native, country, english):
            add("original", text, language, code)
        add("transcription", transcription, f"{own}-Latn" if own else "", code)
        add("zh", chinese, "zh-Hans", code)
        add("en", english, "en", code)

    record = row.record
    add_all(
        record.name_original,
        record.country,
        (record.name_transcription, record.name_zh, record.name_en),
    )
    for entry in (line.entry for line in (row.name.lines if row.name else ())):
        named = entry.name_transcription, entry.name_zh, entry.name_en
        add_all(entry.name_native, entry.country, named, entry.agreement.code)
    order = list(kinds)
    made = sorted(found.items(), key=lambda item: order.index(item[0][0]))
    return [Writing(kinds[kind], text, language, tuple(lists)) for (kind, text), (language, lists) in made]
