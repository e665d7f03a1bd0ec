"""READER. What reviewers have said of a name on an agreement list so far."""

from __future__ import annotations

from products.list_values import fingerprint
from products.models import AgreementEntry


def review_seen(entry: AgreementEntry) -> str:
    """Fingerprint of what reviewers know of a name: who sends it back has decided on exactly this.

    Reads `refused_products`; lists prefetch them.
    """
    refused = sorted(product.pk for product in entry.refused_products.all())
    return fingerprint([entry.product_id, entry.suggested_id, refused])[:16]
