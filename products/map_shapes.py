"""LEAF. What a map is made of, and how tiles are set in blocks. Templates draw it (components/map.html)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from products.map_grid import Step, pattern_of

TILES_APART = 30  # of one class keep a tooltip each


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
    def pattern(self) -> str:
        """The pattern of the fill, "" for a plain colour."""
        return pattern_of(self.css)


@dataclass(frozen=True)
class Map:
    """A drawing of `width` by `height` units. `note` has to be shown with it. Without shapes nothing is drawn.

    `description` says in words what is drawn, for those who do not see it.
    """

    kind: str
    width: int
    height: int
    shapes: tuple[Shape, ...]
    legend: tuple[Step, ...]
    note: str
    text_size: int
    description: str = ""


@dataclass(frozen=True)
class Blocks:
    """Measures of a grid of counties: from tile to tile, of a tile, height of a name, between blocks, of all."""

    pitch: int
    side: int
    name: int
    gap: int
    width: int
    columns: int = 4  # at least, in the block of a prefecture


SMALL = Blocks(pitch=15, side=13, name=14, gap=10, width=360)
# As wide as a sheet on a phone of 390 pixels, where a tile is then 24 pixels: enough for a finger.
LARGE = Blocks(pitch=26, side=24, name=16, gap=6, width=324)

Groups = dict[str, tuple[str, list[Shape]]]  # prefecture or province -> its name on the map, tiles without a place


def set_in_blocks(groups: Iterable[tuple[str, list[Shape]]], size: Blocks) -> tuple[list[Shape], int]:
    """The tiles in blocks, the blocks set in lines like words, and the height they take."""
    shapes: list[Shape] = []
    x, y, line_height = 0, 0, 0
    for name, tiles in groups:
        columns = max(size.columns, -(-len(tiles) // 4)) if name else size.width // size.pitch
        columns = min(columns, size.width // size.pitch)
        width = columns * size.pitch
        if x and x + width > size.width:
            x, y, line_height = 0, y + line_height + 6, 0
        top = y + (size.name if name else 0)
        if name:
            squeeze = width - 4 if len(name) * (5.5 if name.isascii() else 10) > width else 0
            middle = x + width / 2 - 1
            shapes.append(Shape("text", label=name, text_x=middle, text_y=y + size.name - 4, squeeze=squeeze))
        for index, tile in enumerate(tiles):
            left, upper = x + index % columns * size.pitch, top + index // columns * size.pitch
            middle, line = left + size.side / 2, upper + size.side / 2 + 4
            shapes.append(replace(tile, x=left, y=upper, w=size.side, h=size.side, text_x=middle, text_y=line))
        line_height = max(line_height, top - y + -(-len(tiles) // columns) * size.pitch)
        x += width + size.gap
    return shapes, y + line_height


def joined(shapes: Sequence[Shape]) -> tuple[Shape, ...]:
    """The same with numerous tiles of one class drawn as one path: a third of the bytes. Links and patterns stay."""

    def plain(shape: Shape) -> bool:
        return shape.kind == "tile" and not shape.url and not shape.pattern

    counts = Counter(shape.css for shape in shapes if plain(shape))
    paths = {css: "" for css, count in counts.items() if count > TILES_APART}
    kept = []
    for shape in shapes:
        if plain(shape) and shape.css in paths:
            paths[shape.css] += f"M{shape.x} {shape.y}h{shape.w}v{shape.h}h-{shape.w}z"
        else:
            kept.append(shape)
    return (*(Shape("path", css=css, d=d) for css, d in sorted(paths.items())), *kept)
