"""Demonstration zones of the past, as a part of a load: what sources tell of zones that were chosen elsewhere."""

from __future__ import annotations

import uuid
from typing import Any

from gi_registry import partial_dates
from gi_registry.csv_files import Row, RowRefused, Table
from gi_registry.journal import Actor
from products import zoning
from products.importing import Divisions, Part, Report, partial_date, word
from products.models import Product, Right
from products.zone_models import DemonstrationZone
from products.zone_states import SHOWN_STATES, ZoneLevel, ZoneState
from products.zone_values import StageEntry, stored, subject_of

FILE = "zones.csv"
COLUMNS = [
    "reference", "level", "name_zh", "name_en", "division_code", "gi_ids", "batch", "build_from", "build_to", "stages",
    "papers", "source",
]  # fmt: skip
KEYS = (("reference",),)
TEXTS = ("name_zh", "name_en", "batch", "papers", "source")
VALUES = ("level", "division", "products", "build_from", "build_to", *TEXTS)
LEVELS = {level.value: level.value for level in ZoneLevel}


def zones_part(table: Table, divisions: Divisions, report: Report, by: Actor) -> Part:
    """The zones with their stages; a stage that the file has gained is added, none is rewritten."""
    products = {row.reference: row.product for row in Right.objects.select_related("product")}
    wanted, lines = {}, {}
    for row, (reference, values) in report.parse(table, lambda row: _zone(row, divisions, products)):
        wanted[reference], lines[reference] = values, row.line

    def enter(reference: str, values: Any) -> object:
        return zoning.enter_historic(by=by, nonce=uuid.uuid4(), reference=reference, **values)

    def amend(zone: DemonstrationZone, changes: Any) -> None:
        own = dict(changes)
        stages = own.pop("stages", None)
        if own:
            zoning.amend(zone, by=by, version=zone.version, **own)
        if stages is not None:
            known = _stages(zone)
            if stages[: len(known)] != known:
                raise RowRefused("a stage on record differs; correct it in the register")
            zoning.add_stages(zone, by=by, version=zone.version, stages=stages[len(known) :])

    rows = DemonstrationZone.objects.select_related("division__parent__parent").prefetch_related("stages")
    return Part(
        title="demonstration zones", file=FILE, wanted=wanted, lines=lines,
        present={row.reference: row for row in rows}, values_of=_values_of, identity=subject_of, enter=enter,
        amend=amend,
    )  # fmt: skip


def _values_of(zone: DemonstrationZone) -> dict[str, Any]:
    return stored(zone, VALUES) | {"stages": _stages(zone)}


def _stages(zone: DemonstrationZone) -> list[StageEntry]:
    return [
        StageEntry(row.state, row.effective_from, row.effective_precision, row.paper)
        for row in zone.stages.order_by("effective_from", "pk")
    ]


def _zone(row: Row, divisions: Divisions, products: dict[str, Product]) -> tuple[str, dict[str, Any]]:
    named = [part.strip() for part in row["gi_ids"].split(";") if part.strip()]
    if unknown := [one for one in named if one not in products]:
        raise RowRefused(f"GI {', '.join(unknown)} is unknown")
    days = {name: partial_date(row, name) for name in ("build_from", "build_to")}
    values: dict[str, Any] = {name: row[name] for name in TEXTS}
    values |= {name: day.on if day else None for name, day in days.items()}
    return row["reference"], values | {
        "level": word(row, "level", LEVELS),
        "division": divisions.resolve(row["division_code"]),
        "products": sorted({products[one] for one in named}, key=lambda one: one.number),
        "stages": [_stage(text) for text in row["stages"].split(";") if text.strip()],
    }


def _stage(text: str) -> StageEntry:
    """'building=2021-09', or with its paper 'accepted=2025-12-04=国知发保函字〔2025〕173号'."""
    state, _equals, rest = text.strip().partition("=")
    day, _equals, paper = rest.partition("=")
    if state not in {one.value for one in SHOWN_STATES}:
        raise RowRefused(f"stages: unknown word '{state}'")
    try:
        found = partial_dates.parse(day)
    except ValueError as error:
        raise RowRefused(f"stages: {error}") from None
    if found is None:
        raise RowRefused(f"stages: {state} has no day")
    return StageEntry(ZoneState(state), found.on, found.precision, paper.strip())
