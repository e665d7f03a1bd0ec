"""EDGE. What is asked of the pages on recognition abroad."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gi_registry.query_values import FormatField, PastDateField
from products.agreement_words import country_name
from products.models import Agreement
from products.recognition_kinds import GoodsKind
from products.recognition_names import list_name
from products.recognition_standing import Standing
from products.sounds import QUERY_LENGTH
from products.states import Side


class DateForm(forms.Form):
    """The date that the counts answer for."""

    as_of = PastDateField(label=gettext_lazy("On the date"))


class NamesForm(DateForm):
    """Which names are shown. Countries and kinds of goods are those that occur."""

    q = forms.CharField(
        required=False,
        max_length=200,
        label=gettext_lazy("Name"),
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    country = forms.ChoiceField(required=False, label=gettext_lazy("Country"))
    category = forms.ChoiceField(required=False, label=gettext_lazy("Kind of goods"))
    status = forms.ChoiceField(required=False, label=gettext_lazy("Status"))
    format = FormatField(("csv", "xlsx", "json"))
    field_order = ["q", "side", "country", "category", "status", "batch", "as_of"]

    def __init__(self, data: Any, countries: Iterable[str], kinds: Iterable[GoodsKind], **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        everything = [("", _("All"))]
        named = sorted(((code, country_name(code)) for code in countries), key=lambda pair: pair[1])
        there = set(kinds)
        goods = [(kind.value, capfirst(kind.label)) for kind in GoodsKind if kind in there]
        self.fields["country"].choices = everything + named
        self.fields["category"].choices = everything + goods
        self.fields["status"].choices = everything + [(one.value, one.word) for one in Standing]


class ListForm(NamesForm):
    """Of the names of one agreement also the side and, where it has batches, the list."""

    side = forms.ChoiceField(
        choices=[("", gettext_lazy("Both")), *Side.choices], required=False, label=gettext_lazy("Side")
    )
    batch = forms.ChoiceField(required=False, label=gettext_lazy("Which list"))

    def __init__(self, data: Any, batches: Iterable[Agreement], **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        lists = [(one.code, list_name(one)) for one in batches]
        self.fields["batch"].choices = [("", _("All")), *lists]
        if len(lists) < 2:
            self.fields["batch"].widget = forms.HiddenInput()


class SoundsForm(DateForm):
    """The name that others are compared with."""

    q = forms.CharField(
        required=False,
        max_length=QUERY_LENGTH,
        label=gettext_lazy("Name in any script"),
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    field_order = ["q", "as_of"]
