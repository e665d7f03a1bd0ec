"""READER. The cells of one line of an annex into the values of a name on a list, and a name into such cells."""

from __future__ import annotations

import datetime
import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from gi_registry import partial_dates
from gi_registry.partial_dates import Precision
from products.annex_words import entry_key
from products.entry_words import status_of
from products.models import AgreementEntry
from products.states import EntryStatus, HomeRight, Side

Cells = Mapping[str, str]
# Texts that are stored as they are: column -> value. Each may be as long as the table allows.
TEXTS = {
    "batch": "batch", "name_native": "name_native", "name_transcription": "name_transcription", "name_zh": "name_zh",
    "name_en": "name_en", "product_category": "product_category", "source": "sources", "annex": "annex",
    "home_number": "home_number",
}  # fmt: skip
NEEDED = ("direction", "country", "status")
LONGEST_KEY: int = AgreementEntry._meta.get_field("key").max_length  # type: ignore[assignment]


class CellRefused(Exception):
    """A cell that cannot be taken; the message is a translated sentence."""


def read(cells: Cells) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """The values of a name, and faults as (column, sentence). Columns that are not there give no value."""
    values: dict[str, Any] = {}
    faults = [(column, _("This must not be empty.")) for column in NEEDED if not cells.get(column)]

    def keep(column: str, reading: Callable[[str], dict[str, Any]]) -> None:
        try:
            values.update(reading(cells[column]))
        except CellRefused as error:
            faults.append((column, str(error)))

    for column, name in TEXTS.items():
        if column in cells:
            keep(column, lambda text, name=name: {name: _short(text, name)})  # type: ignore[misc]
    for column, reading in READINGS.items():
        if cells.get(column) or (column in cells and column not in NEEDED):
            keep(column, reading)
    if not (cells.get("name_native") or cells.get("name_zh")):
        faults.append(("name_native", _("A name is needed here, or in the column “name_zh”.")))
    if not faults and len(key_of(values)) > LONGEST_KEY:
        faults.append(("name_native", _("The names are too long together.")))
    # A file that ends a protection need not repeat since when it was.
    if values.get("status") == EntryStatus.LAPSED and values.get("protected_from", True) is None:
        del values["protected_from"]
    return values, faults


def key_of(values: Mapping[str, Any]) -> str:
    """What a line is known by within its agreement."""
    return entry_key(values["batch"], values["side"], values["name_native"], values["name_zh"])


def _plain(text: str) -> str:
    """Digits, letters and blanks of any width as plain ones."""
    return unicodedata.normalize("NFKC", text).strip()


def _short(text: str, name: str) -> str:
    most: int = AgreementEntry._meta.get_field(name).max_length  # type: ignore[union-attr, assignment]
    if len(text) > most:
        raise CellRefused(_("This is too long: at most {number} characters are taken.").format(number=most))
    return text


def _word(text: str, words: list[str]) -> str:
    if text not in words:
        sentence = _("“{text}” is not known here. One of these is meant: {words}.")
        raise CellRefused(sentence.format(text=text[:40], words=", ".join(filter(None, words))))
    return text


def _side(text: str) -> dict[str, Any]:
    return {"side": Side(_word(_plain(text).lower(), list(Side.values)))}


def _seq(text: str) -> dict[str, Any]:
    text = _plain(text)
    if not re.fullmatch("[0-9]{0,4}", text):
        sentence = _("“{text}” is no place on a list: write a number of at most four digits.")
        raise CellRefused(sentence.format(text=text[:40]))
    return {"seq": int(text) if text else None}


def country(text: str) -> dict[str, Any]:
    """Codes of countries, several for a name that spans borders. Raises CellRefused."""
    codes = [part for part in re.split(r"[\s;,、]+", _plain(text).upper()) if part]
    if not codes or not all(re.fullmatch("[A-Z]{2}", code) for code in codes):
        sentence = _("“{text}” is no country: write codes of two letters, with semicolons between, such as FR;IT.")
        raise CellRefused(sentence.format(text=text[:40]))
    return {"country": _short(";".join(codes), "country")}


def _status(text: str) -> dict[str, Any]:
    status = status_of(text)
    if status is None:
        sentence = _("“{text}” says nothing that is known here of the status. Begin with one of these: {words}.")
        raise CellRefused(sentence.format(text=text[:40], words=", ".join(EntryStatus.values)))
    return {"status": status, "status_text": _short(text, "status_text")}


def _home_right(text: str) -> dict[str, Any]:
    return {"home_right": _word(_plain(text).lower(), ["", *HomeRight.values])}


def _protected_from(text: str) -> dict[str, Any]:
    return {"protected_from": day(text)}


def day(text: str) -> datetime.date | None:
    """A full day, today at the latest; None for nothing. Raises CellRefused."""
    text = _plain(text)
    try:
        found = partial_dates.parse(text)
    except ValueError:
        raise CellRefused(_("“{text}” is no day. Write it like 2021-03-01.").format(text=text[:40])) from None
    if found and found.precision != Precision.DAY:
        raise CellRefused(_("The day must be known here, such as 2014-07-03; otherwise leave it empty."))
    if found and found.on > timezone.localdate():
        raise CellRefused(_("{date} lies in the future.").format(date=text))
    return found.on if found else None


READINGS: dict[str, Callable[[str], dict[str, Any]]] = {
    "direction": _side, "seq": _seq, "country": country, "status": _status, "protected_from": _protected_from,
    "home_right": _home_right,
}  # fmt: skip


def of_entry(entry: AgreementEntry) -> dict[str, str]:
    """A name in the columns of a file: sent back unchanged, it changes nothing."""
    own = {column: str(getattr(entry, name)) for column, name in TEXTS.items()}
    return own | {
        "agreement_code": entry.agreement.code,
        "direction": entry.side,
        "seq": str(entry.seq or ""),
        "country": entry.country,
        "status": entry.status_text if status_of(entry.status_text) == entry.status else entry.status,
        "protected_from": entry.protected_from.isoformat() if entry.protected_from else "",
        "home_right": entry.home_right,
    }
