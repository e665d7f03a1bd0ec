"""READER. What the writer of standards, testing bodies and checks takes, who keeps them, and what is checked first.

Officers keep all of it. Approvers keep what belongs to their own province: local standards that apply there, testing
bodies that sit there with what they may test there, checks of its products.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from typing import Any, TypedDict

from django.db.models import Q
from django.utils.translation import gettext as _

from gi_registry import territory
from gi_registry.journal import Actor, Subject
from gi_registry.models import Division
from gi_registry.roles import RULES, Permission
from gi_registry.state_tables import MoveRefused
from products.models import Product
from products.states import StandardKind
from products.system_models import CheckItem, Standard, TestingBody, TestingScope
from products.system_words import tidy_number

Day = datetime.date
EARLIEST = Day(1949, 10, 1)  # before it there is no standard of this country


class StandardValues(TypedDict, total=False):
    """What is kept of a standard. It is in force from `effective_from` to the day before `effective_to`."""

    number: str
    title: str
    kind: str
    division: Division | None
    issued_on: Day | None
    effective_from: Day | None
    effective_to: Day | None
    replaced_by: Standard | None
    source: str
    products: Iterable[Product]


class BodyValues(TypedDict, total=False):
    """What is kept of a testing body. `division`: where it sits."""

    name_zh: str
    name_en: str
    division: Division | None
    source: str


class ScopeValues(TypedDict, total=False):
    """What can be corrected of a scope: what its certificate says, and from when to when it holds."""

    certificate: str
    items: str
    effective_from: Day
    effective_to: Day | None


class CheckValues(TypedDict, total=False):
    """What is kept of a check. `part`: the `RequirementPart` that it proves; `standard` says how it is tested."""

    part: str
    text: str
    method: str
    standard: Standard | None
    effective_from: Day
    effective_to: Day | None


STANDARD_VALUES = tuple(StandardValues.__annotations__)


def standard_subject(row: Standard) -> Subject:
    """The name of a standard in the journal."""
    return Subject("standard", str(row.pk), str(row))


def body_subject(row: TestingBody, product: Product | None = None) -> Subject:
    """The name of a testing body in the journal; with a product where it is about what it tests."""
    parent = ("product", str(product.number)) if product else ("", "")
    return Subject("testing_body", str(row.pk), row.name_zh, *parent)


def check_subject(row: CheckItem) -> Subject:
    """The name of a check in the journal: it belongs to its product."""
    return Subject("check_item", str(row.pk), row.text, "product", str(row.product.number))


def in_order(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values as they are stored and compared."""
    own = {name: value.strip() if isinstance(value, str) else value for name, value in values.items()}
    if "number" in own:
        own["number"] = tidy_number(own["number"])
    if "products" in own:
        own["products"] = frozenset(own["products"])
    return own


def stored(row: Any, names: Iterable[str]) -> dict[str, Any]:
    """What stands in a row under these names, in the form of `in_order`."""
    return {name: frozenset(row.products.all()) if name == "products" else getattr(row, name) for name in names}


def told(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values as the journal tells them: products by their numbers, standards by theirs."""
    names = {"products": lambda rows: sorted(row.number for row in rows)}
    names |= dict.fromkeys(("standard", "replaced_by"), lambda row: row and row.number)
    return {name: names[name](value) if name in names else value for name, value in values.items()}


def payload_of(changes: Mapping[str, Any]) -> dict[str, Any]:
    """Changes as the journal tells them."""
    before = told({name: change.before for name, change in changes.items()})
    after = told({name: change.after for name, change in changes.items()})
    return {"changes": {name: {"before": before[name], "after": after[name]} for name in changes}}


# --- Who keeps what ---


def may_keep(by: Actor, place: Division | None) -> bool:
    """Whether somebody keeps what belongs to a place; None: to the whole country.

    The load of reference data keeps it as it keeps the rest of the register.
    """
    return by.has(Permission.KEEP_REGISTER) or territory.may(by, Permission.KEEP_SYSTEMS, place)


def may_keep_standard(by: Actor, kind: str, place: Division | None) -> bool:
    """Whether somebody keeps standards of a kind for a place: a province keeps its local ones alone."""
    return may_keep(by, None) or (kind == StandardKind.LOCAL and may_keep(by, place))


def keeper(actors: Iterable[Actor], *places: Division | None) -> Actor | None:
    """The role in which somebody keeps what belongs to all of these places, if there is one."""
    return next((by for by in actors if all(may_keep(by, place) for place in places)), None)


def standard_keeper(actors: Iterable[Actor], row: Standard) -> Actor | None:
    """The role in which somebody keeps a standard, if there is one."""
    return next((by for by in actors if may_keep_standard(by, row.kind, row.division)), None)


def keepable(actors: Iterable[Actor]) -> Any:
    """The divisions of today for which somebody keeps something, with their parents loaded."""
    rows = Division.objects.current().select_related("parent__parent")
    keeping = [by for by in actors if by.has(Permission.KEEP_SYSTEMS)]
    if any(not RULES[by.role].territorial for by in keeping):
        return rows
    codes = [by.division.code for by in keeping if by.division is not None]
    found = Division.objects.none()
    for code in codes:
        found = found | Division.objects.within(code)
    return rows.filter(pk__in=found.values("pk"))


def require(allowed: bool) -> None:
    """Refuse whoever does not keep what a step would change."""
    if not allowed:
        raise MoveRefused("not_permitted", _("Your role or territory does not allow this step."))


# --- Checks: each raises MoveRefused ---


def changed_meanwhile() -> MoveRefused:
    """The row is no longer as the page showed it on which somebody wrote."""
    text = _("Somebody else has changed this meanwhile. Compare with what stands there now, then save again.")
    return MoveRefused("someone_was_faster", text)


def known_already(reference: str) -> MoveRefused:
    """A second row of the same name would be taken for the first."""
    text = _("{name} is on record already, with other words. Open that one to correct it.")
    return MoveRefused("number_taken", text.format(name=reference))


def check_days(row: Standard | TestingScope | CheckItem) -> None:
    """The days must follow each other. The same first and end day: it never held, and was entered by mistake."""
    first, end = row.effective_from, row.effective_to
    if first is not None and first < EARLIEST:
        raise MoveRefused("wrong_day", _("The day cannot be before {date}.").format(date=EARLIEST.isoformat()))
    if end is not None and first is not None and end < first:
        raise MoveRefused("wrong_end", _("The end cannot be before the first day."))
    issued = row.issued_on if isinstance(row, Standard) else None
    if issued is not None and first is not None and first < issued:
        raise MoveRefused("wrong_day", _("A standard cannot be in force before it was issued."))


def same_checks(row: CheckItem) -> Any:
    """Other checks of the product with the same words that hold on one of the same days."""
    rows = CheckItem.objects.filter(product=row.product_id, part=row.part, text=row.text).exclude(pk=row.pk)
    rows = rows.filter(Q(effective_to=None) | Q(effective_to__gt=row.effective_from))
    return rows if row.effective_to is None else rows.filter(effective_from__lt=row.effective_to)


def check_chain(row: Standard) -> None:
    """Whoever follows the successors of a standard must come to an end."""
    seen, following = {row.pk}, row.replaced_by_id
    while following is not None:
        if following in seen:
            text = _("These standards would replace each other in a circle. Choose another successor.")
            raise MoveRefused("wrong_successor", text)
        seen.add(following)
        following = Standard.objects.filter(pk=following).values_list("replaced_by", flat=True).first()
