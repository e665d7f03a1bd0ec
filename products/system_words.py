"""LEAF. Numbers of standards: how they are written, and whether one looks like its kind; the states of a standard.

A number that does not fit its kind is doubted, never refused: old and foreign standards are numbered in other ways.
Patterns: numbering of national standards (GB), of industries (two letters), of regions (DB and the first two or four
digits of the division), of associations (T/ and their letters) and of enterprises (Q/); domain rules, sections 7 and 9.
"""

from __future__ import annotations

import datetime
import re
import unicodedata

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from products.case_states import RequirementPart
from products.states import StandardKind

_YEAR = r"[0-9.]+-(?:19|20)[0-9]{2}"
_PATTERNS: dict[str, tuple[str, str]] = {
    StandardKind.NATIONAL: (rf"GB(?:/[TZ])? {_YEAR}", "GB/T 22444-2008"),
    StandardKind.INDUSTRY: (rf"(?!GB|DB)[A-Z]{{2}}(?:/[TZ])? {_YEAR}", "NY/T 1234-2020"),
    StandardKind.LOCAL: (rf"DBS?([0-9]{{2}}(?:[0-9]{{2}})?)(?:/T?)? {_YEAR}", "DB43/T 1234-2020"),
    StandardKind.GROUP: (rf"T/[A-Z0-9]{{2,}} {_YEAR}", "T/ABCD 001-2020"),
    StandardKind.ENTERPRISE: (r"Q/[A-Z0-9]+ [0-9]+[0-9A-Z.]*-(?:19|20)[0-9]{2}", "Q/ABC 001S-2020"),
}
_DASHES = re.compile(r"\s*[-‐-―−－]+\s*")
_LETTERS_THEN_DIGITS = re.compile(r"(DB[A-Z]?[0-9]{2}(?:[0-9]{2})?/T?|[TQ]/[A-Z]+|[A-Z]{2}(?:/[TZ])?)(?=[0-9])")


def tidy_number(text: str) -> str:
    """The number as the register writes it: ＧＢ／Ｔ22444—2008 becomes GB/T 22444-2008."""
    text = re.sub(r"\s+", " ", unicodedata.normalize("NFKC", text)).strip().upper()
    text = _DASHES.sub("-", re.sub(r"\s*/\s*", "/", text))
    match = _LETTERS_THEN_DIGITS.match(text)
    if match and (not text.startswith("DB") or "/" in match[1]):  # where DB43 ends and a number begins is not plain
        return f"{match[1]} {text[match.end():]}"
    return text


def doubt(kind: str, number: str, division_code: str = "") -> str | Promise:
    """What looks wrong about a number, or nothing. `division_code`: where a local standard applies."""
    pattern, example = _PATTERNS[kind]
    match = re.fullmatch(pattern, number)
    if match is None:
        return _("The number is not written as usual for its kind, such as {example}. Check it.").format(
            example=example
        )
    if kind == StandardKind.LOCAL and division_code and match[1] not in (division_code[:2], division_code[:4]):
        return _("The digits after DB are not those of the place where the standard applies. Check both.")
    return ""


class StandardState(TextChoices):
    """Where a standard stands on a day."""

    IN_FORCE = "in_force", pgettext_lazy("of a standard", "in force")
    COMING = "coming", _("not in force yet")
    REPLACED = "replaced", pgettext_lazy("of a standard", "replaced")
    ENDED = "ended", _("no longer in force")
    UNDATED = "undated", _("first day not on record")


PILLS: dict[str, str] = {
    StandardState.IN_FORCE: "live",
    StandardState.COMING: "info",
    StandardState.REPLACED: "stopped",
    StandardState.ENDED: "stopped",
    StandardState.UNDATED: "look",
}


def state_of(
    first: datetime.date | None, end: datetime.date | None, on: datetime.date, *, has_successor: bool
) -> StandardState:
    """The state on a day of what is in force from `first` and no longer on `end`."""
    if end is not None and end <= on:
        return StandardState.REPLACED if has_successor else StandardState.ENDED
    if first is None:
        return StandardState.UNDATED
    return StandardState.IN_FORCE if first <= on else StandardState.COMING


def part_label(part: str) -> str | Promise:
    """The words of a part of the protection requirements."""
    return RequirementPart(part).label if part in RequirementPart.values else part
