"""LEAF. Shapes of small charts as plain numbers: lines over time and groups of bars. Templates draw them.

Units are those of the drawing (400 wide, so that its text stays readable on a phone of 360 pixels); y grows downwards.
A chart carries its numbers as rows too, for the table that stands beneath it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 400, 220
LEFT, RIGHT, TOP, BOTTOM = 38, 384, 14, 192  # of the field between the axes
LABEL_WIDTH = 40  # of a year below the axis, with the space around it
BAR_WIDTH = 30  # at most


@dataclass(frozen=True)
class Tick:
    """A mark of an axis: where it stands and what it says."""

    at: float
    text: str


@dataclass(frozen=True)
class Series:
    """Values to draw, one a column, None where nothing is known; `css` names the look (see static/css/coverage.css)."""

    name: str
    css: str
    values: Sequence[int | None]


@dataclass(frozen=True)
class Line:
    """A series as an SVG path; `end` is where its last known value stands."""

    name: str
    css: str
    d: str
    end: tuple[float, float] | None


@dataclass(frozen=True)
class Bar:
    """One bar; its number stands above it, in the middle at `text_x`."""

    css: str
    x: float
    y: float
    w: float
    h: float
    value: int
    text_x: float
    title: str


@dataclass(frozen=True)
class Chart:
    """A drawing with its axes. `key` makes the ids of its parts unique on the page; `note` is said to screen readers.

    `rows` are the numbers: label of the column, then a value of each series.
    """

    key: str
    title: str
    note: str
    heading: str
    names: tuple[tuple[str, str], ...]
    rows: tuple[tuple[str, tuple[int | None, ...]], ...]
    up: tuple[Tick, ...]
    across: tuple[Tick, ...]
    lines: tuple[Line, ...] = ()
    bars: tuple[Bar, ...] = ()
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = RIGHT
    bottom: int = BOTTOM


def ticks(largest: int, most: int = 4) -> list[int]:
    """Round numbers from 0 to the first that is not below `largest`, in at most `most` equal steps.

    Steps are 1, 2, 5 and, where that is a whole number, 2.5 times a power of ten.
    """
    power = 1
    while True:
        halves = [5 * power // 2] if power > 1 else []
        for step in (power, 2 * power, *halves, 5 * power):
            if step * most >= largest:
                return [step * number for number in range(max(1, -(-largest // step)) + 1)]
        power *= 10


def spread(places: Sequence[float], least: float) -> list[int]:
    """Which of some places on a line get a label so that none is nearer than `least` to the next.

    Every n-th from the first, n as small as possible among 1, 2, 5, 10, 20 …; the last always.
    """
    if len(places) < 2:
        return list(range(len(places)))
    last = len(places) - 1
    gap = (places[-1] - places[0]) / last
    power = 1
    while True:
        for step in (power, 2 * power, 5 * power):
            if gap * step >= least or step > last:
                kept = [index for index in range(0, last, step) if not index or places[-1] - places[index] >= least]
                return [*kept, last]
        power *= 10


def line_chart(
    key: str, title: str, note: str, heading: str, columns: Sequence[tuple[float, str, str]], series: Sequence[Series]
) -> Chart:
    """Lines over `columns`: place on the axis (such as a day's number), what the axis says, what the table says.

    Needs two columns. A line is broken where a value is not known.
    """
    up = ticks(max((value for one in series for value in one.values if value is not None), default=0))
    first, last = columns[0][0], columns[-1][0]
    places = [round(LEFT + (at - first) * (RIGHT - LEFT) / (last - first), 1) for at, *_labels in columns]
    lines = []
    for one in series:
        path, end = "", None
        for x, value, before in zip(places, one.values, [None, *one.values[:-1]], strict=True):
            if value is not None:
                end = (x, _height(value, up[-1]))
                path += f"{'M' if before is None else 'L'}{x} {end[1]}"
        lines.append(Line(one.name, one.css, path, end))
    across = tuple(Tick(places[index], columns[index][1]) for index in spread(places, LABEL_WIDTH))
    labels = [label for _at, _short, label in columns]
    return Chart(key, title, note, heading, *_numbers(labels, series), _up(up), across, lines=tuple(lines))


def bar_chart(
    key: str, title: str, note: str, heading: str, columns: Sequence[str], series: Sequence[Series]
) -> Chart:
    """Groups of bars, one group a column, one bar a known value."""
    up = ticks(max((value for one in series for value in one.values if value is not None), default=0))
    room = (RIGHT - LEFT) / max(1, len(columns))
    width = round(min(BAR_WIDTH, room * 0.8 / max(1, len(series))), 1)
    bars, across = [], []
    for index, label in enumerate(columns):
        middle = LEFT + room * (index + 0.5)
        across.append(Tick(round(middle, 1), label))
        known = [(one, value) for one in series if (value := one.values[index]) is not None]
        for number, (one, value) in enumerate(known):
            x, y = round(middle + (number - len(known) / 2) * width, 1), _height(value, up[-1])
            height = round(BOTTOM - y, 1)
            title_of = f"{label}, {one.name}: {value}"
            bars.append(Bar(one.css, x, y, width, height, value, round(x + width / 2, 1), title_of))
    return Chart(key, title, note, heading, *_numbers(columns, series), _up(up), tuple(across), bars=tuple(bars))


def _height(value: int, top: int) -> float:
    return round(BOTTOM - value * (BOTTOM - TOP) / top, 1)


def _up(values: Sequence[int]) -> tuple[Tick, ...]:
    return tuple(Tick(_height(value, values[-1]), str(value)) for value in values)


def _numbers(
    labels: Sequence[str], series: Sequence[Series]
) -> tuple[tuple[tuple[str, str], ...], tuple[tuple[str, tuple[int | None, ...]], ...]]:
    """Names with their looks, and the rows of the table."""
    names = tuple((one.name, one.css) for one in series)
    return names, tuple((label, tuple(one.values[index] for one in series)) for index, label in enumerate(labels))
