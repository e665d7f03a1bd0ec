"""What was protected on a day: the protection requirements and the area of a product, and what two versions change."""

import re
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from gi_registry.query_values import PastDateField, read
from products import maps
from products.models import FormerNumber, Product
from products.system_requirements import RightRequirements, requirements_of


class PairField(forms.Field):
    """Two versions: "1,2", or the parameter twice, as boxes that are ticked send it."""

    widget = forms.SelectMultiple

    def clean(self, value: Any) -> tuple[int, int] | None:
        texts = [text.strip() for part in value or () for text in part.split(",") if text.strip()]
        if not texts:
            return None
        if len(texts) != 2 or not all(re.fullmatch("[0-9]{1,4}", text) for text in texts) or texts[0] == texts[1]:
            raise forms.ValidationError(_("Choose two versions."))
        first, second = sorted(int(text) for text in texts)
        return first, second


class RequirementsForm(forms.Form):
    """The day that the page answers for, and the versions to compare."""

    as_of = PastDateField(label=gettext_lazy("On the date"))
    compare = PairField(required=False, label=gettext_lazy("Compare"))


@require_safe
def requirements(request: HttpRequest, number: int) -> HttpResponse:
    """The version and area of the day, all versions, and two of them side by side."""
    product = Product.objects.select_related("province").filter(number=number).first()
    if product is None:
        former = FormerNumber.objects.select_related("product").filter(number=number).first()
        if former is None:
            raise Http404("no such product")
        return redirect("products:requirements", former.product.number, permanent=True)
    values, notices = read(RequirementsForm(request.GET))
    rights = requirements_of(product, values["as_of"], values["compare"])
    context = {
        "product": product, "rights": rights, "crumbs": _crumbs(product),
        "on": values["as_of"] or timezone.localdate(), "as_of": values["as_of"], "pair": values["compare"],
        "notices": notices + _unanswered(request, values["compare"], rights),
        "has_versions": any(one.versions for one in rights),
    }  # fmt: skip
    return render(request, "products/requirements.html", context)


def _unanswered(request: HttpRequest, pair: tuple[int, int] | None, rights: list[RightRequirements]) -> list[str]:
    """A notice where no right has both versions that were asked for."""
    if pair is None or any(one.difference for one in rights):
        return []
    return [_("There are no versions {first} and {second} to compare.").format(first=pair[0], second=pair[1])]


def _crumbs(product: Product) -> list[tuple[str, str]]:
    return [
        (_("Products"), reverse("products:search")),
        (maps.name_of(product), product.get_absolute_url()),
        (_("Protection requirements"), ""),
    ]
