"""PDF files written from front to back, one object after the other, with one embedded font. LEAF.

reportlab keeps every page until the last one is drawn; a print run has thousands. So this module writes the file
itself, as far as sheets of labels need it (ISO 32000-1: objects, pages, text in one font), and asks reportlab only
for the subset of the font. What is kept of a page is where it stands in the file. The same objects give the same
bytes: no dates, no random identifiers.
"""

from __future__ import annotations

import unicodedata
import zlib
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from reportlab.pdfbase import pdfmetrics

from gi_registry import print_sheets

PAGES_PER_NODE = 200  # a tree of two levels, so that a reader finds page 10,000 without reading all before it
UNKNOWN = "〓"  # what printers set for a character that they have no type for


class PdfFile:
    """Numbers the objects and remembers where they begin. Files up to 10 GB: places have ten digits."""

    HEAD = b"%PDF-1.5\n%\xe2\xe3\xcf\xd3\n"

    def __init__(self) -> None:
        self._places: dict[int, int] = {}
        self._length = len(self.HEAD)
        self._numbers = 0
        self.root, self.pages = self.number(), self.number()
        self._nodes: list[tuple[int, int]] = []
        self._kids: list[int] = []

    def number(self) -> int:
        """A number for an object that is written later."""
        self._numbers += 1
        return self._numbers

    def put(self, number: int, body: str | bytes) -> bytes:
        """The bytes of an object, which must be the next ones in the file."""
        self._places[number] = self._length
        data = b"%d 0 obj\n%b\nendobj\n" % (number, body.encode("ascii") if isinstance(body, str) else body)
        self._length += len(data)
        return data

    def put_stream(self, number: int, data: bytes, entries: str = "", level: int = 1) -> bytes:
        """A stream object, compressed; `level` as in zlib: 1 is four times as fast as 6 and twice as long."""
        packed = zlib.compress(data, level)
        head = f"<<{entries}/Filter/FlateDecode/Length {len(packed)}>>\nstream\n"
        return self.put(number, head.encode("ascii") + packed + b"\nendstream")

    def put_page(self, content: bytes) -> bytes:
        """A page, after the pages before it."""
        if not self._kids:
            self._node = self.number()
        stream, page = self.number(), self.number()
        self._kids.append(page)
        data = self.put_stream(stream, content)
        data += self.put(page, f"<</Type/Page/Parent {self._node} 0 R/Contents {stream} 0 R>>")
        return data + (self._close_node() if len(self._kids) == PAGES_PER_NODE else b"")

    def _close_node(self) -> bytes:
        kids, self._kids = self._kids, []
        self._nodes.append((self._node, len(kids)))
        return self.put(
            self._node, f"<</Type/Pages/Parent {self.pages} 0 R/Count {len(kids)}/Kids[{_references(kids)}]>>"
        )

    def end(self, resources: int, width: float, height: float, info: int) -> Iterator[bytes]:
        """What comes after the last page: the tree of pages with what they share, and where all objects stand."""
        if self._kids:
            yield self._close_node()
        yield self.put(
            self.pages,
            f"<</Type/Pages/Count {sum(count for _node, count in self._nodes)}/Resources {resources} 0 R"
            f"/MediaBox[0 0 {width:.2f} {height:.2f}]/Kids[{_references(node for node, _count in self._nodes)}]>>",
        )
        # No scaling when printing: the labels must fall where the paper has them.
        yield self.put(
            self.root,
            f"<</Type/Catalog/Pages {self.pages} 0 R/Lang(zh-CN)/ViewerPreferences<</PrintScaling/None"
            "/DisplayDocTitle true>>>>",
        )
        yield f"xref\n0 {self._numbers + 1}\n0000000000 65535 f \n".encode("ascii")
        for start in range(1, self._numbers + 1, 1000):
            numbers = range(start, min(start + 1000, self._numbers + 1))
            yield "".join([f"{self._places[number]:010} 00000 n \n" for number in numbers]).encode("ascii")
        yield (
            f"trailer\n<</Size {self._numbers + 1}/Root {self.root} 0 R/Info {info} 0 R>>\n"
            f"startxref\n{self._length}\n%%EOF\n"
        ).encode("ascii")


def _references(numbers: Iterable[int]) -> str:
    return " ".join(f"{number} 0 R" for number in numbers)


def text_string(text: str) -> str:
    """Text outside of pages, such as a title."""
    return f"<FEFF{text.encode('utf-16-be').hex().upper()}>"


# --- The font ---


@cache
def _face() -> Any:
    """The font that is shipped, as reportlab has read it."""
    print_sheets.make_fonts_known()
    return pdfmetrics.getFont(print_sheets.MAIN).face


def missing(text: str) -> str:
    """The characters of a text that sheets cannot show as they are, each once."""
    return "".join(character for character in dict.fromkeys(text) if printable(character) != character)


def printable(text: str) -> str:
    """The text in characters of the font: an accented letter becomes its base, what nothing shows becomes 〓."""

    def shown(character: str) -> str:
        if character.isspace() or unicodedata.category(character) in ("Cc", "Cf"):
            return " "
        for each in (character, unicodedata.normalize("NFKD", character)[0]):
            if ord(each) in _face().charToGlyph:
                return each
        return UNKNOWN

    return "".join(map(shown, text))


class Font:
    """The part of the font that has the given characters; every text must be made of them."""

    def __init__(self, characters: Iterable[str]) -> None:
        self._characters = sorted({" ", *characters})
        # Glyphs are numbered as they come, 0 is the missing one; two characters may share a glyph.
        numbers: dict[int, int] = {0: 0}
        self._glyphs = {
            character: numbers.setdefault(_face().charToGlyph[ord(character)], len(numbers))
            for character in self._characters
        }
        self.table = {ord(character): f"{glyph:04X}" for character, glyph in self._glyphs.items()}

    def hexadecimal(self, text: str) -> str:
        """The text as it is written between < and > in a page. Raises KeyError for a character not announced."""
        return "".join([self.table[ord(character)] for character in text])

    def file(self) -> bytes:
        """The font as a TrueType file of its own."""
        with print_sheets.ONE_AT_A_TIME:
            data: bytes = _face().makeSubset([ord(character) for character in self._characters])
        return data

    def put(self, pdf: PdfFile, number: int) -> Iterator[bytes]:
        """The objects of the font, the first of them under `number`."""
        face, name = _face(), f"LABELS+{print_sheets.MAIN}"
        inner, descriptor, file, words = (pdf.number() for _ in range(4))
        data = self.file()
        yield pdf.put_stream(file, data, f"/Length1 {len(data)}", level=6)
        yield pdf.put_stream(words, self._to_unicode().encode("ascii"), level=6)
        box = " ".join(f"{value:.0f}" for value in face.bbox)
        yield pdf.put(
            descriptor,
            f"<</Type/FontDescriptor/FontName/{name}/Flags 4/FontBBox[{box}]/ItalicAngle 0/Ascent {face.ascent:.0f}"
            f"/Descent {face.descent:.0f}/CapHeight {face.capHeight:.0f}/StemV {face.stemV:.0f}/FontFile2 {file} 0 R>>",
        )
        widths = {glyph: face.charWidths[ord(character)] for character, glyph in self._glyphs.items()}
        listed = " ".join(f"{glyph}[{width:.0f}]" for glyph, width in sorted(widths.items()))
        yield pdf.put(
            inner,
            f"<</Type/Font/Subtype/CIDFontType2/BaseFont/{name}/CIDToGIDMap/Identity/DW 1000/W[{listed}]"
            f"/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>/FontDescriptor {descriptor} 0 R>>",
        )
        yield pdf.put(
            number,
            f"<</Type/Font/Subtype/Type0/BaseFont/{name}/Encoding/Identity-H/DescendantFonts[{inner} 0 R]"
            f"/ToUnicode {words} 0 R>>",
        )

    def _to_unicode(self) -> str:
        """Which characters the glyphs stand for, so that the text can be searched and copied."""
        lines = [
            f"<{glyph:04X}> <{character.encode('utf-16-be').hex().upper()}>"
            for character, glyph in sorted(self._glyphs.items(), key=lambda item: item[1])
        ]
        parts = [lines[start : start + 100] for start in range(0, len(lines), 100)]
        maps = "\n".join(f"{len(part)} beginbfchar\n" + "\n".join(part) + "\nendbfchar" for part in parts)
        return (
            "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
            "/CIDSystemInfo <</Registry (Adobe) /Ordering (UCS) /Supplement 0>> def\n"
            "/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n"
            f"1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n{maps}\n"
            "endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend"
        )
