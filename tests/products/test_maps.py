"""Maps: every province is there, shading follows the numbers, counties carry the mark of what they lie in."""

import json
import re

import pytest
from django.template.loader import render_to_string
from django.utils.translation import override

from products import county_maps, maps
from products.checks import boundary_approval
from products.county_maps import Mark
from products.map_grid import (
    PROVINCES,
    Step,
    level,
    scale,
    short_county_zh,
    short_prefecture_en,
    short_prefecture_zh,
)
from tests.factories import make_division, make_hunan


def address(code):
    return f"/products/?province={code}"


def tile(drawing, title_start):
    return next(shape for shape in drawing.shapes if shape.title.startswith(title_start))


def test_no_two_provinces_share_a_tile():
    places = {(column, row) for column, row, _zh, _en in PROVINCES.values()}
    assert len(places) == len(PROVINCES) == 34


@pytest.mark.parametrize(
    ("west", "east"), [("540000", "510000"), ("510000", "420000"), ("350000", "710000"), ("820000", "810000")]
)
def test_tiles_keep_west_and_east(west, east):
    assert PROVINCES[west][0] < PROVINCES[east][0]


@pytest.mark.parametrize(
    ("north", "south"),
    [("230000", "220000"), ("420000", "430000"), ("440000", "810000"), ("450000", "460000")],
)
def test_tiles_keep_north_and_south(north, south):
    assert PROVINCES[north][1] < PROVINCES[south][1]


@pytest.mark.parametrize(
    ("largest", "ends"),
    [(0, []), (1, []), (3, [1, 2]), (66, [5, 10, 20, 50]), (152, [10, 20, 50, 100]), (50, [2, 5, 10, 20])],
)
def test_steps_have_round_ends_below_the_largest(largest, ends):
    assert scale([largest, 0]) == ends


def test_shading_rises_with_the_number_and_ends_darkest():
    ends = scale([66])
    assert [level(number, ends) for number in (0, 1, 5, 6, 20, 21, 50, 51, 66)] == [0, 1, 1, 2, 3, 4, 4, 5, 5]
    assert level(1, scale([1])) == 5


@pytest.mark.django_db
def test_country_says_name_and_number_in_the_language_of_the_page():
    make_hunan()
    with override("en"):
        drawing = maps.country({"430000": 152}, address)
        assert tile(drawing, "Hunan").title == "Hunan Province: 152 products"
        assert tile(drawing, "Hunan").label == "Hunan"
    with override("zh-hans"):
        assert tile(maps.country({"430000": 152}, address), "湖南省").label == "湖南"


@pytest.mark.django_db
def test_country_has_every_province_even_without_a_number():
    with override("en"):
        drawing = maps.country({"430000": 3}, address)
    assert len(drawing.shapes) == 34
    assert tile(drawing, "Taiwan").css == "tile level-0"
    assert tile(drawing, "Taiwan").url == "/products/?province=710000"
    assert "South China Sea" in drawing.note
    assert [step.text for step in drawing.legend] == ["0", "1", "2", "3 and more"]


@pytest.mark.django_db
def test_a_page_may_say_and_link_its_own_for_each_province():
    make_hunan()
    with override("zh-hans"):
        drawing = maps.country(
            {"430000": 15},
            lambda code: "/hunan/" if code == "430000" else "",
            lambda code, name: (f"{name} ({code})", "8/51" if code == "430000" else ""),
        )
    html = render_to_string("components/map.html", {"map": drawing, "label": "Map", "linked": True})
    assert tile(drawing, "湖南省 (430000)").sub_label == "8/51"
    assert html.count("<a href=") == 1
    assert "<title>广东 (440000)</title>" in html


@pytest.mark.django_db
def test_country_takes_one_query(django_assert_num_queries):
    make_hunan()
    with django_assert_num_queries(1):
        maps.country({"430000": 3, "440000": 9}, address)


@pytest.mark.django_db
def test_the_map_is_drawn_without_style_attributes_and_with_links():
    with override("en"):
        drawing = maps.country({"430000": 66}, address)
        html = render_to_string("components/map.html", {"map": drawing, "label": "Map", "linked": True})
    assert html.count("<a href=") == 34
    assert '<a href="/products/?province=430000"><title>Hunan: 66 products</title>' in html
    assert "style=" not in html
    assert html.count("on-dark") == 2  # name and number of the darkest tile


# --- counties of a province ---


@pytest.mark.django_db
def test_counties_carry_their_marks():
    make_hunan()
    with override("zh-hans"):
        drawing = maps.province("430000", {"430923": "here"})
    assert tile(drawing, "安化县").css == "tile here"
    assert tile(drawing, "桃江县").css == "tile level-0"
    assert [shape.label for shape in drawing.shapes if shape.kind == "text"] == ["益阳"]


@pytest.mark.django_db
def test_the_mark_of_a_prefecture_holds_for_its_counties_unless_they_have_their_own():
    make_hunan()
    with override("zh-hans"):
        drawing = maps.province("430000", {"430900": "inferred", "430923": "here"})
    assert tile(drawing, "桃江县").css == "tile inferred"
    assert tile(drawing, "安化县").css == "tile here"
    assert [step.css for step in drawing.legend] == ["tile here", "tile inferred", "tile level-0"]


@pytest.mark.django_db
def test_other_provinces_and_former_counties_are_left_out():
    province, prefecture, *_counties = make_hunan()
    make_division("440100", "广州市", parent=make_division("440000", "广东省"))
    make_division("430921", "旧县", parent=prefecture, status="historic")
    make_division("439001", "直管县", parent=province)
    with override("zh-hans"):
        titles = {shape.title for shape in maps.province("430000", {}).shapes if shape.kind == "tile"}
    assert titles == {"安化县", "桃江县", "直管县"}


@pytest.mark.django_db
def test_the_largest_province_stays_small_and_inside_its_frame(django_assert_num_queries):
    province = make_division("510000", "四川省")
    for index in range(1, 22):
        prefecture = make_division(f"51{index:02}00", f"某某{index}市", parent=province)
        for county in range(1, 10):
            make_division(f"51{index:02}{county:02}", "峨边彝族自治县", parent=prefecture)
    with override("zh-hans"), django_assert_num_queries(1):
        drawing = maps.province("510000", {"510000": "part"})
        html = render_to_string("components/map.html", {"map": drawing, "label": "四川省"})
    (joined,) = (shape for shape in drawing.shapes if shape.kind == "path")
    squares = re.findall(r"M(\d+) (\d+)h(\d+)v(\d+)h-\d+z", joined.d)
    assert joined.css == "tile part"
    assert len(squares) == 189
    assert len({(x, y) for x, y, _width, _height in squares}) == 189
    assert max(int(x) + int(width) for x, _y, width, _height in squares) <= drawing.width
    assert max(int(y) + int(height) for _x, y, _width, height in squares) <= drawing.height
    assert len(html.encode()) < 10_000


@pytest.mark.django_db
def test_a_province_without_counties_on_record_has_no_map():
    drawing = maps.province("710000", {})
    assert render_to_string("components/map.html", {"map": drawing, "label": "台湾省"}).strip() == ""


@pytest.mark.django_db
def test_a_guessed_place_is_hatched_in_map_and_legend():
    make_hunan()
    drawing = maps.province("430000", {"430923": "inferred"})
    html = render_to_string("components/map.html", {"map": drawing, "label": "湖南省"})
    assert html.count('class="tile inferred" fill="url(#hatch)"') == 2
    assert html.count('id="hatch"') == 1


@pytest.mark.django_db
def test_numerous_tiles_become_one_path_and_guessed_ones_keep_their_hatching():
    _province, prefecture, *_counties = make_hunan()
    for index in range(1, 41):
        make_division(f"4310{index:02}", f"县{index:02}", parent=prefecture)
    with override("zh-hans"):
        plain = maps.province("430000", {"430923": "here"})
    assert [shape.css for shape in plain.shapes if shape.kind == "path"] == ["tile level-0"]
    assert [shape.title for shape in plain.shapes if shape.kind == "tile"] == ["安化县"]
    guessed = maps.province("430000", {"430000": "inferred"})
    assert sum(shape.kind == "tile" and shape.pattern == "hatch" for shape in guessed.shapes) == 42
    assert not any(shape.kind == "path" for shape in guessed.shapes)


@pytest.mark.django_db
def test_a_page_may_bring_marks_of_its_own():
    make_hunan()
    kinds = {
        "full": Step("tile level-5", "full"),
        "none": Step("tile part", "none"),
        "": Step("tile", "rest"),
    }
    with override("zh-hans"):
        drawing = maps.province("430000", {"430923": "full"}, kinds)
    assert tile(drawing, "安化县").css == "tile level-5"
    assert tile(drawing, "桃江县").css == "tile"
    assert [step.text for step in drawing.legend] == ["full", "rest"]


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("益阳市", "益阳"), ("湘西土家族苗族自治州", "湘西"), ("克孜勒苏柯尔克孜自治州", "克孜勒苏"),
        ("大兴安岭地区", "大兴安岭"), ("锡林郭勒盟", "锡林郭勒"), ("省直辖县", "省直辖县"),
    ],
)  # fmt: skip
def test_short_names_of_prefectures(name, short):
    assert short_prefecture_zh(name) == short


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("Yiyang City", "Yiyang"), ("Xiangxi Tujia and Miao Autonomous Prefecture", "Xiangxi"),
        ("Da Hinggan Prefecture", "Da Hinggan"), ("Xilingol League", "Xilingol"),
    ],
)  # fmt: skip
def test_short_english_names_of_prefectures(name, short):
    assert short_prefecture_en(name) == short


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("安化县", "安化"), ("沁县", "沁县"), ("城步苗族自治县", "城步"), ("龙胜各族自治县", "龙胜"),
        ("积石山保安族东乡族撒拉族自治县", "积石山"), ("察布查尔锡伯自治县", "察布查尔"), ("神农架林区", "神农架"),
        ("六枝特区", "六枝"), ("阿鲁科尔沁旗", "阿鲁科尔沁"), ("洪江区", "洪江"),
    ],
)  # fmt: skip
def test_short_names_of_counties(name, short):
    assert short_county_zh(name) == short


# --- listed counties of a province ---

KINDS = {
    "covered": Step("tile level-5", "covered"),
    "unproven": Step("tile unproven", "not proven"),
    "in_procedure": Step("tile in_procedure", "in procedure"),
    "blank": Step("tile blank", "blank"),
    "": Step("tile level-0", "not on this list"),
}


def listed_map(province, marks, linked=True):
    drawing = county_maps.listed(province, marks, KINDS, "Hunan, 1 unit of the list.")
    html = render_to_string("components/map.html", {"map": drawing, "label": "Map", "linked": linked})
    return drawing, html


@pytest.mark.django_db
def test_each_listed_county_is_a_link_that_says_its_name_and_answer():
    province, *_rest = make_hunan()
    marks = {"430923": Mark("covered", "已覆盖", "/regions/430923/")}
    with override("zh-hans"):
        drawing, html = listed_map(province, marks)
    assert tile(drawing, "安化县").label == "安化"
    assert re.search(r'<a href="/regions/430923/"><title>安化县[：:] ?已覆盖</title>', html)
    assert html.count("<a ") == 1  # 桃江县 is not on the list
    assert 'role="group" aria-label="Map"' in html
    assert "<desc>Hunan, 1 unit of the list.</desc>" in html
    assert [step.text for step in drawing.legend] == ["covered", "not on this list"]


@pytest.mark.django_db
@pytest.mark.parametrize(("kind", "pattern"), [("unproven", "stripes"), ("in_procedure", "dots"), ("blank", "")])
def test_answers_differ_by_pattern_as_well_as_colour(kind, pattern):
    province, *_rest = make_hunan()
    _drawing, html = listed_map(province, {"430923": Mark(kind, "words", "/regions/430923/")})
    assert html.count(f'class="tile {kind}"') == 2  # the county and the legend
    assert html.count('fill="url(#') == (2 if pattern else 0)
    assert html.count(f'<pattern id="{pattern}"') == (1 if pattern else 0)


@pytest.mark.django_db
def test_a_listed_prefecture_marks_its_counties():
    province, *_rest = make_hunan()
    drawing, _html = listed_map(province, {"430900": Mark("blank", "blank", "/regions/430900/")})
    assert {shape.url for shape in drawing.shapes if shape.kind == "tile"} == {"/regions/430900/"}


@pytest.mark.django_db
def test_a_tile_is_large_enough_for_a_finger_on_a_phone_of_390_pixels():
    province, *_rest = make_hunan()
    drawing, _html = listed_map(province, {"430923": Mark("blank", "blank", "/")})
    sheet = 390 - 2 * 16 - 2 * 16 - 2  # margins of the page, of the sheet, its edges
    county = next(shape for shape in drawing.shapes if shape.url)
    assert county.w * sheet / drawing.width >= 24


@pytest.mark.django_db
def test_the_largest_province_of_listed_counties_stays_small(django_assert_num_queries):
    province = make_division("510000", "四川省")
    marks = {}
    for index in range(1, 22):
        prefecture = make_division(f"51{index:02}00", f"某某{index}市", parent=province)
        for county in range(1, 10):
            code = f"51{index:02}{county:02}"
            make_division(code, "峨边彝族自治县", parent=prefecture)
            if county < 6:
                marks[code] = Mark("blank", "空白", f"/regions/{code}/")
    with django_assert_num_queries(1):
        drawing, html = listed_map(province, marks)
    assert html.count("<a ") == 105
    assert [shape.kind for shape in drawing.shapes if shape.css == "tile level-0"] == ["path"]
    assert len(html.encode()) < 40_000


@pytest.fixture
def county_boundaries(settings, tmp_path):
    """Stores outlines of Hunan's two counties, with an approval number or without."""
    settings.GI_HOME = tmp_path

    def store(approval_number, codes=("430922", "430923")):
        shapes = [{"code": code, "d": f"M0 0l{code} 9z", "x": 5, "y": 5, "span": 200} for code in codes]
        stored = {"approval_number": approval_number, "width": 800, "height": 700, "shapes": shapes, "lines": [""]}
        maps.outline_file("430000").parent.mkdir(exist_ok=True)
        maps.outline_file("430000").write_text(json.dumps(stored), encoding="utf-8")

    return store


@pytest.mark.django_db
def test_counties_are_drawn_with_outlines_once_they_are_loaded(county_boundaries):
    province, *_rest = make_hunan()
    county_boundaries("GS(2024)0650")
    with override("zh-hans"):
        drawing, html = listed_map(province, {"430923": Mark("unproven", "未证实", "/regions/430923/")})
    assert (drawing.kind, drawing.width) == ("outline", 800)
    assert "GS(2024)0650" in drawing.note
    assert '<path class="area unproven" fill="url(#stripes)" d="M0 0l430923 9z"/>' in html
    assert '<path class="area level-0" d="M0 0l430922 9z"/>' in html
    assert [shape.label for shape in drawing.shapes if shape.kind == "text"] == ["安化"]


@pytest.mark.django_db
def test_a_listed_county_that_the_file_lacks_is_told(county_boundaries):
    province, *_rest = make_hunan()
    county_boundaries("GS(2024)0650", codes=["430922"])
    with override("en"):
        drawing, html = listed_map(province, {"430923": Mark("blank", "blank", "/regions/430923/")})
    assert "1 unit has no outline in the file of boundaries; it stands in the table." in drawing.note
    assert "<a " not in html


@pytest.mark.django_db
def test_production_draws_counties_as_tiles_without_an_approval_number(county_boundaries, settings):
    province, *_rest = make_hunan()
    county_boundaries("")
    assert listed_map(province, {})[0].kind == "outline"
    settings.PRODUCTION = True
    assert listed_map(province, {})[0].kind == "grid"


# --- outlines of the operator ---


@pytest.fixture
def boundaries(settings, tmp_path):
    """Stores outlines with an approval number, or without."""
    settings.GI_HOME = tmp_path

    def store(approval_number):
        shapes = [{"code": code, "d": "M0 0l9 9z", "x": 5, "y": 5, "span": 90} for code in PROVINCES]
        stored = {
            "approval_number": approval_number, "width": 800, "height": 900, "shapes": shapes, "lines": ["M1 1l2 2"],
        }  # fmt: skip
        maps.outline_file().parent.mkdir(exist_ok=True)
        maps.outline_file().write_text(json.dumps(stored), encoding="utf-8")

    return store


@pytest.mark.django_db
def test_outlines_are_drawn_once_they_are_loaded(boundaries):
    assert maps.country({}, address).kind == "grid"
    boundaries("")
    with override("en"):
        drawing = maps.country({"430000": 3}, address)
    assert drawing.kind == "outline"
    assert tile(drawing, "Hunan").d == "M0 0l9 9z"
    line = next(shape for shape in drawing.shapes if shape.kind == "line")
    assert (line.url, line.title) == ("", "")


@pytest.mark.django_db
def test_production_draws_outlines_only_with_an_approval_number(boundaries, settings):
    settings.PRODUCTION = True
    boundaries("")
    assert maps.country({}, address).kind == "grid"
    assert [fault.id for fault in boundary_approval(None)] == ["gi.W007"]
    boundaries("GS(2019)1822")
    drawing = maps.country({}, address)
    assert drawing.kind == "outline"
    assert "GS(2019)1822" in drawing.note
    assert boundary_approval(None) == []
