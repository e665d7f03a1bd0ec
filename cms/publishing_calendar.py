"""READER. What becomes public, ends or waits, by week."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, TextChoices
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _
from wagtail.models import Page, Revision, TaskState


class Kind(TextChoices):
    """What happens to a page."""

    GOES_LIVE = "goes_live", _("goes live")
    PLANNED = "planned", _("planned, not approved yet")
    EXPIRES = "expires", _("expires")


@dataclass(frozen=True)
class Entry:
    """One line of the calendar."""

    kind: Kind
    at: datetime.datetime
    page: Page

    @property
    def is_late(self) -> bool:
        """Whether the moment has passed and nothing has happened: then the worker does not run."""
        return self.at < timezone.now() - datetime.timedelta(minutes=10)


@dataclass(frozen=True)
class Week:
    """A week by its Monday."""

    monday: datetime.date
    entries: list[Entry]

    @property
    def sunday(self) -> datetime.date:
        return self.monday + datetime.timedelta(days=6)


@dataclass(frozen=True)
class Waiting:
    """A page that waits for approval. `go_live_at`: when it is to be published, None for at once."""

    page: Page
    since: datetime.datetime
    asked_by: Any
    go_live_at: datetime.datetime | None


def weeks() -> list[Week]:
    """The weeks in which something happens, the nearest first. Three queries."""
    by_week: dict[datetime.date, list[Entry]] = {}
    for entry in sorted(_entries(), key=lambda one: (one.at, one.page.pk)):
        day = timezone.localdate(entry.at)
        by_week.setdefault(day - datetime.timedelta(days=day.weekday()), []).append(entry)
    return [Week(monday, entries) for monday, entries in by_week.items()]


def _entries() -> list[Entry]:
    scheduled = Revision.page_revisions.filter(approved_go_live_at__isnull=False)
    at = {int(key): moment for key, moment in scheduled.values_list("object_id", "approved_go_live_at")}
    rows = Page.objects.filter(
        Q(pk__in=at) | Q(expire_at__isnull=False, live=True) | Q(go_live_at__gt=timezone.now(), live=False),
        alias_of=None,
    ).select_related("locale", "content_type")
    found = []
    for page in rows:
        if page.pk in at:
            found.append(Entry(Kind.GOES_LIVE, at[page.pk], page))
        elif not page.live and page.go_live_at and page.go_live_at > timezone.now():
            found.append(Entry(Kind.PLANNED, page.go_live_at, page))
        if page.expire_at and (page.live or page.pk in at):
            found.append(Entry(Kind.EXPIRES, page.expire_at, page))
    return found


def waiting() -> list[Waiting]:
    """Pages that somebody else has to approve, the longest waiting first. Two queries."""
    states = TaskState.objects.filter(status=TaskState.STATUS_IN_PROGRESS).order_by("started_at")
    states = states.select_related("workflow_state__requested_by")
    by_page = {int(state.workflow_state.object_id): state for state in states}
    rows = Page.objects.filter(alias_of=None).select_related("locale", "content_type", "latest_revision")
    pages = rows.in_bulk(list(by_page))
    return [
        Waiting(
            pages[key], state.started_at, state.workflow_state.requested_by,
            parse_datetime(pages[key].latest_revision.content.get("go_live_at") or ""),
        )
        for key, state in by_page.items()
        if key in pages
    ]  # fmt: skip
