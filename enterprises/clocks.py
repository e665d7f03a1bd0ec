"""LEAF. The clocks of a file: how long each term is and on which rule it rests.

Which terms bind an authority that decides on the mark is settled only in part: each clock is stored with its rule,
and a rule that is only the register's own setting says so.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from gi_registry.working_days import Term, after_working_days


class ClockKind(TextChoices):
    """What has to be done in time."""

    ACCEPTANCE = "acceptance", _("accept, or notify all defects")
    REPLY = "reply", _("reply to the notice of defects")
    FIRST_REVIEW = "first_review", _("finish the first review")
    DECISION = "decision", _("decide")
    ANNOUNCEMENT = "announcement", _("announce")


class ClockRule(TextChoices):
    """What a clock rests on."""

    LICENSING_32 = "licensing_32", _("Administrative Licensing Law, Art. 32: 5 working days")
    OWN_REPLY = "own_reply", _("setting of this register, no legal term read: 15 working days")
    HUNAN_PILOT = "hunan_pilot", _("Hunan pilot rules of 2023-01-11: 10 working days from receipt")
    HUNAN_PILOT_CHANGE = "hunan_pilot_change", _("Hunan pilot rules of 2023-01-11: 10 working days for a change")
    LICENSING_42 = "licensing_42", _("Administrative Licensing Law, Art. 42: 20 working days")
    INFORMATION_26 = "information_26", _("Government information regulations, Art. 26: 20 working days")


@dataclass(frozen=True)
class Clock:
    """A term: what for, on which rule, how many working days."""

    kind: ClockKind
    rule: ClockRule
    working_days: int

    def term(self, start: datetime.date) -> Term:
        """The last day when the clock starts on a day."""
        return after_working_days(start, self.working_days)


ACCEPTANCE = Clock(ClockKind.ACCEPTANCE, ClockRule.LICENSING_32, 5)
REPLY = Clock(ClockKind.REPLY, ClockRule.OWN_REPLY, 15)
FIRST_REVIEW = Clock(ClockKind.FIRST_REVIEW, ClockRule.HUNAN_PILOT, 10)
CHANGE_REVIEW = Clock(ClockKind.FIRST_REVIEW, ClockRule.HUNAN_PILOT_CHANGE, 10)
DECISION = Clock(ClockKind.DECISION, ClockRule.LICENSING_42, 20)
ANNOUNCEMENT = Clock(ClockKind.ANNOUNCEMENT, ClockRule.INFORMATION_26, 20)

# Of the enterprise; all others are of an authority.
OF_ENTERPRISE = frozenset({ClockKind.REPLY})
# After two years without use the register warns; a person decides (domain rules, section 5.5).
NON_USE_MONTHS = 24
