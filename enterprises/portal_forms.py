"""EDGE. What an enterprise types in the portal: the steps of an application, documents, messages.

A step that is not complete is stored all the same; a form refuses only what cannot be stored at all. What is missing
is told by `completeness.missing`.
"""

from __future__ import annotations

import datetime
import hashlib
import json
import re
import unicodedata
from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enterprises import drafts, portal_choices
from enterprises.application_models import MarkApplication
from enterprises.desk_forms import FILE_HELP, TextField
from enterprises.portal_words import documents_by_kind, plain_number, said, sites, unit_words
from enterprises.states import ApplicationKind, DocumentKind, LawfulUser
from gi_registry.journal import Actor
from gi_registry.models import Division
from products.maps import name_of
from products.models import Product

MOST_SITES = 6
MOST_LINES = 30
LONGEST_LINE = 60


# --- Fields ---


class DayField(forms.DateField):
    """A day, however it is usually typed: 2027-03-01, 2027/3/1, 2027.3.1 or 2027年3月1日."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
        kwargs.setdefault("required", False)
        super().__init__(input_formats=["%Y-%m-%d"], widget=widget, **kwargs)
        self.error_messages["invalid"] = gettext_lazy("Write the day like this: 2027-03-01.")

    def to_python(self, value: Any) -> datetime.date | None:
        if isinstance(value, str):
            value = re.sub(r"[年月./]", "-", unicodedata.normalize("NFKC", value)).replace("日", "").replace(" ", "")
        return super().to_python(value)  # type: ignore[no-any-return]


class PastField(DayField):
    """A day, today at the latest."""

    def to_python(self, value: Any) -> datetime.date | None:
        day = super().to_python(value)
        if day and day > timezone.localdate():
            raise forms.ValidationError(_("The day lies in the future."))
        return day


class NumberField(forms.DecimalField):
    """A decimal number above nothing; digits of any width, with or without commas between thousands."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
        super().__init__(required=False, max_digits=14, decimal_places=3, widget=widget, **kwargs)
        self.error_messages["invalid"] = gettext_lazy("Write a number, such as 120 or 0.5.")

    def to_python(self, value: Any) -> Decimal | None:
        if isinstance(value, str):
            value = unicodedata.normalize("NFKC", value).strip()
            if re.fullmatch(r"[0-9]{1,3}(,[0-9]{3})+(\.[0-9]*)?", value):
                value = value.replace(",", "")
        number: Decimal | None = super().to_python(value)
        if number is not None and number <= 0:
            raise forms.ValidationError(_("Write a number above 0."))
        return number

    def prepare_value(self, value: Any) -> Any:
        return plain_number(value) if isinstance(value, Decimal) else value


class LinesField(forms.CharField):
    """Several short texts, one in each line; the same text counts once."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, widget=forms.Textarea(attrs={"rows": 4}), max_length=5000, **kwargs)

    def clean(self, value: Any) -> list[str]:
        lines = list(dict.fromkeys(filter(None, (line.strip() for line in super().clean(value).splitlines()))))
        if len(lines) > MOST_LINES:
            raise forms.ValidationError(_("At most {number} lines.").format(number=MOST_LINES))
        for line in lines:
            if len(line) > LONGEST_LINE:
                text = _("“{line}…” is too long: at most {number} characters a line.")
                raise forms.ValidationError(text.format(line=line[:20], number=LONGEST_LINE))
        return lines

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value


# --- Steps ---


def digest(values: Any) -> str:
    """A mark of what was stored when a page was made, to see later whether it still is."""
    return hashlib.sha256(json.dumps(values, default=str, sort_keys=True).encode()).hexdigest()[:16]


class StepForm(forms.Form):
    """One step of an application. `file` is what the form rests on; `rebase` lets it rest on a newer state."""

    step = ""
    use_required_attribute = False

    def __init__(self, data: Any, *, file: MarkApplication, **kwargs: Any) -> None:
        self.file = file
        super().__init__(data, initial=self.stored(), **kwargs)

    def stored(self) -> dict[str, Any]:
        """What is stored of this step now."""
        raise NotImplementedError

    def typed(self) -> dict[str, Any]:
        """What was typed, in the form of `stored`."""
        raise NotImplementedError

    def write(self, *, by: Actor, version: int) -> None:
        """Store what was typed. Raises MoveRefused."""
        drafts.save_draft(self.file, by=by, version=version, **self.typed())

    def rebase(self, file: MarkApplication) -> None:
        """Rest on the file as it is now; what was typed stays."""
        self.file = file
        self.initial = self.stored()

    @property
    def mark(self) -> str:
        """What the page carries, beside the version, to tell later whether this step was changed meanwhile."""
        return digest(self.stored())

    def full_clean(self) -> None:
        """A day that cannot be read is shown again as it was typed: a date picker would swallow it."""
        super().full_clean()
        for name in self.errors if self.is_bound else ():
            if isinstance(self.fields.get(name), DayField):
                self.fields[name].widget.input_type = "text"


LAWFUL_USERS = {
    LawfulUser.PRODUCER: gettext_lazy("You make the product in its area, to its standard. Most enterprises are here."),
    LawfulUser.COLLECTIVE_MEMBER: gettext_lazy("An association owns the collective mark, and you are its member."),
    LawfulUser.LICENSEE: gettext_lazy("You have a licence contract with the owner of the certification mark."),
    LawfulUser.OTHER: gettext_lazy("CNIPA has registered you as a user on another ground."),
}


class ProductForm(StepForm):
    """Which product, and on what right the enterprise uses the mark."""

    step = "product"
    q = forms.CharField(required=False, max_length=200, label=gettext_lazy("Find the product"), widget=forms.TextInput(
        attrs={"type": "search", "autocomplete": "off", "autocapitalize": "none", "enterkeyhint": "search"}),
        help_text=gettext_lazy("A part of its name is enough, also in pinyin."))  # fmt: skip
    product = forms.CharField(required=False, max_length=9, label=gettext_lazy("Product"))
    lawful_user = forms.ChoiceField(
        required=False, label=gettext_lazy("On what right do you use the mark?"), widget=forms.RadioSelect,
        choices=[(kind.value, capfirst(kind.label)) for kind in LawfulUser],
    )  # fmt: skip
    mark_number = forms.CharField(
        required=False, max_length=40, label=gettext_lazy("Registration number of the trademark"),
        help_text=gettext_lazy("Only for members and licensees of a collective or certification mark."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip
    mark_until = DayField(
        label=gettext_lazy("Last day of the trademark"),
        help_text=gettext_lazy("Only for members and licensees; it stands in the trademark certificate."),
    )
    licence_until = DayField(
        label=gettext_lazy("Last day of the licence"),
        help_text=gettext_lazy("Only for licensees; it stands in the licence contract."),
    )
    NAMES = ("lawful_user", "mark_number", "mark_until", "licence_until")

    def stored(self) -> dict[str, Any]:
        number = self.file.product.number if self.file.product else ""
        return {"product": str(number)} | {name: getattr(self.file, name) for name in self.NAMES}

    def clean_product(self) -> Product | None:
        """One that can be applied for, or the one that was chosen before. The product of a change is settled."""
        text, before = self.cleaned_data["product"].strip(), self.file.product
        if self.file.kind == ApplicationKind.CHANGE or (before and text in ("", str(before.number))):
            return before
        if text and (found := portal_choices.product_by_number(text)) is None:
            raise forms.ValidationError(_("This product cannot be applied for. Search for it and choose from the list."))
        return found if text else None

    def typed(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in ("product", *self.NAMES)}

    def is_stored(self) -> bool:
        return all(getattr(self.file, name) == value for name, value in self.typed().items())

    @property
    def kinds(self) -> list[tuple[str, Any, Any, bool]]:
        """The kinds of lawful users with a sentence each, and which is chosen."""
        chosen = self["lawful_user"].value() or ""
        return [
            (kind.value, capfirst(kind.label), LAWFUL_USERS[kind], kind.value == chosen) for kind in LawfulUser
        ]


class GoodsForm(StepForm):
    """Varieties, standard, output, packs."""

    step = "goods"
    explanation = TextField(
        required=False, label=gettext_lazy("What changes and why"), widget=forms.Textarea(attrs={"rows": 4})
    )
    varieties = LinesField(
        label=gettext_lazy("Varieties or kinds of goods"),
        help_text=gettext_lazy("One in each line, in Chinese, as they will stand on the pack. For example 茯砖茶."),
    )
    standard = forms.CharField(
        required=False, max_length=120, label=gettext_lazy("Standard or announcement printed at the mark"),
        help_text=gettext_lazy("The number of the standard you produce to, or of the announcement of the product."),
        widget=forms.TextInput(attrs={"list": "known-standards", "autocomplete": "off"}),
    )  # fmt: skip
    yearly_output = NumberField(
        label=gettext_lazy("Expected yearly output"), help_text=gettext_lazy("Only a number; the unit comes next.")
    )
    output_unit = forms.ChoiceField(required=False, label=gettext_lazy("Unit"))
    packs = LinesField(
        label=gettext_lazy("Pack sizes"), help_text=gettext_lazy("One in each line, for example 500 g. May stay empty.")
    )
    NAMES = ("explanation", "varieties", "standard", "yearly_output", "output_unit", "packs")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        units = unit_words()
        if self.file.output_unit:
            units.setdefault(self.file.output_unit, self.file.output_unit)
        self.fields["output_unit"].choices = [("", _("Choose")), *units.items()]
        if self.file.kind != ApplicationKind.CHANGE:
            del self.fields["explanation"]
        else:
            self.fields["explanation"].max_length = 2000
            self.fields["explanation"].validators[0].limit_value = 2000

    def stored(self) -> dict[str, Any]:
        return {name: getattr(self.file, name) for name in self.NAMES}

    def typed(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in self.NAMES if name in self.fields}

    def is_stored(self) -> bool:
        return all(getattr(self.file, name) == value for name, value in self.typed().items())
