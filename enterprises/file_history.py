"""READER. The history of one file in plain sentences, for the desk and the portal alike.

It rests on the journal: what happened, when, and in which role; never which person, never what was written.
"""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from enterprises.authorisation_facts import Line
from enterprises.states import ApplicationState, DocumentKind, SiteResult
from gi_registry.event_types import EventType
from gi_registry.models import Division, JournalEntry
from gi_registry.roles import Role

KINDS = {
    EventType.APPLICATION_DEFECTS_NOTIFIED: "look",
    EventType.APPLICATION_APPROVED: "live",
    EventType.APPLICATION_ANNOUNCED: "live",
    EventType.APPLICATION_NOT_ACCEPTED: "stopped",
    EventType.APPLICATION_REFUSED: "stopped",
    EventType.APPLICATION_SET_ASIDE: "stopped",
    EventType.APPLICATION_WITHDRAWN: "stopped",
}
OF_ENTERPRISE = (Role.ENTERPRISE_OWNER, Role.ENTERPRISE_OPERATOR)


def sentences(reference: str) -> list[Line]:
    """What happened to the file, the oldest first. Two queries, however long the history is."""
    entries = list(JournalEntry.objects.about("application", reference).order_by("sequence"))
    codes = {entry.actor_division for entry in entries} | {entry.payload.get("division", "") for entry in entries}
    places = {row.code: _name(row) for row in Division.objects.current().filter(code__in=codes - {""})}
    return [_line(entry, places) for entry in entries]


def _name(division: Division) -> str:
    return division.name_zh if (get_language() or "zh").startswith("zh") else division.name_en


def _line(entry: JournalEntry, places: dict[str, str]) -> Line:
    recorded = timezone.localdate(entry.recorded_at)
    facts = [_who(entry, places), _detail(entry, places)]
    if entry.effective_on and entry.effective_on != recorded:
        facts.append(_("counts from {date}").format(date=entry.effective_on.isoformat()))
    text = " · ".join(fact for fact in facts if fact)
    return Line(recorded, _title(entry), text, kind=KINDS.get(entry.event_type, ""))  # type: ignore[call-overload]


def _title(entry: JournalEntry) -> str:
    if entry.payload.get("to") == ApplicationState.NATIONAL_REVIEW:
        return _("The province passed the file on to the national authority")
    return str(entry.get_event_type_display())


def _who(entry: JournalEntry, places: dict[str, str]) -> str:
    """The role and its division; of the enterprise only that it was the enterprise."""
    role, place = role_words(entry.actor_role), places.get(entry.actor_division, entry.actor_division)
    return _("{role}, {place}").format(role=role, place=place) if place else role


def role_words(role: str) -> str:
    """Who wrote something, without the person."""
    if role in OF_ENTERPRISE:
        return _("Enterprise")
    return capfirst(str(dict(Role.choices).get(role, role)))


def _detail(entry: JournalEntry, places: dict[str, str]) -> str:
    payload: dict[str, Any] = entry.payload
    if entry.event_type == EventType.SITE_CHECKED:
        result = dict(SiteResult.choices).get(payload.get("result", ""), "")
        place = places.get(payload.get("division", ""), payload.get("division", ""))
        return _("{place} on {date}: {result}").format(place=place, date=payload.get("checked_on", ""), result=result)
    if entry.event_type == EventType.DOCUMENT_ADDED:
        return str(dict(DocumentKind.choices).get(payload.get("kind", ""), ""))
    if entry.event_type == EventType.APPLICATION_ANNOUNCED:
        return str(payload.get("announcement", ""))
    return ""
