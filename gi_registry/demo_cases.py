"""ROOF. Files in every state for the demonstration, made by the same writers that people use.

Four invented enterprises apply in Hunan, which decides itself, and in Jiangxi, where the nation decides.
"""

from __future__ import annotations

import io
import uuid
from collections.abc import Callable
from dataclasses import dataclass

from django.utils import timezone

from enterprises import announcing, document_store, drafts, supervision, workflow
from enterprises.application_models import MarkApplication
from enterprises.completeness import applicable, required_documents
from enterprises.models import Authorisation, Enterprise, Membership
from enterprises.papers import Line, Paper, render
from enterprises.states import ApplicationKind, LawfulUser, SiteResult, StopGround
from gi_registry import uploads
from gi_registry.journal import Actor
from gi_registry.models import Division, User
from gi_registry.roles import Role
from products.models import Product
from products.states import AreaBasis

HUNAN_OFFICE, JIANGXI = "430900", "360000"
Step = Callable[[MarkApplication], None]
Acting = tuple[Enterprise, Actor]
Place = tuple[Product, Division]

FINDINGS = "（演示）生产地点在产地范围内，设备和记录齐全。"


@dataclass(frozen=True)
class People:
    """Who acts in the demonstration."""

    members: tuple[User, User, User, User]
    reviewer: User
    approver: User
    officer: User


def acting(user: User) -> Acting:
    """For whom a person acts, and as what."""
    membership = Membership.objects.current().select_related("enterprise").get(user=user)
    return membership.enterprise, Actor.user(user, Role(membership.role))




def make(people: People) -> int:
    """Make the files unless some are there; returns how many were made."""
    owner, village, cooperative, shop = (acting(user) for user in people.members)
    if MarkApplication.objects.filter(enterprise=owner[0]).exists():
        return 0
    near, far = places(HUNAN_OFFICE, 3), places(JIANGXI, 1)
    if len(near) < 3 or not far:
        return 0
    rice, tea, asparagus = near  # whatever the register has there
    hunan, jiangxi = Steps(people, HUNAN_OFFICE, "430000"), Steps(people, JIANGXI, JIANGXI)
    approved = [*hunan.reviewed, hunan.approve]
    wanted: list[tuple[Acting, Place, list[Step]]] = [
        (owner, asparagus, []),
        (owner, rice, [submit, hunan.notify]),
        (owner, asparagus, [submit, withdraw]),
        (village, rice, [submit]),
        (village, tea, [submit, *hunan.reviewed[:1]]),
        (village, asparagus, [submit, *hunan.reviewed[:2]]),
        (village, tea, [submit, hunan.not_accept]),
        (village, far[0], [submit, *jiangxi.reviewed, jiangxi.forward]),
        (cooperative, rice, [submit, *hunan.reviewed]),
        (cooperative, asparagus, [submit, *hunan.reviewed, hunan.refuse]),
        (shop, rice, [submit, *approved]),
        (shop, tea, [submit, *approved, hunan.announce]),
        (shop, asparagus, [submit, *approved, hunan.announce, hunan.rectify]),
    ]
    for who, place, steps in wanted:
        file = draft(*who, *place)
        for step in steps:
            step(file)
    return len(wanted)


def submit(file: MarkApplication) -> None:
    """The enterprise sends the file in."""
    workflow.submit(file, by=acting(file.started_by)[1])


def withdraw(file: MarkApplication) -> None:
    """The enterprise takes the file back."""
    workflow.withdraw(file, by=acting(file.started_by)[1], text="（演示）暂不申请。")


def places(code: str, number: int) -> list[Place]:
    """Products that can be applied for, each with a county of its area inside a division."""
    counties = Division.objects.current().within(code).filter(children=None).values("pk")
    named = Product.objects.filter(
        applicable(), rights__areas__division__in=counties, rights__areas__basis=AreaBasis.NAMED_IN_SOURCE
    )
    found = []
    for product in named.order_by("number").distinct()[:number]:
        areas = product.rights.filter(areas__division__in=counties).values("areas__division")
        county = Division.objects.filter(pk__in=areas).select_related("parent__parent").order_by("code").first()
        if county is not None:
            found.append((product, county))
    return found


def draft(enterprise: Enterprise, by: Actor, product: Product, county: Division) -> MarkApplication:
    """An application with everything that is needed to send it."""
    kind = ApplicationKind.NEW
    file = drafts.start(enterprise, by=by, nonce=uuid.uuid4(), kind=kind, product=product)
    drafts.save_draft(
        file, by=by, version=file.version, lawful_user=LawfulUser.PRODUCER, varieties=[product.name_zh],
        standard="演示标准 T/DEMO 001", yearly_output=120, output_unit="t", packs=["500 g"],
    )  # fmt: skip
    drafts.set_sites(file, by=by, version=file.version, sites=[(county, "示例路1号（演示）")])
    for document in required_documents(file):
        lines = [Line("企业", enterprise.name_zh), Line("产品", product.name_zh)]
        paper = Paper(title=f"{document.label}", number=file.reference, date_text="", lines=lines, demonstration=True)
        with uploads.made_by_us():
            cleaned, name = document_store.keep(io.BytesIO(render(paper)))
        drafts.add_document(file, by=by, kind=document, title=str(document.label), cleaned=cleaned, name=name)
    return file


class Steps:
    """What officials do with a file, in the words of the demonstration."""

    def __init__(self, people: People, office: str, province: str) -> None:
        current = Division.objects.current()
        self.reviewer = Actor.user(people.reviewer, Role.REVIEWER, current.get(code=office))
        self.approver = Actor.user(people.approver, Role.APPROVER, current.get(code=province))
        self.officer = Actor.user(people.officer, Role.OFFICER)
        self.reviewed: list[Step] = [self.accept, self.start, self.pass_on]

    def notify(self, file: MarkApplication) -> None:
        workflow.notify_defects(file, by=self.reviewer, text="（演示）检测报告缺少日期，请补正。")

    def not_accept(self, file: MarkApplication) -> None:
        workflow.not_accept(file, by=self.reviewer, text="（演示）申请事项不属于本机关职权范围。")

    def accept(self, file: MarkApplication) -> None:
        workflow.accept(file, by=self.reviewer)

    def start(self, file: MarkApplication) -> None:
        workflow.start_review(file, by=self.reviewer)

    def pass_on(self, file: MarkApplication) -> None:
        for site in file.sites.all():
            workflow.check_site(
                site, by=self.reviewer, checked_on=timezone.localdate(), result=SiteResult.INSIDE, findings=FINDINGS
            )
        workflow.pass_on(file, by=self.reviewer, text="（演示）材料齐全，建议核准。")

    def forward(self, file: MarkApplication) -> None:
        workflow.forward(file, by=self.approver, text="（演示）同意初审意见。")

    def approve(self, file: MarkApplication) -> None:
        workflow.approve(file, by=self.approver, text="（演示）符合规定，予以核准。")

    def refuse(self, file: MarkApplication) -> None:
        workflow.refuse(file, by=self.approver, text="（演示）产品不符合标准要求。")

    def announce(self, file: MarkApplication) -> None:
        announcing.publish(
            [file], by=self.officer, text=f"演示公告第{file.pk}号", issuer="other", issuer_text="演示登记机关",
            number=file.pk, published_on=timezone.localdate(), body="（演示）核准下列企业使用地理标志专用标志。",
        )  # fmt: skip

    def rectify(self, file: MarkApplication) -> None:
        authorisation = Authorisation.objects.get(terms__application=file)
        supervision.order_rectification(authorisation, by=self.reviewer, text="（演示）标志使用不规范，限期改正。")
        supervision.propose_stop(
            authorisation, by=self.reviewer, ground=StopGround.NOT_TO_STANDARD, text="（演示）逾期未改正。"
        )
