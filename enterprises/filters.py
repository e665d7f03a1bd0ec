"""EDGE. What may be asked of the list of enterprises, the same for page and file, and its facets as links."""

from functools import cached_property
from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enterprises import directory
from enterprises.models import Enterprise
from enterprises.states import AuthorisationState
from gi_registry.models import Division, DivisionLevel
from gi_registry.query_values import FormatField, PastDateField, read
from products import maps
from products.models import Product


class DateForm(forms.Form):
    """The date that an answer is for."""

    as_of = PastDateField(label=gettext_lazy("On the date"))


class PastDateFilter(django_filters.Filter):
    field_class = PastDateField

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.extra.pop("required", None)  # the field knows that it is optional


class EnterpriseFilter(django_filters.FilterSet):
    """Values of the query string; invalid ones are ignored, each with a notice."""

    q = django_filters.CharFilter(label=gettext_lazy("Search"))
    province = django_filters.ModelChoiceFilter(
        queryset=Division.objects.current().filter(level=DivisionLevel.PROVINCE),
        to_field_name="code",
        label=gettext_lazy("Province"),
    )
    product = django_filters.ModelChoiceFilter(
        queryset=Product.objects.all(), to_field_name="number", label=gettext_lazy("Product")
    )
    status = django_filters.ChoiceFilter(choices=AuthorisationState.choices, label=gettext_lazy("Status"))
    as_of = PastDateFilter(label=gettext_lazy("On the date"))

    class Meta:
        model = Enterprise
        fields: list[str] = []

    def get_form_class(self) -> type[forms.Form]:
        return type(
            "EnterpriseForm", (super().get_form_class(),), {"format": FormatField(("csv", "xlsx", "json"))}
        )

    @cached_property
    def answer(self) -> tuple[dict[str, Any], list[str]]:
        """Valid values and notices."""
        return read(self.form)

    @property
    def wanted(self) -> directory.Wanted:
        """The question for the reader."""
        values = self.answer[0]
        return directory.Wanted(
            q=values["q"] or "",
            province=values["province"],
            product=values["product"],
            status=values["status"] or "",
            on=values["as_of"],
        )

    @property
    def notices(self) -> list[str]:
        """What was ignored."""
        return self.answer[1]

    @property
    def format(self) -> str:
        """The file asked for, or ''."""
        return self.answer[0]["format"] or ""

    @property
    def qs(self) -> QuerySet[Enterprise]:
        """The enterprises that answer."""
        return directory.enterprises(self.wanted)

    def facets(self, counts: directory.Counts) -> list[dict[str, Any]]:
        """Facets for templates/components/facet.html; each entry chooses its value or drops it again."""
        wanted = self.wanted
        return [
            self._facet(
                "status", _("Status"), wanted.status,
                [(one.value, capfirst(one.label), number) for one, number in counts.statuses],
            ),
            self._facet(
                "product", _("Product"), wanted.product and wanted.product.number,
                [(one.number, maps.name_of(one), number) for one, number in counts.products],
            ),
            self._facet(
                "province", _("Province"), wanted.province and wanted.province.code,
                [(one.code, maps.name_of(one), number) for one, number in counts.provinces],
            ),
        ]  # fmt: skip

    def _facet(self, name: str, title: str, chosen: Any, rows: list[tuple[Any, Any, int]]) -> dict[str, Any]:
        items = [
            {
                "label": label,
                "count": number,
                "active": value == chosen,
                "url": self.address(name, "" if value == chosen else value),
            }
            for value, label, number in rows
        ]
        return {"title": title, "entries": items, "clear_url": self.address(name, "") if chosen else ""}

    def address(self, name: str, value: Any) -> str:
        """This list with one value changed, from its first page."""
        query = QueryDict(mutable=True)
        for kept in ("q", "province", "product", "status", "as_of"):
            if kept != name and kept in self.data and self.answer[0][kept]:
                query[kept] = self.data[kept]
        if value != "":
            query[name] = str(value)
        return f"?{query.urlencode()}" if query else "."
