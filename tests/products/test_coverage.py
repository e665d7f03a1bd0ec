"""Coverage: each rule of products/coverage_rules.py, and a slow second count over random small worlds."""

import datetime
import uuid

import pytest
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from products import coverage, list_exits
from products.coverage_rules import DEFAULT, Counted, Cover, Rule
from products.cultivation_models import Candidate, CandidateStage
from products.cultivation_states import Stage
from products.models import ListedUnit, ListVersion, Right
from products.states import CONFIRMED, AreaBasis, Extent, ProductStatus, Track
from tests.factories import (
    LONG_AGO,
    make_area,
    make_division,
    make_hunan,
    make_listed_unit,
    make_poverty_list,
    make_product,
    make_right,
)

pytestmark = pytest.mark.django_db
TODAY = datetime.date(2024, 6, 1)
WHOLE, INFERRED, OWN = Rule(whole=True), Rule(inferred=True), Rule(own=True)


@pytest.fixture
def hunan():
    return make_hunan()


@pytest.fixture
def listed(hunan):
    """A list of one unit, 安化县."""
    poverty_list = make_poverty_list()
    make_listed_unit(poverty_list, hunan[2])
    return poverty_list


def one(poverty_list, on=TODAY, rule=DEFAULT):
    (row,) = coverage.units(poverty_list, on, rule)
    return row


def cover(poverty_list, on=TODAY, rule=DEFAULT):
    return one(poverty_list, on, rule).cover


def make_reaching(division, *, extent=Extent.WHOLE, basis=AreaBasis.NAMED_IN_SOURCE, **more):
    product = make_product(**more)
    make_area(product.rights.get(), division, extent=extent, basis=basis)
    return product


def make_released(division, stage, since, *, until=None, released=True, demonstration=False):
    """A candidate at one stage, as rows: the writer has its own tests."""
    candidate = Candidate.objects.create(
        reference=uuid.uuid4().hex[:12], nonce=uuid.uuid4(), division=division, name_zh="某茶", category="tea",
        stage=stage, released_on=since if released else None, demonstration=demonstration,
    )  # fmt: skip
    CandidateStage.objects.create(candidate=candidate, stage=stage, effective_from=since, effective_to=until)
    return candidate


# --- what reaches a unit


@pytest.mark.parametrize(
    ("extent", "expected"),
    [(Extent.WHOLE, Cover.COVERED), (Extent.NOT_STATED, Cover.UNPROVEN), (Extent.PART, Cover.UNPROVEN)],
)
def test_an_area_in_the_unit_itself_covers_it_whole_or_part(listed, hunan, extent, expected):
    product = make_reaching(hunan[2], extent=extent)
    row = one(listed)
    assert (row.cover, row.named, row.inferred) == (Cover.COVERED, (product,), ())
    assert cover(listed, rule=WHOLE) == expected


@pytest.mark.parametrize(
    ("extent", "expected"),
    [(Extent.WHOLE, Cover.COVERED), (Extent.NOT_STATED, Cover.UNPROVEN), (Extent.PART, Cover.BLANK)],
)
@pytest.mark.parametrize("level", [0, 1])
def test_a_larger_area_covers_only_when_the_whole_of_it_is_meant(listed, hunan, level, extent, expected):
    make_reaching(hunan[level], extent=extent)
    assert cover(listed) == expected
    assert cover(listed, rule=WHOLE) == expected
    assert cover(listed, rule=OWN) == Cover.BLANK


def test_a_larger_area_of_unstated_extent_is_shown_and_not_counted(listed, hunan):
    product = make_reaching(hunan[1], extent=Extent.NOT_STATED)
    row = one(listed)
    assert (row.named, row.wider) == ((), (product,))
    tally = coverage.count(listed, TODAY).total
    assert (tally.covered, tally.unproven, tally.products) == (0, 1, set())
    own = make_reaching(hunan[2], name_zh="安化茶叶")
    tally = coverage.count(listed, TODAY).total
    assert (tally.covered, tally.unproven, tally.products) == (1, 0, {own.pk})


def test_the_neighbour_does_not_count(listed, hunan):
    make_reaching(hunan[3])
    assert cover(listed) == Cover.BLANK


def test_a_unit_that_is_a_prefecture_is_reached_from_inside(hunan):
    poverty_list = make_poverty_list()
    make_listed_unit(poverty_list, hunan[1])
    make_reaching(hunan[2])
    assert cover(poverty_list) == Cover.COVERED
    assert cover(poverty_list, rule=WHOLE) == Cover.UNPROVEN


def test_an_inferred_area_counts_only_where_the_rule_says_so(listed, hunan):
    product = make_reaching(hunan[2], basis=AreaBasis.INFERRED_FROM_NAME)
    row = one(listed)
    assert (row.cover, row.named, row.inferred) == (Cover.UNPROVEN, (), (product,))
    row = one(listed, rule=INFERRED)
    assert (row.cover, row.named, row.inferred) == (Cover.COVERED, (product,), ())


def test_a_named_area_outweighs_an_inferred_one(listed, hunan):
    make_reaching(hunan[1], basis=AreaBasis.INFERRED_FROM_NAME)
    product = make_reaching(hunan[2], name_zh="安化茶叶")
    row = one(listed)
    assert (row.cover, row.named, len(row.inferred)) == (Cover.COVERED, (product,), 1)


@pytest.mark.parametrize("status", sorted(set(ProductStatus) - CONFIRMED - {ProductStatus.REVOKED}))
def test_unconfirmed_rights_never_cover(listed, hunan, status):
    make_reaching(hunan[2], status=status, effective_from=LONG_AGO)
    assert cover(listed) == Cover.BLANK


def test_coverage_begins_with_the_right_and_ends_with_it(listed, hunan):
    make_reaching(hunan[2], effective_from=datetime.date(2014, 12, 31))
    Right.objects.update(effective_to=datetime.date(2020, 1, 1))
    days = [datetime.date(*day) for day in ((2014, 12, 30), (2014, 12, 31), (2019, 12, 31), (2020, 1, 1))]
    assert [cover(listed, day) for day in days] == [Cover.BLANK, Cover.COVERED, Cover.COVERED, Cover.BLANK]
    assert [tally.covered for _day, tally in coverage.trend(listed, days)] == [0, 1, 1, 0]


def test_a_product_whose_protection_was_revoked_counts_until_then(listed, hunan):
    make_reaching(hunan[2])
    Right.objects.update(status=ProductStatus.REVOKED, effective_to=datetime.date(2020, 1, 1))
    assert cover(listed, datetime.date(2019, 12, 31)) == Cover.COVERED
    assert cover(listed, datetime.date(2020, 1, 1)) == Cover.BLANK


def test_an_area_that_has_ended_does_not_cover(listed, hunan):
    area = make_reaching(hunan[2]).rights.get().areas.get()
    area.effective_to = datetime.date(2020, 1, 1)
    area.save()
    assert cover(listed, datetime.date(2019, 12, 31)) == Cover.COVERED
    assert cover(listed, datetime.date(2020, 1, 1)) == Cover.BLANK


@pytest.mark.parametrize(
    ("track", "counted"),
    [
        (Track.GI_PRODUCT, set(Counted)),
        (Track.AGRICULTURAL_GI, {Counted.WITH_AGRICULTURAL, Counted.ALL}),
        (Track.TRADEMARK, {Counted.WITH_MARKS, Counted.ALL}),
        (Track.CERTIFICATION_MARK, {Counted.WITH_MARKS, Counted.ALL}),
        (Track.UNSPECIFIED, {Counted.ALL}),
    ],
)
def test_only_the_chosen_tracks_count(listed, hunan, track, counted):
    make_reaching(hunan[2], track=track)
    answers = {one for one in Counted if cover(listed, rule=Rule(counted=one)) == Cover.COVERED}
    assert answers == counted


# --- what is under way


def test_a_right_in_procedure_answers_for_today_and_not_for_the_past(listed, hunan):
    product = make_reaching(hunan[2], status=ProductStatus.IN_PROCEDURE)
    row = one(listed, timezone.localdate())
    assert (row.cover, row.in_procedure) == (Cover.IN_PROCEDURE, (product,))
    assert cover(listed, timezone.localdate() - datetime.timedelta(days=1)) == Cover.BLANK
    make_reaching(hunan[2], name_zh="安化茶叶", basis=AreaBasis.INFERRED_FROM_NAME)
    assert cover(listed, timezone.localdate()) == Cover.UNPROVEN


@pytest.mark.parametrize("stage", Stage.values)
def test_a_released_candidate_is_under_way_between_filing_and_decision(listed, hunan, stage):
    candidate = make_released(hunan[2], stage, datetime.date(2020, 5, 1), until=datetime.date(2021, 5, 1))
    row = one(listed, datetime.date(2020, 5, 1))
    under_way = stage in {Stage.FILED, Stage.IN_PROCEDURE}
    assert row.cover == (Cover.IN_PROCEDURE if under_way else Cover.BLANK)
    assert row.candidates == ((candidate,) if under_way else ())
    days = [datetime.date(2020, 4, 30), datetime.date(2021, 5, 1)]
    assert [tally.in_procedure for _day, tally in coverage.trend(listed, days)] == [0, 0]


def test_a_candidate_of_a_prefecture_says_nothing_of_its_counties(listed, hunan):
    make_released(hunan[1], Stage.FILED, LONG_AGO)
    assert cover(listed) == Cover.BLANK


@pytest.mark.parametrize("more", [{"released": False}, {"demonstration": True}])
def test_candidates_that_are_not_public_stand_in_no_public_figure(listed, hunan, more):
    make_released(hunan[2], Stage.FILED, LONG_AGO, **more)
    assert cover(listed) == Cover.BLANK


# --- divisions that change


def test_a_unit_without_division_is_blank_and_says_so(listed, hunan):
    make_reaching(hunan[0])
    listed.units.get().divisions.clear()
    row = one(listed)
    assert (row.cover, row.can_be_told) == (Cover.BLANK, False)
    assert coverage.count(listed, TODAY).total.untold == 1


def test_a_county_that_was_renamed_is_found_under_either_name(hunan):
    old = make_division("430999", "旧名县", parent=hunan[1], status="historic", successor=hunan[2])
    poverty_list = make_poverty_list()
    make_listed_unit(poverty_list, old)
    make_reaching(hunan[2])
    row = one(poverty_list)
    assert (row.cover, row.prefecture) == (Cover.COVERED, hunan[1])
    other = make_poverty_list("other")
    make_listed_unit(other, hunan[3])
    former = make_division("430998", "桃花江县", parent=hunan[1], status="historic", successor=hunan[3])
    make_reaching(former, name_zh="某茶", extent=Extent.PART)
    assert cover(other) == Cover.COVERED
    assert cover(other, rule=WHOLE) == Cover.UNPROVEN


def test_a_county_that_was_split_is_covered_by_either_part_and_whole_only_by_both(listed, hunan):
    listed.units.get().divisions.add(hunan[3])
    product = make_reaching(hunan[3])
    assert cover(listed) == Cover.COVERED
    assert cover(listed, rule=WHOLE) == Cover.UNPROVEN
    make_area(product.rights.get(), hunan[2])
    assert cover(listed, rule=WHOLE) == Cover.COVERED


def test_of_a_county_that_joined_a_district_only_the_whole_district_or_the_county_itself_covers(hunan):
    joined = make_division("430997", "并入县", parent=hunan[1], status="historic", successor=hunan[2])
    neighbour = make_division("430996", "也并入县", parent=hunan[1], status="historic", successor=hunan[2])
    poverty_list = make_poverty_list()
    make_listed_unit(poverty_list, joined)
    product = make_reaching(hunan[2], extent=Extent.PART)
    assert cover(poverty_list) == Cover.BLANK
    make_area(product.rights.get(), neighbour)
    assert cover(poverty_list) == Cover.UNPROVEN
    make_area(product.rights.get(), joined, extent=Extent.PART)
    assert cover(poverty_list) == Cover.COVERED


# --- versions of lists


def test_a_date_is_answered_by_the_version_of_the_list_that_held_then(listed, hunan):
    second = ListVersion.objects.create(
        poverty_list=listed, number=2, effective_from=datetime.date(2019, 1, 1), official_size=1
    )
    first_unit = listed.units.get()
    first_unit.dropped_in = second
    first_unit.save()
    make_listed_unit(listed, hunan[3], added_in=second)
    names = [
        [unit.name_zh for unit in ListedUnit.objects.on(datetime.date(*day))]
        for day in ((2000, 1, 1), (2018, 12, 31), (2019, 1, 1))
    ]
    assert names == [["安化县"], ["安化县"], ["桃江县"]]
    make_reaching(hunan[3])
    days = [datetime.date(2018, 12, 31), datetime.date(2019, 1, 1)]
    assert [(t.listed, t.covered) for _day, t in coverage.trend(listed, days)] == [(1, 0), (1, 1)]
    assert [coverage.count(listed, day).total.covered for day in days] == [0, 1]


# --- sums


def test_tables_by_province_and_prefecture_add_up(listed, hunan):
    guizhou = make_division("520000", "贵州省")
    bijie = make_division("520500", "毕节市", parent=guizhou)
    make_listed_unit(listed, make_division("520525", "纳雍县", parent=bijie))
    make_listed_unit(listed, make_division("529001", "某直管县", parent=guizhou))
    make_listed_unit(listed, hunan[3])
    product = make_reaching(hunan[1])
    answer = coverage.count(listed, TODAY)
    provinces = answer.by(lambda line: line.province)
    assert [(place, t.listed, t.covered, t.blank, t.percent) for place, t in provinces.items()] == [
        (hunan[0].pk, 2, 2, 0, 100), (guizhou.pk, 2, 0, 2, 0),
    ]  # fmt: skip
    prefectures = answer.by(lambda line: line.prefecture)
    assert {place: t.listed for place, t in prefectures.items()} == {hunan[1].pk: 2, bijie.pk: 1, None: 1}
    assert answer.total.products == {product.pk}
    for place, number in ((hunan[0], 2), (bijie, 1), (hunan[2], 1)):
        assert coverage.count(listed, TODAY, within=place).total.listed == number


def test_a_rate_of_all_but_one_is_not_a_hundred():
    assert coverage.Tally(listed=832, covered=831).percent == 99


def test_no_days_have_no_trend(listed):
    assert coverage.trend(listed, []) == []


@pytest.mark.parametrize("number", [1, 3])
def test_the_number_of_queries_depends_on_neither_length_nor_days(hunan, number, django_assert_num_queries):
    poverty_list = make_poverty_list()
    for i in range(number):
        county = make_division(f"43092{i + 4}", parent=hunan[1])
        make_listed_unit(poverty_list, county)
        make_reaching(county, name_zh=f"某茶{i}")
        make_released(county, Stage.FILED, LONG_AGO)
    with django_assert_num_queries(6):
        answer = coverage.count(poverty_list, TODAY)
    with django_assert_num_queries(4):
        assert len(coverage.load(answer.rows)) == number
    with django_assert_num_queries(7):
        coverage.trend(poverty_list, [timezone.localdate()] * number)


# --- exits and completeness


def test_exits_by_year_stand_beside_the_national_count(hunan):
    poverty_list = make_poverty_list()
    make_listed_unit(poverty_list, hunan[2], exited_on=datetime.date(2016, 12, 31), exited_precision="year")
    make_listed_unit(poverty_list, hunan[3])
    years = list_exits.exits(poverty_list)
    assert [(row.year, row.loaded, row.official) for row in years] == [
        (2016, 1, 28), (2017, 0, 125), (2018, 0, 283), (2019, 0, 344), (2020, 0, 52), (None, 1, None),
    ]  # fmt: skip
    assert [row.differs for row in years] == [True, True, True, True, True, False]


def test_a_list_that_nobody_left_has_no_table_of_exits(listed):
    assert list_exits.exits(listed) == []


@pytest.mark.parametrize(
    ("loaded", "told"), [((31, 125, 283, 341, 52), True), ((30, 125, 283, 341, 52), False)]
)
def test_the_difference_of_exits_is_explained_only_where_the_explanation_holds(loaded, told):
    official = list_exits.OFFICIAL_EXITS["national-832"]
    years = [list_exits.YearOfExit(year, number, official[year]) for year, number in zip(official, loaded, strict=True)]
    assert list_exits.is_qinghai_difference(years) is told


def test_completeness_counts_products_and_not_rows(hunan):
    with_area = make_reaching(hunan[2])
    make_area(with_area.rights.get(), hunan[3])
    make_right(with_area)
    make_reaching(hunan[2], basis=AreaBasis.INFERRED_FROM_NAME, name_zh="甲")
    make_reaching(hunan[2], status=ProductStatus.REPORTED, name_zh="乙")
    assert list_exits.completeness(TODAY) == list_exits.Completeness(confirmed=2, with_named_area=1)


# --- a second count, by nothing but loops, over random small worlds ---

COUNTIES = ["430921", "430922", "431021", "520521", "430929"]  # the last one is of the past and joined the first
JOINED = {"430929": "430921"}
PLACES = ["430000", "430900", "431000", "520000", "520500", *COUNTIES]
PARENT = {"430900": "430000", "431000": "430000", "520500": "520000"} | {
    code: f"{code[:4]}00" for code in COUNTIES
}
DAYS = [datetime.date(2010, 1, 1) + datetime.timedelta(days=365 * n) for n in range(5)]

area = st.tuples(st.sampled_from(PLACES), st.sampled_from(Extent.values), st.sampled_from(AreaBasis.values))
right = st.fixed_dictionaries(
    {
        "product": st.integers(0, 2),
        "track": st.sampled_from([Track.GI_PRODUCT, Track.AGRICULTURAL_GI, Track.TRADEMARK]),
        "status": st.sampled_from([ProductStatus.APPROVED, ProductStatus.REPORTED, ProductStatus.REVOKED]),
        "since": st.sampled_from(DAYS[:3]),
        "until": st.sampled_from([None, DAYS[3]]),
        "areas": st.lists(area, max_size=3, unique_by=lambda row: row[0]),
    }
)
unit = st.tuples(
    st.lists(st.sampled_from([*COUNTIES, "430900"]), max_size=2, unique=True),
    st.sampled_from([(1, None), (1, 2), (2, None)]),  # the versions in which it was added and dropped
)
rule = st.builds(Rule, st.sampled_from(Counted.values), st.booleans(), st.booleans(), st.booleans())


def above(code):
    while code in PARENT:
        code = PARENT[code]
        yield code


def slow_area(place, extent, part, rule):
    """Whether an area proves a part of a unit by the rule, and whether it reaches it at all."""
    now = JOINED.get(place, place)
    stated = extent if now == place else Extent.NOT_STATED
    if place == part:
        return not rule.whole or extent == Extent.WHOLE, True
    if now == part:
        return not rule.whole, True
    if part in above(now):
        return not rule.whole, True
    if now in above(JOINED.get(part, part)) or (part in JOINED and now == JOINED[part]):
        reaches = not rule.own and extent != Extent.PART
        return reaches and stated == Extent.WHOLE, reaches
    return False, False


def slow_answer(codes, rights, on, rule):
    """Named, wider and inferred products of a unit, by the words of the rule and nothing else."""
    proven, touched, guessed = {}, set(), set()
    for row in rights:
        revoked = row["status"] == ProductStatus.REVOKED
        if row["track"] not in rule.tracks or not (revoked or row["status"] in CONFIRMED):
            continue
        until = row["until"] or (DAYS[3] if revoked else None)
        if row["since"] > on or (until is not None and until <= on):
            continue
        for place, extent, basis in row["areas"]:
            counted = basis == AreaBasis.NAMED_IN_SOURCE or rule.inferred
            for part in codes:
                proves, reaches = slow_area(place, extent, part, rule)
                if counted and proves:
                    proven.setdefault(row["product"], set()).add(part)
                if reaches:
                    (touched if counted else guessed).add(row["product"])
    named = {product for product, parts in proven.items() if not rule.whole or parts == set(codes)}
    return named, touched - named, guessed - touched - named


class Recount(TestCase):
    """hypothesis rolls back the rows of each example."""

    @settings(max_examples=80, deadline=None)
    @given(rights=st.lists(right, max_size=6), listed=st.lists(unit, min_size=1, max_size=4), rule=rule)
    def test_the_same_as_a_slow_count(self, rights, listed, rule):
        divisions = {}
        for code in PLACES:
            status, successor = ("historic", divisions[JOINED[code]]) if code in JOINED else ("current", None)
            divisions[code] = make_division(
                code, parent=divisions.get(PARENT.get(code)), status=status, successor=successor
            )
        products = [make_product(f"某品{n}", right=False) for n in range(3)]
        for one in rights:
            revoked = one["status"] == ProductStatus.REVOKED
            row = make_right(
                products[one["product"]], track=one["track"], status=one["status"], effective_from=one["since"],
                effective_to=one["until"] or (DAYS[3] if revoked else None),
            )  # fmt: skip
            for place, extent, basis in one["areas"]:
                make_area(row, divisions[place], extent=extent, basis=basis)
        poverty_list = make_poverty_list()
        first = poverty_list.versions.get()
        second = ListVersion.objects.create(
            poverty_list=poverty_list, number=2, effective_from=DAYS[2], official_size=1
        )
        versions = {1: first, 2: second, None: None}
        for number, (codes, (added, dropped)) in enumerate(listed):
            row = make_listed_unit(
                poverty_list, divisions[COUNTIES[0]], key=str(number), added_in=versions[added],
                dropped_in=versions[dropped],
            )  # fmt: skip
            row.divisions.set(divisions[code] for code in codes)
        trend = coverage.trend(poverty_list, DAYS, rule)
        for day, tally in trend:
            self.compare(poverty_list, products, rights, listed, day, rule, tally)

    def compare(self, poverty_list, products, rights, listed, on, rule, tally):
        """One day: every unit, and the sums of the trend."""
        rows = {int(row.unit.key): row for row in coverage.units(poverty_list, on, rule)}
        standing = {
            number: codes
            for number, (codes, (added, dropped)) in enumerate(listed)
            if (added == 1 or on >= DAYS[2]) and (dropped is None or on < DAYS[2])
        }
        assert rows.keys() == standing.keys()
        wanted = {Cover.COVERED: 0, Cover.UNPROVEN: 0, Cover.BLANK: 0}
        reaching = set()
        for number, codes in standing.items():
            named, wider, inferred = slow_answer(codes, rights, on, rule)
            assert {products.index(product) for product in rows[number].named} == named
            assert {products.index(product) for product in rows[number].wider} == wider
            assert {products.index(product) for product in rows[number].inferred} == inferred
            expected = Cover.COVERED if named else Cover.UNPROVEN if wider or inferred else Cover.BLANK
            assert rows[number].cover == expected
            wanted[expected] += 1
            reaching |= {products[index].pk for index in named}
        assert (tally.covered, tally.unproven, tally.blank) == tuple(wanted.values())
        assert (tally.listed, tally.in_procedure, tally.products) == (len(standing), 0, reaching)
