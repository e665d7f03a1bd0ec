"""LEAF. From an operator's file of boundaries to outlines that a page can carry.

The file is GeoJSON in longitude and latitude. Its provinces or counties are projected (Albers equal-area cone with
the two standard parallels usual for maps of China), thinned to what a screen can show, and written as SVG paths.
Thinning treats every unit alone, so borders are schematic; they are never used to answer a question.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import pairwise
from typing import Any

WIDTH = 800.0  # units of the finished drawing; a page scales it
TOLERANCE = 0.9  # a point nearer than this to the line through its neighbours is left out
DEGREES = 0.005  # the same for geometry in degrees: about half a kilometre
DOT = 2  # raster of the marks for islands too small to draw

Point = tuple[float, float]

_PARALLELS = tuple(math.radians(degrees) for degrees in (25, 47))
_MERIDIAN = math.radians(105)
_N = sum(map(math.sin, _PARALLELS)) / 2
_C = math.cos(_PARALLELS[0]) ** 2 + 2 * _N * math.sin(_PARALLELS[0])


class WrongFile(ValueError):
    """The file cannot be used; the message tells the operator why."""


def outlines(collection: object, codes: Collection[str]) -> dict[str, Any]:
    """Outlines of the units with these codes: {"width", "height", "shapes": [{"code", "d", "x", "y", "span"}],
    "lines": [path, …]}. `x`, `y` is a place for a label, `span` the width there is for it. The last line holds
    dots for small islands far from the rest of their unit.

    Raises WrongFile where the collection is no GeoJSON, lacks a unit, has one twice, is not in degrees, or
    lacks the boundary lines of the South China Sea, without which no map of China may be shown.
    """
    rings: dict[str, list[list[Point]]] = {}
    lines: list[list[Point]] = []
    for code, geometry in _features(collection):
        parts = list(_parts(geometry, code))
        if code not in codes or "Line" in geometry["type"]:
            lines += parts
        elif code in rings:
            raise WrongFile(f"The unit {code} stands in the file twice.")
        else:
            rings[code] = parts
    if missing := sorted(set(codes) - set(rings)):
        raise WrongFile(f"The file lacks {len(missing)} of {len(codes)} units: {', '.join(missing)}.")
    if not any(latitude < 15 for line in lines for _x, latitude in line):
        raise WrongFile(
            "The file lacks the boundary lines of the South China Sea; a map of China has to show them."
        )
    return _draw(rings, lines)


def county_outlines(collection: object, places: Mapping[str, tuple[str, str]]) -> dict[str, dict[str, Any]]:
    """A drawing like that of `outlines` for each province, by its code, with the counties that the file has.

    `places` goes by the codes that the file may use, those of the past too, to the county of today and its province;
    what has another code is left out. Pieces that are one county today become one shape. Raises WrongFile where the
    collection is no GeoJSON or not in degrees.
    """
    rings: dict[str, dict[str, list[list[Point]]]] = {}
    for code, geometry in _features(collection):
        if code in places and "Line" not in geometry["type"]:
            county, province = places[code]
            rings.setdefault(province, {}).setdefault(county, []).extend(_parts(geometry, code, holes=True))
    return {province: _draw(counties, [], square=True) for province, counties in sorted(rings.items())}


def county_geometries(collection: object, places: Mapping[str, tuple[str, str]]) -> dict[str, dict[str, Any]]:
    """The same counties in degrees, thinned: province → county → coordinates of a MultiPolygon (RFC 7946).

    For programs, which draw by themselves. The file must be one that `county_outlines` accepts.
    """
    found: dict[str, dict[str, Any]] = {}
    for code, geometry in _features(collection):
        if code in places and "Line" not in geometry["type"]:
            county, province = places[code]
            polygons = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
            drawn = [[_ring(ring, hole=number > 0) for number, ring in enumerate(polygon)] for polygon in polygons]
            found.setdefault(province, {}).setdefault(county, []).extend(drawn)
    return found


def _ring(ring: Any, *, hole: bool) -> list[list[float]]:
    """A closed ring: outer ones run against the clock, holes with it."""
    points = [(float(point[0]), float(point[1])) for point in ring]
    if points[0] != points[-1]:
        points.append(points[0])
    kept = thin(points, DEGREES)
    places = 4
    if len(kept) < 5:  # a small island, which thinning would make a line
        kept, places = points, 6
    line = [[round(x, places), round(y, places)] for x, y in kept]
    return line if (_turn(line) > 0) != hole else line[::-1]


def _features(collection: object) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """(six-digit code or "", geometry) of every feature that has a geometry."""
    if not isinstance(collection, dict) or collection.get("type") != "FeatureCollection":
        raise WrongFile("The file is not a GeoJSON FeatureCollection.")
    features = collection.get("features")
    if not isinstance(features, list):
        raise WrongFile("The FeatureCollection has no list of features.")
    for number, feature in enumerate(features, 1):
        if not isinstance(feature, dict):
            raise WrongFile(f"Feature {number} is not a GeoJSON feature.")
        geometry, properties = feature.get("geometry"), feature.get("properties") or {}
        if geometry is None:
            continue
        if not isinstance(geometry, dict) or not isinstance(properties, dict):
            raise WrongFile(f"Feature {number} is not a GeoJSON feature.")
        yield _code(properties), geometry


def _code(properties: Mapping[str, Any]) -> str:
    """`gb` is 156 (the number of China in ISO 3166) before the six digits; `adcode` and `code` are the six."""
    for name in ("gb", "adcode", "code"):
        if match := re.fullmatch(r"(?:156)?([0-9]{6})", str(properties.get(name) or "")):
            return match[1]
    return ""


def _parts(geometry: Mapping[str, Any], code: str, *, holes: bool = False) -> Iterator[list[Point]]:
    """Outer rings or lines in degrees.

    Without `holes` another unit has to be drawn into each of them. With them each ring runs one way and its holes the
    other, which is how SVG leaves them open.
    """
    kind, coordinates = geometry.get("type"), geometry.get("coordinates")
    try:
        match kind:
            case "Polygon":
                raw = list(_rings([coordinates], holes))
            case "MultiPolygon":
                raw = list(_rings(coordinates, holes))
            case "LineString":
                raw = [coordinates]
            case "MultiLineString":
                raw = list(coordinates)  # type: ignore[arg-type]
            case _:
                raise WrongFile(f"The geometry {kind!r} of {code or 'a feature'} is neither area nor line.")
        parts = [[(float(point[0]), float(point[1])) for point in part] for part in raw]
    except (TypeError, IndexError, ValueError, KeyError) as error:
        if isinstance(error, WrongFile):
            raise
        raise WrongFile(f"The coordinates of {code or 'a feature'} cannot be read.") from error
    for part in parts:
        # Not NaN either, which compares false with everything.
        if not all(60 <= x <= 160 and -10 <= y <= 70 for x, y in part):
            raise WrongFile(f"The coordinates of {code or 'a feature'} are not degrees in or around China.")
        if len(part) > 1:
            yield part


def _rings(polygons: Any, holes: bool) -> Iterator[Any]:
    for polygon in polygons:
        if not holes:
            yield polygon[0]
            continue
        for number, ring in enumerate(polygon):
            yield ring if (_turn(ring) > 0) == (number == 0) else ring[::-1]


def _turn(ring: Any) -> float:
    """Above 0 for a ring that runs against the clock."""
    return sum(float(x1) * float(y2) - float(x2) * float(y1) for (x1, y1, *_), (x2, y2, *_) in pairwise(ring))


def project(longitude: float, latitude: float) -> Point:
    """Albers equal-area projection; x to the east, y to the south, in radii of the earth."""
    radius = math.sqrt(_C - 2 * _N * math.sin(math.radians(latitude))) / _N
    angle = _N * (math.radians(longitude) - _MERIDIAN)
    return radius * math.sin(angle), radius * math.cos(angle)


def thin(points: list[Point], tolerance: float) -> list[Point]:
    """Douglas and Peucker: the points that keep every left-out point within `tolerance` of the line."""
    keep = {0, len(points) - 1}
    spans = [(0, len(points) - 1)]
    while spans:
        first, last = spans.pop()
        far, distance = first, tolerance
        for index in range(first + 1, last):
            off = _distance(points[index], points[first], points[last])
            if off > distance:
                far, distance = index, off
        if far != first:
            keep.add(far)
            spans += [(first, far), (far, last)]
    return [points[index] for index in sorted(keep)]


def _distance(point: Point, start: Point, end: Point) -> float:
    (px, py), (sx, sy), (ex, ey) = point, start, end
    length = math.hypot(ex - sx, ey - sy)
    if length == 0:  # a closed ring begins and ends in the same point
        return math.hypot(px - sx, py - sy)
    along = max(0.0, min(1.0, ((px - sx) * (ex - sx) + (py - sy) * (ey - sy)) / length**2))
    return math.hypot(px - sx - along * (ex - sx), py - sy - along * (ey - sy))


def _draw(
    rings: Mapping[str, list[list[Point]]], lines: list[list[Point]], *, square: bool = False
) -> dict[str, Any]:
    """`square`: no higher than wide."""
    flat = {code: [[project(*point) for point in ring] for ring in parts] for code, parts in rings.items()}
    strokes = [[project(*point) for point in line] for line in lines]
    everything = [point for parts in [*flat.values(), strokes] for part in parts for point in part]
    west, north, east, south = _box(everything)
    scale = (WIDTH - 8) / (max(east - west, south - north) if square else east - west)

    def place(parts: list[list[Point]]) -> list[list[Point]]:
        return [[((x - west) * scale + 4, (y - north) * scale + 4) for x, y in part] for part in parts]

    dots: set[tuple[int, int]] = set()
    # Large ones first: Beijing lies in a hole of Hebei, and holes are not drawn.
    order = sorted(flat, key=lambda code: -_size(flat[code]))
    shapes = [_shape(code, place(flat[code]), dots) for code in order]
    paths = [_path(thin(line, TOLERANCE), closed=False) for line in place(strokes)]
    return {
        "width": math.ceil((east - west) * scale + 8),
        "height": math.ceil((south - north) * scale + 8),
        "shapes": shapes,
        "lines": [*paths, "".join(f"M{x} {y}h1" for x, y in sorted(dots))],
    }


def _shape(code: str, rings: list[list[Point]], dots: set[tuple[int, int]]) -> dict[str, Any]:
    """One unit; its far small islands are added to `dots`."""
    main = max(rings, key=lambda ring: _size([ring]))
    left, top, right, bottom = _box(main)
    path = ""
    for ring in rings:
        x, y, x2, y2 = _box(ring)
        if ring is main or max(x2 - x, y2 - y) > 2.5 * TOLERANCE:
            path += _path(thin(ring, TOLERANCE), closed=True)
        elif x > right or x2 < left or y > bottom or y2 < top:
            # Far islands stay as dots: a map of China without those of the South China Sea is incomplete.
            dots.add((round(x / DOT) * DOT, round(y / DOT) * DOT))
    x, y, span = _widest_place(main)
    return {"code": code, "d": path, "x": round(x), "y": round(y), "span": round(span)}


def _widest_place(ring: list[Point]) -> tuple[float, float, float]:
    """Middle and width of the widest level line inside the ring, of nine tried: where a label fits best."""
    _left, top, _right, bottom = _box(ring)
    best = (ring[0][0], ring[0][1], 0.0)
    for part in range(1, 10):
        y = top + (bottom - top) * part / 10
        crossings = sorted(
            x1 + (y - y1) * (x2 - x1) / (y2 - y1)
            for (x1, y1), (x2, y2) in pairwise([*ring, ring[0]])
            if (y1 <= y) != (y2 <= y)
        )
        for enter, leave in zip(crossings[::2], crossings[1::2], strict=True):
            if leave - enter > best[2]:
                best = ((enter + leave) / 2, y, leave - enter)
    return best


def _size(rings: Iterable[list[Point]]) -> float:
    """Size of the box around the largest ring."""
    boxes = [_box(ring) for ring in rings]
    return max((right - left) * (bottom - top) for left, top, right, bottom in boxes)


def _path(points: Iterable[Point], *, closed: bool) -> str:
    """SVG path in whole units, each step relative to the one before; steps that round to nothing are left out."""
    whole = [(round(x), round(y)) for x, y in points]
    path, (here_x, here_y) = f"M{whole[0][0]} {whole[0][1]}l", whole[0]
    steps = []
    for x, y in whole[1:]:
        if (x, y) != (here_x, here_y):
            steps.append(f"{x - here_x} {y - here_y}")
            here_x, here_y = x, y
    return path + " ".join(steps or ["0 0"]) + ("z" if closed else "")


def _box(points: Collection[Point]) -> tuple[float, float, float, float]:
    """West, north, east and south end, y growing to the south."""
    xs, ys = [x for x, _y in points], [y for _x, y in points]
    return min(xs), min(ys), max(xs), max(ys)
