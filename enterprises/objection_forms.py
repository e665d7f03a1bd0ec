"""EDGE. What people type who object, and what officials type about an objection."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enterprises.desk_forms import ALL
from enterprises.form_fields import TextField
from enterprises.label_forms import NonceField
from enterprises.objection_facts import ALL_VIEW, UNDECIDED_VIEW
from gi_registry.state_tables import Move
from products import objection_rules
from products.models import AgreementEntry
from products.objection_rules import MOST_FILES
from products.objection_states import ADMIT, ANSWER, NEGOTIATE, ObjectionGround, ObjectionState, ObjectorKind

ACCEPTED = ".pdf,.jpg,.jpeg,.png,application/pdf,image/jpeg,image/png"
YES, NO = "yes", "no"
TITLE_LENGTH = 120


class EntryField(forms.ModelChoiceField):
    """A name of an agreement's list: in its own writing, then in Chinese."""

    def label_from_instance(self, obj: AgreementEntry) -> str:
        return " · ".join(filter(None, dict.fromkeys([obj.name_native or obj.name_en, obj.name_zh, obj.country])))


@dataclass(frozen=True)
class Evidence:
    """A chosen file: the field it came by, the file, and what its sender calls it."""

    field: str
    upload: Any
    title: str


class ObjectionForm(forms.Form):
    """An objection to what a public notice tells of, or a comment on a name of an agreement's list."""

    use_required_attribute = False
    nonce = NonceField()
    entry = EntryField(
        queryset=AgreementEntry.objects.none(), label=gettext_lazy("Which name is it about?"),
        empty_label=gettext_lazy("choose a name"),
        error_messages={"required": gettext_lazy("Choose the name that your comment is about.")},
    )  # fmt: skip
    ground = forms.ChoiceField(
        label=gettext_lazy("Ground"), widget=forms.RadioSelect,
        choices=[(one.value, capfirst(one.label)) for one in ObjectionGround],
        error_messages={"required": gettext_lazy("Choose the ground that fits best.")},
    )  # fmt: skip
    text = TextField(
        label=gettext_lazy("Your reasons"), widget=forms.Textarea(attrs={"rows": 8}),
        help_text=gettext_lazy("What is wrong, and what shows it. At most 4000 characters; longer papers can be sent "
                               "as files."),
        error_messages={"required": gettext_lazy("Write why you object.")},
    )  # fmt: skip
    objector_kind = forms.ChoiceField(
        label=gettext_lazy("Who objects?"), widget=forms.RadioSelect,
        choices=[(one.value, capfirst(one.label)) for one in ObjectorKind],
        error_messages={"required": gettext_lazy("Choose whether a unit or a person objects.")},
    )  # fmt: skip
    objector = forms.CharField(
        max_length=120, label=gettext_lazy("Name of the unit, or your name"),
        error_messages={"required": gettext_lazy("Write the name: without it an objection cannot be examined.")},
    )  # fmt: skip
    address = forms.CharField(
        max_length=300, label=gettext_lazy("Address"),
        error_messages={"required": gettext_lazy("Write an address for letters.")},
    )  # fmt: skip
    contact = forms.CharField(
        max_length=200, label=gettext_lazy("How to reach you"), help_text=gettext_lazy("Telephone or e-mail."),
        error_messages={"required": gettext_lazy("Write how the registry office can reach you.")},
    )  # fmt: skip
    in_china = forms.ChoiceField(
        label=gettext_lazy("Is whoever objects inside China?"), widget=forms.RadioSelect,
        choices=[(YES, gettext_lazy("Yes, seat or residence inside China")), (NO, gettext_lazy("No"))],
        error_messages={"required": gettext_lazy("Choose yes or no.")},
    )  # fmt: skip
    # People do not see this field. Programs that fill in everything do; a person who did sees it and is told.
    remark = forms.CharField(
        required=False, max_length=200, label=gettext_lazy("Leave this empty"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "tabindex": "-1"}),
    )  # fmt: skip

    def __init__(self, *args: Any, names: QuerySet[AgreementEntry] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if names is None:
            del self.fields["entry"]
        else:
            self.fields["entry"].queryset = names
        for number in range(1, MOST_FILES + 1):
            self.fields[f"file{number}"] = forms.FileField(
                required=False, label=_("File {number}").format(number=number), allow_empty_file=True,
                widget=forms.FileInput(attrs={"accept": ACCEPTED}),
            )  # fmt: skip
            self.fields[f"title{number}"] = forms.CharField(
                required=False, max_length=TITLE_LENGTH, label=_("What file {number} is").format(number=number)
            )

    def clean_remark(self) -> str:
        """Kept away from the objection; somebody whose browser filled it in loses nothing."""
        if self.cleaned_data["remark"]:
            raise forms.ValidationError(_("This field is there to catch programs. Empty it and send again."))
        return ""

    def pairs(self) -> list[tuple[Any, Any]]:
        """Each field for a file with that for its title."""
        return [(self[f"file{number}"], self[f"title{number}"]) for number in range(1, MOST_FILES + 1)]

    def evidence(self) -> list[Evidence]:
        """The chosen files of a valid form; one without a title is called by the name it had."""
        found = []
        for number in range(1, MOST_FILES + 1):
            if upload := self.cleaned_data.get(f"file{number}"):
                title = self.cleaned_data[f"title{number}"] or upload.name[:TITLE_LENGTH]
                found.append(Evidence(f"file{number}", upload, title))
        return found

    def values(self) -> dict[str, Any]:
        """What the writer stores, but for the files."""
        kept = ("nonce", "ground", "text", "objector_kind", "objector", "address", "contact")
        values = {name: self.cleaned_data[name] for name in kept}
        return values | {"entry": self.cleaned_data.get("entry"), "in_china": self.cleaned_data["in_china"] == YES}


# --- At the desk ---


class ObjectionsForm(forms.Form):
    """What the queue of objections is narrowed to."""

    view = forms.ChoiceField(
        required=False, label=gettext_lazy("Show"),
        choices=[
            (UNDECIDED_VIEW, gettext_lazy("Not decided yet")),
            *((state.value, capfirst(state.label)) for state in ObjectionState),
            (ALL_VIEW, gettext_lazy("All objections")),
        ],
    )  # fmt: skip
    ground = forms.ChoiceField(
        required=False, label=gettext_lazy("Ground"),
        choices=[ALL, *((one.value, capfirst(one.label)) for one in ObjectionGround)],
    )  # fmt: skip
    q = forms.CharField(
        required=False, max_length=200, label=gettext_lazy("Search"),
        widget=forms.TextInput(attrs={"type": "search", "placeholder": gettext_lazy("Number, product, list")}),
    )  # fmt: skip


LABELS = {
    ADMIT.name: gettext_lazy("Why it is admitted"),
    ANSWER.name: gettext_lazy("Answer of the applicant"),
    NEGOTIATE.name: gettext_lazy("Record of the negotiation"),
}


class ObjectionStepForm(forms.Form):
    """One step on an objection. `seen`: the state that the page showed."""

    use_required_attribute = False
    seen = forms.CharField(required=False, max_length=20, widget=forms.HiddenInput)
    text = TextField(error_messages={"required": gettext_lazy("Write the reasons for this step.")})
    published_reason = TextField(
        max_length=2000, label=gettext_lazy("Public reason"),
        help_text=gettext_lazy("Everybody reads it, for good. Name no person and no unit that objected."),
        error_messages={"required": gettext_lazy("Write what the public register is to say.")},
    )  # fmt: skip

    def __init__(self, *args: Any, move: Move, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["text"].label = LABELS.get(move.name, gettext_lazy("Reasons, for the file"))
        self.fields["text"].help_text = gettext_lazy("Not public: officials who may read the objection read it.")
        if move.name not in objection_rules.MAY_PUBLISH:
            del self.fields["published_reason"]
