"""Official annexes as files: kept as sent, applied in one transaction, undone as a new change."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from gi_registry import amendments
from gi_registry.amendments import plain, require, write
from gi_registry.event_types import EventType
from gi_registry.journal import Actor, Event, Subject
from gi_registry.moves import MoveRefused
from gi_registry.roles import Permission
from products import annex_cells, annex_differences, foreign_registrar
from products.annex_differences import Changed, Preview, annex_fingerprint, day_of, names_of
from products.models import Agreement, AgreementEntry
from products.recognition_models import AnnexImport, EntryStage
from products.record_values import entry_subject, entry_values
from products.refreshing import refresh, suggest
from products.states import EntryStatus

DATES = ("protected_from", "left_out_on")
# A load that entered a name is undone only while these are as they were, besides what the file said.
OF_ENTERED = ("product", "left_out_on")


def _subject(agreement: Agreement) -> Subject:
    return Subject("agreement", agreement.code, agreement.name_zh)


@transaction.atomic
def record_annex(
    agreement: Agreement, *, by: Actor, nonce: uuid.UUID, file_name: str, sha256: str, rows: Mapping[str, Any],
    basis: str, on: datetime.date, whole: bool = False,
) -> AnnexImport:  # fmt: skip
    """Keep a file as read, so that what is applied is what was shown. The same nonce is the same file.

    `on`: the day from which the annex counts. `whole`: the file is the whole list, so that what it lacks leaves it.
    """
    require(by, Permission.KEEP_REGISTER)
    if (known := AnnexImport.objects.filter(nonce=nonce, agreement=agreement).first()) is not None:
        return known
    if on > timezone.localdate():
        raise MoveRefused("wrong_day", _("The day lies in the future."))
    found = AnnexImport(
        agreement=agreement, nonce=nonce, file_name=file_name[-120:], sha256=sha256, basis=basis,
        rows={**rows, "on": on.isoformat(), "whole": whole}, base=annex_fingerprint(names_of(agreement)),
        made_by_id=by.person,
    )  # fmt: skip
    amendments.insert(found)
    return found


def apply_annex(sent: AnnexImport, *, by: Actor, base: str, looked: bool = False) -> None:
    """Do all that a file says, in one transaction, or nothing; a second time does nothing.

    `base`: fingerprint of the list that the differences were shown for. `looked`: somebody has looked at what is
    strange in it. Raises MoveRefused "faults", "not_looked", "no_change" or "someone_was_faster".
    """
    require(by, Permission.KEEP_REGISTER)
    with transaction.atomic():
        row = _held(sent)
        if row.applied_at:
            return
        found = annex_differences.preview(row)
        if found.faults:
            raise MoveRefused("faults", _("The file has faults: nothing of it can be applied."))
        if base != found.base:
            text = _("The list has changed meanwhile. Look at the differences again; nothing is applied yet.")
            raise MoveRefused("someone_was_faster", text)
        if found.suspicious and not looked:
            raise MoveRefused("not_looked", _("Look at the strange lines first, and say that you have done so."))
        leaving = found.missing if row.rows.get("whole") else []
        if not (found.added or found.changed or leaving):
            raise MoveRefused("no_change", _("The file changes nothing."))
        with amendments.batch(by=by):
            row.before = _apply(row, found, leaving, by=by)
            foreign_registrar.enter_missing(by=by, source=row.basis)
        row.after = annex_fingerprint(names_of(row.agreement))
        row.applied_at = timezone.now()
        row.save(update_fields=["before", "after", "applied_at"])


def _held(sent: AnnexImport) -> AnnexImport:
    """The file as it is now; its agreement is held first, then the file, then the journal."""
    agreement = Agreement.objects.select_for_update().get(pk=sent.agreement_id)
    row = AnnexImport.objects.select_for_update().get(pk=sent.pk)
    row.agreement = agreement
    return row


def _apply(row: AnnexImport, found: Preview, leaving: Iterable[AgreementEntry], *, by: Actor) -> dict[str, Any]:
    """What must be known to undo it: of each name the values before and after, and the day of a new stage."""
    kept: dict[str, Any] = {}
    on = day_of(row)
    moved = 0
    for one in found.changed:
        kept[str(one.entry.pk)] = _change(one, by=by, basis=row.basis)
        moved += one.stage_from is not None
    left = 0
    for entry in leaving:
        kept[str(entry.pk)] = _change(Changed(0, entry, {"left_out_on": on}, None), by=by, basis=row.basis)
        left += 1
    for _line, values in found.added:
        entry = _enter(row, {**values, "sources": values.get("sources") or row.basis}, by=by)
        after = {name: plain(getattr(entry, name)) for name in (*values, *OF_ENTERED)}
        kept[str(entry.pk)] = {"entered": True, "after": after}
    counts = {"added": len(found.added), "changed": len(found.changed), "left_out": left, "moved": moved,
              "unchanged": found.unchanged}  # fmt: skip
    details = {**counts, "sha256": row.sha256, "file": str(row.nonce)}
    write(Event(EventType.ANNEX_APPLIED, _subject(row.agreement), details, on, row.basis), by=by)
    return {"entries": kept, "counts": counts}


def _change(one: Changed, *, by: Actor, basis: str) -> dict[str, Any]:
    entry, values = one.entry, one.values
    before = {name: plain(getattr(entry, name)) for name in values}
    _amend(entry, values, by=by, source=basis)
    kept: dict[str, Any] = {"before": before, "after": {name: plain(value) for name, value in values.items()}}
    if one.stage_from is not None:
        _stage(entry, values["status"], one.stage_from, basis)
        kept["stage_from"] = one.stage_from.isoformat()
    return kept


def _amend(entry: AgreementEntry, values: Mapping[str, Any], *, by: Actor, source: str) -> None:
    event = EventType.AGREEMENT_ENTRY_AMENDED
    amendments.amend(entry, entry_values(entry), values, by=by, event=event, subject=entry_subject, source=source)
    suggest(entry)
    for product in filter(None, (entry.product, entry.suggested)):
        refresh(product)


def _enter(row: AnnexImport, values: Mapping[str, Any], *, by: Actor) -> AgreementEntry:
    entry = AgreementEntry(agreement=row.agreement, key=annex_cells.key_of(values), **values)
    event = EventType.AGREEMENT_ENTRY_ENTERED
    amendments.enter(entry, values, by=by, event=event, subject=entry_subject, source=row.basis)
    suggest(entry)
    return entry


def _stage(entry: AgreementEntry, status: str, on: datetime.date, act: str) -> None:
    amendments.insert(EntryStage(entry=entry, status=status, effective_from=on, act=act[:200]))


# --- Undoing ---


def undo_annex(sent: AnnexImport, *, by: Actor, reason: str) -> None:
    """Put back what a file has changed, as a new change with a reason; a second time does nothing.

    Refused with the names, if somebody has changed what the file had changed. Names that the file brought stay on
    record, but count as never having stood on the list.
    """
    require(by, Permission.KEEP_REGISTER)
    if not reason.strip():
        raise MoveRefused("reason_missing", _("Give the reason for this step."))
    with transaction.atomic():
        row = _held(sent)
        if row.undone_at:
            return
        if not row.applied_at:
            raise MoveRefused("wrong_state", _("This file was not applied: there is nothing to undo."))
        kept: dict[str, Any] = row.before["entries"]
        rows = AgreementEntry.objects.select_related("agreement", "product", "suggested").prefetch_related("stages")
        entries = {str(entry.pk): entry for entry in rows.filter(pk__in=map(int, kept))}
        if touched := [str(entries[pk]) for pk, one in kept.items() if _touched(entries[pk], one)]:
            text = _("These names were changed since, so that the load cannot be undone as a whole: {names}.")
            raise MoveRefused("changed_since", text.format(names="、".join(sorted(touched))))
        with amendments.batch(by=by):
            for pk, one in kept.items():
                _undo(entries[pk], one, row, by=by, reason=reason.strip())
            entered = sum("entered" in one for one in kept.values())
            details = {"restored": len(kept) - entered, "withdrawn": entered, "sha256": row.sha256,
                       "file": str(row.nonce), "reason": reason.strip()}  # fmt: skip
            today = timezone.localdate()
            write(Event(EventType.ANNEX_UNDONE, _subject(row.agreement), details, today, row.basis), by=by)
        row.undone_at = timezone.now()
        row.save(update_fields=["undone_at"])


def _touched(entry: AgreementEntry, kept: Mapping[str, Any]) -> bool:
    """Whether the name is not any more as the load left it, in what the load has set."""
    if any(plain(getattr(entry, name)) != value for name, value in kept["after"].items()):
        return True
    last = entry.stages.all()[::-1][:1]
    return "stage_from" in kept and last[0].effective_from.isoformat() != kept["stage_from"]


def _undo(entry: AgreementEntry, kept: Mapping[str, Any], row: AnnexImport, *, by: Actor, reason: str) -> None:
    if "entered" in kept:
        days = (entry.protected_from, row.agreement.signed_on, row.agreement.in_force_on, day_of(row))
        _amend(entry, {"left_out_on": min(filter(None, days))}, by=by, source=reason)
        return
    values = {name: _value(name, value) for name, value in kept["before"].items()}
    _amend(entry, values, by=by, source=reason)
    if "stage_from" in kept:
        _stage(entry, EntryStatus(values["status"]), datetime.date.fromisoformat(kept["stage_from"]), reason)


def _value(name: str, stored: Any) -> Any:
    return datetime.date.fromisoformat(stored) if name in DATES and stored else stored
