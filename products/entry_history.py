"""READER. What a name on an agreement list was on a date, and what reviewers have said of it so far.

Dated stages answer for their days. Before the first of them only a recorded first day of protection says anything;
nothing else about earlier days is made up.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable

from django.utils import timezone

from products.list_values import fingerprint
from products.models import AgreementEntry
from products.recognition_models import EntryStage
from products.states import EntryStatus


def status_on(
    entry: AgreementEntry, stages: Iterable[EntryStage], on: datetime.date | None = None
) -> EntryStatus | None:
    """The status on a date (default today); None where the register does not know.

    `stages`: those of the entry, in their order. A stage lasts until the day on which the next one begins, that day
    excluded; of two that begin on the same day the later entered one counts. Without stages the status is the one
    known today, for protection from its first day on.
    """
    on = on or timezone.localdate()
    if entry.left_out_on is not None and entry.left_out_on <= on:
        return None
    stages = list(stages)
    begun = [stage for stage in stages if stage.effective_from <= on]
    if begun:
        return EntryStatus(begun[-1].status)
    since = entry.protected_from
    if stages:
        return EntryStatus.PROTECTED if since is not None and since <= on else None
    if entry.status == EntryStatus.PROTECTED and not (since <= on if since else on >= timezone.localdate()):
        return None
    return EntryStatus(entry.status)


def review_seen(entry: AgreementEntry) -> str:
    """Fingerprint of what reviewers know of a name: who sends it back has decided on exactly this.

    Reads `refused_products`; lists prefetch them.
    """
    refused = sorted(product.pk for product in entry.refused_products.all())
    return fingerprint([entry.product_id, entry.suggested_id, refused])[:16]
