"""The public register of objections."""

from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from gi_registry.exports import respond
from gi_registry.query_values import FormatField, read
from products import objection_register
from products.objection_register import Wanted
from products.objection_states import ObjectionGround, ObjectionState

ROWS_A_PAGE = 40
FORMATS = ("csv", "xlsx", "json")


class RegisterForm(forms.Form):
    """Which objections are shown."""

    q = forms.CharField(
        required=False, max_length=200, label=gettext_lazy("Product"), widget=forms.TextInput(attrs={"type": "search"})
    )
    state = forms.ChoiceField(required=False, label=gettext_lazy("State"))
    ground = forms.ChoiceField(required=False, label=gettext_lazy("Ground"))
    year = forms.ChoiceField(required=False, label=gettext_lazy("Year received"))
    format = FormatField(FORMATS)

    def __init__(self, data: Any, years: list[int], **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        every = ("", _("All"))
        for name, words in (("state", ObjectionState), ("ground", ObjectionGround)):
            self.fields[name].choices = [every, *((one.value, capfirst(str(one.label))) for one in words)]
        self.fields["year"].choices = [every, *((str(year), str(year)) for year in years)]


@require_safe
def index(request: HttpRequest) -> HttpResponseBase:
    """All objections with their outcomes, the latest first."""
    years = objection_register.years()
    values, notices = read(RegisterForm(request.GET, years))
    wanted = Wanted(**{name: values[name] or "" for name in ("state", "ground", "year", "q")})
    rows = objection_register.found(wanted)
    if values["format"]:
        asked = {name: value for name, value in values.items() if value and name != "format"}
        return respond(objection_register.table(rows, asked), values["format"])
    context = {
        "crumbs": [(_("Announcements"), reverse("products:announcements")), (_("Objections"), "")],
        "page": Paginator(rows, ROWS_A_PAGE).get_page(request.GET.get("page")),
        "form": RegisterForm(None, years, initial=values),
        "narrowed": wanted != Wanted(),
        "notices": notices,
        "formats": FORMATS,
    }
    return render(request, "products/objections.html", context)
