"""WRITER. Who follows what by e-mail: asked, confirmed, told, erased.

None of it is a legal fact and none of it is public: it leaves no entry in the journal, and the one who acts is known by
the secret of a link alone. What is over is erased, not kept.
"""

from __future__ import annotations

import datetime

from django.db import transaction
from django.utils import timezone

from cms import follow_news, tasks
from cms.follow_words import KEPT_UNCONFIRMED, Followed, Window, last_due, new_name
from cms.models import Follow, Rhythm
from gi_registry.models import JournalHead

MOST = 100  # things that one address follows: a letter asks the register about each of them


@transaction.atomic
def ask(followed: Followed, *, email: str, rhythm: str, language: str) -> None:
    """Somebody wants letters to an address: keep it, and have a letter written that asks its owner.

    Whoever asks again before it is confirmed changes rhythm and language; afterwards nothing, for it may be somebody
    else who asks.
    """
    row, created = Follow.objects.get_or_create(
        email=email.lower(), kind=followed.kind, key=followed.key,
        defaults={"rhythm": rhythm, "language": language, "token": new_name()},
    )  # fmt: skip
    if not created:
        waiting = Follow.objects.filter(pk=row.pk, confirmed_at=None)
        waiting.update(rhythm=rhythm, language=language, asked_at=timezone.now())
    tasks.send_ask.enqueue(row.pk)


@transaction.atomic
def confirm(row: Follow) -> bool:
    """The owner of the address wants it: from now on it is told what is new. Confirming twice changes nothing.

    Returns False where the address follows as much as one may: it waits until something else is ended.
    """
    if Follow.objects.filter(email=row.email, confirmed_at__isnull=False).exclude(pk=row.pk).count() >= MOST:
        return False
    Follow.objects.filter(pk=row.pk, confirmed_at=None).update(
        confirmed_at=timezone.now(), told_at=timezone.now(), told_until=_journal_ends_at()
    )
    return True


def set_rhythm(row: Follow, *, key: int, rhythm: str) -> None:
    """Change how often one of the things that an address follows is told of. `row` proves whose it is."""
    Follow.objects.filter(pk=key, email=row.email, confirmed_at__isnull=False).update(rhythm=Rhythm(rhythm))


def stop(row: Follow, *, key: int | None = None) -> None:
    """End one of the things that the address of a row follows (the row's own, unless `key` says otherwise)."""
    Follow.objects.filter(pk=key or row.pk, email=row.email).delete()


def stop_all(row: Follow) -> None:
    """End everything that the address of a row follows or was asked for."""
    Follow.objects.filter(email=row.email).delete()


def stop_letters(row: Follow) -> None:
    """End the letter that a row belongs to: all that its address follows in the same rhythm.

    An address that was never confirmed gets no letters: then the row alone is erased.
    """
    if row.confirmed_at is None:
        return stop(row)
    Follow.objects.filter(email=row.email, rhythm=row.rhythm, confirmed_at__isnull=False).delete()


def erase_unconfirmed(now: datetime.datetime) -> int:
    """Erase what nobody confirmed in time; returns how many."""
    return Follow.objects.filter(confirmed_at=None, asked_at__lte=now - KEPT_UNCONFIRMED).delete()[0]


# --- Letters


def queue_letters(now: datetime.datetime) -> int:
    """Queue the letters that are due by a moment; returns how many. An hour that was missed is caught up."""
    queued = 0
    for rhythm in Rhythm:
        due = last_due(rhythm, now)
        waiting = Follow.objects.filter(confirmed_at__isnull=False, rhythm=rhythm, told_at__lt=due)
        for email in list(waiting.order_by("email").values_list("email", flat=True).distinct()):
            queued += _queue_letter(email, rhythm, due, now)
    return queued


@transaction.atomic
def _queue_letter(email: str, rhythm: str, due: datetime.datetime, now: datetime.datetime) -> bool:
    """Move what one address has been told and queue its letter, together or not at all.

    The rows are held: a second worker that comes at the same moment waits, and then finds nothing due.
    """
    waiting = Follow.objects.filter(email=email, rhythm=rhythm, confirmed_at__isnull=False, told_at__lt=due)
    rows = list(waiting.select_for_update().order_by("pk"))
    until = _journal_ends_at()
    windows = {row.pk: Window(row.told_until, until, row.told_at, now) for row in rows if row.told_at}
    Follow.objects.filter(pk__in=list(windows)).update(told_until=until, told_at=now)
    if not any(follow_news.any_news(window) for window in windows.values()):
        return False
    tasks.send_letter.enqueue([(key, window.as_json()) for key, window in windows.items()])
    return True


def _journal_ends_at() -> int:
    """The last entry of the journal. Entries become visible in their order, so that none before it can still come."""
    return JournalHead.objects.values_list("sequence", flat=True).first() or 0
