"""READER. Public notices: which run on a date, which are about to, which have ended, and how many days are left."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q, QuerySet, TextChoices
from django.utils import timezone
from django.utils.translation import pgettext_lazy

from products.case_states import OPEN_CASES
from products.models import AgreementEntry
from products.objection_models import PublicNotice
from products.states import Side

RECENT_DAYS = 60  # for how long after its end a notice stands on the page of announcements


class NoticeState(TextChoices):
    """What a notice means to somebody who wants to object."""

    OPEN = "open", pgettext_lazy("public notice", "open")
    COMING = "coming", pgettext_lazy("public notice", "begins soon")
    ENDED = "ended", pgettext_lazy("public notice", "over")
    STOPPED = "stopped", pgettext_lazy("public notice", "stopped")


@dataclass(frozen=True)
class Standing:
    """A notice on a date. `days_left` counts the days after that date, so that 0 means: today is the last day."""

    notice: PublicNotice
    state: NoticeState
    days_left: int

    @property
    def is_open(self) -> bool:
        """Whether one may object."""
        return self.state == NoticeState.OPEN

    @property
    def kind(self) -> str:
        """The look of its pill."""
        return {NoticeState.OPEN: "live", NoticeState.COMING: "look"}.get(self.state, "stopped")


def standing(notice: PublicNotice, on: datetime.date | None = None) -> Standing:
    """What a notice is on a date (default today)."""
    on = on or timezone.localdate()
    if on > notice.last_day:
        state = NoticeState.ENDED
    elif notice.case is not None and notice.case.state not in OPEN_CASES:
        state = NoticeState.STOPPED
    else:
        state = NoticeState.OPEN if on >= notice.first_day else NoticeState.COMING
    return Standing(notice, state, (notice.last_day - on).days)


def rows() -> QuerySet[PublicNotice]:
    """Notices with what they are about and the announcement that began them."""
    return PublicNotice.objects.select_related("case__division__parent__parent", "agreement", "announcement")


def _going_on() -> QuerySet[PublicNotice]:
    """Of real notices those whose case has not ended; demonstration stands on its own pages only."""
    return rows().filter(Q(case=None) | Q(case__state__in=sorted(OPEN_CASES)), demonstration=False)


def _standings(found: Iterable[PublicNotice], on: datetime.date) -> list[Standing]:
    return [standing(notice, on) for notice in found]


def running(on: datetime.date | None = None) -> list[Standing]:
    """Notices to which one may object on a date, and those that begin within days; what ends first stands first."""
    on = on or timezone.localdate()
    found = _going_on().filter(published_on__lte=on, last_day__gte=on)
    return _standings(found.order_by("last_day", "pk"), on)


def recently_ended(on: datetime.date | None = None) -> list[Standing]:
    """Notices whose last day lies at most two months before a date, the latest first; real ones only."""
    on = on or timezone.localdate()
    edge = on - datetime.timedelta(days=RECENT_DAYS)
    found = rows().filter(demonstration=False, last_day__lt=on, last_day__gte=edge)
    return _standings(found.order_by("-last_day", "-pk"), on)


def of_announcement(pk: int, on: datetime.date | None = None) -> list[Standing]:
    """The notices that an announcement began, demonstration too: the page itself says what it is."""
    return _standings(rows().filter(announcement=pk).order_by("last_day", "pk"), on or timezone.localdate())


def of_agreement(pk: int, on: datetime.date | None = None) -> list[Standing]:
    """The times to comment on the names of an agreement's lists, the latest first, demonstration too."""
    return _standings(rows().filter(agreement=pk).order_by("-last_day", "-pk"), on or timezone.localdate())


def by_key(pk: int) -> PublicNotice | None:
    """One notice, real or demonstration."""
    return rows().filter(pk=pk).first()


def names_of(notice: PublicNotice) -> QuerySet[AgreementEntry]:
    """The names of abroad on the list that a notice is about, those of its batches too; none for a case."""
    if notice.agreement is None:
        return AgreementEntry.objects.none()
    lists = Q(agreement=notice.agreement) | Q(agreement__parent=notice.agreement)
    return AgreementEntry.objects.filter(lists, side=Side.INBOUND, left_out_on=None).order_by("name_native", "pk")
