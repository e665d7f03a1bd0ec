"""Maps as shapes that a template draws: provinces of China, counties of a province.

READER. Always there: a grid of tiles, each about where its place lies. Where the operator has loaded
boundaries (`manage.py load_boundaries`) the country is drawn with outlines; in production only if they
carry a map approval number (审图号), as the Regulations on Map Management ask of every public map.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from gi_registry.models import Division, DivisionLevel
from products.map_grid import (
    PROVINCES,
    Step,
    legend,
    level,
    scale,
    short_prefecture_en,
    short_prefecture_zh,
)
from products.map_shapes import SMALL, Groups, joined, set_in_blocks
from products.map_shapes import Map as Map
from products.map_shapes import Shape as Shape

TILE_WIDTH, TILE_HEIGHT, GAP = 80, 62, 4


def country(
    values: Mapping[str, int],
    address: Callable[[str], str],
    words: Callable[[str, str], tuple[str, str]] | None = None,
) -> Map:
    """All 34 province-level units with a number each, shaded in steps; a missing number is 0.

    `values` goes by six-digit code, `address` gives the page of a code ("": no link), `words` the title and
    the small text of a tile from code and name (default: products and their number). One query.
    """
    ends = scale(values.values())
    names = {code: name_of(division) for code, division in provinces().items()}

    def shape(code: str, **where: Any) -> Shape:
        value, name = values.get(code, 0), names.get(code, short_name(code))
        title, text = words(code, name) if words else (_products(name, value), str(value or ""))
        if where["kind"] == "path":  # an outline has no room for the small text
            return Shape(css=f"area level-{level(value, ends)}", title=title, url=address(code), **where)
        css = f"tile level-{level(value, ends)}"
        return Shape(css=css, title=title, sub_label=text, url=address(code), **where)

    stored = usable_outlines()
    if stored is not None:
        return _outlines(stored, shape, legend(ends))
    return _grid(shape, legend(ends))


def _grid(shape: Callable[..., Shape], steps: tuple[Step, ...]) -> Map:
    shapes = []
    for code, (column, row, _zh, _en) in PROVINCES.items():
        x, y = column * (TILE_WIDTH + GAP), row * (TILE_HEIGHT + GAP)
        label = short_name(code)
        shapes.append(
            shape(
                code, kind="tile", x=x, y=y, w=TILE_WIDTH, h=TILE_HEIGHT,
                label=label, text_x=x + TILE_WIDTH / 2, text_y=y + 27,
                squeeze=TILE_WIDTH - 8 if len(label) > 8 else 0,
            )
        )  # fmt: skip
    columns = 1 + max(column for column, *_rest in PROVINCES.values())
    rows = 1 + max(row for _column, row, *_rest in PROVINCES.values())
    return Map(
        kind="grid",
        width=columns * (TILE_WIDTH + GAP) - GAP,
        height=rows * (TILE_HEIGHT + GAP) - GAP,
        shapes=tuple(shapes),
        legend=steps,
        note=_("Schematic, not a legal boundary. Hainan includes the islands of the South China Sea."),
        text_size=text_size(14, 19),
    )


def _outlines(stored: Mapping[str, Any], shape: Callable[..., Shape], steps: tuple[Step, ...]) -> Map:
    # Texts come last, for a later shape would be painted over them.
    size = text_size(14, 18)
    shapes = [shape(line["code"], kind="path", d=line["d"]) for line in stored["shapes"]]
    labels = []
    for line, drawn in zip(stored["shapes"], shapes, strict=True):
        label = short_name(line["code"])
        # Numbers stand in the titles and in the table: no room for them inside the borders.
        if line["span"] >= 1.2 * len(label) * size * (0.6 if label.isascii() else 1):
            labels.append(Shape("text", css=drawn.css, label=label, text_x=line["x"], text_y=line["y"]))
    lines = [Shape("line", d=path) for path in stored["lines"]]
    note = outline_note(stored)
    return Map("outline", stored["width"], stored["height"], (*shapes, *lines, *labels), steps, note, size)


def area_marks() -> dict[str, Step]:
    """The marks of a product's area."""
    return {
        "here": Step("tile here", _("in the area")),
        "part": Step("tile part", _("partly in the area")),
        "inferred": Step("tile inferred", _("location inferred from the name, not the legal area")),
        "": Step("tile level-0", _("other counties of the province")),
    }


def province(code: str, marks: Mapping[str, str], kinds: Mapping[str, Step] | None = None) -> Map:
    """The counties of a province as small tiles, one block a prefecture.

    `marks` goes by division code, to a key of `kinds` (default: `area_marks`; "" is for the rest). The mark
    of a prefecture or of the province holds for every county below it that has none of its own.
    The tiles carry no text and no link: the page says the same in words beneath. One query.
    """
    kinds = kinds or area_marks()
    counties = (
        Division.objects.current()
        .within(code)
        .filter(level=DivisionLevel.COUNTY)
        .select_related("parent")
        .order_by("code")
    )
    groups: Groups = {}
    marked = set()
    for county in counties:
        parent = county.parent
        above = parent.code if parent else code
        name = short_prefecture(parent) if parent and parent.level == DivisionLevel.PREFECTURE else ""
        mark = marks.get(county.code) or marks.get(above) or marks.get(code) or ""
        marked.add(mark)
        groups.setdefault(above, (name, []))[1].append(Shape("tile", css=kinds[mark].css, title=name_of(county)))
    shapes, height = set_in_blocks(groups.values(), SMALL)
    steps = [step for mark, step in kinds.items() if mark in marked or not mark]
    return Map(
        kind="grid", width=SMALL.width, height=height, shapes=joined(shapes), legend=tuple(steps),
        note=_("Each tile is a county, grouped by prefecture. Schematic, not a legal boundary."), text_size=10,
    )  # fmt: skip


def provinces() -> dict[str, Division]:
    """The province-level units of today by code."""
    rows = Division.objects.current().filter(level=DivisionLevel.PROVINCE)
    return {division.code: division for division in rows}


def name_of(named: Any) -> str:
    """The name of a division, product, list or agreement in the language of the page, as plain text."""
    name_zh: str = named.name_zh
    return name_zh if is_chinese() else named.name_en or getattr(named, "name_pinyin", "") or name_zh


def short_name(code: str) -> str:
    """The short name of a province in the language of the page, as tiles carry it."""
    _column, _row, name_zh, name_en = PROVINCES[code]
    return name_zh if is_chinese() else name_en


def short_prefecture(division: Division) -> str:
    """The name of a prefecture without its kind, in the language of the page."""
    name = name_of(division)
    return short_prefecture_zh(name) if is_chinese() else short_prefecture_en(name)


def _products(name: str, count: int) -> str:
    return ngettext("{name}: {count} product", "{name}: {count} products", count).format(
        name=name, count=count
    )


def is_chinese() -> bool:
    """Whether the page is in Chinese."""
    return (get_language() or "zh").startswith("zh")


def text_size(latin: int, chinese: int) -> int:
    """The size for the script of the page: a Chinese sign carries more than a letter."""
    return chinese if is_chinese() else latin


# --- Boundaries that the operator has loaded ---


def outline_file(province_code: str = "") -> Path:
    """Where `manage.py load_boundaries` puts the provinces or, by the code of a province, its counties."""
    folder: Path = settings.GI_HOME
    return folder / "boundaries" / (f"counties-{province_code}.json" if province_code else "provinces.json")


def loaded_outlines(province_code: str = "") -> Mapping[str, Any] | None:
    """What products/outlines.py made, with the key `approval_number`; None where nothing is loaded."""
    file = outline_file(province_code)
    try:
        return _read(file, file.stat().st_mtime_ns)
    except FileNotFoundError:
        return None


def usable_outlines(province_code: str = "") -> Mapping[str, Any] | None:
    """The same, in production only with a map approval number."""
    stored = loaded_outlines(province_code)
    return stored if stored is not None and (stored["approval_number"] or not settings.PRODUCTION) else None


def degrees_file(province_code: str) -> Path:
    """Where the counties of a province are kept in degrees, for programs."""
    return outline_file(province_code).with_name(f"degrees-{province_code}.json")


def usable_degrees(province_code: str) -> Mapping[str, Any]:
    """`counties` by code, each the coordinates of a MultiPolygon, with the `approval_number`; empty where nothing may
    be shown: the rule is that of the outlines."""
    outline, file = usable_outlines(province_code), degrees_file(province_code)
    if outline is None or not file.is_file():
        return {"counties": {}, "approval_number": ""}
    return _read(file, file.stat().st_mtime_ns)


def outline_note(stored: Mapping[str, Any]) -> str:
    """What has to stand beneath outlines."""
    note = _("Schematic, not a legal boundary.")
    if number := stored["approval_number"]:
        note = _("Map approval number: {number}.").format(number=number) + " " + note
    return note


@lru_cache(maxsize=40)
def _read(file: Path, changed: int) -> Mapping[str, Any]:
    content: Mapping[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return content
