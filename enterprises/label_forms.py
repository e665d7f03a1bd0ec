"""EDGE. What an enterprise types about labels: output of a season, a request, ranges of labels, a photograph.

Quantities are read as people write them ("120.5 kg", "500 g", "１斤") and become whole thousandths of the season's
unit. Where labels are named by their number, a label code will do as well: it is what people hold in their hands.
"""

from __future__ import annotations

import re
import unicodedata
import uuid
from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enterprises import label_codes, label_keys, label_printing
from enterprises.form_fields import DayField, NumberField, TextField
from enterprises.label_codes import NotACode
from enterprises.label_facts import BatchBalance, SeasonBalance, quantity_text
from enterprises.label_models import LabelBatch
from enterprises.label_printing import LabelFile
from enterprises.label_states import THOUSANDTHS, RecallGround, Unit, VoidReason
from enterprises.models import Authorisation, Terms
from gi_registry.data_words import announcement_name
from gi_registry.label_pdf import Layout

# Thousandths of a season's unit in one of each unit that people write. 斤 is half a kilogram, 两 a tenth of it.
MEASURES: dict[Unit, dict[str, int]] = {
    Unit.KILOGRAM: {
        "kg": 1000, "千克": 1000, "公斤": 1000, "g": 1, "克": 1, "斤": 500, "两": 50, "t": 1_000_000, "吨": 1_000_000,
    },
    Unit.LITRE: {"l": 1000, "升": 1000, "litre": 1000, "litres": 1000, "ml": 1, "毫升": 1},
    Unit.PIECE: {
        "piece": 1000, "pieces": 1000, "个": 1000, "件": 1000, "只": 1000, "枚": 1000, "头": 1000, "条": 1000,
    },
}  # fmt: skip
_AMOUNT = re.compile(r"([0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(\.[0-9]+)?([^0-9.,\s]*)")
MOST = 10**15  # thousandths: a thousand million tonnes, more than any register holds


def thousandths(text: str, unit: Unit) -> int:
    """A quantity as people write it, in thousandths of `unit`. Raises ValidationError with what to do.

    Pieces need no unit. Weights and volumes do: "500" may be meant in grams or in kilograms.
    """
    example = {Unit.KILOGRAM: "500 g", Unit.LITRE: "500 ml", Unit.PIECE: "1"}[unit]
    found = _AMOUNT.fullmatch(re.sub(r"\s", "", unicodedata.normalize("NFKC", text)).lower())
    if found is None:
        raise forms.ValidationError(_("Write a quantity such as {example}.").format(example=example))
    whole, part, word = found.groups()
    if not word and unit != Unit.PIECE:
        raise forms.ValidationError(_("Write the unit too, such as {example}.").format(example=example))
    measure = MEASURES[unit].get(word or "piece")
    if measure is None:
        raise forms.ValidationError(
            _("This season is counted in {unit}. Write for example {example}.").format(unit=unit.label, example=example)
        )
    amount = Decimal(whole.replace(",", "") + (part or "")) * measure
    if amount != int(amount) or not 0 < amount <= MOST or (unit == Unit.PIECE and amount % THOUSANDTHS):
        raise forms.ValidationError(_("Write a quantity such as {example}.").format(example=example))
    return int(amount)


class NonceField(forms.UUIDField):
    """Marks a form, so that sending it twice counts once. One that was lost or spoilt is simply made anew."""

    def __init__(self) -> None:
        super().__init__(required=False, widget=forms.HiddenInput, initial=uuid.uuid4)

    def clean(self, value: Any) -> uuid.UUID:
        try:
            return super().clean(value) or uuid.uuid4()
        except forms.ValidationError:
            return uuid.uuid4()


class WholeField(forms.CharField):
    """A whole number above nothing; digits of any width, with or without commas between thousands."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"})
        super().__init__(max_length=20, widget=widget, **kwargs)

    def clean(self, value: Any) -> int:
        text = re.sub(r"[\s,]", "", unicodedata.normalize("NFKC", super().clean(value)))
        if not re.fullmatch("[0-9]{1,9}", text) or int(text) == 0:
            raise forms.ValidationError(_("Write a whole number, such as 1000."))
        return int(text)


class LabelForm(forms.Form):
    """What all forms of labels share: a mark against sending twice, days that stay as they were typed."""

    use_required_attribute = False
    nonce = NonceField()

    def full_clean(self) -> None:
        """A day that cannot be read is shown again as it was typed: a date picker would swallow it."""
        super().full_clean()
        for name in self.errors if self.is_bound else ():
            if isinstance(self.fields.get(name), DayField):
                self.fields[name].widget.input_type = "text"


# --- Output ---


class OutputForm(LabelForm):
    """Output of a season, for the office to certify."""

    season = forms.CharField(
        max_length=20, label=gettext_lazy("Season"),
        help_text=gettext_lazy("The year, or the name of the harvest, for example 2026. Write it the same each time."),
        widget=forms.TextInput(attrs={"list": "seasons", "autocomplete": "off"}),
    )  # fmt: skip
    quantity = NumberField(label=gettext_lazy("Output"), help_text=gettext_lazy("Only a number; the unit comes next."))
    unit = forms.ChoiceField(label=gettext_lazy("Unit"), choices=[(unit.value, unit.label) for unit in Unit])
    evidence = TextField(
        max_length=1000, label=gettext_lazy("What it rests on"),
        help_text=gettext_lazy("For example: weighing lists 1 to 7 of 20 April, 1,200 kg of fresh leaves."),
    )  # fmt: skip

    def __init__(self, data: Any = None, *, authorisation: Authorisation) -> None:
        self.seasons = list(authorisation.seasons.all())
        latest = self.seasons[0] if self.seasons else None
        initial = {"season": str(timezone.localdate().year), "unit": latest.unit if latest else Unit.KILOGRAM}
        super().__init__(data, initial=initial)
        self.fields["quantity"].required = True

    def clean_season(self) -> str:
        return unicodedata.normalize("NFKC", self.cleaned_data["season"]).strip()

    def clean(self) -> dict[str, Any]:
        """Thousandths of the unit; pieces are whole."""
        values: dict[str, Any] = super().clean() or self.cleaned_data
        quantity = values.get("quantity")
        if quantity is not None and values.get("unit") == Unit.PIECE and quantity != int(quantity):
            self.add_error("quantity", _("Pieces are counted in whole numbers."))
        elif quantity is not None:
            values["quantity"] = int(quantity * THOUSANDTHS)
        return values


# --- Request ---


class RequestForm(LabelForm):
    """A request for labels; `balances` are the seasons of the authorisation, `terms` what it covers today."""

    season = forms.ChoiceField(label=gettext_lazy("Season"))
    variety = forms.ChoiceField(label=gettext_lazy("Variety"))
    pack = forms.CharField(
        max_length=30, label=gettext_lazy("What one pack holds"),
        help_text=gettext_lazy("With its unit, for example 500 g or 0.25 kg. One label goes on one pack."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip
    count = WholeField(label=gettext_lazy("Number of labels"))
    pack_text = forms.CharField(
        required=False, max_length=40, label=gettext_lazy("How the pack is described"),
        help_text=gettext_lazy("Shoppers read it, for example “500 g brick in paper”. May stay empty."),
    )  # fmt: skip
    packed_on = DayField(label=gettext_lazy("Day of packing"), help_text=gettext_lazy("May stay empty."))
    mark_text = forms.ChoiceField(
        label=gettext_lazy("Printed at the mark"),
        help_text=gettext_lazy("The standard or announcement of your authorisation."),
    )

    def __init__(
        self, data: Any = None, *, balances: list[SeasonBalance], terms: Terms | None, row: Authorisation
    ) -> None:
        self.balances = {one.season.name: one for one in balances}
        initial = {"season": next((one.season.name for one in balances if one.remaining > 0), None)}
        super().__init__(data, initial=initial)
        left = _("{season}: {quantity} left")
        self.fields["season"].choices = [
            (name, left.format(season=name, quantity=quantity_text(one.remaining, one.season.unit)))
            for name, one in self.balances.items()
        ]
        self._offer("variety", list(terms.varieties) if terms else [], required=False)
        announcement = (terms or row).announcement
        marks = [terms.standard if terms else "", announcement_name(announcement.text) if announcement else ""]
        self._offer("mark_text", [str(text) for text in dict.fromkeys(marks) if text], required=True)

    def _offer(self, name: str, values: list[str], *, required: bool) -> None:
        """A list to choose from; where the register knows nothing to choose from, people write it."""
        field = self.fields[name]
        if values:
            chosen = [(value, value) for value in values]
            field.choices = chosen if len(chosen) == 1 else [("", _("Choose")), *chosen]
        else:
            longest = LabelBatch._meta.get_field(name).max_length
            self.fields[name] = forms.CharField(required=required, max_length=longest, label=field.label)

    def clean(self) -> dict[str, Any]:
        """The pack in thousandths, and no more labels than are left."""
        values: dict[str, Any] = super().clean() or self.cleaned_data
        one = self.balances.get(values.get("season", ""))
        if one is None or "pack" not in values:
            return values
        try:
            values["pack"] = thousandths(values["pack"], Unit(one.season.unit))
        except forms.ValidationError as error:
            self.add_error("pack", error)
            return values
        most = one.labels_left(values["pack"])
        if "count" in values and values["count"] > most:
            text = _("{quantity} is left: at most {number} labels of this pack size.")
            left = quantity_text(one.remaining, one.season.unit)
            self.add_error("count", text.format(quantity=left, number=f"{most:,}"))
        return values

    @property
    def worked_out(self) -> list[tuple[str, str]]:
        """What the typed pack size comes to, in words; empty while it cannot be told."""
        values = getattr(self, "cleaned_data", {})
        one, pack = self.balances.get(values.get("season", "")), values.get("pack")
        if one is None or not isinstance(pack, int):
            return []
        unit, lines = one.season.unit, []
        if count := values.get("count"):
            words = _("{number} labels × {pack} = {quantity}").format(
                number=f"{count:,}", pack=quantity_text(pack, unit), quantity=quantity_text(count * pack, unit)
            )
            lines.append((_("You ask for"), words))
        lines.append((_("Left in this season"), quantity_text(one.remaining, unit)))
        most = _("{number} labels").format(number=f"{one.labels_left(pack):,}")
        lines.append((_("At most, of this pack size"), most))
        return lines


def known_packs(balances: list[SeasonBalance], terms: Terms | None) -> list[tuple[str, str, int]]:
    """For the pack sizes that an enterprise has named before: season, pack, and how many labels are left for it."""
    texts = list(terms.application.packs) if terms else []
    found = []
    for one in balances:
        packs = {row.batch.pack: quantity_text(row.batch.pack, one.season.unit) for row in one.batches}
        for text in texts:
            try:
                packs.setdefault(thousandths(text, Unit(one.season.unit)), text)
            except forms.ValidationError:
                continue  # a description rather than a size
        if one.remaining > 0:
            found += [(one.season.name, packs[pack], one.labels_left(pack)) for pack in sorted(packs)]
    return found


# --- What happens to labels ---


def index_of(batch: LabelBatch, text: str) -> int:
    """The number of a label, from its number or its code. Raises ValidationError with what to do."""
    plain = re.sub(r"[\s,]", "", unicodedata.normalize("NFKC", text))
    if re.fullmatch("[0-9]{1,9}", plain):
        return int(plain)
    try:
        code = label_codes.read(text)
    except NotACode:
        raise forms.ValidationError(_("Write the number of a label, or its whole code of 24 characters.")) from None
    number, index, tag = label_codes.place_of(code, label_keys.order_key())
    secret = label_keys.unseal(batch.key_id or 0, batch.secret or b"", f"batch:{batch.pk}")
    if number != batch.pk or not label_codes.proven(number, index, tag, secret):
        raise forms.ValidationError(_("This code does not belong to this batch."))
    return index


class RangeForm(LabelForm):
    """All labels that a step is possible for, or those from one to another."""

    ALL, SOME = "all", "some"
    which = forms.ChoiceField(label=gettext_lazy("Which labels"), widget=forms.RadioSelect)
    first = forms.CharField(
        required=False, max_length=400, label=gettext_lazy("First label"),
        help_text=gettext_lazy("Its number, or the code that is printed on it."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
    )  # fmt: skip
    last = forms.CharField(
        required=False, max_length=400, label=gettext_lazy("Last label"),
        help_text=gettext_lazy("For a single label leave this empty."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
    )  # fmt: skip
    reason = forms.ChoiceField(
        label=gettext_lazy("Reason"), help_text=gettext_lazy("Whoever scans one of these labels reads it."),
        choices=[("", gettext_lazy("Choose")), *((reason.value, capfirst(reason.label)) for reason in VoidReason)],
    )  # fmt: skip

    def __init__(
        self, data: Any = None, *, batch: LabelBatch, ranges: list[tuple[int, int]], everything: str, reason: bool
    ) -> None:
        self.batch, self.ranges = batch, ranges
        super().__init__(data)
        self.fields["which"].choices = [(self.ALL, everything), (self.SOME, _("Only these:"))]
        if reason:  # void is for ever, so nothing is chosen beforehand
            return
        del self.fields["reason"]
        if ranges:
            self.initial["first"], self.initial["last"] = ranges[0]

    def clean(self) -> dict[str, Any]:
        """The ranges, as pairs of numbers."""
        values: dict[str, Any] = super().clean() or self.cleaned_data
        if values.get("which") == self.ALL:
            values["ranges"] = self.ranges
        elif values.get("which") == self.SOME:
            self._clean_range(values)
        return values

    def _clean_range(self, values: dict[str, Any]) -> None:
        first, last = self._number("first"), self._number("last")
        if self.has_error("first") or self.has_error("last"):
            return
        if first is None:
            self.add_error("first", _("Name the first label."))
        elif last is not None and last < first:
            self.add_error("last", _("The last label comes after the first one."))
        else:
            values["ranges"] = [(first, last or first)]

    def _number(self, name: str) -> int | None:
        text = self.cleaned_data.get(name, "")
        try:
            return index_of(self.batch, text) if text else None
        except forms.ValidationError as error:
            self.add_error(name, error)
            return None


class RecallForm(forms.Form):
    """Why the whole batch is recalled."""

    use_required_attribute = False
    ground = forms.ChoiceField(
        label=gettext_lazy("Ground"), help_text=gettext_lazy("Everybody who scans a label reads it."),
        choices=[("", gettext_lazy("Choose")), *((one.value, capfirst(one.label)) for one in RecallGround)],
    )  # fmt: skip
    text = TextField(
        max_length=2000, label=gettext_lazy("What happened"),
        help_text=gettext_lazy("Only your office reads this."),
    )


# --- Files ---

USUAL_SHEET = "a4-24"


class FilesForm(forms.Form):
    """Which labels go into a file, and for PDF on which sheets. An empty form means everything."""

    use_required_attribute = False
    layout = forms.ChoiceField(
        required=False, label=gettext_lazy("Sheet"),
        help_text=gettext_lazy("Only for PDF: the sheet of labels in your printer. Print at 100 %, not “fit to page”."),
    )  # fmt: skip
    first = forms.CharField(
        required=False, max_length=400, label=gettext_lazy("First label"), widget=forms.TextInput(
            attrs={"autocomplete": "off", "inputmode": "numeric"}),
    )  # fmt: skip
    last = forms.CharField(
        required=False, max_length=400, label=gettext_lazy("Last label"), widget=forms.TextInput(
            attrs={"autocomplete": "off", "inputmode": "numeric"}),
    )  # fmt: skip

    def __init__(self, data: Any, *, balance: BatchBalance, kind: str = "") -> None:
        self.balance, self.layouts = balance, label_printing.layouts()
        self.kind = kind or (data or {}).get("kind", "")
        most = label_printing.KINDS["pdf"][2]
        usual = USUAL_SHEET if USUAL_SHEET in self.layouts else next(reversed(self.layouts), "")
        super().__init__(data, initial={"layout": usual, "first": 1, "last": min(balance.batch.count, most)})
        words = _("{number} on a sheet, {size}")
        self.fields["layout"].choices = [
            (name, words.format(number=layout.per_page, size=layout.size_text))
            for name, layout in self.layouts.items()
        ]

    @property
    def chosen_layout(self) -> Layout:
        """The sheet that was asked for, else the usual one."""
        asked: str = self.data.get("layout", "") if self.is_bound else ""
        return self.layouts.get(asked) or self.layouts[self.initial["layout"]]

    @property
    def file(self) -> LabelFile:
        """What a valid form asks for."""
        values = self.cleaned_data
        return LabelFile(self.balance, self.kind, values["first"], values["last"], self.chosen_layout)

    def clean(self) -> dict[str, Any]:
        """Numbers inside the batch, and not more than one file holds."""
        values: dict[str, Any] = super().clean() or self.cleaned_data
        count = self.balance.batch.count
        for name, otherwise in (("first", 1), ("last", count)):
            try:
                values[name] = index_of(self.balance.batch, values.get(name) or str(otherwise))
            except forms.ValidationError as error:
                self.add_error(name, error)
                return values
        first, last = values["first"], values["last"]
        if not (1 <= first <= count and 1 <= last <= count):
            text = _("The labels of this batch are numbered 1 to {last}.").format(last=count)
            self.add_error("last" if 1 <= first <= count else "first", text)
        elif last < first:
            self.add_error("last", _("The last label comes after the first one."))
        elif not (file := self.file).ranges:
            self.add_error("first", _("All these labels are void or returned."))
        elif self.kind in label_printing.KINDS and file.last - file.first >= label_printing.KINDS[self.kind][2]:
            most = f"{label_printing.KINDS[self.kind][2]:,}"
            self.add_error("last", _("One file holds at most {number} labels. Take them in parts.").format(number=most))
        return values


class PreviewForm(forms.Form):
    """Which label to look at."""

    label = forms.CharField(
        max_length=400, label=gettext_lazy("Number or code of a label"),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip

    def __init__(self, data: Any, *, batch: LabelBatch) -> None:
        self.batch = batch
        super().__init__(data)

    def clean_label(self) -> int:
        """A number inside the batch."""
        index = index_of(self.batch, self.cleaned_data["label"])
        if not 1 <= index <= self.batch.count:
            text = _("The labels of this batch are numbered 1 to {last}.").format(last=self.batch.count)
            raise forms.ValidationError(text)
        return index


class PhotoForm(forms.Form):
    """A picture of the pack."""

    use_required_attribute = False
    photo = forms.FileField(
        allow_empty_file=True, max_length=300, label=gettext_lazy("Picture of the pack"),
        help_text=gettext_lazy("JPEG or PNG, at most 10 MB: the front of the pack with its label, in daylight."),
        widget=forms.FileInput(attrs={"accept": ".jpg,.jpeg,.png,image/jpeg,image/png"}),
        error_messages={"required": gettext_lazy("Choose a picture first.")},
    )  # fmt: skip
