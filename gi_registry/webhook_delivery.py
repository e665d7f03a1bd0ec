"""WRITER. Sends changes to webhooks, from the journal: in order, at least once, signed.

What is sent is stored as "up to this entry" before it is sent, and counts as told after the answer: whoever is killed
between them sends the same body again under the same number. No transaction is open while somebody is asked.
"""

from __future__ import annotations

import base64
import datetime
import hashlib
import hmac
import json
import logging
import time
from typing import Any

from django.conf import settings
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from gi_registry import outgoing, webhooks
from gi_registry.journal_pages import public_address
from gi_registry.models import JournalEntry, JournalHead
from gi_registry.open_sets import as_told
from gi_registry.outgoing import Failed, Fault
from gi_registry.sealing import SealBroken
from gi_registry.webhook_models import Webhook, WebhookState

log = logging.getLogger(__name__)

AT_ONCE = 100  # entries in one message
LEASE = datetime.timedelta(minutes=2)  # for which one worker has a webhook for itself; longer than any request
FIRST_WAIT, LONGEST_WAIT = datetime.timedelta(minutes=1), datetime.timedelta(hours=12)
GIVEN_UP_AFTER = datetime.timedelta(days=3)
ROUND = 40.0  # seconds of a round of the worker, which has other work too


def deliver_due() -> int:
    """Send what is due, as far as one round reaches; returns how many messages were taken."""
    end, sent = time.monotonic() + ROUND, 0
    head = JournalHead.objects.values_list("sequence", flat=True).first() or 0
    behind = Q(state=WebhookState.ACTIVE, cursor__lt=head) | Q(state=WebhookState.WAITING)
    due = Webhook.objects.filter(behind, due_at__lte=timezone.now()).order_by("due_at", "pk")
    for key in list(due.values_list("pk", flat=True)):
        while time.monotonic() < end and _one(key):
            sent += 1
    return sent


def _one(key: int) -> bool:
    """One message to one webhook, by one worker; whether it was taken."""
    now = timezone.now()
    free = Webhook.objects.filter(pk=key, due_at__lte=now, state__in=(WebhookState.WAITING, WebhookState.ACTIVE))
    if not free.update(due_at=now + LEASE):
        return False
    row = Webhook.objects.get(pk=key)
    try:
        if row.state == WebhookState.WAITING:
            return _confirm(row)
        return _tell(row)
    except Failed as failure:
        _failed(row, failure)
    except SealBroken as fault:
        log.error("Webhook %s cannot be signed: %s", row.pk, fault)
    return False


def _confirm(row: Webhook) -> bool:
    """Send the challenge; who holds the address sends it back."""
    body = _json({"type": "webhook.confirm", "data": {"challenge": row.challenge}})
    answer = _send(row, f"confirm_{row.nonce.hex}", body, wants_answer=True)
    try:
        told = json.loads(answer)
    except ValueError:
        told = answer.decode("ascii", "replace").strip()
    echo = told.get("challenge") if isinstance(told, dict) else told
    if not hmac.compare_digest(str(echo).encode(), row.challenge.encode()):
        raise Failed(Fault.ECHO)
    return _done(row, state=WebhookState.ACTIVE, confirmed_at=timezone.now())


def _tell(row: Webhook) -> bool:
    """Send the next entries, or the same ones again where it is not known whether they arrived."""
    if row.until is None:
        head = JournalHead.objects.values_list("sequence", flat=True).first() or 0
        found = list(_wanted(row, head))
        if not found:  # nothing of what it wants
            _done(row, cursor=head)
            return False
        row.until = found[-1].sequence if len(found) == AT_ONCE else head
        if not _mine(row).update(until=row.until):  # it was paused or ended in this moment
            return False
    else:
        found = list(_wanted(row, row.until))
    body = _json({
        "type": "register.changed",
        "timestamp": found[-1].recorded_at.astimezone(datetime.UTC).isoformat(),
        "data": {
            "after": row.cursor, "until": row.until,
            "entries": [{"entry": as_told(one), "address": public_address(one)} for one in found],
        },
    })  # fmt: skip
    _send(row, f"{row.nonce.hex}_{row.cursor}_{row.until}", body)
    return _done(row, cursor=row.until, until=None, delivered_at=timezone.now())


def _wanted(row: Webhook, until: int) -> QuerySet[JournalEntry]:
    rows = JournalEntry.objects.filter(sequence__gt=row.cursor, sequence__lte=until)
    if row.kinds:
        wanted = Q(event_type__in=row.kinds)
        for one in row.kinds:
            if one.endswith(".*"):
                wanted |= Q(event_type__startswith=one[:-1])
        rows = rows.filter(wanted)
    return rows.order_by("sequence")[:AT_ONCE]


def signature(secret: bytes, message: str, timestamp: str, body: bytes) -> str:
    """The signature of Standard Webhooks: HMAC-SHA256 over number, time and body with dots between them."""
    digest = hmac.digest(secret, f"{message}.{timestamp}.".encode() + body, hashlib.sha256)
    return f"v1,{base64.b64encode(digest).decode()}"


def _send(row: Webhook, message: str, body: bytes, *, wants_answer: bool = False) -> bytes:
    timestamp = str(int(time.time()))
    headers = {
        "Content-Type": "application/json",
        "User-Agent": f"gi-register (+{settings.SITE_URL}/open-data/)",
        "Webhook-Id": message,
        "Webhook-Timestamp": timestamp,
        "Webhook-Signature": signature(webhooks.secret_of(row), message, timestamp, body),
    }
    return outgoing.post(
        row.url, body, headers, wants_answer=wants_answer, loopback=settings.WEBHOOKS_TO_LOOPBACK
    )


def _mine(row: Webhook) -> QuerySet[Webhook]:
    """The row as it was claimed: not where an officer has ended or paused it, or another worker went on."""
    return Webhook.objects.filter(pk=row.pk, state=row.state, cursor=row.cursor, due_at=row.due_at)


def _done(row: Webhook, **values: Any) -> bool:
    clean = {"failures": 0, "failing_since": None, "fault": "", "fault_status": None, "due_at": timezone.now()}
    return bool(_mine(row).update(**values, **clean))


def _failed(row: Webhook, failure: Failed) -> None:
    now = timezone.now()
    since = row.failing_since or now
    wait = min(FIRST_WAIT * 2 ** min(row.failures, 12), LONGEST_WAIT)
    over = {"state": WebhookState.PAUSED} if now - since >= GIVEN_UP_AFTER else {}
    _mine(row).update(
        failures=F("failures") + 1, failing_since=since, fault=failure.fault, fault_status=failure.status,
        due_at=now + wait, **over,
    )  # fmt: skip
    log.warning("Webhook %s: %s%s.", row.pk, failure.fault.value, "; it is paused" if over else "")


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
