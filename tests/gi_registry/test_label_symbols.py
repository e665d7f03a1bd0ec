"""Symbols made from tables are those of `qrcode`, and a decoder that knows neither reads the pictures."""

import io
import random
import re
from collections.abc import Callable

import pytest
import qrcode
import zxingcpp
from PIL import Image, ImageDraw, ImageFilter
from qrcode.constants import ERROR_CORRECT_Q
from qrcode.image.base import BaseImage
from qrcode.util import lost_point

from enterprises import label_codes
from gi_registry import label_symbols
from gi_registry.label_images import png, svg
from gi_registry.label_symbols import ALPHABET, LENGTH, MASKS, QUIET_ZONE, Symbols, symbols_of

# Odd and even lengths, so that the first character of the code stands alone or with the prefix; versions 3 to 6.
PREFIXES = {
    3: ["HTTPS://A.CN/V/", "HTTPS://AB.CN/V/"],
    4: ["HTTPS://GI.EXAMPLE.GOV.CN/V/", "HTTP://127.0.0.1:8000/V/", "HTTPS://GI.EXAMPLES.GOV.CN/V/"],
    5: ["HTTPS://REGISTER.OF-A-PROVINCE.EXAMPLE.GOV.CN/V/", "HTTPS://REGISTER.OF-A-PROVINCES.EXAMPLE.GOV.CN/V/"],
    6: ["HTTPS://" + "A" * 40 + ".EXAMPLE.GOV.CN.REGISTER/V/", "HTTPS://" + "A" * 41 + ".EXAMPLE.GOV.CN.REGISTER/V/"],
}
ALL = [(version, prefix) for version, prefixes in PREFIXES.items() for prefix in prefixes]
PREFIX = PREFIXES[4][0]


def random_codes(count: int, seed: str) -> list[str]:
    dice = random.Random(seed)
    return ["".join(dice.choices(ALPHABET, k=LENGTH)) for _ in range(count)]


def by_qrcode(text: str, mask: int) -> list[list[bool]]:
    """The symbol as anybody would ask `qrcode` for it."""
    code: qrcode.QRCode[BaseImage] = qrcode.QRCode(error_correction=ERROR_CORRECT_Q, border=0, mask_pattern=mask)
    code.add_data(text)
    return [[bool(dark) for dark in row] for row in code.get_matrix()]


def number(matrix: list[list[bool]]) -> int:
    return int("".join("01"[dark] for row in matrix for dark in row), 2)


# --- The same symbols ---


@pytest.mark.parametrize(("version", "prefix"), ALL)
def test_the_symbol_is_the_one_of_qrcode_for_every_mask(version: int, prefix: str) -> None:
    symbols = symbols_of(prefix)

    assert (symbols.version, symbols.size) == (version, 17 + 4 * version)
    for code in random_codes(30, prefix):
        for mask in MASKS:
            assert symbols.matrix(code, mask) == number(by_qrcode(prefix + code, mask)), (code, mask)


@pytest.mark.parametrize("prefix", PREFIXES[3])
def test_every_letter_stands_right_at_every_place(prefix: str) -> None:
    symbols, base = symbols_of(prefix), random_codes(1, "base")[0]
    for place in range(LENGTH):
        for letter in ALPHABET:
            code = base[:place] + letter + base[place + 1 :]
            assert symbols.matrix(code, 3) == number(by_qrcode(prefix + code, 3)), code


@pytest.mark.parametrize(("version", "prefix"), ALL)
def test_the_mask_with_the_smallest_penalty_of_the_standard_is_taken(version: int, prefix: str) -> None:
    symbols = symbols_of(prefix)
    for code in random_codes(8, prefix):
        matrices = [by_qrcode(prefix + code, mask) for mask in MASKS]
        penalties = [lost_point(matrix) for matrix in matrices]
        assert [symbols.penalty(symbols.symbol(code, mask)) for mask in MASKS] == penalties
        assert symbols.matrix(code) == number(matrices[penalties.index(min(penalties))])


@pytest.mark.parametrize(
    "draw",
    [
        pytest.param(lambda x, y: True, id="all dark"),
        pytest.param(lambda x, y: False, id="all light"),
        pytest.param(lambda x, y: x % 2 == 0, id="stripes"),
        pytest.param(lambda x, y: "10111010000"[x % 11] == "1", id="finders across"),
        pytest.param(lambda x, y: "00001011101"[y % 11] == "1", id="finders down"),
        pytest.param(lambda x, y: (x // 5 + y // 6) % 2 == 0, id="blocks"),
        pytest.param(lambda x, y: x < 3, id="few dark"),
    ],
)
def test_the_penalty_of_strange_symbols_is_the_one_of_qrcode(draw: Callable[[int, int], bool]) -> None:
    symbols = symbols_of(PREFIX)
    modules = [[draw(x, y) for x in range(symbols.size)] for y in range(symbols.size)]

    assert symbols.penalty(label_symbols.framed(modules, symbols.stride)) == lost_point(modules)


def test_the_rows_hold_the_quiet_zone_left_and_right() -> None:
    symbols, code = symbols_of(PREFIX), random_codes(1, "rows")[0]
    width = symbols.stride // 8
    data = symbols.rows(code)
    rows = [int.from_bytes(data[start : start + width]) for start in range(0, len(data), width)]
    found = [f"{row:0{symbols.stride}b}" for row in rows]

    assert len(found) == symbols.size
    assert {row[:QUIET_ZONE] for row in found} == {"0" * QUIET_ZONE}
    assert all("1" not in row[QUIET_ZONE + symbols.size :] for row in found)
    assert symbols.stride - symbols.size >= 2 * QUIET_ZONE
    inner = "".join(row[QUIET_ZONE : QUIET_ZONE + symbols.size] for row in found)
    assert int(inner, 2) == symbols.matrix(code)


def test_the_letters_are_those_of_label_codes() -> None:
    assert (ALPHABET, LENGTH) == (label_codes.ALPHABET, label_codes.LENGTH)


def test_a_code_of_zeros_has_a_symbol_although_qrcode_fails_on_it() -> None:
    code = "0" * LENGTH
    picture = Image.open(io.BytesIO(png(symbols_of(PREFIX), code))).convert("L")

    assert zxingcpp.read_barcode(picture).text == PREFIX + code


def test_tables_are_made_once_for_a_prefix() -> None:
    assert symbols_of(PREFIX) is symbols_of(PREFIX)


def test_a_qrcode_that_draws_otherwise_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Suppose that a later version ignored the numbers that we hand it."""
    monkeypatch.setattr(label_symbols._Numbers, "write", label_symbols.QRData.write)

    with pytest.raises(RuntimeError, match="qrcode"):
        Symbols(PREFIX)


# --- What is refused ---


@pytest.mark.parametrize("prefix", ["https://gi.example/V/", "HTTPS://GI_X.EXAMPLE/V/", "HTTPS://茶.CN/V/"])
def test_a_prefix_that_needs_another_mode_is_refused(prefix: str) -> None:
    with pytest.raises(ValueError, match="not alphanumeric"):
        Symbols(prefix)


def test_a_prefix_too_long_for_any_symbol_is_refused() -> None:
    with pytest.raises(ValueError, match="version"):
        Symbols("A" * 3000)


@pytest.mark.parametrize(
    "code", ["", "0" * 23, "0" * 25, "O" * 24, "o" + "0" * 23, "ABCD-EFGH-JKMN-PQRS-TVWX-YZ01", "０" * 24]
)
def test_what_is_no_code_has_no_symbol(code: str) -> None:
    with pytest.raises(KeyError):
        symbols_of(PREFIX).symbol(code)


# --- Pictures ---

STEP = re.compile(r"([mh])(-?\d+)(?: (-?\d+))?")


def painted(document: str, scale: int = 8) -> Image.Image:
    """The SVG as its own words say: a pen of width 1 that moves (m) and draws to the right (h)."""
    side = int(re.search(r'viewBox="0 0 (\d+) \1"', document)[1])  # type: ignore[index]
    start, path = re.search(r'<path stroke="#000" d="M0 (\d+\.5)([^"]*)"', document).groups()  # type: ignore[union-attr]
    assert re.fullmatch(rf"(?:{STEP.pattern})+", path)
    picture = Image.new("L", (side, side), 255)
    x, y = 0, float(start)
    for kind, across, down in STEP.findall(path):
        if kind == "h":
            picture.paste(0, (x, int(y - 0.5), x + int(across), int(y + 0.5)))
        x, y = x + int(across), y + int(down or 0)
    return picture.resize((side * scale, side * scale), Image.Resampling.NEAREST)


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data)).convert("L")


def patched(picture: Image.Image) -> Image.Image:
    """A patch over 5 % of the area, beside the middle."""
    damaged, side = picture.copy(), picture.width * 0.05**0.5
    left, top = picture.width * 0.5, picture.height * 0.42
    ImageDraw.Draw(damaged).rectangle((left, top, left + side, top + side), fill=128)
    return damaged


DAMAGES: dict[str, Callable[[Image.Image], Image.Image]] = {
    "clean": lambda picture: picture,
    "rotated": lambda picture: picture.rotate(17, Image.Resampling.BICUBIC, expand=True, fillcolor=255),
    "blurred": lambda picture: picture.filter(ImageFilter.GaussianBlur(3)),
    "patched": patched,
}
FORMATS: dict[str, Callable[[Symbols, str], Image.Image]] = {
    "PNG": lambda symbols, code: opened(png(symbols, code)),
    "SVG": lambda symbols, code: painted(svg(symbols, code)),
}


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("kind", FORMATS)
def test_a_decoder_reads_every_label(kind: str, damage: str) -> None:
    for prefix in (PREFIXES[3][0], PREFIXES[4][0], PREFIXES[6][1]):
        for code in random_codes(12, damage):
            found = zxingcpp.read_barcode(DAMAGES[damage](FORMATS[kind](symbols_of(prefix), code)))
            assert found is not None, code
            assert (found.text, found.ec_level) == (prefix + code, "Q")


@pytest.mark.parametrize("scale", [1, 2, 3, 5, 8, 13])
def test_a_png_has_the_size_that_was_asked_for(scale: int) -> None:
    symbols, code = symbols_of(PREFIX), random_codes(1, "scale")[0]
    picture = Image.open(io.BytesIO(png(symbols, code, scale)))
    side = symbols.size + 2 * QUIET_ZONE

    assert (picture.mode, picture.size) == ("1", (side * scale, side * scale))
    middle = picture.convert("L").resize((side, side), Image.Resampling.NEAREST)
    dark = "".join("01"[not value] for value in middle.tobytes())
    inner = [dark[row * side + QUIET_ZONE :][: symbols.size] for row in range(QUIET_ZONE, side - QUIET_ZONE)]
    assert int("".join(inner), 2) == symbols.matrix(code)
    assert dark.count("1") == symbols.matrix(code).bit_count()  # nothing dark in the quiet zone


def test_a_png_without_pixels_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one pixel"):
        png(symbols_of(PREFIX), random_codes(1, "none")[0], 0)


def test_png_and_svg_show_the_same_modules() -> None:
    symbols, code = symbols_of(PREFIX), random_codes(1, "same")[0]

    assert opened(png(symbols, code)).tobytes() == painted(svg(symbols, code)).tobytes()


def test_an_svg_is_small_and_has_no_style_or_script() -> None:
    document = svg(symbols_of(PREFIX), random_codes(1, "small")[0])

    assert len(document) < 3500
    assert "style" not in document
    assert "<script" not in document
