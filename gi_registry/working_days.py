"""LEAF. Terms in working days and in months, by China's statutory holidays.

Day terms of the Administrative Licensing Law count working days without statutory holidays (Art. 82); the day of
the event is not counted, and a month term ends on the day of the same number, or on the next working day
(Civil Code, Arts. 200-204). The calendar of holidays and moved working days comes from a library and is published
late each year for the next one: days beyond it count by Monday to Friday, and the answer says so.
"""

from __future__ import annotations

import calendar
import datetime
from dataclasses import dataclass

import chinese_calendar

KNOWN_YEARS = frozenset(day.year for day in chinese_calendar.holidays)
ONE_DAY = datetime.timedelta(days=1)


@dataclass(frozen=True)
class Term:
    """The last day of a term. `provisional`: part of it lies in a year whose holidays are not published yet."""

    last_day: datetime.date
    provisional: bool = False


def is_known(day: datetime.date) -> bool:
    """Whether the holidays of the day's year are published and in the library."""
    return day.year in KNOWN_YEARS


def is_working_day(day: datetime.date) -> bool:
    """Whether offices work on a day; Monday to Friday where the holidays of the year are not known."""
    return bool(chinese_calendar.is_workday(day)) if is_known(day) else day.weekday() < 5


def after_working_days(start: datetime.date, days: int) -> Term:
    """The last day of a term of working days that an event on `start` sets running."""
    day, left = start, days
    while left > 0:
        day += ONE_DAY
        left -= is_working_day(day)
    return Term(day, provisional=not is_known(day))


def after_months(start: datetime.date, months: int) -> Term:
    """The last day of a term of months: the same number, or the month's end; a day off moves it on."""
    index = start.year * 12 + start.month - 1 + months
    year, month = divmod(index, 12)
    day = datetime.date(year, month + 1, min(start.day, calendar.monthrange(year, month + 1)[1]))
    while not is_working_day(day):
        day += ONE_DAY
    return Term(day, provisional=not is_known(day))


def working_days_between(start: datetime.date, end: datetime.date) -> int:
    """Working days after `start` up to and with `end`; negative when `end` lies before `start`."""
    if end < start:
        return -working_days_between(end, start)
    return sum(is_working_day(start + datetime.timedelta(days=number)) for number in range(1, (end - start).days + 1))
