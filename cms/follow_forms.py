"""EDGE. What people type to follow something by e-mail."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.validators import EmailValidator
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy

from cms.models import Rhythm

NO_ADDRESS = gettext_lazy("This is no e-mail address. It looks like name@example.org.")


class RhythmField(forms.ChoiceField):
    """How often a letter comes; where nothing is said, every day on which there is news."""

    def __init__(self, **options: Any) -> None:
        label = gettext_lazy("How often at most?")
        super().__init__(choices=self._offers, widget=forms.RadioSelect, label=label, **options)

    @staticmethod
    def _offers() -> list[tuple[str, str]]:
        return [(value, capfirst(str(label))) for value, label in Rhythm.choices]


class FollowForm(forms.Form):
    """Where letters go, and how often."""

    email = forms.CharField(
        label=gettext_lazy("Your e-mail address"), max_length=254,
        validators=[EmailValidator(NO_ADDRESS)],
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={"required": gettext_lazy("Without an address no letter can come.")},
    )  # fmt: skip
    rhythm = RhythmField(required=False, initial=Rhythm.DAILY)

    def clean_email(self) -> str:
        """In small letters, as it is stored; only letters that every mail server takes, also in disguise."""
        email: str = self.cleaned_data["email"].lower()
        name, _at, host = email.rpartition("@")
        try:
            is_short = len(email) <= 254 and bool(host.encode("idna"))
        except UnicodeError:
            is_short = False
        if not (name.isascii() and is_short):
            raise forms.ValidationError(NO_ADDRESS)
        return email

    def clean_rhythm(self) -> str:
        return self.cleaned_data["rhythm"] or Rhythm.DAILY


class RhythmForm(forms.Form):
    """How often one thing that is followed is told of, or its end."""

    row = forms.IntegerField(min_value=1)
    rhythm = RhythmField(required=False)
