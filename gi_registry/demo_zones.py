"""ROOF. Two demonstration zones, made by the writers that people use: one that lacks conditions, one being built.

Both are marked as demonstration: they stand in no public list and no count.
"""

from __future__ import annotations

import datetime
import uuid
from typing import Any

from django.utils import timezone

from gi_registry.demo_cases import HUNAN_OFFICE, People, places
from gi_registry.journal import Actor
from gi_registry.models import Division
from gi_registry.roles import Role
from products import zoning
from products.zone_models import DemonstrationZone
from products.zone_states import ZONE_MOVES, ZoneLevel

MOVES = {move.name: move for move in ZONE_MOVES}
OFFICE = "（演示）某省知识产权局"
CONDUCT, SUPPORT = "（演示）近三年无质量、安全、环境事故。", "（演示）县政府每年安排专项资金，设有工作专班。"


def make(people: People) -> int:
    """The zones, unless some are there; returns how many were made."""
    if DemonstrationZone.objects.filter(demonstration=True).exists():
        return 0
    found = places(HUNAN_OFFICE, 2)
    if len(found) < 2:
        return 0
    office, today = Division.objects.current().get(code=HUNAN_OFFICE), timezone.localdate()
    reviewer = Actor.user(people.reviewer, Role.REVIEWER, office)
    approver = Actor.user(people.approver, Role.APPROVER, Division.objects.current().get(code="430000"))
    officer = Actor.user(people.officer, Role.OFFICER)
    shared: dict[str, Any] = {
        "by": reviewer, "demonstration": True, "level": ZoneLevel.NATIONAL, "carrier": "（演示）某县人民政府",
        "recommender": OFFICE, "conduct": CONDUCT, "support": SUPPORT,
        "figures_on": today - datetime.timedelta(days=60),
    }  # fmt: skip
    (weak, weak_place), (strong, strong_place) = found
    zoning.enter(
        nonce=uuid.uuid4(), division=weak_place, products=[weak], producers=40, users=18, sector_output=310_000_000,
        users_output=140_000_000, name_zh=f"（演示）{weak.name_zh}国家地理标志产品保护示范区", **shared,
    )  # fmt: skip
    zone = zoning.enter(
        nonce=uuid.uuid4(), division=strong_place, products=[strong], producers=25, users=19,
        sector_output=460_000_000, users_output=390_000_000,
        name_zh=f"（演示）{strong.name_zh}国家地理标志产品保护示范区", **shared,
    )  # fmt: skip
    for name, by, paper in (
        ("recommend", approver, ""), ("choose", officer, "（演示）公示文件"), ("begin", officer, "（演示）筹建通知"),
    ):  # fmt: skip
        zoning.take_step(zone, MOVES[name], by=by, paper=paper, reason="（演示）条件齐备。")
    zoning.file_summary(
        zone, by=reviewer, year=today.year, version=0, producers=26, users=21, sector_output=480_000_000,
        users_output=410_000_000, text="（演示）新增两家用标企业，举办培训三期。",
    )  # fmt: skip
    return 2
