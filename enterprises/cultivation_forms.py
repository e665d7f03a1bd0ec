"""EDGE. What officials type about candidates, trainings and funding projects.

Where a territory has many counties they are written, by name or code, instead of ticked in a list of hundreds.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enterprises.desk_forms import ALL
from enterprises.form_fields import DayField, PastField, TextField, TickedRowsField
from enterprises.label_forms import NonceField, WholeField
from enterprises.portal_choices import smallest
from gi_registry.journal import Actor
from gi_registry.models import Division, DivisionLevel
from gi_registry.state_tables import Move
from products import pipeline
from products.cultivation_models import Candidate
from products.cultivation_states import ReadyItem, Stage, TrainingKind
from products.maps import name_of
from products.models import Product
from products.states import Category

MOST_TICKED = 40  # more choices than that are written
MOST_CHOSEN = 200  # more choices than that are too many for one list
MOST_YUAN = 10**13
INSIDE = gettext_lazy("Read at the desk only, never published.")


# --- Places ---


def _tokens(text: str) -> list[str]:
    """Names and codes as they are written or pasted: one a line, or with commas; Chinese ones also with blanks."""
    parts = (part.strip() for part in re.split(r"[,，、;；\n]+", text))
    return [token for part in parts for token in ([part] if re.search("[A-Za-z]", part) else part.split())]


def places_in(text: str, places: QuerySet[Division]) -> list[Division]:
    """The divisions that a text names. Raises ValidationError with every name that is unknown or not clear."""
    tokens = list(dict.fromkeys(_tokens(text)))[:MOST_CHOSEN]
    wanted = Q(pk__in=[])
    for token in tokens:
        wanted |= Q(code=token) | Q(name_zh__startswith=token) | Q(name_en__iexact=token)
    rows = list(places.filter(wanted).order_by("code"))
    found, faults = [], []
    for token in tokens:
        exact = [row for row in rows if token in (row.code, row.name_zh) or token.lower() == row.name_en.lower()]
        fitting = exact or [row for row in rows if row.name_zh.startswith(token)]
        if len(fitting) == 1:
            found.append(fitting[0])
        elif fitting:
            codes = ", ".join(f"{row.name_zh} {row.code}" for row in fitting[:5])
            faults.append(_("“{name}” may be several; write the code: {codes}").format(name=token[:40], codes=codes))
        else:
            faults.append(_("“{name}” is no county of your territory.").format(name=token[:40]))
    if faults:
        raise forms.ValidationError(faults)
    return found


class WrittenPlaceField(forms.CharField):
    """One division by its name or code."""

    def __init__(self, places: QuerySet[Division], **kwargs: Any) -> None:
        super().__init__(max_length=60, **kwargs)
        self.places = places

    def clean(self, value: Any) -> Division | None:
        found = places_in(super().clean(value), self.places)
        if len(found) > 1:
            raise forms.ValidationError(_("Name one county."))
        return found[0] if found else None

    def prepare_value(self, value: Any) -> Any:
        return value.code if isinstance(value, Division) else value


class WrittenPlacesField(TextField):
    """Several divisions by their names or codes."""

    def __init__(self, places: QuerySet[Division], **kwargs: Any) -> None:
        super().__init__(widget=forms.Textarea(attrs={"rows": 3}), **kwargs)
        self.places = places

    def clean(self, value: Any) -> list[Division]:
        return places_in(super().clean(value), self.places)

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, list):
            return value
        names = [row.name_zh for row in value]
        known = Counter(self.places.filter(name_zh__in=names).values_list("name_zh", flat=True))
        return "、".join(row.name_zh if known[row.name_zh] == 1 else row.code for row in value)


class PlaceField(forms.ModelChoiceField):
    """One division, chosen from a list, by its code; codes of the past may have been used twice."""

    def __init__(self, queryset: Any, **kwargs: Any) -> None:
        kwargs.setdefault("empty_label", gettext_lazy("Choose"))
        super().__init__(queryset, to_field_name="code", **kwargs)

    def to_python(self, value: Any) -> Division | None:
        if value in self.empty_values:
            return None
        found = self.queryset.filter(code=value).first() if re.fullmatch("[0-9]{6}", str(value)) else None
        if found is None:
            raise forms.ValidationError(self.error_messages["invalid_choice"], code="invalid_choice")
        return found

    def label_from_instance(self, obj: Division) -> str:
        return name_of(obj)


class TickedPlacesField(TickedRowsField):
    """Several divisions, ticked."""

    def label_from_instance(self, obj: Division) -> str:
        return name_of(obj)


def place_field(places: QuerySet[Division]) -> forms.Field:
    """One division of a territory; for the whole country it is written."""
    options: dict[str, Any] = {
        "label": _("County or prefecture"), "error_messages": {"required": _("Say where it comes from.")}
    }  # fmt: skip
    if places.count() > MOST_CHOSEN:
        words = _("Its name or six-digit code, such as 安化县 or 430923.")
        return WrittenPlaceField(places, help_text=words, **options)
    return PlaceField(places, **options)


def counties_field(places: QuerySet[Division]) -> forms.Field:
    """Counties of a territory: ticked, or written where there are many."""
    options: dict[str, Any] = {
        "label": _("For which counties"), "error_messages": {"required": _("Name at least one county.")}
    }  # fmt: skip
    if places.count() > MOST_TICKED:
        words = _("Their names or six-digit codes, with commas or one a line, such as 安化县、桃江县.")
        return WrittenPlacesField(places, help_text=words, **options)
    return TickedPlacesField(places, widget=forms.CheckboxSelectMultiple, **options)


# --- Money and candidates ---


class YuanField(forms.CharField):
    """An amount of money as people write it, in whole yuan: 300000, 300,000, 30万, 1.2亿元."""

    TIMES = {None: 1, "万": 10_000, "亿": 100_000_000}

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
        super().__init__(max_length=40, widget=widget, **kwargs)

    def clean(self, value: Any) -> int:
        text = re.sub(r"[\s,￥¥]", "", unicodedata.normalize("NFKC", super().clean(value)))
        match = re.fullmatch(r"([0-9]{1,14}(?:\.[0-9]{1,8})?)([万亿])?元?", text)
        amount = Decimal(match[1]) * self.TIMES[match[2]] if match else Decimal(0)
        if not 1 <= amount <= MOST_YUAN or amount != int(amount):
            raise forms.ValidationError(_("Write an amount in whole yuan above 0, such as 300000 or 30万."))
        return int(amount)


class TickedCandidatesField(TickedRowsField):
    """Candidates of the territory, ticked."""

    def label_from_instance(self, obj: Candidate) -> str:
        return f"{obj.name_zh} · {name_of(obj.division)}"


class WrittenCandidatesField(forms.CharField):
    """Candidates by their references, where there are many."""

    def __init__(self, rows: QuerySet[Candidate], **kwargs: Any) -> None:
        super().__init__(max_length=2000, **kwargs)
        self.rows = rows

    def clean(self, value: Any) -> list[Candidate]:
        wanted = [token.upper() for token in re.split(r"[\s,，、;；]+", super().clean(value)) if token][:MOST_CHOSEN]
        found = {row.reference: row for row in self.rows.filter(reference__in=wanted)}
        if missing := [token for token in wanted if token not in found]:
            raise forms.ValidationError(
                _("“{name}” is no candidate of your territory.").format(name=missing[0][:40])
            )
        return list(found.values())

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(row.reference for row in value) if isinstance(value, list) else value


def candidates_field(rows: QuerySet[Candidate]) -> forms.Field:
    """Candidates that a project is for; there may be none."""
    options: dict[str, Any] = {"label": _("For which candidates (optional)"), "required": False}
    if rows.count() > MOST_TICKED:
        return WrittenCandidatesField(rows, help_text=_("Their references, such as K2026000012."), **options)
    return TickedCandidatesField(rows, to_field_name="reference", widget=forms.CheckboxSelectMultiple, **options)


# --- What is kept ---


class KeptForm(forms.Form):
    """A row that is kept. `nonce` marks a new one, `version` is that of the row the page showed."""

    use_required_attribute = False
    nonce = NonceField()
    version = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["nonce" if "version" in self.initial else "version"]

    @property
    def values(self) -> dict[str, Any]:
        """What was written, in the names that the writers take."""
        return {name: value for name, value in self.cleaned_data.items() if name not in ("nonce", "version")}


class CandidateForm(KeptForm):
    """A candidate. Only name, kind and place are needed: the rest grows."""

    since = PastField(
        required=True, label=gettext_lazy("Known as a candidate since"),
        help_text=gettext_lazy("Today, or the day on which you began to look after it."),
    )  # fmt: skip
    name_zh = forms.CharField(max_length=60, label=gettext_lazy("Name in Chinese"))
    name_en = forms.CharField(max_length=200, required=False, label=gettext_lazy("Name in English (optional)"))
    category = forms.ChoiceField(
        label=gettext_lazy("Kind of goods"), choices=[(one.value, capfirst(one.label)) for one in Category]
    )
    reputation = TextField(
        required=False, label=gettext_lazy("Reputation and history"),
        help_text=gettext_lazy("What proves that people know it: annals, prizes, markets. With sources."),
    )  # fmt: skip
    producers = TextField(
        required=False, max_length=2000, label=gettext_lazy("Producers"),
        help_text=gettext_lazy("How many households, cooperatives and firms, and about how much they make. No names of "
                               "persons."),
    )  # fmt: skip
    natural_factors = TextField(
        required=False, label=gettext_lazy("What nature adds"), help_text=gettext_lazy("Soil, water, climate, breed.")
    )
    human_factors = TextField(
        required=False, label=gettext_lazy("What people add"),
        help_text=gettext_lazy("How it is grown or made here, and since when."),
    )  # fmt: skip
    checklist = forms.MultipleChoiceField(
        required=False, label=gettext_lazy("What is there already"), widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("What an application needs. It can be called ready when everything is ticked."),
        choices=[(item.value, capfirst(item.label)) for item in ReadyItem],
    )  # fmt: skip
    next_step = forms.CharField(
        required=False, max_length=200, label=gettext_lazy("Next step"),
        help_text=gettext_lazy("One thing that can be done, such as: have three samples tested."),
    )  # fmt: skip
    next_step_due = DayField(label=gettext_lazy("To be done by"))
    office = forms.CharField(
        required=False, max_length=120, label=gettext_lazy("Office that looks after it"),
        help_text=gettext_lazy("The body, not a person."),
    )  # fmt: skip
    notes = TextField(required=False, label=gettext_lazy("Notes"), help_text=INSIDE)

    def __init__(self, *args: Any, actors: Iterable[Actor], is_new: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        places = pipeline.keepable(actors).current().exclude(level=DivisionLevel.PROVINCE)  # type: ignore[attr-defined]
        self.fields["division"] = place_field(places.order_by("code"))
        if places.count() == 1:
            self.initial["division"] = self.initial.get("division") or places.get()
        if not is_new:
            del self.fields["since"]
        self.order_fields(["division", "name_zh", "name_en", "category", "since"])

    def clean(self) -> dict[str, Any]:
        """A day needs something to be done by then."""
        values = super().clean() or self.cleaned_data
        if values.get("next_step_due") and not values.get("next_step") and "next_step" in values:
            self.add_error("next_step", _("Write what has to be done by that day."))
        return values


class RecordForm(KeptForm):
    """What a training and a project share: the counties they are for."""

    ORDER: Sequence[str] = ()

    def __init__(self, *args: Any, actors: Sequence[Actor], kept: Sequence[Division] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        stands = Q(pk__in=[place.pk for place in kept])  # also where it is a county no more
        places = pipeline.keepable(actors).filter(Q(pk__in=smallest().order_by().values("pk")) | stands)
        self.fields["counties"] = counties_field(places.order_by("code"))
        self.add_choices(actors)
        self.order_fields(self.ORDER)

    def add_choices(self, actors: Sequence[Actor]) -> None:
        """Fields whose choices depend on who writes."""


class TrainingForm(RecordForm):
    """A training or guidance visit."""

    ORDER = ("kind", "held_on", "topic", "counties", "attendance", "office", "note")
    kind = forms.ChoiceField(
        label=gettext_lazy("What it was"), widget=forms.RadioSelect, initial=TrainingKind.TRAINING,
        choices=[(one.value, capfirst(one.label)) for one in TrainingKind],
    )  # fmt: skip
    held_on = PastField(
        required=True, label=gettext_lazy("Day"), help_text=gettext_lazy("The first, if it took several.")
    )
    topic = forms.CharField(max_length=200, label=gettext_lazy("Topic"))
    attendance = WholeField(
        label=gettext_lazy("How many people came"), help_text=gettext_lazy("A number only: names are not kept.")
    )
    office = forms.CharField(max_length=120, label=gettext_lazy("Office that held it"))
    note = TextField(required=False, max_length=2000, label=gettext_lazy("Notes"), help_text=INSIDE)


class ProjectForm(RecordForm):
    """A funding project."""

    ORDER = ("title", "funder", "amount", "begins_on", "ends_on", "counties", "candidates", "result")
    title = forms.CharField(max_length=200, label=gettext_lazy("Name of the project"))
    funder = forms.CharField(max_length=120, label=gettext_lazy("Who gives the money"))
    amount = YuanField(label=gettext_lazy("Amount in yuan"), help_text=gettext_lazy("Such as 300000 or 30万."))
    begins_on = DayField(required=True, label=gettext_lazy("First day"))
    ends_on = DayField(label=gettext_lazy("Last day (if it is known)"))
    result = TextField(required=False, max_length=2000, label=gettext_lazy("What it brought"), help_text=INSIDE)

    def add_choices(self, actors: Sequence[Actor]) -> None:
        """Candidates of the own territory."""
        rows = Candidate.objects.select_related("division").exclude(stage=Stage.DROPPED)
        rows = rows.filter(division__in=pipeline.keepable(actors).values("pk"))
        self.fields["candidates"] = candidates_field(rows.order_by("pk"))

    def clean(self) -> dict[str, Any]:
        """It ends after it begins."""
        values = super().clean() or self.cleaned_data
        first, last = values.get("begins_on"), values.get("ends_on")
        if first and last and last < first:
            self.add_error("ends_on", _("The last day cannot be before the first."))
        return values


# --- Steps ---


class StepForm(forms.Form):
    """A move: from which day, why, and for protection which product of the register it has become."""

    use_required_attribute = False
    product = forms.CharField(
        max_length=12, label=gettext_lazy("Number of the product in this register"),
        help_text=gettext_lazy("It stands at the head of the product's page."),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )  # fmt: skip
    on = PastField(required=True, label=gettext_lazy("From which day"))
    reason = TextField(max_length=2000, label=gettext_lazy("Reason"), help_text=INSIDE)

    def __init__(self, *args: Any, move: Move, candidate: Candidate, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("on", timezone.localdate())
        self.fields["reason"].required = move.needs_reason
        if not move.needs_reason:
            self.fields["reason"].label = _("Remark (optional)")
        if move.name != "protect":
            del self.fields["product"]
        elif candidate.product is not None:
            self.initial.setdefault("product", candidate.product.number)

    def clean_product(self) -> Product:
        """The product with the number."""
        text = unicodedata.normalize("NFKC", self.cleaned_data["product"]).strip()
        found = Product.objects.filter(number=int(text)).first() if re.fullmatch("[0-9]{1,9}", text) else None
        if found is None:
            raise forms.ValidationError(_("No product of the register has this number."))
        return found


class VersionForm(forms.Form):
    """A confirmation: only what the page showed is meant."""

    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)


# --- Filters ---


class CandidatesForm(forms.Form):
    """What the list of candidates is narrowed to."""

    stage = forms.ChoiceField(
        required=False, label=gettext_lazy("Stage"),
        choices=[ALL, *((one.value, capfirst(one.label)) for one in Stage)],
    )  # fmt: skip
    county = PlaceField(None, required=False, label=gettext_lazy("County"), empty_label=ALL[1])
    category = forms.ChoiceField(
        required=False, label=gettext_lazy("Kind of goods"),
        choices=[ALL, *((one.value, capfirst(one.label)) for one in Category)],
    )  # fmt: skip
    due = forms.ChoiceField(
        required=False, label=gettext_lazy("Next step"),
        choices=[ALL, (pipeline.LATE, gettext_lazy("Overdue only"))],
    )  # fmt: skip
    q = forms.CharField(
        required=False, max_length=200, label=gettext_lazy("Search"),
        widget=forms.TextInput(attrs={"type": "search", "placeholder": gettext_lazy("Name, office, step")}),
    )  # fmt: skip

    def __init__(self, data: Any, *, actors: Iterable[Actor], **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.fields["county"].queryset = pipeline.counties(actors)


class RecordsForm(forms.Form):
    """What the list of trainings or projects is narrowed to."""

    year = forms.ChoiceField(required=False, label=gettext_lazy("Year"))
    county = PlaceField(None, required=False, label=gettext_lazy("County"), empty_label=ALL[1])
    view = forms.ChoiceField(
        required=False, label=gettext_lazy("Show"),
        choices=[("", gettext_lazy("What counts")), ("struck", gettext_lazy("What was struck"))],
    )  # fmt: skip

    def __init__(self, data: Any, *, years: Iterable[int], counties: QuerySet[Division], **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.fields["year"].choices = [ALL, *((str(year), str(year)) for year in years)]
        self.fields["county"].queryset = counties
