"""Files for label printers open in other programs, come in pieces, and go on where a download broke off."""

import csv
import io
import random
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image

from enterprises import label_codes
from gi_registry import byte_ranges, label_archives
from gi_registry.byte_ranges import Unsatisfiable, content_range, entity_tag, parse, skip
from gi_registry.label_archives import (
    DEFLATED,
    KINDS,
    STORED,
    archive,
    csv_length,
    csv_lines,
    csv_place,
    pictures,
)
from gi_registry.label_images import svg
from gi_registry.label_pdf import LAYOUTS, PrintFacts, sheets
from gi_registry.label_symbols import ALPHABET, LENGTH, symbols_of

PREFIX = "HTTPS://GI.EXAMPLE.GOV.CN/V/"
FACTS = PrintFacts("B2026-1", "安化黑茶", "茶厂", "91430923MA4L16JQ8X", "GB/T 32743", "", "", "gi.cn", False, "登记簿")


@cache
def labels(count: int) -> list[tuple[int, str]]:
    dice = random.Random(count)
    return [(index, "".join(dice.choices(ALPHABET, k=LENGTH))) for index in range(1, count + 1)]


def opened(data: bytes) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(data))


class Asked:
    """Labels that count how many of them were asked for."""

    def __init__(self, count: int) -> None:
        self.count, self.number = count, 0

    def __iter__(self) -> Iterator[tuple[int, str]]:
        for label in labels(self.count):
            self.number += 1
            yield label


# --- CSV ---


def test_a_spreadsheet_reads_the_lines() -> None:
    data = b"".join(csv_lines(labels(2500), PREFIX))
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))

    assert data.startswith(b"\xef\xbb\xbf")  # without it spreadsheets take UTF-8 for something else
    assert rows[0] == ["序号", "标签码", "标签码（无连字符）", "网址"]
    assert rows[1:] == [
        [f"{index:08}", label_codes.grouped(code), code, label_codes.address("https://gi.example.gov.cn", code)]
        for index, code in labels(2500)
    ]


def test_the_length_of_a_csv_is_known_before() -> None:
    for count in (0, 1, 2500):
        assert csv_length(count, PREFIX) == len(b"".join(csv_lines(labels(count), PREFIX)))


def test_a_csv_comes_in_pieces() -> None:
    asked = Asked(5000)
    pieces = csv_lines(asked, PREFIX)

    next(pieces)
    assert asked.number == 0
    assert len(next(pieces)) < 200_000
    assert asked.number < 5000


@pytest.mark.parametrize("start", [0, 1, 57, 58, 59, 5_000, 123_456, 10**9])
def test_a_broken_csv_goes_on_without_the_labels_before(start: int) -> None:
    whole = b"".join(csv_lines(labels(2500), PREFIX))
    left_out, begin = csv_place(start, PREFIX)
    rest = b"".join(skip(csv_lines(labels(2500)[left_out:], PREFIX), begin))

    assert rest == whole[start:]
    assert start < 1000 or left_out > start // 200


# --- ZIP ---


@pytest.mark.parametrize("kind", KINDS)
def test_every_picture_of_an_archive_is_the_label_of_its_name(kind: str) -> None:
    symbols = symbols_of(PREFIX)
    with opened(b"".join(pictures(labels(300), kind, symbols))) as found:
        assert found.testzip() is None
        assert found.namelist() == [f"{index:06}-{code}.{kind}" for index, code in labels(300)]
        for (_index, code), name in zip(labels(300), found.namelist(), strict=True):
            content = found.read(name)
            if kind == "svg":
                assert content.decode() == svg(symbols, code)
            else:
                assert zxingcpp.read_barcode(Image.open(io.BytesIO(content)).convert("L")).text == PREFIX + code


def test_pictures_have_the_scale_that_was_asked_for() -> None:
    with opened(b"".join(pictures(labels(1), "png", symbols_of(PREFIX), scale=3))) as found:
        picture = Image.open(io.BytesIO(found.read(found.namelist()[0])))

    assert picture.size == (41 * 3, 41 * 3)


@pytest.mark.parametrize("method", [STORED, DEFLATED])
def test_another_program_unpacks_an_archive(method: int, tmp_path: Path) -> None:
    program = shutil.which("unzip")
    if not program:
        pytest.skip("unzip is not installed")
    files = [("标签.txt", "茶".encode() * 500), ("empty.txt", b"")]
    (tmp_path / "labels.zip").write_bytes(b"".join(archive(files, method)))
    subprocess.run([program, "-q", "labels.zip", "-d", "out"], cwd=tmp_path, check=True, capture_output=True)

    with opened((tmp_path / "labels.zip").read_bytes()) as found:
        assert {name: found.read(name) for name in found.namelist()} == dict(files)
    assert sorted(file.read_bytes() for file in (tmp_path / "out").iterdir()) == sorted(data for _name, data in files)


def test_more_than_65535_files_are_all_found() -> None:
    with opened(b"".join(archive(((f"{number}", b"x") for number in range(70_000)), STORED))) as found:
        assert len(found.namelist()) == 70_000
        assert found.read("69999") == b"x"


def test_files_behind_four_gigabytes_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """The long form is written from a place on that the test can reach, and a program that knows it reads it."""
    plain = b"".join(archive(((f"{number}", b"content") for number in range(50)), STORED))
    monkeypatch.setattr(label_archives, "_is_large", lambda number: number >= 1000)
    with opened(b"".join(archive(((f"{number}", b"content") for number in range(50)), STORED))) as found:
        assert [found.read(f"{number}") for number in range(50)] == [b"content"] * 50
        assert {entry.extract_version for entry in found.infolist()} == {20, 45}
        assert len(found.fp.getvalue()) > len(plain)  # type: ignore[union-attr]


def test_an_archive_comes_in_pieces_while_labels_are_made() -> None:
    asked = Asked(2000)
    pieces = pictures(asked, "png", symbols_of(PREFIX))
    first = next(pieces)

    assert 0 < asked.number < 200
    assert len(first) < 100_000


def test_an_empty_archive_opens() -> None:
    with opened(b"".join(archive([], STORED))) as found:
        assert found.namelist() == []


def test_an_unknown_kind_of_picture_is_refused() -> None:
    with pytest.raises(ValueError, match="gif"):
        pictures(labels(1), "gif", symbols_of(PREFIX))


# --- Broken downloads ---


@pytest.mark.parametrize("kind", ["png", "svg", "pdf", "csv"])
def test_a_broken_download_goes_on_with_the_same_bytes(kind: str) -> None:
    def made() -> Iterator[bytes]:
        symbols = symbols_of(PREFIX)
        if kind == "pdf":
            return sheets(labels(150), FACTS, LAYOUTS["a4-65"], symbols)
        return csv_lines(labels(150), PREFIX) if kind == "csv" else pictures(labels(150), kind, symbols)

    whole = b"".join(made())
    for start in (1, len(whole) // 3, len(whole) - 1):
        assert whole[:start] + b"".join(skip(made(), start)) == whole


@pytest.mark.parametrize(("start", "stop"), [(0, None), (0, 3), (2, 7), (3, 6), (5, 5), (9, None), (4, 99), (12, 20)])
def test_skipping_cuts_where_it_should(start: int, stop: int | None) -> None:
    assert b"".join(skip([b"abc", b"", b"def", b"ghi"], start, stop)) == b"abcdefghi"[start:stop]


def test_nothing_is_made_behind_the_end_of_a_range() -> None:
    asked = Asked(5000)
    list(skip(csv_lines(asked, PREFIX), 10, 200))

    assert asked.number < 5000


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ("bytes=0-", (0, 1000)),
        ("bytes=500-", (500, 1000)),
        ("bytes=999-", (999, 1000)),
        ("bytes=0-499", (0, 500)),
        ("bytes=500-99999", (500, 1000)),
        ("bytes=-300", (700, 1000)),
        ("bytes=-99999", (0, 1000)),
        (" Bytes = 5 - 6 ", (5, 7)),
        # Not understood: the whole file is sent.
        ("", None),
        ("bytes=-", None),
        ("bytes=7-6", None),
        ("bytes=0-1,5-6", None),
        ("lines=0-5", None),
        ("bytes=٣-", None),
        ("bytes=a-b", None),
        ("bytes=" + "9" * 5000 + "-", None),
    ],
)
def test_a_range_is_read_as_the_standard_says(header: str, found: tuple[int, int] | None) -> None:
    assert parse(header, 1000) == found


@pytest.mark.parametrize("header", ["bytes=1000-", "bytes=5000-6000", "bytes=-0"])
def test_a_range_behind_the_end_is_refused(header: str) -> None:
    with pytest.raises(Unsatisfiable):
        parse(header, 1000)


def test_the_answer_says_which_bytes_it_has() -> None:
    assert content_range(500, 1000, 1000) == "bytes 500-999/1000"


def test_the_tag_changes_with_every_fact_and_with_the_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    tag = entity_tag("B2026-1", "pdf", FACTS)

    assert tag == entity_tag("B2026-1", "pdf", FACTS)
    assert tag[0] == tag[-1] == '"'
    assert len({tag, entity_tag("B2026-1", "csv", FACTS), entity_tag("B2026-1p", "df", FACTS)}) == 3
    monkeypatch.setattr(byte_ranges, "_makers", lambda: "another zlib")
    assert entity_tag("B2026-1", "pdf", FACTS) != tag
