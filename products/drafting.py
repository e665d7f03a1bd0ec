"""WRITER. What stands in a protection case: its draft, area and papers, and cases of the past entered from sources.

Drafts are nobody's business but the office's that prepares them: they change without the journal. A case opens once
more while its defects are mended.
"""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from gi_registry import amendments, journal
from gi_registry.event_types import EventType
from gi_registry.journal import Actor, Event
from gi_registry.models import Division
from gi_registry.moves import MoveRefused
from gi_registry.partial_dates import Precision
from gi_registry.roles import Permission
from gi_registry.uploads import Cleaned
from products.case_models import CaseArea, CasePaper, CaseStep, ProtectionCase
from products.case_states import (
    EDITABLE_CASES,
    OPEN_CASES,
    CaseKind,
    CaseState,
    LegalBasis,
    PaperKind,
    moves_of,
)
from products.cases import case_subject, held, lies_there, must_be_editable, must_prepare
from products.models import Announcement, Right
from products.objection_models import notice_of
from products.objection_states import notice_rule
from products.states import Extent

MOST_PAPERS = 30


class Place(NamedTuple):
    """A division of the area of a case, with an `Extent` and a remark, such as the towns of a part."""

    division: Division
    extent: str = Extent.WHOLE
    note: str = ""


@transaction.atomic
def start(
    *, by: Actor, nonce: uuid.UUID, kind: CaseKind, division: Division, name_zh: str = "",
    legal_basis: LegalBasis = LegalBasis.ORDER_80, right: Right | None = None, demonstration: bool = False,
) -> ProtectionCase:  # fmt: skip
    """A new draft; the same nonce gives the same draft. A change starts from what is protected now."""
    must_prepare(by, division)
    values: dict[str, Any] = {
        "kind": kind, "legal_basis": legal_basis, "division": division, "name_zh": name_zh.strip(), "right": right,
        "demonstration": demonstration, "started_by_id": by.person, "reference": f"D{nonce.hex[:16]}",
    }  # fmt: skip
    if kind != CaseKind.RECOGNITION:
        if right is None or not Right.objects.in_force().filter(pk=right.pk).exists():
            raise MoveRefused("no_right", _("Only what is protected can be changed or revoked."))
        if not lies_there(right, division):
            raise MoveRefused("wrong_place", _("What is protected does not lie in this place."))
        if legal_basis != LegalBasis.ORDER_80:
            raise MoveRefused("wrong_law", _("Changes and revocation follow Order 80."))
        values |= _present(right)
    if not values["name_zh"]:
        raise MoveRefused("name_missing", _("Write the name of the product."))
    case, created = ProtectionCase.objects.get_or_create(nonce=nonce, defaults=values)
    must_prepare(by, case.division)
    if created:
        case.reference = f"PC{timezone.localdate().year}{case.pk:06}"
        amendments.check(case)
        case.save(update_fields=["reference"])
        if kind == CaseKind.CHANGE and right is not None:
            for area in right.areas.on():
                CaseArea.objects.create(case=case, division=area.division, extent=area.extent, note=area.basis_note)
    return case


def _present(right: Right) -> dict[str, Any]:
    last = right.requirements.filter(effective_to=None).first()
    product = right.product
    return {
        "name_zh": product.name_zh, "name_en": product.name_en, "category": product.category,
        "area_text": right.area_text, "requirements": dict(last.parts) if last else {},
    }  # fmt: skip


@transaction.atomic
def save_draft(
    case: ProtectionCase, *, by: Actor, version: int, places: Sequence[Place] | None = None, **values: Any
) -> None:
    """Store columns, and with `places` the area, of a case that is still written.

    Of two windows the second is refused, and its reader keeps what was typed.
    """
    must_prepare(by, case.division)
    must_be_editable(case)
    for name, value in values.items():
        setattr(case, name, value)
    amendments.check(case)
    rows = ProtectionCase.objects.filter(pk=case.pk, version=version, state__in=sorted(EDITABLE_CASES))
    if rows.update(version=F("version") + 1, **values) != 1:
        text = _("Somebody else has changed this meanwhile. Compare with what stands there now, then save again.")
        raise MoveRefused("someone_was_faster", text)
    case.version = version + 1
    if places is not None:
        case.areas.all().delete()
        for place in places:
            amendments.insert(CaseArea(case=case, **place._asdict()))


@transaction.atomic
def discard(case: ProtectionCase, *, by: Actor) -> None:
    """Throw away a draft that was never filed; its papers go with it."""
    fresh = held(case)
    must_prepare(by, fresh.division)
    if fresh.state != CaseState.DRAFT or _was_filed(fresh):
        raise MoveRefused("wrong_state", _("Only a draft can be thrown away."))
    fresh.delete()


def _was_filed(case: ProtectionCase) -> bool:
    """Whether a case was ever sent in. Its day does not tell: under Order 78 the draft says when the papers came."""
    return case.steps.exists()


# --- Papers ---


@transaction.atomic
def add_paper(
    case: ProtectionCase, *, by: Actor, kind: PaperKind, title: str, cleaned: Cleaned, name: str
) -> CasePaper:
    """Add a document that was cleaned and stored under `name`; the same file of the same kind is one paper.

    Papers of a filed case enter the journal by their fingerprint.
    """
    fresh = held(case)
    must_prepare(by, fresh.division)
    if fresh.state not in EDITABLE_CASES | OPEN_CASES:
        raise MoveRefused("wrong_state", _("This step is not possible in the present state."))
    if (known := fresh.papers.filter(kind=kind, sha256=cleaned.sha256).first()) is not None:
        return known
    if fresh.papers.count() >= MOST_PAPERS:
        raise MoveRefused("too_many", _("A case takes at most {number} documents.").format(number=MOST_PAPERS))
    paper = CasePaper(
        case=fresh, kind=kind, title=title.strip(), name=name, media_type=cleaned.media_type,
        size=len(cleaned.content), pages=cleaned.pages, sha256=cleaned.sha256, uploaded_by_id=by.person,
    )  # fmt: skip
    amendments.insert(paper)
    if _was_filed(fresh):
        payload = {"kind": str(kind), "sha256": cleaned.sha256}
        event = Event(EventType.CASE_PAPER_ADDED, case_subject(fresh), payload, timezone.localdate())
        journal.record(event, by=by)
    return paper


@transaction.atomic
def remove_paper(paper: CasePaper, *, by: Actor) -> str:
    """Take a paper out of a draft; returns the name of its file, which the caller removes. Filed papers stay."""
    fresh = held(paper.case)
    must_prepare(by, fresh.division)
    if fresh.state != CaseState.DRAFT or _was_filed(fresh):
        raise MoveRefused("wrong_state", _("What was filed stays in the case."))
    paper.delete()
    return paper.name


# --- Cases of the past ---


class PastStep(NamedTuple):
    """A state that a case came into on a day, by what source says so."""

    state: CaseState
    on: datetime.date
    source: str
    precision: str = Precision.DAY
    announcement: Announcement | None = None


@transaction.atomic
def enter_past_case(
    *, by: Actor, nonce: uuid.UUID, kind: CaseKind, legal_basis: LegalBasis, right: Right, division: Division,
    steps: Sequence[PastStep], source: str, **values: Any,
) -> ProtectionCase:  # fmt: skip
    """A case that was decided before this register ran: its steps with their days and sources, none of them made here.

    It tells how a right came about, and changes nothing of it. The time to object follows from the day of the step
    that began it, by the rule of the law.
    """
    amendments.require(by, Permission.KEEP_REGISTER)
    if (known := ProtectionCase.objects.filter(nonce=nonce).first()) is not None:
        return known
    _check_past(kind, legal_basis, steps, source)
    last = steps[-1]
    case = ProtectionCase(
        reference=f"PH{nonce.hex[:16]}", nonce=nonce, kind=kind, legal_basis=legal_basis, state=last.state,
        division=division, right=right, name_zh=right.product.name_zh, historic=True, source=source,
        filed_on=next((step.on for step in steps if step.state == CaseState.PROVINCIAL), None),
        decided_on=last.on, public_from=steps[0].on, **values,
    )  # fmt: skip
    amendments.insert(case)
    case.reference = f"PC{last.on.year}{case.pk:06}"
    case.save(update_fields=["reference"])
    for step in steps:
        amendments.insert(CaseStep(case=case, **step._asdict()))
        if (rule := notice_rule(step.state, legal_basis)) and step.precision == Precision.DAY:
            amendments.insert(notice_of(rule, step.on, case=case, announcement=step.announcement))
    payload = {
        "kind": str(kind), "legal_basis": str(legal_basis), "right": right.reference,
        "steps": [amendments.plain(step) for step in steps], "values": amendments.plain(values),
    }  # fmt: skip
    journal.record(Event(EventType.CASE_ENTERED, case_subject(case), payload, last.on, source), by=by)
    return case


def _check_past(kind: str, law: str, steps: Iterable[PastStep], source: str) -> None:
    steps = list(steps)
    if not steps or not source.strip() or not all(step.source.strip() for step in steps):
        raise MoveRefused("source_missing", _("Each step of a past case needs its source."))
    if any(step.on > timezone.localdate() for step in steps):
        raise MoveRefused("in_the_future", _("The day lies in the future."))
    if [step.on for step in steps] != sorted(step.on for step in steps):
        raise MoveRefused("wrong_day", _("The steps are not in the order of their days."))
    moves = moves_of(kind, law)
    reachable = {str(move.target) for move in moves}
    ends = reachable - {str(source) for move in moves for source in move.sources}
    if any(step.state not in reachable for step in steps) or steps[-1].state not in ends:
        raise MoveRefused("wrong_state", _("These are no steps of a case under this law that has come to its end."))
