"""WRITER. A new master key: every secret in the database is sealed anew, in one transaction. Codes stay as they are."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from enterprises import label_keys
from enterprises.label_models import LabelBatch
from enterprises.scan_models import MonthKey
from gi_registry import journal, webhooks
from gi_registry.event_types import EventType
from gi_registry.journal import Actor, Event, Subject

AT_ONCE = 500


@transaction.atomic
def reseal(*, by: Actor) -> int:
    """Seal what is sealed under another than the first master key; returns how many secrets that were.

    Raises SealBroken where one does not open; nothing is changed then. Batches that are issued meanwhile are sealed
    under the key of the process that issues them: restart those first, then rotate, then remove the old key.
    """
    current = label_keys.current_key_id()
    count = 0
    for batch in LabelBatch.objects.with_codes().exclude(key_id=current).order_by("pk").iterator(chunk_size=AT_ONCE):
        count += _reseal(batch, "secret", f"batch:{batch.pk}")
    for month in MonthKey.objects.exclude(key_id=current):
        count += _reseal(month, "key", f"month:{month.month}")
    count += webhooks.reseal()
    if count:
        subject = Subject("master_key", str(current), str(current))
        journal.record(Event(EventType.MASTER_KEY_ROTATED, subject, {"secrets": count}), by=by)
    return count


def _reseal(row: Any, column: str, name: str) -> bool:
    secret = label_keys.unseal(row.key_id, getattr(row, column), name)
    key_id, sealed = label_keys.seal(secret, name)
    # Only if nobody else sealed it meanwhile.
    rows = type(row)._default_manager.filter(pk=row.pk, key_id=row.key_id)
    return bool(rows.update(**{"key_id": key_id, column: sealed}))
