"""READER. What stands in a yearly report, in words: names of its fields, figures, amounts of money."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from enterprises.label_facts import quantity_text
from enterprises.label_states import THOUSANDTHS
from enterprises.use_models import UseReport

TEN_THOUSAND, HUNDRED_MILLION = 10_000, 100_000_000
MONEY = frozenset({"output_value", "sales_value", "export_value", "related_value"})
NAMES: dict[str, Promise] = {
    "output": gettext_lazy("Output under the mark"),
    "unit": gettext_lazy("Unit"),
    "output_value": gettext_lazy("Direct output value"),
    "sales_value": gettext_lazy("Sales"),
    "export_value": gettext_lazy("Sold abroad"),
    "related_value": gettext_lazy("Related output value"),
    "premium": gettext_lazy("Price above that of goods without the mark, in percent"),
    "labels_printed": gettext_lazy("Labels printed"),
    "labels_used": gettext_lazy("Labels used"),
    "batches": gettext_lazy("Batches of labels"),
    "standard": gettext_lazy("Standard used"),
    "tests": gettext_lazy("Tests made"),
    "tests_failed": gettext_lazy("Tests failed"),
    "employees": gettext_lazy("Employees"),
    "households": gettext_lazy("Farming households that deliver or work with you"),
    "changes": gettext_lazy("What changed in the year"),
    "violations": gettext_lazy("Breaches of the rules, and what was done about them"),
    "explanation": gettext_lazy("Why figures differ from the register"),
    "may_be_shown": gettext_lazy("My figures may be published"),
}
GROUPS: tuple[tuple[Promise, tuple[str, ...]], ...] = (
    (gettext_lazy("What was made and sold"),
     ("output", "unit", "output_value", "sales_value", "export_value", "related_value", "premium")),
    (gettext_lazy("The mark"), ("labels_printed", "labels_used", "batches")),
    (gettext_lazy("Standard and tests"), ("standard", "tests", "tests_failed")),
    (gettext_lazy("People"), ("employees", "households")),
    (gettext_lazy("In words"), ("changes", "violations", "explanation", "may_be_shown")),
)  # fmt: skip


def money_text(yuan: int) -> str:
    """Whole yuan as people read them, from 10,000 on in the large unit too: '1,200,000 yuan (= 120 × 10,000 yuan)'."""
    plain = ngettext("{number} yuan", "{number} yuan", yuan).format(number=f"{yuan:,}")
    return f"{plain} ({short})" if (short := large(yuan)) else plain


def large(yuan: int) -> str:
    """An amount of 10,000 yuan or more in 万元 or 亿元, exact; '' for less."""
    if yuan < TEN_THOUSAND:
        return ""
    if yuan >= HUNDRED_MILLION:
        return _("= {number} × 100 million yuan").format(number=_plain(Decimal(yuan) / HUNDRED_MILLION))
    return _("= {number} × 10,000 yuan").format(number=_plain(Decimal(yuan) / TEN_THOUSAND))


def _plain(number: Decimal) -> str:
    return f"{number.normalize():,f}"


def value_text(report: UseReport, field: str) -> str:
    """One figure in words; '' where nothing is stated."""
    value: Any = getattr(report, field)
    if field == "may_be_shown":
        return _("yes") if value else _("no")
    if value is None or value == "":
        return ""
    if field in MONEY:
        return money_text(value)
    if field == "output":
        return quantity_text(value, report.unit) if report.unit else f"{Decimal(value) / THOUSANDTHS:,f}"
    if field == "premium":
        return f"{value} %"
    return f"{value:,}" if isinstance(value, int) else str(value)


def unit_value(report: UseReport) -> Decimal | None:
    """Direct output value for one unit of output, in yuan; None where one of the two is missing or nothing."""
    if not report.output or not report.output_value:
        return None
    return Decimal(report.output_value) * THOUSANDTHS / report.output


def unit_value_text(report: UseReport) -> str:
    """The same in words: a slip of the unit shows at once."""
    each = unit_value(report)
    if each is None or not report.unit:
        return ""
    return _("{number} yuan for {unit}").format(number=f"{each:,.2f}", unit=quantity_text(THOUSANDTHS, report.unit))


def plain(thousandths: int | None) -> int | float | None:
    """A quantity as a number of its unit, for files."""
    if thousandths is None or thousandths % THOUSANDTHS:
        return None if thousandths is None else thousandths / THOUSANDTHS
    return thousandths // THOUSANDTHS


def lines(report: UseReport, before: UseReport | None = None) -> list[tuple[str, list[tuple[str, str, str]]]]:
    """The report by groups: name of a field, what it says, and what the version before said ('' for none)."""
    return [
        (str(title), [
            (str(NAMES[field]), value_text(report, field), value_text(before, field) if before else "")
            for field in fields if field != "unit"
        ])
        for title, fields in GROUPS
    ]  # fmt: skip
