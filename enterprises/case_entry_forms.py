"""EDGE. What the officer types to announce steps of cases, and to enter a case of the past from its sources."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enterprises import case_choices, case_queue
from enterprises.case_forms import CHOOSE, RightField, words_of
from enterprises.cultivation_forms import WrittenPlaceField
from enterprises.desk_forms import MOST, NumberForm
from enterprises.form_fields import TextField, TickedRowsField
from enterprises.label_forms import LabelForm
from gi_registry import partial_dates
from gi_registry.models import Division
from gi_registry.partial_dates import PartialDate
from gi_registry.state_tables import Move
from products import announcement_numbers
from products.announcement_numbers import RUNNING_SERIES, Issuer
from products.case_states import ApplicantKind, CaseKind, CaseState, LegalBasis
from products.drafting import PastStep
from products.models import Announcement

PAST_ROWS, MOST_PAST_ROWS = 4, 12
REASON_HELP = gettext_lazy("Why it is decided so. It stays in the case; the public journal holds its fingerprint.")


class HeadingForm(NumberForm):
    """Number, issuer, title and day of an announcement, with the reason where the step needs one."""

    reason = TextField(label=gettext_lazy("Reason"), help_text=REASON_HELP)

    def __init__(self, *args: Any, move: Move, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("published_on", timezone.localdate())
        self.initial.setdefault("issuer", Issuer.CNIPA)
        self.fields["published_on"].help_text = _("What is decided holds from this day.")
        self.fields["body"].help_text = _("What stands above the names, in Chinese. May stay empty.")
        if not move.needs_reason:
            del self.fields["reason"]

    @property
    def heading(self) -> dict[str, Any]:
        """What the writers take of the announcement itself."""
        names = ("issuer", "issuer_text", "year", "number", "text", "published_on", "body")
        return {name: self.cleaned_data[name] for name in names}


class AnnounceCasesForm(HeadingForm):
    """The cases that take a step together."""

    GONE = gettext_lazy("One of these cases can no longer take this step. Look at the list again.")
    NOT_THERE = {"invalid_choice": GONE, "invalid_pk_value": GONE}
    cases = TickedRowsField(
        queryset=None, label=gettext_lazy("Cases"),
        error_messages=NOT_THERE | {"required": gettext_lazy("Choose at least one case to announce.")},
    )  # fmt: skip
    field_order = ["cases", "reason"]

    def __init__(self, *args: Any, move: Move, **kwargs: Any) -> None:
        super().__init__(*args, move=move, **kwargs)
        self.fields["cases"].queryset = case_queue.announceable(move.name)

    def clean_cases(self) -> Any:
        """Demonstration and real ones never stand together."""
        found = self.cleaned_data["cases"]
        if len({case.demonstration for case in found}) > 1:
            raise forms.ValidationError(
                _("Demonstration cases and real ones cannot stand in one announcement.")
            )
        return found


class RevokeForm(HeadingForm):
    """The announcement that ends a protection; only the page of its consequences leads here."""

    state = forms.CharField(required=False, widget=forms.HiddenInput)
    field_order = ["reason"]


# --- Cases of the past ---


class PartialDayField(forms.CharField):
    """A day, month or year of the past: 2012, 2012-07, 2012-07-31 or 2012年7月31日."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=20, widget=forms.TextInput(attrs={"autocomplete": "off"}), **kwargs)

    def clean(self, value: Any) -> PartialDate | None:
        text = unicodedata.normalize("NFKC", super().clean(value)).replace(" ", "")
        pieces = re.sub(r"[年月日./-]+", "-", text).strip("-").split("-")
        text = "-".join([pieces[0], *(piece.zfill(2) for piece in pieces[1:])])
        try:
            day = partial_dates.parse(text)
        except ValueError:
            raise forms.ValidationError(_("Write the day as 2012, 2012-07 or 2012-07-31.")) from None
        if day and day.on > timezone.localdate():
            raise forms.ValidationError(_("The day lies in the future."))
        return day


class WrittenAnnouncementField(forms.CharField):
    """An announcement of the register, by its number in words."""

    def clean(self, value: Any) -> Announcement | None:
        text = super().clean(value)
        if not text:
            return None
        found = Announcement.objects.filter(text=text).first() or self._numbered(text)
        if found is None:
            raise forms.ValidationError(_("The register has no announcement “{text}”.").format(text=text[:60]))
        return found

    def _numbered(self, text: str) -> Announcement | None:
        try:
            parsed = announcement_numbers.parse(text)
        except ValueError:  # words that are no number: not found, like a number that nobody used
            return None
        if parsed.number is None or parsed.number > MOST:
            return None
        rows = Announcement.objects.filter(issuer=parsed.issuer, number=parsed.number)
        if parsed.issuer not in RUNNING_SERIES:
            rows = rows.filter(year=parsed.year)
        if parsed.issuer in (Issuer.PROVINCIAL, Issuer.OTHER):
            rows = rows.filter(issuer_text=parsed.issuer_text)
        found = list(rows[:2])
        return found[0] if len(found) == 1 else None


class PastCaseForm(LabelForm):
    """A case that was decided before this register ran: about which right, and its steps with days and sources."""

    about = RightField(
        in_force=False, label=gettext_lazy("Product"),
        help_text=gettext_lazy("Its number in this register, or its exact name; also one whose protection has ended."),
        error_messages={"required": gettext_lazy("Say which product it is about.")},
    )  # fmt: skip
    kind = forms.ChoiceField(
        label=gettext_lazy("What was asked for"), widget=forms.RadioSelect, choices=words_of(CaseKind),
        initial=CaseKind.RECOGNITION,
    )  # fmt: skip
    legal_basis = forms.ChoiceField(
        label=gettext_lazy("Law"), widget=forms.RadioSelect, choices=words_of(LegalBasis), initial=LegalBasis.ORDER_78
    )
    division = WrittenPlaceField(
        None, required=False, label=gettext_lazy("Place (may stay empty)"),
        help_text=gettext_lazy("Whose office prepared it: name or code. Left empty, what holds the whole area."),
    )  # fmt: skip
    applicant_kind = forms.ChoiceField(
        required=False, label=gettext_lazy("Who applied"), choices=[("", "–"), *words_of(ApplicantKind)]
    )
    applicant = forms.CharField(required=False, max_length=120, label=gettext_lazy("Name of the applicant"))
    source = forms.CharField(
        max_length=400, label=gettext_lazy("Source of the whole"),
        help_text=gettext_lazy("Where it was read: book, archive or address. Public."),
    )  # fmt: skip

    def __init__(self, *args: Any, rows: int = 0, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["division"].places = Division.objects.current().order_by("code")
        self.number = min(max(rows, PAST_ROWS, self._typed_rows()), MOST_PAST_ROWS)
        states = [state for state in CaseState if state not in (CaseState.DRAFT, CaseState.DEFECTS)]
        for number in range(self.number):
            self.fields |= {
                f"state_{number}": forms.ChoiceField(
                    required=False, label=_("Step {number}").format(number=number + 1),
                    choices=[CHOOSE, *((one.value, capfirst(one.label)) for one in states)],
                ),
                f"day_{number}": PartialDayField(required=False, label=_("Day, month or year")),
                f"announcement_{number}": WrittenAnnouncementField(
                    required=False, max_length=120, label=_("Announcement (if the register has it)")
                ),
                f"source_{number}": forms.CharField(
                    required=False, max_length=400, label=_("Source (empty: that of the whole)")
                ),
            }  # fmt: skip

    def _typed_rows(self) -> int:
        values = self.data if self.is_bound else self.initial
        return max((n + 1 for n in range(MOST_PAST_ROWS) if values.get(f"state_{n}")), default=0)

    @property
    def heads(self) -> list[Any]:
        """The fields above the rows."""
        return [field for field in self.visible_fields() if not re.search("_[0-9]+$", field.name)]

    @property
    def rows(self) -> list[list[Any]]:
        """The fields of each step."""
        return [[self[f"{name}_{number}"] for name in ("state", "day", "announcement", "source")]
                for number in range(self.number)]  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """A step is a state with its day; a place follows from the area where none is written."""
        values = super().clean() or self.cleaned_data
        values["steps"] = self._steps(values)
        right = values.get("about")
        if right is not None and "division" in values:
            values["division"] = values["division"] or case_choices.common_place(right)
            if values["division"] is None:
                self.add_error("division", _("No place is on record for this product: write it."))
        return values

    def _steps(self, values: dict[str, Any]) -> Sequence[PastStep]:
        found = []
        for number in range(self.number):
            state, day = values.get(f"state_{number}"), values.get(f"day_{number}")
            if state and day is None and f"day_{number}" in values:
                self.add_error(f"day_{number}", _("Give the day of this step."))
            elif day and state == "":
                self.add_error(f"state_{number}", _("Say which step it was."))
            elif state and day:
                source = values.get(f"source_{number}") or values.get("source") or ""
                announcement = values.get(f"announcement_{number}")
                found.append(PastStep(CaseState(state), day.on, source, day.precision, announcement))
        if not found and not self.errors:
            self.add_error("state_0", _("Enter at least the step by which it ended."))
        return found
