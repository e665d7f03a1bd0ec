"""The search page, and its list as a file."""

from typing import Any

from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from gi_registry import exports
from gi_registry.search_text import QUERY_LENGTH
from products import facets, lookup
from products.filters import Ignored, ProductFilter
from products.models import PovertyList, Product
from products.product_rows import COLUMNS, rows
from products.search_page import VIEWS, SearchPage, looks_like_code, track_words
from products.states import Category

PER_PAGE = 20


@require_safe
def search(request: HttpRequest) -> HttpResponseBase:
    """Products by text and filters: facets, results, page links; `?format=` sends the whole list as a file."""
    chosen = ProductFilter(request.GET, queryset=Product.objects.all())
    if request.GET.get("format") in exports.FORMATS:
        return export(chosen, request.GET["format"])
    lists = list(PovertyList.objects.all())
    counts = facets.count_found(chosen.found, chosen.wanted, [row.slug for row in lists])
    page = one_page(chosen, counts.once["total"], request.GET.get("page", "1"))
    view = request.GET.get("view", "")
    around = SearchPage(request.path, chosen, counts, lists, view if view in VIEWS else "cards")
    context = context_of(chosen, around, page) | {"notices": notices(request, chosen, page)}
    request.GET = around.query  # forms and page links of the templates carry on only what was understood
    return render(request, "products/search.html", context)


def context_of(chosen: ProductFilter, around: SearchPage, page: "Page[Product]") -> dict[str, Any]:
    """What the template shows, but for the notices."""
    text = chosen.values.get("q", "")
    return {
        "text": text,
        "page": page,
        "total": page.paginator.count,
        "around": around,
        "forgiven": chosen.found.forgiven,
        "near": lookup.did_you_mean(chosen.found, list(page)) if page.number == 1 else [],
        "is_code": looks_like_code(text),
        "categories": Category.choices,
        "as_of": chosen.values.get("as_of"),
    }


def one_page(chosen: ProductFilter, total: int, number: str) -> "Page[Product]":
    """One page of results; the facets know the total already."""
    paginator = Paginator(chosen.qs.select_related("province").prefetch_related("rights"), PER_PAGE)
    paginator.count = total
    page = paginator.get_page(number)
    page.object_list = list(page.object_list)
    for product in page.object_list:
        product.track_words = track_words(product)
    return page


def notices(request: HttpRequest, chosen: ProductFilter, page: "Page[Product]") -> list[str]:
    """One sentence for each value that could not be used."""
    ignored = list(chosen.ignored)
    asked = {"format": exports.FORMATS, "view": tuple(VIEWS), "page": (str(page.number),)}
    labels = {"format": _("File format"), "view": _("View"), "page": pgettext("of a list", "Page")}
    for name, known in asked.items():
        value = request.GET.get(name, "")
        if value and value not in known:
            ignored.append(Ignored(labels[name], value))
    sentences = [str(value) for value in ignored[:5]]
    if len(ignored) > 5:
        sentences.append(_("%(number)s further values were ignored.") % {"number": len(ignored) - 5})
    if len(request.GET.get("q", "").strip()) > QUERY_LENGTH:
        sentences.append(
            _("Only the first %(number)s characters were searched for.") % {"number": QUERY_LENGTH}
        )
    return sentences


def export(chosen: ProductFilter, kind: str) -> HttpResponseBase:
    """The current list, all of it, as a file."""
    about = {
        "filter": chosen.parameters.urlencode(),
        "note": _("Only confirmed products count as protected."),
    }
    if chosen.ignored:
        about["ignored"] = "; ".join(str(value) for value in chosen.ignored[:5])
    products = chosen.qs
    return exports.respond(
        exports.Table("gi-products", COLUMNS, rows(products), about, products.count()), kind
    )
