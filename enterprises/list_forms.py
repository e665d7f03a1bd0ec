"""EDGE. What officers type about poverty lists: the list, its versions, its units, files with many units."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from enterprises.form_fields import DayField, PastField, TextField
from enterprises.label_forms import NonceField, WholeField
from gi_registry import partial_dates
from gi_registry.models import Division
from products import list_cells, list_files
from products.list_values import fingerprint, poverty_list_values, unit_values
from products.list_words import AREAS, COLUMNS, ListLevel
from products.models import ListedUnit, PovertyList
from products.states import Basis

TAKEN = frozenset({"new", "import"})  # these stand at the place of a list's short name in other addresses
MOST_UNITS = 9_999
SIZE_HELP = gettext_lazy("As the list states it, even where fewer units are on record here.")
BASIS_HELP = gettext_lazy("The document it follows, with number and date. The public journal shows it.")
SEARCH = {"type": "search", "size": 28, "placeholder": gettext_lazy("County, province, code")}


def _line(most: int, label: Any, **kwargs: Any) -> forms.CharField:
    return forms.CharField(max_length=most, label=label, **kwargs)


class SizeField(WholeField):
    """How many units a list has; China has some 2,850 counties."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**({"label": gettext_lazy("Official size"), "help_text": SIZE_HELP} | kwargs))

    def clean(self, value: Any) -> int:
        size = super().clean(value)
        if size > MOST_UNITS:
            raise forms.ValidationError(_("At most {number}.").format(number=MOST_UNITS))
        return size


class KeepingForm(forms.Form):
    """A form whose days are shown again as they were typed: a date picker would swallow what it cannot read."""

    use_required_attribute = False

    def full_clean(self) -> None:
        super().full_clean()
        for name in self.errors if self.is_bound else ():
            if isinstance(self.fields.get(name), DayField):
                self.fields[name].widget.input_type = "text"


class SearchForm(forms.Form):
    """What the units of a list are narrowed to."""

    q = forms.CharField(
        required=False, max_length=100, label=gettext_lazy("Search"), widget=forms.TextInput(attrs=SEARCH)
    )


class ListForm(forms.Form):
    """What is recorded of a list itself. `seen`: fingerprint of the values that the form was opened with."""

    use_required_attribute = False
    slug = forms.SlugField(
        max_length=40, label=gettext_lazy("Short name for addresses"),
        help_text=gettext_lazy("Small letters, digits and hyphens, such as hunan-51. It cannot be changed later."),
    )  # fmt: skip
    name_zh = _line(120, gettext_lazy("Name in Chinese"))
    name_en = _line(200, gettext_lazy("Name in English"))
    published = _line(
        20, pgettext_lazy("of a notice or list", "Published"), required=False,
        help_text=gettext_lazy("As exactly as it is known: 2014, 2014-07 or 2014-07-03. May stay empty."),
    )  # fmt: skip
    official_size = SizeField()
    note = TextField(
        max_length=400, required=False, label=gettext_lazy("Remark"),
        help_text=gettext_lazy("What a reader must know about this list. Everybody reads it."),
    )  # fmt: skip
    seen = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, poverty_list: PovertyList | None = None) -> None:
        super().__init__(data, initial=_of_list(poverty_list) if poverty_list else None)
        if poverty_list:
            del self.fields["slug"]

    def clean_slug(self) -> str:
        """Not the word of another address."""
        slug: str = self.cleaned_data["slug"].lower()
        if slug in TAKEN:
            raise forms.ValidationError(_("This word is taken by another page. Choose another one."))
        return slug

    def clean_published(self) -> Any:
        """A half-known date, or None."""
        try:
            return list_cells.past(self.cleaned_data["published"])
        except list_cells.CellRefused as error:
            raise forms.ValidationError(str(error)) from error

    def values(self) -> dict[str, Any]:
        """The values as the writer takes them."""
        published = self.cleaned_data["published"]
        own = {name: self.cleaned_data[name] for name in ("name_zh", "name_en", "official_size", "note")}
        return own | {
            "published_on": published.on if published else None,
            "published_precision": published.precision if published else "",
        }


def _of_list(row: PovertyList) -> dict[str, Any]:
    published = partial_dates.iso(row.published_on, row.published_precision or "day") if row.published_on else ""
    own = {name: getattr(row, name) for name in ("name_zh", "name_en", "official_size", "note")}
    return own | {"published": published, "seen": fingerprint(poverty_list_values(row))}


class VersionForm(KeepingForm):
    """A new publication of a list."""

    effective_from = PastField(required=True, label=gettext_lazy("First day"))
    official_size = SizeField()
    basis = _line(200, gettext_lazy("Basis"), help_text=BASIS_HELP)

class PlainForm(forms.Form):
    """A step that needs no words."""


class UnitForm(KeepingForm):
    """A unit, in the columns of the file with units; the same rules judge both."""

    name_zh = _line(60, gettext_lazy("Name in Chinese"), help_text=gettext_lazy("As it stands on the list."))
    code_then = _line(
        20, gettext_lazy("Code at that time"), required=False,
        help_text=gettext_lazy("Six digits, as of the day of the list. May stay empty."),
    )  # fmt: skip
    province = forms.ChoiceField(label=gettext_lazy("Province"))
    code = _line(
        200, gettext_lazy("Divisions, by code"), required=False,
        help_text=gettext_lazy(
            "The codes of today, with blanks between them; a code of the past leads to the division of today. Leave "
            "it empty for a unit that never was a division, such as an administrative committee."
        ),
    )  # fmt: skip
    level = forms.ChoiceField(required=False, label=gettext_lazy("Level"))
    area = forms.ChoiceField(required=False, label=gettext_lazy("Contiguous poor area"))
    key_county = forms.BooleanField(required=False, label=gettext_lazy("Key county for poverty relief"))
    designated_on = DayField(
        label=gettext_lazy("On the list since"), help_text=gettext_lazy("May stay empty where the day is not known.")
    )
    exited = _line(
        20, gettext_lazy("Left the list"), required=False,
        help_text=gettext_lazy("Year, month or day: 2018, 2018-08 or 2018-08-05. Empty if it did not leave."),
    )  # fmt: skip
    exit_basis = forms.ChoiceField(required=False, label=gettext_lazy("Support of the exit"))
    list_basis = _line(
        80, gettext_lazy("Support of the listing"),
        help_text=gettext_lazy("How it is known that the unit stands on the list, such as: sourced."),
    )  # fmt: skip
    source = _line(
        200, gettext_lazy("Sources"), required=False,
        help_text=gettext_lazy("Keys of the list of sources, or title and date of a document."),
    )  # fmt: skip
    note = TextField(max_length=400, required=False, label=gettext_lazy("Remark"))
    seen = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, provinces: Sequence[Division], unit: ListedUnit | None = None) -> None:
        super().__init__(data, initial=_of_unit(unit) if unit else None)
        self.unit, self.values = unit, dict[str, Any]()
        none = ("", gettext_lazy("none"))
        self.fields["province"].choices = [("", "—"), *((row.name_zh, row.name_zh) for row in provinces)]
        self.fields["level"].choices = [none, *((one.value, capfirst(one.label)) for one in ListLevel)]
        self.fields["area"].choices = [none, *((name, name) for name in AREAS)]
        self.fields["exit_basis"].choices = [none, *((one.value, capfirst(one.label)) for one in Basis)]

    def clean(self) -> dict[str, Any]:
        """The values of the unit, by the rules of `list_cells`; each fault beside its field."""
        found: dict[str, Any] = super().clean() or self.cleaned_data
        cells = {column: _as_cell(found[column]) for column in COLUMNS if column in found}
        self.values, faults = list_cells.read(cells, list_cells.Places(list_cells.codes_in(cells)))
        for column, sentence in faults:
            if column not in self.errors:
                self.add_error(column, sentence)
        if self.unit is not None:
            divisions = frozenset(self.unit.divisions.all())
            if self.values.get("divisions") == {list_cells.today(one) for one in divisions}:
                self.values["divisions"] = divisions
        return found


def _of_unit(unit: ListedUnit) -> dict[str, Any]:
    cells: dict[str, Any] = dict(list_cells.of_unit(unit))
    return cells | {"key_county": unit.key_county, "seen": fingerprint(unit_values(unit))}


def _as_cell(value: Any) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    return "" if value is None else str(value)


class ImportForm(KeepingForm):
    """A file with units, and what it is: a correction of the present version, or a new version."""

    CORRECTION, VERSION = "correction", "version"
    nonce = NonceField()
    file = forms.FileField(
        label=gettext_lazy("File"), max_length=300, allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ".csv,.xlsx"}),
        help_text=gettext_lazy("CSV in UTF-8 or XLSX, at most 2 MB and 5,000 lines."),
    )  # fmt: skip
    kind = forms.ChoiceField(
        label=gettext_lazy("What the file is"), widget=forms.RadioSelect, initial=CORRECTION,
        choices=[
            (CORRECTION, gettext_lazy("A correction: units that it lacks stay on the list")),
            (VERSION, gettext_lazy("A new version: units that it lacks are dropped from its first day on")),
        ],
    )  # fmt: skip
    basis = _line(200, gettext_lazy("Basis"), help_text=BASIS_HELP)
    version_from = PastField(label=gettext_lazy("First day of the new version"))
    version_size = SizeField(
        label=gettext_lazy("Official size of the new version"), required=False,
        help_text=gettext_lazy("Day and size are only needed for a new version."),
    )  # fmt: skip

    def clean_file(self) -> list_files.Sheet:
        """The file as read; its fingerprint needs the bytes, kept as `content`."""
        sent = self.cleaned_data["file"]
        self.content = sent.read(list_files.MOST_BYTES + 1)
        try:
            return list_files.read(self.content)
        except list_files.FileRefused as refusal:
            raise forms.ValidationError([*refusal.faults]) from refusal

    def clean(self) -> dict[str, Any]:
        """A new version has its day and size; a correction has neither."""
        values: dict[str, Any] = super().clean() or self.cleaned_data
        for name in ("version_from", "version_size"):
            if values.get("kind") != self.VERSION:
                values[name] = None
                self.errors.pop(name, None)
            elif not values.get(name) and name not in self.errors:
                self.add_error(name, _("A new version needs this."))
        return values
