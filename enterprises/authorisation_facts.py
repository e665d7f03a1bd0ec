"""READER. One authorisation: what can be told of it on a date, its history in sentences, its certificate's facts."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import rfc8785
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from enterprises.models import Authorisation, Terms
from enterprises.states import AuthorisationState, StopGround, SuspensionGround
from gi_registry.event_types import EventType
from gi_registry.models import JournalEntry
from products.models import Product


@dataclass(frozen=True)
class Line:
    """One sentence of a history."""

    date: datetime.date
    title: str
    text: str = ""
    url: str = ""
    kind: str = ""


@dataclass(frozen=True)
class Answer:
    """What the register says of an authorisation on a date.

    `standing` is None before its first day. `terms`: what it covered on the date. `product_live`: whether the product
    was protected then. `rectify_since`: the day of an order to rectify that stands today.
    """

    authorisation: Authorisation
    on: datetime.date
    standing: AuthorisationState | None
    terms: Terms | None
    product_live: bool
    rectify_since: datetime.date | None
    history: list[Line]

    @property
    def usable(self) -> bool:
        """Whether the mark may be used on the date, as far as the register knows."""
        return self.standing == AuthorisationState.IN_FORCE and self.product_live


def by_reference(reference: str) -> Authorisation | None:
    """The authorisation with this reference of the register."""
    rows = Authorisation.objects.select_related("enterprise__province", "product__province", "announcement")
    return rows.filter(reference=reference.upper()).first()


def answer(authorisation: Authorisation, on: datetime.date | None = None) -> Answer:
    """What can be told on a date (default today)."""
    on = on or timezone.localdate()
    begun = Authorisation.objects.begun(on).filter(pk=authorisation.pk).first()
    standing = begun.standing if begun else None  # type: ignore[attr-defined]
    product = authorisation.product
    live = product is None or Product.objects.in_force(on).filter(pk=product.pk).exists()
    history = sentences(authorisation)
    ordered = [line.date for line in history if line.kind == "look"]
    rectifying = authorisation.state == AuthorisationState.RECTIFYING and bool(ordered)
    return Answer(
        authorisation=authorisation, on=on, standing=standing, terms=terms_on(authorisation, on), product_live=live,
        rectify_since=ordered[-1] if rectifying and on >= ordered[-1] else None, history=history,
    )  # fmt: skip


def terms_on(authorisation: Authorisation, on: datetime.date) -> Terms | None:
    """What the authorisation covered on a date; None for one that was decided elsewhere."""
    rows = authorisation.terms.filter(Q(effective_to=None) | Q(effective_to__gt=on), effective_from__lte=on)
    return rows.select_related("announcement", "application").prefetch_related("sites__parent__parent").last()


def sentences(authorisation: Authorisation) -> list[Line]:
    """The public history, the oldest first: what the journal tells, and for older ones the record itself."""
    lines = [line for entry in _entries(authorisation) if (line := _line(entry))]
    if not any(line.kind == "live" for line in lines):
        lines.insert(0, _begun(authorisation))
        if authorisation.effective_to:
            lines.append(Line(authorisation.effective_to, _("The authorisation ended."), kind="stopped"))
    return lines


def _entries(authorisation: Authorisation) -> Iterable[JournalEntry]:
    rows = JournalEntry.objects.filter(subject_kind="authorisation", subject_id=authorisation.reference)
    return rows.order_by("sequence")


def _begun(authorisation: Authorisation) -> Line:
    announcement = authorisation.announcement
    if authorisation.state == AuthorisationState.REPORTED:
        return Line(authorisation.effective_from, _("A public report names this authorisation; no act confirms it."))
    text = announcement.text if announcement else ""
    url = announcement.get_absolute_url() if announcement else ""
    return Line(authorisation.effective_from, _("The enterprise was authorised to use the special mark."), text, url,
                "live")  # fmt: skip


def _line(entry: JournalEntry) -> Line | None:
    """A journal entry as a sentence; entries that only correct the record are told by the public journal."""
    payload: dict[str, Any] = entry.payload
    day = entry.effective_on or timezone.localdate(entry.recorded_at)
    goods = _("Varieties: {names}. Standard: {standard}.").format(
        names=_(", ").join(payload.get("varieties", [])), standard=payload.get("standard", "")
    )
    ground = str(dict(StopGround.choices).get(payload.get("ground", ""), ""))
    table: dict[str, tuple[str, str, str]] = {
        EventType.AUTHORISATION_GRANTED: (
            _("Authorised to use the special mark by {announcement}.").format(announcement=payload.get("announcement")),
            goods, "live",
        ),
        EventType.AUTHORISATION_CHANGED: (
            _("Terms changed by {announcement}.").format(announcement=payload.get("announcement")), goods, "live",
        ),
        EventType.RECTIFICATION_ORDERED: (
            _("The enterprise was ordered to put its use of the mark right; the authorisation stays in force."), "",
            "look",
        ),
        EventType.RECTIFICATION_CONFIRMED: (_("The authority confirmed that this was done."), "", ""),
        EventType.AUTHORISATION_SUSPENDED: (
            _("The use of the mark was suspended."),
            _sentence(str(dict(SuspensionGround.choices).get(payload.get("ground", ""), ""))), "stopped",
        ),
        EventType.AUTHORISATION_RESUMED: (_("The suspension was lifted."), "", "live"),
        EventType.AUTHORISATION_STOPPED: (_("The use of the mark was stopped."), _sentence(ground), "stopped"),
        EventType.AUTHORISATION_DEREGISTERED: (
            _("The authorisation was deregistered."), _sentence(ground), "stopped",
        ),
    }  # fmt: skip
    found = table.get(entry.event_type)
    return Line(day, found[0], found[1], kind=found[2]) if found else None


def _sentence(ground: str) -> str:
    return _("Ground: {ground}.").format(ground=ground) if ground else ""


# --- The certificate ---


def certified(found: Answer) -> dict[str, Any]:
    """What a certificate states, in a form that can be compared: only what holds today can be certified."""
    row, terms = found.authorisation, found.terms
    return {
        "reference": row.reference,
        "enterprise": row.enterprise.name_zh,
        "uscc": row.enterprise.uscc,
        "product": row.product.name_zh if row.product else row.product_text,
        "varieties": list(terms.varieties) if terms else [],
        "standard": terms.standard if terms else "",
        "sites": sorted(site.code for site in terms.sites.all()) if terms else [],
        "announcement": (terms or row).announcement.text if (terms or row).announcement else "",
        "from": row.effective_from.isoformat(),
        "usable": found.usable,
    }


def fingerprint(found: Answer) -> str:
    """Ten characters that change with anything a certificate states. No proof of origin: it only compares."""
    return hashlib.sha256(rfc8785.dumps(certified(found))).hexdigest()[:10]


def can_be_certified(found: Answer) -> bool:
    """Only a confirmed authorisation in force has a certificate."""
    return found.usable and found.on == timezone.localdate()
