"""Inspectors, enterprises with authorisations, and draws in any state, for tests of random inspections.

The enterprises are real ones (their credit codes are not of region 000000) unless a test says otherwise.
"""

import datetime
import itertools
import uuid

from django.utils import timezone

from enterprises import inspecting, inspection_roll
from enterprises.inspection_models import CreditGrade, Inspection, InspectionDraw, Inspector
from enterprises.inspection_states import InspectionResult, InspectionState, InspectionWay
from tests import factories as make
from tests.case_world import demo_code

_numbers = itertools.count(1)
LONG_AGO = datetime.date(2020, 1, 1)


def make_firms(world, number, *, demo=False, province=True):
    """So many enterprises of Hunan with an authorisation of the world's product each."""
    rows = []
    for _ in range(number):
        place = next(_numbers)
        firm = make.make_enterprise(
            f"茶业第{place}公司", uscc=demo_code(7000 + place) if demo else None, reference=f"F{place:05}",
            province=world.province if province else None,
        )  # fmt: skip
        rows.append(make.make_authorisation(firm, world.product))
    return rows


def make_inspector(world, *, division=None, by="officer", demonstration=False, **values):
    """Somebody who may inspect."""
    values = {"office": "益阳市知识产权局", "active_from": LONG_AGO} | values
    return inspection_roll.enter_inspector(
        by=world.actor(by), nonce=uuid.uuid4(), division=division or world.prefecture, demonstration=demonstration,
        **values,
    )  # fmt: skip


def fix(world, size=2, *, by="approver", **values):
    """Lists of Hunan, fixed by the approver."""
    values = {"title": "安化黑茶随机抽查", "division": world.province, "nonce": uuid.uuid4()} | values
    return inspecting.fix_lists(by=world.actor(by), size=size, **values)


def make_draw(world, size=2, *, firms=4, inspectors=4, demo=False):
    """A draw that somebody else has made; returns it with its inspections in their order."""
    make_firms(world, firms, demo=demo)
    for _ in range(inspectors):
        make_inspector(world, demonstration=demo)
    row = fix(world, size, demonstration=demo)
    inspecting.draw(row, by=world.another("approver"))
    return fresh(row), list(row.inspections.order_by("place"))


def record(world, row, *, by="reviewer", **values):
    """What the reviewer of the territory found."""
    values = {
        "way": InspectionWay.SITE, "inspected_on": timezone.localdate(), "result": InspectionResult.IN_ORDER,
        "items": [], "findings": "Ledgers and store seen.",
    } | values  # fmt: skip
    inspecting.record(row, by=world.actor(by), **values)


def make_inspection(world, state, *, result=InspectionResult.TO_RECTIFY, demo=False):
    """One inspection in a state, brought there by those who may. Its firm is watched by the reviewer's prefecture."""
    _draw, rows = make_draw(world, 1, firms=1, inspectors=2, demo=demo)
    row = reread(rows[0])
    officer = world.actor("officer")
    steps = {
        InspectionState.DRAWN: [],
        InspectionState.RECORDED: ["record"],
        InspectionState.PUBLISHED: ["record", "publish"],
        InspectionState.FOLLOWED_UP: ["record", "publish", "follow_up"],
    }[state]
    tied = row.inspectors.first()
    tied.account = world.people["reviewer"]
    tied.save()
    if "record" in steps:
        record(world, row, result=result)
    if "publish" in steps:
        term = timezone.localdate() if result == InspectionResult.TO_RECTIFY else None
        inspecting.publish(row, by=officer, summary="The ledger had gaps.", follow_up_by=term)
    if "follow_up" in steps:
        inspecting.follow_up(row, by=world.actor("reviewer"), text="The ledger is complete.")
    tied.account = None
    tied.save()
    return reread(row)


def reread(row):
    """The inspection as a page reads it."""
    return Inspection.objects.select_related("draw", "authorisation__enterprise__province").get(pk=row.pk)


def fresh(row):
    """The draw as a page reads it."""
    return InspectionDraw.objects.select_related("division__parent__parent", "product").get(pk=row.pk)


def make_public_draws(authorisation):
    """One draw with a published result, one whose lists are fixed, under references that addresses can name."""
    by = make.make_person("officer")
    values = {
        "title": "示例随机抽查", "division": authorisation.enterprise.province, "size": 1, "fixed_by": by,
        "lists_sha256": "1" * 64, "secret": "2" * 64, "commitment": "3" * 64,
        "lists": {
            "objects": {authorisation.reference: 2}, "inspectors": ["J1", "J2"], "conflicts": [],
            "about": {authorisation.reference: {"enterprise": "x", "key": "x", "product": "x", "grade": ""}},
        },
    }  # fmt: skip
    drawn = InspectionDraw.objects.create(
        reference="RIDRAWN1", nonce=uuid.uuid4(), state="drawn", seed="4" * 64, journal_hash="5" * 64,
        drawn_at=timezone.now(), **values,
    )  # fmt: skip
    InspectionDraw.objects.create(reference="RIFIXED1", nonce=uuid.uuid4(), **values)
    row = Inspection.objects.create(
        draw=drawn, place=1, authorisation=authorisation, state="published", way="site", inspected_on=LONG_AGO,
        result="to_rectify", findings="x", summary="The ledger had gaps.", published_on=LONG_AGO,
        follow_up_by=LONG_AGO,
    )  # fmt: skip
    for code in ("J1", "J2"):
        person = Inspector.objects.create(
            code=code, division=authorisation.enterprise.province, office="x", active_from=LONG_AGO
        )
        row.inspectors.add(person)
    CreditGrade.objects.create(
        enterprise=authorisation.enterprise, grade="C", effective_from=LONG_AGO, reason="Gaps in the ledger."
    )
