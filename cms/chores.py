"""WRITER. What the worker does by the clock, in a way that two workers at once do no harm.

A chore of a certain hour is queued under a key that is made of its name and that hour: whoever comes second finds it
there.
"""

from __future__ import annotations

import datetime
import logging
import uuid
from collections.abc import Callable
from functools import partial
from typing import Any

from django.db import transaction
from django.utils import timezone
from django_tasks import TaskResultStatus
from django_tasks.base import Task
from django_tasks_db.models import DBTaskResult, get_date_max
from wagtail.models import Page, Revision, Site

from cms.tasks import QUEUE

log = logging.getLogger(__name__)

KEPT = datetime.timedelta(days=14)  # finished rows of the queue; longer than the longest time between two chores
MOST_TRIES = 5
FIRST_WAIT = datetime.timedelta(minutes=5)  # after a failure; doubled after each further one
# Nothing that is queued takes as long. A row that is still "running" then belongs to a worker that was killed.
LOST_AFTER = {
    "cms.tasks.": datetime.timedelta(minutes=10),
    "cms.open_data_tasks.": datetime.timedelta(hours=1),
    "": datetime.timedelta(hours=6),
}
CHORE = uuid.UUID("6f6b0d0c-3d51-4f0e-9a52-0b8a7f0a5f5e")  # namespace of the keys


def once(chore: Task[Any, Any], slot: datetime.datetime, not_before: datetime.datetime | None = None) -> bool:
    """Queue a chore for an hour, unless it was queued for that hour before; returns whether it was.

    `not_before`: it waits in the queue until then.
    """
    _row, created = DBTaskResult.objects.get_or_create(
        id=uuid.uuid5(CHORE, f"{chore.module_path}@{slot.isoformat()}"),
        defaults={
            "args_kwargs": {"args": [], "kwargs": {}}, "task_path": chore.module_path, "priority": chore.priority,
            "queue_name": chore.queue_name, "backend_name": QUEUE, "run_after": not_before or get_date_max(),
        },
    )  # fmt: skip
    return created


def publish_scheduled() -> None:
    """Publish and take down the pages whose hour has come, one worker at a time.

    Wagtail's own command ends at the first page that fails, and would do so again every minute: here each page stands
    for itself.
    """
    with transaction.atomic():
        Site.objects.select_for_update().order_by("pk").first()
        now = timezone.now()
        for page in list(Page.objects.live().filter(expire_at__lt=now).order_by("expire_at").specific()):
            _by_itself(page.pk, partial(page.unpublish, set_expired=True, log_action="wagtail.unpublish.scheduled"))
        versions = Revision.page_revisions.filter(approved_go_live_at__lt=now).order_by("approved_go_live_at")
        for version in list(versions):
            _by_itself(version.object_id, partial(version.publish, log_action="wagtail.publish.scheduled"))


def _by_itself(key: object, do: Callable[[], Any]) -> None:
    try:
        with transaction.atomic():
            do()
    except Exception:  # whatever is wrong with one page
        log.exception("Page %s could not be published or taken down at its hour; it is tried again.", key)


def prune(now: datetime.datetime) -> int:
    """Erase what is finished in the queue and old."""
    rows = DBTaskResult.objects.finished().filter(backend_name=QUEUE, finished_at__lte=now - KEPT)
    return rows.delete()[0]


def take_up_again(now: datetime.datetime) -> int:
    """Put back into the queue what failed not too often, and what a killed worker left; returns how much.

    Whether a killed worker had handed its letter to the mail server cannot be known: it may go out a second time, under
    the same Message-ID, by which mail programs know it. That is said in the log.
    """
    taken = 0
    for path, after in LOST_AFTER.items():
        lost = _rows(TaskResultStatus.RUNNING).filter(task_path__startswith=path, started_at__lte=now - after)
        for row in lost:
            if len(row.worker_ids) >= MOST_TRIES:  # it may be what killed them
                _same(row, TaskResultStatus.RUNNING).update(status=TaskResultStatus.FAILED, finished_at=now)
                said = "Task %s (%s) lost its worker %s times; it is given up."
                log.error(said, row.id, row.task_path, MOST_TRIES)
            elif _back(row, TaskResultStatus.RUNNING):
                said = "Task %s (%s) lost its worker and is done again; it may be done twice."
                log.warning(said, row.id, row.task_path)
                taken += 1
    for row in _rows(TaskResultStatus.FAILED).filter(finished_at__gt=now - KEPT):
        tries = len(row.worker_ids)
        wait = FIRST_WAIT * 2 ** (tries - 1)
        if tries < MOST_TRIES and row.finished_at and row.finished_at <= now - wait:
            taken += _back(row, TaskResultStatus.FAILED)
    return taken


def _rows(status: TaskResultStatus) -> Any:
    return DBTaskResult.objects.filter(backend_name=QUEUE, status=status)


def _back(row: DBTaskResult[Any, Any], status: TaskResultStatus) -> bool:
    """One row into the queue again; of two workers one does it."""
    return bool(_same(row, status).update(status=TaskResultStatus.READY, finished_at=None))


def _same(row: DBTaskResult[Any, Any], status: TaskResultStatus) -> Any:
    return _rows(status).filter(pk=row.pk, started_at=row.started_at)
