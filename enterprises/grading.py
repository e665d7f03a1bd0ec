"""WRITER. The credit grade of an enterprise, from a day on, with its public reason.

Grades of the past stay as they are: a new one begins today or later and ends the one before.
"""

from __future__ import annotations

import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from enterprises.case_files import not_permitted
from enterprises.inspection_models import CreditGrade
from enterprises.inspection_states import Grade
from enterprises.models import Enterprise
from enterprises.record_words import enterprise_subject
from gi_registry import amendments, journal, territory
from gi_registry.event_types import EventType
from gi_registry.journal import Actor, Event
from gi_registry.moves import MoveRefused
from gi_registry.roles import Permission

MOST_AHEAD = datetime.timedelta(days=366)


@transaction.atomic
def set_grade(
    enterprise: Enterprise, *, by: Actor, grade: Grade, reason: str, since: datetime.date | None = None,
    seen: int | None = None,
) -> CreditGrade:  # fmt: skip
    """Give an enterprise a grade from a day on (default today); `seen`: key of the last grade known, 0 for none."""
    rows = Enterprise.objects.select_for_update(of=("self",)).select_related("province__parent__parent")
    held = rows.get(pk=enterprise.pk)
    if not territory.may(by, Permission.KEEP_INSPECTIONS, held.province):
        raise not_permitted()
    if not Enterprise.objects.public().filter(pk=held.pk).exists():
        text = _("Only an enterprise that is or was authorised to use the special mark has a grade.")
        raise MoveRefused("no_authorisation", text)
    if not reason.strip():
        raise MoveRefused("reason_missing", _("Give the reason for this step."))
    today = timezone.localdate()
    day = since or today
    if not today <= day <= today + MOST_AHEAD:
        raise MoveRefused(
            "wrong_day", _("A grade begins today or within a year: what was answered for past days stays.")
        )
    last = CreditGrade.objects.filter(enterprise=held).last()
    if seen is not None and seen != (last.pk if last else 0):
        raise MoveRefused("someone_was_faster", _("Somebody else has just graded this enterprise. Look at it again."))
    if last is not None and day < last.effective_from:
        raise MoveRefused(
            "wrong_day", _("The grade before begins on {date} only.").format(date=last.effective_from.isoformat())
        )
    if last is not None and (last.grade, last.reason) == (grade, reason.strip()):
        raise MoveRefused("no_difference", _("It has this grade with this reason already."))
    if last is not None:
        last.effective_to = day
        last.save(update_fields=["effective_to"])
    new = CreditGrade(enterprise=held, grade=grade, effective_from=day, reason=reason.strip())
    amendments.insert(new)
    payload = {"grade": str(grade), "before": last.grade if last else None, "reason": new.reason}
    journal.record(Event(EventType.ENTERPRISE_GRADED, enterprise_subject(held), payload, day), by=by)
    return new
