"""`manage.py work`: the worker beside the server. It sends letters and does what is due by the clock."""

import datetime
import logging
import os
import signal
import threading
import time
from argparse import ArgumentParser
from collections.abc import Callable
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import close_old_connections
from django.utils import dateparse, timezone
from django.utils.crypto import get_random_string
from django_tasks_db.management.commands.db_worker import Worker
from django_tasks_db.models import DBTaskResult
from django_tasks_db.utils import exclusive_transaction

from cms import chores, following, purging
from cms.link_tasks import check_links, night_of
from cms.open_data_tasks import queue_files
from cms.tasks import QUEUE
from enterprises import last_known, scan_partitions
from gi_registry import operation_notes, webhook_delivery

log = logging.getLogger(__name__)

LOOK = 1.0  # seconds between two looks into the queue
ROUND = 60.0  # seconds between two rounds of chores
SIGN = 10.0  # seconds between two signs of life
LAST_WORDS = 20.0  # seconds that a task has to finish once the server is gone


class Command(BaseCommand):
    help = "Send what is queued, and do what is due by the clock: letters, scheduled pages, checks of links."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="do what is due now and end")
        parser.add_argument(
            "--as-of", metavar="TIME", help="with --once, for trying out: as if it were that time (2026-11-30T07:00)"
        )
        parser.add_argument(
            "--beside", metavar="PID", type=int, help="end when this process, which has started the worker, ends"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        self.worker = Worker(
            queue_names=["*"], excluded_queue_names=[], interval=0, batch=True, backend_name=QUEUE,
            startup_delay=False, max_tasks=None, worker_id=get_random_string(32),
        )  # fmt: skip
        self.ended = threading.Event()
        if options["once"]:
            chores_due(self._moment(options["as_of"]))
            self._empty_the_queue()
            return
        if options["as_of"]:
            raise CommandError("--as-of is for --once: a clock that stands still is no clock.")
        self._listen(options["beside"])
        self._go_on()

    def _moment(self, text: str | None) -> datetime.datetime:
        if not text:
            return timezone.now()
        if settings.PRODUCTION:
            raise CommandError("--as-of tells followers too early; not in production.")
        try:
            moment = dateparse.parse_datetime(text if "T" in text else f"{text}T23:59")
        except ValueError:  # a day that no month has
            moment = None
        if moment is None:
            raise CommandError("Write the time like 2026-11-30 or 2026-11-30T07:00.")
        return timezone.make_aware(moment) if timezone.is_naive(moment) else moment

    # --- Going on, and ending

    def _go_on(self) -> None:
        next_round = next_sign = 0.0
        while not self.ended.is_set():
            close_old_connections()
            if time.monotonic() >= next_sign:
                next_sign = time.monotonic() + SIGN
                operation_notes.write(operation_notes.WORKER, process=os.getpid())
            try:
                if time.monotonic() >= next_round:
                    next_round = time.monotonic() + ROUND
                    chores_due(timezone.now())
                self._empty_the_queue()
            except Exception:  # the database may be away for a while
                log.exception("The worker could not look into its queue; it tries again.")
                self.ended.wait(10 * LOOK)
            self.ended.wait(LOOK)

    def _empty_the_queue(self) -> None:
        """Do what waits, one after the other."""
        while not self.ended.is_set() and (task := self._taken()) is not None:
            self.worker.run_task(task)

    def _taken(self) -> Any:
        """The next task, marked as this worker's; None where none waits. Looking locks nothing, taking does."""
        waiting = DBTaskResult.objects.ready().filter(backend_name=QUEUE)
        if not waiting.exists():
            return None
        with exclusive_transaction(waiting.db):
            task = waiting.get_locked()
            if task is not None:
                task.claim(self.worker.worker_id)
        return task

    def _listen(self, beside: int | None) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):  # said explicitly: a shell starts a job deaf to Ctrl-C
            signal.signal(number, self._end)
        if beside:
            threading.Thread(target=self._watch, args=(beside,), daemon=True).start()

    def _end(self, number: int = 0, frame: FrameType | None = None) -> None:
        """Finish the task in hand, then end; asked twice, end at once."""
        if self.ended.is_set() and number:
            os._exit(1)
        self.ended.set()

    def _watch(self, parent: int) -> None:
        while os.getppid() == parent:
            time.sleep(LOOK / 2)
        self._end()
        time.sleep(LAST_WORDS)
        os._exit(1)  # what was in hand is taken up again by the next worker


def chores_due(now: datetime.datetime) -> None:
    """All that is due by a moment; one that fails hinders no other and is tried again in the next round."""
    night = night_of(now)
    due: list[tuple[str, Callable[[], Any]]] = [
        ("scheduled pages", chores.publish_scheduled),
        ("letters to followers", lambda: following.queue_letters(now)),
        ("erasing what nobody confirmed", lambda: following.erase_unconfirmed(now)),
        ("the months of scans ahead", lambda: scan_partitions.ensure_months(timezone.localdate())),
        ("what answers about labels need while the database is away", lambda: last_known.keep(timezone.now())),
        ("taking up lost tasks", lambda: chores.take_up_again(timezone.now())),
        ("files of open data", lambda: queue_files(now)),
        ("telling the CDN what has changed", lambda: purging.purge_changed(timezone.now())),
        ("telling webhooks of changes", webhook_delivery.deliver_due),
        ("pruning the queue", lambda: chores.prune(timezone.now())),
    ]
    if night:
        due.append(("checking links", lambda: chores.once(check_links, night)))
    for name, do in due:
        try:
            do()
        except Exception:
            log.exception("The worker failed at: %s.", name)
