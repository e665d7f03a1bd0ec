"""OUT. Who is told of what: a notice in the register, and a mail after the change is stored.

Mails name the file and the step, nothing else: what was written stays behind the sign-in. They are in Chinese and
English, because the register does not keep which language a person reads.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.db.models import Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from enterprises.application_models import MarkApplication, Notice
from enterprises.models import Authorisation, Enterprise, Invitation, Membership
from enterprises.states import ApplicationState
from gi_registry.event_types import EventType
from gi_registry.models import Division, RoleAssignment, User
from gi_registry.roles import Role
from gi_registry.state_tables import Move

MESSAGE = "message"
# What is told of people who act for an enterprise; no application belongs to these notices.
PEOPLE = {
    "member_request": _("Somebody asks to act for your enterprise"),
    "member_accepted": _("You now act for the enterprise in this register"),
    "member_declined": _("Your request to act for an enterprise was not accepted"),
    "member_removed": _("You no longer act for the enterprise in this register"),
    "member_is_owner": _("The enterprise account was handed over to you"),
}
# What an enterprise asks of the office (labels, yearly reports), and what is proposed about an authorisation: who
# decides.
ASKED = {
    EventType.OUTPUT_STATED: Role.REVIEWER,
    EventType.BATCH_REQUESTED: Role.REVIEWER,
    EventType.USE_REPORT_SUBMITTED: Role.REVIEWER,
}
PROPOSED = {EventType.STOP_PROPOSED: Role.APPROVER, EventType.BATCH_PROPOSED: Role.APPROVER}
# Who has to know that a file has come into a state; the enterprise always does.
DESKS = {
    ApplicationState.SUBMITTED: Role.REVIEWER,
    ApplicationState.PROVINCIAL_REVIEW: Role.APPROVER,
    ApplicationState.NATIONAL_REVIEW: Role.OFFICER,
    ApplicationState.APPROVED: Role.OFFICER,
}


def tell_of_move(application: MarkApplication, move: Move) -> None:
    """Tell the enterprise, and the desk that has the file now."""
    people = members(application)
    if role := DESKS.get(ApplicationState(application.state)):
        people |= officials(role, application.division)
    if application.state == ApplicationState.WITHDRAWN and application.assigned_to is not None:
        people.add(application.assigned_to)
    _tell(application, str(move.event.value), people)


def tell_of_message(application: MarkApplication, *, from_enterprise: bool) -> None:
    """Tell the other side that a message is there."""
    if not from_enterprise:
        people = members(application)
    elif application.assigned_to is not None:
        people = {application.assigned_to}
    else:
        people = officials(DESKS.get(ApplicationState(application.state), Role.REVIEWER), application.division)
    _tell(application, MESSAGE, people)


def tell_of_authorisation(authorisation: Authorisation, event: EventType) -> None:
    """Tell the enterprise what happens to its authorisation, and of a proposal those who decide on it."""
    terms = authorisation.terms.select_related("application__division", "application__enterprise").last()
    if terms is None:  # decided elsewhere: nobody acts for the enterprise here
        return
    people = set() if event in ASKED else members(terms.application)
    if role := ASKED.get(event) or PROPOSED.get(event):
        people |= officials(role, terms.application.division)
    _tell(terms.application, str(event.value), people)


def members(application: MarkApplication) -> set[User]:
    """Those who act for the enterprise now."""
    rows = Membership.objects.current().filter(enterprise=application.enterprise_id).select_related("user")
    return {row.user for row in rows}


def officials(role: Role, division: Division | None) -> set[User]:
    """Those who hold a role today whose territory holds the division."""
    rows = RoleAssignment.objects.on(timezone.localdate()).filter(role=role).select_related("user")
    held = Q(division=None)
    if division is not None:
        held |= Q(division__in=[part.pk for part in division.lineage()])
    return {row.user for row in rows.filter(held)}


def _tell(application: MarkApplication, event: str, people: Iterable[User]) -> None:
    found = sorted(people, key=lambda user: user.pk)
    Notice.objects.bulk_create([Notice(user=user, application=application, event=event) for user in found])
    addresses = [user.email for user in found if user.email]
    # robust: a mail server that is down must not undo, or seem to undo, what was decided.
    transaction.on_commit(lambda: _mail(application, event, addresses), robust=True)


def _mail(application: MarkApplication, event: str, addresses: list[str]) -> None:
    """One mail to each address, so that nobody reads the others'."""
    if not addresses:
        return
    parts = []
    for language in ("zh-hans", "en"):
        with translation.override(language):
            context = {
                "application": application, "event": sentence(event), "site": settings.SITE_URL,
                "prefix": "/en" if language == "en" else "",
            }  # fmt: skip
            parts.append(render_to_string("emails/file_moved.txt", context))
    with translation.override("zh-hans"):
        subject = f"{application.reference} · {sentence(event)}"
    for address in addresses:
        send_mail(subject, "\n\n".join(parts), None, [address])


def sentence(event: str) -> str:
    """The words for an event of a notice."""
    if event == MESSAGE:
        return translation.gettext("A message is waiting for you")
    if event in PEOPLE:
        return str(PEOPLE[event])
    return str(EventType(event).label)


def mark_read(user: User) -> None:
    """Somebody has read what was waiting."""
    Notice.objects.filter(user=user, read_at=None).update(read_at=timezone.now())


# --- People who act for an enterprise ---


def tell_of_request(enterprise: Enterprise) -> None:
    """Tell the owner that somebody asks to act for the enterprise; the mail does not say who."""
    rows = Membership.objects.current().filter(enterprise=enterprise, role=Role.ENTERPRISE_OWNER)
    for row in rows.select_related("user"):
        tell_person(row.user, "member_request")


def tell_person(user: User, event: str) -> None:
    """Tell somebody one of the events in PEOPLE: a notice, and a mail that names no enterprise."""
    Notice.objects.create(user=user, event=event)
    if user.email:
        transaction.on_commit(lambda: _mail_about_people(user.email, event), robust=True)


def _mail_about_people(address: str, event: str) -> None:
    parts = []
    for language in ("zh-hans", "en"):
        with translation.override(language):
            context = {"event": sentence(event), "link": settings.SITE_URL + reverse("account_home")}
            parts.append(render_to_string("emails/people.txt", context))
    with translation.override("zh-hans"):
        subject = sentence(event)
    send_mail(subject, "\n\n".join(parts), None, [address])


def send_invitation(invitation: Invitation, token: str) -> None:
    """Mail the link of an invitation to the address that it is for, once the invitation is stored."""
    transaction.on_commit(lambda: _mail_invitation(invitation, token), robust=True)


def _mail_invitation(invitation: Invitation, token: str) -> None:
    parts = []
    for language in ("zh-hans", "en"):
        with translation.override(language):
            link = settings.SITE_URL + reverse("enterprises:portal_join", args=[token])
            context = {"enterprise": invitation.enterprise, "link": link}
            parts.append(render_to_string("emails/invitation.txt", context))
    with translation.override("zh-hans"):
        subject = translation.gettext("Invitation to act for {enterprise}").format(enterprise=invitation.enterprise)
    send_mail(subject, "\n\n".join(parts), None, [invitation.email])
