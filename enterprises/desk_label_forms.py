"""EDGE. What officials type about labels: decisions on output and batches, the rule of a province, copy signals."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enterprises.desk_forms import ALL
from enterprises.desk_label_words import SHORT
from enterprises.form_fields import TextField
from enterprises.label_codes import MAX_COUNT
from enterprises.label_facts import SeasonBalance, quantity_text
from enterprises.label_forms import NonceField, thousandths
from enterprises.label_states import RecallGround, SignalKind, SignalState, Unit
from enterprises.signal_facts import ALL_VIEW, UNDECIDED_VIEW
from gi_registry.models import Division

SEARCH = {"type": "search", "size": 28, "placeholder": gettext_lazy("Batch, enterprise, product")}
INSIDE = gettext_lazy("Officials of the territory read it; neither the public nor the enterprise does.")
REASON_LENGTH = 900  # a signal keeps two reasons, one for watching and one for its end, in 2000 characters


class SearchForm(forms.Form):
    """What the list of ledgers is narrowed to."""

    q = forms.CharField(
        required=False, max_length=200, label=gettext_lazy("Search"), widget=forms.TextInput(attrs=SEARCH)
    )


class PlainForm(forms.Form):
    """A step that needs no words."""


class ReasonForm(forms.Form):
    """A step with its reason."""

    use_required_attribute = False
    text = TextField(
        max_length=2000, label=gettext_lazy("Reason"), help_text=gettext_lazy("The enterprise reads it.")
    )


class StatementForm(ReasonForm):
    """Certify stated output, or do not: only then a reason is needed."""

    CERTIFY, REFUSE = "certify", "refuse"
    decision = forms.ChoiceField(
        label=gettext_lazy("Your decision"), widget=forms.RadioSelect,
        choices=[(CERTIFY, gettext_lazy("Certify the output")), (REFUSE, gettext_lazy("Do not certify it"))],
    )  # fmt: skip
    field_order = ["decision", "text"]

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        self.fields["text"].required = False
        self.fields["text"].help_text = _("Only needed if you do not certify. The enterprise reads it.")

    def clean(self) -> dict[str, Any]:
        """A refusal has a reason."""
        values: dict[str, Any] = super().clean() or self.cleaned_data
        if values.get("decision") == self.REFUSE and not values.get("text") and "text" not in self.errors:
            self.add_error("text", _("Write why the output is not certified."))
        return values


class ReduceForm(forms.Form):
    """Certified output that is taken back, in the unit of the season."""

    use_required_attribute = False
    nonce = NonceField()
    season = forms.ChoiceField(label=gettext_lazy("Season"), widget=forms.RadioSelect)
    quantity = forms.CharField(
        max_length=40, label=gettext_lazy("How much is taken back"),
        help_text=gettext_lazy("With its unit, for example 120 kg. At most what no label was issued for."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip
    text = TextField(
        max_length=1000, label=gettext_lazy("Reason"), help_text=gettext_lazy("The enterprise reads it.")
    )

    def __init__(self, data: Any = None, *, balances: Iterable[SeasonBalance]) -> None:
        super().__init__(data)
        self.balances = {str(one.season.pk): one for one in balances}
        self.fields["season"].choices = [(key, self._words(one)) for key, one in self.balances.items()]
        if len(self.balances) == 1:
            self.initial["season"] = next(iter(self.balances))

    @staticmethod
    def _words(one: SeasonBalance) -> str:
        unit = one.season.unit
        return _("{season}: certified {certified}, of that without labels {remaining}").format(
            season=one.season.name, certified=quantity_text(one.certified, unit),
            remaining=quantity_text(one.remaining, unit),
        )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """The quantity in thousandths. What is left of the season is for the writer to check: a form that is sent
        twice must count once, and not be refused the second time.
        """
        values: dict[str, Any] = super().clean() or self.cleaned_data
        one = self.balances.get(values.get("season", ""))
        if one is None or "quantity" not in values:
            return values
        try:
            values["quantity"] = thousandths(values["quantity"], Unit(one.season.unit))
        except forms.ValidationError as error:
            self.add_error("quantity", error)
        return values


class RecallForm(ReasonForm):
    """Why a whole batch is recalled; everybody who scans a label reads the ground."""

    ground = forms.ChoiceField(
        label=gettext_lazy("Ground"), widget=forms.RadioSelect,
        help_text=gettext_lazy("Everybody who scans a label of the batch reads it."),
        choices=[(one.value, capfirst(one.label)) for one in RecallGround],
    )  # fmt: skip
    field_order = ["ground", "text"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["text"].help_text = INSIDE


class RuleForm(forms.Form):
    """Up to how many labels a province issues at once."""

    use_required_attribute = False
    province = forms.ChoiceField(label=gettext_lazy("Province"))
    automatic_up_to = forms.CharField(
        max_length=20, label=gettext_lazy("Issue at once up to so many labels a batch"),
        help_text=gettext_lazy("0: an official issues every batch."),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )  # fmt: skip

    def __init__(self, data: Any = None, *, provinces: Sequence[tuple[Division, str]], **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.fields["province"].choices = [(place.code, name) for place, name in provinces]

    def clean_automatic_up_to(self) -> int:
        """A whole number of labels that a batch can have."""
        text = unicodedata.normalize("NFKC", self.cleaned_data["automatic_up_to"])
        text = text.replace(",", "").replace(" ", "")
        if not text.isdecimal() or not text.isascii():
            raise forms.ValidationError(_("Write a whole number, such as 5000, or 0."))
        if len(text) > 9 or int(text) >= MAX_COUNT:
            raise forms.ValidationError(_("A batch has at most {most} labels.").format(most=f"{MAX_COUNT - 1:,}"))
        return int(text)


# --- Copy signals ---


class SignalsForm(forms.Form):
    """What the queue of signals is narrowed to."""

    view = forms.ChoiceField(
        required=False, label=gettext_lazy("Show"),
        choices=[
            (UNDECIDED_VIEW, gettext_lazy("To be decided")),
            *((state.value, capfirst(state.label)) for state in SignalState),
            (ALL_VIEW, gettext_lazy("All signals")),
        ],
    )  # fmt: skip
    kind = forms.ChoiceField(
        required=False, label=gettext_lazy("What was noticed"),
        choices=[ALL, *((kind.value, capfirst(SHORT[kind])) for kind in SignalKind)],
    )  # fmt: skip
    q = forms.CharField(
        required=False, max_length=200, label=gettext_lazy("Search"), widget=forms.TextInput(attrs=SEARCH)
    )


class SignalReasonForm(forms.Form):
    """Why a signal is dismissed, watched or made a case."""

    use_required_attribute = False
    text = TextField(max_length=REASON_LENGTH, label=gettext_lazy("Reason"), help_text=INSIDE)
