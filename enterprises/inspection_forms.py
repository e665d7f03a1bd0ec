"""EDGE. What officials type about random inspections: draws, results, inspectors, grades."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enterprises import directory, inspection_queue
from enterprises.cultivation_forms import INSIDE, MOST_CHOSEN, KeptForm, PlaceField, WrittenPlaceField
from enterprises.desk_forms import ALL
from enterprises.form_fields import DayField, NamedRowField, PastField, TextField
from enterprises.inspection_models import Inspection
from enterprises.inspection_states import (
    FOLLOW_UP_NEEDED,
    WEIGHTS,
    DrawState,
    Grade,
    InspectionResult,
    InspectionWay,
)
from enterprises.label_forms import NonceField, WholeField
from enterprises.models import Enterprise
from gi_registry.journal import Actor
from gi_registry.models import Division, DivisionLevel, User
from gi_registry.query_values import FormatField
from products.models import Product
from products.system_models import CheckItem

SEARCH = {"type": "search", "placeholder": gettext_lazy("Enterprise, code, product")}
PUBLIC = gettext_lazy("Everybody reads it: facts, no names of persons.")


def _search() -> forms.CharField:
    return forms.CharField(
        required=False, max_length=200, label=gettext_lazy("Search"), widget=forms.TextInput(attrs=SEARCH)
    )


class ListForm(forms.Form):
    """What the list of inspections is narrowed to."""

    view = forms.ChoiceField(
        required=False, label=gettext_lazy("Show"),
        choices=[
            (inspection_queue.WAITING, gettext_lazy("To be inspected")),
            (inspection_queue.TO_PUBLISH, gettext_lazy("To be published")),
            (inspection_queue.TO_FOLLOW_UP, gettext_lazy("To be followed up")),
            (inspection_queue.LATE, gettext_lazy("Late only")),
            (inspection_queue.ALL, gettext_lazy("All inspections")),
        ],
    )  # fmt: skip
    q = _search()


class GradesForm(forms.Form):
    """What the list of enterprises is narrowed to."""

    grade = forms.ChoiceField(
        required=False, label=gettext_lazy("Credit grade"),
        choices=[ALL, *Grade.choices, ("none", gettext_lazy("Without a grade"))],
    )  # fmt: skip
    q = _search()


class PublicForm(forms.Form):
    """What the public list of draws is narrowed to."""

    province = NamedRowField(
        queryset=Division.objects.current().filter(level=DivisionLevel.PROVINCE), to_field_name="code",
        required=False, label=gettext_lazy("Province"), empty_label=gettext_lazy("All"),
    )  # fmt: skip
    status = forms.ChoiceField(
        required=False, label=gettext_lazy("Status"),
        choices=[ALL, *((one.value, capfirst(one.label)) for one in DrawState)],
    )  # fmt: skip
    year = forms.IntegerField(required=False, min_value=2000, max_value=2999, label=gettext_lazy("Year"))
    format = FormatField(("csv", "xlsx", "json"))


# --- A draw ---


def places_field(places: QuerySet[Division], everywhere: bool) -> forms.Field:
    """The division of a draw or an office: chosen from a list, or written where there are many."""
    if places.count() > MOST_CHOSEN:
        words = _("A province, prefecture or county by its name or six-digit code.")
        if everywhere:
            words += " " + _("Leave it empty for the whole country.")
        return WrittenPlaceField(places, label=_("Division"), help_text=words, required=not everywhere)
    return PlaceField(places, label=_("Division"), required=not everywhere)


class DrawForm(forms.Form):
    """What is to be drawn. `seen`: fingerprint of the lists that the page showed."""

    use_required_attribute = False
    nonce = NonceField()
    seen = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)
    title = forms.CharField(
        max_length=120, label=gettext_lazy("Title of the draw"),
        help_text=gettext_lazy("Public from the draw on, such as: 安化黑茶 2026 年第一次双随机抽查."),
    )  # fmt: skip
    product = forms.CharField(
        required=False, max_length=12, label=gettext_lazy("Number of the product (optional)"),
        help_text=gettext_lazy("The register's number, such as 365. Empty: all products."),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )  # fmt: skip
    size = WholeField(label=gettext_lazy("How many are drawn"))
    demonstration = forms.BooleanField(
        required=False, label=gettext_lazy("A demonstration"),
        help_text=gettext_lazy("Draws from demonstration enterprises only, and stands in no public list."),
    )  # fmt: skip

    def __init__(self, *args: Any, actors: Sequence[Actor], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        everywhere = inspection_queue.keeps_everywhere(actors)
        self.fields["division"] = places_field(inspection_queue.keepable(actors), everywhere)
        self.order_fields(["title", "division", "product", "size", "demonstration"])
        if not everywhere:
            self.initial.setdefault("division", inspection_queue.keepable(actors).first())

    def clean_product(self) -> Product | None:
        """The product with this number."""
        text = self.cleaned_data["product"].strip()
        found = Product.objects.filter(number=int(text)).first() if text.isascii() and text.isdecimal() else None
        if text and found is None:
            raise forms.ValidationError(_("No product of the register has this number."))
        return found

    @property
    def asked(self) -> dict[str, Any]:
        """Division, product and kind of the lists."""
        return {name: self.cleaned_data[name] for name in ("division", "product", "demonstration")}


class PlainForm(forms.Form):
    """A step that needs no words."""


class CancelForm(forms.Form):
    """Why nothing is drawn."""

    use_required_attribute = False
    reason = TextField(max_length=400, label=gettext_lazy("Reason"), help_text=PUBLIC)


# --- One inspection ---


class RecordForm(forms.Form):
    """What an inspection found. The checks are those of the product on the day of the inspection."""

    use_required_attribute = False
    PASSED, FAILED, LEFT_OUT = "yes", "no", ""
    way = forms.ChoiceField(
        label=gettext_lazy("How it was inspected"), widget=forms.RadioSelect, initial=InspectionWay.SITE,
        choices=[(one.value, capfirst(one.label)) for one in InspectionWay],
    )  # fmt: skip
    on = PastField(required=True, label=gettext_lazy("Day of the inspection"))
    more_passed = TextField(
        required=False, max_length=2000, label=gettext_lazy("Further things in order"),
        help_text=gettext_lazy("One a line."), widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip
    more_failed = TextField(
        required=False, max_length=2000, label=gettext_lazy("Further things not in order"),
        help_text=gettext_lazy("One a line."), widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip
    result = forms.ChoiceField(
        label=gettext_lazy("Result"), widget=forms.RadioSelect,
        choices=[(one.value, capfirst(one.label)) for one in InspectionResult],
    )  # fmt: skip
    findings = TextField(label=gettext_lazy("What was found"), help_text=INSIDE)

    def __init__(self, data: Any = None, *, inspection: Inspection) -> None:
        super().__init__(data, initial={"on": timezone.localdate()})
        day = self.fields["on"].widget.value_from_datadict(self.data, {}, "on") if data else None
        try:
            on = self.fields["on"].clean(day) if day else timezone.localdate()
        except forms.ValidationError:
            on = timezone.localdate()
        self.items: list[CheckItem] = inspection_queue.check_items(inspection.authorisation, on)
        choices = [(self.PASSED, _("In order")), (self.FAILED, _("Not in order")), (self.LEFT_OUT, _("Not checked"))]
        for item in self.items:
            self.fields[f"item_{item.pk}"] = forms.ChoiceField(
                label=item.text, help_text=item.method, choices=choices, widget=forms.RadioSelect, required=False,
                initial=self.LEFT_OUT,
            )  # fmt: skip
            self.fields[f"remark_{item.pk}"] = forms.CharField(
                required=False, max_length=400, label=_("Remark on: {text}").format(text=item.text)
            )
        checks = [f"{name}_{item.pk}" for item in self.items for name in ("item", "remark")]
        self.order_fields(["way", "on", *checks, "more_passed", "more_failed", "result", "findings"])

    @property
    def values(self) -> dict[str, Any]:
        """What was written, in the names that the writer takes."""
        written = self.cleaned_data
        items = [
            {"item": item.pk, "text": item.text, "passed": written[f"item_{item.pk}"] == self.PASSED,
             "remark": written[f"remark_{item.pk}"]}
            for item in self.items if written[f"item_{item.pk}"]
        ]  # fmt: skip
        for name, passed in (("more_passed", True), ("more_failed", False)):
            texts = filter(None, (line.strip() for line in written[name].splitlines()))
            items += [{"item": None, "text": text, "passed": passed, "remark": ""} for text in texts]
        return {
            "way": InspectionWay(written["way"]), "inspected_on": written["on"], "items": items,
            "result": InspectionResult(written["result"]), "findings": written["findings"],
        }  # fmt: skip


class PublishForm(forms.Form):
    """What everybody reads of an inspection."""

    use_required_attribute = False
    summary = TextField(
        max_length=400, label=gettext_lazy("Summary for the public"), help_text=PUBLIC,
        widget=forms.Textarea(attrs={"rows": 4}),
    )  # fmt: skip
    ends_on = DayField(
        required=True, label=gettext_lazy("To be put right by"),
        help_text=gettext_lazy("The office looks again by this day; it is public."),
    )  # fmt: skip

    def __init__(self, data: Any = None, *, inspection: Inspection) -> None:
        super().__init__(data)
        if inspection.result not in FOLLOW_UP_NEEDED:
            del self.fields["ends_on"]

    @property
    def values(self) -> dict[str, Any]:
        """What was written, in the names that the writer takes."""
        return {"summary": self.cleaned_data["summary"], "follow_up_by": self.cleaned_data.get("ends_on")}


class FollowUpForm(forms.Form):
    """What came of the fault."""

    use_required_attribute = False
    text = TextField(max_length=400, label=gettext_lazy("What came of it"), help_text=PUBLIC)


# --- Inspectors and grades ---


class InspectorForm(KeptForm):
    """Somebody who may inspect. No name is kept: the register makes a code."""

    office = forms.CharField(
        max_length=120, label=gettext_lazy("Office"), help_text=gettext_lazy("The body, not a person.")
    )
    account = forms.CharField(
        required=False, max_length=150, label=gettext_lazy("Account (optional)"),
        help_text=gettext_lazy("The sign-in name of a reviewer, who can then record inspections drawn for this code."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip
    active_from = DayField(required=True, label=gettext_lazy("May inspect from"))
    active_to = DayField(label=gettext_lazy("No longer from (optional)"))
    demonstration = forms.BooleanField(
        required=False, label=gettext_lazy("For demonstrations only"),
        help_text=gettext_lazy("Is drawn for demonstration enterprises, and never for real ones."),
    )  # fmt: skip

    def __init__(self, *args: Any, actors: Sequence[Actor], is_new: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["division"] = places_field(inspection_queue.keepable(actors), False)
        self.order_fields(["division", "office", "account", "active_from", "active_to"])
        if not is_new:
            del self.fields["demonstration"]

    def clean_account(self) -> User | None:
        """The account with this name; whether it fits is the writer's to say."""
        name = self.cleaned_data["account"].strip()
        found = User.objects.filter(username=name, is_active=True).first() if name else None
        if name and found is None:
            raise forms.ValidationError(_("There is no such account."))
        return found


class ConflictForm(forms.Form):
    """An enterprise that an inspector must not visit."""

    use_required_attribute = False
    version = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)
    enterprise = forms.CharField(
        max_length=120, label=gettext_lazy("Enterprise"),
        help_text=gettext_lazy("Its credit code, its reference here, or its full Chinese name."),
    )  # fmt: skip
    reason = forms.CharField(max_length=200, label=gettext_lazy("Reason"), help_text=INSIDE)

    def clean_enterprise(self) -> Enterprise:
        """The one public enterprise that is meant."""
        text = self.cleaned_data["enterprise"].strip()
        named = Enterprise.objects.public().filter(name_zh=text)[:2]
        found = directory.by_key(text) or (named[0] if len(named) == 1 else None)
        if found is None:
            raise forms.ValidationError(_("No enterprise is found by that, or more than one: write its credit code."))
        return found


class GradeForm(forms.Form):
    """The grade of an enterprise from a day on. `seen`: the last grade that the page showed."""

    use_required_attribute = False
    seen = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)
    grade = forms.ChoiceField(label=gettext_lazy("Credit grade"), widget=forms.RadioSelect)
    since = DayField(
        required=True, label=gettext_lazy("From"),
        help_text=gettext_lazy("Today or later: the answers for past days stay as they are."),
    )  # fmt: skip
    reason = TextField(max_length=400, label=gettext_lazy("Reason"), help_text=PUBLIC)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["grade"].choices = [  # type: ignore[attr-defined]
            (one.value, _("{grade} (weight {weight} in a draw)").format(grade=one.label, weight=WEIGHTS[one]))
            for one in Grade
        ]
