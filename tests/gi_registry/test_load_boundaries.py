"""Loading the operator's boundaries: all or nothing, and a plain word about what is wrong with a file."""

import json
import math
import re
from io import StringIO
from itertools import pairwise

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from products import maps, outlines
from products.map_grid import PROVINCES
from tests.factories import make_division, make_hunan


def square(west, south, size=1.0):
    east, north = west + size, south + size
    return [[west, south], [east, south], [east, north], [west, north], [west, south]]


def feature(properties, kind, coordinates):
    geometry = {"type": kind, "coordinates": coordinates}
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def china(name="gb", prefix="156"):
    """A square a province, Hainan with a far islet, and one line of the South China Sea."""
    features = [
        feature({name: prefix + code}, "Polygon", [square(75 + column * 8, 50 - row * 4)])
        for code, (column, row, _zh, _en) in PROVINCES.items()
        if code != "460000"
    ]
    hainan = [[square(108.6, 18.2)], [square(112.0, 8.0, 0.001)]]
    features.append(feature({name: prefix + "460000"}, "MultiPolygon", hainan))
    features.append(feature({name: ""}, "MultiLineString", [[[108.3, 7.0], [108.5, 6.0]]]))
    return {"type": "FeatureCollection", "features": features}


@pytest.fixture
def load(settings, tmp_path):
    """Writes a file and loads it; returns what the command says."""
    settings.GI_HOME = tmp_path / "home"

    def run(content, **options):
        file = tmp_path / "china.geojson"
        file.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
        out = StringIO()
        call_command("load_boundaries", str(file), stdout=out, **options)
        return out.getvalue()

    return run


@pytest.mark.parametrize(("name", "prefix"), [("gb", "156"), ("adcode", ""), ("code", "")])
def test_a_good_file_is_stored_with_its_approval_number(load, name, prefix):
    said = load(china(name, prefix), approval_number="GS(2024)0650")
    stored = maps.loaded_outlines()
    assert "34 outlines and 2 lines" in said
    assert stored["approval_number"] == "GS(2024)0650"
    assert {shape["code"] for shape in stored["shapes"]} == set(PROVINCES)


def test_without_an_approval_number_the_operator_is_told(load):
    assert "never in production" in load(china())


def test_far_islands_stay_however_small(load):
    load(china())
    assert maps.loaded_outlines()["lines"][-1].count("M") == 1


def without(code):
    collection = china()
    collection["features"] = [f for f in collection["features"] if f["properties"]["gb"] != "156" + code]
    return collection


def moved():
    """Metres instead of degrees."""
    collection = china()
    collection["features"][0]["geometry"]["coordinates"] = [square(500_000, 4_000_000, 1000)]
    return collection


def without_lines():
    collection = china()
    collection["features"].pop()
    return collection


def twice():
    collection = china()
    collection["features"].append(collection["features"][0])
    return collection


def broken():
    collection = china()
    collection["features"][0]["geometry"]["coordinates"] = [[["east", 3]]]
    return collection


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\xff\xfe{", "not text in UTF-8"),
        (b'{"type": ', "not JSON"),
        ([], "not a GeoJSON FeatureCollection"),
        ({"type": "FeatureCollection"}, "no list of features"),
        ({"type": "FeatureCollection", "features": [3]}, "Feature 1 is not"),
        (without("710000"), "lacks 1 of 34 units: 710000"),
        (without_lines(), "South China Sea"),
        (moved(), "not degrees"),
        (twice(), "stands in the file twice"),
        (broken(), "cannot be read"),
    ],
)
def test_a_wrong_file_is_refused_and_the_old_outlines_stay(load, content, message):
    load(china(), approval_number="GS(2024)0650")
    before = maps.outline_file().read_bytes()
    with pytest.raises(CommandError, match=message):
        load(content, approval_number="another")
    assert maps.outline_file().read_bytes() == before
    assert [file.name for file in maps.outline_file().parent.iterdir()] == ["provinces.json"]


# --- counties ---


def counties(*codes, holes=False):
    """A square a county from west to east, each with a hole if asked."""
    features = []
    for number, code in enumerate(codes):
        rings = [square(110 + number, 28)]
        if holes:
            rings.append(square(110.4 + number, 28.4, 0.2))  # runs the same way round as the ring: not as it should
        features.append(feature({"gb": f"156{code}"}, "Polygon", rings))
    return {"type": "FeatureCollection", "features": features}


@pytest.fixture
def hunan():
    """Hunan with 安化县, 桃江县 and a county of the past that became 桃江县."""
    rows = make_hunan()
    make_division("430999", "旧县", parent=rows[1], status="historic", successor=rows[3])
    return rows


@pytest.mark.django_db
def test_counties_are_stored_by_province_under_the_codes_of_today(load, hunan):
    guizhou = make_division("520000", "贵州省")
    make_division("520525", "纳雍县", parent=guizhou)
    said = load(counties("430923", "430999", "520525", "990101"), level="county", approval_number="GS(2024)0650")
    assert "Stored 3 counties of 2 provinces" in said
    stored = maps.loaded_outlines("430000")
    assert stored["approval_number"] == "GS(2024)0650"
    assert {shape["code"] for shape in stored["shapes"]} == {"430923", hunan[3].code}
    assert {shape["code"] for shape in maps.loaded_outlines("520000")["shapes"]} == {"520525"}
    assert maps.loaded_outlines() is None  # the provinces are another file


@pytest.mark.django_db
def test_counties_that_the_file_lacks_are_told(load, hunan):
    said = load(counties("430923"), level="county")
    assert f"1 counties of these provinces have no outline in the file: {hunan[3].code}." in said
    assert "never in production" in said


@pytest.mark.django_db
def test_a_hole_runs_against_its_ring_so_that_it_stays_open(load, hunan):
    load(counties("430923", holes=True), level="county")
    (shape,) = maps.loaded_outlines("430000")["shapes"]
    turns = []
    for path in shape["d"].split("M")[1:]:
        numbers = [int(number) for number in re.findall(r"-?\d+", path)]
        steps = list(zip(numbers[2::2], numbers[3::2], strict=True))
        at, turn = (0, 0), 0
        for dx, dy in steps:
            turn += at[0] * dy - at[1] * dx
            at = (at[0] + dx, at[1] + dy)
        turns.append(turn > 0)
    assert len(turns) == 2
    assert turns[0] != turns[1]


@pytest.mark.django_db
def test_hainan_keeps_its_tiles(load, hunan):
    hainan = make_division("460000", "海南省")
    make_division("469025", "白沙黎族自治县", parent=hainan)
    load(counties("430923", "469025"), level="county")
    assert maps.loaded_outlines("460000") is None
    assert maps.loaded_outlines("430000") is not None


@pytest.mark.django_db
def test_a_file_without_any_known_county_changes_nothing(load, hunan):
    with pytest.raises(CommandError, match="no county that the register knows"):
        load(counties("990101"), level="county")
    assert not maps.outline_file("430000").exists()


def test_a_missing_file_is_a_plain_error(tmp_path):
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("load_boundaries", str(tmp_path / "none.geojson"))


def test_thinning_keeps_every_left_out_point_near_the_line():
    wave = [(x / 10, math.sin(x / 10)) for x in range(200)]
    thinned = outlines.thin(wave, 0.1)
    assert (thinned[0], thinned[-1]) == (wave[0], wave[-1])
    assert len(thinned) < 40
    for x, y in wave:
        left = max(point for point in thinned if point[0] <= x)
        right = min(point for point in thinned if point[0] >= x)
        share = (x - left[0]) / (right[0] - left[0]) if right != left else 0
        assert abs(left[1] + share * (right[1] - left[1]) - y) < 0.15


def test_the_projection_keeps_areas():
    def area(west, south):
        corners = [outlines.project(*point) for point in square(west, south, 0.1)]
        return abs(sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in pairwise(corners))) / 2

    # On a globe a cell shrinks with the cosine of its latitude.
    cosine_north, cosine_south = (math.cos(math.radians(latitude)) for latitude in (45.05, 28.05))
    assert area(80, 45) / area(112, 28) == pytest.approx(cosine_north / cosine_south, rel=1e-4)
