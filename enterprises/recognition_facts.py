"""READER. Agreements and the names on their lists as the desk shows them: counts, what to review, what happened."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from enterprises.authorisation_facts import Line
from enterprises.file_history import role_words
from gi_registry.event_types import EventType
from gi_registry.models import JournalEntry
from products.agreement_words import country_name
from products.agreements import countries, plain
from products.annex_differences import Changed
from products.entry_words import VALUE_NAMES
from products.list_words import VALUE_NAMES as LIST_NAMES
from products.models import Agreement, AgreementEntry
from products.objection_models import PublicNotice
from products.states import EntryStatus, HomeRight, MatchBasis, Side

CHOICES: dict[str, dict[str, Any]] = {
    "status": dict(EntryStatus.choices),
    "side": dict(Side.choices),
    "home_right": dict(HomeRight.choices),
    "match_basis": dict(MatchBasis.choices),
}
# What is waiting for a review: Chinese names that stand on a list and are tied to no product.
OPEN = Q(side=Side.OUTBOUND, product=None, left_out_on=None)


@dataclass
class Counted:
    """An agreement with what is on record of it. `suggested`: names for which one product is written the same."""

    agreement: Agreement
    names: dict[str, int] = field(default_factory=dict)
    protected: int = 0
    suggested: int = 0
    window: PublicNotice | None = None

    @property
    def sides(self) -> list[tuple[Side, int, int | None]]:
        """Each side with the names on record and the size of the list, where it is known."""
        sizes = {Side.OUTBOUND: self.agreement.outbound_size, Side.INBOUND: self.agreement.inbound_size}
        return [(side, self.names.get(side, 0), sizes[side]) for side in Side]


def agreements(on: datetime.date | None = None) -> list[Counted]:
    """All agreements, each behind the one that it belongs to. Three queries."""
    found = {row.pk: Counted(row) for row in Agreement.objects.select_related("parent")}
    rows = standing(on).order_by().values("agreement", "side")
    protected, waiting = Q(status=EntryStatus.PROTECTED), Q(product=None, suggested__isnull=False)
    for one in rows.annotate(n=Count("pk"), p=Count("pk", filter=protected), s=Count("pk", filter=waiting)):
        counted = found[one["agreement"]]
        counted.names[one["side"]] = one["n"]
        counted.protected += one["p"]
        counted.suggested += one["s"]
    windows = PublicNotice.objects.filter(agreement__isnull=False, last_day__gte=on or timezone.localdate())
    for notice in windows:  # one that was published today begins tomorrow
        found[notice.agreement_id].window = notice  # type: ignore[index]
    return sorted(found.values(), key=lambda one: (_root(one.agreement), bool(one.agreement.parent_id)))


def _root(agreement: Agreement) -> tuple[int, str]:
    first = agreement.parent or agreement
    return first.order, first.code


def standing(on: datetime.date | None = None) -> QuerySet[AgreementEntry]:
    """The names that stand on their lists on a date: neither left out nor withdrawn."""
    still = Q(left_out_on=None) | Q(left_out_on__gt=on or timezone.localdate())
    return AgreementEntry.objects.filter(still).exclude(status=EntryStatus.WITHDRAWN)


def names(agreement: Agreement, *, q: str = "", side: str = "", status: str = "") -> list[AgreementEntry]:
    """Names of an agreement, those too that have left it; `q` is looked for in every writing. One query."""
    rows = AgreementEntry.objects.filter(agreement=agreement).select_related("product", "suggested")
    rows = rows.filter(**{name: value for name, value in (("side", side), ("status", status)) if value})
    found, order = list(rows.order_by("batch", "seq", "pk")), list(Side)
    wanted = plain(q)
    if wanted:
        found = [row for row in found if wanted in plain(" / ".join(writings(row)))]
    return sorted(found, key=lambda row: order.index(Side(row.side)))


def writings(entry: AgreementEntry) -> list[str]:
    """Every name of an entry once, in its own writing first."""
    texts = (entry.name_native, entry.name_transcription, entry.name_zh, entry.name_en)
    return [text for text in dict.fromkeys(texts) if text]


def country_words(entry: AgreementEntry) -> str:
    """The countries of an entry in words."""
    return ", ".join(map(country_name, countries(entry.country)))


# --- Reviews ---

SHOWS = ("suggested", "without", "tied")


def to_review(show: str, agreement: Agreement | None = None) -> QuerySet[AgreementEntry]:
    """Chinese names with a suggestion, without any, or already tied; with all that a list of them shows."""
    rows = AgreementEntry.objects.filter(side=Side.OUTBOUND)
    tied = Q(product__isnull=False)
    rows = rows.filter(tied) if show == "tied" else rows.filter(OPEN, suggested__isnull=show == "without")
    if agreement is not None:
        rows = rows.filter(Q(agreement=agreement) | Q(agreement__parent=agreement))
    rows = rows.select_related("agreement", "product__province", "suggested__province")
    rows = rows.prefetch_related("refused_products", "suggested__rights", "product__rights")
    return rows.order_by("agreement__order", "agreement__code", "seq", "pk")


def review_counts(agreement: Agreement | None = None) -> Counter[str]:
    """How many names each list of `to_review` has. Three queries."""
    return Counter({show: to_review(show, agreement).count() for show in SHOWS})


# --- Values in words, and history ---


def in_words(name: str, value: Any) -> str:
    """A value of an agreement or of a name, as the register or its journal keeps it."""
    if value in (None, ""):
        return "—"
    if isinstance(value, datetime.date):
        return value.isoformat()
    return str(CHOICES.get(name, {}).get(value, value))


def name_of(value: str) -> str:
    """What a value is called."""
    return str(VALUE_NAMES.get(value) or _agreement_names().get(value) or LIST_NAMES.get(value, value))


def _agreement_names() -> dict[str, str]:
    return {
        "partner": _("Partner"),
        "parent": _("Belongs to"),
        "scheme_label": _("Title of the scheme"),
        "outbound_size": _("Size of the Chinese list"),
        "inbound_size": _("Size of the foreign list"),
        "signed_on": _("Signed"),
        "in_force_on": _("In force"),
        "status_text": _("State"),
        "legal_reference": _("Legal reference"),
    }


def change_lines(one: Changed) -> list[tuple[str, str, str]]:
    """What a line of a file changes on a name: (what, before, after)."""
    return [
        (name_of(name), in_words(name, getattr(one.entry, name)), in_words(name, value))
        for name, value in one.values.items()
    ]


def history(kind: str, reference: str, most: int) -> tuple[list[Line], int]:
    """The latest entries of the journal on an agreement or a name, newest first, and how many there are."""
    entries = JournalEntry.objects.about(kind, reference)
    return [_line(entry, kind) for entry in entries[:most]], entries.count()


def _line(entry: JournalEntry, kind: str) -> Line:
    title = str(entry.get_event_type_display())
    if entry.subject_kind != kind:
        title = _("{event}: {name}").format(event=title, name=entry.subject_label)
    facts = [capfirst(role_words(entry.actor_role)), *_details(entry.event_type, entry.payload)]
    day = timezone.localdate(entry.recorded_at)
    if entry.effective_on and entry.effective_on != day:
        facts.append(_("counts from {date}").format(date=entry.effective_on.isoformat()))
    return Line(day, title, " · ".join(fact for fact in facts if fact))


def _details(event: str, payload: Mapping[str, Any]) -> Iterable[str]:
    if event in (EventType.ENTRY_TIED, EventType.ENTRY_MATCH_REFUSED):
        return [f"{payload.get('name', '')} ({payload.get('product', '')})", str(payload.get("reason", ""))]
    if event == EventType.ENTRY_MOVED:
        words = [in_words("status", payload.get(name)) for name in ("from", "to")]
        return [" → ".join(words), str(payload.get("act", "")), str(payload.get("reason", ""))]
    if event == EventType.NOTICE_OPENED:
        return [_("until {date}").format(date=payload.get("last_day", "")), str(payload.get("note", ""))]
    if event == EventType.ANNEX_APPLIED:
        sentence = _("{added} new, {changed} changed, {left_out} left out")
        return [sentence.format(**{name: payload.get(name, 0) for name in ("added", "changed", "left_out")})]
    if event == EventType.ANNEX_UNDONE:
        return [str(payload.get("reason", ""))]
    return [
        f"{name_of(name)}: {in_words(name, change.get('before'))} → {in_words(name, change.get('after'))}"
        for name, change in payload.get("changes", {}).items()
    ]
