"""WRITER. Keys with which the programs of an organisation may ask more often. A key is shown once, when it is made.

A key is no legal fact: nothing of it stands in the journal. It opens nothing that is not public.
"""

from __future__ import annotations

import secrets

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from gi_registry.amendments import require
from gi_registry.api.keys import hash_of
from gi_registry.journal import Actor
from gi_registry.models import ApiKey
from gi_registry.moves import MoveRefused
from gi_registry.roles import Permission


@transaction.atomic
def issue(*, by: Actor, holder: str, note: str = "") -> tuple[ApiKey, str]:
    """A new key of an organisation, and its text, which is stored nowhere. Raises MoveRefused."""
    require(by, Permission.KEEP_REGISTER)
    holder = holder.strip()
    if not holder:
        raise MoveRefused("no_holder", _("A key needs the name of the organisation that holds it."))
    key = f"gir_{secrets.token_urlsafe(32)}"
    stored = ApiKey(holder=holder, note=note.strip(), hash=hash_of(key), issued_by=by.reference)
    stored.clean_fields()
    stored.save()
    return stored, key


@transaction.atomic
def end(number: int, *, by: Actor) -> ApiKey:
    """The key counts no longer; processes that have just used it forget it within a minute. Raises MoveRefused."""
    require(by, Permission.KEEP_REGISTER)
    key = ApiKey.objects.select_for_update().filter(pk=number).first()
    if key is None:
        raise MoveRefused("unknown", _("There is no key with this number."))
    if key.ended_at is not None:
        raise MoveRefused("ended_already", _("This key was ended before."))
    key.ended_at, key.ended_by = timezone.now(), by.reference
    key.save(update_fields=["ended_at", "ended_by"])
    return key
