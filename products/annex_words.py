"""LEAF. The columns of a file with the names of an agreement list (an annex)."""

from __future__ import annotations

from typing import Final

# The header in the order in which the register writes it; files may have any order.
COLUMNS: Final = (
    "agreement_code", "batch", "direction", "seq", "name_native", "name_transcription", "name_zh", "name_en",
    "country", "product_category", "status", "protected_from", "source", "annex", "home_right", "home_number",
)  # fmt: skip
# What a file must have. A column that is missing besides leaves that value as it is.
REQUIRED: Final = ("batch", "direction", "name_native", "name_zh", "country", "status")


def entry_key(batch: str, side: str, name_native: str, name_zh: str) -> str:
    """What a name is known by when a file is loaded, within its agreement."""
    return " · ".join([batch, side, name_native, name_zh])
