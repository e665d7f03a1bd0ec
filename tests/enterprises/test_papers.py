"""Papers: what is written on them can be read again, by people, programs and scanners."""

import io
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pikepdf
import pytest
import zxingcpp
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from enterprises.papers import Line, Paper, PaperTable, Style, render
from gi_registry import print_sheets

STYLES: list[Style] = ["receipt", "certificate", "list"]
LONG = "湖南省安化县白沙溪茶业与黑茶文化产业发展（集团）股份有限公司及其全资子公司联合申请人" * 3
ADDRESS = "https://register.example.org/authorisations/2026/000123/"

PAPER = Paper(
    title="地理标志专用标志使用核准证明",
    number="湘地标用〔2026〕第 000123 号",
    date_text="截至 2026 年 11 月 21 日",
    lines=[Line("企业名称", "安化县演示黑茶有限公司"), Line("产地范围", LONG)],
    notes=["本证明不证明某一件商品的真伪。"],
    address=ADDRESS,
    address_note="扫码查看登记簿的当前记载",
    footer="以公开页面为准",
    tables=[PaperTable("已收到的材料", ["序号", "材料"], [["1", "营业执照"], ["2", "检验报告"]])],
)


def opened(data: bytes) -> pikepdf.Pdf:
    return pikepdf.open(io.BytesIO(data))


def text_of(data: bytes, tmp_path: Path) -> str:
    """The text of all pages without blanks, as another program copies it."""
    program = shutil.which("pdftotext")
    if not program:
        pytest.skip("pdftotext (poppler-utils) is not installed")
    file = tmp_path / "paper.pdf"
    file.write_bytes(data)
    found = subprocess.run([program, "-raw", str(file), "-"], capture_output=True, check=True)
    return re.sub(r"\s", "", found.stdout.decode())


@pytest.mark.parametrize("style", STYLES)
def test_every_word_can_be_read_again(style: Style, tmp_path: Path) -> None:
    text = text_of(render(PAPER, style=style), tmp_path)

    words = [PAPER.title, PAPER.number, PAPER.date_text, LONG, *PAPER.notes, ADDRESS, PAPER.address_note, PAPER.footer]
    words += [line.label for line in PAPER.lines]
    words += [cell for table in PAPER.tables for row in [table.columns, *table.rows] for cell in row]
    for word in words:
        assert word.replace(" ", "") in text


@pytest.mark.parametrize("style", STYLES)
def test_the_same_paper_gives_the_same_bytes(style: Style) -> None:
    first = render(PAPER, style=style)

    assert first == render(PAPER, style=style)
    assert first != render(replace(PAPER, number="another"), style=style)


@pytest.mark.parametrize("style", STYLES)
def test_the_file_says_what_it_is_and_runs_nothing(style: Style) -> None:
    with translation.override("zh-hans"), opened(render(PAPER, style=style)) as document:
        assert str(document.trailer.Info.Title) == f"{PAPER.title} {PAPER.number}"
        assert str(document.trailer.Info.Author) == "地理标志产品登记簿"
        assert str(document.Root.Lang) in ("zh-Hans", "en")
        assert "/OpenAction" not in document.Root
        assert "/JavaScript" not in repr(list(document.objects))


def test_the_language_is_that_of_the_page() -> None:
    for language, expected in (("zh-hans", "zh-Hans"), ("en", "en")):
        with translation.override(language), opened(render(PAPER)) as document:
            assert str(document.Root.Lang) == expected


def test_our_font_is_embedded_and_small() -> None:
    data = render(PAPER)

    assert len(data) < 120_000
    with opened(data) as document:
        fonts = [each for each in document.objects if isinstance(each, pikepdf.Dictionary) and "/FontFile2" in each]
        assert fonts
        assert all("NotoSansSC" in str(each.FontName) for each in fonts)


def test_a_paper_for_a_demonstration_says_so_on_every_page(tmp_path: Path) -> None:
    paper = replace(PAPER, demonstration=True, notes=[LONG] * 40)
    for style in STYLES:
        data = render(paper, style=style)
        text = text_of(data, tmp_path)
        with opened(data) as document:
            pages = len(document.pages)
        assert pages > 1
        assert text.count("norealenterprise") == pages
        if style == "receipt":  # the mark stands askew: programs give it letter by letter
            assert all(letter in text for letter in "演示DEMONSTRATION")
        assert "norealenterprise" not in text_of(render(PAPER, style=style), tmp_path)


def test_hundreds_of_rows_fill_pages_that_repeat_the_head(tmp_path: Path) -> None:
    rows = [[str(number), f"第{number}茶业有限公司", "安化黑茶"] for number in range(1, 501)]
    paper = Paper("核准企业名单", "第 12 号", "2026 年", tables=[PaperTable("", ["序号", "企业名称", "产品"], rows)])

    data = render(paper, style="list")
    text = text_of(data, tmp_path)

    with opened(data) as document:
        pages = len(document.pages)
    assert 10 < pages < 30
    assert text.count("序号企业名称产品") == pages
    assert f"Page{pages}of{pages}" in text
    assert all(f"第{number}茶业有限公司" in text for number in range(1, 501))


def test_a_cell_higher_than_a_page_goes_on_on_the_next(tmp_path: Path) -> None:
    paper = Paper("名单", "1", "2026", tables=[PaperTable("", ["甲", "乙"], [["1", LONG * 40], ["2", "末"]])])

    data = render(paper)

    assert len(opened(data).pages) > 2
    body = text_of(data, tmp_path)
    assert body.count("湖南省安化县白沙溪") >= 110  # 120, but for those that a page cuts in two
    assert "末" in body


def test_rare_characters_are_never_lost(tmp_path: Path) -> None:
    """In our font: 玥 and 𫖯 (above U+FFFF). Elsewhere: 㐂 in the reader's font, 𠀀 by its code, č by its base."""
    glyphs = print_sheets._glyphs()
    assert {ord("玥"), ord("𫖯")} <= glyphs
    assert not {ord("㐂"), ord("𠀀"), ord("č")} & glyphs

    text = text_of(render(replace(PAPER, lines=[Line("姓名", "玥𫖯𠀀a\u0007b㐂č한\ue000")])), tmp_path)

    assert "玥𫖯〔U+20000〕ab" in text
    assert "〔U+E000〕" in text
    assert [print_sheets._set(each)[0] for each in "玥㐂한"] == ["NotoSansSC", "STSong-Light", "HYSMyeongJo-Medium"]


def test_the_font_has_every_character_of_the_national_lists() -> None:
    glyphs = print_sheets._glyphs()
    table = [bytes([high, low]) for high in range(0xB0, 0xF8) for low in range(0xA1, 0xFF)]
    characters = "".join(code.decode("gb2312", "ignore") for code in table)

    assert len(characters) == 6763
    assert not set(map(ord, characters)) - glyphs
    assert not set(map(ord, "喆堃珺祎禔犇骉淼昇彧翀玥玟珅琤瑄瑀瑨璟晞旻昉昳晔晗暐镕頔赟")) - glyphs


def test_the_font_comes_with_its_licence_and_stays_small() -> None:
    folder = print_sheets.FONT_FILE.parent

    assert print_sheets.FONT_FILE.stat().st_size <= 2_700_000
    licence = (folder / "OFL.txt").read_text(encoding="utf-8")
    assert "SIL OPEN FONT LICENSE Version 1.1" in licence
    assert "Reserved Font Name 'Source'" in licence
    assert "Source" not in print_sheets.MAIN


@pytest.mark.parametrize("style", STYLES)
def test_a_scanner_reads_the_code(style: Style, tmp_path: Path) -> None:
    program = shutil.which("pdftoppm")
    if not program:
        pytest.skip("pdftoppm (poppler-utils) is not installed")
    (tmp_path / "paper.pdf").write_bytes(render(replace(PAPER, demonstration=True), style=style))
    subprocess.run([program, "-png", "-r", "110", "paper.pdf", "page"], cwd=tmp_path, check=True)
    with Image.open(next(tmp_path.glob("page-*.png"))) as page:
        found = zxingcpp.read_barcodes(page.convert("L"))

    assert [each.text for each in found] == [ADDRESS]


def test_without_an_address_there_is_no_code(tmp_path: Path) -> None:
    text = text_of(render(replace(PAPER, address="")), tmp_path)

    assert PAPER.address_note not in text


def test_an_address_that_fits_no_code_is_refused() -> None:
    with pytest.raises(ValueError, match="version"):
        render(replace(PAPER, address="x" * 8000))


def test_a_row_with_a_cell_too_many_is_refused() -> None:
    with pytest.raises(ValueError, match="zip"):
        render(replace(PAPER, tables=[PaperTable("", ["one"], [["1", "2"]])]))


def test_an_empty_paper_is_a_page() -> None:
    empty = Paper("", "", "", lines=[Line("", "")], tables=[PaperTable("", ["甲"], [])])
    for style in STYLES:
        assert len(opened(render(empty, style=style)).pages) == 1


# --- Breaking lines ---


PRINTABLE = st.characters(codec="utf-8", exclude_categories=["Cc", "Zl", "Zp"])


@given(st.text(PRINTABLE, max_size=200), st.integers(100, 400))
def test_lines_fit_and_lose_nothing(text: str, width: int) -> None:
    lines = print_sheets.wrap(text, 10, width)

    assert re.sub(r"\s", "", "".join(lines)) == re.sub(r"\s", "", text)
    assert all(print_sheets.length(line, 10) <= width + 0.01 for line in lines)


def test_no_line_begins_with_a_closing_sign() -> None:
    lines = print_sheets.wrap("安化黑茶，" * 30, 10, 101)

    assert not [line for line in lines if line[0] in "，。"]


def test_a_word_longer_than_a_line_is_cut_soon() -> None:
    lines = print_sheets.wrap("x" * 100_000, 10, 400)

    assert "".join(lines) == "x" * 100_000


def test_a_word_or_number_stays_together() -> None:
    assert print_sheets.wrap("统一社会信用代码 91430923MA4L2Q7X0K", 10, 150)[1] == "91430923MA4L2Q7X0K"


def test_columns_share_the_width() -> None:
    widths = print_sheets.shares([["序号", "名称"], ["1", LONG]], 9, 400)

    assert sum(widths) == pytest.approx(400)
    assert widths[0] < 40


@given(st.lists(st.tuples(st.text(max_size=30), st.text(max_size=200)), max_size=6), st.sampled_from(STYLES))
def test_any_text_can_be_printed(lines: list[tuple[str, str]], style: Style) -> None:
    paper = Paper("标题", "1", "2026", lines=[Line(*each) for each in lines])

    assert render(paper, style=style).startswith(b"%PDF-")
