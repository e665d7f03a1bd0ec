"""LEAF. The answers to "what is this label?", decided from facts alone; never "genuine", never "fake"."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from enterprises.label_states import Fate


class Verdict(TextChoices):
    """What the register says of a label. The values are part of the open interface and never change."""

    IN_FORCE = "in_force", _("issued and in force")
    NOT_ACTIVATED = "not_activated", _("issued, not yet activated")
    UNUSUAL = "unusual", _("in force, scanned unusually often – compare the pack")
    STOPPED = "stopped", _("stopped")
    PROTECTION_ENDED = "protection_ended", _("product protection ended")
    NOT_ISSUED = "not_issued", _("not issued by this registry")
    TYPING_ERROR = "typing_error", _("typing error")


class StopKind(TextChoices):
    """What stands against a label, the most urgent first."""

    BATCH_RECALLED = "batch_recalled", _("The batch was recalled")
    LABEL_VOID = "label_void", _("This label was declared void")
    LABEL_RETURNED = "label_returned", _("This label was returned unused")
    PROTECTION_ENDED = "protection_ended", _("The protection of the product has ended")
    REVOKED = "revoked", _("The authorisation to use the mark was withdrawn")
    SUSPENDED = "suspended", _("The authorisation to use the mark is suspended")
    ENDED = "ended", _("The authorisation to use the mark has ended")


_ORDER = list(StopKind)


@dataclass(frozen=True)
class Stop:
    """One thing that stands against a label, with its day (None where no source tells it) and its public reason."""

    kind: StopKind
    on: datetime.date | None
    reason: str = ""


@dataclass(frozen=True)
class Facts:
    """What decides the answer: `stops` of batch, product and authorisation; the label's own `fate` with its stop."""

    fate: Fate
    stops: list[Stop] = field(default_factory=list)
    unusual: bool = False


def decide(facts: Facts | None) -> tuple[Verdict, list[Stop]]:
    """The answer, and all that stands against the label, the most urgent first; None: no such label was issued."""
    if facts is None:
        return Verdict.NOT_ISSUED, []
    stops = sorted(facts.stops, key=lambda stop: _ORDER.index(stop.kind))
    if stops:
        first = stops[0].kind
        return Verdict.PROTECTION_ENDED if first == StopKind.PROTECTION_ENDED else Verdict.STOPPED, stops
    if facts.fate == Fate.WAITING:
        return Verdict.NOT_ACTIVATED, []
    return Verdict.UNUSUAL if facts.unusual else Verdict.IN_FORCE, []


# How often a label was scanned is told in bands: an exact number would invite comparison of what cannot be compared.
BANDS = ((1, "1"), (5, "2-5"), (20, "6-20"))
MANY = ">20"


def band(count: int) -> str:
    """The count band of a number of scans: '0', '1', '2-5', '6-20' or '>20'."""
    if count < 1:
        return "0"
    return next((name for limit, name in BANDS if count <= limit), MANY)
