"""`manage.py write_states`: docs/states.md from the tables of moves, so that the document cannot go stale."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import translation

from enterprises import clocks, inspection_states, label_states, states, use_states
from gi_registry import role_states
from gi_registry.state_tables import Move
from products import (
    case_states,
    cultivation_states,
    entry_states,
    objection_states,
    plan_states,
    zone_states,
)
from products.states import RIGHT_MOVES, EntryStatus, ProductStatus

FILE = settings.BASE_DIR / "docs" / "states.md"
HEAD = """# States and moves

Made by `make docs` from the tables of moves in the apps (files named `…states.py`) and from `enterprises/clocks.py`;
a test keeps it in step. Each row is one move: who makes it also needs the territory, and the guard has to agree.
"""
TABLES: tuple[tuple[str, Any, tuple[Move, ...]], ...] = (
    ("Application to use the special mark", states.ApplicationState, states.APPLICATION_MOVES),
    ("Authorisation", states.AuthorisationState, states.AUTHORISATION_MOVES),
    ("Proposal to end an authorisation", states.StopState, states.STOP_MOVES),
    ("Right of a product", ProductStatus, RIGHT_MOVES),
    ("Protection case under Order 78", case_states.CaseState, case_states.ORDER_78_MOVES),
    ("Protection case under Order 80", case_states.CaseState, case_states.ORDER_80_MOVES),
    ("Change of what is protected", case_states.CaseState, case_states.CHANGE_MOVES),
    ("Revocation of protection", case_states.CaseState, case_states.REVOCATION_MOVES),
    ("Objection", objection_states.ObjectionState, objection_states.OBJECTION_MOVES),
    ("Name on an agreement list", EntryStatus, entry_states.ENTRY_MOVES),
    ("Demonstration zone", zone_states.ZoneState, zone_states.ZONE_MOVES),
    ("Draw of a random inspection", inspection_states.DrawState, inspection_states.DRAW_MOVES),
    ("Inspection", inspection_states.InspectionState, inspection_states.INSPECTION_MOVES),
    ("Statement of output", label_states.StatementState, label_states.STATEMENT_MOVES),
    ("Label batch", label_states.BatchState, label_states.BATCH_MOVES),
    ("Copy signal", label_states.SignalState, label_states.SIGNAL_MOVES),
    ("Suspect report", label_states.ReportState, label_states.REPORT_MOVES),
    ("Candidate for protection", cultivation_states.Stage, cultivation_states.CANDIDATE_MOVES),
    ("Plan for poverty counties", plan_states.PlanState, plan_states.PLAN_MOVES),
    ("Proposal to change a role", role_states.ProposalState, role_states.ROLE_MOVES),
    ("Yearly use report", use_states.UseState, use_states.USE_MOVES),
)


def document() -> str:
    """The whole document."""
    with translation.override("en"):
        parts = [HEAD, *(_section(*table) for table in TABLES), _clocks()]
    return "\n".join(parts)


def _section(title: str, choices: Any, moves: Iterable[Move]) -> str:
    moves = tuple(moves)
    shown = {str(state) for move in moves for state in (*move.sources, move.target)}
    lines = [f"## {title}", "", "```mermaid", "stateDiagram-v2"]
    for move in moves:
        lines += [f"    {source} --> {move.target}: {move.name}" for source in _sorted(move.sources, choices)]
    lines += ["```", "", "| Move | From | To | Permission | Reason | Guard | Event |", "|---|---|---|---|---|---|---|"]
    for move in moves:
        sources = ", ".join(_sorted(move.sources, choices))
        guard = (move.guard.__doc__ or "").strip().splitlines()
        says = guard[0] if guard else move.guard.__name__.replace("_", " ").replace("<lambda>", "")
        reason = "needed" if move.needs_reason else ""
        lines.append(
            f"| {move.name} | {sources} | {move.target} | {move.permission.value} | {reason} | {says} | "
            f"{move.event.value} |"
        )
    lines += ["", "| State | Shown as |", "|---|---|"]
    several = choices is case_states.CaseState  # one set of states, of which each law uses its own
    lines += [f"| {state.value} | {state.label} |" for state in choices if state.value in shown or not several]
    return "\n".join(lines) + "\n"


def _sorted(sources: Iterable[str], choices: Any) -> list[str]:
    order = [choice.value for choice in choices]
    return sorted((str(source) for source in sources), key=order.index)


def _clocks() -> str:
    lines = ["## Clocks of a file", "", "Nothing happens by itself when a clock runs out; a person decides.", ""]
    lines += ["| Clock | Working days | Rule |", "|---|---|---|"]
    for clock in (clocks.ACCEPTANCE, clocks.REPLY, clocks.FIRST_REVIEW, clocks.CHANGE_REVIEW, clocks.DECISION,
                  clocks.ANNOUNCEMENT):  # fmt: skip
        lines.append(f"| {clock.kind.label} | {clock.working_days} | {clock.rule.label} |")
    return "\n".join(lines) + "\n"


class Command(BaseCommand):
    help = "Write docs/states.md from the tables of moves."

    def handle(self, *args: Any, **options: Any) -> None:
        FILE.write_text(document(), encoding="utf-8")
        self.stdout.write(f"Wrote {FILE.relative_to(settings.BASE_DIR)}")
