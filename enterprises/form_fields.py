"""Fields of forms that the portal and the desk share: they take what people really type."""

from __future__ import annotations

import datetime
import re
import unicodedata
from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enterprises.portal_words import plain_number
from products.maps import name_of

LONGEST = 4000  # characters of a text in a file
LONGEST_KEY = 18  # digits that the key of a row can have; databases refuse longer numbers


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


class TextField(forms.CharField):
    """Some sentences; browsers send two characters for the end of a line, one counts."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs = {"max_length": LONGEST, "widget": forms.Textarea(attrs={"rows": 4})} | kwargs
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> str:
        return super().to_python(value).replace("\r\n", "\n").replace("\r", "\n")


class NamedRowField(forms.ModelChoiceField):
    """One row, chosen by its name in the language of the page: a division, list or agreement."""

    def label_from_instance(self, obj: Any) -> str:
        return name_of(obj)


class TickedRowsField(forms.ModelMultipleChoiceField):
    """Several rows, ticked by their keys; a number too long for a key is no row, where Django lets it fail."""

    def clean(self, value: Any) -> Any:
        too_long = [one for one in value or () if len(str(one)) > LONGEST_KEY]
        if too_long:
            text, values = self.error_messages["invalid_choice"], {"value": str(too_long[0])[:LONGEST_KEY]}
            raise forms.ValidationError(text, code="invalid_choice", params=values)
        return super().clean(value)
