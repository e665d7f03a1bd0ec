"""WRITER. What the worker does later. The rows of the queue name rows of followers, never an address.

A letter is collected anew from the journal when it is sent, which gives the same each time: the journal only grows, and
the queue holds from which entry to which.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.utils import translation
from django_tasks import TaskContext, task

from cms import follow_facts, follow_mails, follow_news
from cms.follow_words import Window
from cms.models import Follow

# The database backend: these rows are stored in the transaction of what they belong to.
QUEUE = "queue"


@task(backend=QUEUE)
def send_ask(key: int) -> None:
    """Write to an address that somebody gave; nothing where the row is erased by now."""
    row = Follow.objects.filter(pk=key).first()
    if row is None:
        return
    with translation.override(row.language):
        followed = follow_facts.find(row.kind, row.key)
    if followed is not None:
        follow_mails.send_ask(row, followed)


@task(backend=QUEUE, takes_context=True)
def send_letter(context: TaskContext, windows: Sequence[tuple[int, Sequence[int | str]]]) -> None:
    """One letter to one address with what is new for its rows; who has ended one since is not told of it."""
    rows = Follow.objects.filter(confirmed_at__isnull=False).in_bulk([key for key, _written in windows])
    told = [(rows[key], Window.from_json(written)) for key, written in windows if key in rows]
    if not told:
        return
    newest = max((row for row, _window in told), key=lambda row: row.pk)
    with translation.override(newest.language):
        sections = follow_news.sections(told)
        if sections:
            follow_mails.send_letter(told[0][0], sections, str(context.task_result.id))
