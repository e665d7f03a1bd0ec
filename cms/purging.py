"""EDGE. A CDN in front (`GI_CDN_BACKEND`) forgets what has changed: records by the journal, pages by Wagtail's log.

Each round of the worker looks what is new since the last one and asks the CDN to forget those addresses. Best effort:
what it misses runs out by itself (`gi_registry/edge_cache.py`). No page that somebody waits for does any of this.
"""

from __future__ import annotations

import datetime
import logging
import threading

from django.conf import settings
from django.urls import translate_url
from django_tasks import task
from wagtail.contrib.frontend_cache.utils import get_backends
from wagtail.models import Page, PageLogEntry

from cms.tasks import QUEUE
from gi_registry.journal_pages import subject_address
from gi_registry.models import JournalEntry

log = logging.getLogger(__name__)

LOOK_BACK = datetime.timedelta(minutes=5)  # of a worker that has just begun; nothing is kept for longer
WAIT = 20.0  # seconds; the backends themselves have no limit, and letters wait in the same queue
MOST = 1000  # addresses of one round; after a load of everything the rest runs out by itself
PUBLISHING = ("wagtail.publish", "wagtail.unpublish", "wagtail.publish.scheduled", "wagtail.unpublish.scheduled")

_since: dict[str, datetime.datetime] = {}  # "at": until when this process has looked


@task(backend=QUEUE)
def purge(addresses: list[str]) -> None:
    """Ask the CDN to forget addresses; says in the log what it could not."""

    def ask() -> None:
        try:
            for backend in get_backends().values():
                backend.purge_batch(addresses)
        except Exception:  # each backend has errors of its own
            log.exception("The CDN was not told of %s addresses.", len(addresses))

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(WAIT)
    if asking.is_alive():
        log.warning("The CDN did not answer within %s seconds.", WAIT)


def purge_changed(now: datetime.datetime) -> int:
    """Queue what has changed since the last round; returns how many addresses."""
    if not settings.WAGTAILFRONTENDCACHE:
        return 0
    since, _since["at"] = _since.get("at", now - LOOK_BACK), now
    addresses = sorted(changed(since - datetime.timedelta(seconds=30)))[:MOST]  # long transactions end later
    if addresses:
        purge.enqueue(addresses)
    return len(addresses)


def changed(since: datetime.datetime) -> set[str]:
    """Full addresses, in both languages, of records and pages that changed."""
    paths = set()
    for entry in JournalEntry.objects.filter(recorded_at__gte=since).order_by("-sequence")[:MOST]:
        if path := subject_address(entry):
            paths |= {path, translate_url(path, "en"), translate_url(path, "zh-hans")}
    keys = PageLogEntry.objects.filter(timestamp__gte=since, action__in=PUBLISHING).values_list("page", flat=True)
    for page in Page.objects.filter(pk__in=keys).specific():
        if path := page.get_url():
            paths.add(path)
    return {path if "://" in path else settings.SITE_URL + path for path in paths}
