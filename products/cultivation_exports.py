"""READER. Candidates, trainings and projects of a territory as files for the office's own use.

They are not public: the name of each file says so. Notes and reasons stay at the desk and are in none of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from gi_registry.exports import Table
from products.cultivation_models import Candidate, FundingProject, Training
from products.cultivation_states import missing_items

NOT_PUBLIC = {"not_public": "For officials of the territory only. Do not pass it on."}
CANDIDATE_COLUMNS = (
    "reference", "name_zh", "name_en", "category", "county_code", "county", "stage", "stage_since", "missing",
    "next_step", "next_step_due", "office", "reputation", "producers", "natural_factors", "human_factors", "product",
    "released_on", "demonstration",
)  # fmt: skip
TRAINING_COLUMNS = (
    "held_on", "kind", "topic", "counties", "attendance", "office", "territory_code", "demonstration", "struck_on"
)
PROJECT_COLUMNS = (
    "title", "funder", "amount_yuan", "begins_on", "ends_on", "counties", "candidates", "territory_code",
    "demonstration", "struck_on",
)  # fmt: skip


def _table(name: str, columns: tuple[str, ...], rows: Iterable[Any], about: dict[str, Any]) -> Table:
    return Table(f"{name}-not-public", columns, rows, NOT_PUBLIC | about)


def candidates(rows: Iterable[Candidate], about: dict[str, Any]) -> Table:
    """Candidates with their stages loaded."""
    return _table("candidates", CANDIDATE_COLUMNS, map(_candidate, rows), about)


def _candidate(row: Candidate) -> dict[str, Any]:
    own = {name: getattr(row, name) for name in CANDIDATE_COLUMNS if hasattr(row, name)}
    since = [stage.effective_from for stage in row.stages.all() if stage.effective_to is None]
    return own | {
        "county_code": row.division.code,
        "county": row.division.name_zh,
        "stage_since": since[0] if since else None,
        "missing": [item.value for item in missing_items(row.checklist)],
        "product": row.product.number if row.product else None,
    }


def _shared(row: Training | FundingProject) -> dict[str, Any]:
    return {
        "counties": [f"{place.name_zh} {place.code}" for place in row.counties.all()],
        "territory_code": row.division.code,
        "demonstration": row.demonstration,
        "struck_on": row.struck_on,
    }


def trainings(rows: Iterable[Training], about: dict[str, Any]) -> Table:
    """Trainings and visits with their counties loaded."""
    return _table("trainings", TRAINING_COLUMNS, _trainings(rows), about)


def _trainings(rows: Iterable[Training]) -> Iterator[dict[str, Any]]:
    for row in rows:
        own = {name: getattr(row, name) for name in ("held_on", "kind", "topic", "attendance", "office")}
        yield own | _shared(row)


def projects(rows: Iterable[FundingProject], about: dict[str, Any]) -> Table:
    """Funding projects with their counties and candidates loaded."""
    return _table("funding-projects", PROJECT_COLUMNS, _projects(rows), about)


def _projects(rows: Iterable[FundingProject]) -> Iterator[dict[str, Any]]:
    for row in rows:
        own = {name: getattr(row, name) for name in ("title", "funder", "begins_on", "ends_on")}
        candidates = [candidate.reference for candidate in row.candidates.all()]
        yield own | {"amount_yuan": row.amount, "candidates": candidates} | _shared(row)
