"""EDGE. What officers type about roles: who gets one, where, until when, why; and why a proposal is refused."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.validators import validate_email
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enterprises.form_fields import DayField, TextField
from enterprises.label_forms import NonceField
from enterprises.plan_forms import DivisionField
from gi_registry import role_facts
from gi_registry.models import User
from gi_registry.role_states import OFFICIAL_ROLES
from gi_registry.roles import RULES, Role

INSIDE = gettext_lazy("Officers and auditors read it; the public does not.")
LENGTH = 1000


class WhyForm(forms.Form):
    """A proposal to take a role away."""

    use_required_attribute = False
    nonce = NonceField()
    reason = TextField(max_length=LENGTH, label=gettext_lazy("Reason"), help_text=INSIDE)


class GiveForm(WhyForm):
    """A proposal to give a role. `person` becomes an account, or the address for a new one."""

    person = forms.CharField(
        max_length=254, label=gettext_lazy("Person"),
        help_text=gettext_lazy(
            "User name, or the e-mail address of the office. An address without an account gets one: the person sets "
            "the password with “forgotten password”."
        ),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none"}),
    )  # fmt: skip
    role = forms.ChoiceField(
        label=gettext_lazy("Role"), widget=forms.RadioSelect,
        choices=[(role.value, role.label) for role in OFFICIAL_ROLES],
    )  # fmt: skip
    division = DivisionField(
        required=False, label=gettext_lazy("Territory (reviewers and approvers only)"),
        help_text=gettext_lazy("Six-digit code or Chinese name, such as 430000 or 湖南省."),
    )  # fmt: skip
    until = DayField(
        label=gettext_lazy("First day without it (optional)"), help_text=gettext_lazy("For deputies, for example.")
    )
    field_order = ["person", "role", "division", "until", "reason"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = [  # type: ignore[attr-defined]
            (role.value, _("{role}: {description}").format(role=capfirst(str(role.label)),
                                                           description=RULES[role].description))
            for role in OFFICIAL_ROLES
        ]  # fmt: skip

    def clean_role(self) -> Role:
        return Role(self.cleaned_data["role"])

    def clean_person(self) -> User | str:
        text = str(self.cleaned_data["person"]).strip()
        try:
            found = role_facts.person_named(text)
        except role_facts.Unconfirmed:
            raise forms.ValidationError(
                _("Somebody signed up with this address and has not confirmed it. Ask the person to confirm it first.")
            ) from None
        if found is None and "@" not in text:
            raise forms.ValidationError(_("There is no such account."))
        if found is None:
            validate_email(text)
        return found or text.lower()


class RefuseForm(forms.Form):
    """Why a proposal is refused."""

    use_required_attribute = False
    text = TextField(max_length=LENGTH, label=gettext_lazy("Reason"), help_text=INSIDE)
