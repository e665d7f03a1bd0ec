"""EDGE. What officials type about demonstration zones: the zone, its steps, yearly summaries, zones of the past."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Any

from django import forms
from django.db.models import Q
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enterprises import zone_facts
from enterprises.cultivation_forms import INSIDE, KeptForm, YuanField, place_field
from enterprises.desk_forms import ALL
from enterprises.form_fields import DayField, PastField, TextField
from enterprises.label_forms import WholeField
from gi_registry import partial_dates
from gi_registry.journal import Actor
from gi_registry.models import Division, DivisionLevel
from gi_registry.state_tables import Move
from products.models import Product
from products.zone_models import DemonstrationZone
from products.zone_states import ZoneLevel, ZoneState
from products.zone_values import FIGURES, PRIVATE, StageEntry

MOST_PRODUCTS = 40
# Stages that a zone of the past can have, in their order.
PAST_STAGES = (
    ZoneState.PUBLIC_NOTICE, ZoneState.BUILDING, ZoneState.SELF_CHECKED, ZoneState.ACCEPTED, ZoneState.REVIEWED,
    ZoneState.CANCELLED, ZoneState.WITHDRAWN,
)  # fmt: skip
TYPED = {"autocomplete": "off"}


def plain(value: Any) -> str:
    """Digits of any width as plain ones, without blanks and commas."""
    return re.sub(r"[\s,]", "", unicodedata.normalize("NFKC", str(value or "")))


class CountField(WholeField):
    """A whole number; nothing and none at all are both possible."""

    def clean(self, value: Any) -> Any:
        if plain(value) == "0":
            return 0
        return None if plain(value) == "" and not self.required else super().clean(value)


class MoneyField(YuanField):
    """An amount in whole yuan; nothing and none at all are both possible."""

    def clean(self, value: Any) -> Any:
        if re.fullmatch("0元?", plain(value)):
            return 0
        return None if plain(value) == "" and not self.required else super().clean(value)


class ProductsField(forms.CharField):
    """Products of the register, by number or name."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=1000, widget=forms.TextInput(attrs=TYPED), **kwargs)

    def clean(self, value: Any) -> list[Product]:
        text = unicodedata.normalize("NFKC", super().clean(value))
        tokens = [part for token in re.split(r"[,、;\n]+", text) if (part := token.strip())][:MOST_PRODUCTS]
        found, faults = [], []
        for token in tokens:
            rows = self._fitting(token)
            if len(rows) == 1:
                found += rows
            elif rows:
                numbers = ", ".join(str(row.number) for row in rows)
                faults.append(_("“{name}” may be several; write the number: {numbers}").format(
                    name=token[:40], numbers=numbers
                ))  # fmt: skip
            else:
                faults.append(_("“{name}” is no product of the register.").format(name=token[:40]))
        if faults:
            raise forms.ValidationError(faults)
        return list(dict.fromkeys(found))

    def _fitting(self, token: str) -> list[Product]:
        number = re.match("[0-9]{1,9}(?![0-9])", token)
        wanted = Q(number=int(number[0])) if number else Q(name_zh=token)
        return list(Product.objects.filter(wanted).order_by("number")[:6])

    def prepare_value(self, value: Any) -> Any:
        return "、".join(f"{row.number} {row.name_zh}" for row in value) if isinstance(value, list) else value


class FiguresForm(forms.Form):
    """The figures that conditions and summaries share."""

    producers = CountField(
        label=gettext_lazy("Producers in the area"),
        help_text=gettext_lazy("All who make the product there, with or without the mark."),
    )  # fmt: skip
    users = CountField(label=gettext_lazy("Of these with the mark"))
    sector_output = MoneyField(
        label=gettext_lazy("Output value of all, in yuan"), help_text=gettext_lazy("Of one year, such as 1.2亿.")
    )
    users_output = MoneyField(label=gettext_lazy("Of this by those with the mark"))

    def clean(self) -> dict[str, Any]:
        """A part is not larger than the whole."""
        values: dict[str, Any] = super().clean() or self.cleaned_data
        for part, whole in (("users", "producers"), ("users_output", "sector_output")):
            if (values.get(part) or 0) > (values.get(whole) or 0) and values.get(whole) is not None:
                self.add_error(part, _("Those with the mark are some of all: their number cannot be the larger one."))
        return values


class ZoneForm(FiguresForm, KeptForm):
    """A zone. `record`: it is public or becomes so at once, and is kept by the officer with its papers and source."""

    level = forms.ChoiceField(
        label=gettext_lazy("Level"), widget=forms.RadioSelect, initial=ZoneLevel.NATIONAL,
        choices=[(one.value, capfirst(one.label)) for one in ZoneLevel],
    )  # fmt: skip
    name_zh = forms.CharField(
        max_length=120, label=gettext_lazy("Name in Chinese"),
        help_text=gettext_lazy("Such as 安化黑茶国家地理标志产品保护示范区."),
    )  # fmt: skip
    name_en = forms.CharField(max_length=200, required=False, label=gettext_lazy("Name in English (optional)"))
    products = ProductsField(
        label=gettext_lazy("Products of this register"),
        help_text=gettext_lazy("Number or Chinese name; several with commas between."),
    )  # fmt: skip
    carrier = forms.CharField(
        max_length=120, required=False, label=gettext_lazy("Carried by"),
        help_text=gettext_lazy("The local government that builds the zone. The body, not a person."),
    )  # fmt: skip
    recommender = forms.CharField(
        max_length=120, required=False, label=gettext_lazy("Recommended by"),
        help_text=gettext_lazy("The office of the province."),
    )  # fmt: skip
    figures_on = PastField(label=gettext_lazy("Day that the figures are of"))
    conduct = TextField(
        required=False, max_length=2000, label=gettext_lazy("Quality and safety in the last three years"),
        help_text=INSIDE,
    )  # fmt: skip
    support = TextField(
        required=False, max_length=2000, label=gettext_lazy("Policies and work that support the zone"), help_text=INSIDE
    )
    batch = forms.CharField(
        max_length=60, required=False, label=gettext_lazy("Batch"), help_text=gettext_lazy("Such as 2021.")
    )
    build_from = PastField(label=gettext_lazy("First day to build"))
    build_to = DayField(label=gettext_lazy("Last day to build"))
    papers = forms.CharField(
        max_length=400, required=False, label=gettext_lazy("Acts and papers"),
        help_text=gettext_lazy("Numbers of the acts, with semicolons between."),
    )  # fmt: skip
    source = forms.CharField(
        max_length=400, label=gettext_lazy("Source"), help_text=gettext_lazy("Where this was read.")
    )
    ORDER = ("level", "name_zh", "name_en", "division", "products", "carrier", "recommender", "batch")

    def __init__(self, *args: Any, actors: Iterable[Actor], record: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = Division.objects.select_related("parent__parent") if record else zone_facts.places(actors)
        rows = rows.current().exclude(level=DivisionLevel.PROVINCE)  # type: ignore[attr-defined]
        self.fields["division"] = place_field(rows.order_by("code"))
        if rows.count() == 1:
            self.initial["division"] = self.initial.get("division") or rows.get()
        for name in PRIVATE if record else ("batch", "build_from", "build_to", "source"):
            del self.fields[name]
        self.fields["products"].required = not record
        for name in FIGURES:
            self.fields[name].required = False
        self.order_fields(self.ORDER)

    def clean(self) -> dict[str, Any]:
        """Figures need their day; the time to build ends after it begins."""
        values = super().clean()
        told = any(values.get(name) is not None for name in FIGURES)
        if told and not values.get("figures_on") and "figures_on" not in self.errors:
            self.add_error("figures_on", _("Write the day that the figures are of."))
        first, last = values.get("build_from"), values.get("build_to")
        if last and (first is None or last < first) and "build_from" not in self.errors:
            self.add_error("build_to", _("The last day cannot be before the first."))
        return values


class HistoricForm(ZoneForm):
    """A zone that was chosen elsewhere, with the stages that its source tells of."""

    def __init__(self, *args: Any, actors: Iterable[Actor], **kwargs: Any) -> None:
        super().__init__(*args, actors=actors, record=True, **kwargs)
        for state in PAST_STAGES:
            word = capfirst(str(state.label))
            self.fields[f"on_{state.value}"] = forms.CharField(
                max_length=20, required=False, widget=forms.TextInput(attrs=TYPED),
                label=_("{stage}: since").format(stage=word),
            )  # fmt: skip
            self.fields[f"paper_{state.value}"] = forms.CharField(
                max_length=200, required=False, label=_("{stage}: paper").format(stage=word)
            )
        self.fields["on_public_notice"].help_text = _(
            "A year, month or day, as exactly as the source tells: 2021, 2021-09 or 2021-09-03. Leave out what it does "
            "not tell."
        )

    @property
    def stages(self) -> list[StageEntry]:
        """The stages that were written, in the order of their days."""
        found = []
        for state in PAST_STAGES:
            if day := self.cleaned_data.get(f"on_{state.value}"):
                found.append(StageEntry(state, day.on, day.precision, self.cleaned_data[f"paper_{state.value}"]))
        return found

    @property
    def values(self) -> dict[str, Any]:
        """What the writer takes."""
        return {name: value for name, value in super().values.items() if not name.startswith(("on_", "paper_"))}

    def clean(self) -> dict[str, Any]:
        """Days known by halves; at least one stage."""
        values = super().clean()
        for state in PAST_STAGES:
            name = f"on_{state.value}"
            try:
                values[name] = partial_dates.parse(unicodedata.normalize("NFKC", values.get(name) or ""))
            except ValueError:
                self.add_error(name, _("Write a year, month or day like this: 2021, 2021-09 or 2021-09-03."))
        if not any(values.get(f"on_{state.value}") for state in PAST_STAGES) and not self.errors:
            self.add_error("on_public_notice", _("Write at least one stage with its day."))
        return values


class StepForm(forms.Form):
    """A step: from which day, by which paper, why."""

    use_required_attribute = False
    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    on = PastField(required=True, label=gettext_lazy("From which day"))
    ends_on = DayField(required=True, label=gettext_lazy("New last day to build"))
    paper = forms.CharField(
        max_length=200, required=False, label=gettext_lazy("Paper (optional)"),
        help_text=gettext_lazy("Number and title of the act. It is public once the zone is chosen."),
    )  # fmt: skip
    reason = TextField(max_length=2000, label=gettext_lazy("Reason"), help_text=INSIDE)

    def __init__(self, *args: Any, move: Move, zone: DemonstrationZone, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial |= {"on": timezone.localdate(), "version": zone.version}
        if move.name != "extend":
            del self.fields["ends_on"]

    @property
    def values(self) -> dict[str, Any]:
        """What the writer takes."""
        own = dict(self.cleaned_data)
        return own | {"build_to": own.pop("ends_on", None)}


class SummaryForm(FiguresForm):
    """What a zone reports of a year."""

    use_required_attribute = False
    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    text = TextField(label=gettext_lazy("What was done in the year"), help_text=INSIDE)


class ZonesForm(forms.Form):
    """What the list at the desk is narrowed to."""

    q = forms.CharField(
        required=False, max_length=200, label=gettext_lazy("Search"),
        widget=forms.TextInput(attrs={"type": "search", "placeholder": gettext_lazy("Name, place, product")}),
    )  # fmt: skip
    level = forms.ChoiceField(
        required=False, label=gettext_lazy("Level"),
        choices=[ALL, *((one.value, capfirst(one.label)) for one in ZoneLevel)],
    )  # fmt: skip
    state = forms.ChoiceField(
        required=False, label=gettext_lazy("State"),
        choices=[ALL, *((one.value, capfirst(one.label)) for one in ZoneState)],
    )  # fmt: skip
    due = forms.ChoiceField(
        required=False, label=gettext_lazy("What waits"),
        choices=[
            ALL, (zone_facts.LATE, gettext_lazy("Summary late")), (zone_facts.OVER, gettext_lazy("Time to build over")),
        ],
    )  # fmt: skip
