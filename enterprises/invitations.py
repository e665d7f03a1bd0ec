"""READER. Invitations to act for an enterprise: their links, what became of them, and how many there may be."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from django.core import signing
from django.db.models import TextChoices
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enterprises.models import Enterprise, Invitation
from gi_registry.models import User

SALT = "invitation"
LASTS = datetime.timedelta(days=7)
PAUSE = datetime.timedelta(minutes=10)  # between two mails to the same address
MOST_OPEN = 20
MOST_A_DAY = 50
DAY = datetime.timedelta(days=1)


class Fault(TextChoices):
    """Why an invitation cannot be taken any more."""

    USED = "used", gettext_lazy("This invitation has been taken already.")
    WITHDRAWN = "withdrawn", gettext_lazy("This invitation was withdrawn.")
    REPLACED = "replaced", gettext_lazy("This invitation was sent again: only the link in the newest mail works.")
    EXPIRED = "expired", gettext_lazy("This invitation is older than seven days and no longer works.")


@dataclass(frozen=True)
class Found:
    """The invitation that a link leads to, and why it cannot be taken, if it cannot."""

    invitation: Invitation
    fault: Fault | None


def token_for(invitation: Invitation) -> str:
    """What stands in the link. It holds the moment of sending, so that sending again ends older links."""
    return signing.dumps([invitation.pk, _moment(invitation)], salt=SALT)


def _moment(invitation: Invitation) -> str:
    return invitation.invited_at.astimezone(datetime.UTC).isoformat()


def by_token(token: str) -> Found | None:
    """What a link leads to; None for a text that is no link of ours."""
    try:
        pk, moment = signing.loads(token, salt=SALT)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    invitation = Invitation.objects.filter(pk=pk).select_related("enterprise").first()
    if invitation is None:
        return None
    return Found(invitation, _fault(invitation, moment))


def _fault(invitation: Invitation, moment: str) -> Fault | None:
    if invitation.withdrawn_at is not None:
        return Fault.WITHDRAWN
    if invitation.answered_at is not None:
        return Fault.USED
    if moment != _moment(invitation):
        return Fault.REPLACED
    return Fault.EXPIRED if has_expired(invitation) else None


def has_expired(invitation: Invitation) -> bool:
    """Whether the link of an invitation is too old."""
    return invitation.invited_at + LASTS < timezone.now()


def confirmed_addresses(user: User) -> set[str]:
    """The addresses that a person has confirmed, in small letters."""
    rows = user.emailaddress_set.filter(verified=True)  # type: ignore[attr-defined]
    return {address.lower() for address in rows.values_list("email", flat=True)}


def is_for(invitation: Invitation, user: User) -> bool:
    """Whether a person has confirmed the address that an invitation was sent to."""
    return invitation.email.lower() in confirmed_addresses(user)


def open_for(user: User) -> list[Invitation]:
    """Invitations that a person could take now."""
    rows = Invitation.objects.filter(answered_at=None, withdrawn_at=None, invited_at__gte=timezone.now() - LASTS)
    rows = rows.alias(address=Lower("email")).filter(address__in=confirmed_addresses(user))
    return list(rows.select_related("enterprise"))


def open_of(enterprise: Enterprise) -> list[Invitation]:
    """Invitations of an enterprise that nobody has answered, also those that are too old."""
    return list(enterprise.invitations.filter(answered_at=None, withdrawn_at=None).order_by("pk"))


def why_not(enterprise: Enterprise, email: str) -> str | None:
    """Why no mail goes to an address now: a sentence, or None."""
    if enterprise.memberships.filter(ended_at=None, user__email__iexact=email).exists():
        return _("Somebody with this address acts for the enterprise already.")
    now, waiting = timezone.now(), open_of(enterprise)
    earlier = next((row for row in waiting if row.email.lower() == email.lower()), None)
    if earlier is not None:
        if earlier.invited_at > now - PAUSE:
            return _("A mail went to this address a few minutes ago. It can be sent again after ten minutes; "
                     "until then look among the unwanted mails, too.")  # fmt: skip
        return None
    if len(waiting) >= MOST_OPEN:
        return _("{number} invitations are open already. Withdraw one that is no longer needed.").format(
            number=MOST_OPEN
        )
    if enterprise.invitations.filter(invited_at__gt=now - DAY).count() >= MOST_A_DAY:
        return _("{number} invitations were sent within a day. Please go on tomorrow.").format(number=MOST_A_DAY)
    return None


def masked(email: str) -> str:
    """An address of which only its owner can tell that it is meant: t***@e***."""
    name, _at, host = email.partition("@")
    return f"{name[:1]}***@{host[:1]}***"
