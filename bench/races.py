"""Races about one file, repeated until 10,000 people have tried: in each round exactly one may win.

Threads with connections of their own wait at a barrier and then decide at the same moment, as in
`tests/enterprises/test_races.py`. After each round the state, the journal, the notes, the clocks and the
authorisations are compared with what one winner leaves behind.
"""

import datetime
import time
from collections.abc import Callable

from django.conf import settings
from django.utils import timezone

from bench.report import Report
from enterprises import workflow
from enterprises.application_models import MarkApplication
from enterprises.models import Authorisation, DecisionAuthority, Enterprise, Membership
from enterprises.states import ApplicationState
from gi_registry import journal
from gi_registry.models import Division, RoleAssignment, User
from gi_registry.roles import Role
from products.models import Announcement, Product
from tests import races
from tests.case_world import ROLES, World, demo_code
from tests.races import Crowd, Outcome, another_enterprise, copies, publish

THREADS = 50
Round = Callable[[World, Crowd, int], tuple[Outcome, list[str]]]


def people_of(enterprise: Enterprise, places: dict[str, Division], number: int) -> dict[str, User]:
    """Everybody whom the steps of a file need."""
    people = {}
    for name in ("owner", "reviewer", "approver", "officer"):
        role, where = ROLES[name]
        people[name] = User.objects.create(username=f"bench {name} {number}")
        if role == Role.ENTERPRISE_OWNER:
            Membership.objects.create(user=people[name], enterprise=enterprise, role=role)
        else:
            place, since = places.get(where), datetime.date(2020, 1, 1)
            RoleAssignment.objects.create(user=people[name], role=role, division=place, effective_from=since)
    return people


def make_world() -> World:
    """A demonstration enterprise among the register's own divisions and products; each part gets one of its own."""
    county = Division.objects.current().select_related("parent__parent").get(code="430923")
    province, prefecture, _county = county.lineage()
    elsewhere = Division.objects.current().get(code="110000")
    number = Enterprise.objects.filter(reference__startswith="NBENCH").count() + 1
    enterprise = Enterprise.objects.create(
        reference=f"NBENCH{number}", name_zh="示例茶业有限公司", uscc=demo_code(number), basis="sourced"
    )
    if not DecisionAuthority.objects.filter(province=province).exists():
        day = datetime.date(2023, 1, 11)
        DecisionAuthority.objects.create(province=province, effective_from=day, source="bench")
    people = people_of(enterprise, {"province": province, "prefecture": prefecture}, number)
    product = Product.objects.in_force().get(number=365)
    return World(province, prefecture, county, elsewhere, product, enterprise, people)


def approvals(world: World, file: MarkApplication, number: int) -> list[Callable[[], object]]:
    by = world.actor("approver")
    return [lambda one=one: workflow.approve(one, by=by, text="In order.") for one in copies(file, number)]


def approve(world: World, crowd: Crowd, number: int) -> tuple[Outcome, list[str]]:
    """Everybody approves the same file."""
    file, since = world.file(ApplicationState.PROVINCIAL_REVIEW), races.last_entry()
    outcome = crowd.at_once(approvals(world, file, THREADS))
    return outcome, races.file_faults(
        file, since=since, state="approved", clocks=["announcement"], notes=["decision"]
    )


def approve_or_withdraw(world: World, crowd: Crowd, number: int) -> tuple[Outcome, list[str]]:
    """Half of them approve, the other half withdraw."""
    file, since = world.file(ApplicationState.PROVINCIAL_REVIEW), races.last_entry()
    by = world.actor("owner")
    withdrawals = [lambda one=one: workflow.withdraw(one, by=by, text="We stop.") for one in copies(file, THREADS // 2)]
    outcome = crowd.at_once([*approvals(world, file, THREADS // 2), *withdrawals])
    state = MarkApplication.objects.get(pk=file.pk).state
    clocks, note = (["announcement"], "decision") if state == "approved" else ([], "withdrawal")
    return outcome, races.file_faults(file, since=since, state=state, clocks=clocks, notes=[note])


def announce(world: World, crowd: Crowd, number: int) -> tuple[Outcome, list[str]]:
    """Announcements that overlap in one file: half hold one more, of another enterprise."""
    one, other = (another_enterprise(world, 2 * number + half) for half in (0, 1))
    shared, more = one.file(ApplicationState.APPROVED), other.file(ApplicationState.APPROVED)
    before = Announcement.objects.count()
    calls = []
    for place in range(THREADS):
        files = copies(shared, 1) + (copies(more, 1) if place % 2 else [])
        calls.append(publish(world, *files, number=1 + number * THREADS + place))
    outcome = crowd.at_once(calls)
    faults = []
    if Announcement.objects.count() != before + 1:
        faults.append("more or less than one announcement was entered")
    announced = set(MarkApplication.objects.filter(pk__in=[shared.pk, more.pk], state="announced").values_list("pk"))
    granted = Authorisation.objects.filter(terms__application__in=[shared.pk, more.pk])
    if (shared.pk,) not in announced or granted.count() != len(announced):
        faults.append(f"{granted.count()} authorisations for {len(announced)} announced files")
    if len(set(granted.values_list("announcement"))) != 1:
        faults.append("an announcement was not taken whole")
    return outcome, faults


# What is raced, and how many tries there are of it.
PARTS: dict[str, tuple[Round, int]] = {
    "approve against approve": (approve, 4_000),
    "approve against withdraw": (approve_or_withdraw, 4_000),
    "announce against announce": (announce, 2_000),
}


def run(report: Report) -> int:
    """Each race with its tries, winners and refusals; returns the number of failures."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
    world = make_world()
    print(f"\nraces ({report.database}, {THREADS} threads a round, {timezone.localdate()})")
    print(f"  {'race':<26}  {'tries':>7}  {'rounds':>6}  {'winners':>7}  {'refused':>7}  {'failures':>8}  {'s':>6}")
    total = failed = 0
    with Crowd(THREADS) as crowd:
        for name, (one_round, tries) in PARTS.items():
            start, winners, refused, rounds, faults = time.monotonic(), 0, 0, tries // THREADS, list[str]()
            for number in range(rounds):
                outcome, left = one_round(world, crowd, number)
                winners, refused = winners + len(outcome.results), refused + len(outcome.refused)
                faults += outcome.faults() + left
            seconds = time.monotonic() - start
            print(f"  {name:<26}  {rounds * THREADS:>7}  {rounds:>6}  {winners:>7}  {refused:>7}  {len(faults):>8}"
                  f"  {seconds:>6.0f}", flush=True)  # fmt: skip
            for fault in faults[:5]:
                report.note(f"FAILED {name}: {fault}")
            total, failed = total + tries, failed + len(faults)
    broken = list(journal.verify())
    report.note(f"{total} tries, {failed} failures")
    report.note("the journal's chain holds" if not broken else f"FAILED: {broken[0]}")
    return failed + len(broken)
