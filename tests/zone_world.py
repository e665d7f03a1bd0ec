"""Demonstration zones in any state for tests, made by the writers on tests/case_world.make_world()."""

import datetime
import uuid
from typing import Any

from django.utils import timezone

from products import zoning
from products.zone_models import DemonstrationZone
from products.zone_states import ZONE_MOVES, ZoneLevel, ZoneState
from products.zone_values import StageEntry
from tests.case_world import World

MOVES = {move.name: move for move in ZONE_MOVES}
# Who takes each step in these tests: the last of those who decide is not the first.
WHO = {
    "recommend": "approver", "choose": "officer", "begin": "officer", "self_check": "reviewer", "accept": "officer",
    "extend": "officer", "keep": "officer", "cancel": "officer", "give_up": "approver",
}  # fmt: skip
_TO_BUILDING = ["recommend", "choose", "begin"]
_TO_ACCEPTED = [*_TO_BUILDING, "self_check", "accept"]
WAYS = {
    ZoneState.PROPOSED: [],
    ZoneState.RECOMMENDED: ["recommend"],
    ZoneState.PUBLIC_NOTICE: ["recommend", "choose"],
    ZoneState.BUILDING: _TO_BUILDING,
    ZoneState.SELF_CHECKED: [*_TO_BUILDING, "self_check"],
    ZoneState.ACCEPTED: _TO_ACCEPTED,
    ZoneState.REVIEWED: [*_TO_ACCEPTED, "keep"],
    ZoneState.CANCELLED: [*_TO_ACCEPTED, "cancel"],
    ZoneState.WITHDRAWN: ["give_up"],
}
FIGURES: dict[str, Any] = {
    "producers": 10, "users": 6, "sector_output": 200_000_000, "users_output": 120_000_000,
}  # fmt: skip
NAME = "安化黑茶国家地理标志产品保护示范区"
LONG_AGO = datetime.date(2015, 5, 4)


def days_ago(days: int) -> datetime.date:
    return timezone.localdate() - datetime.timedelta(days=days)


def make_zone(world: World, state: ZoneState = ZoneState.PROPOSED, *, by: str = "reviewer", **values: Any) -> Any:
    """A zone of Anhua that meets every condition, brought to a state by those who may, its building long ago."""
    values = {
        "nonce": uuid.uuid4(), "division": world.county, "level": ZoneLevel.NATIONAL, "name_zh": NAME,
        "name_en": "Anhua Dark Tea zone", "products": [world.product], "carrier": "安化县人民政府",
        "recommender": "湖南省知识产权局", "figures_on": days_ago(300), "conduct": "No accident was told of.",
        "support": "A fund of the county.", **FIGURES,
    } | values  # fmt: skip
    zone = zoning.enter(by=world.actor(by), **values)
    for name in WAYS[state]:
        take(world, zone, name)
    return zone


def take(world: World, zone: DemonstrationZone, name: str, by: str = "", **values: Any) -> None:
    """One step, today unless told otherwise. The time to build of a zone that checks itself is over."""
    if name == "self_check" and not zone.build_time_is_over:
        long_built(zone)
    if name == "extend":
        values = {"build_to": days_ago(-400)} | values
    zoning.take_step(zone, MOVES[name], by=world.actor(by or WHO[name]), reason="It is so.", **values)


def long_built(zone: DemonstrationZone) -> None:
    """Let everything so far have happened some years ago."""
    zone.stages.update(effective_from=LONG_AGO)
    zone.stages.exclude(effective_to=None).update(effective_to=LONG_AGO)
    zone.build_from, zone.build_to = LONG_AGO, LONG_AGO + datetime.timedelta(days=3 * 365)
    DemonstrationZone.objects.filter(pk=zone.pk).update(build_from=zone.build_from, build_to=zone.build_to)


def make_historic(world: World, *stages: StageEntry, **values: Any) -> Any:
    """A zone of the past, as a source tells of it."""
    stages = stages or (
        StageEntry(ZoneState.BUILDING, datetime.date(2021, 9, 30), "month", "公告2021"),
    )
    values = {
        "nonce": uuid.uuid4(), "division": world.county, "level": ZoneLevel.NATIONAL, "name_zh": NAME,
        "products": [world.product], "batch": "2021", "build_from": datetime.date(2021, 9, 30),
        "build_to": datetime.date(2024, 9, 30), "source": "a paper",
    } | values  # fmt: skip
    return zoning.enter_historic(by=world.actor("officer"), stages=stages, **values)
