"""WRITER. Random inspections (双随机): lists are fixed, somebody else draws, results are recorded and published.

What was found stays at the desk; the journal, which is public, holds its seal, and the result once it is published.
How the draw works, and how anybody repeats it: docs/inspection-draw.md.
"""

from __future__ import annotations

import datetime
import hashlib
import secrets
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from enterprises import inspection_lists
from enterprises.case_files import not_permitted
from enterprises.inspection_lists import Lists
from enterprises.inspection_models import Inspection, InspectionDraw, Inspector
from enterprises.inspection_queue import check_items, place_for
from enterprises.inspection_states import (
    CANCEL_DRAW,
    DRAW,
    FOLLOW_UP,
    FOLLOW_UP_NEEDED,
    PUBLICATION_DAYS,
    PUBLISH,
    RECORD,
    InspectionResult,
    InspectionWay,
    draw_pairs,
)
from enterprises.label_codes import ALPHABET
from enterprises.models import Authorisation, Membership
from gi_registry import amendments, journal, territory
from gi_registry.event_types import EventType
from gi_registry.journal import Actor, Event, Subject
from gi_registry.models import Division, JournalHead
from gi_registry.moves import MoveRefused, apply_move
from gi_registry.roles import Permission
from gi_registry.seals import sealed
from gi_registry.state_tables import Move
from gi_registry.working_days import after_working_days
from products.models import Product

SHOWN = 10  # objects that a refusal names


# --- The draw ---


def fix_lists(
    *, by: Actor, nonce: uuid.UUID, title: str, division: Division | None, size: int, product: Product | None = None,
    demonstration: bool = False, seen: str = "",
) -> InspectionDraw:  # fmt: skip
    """Fix who could be inspected by whom, and a secret; the day's lists, `size` of which will be drawn.

    `seen`: fingerprint of the lists that somebody looked at; refused where they have changed since.
    """
    if not territory.may(by, Permission.KEEP_INSPECTIONS, division):
        raise not_permitted()
    wanted = {
        "title": title.strip(), "division": division, "product": product, "size": size, "demonstration": demonstration,
    }  # fmt: skip
    if found := _sent_before(nonce, wanted, by):
        return found
    lists = inspection_lists.gather(division=division, product=product, demonstration=demonstration)
    _check(lists, size, title.strip())
    content = lists.as_json(division=division, product=product, size=size)
    fingerprint = inspection_lists.digest(content)
    if seen and seen != fingerprint:
        raise MoveRefused("someone_was_faster", _("The lists have changed since you looked at them. Look again."))
    secret = secrets.token_hex(32)
    row = InspectionDraw(
        reference="RI" + "".join(secrets.choice(ALPHABET) for _place in range(8)), nonce=nonce, lists=content,
        lists_sha256=fingerprint, secret=secret, commitment=_sha256(secret), fixed_by_id=by.person, **wanted,
    )  # fmt: skip
    payload = {
        "lists_sha256": row.lists_sha256, "commitment": row.commitment, "size": size, "objects": len(lists.objects),
        "inspectors": len(lists.inspectors),
    }  # fmt: skip
    try:
        with transaction.atomic():
            amendments.insert(row)
            subject = Subject("inspection_draw", row.reference, row.reference)  # the rest is public from the draw on
            journal.record(Event(EventType.INSPECTION_FIXED, subject, payload, timezone.localdate()), by=by)
    except IntegrityError:  # the same form, sent twice at the same moment
        if found := _sent_before(nonce, wanted, by):
            return found
        raise
    return row


def _sent_before(nonce: uuid.UUID, wanted: Mapping[str, Any], by: Actor) -> InspectionDraw | None:
    known = InspectionDraw.objects.filter(nonce=nonce).select_related("division", "product").first()
    if known is None:
        return None
    if known.fixed_by_reference != by.reference:
        raise not_permitted()
    if any(getattr(known, name) != value for name, value in wanted.items()):
        text = _("This form was stored before with other words, as {reference}.").format(reference=known.reference)
        raise MoveRefused("already_sent", text)
    return known


def _check(lists: Lists, size: int, title: str) -> None:
    if not title:
        raise MoveRefused("title_missing", _("Give the draw a title."))
    if not lists.objects:
        raise MoveRefused("no_objects", _("Nobody there has an authorisation in force."))
    if not 1 <= size <= len(lists.objects):
        text = _("Between 1 and {most} can be drawn from this list.").format(most=len(lists.objects))
        raise MoveRefused("wrong_size", text)
    if lacking := lists.lacking:
        names = _("; ").join(lists.about[one]["enterprise"] for one in lacking[:SHOWN])
        text = _("Two inspectors without a conflict are needed for each. Fewer than two may visit {number}: {names}")
        raise MoveRefused("too_few_inspectors", text.format(number=len(lacking), names=names))


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _hold_draw(row: InspectionDraw) -> None:
    """Read the draw anew and hold it; refuse where it has moved on since it was read."""
    read = row.state
    rows = InspectionDraw.objects.select_for_update(of=("self",)).select_related("division__parent__parent", "product")
    row.refresh_from_db(from_queryset=rows)
    if row.state != read:
        raise MoveRefused("someone_was_faster", _("Somebody else has just decided this. Look at it again."))


def _draw_subject(row: InspectionDraw) -> Subject:
    return Subject("inspection_draw", row.reference, f"{row.reference} · {row.title}")


@transaction.atomic
def draw(row: InspectionDraw, *, by: Actor) -> list[Inspection]:
    """Draw, by somebody else than who fixed the lists: the seed is made of the secret and the journal's last hash."""
    _hold_draw(row)
    head = JournalHead.objects.select_for_update().get(pk=1)
    seed, lists = _sha256(f"{row.secret}/{head.hash}"), row.lists
    conflicts = {(code, reference) for code, reference in lists["conflicts"]}
    pairs = draw_pairs(seed, lists["objects"], lists["inspectors"], conflicts, row.size)
    payload = {
        "seed": seed, "secret": row.secret, "journal_sequence": head.sequence, "journal_hash": head.hash,
        "lists_sha256": row.lists_sha256, "pairs": [[reference, *codes] for reference, codes in pairs.items()],
    }  # fmt: skip
    apply_move(
        row, DRAW, by=by, subject=_draw_subject(row), division=row.division, effective_on=timezone.localdate(),
        state_field="state", payload=payload,
        changes={"seed": seed, "journal_hash": head.hash, "drawn_at": timezone.now()},
    )  # fmt: skip
    objects = Authorisation.objects.in_bulk(pairs, field_name="reference")
    people = Inspector.objects.in_bulk({code for codes in pairs.values() for code in codes}, field_name="code")
    found = []
    for place, (reference, codes) in enumerate(pairs.items(), 1):
        inspection = Inspection(draw=row, place=place, authorisation=objects[reference])
        amendments.insert(inspection)
        inspection.inspectors.set([people[code] for code in codes])
        found.append(inspection)
    return found


@transaction.atomic
def cancel(row: InspectionDraw, *, by: Actor, reason: str) -> None:
    """Do not draw from these lists. The reason is public, so that nobody fixes lists until they suit."""
    _hold_draw(row)
    subject = Subject("inspection_draw", row.reference, row.reference)
    apply_move(
        row, CANCEL_DRAW, by=by, subject=subject, division=row.division, effective_on=timezone.localdate(),
        reason=reason, state_field="state",
    )  # fmt: skip


# --- One inspection ---


def _hold(inspection: Inspection) -> None:
    read = inspection.state
    rows = Inspection.objects.select_for_update(of=("self",)).select_related(
        "draw", "authorisation__enterprise__province", "authorisation__product"
    )
    inspection.refresh_from_db(from_queryset=rows)
    if inspection.state != read:
        raise MoveRefused("someone_was_faster", _("Somebody else has just decided this. Look at it again."))


def _move(inspection: Inspection, move: Move, *, by: Actor, changes: Mapping[str, Any], **more: Any) -> None:
    """Make a step of an inspection. Nobody makes one for an enterprise that they act for, or acted for once."""
    place = place_for(inspection, move, by)
    if not territory.may(by, move.permission, place):
        raise not_permitted()
    authorisation = inspection.authorisation
    if Membership.objects.filter(user=by.person, enterprise=authorisation.enterprise_id).exists():
        raise MoveRefused("four_eyes", _("You act or acted for this enterprise: somebody else has to decide."))
    for name, value in changes.items():
        setattr(inspection, name, value)
    amendments.check(inspection)
    reference = f"{inspection.draw.reference}-{inspection.place}"
    label = f"{authorisation.enterprise.name_zh} · {authorisation.product or authorisation.product_text}"
    subject = Subject("inspection", reference, label, "inspection_draw", inspection.draw.reference)
    apply_move(
        inspection, move, by=by, subject=subject, division=place, effective_on=timezone.localdate(),
        state_field="state", changes=changes, **more,
    )  # fmt: skip


@transaction.atomic
def record(
    inspection: Inspection, *, by: Actor, way: InspectionWay, inspected_on: datetime.date, result: InspectionResult,
    items: Sequence[Mapping[str, Any]], findings: str,
) -> None:  # fmt: skip
    """What was found: by a reviewer of the territory, or by one of the two inspectors who has such a role."""
    _hold(inspection)
    if not findings.strip():
        raise MoveRefused("findings_missing", _("Write what was found."))
    drawn_on = timezone.localdate(inspection.draw.drawn_at)
    if not drawn_on <= inspected_on <= timezone.localdate():
        text = _("The inspection took place between the draw ({date}) and today.").format(date=drawn_on.isoformat())
        raise MoveRefused("wrong_day", text)
    checked = [_item(one) for one in items]
    known = {item.pk for item in check_items(inspection.authorisation, inspected_on)}
    if any(one["item"] is not None and one["item"] not in known for one in checked):
        raise MoveRefused("wrong_items", _("One of the checks did not hold for this product on that day."))
    if result == InspectionResult.IN_ORDER and not all(one["passed"] for one in checked):
        text = _("A check was not passed: the result cannot be “in order”.")
        raise MoveRefused("not_consistent", text)
    salt = secrets.token_hex(16)
    told = {
        "way": str(way), "inspected_on": inspected_on, "result": str(result), "items": checked,
        "findings": findings.strip(),
    }  # fmt: skip
    changes = told | {"salt": salt, "publish_by": after_working_days(inspected_on, PUBLICATION_DAYS).last_day}
    _move(inspection, RECORD, by=by, changes=changes, payload=sealed(told, uuid.UUID(hex=salt)))


def _item(one: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "item": one.get("item"), "text": str(one["text"]), "passed": bool(one["passed"]),
        "remark": str(one.get("remark", "")),
    }  # fmt: skip


@transaction.atomic
def publish(
    inspection: Inspection, *, by: Actor, summary: str, follow_up_by: datetime.date | None = None
) -> None:
    """Make the result public, in a summary that names no person; with a fault also the day by which it is put right."""
    _hold(inspection)
    today = timezone.localdate()
    if not summary.strip():
        raise MoveRefused("summary_missing", _("Write what the public shall read."))
    needed = inspection.result in FOLLOW_UP_NEEDED
    if needed and follow_up_by is None:
        raise MoveRefused("wrong_end", _("Say by when the fault has to be put right."))
    if follow_up_by is not None and (not needed or follow_up_by < today):
        raise MoveRefused("wrong_end", _("A day from today on, and only where the result names a fault."))
    told = {"summary": summary.strip(), "published_on": today, "follow_up_by": follow_up_by}
    payload = amendments.plain(
        {"way": inspection.way, "inspected_on": inspection.inspected_on, "result": inspection.result} | told
    )
    _move(inspection, PUBLISH, by=by, changes=told, payload=payload)


@transaction.atomic
def follow_up(inspection: Inspection, *, by: Actor, text: str) -> None:
    """What came of the fault; everybody reads it, and the inspection is closed with it."""
    _hold(inspection)
    changes = {"follow_up": text.strip(), "closed_on": timezone.localdate()}
    _move(inspection, FOLLOW_UP, by=by, changes=changes, reason=text)

