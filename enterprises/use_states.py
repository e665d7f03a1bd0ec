"""LEAF. Words and moves of yearly use reports (使用年报)."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from gi_registry.event_types import EventType
from gi_registry.roles import Permission
from gi_registry.state_tables import Move


class UseState(TextChoices):
    """Where one version of a yearly use report stands. Only an accepted one counts; a newer one replaces it."""

    DRAFT = "draft", _("draft")
    SUBMITTED = "submitted", _("submitted; waiting for the office")
    RETURNED = "returned", _("returned to be corrected")
    ACCEPTED = "accepted", _("accepted by the office")
    REPLACED = "replaced", _("replaced by a newer version")


# Within these days of the next year the province files its return with the data as of 31 December: the window of the
# return for 2023 (national notice of 2023-12-22). A report that comes later cannot enter it.
RETURN_OPENS, RETURN_CLOSES = (1, 15), (3, 31)
# The enterprise itself has until this day of the next year: the window of the general yearly report of enterprises.
REPORT_DUE = (6, 30)

# Of one authorisation and year at most one version is open.
OPEN_VERSIONS = frozenset({UseState.DRAFT, UseState.SUBMITTED, UseState.RETURNED})
EDITABLE = frozenset({UseState.DRAFT, UseState.RETURNED})

USE_MOVES = (
    Move(
        name="submit",
        label=_("submit"),
        sources=EDITABLE,
        target=UseState.SUBMITTED,
        permission=Permission.APPLY_FOR_MARK,
        event=EventType.USE_REPORT_SUBMITTED,
    ),
    Move(
        name="accept",
        label=_("accept the report"),
        sources=frozenset({UseState.SUBMITTED}),
        target=UseState.ACCEPTED,
        permission=Permission.REVIEW_USE_REPORTS,
        event=EventType.USE_REPORT_ACCEPTED,
    ),
    Move(
        name="return",
        label=_("return to be corrected"),
        sources=frozenset({UseState.SUBMITTED}),
        target=UseState.RETURNED,
        permission=Permission.REVIEW_USE_REPORTS,
        event=EventType.USE_REPORT_RETURNED,
        needs_reason=True,
    ),
    Move(
        name="replace",
        label=_("replace by a newer version"),
        sources=frozenset({UseState.ACCEPTED}),
        target=UseState.REPLACED,
        permission=Permission.REVIEW_USE_REPORTS,
        event=EventType.USE_REPORT_REPLACED,
    ),
)
SUBMIT, ACCEPT, RETURN, REPLACE = USE_MOVES
