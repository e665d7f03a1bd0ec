"""EDGE. The feed of changes: the journal after an entry, in its order, without gaps."""

import re
from typing import Any

from django.conf import settings
from django.http import QueryDict
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers

from gi_registry.api.base import ApiView
from gi_registry.api.fields import parameter
from gi_registry.api.problems import Invalid
from gi_registry.event_types import EventType
from gi_registry.journal_pages import public_address
from gi_registry.models import JournalEntry, JournalHead
from gi_registry.open_sets import as_told

LIMIT, MOST = 100, 1000
SUBJECT = r"[a-z_]{1,30}:[^\s:]{1,40}"


class LoggedEntry(serializers.Serializer):
    """An entry of the journal, exactly as its hash covers it, and the hash."""

    sequence = serializers.IntegerField()
    recorded_at = serializers.CharField(help_text=_("ISO 8601, UTC, with microseconds"))
    event_type = serializers.ChoiceField(EventType.values)
    effective_on = serializers.DateField(allow_null=True)
    actor = serializers.CharField(help_text=_("An opaque reference; no names of people"))
    actor_role = serializers.CharField()
    actor_division = serializers.CharField(allow_blank=True)
    subject_kind = serializers.CharField()
    subject_id = serializers.CharField()
    subject_label = serializers.CharField()
    parent_kind = serializers.CharField(allow_blank=True)
    parent_id = serializers.CharField(allow_blank=True)
    source = serializers.CharField(allow_blank=True)
    payload = serializers.DictField(help_text=_("What changed; which fields, depends on the event"))
    previous_hash = serializers.CharField(help_text=_("SHA-256 of the entry before"))
    hash = serializers.CharField(help_text=_("SHA-256 of everything else as canonical JSON (RFC 8785)"))


class Change(serializers.Serializer):
    """An entry, and where its subject can be read."""

    entry = LoggedEntry()
    address = serializers.URLField(allow_null=True, help_text=_("Page of the subject, or of what it belongs to"))


class JournalEnd(serializers.Serializer):
    """Where the journal ends."""

    sequence = serializers.IntegerField()
    hash = serializers.CharField(allow_blank=True)


class Changes(serializers.Serializer):
    """What came after an entry. Ask `next` to go on: now while there is `more`, else whenever you like."""

    next = serializers.URLField(help_text=_("Address that goes on where this answer ends"))
    more = serializers.BooleanField(help_text=_("Whether there is more already"))
    until = serializers.IntegerField(help_text=_("The entry that your copy stands at after this answer"))
    journal = JournalEnd()
    results = Change(many=True)


class ChangesView(ApiView):
    """One query for the end of the journal, one for the entries."""

    operation, tag, summary = "listChanges", "journal", _("The journal after an entry")
    description = _(
        "Every change of the register in its order, without gaps. Load the files of open data once, note the entry they"
        " were made at, and ask for what came after."
    )
    example = "changes/?since=0&limit=5"
    parameters = [
        parameter("since", _("Number of the last entry you have; 0 for the beginning"),
                  {"type": "integer", "minimum": 0, "default": 0}),
        parameter("limit", _("Entries at a time"),
                  {"type": "integer", "minimum": 1, "maximum": MOST, "default": LIMIT}),
        parameter("type", _("Only these kinds of event"), enum=EventType.values, many=True, explode=True),
        OpenApiParameter("subject", {"type": "string", "pattern": f"^{SUBJECT}$"},
                         description=_("Only what is about one subject, such as product:365")),
    ]  # fmt: skip
    answers = Changes

    def read(self, query: QueryDict) -> dict[str, Any]:
        errors: dict[str, list[str]] = {}
        since, limit = query.get("since") or "0", query.get("limit") or str(LIMIT)
        types, subject = [one for one in query.getlist("type") if one], query.get("subject") or ""
        if not re.fullmatch(r"[0-9]{1,18}", since, re.ASCII):
            errors["since"] = [gettext("A whole number: the last entry you have.")]
        if not re.fullmatch(r"[0-9]{1,4}", limit, re.ASCII) or not 1 <= int(limit) <= MOST:
            errors["limit"] = [gettext("A whole number from 1 to %(most)s.") % {"most": MOST}]
        if unknown := sorted(set(types) - set(EventType.values)):
            words = gettext("No kind of event is called so: %(names)s.")
            errors["type"] = [words % {"names": ", ".join(unknown)[:200]}]
        if subject and not re.fullmatch(SUBJECT, subject):
            errors["subject"] = [gettext("Kind and number with a colon between them, such as product:365.")]
        if errors:
            raise Invalid(errors)
        return {"since": int(since), "limit": int(limit), "types": types, "subject": subject}

    def answer(self, asked: dict[str, Any], **path: Any) -> dict[str, Any]:
        # The end is read first: what is written meanwhile belongs to the next answer.
        head = JournalHead.objects.filter(pk=1).first() or JournalHead()
        rows = JournalEntry.objects.filter(sequence__gt=asked["since"], sequence__lte=head.sequence)
        if asked["types"]:
            rows = rows.filter(event_type__in=asked["types"])
        if asked["subject"]:
            rows = rows.about(*asked["subject"].split(":"))
        found = list(rows.order_by("sequence")[: asked["limit"] + 1])
        more, found = len(found) > asked["limit"], found[: asked["limit"]]
        until = found[-1].sequence if more else max(head.sequence, asked["since"])
        return {
            "next": self._address(asked | {"since": until}),
            "more": more,
            "until": until,
            "journal": {"sequence": head.sequence, "hash": head.hash},
            "results": [{"entry": as_told(entry), "address": public_address(entry)} for entry in found],
        }

    def _address(self, asked: dict[str, Any]) -> str:
        query = [("since", asked["since"]), ("limit", asked["limit"]), *(("type", one) for one in asked["types"])]
        query += [("subject", asked["subject"])] if asked["subject"] else []
        return f"{settings.SITE_URL}{reverse('api_changes')}?{urlencode(query)}"
