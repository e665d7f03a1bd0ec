"""EDGE. What is asked of the coverage pages, in a form and in words: the rule, the date, the place, the comparison."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gi_registry.models import Division
from gi_registry.query_values import FormatField, PastDateField, read
from products import maps
from products.coverage_rules import Counted, Cover, Rule

PRODUCTS = "products"  # beside the answers for units: the products behind the count of covered units
YES = "yes"


class RuleForm(forms.Form):
    """The rule of all figures and the date."""

    track = forms.ChoiceField(
        choices=Counted.choices,
        required=False,
        initial=Counted.GI_PRODUCT,
        label=gettext_lazy("Counted as protection"),
    )
    whole = forms.ChoiceField(
        choices=[("", gettext_lazy("the whole county or any part")), (YES, gettext_lazy("the whole county only"))],
        required=False,
        label=gettext_lazy("How much of the county"),
    )
    own = forms.ChoiceField(
        choices=[
            ("", gettext_lazy("areas of larger divisions too")),
            (YES, gettext_lazy("the county's own products only")),
        ],
        required=False,
        label=gettext_lazy("Whose area"),
    )
    inferred = forms.ChoiceField(
        choices=[("", gettext_lazy("not counted")), (YES, gettext_lazy("counted"))],
        required=False,
        label=gettext_lazy("Areas inferred from a name"),
    )
    as_of = PastDateField(label=gettext_lazy("On the date"))


class ListForm(RuleForm):
    """On the page of one list also the place, what it is compared with, and which units are shown."""

    province = forms.ChoiceField(required=False, label=gettext_lazy("Province"))
    compare_on = PastDateField(label=gettext_lazy("Compare with the date"))
    compare_province = forms.ChoiceField(required=False, label=gettext_lazy("Compare with the province"))
    status = forms.ChoiceField(
        choices=[*Cover.choices, (PRODUCTS, gettext_lazy("products"))],
        required=False,
        label=gettext_lazy("Status"),
        widget=forms.HiddenInput,
    )
    format = FormatField(("csv", "xlsx", "json"))

    def __init__(self, data: Any, provinces: list[Division], **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        named = [(division.code, maps.name_of(division)) for division in provinces]
        self.fields["province"].choices = [("", _("All")), *named]
        self.fields["compare_province"].choices = [("", _("No comparison")), *named]


@dataclass(frozen=True)
class Asked:
    """What was asked, ready for the reader and for the words beside the figures.

    `provinces`: those that the list touches; `values`: what was readable; `notices`: what was not.
    """

    form: forms.Form
    values: dict[str, Any]
    notices: list[str]
    provinces: list[Division]

    @classmethod
    def of_all(cls, query: QueryDict) -> "Asked":
        """What is asked of all lists together."""
        values, notices = read(RuleForm(query))
        return cls(RuleForm(None, initial=values), values, notices, [])

    @classmethod
    def of_list(cls, query: QueryDict, provinces: list[Division]) -> "Asked":
        """What is asked of one list."""
        values, notices = read(ListForm(query, provinces))
        form = ListForm(None, provinces, initial=values)
        if len(provinces) < 2:  # then there is nothing to choose
            del form.fields["province"], form.fields["compare_province"]
        return cls(form, values, notices, provinces)

    @property
    def rule(self) -> Rule:
        """What counts."""
        values = self.values
        return Rule(values["track"], *(values[name] == YES for name in ("whole", "inferred", "own")))

    @property
    def on(self) -> Any:
        """The date of the figures."""
        return self.values["as_of"] or timezone.localdate()

    @property
    def words(self) -> str:
        """The rule in words, as it stands beside every figure."""
        return capfirst(" · ".join(self.rule.words()))

    @property
    def province(self) -> Division | None:
        """The province chosen, None for the whole list."""
        return self._province("province")

    @property
    def shows_whole(self) -> bool:
        """Whether the figures are of the whole list today, as far as they are not dated otherwise."""
        return self.province is None and self.values["as_of"] is None

    @property
    def other_province(self) -> Division | None:
        """The province to compare with, None for none or for the same."""
        other = self._province("compare_province")
        return other if other != self.province else None

    @property
    def only_province(self) -> Division | None:
        """The single province of the figures, because it is chosen or there is no other."""
        return self.province or (self.provinces[0] if len(self.provinces) == 1 else None)

    @property
    def is_folded(self) -> bool:
        """Whether the form may stay closed: nothing but the default was asked."""
        return not self.rule.parameters and not any(
            self.values.get(name) for name in ("as_of", "compare_on", "compare_province")
        )

    @property
    def rule_query(self) -> str:
        """Query string that asks another list by the same rule on the same date; empty for the default."""
        return query(self._rule_parameters())

    def query(self, **changes: str) -> str:
        """Query string of this page with some values replaced; an empty value drops one."""
        kept = ("province", "compare_on", "compare_province", "status")
        parameters = self._rule_parameters() | {name: self.values.get(name) for name in kept}
        return query(parameters | changes)

    def _rule_parameters(self) -> dict[str, Any]:
        return {**self.rule.parameters, "as_of": self.values["as_of"]}

    def _province(self, name: str) -> Division | None:
        return next((one for one in self.provinces if one.code == self.values[name]), None)


def query(parameters: dict[str, Any]) -> str:
    """'?a=b' of the parameters that have a value, '' for none."""
    named = {name: value for name, value in parameters.items() if value}
    return f"?{urlencode(named)}" if named else ""
