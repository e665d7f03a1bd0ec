"""Announcements that files mention in passing: many mentions of one announcement make one record of it."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from gi_registry import partial_dates
from gi_registry.csv_files import RowRefused
from gi_registry.partial_dates import PartialDate, Precision
from products import announcement_numbers
from products.announcement_numbers import ParsedAnnouncement
from products.models import Announcement

AnnouncementKey = tuple[str, str, int | None, int | str]
_REMARKS = re.compile(r"(?:\s*[(（][^()（）]*[)）])+$")


@dataclass(frozen=True)
class Mention:
    """One place of a file (`where`) that names an announcement, with its date where the place has one."""

    where: str
    parsed: ParsedAnnouncement
    date: PartialDate | None = None

    @property
    def key(self) -> AnnouncementKey:
        """What tells announcements apart: the number, or the whole text where no number is known."""
        return self.parsed.key or (self.parsed.issuer.value, "", None, self.parsed.text)


def key_of(announcement: Announcement) -> AnnouncementKey:
    """The key of an announcement in the register."""
    if announcement.number is None:
        return announcement.issuer, "", None, announcement.text
    # The name counts only where the issuer is no single body.
    name = announcement.issuer_text if announcement.issuer in ("provincial", "other") else ""
    return announcement.issuer, name, announcement.year, announcement.number


def mentions(cell: str, *, where: str, date: PartialDate | None = None) -> list[Mention]:
    """The announcements that a cell names. `date` is that of the first one; brackets may hold others."""
    try:
        parsed = announcement_numbers.parse_list(cell)
    except ValueError as error:
        raise RowRefused(str(error)) from None
    found = []
    for place, announcement in enumerate(parsed):
        stated = partial_dates.parse(announcement.date_text)
        found.append(Mention(where, announcement, stated or (date if place == 0 else None)))
    return found


def collect(found: Iterable[Mention]) -> tuple[dict[AnnouncementKey, dict[str, Any]], list[str]]:
    """Values of each announcement by its key, and a remark for every two dates that cannot both be right.

    The most precise date wins, then the one stated most often: a page's date is less exact than a text's.
    """
    groups: dict[AnnouncementKey, list[Mention]] = defaultdict(list)
    for mention in found:
        groups[mention.key].append(mention)
    values, remarks = {}, []
    for key, group in groups.items():
        first = group[0].parsed
        date, conflict = _date(group)
        values[key] = {
            "issuer": first.issuer,
            "issuer_text": first.issuer_text,
            "year": first.year,
            "number": first.number,
            "text": _REMARKS.sub("", first.text) if first.number is not None else first.text,
            "published_on": date.on if date else None,
            "published_precision": date.precision if date else "",
        }
        if conflict and date:
            remarks.append(f"{values[key]['text']}: taken as {partial_dates.iso(*date)}, but also {conflict}")
    return values, remarks


def _date(group: list[Mention]) -> tuple[PartialDate | None, str]:
    counts = Counter(mention.date for mention in group if mention.date)
    if (year := group[0].parsed.year) is not None:
        counts[partial_dates.parse(str(year))] += 0  # type: ignore[index]
    if not counts:
        return None, ""
    order = list(Precision)
    best = min(counts, key=lambda date: (order.index(date.precision), -counts[date], date.on))
    others = sorted(
        f"{partial_dates.iso(*date)} ({next((m.where for m in group if m.date == date), 'its number')})"
        for date in counts
        if not partial_dates.first_day(*date) <= best.on <= date.on
    )
    return best, ", ".join(others)
