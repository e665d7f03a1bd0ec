"""Chinese text, tables and QR codes on A4 pages of PDF. LEAF.

The font that is shipped is embedded (gi_registry/fonts/README.md). The text stays text, so that it can be searched
and read aloud. Lengths are points (1/72 inch), measured from the lower left corner of the page.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Callable, Sequence
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

import qrcode
from qrcode.constants import ERROR_CORRECT_M
from reportlab.lib.colors import HexColor
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFont

FONT_FILE = Path(__file__).resolve().parent / "fonts" / "NotoSansSC-subset.ttf"
MAIN, CHINESE, KOREAN = "NotoSansSC", "STSong-Light", "HYSMyeongJo-Medium"

WIDTH, HEIGHT = 595.28, 841.89
INK, SOFT, SEAL, LINE = "#1f2a2e", "#55636a", "#a8262a", "#e2dccf"

Step = Callable[[Any], None]  # draws something on reportlab's canvas


# --- Characters ---


class _Font(TTFont):  # type: ignore[misc]  # reportlab has no types
    """reportlab writes characters above U+FFFF with five digits where UTF-16 belongs: copied text would be wrong."""

    def addObjects(self, doc: Any) -> None:
        super().addObjects(doc)
        for name, each in doc.idToObject.items():
            if name.startswith("toUnicodeCMap:"):
                each.content = re.sub(
                    r"<([0-9A-F]{5,6})>",
                    lambda found: f"<{chr(int(found[1], 16)).encode('utf-16-be').hex().upper()}>",
                    each.content,
                )


# reportlab's fonts remember their place in their file while they are written: one paper at a time.
ONE_AT_A_TIME = threading.Lock()


@cache
def _glyphs() -> frozenset[int]:
    """The characters of the font that is shipped; the fonts are made known on the first call."""
    font = _Font(MAIN, str(FONT_FILE))
    pdfmetrics.registerFont(font)
    for name in (CHINESE, KOREAN):
        pdfmetrics.registerFont(UnicodeCIDFont(name))
    return frozenset(font.face.charToGlyph)


@cache
def _set(character: str) -> tuple[str, str, float]:
    """Font, text and width (at size 1) that show a character; none is ever left out.

    What our font lacks is asked of the reader's own Chinese or Korean font, an accented letter becomes its base,
    and what those do not know either (a rare name outside the first plane) shows its code.
    """
    font, text = MAIN, character
    if ord(character) not in _glyphs():
        base = unicodedata.normalize("NFD", character)[0]
        if character.isspace() or unicodedata.category(character) in ("Cc", "Cf"):
            text = " "
        elif ord(base) in _glyphs():
            text = base
        elif "\uac00" <= character <= "\ud7a3":
            font = KOREAN
        elif character > "\uffff" or unicodedata.category(character) in ("Cs", "Co", "Cn"):
            text = f"〔U+{ord(character):04X}〕"
        else:
            font = CHINESE
    return font, text, pdfmetrics.stringWidth(text, font, 1)


def length(text: str, size: float) -> float:
    return sum(_set(character)[2] for character in text) * size


# A Latin word or number stays together; Chinese may break anywhere but before these signs.
_PIECES = re.compile(r"[!-~\u00a1-\u024f]+|.", re.DOTALL)
_NEVER_FIRST = frozenset("，。、；：？！）》〉」』】〕”’％…·,.;:?!)%")


def _fitting(text: str, size: float, width: float) -> int:
    """How many characters from the start fit; at least one, so that a narrow line makes progress."""
    used = 0.0
    for count, character in enumerate(text):
        used += _set(character)[2] * size
        if used > width and count:
            return count
    return len(text)


def wrap(text: str, size: float, width: float) -> list[str]:
    """The lines of a text; a word wider than the line is cut, nothing is lost."""
    lines = []
    for paragraph in text.splitlines() or [""]:
        line = ""
        for piece in _PIECES.findall(paragraph):
            if line and length(line + piece, size) > width:
                keep = len(line) - 1 if piece[0] in _NEVER_FIRST and len(line) > 1 else len(line)
                lines.append(line[:keep].rstrip())
                line = line[keep:]
            line = (line + piece).lstrip() if not line else line + piece
            while (fits := _fitting(line, size, width)) < len(line):
                lines.append(line[:fits])
                line = line[fits:]
        lines.append(line.rstrip())
    return lines


def make_fonts_known() -> None:
    """Register the fonts with reportlab; measuring does it by itself."""
    _glyphs()


# --- The sheet ---


class Sheet:
    """Pages that fill from above. What is drawn waits until the number of pages is known."""

    def __init__(self, left: float, top: float, bottom: float) -> None:
        self.left, self.top, self.bottom = left, top, bottom
        self.width = WIDTH - 2 * left
        self.pages: list[list[Step]] = [[]]
        self.y = top

    def draw(self, step: Step) -> None:
        self.pages[-1].append(step)

    def need(self, height: float) -> bool:
        """Make room; True where that began a new page."""
        if self.y - height >= self.bottom or self.y == self.top:
            return False
        self.pages.append([])
        self.y = self.top
        return True

    def rule(self, colour: str = LINE, weight: float = 0.6) -> None:
        y = self.y
        self.draw(lambda canvas: _rule(canvas, self.left, y, self.left + self.width, colour, weight))

    def text(self, text: str, size: float, *, colour: str = INK, bold: bool = False, align: float = 0) -> None:
        """A paragraph over the whole width; `align` is 0 for left, 0.5 for the middle, 1 for right."""
        for line in wrap(text, size, self.width):
            self.need(size * 1.5)
            self.y -= size * 1.5
            x = self.left + align * (self.width - length(line, size))
            self.draw(writing_step(x, self.y + size * 0.4, line, size, colour, bold))

    def rows(
        self, widths: Sequence[float], rows: Sequence[Sequence[str]], size: float, head: Sequence[str] = ()
    ) -> None:
        """A table with a hair line below each row; the head stands again on every page.

        A row is kept together unless it is higher than a page.
        """
        gap, step = size * 0.8, size * 1.5
        cells = [[wrap(cell, size, w - gap) for cell, w in zip(row, widths, strict=True)] for row in rows]
        tops = [wrap(cell, size, w - gap) for cell, w in zip(head, widths, strict=bool(head))]

        def put(lines: Sequence[Sequence[str]], index: int, colours: Callable[[int], str], bold: bool) -> None:
            self.y -= step
            x = self.left
            for column, width in enumerate(widths):
                if column < len(lines) and index < len(lines[column]):
                    self.draw(writing_step(x, self.y + size * 0.4, lines[column][index], size, colours(column), bold))
                x += width

        def heading() -> None:
            if head:
                for index in range(max(map(len, tops))):
                    put(tops, index, lambda _column: SOFT, True)
                self.y -= gap / 2
                self.rule(SEAL, 0.8)
                self.y -= gap / 2

        self.need(step * 4)
        heading()
        for row in cells:
            count = max(map(len, row), default=1)
            if self.need(min(count * step + gap, (self.top - self.bottom) * 0.8)):
                heading()
            for index in range(count):
                if self.need(step):
                    heading()
                # Without a head the first column holds the labels.
                put(row, index, lambda column: INK if head or column else SOFT, False)
            self.y -= gap / 2
            self.rule()
            self.y -= gap / 2


def writing_step(x: float, y: float, text: str, size: float, colour: str, bold: bool = False) -> Step:
    """A step that writes one line; weight is a thin outline, because only one weight is shipped."""

    def step(canvas: Any) -> None:
        writing = canvas.beginText(x, y)
        writing.setFillColor(HexColor(colour))
        if bold:
            canvas.setLineWidth(size * 0.03)
            writing.setStrokeColor(HexColor(colour))
        writing.setTextRenderMode(2 if bold else 0)
        for font, run in groupby(map(_set, text), key=lambda found: found[0]):
            writing.setFont(font, size)
            writing.textOut("".join(found[1] for found in run))
        writing.setTextRenderMode(0)
        canvas.drawText(writing)

    return step


def _rule(canvas: Any, x1: float, y: float, x2: float, colour: str, weight: float) -> None:
    canvas.setStrokeColor(HexColor(colour))
    canvas.setLineWidth(weight)
    canvas.line(x1, y, x2, y)


def shares(rows: Sequence[Sequence[str]], size: float, width: float) -> list[float]:
    """Widths of columns: each gets what it asks for up to its fair share, what is left over goes to all."""
    asked = [max(length(cell, size) for cell in column) + size for column in zip(*rows, strict=True)]
    given, left = [0.0] * len(asked), width
    for done, column in enumerate(sorted(range(len(asked)), key=asked.__getitem__)):
        given[column] = min(asked[column], left / (len(asked) - done))
        left -= given[column]
    return [one * width / sum(given) for one in given]


def qr_code(canvas: Any, address: str, x: float, y: float, size: float) -> None:
    """The QR code with its quiet zone of four modules, as boxes that any printer draws sharp."""
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, border=4)
    code.add_data(address)
    matrix = code.get_matrix()
    module, path = size / len(matrix), canvas.beginPath()
    for row, dark in enumerate(matrix):
        column = 0
        for is_dark, run in groupby(dark):
            count = len(list(run))
            if is_dark:
                path.rect(x + column * module, y + size - (row + 1) * module, count * module, module)
            column += count
    canvas.setFillColor(HexColor("#ffffff"))  # whatever lies below: a scanner needs the quiet zone white
    canvas.rect(x, y, size, size, stroke=0, fill=1)
    canvas.setFillColor(HexColor(INK))
    canvas.drawPath(path, stroke=0, fill=1)
