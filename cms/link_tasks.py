"""EDGE. The check of links that lead elsewhere, as the worker does it: at night, some at a time, each once a week."""

import datetime

from django.utils import timezone
from django_tasks import task

from cms import link_checks
from cms.tasks import QUEUE

NIGHT = range(1, 6)  # hours of the register's time zone in which addresses are asked
AT_A_TIME = 25  # addresses: a silent one costs some seconds, and letters do not wait for long


@task(backend=QUEUE, priority=-10)
def check_links() -> None:
    """Ask some of the addresses outside of the register that pages name; which ones, `link_checks` knows."""
    link_checks.check_links(AT_A_TIME)


def night_of(now: datetime.datetime) -> datetime.datetime | None:
    """The hour for which a check is to be queued, None by day. A night that was missed is no loss."""
    local = timezone.localtime(now)
    return local.replace(minute=0, second=0, microsecond=0) if local.hour in NIGHT else None
