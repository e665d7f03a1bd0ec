"""LEAF. The arithmetic of plans: the straight line from baseline to target, the pace, and what follows from a count.

The line begins on the day before the first day of the plan, with the baseline, and ends on its last day, with the
target. What it asks for on a day is a whole number, rounded down: a part of a county is missing nowhere. A year has
365.25 days, so that plans across leap years are measured alike.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from fractions import Fraction

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

Day = datetime.date
YEAR = Fraction(36525, 100)
LEAST_DAYS = 30  # of a plan before a pace is told: a few days say nothing about a year


class Verdict(TextChoices):
    """What can be said of a measure on a day."""

    NOT_BEGUN = "not_begun", _("not begun")
    ON_COURSE = "on_course", _("on course")
    REACHED = "reached", _("target reached")
    BEHIND = "behind", _("behind the line")
    MISSED = "missed", _("target not reached")
    UNPROVEN = "unproven", _("below the line, not all is proven")
    UNTOLD = "untold", _("cannot be told from the data loaded")


# Below what the line asks for, whatever the reason.
BELOW = frozenset({Verdict.BEHIND, Verdict.MISSED, Verdict.UNPROVEN, Verdict.UNTOLD})


@dataclass(frozen=True)
class Line:
    """A measure as numbers: from `baseline` before the first day to `target` on the last."""

    begins: Day
    ends: Day
    baseline: int
    target: int

    @property
    def start(self) -> Day:
        """The day of the baseline."""
        return self.begins - datetime.timedelta(days=1)

    def exactly(self, on: Day) -> Fraction:
        """What the line asks for; before it begins the baseline, after its end the target."""
        days = min(max((on - self.start).days, 0), (self.ends - self.start).days)
        return self.baseline + Fraction((self.target - self.baseline) * days, (self.ends - self.start).days)

    def asked(self, on: Day) -> int:
        """The same as a whole number, rounded down."""
        return int(self.exactly(on))

    def pace(self, on: Day, value: int) -> float | None:
        """How much came a year so far; None in the first days of the plan, and after it."""
        days = (on - self.start).days
        if days < LEAST_DAYS or on > self.ends:
            return None
        return round(float((value - self.baseline) * YEAR / days), 1)

    def needed(self, on: Day, value: int) -> float | None:
        """How much a year has to come in the rest; None where nothing is left to do, or no time to do it."""
        left = (self.ends - max(on, self.start)).days
        if left <= 0 or value >= self.target:
            return None
        return round(float((self.target - value) * YEAR / left), 1)

    def at_this_pace(self, on: Day, value: int) -> int | None:
        """Where it ends if it goes on as so far, rounded down; None where there is no pace."""
        days = (on - self.start).days
        if days < LEAST_DAYS or on > self.ends:
            return None
        return int(value + Fraction((value - self.baseline) * (self.ends - on).days, days))

    def verdict(self, on: Day, value: int, more: int = 0, comparable: bool = True) -> Verdict:
        """What a count on a day says. `more`: what may come on top but is not proven.

        Not `comparable`: the register evidently lacks data, so that what it does not count says nothing.
        """
        if on < self.begins:
            return Verdict.NOT_BEGUN
        if value >= self.target:
            return Verdict.REACHED
        if value >= self.asked(on):
            return Verdict.ON_COURSE
        if not comparable:
            return Verdict.UNTOLD
        if value + more >= self.asked(on):
            return Verdict.UNPROVEN
        return Verdict.MISSED if on > self.ends else Verdict.BEHIND
