"""Sheets of labels are rendered, and every label on them is read again by an independent decoder."""

import io
import random
import re
import shutil
import struct
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from itertools import pairwise
from pathlib import Path

import pikepdf
import pytest
import zxingcpp
from PIL import Image, ImageDraw, ImageFilter
from reportlab.pdfbase.ttfonts import TTFontFile

from gi_registry import label_pdf, print_sheets
from gi_registry.label_pdf import LAYOUTS, MM, Layout, PrintFacts, sheets, symbol_side, unprintable
from gi_registry.label_symbols import ALPHABET, LENGTH, symbols_of
from gi_registry.pdf_stream import PAGES_PER_NODE

PREFIX = "HTTPS://GI.EXAMPLE.GOV.CN/V/"
LONG_PREFIX = "HTTPS://GEOGRAPHICAL-INDICATIONS.OF-ONE-PROVINCE.EXAMPLE.GOV.CN/REGISTER/V/"
FACTS = PrintFacts(
    batch="B2026-000123", product="安化黑茶", enterprise="安化县云台山茶业有限公司", uscc="91430923MA4L16JQ8X",
    mark_text="国家质检总局公告2010年第13号", variety="千两茶", pack="500 g", host="gi.example.gov.cn",
    demonstration=False, site="地理标志登记簿",
)  # fmt: skip
# The longest that the register can hold, with a rare character above U+FFFF.
LONG = PrintFacts(
    batch="B2026-999999", product="博尔塔拉蒙古自治州温泉县查干屯格乡䴙䴘湖高白鲑𬶍" * 2,
    enterprise="农牧民专业合作社联合社" * 15, uscc="91650000MA4L16JQ8X",
    mark_text="国家质量监督检验检疫总局关于批准对部分产品实施地理标志产品保护的公告" * 3,
    variety="高原冷水高白鲑（鲜活）" * 5, pack="每盒 2 条，净含量 1.2 kg" * 2,
    host="a-long-host." * 5 + "example.gov.cn",
    demonstration=True, site="全国地理标志产品与专用标志使用登记簿",
)  # fmt: skip
LETTER = max(ALPHABET, key=lambda letter: print_sheets.length(letter, 1))

every_layout = pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)


@cache
def labels(count: int) -> list[tuple[int, str]]:
    dice = random.Random(count)
    return [(index, "".join(dice.choices(ALPHABET, k=LENGTH))) for index in range(1, count + 1)]


def made(layout: Layout, count: int, facts: PrintFacts = FACTS, prefix: str = PREFIX) -> bytes:
    return b"".join(sheets(labels(count), facts, layout, symbols_of(prefix)))


def program(name: str) -> str:
    found = shutil.which(name)
    if not found:
        pytest.skip(f"{name} (poppler-utils) is not installed")
    return found


def rendered(data: bytes, folder: Path, resolution: int = 300) -> list[Image.Image]:
    (folder / "sheet.pdf").write_bytes(data)
    subprocess.run(
        [program("pdftoppm"), "-gray", "-r", str(resolution), "sheet.pdf", "page"], cwd=folder, check=True
    )
    return [Image.open(file) for file in sorted(folder.glob("page-*.pgm"))]


def text_of(data: bytes, folder: Path) -> str:
    (folder / "sheet.pdf").write_bytes(data)
    command = [program("pdftotext"), "-raw", "sheet.pdf", "-"]
    found = subprocess.run(command, cwd=folder, capture_output=True, check=True)
    return found.stdout.decode()


def place_of(layout: Layout, number: int) -> tuple[float, float]:
    """Upper left corner in mm of a label, counted from 0."""
    row, column = divmod(number, layout.columns)
    return layout.left + column * (layout.width + layout.gap_x), layout.top + row * (layout.height + layout.gap_y)


def label_picture(page: Image.Image, layout: Layout, number: int, resolution: int = 300) -> Image.Image:
    x, y = place_of(layout, number)
    box = (x, y, x + layout.width, y + layout.height)
    return page.crop(tuple(round(edge * resolution / 25.4) for edge in box))  # type: ignore[arg-type]


# --- A whole sheet ---


@every_layout
def test_every_label_of_a_sheet_is_read_where_it_belongs(layout: Layout, tmp_path: Path) -> None:
    (page,) = rendered(made(layout, layout.per_page), tmp_path)

    for number, (_index, code) in enumerate(labels(layout.per_page)):
        found = zxingcpp.read_barcodes(label_picture(page, layout, number))
        assert [each.text for each in found] == [PREFIX + code], number


@every_layout
def test_the_words_of_the_label_can_be_searched(layout: Layout, tmp_path: Path) -> None:
    text = text_of(made(layout, 3), tmp_path)
    joined = re.sub(r"\s", "", text)

    for word in (FACTS.product, FACTS.uscc, FACTS.mark_text, FACTS.host):
        assert joined.count(re.sub(r"\s", "", word)) >= 3, word
    for _index, code in labels(3):
        groups = [code[start : start + 4] for start in range(0, LENGTH, 4)]
        per_line = 6 // layout.code_lines
        printed = ["-".join(groups[start : start + per_line]) for start in range(0, 6, per_line)]
        assert "\n".join(printed) in text
    assert "专用" in text
    assert "演示" not in text


def test_the_foot_tells_one_sheet_from_the_next(tmp_path: Path) -> None:
    layout = LAYOUTS["a4-24"]
    text = text_of(made(layout, 30), tmp_path)

    assert "B2026-000123 · 第 1–24 枚 · 第 1 页" in text
    assert "B2026-000123 · 第 25–30 枚 · 第 2 页" in text
    assert text.count(f"{FACTS.product} · {FACTS.enterprise} · {FACTS.site}") == 2


def test_the_foot_counts_labels_as_they_are_numbered(tmp_path: Path) -> None:
    """Void labels are left out of a run; the numbers stay theirs."""
    chosen = [(index, code) for index, code in labels(30) if index not in (3, 4, 30)]
    text = text_of(b"".join(sheets(chosen, FACTS, LAYOUTS["a4-24"], symbols_of(PREFIX))), tmp_path)

    assert "第 1–26 枚" in text
    assert "第 27–29 枚" in text


@every_layout
def test_a_demonstration_says_so_on_every_label_and_sheet(layout: Layout, tmp_path: Path) -> None:
    text = text_of(made(layout, layout.per_page + 1, replace(FACTS, demonstration=True)), tmp_path)

    assert text.count("演示样张") == layout.per_page + 1 + 2
    assert text.count("不得销售") == 2


@pytest.mark.parametrize("damage", ["rotated", "blurred", "patched"])
@every_layout
def test_a_damaged_label_is_read(layout: Layout, damage: str, tmp_path: Path) -> None:
    resolution = 600
    (page,) = rendered(made(layout, 4), tmp_path, resolution)
    side = symbol_side(layout, symbols_of(PREFIX).size) * resolution / 25.4

    for number, (_index, code) in enumerate(labels(4)):
        picture = label_picture(page, layout, number, resolution)
        if damage == "rotated":
            picture = picture.rotate(17, Image.Resampling.BICUBIC, expand=True, fillcolor=255)
        elif damage == "blurred":
            picture = picture.filter(ImageFilter.GaussianBlur(4))
        else:
            edge, left, top = side * 0.05**0.5, side * 0.45, picture.height / 2 - side * 0.1
            ImageDraw.Draw(picture).rectangle((left, top, left + edge, top + edge), fill=128)
        found = zxingcpp.read_barcode(picture)
        assert found is not None
        assert found.text == PREFIX + code


# --- Sizes ---


@every_layout
def test_the_labels_lie_on_the_paper_and_not_on_each_other(layout: Layout) -> None:
    right = layout.left + layout.columns * layout.width + (layout.columns - 1) * layout.gap_x
    foot = layout.top + layout.rows * layout.height + (layout.rows - 1) * layout.gap_y

    assert min(layout.gap_x, layout.gap_y) >= 0
    # Makers of labels centre them; the cut marks need 3.5 mm, the line at the foot 7.5 mm.
    assert right + layout.left == pytest.approx(label_pdf.PAGE_WIDTH, abs=0.2)
    assert foot + layout.top == pytest.approx(label_pdf.PAGE_HEIGHT, abs=0.2)
    assert layout.left >= 4.5
    assert layout.top >= 10
    assert 6 % layout.code_lines == 0


@pytest.mark.parametrize("prefix", [PREFIX, LONG_PREFIX])
@every_layout
def test_the_symbol_is_large_enough_and_inside_of_its_label(layout: Layout, prefix: str) -> None:
    size = symbols_of(prefix).size
    side = symbol_side(layout, size)
    module = side / (size + 8)

    assert module >= 0.33
    assert size * module >= 15
    assert side <= layout.height - 1.6
    assert side <= layout.width / 2 + 1


def test_a_symbol_too_dense_for_the_label_is_refused_before_a_byte_is_sent() -> None:
    tiny = Layout("tiny", 10, 20, 16, 12, left=25, top=28.5)

    with pytest.raises(ValueError, match="too dense"):
        sheets(labels(1), FACTS, tiny, symbols_of(PREFIX))


@pytest.mark.parametrize("facts", [FACTS, LONG, replace(FACTS, variety="", pack="")], ids=["usual", "long", "few"])
@pytest.mark.parametrize("prefix", [PREFIX, LONG_PREFIX])
@every_layout
def test_words_stay_on_the_label_and_off_the_quiet_zone_and_each_other(
    layout: Layout, prefix: str, facts: PrintFacts
) -> None:
    symbols = symbols_of(prefix)
    label = label_pdf._Label(facts, layout, symbols)
    quiet_zone = label.symbol_left + symbol_side(layout, symbols.size) * MM

    for line in label.lines:
        assert line.x >= quiet_zone - 0.01
        assert line.x + print_sheets.length(line.text, line.size) <= layout.width * MM - 1, line
        assert label.code_top < line.y < layout.height * MM - 1
    tops = [(line.y, line.size) for line in label.lines]
    assert all(above - below >= size for (above, _), (below, size) in pairwise(tops))
    widest = "-".join([LETTER * 4] * (6 // layout.code_lines))
    assert label.left + print_sheets.length(widest, label.code_size) <= layout.width * MM - 1
    assert label.code_size >= 5


@every_layout
def test_nothing_that_the_law_asks_for_is_lost_on_a_small_label(layout: Layout, tmp_path: Path) -> None:
    text = re.sub(r"\s", "", text_of(made(layout, 1, LONG, LONG_PREFIX), tmp_path))

    for word in (LONG.product, LONG.uscc, LONG.mark_text):
        assert re.sub(r"\s", "", word) in text


@every_layout
def test_a_label_with_the_longest_words_and_letters_is_read(layout: Layout, tmp_path: Path) -> None:
    wide = [(1, LETTER * LENGTH)]
    (page,) = rendered(b"".join(sheets(wide, LONG, layout, symbols_of(LONG_PREFIX))), tmp_path)
    found = zxingcpp.read_barcode(label_picture(page, layout, 0))

    assert found is not None
    assert found.text == LONG_PREFIX + LETTER * LENGTH


# --- Characters ---


def test_a_character_without_a_form_is_reported_and_marked(tmp_path: Path) -> None:
    facts = replace(FACTS, product="黑\U0002a6a5茶é")

    assert unprintable(FACTS) == ""
    assert unprintable(facts) == "\U0002a6a5"
    assert "黑〓茶é" in text_of(made(LAYOUTS["a4-24"], 1, facts), tmp_path)


def test_the_embedded_letters_are_those_of_the_font() -> None:
    """Each number in the text leads to the drawing of its character, and only what is needed is embedded."""
    with pikepdf.open(io.BytesIO(made(LAYOUTS["a4-24"], 1))) as pdf:
        font = pdf.pages[0].Resources.Font.F
        inner = font.DescendantFonts[0]
        embedded = TTFontFile(io.BytesIO(inner.FontDescriptor.FontFile2.read_bytes()), charInfo=0)
        words = font.ToUnicode.read_bytes().decode("ascii")
        widths = dict(zip(list(inner.W)[::2], list(inner.W)[1::2], strict=True))
    original = TTFontFile(str(print_sheets.FONT_FILE))
    original_at = struct.unpack(f">{len(original.get_table('loca')) // 4}L", original.get_table("loca"))
    short = struct.unpack(f">{len(embedded.get_table('loca')) // 2}H", embedded.get_table("loca"))
    pairs = re.findall(r"<([0-9A-F]{4})> <([0-9A-F]+)>", words.split("endcodespacerange")[1])
    characters = {int(glyph, 16): bytes.fromhex(text).decode("utf-16-be") for glyph, text in pairs}

    assert {*FACTS.product, *FACTS.uscc, *ALPHABET} <= set(characters.values())
    assert len(embedded.get_table("glyf")) < 100_000
    for glyph, character in characters.items():
        source = original.charToGlyph[ord(character)]
        drawing = original.get_table("glyf")[original_at[source] : original_at[source + 1]]
        here = embedded.get_table("glyf")[short[glyph] * 2 : short[glyph + 1] * 2]
        if drawing[:2] != b"\xff\xff":  # of a composite one the parts are numbered anew
            assert here.rstrip(b"\0") == drawing.rstrip(b"\0"), character
        assert float(widths[glyph][0]) == pytest.approx(original.charWidths[ord(character)], abs=0.51)


# --- The file ---


def test_pages_come_one_by_one_while_labels_are_made() -> None:
    layout, asked = LAYOUTS["a4-65"], 0

    def counted() -> Iterator[tuple[int, str]]:
        nonlocal asked
        for label in labels(1000):
            asked += 1
            yield label

    pieces = sheets(counted(), FACTS, layout, symbols_of(PREFIX))
    assert next(pieces).startswith(b"%PDF-")
    assert asked == 0
    for page in range(1, 5):
        assert b"/Type/Page/" in next(pieces)
        assert asked == page * layout.per_page


def test_a_long_run_is_a_sound_file_with_all_its_pages() -> None:
    layout = replace(LAYOUTS["a4-21"], rows=1)
    count = (2 * PAGES_PER_NODE + 3) * layout.per_page - 1
    with pikepdf.open(io.BytesIO(made(layout, count))) as pdf:
        assert pdf.check_pdf_syntax() == []
        assert len(pdf.pages) == 2 * PAGES_PER_NODE + 3
        assert pdf.pages[-1].mediabox == pdf.pages[0].mediabox
        assert [round(float(edge)) for edge in pdf.pages[0].mediabox] == [0, 0, 595, 842]
        assert pdf.docinfo.Title == "B2026-000123 安化黑茶"
        assert pdf.Root.ViewerPreferences.PrintScaling == "/None"


def test_the_places_in_the_table_are_right() -> None:
    """Readers that repair a wrong table would hide it: look up every object by hand."""
    data = made(LAYOUTS["a4-24"], 50)
    start = int(re.search(rb"startxref\n(\d+)\n", data)[1])  # type: ignore[index]
    entries = re.findall(rb"(\d{10}) 00000 n \n", data[start:])

    assert data[start : start + 5] == b"xref\n"
    assert len(entries) > 10
    for number, place in enumerate(entries, 1):
        assert data[int(place) :].startswith(b"%d 0 obj" % number)


def test_the_same_labels_give_the_same_bytes() -> None:
    assert made(LAYOUTS["a4-65"], 100) == made(LAYOUTS["a4-65"], 100)


def test_no_labels_make_an_empty_file_that_opens() -> None:
    with pikepdf.open(io.BytesIO(made(LAYOUTS["a4-65"], 0))) as pdf:
        assert len(pdf.pages) == 1


def test_a_wrong_code_is_an_error_and_no_label() -> None:
    with pytest.raises(KeyError):
        list(sheets([(1, "ABCD-EFGH-JKMN-PQRS-TVWX-YZ01")], FACTS, LAYOUTS["a4-65"], symbols_of(PREFIX)))
