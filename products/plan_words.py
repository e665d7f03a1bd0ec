"""LEAF. What stands beside the numbers of a plan: how each is counted, and what the data loaded cannot tell."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from products.plan_states import MeasureKind

# How the register counts.
COUNTED: dict[str, str | Promise] = {
    MeasureKind.UNITS_COVERED: _(
        "Units of the list, inside the territory, that an area named in a source covers on the day."
    ),
    MeasureKind.NEW_PRODUCTS: _(
        "Products of the territory whose first approval lies in the period, on the tracks that the plan counts."
    ),
    MeasureKind.NEW_ENTERPRISES: _(
        "Enterprises whose first confirmed authorisation begins in the period and who produce in a listed unit."
    ),
    MeasureKind.PEOPLE_TRAINED: _(
        "People who came to trainings of the territory's offices in the period; guidance visits are not counted."
    ),
}

# What may come on top but is not proven; nothing of the kind with trainings.
MORE = {
    MeasureKind.UNITS_COVERED: ngettext_lazy(
        "{number} more is reached, but not proven: by an area inferred from a name, or of unknown extent",
        "{number} more are reached, but not proven: by an area inferred from a name, or of unknown extent",
        "number",
    ),
    MeasureKind.NEW_PRODUCTS: ngettext_lazy(
        "{number} more whose first approval is not on record, or whose place is only inferred",
        "{number} more whose first approval is not on record, or whose place is only inferred",
        "number",
    ),
    MeasureKind.NEW_ENTERPRISES: ngettext_lazy(
        "{number} more in the province whose county or first day is not on record",
        "{number} more in the province whose county or first day is not on record",
        "number",
    ),
}

# What happens when a step is taken.
WHAT_HAPPENS: dict[str, str | Promise] = {
    "adopt": _(
        "The plan holds from today. Officials of the territory and of what lies inside it see it. Afterwards it is "
        "changed only with a reason."
    ),
    "close": _("The plan is over and stays as it is. Its figures are still counted and shown."),
    "release": _(
        "Everybody may read the plan on the page of its list, with the register's own count and what sources report. "
        "The public journal names it from now on. This cannot be taken back."
    ),
}
