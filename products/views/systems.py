"""Standards and testing bodies: what is in force on a day, and who can test which product in which province."""

from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from gi_registry.exports import Table, respond
from gi_registry.models import Division
from gi_registry.query_values import FormatField, PastDateField, read
from products import maps, system_facts
from products.models import Product
from products.states import StandardKind
from products.system_facts import Day
from products.system_models import TestingBody
from products.system_words import StandardState

ROWS_A_PAGE = 50
ALL = ("", gettext_lazy("All"))
FORMATS = ("csv", "xlsx", "json")


class ProvinceField(forms.ModelChoiceField):
    """A province of today, by its code."""

    def __init__(self, **kwargs: Any) -> None:
        provinces = Division.objects.current().filter(parent=None).order_by("code")
        super().__init__(provinces, to_field_name="code", required=False, empty_label=ALL[1], **kwargs)

    def label_from_instance(self, obj: Division) -> str:
        return maps.name_of(obj)


class ProductField(forms.CharField):
    """A product by its number or its whole name."""

    def clean(self, value: Any) -> Product | None:
        text = super().clean(value).strip()
        if not text:
            return None
        numbered = text.isascii() and text.isdigit() and len(text) < 10
        found = Product.objects.filter(**({"number": int(text)} if numbered else {"name_zh": text})).first()
        found = found or (None if numbered else Product.objects.filter(name_en__iexact=text).first())
        if found is None:
            raise forms.ValidationError(_("No product of the register has this number."))
        return found

    def prepare_value(self, value: Any) -> Any:
        return value.name_zh if isinstance(value, Product) else value


def _search(label: Any, hint: Any) -> forms.CharField:
    box = forms.TextInput(attrs={"type": "search", "placeholder": hint})
    return forms.CharField(required=False, max_length=100, label=label, widget=box)


class StandardsForm(forms.Form):
    """Which standards are shown."""

    q = _search(gettext_lazy("Search"), gettext_lazy("Number, title, product"))
    kind = forms.ChoiceField(
        required=False, label=gettext_lazy("Kind"),
        choices=[ALL, *((value, capfirst(label)) for value, label in StandardKind.choices)],
    )  # fmt: skip
    province = ProvinceField(label=gettext_lazy("Province"))
    state = forms.ChoiceField(
        required=False, label=gettext_lazy("State"),
        choices=[ALL, *((value, capfirst(label)) for value, label in StandardState.choices)],
    )  # fmt: skip
    as_of = PastDateField(label=gettext_lazy("On the date"))
    format = FormatField(FORMATS)


class BodiesForm(forms.Form):
    """Which testing bodies are shown."""

    q = _search(gettext_lazy("Search"), gettext_lazy("Name, certificate"))
    product = ProductField(required=False, max_length=60, label=gettext_lazy("Tests this product (name or number)"))
    province = ProvinceField(label=gettext_lazy("Tests products of"))
    as_of = PastDateField(label=gettext_lazy("On the date"))
    format = FormatField(FORMATS)


class DayForm(forms.Form):
    """The day that a page answers for."""

    as_of = PastDateField(label=gettext_lazy("On the date"))


def _texts(values: dict[str, Any], *names: str) -> dict[str, str]:
    return {name: values[name] or "" for name in names}


def _about(values: dict[str, Any]) -> dict[str, str]:
    """The filter, as a file tells it."""
    return {name: str(value) for name, value in values.items() if value and name != "format"}


# --- Standards ---


@require_safe
def standards(request: HttpRequest) -> HttpResponseBase:
    """All standards that answer, each with its state on the day."""
    values, notices = read(StandardsForm(request.GET))
    on = values["as_of"] or timezone.localdate()
    rows = system_facts.standards(province=values["province"], on=on, **_texts(values, "q", "kind", "state"))
    if values["format"]:
        return respond(_standards_table(rows, on, _about(values)), values["format"])
    page = Paginator(rows, ROWS_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page, "lines": [system_facts.line_of(row, on) for row in page],
        "form": StandardsForm(None, initial=values), "notices": notices, "on": values["as_of"],
        "narrowed": any(value for name, value in values.items() if name != "format"), "formats": FORMATS,
    }  # fmt: skip
    return render(request, "products/standards.html", context)


STANDARD_COLUMNS = (
    "number", "title", "kind", "state", "division", "issued_on", "effective_from", "effective_to", "replaced_by",
    "products", "source",
)  # fmt: skip


def _standards_table(rows: Any, on: Day, about: dict[str, str]) -> Table:
    lines = (
        {column: getattr(row, column, None) for column in STANDARD_COLUMNS}
        | {
            "state": system_facts.line_of(row, on).state.value,
            "division": row.division.code if row.division else None,
            "replaced_by": row.replaced_by.number if row.replaced_by else None,
            "products": [product.number for product in row.products.all()],
        }
        for row in rows
    )
    return Table("standards", STANDARD_COLUMNS, lines, {"on": on.isoformat(), **about}, rows.count())


# --- Testing bodies ---


@require_safe
def bodies(request: HttpRequest) -> HttpResponseBase:
    """Who can test which product in which province, on the day."""
    values, notices = read(BodiesForm(request.GET))
    on = values["as_of"] or timezone.localdate()
    asked = {"product": values["product"], "place": values["province"], "on": on}
    if values["format"]:
        return respond(_scopes_table(values["q"] or "", asked, _about(values)), values["format"])
    rows = system_facts.bodies(values["q"] or "", **asked)
    page = Paginator(rows, ROWS_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page, "product": values["product"], "province": values["province"],
        "form": BodiesForm(None, initial=values), "notices": notices, "on": values["as_of"],
        "narrowed": any(value for name, value in values.items() if name != "format"), "formats": FORMATS,
    }  # fmt: skip
    return render(request, "products/testing_bodies.html", context)


SCOPE_COLUMNS = (
    "body", "body_en", "seat", "product_number", "product", "division", "certificate", "items", "effective_from",
    "effective_to", "source",
)  # fmt: skip


def _scopes_table(q: str, asked: dict[str, Any], about: dict[str, str]) -> Table:
    """One row a scope; a body without one that answers has a row of its own."""
    rows = [
        {
            "body": body.name_zh, "body_en": body.name_en, "seat": body.division.code if body.division else None,
            "source": body.source,
        }
        | (_scope_cells(scope) if scope else {})
        for body in system_facts.bodies(q, **asked)
        for scope in body.able or [None]  # type: ignore[attr-defined]
    ]  # fmt: skip
    return Table("testing-bodies", SCOPE_COLUMNS, rows, {"on": asked["on"].isoformat(), **about}, len(rows))


def _scope_cells(scope: Any) -> dict[str, Any]:
    names = ("certificate", "items", "effective_from", "effective_to")
    return {name: getattr(scope, name) for name in names} | {
        "product_number": scope.product.number, "product": scope.product.name_zh,
        "division": scope.division.code if scope.division else None,
    }  # fmt: skip


@require_safe
def body(request: HttpRequest, pk: int) -> HttpResponse:
    """One testing body: where it sits, and what it may test on the day, before and later."""
    row = get_object_or_404(TestingBody.objects.select_related("division__parent__parent"), pk=pk)
    values, notices = read(DayForm(request.GET))
    lines = system_facts.scopes_of(row, values["as_of"])
    context = {
        "body": row, "notices": notices, "on": values["as_of"],
        "able": [line.scope for line in lines if line.holds],
        "other": [line.scope for line in lines if not line.holds], "form": DayForm(None, initial=values),
        "crumbs": [(_("Testing bodies"), reverse("products:testing_bodies")), (maps.name_of(row), "")],
    }  # fmt: skip
    return render(request, "products/testing_body.html", context)
