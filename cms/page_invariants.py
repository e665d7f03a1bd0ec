"""READER. What must be true of pages, pictures, files and followers together."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

from django.core.files.storage import FileSystemStorage, default_storage
from django.utils import timezone
from wagtail.models import Page, Revision

from cms.follow_models import Follow
from cms.media_models import RegisterDocument, RegisterImage
from gi_registry.models import JournalHead

# The worker publishes every minute.
LATE = datetime.timedelta(hours=1)


def pictures_and_files_are_there() -> Iterator[str]:
    """Every picture and file of the editors lies in the media folder; an object store is not asked one by one."""
    if not isinstance(default_storage, FileSystemStorage):
        return
    for kind, rows in (("Picture", RegisterImage.objects.all()), ("File", RegisterDocument.objects.all())):
        for pk, name in rows.values_list("pk", "file").order_by("pk").iterator():
            if not default_storage.exists(name):
                yield f"{kind} {pk}: {name} is missing on the disk."


def what_was_scheduled_has_happened() -> Iterator[str]:
    """Pages that were to appear or to go more than an hour ago have done so; else the worker stands still."""
    before = timezone.now() - LATE
    for revision in Revision.page_revisions.filter(approved_go_live_at__lt=before):
        yield f"Page {revision.object_id}: it was to be published at {revision.approved_go_live_at:%Y-%m-%d %H:%M} UTC."
    for page in Page.objects.filter(live=True, expire_at__lt=before):
        yield f"Page {page.pk}: it was to be withdrawn at {page.expire_at:%Y-%m-%d %H:%M} UTC."


def followers_are_told_what_happened() -> Iterator[str]:
    """Nobody was told of entries of the journal that there are not."""
    head = JournalHead.objects.values_list("sequence", flat=True).first() or 0
    for pk in Follow.objects.filter(told_until__gt=head).values_list("pk", flat=True):
        yield f"Follow {pk}: told of entries that the journal does not have."


RULES = (pictures_and_files_are_there, what_was_scheduled_has_happened, followers_are_told_what_happened)
