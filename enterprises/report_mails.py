"""OUT. Tell officials that a suspect report waits. The mail names the report and nothing of what it says."""

from __future__ import annotations

from collections.abc import Iterable

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from gi_registry.models import User


def tell(reference: str, people: Iterable[User]) -> None:
    """One mail to each of them, after the report is stored; a mail server that is down hinders nothing."""
    addresses = sorted({person.email for person in people if person.email})
    transaction.on_commit(lambda: _mail(reference, addresses), robust=True)


def _mail(reference: str, addresses: list[str]) -> None:
    parts = []
    for language in ("zh-hans", "en"):
        with translation.override(language):
            link = settings.SITE_URL + reverse("enterprises:desk_reports")
            parts.append(render_to_string("emails/suspect_report.txt", {"reference": reference, "link": link}))
    with translation.override("zh-hans"):
        subject = translation.gettext("{reference} · A suspect report has arrived").format(reference=reference)
    for address in addresses:
        send_mail(subject, "\n\n".join(parts), None, [address])
