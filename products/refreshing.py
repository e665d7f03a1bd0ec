"""WRITER. Columns that only repeat what other rows say, stored again whenever those have changed.

Summary columns and search texts of products, and which product a name on an agreement list may be. None of it is a
fact of its own; all writers of products and agreements call this.
"""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Q

from gi_registry import amendments
from products import summaries
from products.models import AgreementEntry, Product, ProductSearchText
from products.states import Side


def refresh(product: Product) -> None:
    """Bring all that repeats the product in step with its rights and names as they are stored."""
    amendments.at_end(_refresh, product.pk)


def suggest(entry: AgreementEntry) -> None:
    """Bring the suggested product of a name on a list in step with its name."""
    amendments.at_end(_refresh_entries, entry.pk)


def _refresh(keys: set[int]) -> None:
    names = set(Product.objects.filter(pk__in=keys).values_list("name_zh", flat=True))
    rows = AgreementEntry.objects.filter(Q(name_zh__in=names) | Q(suggested__in=keys))
    _store(keys | _suggest(rows.values_list("pk", flat=True)))


def _refresh_entries(keys: set[int]) -> None:
    _store(_suggest(keys))


def _suggest(keys: Collection[int]) -> set[int]:
    """Store the only product of the same name, unless the entry is reviewed; returns products with other names now."""
    rows = AgreementEntry.objects.filter(pk__in=keys, side=Side.OUTBOUND).prefetch_related("refused_products")
    by_name: dict[str, list[int]] = {}
    same = Product.objects.filter(name_zh__in={row.name_zh for row in rows} - {""})
    for pk, name in same.values_list("pk", "name_zh"):
        by_name.setdefault(name, []).append(pk)
    touched: set[int | None] = set()
    for row in rows:
        found = by_name.get(row.name_zh, [])
        refused = {product.pk for product in row.refused_products.all()}
        wanted = found[0] if len(found) == 1 and row.product_id is None and found[0] not in refused else None
        if row.suggested_id != wanted:
            touched |= {row.suggested_id, wanted}
            AgreementEntry.objects.filter(pk=row.pk).update(suggested=wanted)
        elif wanted:
            touched.add(wanted)
    return {pk for pk in touched if pk is not None}


def _store(keys: set[int]) -> None:
    found = set(ProductSearchText.objects.filter(pk__in=keys).values_list("pk", flat=True))
    new = []
    for product in Product.objects.filter(pk__in=keys).prefetch_related(*summaries.PREFETCH):
        if not summaries.is_summed_up(product, product.rights.all()):
            Product.objects.filter(pk=product.pk).update(**summaries.summary_of(product.rights.all()))
        text = ProductSearchText(product=product, tokens=summaries.search_tokens(product))
        text.save(force_update=True) if product.pk in found else new.append(text)
    ProductSearchText.objects.bulk_create(new)
