"""Papers for print: receipts, certificates and the lists of announcements. READER.

A paper is plain words: who makes one knows the case, this file knows how it is set.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from typing import Any, Literal

from django.utils.translation import get_language
from django.utils.translation import gettext as _
from reportlab.lib.colors import HexColor
from reportlab.pdfgen.canvas import Canvas

from gi_registry import print_sheets
from gi_registry.print_sheets import (
    HEIGHT,
    INK,
    LINE,
    SEAL,
    SOFT,
    WIDTH,
    Sheet,
    length,
    shares,
    wrap,
    writing_step,
)

MARK = "#f4e9e6"  # pale enough to read what stands on it
QR_SIZE = 92.0  # 32 mm: read from an arm's length, also from a copy
# Both languages, whatever the page's: a demonstration must never pass for a paper of an authority.
MARK_WORDS = "演示 DEMONSTRATION"

Style = Literal["receipt", "certificate", "list"]


@dataclass(frozen=True)
class Line:
    """One fact: what it is called and what it says."""

    label: str
    value: str


@dataclass(frozen=True)
class PaperTable:
    """A table; every row has as many cells as there are columns."""

    title: str
    columns: list[str]
    rows: list[list[str]]


@dataclass(frozen=True)
class Paper:
    """What stands on a paper, already in the language of its reader.

    `address` is the public page that the QR code leads to ("" for none), `address_note` the words beside it,
    `date_text` the day for which the paper speaks.
    """

    title: str
    number: str
    date_text: str
    lines: list[Line] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    address: str = ""
    address_note: str = ""
    demonstration: bool = False
    footer: str = ""
    tables: list[PaperTable] = field(default_factory=list)


def render(paper: Paper, *, style: Style = "receipt") -> bytes:
    """The paper as PDF; the same paper in the same language gives the same bytes.

    Raises ValueError for an address that fits no QR code or a row with too few or too many cells.
    """
    with print_sheets.ONE_AT_A_TIME:
        print_sheets.make_fonts_known()
        sheet = _filled(paper, style)
        register = _("Register of Geographical Indications")
        language = {"zh-hans": "zh-Hans"}.get(get_language() or "", get_language() or "zh-Hans")
        canvas = Canvas(
            io.BytesIO(),  # only getpdfdata is asked
            pagesize=(WIDTH, HEIGHT),
            invariant=1,  # no time and no random identifier
            pageCompression=1,
            initialFontName=print_sheets.MAIN,
            lang=language,
        )
        canvas.setTitle(f"{paper.title} {paper.number}".strip())
        canvas.setAuthor(register)
        canvas.setCreator(register)
        canvas.setViewerPreference("DisplayDocTitle", "true")
        for number, steps in enumerate(sheet.pages, 1):
            _ground(canvas, paper, style)
            for step in steps:
                step(canvas)
            _edges(canvas, paper, style, register, number, len(sheet.pages))
            canvas.showPage()
        return bytes(canvas.getpdfdata())


def _filled(paper: Paper, style: Style) -> Sheet:
    """Everything between head and foot of the pages, in reading order."""
    official = style == "certificate"
    sheet = Sheet(left=84 if official else 60, top=HEIGHT - (112 if official else 92), bottom=112 if official else 72)
    size = 11.5 if official else 10.5 if style == "receipt" else 9.5
    middle = 0 if style == "receipt" else 0.5
    sheet.text(paper.title, 27 if official else 19, bold=True, align=middle)
    sheet.y -= 4
    if official:
        _ornament(sheet)
    if paper.number:
        sheet.text(paper.number, 11.5 if official else 10.5, colour=SOFT, align=middle)
    if paper.date_text and not official:
        sheet.text(paper.date_text, 10.5, colour=SOFT, align=middle)
    sheet.y -= 22 if official else 14
    if paper.lines:
        sheet.rule(SEAL, 0.8)
        sheet.y -= 7
        labels = min(max(length(line.label, size) for line in paper.lines) + 2 * size, sheet.width * 0.36)
        sheet.rows([labels, sheet.width - labels], [[line.label, line.value] for line in paper.lines], size)
        sheet.y -= 10
    for table in paper.tables:
        small = 9.0
        if table.title:
            sheet.need(110)  # a title never stands alone at the foot of a page
            sheet.y -= 6
            sheet.text(table.title, 11.5, bold=True)
            sheet.y -= 5
        sheet.rows(shares([table.columns, *table.rows], small, sheet.width), table.rows, small, table.columns)
        sheet.y -= 10
    for note in paper.notes:
        sheet.y -= 3
        sheet.text(note, 9.5, colour=SOFT)
    _closing(sheet, paper, official)
    return sheet


def _ornament(sheet: Sheet) -> None:
    """A short rule with a lozenge below the title."""
    sheet.y -= 12
    y, middle = sheet.y, WIDTH / 2

    def step(canvas: Any) -> None:
        canvas.setStrokeColor(HexColor(SEAL))
        canvas.setFillColor(HexColor(SEAL))
        canvas.setLineWidth(0.8)
        canvas.line(middle - 92, y, middle - 9, y)
        canvas.line(middle + 9, y, middle + 92, y)
        lozenge = canvas.beginPath()
        lozenge.moveTo(middle - 4, y)
        for x, height in ((0, 4), (4, 0), (0, -4)):
            lozenge.lineTo(middle + x, y + height)
        lozenge.close()
        canvas.drawPath(lozenge, stroke=0, fill=1)

    sheet.draw(step)
    sheet.y -= 8


def _closing(sheet: Sheet, paper: Paper, official: bool) -> None:
    """The QR code at the lower right with its words beside it; on a certificate the date stands there too."""
    date = paper.date_text if official else ""
    if not (paper.address or date):
        return
    sheet.need(QR_SIZE + 14)
    bottom = sheet.bottom if official else max(sheet.y - QR_SIZE - 14, sheet.bottom)
    edge = sheet.left + sheet.width - (QR_SIZE + 12 if paper.address else 0)
    beside = [paper.address_note, paper.address] if paper.address else []
    words = [(line, 9.0, SOFT, False) for text in beside if text for line in wrap(text, 9, edge - sheet.left)]
    words = [(line, 12.0, INK, True) for line in wrap(date, 12, edge - sheet.left) if line] + words
    # The words sit in the middle of the code's height; the code's quiet zone is its margin.
    y = bottom + (QR_SIZE + sum(size * 1.6 for _line, size, _colour, _bold in words)) / 2
    for line, size, colour, bold in words:
        y -= size * 1.6
        sheet.draw(writing_step(edge - length(line, size), y + size * 0.4, line, size, colour, bold))
    if paper.address:
        x = sheet.left + sheet.width - QR_SIZE
        sheet.draw(lambda canvas: print_sheets.qr_code(canvas, paper.address, x, bottom, QR_SIZE))
    sheet.y = bottom


def _ground(canvas: Any, paper: Paper, style: Style) -> None:
    """What lies below the text: the mark of a demonstration, the frame of a certificate."""
    if paper.demonstration:
        canvas.saveState()
        canvas.translate(WIDTH / 2, HEIGHT / 2)
        canvas.rotate(52)
        writing_step(-length(MARK_WORDS, 66) / 2, -24, MARK_WORDS, 66, MARK, True)(canvas)
        canvas.restoreState()
    canvas.setStrokeColor(HexColor(SEAL))
    if style == "certificate":
        for inset, weight in ((30, 1.8), (36, 0.6)):
            canvas.setLineWidth(weight)
            canvas.rect(inset, inset, WIDTH - 2 * inset, HEIGHT - 2 * inset)


def _edges(canvas: Any, paper: Paper, style: Style, register: str, number: int, pages: int) -> None:
    """Head and foot of a page: whose paper it is, its number, the page, and that a demonstration is one."""
    official = style == "certificate"
    left, right = (84.0, WIDTH - 84) if official else (60.0, WIDTH - 60)

    def put(text: str, size: float, y: float, align: float, colour: str = SOFT, bold: bool = False) -> None:
        writing_step(left + align * (right - left - length(text, size)), y, text, size, colour, bold)(canvas)

    if official:
        put(register, 12, HEIGHT - 82, 0.5, SEAL, True)
    else:
        put(register, 10, HEIGHT - 52, 0, SEAL, True)
        if number > 1:
            put(paper.number, 9, HEIGHT - 52, 1)
        canvas.setStrokeColor(HexColor(SEAL))
        canvas.setLineWidth(1.6)
        canvas.line(left, HEIGHT - 60, right, HEIGHT - 60)
    if paper.demonstration:
        warning = _("Demonstration: no real enterprise, no real right.")
        put(warning, 9, HEIGHT - (100 if official else 76), 0.5 if official else 0, SEAL)
    base = 60.0 if official else 36.0
    canvas.setStrokeColor(HexColor(LINE))
    canvas.setLineWidth(0.6)
    canvas.line(left, base + 16, right, base + 16)
    page = _("Page %(number)s of %(pages)s") % {"number": number, "pages": pages}
    put(page, 8, base + 4, 1)
    for index, line in enumerate(wrap(paper.footer, 8, right - left - 90)[:2]):
        put(line, 8, base + 4 - index * 11, 0)
