"""READER. The counties of a province on a list, each a link that says its name and its answer.

Outlines where the operator has loaded them (and may show them, see products/maps.py), otherwise tiles in blocks, one
block a prefecture. Counties that are not on the list carry no link; many of them are drawn as one path.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from gi_registry.models import Division, DivisionLevel
from products import maps
from products.map_grid import Step, short_county_zh
from products.map_shapes import LARGE, Groups, Map, Shape, joined, set_in_blocks

LABEL_LENGTH = 3  # Chinese signs that fit into a tile


@dataclass(frozen=True)
class Mark:
    """What is said of a county: a key of the kinds, the words for it, and where the link leads."""

    kind: str
    words: str
    url: str


def listed(province: Division, marks: Mapping[str, Mark], kinds: Mapping[str, Step], description: str) -> Map:
    """The counties of today in a province; `marks` by division code, `kinds` with "" for those without a mark.

    A county without a mark takes that of its prefecture, where a whole prefecture stands on the list. One query.
    """
    counties = Division.objects.current().within(province.code).filter(level=DivisionLevel.COUNTY)
    rows = list(counties.select_related("parent").order_by("code"))
    found = {
        county.code: marks.get(county.code) or marks.get(county.parent.code if county.parent else "")
        for county in rows
    }
    seen = {mark.kind if mark else "" for mark in found.values()}
    steps = tuple(step for kind, step in kinds.items() if kind in seen or not kind)
    stored = maps.usable_outlines(province.code)
    if stored is not None:
        return _outlines(stored, rows, found, kinds, steps, description)
    groups: Groups = {}
    for county in rows:
        parent = county.parent
        name = maps.short_prefecture(parent) if parent and parent.level == DivisionLevel.PREFECTURE else ""
        above = parent.code if parent else province.code
        groups.setdefault(above, (name, []))[1].append(_shape("tile", county, found[county.code], kinds))
    shapes, height = set_in_blocks(groups.values(), LARGE)
    note = _("Each tile is a county, grouped by prefecture. Schematic, not a legal boundary.")
    return Map("grid", LARGE.width, height, joined(shapes), steps, note, 10, description)


def _shape(kind: str, county: Division, mark: Mark | None, kinds: Mapping[str, Step], **where: Any) -> Shape:
    name = maps.name_of(county)
    if mark is None:
        title = _("{name}: not on this list").format(name=name)
        return Shape(kind, css=_css(kind, kinds[""]), title=title, **where)
    label = short_county_zh(name) if kind == "tile" and maps.is_chinese() else ""
    if len(label) > LABEL_LENGTH:
        label = ""
    title = _("{name}: {answer}").format(name=name, answer=mark.words)
    squeeze = LARGE.side - 3 if len(label) == LABEL_LENGTH else 0
    css = _css(kind, kinds[mark.kind])
    return Shape(kind, css=css, title=title, url=mark.url, label=label, squeeze=squeeze, **where)


def _css(kind: str, step: Step) -> str:
    return step.css.replace("tile", "area") if kind == "path" else step.css


def _outlines(
    stored: Mapping[str, Any], counties: Sequence[Division], marks: Mapping[str, Mark | None],
    kinds: Mapping[str, Step], steps: tuple[Step, ...], description: str,
) -> Map:  # fmt: skip
    """Counties without a mark as one path, then those with one, then names, so that nothing is painted over them."""
    drawn = {line["code"]: line for line in stored["shapes"]}
    rest = "".join(drawn[county.code]["d"] for county in counties if county.code in drawn and not marks[county.code])
    shapes = [Shape("path", css=_css("path", kinds[""]), d=rest)] if rest else []
    labels, missing, size = [], 0, maps.text_size(18, 20)
    for county in counties:
        mark, line = marks[county.code], drawn.get(county.code)
        if mark and line:
            shape = _shape("path", county, mark, kinds, d=line["d"])
            shapes.append(shape)
            label = short_county_zh(maps.name_of(county)) if maps.is_chinese() else ""
            if label and line["span"] >= 1.8 * len(label) * size:
                labels.append(Shape("text", css=shape.css, label=label, text_x=line["x"], text_y=line["y"]))
        missing += bool(mark and not line)
    note = maps.outline_note(stored)
    if missing:
        words = ngettext(
            "{number} unit has no outline in the file of boundaries; it stands in the table.",
            "{number} units have no outline in the file of boundaries; they stand in the table.", missing,
        )  # fmt: skip
        note = words.format(number=missing) + " " + note
    return Map("outline", stored["width"], stored["height"], (*shapes, *labels), steps, note, size, description)
