"""WRITER. Steps of protection cases that are announced, and what they change: the product, its area, its requirements.

One announcement may hold many cases. Everything happens in one transaction: announcement, case, product, journal; of
two officials who announce the same case one wins whole. A revocation, which also stops authorisations, is decided in
`supervision.py`.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from enterprises import acts
from gi_registry import text_forms
from gi_registry.journal import Actor
from gi_registry.moves import MoveRefused
from gi_registry.partial_dates import Precision
from gi_registry.state_tables import Move
from products import cases, protecting, registrar
from products.announcement_numbers import Issuer
from products.case_models import ProtectionCase
from products.case_states import CaseNoteKind, CaseState, moves_of, needs_announcement
from products.models import Announcement, AnnouncementEntry, FormerNumber, Product, Right
from products.record_values import Act, Area
from products.states import (
    CONFIRM,
    AnnouncementKind,
    AreaBasis,
    Basis,
    DateBasis,
    ProductStatus,
    Track,
)

KINDS = {
    CaseState.ACCEPTED: AnnouncementKind.ACCEPTANCE,
    CaseState.PRELIMINARY: AnnouncementKind.PRELIMINARY,
}


@transaction.atomic
def publish(
    found: Sequence[ProtectionCase], *, step: str, by: Actor, published_on: datetime.date, text: str,
    issuer: str = Issuer.CNIPA, issuer_text: str = "", year: int | None = None, number: int | None = None,
    reason: str = "", body: str = "",
) -> Announcement:  # fmt: skip
    """Take the same step with some cases by one new announcement (`text` is its number in words).

    Raises MoveRefused where a case cannot take the step, real and demonstration cases are mixed, the day lies in the
    future, or the number is taken. A revocation is decided by `supervision.decide_revocation`.
    """
    rows = [cases.held(case) for case in sorted(found, key=lambda case: case.pk)]
    if not rows:
        raise MoveRefused("empty", _("Choose at least one case to announce."))
    if len({row.demonstration for row in rows}) > 1:
        raise MoveRefused("mixed", _("Demonstration cases and real ones cannot stand in one announcement."))
    moves = [_step(row, step) for row in rows]
    announcement = acts.announce(
        by=by, published_on=published_on, text=text, issuer=issuer, issuer_text=issuer_text, year=year, number=number,
        body=body, demonstration=rows[0].demonstration,
    )  # fmt: skip
    for case, row, move in zip(sorted(found, key=lambda case: case.pk), rows, moves, strict=True):
        protecting.take(
            row, move, by=by, text=reason, note=CaseNoteKind.DECISION if move.needs_reason else None,
            announcement=announcement,
        )  # fmt: skip
        _carry_out(row, move, announcement, by)
        case.refresh_from_db()
    return announcement


def _step(case: ProtectionCase, name: str) -> Move:
    move = next((one for one in moves_of(case.kind, case.legal_basis) if one.name == name), None)
    if move is None or name == "revoke" or not needs_announcement(move, case.legal_basis):
        raise MoveRefused("wrong_state", _("The law of this case does not know this step."))
    return move


def _carry_out(case: ProtectionCase, move: Move, announcement: Announcement, by: Actor) -> None:
    """What a step changes of what is protected. A demonstration case changes nothing."""
    if case.demonstration:
        return
    if move.target in (CaseState.APPROVED, CaseState.RECOGNISED):
        right = _protect(case, announcement, by)
        ProtectionCase.objects.filter(pk=case.pk).update(right=right)
    elif move.target == CaseState.CHANGED:
        _change(case, announcement, by)
    elif case.right is not None:
        AnnouncementEntry.objects.get_or_create(
            announcement=announcement, right=case.right, kind=KINDS[CaseState(move.target)]
        )


# --- A name becomes protected ---


def _protect(case: ProtectionCase, announcement: Announcement, by: Actor) -> Right:
    on = announcement.published_on
    assert on is not None
    province = cases.province_of(case)
    product = Product.objects.filter(name_zh=case.name_zh, province=province).first()
    if product is None:
        product = registrar.enter_product(
            by=by, number=_free_number(), name_zh=case.name_zh, name_en=case.name_en,
            name_pinyin="".join(text_forms.syllables(case.name_zh)).capitalize(), category=case.category,
            province=province, province_basis="area" if province else "", source=announcement.text,
        )  # fmt: skip
    rights = list(product.rights.filter(track=Track.GI_PRODUCT))
    if any(right.is_confirmed for right in rights):
        raise MoveRefused("duplicate", _("A GI product of this name is protected there already."))
    pending = next((right for right in rights if right.status in CONFIRM.sources), None)
    right = _confirm(case, pending, announcement, on, by) if pending else _enter(case, product, announcement, on, by)
    registrar.enter_requirements(
        right, case.requirements, by=by, on=on, announcement=announcement, source=announcement.text
    )
    return right


def _enter(
    case: ProtectionCase, product: Product, announcement: Announcement, on: datetime.date, by: Actor
) -> Right:
    return registrar.enter_right(
        product, by=by, reference=f"C{case.pk:07}", track=Track.GI_PRODUCT, status=ProductStatus.APPROVED,
        approved_on=on, approved_precision=Precision.DAY, effective_from=on, effective_from_basis=DateBasis.APPROVAL,
        area_text=case.area_text, areas=_areas(case), basis=Basis.SOURCED, source=announcement.text,
        announcements=frozenset({Act(announcement, AnnouncementKind.APPROVAL)}),
    )  # fmt: skip


def _confirm(
    case: ProtectionCase, right: Right, announcement: Announcement, on: datetime.date, by: Actor
) -> Right:
    """A right that the register knew as reported or in procedure is the one that is now approved."""
    reason = _("Protection case {reference}").format(reference=case.reference)
    registrar.confirm_right(right, by=by, on=on, announcement=announcement, reason=reason, source=announcement.text)
    registrar.amend_right(right, by=by, on=on, area_text=case.area_text, areas=_areas(case), source=announcement.text)
    return right


def _areas(case: ProtectionCase) -> frozenset[Area]:
    rows = case.areas.select_related("division")
    return frozenset(Area(row.division, row.extent, AreaBasis.NAMED_IN_SOURCE, row.note) for row in rows)


def _free_number() -> int:
    """The next number of the register; the journal's lock, held by now, keeps others from taking it."""
    taken = [model.objects.aggregate(last=Max("number"))["last"] or 0 for model in (Product, FormerNumber)]
    return max(taken) + 1


# --- What is protected changes ---


def _change(case: ProtectionCase, announcement: Announcement, by: Actor) -> None:
    """From the day of the announcement: the new area, the new requirements, the new name."""
    right, on, parts = case.right, announcement.published_on, case.changed_parts
    assert right is not None
    assert on is not None
    areas = _areas(case) if "area" in parts and case.areas.exists() else None
    registrar.change_right(
        right, by=by, on=on, announcement=announcement, areas=areas, parts=case.requirements or None,
        area_text=case.area_text, source=announcement.text,
    )  # fmt: skip
    if case.name_zh != right.product.name_zh:
        registrar.amend_product(right.product, by=by, source=announcement.text, name_zh=case.name_zh)
