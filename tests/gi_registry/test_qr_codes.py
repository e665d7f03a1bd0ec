"""QR codes are read again by a decoder that knows nothing of how they were made."""

import re

import pytest
import zxingcpp
from PIL import Image

from gi_registry import qr_codes

BOX = re.compile(r"M(\d+) (\d+)h(\d+)v1H\1z")


def decode(svg: str) -> "zxingcpp.Barcode":
    """Paint the boxes of the path and read the picture."""
    size = int(re.search(r'viewBox="0 0 (\d+) \1"', svg)[1])
    picture = Image.new("L", (size, size), 255)
    for x, y, width in BOX.findall(svg):
        picture.paste(0, (int(x), int(y), int(x) + int(width), int(y) + 1))
    return zxingcpp.read_barcode(picture.resize((size * 6, size * 6), Image.Resampling.NEAREST))


@pytest.mark.parametrize(
    "text",
    ["http://127.0.0.1:8000/products/365/", "HTTPS://EXAMPLE.ORG/V/0123456789ABCDEFGHJKMNPQ", "安化黑茶"],
)
@pytest.mark.parametrize("high", [False, True])
def test_a_decoder_reads_the_text_back(text: str, high: bool) -> None:
    found = decode(qr_codes.svg(text, high=high))

    assert found.text == text
    assert found.ec_level == ("Q" if high else "M")


def test_the_quiet_zone_is_four_modules() -> None:
    svg = qr_codes.svg("http://127.0.0.1:8000/products/365/")
    size = int(re.search(r'viewBox="0 0 (\d+)', svg)[1])
    boxes = [(int(x), int(y), int(width)) for x, y, width in BOX.findall(svg)]

    assert min(x for x, _y, _width in boxes) == min(y for _x, y, _width in boxes) == 4
    assert max(x + width for x, _y, width in boxes) == max(y + 1 for _x, y, _width in boxes) == size - 4


def test_the_file_is_small_and_has_no_style_or_script() -> None:
    svg = qr_codes.svg("https://register.example.org/products/365/")

    assert len(svg) < 6000
    assert "style" not in svg
    assert "<script" not in svg


def test_text_too_long_for_any_symbol_is_refused() -> None:
    with pytest.raises(ValueError, match="version"):
        qr_codes.svg("x" * 8000)
