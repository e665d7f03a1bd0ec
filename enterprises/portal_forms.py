"""EDGE. What an enterprise types in the portal: the steps of an application, documents, messages.

A step that is not complete is stored all the same; a form refuses only what cannot be stored at all. What is missing
is told by `completeness.missing`.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enterprises import drafts, portal_choices
from enterprises.application_models import MarkApplication
from enterprises.form_fields import DayField, NumberField, PastField, TextField
from enterprises.portal_words import documents_by_kind, sites, unit_words
from enterprises.states import ApplicationKind, DocumentKind, LawfulUser
from gi_registry.journal import Actor
from gi_registry.models import Division
from products.maps import name_of
from products.models import Product

MOST_SITES = 6
MOST_LINES = 30
LONGEST_LINE = 60


# --- Fields ---


class LinesField(forms.CharField):
    """Several short texts, one in each line; the same text counts once."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, widget=forms.Textarea(attrs={"rows": 4}), max_length=5000, **kwargs)

    def clean(self, value: Any) -> list[str]:
        lines = list(dict.fromkeys(filter(None, (line.strip() for line in super().clean(value).splitlines()))))
        if len(lines) > MOST_LINES:
            raise forms.ValidationError(_("At most {number} lines.").format(number=MOST_LINES))
        for line in lines:
            if len(line) > LONGEST_LINE:
                text = _("“{line}…” is too long: at most {number} characters a line.")
                raise forms.ValidationError(text.format(line=line[:20], number=LONGEST_LINE))
        return lines

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value


# --- Steps ---


def digest(values: Any) -> str:
    """A mark of what was stored when a page was made, to see later whether it still is."""
    return hashlib.sha256(json.dumps(values, default=str, sort_keys=True).encode()).hexdigest()[:16]


class StepForm(forms.Form):
    """One step of an application. `file` is what the form rests on; `rebase` lets it rest on a newer state."""

    step = ""
    use_required_attribute = False

    def __init__(self, data: Any, *, file: MarkApplication, **kwargs: Any) -> None:
        self.file = file
        super().__init__(data, initial=self.stored(), **kwargs)

    def stored(self) -> dict[str, Any]:
        """What is stored of this step now; each step says it."""
        return {}

    def typed(self) -> dict[str, Any]:
        """What was typed, in the form of `stored`."""
        return {}

    def write(self, *, by: Actor, version: int) -> None:
        """Store what was typed. Raises MoveRefused."""
        drafts.save_draft(self.file, by=by, version=version, **self.typed())

    def is_stored(self) -> bool:
        """Whether exactly this is stored already, as when a form is sent twice."""
        return all(getattr(self.file, name) == value for name, value in self.typed().items())

    def rebase(self, file: MarkApplication) -> None:
        """Rest on the file as it is now; what was typed stays."""
        self.file = file
        self.initial = self.stored()

    @property
    def mark(self) -> str:
        """What the page carries, beside the version, to tell later whether this step was changed meanwhile."""
        return digest(self.stored())

    def full_clean(self) -> None:
        """A day that cannot be read is shown again as it was typed: a date picker would swallow it."""
        super().full_clean()
        for name in self.errors if self.is_bound else ():
            if isinstance(self.fields.get(name), DayField):
                self.fields[name].widget.input_type = "text"


LAWFUL_USERS = {
    LawfulUser.PRODUCER: gettext_lazy("You make the product in its area, to its standard. Most enterprises are here."),
    LawfulUser.COLLECTIVE_MEMBER: gettext_lazy("An association owns the collective mark, and you are its member."),
    LawfulUser.LICENSEE: gettext_lazy("You have a licence contract with the owner of the certification mark."),
    LawfulUser.OTHER: gettext_lazy("CNIPA has registered you as a user on another ground."),
}


class ProductForm(StepForm):
    """Which product, and on what right the enterprise uses the mark."""

    step = "product"
    q = forms.CharField(required=False, max_length=200, label=gettext_lazy("Find the product"), widget=forms.TextInput(
        attrs={"type": "search", "autocomplete": "off", "autocapitalize": "none", "enterkeyhint": "search"}),
        help_text=gettext_lazy("A part of its name is enough, also in pinyin."))  # fmt: skip
    product = forms.CharField(required=False, max_length=9, label=gettext_lazy("Product"))
    lawful_user = forms.ChoiceField(
        required=False, label=gettext_lazy("On what right do you use the mark?"), widget=forms.RadioSelect,
        choices=[(kind.value, capfirst(kind.label)) for kind in LawfulUser],
    )  # fmt: skip
    mark_number = forms.CharField(
        required=False, max_length=40, label=gettext_lazy("Registration number of the trademark"),
        help_text=gettext_lazy("Only for members and licensees of a collective or certification mark."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip
    mark_until = DayField(
        label=gettext_lazy("Last day of the trademark"),
        help_text=gettext_lazy("Only for members and licensees; it stands in the trademark certificate."),
    )
    licence_until = DayField(
        label=gettext_lazy("Last day of the licence"),
        help_text=gettext_lazy("Only for licensees; it stands in the licence contract."),
    )
    NAMES = ("lawful_user", "mark_number", "mark_until", "licence_until")

    def stored(self) -> dict[str, Any]:
        number = self.file.product.number if self.file.product else ""
        return {"product": str(number)} | {name: getattr(self.file, name) for name in self.NAMES}

    def clean_product(self) -> Product | None:
        """One that can be applied for, or the one that was chosen before. The product of a change is settled."""
        text, before = self.cleaned_data["product"].strip(), self.file.product
        if self.file.kind == ApplicationKind.CHANGE or (before and text in ("", str(before.number))):
            return before
        if text and (found := portal_choices.product_by_number(text)) is None:
            raise forms.ValidationError(_("Nobody can apply for this product. Search and choose from the list."))
        return found if text else None

    def typed(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in ("product", *self.NAMES)}

    @property
    def kinds(self) -> list[tuple[str, Any, Any, bool]]:
        """The kinds of lawful users with a sentence each, and which is chosen."""
        chosen = self["lawful_user"].value() or ""
        return [
            (kind.value, capfirst(kind.label), LAWFUL_USERS[kind], kind.value == chosen) for kind in LawfulUser
        ]


class GoodsForm(StepForm):
    """Varieties, standard, output, packs."""

    step = "goods"
    explanation = TextField(required=False, max_length=2000, label=gettext_lazy("What changes and why"))
    varieties = LinesField(
        label=gettext_lazy("Varieties or kinds of goods"),
        help_text=gettext_lazy("One in each line, in Chinese, as they will stand on the pack. For example 茯砖茶."),
    )
    standard = forms.CharField(
        required=False, max_length=120, label=gettext_lazy("Standard or announcement printed at the mark"),
        help_text=gettext_lazy("The number of the standard you produce to, or of the announcement of the product."),
        widget=forms.TextInput(attrs={"list": "known-standards", "autocomplete": "off"}),
    )  # fmt: skip
    yearly_output = NumberField(
        label=gettext_lazy("Expected yearly output"), help_text=gettext_lazy("Only a number; the unit comes next.")
    )
    output_unit = forms.ChoiceField(required=False, label=gettext_lazy("Unit"))
    packs = LinesField(
        label=gettext_lazy("Pack sizes"), help_text=gettext_lazy("One in each line, for example 500 g. May stay empty.")
    )
    NAMES = ("explanation", "varieties", "standard", "yearly_output", "output_unit", "packs")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        units = unit_words()
        if self.file.output_unit:
            units.setdefault(self.file.output_unit, self.file.output_unit)
        self.fields["output_unit"].choices = [("", _("Choose")), *units.items()]
        if self.file.kind != ApplicationKind.CHANGE:
            del self.fields["explanation"]

    def stored(self) -> dict[str, Any]:
        return {name: getattr(self.file, name) for name in self.NAMES}

    def typed(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in self.NAMES if name in self.fields}


class SitesForm(StepForm):
    """Production sites: rows of a division and an address; an empty row counts for nothing."""

    step = "sites"
    province = forms.ChoiceField(
        required=False, label=gettext_lazy("Province of the sites"),
        help_text=gettext_lazy("Only if a site lies in another province than the product."),
    )  # fmt: skip

    def __init__(self, data: Any, *, file: MarkApplication, province: str = "") -> None:
        super().__init__(data, file=file)
        self.divisions: dict[int, Division] = {}
        wanted = portal_choices.province_by_code(data.get("province", "") if data else province)
        wanted = wanted or (file.product.province if file.product else None)
        if wanted is None and file.all_sites:
            wanted = file.all_sites[0].division.lineage()[0]
        chosen = [site.division for site in file.all_sites] + self._typed_divisions()
        groups = portal_choices.divisions_for(file.product, wanted, chosen)
        grouped = [(name, [(row.code, name_of(row)) for row in rows]) for name, rows in groups]
        choices = [("", _("Choose a county")), *grouped]
        for number in range(self._rows()):
            self._add_row(number, choices)
        self.fields["province"].choices = [("", "–"), *((row.code, name_of(row)) for row in portal_choices.provinces())]
        self.initial["province"] = wanted.code if wanted else ""
        self.has_counties = bool(groups)

    def _rows(self) -> int:
        """As many rows as were typed, else those stored and an empty one."""
        if not self.is_bound:
            return min(len(self.file.all_sites) + 1, MOST_SITES)
        return max((n + 1 for n in range(MOST_SITES) if f"address_{n}" in self.data), default=1)

    def _typed_divisions(self) -> list[Division]:
        texts = (self.data.get(f"division_{number}", "") for number in range(MOST_SITES)) if self.is_bound else ()
        return [found for text in texts if text and (found := portal_choices.division_by_code(text))]

    def _add_row(self, number: int, choices: Any) -> None:
        attrs = {"data-area": "yes"}
        select = forms.Select(choices=choices, attrs=attrs)
        self.fields[f"division_{number}"] = forms.CharField(required=False, label=_("County"), widget=select)
        self.fields[f"address_{number}"] = forms.CharField(
            required=False, max_length=200, label=_("Address in it"),
            help_text=_("Township, village, street, house: so that an official finds the place."),
            widget=forms.TextInput(attrs={"autocomplete": "off"}),
        )  # fmt: skip
        if not self.is_bound and number < len(self.file.all_sites):
            site = self.file.all_sites[number]
            self.initial |= {f"division_{number}": site.division.code, f"address_{number}": site.address}

    @property
    def rows(self) -> list[tuple[int, Any, Any, Any]]:
        """Number, county, address and, where it is stored like this, where the place lies."""
        places = sites(self.file)
        found = []
        for number in range(self._rows()):
            county, address = self[f"division_{number}"], self[f"address_{number}"]
            stored = self.file.all_sites[number].division.code if number < len(places) else None
            place = places[number][2] if stored and county.value() == stored else None
            found.append((number + 1, county, address, place))
        return found

    def clean(self) -> dict[str, Any]:
        """A row is a place only with both halves."""
        values = super().clean() or self.cleaned_data
        for number in range(self._rows()):
            code, address = values.get(f"division_{number}"), values.get(f"address_{number}")
            if code:
                self._check_division(number, code)
            if code and address == "":
                self.add_error(f"address_{number}", _("Give the address in this county."))
            if address and code == "":
                self.add_error(f"division_{number}", _("Choose the county of this address."))
        return values

    def _check_division(self, number: int, code: str) -> None:
        found = portal_choices.division_by_code(code)
        if found is None:
            self.add_error(f"division_{number}", _("Choose the county from the list."))
        else:
            self.divisions[number] = found

    def stored(self) -> dict[str, Any]:
        return {"sites": [(site.division.code, site.address) for site in self.file.all_sites]}

    def typed(self) -> dict[str, Any]:
        rows = sorted(self.divisions.items())
        return {"sites": [(division, self.cleaned_data[f"address_{number}"]) for number, division in rows]}

    def is_stored(self) -> bool:
        return [(row.code, address) for row, address in self.typed()["sites"]] == self.stored()["sites"]

    def write(self, *, by: Actor, version: int) -> None:
        drafts.set_sites(self.file, by=by, version=version, sites=self.typed()["sites"])


FORMS: dict[str, type[StepForm]] = {form.step: form for form in (ProductForm, SitesForm, GoodsForm)}


# --- Documents ---


class DocumentForm(forms.Form):
    """A document to be added."""

    use_required_attribute = False
    kind = forms.ChoiceField(label=gettext_lazy("What it is"))
    title = forms.CharField(
        required=False, max_length=120, label=gettext_lazy("Title"),
        help_text=gettext_lazy("May stay empty; the kind of document is shown then."),
    )  # fmt: skip
    file = forms.FileField(
        required=False, allow_empty_file=True, max_length=300, label=gettext_lazy("File"),
        help_text=gettext_lazy("PDF, JPEG or PNG, at most 10 MB and 200 pages. A clear photograph will do."),
        widget=forms.FileInput(attrs={"accept": ".pdf,.jpg,.jpeg,.png,application/pdf,image/jpeg,image/png"}),
    )  # fmt: skip

    def __init__(self, *args: Any, file: MarkApplication, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        there = documents_by_kind(file)
        needed = [one.kind for one in there if one.needed]
        lacking = [one.kind for one in there if one.needed and not one.documents]
        kinds = [*needed, *(kind for kind in DocumentKind if kind not in needed)]
        self.fields["kind"].choices = [(kind.value, capfirst(kind.label)) for kind in kinds]
        self.initial.setdefault("kind", (lacking or [DocumentKind.OTHER])[0])


# --- Start, sending, and what is written beside the steps ---


class StartForm(forms.Form):
    """The nonce makes a form that is sent twice start one draft."""

    nonce = forms.UUIDField(widget=forms.HiddenInput)
    product = forms.CharField(required=False, max_length=9, widget=forms.HiddenInput)
    authorisation = forms.CharField(required=False, max_length=20, widget=forms.HiddenInput)


class DeclarationForm(forms.Form):
    """What the enterprise stands for when it sends an application."""

    use_required_attribute = False
    declared = forms.BooleanField(
        label=gettext_lazy("What stands here is true, and I may send it in the name of the enterprise."),
        error_messages={"required": gettext_lazy("Please tick this before you send the application.")},
    )


class ReplyForm(forms.Form):
    """The reply to the notice of defects."""

    use_required_attribute = False
    text = TextField(
        label=gettext_lazy("Your reply"), help_text=gettext_lazy("Say for each point what you have mended.")
    )


class MessageForm(forms.Form):
    """A message to the office."""

    use_required_attribute = False
    message = TextField(
        label=gettext_lazy("Message to the office"),
        help_text=gettext_lazy("For questions. It changes nothing in the file, and no clock stops for it."),
    )


class WithdrawForm(forms.Form):
    """Why an application is taken back; nobody has to say."""

    text = TextField(required=False, max_length=2000, label=gettext_lazy("Reason (may stay empty)"))


class GiveUpForm(forms.Form):
    """Why an enterprise no longer wants an authorisation."""

    use_required_attribute = False
    text = TextField(max_length=2000, label=gettext_lazy("Reason"))


class UseForm(forms.Form):
    """The last day on which the mark was used on goods."""

    use_required_attribute = False
    used_on = PastField(required=True, label=gettext_lazy("Last day of use"))
