"""READER. A name wherever it stands: the same name on several lists is one, with all that is said of it.

Chinese names are one where a person has tied them to one product, or where only one product is written like them;
foreign names where they share a record. Others are one where they are written the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from products.agreement_words import countries, language_of
from products.agreements import Line, plain
from products.models import Agreement, AgreementEntry
from products.recognition_standing import Standing, strongest


@dataclass(frozen=True)
class ListedName:
    """One name with its lines, at least one, in the order of the lists."""

    lines: tuple[Line, ...]

    @property
    def first(self) -> Line:
        """The line that stands for the name."""
        return self.lines[0]

    @cached_property
    def standing(self) -> Standing:
        """The strongest of its standings."""
        return strongest(line.standing for line in self.lines)

    @cached_property
    def agreements(self) -> list[Agreement]:
        """The lists it stands on, each once."""
        return list({line.entry.agreement_id: line.entry.agreement for line in self.lines}.values())

    @property
    def is_overlap(self) -> bool:
        """Whether it stands on more than one list."""
        return len(self.agreements) > 1

    @cached_property
    def writings(self) -> list[tuple[str, str]]:
        """Every way it is written, with the language; the own writing first, none twice."""
        found: dict[str, str] = {}
        for line in self.lines:
            for text, language in [(line.name, line.language), *line.other_names]:
                found.setdefault(text, language)
        return list(found.items())

    @property
    def countries(self) -> tuple[str, ...]:
        """The countries of all its lines."""
        return tuple(dict.fromkeys(code for line in self.lines for code in line.countries))

    @property
    def url(self) -> str:
        """Where its own record is: the foreign GI, or the product it was found to be by review; '' for none."""
        for line in self.lines:
            if record := line.entry.foreign_gi or line.entry.product:
                return record.get_absolute_url()
        return ""


def identity(entry: AgreementEntry) -> tuple[object, ...]:
    """What two lines must have in common to be one name."""
    if entry.foreign_gi_id:
        return "foreign", entry.foreign_gi_id
    if product := entry.product_id or entry.suggested_id:
        return "product", product
    return entry.side, written(entry), frozenset(countries(entry.country))


def written(entry: AgreementEntry) -> str:
    """The own name of an entry without regard to accents and capitals."""
    return plain(entry.name_native or entry.name_zh or entry.name_en or entry.name_transcription)


def names_on(lines: Iterable[Line]) -> list[ListedName]:
    """The names of some lines, each once, in the order in which they first appear."""
    found: dict[tuple[object, ...], list[Line]] = {}
    for line in lines:
        found.setdefault(identity(line.entry), []).append(line)
    return [ListedName(tuple(rows)) for rows in found.values()]


def overlaps(every: Iterable[Line], within: Sequence[Agreement]) -> list[ListedName]:
    """Names on more than one list of which at least one is among these agreements."""
    keys = {agreement.pk for agreement in within}
    return [
        name
        for name in names_on(every)
        if name.is_overlap and keys & {agreement.pk for agreement in name.agreements}
    ]


def explained(name: ListedName) -> str:
    """What it means that a name stands on several lists, in a sentence."""
    said = [line.standing for line in name.lines]
    protecting = [line for line in name.lines if line.standing == Standing.PROTECTED]
    if len(protecting) > 1 and len(protecting) < len(said):
        return _("Several of these lists protect it, others do not.")
    if len(protecting) > 1:
        days = [line.since for line in protecting if line.since]
        if len(days) < len(protecting):
            return _("Each of these lists protects it; not every first day is on record.")
        return _("Each of these lists protects it, the earliest from %(date)s on.") % {"date": min(days).isoformat()}
    if protecting and Standing.WITHDRAWN in said:
        return _("One list protects it; another left it out before that list was final, which does not end the first.")
    if protecting:
        return _("One list protects it; on the others its protection is not shown.")
    return _("None of these lists is shown to protect it on this date.")


def _page_is_chinese() -> bool:
    return (get_language() or "zh").startswith("zh")


def list_name(agreement: Agreement) -> str:
    """The name of a list in the language of the page."""
    if _page_is_chinese():
        return agreement.name_zh or agreement.name_en
    return agreement.name_en or agreement.name_zh


def stands_on(name: ListedName) -> str:
    """'“Comté” stands on 2 lists: … and …', in the language of the page."""
    return _("“%(name)s” stands on %(number)s lists: %(lists)s.") % {
        "name": name.first.name,
        "number": len(name.agreements),
        "lists": ("；" if _page_is_chinese() else "; ").join(map(list_name, name.agreements)),
    }


def parts_of(text: str, country: str, english: str = "") -> list[tuple[str, str]]:
    """A name written in several languages ('Polska Wódka / Polish Vodka'), each part with what is known of its own."""
    parts = [part.strip() for part in text.split(" / ") if part.strip()]
    own = language_of(country)
    return [
        (part, "en" if part == english else own if place == 0 else "") for place, part in enumerate(parts)
    ]
