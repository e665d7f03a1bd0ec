"""EDGE. The files of open data as the worker makes them: once a night, or as soon as it is there again."""

import datetime

from django.utils import timezone
from django_tasks import task

from cms import chores
from cms.tasks import QUEUE
from enterprises.open_sets import DATASETS
from gi_registry import open_writing

HOUR = 2  # of the register's time zone
WAIT = datetime.timedelta(minutes=1)  # at the first start there is more urgent work


@task(backend=QUEUE, priority=-20)
def write_open_data() -> None:
    """Make all files anew."""
    open_writing.write(DATASETS)


def queue_files(now: datetime.datetime) -> None:
    """Have the files made for the night before a moment, unless they were."""
    chores.once(write_open_data, night_before(now), timezone.now() + WAIT)


def night_before(now: datetime.datetime) -> datetime.datetime:
    """The hour for which files are to be there at a moment: a night without a worker is made up for."""
    local = timezone.localtime(now)
    night = local.replace(hour=HOUR, minute=0, second=0, microsecond=0)
    return night if night <= local else night - datetime.timedelta(days=1)
