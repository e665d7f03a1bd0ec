"""Strict reading of CSV files: understood as a whole, or refused with file, line and reason."""

from pathlib import Path

import pytest

from gi_registry.csv_files import UnreadableFile, read


def reading(folder: Path, content: bytes, **more):
    path = folder / "table.csv"
    path.write_bytes(content)
    return read(path, name="table.csv", columns=["id", "name"], **more)


def faults(folder: Path, content: bytes, **more) -> list[str]:
    with pytest.raises(UnreadableFile) as refusal:
        reading(folder, content, **more)
    return refusal.value.faults


def test_rows_carry_their_line_and_trimmed_cells(tmp_path):
    table = reading(tmp_path, 'id,name\r\n1," 安化黑茶 "\r\n\r\n2,"two\r\nlines"\r\n3,x\r\n'.encode())
    assert [(row.line, row["id"], row["name"]) for row in table.rows] == [
        (2, "1", "安化黑茶"), (4, "2", "two\r\nlines"), (6, "3", "x"),
    ]  # fmt: skip


def test_a_byte_order_mark_and_further_columns_do_no_harm(tmp_path):
    table = reading(tmp_path, b"\xef\xbb\xbfid,name,more\n1,a,b\n")
    assert table.rows[0].cells == {"id": "1", "name": "a", "more": "b"}


def test_the_fingerprint_is_that_of_the_bytes(tmp_path):
    with_bom = reading(tmp_path, b"\xef\xbb\xbfid,name\n1,a\n")
    assert with_bom.sha256 != reading(tmp_path, b"id,name\n1,a\n").sha256


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("id,name\n1,安化\n".encode("gb18030"), ["table.csv:2: not UTF-8 (byte 0xb0)"]),
        (b"id,name\n1,a\n2,\x00\n", ["table.csv:3: NUL byte; this is no text file"]),
        (b"id\n1\n", ["table.csv: column 'name' is missing"]),
        (b"", ["table.csv: column 'id' is missing", "table.csv: column 'name' is missing"]),
        (b"id,name,name\n1,a,b\n", ["table.csv: column 'name' occurs twice"]),
        (b"id,name\n1,a\n2\n3,c,d\n", [
            "table.csv:3: 1 fields where the header has 2", "table.csv:4: 3 fields where the header has 2",
        ]),
        (b'id,name\n1,a\n2,"open\n', ["table.csv:3: unexpected end of data"]),
        (b"id;name\n1;a\n", ["table.csv: column 'id' is missing", "table.csv: column 'name' is missing"]),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_with_its_place(tmp_path, content, expected):
    assert faults(tmp_path, content) == expected


def test_duplicated_keys_name_both_lines(tmp_path):
    content = b"id,name\n1,a\n2,b\n1,c\n2,b\n"
    assert faults(tmp_path, content, keys=[("id",), ("id", "name")]) == [
        "table.csv:4: id '1' stands in line 2 already",
        "table.csv:5: id '2' stands in line 3 already",
        "table.csv:5: id + name '2 b' stands in line 3 already",
    ]


def test_a_missing_file_is_a_fault_of_that_file(tmp_path):
    with pytest.raises(UnreadableFile, match=r"^absent\.csv: cannot be read \(No such file or directory\)$"):
        read(tmp_path / "absent.csv", name="absent.csv", columns=["id"])
