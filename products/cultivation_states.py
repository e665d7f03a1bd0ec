"""LEAF. Words and moves of candidates for protection, of trainings and of funding projects."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from gi_registry.event_types import EventType
from gi_registry.roles import Permission
from gi_registry.state_tables import Move


class Stage(TextChoices):
    """How far a candidate has come, from a name that might be protected to a GI that brings something."""

    CANDIDATE = "candidate", _("candidate")
    READY = "ready", _("ready to be filed")
    FILED = "filed", _("filed")
    IN_PROCEDURE = "in_procedure", _("in procedure")
    PROTECTED = "protected", _("protected")
    USED = "used", _("mark in use")
    PAYING_OFF = "paying_off", _("paying off")
    DROPPED = "dropped", _("given up")


# Before the authority that protects, and not yet decided.
UNDER_WAY = frozenset({Stage.FILED, Stage.IN_PROCEDURE})
OPEN_STAGES = frozenset({Stage.CANDIDATE, Stage.READY, *UNDER_WAY})
ON_RECORD = frozenset({Stage.PROTECTED, Stage.USED, Stage.PAYING_OFF})  # tied to a product of the register
# Nothing is expected to be done any more, so that no next step can be late.
AT_REST = frozenset({Stage.PAYING_OFF, Stage.DROPPED})


class ReadyItem(TextChoices):
    """What a protection case needs (Measures on the protection of GI products; domain rules, section 4).

    The exact list of papers is set by the authority; this one is the register's own working list.
    """

    NAME = "name", _("the name, and proof that people use it")
    APPLICANT = "applicant", _("a body named by the local government that applies")
    AREA = "area", _("proposal of the local government for the area, with a map")
    FAME = "fame", _("proof of reputation and history")
    TRAITS = "traits", _("the quality traits, with test results")
    LINK = "link", _("how the traits come from the place: soil, climate, people")
    PROCESS = "process", _("how it is made")
    STANDARD = "standard", _("a standard, or the draft of one")
    PRODUCERS = "producers", _("list of producers and of their output")


class TrainingKind(TextChoices):
    """What was held."""

    TRAINING = "training", _("training")
    VISIT = "visit", _("guidance visit")


def missing_items(checklist: Iterable[str]) -> list[ReadyItem]:
    """What a protection case needs and is not there yet, in the order of the list."""
    there = set(checklist)
    return [item for item in ReadyItem if item not in there]


def all_items_there(candidate: Any, by: Any) -> Any:
    """Ready means that nothing of the checklist is missing."""
    return _("Something of the checklist is still missing.") if missing_items(candidate.checklist) else None


def product_is_protected(candidate: Any, by: Any) -> Any:
    """Protected means: tied to a product with a right in force."""
    if candidate.product is None or not candidate.product.rights.in_force().exists():
        return _("Tie it first to a product of the register whose protection is in force.")
    return None


def _authorisations(candidate: Any) -> Any:
    """Those for its product; what was made up for demonstration proves nothing of a real candidate."""
    rows = candidate.product.authorisations
    return rows.all() if candidate.demonstration else rows.real()


def mark_is_used(candidate: Any, by: Any) -> Any:
    """In use means: an enterprise is authorised to use the mark on it."""
    if candidate.product is None or not _authorisations(candidate).in_force().exists():
        return _("No enterprise is authorised to use the mark on it yet.")
    return None


def output_is_reported(candidate: Any, by: Any) -> Any:
    """Paying off means: a yearly use report with output was accepted."""
    found = candidate.product is not None and _authorisations(candidate).filter(
        use_reports__state="accepted", use_reports__output_value__gt=0
    )
    return None if found and found.exists() else _("No accepted yearly report tells of its output value yet.")


def _move(name: str, label: Any, sources: set[Stage], target: Stage, **more: Any) -> Move:
    return Move(
        name=name, label=label, sources=frozenset(sources), target=target,
        permission=Permission.KEEP_CULTIVATION, event=EventType.CANDIDATE_MOVED, **more,
    )  # fmt: skip


CANDIDATE_MOVES = (
    _move("make_ready", _("call it ready"), {Stage.CANDIDATE}, Stage.READY, guard=all_items_there),
    _move(
        "take_back", _("take it back among the candidates"), {Stage.READY, *UNDER_WAY}, Stage.CANDIDATE,
        needs_reason=True,
    ),
    _move("file", _("note that it was filed"), {Stage.READY}, Stage.FILED),
    _move("begin_procedure", _("note that it was accepted"), {Stage.FILED}, Stage.IN_PROCEDURE),
    _move(
        "protect", _("note its protection"), {Stage.FILED, Stage.IN_PROCEDURE}, Stage.PROTECTED,
        guard=product_is_protected,
    ),
    _move("use", _("note that the mark is used"), {Stage.PROTECTED}, Stage.USED, guard=mark_is_used),
    _move("pay_off", _("note that it pays off"), {Stage.USED}, Stage.PAYING_OFF, guard=output_is_reported),
    _move(
        "set_back", _("set it back to “in procedure”"), set(ON_RECORD), Stage.IN_PROCEDURE, needs_reason=True
    ),
    _move("drop", _("give it up"), set(OPEN_STAGES), Stage.DROPPED, needs_reason=True),
    _move("resume", _("take it up again"), {Stage.DROPPED}, Stage.CANDIDATE, needs_reason=True),
)  # fmt: skip
# What must be true of the product of a candidate that has come so far.
PRODUCT_GUARDS: dict[str, tuple[Callable[[Any, Any], Any], ...]] = {
    Stage.PROTECTED: (product_is_protected,),
    Stage.USED: (product_is_protected, mark_is_used),
    Stage.PAYING_OFF: (product_is_protected, mark_is_used, output_is_reported),
}
