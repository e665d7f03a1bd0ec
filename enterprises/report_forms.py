"""EDGE. What people type about something suspect, and what officials type about a report."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enterprises.desk_forms import ALL
from enterprises.form_fields import PastField, TextField
from enterprises.label_forms import NonceField
from enterprises.label_states import ReportOutcome, ReportState, Suspicion
from enterprises.report_facts import ALL_VIEW, OPEN_VIEW
from enterprises.report_photos import MOST_PHOTOS
from gi_registry.models import Division
from products.maps import name_of

CODE_LENGTH = 200  # people paste whole addresses


class PicturesInput(forms.FileInput):
    """Several files chosen at once."""

    allow_multiple_selected = True


class PicturesField(forms.FileField):
    """Up to five files; what is in them is looked at later, when the rest of the form is in order."""

    widget = PicturesInput

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        files = [one for one in data or [] if one]
        if len(files) > MOST_PHOTOS:
            raise forms.ValidationError(_("At most {number} pictures.").format(number=MOST_PHOTOS))
        return files


class ProvinceField(forms.ModelChoiceField):
    """A province of today by its code."""

    def label_from_instance(self, obj: Division) -> str:
        return name_of(obj)


class ReportForm(forms.Form):
    """A suspect report. Only two fields are needed: what kind of thing it is, and what was seen.

    The code is called `label`: a form whose token is too old is shown again without fields named like a code.
    """

    use_required_attribute = False
    nonce = NonceField()
    suspicion = forms.ChoiceField(
        label=gettext_lazy("What do you suspect?"), widget=forms.RadioSelect,
        choices=[(one.value, capfirst(one.label)) for one in Suspicion],
        error_messages={"required": gettext_lazy("Choose what fits best; “something else” will do.")},
    )  # fmt: skip
    text = TextField(
        label=gettext_lazy("What did you see?"),
        help_text=gettext_lazy("In your own words: what looked wrong, and what the seller said. Officials read it; it "
                               "is not published."),
        widget=forms.Textarea(attrs={"rows": 6}),
        error_messages={"required": gettext_lazy("Write in a sentence or two what you saw.")},
    )
    label = forms.CharField(
        required=False, max_length=CODE_LENGTH, label=gettext_lazy("Label code, if there is one"),
        help_text=gettext_lazy("24 letters and digits under the symbol. If you cannot read it well, write what you "
                               "can: the report is taken all the same."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )  # fmt: skip
    goods = forms.CharField(
        required=False, max_length=200, label=gettext_lazy("What the goods are called (optional)"),
        help_text=gettext_lazy("As it stands on the pack, with the name of the maker."),
    )  # fmt: skip
    bought_at = forms.CharField(
        required=False, max_length=300, label=gettext_lazy("Where you saw or bought it (optional)"),
        help_text=gettext_lazy("Shop and street, or the address of the online shop."),
    )  # fmt: skip
    division = ProvinceField(
        queryset=Division.objects.none(), to_field_name="code", required=False,
        label=gettext_lazy("Province (optional)"), empty_label=gettext_lazy("online, or not known"),
        help_text=gettext_lazy("Officials there will read the report. If you choose none, those where the product of "
                               "the label is made will."),
    )  # fmt: skip
    bought_on = PastField(label=gettext_lazy("When (optional)"))
    photos = PicturesField(
        required=False, label=gettext_lazy("Pictures (optional)"),
        help_text=gettext_lazy("Up to 5 pictures, JPEG or PNG, at most 10 MB each: the front of the pack, the label, "
                               "the receipt. Place and time that a phone writes into a picture are removed."),
        widget=PicturesInput(attrs={"accept": ".jpg,.jpeg,.png,image/jpeg,image/png"}),
    )  # fmt: skip
    contact = forms.CharField(
        required=False, max_length=200, label=gettext_lazy("How to reach you (optional)"),
        help_text=gettext_lazy("Telephone or e-mail, if the officials may ask you back."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip
    # People do not see this field. Programs that fill in everything do; a person who did sees it and is told.
    remark = forms.CharField(
        required=False, max_length=200, label=gettext_lazy("Leave this empty"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "tabindex": "-1"}),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["division"].queryset = Division.objects.current().filter(parent=None).order_by("code")

    def clean_remark(self) -> str:
        """Kept away from the report; somebody whose browser filled it in loses nothing."""
        if self.cleaned_data["remark"]:
            raise forms.ValidationError(_("This field is there to catch programs. Empty it and send again."))
        return ""


# --- At the desk ---


class ReportsForm(forms.Form):
    """What the queue of reports is narrowed to."""

    view = forms.ChoiceField(
        required=False, label=gettext_lazy("Show"),
        choices=[
            (OPEN_VIEW, gettext_lazy("Not closed yet")),
            *((state.value, capfirst(state.label)) for state in ReportState),
            (ALL_VIEW, gettext_lazy("All reports")),
        ],
    )  # fmt: skip
    kind = forms.ChoiceField(
        required=False, label=gettext_lazy("What is suspected"),
        choices=[ALL, *((one.value, capfirst(one.label)) for one in Suspicion)],
    )  # fmt: skip
    q = forms.CharField(
        required=False, max_length=200, label=gettext_lazy("Search"),
        widget=forms.TextInput(attrs={"type": "search", "placeholder": gettext_lazy("Case number, goods, enterprise")}),
    )  # fmt: skip


class TakeUpForm(forms.Form):
    """Taking a report up needs no words."""


class CloseForm(forms.Form):
    """What came of a report, and what whoever reported is told."""

    use_required_attribute = False
    outcome = forms.ChoiceField(
        label=gettext_lazy("Outcome"), widget=forms.RadioSelect,
        help_text=gettext_lazy("It is counted in public."),
        choices=[(one.value, capfirst(one.label)) for one in ReportOutcome],
        error_messages={"required": gettext_lazy("Choose what came of it.")},
    )  # fmt: skip
    answer = TextField(
        max_length=2000, label=gettext_lazy("Answer to whoever reported"),
        help_text=gettext_lazy("Whoever holds the link of the report reads it, signed in or not. Name no person and "
                               "nothing of a running procedure."),
        error_messages={"required": gettext_lazy("Write in a sentence or two what you found or did.")},
    )  # fmt: skip
