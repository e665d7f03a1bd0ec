"""READER. One protection case as the desk shows it: what is asked, its papers, its way, the next steps."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst

from enterprises import case_effects
from enterprises.authorisation_facts import Line
from enterprises.case_choices import TRACKS
from enterprises.desk_queue import Option, option
from enterprises.file_history import role_words
from gi_registry import territory
from gi_registry.journal import Actor
from gi_registry.models import Division
from gi_registry.roles import Permission
from gi_registry.state_tables import Move
from gi_registry.working_days import after_months
from products import cases, text_differences
from products.case_models import CaseNote, CasePaper, ProtectionCase
from products.case_states import (
    CASE_CLOCKS,
    EDITABLE_CASES,
    MAIN_CONTENT,
    NEEDED_PAPERS,
    OPEN_CASES,
    CaseClock,
    CaseKind,
    CaseState,
    LegalBasis,
    PaperKind,
    RequirementPart,
    moves_of,
    needs_announcement,
)
from products.models import Right
from products.objection_models import Objection, PublicNotice
from products.text_differences import Comparison

# Taken up by whoever admits the objection: see `products/objecting.py`.
NOT_AT_THE_CASE = frozenset({"oppose"})
ENDED_WELL = frozenset({CaseState.APPROVED, CaseState.RECOGNISED, CaseState.CHANGED})
ENDED_BADLY = frozenset({CaseState.REFUSED, CaseState.NOT_ACCEPTED, CaseState.WITHDRAWN, CaseState.REVOKED})


def by_reference(actors: Iterable[Actor], reference: str) -> ProtectionCase | None:
    """A case that one of the roles may read."""
    rows = cases.visible(actors).select_related(
        "division__parent__parent", "right__product__province__parent__parent"
    )
    return rows.prefetch_related("deadlines").filter(reference=reference).first()


def preparer(actors: Iterable[Actor], division: Division) -> Actor | None:
    """The role in which somebody prepares cases of a division."""
    return next((actor for actor in actors if territory.may(actor, Permission.PREPARE_CASES, division)), None)


def examiner(actors: Iterable[Actor], division: Division) -> Actor | None:
    """The role in which somebody examines cases of a division."""
    return next((actor for actor in actors if territory.may(actor, Permission.EXAMINE_CASES, division)), None)


def is_over(case: ProtectionCase) -> bool:
    """Whether it has come to its end."""
    return case.state not in OPEN_CASES and case.state != CaseState.DRAFT


def in_force(right: Right) -> bool:
    """Whether something is protected today that can be changed or revoked."""
    return Right.objects.in_force().filter(pk=right.pk, track__in=TRACKS).exists()


def takes_papers(case: ProtectionCase) -> bool:
    """Whether documents can still be added."""
    return case.state in EDITABLE_CASES | OPEN_CASES


def was_filed(case: ProtectionCase) -> bool:
    """Whether it was ever sent in; a draft that was sent back was. Its day alone does not tell: under Order 78 the
    day on which the papers came is written into the draft.
    """
    return case.steps.exists()


# --- Steps ---


@dataclass(frozen=True)
class Choice:
    """A step that is offered, and the page on which it is taken."""

    option: Option
    url: str

    @property
    def is_onward(self) -> bool:
        """Whether the step brings the case closer to what is asked; only these stand out."""
        ends = ENDED_BADLY - {CaseState.REVOKED} | {CaseState.KEPT, CaseState.DRAFT, CaseState.DEFECTS}
        return self.option.move.target not in ends


def move_named(case: ProtectionCase, name: str) -> Move | None:
    """A step of the law of the case, by its name."""
    return next((move for move in moves_of(case.kind, case.legal_basis) if move.name == name), None)


def choices(case: ProtectionCase, actors: Sequence[Actor]) -> list[Choice]:
    """The steps that lead on from the present state, those that are refused too; each has a page."""
    found = []
    for move in moves_of(case.kind, case.legal_basis):
        if case.state not in move.sources or move.name in NOT_AT_THE_CASE:
            continue
        if (one := option(case, move, actors, case.division)) is not None:
            found.append(Choice(one, address_of(case, move)))
    return found


def address_of(case: ProtectionCase, move: Move) -> str:
    """The page of a step: the look over the whole form, an announcement, or a page of its own."""
    if move.name in ("submit", "reply", "request"):
        return reverse("enterprises:desk_case_step_form", args=[case.reference, "check"])
    if needs_announcement(move, case.legal_basis):
        return reverse("enterprises:desk_case_announce", args=[move.name]) + f"?case={case.reference}"
    return reverse("enterprises:desk_case_move", args=[case.reference, move.name])


def clock_begun_by(move: Move, law: str) -> Any:
    """The last day of the clock that a step starts today, or None."""
    kind = {"submit": CaseClock.OPINION, "notify_defects": CaseClock.REPLY}.get(move.name)
    if kind is None or law != LegalBasis.ORDER_80:
        return None
    return after_months(timezone.localdate(), CASE_CLOCKS[kind][0])


# --- What is asked ---


@dataclass(frozen=True)
class Part:
    """One part of the requirements. `comparison`: how it differs from the version in force, for a change."""

    part: RequirementPart
    text: str
    comparison: Comparison | None = None

    @property
    def is_main(self) -> bool:
        """Whether a change of it is a change of the main content."""
        return self.part in MAIN_CONTENT

    @property
    def differs(self) -> bool:
        """Whether it says something else than the version in force."""
        return self.comparison is not None and self.comparison.kind not in ("equal", "blanks")


def parts(case: ProtectionCase) -> list[Part]:
    """The parts of the requirements that are written; for a change all that are or were, compared."""
    before = case_effects.requirements_before(case)
    found = []
    for part in RequirementPart:
        text, old = str(case.requirements.get(part, "")), before.get(part, "")
        if case.kind == CaseKind.CHANGE and (text.strip() or old.strip()):
            found.append(Part(part, text, text_differences.compare(old.strip(), text.strip())))
        elif text.strip():
            found.append(Part(part, text))
    return found


@dataclass(frozen=True)
class KindOfPaper:
    """The papers of one kind; `needed`: the case cannot be filed without one."""

    kind: PaperKind
    needed: bool
    papers: list[CasePaper]


def papers_by_kind(case: ProtectionCase) -> list[KindOfPaper]:
    """What the case needs, in the order of the law, then what else is there."""
    there: dict[str, list[CasePaper]] = {}
    for paper in case.papers.all():
        there.setdefault(paper.kind, []).append(paper)
    needed = NEEDED_PAPERS.get((case.kind, case.legal_basis), ())
    found = [KindOfPaper(kind, True, there.get(kind, [])) for kind in needed]
    return found + [KindOfPaper(kind, False, there[kind]) for kind in PaperKind if kind in there and kind not in needed]


# --- The way so far ---


@dataclass(frozen=True)
class DatedLine(Line):
    """A line whose day may be known by its month or year only."""

    precision: str = "day"


def way(case: ProtectionCase) -> list[DatedLine]:
    """The dated states of the case, with what announced or proves them."""
    lines = []
    for step in case.steps.select_related("announcement"):
        state = CaseState(step.state)
        kind = "live" if state in ENDED_WELL else "stopped" if state in ENDED_BADLY else ""
        text = " · ".join(filter(None, [step.announcement.text if step.announcement else "", step.source]))
        url = step.announcement.get_absolute_url() if step.announcement else ""
        lines.append(DatedLine(step.on, capfirst(str(state.label)), text, url, kind, step.precision))
    return lines


def notes(case: ProtectionCase) -> list[tuple[CaseNote, str]]:
    """What was written into the case, each with the role of who wrote it."""
    return [(note, role_words(note.role)) for note in case.notes.all()]


def notices(case: ProtectionCase) -> list[PublicNotice]:
    """The times to object, the latest first."""
    return list(case.notices.select_related("announcement"))


def objections(case: ProtectionCase) -> list[Objection]:
    """The objections to the case, the latest first."""
    return list(Objection.objects.filter(notice__case=case))
