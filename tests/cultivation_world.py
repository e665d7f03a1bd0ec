"""Candidates at any stage, trainings and projects for tests, made by the writers on tests/case_world.make_world()."""

import datetime
import uuid
from typing import Any

from django.utils import timezone

from enterprises.use_models import UseReport
from enterprises.use_states import UseState
from products import cultivation
from products.cultivation_models import Candidate, FundingProject, Training
from products.cultivation_states import CANDIDATE_MOVES, ReadyItem, Stage, TrainingKind
from products.states import Category
from tests import factories as make
from tests.case_world import World

MOVES = {move.name: move for move in CANDIDATE_MOVES}
_TO_READY = ["make_ready"]
_TO_FILED = [*_TO_READY, "file"]
WAYS = {
    Stage.CANDIDATE: [],
    Stage.READY: _TO_READY,
    Stage.FILED: _TO_FILED,
    Stage.IN_PROCEDURE: [*_TO_FILED, "begin_procedure"],
    Stage.PROTECTED: [*_TO_FILED, "begin_procedure", "protect"],
    Stage.USED: [*_TO_FILED, "protect", "use"],
    Stage.PAYING_OFF: [*_TO_FILED, "protect", "use", "pay_off"],
    Stage.DROPPED: ["drop"],
}


def days_ago(days: int) -> datetime.date:
    return timezone.localdate() - datetime.timedelta(days=days)


def make_candidate(
    world: World, stage: Stage = Stage.CANDIDATE, *, by: str = "reviewer", released: bool = False, **values: Any
) -> Candidate:
    """A candidate of Anhua, brought to a stage by those who may, today; its product is that of the world."""
    actor = world.actor(by)
    values = {
        "nonce": uuid.uuid4(), "division": world.county, "since": days_ago(400), "name_zh": "安化擂茶",
        "name_en": "Anhua Leicha", "category": Category.TEA, "reputation": "Told of in the county annals.",
        "checklist": ReadyItem.values, "office": "安化县市场监督管理局",
    } | values  # fmt: skip
    candidate = cultivation.enter_candidate(by=actor, **values)
    if stage in (Stage.PROTECTED, Stage.USED, Stage.PAYING_OFF):
        prove(world, stage)
    for name in WAYS[stage]:
        product = world.product if name == "protect" else None
        cultivation.move_candidate(candidate, MOVES[name], by=actor, reason="It is so.", product=product)
    if released:
        cultivation.release(candidate, by=actor)
    return candidate


def prove(world: World, stage: Stage) -> None:
    """What the register has to know of the world's product before a candidate can be said to be used or to pay off."""
    if stage == Stage.PROTECTED:
        return
    firm = make.make_enterprise("安化真实茶业有限公司")
    authorisation = make.make_authorisation(firm, world.product)
    if stage == Stage.PAYING_OFF:
        UseReport.objects.create(
            reference="U1", nonce=uuid.uuid4(), authorisation=authorisation, year=2024, version=1,
            state=UseState.ACCEPTED, output_value=5_000_000, written_by=world.people["owner"],
        )  # fmt: skip


def make_training(world: World, *, by: str = "reviewer", **values: Any) -> Training:
    """A training that the prefecture held for Anhua a month ago."""
    values = {
        "nonce": uuid.uuid4(), "division": world.prefecture, "kind": TrainingKind.TRAINING, "held_on": days_ago(30),
        "topic": "How an application is written", "office": "益阳市市场监督管理局", "counties": [world.county],
        "attendance": 40,
    } | values  # fmt: skip
    return cultivation.enter_training(by=world.actor(by), **values)


def make_project(world: World, *, by: str = "reviewer", **values: Any) -> FundingProject:
    """A project for Anhua that began a month ago."""
    values = {
        "nonce": uuid.uuid4(), "division": world.prefecture, "title": "Dark tea for Europe", "funder": "湖南省财政厅",
        "amount": 300_000, "begins_on": days_ago(30), "counties": [world.county],
    } | values  # fmt: skip
    return cultivation.enter_project(by=world.actor(by), **values)
