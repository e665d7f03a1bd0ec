"""READER. What the writers of candidates, trainings and funding projects take, and what they check first."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from typing import Any, TypedDict

from django.utils import timezone
from django.utils.translation import gettext as _

from gi_registry import territory
from gi_registry.journal import Actor, Subject
from gi_registry.models import Division, DivisionLevel, DivisionStatus
from gi_registry.roles import Permission
from gi_registry.state_tables import MoveRefused
from products.cultivation_models import Candidate, FundingProject, Training
from products.cultivation_states import ReadyItem
from products.models import Product

Day = datetime.date
MANY = ("counties", "candidates")  # relations to several rows
EARLIEST = Day(1985, 3, 15)  # China joined the Paris Convention, the first law here to name indications of origin


class CandidateValues(TypedDict, total=False):
    """What officials write of a candidate. `checklist`: the `ReadyItem`s that are there."""

    name_zh: str
    name_en: str
    category: str
    reputation: str
    producers: str
    natural_factors: str
    human_factors: str
    checklist: Iterable[str]
    next_step: str
    next_step_due: Day | None
    office: str
    notes: str


class TrainingValues(TypedDict, total=False):
    """What officials write of a training or guidance visit."""

    kind: str
    held_on: Day
    topic: str
    office: str
    counties: Iterable[Division]
    attendance: int
    note: str


class ProjectValues(TypedDict, total=False):
    """What officials write of a funding project. `amount` in whole yuan."""

    title: str
    funder: str
    amount: int
    begins_on: Day
    ends_on: Day | None
    counties: Iterable[Division]
    candidates: Iterable[Candidate]
    result: str


def subject_of(row: Candidate | Training | FundingProject) -> Subject:
    """The name of a row in the journal: its number, and of a released candidate its name too."""
    if isinstance(row, Candidate):
        return Subject("candidate", row.reference, str(row) if row.released_on else row.reference)
    kind, letters = ("training", "TR") if isinstance(row, Training) else ("funding_project", "FP")
    return Subject(kind, f"{letters}{row.pk:06}", f"{letters}{row.pk:06}")


def in_order(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values with relations as lists, so that they can be compared with `stored`."""
    many = {name: sorted(set(values[name]), key=lambda one: one.pk) for name in MANY if name in values}
    if "checklist" in values:
        many["checklist"] = [item.value for item in ReadyItem if item in set(values["checklist"])]
    return dict(values) | many


def stored(row: Any, names: Iterable[str]) -> dict[str, Any]:
    """What stands in a row under these names, in the form of `in_order`."""
    found = {name: getattr(row, name) for name in names}
    return found | {name: list(found[name].order_by("pk")) for name in MANY if name in found}


# --- Checks: each raises MoveRefused ---


def changed_meanwhile() -> MoveRefused:
    """The row is no longer as the page showed it on which somebody wrote."""
    text = _("Somebody else has changed this meanwhile. Compare with what stands there now, then save again.")
    return MoveRefused("someone_was_faster", text)


def must_keep(by: Actor, *places: Division) -> None:
    """Refuse whoever does not keep cultivation in all of these places."""
    if not all(territory.may(by, Permission.KEEP_CULTIVATION, place) for place in places):
        raise MoveRefused("not_permitted", _("Your role or territory does not allow this step."))


def must_lie_before(day: Day, *, first: Day = EARLIEST) -> None:
    """Refuse a day that is still to come, or before the first possible one."""
    if day > timezone.localdate():
        raise MoveRefused("wrong_day", _("The day lies in the future."))
    if day < first:
        raise MoveRefused("wrong_day", _("The day cannot be before {date}.").format(date=first.isoformat()))


def check_place(place: Division, *, wider: bool = False) -> None:
    """Refuse what is no county of today. A prefecture without counties is one; `wider` takes every prefecture."""
    fits = place.status == DivisionStatus.CURRENT and place.level != DivisionLevel.PROVINCE
    if fits and not wider and place.level == DivisionLevel.PREFECTURE:
        fits = not place.children.current().exists()
    if not fits:
        raise MoveRefused("wrong_place", _("{name} is no county of today.").format(name=place.name_zh))


def sent_with_other_words(reference: str) -> MoveRefused:
    """Who goes back and writes over a form that was stored must not be shown the first one as if it were the second."""
    text = _(
        "This form was stored before with other words, as {reference}. What stands here now is not stored yet. To "
        "correct that one, open it; to enter a second one, send this once more."
    )
    return MoveRefused("already_sent", text.format(reference=reference))


def check_in_force(product: Product, on: Day) -> None:
    """Refuse a day on which no right of the product was in force."""
    if not product.rights.in_force(on).exists():
        raise MoveRefused("wrong_day", _("On that day its protection was not in force."))


def check_counties(by: Actor, counties: Iterable[Division], kept: Iterable[Division] = ()) -> None:
    """At least one county, each in the territory of who writes; those that stood there before may be of the past."""
    counties = list(counties)
    if not counties:
        raise MoveRefused("wrong_place", _("Name at least one county."))
    must_keep(by, *counties)
    for place in set(counties) - set(kept):
        check_place(place)


def check_record(record: Training | FundingProject) -> None:
    """What a training or project says must be possible."""
    if isinstance(record, Training):
        must_lie_before(record.held_on)
        if record.attendance < 1:
            raise MoveRefused("wrong_number", _("Write how many people came: at least 1."))
        return
    if record.amount < 1:
        raise MoveRefused("wrong_number", _("Write the amount in whole yuan: at least 1."))
    if record.ends_on is not None and record.ends_on < record.begins_on:
        raise MoveRefused("wrong_end", _("The last day cannot be before the first."))
