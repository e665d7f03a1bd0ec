"""Maps as shapes that a template draws: provinces of China, counties of a province.

READER. Always there: a grid of tiles, each about where its place lies. Where the operator has loaded
boundaries (`manage.py load_boundaries`) the country is drawn with outlines; in production only if they
carry a map approval number (审图号), as the Regulations on Map Management ask of every public map.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
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

TILE_WIDTH, TILE_HEIGHT, GAP = 80, 62, 4


@dataclass(frozen=True)
class Shape:
    """A tile (`x`, `y`, `w`, `h`), an outline (`d`), a line without meaning of its own (`d`) or a bare text.

    `css` holds the classes for the fill; `label` and `sub_label` stand at `text_x`, `text_y`. `squeeze` is
    the width that a label too long for its tile is pressed into, 0 for none.
    """

    kind: str
    css: str = ""
    title: str = ""
    url: str = ""
    x: float = 0
    y: float = 0
    w: float = 0
    h: float = 0
    d: str = ""
    label: str = ""
    sub_label: str = ""
    text_x: float = 0
    text_y: float = 0
    squeeze: int = 0

    @property
    def on_dark(self) -> bool:
        """Whether the text needs the light colour."""
        return self.css.endswith(("level-4", "level-5"))

    @property
    def hatched(self) -> bool:
        """Whether the fill is lines instead of a colour: an area that is only a guess."""
        return self.css.endswith("inferred")


@dataclass(frozen=True)
class Map:
    """A drawing of `width` by `height` units. `note` has to be shown with it. Without shapes nothing is drawn."""

    kind: str
    width: int
    height: int
    shapes: tuple[Shape, ...]
    legend: tuple[Step, ...]
    note: str
    text_size: int


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

    stored = loaded_outlines()
    if stored is not None and (stored["approval_number"] or not settings.PRODUCTION):
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
        text_size=_text_size(14, 19),
    )


def _outlines(stored: Mapping[str, Any], shape: Callable[..., Shape], steps: tuple[Step, ...]) -> Map:
    # Texts come last, for a later shape would be painted over them.
    size = _text_size(14, 18)
    shapes = [shape(line["code"], kind="path", d=line["d"]) for line in stored["shapes"]]
    labels = []
    for line, drawn in zip(stored["shapes"], shapes, strict=True):
        label = short_name(line["code"])
        # Numbers stand in the titles and in the table: no room for them inside the borders.
        if line["span"] >= 1.2 * len(label) * size * (0.6 if label.isascii() else 1):
            labels.append(Shape("text", css=drawn.css, label=label, text_x=line["x"], text_y=line["y"]))
    lines = [Shape("line", d=path) for path in stored["lines"]]
    approval = stored["approval_number"]
    note = _("Schematic, not a legal boundary.")
    if approval:
        note = _("Map approval number: {number}.").format(number=approval) + " " + note
    return Map("outline", stored["width"], stored["height"], (*shapes, *lines, *labels), steps, note, size)


PITCH, SIDE, COLUMNS, NAME_HEIGHT, MAP_WIDTH = 15, 13, 4, 14, 360
TILES_APART = 30  # of one class keep a tooltip each


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
    groups: dict[str, tuple[str, list[tuple[str, str]]]] = {}
    for county in counties:
        parent = county.parent
        above = parent.code if parent else code
        name = short_prefecture(parent) if parent and parent.level == DivisionLevel.PREFECTURE else ""
        mark = marks.get(county.code) or marks.get(above) or marks.get(code) or ""
        groups.setdefault(above, (name, []))[1].append((name_of(county), mark))
    shapes, height = _blocks(list(groups.values()), kinds)
    seen = {mark for _name, tiles in groups.values() for _county, mark in tiles}
    steps = [step for mark, step in kinds.items() if mark in seen or not mark]
    return Map(
        kind="grid", width=MAP_WIDTH, height=height, shapes=_joined(shapes), legend=tuple(steps),
        note=_("Each tile is a county, grouped by prefecture. Schematic, not a legal boundary."), text_size=10,
    )  # fmt: skip


def _blocks(
    groups: Sequence[tuple[str, list[tuple[str, str]]]], kinds: Mapping[str, Step]
) -> tuple[list[Shape], int]:
    """Blocks of tiles set in lines like words, and the height they take."""
    shapes: list[Shape] = []
    x, y, line_height = 0.0, 0.0, 0
    for name, tiles in groups:
        columns = max(COLUMNS, -(-len(tiles) // 4)) if name else MAP_WIDTH // PITCH
        width = columns * PITCH
        if x and x + width > MAP_WIDTH:
            x, y, line_height = 0.0, y + line_height + 6, 0
        top = y + (NAME_HEIGHT if name else 0)
        if name:
            squeeze = width - 4 if len(name) * (5.5 if name.isascii() else 10) > width else 0
            middle = x + width / 2 - 1
            shapes.append(Shape("text", label=name, text_x=middle, text_y=y + 10, squeeze=squeeze))
        for index, (county, mark) in enumerate(tiles):
            shapes.append(
                Shape(
                    "tile", css=kinds[mark].css, title=county, w=SIDE, h=SIDE,
                    x=int(x + index % columns * PITCH), y=int(top + index // columns * PITCH),
                )
            )  # fmt: skip
        line_height = max(line_height, int(top - y) + -(-len(tiles) // columns) * PITCH)
        x += width + 10
    return shapes, int(y + line_height)


def _joined(shapes: Sequence[Shape]) -> tuple[Shape, ...]:
    """The same with numerous tiles of one class drawn as one path: a third of the bytes. Hatched tiles stay."""
    counts = Counter(shape.css for shape in shapes if shape.kind == "tile" and not shape.hatched)
    paths = {css: "" for css, count in counts.items() if count > TILES_APART}
    kept = []
    for shape in shapes:
        if shape.css in paths:
            paths[shape.css] += f"M{shape.x} {shape.y}h{shape.w}v{shape.h}h-{shape.w}z"
        else:
            kept.append(shape)
    return (*(Shape("path", css=css, d=d) for css, d in sorted(paths.items())), *kept)


def provinces() -> dict[str, Division]:
    """The province-level units of today by code."""
    rows = Division.objects.current().filter(level=DivisionLevel.PROVINCE)
    return {division.code: division for division in rows}


def name_of(named: Any) -> str:
    """The name of a division, product, list or agreement in the language of the page, as plain text."""
    name_zh: str = named.name_zh
    return name_zh if _chinese() else named.name_en or getattr(named, "name_pinyin", "") or name_zh


def short_name(code: str) -> str:
    """The short name of a province in the language of the page, as tiles carry it."""
    _column, _row, name_zh, name_en = PROVINCES[code]
    return name_zh if _chinese() else name_en


def short_prefecture(division: Division) -> str:
    """The name of a prefecture without its kind, in the language of the page."""
    name = name_of(division)
    return short_prefecture_zh(name) if _chinese() else short_prefecture_en(name)


def _products(name: str, count: int) -> str:
    return ngettext("{name}: {count} product", "{name}: {count} products", count).format(
        name=name, count=count
    )


def _chinese() -> bool:
    return (get_language() or "zh").startswith("zh")


def _text_size(latin: int, chinese: int) -> int:
    return chinese if _chinese() else latin


# --- Boundaries that the operator has loaded ---


def outline_file() -> Path:
    """Where `manage.py load_boundaries` puts what it made."""
    folder: Path = settings.GI_HOME
    return folder / "boundaries" / "provinces.json"


def loaded_outlines() -> Mapping[str, Any] | None:
    """What `outlines.outlines` made, with the key `approval_number`; None where nothing is loaded."""
    file = outline_file()
    try:
        return _read(file, file.stat().st_mtime_ns)
    except FileNotFoundError:
        return None


@lru_cache(maxsize=1)
def _read(file: Path, changed: int) -> Mapping[str, Any]:
    content: Mapping[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return content
