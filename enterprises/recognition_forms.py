"""EDGE. What officers type about agreements: the agreement, a name on its list, a stage, a review, a file."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.db.models import Q
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enterprises.desk_forms import ALL
from enterprises.form_fields import DayField, NamedRowField, PastField, TextField
from enterprises.label_forms import NonceField
from enterprises.list_forms import KeepingForm
from products import annex_cells, list_files
from products.annex_words import REQUIRED
from products.list_values import agreement_values, fingerprint
from products.maps import name_of
from products.models import Agreement, AgreementEntry, Announcement, Product
from products.record_values import entry_values
from products.states import EntryStatus, HomeRight, Side

TAKEN = frozenset({"new", "matches", "imports"})  # these stand at the place of a short name in other addresses
BASIS = gettext_lazy("The document it follows, with number and date. The public journal shows it.")
PUBLIC_REASON = gettext_lazy("The public journal shows it. No names of persons.")
ACT_LENGTH = 180  # an act stands behind the status in one column of 200 characters


def _line(most: int, label: Any, **kwargs: Any) -> forms.CharField:
    return forms.CharField(max_length=most, label=label, **kwargs)


def _reason(label: Any = "") -> TextField:
    label = label or gettext_lazy("Reason")
    return TextField(max_length=1000, label=label, help_text=PUBLIC_REASON, widget=forms.Textarea(attrs={"rows": 2}))


class VersionField(forms.CharField):
    """Fingerprint of the values that a form was opened with."""

    def __init__(self) -> None:
        super().__init__(required=False, max_length=64, widget=forms.HiddenInput)


class SizeField(forms.IntegerField):
    """How many names a list has, where that is known."""

    def __init__(self, label: Any) -> None:
        super().__init__(required=False, min_value=1, max_value=9999, label=label)
        self.widget = forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"})


class AgreementForm(KeepingForm):
    """What is recorded of an agreement, or of one batch of its lists."""

    code = forms.SlugField(
        max_length=20, label=gettext_lazy("Short name for addresses"),
        help_text=gettext_lazy("Capitals, digits and hyphens, such as CN-EU-B1. It cannot be changed later."),
    )  # fmt: skip
    name_zh = _line(200, gettext_lazy("Name in Chinese"))
    name_en = _line(400, gettext_lazy("Name in English"))
    partner = _line(10, gettext_lazy("Partner"), help_text=gettext_lazy("Code of two letters, such as EU, FR or JP."))
    parent = forms.ModelChoiceField(
        Agreement.objects.none(), required=False, to_field_name="code", label=gettext_lazy("Belongs to"),
        empty_label=gettext_lazy("no other: it is an agreement of its own"),
    )  # fmt: skip
    scheme_label = _line(
        60, gettext_lazy("Title of the scheme"), required=False,
        help_text=gettext_lazy("Such as 100+100. It is a title: counts are made from the names."),
    )  # fmt: skip
    outbound_size = SizeField(gettext_lazy("Size of the Chinese list"))
    inbound_size = SizeField(gettext_lazy("Size of the foreign list"))
    signed_on = PastField(label=gettext_lazy("Signed"))
    in_force_on = DayField(label=gettext_lazy("In force"))
    status_text = _line(
        200, gettext_lazy("State"), required=False, help_text=gettext_lazy("In the words of the source.")
    )
    legal_reference = _line(400, gettext_lazy("Legal reference"), required=False)
    note = TextField(required=False, label=gettext_lazy("Remark"), help_text=gettext_lazy("Everybody reads it."))
    version = VersionField()

    def __init__(self, data: Any = None, *, agreement: Agreement | None = None, parent: str = "") -> None:
        super().__init__(data, initial=_of_agreement(agreement) if agreement else {"parent": parent})
        if agreement:
            del self.fields["code"]
        parents = Agreement.objects.filter(parent=None)
        field = self.fields["parent"]
        field.queryset = parents.exclude(pk=agreement.pk) if agreement else parents
        field.label_from_instance = lambda row: f"{row.code} · {name_of(row)}"

    def clean_code(self) -> str:
        """In capitals, and not the word of another address."""
        code: str = self.cleaned_data["code"]
        if code.lower() in TAKEN:
            raise forms.ValidationError(_("This word is taken by another page. Choose another one."))
        return code.upper()

    def clean_partner(self) -> str:
        """Codes are written in capitals."""
        return str(self.cleaned_data["partner"]).upper()

    def values(self) -> dict[str, Any]:
        """The values as the writer takes them."""
        return {name: value for name, value in self.cleaned_data.items() if name not in ("code", "version")}


def _of_agreement(row: Agreement) -> dict[str, Any]:
    values = agreement_values(row)
    return {**values, "parent": row.parent.code if row.parent else "", "version": fingerprint(values)}


class EntryForm(KeepingForm):
    """A name on a list: how it is written, what it is, how it is protected at home. Stages have their own form."""

    name_native = _line(200, gettext_lazy("Name in its own writing"), required=False)
    name_transcription = _line(200, gettext_lazy("Transcription"), required=False)
    name_zh = _line(120, gettext_lazy("Name in Chinese"), required=False)
    name_en = _line(200, gettext_lazy("Name in English"), required=False)
    country = _line(
        20, gettext_lazy("Country"), help_text=gettext_lazy("Codes of two letters, several with semicolons: FR;IT.")
    )
    product_category = _line(120, gettext_lazy("Kind of goods"), required=False)
    annex = _line(10, gettext_lazy("Annex"), required=False)
    seq = SizeField(gettext_lazy("Place on the list"))
    home_right = forms.ChoiceField(required=False, label=gettext_lazy("Right at home"))
    home_number = _line(60, gettext_lazy("Number at home"), required=False)
    sources = _line(300, gettext_lazy("Sources"), required=False)
    version = VersionField()

    def __init__(self, data: Any = None, *, entry: AgreementEntry) -> None:
        super().__init__(data, initial={**entry_values(entry), "version": fingerprint(entry_values(entry))})
        words = [(value, capfirst(label)) for value, label in HomeRight.choices]
        self.fields["home_right"].choices = [("", gettext_lazy("not known")), *words]

    def clean(self) -> dict[str, Any]:
        """At least one name; the country by the rule for files."""
        values: dict[str, Any] = super().clean() or self.cleaned_data
        if not (values.get("name_native") or values.get("name_zh")):
            self.add_error("name_native", _("Write the name in its own writing, or in Chinese."))
        if values.get("country"):
            try:
                values |= annex_cells.country(values["country"])
            except annex_cells.CellRefused as error:
                self.add_error("country", str(error))
        return values

    def values(self) -> dict[str, Any]:
        """The values as the writer takes them."""
        return {name: value for name, value in self.cleaned_data.items() if name != "version"}


class StageForm(KeepingForm):
    """A move of a name: from which day, by which act, and why it is known."""

    on = PastField(required=True, label=gettext_lazy("From the day"))
    act = _line(
        ACT_LENGTH, gettext_lazy("Act"),
        help_text=gettext_lazy("What moved it, with number and date, such as: CNIPA announcement 506 of 2022-12-02."),
    )  # fmt: skip
    reason = _reason()


class NamesForm(forms.Form):
    """Which names of an agreement are shown."""

    q = forms.CharField(
        required=False, max_length=100, label=gettext_lazy("Name"), widget=forms.TextInput(attrs={"type": "search"})
    )
    side = forms.ChoiceField(required=False, label=gettext_lazy("Side"))
    status = forms.ChoiceField(required=False, label=gettext_lazy("Status"))

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.fields["side"].choices = [ALL, *((one.value, capfirst(one.label)) for one in Side)]
        self.fields["status"].choices = [ALL, *((one.value, capfirst(one.label)) for one in EntryStatus)]


# --- Reviews ---

SAME, DIFFERENT = "same", "different"


class ReviewsForm(forms.Form):
    """Which names to review are shown."""

    agreement = NamedRowField(
        Agreement.objects.all(), required=False, to_field_name="code", label=gettext_lazy("Agreement"),
        empty_label=gettext_lazy("All"),
    )  # fmt: skip
    show = forms.ChoiceField(
        required=False, label=gettext_lazy("Show"), initial="suggested",
        choices=[
            ("suggested", gettext_lazy("Written like one product")),
            ("without", gettext_lazy("No product is written the same")),
            ("tied", gettext_lazy("Already tied")),
        ],
    )  # fmt: skip


class TickedForm(forms.Form):
    """One decision on several suggestions. A tick is the key of the name and what the reviewer has seen of it."""

    use_required_attribute = False
    ticked = forms.MultipleChoiceField(
        label=gettext_lazy("Names"), error_messages={"required": gettext_lazy("Tick at least one name.")}
    )
    decision = forms.ChoiceField(
        choices=[(SAME, SAME), (DIFFERENT, DIFFERENT)], label=gettext_lazy("Decision"), widget=forms.HiddenInput
    )
    reason = _reason(gettext_lazy("Reason, for all that are ticked"))

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        if data is not None:
            self.fields["ticked"].choices = [(one, one) for one in data.getlist("ticked") if self._is_tick(one)]

    @staticmethod
    def _is_tick(text: str) -> bool:
        pk, _dash, seen = text.partition("-")
        return pk.isascii() and pk.isdigit() and len(pk) < 10 and bool(seen)

    def ticks(self) -> dict[int, str]:
        """Key of each ticked name → what was seen of it."""
        return {int(pk): seen for pk, _dash, seen in (one.partition("-") for one in self.cleaned_data["ticked"])}


class FindForm(forms.Form):
    """Which products stand to choice for a name."""

    q = forms.CharField(
        required=False, max_length=100, label=gettext_lazy("Find a product"),
        widget=forms.TextInput(attrs={"type": "search"}),
    )  # fmt: skip


class ReviewForm(forms.Form):
    """Whether one name is a certain product."""

    use_required_attribute = False
    product = forms.ChoiceField(label=gettext_lazy("Product"), widget=forms.RadioSelect)
    decision = forms.ChoiceField(label=gettext_lazy("Decision"), widget=forms.RadioSelect)
    reason = _reason()
    version = forms.CharField(max_length=64, widget=forms.HiddenInput)

    def __init__(
        self, data: Any = None, *, products: Iterable[Product], chosen: Product | None, tied: bool, seen: str
    ) -> None:
        self.products = {str(product.number): product for product in products}
        number = str(chosen.number) if chosen else None  # what a search found is never chosen beforehand
        super().__init__(data, initial={"product": number, "decision": DIFFERENT if tied else None, "version": seen})
        self.fields["product"].choices = [(number, _of_product(one)) for number, one in self.products.items()]
        decisions = [(SAME, _("The name is this product")), (DIFFERENT, _("The name is not this product"))]
        self.fields["decision"].choices = decisions[1:] if tied else decisions

    def clean_product(self) -> Product:
        """The product itself."""
        return self.products[self.cleaned_data["product"]]


def _of_product(product: Product) -> str:
    province = product.province.name_zh if product.province else ""
    words = [str(product.number), product.name_zh, product.name_en, province, capfirst(product.get_category_display())]
    return " · ".join(filter(None, words))


# --- Time to comment ---


class CommentsForm(KeepingForm):
    """The publication of the names of a list for comment."""

    on = PastField(
        required=True, label=gettext_lazy("Day of publication"),
        help_text=gettext_lazy("It is not counted: objections are taken from the next day on, for two months."),
    )  # fmt: skip
    note = TextField(
        max_length=400, label=gettext_lazy("Words of the publication"),
        help_text=gettext_lazy("What is published, and where it can be read. Everybody reads it."),
    )  # fmt: skip
    paper = _line(
        120, gettext_lazy("Announcement"), required=False,
        help_text=gettext_lazy("As this register names it, if it is on record here. May stay empty."),
    )  # fmt: skip

    def clean_paper(self) -> Announcement | None:
        """The announcement on record, or None for nothing; what comes near is named."""
        text = self.cleaned_data["paper"].strip()
        if not text:
            return None
        real = Announcement.objects.filter(demonstration=False)
        if (found := real.filter(text=text).first()) is not None:
            return found
        number = int(text) if text.isdecimal() and len(text) < 7 else None
        near = real.filter(Q(text__contains=text) | Q(number=number or -1))[:5]
        if not near:
            text = _("No announcement on record is called so. Leave this empty, or enter it first.")
            raise forms.ValidationError(text)
        names = "; ".join(one.text for one in near)
        raise forms.ValidationError(_("Write one of these in full: {names}.").format(names=names))


# --- Files ---


class AnnexForm(KeepingForm):
    """A file with the names of a list."""

    nonce = NonceField()
    file = forms.FileField(
        label=gettext_lazy("File"), max_length=300, allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ".csv,.xlsx"}),
        help_text=gettext_lazy("CSV in UTF-8 or XLSX, at most 2 MB and 5,000 lines."),
    )  # fmt: skip
    basis = _line(200, gettext_lazy("Basis"), help_text=BASIS)
    on = PastField(
        required=True, initial=timezone.localdate, label=gettext_lazy("The annex counts from"),
        help_text=gettext_lazy("First day of a new status where the line gives no day of its own."),
    )  # fmt: skip
    whole = forms.BooleanField(
        required=False, label=gettext_lazy("This file is the whole list"),
        help_text=gettext_lazy(
            "Then names that it lacks leave the list from that day on, of each batch and side in the file."
        ),
    )  # fmt: skip

    def clean_file(self) -> list_files.Sheet:
        """The file as read; its fingerprint needs the bytes, kept as `content`."""
        sent = self.cleaned_data["file"]
        self.content = sent.read(list_files.MOST_BYTES + 1)
        try:
            return list_files.read(self.content, REQUIRED)
        except list_files.FileRefused as refusal:
            raise forms.ValidationError([*refusal.faults]) from refusal


class UndoForm(forms.Form):
    """Why a load is undone."""

    use_required_attribute = False
    reason = _reason()
