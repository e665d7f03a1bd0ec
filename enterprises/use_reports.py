"""WRITER. Yearly use reports: written and submitted by the enterprise, accepted or returned by the office.

Drafts are nobody's business but the enterprise's and change without the journal. What was accepted stays: a
correction is a new version, and accepting it replaces the older one. Figures stay out of the journal, which is
public, and are sealed there.
"""

from __future__ import annotations

import datetime
import secrets
import uuid
from typing import Any

from django.db import transaction
from django.db.models import F, Max
from django.utils import timezone
from django.utils.translation import gettext as _

from enterprises import notifications, use_checks, use_states
from enterprises.authorisation_facts import terms_on
from enterprises.case_files import division_of, held, must_act_for, not_permitted
from enterprises.label_codes import ALPHABET
from enterprises.models import Authorisation, Membership
from enterprises.record_words import authorisation_subject
from enterprises.states import USABLE
from enterprises.use_models import UseReport, years_of
from enterprises.use_states import EDITABLE, OPEN_VERSIONS, UseState
from gi_registry import amendments, territory
from gi_registry.event_types import EventType
from gi_registry.journal import Actor
from gi_registry.moves import MoveRefused, apply_move
from gi_registry.roles import Permission
from gi_registry.seals import sealed
from gi_registry.state_tables import Move

# What the enterprise writes, in the order of the form.
WRITTEN = (
    "output", "unit", "output_value", "sales_value", "export_value", "related_value", "premium", "labels_printed",
    "labels_used", "batches", "standard", "tests", "tests_failed", "employees", "households", "changes", "violations",
    "explanation", "may_be_shown",
)  # fmt: skip


# --- The enterprise writes ---


@transaction.atomic
def start(authorisation: Authorisation, *, year: int, by: Actor, nonce: uuid.UUID) -> UseReport:
    """A draft: the first version of a year, or a correction of the accepted one, with what is known filled in.

    The same nonce gives the same draft.
    """
    must_act_for(by, authorisation.enterprise)
    authorisation = held(authorisation)
    if found := UseReport.objects.filter(nonce=nonce).select_related("authorisation__enterprise").first():
        if found.authorisation_id != authorisation.pk or found.year != year:
            raise not_permitted()
        return found
    if year not in years_of(authorisation, timezone.localdate()):
        text = _("The authorisation did not stand in this year, so nothing is to be reported.")
        raise MoveRefused("other_year", text)
    versions = UseReport.objects.filter(authorisation=authorisation, year=year)
    if versions.filter(state__in=OPEN_VERSIONS).exists():
        raise MoveRefused("open_already", _("A report of this year is open already. Go on with that one."))
    accepted = versions.filter(state=UseState.ACCEPTED).first()
    values = written(accepted) | {"explanation": ""} if accepted else _known(authorisation, year)
    latest = versions.aggregate(latest=Max("version"))["latest"] or 0
    report = UseReport(
        reference="UR" + "".join(secrets.choice(ALPHABET) for _place in range(8)), nonce=nonce,
        authorisation=authorisation, year=year, version=latest + 1, written_by_id=by.person, **values,
    )  # fmt: skip
    amendments.insert(report)
    return report


def _known(authorisation: Authorisation, year: int) -> dict[str, Any]:
    """What the register knows of a year, as a beginning."""
    found = use_checks.ledger(authorisation, year)
    terms = terms_on(authorisation, datetime.date(year, 12, 31)) or authorisation.terms.last()
    values: dict[str, Any] = {"standard": terms.standard if terms else ""}
    if found.issued or found.activated:
        values |= {
            "labels_printed": found.issued, "labels_used": found.activated, "batches": found.batches,
        }  # fmt: skip
    if len(found.certified) == 1:
        values["unit"] = next(iter(found.certified))
    return values


def written(report: UseReport) -> dict[str, Any]:
    """What stands in a report, by column."""
    return {name: getattr(report, name) for name in WRITTEN}


@transaction.atomic
def save_draft(report: UseReport, *, by: Actor, edits: int, **values: Any) -> None:
    """Store what is there so far. Of two windows the second is refused, and its reader keeps what was typed."""
    must_act_for(by, report.authorisation.enterprise)
    if unknown := set(values) - set(WRITTEN):
        raise TypeError(f"not written by the enterprise: {sorted(unknown)}")
    for name, value in values.items():
        setattr(report, name, value)
    amendments.check(report)
    rows = UseReport.objects.filter(pk=report.pk, edits=edits, state__in=EDITABLE)
    if rows.update(edits=F("edits") + 1, **values) != 1:
        raise _faster()
    report.edits = edits + 1


def _faster() -> MoveRefused:
    return MoveRefused(
        "someone_was_faster", _("This report was changed in another window or sent meanwhile. Look at it again.")
    )


@transaction.atomic
def submit(report: UseReport, *, by: Actor, edits: int) -> None:
    """Send a complete report of a year that is over to the office; what differs from the ledger is explained."""
    must_act_for(by, report.authorisation.enterprise)
    authorisation = _hold(report, edits)
    if report.year >= timezone.localdate().year:
        raise MoveRefused("year_not_over", _("A report can be sent when its year is over."))
    if gaps := use_checks.missing(report):
        names = _(", ").join(name for _field, name in gaps)
        raise MoveRefused("incomplete", _("Still missing: {names}.").format(names=names))
    ledger = use_checks.ledger(authorisation, report.year)
    found = use_checks.checks(report, ledger)
    if impossible := [one.text for one in found if one.is_error]:
        raise MoveRefused("impossible", " ".join(impossible))
    if use_checks.open_questions(report, found):
        raise MoveRefused("not_explained", _("Some figures differ from the label ledger. Explain in a sentence why."))
    _move(report, use_states.SUBMIT, by=by, changes={"submitted_on": timezone.localdate()})
    if report.labels_used or report.output:
        _note_use(authorisation, ledger.last_active or datetime.date(report.year, 12, 31))
    notifications.tell_of_authorisation(authorisation, EventType.USE_REPORT_SUBMITTED)


def _note_use(authorisation: Authorisation, day: datetime.date) -> None:
    """The mark was used in the year: on the last day known, as `supervision.note_use` keeps it."""
    if authorisation.effective_to is not None:
        day = min(day, authorisation.effective_to - datetime.timedelta(days=1))
    rows = Authorisation.objects.filter(pk=authorisation.pk, state__in=USABLE)
    rows.exclude(last_used_on__gte=day).update(last_used_on=day)


# --- The office decides ---


@transaction.atomic
def accept(report: UseReport, *, by: Actor, edits: int) -> None:
    """The report counts from now on; the version before does not any more."""
    authorisation = _hold(report, edits)
    _must_be_independent(by, authorisation)
    versions = UseReport.objects.filter(authorisation=authorisation, year=report.year, state=UseState.ACCEPTED)
    older = versions.select_related("authorisation__enterprise", "authorisation__product").first()
    if older is not None and report.state == UseState.SUBMITTED:
        _move(older, use_states.REPLACE, by=by, changes={})
    _move(report, use_states.ACCEPT, by=by, changes={"decided_on": timezone.localdate(), "decision": ""})
    notifications.tell_of_authorisation(authorisation, EventType.USE_REPORT_ACCEPTED)


@transaction.atomic
def return_(report: UseReport, *, by: Actor, edits: int, text: str) -> None:
    """Ask the enterprise to correct the report; it reads why."""
    authorisation = _hold(report, edits)
    _must_be_independent(by, authorisation)
    changes = {"decided_on": timezone.localdate(), "decision": text.strip()}
    _move(report, use_states.RETURN, by=by, changes=changes, text=text.strip())
    notifications.tell_of_authorisation(authorisation, EventType.USE_REPORT_RETURNED)


def _must_be_independent(by: Actor, authorisation: Authorisation) -> None:
    """Nobody decides on a report of an enterprise that they act for, or acted for once."""
    if not territory.may(by, Permission.REVIEW_USE_REPORTS, division_of(authorisation)):
        raise not_permitted()
    if Membership.objects.filter(user_id=by.person, enterprise=authorisation.enterprise_id).exists():
        raise MoveRefused("four_eyes", _("You act or acted for this enterprise: somebody else has to decide."))


# --- Both ---


def _hold(report: UseReport, edits: int) -> Authorisation:
    """The authorisation, held until the end of the transaction, and the report as it is now.

    Refused where the report is not the one that was read: it may have been returned, corrected and sent anew.
    """
    report.authorisation = authorisation = held(report.authorisation)
    fresh = UseReport.objects.select_for_update(of=("self",)).get(pk=report.pk)
    if fresh.edits != edits:
        raise _faster()
    for field in UseReport._meta.concrete_fields:
        if field.name != "authorisation":
            setattr(report, field.attname, getattr(fresh, field.attname))
    return authorisation


def _move(report: UseReport, move: Move, *, by: Actor, changes: dict[str, Any], text: str = "") -> None:
    authorisation = report.authorisation
    payload = {"report": report.reference, "year": report.year, "version": report.version}
    apply_move(
        report, move, by=by, subject=authorisation_subject(authorisation), division=division_of(authorisation),
        effective_on=timezone.localdate(), reason=text, reason_is_public=False, state_field="state", changes=changes,
        payload=payload | sealed(written(report) | {"text": text}, report.nonce),
    )  # fmt: skip
