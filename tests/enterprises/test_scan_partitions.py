"""Scans by month: a month is forgotten as a whole on both databases, and on PostgreSQL it is a partition of its own."""

import datetime
from importlib import import_module

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext

from cms.management.commands import work
from enterprises import scan_partitions, scanning
from enterprises.scan_models import Scan, ScanMonth, ScannedLabel, label_key
from enterprises.scan_months import first_kept, first_minute, following
from tests.label_world import make_labels
from tests.races import Crowd

ON_POSTGRESQL = connection.vendor == "postgresql"
pytestmark = pytest.mark.django_db
with_transactions = pytest.mark.django_db(transaction=ON_POSTGRESQL)
partitioned = pytest.mark.skipif(not ON_POSTGRESQL, reason="SQLite keeps all scans in one table")
TODAY = datetime.date(2030, 6, 15)
MARCH, APRIL, JUNE = (datetime.date(2030, month, 1) for month in (3, 4, 6))


@pytest.fixture
def label():
    return label_key(make_labels().batch(10, active=(1, 10)).pk, 7)


@pytest.fixture(autouse=True)
def _no_further_months():
    """Tables of months outlive a test that only has its rows erased."""
    yield
    if connection.in_atomic_block:
        return
    for month, attached in scan_partitions.months().items():
        if month.year == TODAY.year or not attached:
            with connection.cursor() as cursor:
                cursor.execute(f"DROP TABLE {scan_partitions.table_of(month)}")


def add(label, month, *, scans=1, later=0):
    """So many scans of a label in a month."""
    start = first_minute(month) + later
    Scan.objects.bulk_create(
        Scan(label=label, visitor=number, minute=start + number, province="43") for number in range(scans)
    )


def rows_in(table):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT COUNT(*) FROM {table}")
        return cursor.fetchone()[0]


def sums():
    return dict(ScanMonth.objects.order_by("month").values_list("month", "scans"))


@pytest.mark.parametrize(
    ("today", "kept"), [("2030-06-15", "2030-04-01"), ("2030-06-30", "2030-04-01"), ("2030-07-01", "2030-05-01"),
                        ("2030-03-31", "2030-01-01"), ("2030-04-01", "2030-01-01"), ("2030-04-02", "2030-02-01")],
)  # fmt: skip
def test_no_kept_month_has_a_scan_older_than_ninety_days_and_no_younger_month_is_forgotten(today, kept):
    today, kept = datetime.date.fromisoformat(today), datetime.date.fromisoformat(kept)
    assert first_kept(today) == kept
    assert (today - kept).days <= 90 < (today - (kept - datetime.timedelta(days=1)).replace(day=1)).days


def test_months_are_forgotten_whole_and_their_sums_stay(label):
    scan_partitions.ensure_months(TODAY - datetime.timedelta(days=60))
    scan_partitions.ensure_months(TODAY)
    for month, scans in ((datetime.date(1999, 5, 1), 1), (MARCH, 5), (APRIL, 7), (JUNE, 2)):
        add(label, month, scans=scans)
    assert scanning.forget(TODAY)["scans"] == 6
    assert sums() == {"1999-05": 1, "2030-03": 5}
    assert Scan.objects.count() == 9
    assert scanning.forget(TODAY)["scans"] == 0
    assert scanning.forget(TODAY + datetime.timedelta(days=20))["scans"] == 7
    assert sums() == {"1999-05": 1, "2030-03": 5, "2030-04": 7}
    assert Scan.objects.count() == 2


def test_a_scan_that_comes_late_to_a_forgotten_month_is_added_to_its_sum(label):
    scan_partitions.ensure_months(TODAY - datetime.timedelta(days=60))
    add(label, MARCH, scans=5)
    scanning.forget(TODAY)
    add(label, MARCH, later=100)
    assert scanning.forget(TODAY)["scans"] == 1
    assert sums() == {"2030-03": 6}


@with_transactions
def test_many_who_forget_at_once_count_every_scan_once(race_database):
    label = label_key(make_labels().batch(10, active=(1, 10)).pk, 7)
    scan_partitions.ensure_months(TODAY - datetime.timedelta(days=60))
    add(label, datetime.date(1999, 5, 1), scans=3)
    add(label, MARCH, scans=5)
    with Crowd(8) as crowd:
        calls = [lambda: scanning.forget(TODAY), lambda: scan_partitions.ensure_months(TODAY)] * 4
        outcome = crowd.at_once(calls)
    assert outcome.errors == []
    assert sums() == {"1999-05": 3, "2030-03": 5}
    assert not Scan.objects.exists()


@partitioned
def test_the_worker_and_the_daily_command_make_the_months_ahead(monkeypatch, capsys):
    monkeypatch.setattr(work.timezone, "localdate", lambda *_args: TODAY)
    wanted = [APRIL]
    while len(wanted) < 6:  # April to June, and three ahead
        wanted.append(following(wanted[-1]))

    def made():
        return [month for month in scan_partitions.months() if month.year == TODAY.year]

    monkeypatch.setattr(work.chores, "publish_scheduled", lambda: 1 / 0)  # whatever else is wrong
    work.chores_due(work.timezone.now())
    assert made() == wanted
    assert scan_partitions.ensure_months(TODAY) == []
    call_command("forget_visitors")
    assert made() == wanted


@partitioned
def test_what_was_scanned_before_its_month_was_made_is_moved_into_it(label):
    add(label, JUNE, scans=3)
    add(label, datetime.date(2035, 1, 1))
    assert rows_in(scan_partitions.DEFAULT) == 4
    assert JUNE in scan_partitions.ensure_months(TODAY)
    assert (rows_in(scan_partitions.table_of(JUNE)), rows_in(scan_partitions.DEFAULT)) == (3, 1)
    add(label, JUNE, later=5000)
    assert (rows_in(scan_partitions.table_of(JUNE)), Scan.objects.count()) == (4, 5)


@partitioned
def test_the_database_looks_into_one_month_only(label):
    scan_partitions.ensure_months(TODAY)
    add(label, JUNE)
    june = Scan.objects.filter(minute__gte=first_minute(JUNE), minute__lt=first_minute(following(JUNE)))
    plan = june.filter(label=label).explain()
    assert "enterprises_scan_2030_06" in plan
    assert plan.count("enterprises_scan_") == plan.count("enterprises_scan_2030_06")
    recent = Scan.objects.filter(label=label, minute__gt=first_minute(JUNE)).explain()  # as each scan asks
    assert "2030_04" not in recent
    assert "2030_05" not in recent


@partitioned
def test_a_month_goes_without_a_row_being_deleted(label):
    scan_partitions.ensure_months(TODAY - datetime.timedelta(days=60))
    add(label, MARCH, scans=5)
    add(label, APRIL, scans=2)
    with CaptureQueriesContext(connection) as asked:
        scanning.forget(TODAY)
    told = [query["sql"] for query in asked]
    assert sum("DROP TABLE enterprises_scan_2030_03" in sql for sql in told) == 1
    assert [sql for sql in told if sql.startswith("DELETE FROM enterprises_scan_2030")] == []
    assert MARCH not in scan_partitions.months()
    assert rows_in(scan_partitions.table_of(APRIL)) == 2


@partitioned
@with_transactions
def test_a_run_that_is_cut_off_before_the_sums_is_finished_by_the_next(label, monkeypatch):
    scan_partitions.ensure_months(TODAY - datetime.timedelta(days=60))
    add(label, MARCH, scans=5)
    with monkeypatch.context() as cut:
        cut.setattr(scan_partitions, "_sum_up", lambda *_args: connection.cursor().execute("SELECT 1 / 0"))
        with pytest.raises(DatabaseError):
            scanning.forget(TODAY)
    assert scan_partitions.months()[MARCH] is False  # nobody scans into it any more, and nothing is lost
    assert scanning.forget(TODAY)["scans"] == 5
    assert sums() == {"2030-03": 5}


@partitioned
@with_transactions
def test_who_reads_the_table_for_long_holds_up_no_scan(label, monkeypatch):
    """A backup reads the table for hours: forgetting gives up soon, and its next run does it."""
    scan_partitions.ensure_months(TODAY - datetime.timedelta(days=60))
    add(label, MARCH, scans=5)
    monkeypatch.setattr(scan_partitions, "LONGEST_WAIT", "50ms")
    reader = connection.copy()
    try:
        with reader.cursor() as cursor:
            cursor.execute("BEGIN; SELECT COUNT(*) FROM enterprises_scan")
            with pytest.raises(DatabaseError, match="lock timeout"):
                scanning.forget(TODAY)
    finally:
        reader.close()
    assert scanning.forget(TODAY)["scans"] == 5


@partitioned
def test_the_migration_keeps_every_scan_on_its_way_there_and_back(label):
    migration = import_module("enterprises.migrations.0008_scan_partitions")
    this_month = scanning.as_time(scanning.this_minute()).date().replace(day=1)
    add(label, datetime.date(1999, 5, 1), scans=2)
    add(label, this_month, scans=3)
    scans = set(Scan.objects.values_list("label", "visitor", "minute", "province", "device"))

    def kind():
        with connection.cursor() as cursor:
            cursor.execute("SELECT relkind FROM pg_class WHERE oid = 'enterprises_scan'::regclass")
            return cursor.fetchone()[0]

    for step, expected in ((migration.in_one, "r"), (migration.in_months, "p")):
        with connection.schema_editor() as editor:
            step(None, editor)
        assert kind() == expected
        assert set(Scan.objects.values_list("label", "visitor", "minute", "province", "device")) == scans
        visit = scanning.Visit("203.0.113.0/24", "ios", "43")
        assert scanning.record(label + 1, visit).count == 1
        assert scanning.record(label + 1, visit).count == 1
        Scan.objects.filter(label=label + 1).delete()
        ScannedLabel.objects.filter(label=label + 1).delete()
    assert rows_in(scan_partitions.table_of(this_month)) == 3
    assert connection.introspection.get_primary_key_columns(connection.cursor(), "enterprises_scan") == [
        "label", "visitor", "minute",
    ]  # fmt: skip
