"""Protection cases in any state, made by the writers that people use, on tests/case_world.make_world()."""

import datetime
import itertools
import uuid
from typing import Any

from django.utils import timezone

from enterprises import protection, supervision
from gi_registry.models import Division
from gi_registry.state_tables import Move
from products import drafting, protecting
from products.case_models import ProtectionCase
from products.case_states import (
    NEEDED_PAPERS,
    NEEDED_PARTS,
    ApplicantKind,
    CaseKind,
    LegalBasis,
    ProposerLevel,
    RequesterKind,
    ReviewResult,
    RevocationGround,
    moves_of,
    needs_announcement,
)
from products.case_states import CaseState as S
from products.drafting import Place
from products.models import Right
from products.objection_models import Objection, PublicNotice
from products.objection_states import ObjectionState
from tests.case_world import World, pdf

_numbers = itertools.count(1)
DAY = datetime.timedelta(days=1)
LAW_78, LAW_80 = LegalBasis.ORDER_78, LegalBasis.ORDER_80
PARTS = {part.value: f"{part.value} of the goods" for part in NEEDED_PARTS}
# What leads into each state under each law, kind by kind: names of moves, "+review" and "-review" for the experts.
_FILED = ["submit", "give_opinion"]
_78 = [*_FILED, "accept"]
_80 = [*_FILED, "accept", "begin_review"]
WAYS: dict[tuple[str, str], dict[str, list[str]]] = {
    (CaseKind.RECOGNITION, LAW_78): {
        S.DRAFT: [], S.PROVINCIAL: ["submit"], S.FORMAL: _FILED, S.DEFECTS: [*_FILED, "notify_defects"],
        S.NOT_ACCEPTED: [*_FILED, "not_accept"], S.ACCEPTED: _78, S.TECHNICAL: [*_78, "over", "begin_review"],
        S.APPROVED: [*_78, "over", "begin_review", "+review", "approve"],
        S.REFUSED: [*_78, "over", "begin_review", "-review", "refuse"], S.WITHDRAWN: ["submit", "withdraw"],
    },
    (CaseKind.RECOGNITION, LAW_80): {
        S.DRAFT: [], S.PROVINCIAL: ["submit"], S.FORMAL: _FILED, S.DEFECTS: [*_FILED, "notify_defects"],
        S.NOT_ACCEPTED: [*_FILED, "not_accept"], S.ACCEPTED: [*_FILED, "accept"], S.TECHNICAL: _80,
        S.PRELIMINARY: [*_80, "+review", "announce"], S.OPPOSED: [*_80, "+review", "announce", "object", "oppose"],
        S.RECOGNISED: [*_80, "+review", "announce", "over", "recognise"], S.REFUSED: [*_80, "-review", "refuse"],
        S.WITHDRAWN: ["submit", "withdraw"],
    },
    (CaseKind.CHANGE, LAW_80): {
        S.DRAFT: [], S.PROVINCIAL: ["submit"], S.FORMAL: _FILED, S.DEFECTS: [*_FILED, "notify_defects"],
        S.NOT_ACCEPTED: [*_FILED, "not_accept"], S.PRELIMINARY: [*_FILED, "announce"],
        S.OPPOSED: [*_FILED, "announce", "object", "oppose"], S.CHANGED: [*_FILED, "announce", "over", "change"],
        S.REFUSED: [*_FILED, "refuse"], S.WITHDRAWN: ["submit", "withdraw"],
    },
    (CaseKind.REVOCATION, LAW_80): {
        S.DRAFT: [], S.REQUESTED: ["request"], S.REVOKED: ["request", "revoke"], S.KEPT: ["request", "keep"],
        S.WITHDRAWN: ["request", "withdraw"],
    },
}  # fmt: skip
BY = {
    "submit": "reviewer", "reply": "reviewer", "withdraw": "reviewer", "request": "reviewer",
    "give_opinion": "approver", "send_back": "approver",
}  # fmt: skip
DECISIONS = frozenset({"approve", "recognise", "change", "change_at_once", "revoke", "refuse", "keep"})


def actor_for(world: World, name: str) -> Any:
    """Who takes a step: decisions are made by an officer who took no step before."""
    return world.another("officer") if name in DECISIONS else world.actor(BY.get(name, "officer"))


def make_case(
    world: World, state: str = S.PROVINCIAL, *, kind: CaseKind = CaseKind.RECOGNITION, law: LegalBasis = LAW_80,
    places: list[Place] | None = None, right: Right | None = None, **values: Any,
) -> ProtectionCase:  # fmt: skip
    """A case brought into a state by those who may; of 安化擂茶 in Anhua, or about the right of the world's product."""
    if kind != CaseKind.RECOGNITION:
        right = right or world.product.rights.get()
    case = drafting.start(
        by=world.actor("reviewer"), nonce=uuid.uuid4(), kind=kind, division=world.county, right=right,
        name_zh=values.pop("name_zh", "安化擂茶"), legal_basis=law, demonstration=values.pop("demonstration", False),
    )  # fmt: skip
    fill(world, case, places or [Place(world.county)], **values)
    for step in WAYS[kind, law][state]:
        walk(world, case, step)
    assert case.state == state, (case.state, state)
    return case


def fill(world: World, case: ProtectionCase, places: list[Place], **values: Any) -> None:
    """Everything that a case needs to be filed."""
    by = world.actor("reviewer")
    common: dict[str, Any] = {"filed_on": datetime.date(2023, 6, 1) if case.legal_basis == LAW_78 else None}
    if case.kind == CaseKind.REVOCATION:
        common = {"ground": RevocationGround.NOT_USED, "requester_kind": RequesterKind.UNIT}
    else:
        common |= {
            "category": "tea", "applicant_kind": ApplicantKind.BODY, "applicant": "安化县茶旅产业发展服务中心",
            "proposer": "安化县人民政府", "proposer_level": ProposerLevel.COUNTY, "area_text": "安化县现辖行政区域",
            "requirements": PARTS,
        }  # fmt: skip
    drafting.save_draft(
        case, by=by, version=case.version, places=None if case.kind == CaseKind.REVOCATION else places,
        **(common | values),
    )  # fmt: skip
    for paper in NEEDED_PAPERS[case.kind, case.legal_basis]:
        drafting.add_paper(
            case, by=by, kind=paper, title=str(paper), cleaned=pdf(f"{case.pk} {paper}"),
            name=f"{uuid.uuid4().hex}.pdf",
        )  # fmt: skip


def walk(world: World, case: ProtectionCase, step: str) -> None:
    """One word of WAYS."""
    if step in ("+review", "-review"):
        review(world, case, ReviewResult.PASSED if step == "+review" else ReviewResult.FAILED)
    elif step == "over":
        end_notice(case)
    elif step == "object":
        make_objection(case, ObjectionState.ADMITTED)
    else:
        move = next(one for one in moves_of(case.kind, case.legal_basis) if one.name == step)
        take(case, move, by=actor_for(world, step))


def review(world: World, case: ProtectionCase, result: ReviewResult) -> None:
    protecting.record_review(
        case, by=world.actor("officer"), held_on=timezone.localdate(), experts=["tea science", "law"], result=result,
        opinion="Looked at and discussed.",
    )  # fmt: skip


def end_notice(case: ProtectionCase, days: int = 1) -> None:
    """As if the time to object had ended some days ago; what came in it came before."""
    today = timezone.localdate()
    Objection.objects.filter(notice__case=case).update(received_at=timezone.now() - 30 * DAY)
    PublicNotice.objects.filter(case=case).update(
        published_on=today - 70 * DAY, first_day=today - 69 * DAY, last_day=today - days * DAY
    )
    forget(case)


def forget(case: ProtectionCase) -> None:
    """Facts that a case remembers for one page are asked anew."""
    for name in ("notices_of_case", "objections", "last_review", "changed_parts"):
        case.__dict__.pop(name, None)


def make_objection(case: ProtectionCase, state: str = ObjectionState.RECEIVED, **values: Any) -> Objection:
    """An objection to the last notice of a case; the row only, its writers have tests of their own."""
    number = next(_numbers)
    values = {
        "reference": f"OB{number:08}", "nonce": uuid.uuid4(), "token_sha256": f"{number:064}",
        "notice": case.notices.order_by("pk").last(), "objector_kind": "unit", "objector": "某合作社",
        "contact": "a@example.org", "address": "某路1号", "ground": "area", "text": "The area is too large.",
        "state": state,
    } | values  # fmt: skip
    forget(case)
    return Objection.objects.create(**values)


def take(case: ProtectionCase, move: Move, *, by: Any, **act: Any) -> None:
    """A step along the table, through the writer that the desk would call."""
    if move.name == "revoke":
        supervision.decide_revocation(case, by=by, reason="It is so.", **paper(**act))
    elif needs_announcement(move, case.legal_basis):
        reason = "It is so." if move.needs_reason else ""
        protection.publish([case], step=move.name, by=by, reason=reason, **paper(**act))
    elif move.needs_reason or move.name == "request":
        getattr(protecting, move.name)(case, by=by, text="It is so.")
    elif move.name == "oppose":
        protecting.take(case, move, by=by)
    else:
        getattr(protecting, move.name)(case, by=by)


def paper(**values: Any) -> dict[str, Any]:
    """An announcement of today."""
    number = next(_numbers)
    return {
        "text": f"示例保护公告第{number}号", "issuer": "other", "issuer_text": "示例保护", "number": number,
        "published_on": timezone.localdate(),
    } | values  # fmt: skip


def neighbour(world: World) -> Division:
    """桃江县, beside Anhua."""
    return Division.objects.get(code="430922")
