"""ROOF. Candidates, trainings, a project and a yearly report for the demonstration, made by the writers people use.

All of it is marked as demonstration: it stands in no public list and no figure.
"""

from __future__ import annotations

import datetime
import uuid

from django.utils import timezone

from enterprises import use_reports
from enterprises.models import Authorisation
from enterprises.use_models import UseReport
from gi_registry.demo_cases import HUNAN_OFFICE, People, acting
from gi_registry.journal import Actor
from gi_registry.models import Division
from gi_registry.roles import Role
from products import cultivation
from products.cultivation_models import Candidate
from products.cultivation_states import CANDIDATE_MOVES, ReadyItem, TrainingKind
from products.states import Category

MOVES = {move.name: move for move in CANDIDATE_MOVES}
OFFICE = "（演示）某市知识产权局"
# Name, category, how many items of the checklist are there, the moves made, days until the next step is due.
CANDIDATES = (
    ("（演示）某乡擂茶", Category.TEA, 3, (), -10),
    ("（演示）某山黄精", Category.MEDICINAL, 6, (), 30),
    ("（演示）某河甲鱼", Category.AQUATIC, 9, ("make_ready",), 14),
    ("（演示）某岭竹笋", Category.VEGETABLES, 9, ("make_ready", "file"), 60),
)


def make(people: People) -> int:
    """Candidates, trainings and a project of the office, unless some are there; returns how many candidates."""
    if Candidate.objects.filter(demonstration=True).exists():
        return 0
    office = Division.objects.current().select_related("parent").get(code=HUNAN_OFFICE)
    counties = list(office.children.current().select_related("parent__parent").order_by("code"))  # type: ignore[attr-defined]
    by, today = Actor.user(people.reviewer, Role.REVIEWER, office), timezone.localdate()
    for number, (name, category, items, moves, due) in enumerate(CANDIDATES):
        candidate = cultivation.enter_candidate(
            by=by, nonce=uuid.uuid4(), division=counties[number % len(counties)], demonstration=True,
            since=today - datetime.timedelta(days=200), name_zh=name, category=category,
            reputation="（演示）县志有记载，当地有传统集市。", producers="（演示）两家合作社，约六十户。",
            checklist=ReadyItem.values[:items], next_step="（演示）补齐检测报告",
            next_step_due=today + datetime.timedelta(days=due), office=OFFICE,
        )  # fmt: skip
        for step, move in enumerate(moves):
            on = today - datetime.timedelta(days=90 - 30 * step)
            cultivation.move_candidate(candidate, MOVES[move], by=by, on=on)
    for days, kind, topic, attendance in (
        (120, TrainingKind.TRAINING, "（演示）地理标志申报材料怎么准备", 46),
        (40, TrainingKind.VISIT, "（演示）到合作社看产地和记录", 9),
    ):
        cultivation.enter_training(
            by=by, nonce=uuid.uuid4(), division=office, demonstration=True, kind=kind, topic=topic, office=OFFICE,
            held_on=today - datetime.timedelta(days=days), counties=counties[:2], attendance=attendance,
        )  # fmt: skip
    cultivation.enter_project(
        by=by, nonce=uuid.uuid4(), division=office, demonstration=True, title="（演示）地理标志促进工程",
        funder="（演示）某省知识产权局", amount=300_000, begins_on=today - datetime.timedelta(days=150),
        counties=counties[:2],
    )  # fmt: skip
    return len(CANDIDATES)


def report(people: People) -> bool:
    """Last year's report of the owner's enterprise, waiting for the office, unless it has one; whether it was made."""
    enterprise, by = acting(people.members[0])
    year = timezone.localdate().year - 1
    row = Authorisation.objects.filter(enterprise=enterprise, effective_from__year__lte=year).in_force().first()
    if row is None or UseReport.objects.filter(authorisation=row).exists():
        return False
    found = use_reports.start(row, year=year, by=by, nonce=uuid.uuid4())
    use_reports.save_draft(
        found, by=by, edits=found.edits, unit="kg", output=18_500_000, output_value=4_200_000, sales_value=3_900_000,
        related_value=600_000, labels_printed=0, labels_used=0, tests=6, tests_failed=0, employees=24, households=61,
        premium=15, changes="（演示）新增一条包装线。",
    )  # fmt: skip
    use_reports.submit(found, by=by, edits=found.edits)
    return True
