"""EDGE. The API on products, areas and divisions. Each address asks the reader that its page asks."""

import datetime
from collections.abc import Iterable
from typing import Any

from django.db.models import Exists, OuterRef, Prefetch, QuerySet
from django.http import Http404, HttpResponsePermanentRedirect, QueryDict
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter

from gi_registry import territory
from gi_registry.api import pages
from gi_registry.api.base import ApiView, GeoJSONRenderer, ListView
from gi_registry.api.fields import (
    CODE,
    NUMBER,
    Place,
    in_path,
    page_address,
    page_of,
    parameter,
    parameters_of,
)
from gi_registry.api.problems import Invalid, errors_of
from gi_registry.models import Division, DivisionLevel
from products import product_rows, record_facts, region_facts
from products.api import serializers as shapes
from products.area_geometry import Geometry
from products.filters import ProductFilter
from products.models import FormerNumber, Product, ProtectedArea, Right
from products.views.records import DayForm

AS_OF = parameter("as_of", _("The date to answer for, today at the latest; default today"), OpenApiTypes.DATE)
GEOMETRY_NOTE = (
    "Geometry is that of the divisions named by the area, not of the area itself: see extent and basis of each"
    " division. It is null where no boundaries may be shown."
)
FILTERS = parameters_of(
    ProductFilter,
    q=_("Name, reading, number of the register, registration or announcement; one wrong character is forgiven"),
    province=_("GB/T 2260 code of a province, prefecture or county, of today or of the past"),
    status=_("`protected` stands for every status that counts as protection"),
    list=_("Poverty list whose counties the area may touch"),
    agreement=_("Code of an agreement, or `any`"),
    as_of=_("Only what was in force on this date, today at the latest"),
    sort=_("Default: by number, or with `q` the best match first"),
)  # fmt: skip


def read_products(query: QueryDict) -> ProductFilter:
    """The filter of the search page; where that one ignores a value, the API refuses it."""
    chosen = ProductFilter(query, queryset=Product.objects.all())
    errors: dict[str, list[str]] = {}
    for one in chosen.ignored:
        words = gettext("“%(value)s” is no value of this parameter.") % {"value": one.shown}
        errors.setdefault(one.name, []).append(words)
    if errors:
        raise Invalid(errors)
    return chosen


def read_date(query: QueryDict) -> datetime.date | None:
    """`as_of` alone."""
    form = DayForm(query)
    if not form.is_valid():
        raise Invalid(errors_of(form))
    found: datetime.date | None = form.cleaned_data["as_of"]
    return found


class Products(ListView):
    operation, tag, summary = "listProducts", "products", _("Products")
    example = "products/?q=安化黑茶&status=protected"
    description = _("The search of the register. Without `q` and `sort` in the order of numbers.")
    parameters = FILTERS
    item = shapes.Product
    answers = page_of(shapes.Product)
    key = "number"

    def read(self, query: QueryDict) -> ProductFilter:
        return read_products(query)

    def page(self, asked: ProductFilter, where: Any, **path: Any) -> Any:
        ordered = asked.values.get("q") or asked.values.get("sort")
        rows = product_rows.related(asked.qs, asked.values.get("as_of"))
        return pages.of_list(rows, where) if ordered else pages.of_query(rows, where, self.key)

    def records(self, rows: list[Product], asked: Any) -> Iterable[dict[str, Any]]:
        return map(product_rows.row, rows)


class OneProduct(ApiView):
    operation, tag, summary = "getProduct", "products", _("One product on a date")
    example = "products/365/?as_of=2021-03-01"
    in_path = [in_path("number", _("The register's own number of the product"), NUMBER)]
    parameters = [AS_OF]
    answers = shapes.FullProduct
    moved = _("The number was merged into another one")

    def read(self, query: QueryDict) -> datetime.date | None:
        return read_date(query)

    def answer(self, asked: datetime.date | None, **path: Any) -> Any:
        facts = record_facts.facts_of(path["number"], on=asked)
        if facts is None:
            former = get_object_or_404(FormerNumber.objects.select_related("product"), number=path["number"])
            return HttpResponsePermanentRedirect(reverse("api_product", args=[former.product.number]))
        row = product_rows.row(product_rows.related(Product.objects.filter(pk=facts.product.pk), facts.on).get())
        full = row | {
            "as_of": facts.on,
            "protected_then": facts.is_protected,
            "rights": facts.rights,
            "further_names": facts.names,
            "enterprises": {"confirmed": facts.confirmed_users, "reported": facts.reported_users},
        }
        return shapes.FullProduct(full).data


class Areas(ListView):
    operation, tag, summary = "listAreas", "products", _("Protected areas as GeoJSON")
    example = "areas/?province=430000"
    description = _(
        "One feature a right that is in force on the date, with the divisions that its area names. Areas that are only"
        " guessed from a name say so."
    )
    parameters = FILTERS
    answers = shapes.AreaCollection
    renderer_classes = [GeoJSONRenderer, *ListView.renderer_classes]
    key = "reference"

    @classmethod
    def asks(cls) -> list[OpenApiParameter]:
        return [one for one in super().asks() if one.name != "sort"]

    def read(self, query: QueryDict) -> ProductFilter:
        return read_products(query)

    def rows(self, asked: ProductFilter, **path: Any) -> QuerySet[Right]:
        on = asked.values.get("as_of")
        areas = ProtectedArea.objects.on(on)
        named = Exists(areas.filter(right=OuterRef("pk")))
        rights = Right.objects.in_force(on).filter(named, product__in=asked.qs.order_by().values("pk"))
        shown = areas.select_related("division__parent__parent").order_by("division__code")
        return rights.select_related("product").prefetch_related(Prefetch("areas", shown), "sources")

    def body(self, rows: list[Right], asked: ProductFilter) -> dict[str, Any]:
        geometry = Geometry.read({area.division for right in rows for area in right.areas.all()})
        features = [feature(right, geometry) for right in rows]
        return {
            "type": "FeatureCollection",
            "as_of": asked.values.get("as_of") or timezone.localdate(),
            "geometry_note": GEOMETRY_NOTE,
            "map_approval_numbers": sorted(geometry.approvals),
            "features": features,
        }


def feature(right: Right, geometry: Geometry) -> dict[str, Any]:
    """The area of a right, which brings its divisions, as a feature."""
    areas = list(right.areas.all())
    properties = {
        "reference": right.reference,
        "product_number": right.product.number,
        "product_name_zh": right.product.name_zh,
        "product_name_en": right.product.name_en,
        "track": right.track,
        "status": right.status,
        "divisions": [product_rows.area_row(area) for area in areas],
        "inferred": all(area.is_inferred for area in areas),
        "area_text": right.area_text,
        "sources": [str(source) for source in right.sources.all()],
        "url": page_address(right.product),
    }
    return {
        "type": "Feature",
        "id": right.reference,
        "geometry": geometry.of(area.division.code for area in areas),
        "properties": shapes.AreaProperties(properties).data,
    }


# --- divisions


class Divisions(ListView):
    operation, tag, summary = "listDivisions", "divisions", _("Divisions of today")
    example = "divisions/?level=province"
    parameters = [parameter("level", _("Level"), enum=DivisionLevel.values)]
    item = shapes.Division
    answers = page_of(shapes.Division)
    key = "code"

    def read(self, query: QueryDict) -> str:
        level = query.get("level") or ""
        if level and level not in DivisionLevel.values:
            raise Invalid({"level": [", ".join(DivisionLevel.values)]})
        return level

    def rows(self, asked: str, **path: Any) -> QuerySet[Division]:
        rows = Division.objects.current().select_related("parent")
        return rows.filter(level=asked) if asked else rows


class OneDivision(ApiView):
    operation, tag, summary = "getDivision", "divisions", _("One division")
    example = "divisions/430923/"
    in_path = [in_path("code", _("GB/T 2260 code, of today or of the past"), CODE)]
    answers = shapes.FullDivision
    moved = _("The code is one of the past; this is what the division became")

    def answer(self, asked: None, **path: Any) -> Any:
        division = division_of(path["code"])
        if isinstance(division, HttpResponsePermanentRedirect):
            return division
        return shapes.Division(division).data | {
            "lineage": Place(division.lineage(), many=True).data,
            "children": division.children.filter(status="current").count(),
            "former": Place([one.division for one in region_facts.former_of(division)], many=True).data,
        }


class Children(ListView):
    operation, tag, summary = "listChildren", "divisions", _("Divisions right below one")
    example = "divisions/430900/children/"
    in_path = OneDivision.in_path
    item = shapes.Division
    answers = page_of(shapes.Division)
    key = "code"

    def rows(self, asked: None, **path: Any) -> QuerySet[Division]:
        parent = territory.resolve(path["code"])
        if parent is None:
            raise Http404
        return Division.objects.current().select_related("parent").filter(parent=parent)


def division_of(code: str) -> Division | HttpResponsePermanentRedirect:
    """The division of today with this code, or the way to what one of the past became."""
    division = territory.resolve(code)
    if division is None:
        raise Http404
    if division.code != code:
        return HttpResponsePermanentRedirect(reverse("api_division", args=[division.code]))
    return division
