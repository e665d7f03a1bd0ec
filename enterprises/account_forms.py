"""EDGE. What somebody says at sign-up: for which enterprise they act.

`SignupForm` is the setting ACCOUNT_SIGNUP_FORM_CLASS: allauth adds address and password. No answer of these forms
depends on what the register knows of an enterprise, so that nobody learns by them who has an account.
"""

from __future__ import annotations

import re
from typing import Any

from allauth.core import context
from django import forms
from django.conf import settings
from django.core.validators import RegexValidator
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enterprises import credit_codes, membership
from enterprises.credit_codes import LENGTH, CreditCode, Problem
from enterprises.models import Enterprise
from gi_registry.models import User

NAME_LENGTH = Enterprise._meta.get_field("name_zh").max_length
OLD_NUMBER_LENGTH = 15  # of business licences before the credit code came in 2015
DIGIT_MEANT = str.maketrans("OI", "01")
# What a sign or a licence can show, but no address of a web page or a mailbox: the name stands in mails.
PLAIN_NAME = RegexValidator(
    r"""^[^\x00-\x1f@<>/\\"]+$""", gettext_lazy("Give the name only, as it stands on the business licence.")
)
INVITED = "/portal/join/"  # where the link of an invitation leads


class CreditCodeField(forms.CharField):
    """A credit code however it was typed; gives the normalised text."""

    def __init__(self, **kwargs: Any) -> None:
        attrs = {"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        kwargs.setdefault("label", gettext_lazy("Unified social credit code"))
        kwargs.setdefault("help_text", gettext_lazy("18 letters and digits; they stand on the business licence."))
        super().__init__(max_length=60, widget=forms.TextInput(attrs=attrs), **kwargs)

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        if not text:
            return ""
        code = credit_codes.check(text)
        if not code.ok:
            raise forms.ValidationError(what_is_wrong(code), code=str(code.problem))
        if code.is_demo and settings.PRODUCTION:
            raise forms.ValidationError(
                _("Codes of region 000000 are for demonstrations only; give the code of the business licence."),
                code="demonstration",
            )
        return code.text


def what_is_wrong(code: CreditCode) -> str:
    """A sentence on the first fault of a code that helps to find it."""
    if code.problem == Problem.LENGTH:
        if re.fullmatch(rf"[0-9]{{{OLD_NUMBER_LENGTH}}}", code.text):
            return _("This looks like a number of an old business licence. The credit code has 18 characters.")
        return _("A credit code has {wanted} characters; this text has {number}.").format(
            wanted=LENGTH, number=len(code.text)
        )
    if code.problem == Problem.CHECK:
        return _("The last character does not fit the others: compare the whole code again, character by character.")
    position = code.position or 0
    wrong = code.text[position - 1]
    said = _("Character {position} cannot be “{character}”.").format(position=position, character=wrong)
    meant = code.text.translate(DIGIT_MEANT)
    if wrong in "OI":
        said += " " + _("A credit code has no letters O and I; they are the digits 0 and 1.")
        if credit_codes.check(meant).ok:
            return said + " " + _("Did you mean {code}?").format(code=meant)
        return said
    if 3 <= position <= 8:
        return said + " " + _("Characters 3 to 8 are digits.")
    return said + " " + _("A credit code has digits and capital letters, but no I, O, S, V and Z.")


class EnterpriseForm(forms.Form):
    """The enterprise that somebody says they act for."""

    uscc = CreditCodeField()
    name_zh = forms.CharField(
        label=gettext_lazy("Name of the enterprise"),
        help_text=gettext_lazy("In Chinese, as it stands on the business licence."),
        max_length=NAME_LENGTH, validators=[PLAIN_NAME],
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )  # fmt: skip


class SignupForm(EnterpriseForm):
    """The part of the sign-up that is ours. Who follows the link of an invitation need not name the enterprise."""

    field_order = ["uscc", "name_zh", "email", "password1"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if comes_by_invitation(context.request):
            for name in EnterpriseForm.base_fields:
                self.fields[name].required = False
                self.fields[name].help_text = gettext_lazy("Leave this empty: the invitation names the enterprise.")

    def clean(self) -> dict[str, Any]:
        """Both or none, for somebody who was invited."""
        values = super().clean() or self.cleaned_data
        for name, other in (("uscc", "name_zh"), ("name_zh", "uscc")):
            if values.get(other) and name in values and not values[name]:
                self.add_error(name, forms.Field.default_error_messages["required"])
        return values

    def signup(self, request: HttpRequest, user: User) -> None:
        """Called by allauth once the account is stored; nothing follows before the address is confirmed."""
        if self.cleaned_data.get("uscc"):
            membership.ask(user, uscc=self.cleaned_data["uscc"], name_zh=self.cleaned_data["name_zh"])


def comes_by_invitation(request: HttpRequest | None) -> bool:
    """Whether somebody signs up on the way to an invitation."""
    if request is None:
        return False
    return INVITED in (request.POST.get("next") or request.GET.get("next") or "")


class InviteForm(forms.Form):
    """The address that an invitation goes to."""

    email = forms.EmailField(
        label=gettext_lazy("E-mail address"), max_length=254,
        help_text=gettext_lazy("The person gets a mail with a link that works for seven days."),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()
