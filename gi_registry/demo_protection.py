"""ROOF. Protection cases for the demonstration, made by the writers people use: from a draft to an open notice.

All of them are marked as demonstration: they change nothing of what is protected and stand in no public list.
"""

from __future__ import annotations

import io
import uuid
from collections.abc import Callable

from django.utils import timezone

from enterprises import case_papers, protection
from enterprises.papers import Line, Paper, render
from gi_registry import uploads
from gi_registry.demo_cases import HUNAN_OFFICE, People
from gi_registry.journal import Actor
from gi_registry.models import Division
from gi_registry.roles import Role
from products import drafting, protecting
from products.case_models import ProtectionCase
from products.case_states import (
    NEEDED_PAPERS,
    NEEDED_PARTS,
    ApplicantKind,
    CaseKind,
    PaperKind,
    ProposerLevel,
    RequirementPart,
    ReviewResult,
)
from products.drafting import Place
from products.states import Category

Step = Callable[[ProtectionCase], object]
TEXTS = {
    RequirementPart.NAME: "（演示）产品名称与类别如申请书所列。",
    RequirementPart.AREA: "（演示）产地范围内山地为主，年均降水充沛，土壤偏酸。",
    RequirementPart.TRAITS: "（演示）色泽均匀，香气纯正；水分不高于6.0%。",
    RequirementPart.LINK: "（演示）当地品种和气候使其品质稳定。",
    RequirementPart.PROCESS: "（演示）选料、加工、包装均在产地范围内完成。",
    RequirementPart.FAME: "（演示）县志有记载，年产约二百吨，主要销往省内。",
}


def make(people: People) -> int:
    """The cases unless some are there; returns how many were made."""
    if ProtectionCase.objects.filter(demonstration=True).exists():
        return 0
    office = Division.objects.current().get(code=HUNAN_OFFICE)
    counties = list(office.children.current().select_related("parent__parent").order_by("code"))  # type: ignore[attr-defined]
    steps = Steps(people, office)
    wanted: list[tuple[str, Category, list[Step]]] = [
        ("（演示）某山黄精", Category.MEDICINAL, []),
        ("（演示）某河甲鱼", Category.AQUATIC, [steps.submit]),
        ("（演示）某岭竹笋", Category.VEGETABLES, [steps.submit, steps.give_opinion, steps.notify]),
        ("（演示）某乡擂茶", Category.TEA,
         [steps.submit, steps.give_opinion, steps.accept, steps.begin_review, steps.record, steps.announce]),
    ]  # fmt: skip
    for number, (name, category, way) in enumerate(wanted):
        case = steps.draft(name, category, counties[number % len(counties)], complete=bool(way))
        for step in way:
            step(case)
    return len(wanted)


class Steps:
    """What officials do with a case, in the words of the demonstration."""

    def __init__(self, people: People, office: Division) -> None:
        province = Division.objects.current().get(code="430000")
        self.reviewer = Actor.user(people.reviewer, Role.REVIEWER, office)
        self.approver = Actor.user(people.approver, Role.APPROVER, province)
        self.officer = Actor.user(people.officer, Role.OFFICER)

    def draft(self, name: str, category: Category, county: Division, *, complete: bool) -> ProtectionCase:
        """A draft; a complete one has everything that is needed to send it."""
        case = drafting.start(
            by=self.reviewer, nonce=uuid.uuid4(), kind=CaseKind.RECOGNITION, division=county, name_zh=name,
            demonstration=True,
        )  # fmt: skip
        values = {
            "category": category, "area_text": f"（演示）{county.name_zh}现辖行政区域",
            "applicant": "（演示）某县特产协会", "applicant_kind": ApplicantKind.ASSOCIATION,
        }  # fmt: skip
        if complete:
            values |= {
                "proposer": "（演示）某县人民政府", "proposer_level": ProposerLevel.COUNTY,
                "proposal_number": "（演示）某政函〔2026〕1号",
            }  # fmt: skip
        drafting.save_draft(
            case, by=self.reviewer, version=case.version, places=[Place(county)] if complete else None,
            requirements={part: TEXTS[part] for part in NEEDED_PARTS} if complete else {}, **values,
        )  # fmt: skip
        for kind in NEEDED_PAPERS[case.kind, case.legal_basis] if complete else ():
            self._paper(case, kind)
        return case

    def _paper(self, case: ProtectionCase, kind: PaperKind) -> None:
        paper = Paper(
            title=f"{kind.label}", number=case.reference, date_text="", lines=[Line("产品", case.name_zh)],
            demonstration=True,
        )  # fmt: skip
        with uploads.made_by_us():
            cleaned, name = case_papers.keep(io.BytesIO(render(paper)))
        drafting.add_paper(case, by=self.reviewer, kind=kind, title=str(kind.label), cleaned=cleaned, name=name)

    def submit(self, case: ProtectionCase) -> None:
        protecting.submit(case, by=self.reviewer)

    def give_opinion(self, case: ProtectionCase) -> None:
        protecting.give_opinion(case, by=self.approver, text="（演示）材料齐全，产地范围清楚，同意上报。")

    def notify(self, case: ProtectionCase) -> None:
        text = "（演示）产地范围图缺少比例尺；检测报告缺少日期。请一并补正。"
        protecting.notify_defects(case, by=self.officer, text=text)

    def accept(self, case: ProtectionCase) -> None:
        protecting.accept(case, by=self.officer)

    def begin_review(self, case: ProtectionCase) -> None:
        protecting.begin_review(case, by=self.officer)

    def record(self, case: ProtectionCase) -> None:
        protecting.record_review(
            case, by=self.officer, held_on=timezone.localdate(), experts=["茶学", "食品科学", "知识产权法"],
            result=ReviewResult.PASSED, opinion="（演示）特色明显，与产地的关联有据，建议初步认定。",
        )  # fmt: skip

    def announce(self, case: ProtectionCase) -> None:
        protection.publish(
            [case], step="announce", by=self.officer, published_on=timezone.localdate(),
            text=f"演示初步认定公告第{case.pk}号", issuer="other", issuer_text="演示登记机关（保护）", number=case.pk,
            body="（演示）初步认定下列产品为地理标志产品，异议期两个月。",
        )  # fmt: skip
