"""LEAF. What somebody asks for in the query string: read what is valid, say what was ignored, never fail."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _

SHOWN = 40  # characters of an ignored value that are shown again


class PastDateField(forms.DateField):
    """An ISO date, today at the latest: the register answers for days that it can know of."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
        super().__init__(required=False, input_formats=["%Y-%m-%d"], widget=widget, **kwargs)

    def to_python(self, value: Any) -> datetime.date | None:
        date: datetime.date | None = super().to_python(value)
        if date and date > timezone.localdate():
            raise forms.ValidationError(_("The date lies in the future."))
        return date


class FormatField(forms.ChoiceField):
    """The kind of file to send instead of a page."""

    def __init__(self, kinds: Sequence[str]) -> None:
        choices = [(kind, kind) for kind in kinds]
        super().__init__(choices=choices, required=False, label="format", widget=forms.HiddenInput)


def read(form: forms.BaseForm) -> tuple[dict[str, Any], list[str]]:
    """The valid values of a form, its initial value for every other field, and a notice for each value ignored."""
    form.full_clean()
    values = {
        name: form.cleaned_data.get(name) or form.get_initial_for_field(field, name)
        for name, field in form.fields.items()
    }
    notices = [
        _("“%(value)s” is not a value of “%(field)s” and was ignored.")
        % {"value": str(form.data.get(name, ""))[:SHOWN].replace("\0", ""), "field": form[name].label}
        for name in form.errors
        if name in form.fields
    ]
    return values, notices
