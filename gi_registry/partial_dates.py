"""LEAF. Dates of which only the year or the month is known.

Sources state '2014', '2014-07' or '2014-07-03'. The registry keeps the LAST possible day of the stated period
beside its precision, so that a question "as of" a day never claims protection earlier than the source proves.
"""

from __future__ import annotations

import calendar
import re
from datetime import date
from typing import NamedTuple

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Precision(TextChoices):
    DAY = "day", _("day")
    MONTH = "month", _("month")
    YEAR = "year", _("year")


class PartialDate(NamedTuple):
    """`on` is the last possible day of the stated period."""

    on: date
    precision: Precision


# [0-9] and not \d: full-width and Indic digits are typing errors in a data file, not dates.
_FORM = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")


def parse(text: str) -> PartialDate | None:
    """Read 'YYYY', 'YYYY-MM' or 'YYYY-MM-DD'; blank text is None.

    Raises ValueError, naming the text, for every other form and for days that do not exist.
    """
    text = text.strip()
    if not text:
        return None
    match = _FORM.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not a date of the form YYYY, YYYY-MM or YYYY-MM-DD")
    year, month, day = (int(part) if part else None for part in match.groups())
    assert year is not None
    try:
        if month is None:
            return PartialDate(date(year, 12, 31), Precision.YEAR)
        if day is None:
            return PartialDate(_month_end(date(year, month, 1)), Precision.MONTH)
        return PartialDate(date(year, month, day), Precision.DAY)
    except ValueError as error:
        raise ValueError(f"{text!r} is not a date of the calendar") from error


def first_day(on: date, precision: str) -> date:
    """First possible day of the period that `on` and `precision` state."""
    match Precision(precision):
        case Precision.YEAR:
            return on.replace(month=1, day=1)
        case Precision.MONTH:
            return on.replace(day=1)
        case _:
            return on


def iso(on: date, precision: str) -> str:
    """The text that `parse` reads back: '2014', '2014-07' or '2014-07-03'."""
    length = {Precision.YEAR: 4, Precision.MONTH: 7, Precision.DAY: 10}[Precision(precision)]
    return on.isoformat()[:length]


def _month_end(first: date) -> date:
    return first.replace(day=calendar.monthrange(first.year, first.month)[1])
