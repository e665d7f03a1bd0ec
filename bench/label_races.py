"""The races for labels, repeated until thousands have tried: nothing may be issued beyond the certified output.

The races are those of `tests/enterprises/test_label_races.py`. After each round the ledger of its season is computed
anew from what happened; at the end all ledgers and the whole journal.
"""

import time

from django.conf import settings
from django.utils import timezone

from bench.races import make_world
from bench.report import Report
from enterprises.label_models import Season
from gi_registry import journal
from tests.enterprises.test_label_races import MANY, RACES
from tests.label_world import assert_balance, make_labels
from tests.races import Crowd

ROUNDS = 5  # of each race; MANY people try in each


def run(report: Report) -> int:
    """Each race with its tries, winners and refusals; returns the number of failures."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
    found, failed = make_labels(world=make_world()), 0
    print(f"\nlabel races ({report.database}, {MANY} threads a round, {timezone.localdate()})")
    print(f"  {'race':<26}  {'tries':>6}  {'winners':>7}  {'refused':>7}  {'failures':>8}  {'s':>5}")
    with Crowd(MANY) as crowd:
        for name, race in RACES.items():
            start, tries, winners, refused, faults = time.monotonic(), 0, 0, 0, list[str]()
            for _round in range(ROUNDS):
                outcome, left = race(found, crowd)
                won, turned_away = len(outcome.results), len(outcome.refused)
                tries += won + turned_away + len(outcome.errors)
                winners, refused, faults = winners + won, refused + turned_away, faults + left
            seconds = time.monotonic() - start
            print(f"  {name:<26}  {tries:>6}  {winners:>7}  {refused:>7}  {len(faults):>8}  {seconds:>5.0f}",
                  flush=True)  # fmt: skip
            for fault in faults[:5]:
                report.note(f"FAILED {name}: {fault}")
            failed += len(faults)
    return failed + whole(report, list(found.authorisation.seasons.all()))


def whole(report: Report, seasons: list[Season]) -> int:
    """What is wrong with the ledgers of the races and with the journal after all of them."""
    broken = list(journal.verify())
    try:
        assert_balance(*seasons)
    except AssertionError as error:
        broken.append(f"a ledger does not balance: {error}")
    report.note("over-issue impossible under 50 parallel requests; every ledger balances, the journal's chain holds"
                if not broken else f"FAILED: {broken[0]}")  # fmt: skip
    return len(broken)
