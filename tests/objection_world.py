"""Cases with a public notice, and objections to them, for tests; the writers of cases have tests of their own."""

import datetime
import itertools
import uuid
from typing import Any

from django.utils import timezone

from products import objecting
from products.case_models import ProtectionCase
from products.case_states import CaseKind, CaseState, LegalBasis
from products.objection_models import Objection, PublicNotice, notice_of
from products.objection_states import NoticeRule, ObjectionGround, ObjectionState, ObjectorKind
from tests import factories as make
from tests.case_world import World

_numbers = itertools.count(1)
TEXT = "The tea of the neighbouring county has borne this name for longer."
OBJECTOR, CONTACT, ADDRESS = "桃江某茶业协会", "139 0000 0000", "Dock Street 5, Taojiang"
REASON = "The name was not in use in the area claimed."


def make_case(world: World, *, law: LegalBasis = LegalBasis.ORDER_80, state: CaseState | None = None,
              name: str = "安化红茶", **more: Any) -> ProtectionCase:  # fmt: skip
    """A public case of Anhua in the state in which one may object under its law."""
    number, today = next(_numbers), timezone.localdate()
    usual = CaseState.PRELIMINARY if law == LegalBasis.ORDER_80 else CaseState.ACCEPTED
    values = {
        "reference": f"PT{number:05}", "nonce": uuid.uuid4(), "kind": CaseKind.RECOGNITION, "legal_basis": law,
        "state": state or usual, "division": world.county, "name_zh": name, "filed_on": today, "public_from": today,
    }  # fmt: skip
    return ProtectionCase.objects.create(**values | more)


def make_notice(world: World, *, case: ProtectionCase | None = None, published_on: datetime.date | None = None,
                rule: NoticeRule | None = None, **more: Any) -> PublicNotice:  # fmt: skip
    """A notice that began ten days ago, of a case under Order 80 unless a test says otherwise."""
    published_on = published_on or timezone.localdate() - datetime.timedelta(days=10)
    if "agreement" not in more:
        more["case"] = case or make_case(world)
        old = more["case"].legal_basis == LegalBasis.ORDER_78
        rule = rule or (NoticeRule.ORDER_78_14 if old else NoticeRule.ORDER_80_15)
    notice = notice_of(rule or NoticeRule.COMMENT, published_on, **more)
    notice.save()
    return notice


def make_list(code: str = "CN-GE-1") -> tuple[Any, Any]:
    """An agreement with one proposed name of abroad."""
    agreement = make.make_agreement(code, partner="GE", name_en="China–Georgia list")
    entry = make.make_agreement_entry(
        agreement, side="inbound", status="listed", name_native="Khvanchkara", name_zh="赫万奇卡拉", country="GE"
    )
    return agreement, entry


def values(**more: Any) -> dict[str, Any]:
    """What somebody sends who objects."""
    return {
        "nonce": uuid.uuid4(), "objector_kind": ObjectorKind.UNIT, "objector": OBJECTOR, "address": ADDRESS,
        "contact": CONTACT, "in_china": True, "ground": ObjectionGround.EARLIER_MARK, "text": TEXT,
    } | more  # fmt: skip


def received(notice: PublicNotice, **more: Any) -> Objection:
    """An objection that has just come."""
    return objecting.receive(notice, **values(**more))[0]


def _admit(world, row):
    objecting.admit(row, by=world.actor("officer"), text="In time, and with grounds.")


def _answer(world, row):
    objecting.answer(row, by=world.actor("reviewer"), text="The name has been ours since 1950.")


def _negotiate(world, row):
    objecting.negotiate(row, by=world.actor("officer"), text="They met and did not agree.")


def _not_admit(world, row):
    objecting.not_admit(row, by=world.actor("officer"), text="No ground is given.", published_reason="No ground given.")


def _uphold(world, row):
    objecting.uphold(row, by=world.another("officer"), text="The maps show it.", published_reason=REASON)


def _dismiss(world, row):
    objecting.dismiss(row, by=world.another("officer"), text="Nothing shows it.", published_reason=REASON)


def _take_back(world, row):
    objecting.take_back(row, by=world.actor("officer"), text="A letter of 3 March.")


STEPS = {
    ObjectionState.RECEIVED: [],
    ObjectionState.ADMITTED: [_admit],
    ObjectionState.ANSWERED: [_admit, _answer],
    ObjectionState.NEGOTIATION: [_admit, _answer, _negotiate],
    ObjectionState.UPHELD: [_admit, _uphold],
    ObjectionState.DISMISSED: [_admit, _answer, _dismiss],
    ObjectionState.NOT_ADMITTED: [_not_admit],
    ObjectionState.WITHDRAWN: [_take_back],
}


def make_objection(world: World, state: ObjectionState = ObjectionState.RECEIVED, *, notice: PublicNotice | None = None,
                   **more: Any) -> Objection:  # fmt: skip
    """An objection that was brought into a state by those who may."""
    row = received(notice or make_notice(world), **more)
    for step in STEPS[state]:
        step(world, row)
    assert row.state == state
    return row
