"""WRITER. Who is told of changes at an address of its own: entered, paused, ended; its secret made anew.

Operation and no legal fact: the row keeps who changed it and when, the journal nothing.
"""

from __future__ import annotations

import base64
import logging
import secrets
import uuid
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from gi_registry import outgoing, sealing
from gi_registry.event_types import EventType
from gi_registry.journal import Actor
from gi_registry.models import JournalHead
from gi_registry.roles import Permission
from gi_registry.state_tables import MoveRefused
from gi_registry.webhook_models import Webhook, WebhookState

log = logging.getLogger(__name__)

PREFIX = "whsec_"  # by which programs know a secret of this kind
_OPEN = (WebhookState.WAITING, WebhookState.ACTIVE)


@transaction.atomic
def enter(*, by: Actor, nonce: uuid.UUID, holder: str, url: str, kinds: Sequence[str] = ()) -> tuple[Webhook, str]:
    """A new address, told of everything from now on once it has confirmed; and its secret, which is shown once.

    Sent a second time it is the same one, and the secret is ''. Raises MoveRefused.
    """
    _ask(by)
    if known := Webhook.objects.filter(nonce=nonce).first():
        return known, ""
    check_address(url)
    check_kinds(kinds)
    secret = secrets.token_bytes(sealing.KEY_BYTES)
    key_id, sealed = sealing.seal(secret, _bound_to(nonce))
    head = JournalHead.objects.values_list("sequence", flat=True).first() or 0
    row = Webhook(
        nonce=nonce, holder=holder.strip(), url=url, kinds=list(kinds), key_id=key_id, secret=sealed, cursor=head,
        challenge=secrets.token_urlsafe(32), created_by=by.reference, changed_by=by.reference,
    )  # fmt: skip
    row.full_clean(exclude=["secret"])
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:  # the same form, a moment ago
        return Webhook.objects.get(nonce=nonce), ""
    log.info("Webhook %s was entered by %s.", row.pk, by.reference)
    return row, _text(secret)


def pause(row: Webhook, *, by: Actor) -> None:
    """Send nothing for a while; what happens meanwhile is sent later. Raises MoveRefused."""
    _move(row, _OPEN, by, state=WebhookState.PAUSED, failing_since=None)


def resume(row: Webhook, *, by: Actor) -> None:
    """Go on where it stopped, or ask for the confirmation again. Raises MoveRefused."""
    state = WebhookState.ACTIVE if row.confirmed_at else WebhookState.WAITING
    _move(row, (WebhookState.PAUSED,), by, state=state, failing_since=None, failures=0, due_at=timezone.now())


def try_now(row: Webhook, *, by: Actor) -> None:
    """Do not wait for the next try. Raises MoveRefused."""
    _move(row, _OPEN, by, due_at=timezone.now())


def end(row: Webhook, *, by: Actor) -> None:
    """Send nothing any more, for ever; the secret is erased. Raises MoveRefused."""
    _move(row, (*_OPEN, WebhookState.PAUSED), by, state=WebhookState.ENDED, secret=b"", challenge="")


def renew_secret(row: Webhook, *, by: Actor) -> str:
    """Another secret, with which everything from now on is signed; it is shown once. Raises MoveRefused."""
    secret = secrets.token_bytes(sealing.KEY_BYTES)
    key_id, sealed = sealing.seal(secret, _bound_to(row.nonce))
    _move(row, (*_OPEN, WebhookState.PAUSED), by, key_id=key_id, secret=sealed)
    return _text(secret)


def reseal() -> int:
    """Seal every secret under the first master key; in the transaction of who asks. Raises SealBroken."""
    count, current = 0, sealing.current_key_id()
    for row in Webhook.objects.exclude(key_id=current).exclude(state=WebhookState.ENDED):
        key_id, sealed = sealing.seal(secret_of(row), _bound_to(row.nonce))
        count += Webhook.objects.filter(pk=row.pk, key_id=row.key_id).update(key_id=key_id, secret=sealed)
    return count


def secret_of(row: Webhook) -> bytes:
    """The secret itself. Raises SealBroken."""
    return sealing.unseal(row.key_id, row.secret, _bound_to(row.nonce), f"webhook:{row.pk}")


def check_address(url: str) -> None:
    """Refuse at once what could never be asked; where its name leads is looked at with each sending."""
    try:
        outgoing.target(url, loopback=settings.WEBHOOKS_TO_LOOPBACK)
    except outgoing.Failed:
        words = _("Write a public address that begins with https://, on port 443 or 8443, without name or password.")
        raise MoveRefused("wrong_address", words) from None


def check_kinds(kinds: Sequence[str]) -> None:
    """Refuse kinds of event that the register does not know."""
    families = {value.partition(".")[0] + ".*" for value in EventType.values}
    if unknown := [one for one in kinds if one not in EventType.values and one not in families]:
        words = _("No kind of event is called so: {names}").format(names=", ".join(unknown)[:200])
        raise MoveRefused("wrong_kind", words)


def _move(row: Webhook, states: Sequence[str], by: Actor, **values: Any) -> None:
    _ask(by)
    changed = {"changed_at": timezone.now(), "changed_by": by.reference}
    # The version of the row that was looked at: of two officers one wins.
    rows = Webhook.objects.filter(pk=row.pk, state__in=states, changed_at=row.changed_at)
    if not rows.update(**values, **changed):
        words = _("Somebody was faster, or this step is not possible now. The page shows how it stands.")
        raise MoveRefused("someone_was_faster", words)
    log.info("Webhook %s was changed by %s: %s.", row.pk, by.reference, ", ".join(sorted(values)))


def _ask(by: Actor) -> None:
    if not by.has(Permission.KEEP_WEBHOOKS):
        raise MoveRefused("not_permitted", _("Only an officer of the registry keeps webhooks."))


def _bound_to(nonce: uuid.UUID) -> bytes:
    return f"gi-webhook/1:{nonce.hex}".encode()


def _text(secret: bytes) -> str:
    return PREFIX + base64.b64encode(secret).decode()
