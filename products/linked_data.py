"""READER. A record in the words of schema.org, for the machines that read the page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from products.record_facts import RecordFacts
from products.states import DateBasis


def linked_data(facts: RecordFacts, address: str) -> dict[str, Any]:
    """The record in the words of schema.org, for the page at `address`.

    Areas only as a source names them; area and first day only where protection is in force.
    """
    product = facts.product
    others = [product.name_en, product.name_pinyin, *(name.text for name in facts.names)]
    return {
        "@context": "https://schema.org",
        "@type": "Product",
        "@id": address,
        "url": address,
        "name": product.name_zh,
        "alternateName": list(dict.fromkeys(filter(None, others))),
        "category": str(product.get_category_display()),
        "identifier": _property(_("number in this register"), str(product.number)),
        "additionalProperty": list(_properties(facts)),
    }


def _properties(facts: RecordFacts) -> Iterator[dict[str, str]]:
    yield _property(_("status"), facts.status_word)
    if facts.since is not None and facts.since.basis == DateBasis.APPROVAL:
        length = {"year": 4, "month": 7}.get(facts.since.precision, 10)
        yield _property(_("protected since"), facts.since.date.isoformat()[:length])
    for line in facts.areas:
        if line.is_live and not line.is_inferred:
            yield _property(_("protected area"), f"{line.division.name_zh} ({line.division.code})")


def _property(name: str, value: str) -> dict[str, str]:
    return {"@type": "PropertyValue", "name": name, "value": value}
