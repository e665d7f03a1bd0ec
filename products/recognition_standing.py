"""LEAF. What can be said of a name on an agreement list on a date: its standing.

Where an officer has entered dated stages, they answer. Of a name without any, only the first day of protection is
known: protected before that day is not shown, and every other status is the one known today.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Sequence

from django.db.models import TextChoices
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from products.states import EntryStatus

Stages = Sequence[tuple[datetime.date, str]]  # first day and status, the oldest first


class Standing(TextChoices):
    """Status of a name on a date: that of the entry, or that its protection had not begun. The strongest first.

    A label is a word and, after the semicolon, its explanation.
    """

    PROTECTED = EntryStatus.PROTECTED.value, _("protected")
    AGREED = EntryStatus.AGREED.value, _("agreed; by both sides, protection has not begun")
    DECIDED = EntryStatus.DECIDED.value, _("objection decided; not agreed yet")
    OBJECTED = EntryStatus.OBJECTED.value, _("objected to; the objection is not decided yet")
    LISTED = EntryStatus.LISTED.value, _("published for comment; protection not verified")
    NOT_YET = "not_yet", _("not yet protected; protection not shown to have begun by this date")
    PROPOSED = EntryStatus.PROPOSED.value, _("proposed; or reported only")
    PENDING_SCOPE = EntryStatus.PENDING_SCOPE.value, _("put off; until the agreement covers such goods")
    WITHDRAWN = EntryStatus.WITHDRAWN.value, _("left out; on an earlier list, not in the final one")
    LAPSED = EntryStatus.LAPSED.value, _("lapsed; its protection has ended")

    @property
    def word(self) -> str:
        """The label without its explanation, in the language of the page."""
        return capfirst(re.split("[;；]", str(self.label))[0])

    @property
    def explanation(self) -> str:
        """What the label says after the semicolon; may be empty."""
        return "".join(re.split("[;；]", str(self.label), maxsplit=1)[1:]).strip()


BEGUN = frozenset({Standing.PROTECTED, Standing.LAPSED})  # protection has begun, and may have ended since
RANK = {standing: rank for rank, standing in enumerate(Standing)}


def standing(
    status: str,
    protected_from: datetime.date | None,
    on: datetime.date,
    today: datetime.date,
    stages: Stages = (),
) -> Standing:
    """What can be said of a name on a date; `status` and `protected_from` are what is known today."""
    if stages:
        return _by_stages(protected_from, on, stages)
    if status != EntryStatus.PROTECTED:
        return Standing(status)
    begun = protected_from <= on if protected_from else on >= today
    return Standing.PROTECTED if begun else Standing.NOT_YET


def _by_stages(protected_from: datetime.date | None, on: datetime.date, stages: Stages) -> Standing:
    """Before the first stage nothing is known, but that what lapses must have been protected before."""
    reached = [status for day, status in stages if day <= on]
    if reached:
        return Standing(reached[-1])
    was_protected = stages[0][1] == EntryStatus.LAPSED and protected_from and protected_from <= on
    return Standing.PROTECTED if was_protected else Standing.NOT_YET


def strongest(standings: Iterable[Standing]) -> Standing:
    """The best of several standings of one name. Needs at least one."""
    return min(standings, key=RANK.__getitem__)
