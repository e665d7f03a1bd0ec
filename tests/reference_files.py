"""A folder of reference files in small: 安化黑茶 on two tracks, one county, one list, one agreement, one enterprise."""

import csv
import io
from pathlib import Path

from gi_registry.management.commands.load_reference import FILES, REFERENCE

DIVISION = {"status": "current", "valid_from": "1980-12", "source": "test"}
PRODUCT = {
    "name_zh": "安化黑茶", "name_pinyin": "Anhua Heicha", "type": "GI_PRODUCT", "status": "approved",
    "province": "湖南省", "division_codes": "430923", "area_text": "安化县", "area_basis": "named in the source",
    "category": "tea", "basis": "sourced", "source_ids": "S1",
}  # fmt: skip
ROWS: dict[str, list[dict[str, str]]] = {
    "divisions.csv": [
        DIVISION | {"code": "430000", "name_zh": "湖南省", "name_pinyin": "Hunan", "name_en": "Hunan",
                    "level": "province"},
        DIVISION | {"code": "430900", "name_zh": "益阳市", "name_pinyin": "Yiyang", "name_en": "Yiyang",
                    "level": "prefecture", "parent_code": "430000"},
        DIVISION | {"code": "430923", "name_zh": "安化县", "name_pinyin": "Anhua", "name_en": "Anhua",
                    "level": "county", "parent_code": "430900"},
        DIVISION | {"code": "432325", "name_zh": "安化县", "name_pinyin": "Anhua", "name_en": "Anhua",
                    "level": "county", "parent_code": "430900", "status": "historic", "valid_to": "1994",
                    "successor_code": "430923", "successor_name": "安化县"},
    ],
    "sources.csv": [{"source_id": "S1", "kind": "news", "title": "A report", "date": "2024"}],
    "mutual_recognition/sources.csv": [{"source_id": "M1", "where_read": "http://example.cn/list (beginning)"}],
    "gi_products.csv": [
        PRODUCT | {"id": "GI00365", "announcement_no": "质检总局公告2010年第15号", "announcement_date": "2010-02-23"},
        PRODUCT | {"id": "GI00767", "type": "TRADEMARK", "status": "reported", "year": "2011"},
    ],
    "poverty_counties.csv": [
        {"code": "430923", "code_2014": "430923", "name_zh": "安化县", "province": "湖南省", "level": "national",
         "area": "武陵山", "key_county": "1", "exited_year": "2018", "exit_basis": "sourced",
         "list_basis": "sourced", "source": "S1"},
    ],
    "revitalisation_counties_160.csv": [
        {"code": "430923", "name_zh": "安化县", "province": "湖南省", "announced_on": "2021-08-27",
         "basis": "sourced", "source": "S1"},
    ],
    "mutual_recognition/agreements.csv": [
        {"code": "CN-EU-2020", "name_zh": "中欧协定", "name_en": "Agreement", "partner": "EU"},
        {"code": "CN-EU-B1", "name_zh": "第一批", "name_en": "First lists", "partner": "EU",
         "scheme_label": "100+100", "status": "in force"},
        {"code": "CN-JP", "name_zh": "中日", "name_en": "Japan", "partner": "JP", "scheme_label": "10+10"},
    ],
    "mutual_recognition/listings.csv": [
        {"agreement_code": "CN-EU-B1", "batch": "1", "direction": "outbound", "name_native": "安化黑茶",
         "name_transcription": "Anhua Hei Cha", "name_zh": "安化黑茶", "name_en": "Anhua Dark Tea",
         "country": "CN", "status": "protected", "protected_from": "2021-03-01", "source": "M1"},
    ],
    "enterprises.csv": [
        {"id": "E0001", "enterprise_name": "安化某茶业有限公司", "product": "安化黑茶", "gi_id": "GI00365",
         "announcement_no": "质检总局公告2011年第20号", "announcement_date": "2011-03", "province": "湖南省",
         "basis": "sourced", "source_id": "S1"},
    ],
    "plans.csv": [],
    "standards.csv": [],
    "zones.csv": [],
    "protection_cases.csv": [],
    "plan_measures.csv": [],
    "plan_reported.csv": [],
    "decision_authorities.csv": [
        {"province_code": "430000", "effective_from": "2022-12-31", "source": "paper of 2022"},
    ],
}  # fmt: skip


def changed(file: str, number: int, **cells: str) -> dict[str, list[dict[str, str]]]:
    """The rows with some cells of one row written anew."""
    rows = [dict(row) for row in ROWS[file]]
    rows[number] |= cells
    return {file: rows}


def write_files(folder: Path, rows: dict[str, list[dict[str, str]]] | None = None) -> Path:
    """Write all files; `rows` replaces the content of those that it names."""
    for file in FILES:
        header = (REFERENCE / file).read_text(encoding="utf-8").splitlines()[0].split(",")
        text = io.StringIO()
        writer = csv.DictWriter(text, header, restval="", lineterminator="\r\n")
        writer.writeheader()
        writer.writerows({**ROWS, **(rows or {})}[file])
        path = folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.getvalue().encode())
    return folder
