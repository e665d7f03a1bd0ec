"""READER. Protection cases: who may read and handle them, how the journal names them, what they still lack."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from gi_registry import territory
from gi_registry.journal import Actor, Subject
from gi_registry.models import Division, DivisionLevel, DivisionStatus
from gi_registry.roles import RULES, Permission
from gi_registry.state_tables import MoveRefused
from products.case_models import ProtectionCase, ProtectionCaseQuerySet
from products.case_states import (
    EDITABLE_CASES,
    NEEDED_PAPERS,
    NEEDED_PARTS,
    CaseKind,
    CaseState,
    LegalBasis,
    ProposerLevel,
    applicants_under,
    law_of,
)
from products.models import Right
from products.states import Track

# Who works on cases, and does not only read them.
HANDLING = (
    Permission.PREPARE_CASES, Permission.GIVE_OPINION, Permission.EXAMINE_CASES, Permission.END_PROTECTION,
)  # fmt: skip


def case_subject(case: ProtectionCase) -> Subject:
    """The name of a case in the journal: its number, and once the public may read it, what it is about."""
    label = str(case) if case.public_from is not None else case.reference
    return Subject("case", case.reference, label)


def held(case: ProtectionCase) -> ProtectionCase:
    """The row as it is now, held until the end of the transaction; always before objections and the journal."""
    rows = ProtectionCase.objects.select_for_update(of=("self",))
    return rows.select_related("division__parent__parent", "right__product__province").get(pk=case.pk)


def visible(actors: Iterable[Actor]) -> ProtectionCaseQuerySet:
    """The cases that officials may read: of the own territory where a role is held for one.

    Drafts are seen by those who prepare cases there; the auditor sees what was filed.
    """
    wanted = Q(pk__in=[])
    for actor in actors:
        if not actor.has(Permission.READ_FILES):
            continue
        reach = Q(pk__gt=0)
        if RULES[actor.role].territorial:
            code = actor.division.code if actor.division else ""
            reach = Q(division__in=Division.objects.within(code).values("pk"))
        if not actor.has(Permission.PREPARE_CASES):
            reach &= ~Q(state=CaseState.DRAFT)
        wanted |= reach
    return ProtectionCase.objects.filter(wanted)


def must_prepare(by: Actor, division: Division) -> None:
    """Refuse whoever does not prepare cases there."""
    if not territory.may(by, Permission.PREPARE_CASES, division):
        raise MoveRefused("not_permitted", _("Your role or territory does not allow this step."))


def lies_there(right: Right, division: Division) -> bool:
    """Whether the area of a right and a division touch; without an area on record, whether they share a province."""
    areas = right.areas.on().select_related("division__parent__parent")
    if not areas:
        return right.product.province in (None, division.lineage()[0])
    return any(touches(area.division, division) for area in areas)


def touches(one: Division, other: Division) -> bool:
    """Whether one of two divisions lies in the other; no query where their parents are selected along."""
    return territory.lies_in(one, other) or territory.lies_in(other, one)


def must_be_editable(case: ProtectionCase) -> None:
    """Refuse to write in a case that is neither a draft nor sent back for its defects."""
    if case.state not in EDITABLE_CASES:
        raise MoveRefused("wrong_state", _("This step is not possible in the present state."))


# --- What a draft still lacks ---


@dataclass(frozen=True)
class Lack:
    """Something that a case needs before it can be filed: the step of the form, and a sentence."""

    step: str
    text: str


LEVELS = tuple(ProposerLevel)  # the lowest first


def level_needed(divisions: Iterable[Division]) -> ProposerLevel:
    """The lowest government that stands above all divisions of an area (Order 78: domain rules, section 2.2)."""
    ways = [place.lineage() for place in divisions]
    if len({way[0].pk for way in ways}) > 1:
        return ProposerLevel.STATE
    if len({way[-1].pk for way in ways}) == 1 and ways[0][-1].level != DivisionLevel.PROVINCE:
        return ProposerLevel.COUNTY if ways[0][-1].level == DivisionLevel.COUNTY else ProposerLevel.PREFECTURE
    if len({way[1].pk for way in ways if len(way) > 1}) == 1 and all(len(way) > 1 for way in ways):
        return ProposerLevel.PREFECTURE
    return ProposerLevel.PROVINCE


def lacking(case: ProtectionCase) -> list[Lack]:
    """Everything that a case still lacks, in the order of the form; empty when it can be filed."""
    if case.kind == CaseKind.REVOCATION:
        found = list(_lacking_of_revocation(case))
    else:
        found = [*_lacking_of_name(case), *_lacking_of_area(case), *_lacking_of_requirements(case)]
    if case.kind == CaseKind.CHANGE and not case.changed_parts:
        found.append(Lack("area", _("Nothing differs from what is protected now.")))
    there = set(case.papers.values_list("kind", flat=True))
    absent = [kind for kind in NEEDED_PAPERS.get((case.kind, case.legal_basis), ()) if kind not in there]
    return found + [Lack("papers", _("A document is missing: {kind}.").format(kind=kind.label)) for kind in absent]


def _lacking_of_name(case: ProtectionCase) -> Iterator[Lack]:
    if not case.category:
        yield Lack("name", _("Choose what kind of goods it is."))
    if not case.applicant.strip() or not case.applicant_kind:
        yield Lack("name", _("Say who applies."))
    elif case.applicant_kind not in applicants_under(case.legal_basis):
        yield Lack("name", _("Under this law an applicant of this kind cannot apply."))
    if law_of(case.filed_on or timezone.localdate()) != case.legal_basis:
        yield Lack("name", _("The day of filing lies outside the time of the law."))
    if case.kind == CaseKind.RECOGNITION and _protected_already(case):
        yield Lack("name", _("A GI product of this name is protected there already."))


def _protected_already(case: ProtectionCase) -> bool:
    rights = Right.objects.in_force().filter(track=Track.GI_PRODUCT, product__name_zh=case.name_zh)
    return rights.filter(Q(product__province=province_of(case)) | Q(product__province=None)).exists()


def province_of(case: ProtectionCase) -> Division | None:
    """The province that holds the whole area; None where it spans several."""
    found = {area.division.lineage()[0] for area in case.areas.select_related("division__parent__parent")}
    return found.pop() if len(found) == 1 else None


def _lacking_of_area(case: ProtectionCase) -> Iterator[Lack]:
    places = [area.division for area in case.areas.select_related("division__parent__parent")]
    if not places:
        yield Lack("area", _("Name the divisions of the area."))
        return
    if gone := [place.name_zh for place in places if place.status != DivisionStatus.CURRENT]:
        yield Lack("area", _("No divisions of today: {names}.").format(names="、".join(gone)))
    if not case.area_text.strip():
        yield Lack("area", _("Write the wording of the area."))
    needed = level_needed(places)
    given = case.proposer_level
    exact = case.legal_basis == LegalBasis.ORDER_78
    if not case.proposer.strip() or not given:
        yield Lack("area", _("Say which government proposed the area."))
    elif (exact and given != needed) or LEVELS.index(ProposerLevel(given)) < LEVELS.index(needed):
        yield Lack("area", _("This area has to be proposed by: {level}.").format(level=needed.label))


def _lacking_of_requirements(case: ProtectionCase) -> Iterator[Lack]:
    for part in NEEDED_PARTS:
        if not str(case.requirements.get(part, "")).strip():
            yield Lack("requirements", _("Missing in the requirements: {part}.").format(part=part.label))


def _lacking_of_revocation(case: ProtectionCase) -> Iterator[Lack]:
    if not case.ground:
        yield Lack("request", _("Choose the ground."))
    if not case.requester_kind:
        yield Lack("request", _("Say who asks for it."))
    if case.right is None or not Right.objects.in_force().filter(pk=case.right.pk).exists():
        yield Lack("request", _("The right is not in force."))
