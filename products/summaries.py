"""What a product's rights and names amount to: the summary columns and the search text.

The registrar stores both whenever something they rest on changes; `check_register` proves that they agree.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import TypedDict

from gi_registry import search_text
from products.map_grid import PROVINCES
from products.models import Product, Right
from products.states import STATUS_RANK, NameKind, ProductStatus


class Summary(TypedDict):
    """The columns of a product that sum up its rights."""

    status: ProductStatus
    effective_from: datetime.date | None
    effective_to: datetime.date | None
    first_year: int | None


# What a product loaded for search text needs along with it.
PREFETCH = ("province", "names", "agreement_entries", "suggested_entries", "rights__announcements")


def summary_of(rights: Iterable[Right]) -> Summary:
    """Strongest status, first and last day of protection over all tracks, year of the first approval."""
    rights = list(rights)
    held = [right for right in rights if right.effective_from is not None]
    ends = [right.effective_to for right in held]
    return Summary(
        status=min((ProductStatus(right.status) for right in rights), key=STATUS_RANK.__getitem__)
        if rights
        else ProductStatus.REPORTED,
        effective_from=min((right.effective_from for right in held if right.effective_from), default=None),
        effective_to=max(end for end in ends if end) if ends and all(ends) else None,
        first_year=min((right.approved_on.year for right in rights if right.approved_on), default=None),
    )


def is_summed_up(product: Product, rights: Iterable[Right]) -> bool:
    """Whether the summary columns of a product say what its rights say."""
    return all(getattr(product, name) == value for name, value in summary_of(rights).items())


def search_tokens(product: Product) -> str:
    """Search text of a product: all its names in all languages, announcement and registration numbers."""
    chinese, latin, readings = [product.name_zh], [product.name_en], [product.name_pinyin]
    if product.province and product.province.code in PROVINCES:
        # People write the province before the name, as in 湖南安化黑茶.
        chinese.append(PROVINCES[product.province.code][2] + product.name_zh)
    for name in product.names.all():
        if name.kind == NameKind.READING:
            readings.append(name.text)
        else:
            (chinese if name.language.startswith("zh") else latin).append(name.text)
    for entry in (*product.agreement_entries.all(), *product.suggested_entries.all()):
        latin += [entry.name_en, entry.name_transcription]
    numbers = []
    for right in product.rights.all():
        numbers.append(right.registration_no)
        numbers += [row.text for row in right.announcements.all() if row.number is not None]
    return search_text.tokens_for(
        chinese,
        readings=filter(None, dict.fromkeys(readings)),
        latin=filter(None, sorted(set(latin))),
        numbers=filter(None, sorted(set(numbers))),
    )
