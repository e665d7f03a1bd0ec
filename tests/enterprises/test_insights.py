"""What an enterprise learns from scans: figures that add up, nobody who can be recognised, hints without blame."""

import csv
import datetime
import io
import itertools
import re

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from enterprises import scanning
from enterprises.insights import Figure, Scanned, insights_of
from enterprises.scan_models import Scan, ScanMonth, ScannedLabel, label_key
from tests.label_world import make_labels

pytestmark = pytest.mark.django_db
_visitors = itertools.count(1)


@pytest.fixture
def found():
    return make_labels()


def scan(batch, index, province="43", *, times=1, visitors=0, day=None):
    """Scans of a label as `scanning.record` leaves them; without `visitors` everybody is somebody else."""
    day = day or timezone.localdate()
    minute = int(datetime.datetime(day.year, day.month, day.day, 9, tzinfo=timezone.get_default_timezone()).timestamp())
    people = [next(_visitors) for _number in range(visitors or times)]
    label = label_key(batch.pk, index)
    for number in range(times):
        at = minute // 60 + 11 * number
        Scan.objects.create(label=label, visitor=people[number % len(people)], minute=at, province=province)
    row, made = ScannedLabel.objects.get_or_create(
        label=label, defaults={"first_minute": minute // 60, "last_minute": minute // 60, "count": times}
    )
    if not made:
        ScannedLabel.objects.filter(pk=row.pk).update(count=row.count + times)


def shown(figures):
    with translation.override("en"):
        return {one.place: one.shown for one in figures}


def text_of(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def fetch(found, name="owner", **query):
    client = Client()
    client.force_login(found.world.people[name])
    with translation.override("en"):
        address = reverse("enterprises:portal_insights", args=[found.authorisation.reference])
    return client.get(address, query)


# --- Figures ---


def test_scans_are_counted_by_place_month_and_batch(found):
    one, two = found.batch(100, active=(1, 50)), found.batch(100, active=(1, 100))
    before = timezone.localdate().replace(day=1) - datetime.timedelta(days=1)
    scan(one, 1, "43", times=5)
    scan(one, 2, "11", times=4, day=before)
    scan(two, 1, "43", times=3)
    scan(two, 2, "", times=3)
    scan(two, 3, "00", times=3)
    insights = insights_of(found.authorisation)
    assert shown(insights.together.places) == {"Hunan": 8, "Beijing": 4, "place not known": 3, "abroad": 3}
    months = {one.key: one.shown for one in insights.together.months}
    assert months == {timezone.localdate().strftime("%Y-%m"): 14, before.strftime("%Y-%m"): 4}
    by_batch = {one.batch.pk: one for one in insights.batches}
    assert by_batch[one.pk].scanned.total.scans == 9
    assert by_batch[two.pk].scanned.total.scans == 9
    assert insights.together.total.scans == Scan.objects.count() == 18


def test_only_active_labels_count_towards_the_share(found):
    batch = found.batch(100, active=(1, 10))
    for index in (1, 2, 3, 10, 11, 50):
        scan(batch, index, times=2)
    (one,) = insights_of(found.authorisation).batches
    assert (one.seen, one.share) == (4, 40)


def test_sums_of_erased_months_go_on_counting(found):
    batch, today = found.batch(10, active=(1, 10)), timezone.localdate()
    old = today - datetime.timedelta(days=100)
    scan(batch, 1, "43", times=5, day=old)
    scan(batch, 1, "43", times=4)
    scanning.forget(today)
    assert ScanMonth.objects.get().scans == 5
    (one,) = insights_of(found.authorisation).batches
    assert one.scanned.total.scans == 9
    assert {month.key: month.scans for month in one.scanned.months}[old.strftime("%Y-%m")] == 5


def test_the_first_minute_of_a_month_belongs_to_it_as_clocks_here_show_it(found):
    batch = found.batch(10)
    begin = datetime.datetime(2026, 11, 1, 0, 0, tzinfo=timezone.get_default_timezone())
    for offset, visitor in ((0, 1), (-1, 2)):
        minute = int(begin.timestamp()) // 60 + offset
        Scan.objects.create(label=label_key(batch.pk, 1), visitor=visitor, minute=minute, province="43")
    (one,) = insights_of(found.authorisation).batches
    assert {month.key: month.scans for month in one.scanned.months} == {"2026-11": 1, "2026-10": 1}


def test_scans_of_others_are_not_counted(found):
    batch = found.batch(10)
    scan(batch, 1, times=5)
    Scan.objects.create(label=label_key(batch.pk + 1, 1), visitor=1, minute=1, province="11")
    Scan.objects.create(label=label_key(batch.pk - 1, (1 << 24) - 1), visitor=1, minute=1, province="11")
    assert insights_of(found.authorisation).together.total.scans == 5


def test_the_same_queries_for_one_and_for_three_batches(found, django_assert_num_queries):
    scan(found.batch(10, active=(1, 5)), 1, times=3)
    with django_assert_num_queries(5):
        insights_of(found.authorisation)
    for _number in range(2):
        batch = found.batch(10, active=(1, 2))
        found.activate(batch, 5, 6)
        scan(batch, 1, times=3)
    with django_assert_num_queries(5):
        assert len(insights_of(found.authorisation).batches) == 3


# --- Nobody is recognised ---


def test_one_busy_visitor_is_not_told_apart_from_a_few(found):
    batch = found.batch(10, active=(1, 10))
    scan(batch, 1, "43", times=30)
    scan(batch, 2, "54", times=9, visitors=2)
    scan(batch, 3, "65", times=1)
    together = insights_of(found.authorisation).together
    assert shown(together.places) == {"Hunan": 30, "Xizang": "<3", "Xinjiang": "<3"}
    assert together.places[0].key == "43"
    page = text_of(fetch(found))
    assert "Xizang &lt;3" in page
    assert "Xizang 9" not in page
    rows = list(csv.DictReader(io.StringIO(fetch(found, format="csv").getvalue().decode("utf-8-sig"))))
    assert {row["province_code"]: row["scans"] for row in rows} == {"430000": "30", "540000": "<3", "650000": "<3"}


def test_small_places_stand_in_an_order_that_tells_nothing():
    scanned = Scanned()
    for place, scans, visitors in (("54", 2, 2), ("65", 1, 1), ("43", 9, 9), ("44", 12, 12)):
        scanned.add(place, "2026-11", scans, visitors)
    with translation.override("en"):
        assert [one.place for one in scanned.places] == ["Guangdong", "Hunan", "Xinjiang", "Xizang"]


@pytest.mark.parametrize(("scans", "visitors", "expected"), [(3, 3, 3), (50, 2, "<3"), (2, 2, "<3"), (3, 5, 3)])
def test_a_figure_needs_three_people(scans, visitors, expected):
    assert Figure("43", scans, visitors).shown == expected


# --- Hints ---


def places(**scans):
    scanned = Scanned()
    for place, number in scans.items():
        scanned.add(place.removeprefix("p"), "2026-11", number, number)
    return [one.key for one in scanned.unusual]


@pytest.mark.parametrize(
    ("scans", "expected"),
    [({"p43": 96, "p54": 4}, ["54"]), ({"p43": 60, "p11": 36, "p54": 4}, ["54"]),
     ({"p43": 17, "p54": 1}, []),  # too few to tell
     ({"p43": 94, "p54": 6}, []),  # more than a twentieth is not rare
     ({"p43": 30, "p11": 30, "p44": 36, "p54": 4}, []),  # sold in many places
     ({"p43": 96, "p": 4}, [])],  # not known is no place
)  # fmt: skip
def test_unusual_places_follow_the_rule(scans, expected):
    assert places(**scans) == expected


def test_a_hint_blames_nobody(found):
    batch = found.batch(100, active=(1, 100))
    scan(batch, 1, "43", times=60)
    scan(batch, 2, "54", times=3)
    page = text_of(fetch(found))
    assert "Worth a look, perhaps" in page
    assert "seen otherwise: Xizang 3 This says" in page
    assert "This says nothing against anybody" in page
    assert "at least 20 scans of known place" in page  # the rule in words


# --- The page ---


def test_the_page_says_when_there_is_nothing_yet(found):
    found.batch(10)
    assert "Nobody has scanned one of your labels yet." in text_of(fetch(found))


def test_the_table_names_batch_month_and_place(found):
    batch = found.batch(10, active=(1, 10))
    scan(batch, 1, "43", times=4)
    scan(batch, 1, "00", times=3)
    response = fetch(found, format="csv")
    assert "attachment" in response["Content-Disposition"]
    rows = list(csv.DictReader(io.StringIO(response.getvalue().decode("utf-8-sig"))))
    month = timezone.localdate().strftime("%Y-%m")
    assert [(row["batch"], row["month"], row["province"], row["scans"]) for row in rows] == [
        (batch.reference, month, "abroad", "3"), (batch.reference, month, "Hunan", "4"),
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["outsider", "reviewer", "officer"])
def test_nobody_else_reads_the_insights(found, name):
    scan(found.batch(10), 1, times=5)
    assert fetch(found, name).status_code == 404
    assert fetch(found, name, format="csv").status_code == 404
