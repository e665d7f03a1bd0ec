"""EDGE. What officials type at the desk: filters of the queue, reasons, site checks, announcements."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.db.models import Q
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from enterprises import desk_queue
from enterprises.desk_words import COMMON_DEFECTS
from enterprises.form_fields import LONGEST, NamedRowField, PastField, TextField, TickedRowsField
from enterprises.states import (
    WITHOUT_FAULT,
    ApplicationKind,
    ApplicationState,
    AuthorisationState,
    DocumentKind,
    SiteResult,
    StopGround,
    SuspensionGround,
)
from gi_registry.journal import Actor
from products.announcement_numbers import ISSUER_NAMES, RUNNING_SERIES, Issuer
from products.models import Announcement

MOST = 2_147_483_647
ALL = ("", gettext_lazy("All"))


def _choices(words: Any, *, without: Sequence[str] = ()) -> list[tuple[str, Any]]:
    return [ALL, *((value, capfirst(label)) for value, label in words.choices if value not in without)]


class QueueForm(forms.Form):
    """What the queue is narrowed to; malformed values are ignored with a notice."""

    view = forms.ChoiceField(
        required=False,
        label=gettext_lazy("Show"),
        choices=[
            ("waiting", gettext_lazy("Waiting for you")),
            ("mine", gettext_lazy("Assigned to you")),
            ("open", gettext_lazy("All open files")),
            ("finished", gettext_lazy("Finished files")),
            ("any", gettext_lazy("All files")),
        ],
    )
    state = forms.ChoiceField(
        required=False, label=gettext_lazy("State"), choices=_choices(ApplicationState, without=["draft"])
    )
    kind = forms.ChoiceField(required=False, label=gettext_lazy("Asks"), choices=_choices(ApplicationKind))
    late = forms.ChoiceField(
        required=False, label=gettext_lazy("Clock"), choices=[ALL, ("yes", gettext_lazy("Late only"))]
    )
    county = NamedRowField(
        queryset=None, required=False, label=gettext_lazy("County"), empty_label=gettext_lazy("All")
    )
    q = forms.CharField(
        required=False, max_length=200, label=gettext_lazy("Search"),
        widget=forms.TextInput(attrs={"type": "search", "placeholder": gettext_lazy("Reference, enterprise, product")}),
    )  # fmt: skip

    def __init__(self, data: Any, *, actors: Sequence[Actor], **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.fields["county"].queryset = desk_queue.counties(actors)


class AuthorisationForm(forms.Form):
    """What the list of authorisations is narrowed to."""

    q = forms.CharField(
        required=False, max_length=200, label=gettext_lazy("Search"),
        widget=forms.TextInput(attrs={"type": "search", "placeholder": gettext_lazy("Enterprise, code, product")}),
    )  # fmt: skip
    state = forms.ChoiceField(required=False, label=gettext_lazy("State"), choices=_choices(AuthorisationState))


# --- Steps ---


class StepForm(forms.Form):
    """A step that needs no words."""


class ReasonForm(StepForm):
    """A step with the reason for it."""

    text = TextField(label=gettext_lazy("Reason"))

    def __init__(self, *args: Any, label: Any = None, help_text: Any = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["text"].label = label or self.fields["text"].label
        self.fields["text"].help_text = help_text


class DefectsForm(ReasonForm):
    """The one notice of defects: sentences that are ticked, and what is written besides."""

    common = forms.MultipleChoiceField(
        required=False, choices=list(COMMON_DEFECTS.items()), widget=forms.CheckboxSelectMultiple,
        label=gettext_lazy("Common defects"),
        help_text=gettext_lazy("What you tick is put in front of your text, each as a line of its own."),
    )  # fmt: skip
    field_order = ["common", "text"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["text"].required = False

    def clean(self) -> dict[str, Any]:
        """The notice as it is stored and sent, as `notice`."""
        values = super().clean() or self.cleaned_data
        if "common" in values and "text" in values:
            lines = [str(COMMON_DEFECTS[one]) for one in COMMON_DEFECTS if one in values["common"]]
            values["notice"] = "\n".join([*lines, *filter(None, [values["text"]])])
            if not values["notice"]:
                self.add_error("text", _("Tick a defect or write what has to be mended."))
            elif len(values["notice"]) > LONGEST:
                self.add_error("text", _("With the lines above the notice is too long: at most 4000 characters."))
        return values


class GroundForm(ReasonForm):
    """A proposal to end an authorisation, but for grounds that only the enterprise or the end of a product gives."""

    ground = forms.ChoiceField(label=gettext_lazy("Ground"), widget=forms.RadioSelect)
    field_order = ["ground", "text"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = (StopGround.GIVEN_UP, StopGround.PRODUCT_REVOKED)
        self.fields["ground"].choices = [
            (value, _("{ground} (deregistered, without fault)").format(ground=capfirst(label))
             if value in WITHOUT_FAULT else capfirst(label))
            for value, label in StopGround.choices if value not in others
        ]  # fmt: skip


class SuspensionForm(ReasonForm):
    """A suspension: the ground is public, the reason stands in the file of the enterprise."""

    ground = forms.ChoiceField(
        label=gettext_lazy("Ground"), widget=forms.RadioSelect,
        help_text=gettext_lazy("The public page and every label of this authorisation say it."),
        choices=[(ground.value, capfirst(ground.label)) for ground in SuspensionGround],
    )  # fmt: skip
    field_order = ["ground", "text"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, help_text=gettext_lazy("The enterprise reads it in its file."), **kwargs)


class MessageForm(forms.Form):
    """A message to the enterprise."""

    message = TextField(
        label=gettext_lazy("Message to the enterprise"), widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("Everybody who acts for the enterprise can read it. It is no decision."),
    )  # fmt: skip


# --- Files that are sent, site checks ---

FILE_HELP = gettext_lazy("PDF, JPEG or PNG, at most 10 MB and 200 pages.")


def _upload(**kwargs: Any) -> forms.FileField:
    attrs = {"accept": ".pdf,.jpg,.jpeg,.png,application/pdf,image/jpeg,image/png"}
    kwargs.setdefault("help_text", FILE_HELP)
    return forms.FileField(widget=forms.FileInput(attrs=attrs), allow_empty_file=True, max_length=300, **kwargs)


class SiteCheckForm(forms.Form):
    """What was found at a production site. `seen`: the last check that the person knew of."""

    checked_on = PastField(required=True, label=gettext_lazy("Day of the check"))
    result = forms.ChoiceField(
        label=gettext_lazy("Result"), widget=forms.RadioSelect,
        choices=[(value, capfirst(label)) for value, label in SiteResult.choices],
    )  # fmt: skip
    findings = TextField(
        label=gettext_lazy("What was found"),
        help_text=gettext_lazy("Buildings, equipment, raw material, records: enough for somebody who was not there."),
    )
    report = _upload(label=gettext_lazy("Report (if there is one)"), required=False)
    seen = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)


class UploadForm(forms.Form):
    """A document that an official adds to a file."""

    KINDS = (DocumentKind.REVIEW_FORM, DocumentKind.SITE_REPORT, DocumentKind.TEST_REPORT, DocumentKind.OTHER)
    kind = forms.ChoiceField(
        label=gettext_lazy("What it is"), choices=[(kind.value, capfirst(kind.label)) for kind in KINDS]
    )
    title = forms.CharField(
        label=gettext_lazy("Title"), max_length=120, required=False,
        help_text=gettext_lazy("May stay empty; the kind of document is shown then."),
    )  # fmt: skip
    file = _upload(label=gettext_lazy("File"))


# --- Announcements ---


class NumberForm(forms.Form):
    """What every announcement has: issuer, number, title, day."""

    issuer = forms.ChoiceField(
        label=gettext_lazy("Issuer"), widget=forms.RadioSelect,
        choices=[
            (Issuer.CNIPA.value, Issuer.CNIPA.label), (Issuer.PROVINCIAL.value, Issuer.PROVINCIAL.label),
            (Issuer.OTHER.value, gettext_lazy("Another body")),
        ],
    )  # fmt: skip
    issuer_text = forms.CharField(
        label=gettext_lazy("Name of the issuer"), max_length=60, required=False,
        help_text=gettext_lazy("In Chinese, as at the head of the announcement; not needed for CNIPA."),
    )  # fmt: skip
    year = forms.IntegerField(
        label=gettext_lazy("Year of the series"), min_value=1985, max_value=2999, required=False,
        help_text=gettext_lazy("Only where the numbers begin anew each year; CNIPA's do not."),
    )  # fmt: skip
    number = forms.IntegerField(label=pgettext_lazy("of an announcement", "Number"), min_value=1, max_value=MOST)
    text = forms.CharField(
        label=gettext_lazy("Title"), max_length=120, required=False,
        help_text=gettext_lazy(
            "Leave it empty to have it made from issuer, year and number, such as 国家知识产权局公告第612号."
        ),
    )  # fmt: skip
    published_on = PastField(
        required=True, label=gettext_lazy("Day of the announcement"),
        help_text=gettext_lazy("Use of the mark begins on this day."),
    )  # fmt: skip
    body = TextField(
        label=gettext_lazy("Text"), required=False,
        help_text=gettext_lazy("What stands above the list, in Chinese. May stay empty."),
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """Issuer, year and title in the form in which they are stored; refused where the number is taken."""
        values = super().clean() or self.cleaned_data
        issuer = values.get("issuer")
        if issuer == Issuer.CNIPA:
            values["issuer_text"] = next(name for name, one in ISSUER_NAMES.items() if one == issuer)
        elif issuer and not values.get("issuer_text") and "issuer_text" in values:
            self.add_error("issuer_text", _("Give the name of the body that makes the announcement."))
        if issuer in RUNNING_SERIES:
            values["year"] = None
        if not self.errors:
            values["text"] = values["text"] or suggested_title(values)
            self._check_taken(values)
        return values

    def _check_taken(self, values: dict[str, Any]) -> None:
        same = Q(issuer=values["issuer"], year=values["year"], number=values["number"])
        if values["issuer"] not in RUNNING_SERIES:
            same &= Q(issuer_text=values["issuer_text"])
        if Announcement.objects.filter(same).exists():
            self.add_error("number", _("An announcement of this issuer with this number is in the register already."))
        elif Announcement.objects.filter(text=values["text"]).exists():
            self.add_error("text", _("An announcement with this title is in the register already."))


def suggested_title(values: dict[str, Any]) -> str:
    """The usual way of naming an announcement."""
    year = f"{values['year']}年" if values["year"] else ""
    return f"{values['issuer_text']}公告{year}第{values['number']}号"


class AnnounceForm(NumberForm):
    """The files that become authorisations, and the decided ends that are made known."""

    GONE = gettext_lazy("One of these files is no longer waiting to be announced. Look at the list again.")
    NOT_THERE = {"invalid_choice": GONE, "invalid_pk_value": GONE}
    files = TickedRowsField(
        queryset=None, required=False, label=gettext_lazy("Approved files"), error_messages=NOT_THERE
    )
    stops = TickedRowsField(
        queryset=None, required=False, label=gettext_lazy("Decided ends"), error_messages=NOT_THERE
    )
    field_order = ["files", "stops"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["files"].queryset = desk_queue.approved()
        self.fields["stops"].queryset = desk_queue.ended()

    def clean(self) -> dict[str, Any]:
        """What the writer will ask again: something is chosen, of one kind, and decided by then."""
        values = super().clean()
        if "files" not in values or "stops" not in values:
            return values
        files, stops = list(values["files"]), list(values["stops"])
        enterprises = [file.enterprise for file in files] + [case.authorisation.enterprise for case in stops]
        if not enterprises:
            self.add_error("files", _("Choose at least one file to announce."))
        elif len({one.is_demo for one in enterprises}) > 1:
            self.add_error("files", _("Demonstration files and real ones cannot stand in one announcement."))
        day, decided = values.get("published_on"), [one.decided_on for one in [*files, *stops] if one.decided_on]
        if day and any(day < one for one in decided):
            self.add_error("published_on", _("The announcement cannot be older than the decisions in it."))
        return values


class CorrectionForm(NumberForm):
    """An announcement that puts an earlier one right."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["body"].required = True
        self.fields["body"].label = _("What is put right")
        self.fields["body"].help_text = _("The old announcement stays as it is; this text names what is wrong in it.")
        self.fields["published_on"].help_text = ""
