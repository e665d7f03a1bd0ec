"""Coverage: each rule of the docstring, and a slow second count over random small worlds."""

import datetime
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from gi_registry.models import Division
from products import coverage
from products.coverage import Counted, Cover
from products.models import Right
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


@pytest.fixture
def hunan():
    return make_hunan()


@pytest.fixture
def listed(hunan):
    """A list of one unit, 安化县."""
    poverty_list = make_poverty_list()
    make_listed_unit(poverty_list, hunan[2])
    return poverty_list


def cover(poverty_list, on=TODAY, tracks=coverage.GI_PRODUCTS):
    (row,) = coverage.units(poverty_list, on, tracks)
    return row.cover


def make_reaching(division, *, extent=Extent.WHOLE, basis=AreaBasis.NAMED_IN_SOURCE, **more):
    product = make_product(**more)
    make_area(product.rights.get(), division, extent=extent, basis=basis)
    return product


@pytest.mark.parametrize("extent", Extent.values)
def test_an_area_in_the_unit_itself_covers_it_whole_or_part(listed, hunan, extent):
    product = make_reaching(hunan[2], extent=extent)
    (row,) = coverage.units(listed, TODAY)
    assert (row.cover, row.named, row.inferred) == (Cover.COVERED, (product,), ())


@pytest.mark.parametrize(
    ("extent", "expected"),
    [(Extent.WHOLE, Cover.COVERED), (Extent.NOT_STATED, Cover.UNPROVEN), (Extent.PART, Cover.BLANK)],
)
@pytest.mark.parametrize("level", [0, 1])
def test_a_larger_area_covers_only_when_the_whole_of_it_is_meant(listed, hunan, level, extent, expected):
    make_reaching(hunan[level], extent=extent)
    assert cover(listed) == expected


def test_a_larger_area_of_unstated_extent_is_shown_and_not_counted(listed, hunan):
    product = make_reaching(hunan[1], extent=Extent.NOT_STATED)
    (row,) = coverage.units(listed, TODAY)
    assert (row.named, row.wider) == ((), (product,))
    tally = coverage.total([row])
    assert (tally.covered, tally.unproven, tally.products) == (0, 1, set())
    make_reaching(hunan[2], name_zh="安化茶叶")
    tally = coverage.total(coverage.units(listed, TODAY))
    assert (tally.covered, tally.unproven) == (1, 0)


def test_the_neighbour_does_not_count(listed, hunan):
    make_reaching(hunan[3])
    assert cover(listed) == Cover.BLANK


def test_an_inferred_area_is_counted_apart(listed, hunan):
    product = make_reaching(hunan[2], basis=AreaBasis.INFERRED_FROM_NAME)
    (row,) = coverage.units(listed, TODAY)
    assert (row.cover, row.named, row.inferred) == (Cover.UNPROVEN, (), (product,))


def test_a_named_area_outweighs_an_inferred_one(listed, hunan):
    make_reaching(hunan[1], basis=AreaBasis.INFERRED_FROM_NAME)
    product = make_reaching(hunan[2], name_zh="安化茶叶")
    (row,) = coverage.units(listed, TODAY)
    assert row.cover == Cover.COVERED
    assert row.named == (product,)
    assert len(row.inferred) == 1


@pytest.mark.parametrize("status", sorted(set(ProductStatus) - CONFIRMED - {ProductStatus.REVOKED}))
def test_unconfirmed_rights_never_cover(listed, hunan, status):
    make_reaching(hunan[2], status=status, effective_from=LONG_AGO)
    assert cover(listed) == Cover.BLANK


def test_coverage_begins_with_the_right_and_ends_with_it(listed, hunan):
    make_reaching(hunan[2], effective_from=datetime.date(2014, 12, 31))
    Right.objects.update(effective_to=datetime.date(2020, 1, 1))
    assert cover(listed, datetime.date(2014, 12, 30)) == Cover.BLANK
    assert cover(listed, datetime.date(2014, 12, 31)) == Cover.COVERED
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
        (Track.TRADEMARK, {Counted.ALL}),
    ],
)
def test_only_the_chosen_tracks_count(listed, hunan, track, counted):
    make_reaching(hunan[2], track=track)
    answers = {one for one in Counted if cover(listed, tracks=coverage.TRACKS[one]) == Cover.COVERED}
    assert answers == counted


def test_a_unit_without_division_is_blank_and_says_so(listed, hunan):
    make_reaching(hunan[0])
    unit = listed.units.get()
    unit.divisions.clear()
    (row,) = coverage.units(listed, TODAY)
    assert row.cover == Cover.BLANK
    assert not row.can_be_told
    assert coverage.total([row]).untold == 1


def test_one_of_several_divisions_is_enough(listed, hunan):
    listed.units.get().divisions.add(hunan[3])
    make_reaching(hunan[3])
    assert cover(listed) == Cover.COVERED


def test_tables_by_province_and_prefecture_add_up(listed, hunan):
    guizhou = make_division("520000", "贵州省")
    bijie = make_division("520500", "毕节市", parent=guizhou)
    make_listed_unit(listed, make_division("520525", "纳雍县", parent=bijie))
    make_listed_unit(listed, make_division("529001", "某直管县", parent=guizhou))
    make_listed_unit(listed, hunan[3])
    product = make_reaching(hunan[1])
    rows = coverage.units(listed, TODAY)
    assert [
        (t.place.code, t.listed, t.covered, t.blank, t.percent) for t in coverage.by_province(listed, TODAY)
    ] == [
        ("430000", 2, 2, 0, 100),
        ("520000", 2, 0, 2, 0),
    ]
    assert [(t.place and t.place.code, t.listed) for t in coverage.tally_by_prefecture(rows)] == [
        ("430900", 2),
        ("520500", 1),
        (None, 1),
    ]
    assert coverage.total(rows).products == {product.pk}


def test_a_rate_of_all_but_one_is_not_a_hundred(listed):
    tally = coverage.Tally(listed=832, covered=831)
    assert tally.percent == 99


@pytest.mark.parametrize("number", [1, 3])
def test_the_number_of_queries_does_not_depend_on_the_length(hunan, number, django_assert_num_queries):
    poverty_list = make_poverty_list()
    for i in range(number):
        county = make_division(f"43092{i + 4}", parent=hunan[1])
        make_listed_unit(poverty_list, county)
        make_reaching(county, name_zh=f"某茶{i}")
    with django_assert_num_queries(4):
        rows = coverage.units(poverty_list, TODAY)
        coverage.tally_by_prefecture(rows)
        coverage.total(rows)
    assert len(rows) == number


def test_exits_by_year_stand_beside_the_national_count(hunan):
    poverty_list = make_poverty_list()
    make_listed_unit(poverty_list, hunan[2], exited_on=datetime.date(2016, 12, 31), exited_precision="year")
    make_listed_unit(poverty_list, hunan[3])
    years = coverage.exits(poverty_list)
    assert [(row.year, row.loaded, row.official) for row in years] == [
        (2016, 1, 28), (2017, 0, 125), (2018, 0, 283), (2019, 0, 344), (2020, 0, 52), (None, 1, None),
    ]  # fmt: skip
    assert [row.differs for row in years] == [True, True, True, True, True, False]


def test_a_list_that_nobody_left_has_no_table_of_exits(listed):
    assert coverage.exits(listed) == []


def test_completeness_counts_products_and_not_rows(hunan):
    with_area = make_reaching(hunan[2])
    make_area(with_area.rights.get(), hunan[3])
    make_right(with_area)
    make_reaching(hunan[2], basis=AreaBasis.INFERRED_FROM_NAME, name_zh="甲")
    make_reaching(hunan[2], status=ProductStatus.REPORTED, name_zh="乙")
    assert coverage.completeness(TODAY) == coverage.Completeness(confirmed=2, with_named_area=1)


# --- a second count, by nothing but loops, over random small worlds ---

COUNTIES = ["430921", "430922", "431021", "520521"]
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
unit = st.lists(st.sampled_from(COUNTIES), max_size=2, unique=True)


def above(code):
    while code in PARENT:
        code = PARENT[code]
        yield code


def slow_answer(codes, rights, on, tracks):
    """Named, wider and inferred products of a unit, by the words of the rule and nothing else."""
    reached = {}
    for one in rights:
        revoked = one["status"] == ProductStatus.REVOKED
        if one["track"] not in tracks or not (revoked or one["status"] in CONFIRMED):
            continue
        until = one["until"] or (DAYS[3] if revoked else None)
        if one["since"] > on or (until is not None and until <= on):
            continue
        for place, extent, basis in one["areas"]:
            for code in codes:
                if place == code or (place in above(code) and extent != Extent.PART):
                    sure = place == code or extent == Extent.WHOLE
                    reached.setdefault(one["product"], set()).add((basis, sure))
    named = {product for product, ways in reached.items() if (AreaBasis.NAMED_IN_SOURCE, True) in ways}
    wider = {
        product for product, ways in reached.items() if (AreaBasis.NAMED_IN_SOURCE, False) in ways
    } - named
    return named, wider, set(reached) - named - wider


class Recount(TestCase):
    """hypothesis rolls back the rows of each example."""

    @settings(max_examples=60)
    @given(
        rights=st.lists(right, max_size=6),
        listed=st.lists(unit, min_size=1, max_size=4),
        on=st.sampled_from(DAYS),
        counted=st.sampled_from(Counted.values),
    )
    def test_the_same_as_a_slow_count(self, rights, listed, on, counted):
        divisions = {}
        for code in PLACES:
            divisions[code] = make_division(code, parent=divisions.get(PARENT.get(code)))
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
        for number, codes in enumerate(listed):
            row = make_listed_unit(poverty_list, divisions[COUNTIES[0]], key=str(number))
            row.divisions.set(divisions[code] for code in codes)
        tracks = coverage.TRACKS[counted]

        rows = {int(row.unit.key): row for row in coverage.units(poverty_list, on, tracks)}

        covered = 0
        for number, codes in enumerate(listed):
            named, wider, inferred = slow_answer(codes, rights, on, tracks)
            assert {products.index(product) for product in rows[number].named} == named
            assert {products.index(product) for product in rows[number].wider} == wider
            assert {products.index(product) for product in rows[number].inferred} == inferred
            expected = Cover.COVERED if named else Cover.UNPROVEN if wider or inferred else Cover.BLANK
            assert rows[number].cover == expected
            covered += bool(named)
        assert coverage.total(rows.values()).covered == covered


# --- pages


def text_of(response):
    return " ".join(response.content.decode().split())


@pytest.mark.parametrize("number", [1, 3])
def test_pages_take_the_same_queries_for_any_length(client, hunan, number, django_assert_num_queries):
    for i in range(number):
        poverty_list = make_poverty_list(f"list-{i}")
        for j in range(number):
            county = make_division(f"43{i + 1}{j}24", parent=hunan[1])
            make_listed_unit(poverty_list, county)
            make_reaching(county, name_zh=f"某茶{i}{j}")
    with django_assert_num_queries(6):
        assert client.get("/en/coverage/").status_code == 200
    with django_assert_num_queries(9):
        assert client.get("/en/coverage/list-0/").status_code == 200


def test_list_page_shows_its_figures_with_their_rule(client, listed, hunan):
    product = make_reaching(hunan[2], track=Track.AGRICULTURAL_GI)
    page = text_of(client.get("/en/coverage/national-832/"))
    assert "GI products ·" in page
    assert "0 %" in page
    wider = client.get("/en/coverage/national-832/?track=with_agricultural&as_of=2019-12-31")
    assert wider.context["total"].covered == 1
    assert 'GI products and agricultural GIs · <time datetime="2019-12-31">' in text_of(wider)
    assert f'href="/en/products/{product.number}/"' in text_of(wider)


def test_map_of_a_list_shows_each_province_and_leads_to_its_part_by_the_same_rule(client, listed, hunan):
    guizhou = make_division("520000", "贵州省", name_en="Guizhou")
    make_listed_unit(listed, make_division("520525", "纳雍县", parent=guizhou))
    make_listed_unit(listed, hunan[3])
    make_reaching(hunan[2])
    response = client.get("/en/coverage/national-832/?track=all")
    shapes = {shape.label: shape for shape in response.context["map"].shapes}
    assert (shapes["Hunan"].sub_label, shapes["Guizhou"].sub_label, shapes["Beijing"].sub_label) == (
        "1/2", "0/1", "",
    )  # fmt: skip
    assert shapes["Hunan"].url == "/en/coverage/national-832/?track=all&province=430000"
    assert (shapes["Beijing"].url, shapes["Beijing"].title) == ("", "Beijing: no unit on this list")
    assert client.get(shapes["Hunan"].url).context["total"].listed == 2


def test_one_covered_unit_of_many_is_not_shaded_like_none(client, listed, hunan):
    make_listed_unit(listed, make_division("520000", "贵州省"))
    for number in range(120):
        make_listed_unit(listed, hunan[3], key=f"k{number}")
    make_reaching(hunan[2])
    shapes = {shape.label: shape for shape in client.get("/en/coverage/national-832/").context["map"].shapes}
    assert shapes["Hunan"].css != shapes["Guizhou"].css == "tile level-0"


def test_map_of_a_province_marks_each_answer_and_leaves_the_rest(client, listed, hunan):
    for code, name in [("430924", "某县"), ("430925", "外县")]:
        make_division(code, name, parent=hunan[1])
    make_listed_unit(listed, hunan[3])
    make_listed_unit(listed, Division.objects.get(code="430924"))
    make_reaching(hunan[2])
    make_reaching(hunan[3], basis=AreaBasis.INFERRED_FROM_NAME, name_zh="甲")
    drawing = client.get("/coverage/national-832/").context["map"]
    tiles = {shape.title: shape for shape in drawing.shapes if shape.kind == "tile"}
    assert tiles["安化县"].css == "tile level-5"
    assert tiles["桃江县"].hatched
    assert tiles["某县"].css == "tile part"
    assert tiles["外县"].css == "tile level-0"
    assert len(drawing.legend) == 4


def test_a_county_of_two_units_carries_the_less_sure_answer(client, listed, hunan):
    both = make_listed_unit(listed, hunan[3], key="both")
    both.divisions.add(hunan[2])
    make_reaching(hunan[3])
    drawing = client.get("/coverage/national-832/").context["map"]
    tiles = {shape.title: shape.css for shape in drawing.shapes if shape.kind == "tile"}
    assert (tiles["安化县"], tiles["桃江县"]) == ("tile part", "tile level-5")


def test_a_list_without_units_has_a_page(client):
    make_poverty_list()
    assert client.get("/coverage/national-832/").context["total"].listed == 0


def test_list_page_says_how_incomplete_the_data_are(client, listed, hunan):
    make_reaching(hunan[2], basis=AreaBasis.INFERRED_FROM_NAME)
    page = text_of(client.get("/en/coverage/national-832/"))
    assert "of 1 products that count on this date, 0 have an area named in a source" in page
    assert "Location inferred from the name" in page


def test_units_can_be_narrowed_by_province_and_status(client, listed, hunan):
    guizhou = make_division("520000", "贵州省", name_en="Guizhou")
    make_listed_unit(listed, make_division("520525", "纳雍县", parent=guizhou))
    make_reaching(hunan[2])
    response = client.get("/en/coverage/national-832/?province=520000&status=blank")
    assert [row.unit.name_zh for row in response.context["page"]] == ["纳雍县"]
    assert response.context["total"].listed == 1
    assert client.get("/en/coverage/national-832/?status=covered").context["page"].paginator.count == 1


@pytest.mark.parametrize(
    "query",
    ["track=magic", "as_of=2999-01-01", "as_of=2019-02-30", "province=999999", "status=%00", "format=pdf"],
)
def test_values_that_are_none_are_ignored_with_a_notice(client, listed, query):
    response = client.get(f"/en/coverage/national-832/?{query}")
    assert "was ignored" in text_of(response)
    assert response.context["page"].paginator.count == 1


@pytest.mark.parametrize("page", ["0", "99", "x", "-1"])
def test_pages_that_are_none_show_one_that_is(client, listed, page):
    assert len(client.get(f"/coverage/national-832/?page={page}").context["page"].object_list) == 1


def test_a_unit_without_division_carries_a_note(client, listed):
    listed.units.get().divisions.clear()
    assert "Tied to no division" in text_of(client.get("/en/coverage/national-832/"))


@pytest.mark.parametrize(
    ("loaded", "told"), [((31, 125, 283, 341, 52), True), ((30, 125, 283, 341, 52), False)]
)
def test_the_difference_of_exits_is_explained_only_where_the_explanation_holds(loaded, told):
    official = coverage.OFFICIAL_EXITS["national-832"]
    years = [
        coverage.YearOfExit(year, number, official[year])
        for year, number in zip(official, loaded, strict=True)
    ]
    assert coverage.is_qinghai_difference(years) is told


def test_unknown_list_is_not_found(client):
    assert client.get("/coverage/no-such-list/").status_code == 404


def test_file_carries_its_rule(client, listed, hunan):
    product = make_reaching(hunan[2])
    response = client.get("/coverage/national-832/?format=json&as_of=2019-12-31&status=covered")
    content = json.loads(b"".join(response.streaming_content))
    assert content["about"]["as_of"] == "2019-12-31"
    assert content["about"]["counted"] == ["gi_product"]
    (row,) = content["rows"]
    assert (row["name_zh"], row["status"], row["product_numbers"]) == ("安化县", "covered", [product.number])
