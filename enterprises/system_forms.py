"""EDGE. What officials type about standards, testing bodies and checks.

Products and standards are named by their numbers: a list of all of them would be too long to choose from.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enterprises.desk_forms import ALL
from enterprises.form_fields import DayField, TextField
from enterprises.list_forms import KeepingForm
from gi_registry.journal import Actor
from gi_registry.models import Division
from products.case_states import RequirementPart
from products.models import Product
from products.states import StandardKind
from products.system_models import Standard
from products.system_values import keepable, may_keep
from products.system_words import tidy_number

MOST_PRODUCTS = 100  # of one standard are written into its form
END_HELP = gettext_lazy("The first day on which it no longer holds. The same day as the first one: it was entered by "
                        "mistake and never held.")  # fmt: skip
SOURCE_HELP = gettext_lazy("Where this was read. The public journal shows it.")


def _line(most: int, label: Any, **kwargs: Any) -> forms.CharField:
    return forms.CharField(max_length=most, label=label, **kwargs)


class DivisionField(forms.CharField):
    """A division of the territory by its name or code; `whole`: empty means the whole country."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**({"max_length": 60} | kwargs))
        self.places: Any = Division.objects.none()

    def clean(self, value: Any) -> Division | None:
        text = unicodedata.normalize("NFKC", super().clean(value)).strip()
        if not text:
            return None
        found = list(self.places.filter(**({"code": text} if re.fullmatch("[0-9]{6}", text) else {"name_zh": text})))
        if not found:
            found = list(self.places.filter(name_en__iexact=text))
        if len(found) != 1:
            codes = ", ".join(f"{row.name_zh} {row.code}" for row in found[:5])
            several = _("“{name}” may be several; write the code: {codes}").format(name=text[:40], codes=codes)
            raise forms.ValidationError(several if found else _("“{name}” is no division of your territory.").format(
                name=text[:40]))  # fmt: skip
        return found[0]

    def prepare_value(self, value: Any) -> Any:
        return value.code if isinstance(value, Division) else value


class ProductsField(TextField):
    """Products by their numbers in the register, with commas or blanks between them."""

    def __init__(self, *, one: bool = False, **kwargs: Any) -> None:
        self.one = one
        box = forms.TextInput(attrs={"inputmode": "numeric"}) if one else forms.Textarea(attrs={"rows": 2})
        super().__init__(**({"widget": box, "max_length": 1000} | kwargs))

    def clean(self, value: Any) -> Any:
        text = unicodedata.normalize("NFKC", super().clean(value))
        wanted = list(dict.fromkeys(part for part in re.split(r"[\s,、;]+", text) if part))
        known = {
            str(row.number): row
            for row in Product.objects.select_related("province").filter(
                number__in=[int(part) for part in wanted if re.fullmatch("[0-9]{1,9}", part)]
            )
        }
        if missing := [part for part in wanted if part not in known]:
            raise forms.ValidationError(_("{number} is no number of a product.").format(number=missing[0][:40]))
        if self.one and len(known) > 1:
            raise forms.ValidationError(_("Name one product."))
        return next(iter(known.values()), None) if self.one else frozenset(known.values())

    def prepare_value(self, value: Any) -> Any:
        rows = [value] if isinstance(value, Product) else value
        if isinstance(rows, (list, frozenset)):
            return ", ".join(str(row.number) for row in sorted(rows, key=lambda row: row.number))
        return value


class StandardField(forms.CharField):
    """A standard on record, by its number."""

    def clean(self, value: Any) -> Standard | None:
        text = tidy_number(super().clean(value))
        found = Standard.objects.filter(number=text).first() if text else None
        if text and found is None:
            raise forms.ValidationError(_("No standard on record has this number. Enter it first."))
        return found

    def prepare_value(self, value: Any) -> Any:
        return value.number if isinstance(value, Standard) else value


class SystemForm(KeepingForm):
    """A form of one of the three systems. `version`: that of the row as the page showed it."""

    version = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, actors: Sequence[Actor], **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.nationwide = any(may_keep(by, None) for by in actors)
        for field in self.fields.values():
            if isinstance(field, DivisionField):
                field.places = keepable(actors)
                field.required = not self.nationwide

    @property
    def values(self) -> dict[str, Any]:
        """The values as the writers take them."""
        return {name: value for name, value in self.cleaned_data.items() if name != "version"}

    def clean(self) -> None:
        """An end before the first day is told beside it."""
        first, end = (self.cleaned_data.get(name) for name in ("effective_from", "effective_to"))
        if first and end and end < first:
            self.add_error("effective_to", _("The end cannot be before the first day."))


class StandardForm(SystemForm):
    """A standard. Provinces keep local ones alone."""

    kind = forms.ChoiceField(label=gettext_lazy("Kind"))
    number = _line(
        60, gettext_lazy("Number of the standard"),
        help_text=gettext_lazy("Such as GB/T 22444-2008 or DB43/T 1234-2020."),
    )  # fmt: skip
    title = _line(
        200, gettext_lazy("Title of the standard"), help_text=gettext_lazy("In Chinese, as it was published.")
    )
    division = DivisionField(
        label=gettext_lazy("Applies in"),
        help_text=gettext_lazy("Name or six-digit code of the province or prefecture; empty: everywhere."),
    )  # fmt: skip
    products = ProductsField(
        required=False, label=gettext_lazy("Products"),
        help_text=gettext_lazy("Their numbers in this register, with commas. Empty: for no single product."),
    )  # fmt: skip
    issued_on = DayField(label=gettext_lazy("Issued on"))
    effective_from = DayField(label=gettext_lazy("In force from"))
    replaced_by = StandardField(
        required=False, max_length=60, label=gettext_lazy("Replaced by"),
        help_text=gettext_lazy("Number of the standard that replaces it; that one must be on record already."),
    )  # fmt: skip
    effective_to = DayField(
        label=gettext_lazy("No longer in force from"),
        help_text=gettext_lazy("Empty for a replaced one: it ends the day its successor begins."),
    )  # fmt: skip
    source = _line(400, gettext_lazy("Source"), help_text=SOURCE_HELP)

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        kinds = StandardKind.choices if self.nationwide else [(StandardKind.LOCAL.value, StandardKind.LOCAL.label)]
        self.fields["kind"].choices = [(value, capfirst(label)) for value, label in kinds]

    def clean(self) -> None:
        """A first day before the day of issue is told beside it."""
        super().clean()
        issued, first = (self.cleaned_data.get(name) for name in ("issued_on", "effective_from"))
        if issued and first and first < issued:
            self.add_error("effective_from", _("A standard cannot be in force before it was issued."))


class BodyForm(SystemForm):
    """A testing body."""

    name_zh = _line(120, gettext_lazy("Name in Chinese"))
    name_en = _line(200, gettext_lazy("Name in English"), required=False)
    division = DivisionField(
        label=gettext_lazy("Seat"), help_text=gettext_lazy("Name or six-digit code of the division where it sits.")
    )
    source = _line(400, gettext_lazy("Source"), help_text=SOURCE_HELP)


class ScopeForm(SystemForm):
    """What a certificate of a testing body says, and from when to when it holds."""

    certificate = _line(80, gettext_lazy("Number of the certificate"))
    items = TextField(
        max_length=400, required=False, label=gettext_lazy("What it tests"), widget=forms.Textarea(attrs={"rows": 3})
    )
    effective_from = DayField(required=True, label=gettext_lazy("Holds from"))
    effective_to = DayField(label=gettext_lazy("No longer holds from"), help_text=END_HELP)


class NewScopeForm(ScopeForm):
    """A scope that the register does not have yet: also for which product, from where."""

    product = ProductsField(
        one=True, max_length=20, label=gettext_lazy("Product"),
        help_text=gettext_lazy("Its number in this register. It cannot be changed later."),
    )  # fmt: skip
    division = DivisionField(
        label=gettext_lazy("For products of"),
        help_text=gettext_lazy("Name or code of a division; empty: of all places. It cannot be changed later."),
    )  # fmt: skip
    field_order = ["product", "division", "certificate", "items", "effective_from", "effective_to"]


class CheckForm(SystemForm):
    """A check of a product by a part of its protection requirements."""

    part = forms.ChoiceField(
        label=gettext_lazy("Part of the requirements"),
        choices=[(value, capfirst(label)) for value, label in RequirementPart.choices],
    )
    text = _line(200, gettext_lazy("What is checked"), help_text=gettext_lazy("Such as: moisture at most 12 %."))
    method = _line(
        200, gettext_lazy("How it is checked"), required=False, help_text=gettext_lazy("Method or instrument.")
    )
    standard = StandardField(
        required=False, max_length=60, label=gettext_lazy("By the standard"),
        help_text=gettext_lazy("Number of a standard on record that says how it is tested."),
    )  # fmt: skip
    effective_from = DayField(required=True, label=gettext_lazy("Holds from"))
    effective_to = DayField(label=gettext_lazy("No longer holds from"), help_text=END_HELP)


# --- Filters ---


def _search(hint: Any) -> forms.CharField:
    box = forms.TextInput(attrs={"type": "search", "placeholder": hint})
    return forms.CharField(required=False, max_length=100, label=gettext_lazy("Search"), widget=box)


class StandardsFilter(forms.Form):
    """What the list of standards is narrowed to."""

    q = _search(gettext_lazy("Number, title, product"))
    kind = forms.ChoiceField(
        required=False, label=gettext_lazy("Kind"),
        choices=[ALL, *((value, capfirst(label)) for value, label in StandardKind.choices)],
    )  # fmt: skip


class BodiesFilter(forms.Form):
    """What the list of testing bodies is narrowed to."""

    q = _search(gettext_lazy("Name, certificate"))


class ProductsFilter(forms.Form):
    """Which products are offered to see their checks."""

    q = _search(gettext_lazy("Name or number of a product"))
