"""READER. The one set of filters for the search page, the export, feeds, letters and the API.

Query parameters mean the same everywhere. A parameter may repeat: either value is meant. A value that means nothing
is left out and kept in `ignored`, so that the page can name it; the others hold.
"""

import re
from dataclasses import dataclass
from typing import Any

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import F, QuerySet
from django.http import QueryDict
from django.utils.functional import cached_property
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gi_registry import territory
from gi_registry.query_values import SHOWN, PastDateField
from gi_registry.search_text import QUERY_LENGTH
from products import facets, lookup
from products.models import Agreement, PovertyList, Product
from products.states import CONFIRMED, Category, ProductStatus, Track

PROTECTED = "protected"  # status=protected: every status that counts as protection
MOST_VALUES = 40  # of one parameter are read
UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")

ORDERS: dict[str, tuple[Any, ...]] = {
    "relevance": (),
    "name": ("name_pinyin", "number"),
    "newest": (F("effective_from").desc(nulls_last=True), F("first_year").desc(nulls_last=True), "number"),
    "oldest": (F("effective_from").asc(nulls_last=True), F("first_year").asc(nulls_last=True), "number"),
}
ORDER_LABELS = {
    "relevance": gettext_lazy("best match"),
    "name": gettext_lazy("name"),
    "newest": gettext_lazy("newest first"),
    "oldest": gettext_lazy("oldest first"),
}


@dataclass(frozen=True)
class Ignored:
    """A value that was left out, and the label and name of its parameter."""

    label: str
    value: str
    name: str = ""

    def __str__(self) -> str:
        return _("“%(value)s” is not a value of “%(field)s” and was ignored.") % {
            "value": self.shown,
            "field": self.label,
        }

    @property
    def shown(self) -> str:
        """The value as a page may show it."""
        return Truncator(UNPRINTABLE.sub("\ufffd", self.value)).chars(SHOWN)


# --- fields: each reads one parameter and says ValidationError to what it does not know


class TextField(forms.CharField):
    """What was typed: control characters become blanks, broken surrogates go, the length is kept in bounds."""

    def to_python(self, value: Any) -> str:
        return UNPRINTABLE.sub(" ", super().to_python(value) or "").strip()[:QUERY_LENGTH]

    def run_validators(self, value: Any) -> None:
        """Any text is a question."""


class SeveralField(forms.MultipleChoiceField):
    """Several values, read one by one by `read`."""

    def __init__(self, **options: Any) -> None:
        options.pop("choices", None)
        super().__init__(**options)

    def clean(self, value: Any) -> list[Any]:
        return [self.read(text) for text in self.to_python(value)]

    def read(self, text: str) -> Any:
        return text

    @staticmethod
    def unknown(text: str) -> ValidationError:
        return ValidationError("unknown", params={"value": text})


class DivisionsField(SeveralField):
    """Codes of divisions, also former ones; read as the divisions of today."""

    def read(self, text: str) -> Any:
        division = territory.resolve(text) if re.fullmatch(r"[0-9]{6}", text) else None
        if division is None:
            raise self.unknown(text)
        return division


class YearsField(SeveralField):
    def read(self, text: str) -> int:
        if not re.fullmatch(r"(19|20)[0-9]{2}", text):
            raise self.unknown(text)
        return int(text)


class KeysField(SeveralField):
    """Keys of the rows of a small table, such as lists and agreements, and words that stand for several."""

    def __init__(self, *, model: Any, key: str, words: tuple[str, ...] = (), **options: Any) -> None:
        self.model, self.key, self.words = model, key, words
        super().__init__(**options)

    def read(self, text: str) -> str:
        known = re.fullmatch(r"[\w-]{1,40}", text, re.ASCII) and (
            text in self.words or self.model.objects.filter(**{self.key: text}).exists()
        )
        if not known:
            raise self.unknown(text)
        return text


class TextFilter(django_filters.Filter):  # type: ignore[misc]
    field_class = TextField


class DivisionsFilter(django_filters.MultipleChoiceFilter):  # type: ignore[misc]
    field_class = DivisionsField


class YearsFilter(django_filters.MultipleChoiceFilter):  # type: ignore[misc]
    field_class = YearsField


class KeysFilter(django_filters.MultipleChoiceFilter):  # type: ignore[misc]
    field_class = KeysField


class PastDateFilter(django_filters.Filter):  # type: ignore[misc]
    @property
    def field(self) -> PastDateField:
        return PastDateField(label=self.label)


class ProductFilter(django_filters.FilterSet):  # type: ignore[misc]
    """Products by text and facets.

    `qs` is the answer in the order asked for; `found` says how the text was understood; `wanted` and `lists` are what
    `facets.count_found` needs; `parameters` are those that held, for links; `ignored` those that did not.
    """

    q = TextFilter(label=gettext_lazy("Name, reading or number"))
    province = DivisionsFilter(label=gettext_lazy("Province"))
    category = django_filters.MultipleChoiceFilter(label=gettext_lazy("Category"), choices=Category.choices)
    track = django_filters.MultipleChoiceFilter(label=gettext_lazy("Legal track"), choices=Track.choices)
    status = django_filters.MultipleChoiceFilter(
        label=gettext_lazy("Status"),
        choices=[(PROTECTED, gettext_lazy("protected")), *ProductStatus.choices],
    )
    year = YearsFilter(label=gettext_lazy("Year"))
    agreement = KeysFilter(
        label=gettext_lazy("Recognised abroad"), model=Agreement, key="code", words=(facets.ANY,)
    )
    list = KeysFilter(label=gettext_lazy("Poverty list"), model=PovertyList, key="slug")
    enterprises = django_filters.ChoiceFilter(
        label=gettext_lazy("Authorised enterprises"), choices=[("1", gettext_lazy("yes"))]
    )
    as_of = PastDateFilter(label=gettext_lazy("In force on"))
    sort = django_filters.ChoiceFilter(label=gettext_lazy("Order"), choices=[*ORDER_LABELS.items()])

    class Meta:
        model = Product
        fields: list[str] = []

    def __init__(self, data: QueryDict | None = None, *args: Any, **kwargs: Any) -> None:
        self.values: dict[str, Any] = {}
        self.ignored: list[Ignored] = []
        super().__init__(self._readable(data), *args, **kwargs)

    def _readable(self, data: QueryDict | None) -> QueryDict:
        """The parameters that mean something; what each says goes to `values`, the rest to `ignored`."""
        readable = QueryDict(mutable=True)
        for name, filter_ in self.base_filters.items():
            several = isinstance(filter_.field, forms.MultipleChoiceField)
            texts = list(dict.fromkeys(filter(None, data.getlist(name)))) if data else []
            for text in texts if several else texts[-1:]:
                try:
                    if len(readable.getlist(name)) == MOST_VALUES:
                        raise ValidationError("too many")
                    value = filter_.field.clean([text] if several else text)
                except ValidationError:
                    self.ignored.append(Ignored(filter_.label, text, name))
                    continue
                if value not in (None, "", []):
                    readable.appendlist(name, value if name == "q" else text)
                    self.values[name] = [*self.values.get(name, []), *value] if several else value
        return readable

    @property
    def parameters(self) -> QueryDict:
        data: QueryDict = self.data
        return data

    @cached_property
    def found(self) -> lookup.Found:
        return lookup.search(self.queryset, self.values.get("q", ""))

    @cached_property
    def wanted(self) -> facets.Wanted:
        values = self.values
        statuses = dict.fromkeys(values.get("status", []))
        if PROTECTED in statuses:
            statuses |= dict.fromkeys(sorted(CONFIRMED))
        return facets.Wanted(
            provinces=tuple(values.get("province", [])),
            categories=tuple(values.get("category", [])),
            tracks=tuple(values.get("track", [])),
            statuses=tuple(status for status in statuses if status != PROTECTED),
            years=tuple(values.get("year", [])),
            agreements=tuple(values.get("agreement", [])),
            lists=tuple(values.get("list", [])),
            enterprises=bool(values.get("enterprises")),
            on=values.get("as_of"),
        )

    @property
    def order(self) -> str:
        return self.values.get("sort") or "relevance"

    @property
    def qs(self) -> QuerySet[Product]:
        """Not through the form: what it would refuse has been left out already."""
        if not hasattr(self, "_qs"):
            self._qs = self.filter_queryset(self.queryset)
        return self._qs

    def filter_queryset(self, queryset: QuerySet[Product]) -> QuerySet[Product]:
        products = facets.narrow(self.found.products, self.wanted)
        return products.order_by(*ORDERS[self.order]) if ORDERS[self.order] else products
