"""EDGE. What officials type about plans: the plan, its measures with their yearly steps, what sources report."""

from __future__ import annotations

import datetime
import re
import unicodedata
from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enterprises.form_fields import DayField, TextField
from enterprises.label_forms import NonceField
from gi_registry import partial_dates
from gi_registry.models import Division
from products.coverage_rules import Counted
from products.maps import name_of
from products.models import PovertyList
from products.plan_models import Measure, Plan, ReportedFigure
from products.plan_states import FLOWS
from products.states import Basis

WIDE = {"autocomplete": "off"}
# Where a refusal of the writer belongs on the page, by its code.
FIELD_OF = {
    "period": "period_to", "no_units": "poverty_list", "baseline": "baseline", "target": "target",
    "reason_missing": "reason", "future": "on", "duplicate": "on", "tracks": "tracks", "elsewhere": "division",
}  # fmt: skip


def field_of(form: forms.Form, code: str) -> str | None:
    """The field of a form that a refusal speaks of, None for the form as a whole."""
    name = next((one for one in form.fields if one.startswith("step_")), "") if code == "steps" else FIELD_OF.get(code)
    return name if name in form.fields else None


class CountField(forms.CharField):
    """A whole number, 0 included; digits of any width, with or without commas between thousands."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"})
        super().__init__(max_length=20, widget=widget, **kwargs)

    def clean(self, value: Any) -> int | None:
        text = re.sub(r"[\s,]", "", unicodedata.normalize("NFKC", super().clean(value)))
        if not text:
            return None
        if not re.fullmatch("[0-9]{1,9}", text):
            raise forms.ValidationError(_("Write a whole number, such as 12."))
        return int(text)


class VersionField(forms.IntegerField):
    """Which version of the plan the page shows; a spoilt one is none that stands."""

    def __init__(self) -> None:
        super().__init__(required=False, widget=forms.HiddenInput)

    def clean(self, value: Any) -> int:
        try:
            return super().clean(value) or 0
        except forms.ValidationError:
            return 0


class DivisionField(forms.CharField):
    """A division of today, by its code or its Chinese name."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=60, widget=forms.TextInput(attrs=WIDE), **kwargs)

    def clean(self, value: Any) -> Division:
        text = unicodedata.normalize("NFKC", super().clean(value)).strip()
        rows = Division.objects.current().select_related("parent__parent")
        found = list(rows.filter(code=text) if text.isdecimal() else rows.filter(name_zh=text))
        if not found:
            raise forms.ValidationError(_("No division of today has this code or name."))
        if len(found) > 1:
            raise forms.ValidationError(_("Several divisions have this name. Write the six-digit code."))
        return found[0]


class PlanForm(forms.Form):
    """A plan of a territory. `plan` is None for a new one."""

    use_required_attribute = False
    nonce = NonceField()
    version = VersionField()
    division = DivisionField(
        label=gettext_lazy("Territory"),
        help_text=gettext_lazy("Six-digit code or Chinese name, such as 430000 or 湖南省. It cannot be changed later."),
    )
    name_zh = forms.CharField(
        max_length=120, label=gettext_lazy("Name of the plan in Chinese"), widget=forms.TextInput(attrs=WIDE)
    )
    name_en = forms.CharField(
        max_length=200, required=False, label=gettext_lazy("Name in English, if it has one"),
        widget=forms.TextInput(attrs=WIDE),
    )  # fmt: skip
    poverty_list = forms.ModelChoiceField(
        PovertyList.objects.all(), to_field_name="slug", label=gettext_lazy("Poverty list"), empty_label=None,
        help_text=gettext_lazy("The plan is measured on the units of this list that lie in the territory."),
    )  # fmt: skip
    tracks = forms.ChoiceField(
        choices=[(one.value, capfirst(one.label)) for one in Counted], initial=Counted.GI_PRODUCT,
        label=gettext_lazy("What counts as protection"),
    )  # fmt: skip
    period_from = DayField(required=True, label=gettext_lazy("First day"))
    period_to = DayField(required=True, label=gettext_lazy("Last day"))
    office = forms.CharField(
        max_length=120, label=gettext_lazy("Office in charge"),
        help_text=gettext_lazy("An office, not a person."), widget=forms.TextInput(attrs=WIDE),
    )  # fmt: skip
    source = forms.CharField(
        max_length=400, required=False, label=gettext_lazy("Where the plan stands"),
        help_text=gettext_lazy("Number and title of the document, for example."), widget=forms.TextInput(attrs=WIDE),
    )  # fmt: skip
    note = TextField(max_length=2000, required=False, label=gettext_lazy("Note"))
    reason = TextField(
        max_length=2000, label=gettext_lazy("Why it is changed"),
        help_text=gettext_lazy("The plan is adopted. Kept with the change; public once the plan is."),
    )  # fmt: skip

    def __init__(self, data: Any = None, *, plan: Plan | None = None, **kwargs: Any) -> None:
        if plan is not None:
            names = self.base_fields.keys() - {"nonce", "division", "reason", "poverty_list"}
            kwargs["initial"] = {name: getattr(plan, name) for name in names} | {"poverty_list": plan.poverty_list.slug}
        super().__init__(data, **kwargs)
        self.fields["poverty_list"].label_from_instance = name_of  # type: ignore[attr-defined]
        if plan is None or plan.state == "draft":
            del self.fields["reason"]
        if plan is not None:
            del self.fields["division"], self.fields["nonce"]

    def clean(self) -> dict[str, Any]:
        """The last day comes after the first."""
        values: dict[str, Any] = super().clean() or self.cleaned_data
        first, last = values.get("period_from"), values.get("period_to")
        if first and last and last <= first:
            self.add_error("period_to", _("The last day has to be after the first day."))
        return values

    @property
    def of_plan(self) -> dict[str, Any]:
        """What the writer takes."""
        names = {"nonce", "version", "division", "reason"}
        return {name: value for name, value in self.cleaned_data.items() if name not in names}


class MeasureForm(forms.Form):
    """A number to reach, with the years before."""

    use_required_attribute = False
    version = VersionField()
    baseline = CountField(label=gettext_lazy("Baseline"))
    baseline_basis = forms.CharField(
        max_length=200, required=False, label=gettext_lazy("How the baseline is known"),
        widget=forms.TextInput(attrs=WIDE),
    )  # fmt: skip
    target = CountField(label=gettext_lazy("Target"))
    reason = PlanForm.base_fields["reason"]

    def __init__(self, data: Any = None, *, plan: Plan, kind: str) -> None:
        measure = next((one for one in plan.measures.all() if one.kind == kind), None)
        steps = {step.due_on: step.value for step in measure.steps.all()} if measure else {}
        self.days = {f"step_{day:%Y%m%d}": day for day in sorted({*year_ends(plan), *steps})}
        initial: dict[str, Any] = {name: steps.get(day) for name, day in self.days.items()}
        if measure is not None:
            own = {name: getattr(measure, name) for name in ("baseline", "baseline_basis", "target")}
            initial |= own
        super().__init__(data, initial=initial | {"version": plan.version})
        if kind in FLOWS:
            del self.fields["baseline"]
            self.fields["baseline_basis"].label = _("How it is known")
        else:
            before = plan.period_from - datetime.timedelta(days=1)
            self.fields["baseline"].help_text = _("Where it stood on {day}, the day before the plan begins.").format(
                day=before.isoformat()
            )
        self.fields["target"].help_text = _("To be reached by {day}.").format(day=plan.period_to.isoformat())
        reason = self.fields.pop("reason")
        for name, day in self.days.items():
            self.fields[name] = CountField(
                required=False, label=_("By {day}").format(day=day.isoformat()),
                help_text=_("What the plan itself asks for by then. Leave it empty if it asks for nothing."),
            )  # fmt: skip
        if plan.state != "draft":
            self.fields["reason"] = reason

    @property
    def of_measure(self) -> dict[str, Any]:
        """What the writer takes."""
        values = self.cleaned_data
        steps = [(day, values[name]) for name, day in self.days.items() if values[name] is not None]
        return {
            "baseline": values.get("baseline") or 0, "baseline_basis": values["baseline_basis"],
            "target": values["target"], "steps": steps, "reason": values.get("reason", ""),
        }  # fmt: skip


def year_ends(plan: Plan) -> list[datetime.date]:
    """The last days of the years that end within the plan, before its last day."""
    days = [datetime.date(year, 12, 31) for year in range(plan.period_from.year, plan.period_to.year + 1)]
    return [day for day in days if plan.period_from <= day < plan.period_to]


class FigureForm(forms.Form):
    """What a source says of a measure."""

    use_required_attribute = False
    kind = forms.ChoiceField(label=gettext_lazy("Measure"), widget=forms.RadioSelect)
    on = forms.CharField(
        max_length=20, label=gettext_lazy("On the day, in the month or in the year"),
        help_text=gettext_lazy("As exactly as the source says it: 2018, 2018-07 or 2018-07-31."),
        widget=forms.TextInput(attrs=WIDE),
    )  # fmt: skip
    value = CountField(label=gettext_lazy("What the source reports"))
    source = forms.CharField(
        max_length=400, label=gettext_lazy("Source"),
        help_text=gettext_lazy("Who says it, where and when."), widget=forms.TextInput(attrs=WIDE),
    )  # fmt: skip
    basis = forms.ChoiceField(
        label=gettext_lazy("How it is known"), widget=forms.RadioSelect, initial=Basis.SOURCED,
        choices=[(one.value, capfirst(one.label)) for one in Basis],
    )  # fmt: skip
    note = TextField(max_length=400, required=False, label=gettext_lazy("Note"))

    def __init__(
        self, data: Any = None, *, measures: Sequence[Measure], figure: ReportedFigure | None = None
    ) -> None:
        noted = {"value": figure.value, "basis": figure.basis, "note": figure.note} if figure else None
        super().__init__(data, initial=noted)
        self.fields["kind"].choices = [  # type: ignore[attr-defined]
            (one.kind, capfirst(one.get_kind_display())) for one in measures
        ]
        if len(measures) == 1:
            self.initial["kind"] = measures[0].kind
        if figure is not None:  # what a figure is about stays; only what was noted of it is corrected
            for name in ("kind", "on", "source"):
                del self.fields[name]
            self.precision = figure.precision

    def clean_on(self) -> datetime.date:
        """The last possible day of what is known."""
        text = re.sub(r"[年月./]", "-", unicodedata.normalize("NFKC", self.cleaned_data["on"])).strip("日- ")
        text = re.sub(r"-([0-9])(?![0-9])", r"-0\1", text)
        try:
            found = partial_dates.parse(text)
        except ValueError:
            found = None
        if found is None:
            raise forms.ValidationError(_("Write it like this: 2018, 2018-07 or 2018-07-31."))
        if partial_dates.first_day(*found) > timezone.localdate():
            raise forms.ValidationError(_("The day lies in the future."))
        if found.on > timezone.localdate():
            raise forms.ValidationError(_("This month or year is not over yet: write the day."))
        self.precision = found.precision.value
        return found.on

    @property
    def of_figure(self) -> dict[str, Any]:
        """What the writer takes, but for measure, day and source."""
        return {name: self.cleaned_data[name] for name in ("value", "basis", "note")} | {"precision": self.precision}


class StepForm(forms.Form):
    """Adopt, close or release a plan; closing needs a reason."""

    use_required_attribute = False
    version = VersionField()
    reason = TextField(max_length=2000, label=gettext_lazy("Reason"))

    def __init__(self, data: Any = None, *, plan: Plan, close: bool) -> None:
        super().__init__(data, initial={"version": plan.version})
        if not close:
            del self.fields["reason"]
