"""OUT. Tell officials that an objection waits for them. The mail names the objection and nothing of what it says."""

from __future__ import annotations

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.db.models import Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation

from gi_registry.models import Division, RoleAssignment
from gi_registry.roles import Role


def tell_officers(reference: str) -> None:
    """A new objection has come: the registry officers decide whether it is admitted."""
    _tell(reference, _addresses(Role.OFFICER, Q()), admitted=False)


def tell_reviewers(reference: str, division: Division) -> None:
    """An objection is admitted: the officials who prepared the case ask the applicant for the answer."""
    near = Q(division__in=[part.pk for part in division.lineage()])
    _tell(reference, _addresses(Role.REVIEWER, near), admitted=True)


def _addresses(role: Role, where: Q) -> list[str]:
    rows = RoleAssignment.objects.on(timezone.localdate()).filter(where, role=role).select_related("user")
    return sorted({row.user.email for row in rows if row.user.email})


def _tell(reference: str, addresses: list[str], *, admitted: bool) -> None:
    """One mail to each of them, after the change is stored; a mail server that is down hinders nothing."""
    transaction.on_commit(lambda: _mail(reference, addresses, admitted), robust=True)


def _mail(reference: str, addresses: list[str], admitted: bool) -> None:
    parts = []
    for language in ("zh-hans", "en"):
        with translation.override(language):
            link = settings.SITE_URL + reverse("enterprises:desk_objection", args=[reference])
            context = {"reference": reference, "link": link, "admitted": admitted}
            parts.append(render_to_string("emails/objection.txt", context))
    with translation.override("zh-hans"):
        if admitted:
            subject = translation.gettext("{reference} · An objection is to be answered").format(reference=reference)
        else:
            subject = translation.gettext("{reference} · An objection has arrived").format(reference=reference)
    for address in addresses:
        send_mail(subject, "\n\n".join(parts), None, [address])
