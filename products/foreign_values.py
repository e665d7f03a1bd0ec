"""READER. Records of foreign GIs as plain values, and what the foreign names on the agreement lists add up to.

One record stands for the same original name, without regard to accents and capitals, from the same countries.
"""

from __future__ import annotations

from typing import Any, TypedDict

from gi_registry.journal import Subject
from products.agreement_words import countries
from products.agreements import plain
from products.models import AgreementEntry
from products.recognition_models import ForeignGI
from products.record_values import columns_of
from products.states import Side

NameKey = tuple[str, frozenset[str]]


class ForeignValues(TypedDict, total=False):
    """What the registrar keeps of a foreign GI. `entries`: the names on the lists that are it."""

    name_original: str
    name_transcription: str
    name_zh: str
    name_en: str
    country: str
    product_category: str
    home_right: str
    home_number: str
    home_authority: str
    sources: str
    entries: frozenset[AgreementEntry]


FOREIGN_COLUMNS = tuple(name for name in ForeignValues.__annotations__ if name != "entries")
# What the lists themselves tell; the rest is for officers to enter.
FROM_LISTS = ("name_transcription", "name_zh", "name_en", "product_category")


def foreign_values(record: ForeignGI) -> dict[str, Any]:
    """The present values of a foreign GI, as `foreign_registrar.amend` takes them."""
    return {**columns_of(record, FOREIGN_COLUMNS), "entries": frozenset(record.entries.all())}


def foreign_subject(record: ForeignGI) -> Subject:
    """The name of a foreign GI in the journal."""
    return Subject("foreign_gi", str(record.number), record.name_original)


def name_key(name: str, country: str) -> NameKey:
    """What two names must have in common to be one record."""
    return plain(name), frozenset(countries(country))


def original(entry: AgreementEntry) -> str:
    """The original name of an entry, or the first writing that is known."""
    return entry.name_native or entry.name_transcription or entry.name_en or entry.name_zh


def from_lists() -> dict[int | NameKey, dict[str, Any]]:
    """The values of each foreign GI as the lists give them, in the order of first appearance. Two queries.

    Known records stand under their number, others under their name. A name that a record has already stays with it.
    """
    known: dict[NameKey, int] = {}
    for record in ForeignGI.objects.all():
        known.setdefault(name_key(record.name_original, record.country), record.number)
    groups: dict[int | NameKey, list[AgreementEntry]] = {}
    foreign = AgreementEntry.objects.filter(side=Side.INBOUND).select_related("agreement", "foreign_gi")
    for entry in foreign.order_by("pk"):
        name = name_key(original(entry), entry.country)
        key = entry.foreign_gi.number if entry.foreign_gi else known.get(name, name)
        groups.setdefault(key, []).append(entry)
    return {key: _values(rows) for key, rows in groups.items()}


def _values(rows: list[AgreementEntry]) -> dict[str, Any]:
    """The first list decides on the name; what it leaves blank, the next one fills."""
    values: dict[str, Any] = {"name_original": original(rows[0]), "country": rows[0].country}
    for name in FROM_LISTS:
        values[name] = next((text for row in rows if (text := getattr(row, name))), "")
    return {**values, "entries": frozenset(rows)}
