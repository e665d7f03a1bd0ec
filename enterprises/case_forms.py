"""EDGE. What officials type about protection cases: a new case, the steps of its form, its documents, its review.

A step that is not complete is stored all the same; a form refuses only what cannot be stored at all. What is missing
is told by `products.cases.lacking`.
"""

from __future__ import annotations

import datetime
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enterprises import case_choices, case_facts, case_queue
from enterprises.case_words import LAWS_OF_TODAY
from enterprises.cultivation_forms import PlaceField, place_field
from enterprises.desk_forms import ALL, FILE_HELP
from enterprises.form_fields import PastField, TextField
from enterprises.label_forms import LabelForm
from enterprises.portal_forms import LinesField, digest
from gi_registry.journal import Actor
from gi_registry.models import Division
from products.case_models import ProtectionCase
from products.case_states import (
    MAIN_CONTENT,
    NEEDED_PAPERS,
    NEEDED_PARTS,
    ApplicantKind,
    CaseKind,
    CaseState,
    LegalBasis,
    PaperKind,
    ProposerLevel,
    RequesterKind,
    RequirementPart,
    ReviewResult,
    RevocationGround,
    applicants_under,
    law_of,
)
from products.cases import level_needed, lies_there
from products.drafting import Place
from products.maps import name_of
from products.models import Right
from products.states import Category, Extent

LONGEST_PART = 8000  # characters of one part of the requirements
MOST_PLACES = 60
MORE_PLACES = 3
CHOOSE = ("", gettext_lazy("Choose"))


def words_of(members: Iterable[Any]) -> list[tuple[str, Any]]:
    """Choices of a list, each with a capital letter."""
    return [(one.value, capfirst(one.label)) for one in members]


# --- Filters ---


class CasesForm(forms.Form):
    """What the queue is narrowed to; malformed values are ignored with a notice."""

    view = forms.ChoiceField(
        required=False, label=gettext_lazy("Show"),
        choices=[
            ("waiting", gettext_lazy("Waiting for you")), ("open", gettext_lazy("All open cases")),
            ("finished", gettext_lazy("Finished cases")), ("drafts", gettext_lazy("Drafts")),
            ("any", gettext_lazy("All cases")),
        ],
    )  # fmt: skip
    kind = forms.ChoiceField(required=False, label=gettext_lazy("Asks"), choices=[ALL, *words_of(CaseKind)])
    law = forms.ChoiceField(required=False, label=gettext_lazy("Law"), choices=[ALL, *words_of(LegalBasis)])
    state = forms.ChoiceField(required=False, label=gettext_lazy("State"), choices=[ALL, *words_of(CaseState)])
    county = PlaceField(None, required=False, label=gettext_lazy("County"), empty_label=ALL[1])
    late = forms.ChoiceField(
        required=False, label=gettext_lazy("Clock"), choices=[ALL, ("yes", gettext_lazy("Late only"))]
    )
    q = forms.CharField(
        required=False, max_length=200, label=gettext_lazy("Search"),
        widget=forms.TextInput(attrs={"type": "search", "placeholder": gettext_lazy("Number, name, applicant")}),
    )  # fmt: skip

    def __init__(self, data: Any, *, actors: Sequence[Actor], **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.fields["county"].queryset = case_queue.counties(actors)


# --- A new case ---


class RightField(forms.CharField):
    """A right, by the number or name of its product; `in_force`: only what is protected today."""

    def __init__(self, *, in_force: bool = True, **kwargs: Any) -> None:
        super().__init__(max_length=200, widget=forms.TextInput(attrs={"autocomplete": "off"}), **kwargs)
        self.in_force = in_force

    def clean(self, value: Any) -> Right | None:
        text = super().clean(value)
        if not text:
            return None
        found = case_choices.rights_for(text, in_force=self.in_force)
        if not found:
            raise forms.ValidationError(_("No GI product with this number or name is protected."))
        if len(found) > 1:
            known = ", ".join(f"{right.product.name_zh} {right.reference}" for right in found[:5])
            raise forms.ValidationError(_("Several are meant; write one of: {known}").format(known=known))
        return found[0]


class NewCaseForm(LabelForm):
    """What a case is about, and under which law."""

    kind = forms.ChoiceField(
        label=gettext_lazy("What is asked for"), widget=forms.RadioSelect, choices=words_of(CaseKind),
        initial=CaseKind.RECOGNITION,
    )  # fmt: skip
    legal_basis = forms.ChoiceField(
        label=gettext_lazy("Law"), widget=forms.RadioSelect, choices=words_of(LAWS_OF_TODAY),
        initial=LegalBasis.ORDER_80,
        help_text=gettext_lazy("Order 78 only for a name whose papers came before 1 February 2024."),
    )  # fmt: skip
    filed_on = PastField(
        label=gettext_lazy("Day on which the papers came"),
        help_text=gettext_lazy("Only for Order 78. Under Order 80 it is the day on which you send the case."),
    )
    name_zh = forms.CharField(
        required=False, max_length=60, label=gettext_lazy("Name in Chinese"),
        help_text=gettext_lazy("For a new name. A change or a revocation begins with the name that is protected."),
    )  # fmt: skip
    about = RightField(
        required=False, label=gettext_lazy("Protected product"),
        help_text=gettext_lazy("Only for a change or a revocation: its number in this register, or its exact name."),
    )

    def __init__(self, *args: Any, actors: Sequence[Actor], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        places = case_choices.preparable(actors)
        self.fields["division"] = place_field(places)
        self.fields["division"].help_text = _(
            "The county or prefecture where the product comes from; its province gives the opinion. If the area lies "
            "in several prefectures, the one whose office prepares the case."
        )
        if places.count() == 1:
            self.initial.setdefault("division", places.get())

    def clean(self) -> dict[str, Any]:
        """Kind, law, day and name must fit each other."""
        values = super().clean() or self.cleaned_data
        kind, law = values.get("kind"), values.get("legal_basis")
        if kind == CaseKind.RECOGNITION:
            self._check_name(values, law)
        elif kind:
            self._check_right(values, law)
        return values

    def _check_name(self, values: dict[str, Any], law: str | None) -> None:
        values["about"] = None
        if not values.get("name_zh") and "name_zh" in values:
            self.add_error("name_zh", _("Write the name of the product."))
        if law == LegalBasis.ORDER_80:
            values["filed_on"] = None
        elif law and "filed_on" in values and (not values["filed_on"] or law_of(values["filed_on"]) != law):
            text = _("Order 78 held from 15 July 2005 to 31 January 2024: give a day of that time.")
            self.add_error("filed_on", text)

    def _check_right(self, values: dict[str, Any], law: str | None) -> None:
        values["filed_on"] = None
        if law and law != LegalBasis.ORDER_80:
            self.add_error("legal_basis", _("Changes and revocation follow Order 80."))
        right, place = values.get("about"), values.get("division")
        if right is None and "about" in values:
            self.add_error("about", _("Say which product it is about."))
        elif right is not None and place is not None and not lies_there(right, place):
            self.add_error("division", _("The area of this product lies elsewhere."))


# --- Steps ---


class CaseStepForm(forms.Form):
    """One step of a case. `case` is what the form rests on; `rebase` lets it rest on a newer state of it."""

    step = ""
    use_required_attribute = False

    def __init__(self, data: Any, *, case: ProtectionCase, **kwargs: Any) -> None:
        self.case = case
        super().__init__(data, initial=self.stored() | kwargs.pop("initial", {}), **kwargs)

    def stored(self) -> dict[str, Any]:
        """What is stored of this step now, by field."""
        return {name: getattr(self.case, name) for name in self.fields_stored}

    fields_stored: tuple[str, ...] = ()

    def to_store(self) -> dict[str, Any]:
        """What was typed, as `drafting.save_draft` takes it."""
        return {name: self.cleaned_data[name] for name in self.fields_stored if name in self.fields}

    def is_stored(self) -> bool:
        """Whether exactly this is stored already, as when a form is sent twice."""
        return all(getattr(self.case, name) == value for name, value in self.to_store().items())

    def rebase(self, case: ProtectionCase) -> None:
        """Rest on the case as it is now; what was typed stays."""
        self.case = case
        self.initial = self.stored()

    @property
    def mark(self) -> str:
        """What the page carries, beside the version, to tell later whether this step was changed meanwhile."""
        return digest(self.stored())

    @property
    def stands(self) -> list[tuple[str, str]]:
        """Label and present text of every field that now differs from what was typed."""
        found = []
        for name, value in self.stored().items():
            if name in self.fields and _plain(value) != _plain(self.cleaned_data.get(name)):
                field = self.fields[name]
                text = dict(getattr(field, "choices", ())).get(value) or _plain(value) or "—"
                found.append((str(field.label), str(text)))
        return found

    def full_clean(self) -> None:
        """A day that cannot be read is shown again as it was typed: a date picker would swallow it."""
        super().full_clean()
        for name in self.errors if self.is_bound else ():
            if isinstance(self.fields.get(name), PastField):
                self.fields[name].widget.input_type = "text"


def _plain(value: Any) -> str:
    if isinstance(value, datetime.date):
        return value.isoformat()
    return "" if value is None else str(value)


class NameForm(CaseStepForm):
    """The name, what kind of goods it is, and who applies."""

    step = "name"
    name_zh = forms.CharField(max_length=60, label=gettext_lazy("Name in Chinese"))
    name_en = forms.CharField(max_length=200, required=False, label=gettext_lazy("Name in English (optional)"))
    category = forms.ChoiceField(
        required=False, label=gettext_lazy("Kind of goods"), choices=[CHOOSE, *words_of(Category)]
    )
    applicant_kind = forms.ChoiceField(required=False, label=gettext_lazy("Who applies"), widget=forms.RadioSelect)
    applicant = forms.CharField(
        required=False, max_length=120, label=gettext_lazy("Name of the applicant"),
        help_text=gettext_lazy("The body as it signs; it becomes public with the case. No name of a person."),
    )  # fmt: skip
    applicant_code = forms.CharField(
        required=False, max_length=18, label=gettext_lazy("Its unified social credit code (optional)"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
    )  # fmt: skip
    filed_on = PastField(label=gettext_lazy("Day on which the papers came"))
    fields_stored = ("name_zh", "name_en", "category", "applicant_kind", "applicant", "applicant_code", "filed_on")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        able = applicants_under(self.case.legal_basis)
        self.fields["applicant_kind"].choices = words_of(kind for kind in ApplicantKind if kind in able)
        if self.case.kind == CaseKind.CHANGE:
            self.fields["name_zh"].help_text = _("Another name is a change of the main content.")
        if self.case.legal_basis == LegalBasis.ORDER_80 or case_facts.was_filed(self.case):
            del self.fields["filed_on"]

    def clean_applicant_code(self) -> str:
        """In the form in which codes are stored."""
        return unicodedata.normalize("NFKC", self.cleaned_data["applicant_code"]).replace(" ", "").upper()


class AreaForm(CaseStepForm):
    """The area: its wording, its divisions in rows, and who proposed it. An empty row counts for nothing."""

    step = "area"
    area_text = TextField(
        required=False, max_length=400, label=gettext_lazy("Wording of the area"),
        widget=forms.Textarea(attrs={"rows": 3, "lang": "zh-Hans"}),
        help_text=gettext_lazy("As in the government's proposal, such as 湖南省安化县现辖行政区域."),
    )  # fmt: skip
    proposer = forms.CharField(
        required=False, max_length=120, label=gettext_lazy("Government that proposed the area"),
        help_text=gettext_lazy("Such as 安化县人民政府."),
    )  # fmt: skip
    proposer_level = forms.ChoiceField(
        required=False, label=gettext_lazy("Its level"), choices=[CHOOSE, *words_of(ProposerLevel)]
    )
    proposal_number = forms.CharField(
        required=False, max_length=80, label=gettext_lazy("Number of the proposal"),
        help_text=gettext_lazy("Such as 安政函〔2024〕12号."),
    )  # fmt: skip
    proposal_on = PastField(label=gettext_lazy("Day of the proposal"))
    fields_stored = ("area_text", "proposer", "proposer_level", "proposal_number", "proposal_on")

    def __init__(self, data: Any, *, case: ProtectionCase, rows: int = 0, **kwargs: Any) -> None:
        super().__init__(data, case=case, **kwargs)
        self.places: list[Place] = []
        self.number = min(max(rows, self._rows()), MOST_PLACES)
        for number in range(self.number):
            self._add_row(number)

    def stored(self) -> dict[str, Any]:
        areas = list(self.case.areas.select_related("division__parent__parent"))
        self.kept = [Place(row.division, row.extent, row.note) for row in areas]
        rows: dict[str, Any] = {}
        for number, place in enumerate(self.kept):
            rows |= {f"place_{number}": place.division.code, f"extent_{number}": place.extent,
                     f"note_{number}": place.note}  # fmt: skip
        return super().stored() | rows

    def _rows(self) -> int:
        """As many rows as were typed; else those stored, and some that are empty."""
        values = self.data if self.is_bound else self.initial
        filled = max((n + 1 for n in range(MOST_PLACES) if values.get(f"place_{n}")), default=0)
        there = max((n + 1 for n in range(MOST_PLACES) if f"place_{n}" in values), default=0)
        return there if self.is_bound else max(filled + 1, MORE_PLACES)

    def _add_row(self, number: int) -> None:
        attrs = {"list": "known-divisions", "autocomplete": "off"}
        self.fields[f"place_{number}"] = forms.CharField(
            required=False, max_length=60, label=_("Division {number}").format(number=number + 1),
            widget=forms.TextInput(attrs=attrs),
        )  # fmt: skip
        self.fields[f"extent_{number}"] = forms.ChoiceField(
            required=False, label=_("How much of it"), choices=[CHOOSE, *words_of(Extent)]
        )
        self.fields[f"note_{number}"] = forms.CharField(
            required=False, max_length=100, label=_("Remark (towns)")
        )

    @property
    def rows(self) -> list[tuple[int, Any, Any, Any, str]]:
        """Number, place, extent, remark, and the name of the division where it is stored like this."""
        found = []
        for number in range(self.number):
            place = self[f"place_{number}"]
            named = next((name_of(one.division) for one in self.kept if place.value() == one.division.code), "")
            found.append((number + 1, place, self[f"extent_{number}"], self[f"note_{number}"], named))
        return found

    @property
    def needed(self) -> ProposerLevel | None:
        """The government that has to propose the area as it is stored."""
        return level_needed([place.division for place in self.kept]) if self.kept else None

    def clean(self) -> dict[str, Any]:
        """A row names one division of today, and says how much of it; each division once."""
        values = super().clean() or self.cleaned_data
        seen: set[int] = set()
        for number in range(self.number):
            text, extent = values.get(f"place_{number}"), values.get(f"extent_{number}")
            note = values.get(f"note_{number}") or ""
            if not text:
                if text == "" and note:
                    self.add_error(f"place_{number}", _("Name the division that the remark is about."))
                continue
            place = self._division(number, text)
            if place is None:
                continue
            if place.pk in seen:
                self.add_error(f"place_{number}", _("This division is named twice."))
            elif extent == "":
                self.add_error(f"extent_{number}", _("Say how much of it belongs to the area."))
            elif extent:
                self.places.append(Place(place, extent, note))
            seen.add(place.pk)
        return values

    def _division(self, number: int, text: str) -> Division | None:
        found = case_choices.divisions_named(text, near=self.case.division)
        if len(found) == 1:
            return found[0]
        if found:
            codes = ", ".join(f"{name_of(one)} {one.code}" for one in found[:5])
            words = _("“{name}” may be several; write the code: {codes}").format(name=text[:40], codes=codes)
        else:
            words = _("“{name}” is no division of today.").format(name=text[:40])
        self.add_error(f"place_{number}", words)
        return None

    def to_store(self) -> dict[str, Any]:
        return super().to_store() | {"places": self.places}

    def is_stored(self) -> bool:
        plain = {name: value for name, value in self.to_store().items() if name != "places"}
        same = all(getattr(self.case, name) == value for name, value in plain.items())
        return same and {*self.places} == {*self.kept}


def suggested(typed: Mapping[str, Any], case: ProtectionCase) -> dict[str, str]:
    """The rows that were typed, and after them the divisions that the wording names and no row does."""
    rows = [
        tuple(typed.get(f"{name}_{n}", "") for name in ("place", "extent", "note")) for n in range(MOST_PLACES)
    ]
    rows = [row for row in rows if any(row)]
    known = {place.pk for row in rows for place in case_choices.divisions_named(str(row[0]), near=case.division)}
    rows += [
        (place.code, str(extent), "")
        for place, extent in case_choices.in_wording(typed.get("area_text", ""), case.division)
        if place.pk not in known
    ]
    return {
        f"{name}_{number}": text
        for number, row in enumerate(rows[:MOST_PLACES])
        for name, text in zip(("place", "extent", "note"), row, strict=True)
    }


class RequirementsForm(CaseStepForm):
    """The protection requirements, part by part."""

    step = "requirements"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for part in RequirementPart:
            label = capfirst(part.label)
            self.fields[f"part_{part}"] = TextField(
                required=False, max_length=LONGEST_PART,
                label=label if part in NEEDED_PARTS else _("{label} (optional)").format(label=label),
                widget=forms.Textarea(attrs={"rows": 6}), help_text=self._help(part),
            )  # fmt: skip

    def _help(self, part: RequirementPart) -> str:
        if self.case.kind != CaseKind.CHANGE:
            return ""
        if part in MAIN_CONTENT:
            return _("Main content: a change of it is announced first, so that everybody may object.")
        return _("Not main content: it can be changed without a notice.")

    def stored(self) -> dict[str, Any]:
        return {f"part_{part}": self.case.requirements.get(part, "") for part in RequirementPart}

    def to_store(self) -> dict[str, Any]:
        typed = {part.value: self.cleaned_data[f"part_{part}"] for part in RequirementPart}
        return {"requirements": {part: text for part, text in typed.items() if text.strip()}}


class RequestForm(CaseStepForm):
    """Who asks for a revocation, and on which ground."""

    step = "request"
    ground = forms.ChoiceField(
        required=False, label=gettext_lazy("Ground"), widget=forms.RadioSelect, choices=words_of(RevocationGround)
    )
    requester_kind = forms.ChoiceField(
        required=False, label=gettext_lazy("Who asks for it"), widget=forms.RadioSelect,
        choices=words_of(RequesterKind), help_text=gettext_lazy("Nobody is named in public."),
    )  # fmt: skip
    fields_stored = ("ground", "requester_kind")


FORMS: dict[str, type[CaseStepForm]] = {
    form.step: form for form in (NameForm, AreaForm, RequirementsForm, RequestForm)
}


# --- Documents and the technical review ---


class PaperForm(forms.Form):
    """A document to be added."""

    use_required_attribute = False
    kind = forms.ChoiceField(label=gettext_lazy("What it is"))
    title = forms.CharField(
        required=False, max_length=120, label=gettext_lazy("Title"),
        help_text=gettext_lazy("May stay empty; the kind of document is shown then."),
    )  # fmt: skip
    file = forms.FileField(
        label=gettext_lazy("File"), help_text=FILE_HELP, allow_empty_file=True, max_length=300,
        widget=forms.FileInput(attrs={"accept": ".pdf,.jpg,.jpeg,.png,application/pdf,image/jpeg,image/png"}),
    )  # fmt: skip

    def __init__(self, *args: Any, case: ProtectionCase, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        needed = NEEDED_PAPERS.get((case.kind, case.legal_basis), ())
        there = {paper.kind for paper in case.papers.all()}
        self.fields["kind"].choices = words_of([*needed, *(kind for kind in PaperKind if kind not in needed)])
        self.initial["kind"] = next((kind for kind in needed if kind not in there), PaperKind.OTHER)


class FieldsField(LinesField):
    """Fields of experts, one a line."""

    def clean(self, value: Any) -> list[str]:
        lines = super().clean(value)
        if not lines:
            raise forms.ValidationError(_("Write at least one field, such as 茶学."))
        return lines


class ReviewForm(LabelForm):
    """The meeting of experts. `seen`: the last review that the person knew of."""

    held_on = PastField(required=True, label=gettext_lazy("Day of the meeting"))
    experts = FieldsField(
        label=gettext_lazy("Fields of the experts"),
        help_text=gettext_lazy("One a line, such as 茶学 or 食品科学. No names: who took part is no business of this "
                               "register."),
    )  # fmt: skip
    site_checked_on = PastField(label=gettext_lazy("Day of the site check (if there was one)"))
    result = forms.ChoiceField(
        label=gettext_lazy("Result"), widget=forms.RadioSelect, choices=words_of(ReviewResult)
    )
    opinion = TextField(
        label=gettext_lazy("Opinion of the experts"),
        help_text=gettext_lazy("It stays in the case; the public reads only that there was a review, and its result."),
    )
    seen = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)
