"""READER. The open data on divisions, and the journal: what each table is and where its rows come from."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

from gi_registry.journal import as_json
from gi_registry.models import Division, JournalEntry
from gi_registry.open_columns import DIVISION_COLUMNS, JOURNAL_COLUMNS
from gi_registry.open_fields import Dataset, Licence

AT_ONCE = 1000  # rows read together


def _divisions(on: datetime.date) -> Iterator[dict[str, Any]]:
    own = (
        "code", "name_zh", "name_pinyin", "name_en", "level", "status", "valid_from", "last_seen", "valid_to", "change",
        "source",
    )  # fmt: skip
    rows = Division.objects.order_by("code", "name_zh").values(*own, "parent__code", "successor__code")
    for row in rows.iterator(chunk_size=AT_ONCE):
        yield row | {"parent_code": row.pop("parent__code"), "successor_code": row.pop("successor__code")}


def _journal(on: datetime.date) -> Iterator[dict[str, Any]]:
    for entry in JournalEntry.objects.order_by("sequence").iterator(chunk_size=AT_ONCE):
        yield as_told(entry)


def as_told(entry: JournalEntry) -> dict[str, Any]:
    """An entry as the public log gives it: everything that its hash covers, and the hash."""
    return as_json(entry) | {"hash": entry.hash}


DATASETS = (
    Dataset(
        "divisions", "行政区划", "Administrative divisions",
        "省、地、县三级行政区划，现行的和历史的，并注明变更。",
        "Provinces, prefectures and counties of today and of the past, with what became of them.",
        DIVISION_COLUMNS, ("code", "name_zh"), _divisions, licence=Licence.DIVISIONS,
    ),
    Dataset(
        "journal", "登记日志", "Journal of changes",
        "登记簿的每一次变更，一条不少，每条带有前一条的散列值；任何人都可以核对。",
        "Every change of the register, none left out, each with the hash of the one before, so that anybody can check.",
        JOURNAL_COLUMNS, ("sequence",), _journal, ("jsonl",), Licence.JOURNAL,
    ),
)  # fmt: skip
