"""Many people at the same labels at the same moment: nothing is issued beyond the certified output, no label has two
fates, a step sent twice counts once, and the ledger and the journal hold afterwards.

Threads with transactions of their own, as in test_races.py. `make bench` runs the same races thousands of times.
"""

import itertools
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from unittest.mock import patch

import pytest
from django.db import connection

from enterprises import copy_signals, label_rules, labels, output, scanning, supervision
from enterprises.label_models import IssueRule, LabelBatch, OutputStatement, Season
from enterprises.label_states import BatchState, Fate, RecallGround, SignalKind, Unit, VoidReason
from enterprises.models import Authorisation
from enterprises.scan_models import CopySignal, MonthKey, Scan, ScannedLabel, label_key
from enterprises.scanning import Visit
from enterprises.states import SuspensionGround
from gi_registry import journal
from gi_registry.models import JournalEntry
from tests import races
from tests.label_world import KILOGRAMS, Labels, assert_balance, make_labels
from tests.races import TOO_LATE, Crowd, Outcome

ON_POSTGRESQL = connection.vendor == "postgresql"
pytestmark = pytest.mark.django_db(transaction=ON_POSTGRESQL)
MANY = 50
FULL = {"over_allowance"}
TAKEN = {"wrong_range"}
# Takes a world and a crowd of MANY; returns how it ended, and what it left wrong.
Race = Callable[[Labels, Crowd], tuple[Outcome, list[str]]]


# --- What the races start from ---


def fresh(found: Labels, kilograms: int) -> Labels:
    """The same world with a new season of so much certified output."""
    season = found.certify(kilograms * KILOGRAMS, season=uuid.uuid4().hex[:12]).season
    season.refresh_from_db()
    return replace(found, season=season)


def on_screen(row: LabelBatch | Season | OutputStatement | CopySignal):
    """The same row as somebody else has it on the screen."""
    ways = {LabelBatch: "season__authorisation", Season: "authorisation", OutputStatement: "season__authorisation",
            CopySignal: "batch__season__authorisation"}  # fmt: skip
    return type(row).objects.select_related(f"{ways[type(row)]}__enterprise").get(pk=row.pk)


def by_many(number: int, writer: Callable[..., object], row, **values) -> list[Callable[[], object]]:
    """A step that so many people take with the same row."""
    rows = [on_screen(row) for _time in range(number)]
    return [lambda one=one: writer(one, **values) for one in rows]


def wrong(**facts: tuple[object, object]) -> list[str]:
    """What is not as it should be, of pairs (is, should)."""
    return [f"{name}: {is_} instead of {should}" for name, (is_, should) in facts.items() if is_ != should]


def ledger(found: Labels) -> list[str]:
    """What does not add up in the season of a race."""
    try:
        assert_balance(found.season)
    except AssertionError as error:
        return [f"the ledger does not balance: {error}"]
    found.season.refresh_from_db()
    return []


def asked(found: Labels, **values):
    """A request for 100 labels of 500 g, ready to be sent."""
    season, by = on_screen(found.season), found.world.actor("owner")
    values = {"nonce": uuid.uuid4(), "count": 100, "pack": 500, "mark_text": "GB/T", "variety": "茯砖茶"} | values
    return lambda: labels.request(season, by=by, **values)


def issued(found: Labels, batch: LabelBatch):
    batch, by = on_screen(batch), found.world.actor("reviewer")
    return lambda: labels.issue(batch, by=by)


def happening(found: Labels, batch: LabelBatch, fate: Fate, first: int, last: int, nonce: uuid.UUID | None = None):
    """Something that happens to a range of labels, ready to be sent."""
    writers = {Fate.ACTIVE: labels.activate, Fate.VOID: labels.declare_void, Fate.RETURNED: labels.take_back}
    more = {"reason": VoidReason.LOST} if fate == Fate.VOID else {}
    batch, by, nonce = on_screen(batch), found.world.actor("owner"), nonce or uuid.uuid4()
    return lambda: writers[fate](batch, by=by, nonce=nonce, first=first, last=last, **more)


def recalled(found: Labels, batch: LabelBatch):
    batch, by = on_screen(batch), found.world.actor("reviewer")
    return lambda: labels.recall(batch, by=by, ground=RecallGround.COPIED, text="Copies were found.")


def reduced(found: Labels, kilograms: int, nonce: uuid.UUID | None = None):
    season, by, nonce = on_screen(found.season), found.world.actor("reviewer"), nonce or uuid.uuid4()
    quantity = kilograms * KILOGRAMS
    return lambda: output.reduce(season, by=by, nonce=nonce, quantity=quantity, text="Counted twice.")


def stated(found: Labels, nonce: uuid.UUID):
    row, by = Authorisation.objects.get(pk=found.authorisation.pk), found.world.actor("owner")
    values = {"season": found.season.name, "unit": Unit.KILOGRAM, "quantity": 7 * KILOGRAMS, "evidence": "List 8"}
    return lambda: output.state_output(row, by=by, nonce=nonce, **values)


def places_of(batch: LabelBatch, *events: str) -> list[int]:
    """Where in the journal such events of a batch stand."""
    rows = JournalEntry.objects.filter(subject_id=batch.reference, event_type__in=events)
    return list(rows.values_list("sequence", flat=True))


# --- Issue ---


def issue_for_one(found: Labels, crowd: Crowd, fitting: int = 1) -> tuple[Outcome, list[str]]:
    """Fifty batches are issued at once on output that covers one of them."""
    found = fresh(found, 50 * fitting)
    batches = [found.request(100) for _time in range(MANY)]
    outcome = crowd.at_once([issued(found, batch) for batch in batches])
    faults = outcome.faults(winners=fitting, codes=FULL) + ledger(found)
    states = Counter(found.season.batches.values_list("state", flat=True))
    return outcome, faults + wrong(
        committed=(found.season.committed, fitting * 50 * KILOGRAMS),
        states=(states, {BatchState.ISSUED: fitting, BatchState.REQUESTED: MANY - fitting}),
        secrets=(found.season.batches.filter(secret__isnull=False).count(), fitting),
    )


def issue_for_seven(found: Labels, crowd: Crowd) -> tuple[Outcome, list[str]]:
    """Fifty batches are issued at once on output that covers seven of them."""
    return issue_for_one(found, crowd, 7)


def request_by_rule(found: Labels, crowd: Crowd) -> tuple[Outcome, list[str]]:
    """Fifty requests that the rule of the province issues at once, on output for three."""
    found, approver = fresh(found, 150), found.world.actor("approver")
    label_rules.set_issue_rule(found.world.province, by=approver, automatic_up_to=100)
    outcome = crowd.at_once([asked(found) for _time in range(MANY)])
    label_rules.set_issue_rule(found.world.province, by=approver, automatic_up_to=0)
    faults = outcome.faults(winners=3, codes=FULL) + ledger(found)
    states = list(found.season.batches.values_list("state", flat=True))
    return outcome, faults + wrong(states=(states, ["issued"] * 3), remaining=(found.season.remaining, 0))


def one_request_sent_often(found: Labels, crowd: Crowd) -> tuple[Outcome, list[str]]:
    """One request sent fifty times is one batch, and everybody is shown that one."""
    found, nonce = fresh(found, 1000), uuid.uuid4()
    outcome = crowd.at_once([asked(found, nonce=nonce) for _time in range(MANY)])
    faults = outcome.faults(winners=MANY) + ledger(found)
    told = {batch.pk for batch in outcome.results}
    return outcome, faults + wrong(batches=(told, set(found.season.batches.values_list("pk", flat=True))),
                                   number=(len(told), 1))  # fmt: skip


def one_batch_issued_often(found: Labels, crowd: Crowd) -> tuple[Outcome, list[str]]:
    """Fifty officials issue the same batch: its secret is made once, its quantity counts once."""
    found = fresh(found, 1000)
    batch = found.request(100)
    outcome = crowd.at_once([issued(found, batch) for _time in range(MANY)])
    faults = outcome.faults() + ledger(found)
    return outcome, faults + wrong(
        committed=(found.season.committed, 50 * KILOGRAMS), journal=(len(places_of(batch, "batch.issued")), 1)
    )


def issue_against_reduce(found: Labels, crowd: Crowd) -> tuple[Outcome, list[str]]:
    """Output for ten batches; 25 are issued while 25 corrections each take back the output of one."""
    found = fresh(found, 500)
    batches = [found.request(100) for _time in range(MANY // 2)]
    reductions = [reduced(found, 50) for _time in range(MANY // 2)]
    calls = itertools.chain(*zip([issued(found, batch) for batch in batches], reductions, strict=True))
    outcome = crowd.at_once(list(calls))
    return outcome, outcome.faults(winners=10, codes=FULL) + ledger(found) + wrong(left=(found.season.remaining, 0))


def one_reduction_sent_often(found: Labels, crowd: Crowd) -> tuple[Outcome, list[str]]:
    """One correction sent fifty times counts once."""
    found, nonce = fresh(found, 500), uuid.uuid4()
    outcome = crowd.at_once([reduced(found, 10, nonce) for _time in range(MANY)])
    faults = outcome.faults(winners=MANY) + ledger(found)
    return outcome, faults + wrong(certified=(found.season.certified, 490 * KILOGRAMS))


# --- Output ---


def output_certified_often(found: Labels, crowd: Crowd) -> tuple[Outcome, list[str]]:
    """Certified, refused and withdrawn at once: one of them, and certified output counts once."""
    found = fresh(found, 100)
    statement = stated(found, uuid.uuid4())()
    reviewer, owner = found.world.actor("reviewer"), found.world.actor("owner")
    calls = [
        *by_many(30, output.certify, statement, by=reviewer),
        *by_many(10, output.refuse, statement, by=reviewer, text="No list."),
        *by_many(10, output.withdraw, statement, by=owner),
    ]
    outcome = crowd.at_once(calls)
    statement.refresh_from_db()
    more = 7 if statement.state == "certified" else 0
    faults = outcome.faults() + ledger(found)
    return outcome, faults + wrong(certified=(found.season.certified, (100 + more) * KILOGRAMS))


def one_statement_sent_often(found: Labels, crowd: Crowd) -> tuple[Outcome, list[str]]:
    """One statement sent fifty times is one."""
    found, nonce = fresh(found, 100), uuid.uuid4()
    outcome = crowd.at_once([stated(found, nonce) for _time in range(MANY)])
    faults = outcome.faults(winners=MANY) + ledger(found)
    return outcome, faults + wrong(statements=(found.season.statements.count(), 2))


# --- What happens to labels ---


def overlapping_ranges(found: Labels, crowd: Crowd) -> tuple[Outcome, list[str]]:
    """Fifty overlapping ranges are activated: no label twice, and nobody is refused who met nobody."""
    found = fresh(found, 500)
    batch = found.batch(1000)
    starts = [1 + 37 * number % 970 for number in range(MANY)]
    wanted = {(first, first + 5 + 7 * number % 25) for number, first in enumerate(starts)}
    outcome = crowd.at_once([happening(found, batch, Fate.ACTIVE, *one) for one in sorted(wanted)])
    won = {(event.first, event.last) for event in outcome.results}
    taken = Counter(index for first, last in won for index in range(first, last + 1))
    needless = [one for one in wanted - won if not any(index in taken for index in range(one[0], one[1] + 1))]
    batch.refresh_from_db()
    return outcome, outcome.faults(winners=len(won), codes=TAKEN) + ledger(found) + wrong(
        twice=([index for index, times in taken.items() if times > 1], []),
        needlessly_refused=(needless, []),
        active=(batch.active, len(taken)),
        refused=(bool(outcome.refused), True),
    )


def one_step_sent_often(found: Labels, crowd: Crowd, fate: Fate = Fate.ACTIVE) -> tuple[Outcome, list[str]]:
    """One form sent fifty times is one event, and everybody is told that it was done."""
    found, nonce = fresh(found, 100), uuid.uuid4()
    batch = found.batch(100)
    outcome = crowd.at_once([happening(found, batch, fate, 11, 30, nonce) for _time in range(MANY)])
    faults = outcome.faults(winners=MANY) + ledger(found)
    batch.refresh_from_db()
    counted = {Fate.ACTIVE: batch.active, Fate.VOID: batch.void, Fate.RETURNED: batch.returned}[fate]
    return outcome, faults + wrong(
        events=({event.pk for event in outcome.results}, set(batch.events.values_list("pk", flat=True))),
        counted=(counted, 20),
    )


def one_return_sent_often(found: Labels, crowd: Crowd) -> tuple[Outcome, list[str]]:
    """One return sent fifty times gives its quantity back once."""
    return one_step_sent_often(found, crowd, Fate.RETURNED)


def every_fate_at_once(found: Labels, crowd: Crowd) -> tuple[Outcome, list[str]]:
    """Activated, void and returned at once, on the same ranges; void may come after active, nothing else may meet."""
    found = fresh(found, 100)
    batch = found.batch(100)
    fates = list(itertools.islice(itertools.cycle([Fate.ACTIVE, Fate.VOID, Fate.RETURNED]), MANY))
    calls = [happening(found, batch, fate, 1 + number // 3 * 3, 10 + number // 3 * 3)
             for number, fate in enumerate(fates)]  # fmt: skip
    outcome = crowd.at_once(calls)
    faults = outcome.faults(winners=len(outcome.results), codes=TAKEN) + ledger(found)
    for index in range(1, 101):
        events = batch.events.filter(first__lte=index, last__gte=index).order_by("pk")
        met = list(events.values_list("fate", flat=True))
        if met not in ([], ["active"], ["void"], ["returned"], ["active", "void"]):
            faults.append(f"label {index} was {', then '.join(met)}")
    return outcome, faults


def returned_and_issued_again(found: Labels, crowd: Crowd) -> tuple[Outcome, list[str]]:
    """What comes back unused is issued anew while it comes: never more than there is."""
    found = fresh(found, 50)
    batch, waiting = found.batch(100), [found_request(found) for _time in range(MANY // 2)]
    returns = [happening(found, batch, Fate.RETURNED, 1 + 4 * number, 4 + 4 * number) for number in range(MANY // 2)]
    outcome = crowd.at_once(list(itertools.chain(*zip(returns, waiting, strict=True))))
    faults = outcome.faults(winners=len(outcome.results), codes=FULL) + ledger(found)
    batch.refresh_from_db()
    again = sum(one.count for one in found.season.batches.exclude(pk=batch.pk).with_codes())
    return outcome, faults + wrong(
        returned=(batch.returned, 100), left=(found.season.remaining, 50 * KILOGRAMS - 500 * again)
    )


def found_request(found: Labels):
    """A request for four labels and their issue, one after the other, as by an official who works fast."""
    ask, by = asked(found, count=4), found.world.actor("reviewer")
    return lambda: labels.issue(ask(), by=by)


# --- Against those who stop it ---


def use_against_suspend(found: Labels, crowd: Crowd) -> tuple[Outcome, list[str]]:
    """Labels are issued and activated while the authorisation is suspended: before it, or not at all."""
    found = fresh(found, 1000)
    batch, asked_for = found.batch(400), [found.request(10) for _time in range(15)]
    approver = found.world.actor("approver")

    def suspended(row: Authorisation) -> Callable[[], object]:
        return lambda: supervision.suspend(row, by=approver, ground=SuspensionGround.TEST_FAILED, text="Lead.")

    since = races.last_entry()
    activations = [happening(found, batch, Fate.ACTIVE, 1 + 10 * number, 10 + 10 * number) for number in range(30)]
    stops = [suspended(Authorisation.objects.get(pk=found.authorisation.pk)) for _time in range(5)]
    calls = [*activations[:15], *stops, *activations[15:], *(issued(found, one) for one in asked_for)]
    outcome = crowd.at_once(calls)
    entries = JournalEntry.objects.filter(sequence__gt=since).order_by("sequence")
    told = list(entries.values_list("event_type", "subject_kind"))
    halts = [number for number, (_event, kind) in enumerate(told) if kind == "authorisation"]
    faults = outcome.faults(winners=len(told), codes=TOO_LATE | {"not_authorised", "guard"}) + ledger(found)
    faults += wrong(suspensions=(halts, [len(told) - 1]))  # the last of all, and the only one
    authorisation = Authorisation.objects.get(pk=found.authorisation.pk)
    supervision.resume(authorisation, by=approver, text="Tested again.")
    return outcome, faults


def activate_against_recall(found: Labels, crowd: Crowd) -> tuple[Outcome, list[str]]:
    """Activated before the recall, or not at all; recalled once."""
    found = fresh(found, 200)
    batch = found.batch(400)
    activations = [happening(found, batch, Fate.ACTIVE, 1 + 10 * number, 10 + 10 * number) for number in range(40)]
    calls = [*activations[:20], *(recalled(found, batch) for _time in range(10)), *activations[20:]]
    outcome = crowd.at_once(calls)
    active, ends = places_of(batch, "batch.labels_activated"), places_of(batch, "batch.recalled")
    batch.refresh_from_db()
    return outcome, outcome.faults(winners=len(active) + 1, codes=TOO_LATE) + ledger(found) + wrong(
        recalls=(len(ends), 1), later=([place for place in active if place > ends[0]], []),
        active=(batch.active, 10 * len(active)), state=(batch.state, BatchState.RECALLED),
    )  # fmt: skip


def rules_at_once(found: Labels, crowd: Crowd) -> tuple[Outcome, list[str]]:
    """Fifty officials change the rule of a province that had none: one rule stands at the end, and nobody fails."""
    IssueRule.objects.all().delete()
    by = found.world.actor("approver")
    outcome = crowd.at_once([
        lambda most=most: label_rules.set_issue_rule(found.world.province, by=by, automatic_up_to=most)
        for most in range(MANY)
    ])  # fmt: skip
    rules = IssueRule.objects.filter(province=found.world.province)
    return outcome, outcome.faults(winners=MANY) + wrong(
        rules=(rules.count(), MANY), standing=(rules.filter(effective_to=None).count(), 1)
    )


# --- Scans ---


def scans_of(label: int, visits: list[Visit], crowd: Crowd) -> Outcome:
    return crowd.at_once([lambda visit=visit: scanning.record(label, visit) for visit in visits])


def a_label(found: Labels) -> int:
    """A label that nobody has scanned."""
    return label_key(fresh(found, 10).batch(10, active=(1, 10)).pk, 7)


def one_visitor(found: Labels, crowd: Crowd) -> tuple[Outcome, list[str]]:
    """Fifty times the same visitor: one scan, at the turn of a minute as well."""
    label, minute = a_label(found), scanning.this_minute()
    with patch.object(scanning, "this_minute", side_effect=itertools.cycle([minute, minute + 1])):
        outcome = scans_of(label, [Visit("203.0.113.0/24", "android", "43")] * MANY, crowd)
    return outcome, outcome.faults(winners=MANY) + wrong(
        rows=(Scan.objects.filter(label=label).count(), 1),
        told=({seen.count for seen in outcome.results}, {1}),
        stored=(ScannedLabel.objects.get(label=label).count, 1),
    )


def fifty_visitors(found: Labels, crowd: Crowd) -> tuple[Outcome, list[str]]:
    """Fifty visitors of two provinces: fifty scans, each told its own place, one warning, each signal once."""
    label = a_label(found)
    visits = [Visit(f"198.51.{number}.0/24", "ios", ("43", "44")[number % 2]) for number in range(MANY)]
    outcome = scans_of(label, visits, crowd)
    row = ScannedLabel.objects.get(label=label)
    rows = CopySignal.objects.filter(label=label).exclude(kind=SignalKind.FEW_IN_TWO)  # may be passed over in a crowd
    signals = sorted(rows.values_list("kind", flat=True))
    return outcome, outcome.faults(winners=MANY) + wrong(
        rows=(Scan.objects.filter(label=label).count(), MANY),
        told=(sorted(seen.count for seen in outcome.results), list(range(1, MANY + 1))),
        stored=(row.count, MANY),
        warned=(row.warned_until >= row.last_minute, True),
        signals=(signals, [SignalKind.MANY_VISITORS, SignalKind.TWO_PROVINCES]),
    )


def third_and_fourth(found: Labels, crowd: Crowd) -> tuple[Outcome, list[str]]:
    """Of 25 labels each is scanned by the third and the fourth visitor of its second province at once: all warn."""
    first = label_key(fresh(found, 20).batch(40, active=(1, 40)).pk, 1)
    labels_ = range(first, first + MANY // 2)
    for label in labels_:
        for network, province in (("a", "43"), ("b", "43"), ("c", "43"), ("d", "44"), ("e", "44")):
            scanning.record(label, Visit(network, "ios", province))
    visits = [(label, Visit(network, "ios", "44")) for label in labels_ for network in "fg"]
    outcome = crowd.at_once([lambda one=one: scanning.record(*one) for one in visits])
    warned = ScannedLabel.objects.filter(label__in=labels_, warned_until__gt=0).count()
    return outcome, outcome.faults(winners=MANY) + wrong(warned=(warned, len(labels_)))


def first_of_a_month(found: Labels, crowd: Crowd) -> tuple[Outcome, list[str]]:
    """The first scans of a month make one key, so that one visitor stays one."""
    label, minute = a_label(found), scanning.this_minute() + 400 * 24 * 60
    MonthKey.objects.filter(month=scanning.as_time(minute).strftime("%Y-%m")).delete()
    scanning._month_keys.clear()
    with patch.object(scanning, "this_minute", return_value=minute):
        outcome = scans_of(label, [Visit("203.0.113.0/24", "android", "43")] * MANY, crowd)
    return outcome, outcome.faults(winners=MANY) + wrong(rows=(Scan.objects.filter(label=label).count(), 1))


def scans_against_decisions(found: Labels, crowd: Crowd) -> tuple[Outcome, list[str]]:
    """Shoppers scan a warned label while its signal is dismissed and its batch recalled: nobody blocks anybody."""
    label = a_label(found)
    for number in range(4):
        scanning.record(label, Visit(f"net {number}", "ios", ("43", "44")[number % 2]))
    signal, batch = CopySignal.objects.get(label=label), LabelBatch.objects.get(pk=label >> 24)
    by = found.world.actor("approver")
    visits = [Visit(f"198.51.{number}.0/24", "ios", ("43", "44")[number % 2]) for number in range(40)]
    calls = [lambda visit=visit: scanning.record(label, visit, strange=SignalKind.STOPPED) for visit in visits]
    calls[10:10] = by_many(5, copy_signals.dismiss, signal, by=by, text="A fair.")
    calls[20:20] = [recalled(found, batch) for _time in range(5)]
    outcome = crowd.at_once(calls)
    decided = CopySignal.objects.get(pk=signal.pk).state
    winners = 40 + 1 + (decided == "dismissed")  # a recall settles the signal too
    return outcome, outcome.faults(winners=winners) + wrong(
        rows=(Scan.objects.filter(label=label).count(), 44),
        stored=(ScannedLabel.objects.get(label=label).count, 44),
        undecided=(decided in ("dismissed", "recalled"), True),
    )


def large_batch_decided_often(found: Labels, crowd: Crowd) -> tuple[Outcome, list[str]]:
    """A proposed batch of 20,000 is agreed to, refused and withdrawn at once: one wins, nothing stays reserved."""
    found = fresh(found, 10_000)
    batch = found.request(20_000)
    labels.propose(on_screen(batch), by=found.world.actor("reviewer"))
    approver, owner = found.world.actor("approver"), found.world.actor("owner")
    calls = [
        *by_many(20, labels.agree, batch, by=approver),
        *by_many(15, labels.refuse, batch, by=approver, text="Too many."),
        *by_many(15, labels.withdraw, batch, by=owner),
    ]
    outcome = crowd.at_once(calls)
    faults = outcome.faults() + ledger(found)
    committed = 10_000 * KILOGRAMS if on_screen(batch).state == "issued" else 0
    return outcome, faults + wrong(
        committed=(found.season.committed, committed), reserved=(found.season.reserved, 0),
        journal=(len(places_of(batch, "batch.issued", "batch.refused", "batch.withdrawn")), 1),
    )  # fmt: skip


def proposals_for_one(found: Labels, crowd: Crowd) -> tuple[Outcome, list[str]]:
    """Output for one large batch; many are proposed at once, and each often."""
    found = fresh(found, 10_000)
    batches = [found.request(20_000) for _time in range(5)]
    reviewer = found.world.actor("reviewer")
    outcome = crowd.at_once([call for row in batches for call in by_many(10, labels.propose, row, by=reviewer)])
    faults = outcome.faults(codes=FULL | TOO_LATE) + ledger(found)
    return outcome, faults + wrong(reserved=(found.season.reserved, 10_000 * KILOGRAMS))


RACES: dict[str, Race] = {
    "large batch decided": large_batch_decided_often,
    "large batches proposed": proposals_for_one,
    "issue, output for one": issue_for_one,
    "issue, output for seven": issue_for_seven,
    "request, issued by rule": request_by_rule,
    "one request, 50 times": one_request_sent_often,
    "issue of one batch": one_batch_issued_often,
    "issue against reduce": issue_against_reduce,
    "one reduction, 50 times": one_reduction_sent_often,
    "certify against refuse": output_certified_often,
    "one statement, 50 times": one_statement_sent_often,
    "activate, ranges overlap": overlapping_ranges,
    "one activation, 50 times": one_step_sent_often,
    "one return, 50 times": one_return_sent_often,
    "activate, void, return": every_fate_at_once,
    "return against issue": returned_and_issued_again,
    "use against suspend": use_against_suspend,
    "activate against recall": activate_against_recall,
    "rules of a province": rules_at_once,
    "scan, one visitor": one_visitor,
    "scan, fifty visitors": fifty_visitors,
    "scan, second and third": third_and_fourth,
    "scan, first of a month": first_of_a_month,
    "scan against decisions": scans_against_decisions,
}


@pytest.fixture
def found(race_database):
    """A world that the threads share: on SQLite in a file, as in operation."""
    return make_labels()


@pytest.mark.parametrize("race", RACES.values(), ids=RACES)
def test_fifty_at_once(found, race):
    with Crowd(MANY) as crowd:
        _outcome, faults = race(found, crowd)
    assert faults == []
    assert_balance()
    assert [fault for fault in journal.verify() if "triggers" not in fault] == []


def test_the_races_see_a_ledger_that_does_not_balance(found):
    """Otherwise nothing above would mean anything."""
    found.batch(100)
    assert ledger(found) == []
    Season.objects.filter(pk=found.season.pk).update(committed=1)
    assert "does not balance" in ledger(found)[0]
