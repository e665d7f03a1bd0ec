"""LEAF. What can be said of a law or regulation on a day."""

from __future__ import annotations

import datetime

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class PolicyState(TextChoices):
    """How an act stands on a day."""

    IN_FORCE = "in_force", pgettext_lazy("act", "in force")
    NOT_YET = "not_yet", _("not yet in force")
    REPLACED = "replaced", _("replaced")
    ENDED = "ended", _("no longer in force")
    UNTOLD = "untold", _("first day not known")


def state_on(
    on: datetime.date, first_day: datetime.date | None, ended_on: datetime.date | None, *, replaced: bool
) -> PolicyState:
    """`ended_on` is the first day on which the act no longer holds.

    An act that was replaced has ended, even where nobody entered the day; one that ends later still holds.
    """
    if ended_on is not None and ended_on <= on:
        return PolicyState.REPLACED if replaced else PolicyState.ENDED
    if replaced and ended_on is None:
        return PolicyState.REPLACED
    if first_day is None:
        return PolicyState.UNTOLD
    return PolicyState.IN_FORCE if first_day <= on else PolicyState.NOT_YET
