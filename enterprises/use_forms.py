"""EDGE. What is typed about yearly reports: the report itself, reasons of the office, the year that is asked for.

Everything of a report may be left out until it is submitted. Money may be typed in yuan or, as people write it, with
万 or 亿; it becomes whole yuan.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enterprises.form_fields import TextField
from enterprises.label_facts import number_text
from enterprises.label_states import THOUSANDTHS, Unit
from enterprises.use_checks import Check, Ledger
from enterprises.use_models import UseReport
from enterprises.use_words import GROUPS, MONEY, NAMES, large
from gi_registry.query_values import FormatField

MOST_MONEY = 10**15  # yuan: more than the country makes
MOST_COUNT = 2_000_000_000
MOST_OUTPUT = 10**15  # thousandths of the unit
_MONEY = re.compile(r"([0-9]+)(\.[0-9]+)?(万|亿)?元?")
TIMES = {None: 1, "万": 10_000, "亿": 100_000_000}
# Output may be typed in tonnes too; it is kept in kilograms.
TONNE = "t"
UNITS = [
    ("", gettext_lazy("Choose")), (Unit.KILOGRAM.value, gettext_lazy("kilograms")), (TONNE, gettext_lazy("tonnes")),
    (Unit.LITRE.value, Unit.LITRE.label), (Unit.PIECE.value, Unit.PIECE.label),
]  # fmt: skip


def _typed(value: Any) -> str:
    """A number as it was typed: digits of any width, without blanks and commas between thousands."""
    text = re.sub(r"\s", "", unicodedata.normalize("NFKC", str(value or "")))
    return text.replace(",", "") if re.fullmatch(r"[0-9]{1,3}(,[0-9]{3})+([^0-9,][^,]*)?", text) else text


class TypedNumber(forms.CharField):
    """A number that may be left out: an empty field states nothing, 0 states nothing at all of it."""

    inputmode = "numeric"

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.TextInput(attrs={"inputmode": self.inputmode, "autocomplete": "off"})
        super().__init__(required=False, max_length=40, widget=widget, **kwargs)

    def clean(self, value: Any) -> Any:
        super().clean(value)
        text = _typed(value)
        return self.read(text) if text else None

    def read(self, text: str) -> Any:
        """The number. Raises ValidationError with what to do."""
        if not re.fullmatch("[0-9]{1,10}", text) or int(text) > MOST_COUNT:
            raise forms.ValidationError(_("Write a whole number, such as 1200, or 0."))
        return int(text)


class MoneyField(TypedNumber):
    """Whole yuan."""

    inputmode = "text"  # a keyboard of digits has no 万

    def read(self, text: str) -> int:
        found = _MONEY.fullmatch(text)
        if found is None:
            raise forms.ValidationError(_("Write an amount in yuan, such as 1200000 or 120万."))
        whole, part, times = found.groups()
        yuan = Decimal(whole + (part or "")) * TIMES[times]
        if yuan > MOST_MONEY:
            raise forms.ValidationError(_("This amount is too large. Is it in yuan?"))
        return int(yuan.to_integral_value(rounding="ROUND_HALF_UP"))


class AmountField(TypedNumber):
    """A quantity with at most three decimals, as Decimal."""

    inputmode = "decimal"

    def read(self, text: str) -> Decimal:
        if not re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,3})?", text):
            raise forms.ValidationError(_("Write a number, such as 120 or 0.5."))
        return Decimal(text)


class PercentField(TypedNumber):
    """Whole percent, below zero where marked goods are cheaper."""

    inputmode = "text"  # a keyboard of digits has no minus

    def read(self, text: str) -> int:
        text = text.removesuffix("%").replace("−", "-")
        if not re.fullmatch("-?[0-9]{1,4}", text):
            raise forms.ValidationError(_("Write whole percent, such as 15."))
        return int(text)


def _words(name: str, help_text: Any, rows: int = 3) -> TextField:
    return TextField(
        required=False, max_length=2000, label=NAMES[name], help_text=help_text,
        widget=forms.Textarea(attrs={"rows": rows}),
    )  # fmt: skip


def _money(name: str, help_text: Any = "") -> MoneyField:
    return MoneyField(label=NAMES[name], help_text=help_text)


class UseReportForm(forms.Form):
    """A yearly report. `cleaned_data` holds the columns as they are stored."""

    use_required_attribute = False
    output = AmountField(
        label=NAMES["output"], help_text=gettext_lazy("Goods of the year that carry the mark. The unit comes next.")
    )
    unit = forms.ChoiceField(required=False, label=NAMES["unit"], choices=UNITS)
    output_value = _money(
        "output_value",
        gettext_lazy("What the goods under the mark are worth, in yuan. You may write 120万. Count nothing else in."),
    )
    sales_value = _money("sales_value", gettext_lazy("What was sold of them in the year, in yuan, exports included."))
    export_value = _money("export_value", gettext_lazy("Of the sales, what went abroad, in yuan. 0 if nothing."))
    related_value = _money(
        "related_value",
        gettext_lazy("What else the product brought you, such as tourism or packaging, in yuan. It is kept apart."),
    )
    premium = PercentField(
        label=NAMES["premium"], help_text=gettext_lazy("For example 15. May stay empty if you sell none without it.")
    )
    labels_printed = TypedNumber(label=NAMES["labels_printed"])
    labels_used = TypedNumber(label=NAMES["labels_used"], help_text=gettext_lazy("Labels that went on packs."))
    batches = TypedNumber(label=NAMES["batches"])
    standard = forms.CharField(required=False, max_length=120, label=NAMES["standard"])
    tests = TypedNumber(
        label=NAMES["tests"], help_text=gettext_lazy("Test reports of the special quality, your own laboratory too.")
    )
    tests_failed = TypedNumber(label=NAMES["tests_failed"])
    employees = TypedNumber(label=NAMES["employees"], help_text=gettext_lazy("At the end of the year."))
    households = TypedNumber(label=NAMES["households"], help_text=gettext_lazy("Their number only, no names."))
    changes = _words("changes", gettext_lazy("New sites, varieties, packs or owners, for example. May stay empty."))
    violations = _words("violations", gettext_lazy("None? Leave it empty."))
    explanation = _words(
        "explanation", gettext_lazy("Only if something below your figures says so. The office reads it.")
    )
    may_be_shown = forms.BooleanField(
        required=False, label=NAMES["may_be_shown"],
        help_text=gettext_lazy("Sums of fewer than three enterprises are not published, so that nobody can tell one "
                               "from them. If you agree, yours may be shown all the same."),
    )  # fmt: skip

    def __init__(self, data: Any, *, report: UseReport, ledger: Ledger, checks: Sequence[Check] = ()) -> None:
        self.report, self.ledger, self.found = report, ledger, checks
        super().__init__(data, initial={name: getattr(report, name) for name in NAMES} | _shown(report))

    def clean(self) -> dict[str, Any]:
        """Output in thousandths of its unit; pieces are whole."""
        values: dict[str, Any] = super().clean() or self.cleaned_data
        amount, unit = values.get("output"), values.get("unit")
        if unit == TONNE:
            values["unit"], amount = Unit.KILOGRAM.value, amount if amount is None else amount * 1000
        if amount is None:
            return values
        if unit == Unit.PIECE and amount != int(amount):
            self.add_error("output", _("Pieces are counted in whole numbers."))
        elif amount * THOUSANDTHS > MOST_OUTPUT:
            self.add_error("output", _("This is more than the register can hold. Is the unit right?"))
        else:
            values["output"] = int(amount * THOUSANDTHS)
        return values

    def is_stored(self) -> bool:
        """Whether the report says already what was typed: the same form sent twice."""
        return all(getattr(self.report, name) == value for name, value in self.cleaned_data.items())

    @property
    def groups(self) -> list[tuple[str, list[tuple[Any, list[str], list[Check]]]]]:
        """The form as it is shown: field, what the register has beside it, and what does not fit."""
        return [
            (str(title), [
                (self[name], self._beside(name), [one for one in self.found if one.field == name]) for name in names
            ])
            for title, names in GROUPS
        ]  # fmt: skip

    def _beside(self, name: str) -> list[str]:
        found, year = self.ledger, self.ledger.year
        stored = getattr(self.report, name)
        if name in MONEY:
            return [large(stored)] if stored and large(stored) else []
        sentences = {
            "labels_printed": _("In the register: {number} labels issued in {year}."),
            "labels_used": _("In the register: {number} labels activated in {year}."),
            "batches": _("In the register: {number} batches issued in {year}."),
        }
        figures = {"labels_printed": found.issued, "labels_used": found.activated, "batches": found.batches}
        return [sentences[name].format(number=f"{figures[name]:,}", year=year)] if name in sentences else []


def _shown(report: UseReport) -> dict[str, Any]:
    """What is stored, as the form shows it."""
    return {"output": "" if report.output is None else number_text(report.output).replace(",", "")}


# --- The desk and the public ---


class YearForm(forms.Form):
    """Which year, and whether as a file; malformed values are ignored with a notice."""

    year = forms.TypedChoiceField(required=False, label=gettext_lazy("Year"), coerce=int, empty_value=None)
    format = FormatField(("csv", "xlsx", "json"))

    def __init__(self, data: Any, *, years: Sequence[int], **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.fields["year"].choices = [(year, str(year)) for year in years]
        self.initial.setdefault("year", years[0])


class AcceptForm(forms.Form):
    """Accepting needs no words."""

    use_required_attribute = False


class ReturnForm(forms.Form):
    """Why a report is returned."""

    use_required_attribute = False
    text = TextField(
        max_length=2000, label=gettext_lazy("What has to be corrected"),
        help_text=gettext_lazy("The enterprise reads it. Name the figure and what seems wrong with it."),
    )  # fmt: skip
