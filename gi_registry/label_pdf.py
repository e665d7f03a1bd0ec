"""Sheets of labels as PDF, page by page: a run of a million labels takes no more memory than one of a hundred. LEAF.

The file is written by `pdf_stream`, because reportlab holds all pages until the end. What all labels of a run share
is drawn once and referred to; a label adds its symbol and its code. Symbols are vectors, one box for each run of
dark modules in eight, so that printers of every resolution draw them sharp; about 1 kB a label after compression.

Lengths are millimetres in a `Layout`, points (1/72 inch) on the page, measured from the lower left corner.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice
from operator import getitem

from gi_registry.label_symbols import ALPHABET, QUIET_ZONE, Symbols
from gi_registry.pdf_stream import Font, PdfFile, missing, printable, text_string
from gi_registry.print_sheets import length, wrap

MM = 72 / 25.4
PAGE_WIDTH, PAGE_HEIGHT = 210.0, 297.0
SMALLEST_MODULE = 0.33  # mm; below that phones of people with less steady hands fail
SYMBOL_SIDE = 15.0  # mm of the symbol without its quiet zone, where the label allows it
GROUP, GROUPS = 4, 6

MARK_WORDS = ("专用", "标志")
DEMONSTRATION = "演示样张 不得销售"
PLACE_WORD = "核对网址"


@dataclass(frozen=True)
class Layout:
    """A sheet of labels that printers sell, on A4; lengths in millimetres. `code_lines` splits the printed code."""

    name: str
    columns: int
    rows: int
    width: float
    height: float
    left: float
    top: float
    gap_x: float = 0
    gap_y: float = 0
    code_lines: int = 2

    @property
    def per_page(self) -> int:
        return self.columns * self.rows

    @property
    def size_text(self) -> str:
        return f"{self.width:g} × {self.height:g} mm"


# Geometry as makers of such sheets publish it; the numbers of one maker's products for comparison.
LAYOUTS = {
    layout.name: layout
    for layout in (
        Layout("a4-65", 5, 13, 38.1, 21.2, left=4.75, top=10.7, gap_x=2.5, code_lines=3),  # L7651
        Layout("a4-40", 4, 10, 48.5, 25.4, left=8.0, top=21.5),  # 3657
        Layout("a4-24", 3, 8, 63.5, 33.9, left=7.25, top=12.9, gap_x=2.5),  # L7159
        Layout("a4-21", 3, 7, 63.5, 38.1, left=7.25, top=15.15, gap_x=2.5),  # L7160
    )
}


@dataclass(frozen=True)
class PrintFacts:
    """What stands on every label of a run. `mark_text` is the standard or announcement number beside the mark,
    `host` the domain that people compare with their browser's, `site` the register's name."""

    batch: str
    product: str
    enterprise: str
    uscc: str
    mark_text: str
    variety: str
    pack: str
    host: str
    demonstration: bool
    site: str


def unprintable(facts: PrintFacts) -> str:
    """The characters of a run's facts for which the font has no form; `sheets` prints 〓 in their place."""
    return missing("".join(value for value in vars(facts).values() if isinstance(value, str)))


def symbol_side(layout: Layout, size: int) -> float:
    """Side in mm of a symbol of `size` modules with its quiet zone. Raises ValueError where modules get too small."""
    modules = size + 2 * QUIET_ZONE
    wanted = max(SYMBOL_SIDE * 1.005 * modules / size, min(layout.height * 0.8, 30))
    side = min(wanted, layout.height - 1.6, layout.width / 2 + 1)
    if side / modules < SMALLEST_MODULE:
        raise ValueError(f"a symbol of {size} modules is too dense for labels of {layout.size_text}")
    return side


def sheets(
    labels: Iterable[tuple[int, str]], facts: PrintFacts, layout: Layout, symbols: Symbols
) -> Iterator[bytes]:
    """The pieces of a PDF with the labels (index, code without separators) in rows from the upper left.

    The first piece comes before the first label is asked for, then one piece a page. Raises ValueError before that
    for a symbol too dense for the layout.
    """
    label = _Label(facts, layout, symbols)
    return _written(iter(labels), facts, layout, symbols, label)


def _written(
    labels: Iterator[tuple[int, str]], facts: PrintFacts, layout: Layout, symbols: Symbols, label: _Label
) -> Iterator[bytes]:
    margin = _Margin(facts, layout)
    font = Font(label.characters() | margin.characters() | set("0123456789-" + ALPHABET))
    pdf = PdfFile()
    resources, typeface, form, frame, info = (pdf.number() for _ in range(5))

    def drawing(number: int, content: str, width: float, height: float) -> bytes:
        """What is drawn once and referred to; lengths in mm."""
        box = f"/BBox[0 0 {_points(width)} {_points(height)}]/Resources<</Font<</F {typeface} 0 R>>>>"
        return pdf.put_stream(number, content.encode("ascii"), f"/Type/XObject/Subtype/Form{box}")

    yield b"".join([
        PdfFile.HEAD,
        *font.put(pdf, typeface),
        drawing(form, label.drawn(font), layout.width, layout.height),
        drawing(frame, margin.drawn(font), PAGE_WIDTH, PAGE_HEIGHT),
        pdf.put(info, f"<</Title{text_string(f'{facts.batch} {facts.product}')}>>"),
        pdf.put(resources, f"<</Font<</F {typeface} 0 R>>/XObject<</L {form} 0 R/M {frame} 0 R>>>>"),
    ])  # fmt: skip

    boxes, before, codes = _boxes(symbols.size, symbols.stride), label.slots(), label.code_text(font)
    number = 0
    while page := list(islice(labels, layout.per_page)):
        number += 1
        content = ["/M Do ", margin.line(font, page[0][0], page[-1][0], number)]
        for (_index, code), start in zip(page, before, strict=False):
            content += start, *map(getitem, boxes, symbols.rows(code)), codes(code)
        yield pdf.put_page("".join(content).encode("ascii"))
    if not number:  # readers refuse a file without a page
        yield pdf.put_page(b"/M Do ")
    yield from pdf.end(resources, PAGE_WIDTH * MM, PAGE_HEIGHT * MM, info)


@cache
def _boxes(size: int, stride: int) -> list[list[str]]:
    """For each byte of a symbol and each of its values, the boxes of its dark runs; one unit a module, y downwards."""

    def runs(modules: int, left: int) -> str:
        found, bits, place = "", f"{modules:08b}0", 0
        while (start := bits.find("1", place)) >= 0:
            place = bits.index("0", start)
            found += f"{left + start} Y {place - start} 1 re "
        return found

    rows = [[runs(modules, left) for modules in range(256)] for left in range(0, stride, 8)]
    return [[text.replace("Y", str(y)) for text in table] for y in range(size) for table in rows]


def _number(value: float) -> str:
    return f"{value:.3f}".rstrip("0").rstrip(".")


def _points(millimetres: float) -> str:
    return _number(millimetres * MM)


@dataclass(frozen=True)
class _Line:
    """One line of text: left end of its base line in points, size, whether drawn heavier."""

    x: float
    y: float
    size: float
    text: str
    bold: bool = False

    def drawn(self, font: Font) -> str:
        weight = f"2 Tr {_number(self.size * 0.03)} w" if self.bold else "0 Tr"
        place = f"{_number(self.x)} {_number(self.y)} Td"
        return f"BT /F {_number(self.size)} Tf {weight} {place} <{font.hexadecimal(self.text)}> Tj ET\n"


# --- The label ---


class _Label:
    """Where everything stands on a label: symbol on the left, beside it the place of the mark, words, and the code."""

    MARGIN = 0.8 * MM
    LEADING, CODE_LEADING = 1.22, 1.15

    def __init__(self, facts: PrintFacts, layout: Layout, symbols: Symbols) -> None:
        self.layout = layout
        side = symbol_side(layout, symbols.size)
        self.module = side / (symbols.size + 2 * QUIET_ZONE) * MM
        self.symbol_top = (layout.height + side) / 2 * MM - QUIET_ZONE * self.module
        self.symbol_left = min(0.8, (layout.height - side) / 2) * MM
        self.left = self.symbol_left + side * MM
        self.width = layout.width * MM - self.left - self.MARGIN
        self.height = layout.height * MM - 2 * self.MARGIN
        # The widest code there could be must fit: groups of the widest letter.
        per_line = GROUPS // layout.code_lines
        widest = "-".join([max(ALPHABET, key=lambda letter: length(letter, 1)) * GROUP] * per_line)
        self.code_size = min(self.width / length(widest, 1), self.height / 10, 7.5)
        self.circle = min(self.width, self.height) * 0.34
        self.lines = self._set(facts)

    def _set(self, facts: PrintFacts) -> list[_Line]:
        """The words, as large as they fit. What the law does not ask for goes first; then the type gets small."""
        goods = " ".join(filter(None, (facts.variety, facts.pack)))
        place = f"{PLACE_WORD} {facts.host}"
        legal = [facts.uscc, facts.mark_text]
        if self.width > 60:
            legal[0] = f"统一社会信用代码 {facts.uscc}"
        heading, y = self._heading(facts)
        for words, smallest in (
            ([goods, facts.enterprise, *legal, place], 3.9),
            ([goods, *legal, place], 3.9),
            ([*legal, place], 3.9),
            ([*legal, facts.host], 3.4),
            (legal, 0.4),
        ):
            size = 6.2
            while size >= smallest:
                if (lines := self._paragraphs(list(filter(None, words)), size, y)) is not None:
                    return heading + lines
                size -= 0.1
        raise ValueError("the words beside the mark do not fit on the label at any size")

    def _heading(self, facts: PrintFacts) -> tuple[list[_Line], float]:
        """The product beside the place of the mark, and where the room below them begins."""
        x, top = self.left + self.circle + 2.5, self.layout.height * MM - self.MARGIN
        words = [(printable(facts.product), 1.0)]
        if facts.demonstration:
            words.insert(0, (DEMONSTRATION.split()[0], 0.7))
        size, width = 11.0, self.left + self.width - x
        while True:
            lines = [
                (text, size * share) for word, share in words for text in _balanced(word, size * share, width)
            ]
            height = sum(each for _text, each in lines) * self.LEADING
            if height <= self.circle or size < 3.2:
                break
            size -= 0.1
        y, found = top - max(self.circle - height, 0) / 2, []
        for text, each in lines:
            y -= each * self.LEADING
            found.append(_Line(x, y + each * 0.25, each, text, bold=True))
        return found, min(y, top - self.circle) - 1.5

    def _paragraphs(self, words: Sequence[str], size: float, y: float) -> list[_Line] | None:
        """The lines below the heading; None where they would reach the code."""
        lines = []
        for word in words:
            for text in _balanced(printable(word), size, self.width):
                y -= size * self.LEADING
                lines.append(_Line(self.left, y + size * 0.25, size, text))
        return lines if y >= self.code_top + 1 else None

    @property
    def code_top(self) -> float:
        return self.MARGIN + self.layout.code_lines * self.code_size * self.CODE_LEADING

    def characters(self) -> set[str]:
        return {character for line in self.lines for character in line.text} | set("".join(MARK_WORDS))

    def drawn(self, font: Font) -> str:
        """What all labels share, in points from the lower left corner of the label."""
        radius = self.circle / 2
        x, y = self.left + radius, self.layout.height * MM - self.MARGIN - radius
        size = self.circle / 4.4
        words = [
            _Line(x - length(word, size) / 2, y + size * (0.12 - row * 1.15), size, word)
            for row, word in enumerate(MARK_WORDS)
        ]
        marks = "".join(line.drawn(font) for line in words)
        return (
            f"q 0.45 G 0.4 w [1.5 1.2] 0 d {_circle(x, y, radius - 0.3)} S 0.45 g {marks}Q\n0 g 0 G\n"
            + "".join(line.drawn(font) for line in self.lines)
        )

    def slots(self) -> list[str]:
        """For each place on the sheet, what comes before the boxes of its symbol."""
        layout, module = self.layout, _number(self.module)
        symbol = f"/L Do q {module} 0 0 -{module} {_number(self.symbol_left)} {_number(self.symbol_top)} cm "
        found = []
        for row in range(layout.rows):
            y = PAGE_HEIGHT - layout.top - (row + 1) * layout.height - row * layout.gap_y
            for column in range(layout.columns):
                x = layout.left + column * (layout.width + layout.gap_x)
                found.append(f"q 1 0 0 1 {_points(x)} {_points(y)} cm {symbol}")
        return found

    def code_text(self, font: Font) -> _CodeText:
        return _CodeText(self, font)


class _CodeText:
    """What comes after the boxes of a symbol: the code in groups, and the end of the label."""

    def __init__(self, label: _Label, font: Font) -> None:
        step = label.code_size * label.CODE_LEADING
        y = label.code_top - step + label.code_size * 0.25
        self._start = (
            f"f Q BT /F {_number(label.code_size)} Tf {_number(step)} TL {_number(label.left)} {_number(y)} Td <"
        )
        self._table = font.table | {ord("\n"): "> Tj T* <"}
        per_line = GROUPS // label.layout.code_lines
        self._signs = ["\n" if not group % per_line else "-" for group in range(GROUPS)]

    def __call__(self, code: str) -> str:
        a, b, c, d, e = self._signs[1:]
        text = f"{code[:4]}{a}{code[4:8]}{b}{code[8:12]}{c}{code[12:16]}{d}{code[16:20]}{e}{code[20:]}"
        return f"{self._start}{text.translate(self._table)}> Tj ET Q\n"


def _balanced(text: str, size: float, width: float) -> list[str]:
    """The lines of a text, about equally long: no single character alone on the last one."""
    lines = wrap(text, size, width)
    for percent in range(95, 50, -5):
        if len(closer := wrap(text, size, width * percent / 100)) > len(lines):
            break
        lines = closer
    return lines


def _circle(x: float, y: float, radius: float) -> str:
    """Four Bézier curves; their inner points lie 0.5523 of the radius along the tangents."""
    bend, path = radius * 0.5523, f"{_number(x + radius)} {_number(y)} m"
    for a, b in ((1, 0), (0, 1), (-1, 0), (0, -1)):
        points = (
            (x + a * radius - b * bend, y + b * radius + a * bend),
            (x - b * radius + a * bend, y + a * radius + b * bend),
            (x - b * radius, y + a * radius),
        )
        path += "".join(f" {_number(px)} {_number(py)}" for px, py in points) + " c"
    return path


# --- The margin of the sheet ---


class _Margin:
    """Cut marks outside of the labels, and a line at the foot that tells one sheet from the next."""

    SIZE, BASE = 6.5, 4.6 * MM
    SHARE = 0.4  # of the line, for what changes from sheet to sheet

    def __init__(self, facts: PrintFacts, layout: Layout) -> None:
        self.layout = layout
        self.batch = printable(facts.batch)
        words = [facts.product, facts.enterprise, facts.site]
        text = printable(" · ".join(filter(None, words)))
        self.left, width = layout.left * MM, (PAGE_WIDTH - 2 * layout.left) * MM
        room = width * (1 - self.SHARE)
        warning = f"{DEMONSTRATION} · " if facts.demonstration else ""
        if length(warning + text, self.SIZE) > room:
            text = wrap(warning + text, self.SIZE, room - self.SIZE)[0] + "…"
        else:
            text = warning + text
        self.shared = _Line(self.left + width - length(text, self.SIZE), self.BASE, self.SIZE, text)

    def _words(self, first: int | str, last: int | str, page: int | str) -> str:
        return f"{self.batch} · 第 {first}–{last} 枚 · 第 {page} 页"

    def characters(self) -> set[str]:
        return set(self.shared.text) | set(self._words("", "", ""))

    def line(self, font: Font, first: int, last: int, page: int) -> str:
        return _Line(self.left, self.BASE, self.SIZE, self._words(first, last, page)).drawn(font)

    def drawn(self, font: Font) -> str:
        return f"0 G 0.25 w {self._cut_marks()}S 0 g\n{self.shared.drawn(font)}"

    def _cut_marks(self) -> str:
        """Short lines in the margin at every edge of the labels, 1 mm away from them."""
        layout, marks = self.layout, ""
        right = layout.left + layout.columns * layout.width + (layout.columns - 1) * layout.gap_x
        foot = layout.top + layout.rows * layout.height + (layout.rows - 1) * layout.gap_y
        for column in range(layout.columns):
            for x in (0, layout.width):
                x += layout.left + column * (layout.width + layout.gap_x)
                marks += _stroke(x, layout.top - 3.5, x, layout.top - 1) + _stroke(x, foot + 1, x, foot + 3.5)
        for row in range(layout.rows):
            for y in (0, layout.height):
                y += layout.top + row * (layout.height + layout.gap_y)
                marks += _stroke(layout.left - 3.5, y, layout.left - 1, y) + _stroke(right + 1, y, right + 3.5, y)
        return marks


def _stroke(x1: float, y1: float, x2: float, y2: float) -> str:
    """A line between two points in mm from the upper left corner."""
    return f"{_points(x1)} {_points(PAGE_HEIGHT - y1)} m {_points(x2)} {_points(PAGE_HEIGHT - y2)} l "
