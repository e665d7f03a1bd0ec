"""EDGE. What officers type about an address to which changes are sent."""

from __future__ import annotations

import re

from django import forms
from django.utils.translation import gettext_lazy as _

from enterprises.form_fields import TextField
from enterprises.label_forms import NonceField


class WebhookForm(forms.Form):
    """Whose address it is, the address, and which changes are sent there."""

    use_required_attribute = False

    holder = forms.CharField(
        max_length=120, label=_("Holder"), help_text=_("The organisation. No names of people: colleagues read this.")
    )
    url = forms.CharField(
        max_length=400, label=_("Address"),
        widget=forms.URLInput(attrs={"placeholder": "https://", "inputmode": "url", "autocomplete": "off"}),
        help_text=_("It begins with https:// and is asked to send a challenge back before anything is told."),
    )  # fmt: skip
    kinds = TextField(
        required=False, label=_("Only these kinds of event"), max_length=4000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Names with blanks between them, such as product.amended or authorisation.*; empty: all."),
    )  # fmt: skip
    nonce = NonceField()

    def clean_url(self) -> str:
        return str(self.cleaned_data["url"]).strip()

    def clean_kinds(self) -> list[str]:
        found = [part for part in re.split(r"[\s,;，；、]+", self.cleaned_data["kinds"]) if part]
        return list(dict.fromkeys(found))
