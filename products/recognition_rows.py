"""READER. The public columns of a name on an agreement's list: one mapping for files, open data and the API."""

from __future__ import annotations

from typing import Any

from products.agreements import Line

# Stable names and order: other people's programs read them.
COLUMNS = (
    "agreement", "batch", "side", "seq", "name_native", "name_transcription", "name_zh", "name_en", "country",
    "product_category", "status", "status_text", "protected_from", "product_number", "match_basis", "sources",
    "annex", "home_right", "home_number", "suggested_product_number", "foreign_gi_number",
)  # fmt: skip


def row(line: Line) -> dict[str, Any]:
    """The columns of one name."""
    entry = line.entry
    return {column: getattr(entry, column, None) for column in COLUMNS} | {
        "agreement": entry.agreement.code,
        "country": list(line.countries),
        "status": line.standing.value,
        "product_number": entry.product.number if entry.product else None,
        "suggested_product_number": entry.suggested.number if entry.suggested else None,
        "foreign_gi_number": entry.foreign_gi.number if entry.foreign_gi else None,
    }
