"""Labels a second as PNG, SVG, PDF and CSV, against plain calls of qrcode (and of segno, where it is installed).

One core, no database. Every case makes the same 65 labels of a round, a sheet of the smallest ones; the cases take
turns. Tables and fonts are ready before, as in a long run.
"""

import io
import itertools
import random
from collections import deque
from collections.abc import Callable, Iterator

import qrcode
from qrcode.constants import ERROR_CORRECT_Q
from qrcode.image.svg import SvgPathImage

from bench.report import Report
from gi_registry.label_archives import csv_lines, pictures
from gi_registry.label_images import SCALE, png, svg
from gi_registry.label_pdf import LAYOUTS, PrintFacts, sheets
from gi_registry.label_symbols import ALPHABET, LENGTH, symbols_of

try:
    import segno
except ImportError:  # a comparison only: nothing of ours needs it
    segno = None

DATABASES = ("SQLite",)
PREFIX = "HTTPS://GI.EXAMPLE.GOV.CN/V/"
LAYOUT = LAYOUTS["a4-65"]
ROUNDS = 25
PLAIN_PNG, PLAIN_SVG = "qrcode PNG", "qrcode SVG path"
# Times as fast as the plain call of the same kind, and labels a second.
AIMS_RATIO = {"PNG": (PLAIN_PNG, 50.0), "SVG": (PLAIN_SVG, 15.0)}
AIMS_RATE = {"PDF sheets": 4_000, "CSV": 100_000}
FACTS = PrintFacts(
    batch="B2026-000123", product="安化黑茶", enterprise="安化县云台山茶业有限公司", uscc="91430923MA4L16JQ8X",
    mark_text="国家质检总局公告2010年第13号", variety="千两茶", pack="500 g", host="gi.example.gov.cn",
    demonstration=True, site="地理标志登记簿",
)  # fmt: skip


def codes() -> Iterator[tuple[int, str]]:
    """Endless labels, the same on every run."""
    dice = random.Random(5)
    made = ["".join(dice.choices(ALPHABET, k=LENGTH)) for _ in range(5_000)]
    return zip(itertools.count(1), itertools.cycle(made), strict=False)


def each(draw: Callable[[str], object]) -> Callable[[], None]:
    """A case that draws the labels of a sheet one by one."""
    labels = codes()

    def case() -> None:
        for _index, code in itertools.islice(labels, LAYOUT.per_page):
            draw(code)

    return case


def plain(factory: type | None = None) -> Callable[[str], None]:
    def draw(code: str) -> None:
        symbol = qrcode.QRCode(error_correction=ERROR_CORRECT_Q, box_size=SCALE, image_factory=factory)
        symbol.add_data(PREFIX + code)
        symbol.make_image().save(io.BytesIO())

    return draw


def by_segno(kind: str) -> Callable[[str], None]:
    def draw(code: str) -> None:
        symbol = segno.make_qr(PREFIX + code, error="q", boost_error=False)
        symbol.save(io.BytesIO(), kind=kind, scale=SCALE if kind == "png" else 1)

    return draw


def in_pieces(pieces: Iterator[bytes]) -> Callable[[], object]:
    """A case that takes the next piece of an endless file: a page."""
    next(pieces)
    return lambda: next(pieces)


def whole(write: Callable[[list[tuple[int, str]]], Iterator[bytes]]) -> Callable[[], object]:
    """A case that writes a file of one sheet's labels."""
    labels = codes()
    return lambda: deque(write(list(itertools.islice(labels, LAYOUT.per_page))), maxlen=0)


def run(report: Report) -> None:
    """The part of `python -m bench`."""
    symbols = symbols_of(PREFIX)
    cases: dict[str, Callable[[], object]] = {
        PLAIN_PNG: each(plain()),
        PLAIN_SVG: each(plain(SvgPathImage)),
    }
    if segno:
        cases |= {"segno PNG": each(by_segno("png")), "segno SVG": each(by_segno("svg"))}
    cases |= {
        "PNG": each(lambda code: png(symbols, code)),
        "SVG": each(lambda code: svg(symbols, code)),
        "ZIP of PNG": whole(lambda labels: pictures(labels, "png", symbols)),
        "ZIP of SVG": whole(lambda labels: pictures(labels, "svg", symbols)),
        "PDF sheets": in_pieces(sheets(codes(), FACTS, LAYOUT, symbols)),
        "CSV": whole(lambda labels: csv_lines(labels, PREFIX)),
    }
    title = f"Symbols: {LAYOUT.per_page} labels, version {symbols.version}, error correction Q"
    timings = report.compare(title, cases, baseline=PLAIN_PNG, rounds=ROUNDS, warm_up=2)
    rate = {name: LAYOUT.per_page / timing.p50 * 1000 for name, timing in timings.items()}
    for name, value in rate.items():
        line = f"{name:<16} {value:>11,.0f} labels a second"
        if name in AIMS_RATIO:
            other, aim = AIMS_RATIO[name]
            times = value / rate[other]
            line += f", {times:.0f} times {other}" + judged(report, name, times, aim, "times")
        if name in AIMS_RATE:
            line += judged(report, name, value, AIMS_RATE[name], "a second")
        report.note(line)


def judged(report: Report, name: str, value: float, aim: float, unit: str) -> str:
    """The aim and whether it was met; an aim missed is remembered."""
    if value >= aim:
        return f" (aim {aim:,.0f} {unit}: met)"
    report.missed.append(f"symbols: {name} {value:,.0f} of {aim:,.0f} {unit}")
    return f" (aim {aim:,.0f} {unit}: MISSED)"
