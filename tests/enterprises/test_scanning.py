"""Scans: one short write each, one scan for a visitor in ten minutes, the public warning, and nothing personal kept."""

import datetime

import pytest
from django.core.management import call_command
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from enterprises import scanning
from enterprises.label_states import SignalKind
from enterprises.scan_models import CopySignal, MonthKey, Scan, ScanMonth, ScannedLabel, label_key
from enterprises.scan_months import first_minute
from enterprises.scanning import Seen, Visit, warned_until
from tests.label_world import make_labels

NOW = 29_800_000  # a minute in 2026
DAY = 24 * 60
pytestmark = pytest.mark.django_db


@pytest.fixture
def clock(monkeypatch):
    """A clock that tests move."""

    class Clock:
        minute = NOW

    monkeypatch.setattr(scanning, "this_minute", lambda: Clock.minute)
    return Clock


@pytest.fixture
def label():
    return label_key(make_labels().batch(100, active=(1, 50)).pk, 7)


def visit(network="203.0.113.0/24", province="43", device="android"):
    return Visit(network, device, province)


def scan(label, network="203.0.113.0/24", province="43", **values):
    return scanning.record(label, visit(network, province), **values)


def told(seen):
    return seen.first_minute, seen.count, seen.unusual


def test_scans_are_counted_from_the_first(label, clock):
    assert scanning.look(label) == Seen(0, 0, False)
    assert told(scan(label, "net a")) == (NOW, 1, False)
    clock.minute += 5
    assert told(scan(label, "net b")) == (NOW, 2, False)
    assert told(scanning.look(label)) == (NOW, 2, False)
    assert Scan.objects.count() == 2


@pytest.mark.parametrize(("later", "count"), [(0, 1), (1, 1), (9, 1), (10, 2), (600, 2)])
def test_one_visitor_and_one_code_within_ten_minutes_are_one_scan(label, clock, later, count):
    scan(label)
    clock.minute += later
    assert scan(label).count == count
    assert Scan.objects.count() == count


def test_another_code_device_or_network_is_another_scan(label, clock):
    scan(label)
    scan(label + 1)
    scan(label, "another network")
    scanning.record(label, Visit("203.0.113.0/24", "ios", "43"))
    assert Scan.objects.count() == 4


def test_a_clock_that_went_back_loses_and_doubles_nothing(label, clock):
    scan(label)
    clock.minute -= 60
    assert scan(label).count == 1
    assert scan(label, "net b").count == 2
    row = ScannedLabel.objects.get()
    assert (row.first_minute, row.last_minute) == (NOW, NOW)


# --- The public warning ---


def visits(label, clock, *rows):
    """Visitors as (network, province, days later); the last answer."""
    start, seen = clock.minute, None
    for network, province, days in rows:
        clock.minute = start + days * DAY
        seen = scan(label, network, province)
    return seen


HUNAN = [("a", "43", 0), ("b", "43", 0), ("c", "43", 0)]
NEXT_DOOR = [("d", "44", 5), ("e", "44", 5), ("f", "44", 5)]


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([*HUNAN, *NEXT_DOOR], "two_provinces"),
        ([*HUNAN, ("d", "44", 0), ("e", "44", 3), ("f", "44", 29)], "two_provinces"),
        ([*HUNAN, *NEXT_DOOR[:2]], "few_in_two"),  # two visitors in the second province: for officials only
        ([("a", "43", 0), ("c", "44", 0), ("b", "43", 3), ("d", "44", 29)], "few_in_two"),
        ([*HUNAN, *NEXT_DOOR[:1]], ""),
        ([("a", "43", 0), ("b", "44", 0), ("c", "45", 1), ("d", "46", 1)], ""),  # one visitor in each of four
        ([*HUNAN, ("d", "43", 1), ("e", "43", 2), ("f", "43", 2)], ""),  # many, in one province
        ([("a", "43", 0), ("a", "43", 1), ("b", "44", 1), ("b", "44", 2)], ""),  # two people, twice
        ([*HUNAN, ("d", "44", 31), ("e", "44", 31), ("f", "44", 31)], ""),  # too far apart
        ([*HUNAN, ("d", "", 1), ("e", "", 2), ("f", "", 2)], ""),  # place unknown
        ([*HUNAN, ("d", "00", 1), ("e", "00", 2), ("f", "00", 2)], ""),  # abroad is no province
        ([*HUNAN, ("d", "11", 1), ("e", "11", 2), ("f", "11", 2)], ""),  # often the wrong answer of the table
    ],
)
def test_the_warning_needs_three_visitors_in_each_of_two_provinces(label, clock, rows, told):
    assert visits(label, clock, *rows).unusual is (told == "two_provinces")
    kinds = set(CopySignal.objects.values_list("kind", flat=True)) - {"few_in_two"}
    assert kinds == ({told} - {"few_in_two", ""})
    assert CopySignal.objects.filter(kind="few_in_two").exists() is bool(told)


def test_the_warning_ends_thirty_days_after_what_it_rests_on(label, clock):
    visits(label, clock, *HUNAN, *NEXT_DOOR)
    clock.minute = NOW + 30 * DAY
    assert scanning.look(label).unusual
    clock.minute += 1
    assert not scanning.look(label).unusual
    assert not scan(label, "x", "45").unusual


def test_the_warning_goes_on_while_it_is_fed(label, clock):
    visits(label, clock, *HUNAN, *NEXT_DOOR)
    visits(label, clock, ("g", "43", 15), ("h", "43", 16), ("i", "43", 16))
    assert ScannedLabel.objects.get().warned_until == NOW + 35 * DAY  # three people each, on days 5 and 20
    clock.minute = NOW + 34 * DAY
    for network in "jkl":
        assert scan(label, network, "44").unusual
    assert ScannedLabel.objects.get().warned_until == NOW + (5 + 15 + 30) * DAY


def test_an_explanation_clears_what_was_seen_before(label, clock):
    visits(label, clock, *HUNAN, *[(network, place, 0) for network, place, _day in NEXT_DOOR])
    clock.minute += 1
    ScannedLabel.objects.filter(label=label).update(cleared_at=clock.minute, warned_until=0)  # as a dismissal does
    clock.minute += 1
    assert not scan(label, "g", "44").unusual
    assert not visits(label, clock, ("h", "44", 1), ("i", "44", 1), ("j", "43", 1), ("k", "43", 1)).unusual
    assert scan(label, "l", "43").unusual


sightings = st.lists(
    st.tuples(st.sampled_from(["43", "44", "45"]), st.integers(1, 7), st.integers(0, 40 * DAY)),
    max_size=16, unique_by=lambda row: row[:2],
)  # fmt: skip


@given(sightings)
def test_until_when_the_warning_stands_agrees_with_the_rule_minute_by_minute(rows):
    """The rule in its plainest form, asked at every minute at which it could change."""
    until = warned_until(rows)

    def stands(minute):
        recent = [row for row in rows if row[2] >= minute - 30 * DAY]
        provinces = {place for place, _who, _last in recent}
        several = [place for place in provinces if sum(row[0] == place for row in recent) >= 3]
        return len(several) >= 2 and len(recent) >= 6

    now = max((row[2] for row in rows), default=0)
    for minute in sorted({now, *(row[2] + 30 * DAY + step for row in rows for step in (0, 1))}):
        if minute >= now:
            assert stands(minute) == bool(until and minute <= until), minute


# --- Softer signals ---


def test_many_visitors_are_a_signal_for_officials_only(label, clock):
    for number in range(29):
        scan(label, f"net {number}")
    assert not CopySignal.objects.exists()
    seen = scan(label, "net 30")
    assert not seen.unusual
    assert CopySignal.objects.get().kind == SignalKind.MANY_VISITORS


def test_labels_that_should_not_be_on_sale_are_a_signal_with_the_second_visitor(label, clock):
    scan(label, "a", strange=SignalKind.NOT_ON_SALE)
    scan(label, "a", strange=SignalKind.NOT_ON_SALE)
    assert not CopySignal.objects.exists()
    scan(label, "b", strange=SignalKind.NOT_ON_SALE)
    scan(label, "c", strange=SignalKind.NOT_ON_SALE)
    assert CopySignal.objects.get().kind == SignalKind.NOT_ON_SALE


# --- Privacy ---


def test_the_tables_hold_no_address(label, clock):
    address, prefix = "198.51.100.77", "198.51.100.0/24"
    scan(label, prefix)
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            for row in cursor.fetchall():
                text = " ".join(str(value) for value in row)
                assert address not in text
                assert "198.51.100" not in text, table


def test_visitors_cannot_be_compared_across_labels_or_months(label, clock):
    one = scanning.visitor(label, visit(), NOW)
    assert one == scanning.visitor(label, visit(), NOW + 5)
    assert one != scanning.visitor(label + 1, visit(), NOW)
    assert one != scanning.visitor(label, visit(), NOW + 40 * DAY)
    assert one != scanning.visitor(label, visit("another network"), NOW)


def test_the_key_of_a_month_is_stored_sealed_only(label, clock):
    key = scanning.month_key("2026-08")
    assert key not in bytes(MonthKey.objects.get(month="2026-08").key)


def test_a_month_is_forgotten_with_its_key_before_anything_of_it_is_older_than_ninety_days(label, clock):
    scan(label, "a", "43")
    scan(label, "b", "43")
    scan(label + 1, "c", "44")
    clock.minute += 60 * DAY
    scan(label, "d", "43")
    month = scanning.as_time(NOW).date().replace(day=1)
    scanning.forget(month + datetime.timedelta(days=90))
    assert (Scan.objects.count(), MonthKey.objects.count()) == (4, 2)
    told = scanning.forget(month + datetime.timedelta(days=91))
    assert told == {"month_keys": 1, "scans": 3}
    assert Scan.objects.get().minute == clock.minute
    assert not MonthKey.objects.filter(month=f"{month:%Y-%m}").exists()
    rows = ScanMonth.objects.filter(batch_id=label >> 24).order_by("province")
    assert [(row.month, row.province, row.scans) for row in rows] == [("2026-08", "43", 2), ("2026-08", "44", 1)]
    assert scanning.look(label).count == 3  # what the public reads stays


def test_sums_are_by_months_as_clocks_here_show_them(label, clock):
    clock.minute = first_minute(datetime.date(2026, 9, 1)) - 1  # in China the first of September, a minute to eight
    scan(label)
    clock.minute -= 8 * 60
    scan(label, "another network")
    assert scanning.forget(datetime.date(2027, 1, 1))["scans"] == 2
    assert dict(ScanMonth.objects.values_list("month", "scans")) == {"2026-08": 1, "2026-09": 1}


def test_forgetting_twice_adds_nothing_twice(label, clock):
    scan(label)
    day = scanning.as_time(NOW).date() + datetime.timedelta(days=120)
    scanning.forget(day)
    scanning.forget(day)
    assert [row.scans for row in ScanMonth.objects.all()] == [1]


def test_the_command_says_what_it_forgot(label, capsys):
    scan(label)
    call_command("forget_visitors")
    assert "0 scans" in capsys.readouterr().out
