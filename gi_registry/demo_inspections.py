"""ROOF. Inspectors, credit grades and two draws for the demonstration, made by the writers that people use.

One draw was made and a result of it is published; the lists of another are fixed and wait for somebody to draw.
"""

from __future__ import annotations

import uuid

from django.utils import timezone

from enterprises import grading, inspecting, inspection_lists, inspection_roll
from enterprises.inspection_models import Inspection, InspectionDraw
from enterprises.inspection_states import Grade, InspectionResult, InspectionWay
from gi_registry.demo_cases import HUNAN_OFFICE, People
from gi_registry.journal import Actor
from gi_registry.models import Division, User
from gi_registry.roles import Role

PROVINCE = "430000"
OFFICE = "（演示）某市知识产权局"
GRADES = ((Grade.A, "（演示）连续三年抽查未发现问题。"), (Grade.C, "（演示）两次抽查发现台账不全。"))


def make(people: People) -> int:
    """Two draws, unless some are there; returns how many were made."""
    if InspectionDraw.objects.filter(demonstration=True).exists():
        return 0
    places = Division.objects.current().select_related("parent__parent")
    province, office = places.get(code=PROVINCE), places.get(code=HUNAN_OFFICE)
    approver = Actor.user(people.approver, Role.APPROVER, province)
    officer = Actor.user(people.officer, Role.OFFICER)
    reviewer = Actor.user(people.reviewer, Role.REVIEWER, office)
    rows = list(inspection_lists.objects(province, None, True, timezone.localdate()).order_by("reference"))
    if not rows:
        return 0
    firms = list({row.enterprise_id: row.enterprise for row in rows}.values())
    for firm, (grade, reason) in zip(firms, GRADES, strict=False):
        grading.set_grade(firm, by=officer, grade=grade, reason=reason)
    for account in (people.reviewer, None):  # both are drawn for everybody, so that the reviewer may record
        _inspector(approver, office, account)
    first = _fix(officer, province, "（演示）地理标志专用标志双随机抽查（第一批）", min(2, len(rows)))
    found = inspecting.draw(first, by=approver)
    _publish(found[0], reviewer, approver)
    for _place in range(2):
        _inspector(approver, office, None)
    _fix(officer, province, "（演示）地理标志专用标志双随机抽查（第二批）", 1)
    return 2


def _inspector(by: Actor, office: Division, account: User | None) -> None:
    inspection_roll.enter_inspector(
        by=by, nonce=uuid.uuid4(), division=office, office=OFFICE, active_from=timezone.localdate(),
        account=account, demonstration=True,
    )  # fmt: skip


def _fix(by: Actor, division: Division, title: str, size: int) -> InspectionDraw:
    return inspecting.fix_lists(
        by=by, nonce=uuid.uuid4(), title=title, division=division, size=size, demonstration=True
    )


def _publish(inspection: Inspection, reviewer: Actor, approver: Actor) -> None:
    inspecting.record(
        inspection, by=reviewer, way=InspectionWay.SITE, inspected_on=timezone.localdate(),
        result=InspectionResult.MINOR, findings="（演示）台账缺一页，当场补齐。",
        items=[
            {"item": None, "text": "（演示）专用标志与核准一致", "passed": True},
            {"item": None, "text": "（演示）台账完整", "passed": False, "remark": "（演示）缺一页"},
        ],
    )  # fmt: skip
    inspecting.publish(inspection, by=approver, summary="（演示）台账缺一页，已当场改正。")
