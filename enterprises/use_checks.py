"""READER. What a yearly report says, held against the label ledger of the register, in sentences with both figures.

Nothing is put right here: the enterprise explains what differs, and an official reads the explanation.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Count, F, Max, Sum
from django.utils.translation import gettext as _

from enterprises.label_facts import quantity_text
from enterprises.label_models import LabelBatch, LabelEvent
from enterprises.label_states import Fate, Unit
from enterprises.models import Authorisation
from enterprises.use_models import UseReport
from enterprises.use_words import NAMES, money_text, unit_value

# A direct output value below so many yuan for a kilogram or litre was most likely written in units of 10,000 yuan.
LEAST_UNIT_VALUE = 1
ERROR, ASK = "error", "ask"
NEEDED = ("output", "unit", "output_value", "labels_used")


@dataclass(frozen=True)
class Ledger:
    """What the register has of an authorisation and a year.

    `issued`, `batches`: labels and batches issued in the year, those recalled since among them. `until`: labels issued
    up to its end. `activated`: labels activated in the year, `last_active` the last day of that. `certified`: output
    of the seasons named with the year, in thousandths, by unit.
    """

    year: int
    issued: int
    batches: int
    until: int
    activated: int
    last_active: datetime.date | None
    certified: dict[str, int]


@dataclass(frozen=True)
class Check:
    """One thing that does not fit. `level`: ERROR cannot be, ASK has to be explained. `field` is where it stands."""

    code: str
    level: str
    field: str
    text: str

    @property
    def is_error(self) -> bool:
        """Whether the figures cannot be right, whatever the explanation."""
        return self.level == ERROR


def ledger(authorisation: Authorisation, year: int) -> Ledger:
    """The label ledger of a year, from its rows; four queries."""
    end = datetime.date(year, 12, 31)
    batches = LabelBatch.objects.with_codes().filter(season__authorisation=authorisation).order_by()
    of_year = batches.filter(decided_on__year=year).aggregate(labels=Sum("count"), batches=Count("pk"))
    events = LabelEvent.objects.filter(batch__season__authorisation=authorisation, fate=Fate.ACTIVE, on__year=year)
    active = events.order_by().aggregate(labels=Sum(F("last") - F("first") + 1), latest=Max("on"))
    certified: dict[str, int] = {}
    for name, unit, quantity in authorisation.seasons.values_list("name", "unit", "certified"):
        if quantity and re.search(rf"(?<![0-9]){year}(?![0-9])", name):
            certified[unit] = certified.get(unit, 0) + quantity
    return Ledger(
        year=year, issued=of_year["labels"] or 0, batches=of_year["batches"],
        until=batches.filter(decided_on__lte=end).aggregate(labels=Sum("count"))["labels"] or 0,
        activated=active["labels"] or 0, last_active=active["latest"], certified=certified,
    )  # fmt: skip


# --- What is missing ---


def missing(report: UseReport) -> list[tuple[str, str]]:
    """What has to be there before a report is submitted, as field and name."""
    return [(field, str(NAMES[field])) for field in NEEDED if getattr(report, field) in (None, "")]


# --- What does not fit ---


def checks(report: UseReport, found: Ledger) -> list[Check]:
    """Everything that does not fit, errors first."""
    return [*_impossible(report), *_labels(report, found), *_output(report, found)]


def _impossible(report: UseReport) -> Iterator[Check]:
    tests, failed = report.tests, report.tests_failed
    if failed and failed > (tests or 0):
        text = _("{failed} tests failed, but only {tests} were made.").format(failed=failed, tests=tests or 0)
        yield Check("tests", ERROR, "tests_failed", text)
    exports, sales = report.export_value, report.sales_value
    if exports is not None and sales is not None and exports > sales:
        text = _("Exports of {exports} are more than all sales, {sales}.").format(
            exports=money_text(exports), sales=money_text(sales)
        )
        yield Check("exports", ERROR, "export_value", text)


def _labels(report: UseReport, found: Ledger) -> Iterator[Check]:
    if report.labels_printed is not None and report.labels_printed != found.issued:
        text = _("You write {stated} labels printed; the register issued {ledger} in {year}.")
        yield _ask("printed", "labels_printed", text, report.labels_printed, found.issued, found.year)
    if report.batches is not None and report.batches != found.batches:
        text = _("You write {stated} batches; the register issued {ledger} in {year}.")
        yield _ask("batches", "batches", text, report.batches, found.batches, found.year)
    used = report.labels_used
    if used is not None and used > found.until:
        text = _("You write {stated} labels used; up to the end of {year} the register issued {ledger} in all.")
        yield _ask("beyond_record", "labels_used", text, used, found.until, found.year)
    elif used is not None and used != found.activated:
        text = _("You write {stated} labels used; {ledger} were activated in {year}.")
        yield _ask("used", "labels_used", text, used, found.activated, found.year)


def _ask(code: str, field: str, text: str, stated: int, ledger: int, year: int) -> Check:
    return Check(code, ASK, field, text.format(stated=f"{stated:,}", ledger=f"{ledger:,}", year=year))


def _output(report: UseReport, found: Ledger) -> Iterator[Check]:
    output, unit, value = report.output, report.unit, report.output_value
    if output is None or not unit:
        return
    known = found.certified.get(unit, 0)
    if found.certified and known != output:
        text = _("You write an output of {stated}; for seasons of {year} {ledger} was certified.")
        amounts = [quantity_text(amount, one) for one, amount in found.certified.items()]
        certified = _(", ").join(amounts)
        text = text.format(stated=quantity_text(output, unit), ledger=certified, year=found.year)
        yield Check("output", ASK, "output", text)
    if value and not output:
        text = _("There is an output value of {value}, but no output.").format(value=money_text(value))
        yield Check("value_without_output", ASK, "output", text)
    each = unit_value(report)
    if unit != Unit.PIECE and each is not None and each < LEAST_UNIT_VALUE:
        text = _("{value} for {output} is less than 1 yuan for one {unit}. Is the amount in yuan?").format(
            value=money_text(value or 0), output=quantity_text(output, unit), unit=Unit(unit).label
        )
        yield Check("unit_value", ASK, "output_value", text)


def open_questions(report: UseReport, found: list[Check]) -> bool:
    """Whether something that has to be explained is not."""
    return any(not one.is_error for one in found) and not report.explanation.strip()
